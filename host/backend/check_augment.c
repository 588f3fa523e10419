/* check_augment.c - distorted images in lockstep. */
#include <stdio.h>

#include "host/backend/bounds_augment.h"
#include "host/backend/check_room.h"
#include "host/util/status.h"

static struct augment map_augment(struct augment args, struct span (*map)(struct span))
{
    args.x = map(args.x);
    args.background = map(args.background);
    if (args.how.elastic_alpha != 0.0f)
        args.weights = map(args.weights);
    return args;
}

int check_augment(struct incline_device *dev, const struct augment *args)
{
    struct check_device *check = check_of(dev);
    const struct augment subject_args = map_augment(*args, of_subject);
    const struct augment twin_args = map_augment(*args, of_twin);
    const float *weights = args->how.elastic_alpha != 0.0f ? twin_floats(args->weights) : NULL;
    const size_t count = (size_t)args->rows * args->image_rows * args->image_cols;
    char what[64];
    int rc = INCLINE_OK;

    double *bound = check_bounds_room(check, count, &rc);
    if (bound == NULL)
        return rc;
    TRY(bounds_augment(args, twin_floats(args->x), weights, *twin_floats(args->background), bound));
    TRY(check->subject->ops->augment(check->subject, &subject_args));
    TRY(check->reference->ops->augment(check->reference, &twin_args));
    snprintf(what, sizeof what, "x[%u] of %ux%u", args->rows, args->image_rows, args->image_cols);
    TRY(check_compare_floats(check, SLOT_augment, args->x, count, bound, what));
out:
    return rc;
}
