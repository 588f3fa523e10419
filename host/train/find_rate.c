/* find_rate.c - the learning rate finder: a short run whose rate rises from step to step. Knows no
 * schedule and writes no file. */
#include "host/train/find_rate.h"

#include <float.h>
#include <math.h>

#include "host/net/optimizer.h"
#include "host/train/advance.h"
#include "host/util/clock.h"
#include "host/util/status.h"

/* From `below` times the optimizer's default rate to `above` times it. */
static const double below = 1e-4, above = 1e3;

/* Part of the average of losses that each step leaves as it was, and how many times the least of
 * these averages the loss must reach to be called an explosion. */
static const double keep = 0.9, explosion = 4.0;

static const double report_seconds = 0.1;

struct search {
    struct incline_trainer *trainer;
    struct incline_rate_search found;
    double average, least; /* of the losses, and the least of that so far */
};

static double rate_of(const struct search *search, uint32_t step)
{
    const enum incline_optimizer_kind kind = search->trainer->run.options.optimizer.kind;
    const double part = (double)step / (INCLINE_RATE_POINTS - 1);

    return (double)optimizer_default_rate(kind) * below * pow(above / below, part);
}

/* One step at a rate; *loss is that of its samples before the step. Waits for the device. */
static int try_step(struct search *search, float rate, double *loss)
{
    struct incline_trainer *trainer = search->trainer;
    const struct backend *ops = trainer->dev->ops;
    const struct span tally_at = plan_tally(&trainer->plan);
    const uint64_t epoch_steps = run_epoch_steps(&trainer->run);
    const uint64_t step = trainer->plan.step;
    struct incline_progress progress;
    uint32_t tally[TALLY_WORDS];
    int rc = INCLINE_OK;

    if (step == 0 || (step % epoch_steps == 0 && epoch_steps > 1))
        TRY(feed_epoch(&trainer->feed, trainer->run.options.seed, step / epoch_steps,
                       epoch_steps == 1));
    TRY(ops->fill(trainer->dev, &(struct fill){tally_at, TALLY_WORDS, 0.0f}));
    TRY(advance(trainer, step % epoch_steps, 1, rate));
    TRY(ops->download(trainer->dev, tally_at, ELEMENT_U32, TALLY_WORDS, tally));
    advance_read(trainer, tally, &progress);
    *loss = progress.loss;
out:
    return rc;
}

/* Add a point; false where the search ends. */
static bool add_point(struct search *search, double rate, double loss)
{
    struct incline_rate_search *found = &search->found;

    search->average = keep * search->average + (1.0 - keep) * loss;
    const double smoothed = search->average / (1.0 - pow(keep, found->count + 1.0));
    found->exploded = !(smoothed <= explosion * search->least); /* of a NaN, too */
    if (isfinite(smoothed))
        found->points[found->count++] = (struct incline_rate_point){rate, loss, smoothed};
    if (smoothed < search->least)
        search->least = smoothed;
    return !found->exploded;
}

static int search_through(struct search *search, incline_progress_fn progress, void *user)
{
    double reported = clock_seconds();
    int rc = INCLINE_OK;

    search->least = DBL_MAX / explosion;
    for (uint32_t step = 0; step < INCLINE_RATE_POINTS; step++) {
        const float rate = (float)rate_of(search, step);
        double loss;
        TRY(try_step(search, rate, &loss));
        if (!add_point(search, (double)rate, loss))
            break;
        if (progress == NULL || clock_seconds() - reported < report_seconds)
            continue;
        reported = clock_seconds();
        progress(user, &(struct incline_progress){.step = step + 1,
                                                  .steps = INCLINE_RATE_POINTS,
                                                  .loss = loss,
                                                  .learning_rate = (double)rate});
    }
out:
    return rc;
}

int incline_find_rate(incline_device *device, const incline_dataset *dataset,
                      const struct incline_train_options *options, incline_progress_fn progress,
                      void *user, struct incline_rate_search *found)
{
    struct incline_train_options own =
        options != NULL ? *options : (struct incline_train_options){0};
    struct search search = {0};
    int rc = INCLINE_OK;

    /* What does not count must not be refused for itself, nor for what it would go with. */
    own.output = NULL;
    own.learning_rate = 0.0f;
    own.schedule = (struct incline_schedule){0};
    own.epochs = 0;
    own.steps = 0;
    own.patience = 0;
    TRY(incline_trainer_create(device, dataset, &own, &search.trainer));
    TRY(search_through(&search, progress, user));
    search.found.suggested = rate_suggest(search.found.points, search.found.count);
    *found = search.found;
out:
    incline_trainer_destroy(search.trainer);
    return rc;
}
