/* tune.c - coordinate descent over the knobs of a device: one knob after the other is moved to each
 * of its candidates, and stays where it is fastest, until no knob has moved for a whole round.
 *
 * A candidate is checked against the reference before it is timed. It wins if it is faster by
 * least_gain, and in all rounds but one, twice: moments in which the machine was busy decide
 * nothing, and one of two settings that are the same wins in less than one of 200 trials. */
#include "host/tune/tune.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/net/trial.h"
#include "host/util/clock.h"
#include "host/util/status.h"

/* Steps of the best and of a candidate alternate in so many rounds, each at least so long. */
enum { ROUNDS = 7, WON_ROUNDS = 6, LOST_ROUNDS = 3 };
static const double round_seconds = 0.02;

/* The candidate's time must be shorter by this factor. Where it is longer by the other one after
 * LOST_ROUNDS, the rest is spared. */
static const double least_gain = 1.03, lost_loss = 1.2;

/* Steps queued at a time: a few milliseconds, and at most so many rows in their order. */
enum { MOST_ROWS = 1 << 20 };

static const double default_seconds = 60.0;

/* A device with a set of values, and the network on it. */
struct side {
    struct incline_device *dev;
    struct trial trial;
};

struct tuner {
    const struct tune_work *work;
    struct incline_tune_result *result;
    struct side best, other;
    size_t count; /* knobs */
    double end;   /* of the time, on the clock */
};

/* ---- a side ---- */

static uint32_t steps_at_once(const struct tuner *t)
{
    const struct plan plan = {.net = t->work->net};
    const uint32_t most = MOST_ROWS / t->work->batch,
                   steps = plan_steps_at_once(&plan, t->work->batch);
    return most < 1 ? 1 : steps < most ? steps : most;
}

static void side_close(struct side *side)
{
    trial_destroy(&side->trial);
    incline_device_close(side->dev);
    memset(side, 0, sizeof *side);
}

/* Give the side these values and have its network checked. After a failure it is closed, since
 * nobody knows what state the device is in. */
static int side_take(struct tuner *t, struct side *side, const uint32_t *values)
{
    int rc = INCLINE_OK;

    trial_destroy(&side->trial);
    if (side->dev == NULL)
        TRY(t->work->open(t->work->opener, &side->dev));
    TRY(side->dev->ops->set_knobs(side->dev, values));
    TRY(trial_create(&side->trial, side->dev, t->work->net, t->work->batch, steps_at_once(t)));
    return INCLINE_OK;
out:
    side_close(side);
    return rc;
}

/* ---- times ---- */

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *times, int count)
{
    qsort(times, (size_t)count, sizeof *times, ascending);
    return (times[(count - 1) / 2] + times[count / 2]) / 2.0;
}

/* Median seconds of a step on both sides, in alternation, and whether the other is faster for sure.
 * What failed is *failed's. */
static int compare(struct side *best, struct side *other, double *best_seconds,
                   double *other_seconds, bool *faster, struct side **failed)
{
    double times[2][ROUNDS];
    struct side *const sides[] = {best, other};
    int rounds = 0;

    while (rounds < ROUNDS) {
        for (int i = 0; i < 2; i++) {
            const int which = (rounds + i) % 2; /* who goes first changes */
            const int rc = trial_time(&sides[which]->trial, round_seconds, &times[which][rounds]);
            if (rc != INCLINE_OK) {
                *failed = sides[which];
                return rc;
            }
        }
        rounds++;
        if (rounds == LOST_ROUNDS) {
            double early[2][LOST_ROUNDS];
            memcpy(early[0], times[0], sizeof early[0]);
            memcpy(early[1], times[1], sizeof early[1]);
            if (median(early[1], rounds) > lost_loss * median(early[0], rounds))
                break;
        }
    }
    int won = 0;
    for (int r = 0; r < rounds; r++)
        won += times[1][r] < times[0][r];
    *best_seconds = median(times[0], rounds);
    *other_seconds = median(times[1], rounds);
    *faster = won >= WON_ROUNDS && *best_seconds > least_gain * *other_seconds;
    return INCLINE_OK;
}

/* ---- a candidate ---- */

