/* check_slots.c - the operations of the lockstep device, in the order of a training step: bounds
 * from the inputs, the subject, the reference, a comparison of each output. */
#include <stdio.h>

#include "host/backend/bounds.h"
#include "host/backend/check_room.h"
#include "host/util/status.h"

/* Bounds for results that must agree but where a device may flush denormals to zero. */
static void bounds_exact(double *bound, size_t count)
{
    for (size_t i = 0; i < count; i++)
        bound[i] = 0x1p-126;
}

/* ---- slots ---- */

int check_fill(struct incline_device *dev, const struct fill *args)
{
    struct check_device *check = check_of(dev);
    struct fill subject_args = *args, twin_args = *args;
    char what[64];
    int rc = INCLINE_OK;

    subject_args.to = of_subject(args->to);
    twin_args.to = of_twin(args->to);
    RUN_BOTH(fill);
    snprintf(what, sizeof what, "%zu values", args->count);
    TRY(check_compare_words(check, SLOT_fill, args->to, args->count, what));
out:
    return rc;
}

int check_shuffle(struct incline_device *dev, const struct shuffle *args)
{
    struct check_device *check = check_of(dev);
    struct shuffle subject_args = *args, twin_args = *args;
    char what[64];
    int rc = INCLINE_OK;

    subject_args.order = of_subject(args->order);
    twin_args.order = of_twin(args->order);
    if (args->from.buffer != NULL) {
        subject_args.from = of_subject(args->from);
        twin_args.from = of_twin(args->from);
    }
    RUN_BOTH(shuffle);
    snprintf(what, sizeof what, "order of %u", args->n);
    TRY(check_compare_words(check, SLOT_shuffle, args->order, args->n, what));
out:
    return rc;
}

struct samples check_map_samples(struct samples samples, struct span (*map)(struct span))
{
    samples.values = map(samples.values);
    samples.labels = map(samples.labels);
    samples.scale = map(samples.scale);
    samples.shift = map(samples.shift);
    if (samples.outputs > 0)
        samples.targets = map(samples.targets);
    return samples;
}

static struct gather map_gather(struct gather args, struct span (*map)(struct span))
{
    args.samples = check_map_samples(args.samples, map);
    args.order = map(args.order);
    args.x = map(args.x);
    args.label = map(args.label);
    if (args.samples.outputs > 0)
        args.target = map(args.target);
    return args;
}

int check_gather(struct incline_device *dev, const struct gather *args)
{
    struct check_device *check = check_of(dev);
    const struct gather subject_args = map_gather(*args, of_subject);
    const struct gather twin_args = map_gather(*args, of_twin);
    const size_t count = (size_t)args->rows * args->samples.features;
    char what[64];
    int rc = INCLINE_OK;

    double *bound = check_bounds_room(check, count, &rc);
    if (bound == NULL)
        return rc;
    bounds_exact(bound, count);
    RUN_BOTH(gather);
    snprintf(what, sizeof what, "x[%u, %u]", args->rows, args->samples.features);
    TRY(check_compare_floats(check, SLOT_gather, args->x, count, bound, what));
    snprintf(what, sizeof what, "label[%u]", args->rows);
    TRY(check_compare_words(check, SLOT_gather, args->label, args->rows, what));
    if (args->samples.outputs > 0) {
        snprintf(what, sizeof what, "target[%u, %u]", args->rows, args->samples.outputs);
        TRY(check_compare_words(check, SLOT_gather, args->target,
                                (size_t)args->rows * args->samples.outputs, what));
    }
out:
    return rc;
}

static struct dense_forward map_dense_forward(struct dense_forward args,
                                              struct span (*map)(struct span))
{
    args.x = map(args.x);
    args.w = map(args.w);
    args.b = map(args.b);
    args.y = map(args.y);
    return args;
}

int check_dense_forward(struct incline_device *dev, const struct dense_forward *args)
{
    struct check_device *check = check_of(dev);
    const struct dense_forward subject_args = map_dense_forward(*args, of_subject);
    const struct dense_forward twin_args = map_dense_forward(*args, of_twin);
    const size_t count = (size_t)args->rows * args->outputs;
    char what[64];
    int rc = INCLINE_OK;

    double *bound = check_bounds_room(check, count, &rc);
    if (bound == NULL)
        return rc;
    bounds_dense_forward(twin_floats(args->x), twin_floats(args->w), twin_floats(args->b),
                         args->rows, args->inputs, args->outputs, bound);
    RUN_BOTH(dense_forward);
    snprintf(what, sizeof what, "y[%u, %u] of %u inputs", args->rows, args->outputs, args->inputs);
    TRY(check_compare_floats(check, SLOT_dense_forward, args->y, count, bound, what));
out:
    return rc;
}

static struct softmax_xent map_softmax_xent(struct softmax_xent args,
                                            struct span (*map)(struct span))
{
    args.z = map(args.z);
    args.label = map(args.label);
    args.dz = map(args.dz);
    args.loss = map(args.loss);
    args.tally = map(args.tally);
    return args;
}

