/* check_activation.c - activations of the lockstep device. */
#include <stdio.h>

#include "host/backend/bounds.h"
#include "host/backend/check_room.h"
#include "host/util/status.h"

int check_activate(struct incline_device *dev, const struct activate *args)
{
    struct check_device *check = check_of(dev);
    struct activate subject_args = *args, twin_args = *args;
    char what[64];
    int rc = INCLINE_OK;

    subject_args.z = of_subject(args->z);
    subject_args.a = of_subject(args->a);
    twin_args.z = of_twin(args->z);
    twin_args.a = of_twin(args->a);
    double *bound = check_bounds_room(check, args->count, &rc);
    if (bound == NULL)
        return rc;
    bounds_activate(args->activation, twin_floats(args->z), args->count, bound);
    TRY(check->subject->ops->activate(check->subject, &subject_args));
    TRY(check->reference->ops->activate(check->reference, &twin_args));
    snprintf(what, sizeof what, "a[%zu] of %s", args->count,
             incline_activation_text(args->activation));
    TRY(check_compare_floats(check, SLOT_activate, args->a, args->count, bound, what));
out:
    return rc;
}

int check_activate_gradient(struct incline_device *dev, const struct activate_gradient *args)
{
    struct check_device *check = check_of(dev);
    struct activate_gradient subject_args = *args, twin_args = *args;
    char what[64];
    int rc = INCLINE_OK;

    subject_args.z = of_subject(args->z);
    subject_args.d = of_subject(args->d);
    twin_args.z = of_twin(args->z);
    twin_args.d = of_twin(args->d);
    double *bound = check_bounds_room(check, args->count, &rc);
    if (bound == NULL)
        return rc;
    bounds_activate_gradient(args->activation, twin_floats(args->z), twin_floats(args->d),
                             args->count, bound);
    TRY(check->subject->ops->activate_gradient(check->subject, &subject_args));
    TRY(check->reference->ops->activate_gradient(check->reference, &twin_args));
    snprintf(what, sizeof what, "d[%zu] of %s", args->count,
             incline_activation_text(args->activation));
    TRY(check_compare_floats(check, SLOT_activate_gradient, args->d, args->count, bound, what));
out:
    return rc;
}
