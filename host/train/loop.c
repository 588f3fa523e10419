/* loop.c - the training loop: steps are queued, and inside an epoch nothing is waited for.
 *
 * The device adds up losses and hits in the tally. Ten times a second a copy of it is asked for
 * and reported when it has arrived; only at the end of an epoch is it waited for. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "host/net/optimizer.h"
#include "host/report/metrics.h"
#include "host/train/advance.h"
#include "host/train/finite.h"
#include "host/train/validate.h"
#include "host/util/clock.h"
#include "host/util/status.h"

static const double report_seconds = 0.1;

/* One call of incline_trainer_run(). */
struct loop {
    struct incline_trainer *trainer;
    incline_progress_fn progress;
    void *user;
    uint64_t total, epoch_steps, first_step;
    double started, epoch_started, reported, saved;
    uint64_t saved_step;       /* of the last checkpoint */
    uint64_t epoch_first_step; /* where this call began in the running epoch */
    bool snapshot_under_way;
    uint64_t snapshot_step;
    uint32_t snapshot[TALLY_WORDS];
    FILE *metrics;
};

/* Samples of the steps [from, to) of an epoch-wise run. */
static double samples_between(const struct loop *loop, uint64_t from, uint64_t to)
{
    const struct run *run = &loop->trainer->run;
    const double batch = run_batch_rows(run), rows = run_train_rows(run);
    const double before = (double)(from / loop->epoch_steps) * rows +
                          fmin(rows, (double)(from % loop->epoch_steps) * batch);
    const double after = (double)(to / loop->epoch_steps) * rows +
                         fmin(rows, (double)(to % loop->epoch_steps) * batch);
    return after - before;
}

/* What to report of a tally that was read after `step` steps. */
static struct incline_progress progress_at(const struct loop *loop, uint64_t step, bool epoch_done,
                                           const uint32_t tally[TALLY_WORDS])
{
    const double now = clock_seconds(), seconds = now - loop->started;
    const double done = (double)(step - loop->first_step);
    struct incline_progress progress = {
        .epoch = (uint32_t)(step / loop->epoch_steps),
        .epochs = loop->trainer->run.options.epochs,
        .step = step,
        .steps = loop->total,
        .epoch_done = epoch_done,
        .best_epoch = loop->trainer->best.epoch,
        .best_loss = loop->trainer->best.verdict.loss,
        .best_accuracy = loop->trainer->best.verdict.accuracy,
        .learning_rate = (double)run_learning_rate(
            &loop->trainer->run, loop->trainer->plateau.falls, step > 0 ? step - 1 : 0),
        .seconds = seconds,
        .seconds_left = done > 0.0 ? seconds / done * (double)(loop->total - step) : 0.0,
    };
    const double in_epoch = now - loop->epoch_started;

    advance_read(loop->trainer, tally, &progress);
    progress.samples_per_second =
        in_epoch > 0.0 ? samples_between(loop, loop->epoch_first_step, step) / in_epoch : 0.0;
    return progress;
}

static void report(struct loop *loop, const struct incline_progress *progress)
{
    loop->reported = clock_seconds();
    if (loop->progress != NULL)
        loop->progress(loop->user, progress);
}

/* Ask for the tally when a report is due, report it when it is there; never wait. */
static int report_if_due(struct loop *loop)
{
    struct incline_trainer *trainer = loop->trainer;
    const struct backend *ops = trainer->dev->ops;
    bool ready = false;
    int rc = INCLINE_OK;

    if (loop->progress == NULL)
        return INCLINE_OK;
    if (loop->snapshot_under_way) {
        TRY(ops->snapshot_ready(trainer->dev, false, &ready));
        if (ready) {
            loop->snapshot_under_way = false;
            const struct incline_progress progress =
                progress_at(loop, loop->snapshot_step, false, loop->snapshot);
            report(loop, &progress);
        }
    } else if (clock_seconds() - loop->reported >= report_seconds) {
        loop->snapshot_step = trainer->plan.step;
        TRY(ops->snapshot(trainer->dev, plan_tally(&trainer->plan), ELEMENT_U32, TALLY_WORDS,
                          loop->snapshot));
        loop->snapshot_under_way = true;
    }
out:
    return rc;
}

/* Wait for a report that is still on its way; it is out of date by now. */
static int drop_snapshot(struct loop *loop)
{
    bool ready;
    if (!loop->snapshot_under_way)
        return INCLINE_OK;
    loop->snapshot_under_way = false;
    return loop->trainer->dev->ops->snapshot_ready(loop->trainer->dev, true, &ready);
}

/* Steps of `rows` samples that can be queued in one go from step `epoch_step` of an epoch on: the
 * batch at its end may be shorter, and who was told to stop does only one. */