/* Fails where it is not the candidate that failed. */
static int judge(struct tuner *t, struct incline_tune_row *row)
{
    struct side *failed = NULL;

    row->outcome = INCLINE_TUNE_LOST;
    for (int time = 0; time < 2; time++) {
        bool faster = false;
        const int rc = compare(&t->best, &t->other, &row->best, &row->seconds, &faster, &failed);
        if (rc != INCLINE_OK && failed == &t->best)
            return rc;
        if (rc != INCLINE_OK) {
            row->outcome = INCLINE_TUNE_FAILED;
            snprintf(row->note, sizeof row->note, "%s", incline_last_error());
            side_close(&t->other);
            return INCLINE_OK;
        }
        if (!faster)
            return INCLINE_OK;
    }
    row->outcome = INCLINE_TUNE_WON;
    const struct side beaten = t->best;
    t->best = t->other;
    t->other = beaten;
    return INCLINE_OK;
}

/* Try values[count], which differ from the best in the knob of the row. */
static int try_values(struct tuner *t, const uint32_t *values, struct incline_tune_row *row)
{
    int rc = side_take(t, &t->other, values);

    if (rc == INCLINE_ENOMEM && t->other.dev == NULL && t->result->tried == 0)
        return rc; /* not even the same again fits */
    if (rc != INCLINE_OK) {
        row->outcome = rc == INCLINE_EVERIFY ? INCLINE_TUNE_WRONG : INCLINE_TUNE_FAILED;
        snprintf(row->note, sizeof row->note, "%s", incline_last_error());
    } else if (t->other.dev->layered && !t->best.dev->layered) {
        row->outcome = INCLINE_TUNE_WRONG;
        snprintf(row->note, sizeof row->note, "%s", t->other.dev->remark);
    } else {
        rc = judge(t, row);
        if (rc != INCLINE_OK)
            return rc;
    }
    t->result->tried++;
    t->result->wrong += row->outcome == INCLINE_TUNE_WRONG;
    t->result->failed += row->outcome == INCLINE_TUNE_FAILED;
    if (t->work->report != NULL)
        t->work->report(t->work->user, row);
    return INCLINE_OK;
}

static size_t read_knobs(struct incline_device *dev, struct knob *knobs, uint32_t *values)
{
    const size_t count = dev->ops->knobs(dev, knobs);
    for (size_t k = 0; k < count; k++)
        values[k] = knobs[k].value;
    return count;
}

/* Move one knob to each of its candidates; *moved if one of them won. */
static int turn(struct tuner *t, size_t which, bool *moved)
{
    struct knob knobs[INCLINE_KNOBS_MAX];
    uint32_t values[INCLINE_KNOBS_MAX];
    int rc = INCLINE_OK;

    read_knobs(t->best.dev, knobs, values);
    const struct knob *knob = &knobs[which];
    for (size_t c = 0; c < knob->count && rc == INCLINE_OK && t->result->in_time; c++) {
        struct incline_tune_row row = {.knob = knob->name, .value = knob->candidates[c]};
        if (row.value == knob->value)
            continue;
        if (clock_seconds() >= t->end) {
            t->result->in_time = false;
            break;
        }
        values[which] = row.value;
        rc = try_values(t, values, &row);
        *moved = *moved || row.outcome == INCLINE_TUNE_WON;
    }
    return rc;
}

static int descend(struct tuner *t)
{
    size_t still = 0; /* knobs that have not moved since the last that has */
    int rc = INCLINE_OK;

    for (size_t k = 0; still < t->count && rc == INCLINE_OK && t->result->in_time; k++) {
        bool moved = false;
        rc = turn(t, k % t->count, &moved);
        still = moved ? 1 : still + 1;
    }
    return rc;
}

/* ---- the whole ---- */