int check_softmax_xent(struct incline_device *dev, const struct softmax_xent *args)
{
    struct check_device *check = check_of(dev);
    const struct softmax_xent subject_args = map_softmax_xent(*args, of_subject);
    const struct softmax_xent twin_args = map_softmax_xent(*args, of_twin);
    const size_t count = (size_t)args->rows * args->classes;
    const float *held = twin_floats(args->tally);
    double tally_bound;
    char what[64];
    int rc = INCLINE_OK;

    double *bound = check_bounds_room(check, count + args->rows, &rc);
    if (bound == NULL)
        return rc;
    bounds_softmax_xent(twin_floats(args->z), twin_words(args->label), args->rows, args->classes,
                        (double)held[TALLY_LOSS], bound, bound + count, &tally_bound);
    RUN_BOTH(softmax_xent);
    snprintf(what, sizeof what, "dz[%u, %u]", args->rows, args->classes);
    TRY(check_compare_floats(check, SLOT_softmax_xent, args->dz, count, bound, what));
    snprintf(what, sizeof what, "loss[%u] of %u classes", args->rows, args->classes);
    TRY(check_compare_floats(check, SLOT_softmax_xent, args->loss, args->rows, bound + count,
                             what));
    TRY(check_compare_tally(check, SLOT_softmax_xent, args->tally, tally_bound));
out:
    return rc;
}

int check_softmax(struct incline_device *dev, const struct softmax *args)
{
    struct check_device *check = check_of(dev);
    struct softmax subject_args = *args, twin_args = *args;
    const size_t count = (size_t)args->rows * args->classes;
    char what[64];
    int rc = INCLINE_OK;

    subject_args.z = of_subject(args->z);
    subject_args.p = of_subject(args->p);
    twin_args.z = of_twin(args->z);
    twin_args.p = of_twin(args->p);
    double *bound = check_bounds_room(check, count, &rc);
    if (bound == NULL)
        return rc;
    bounds_softmax(twin_floats(args->z), args->rows, args->classes, bound);
    RUN_BOTH(softmax);
    snprintf(what, sizeof what, "p[%u, %u]", args->rows, args->classes);
    TRY(check_compare_floats(check, SLOT_softmax, args->p, count, bound, what));
out:
    return rc;
}

static struct dense_backward_weights map_backward_weights(struct dense_backward_weights args,
                                                          struct span (*map)(struct span))
{
    args.x = map(args.x);
    args.dy = map(args.dy);
    args.dw = map(args.dw);
    args.db = map(args.db);
    return args;
}

int check_dense_backward_weights(struct incline_device *dev,
                                 const struct dense_backward_weights *args)
{
    struct check_device *check = check_of(dev);
    const struct dense_backward_weights subject_args = map_backward_weights(*args, of_subject);
    const struct dense_backward_weights twin_args = map_backward_weights(*args, of_twin);
    const size_t count = (size_t)args->outputs * args->inputs;
    char what[64];
    int rc = INCLINE_OK;

    double *bound = check_bounds_room(check, count + args->outputs, &rc);
    if (bound == NULL)
        return rc;
    bounds_dense_backward_weights(twin_floats(args->x), twin_floats(args->dy),
                                  twin_floats(args->dw), twin_floats(args->db), args->rows,
                                  args->inputs, args->outputs, args->scale, args->accumulate, bound,
                                  bound + count);
    RUN_BOTH(dense_backward_weights);
    snprintf(what, sizeof what, "dw[%u, %u] of %u rows", args->outputs, args->inputs, args->rows);
    TRY(check_compare_floats(check, SLOT_dense_backward_weights, args->dw, count, bound, what));
    snprintf(what, sizeof what, "db[%u] of %u rows", args->outputs, args->rows);
    TRY(check_compare_floats(check, SLOT_dense_backward_weights, args->db, args->outputs,
                             bound + count, what));
out:
    return rc;
}

static struct dense_backward_input map_backward_input(struct dense_backward_input args,
                                                      struct span (*map)(struct span))
{
    args.dy = map(args.dy);
    args.w = map(args.w);
    args.a = map(args.a);
    args.dx = map(args.dx);
    return args;
}

int check_dense_backward_input(struct incline_device *dev, const struct dense_backward_input *args)
{
    struct check_device *check = check_of(dev);
    const struct dense_backward_input subject_args = map_backward_input(*args, of_subject);
    const struct dense_backward_input twin_args = map_backward_input(*args, of_twin);
    const size_t count = (size_t)args->rows * args->inputs;
    char what[64];
    int rc = INCLINE_OK;

    double *bound = check_bounds_room(check, count, &rc);
    if (bound == NULL)
        return rc;
    bounds_dense_backward_input(twin_floats(args->dy), twin_floats(args->w), args->rows,
                                args->inputs, args->outputs, bound);
    RUN_BOTH(dense_backward_input);
    snprintf(what, sizeof what, "dx[%u, %u] of %u outputs", args->rows, args->inputs,
             args->outputs);
    TRY(check_compare_floats(check, SLOT_dense_backward_input, args->dx, count, bound, what));
out:
    return rc;
}