static uint32_t steps_at_once(const struct loop *loop, uint64_t epoch_step, uint32_t rows)
{
    const struct incline_trainer *trainer = loop->trainer;
    const uint64_t whole = run_train_rows(&trainer->run) / rows,
                   left = loop->total - trainer->plan.step;
    const uint32_t together = feed_run(&trainer->feed, (uint32_t)(epoch_step * rows)) / rows;
    uint64_t steps = plan_steps_at_once(&trainer->plan, rows);

    if (atomic_load(&trainer->stop))
        return 1;
    if (steps > together)
        steps = together > 0 ? together : 1; /* a batch across chunks is sent in passes */
    if (steps > whole - epoch_step)
        steps = whole - epoch_step;
    return run_steps_of_rate(&trainer->run, trainer->plan.step,
                             (uint32_t)(steps < left ? steps : left));
}

/* Queue the next steps of an epoch. */
static int go_on(const struct loop *loop, uint64_t epoch_step)
{
    struct incline_trainer *trainer = loop->trainer;
    const struct run *run = &trainer->run;
    const uint32_t rows = advance_rows(run, epoch_step);
    const uint32_t steps = rows == run_batch_rows(run) ? steps_at_once(loop, epoch_step, rows) : 1;

    trainer->cut_is_best = false; /* the epoch is gone on with */
    return advance(trainer, epoch_step, steps,
                   run_learning_rate(run, trainer->plateau.falls, trainer->plan.step));
}

static bool has_checkpoint(const struct incline_trainer *trainer)
{
    return trainer->folder != NULL && checkpoint_is_there(trainer->folder);
}

/* Bring the parameters back; each must be finite. */
static int pull_model(struct incline_trainer *trainer)
{
    struct incline_model *model = trainer->model;
    int rc = INCLINE_OK;

    TRY(plan_get_result(&trainer->plan, model->params));
    TRY(finite_params(&model->net, model->params, &trainer->run, trainer->plan.step,
                      has_checkpoint(trainer)));
out:
    return rc;
}

/* Bring back what the optimizer keeps. */
static int pull_blocks(struct incline_trainer *trainer, struct checkpoint *checkpoint)
{
    const size_t count = trainer->plan.net->param_count;
    struct optimizer_block blocks[OPTIMIZER_BLOCKS];
    const size_t block_count = optimizer_blocks(&trainer->plan, blocks);
    int rc = INCLINE_OK;

    for (size_t b = 0; b < block_count; b++) {
        float *values = NULL;
        TRY(checkpoint_add(checkpoint, blocks[b].name, count, &values));
        TRY(trainer->dev->ops->download(trainer->dev, (struct span){blocks[b].buffer, 0},
                                        ELEMENT_F32, count, values));
    }
out:
    return rc;
}

/* What a checkpoint holds beside the model. */
static int pull_state(struct incline_trainer *trainer, struct checkpoint *checkpoint)
{
    const size_t count = trainer->plan.net->param_count;
    float *best = NULL;
    int rc = INCLINE_OK;

    TRY(trainer->dev->ops->download(trainer->dev, plan_tally(&trainer->plan), ELEMENT_U32,
                                    TALLY_WORDS, checkpoint->tally));
    TRY(pull_blocks(trainer, checkpoint));
    if (trainer->best.epoch > 0) {
        checkpoint->best = trainer->best;
        TRY(checkpoint_add(checkpoint, "best", count, &best));
        memcpy(best, trainer->best.params, count * sizeof *best);
    }
out:
    return rc;
}

/* Bring the model back, and take a checkpoint to the run folder, if there is one. At the end of a
 * run (`last`) the model gets the best parameters, and is written, too. */
static int save(struct loop *loop, bool last)
{
    struct incline_trainer *trainer = loop->trainer;
    struct checkpoint checkpoint = {.step = trainer->plan.step,
                                    .cut_is_best = trainer->cut_is_best,
                                    .plateau = trainer->plateau};
    int rc = INCLINE_OK;

    TRY(drop_snapshot(loop));
    TRY(pull_model(trainer));
    if (trainer->folder != NULL) {
        TRY(pull_state(trainer, &checkpoint));
        rc = checkpoint_save(trainer->folder, &trainer->run, trainer->model, &checkpoint);
    }
    if (last) { /* the model is smaller, and may have room where the checkpoint has none */
        validate_take_best(trainer);
        const int written = trainer->folder != NULL
                                ? checkpoint_save_model(trainer->folder, trainer->model)
                                : INCLINE_OK;
        rc = rc != INCLINE_OK ? rc : written;
    }
    loop->saved = clock_seconds();
    loop->saved_step = trainer->plan.step;
out:
    checkpoint_clear(&checkpoint);
    return rc;
}

/* Something could not be written, which the last error says: keep what is learned, if there is room
 * for that. Returns `status`. */
static int save_what_can_be(struct loop *loop, int status)
{
    char why[1024];

    snprintf(why, sizeof why, "%s", incline_last_error());
    return save(loop, true) == INCLINE_OK
               ? FAIL(status, "%s; the run ends here, saved, and can be resumed", why)
               : FAIL(status, "%s; nor can the model be saved", why);
}