/* The winner against the initial values, once more; what does not hold is not kept. */
static int conclude(struct tuner *t, const uint32_t *initial)
{
    struct incline_tune_result *result = t->result;
    const struct backend *ops = t->best.dev->ops;
    struct side *failed = NULL;
    bool faster = false;
    char widths[96], made_for[128];
    struct knob knobs[INCLINE_KNOBS_MAX];
    uint32_t values[INCLINE_KNOBS_MAX];
    int rc = INCLINE_OK;

    read_knobs(t->best.dev, knobs, values);
    if (memcmp(values, initial, t->count * sizeof *values) == 0) {
        double times[ROUNDS];
        for (int r = 0; r < ROUNDS; r++)
            TRY(trial_time(&t->best.trial, round_seconds, &times[r]));
        result->initial_seconds = median(times, ROUNDS);
        result->tuned_seconds = result->initial_seconds;
    } else {
        TRY(side_take(t, &t->other, initial));
        TRY(compare(&t->other, &t->best, &result->initial_seconds, &result->tuned_seconds, &faster,
                    &failed));
    }
    if (faster) {
        snprintf(made_for, sizeof made_for, "%s, batch %u",
                 net_text(t->work->net, widths, sizeof widths), t->work->batch);
        result->kept = ops->keep_knobs(t->best.dev, made_for);
    } else {
        ops->forget_knobs(t->best.dev);
        TRY(ops->set_knobs(t->best.dev, initial));
        result->tuned_seconds = result->initial_seconds;
    }
    incline_device_tuning(t->best.dev, &result->tuning);
    result->info = t->best.dev->info;
out:
    return rc;
}

int tune(const struct tune_work *work, struct incline_tune_result *result)
{
    struct incline_tune_result found = {.in_time = true};
    struct tuner t = {.work = work, .result = &found, .end = clock_seconds() + work->seconds};
    struct knob knobs[INCLINE_KNOBS_MAX];
    uint32_t initial[INCLINE_KNOBS_MAX];
    int rc = INCLINE_OK;

    TRY(work->open(work->opener, &t.best.dev));
    found.info = t.best.dev->info;
    if (t.best.dev->ops->knobs == NULL) {
        *result = found;
        goto out;
    }
    t.count = t.best.dev->ops->knobs(t.best.dev, knobs);
    for (size_t k = 0; k < t.count; k++)
        initial[k] = knobs[k].initial;
    TRY(side_take(&t, &t.best, initial));
    TRY(descend(&t));
    trial_destroy(&t.other.trial);
    TRY(conclude(&t, initial));
    *result = found;
out:
    side_close(&t.other);
    side_close(&t.best);
    return rc;
}

/* ---- the public face ---- */

struct opening {
    struct incline_device_options options;
    char id[24]; /* of the device that was taken: "auto" chooses once */
};

static int open_again(void *opener, struct incline_device **dev)
{
    struct opening *opening = opener;
    const int rc = incline_device_open(&opening->options, dev);

    if (rc == INCLINE_OK && opening->id[0] == '\0') {
        snprintf(opening->id, sizeof opening->id, "%s", (*dev)->info.id);
        opening->options.name = opening->id;
    }
    return rc;
}

int incline_tune(const struct incline_tune_options *options, incline_tune_fn report, void *user,
                 struct incline_tune_result *result)
{
    static const uint32_t default_widths[] = {784, 128, 10};
    static const struct incline_tune_options defaults;
    const struct incline_tune_options *o = options != NULL ? options : &defaults;
    struct opening opening = {.options = o->device};
    struct net net = {0};
    int rc = INCLINE_OK;

    if (opening.options.widths == NULL) {
        opening.options.widths = default_widths;
        opening.options.width_count = sizeof default_widths / sizeof default_widths[0];
    }
    if (opening.options.batch == 0)
        opening.options.batch = 128;
    if (opening.options.name != NULL && strncmp(opening.options.name, "check:", 6) == 0)
        return FAIL(INCLINE_EARG, "%s runs every operation twice; leave check: away to tune it",
                    opening.options.name);
    TRY(net_init(&net, opening.options.widths, opening.options.width_count, INCLINE_RELU));
    const struct tune_work work = {.open = open_again,
                                   .opener = &opening,
                                   .net = &net,
                                   .batch = opening.options.batch,
                                   .seconds = o->seconds > 0.0 ? o->seconds : default_seconds,
                                   .report = report,
                                   .user = user};
    TRY(tune(&work, result));
out:
    net_clear(&net);
    return rc;
}

int incline_tune_reset(const struct incline_device_options *options, bool *was_tuned)
{
    struct incline_device *dev = NULL;
    const int rc = incline_device_open(options, &dev);

    if (rc != INCLINE_OK)
        return rc;
    *was_tuned = dev->info.tuned;
    if (dev->ops->forget_knobs != NULL)
        dev->ops->forget_knobs(dev);
    incline_device_close(dev);
    return INCLINE_OK;
}
