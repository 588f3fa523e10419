/* check_normalize.c - normalisation of hidden layers on the lockstep device. */
#include <stdio.h>

#include "host/backend/bounds_normalize.h"
#include "host/backend/check_room.h"
#include "host/util/status.h"

static struct moments map_moments(struct moments args, struct span (*map)(struct span))
{
    if (args.of != MOMENTS_OF_RUN)
        args.x = map(args.x);
    args.mean = map(args.mean);
    args.scale = map(args.scale);
    if (args.of != MOMENTS_OF_ROWS) {
        args.run_mean = map(args.run_mean);
        args.run_variance = map(args.run_variance);
    }
    return args;
}

int check_moments(struct incline_device *dev, const struct moments *args)
{
    static const char *const of[] = {"columns", "rows", "the run"};
    struct check_device *check = check_of(dev);
    const struct moments subject_args = map_moments(*args, of_subject);
    const struct moments twin_args = map_moments(*args, of_twin);
    const size_t lines = args->of == MOMENTS_OF_ROWS ? args->rows : args->cols;
    const bool has_run = args->of != MOMENTS_OF_ROWS;
    const struct normalize_tensors tensors = {
        .x = args->of != MOMENTS_OF_RUN ? twin_floats(args->x) : NULL,
        .run_mean = has_run ? twin_floats(args->run_mean) : NULL,
        .run_variance = has_run ? twin_floats(args->run_variance) : NULL};
    char what[64];
    int rc = INCLINE_OK;

    double *bound = check_bounds_room(check, 4 * lines, &rc);
    if (bound == NULL)
        return rc;
    bounds_moments(args, &tensors, bound, bound + lines, bound + 2 * lines, bound + 3 * lines);
    RUN_BOTH(moments);
    snprintf(what, sizeof what, "mean[%zu] of %s, %u x %u", lines, of[args->of], args->rows,
             args->cols);
    TRY(check_compare_floats(check, SLOT_moments, args->mean, lines, bound, what));
    snprintf(what, sizeof what, "scale[%zu] of %s, %u x %u", lines, of[args->of], args->rows,
             args->cols);
    TRY(check_compare_floats(check, SLOT_moments, args->scale, lines, bound + lines, what));
    if (args->of == MOMENTS_OF_COLUMNS) {
        snprintf(what, sizeof what, "run_mean[%zu]", lines);
        TRY(check_compare_floats(check, SLOT_moments, args->run_mean, lines, bound + 2 * lines,
                                 what));
        snprintf(what, sizeof what, "run_variance[%zu]", lines);
        TRY(check_compare_floats(check, SLOT_moments, args->run_variance, lines, bound + 3 * lines,
                                 what));
    }
out:
    return rc;
}

static struct normalize map_normalize(struct normalize args, struct span (*map)(struct span))
{
    args.x = map(args.x);
    args.mean = map(args.mean);
    args.scale = map(args.scale);
    args.gain = map(args.gain);
    args.shift = map(args.shift);
    args.y = map(args.y);
    return args;
}

int check_normalize(struct incline_device *dev, const struct normalize *args)
{
    struct check_device *check = check_of(dev);
    const struct normalize subject_args = map_normalize(*args, of_subject);
    const struct normalize twin_args = map_normalize(*args, of_twin);
    const struct normalize_tensors tensors = {.x = twin_floats(args->x),
                                              .mean = twin_floats(args->mean),
                                              .scale = twin_floats(args->scale),
                                              .gain = twin_floats(args->gain),
                                              .shift = twin_floats(args->shift)};
    const size_t count = (size_t)args->rows * args->cols;
    char what[64];
    int rc = INCLINE_OK;

    double *bound = check_bounds_room(check, count, &rc);
    if (bound == NULL)
        return rc;
    bounds_normalize(args, &tensors, bound);
    RUN_BOTH(normalize);
    snprintf(what, sizeof what, "y[%u, %u] by %s", args->rows, args->cols,
             args->by_rows ? "rows" : "columns");
    TRY(check_compare_floats(check, SLOT_normalize, args->y, count, bound, what));
out:
    return rc;
}

static struct normalize_gradient map_normalize_gradient(struct normalize_gradient args,
                                                        struct span (*map)(struct span))
{
    args.x = map(args.x);
    args.mean = map(args.mean);
    args.scale = map(args.scale);
    args.gain = map(args.gain);
    args.d = map(args.d);
    args.dgain = map(args.dgain);
    args.dshift = map(args.dshift);
    return args;
}

int check_normalize_gradient(struct incline_device *dev, const struct normalize_gradient *args)
{
    struct check_device *check = check_of(dev);
    const struct normalize_gradient subject_args = map_normalize_gradient(*args, of_subject);
    const struct normalize_gradient twin_args = map_normalize_gradient(*args, of_twin);
    const struct normalize_tensors tensors = {.x = twin_floats(args->x),
                                              .d = twin_floats(args->d),
                                              .mean = twin_floats(args->mean),
                                              .scale = twin_floats(args->scale),
                                              .gain = twin_floats(args->gain),
                                              .dgain = twin_floats(args->dgain),
                                              .dshift = twin_floats(args->dshift)};
    const size_t count = (size_t)args->rows * args->cols, cols = args->cols;
    char what[64];
    int rc = INCLINE_OK;

    double *bound = check_bounds_room(check, count + 2 * cols, &rc);
    if (bound == NULL)
        return rc;
    bounds_normalize_gradient(args, &tensors, bound, bound + count, bound + count + cols);
    RUN_BOTH(normalize_gradient);
    snprintf(what, sizeof what, "d[%u, %u] by %s", args->rows, args->cols,
             args->by_rows ? "rows" : "columns");
    TRY(check_compare_floats(check, SLOT_normalize_gradient, args->d, count, bound, what));
    snprintf(what, sizeof what, "dgain[%zu] of %u rows", cols, args->rows);
    TRY(check_compare_floats(check, SLOT_normalize_gradient, args->dgain, cols, bound + count,
                             what));
    snprintf(what, sizeof what, "dshift[%zu] of %u rows", cols, args->rows);
    TRY(check_compare_floats(check, SLOT_normalize_gradient, args->dshift, cols,
                             bound + count + cols, what));
out:
    return rc;
}