/* Is it time for a checkpoint? */
static bool save_is_due(const struct loop *loop)
{
    const struct incline_train_options *o = &loop->trainer->run.options;
    const uint64_t step = loop->trainer->plan.step;
    const uint64_t epochs = step / loop->epoch_steps;

    if (step >= loop->total || step == loop->saved_step)
        return false;
    return clock_seconds() - loop->saved >= 60.0 * (double)o->checkpoint_minutes ||
           (o->checkpoint_epochs > 0 && step % loop->epoch_steps == 0 &&
            epochs % o->checkpoint_epochs == 0);
}

/* Read the tally of an epoch that ended (or was cut by the end of the run), report it, clear it. */
static int end_epoch(struct loop *loop)
{
    struct incline_trainer *trainer = loop->trainer;
    const struct backend *ops = trainer->dev->ops;
    uint32_t tally[TALLY_WORDS];
    int rc = INCLINE_OK;

    TRY(drop_snapshot(loop));
    TRY(ops->download(trainer->dev, plan_tally(&trainer->plan), ELEMENT_U32, TALLY_WORDS, tally));
    struct incline_progress progress = progress_at(loop, trainer->plan.step, true, tally);
    const bool whole = trainer->plan.step % loop->epoch_steps == 0;
    if (!isfinite(progress.loss)) {
        TRY(plan_get_params(&trainer->plan, trainer->model->params));
        rc = finite_loss(progress.loss, &trainer->model->net, trainer->model->params, &trainer->run,
                         trainer->plan.step, has_checkpoint(trainer));
        goto out;
    }
    if (trainer->split.validation > 0) {
        TRY(pull_model(trainer));
        TRY(validate_epoch(trainer, progress.epoch, !whole, &progress));
    }
    /* The tally of a cut epoch goes into the checkpoint, so that the epoch can be gone on with. */
    if (whole)
        TRY(ops->fill(trainer->dev, &(struct fill){plan_tally(&trainer->plan), TALLY_WORDS, 0.0f}));
    if (loop->metrics != NULL) {
        rc = metrics_add(trainer->folder, loop->metrics, &progress);
        if (rc != INCLINE_OK) {
            rc = save_what_can_be(loop, rc);
            goto out;
        }
    }
    report(loop, &progress);
    if (save_is_due(loop))
        TRY(save(loop, false));
    loop->epoch_started = clock_seconds();
    loop->epoch_first_step = trainer->plan.step;
out:
    return rc;
}

static int train(struct loop *loop)
{
    struct incline_trainer *trainer = loop->trainer;
    const bool in_order = loop->epoch_steps == 1;
    bool begun = false;
    int rc = INCLINE_OK;

    while (trainer->plan.step < loop->total) {
        const uint64_t epoch = trainer->plan.step / loop->epoch_steps;
        const uint64_t epoch_step = trainer->plan.step % loop->epoch_steps;
        if (epoch_step == 0 && validate_gives_up(trainer, epoch))
            break;
        if (!begun || (epoch_step == 0 && !in_order))
            TRY(feed_epoch(&trainer->feed, trainer->run.options.seed, epoch, in_order));
        begun = true;
        TRY(go_on(loop, epoch_step));
        if (trainer->plan.step % loop->epoch_steps == 0 || trainer->plan.step == loop->total)
            TRY(end_epoch(loop));
        else {
            TRY(report_if_due(loop));
            if (save_is_due(loop))
                TRY(save(loop, false));
        }
        if (atomic_load(&trainer->stop) && trainer->plan.step < loop->total) {
            TRY(save(loop, true));
            rc = FAIL(INCLINE_EINTERRUPTED, "stopped after step %llu of %llu",
                      (unsigned long long)trainer->plan.step, (unsigned long long)loop->total);
            goto out;
        }
    }
    TRY(save(loop, true));
out:
    return rc;
}

int incline_trainer_run(incline_trainer *trainer, incline_progress_fn progress, void *user)
{
    const double now = clock_seconds();
    struct loop loop = {
        .trainer = trainer,
        .progress = progress,
        .user = user,
        .total = run_total_steps(&trainer->run),
        .epoch_steps = run_epoch_steps(&trainer->run),
        .first_step = trainer->plan.step,
        .epoch_first_step = trainer->plan.step,
        .started = now,
        .epoch_started = now,
        .reported = now,
        .saved = now,
        .saved_step = trainer->plan.step,
    };
    /* The line of a cut epoch gives way to that of the whole one, if it is gone on with. */
    const uint64_t cut = loop.first_step < loop.total ? loop.first_step % loop.epoch_steps : 0;
    int rc = INCLINE_OK;

    if (trainer->folder != NULL)
        rc = checkpoint_begin(trainer->folder, &trainer->run);
    if (trainer->folder != NULL && rc == INCLINE_OK)
        rc = metrics_open(trainer->folder, loop.first_step - cut, &loop.metrics);
    if (rc == INCLINE_OK)
        rc = train(&loop);
    atomic_store(&trainer->stop, false); /* it was for this call */
    const int dropped = drop_snapshot(&loop);
    const int closed = metrics_close(trainer->folder, loop.metrics);
    return rc != INCLINE_OK ? rc : dropped != INCLINE_OK ? dropped : closed;
}
