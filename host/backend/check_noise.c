/* check_noise.c - dropout and noise of the lockstep device. */
#include <float.h>
#include <math.h>
#include <stdio.h>

#include "host/backend/bounds.h"
#include "host/backend/check_room.h"
#include "host/util/status.h"

int check_dropout(struct incline_device *dev, const struct dropout *args)
{
    struct check_device *check = check_of(dev);
    struct dropout subject_args = *args, twin_args = *args;
    char what[64];
    int rc = INCLINE_OK;

    subject_args.x = of_subject(args->x);
    twin_args.x = of_twin(args->x);
    double *bound = check_bounds_room(check, args->count, &rc);
    if (bound == NULL)
        return rc;
    for (size_t i = 0; i < args->count; i++) /* one product, rounded once by both */
        bound[i] = (double)FLT_MIN;
    TRY(check->subject->ops->dropout(check->subject, &subject_args));
    TRY(check->reference->ops->dropout(check->reference, &twin_args));
    snprintf(what, sizeof what, "x[%zu] at a rate of %g", args->count, (double)args->rate);
    TRY(check_compare_floats(check, SLOT_dropout, args->x, args->count, bound, what));
out:
    return rc;
}

/* Roundings of a normal number: log 3 ulp and half of them below the root, sqrt 3 ulp, sinpi and
 * cospi 4 ulp, a product; then the deviation, the sum, and the reference's own. The reference's
 * angle is off by 1e-15. */
static void bounds_add_noise(const struct add_noise *args, const float *x, double *bound)
{
    for (size_t i = 0; i < args->count; i++) {
        const double moved = (double)args->deviation * reference_normal(&args->draws, i);
        bound[i] = bounds_gamma(3.0 + 6.0 + 8.0 + 1.0 + 1.0) * fabs(moved) +
                   1e-14 * (double)args->deviation + 0x1p-23 * (fabs((double)x[i]) + fabs(moved)) +
                   (double)FLT_MIN;
    }
}

int check_add_noise(struct incline_device *dev, const struct add_noise *args)
{
    struct check_device *check = check_of(dev);
    struct add_noise subject_args = *args, twin_args = *args;
    char what[64];
    int rc = INCLINE_OK;

    subject_args.x = of_subject(args->x);
    twin_args.x = of_twin(args->x);
    double *bound = check_bounds_room(check, args->count, &rc);
    if (bound == NULL)
        return rc;
    bounds_add_noise(args, twin_floats(args->x), bound);
    TRY(check->subject->ops->add_noise(check->subject, &subject_args));
    TRY(check->reference->ops->add_noise(check->reference, &twin_args));
    snprintf(what, sizeof what, "x[%zu] of deviation %g", args->count, (double)args->deviation);
    TRY(check_compare_floats(check, SLOT_add_noise, args->x, args->count, bound, what));
out:
    return rc;
}
