/* check_step.c - the lockstep device's whole step: the subject does it at once,
 * bounds_step.c says what it must give and within what, from the same inputs.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/backend/bounds_step.h"
#include "host/backend/check_room.h"
#include "host/util/status.h"

static struct train_steps map_train_steps(struct train_steps args, struct span (*map)(struct span))
{
    args.samples = check_map_samples(args.samples, map);
    args.order = map(args.order);
    args.params = map(args.params);
    args.tally = map(args.tally);
    return args;
}

bool check_takes_train_steps(struct incline_device *dev, const struct train_steps *args)
{
    struct incline_device *subject = check_of(dev)->subject;
    return subject->ops->takes_train_steps != NULL &&
           subject->ops->takes_train_steps(subject, args);
}

static size_t parameters(const struct train_steps *args)
{
    size_t count = 0;
    for (uint32_t l = 0; l < args->layers; l++)
        count += (size_t)(args->widths[l] + 1) * args->widths[l + 1];
    return count;
}

/* The batch as the reference gathers it: x[rows, features] and label[rows]. */
static void gather_batch(const struct train_steps *args, float *x, uint32_t *label)
{
    const struct samples *samples = &args->samples;
    const uint32_t *order = twin_words(args->order), *labels = twin_words(samples->labels);
    const float *scale = twin_floats(samples->scale), *shift = twin_floats(samples->shift);
    const size_t features = samples->features;
    const void *values = reference_data(of_twin(samples->values), samples->element);

    for (size_t r = 0; r < args->rows; r++) {
        for (size_t f = 0; f < features; f++) {
            const size_t at = order[r] * features + f;
            const float value = samples->element == ELEMENT_U8
                                    ? (float)((const uint8_t *)values)[at]
                                    : ((const float *)values)[at];
            x[r * features + f] = fmaf(value, scale[f], shift[f]);
        }
        label[r] = labels[order[r]];
    }
}

/* What the twin must hold after the step, into the twin: parameters and tally.
 */
static void expect(const struct train_steps *args, const struct bounds_step_result *result,
                   size_t count, float held)
{
    float *params = twin_floats(args->params), *sums = twin_floats(args->tally);

    for (size_t i = 0; i < count; i++)
        params[i] = (float)result->params[i];
    sums[TALLY_LOSS] = (float)((double)held + result->loss);
    sums[TALLY_LOST] = 0.0f;
    twin_words(args->tally)[TALLY_ROWS] += args->rows;
}

/* The hits may differ by the rows where rounding decides; those the twin takes
 * from the subject. */
static int compare_hits(struct check_device *check, const struct train_steps *args,
                        const struct bounds_step_result *result, uint32_t before)
{
    uint32_t hits;
    const struct span at = {args->tally.buffer, args->tally.at + TALLY_CORRECT};

    const int rc =
        check->subject->ops->download(check->subject, of_subject(at), ELEMENT_U32, 1, &hits);
    if (rc != INCLINE_OK)
        return rc;
    const int64_t off = (int64_t)hits - before - result->correct;
    if (off <= (int64_t)result->unsure && -off <= (int64_t)result->unsure)
        twin_words(args->tally)[TALLY_CORRECT] = hits;
    else
        twin_words(args->tally)[TALLY_CORRECT] = before + result->correct;
    return INCLINE_OK;
}

/* One step, compared. */
static int check_one_step(struct check_device *check, const struct train_steps *args)
{
    const struct train_steps subject_args = map_train_steps(*args, of_subject);
    const size_t count = parameters(args);
    const float held = twin_floats(args->tally)[TALLY_LOSS] + twin_floats(args->tally)[TALLY_LOST];
    const uint32_t hits = twin_words(args->tally)[TALLY_CORRECT];
    float *x = malloc((size_t)args->rows * args->samples.features * sizeof *x);
    uint32_t *label = malloc(args->rows * sizeof *label);
    struct bounds_step_result result = {.params = malloc(2 * count * sizeof(double))};
    char what[64];
    int rc = INCLINE_OK;

    if (x == NULL || label == NULL || result.params == NULL) {
        rc = FAIL(INCLINE_ENOMEM, "no memory to check a step of %u rows", args->rows);
        goto out;
    }
    result.params_bound = result.params + count;
    gather_batch(args, x, label);
    TRY(bounds_train_step(&(struct bounds_step){x, label, twin_floats(args->params), args->widths,
                                                args->layers, args->rows, args->activation,
                                                args->learning_rate},
                          &result));
    TRY(check->subject->ops->train_steps(check->subject, &subject_args));
    expect(args, &result, count, held);
    TRY(compare_hits(check, args, &result, hits));
    snprintf(what, sizeof what, "params[%zu] after %u rows", count, args->rows);
    TRY(check_compare_floats(check, SLOT_train_steps, args->params, count, result.params_bound,
                             what));
    TRY(check_compare_tally(check, SLOT_train_steps, args->tally,
                            result.loss_bound + 4.0 * 0x1p-24 * fabs((double)held)));
out:
    free(x);
    free(label);
    free(result.params);
    return rc;
}

/* Parameters and tally of the subject: [count] floats and [TALLY_WORDS] words behind them. */
static int subject_state(struct check_device *check, const struct train_steps *args, size_t count,
                         bool put, float *state)
{
    struct incline_device *subject = check->subject;
    const struct backend *ops = subject->ops;
    const struct span params = of_subject(args->params), tally = of_subject(args->tally);
    int rc = put ? ops->upload(subject, params, ELEMENT_F32, count, state)
                 : ops->download(subject, params, ELEMENT_F32, count, state);

    if (rc == INCLINE_OK)
        rc = put ? ops->upload(subject, tally, ELEMENT_U32, TALLY_WORDS, state + count)
                 : ops->download(subject, tally, ELEMENT_U32, TALLY_WORDS, state + count);
    return rc;
}

/* Several steps: each alone first, compared; then, from the same start, all in one call, which must
 * give the same bits. */
int check_train_steps(struct incline_device *dev, const struct train_steps *args)
{
    struct check_device *check = check_of(dev);
    const struct train_steps all = map_train_steps(*args, of_subject);
    const size_t count = parameters(args);
    float *start = malloc((count + TALLY_WORDS) * sizeof *start);
    double *exact = calloc(count, sizeof *exact);
    char what[64];
    int rc = INCLINE_OK;

    if (start == NULL || exact == NULL) {
        rc = FAIL(INCLINE_ENOMEM, "no memory to check %u steps", args->steps);
        goto out;
    }
    TRY(subject_state(check, args, count, false, start));
    for (uint32_t s = 0; s < args->steps; s++) {
        struct train_steps one = *args;
        one.order.at += (size_t)s * args->rows;
        one.steps = 1;
        TRY(check_one_step(check, &one));
    }
    if (args->steps > 1) {
        TRY(subject_state(check, args, count, true, start));
        TRY(check->subject->ops->train_steps(check->subject, &all));
        snprintf(what, sizeof what, "params[%zu] after %u steps at once", count, args->steps);
        TRY(check_compare_floats(check, SLOT_train_steps, args->params, count, exact, what));
        TRY(check_compare_tally(check, SLOT_train_steps, args->tally, 0.0));
    }
out:
    free(start);
    free(exact);
    return rc;
}
