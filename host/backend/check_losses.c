/* check_losses.c - losses beyond plain softmax cross-entropy on the lockstep device: bounds from
 * the inputs, the subject, the reference, a comparison of each output. */
#include <stdio.h>

#include "host/backend/bounds.h"
#include "host/backend/check_room.h"
#include "host/util/status.h"

static double held(struct span span, size_t at)
{
    return (double)twin_floats(span)[at];
}

static struct span sum_at(struct span tally, size_t at)
{
    return (struct span){tally.buffer, tally.at + at};
}

static struct weighted_xent map_weighted_xent(struct weighted_xent args,
                                              struct span (*map)(struct span))
{
    args.z = map(args.z);
    args.label = map(args.label);
    args.weights = map(args.weights);
    args.dz = map(args.dz);
    args.loss = map(args.loss);
    args.tally = map(args.tally);
    args.total = map(args.total);
    return args;
}

int check_weighted_xent(struct incline_device *dev, const struct weighted_xent *args)
{
    struct check_device *check = check_of(dev);
    const struct weighted_xent subject_args = map_weighted_xent(*args, of_subject);
    const struct weighted_xent twin_args = map_weighted_xent(*args, of_twin);
    const size_t count = (size_t)args->rows * args->classes;
    const double before[3] = {held(args->tally, TALLY_LOSS), held(args->tally, TALLY_WEIGHTS),
                              held(args->total, 0)};
    double sums[3];
    char what[64];
    int rc = INCLINE_OK;

    double *bound = check_bounds_room(check, count + args->rows, &rc);
    if (bound == NULL)
        return rc;
    bounds_weighted_xent(twin_floats(args->z), twin_words(args->label), twin_floats(args->weights),
                         args->rows, args->classes, args->smoothing, before, bound, bound + count,
                         sums);
    TRY(check->subject->ops->weighted_xent(check->subject, &subject_args));
    TRY(check->reference->ops->weighted_xent(check->reference, &twin_args));
    snprintf(what, sizeof what, "dz[%u, %u]", args->rows, args->classes);
    TRY(check_compare_floats(check, SLOT_weighted_xent, args->dz, count, bound, what));
    snprintf(what, sizeof what, "loss[%u] of %u classes", args->rows, args->classes);
    TRY(check_compare_floats(check, SLOT_weighted_xent, args->loss, args->rows, bound + count,
                             what));
    TRY(check_compare_tally(check, SLOT_weighted_xent, args->tally, sums[0]));
    TRY(check_compare_sum(check, SLOT_weighted_xent, sum_at(args->tally, TALLY_WEIGHTS), sums[1],
                          "sum of weights in the tally"));
    TRY(check_compare_sum(check, SLOT_weighted_xent, args->total, sums[2], "sum of weights"));
out:
    return rc;
}

static struct target_loss map_target_loss(struct target_loss args, struct span (*map)(struct span))
{
    args.z = map(args.z);
    args.target = map(args.target);
    args.dz = map(args.dz);
    args.loss = map(args.loss);
    args.tally = map(args.tally);
    return args;
}

int check_target_loss(struct incline_device *dev, const struct target_loss *args)
{
    struct check_device *check = check_of(dev);
    const struct target_loss subject_args = map_target_loss(*args, of_subject);
    const struct target_loss twin_args = map_target_loss(*args, of_twin);
    const size_t count = (size_t)args->rows * args->outputs;
    const double before[2] = {held(args->tally, TALLY_LOSS), held(args->tally, TALLY_SQUARES)};
    double sums[2];
    char what[64];
    int rc = INCLINE_OK;

    double *bound = check_bounds_room(check, count + args->rows, &rc);
    if (bound == NULL)
        return rc;
    bounds_target_loss(twin_floats(args->z), twin_floats(args->target), args->rows, args->outputs,
                       args->kind, args->delta, before, bound, bound + count, sums);
    TRY(check->subject->ops->target_loss(check->subject, &subject_args));
    TRY(check->reference->ops->target_loss(check->reference, &twin_args));
    snprintf(what, sizeof what, "dz[%u, %u] of kind %d", args->rows, args->outputs,
             (int)args->kind);
    TRY(check_compare_floats(check, SLOT_target_loss, args->dz, count, bound, what));
    snprintf(what, sizeof what, "loss[%u] of %u outputs, kind %d", args->rows, args->outputs,
             (int)args->kind);
    TRY(check_compare_floats(check, SLOT_target_loss, args->loss, args->rows, bound + count, what));
    TRY(check_compare_tally(check, SLOT_target_loss, args->tally, sums[0]));
    TRY(check_compare_sum(check, SLOT_target_loss, sum_at(args->tally, TALLY_SQUARES), sums[1],
                          "sum of squares in the tally"));
out:
    return rc;
}

int check_divide(struct incline_device *dev, const struct divide *args)
{
    struct check_device *check = check_of(dev);
    struct divide subject_args = *args, twin_args = *args;
    char what[64];
    int rc = INCLINE_OK;

    subject_args.x = of_subject(args->x);
    subject_args.divisor = of_subject(args->divisor);
    twin_args.x = of_twin(args->x);
    twin_args.divisor = of_twin(args->divisor);
    double *bound = check_bounds_room(check, args->count, &rc);
    if (bound == NULL)
        return rc;
    const double whole = held(args->divisor, 0) + held(args->divisor, 1);
    bounds_divide(twin_floats(args->x), args->count, whole == 0.0 ? 0.0 : (double)args->by / whole,
                  bound);
    TRY(check->subject->ops->divide(check->subject, &subject_args));
    TRY(check->reference->ops->divide(check->reference, &twin_args));
    snprintf(what, sizeof what, "x[%zu]", args->count);
    TRY(check_compare_floats(check, SLOT_divide, args->x, args->count, bound, what));
out:
    return rc;
}
