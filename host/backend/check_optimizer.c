/* check_optimizer.c - the optimizers' operations of the lockstep device, as those in check_slots.c.
 */
#include <stdio.h>

#include "host/backend/bounds.h"
#include "host/backend/bounds_optimizer.h"
#include "host/backend/check_room.h"
#include "host/backend/dense_update.h"
#include "host/util/status.h"

int check_norm(struct incline_device *dev, const struct norm *args)
{
    struct check_device *check = check_of(dev);
    struct norm subject_args = *args, twin_args = *args;
    char what[64];
    int rc = INCLINE_OK;

    subject_args.x = of_subject(args->x);
    subject_args.norm = of_subject(args->norm);
    twin_args.x = of_twin(args->x);
    twin_args.norm = of_twin(args->norm);
    const double bound = bounds_norm(twin_floats(args->x), args->count);
    RUN_BOTH(norm);
    snprintf(what, sizeof what, "norm of %zu values", args->count);
    TRY(check_compare_floats(check, SLOT_norm, args->norm, 1, &bound, what));
out:
    return rc;
}

/* A span that may be missing. */
static struct span if_there(struct span span, struct span (*map)(struct span))
{
    return span.buffer != NULL ? map(span) : span;
}

static struct update map_update(struct update args, struct span (*map)(struct span))
{
    args.params = map(args.params);
    args.grads = map(args.grads);
    args.moment1 = if_there(args.moment1, map);
    args.moment2 = if_there(args.moment2, map);
    args.norm = if_there(args.norm, map);
    return args;
}

int check_update(struct incline_device *dev, const struct update *args)
{
    struct check_device *check = check_of(dev);
    const struct update subject_args = map_update(*args, of_subject);
    const struct update twin_args = map_update(*args, of_twin);
    const bool lamb = args->optimizer.kind == INCLINE_LAMB;
    const float *m = args->moment1.buffer != NULL ? twin_floats(args->moment1) : NULL;
    const float *v = args->moment2.buffer != NULL ? twin_floats(args->moment2) : NULL;
    const double norm = args->norm.buffer != NULL ? (double)twin_floats(args->norm)[0] : 0.0;
    const size_t count = args->count;
    char what[64];
    int rc = INCLINE_OK;

    double *bound = check_bounds_room(check, 3 * count, &rc);
    if (bound == NULL)
        return rc;
    bounds_update(args, twin_floats(args->params), twin_floats(args->grads), NULL, m, v, norm,
                  bound, bound + count, bound + 2 * count);
    RUN_BOTH(update);
    snprintf(what, sizeof what, "%s[%zu] of optimizer %d, step %llu", lamb ? "grads" : "params",
             count, (int)args->optimizer.kind, (unsigned long long)args->step);
    TRY(check_compare_floats(check, SLOT_update, lamb ? args->grads : args->params, count, bound,
                             what));
    snprintf(what, sizeof what, "moment1[%zu] of optimizer %d", count, (int)args->optimizer.kind);
    if (m != NULL)
        TRY(check_compare_floats(check, SLOT_update, args->moment1, count, bound + count, what));
    snprintf(what, sizeof what, "moment2[%zu] of optimizer %d", count, (int)args->optimizer.kind);
    if (v != NULL)
        TRY(check_compare_floats(check, SLOT_update, args->moment2, count, bound + 2 * count,
                                 what));
out:
    return rc;
}

/* What a part of dense_update() gives, `part` being its step: gradients off by off[count], bounds
 * behind. */
static void bounds_of_part(const struct update *part, const double *off, double *bound)
{
    const size_t count = part->count;
    const float *m = part->moment1.buffer != NULL ? twin_floats(part->moment1) : NULL;
    const float *v = part->moment2.buffer != NULL ? twin_floats(part->moment2) : NULL;

    bounds_update(part, twin_floats(part->params), twin_floats(part->grads), off, m, v, 0.0, bound,
                  bound + count, bound + 2 * count);
}

static int compare_part(struct check_device *check, const struct update *part, const double *bound)
{
    const struct span spans[] = {part->params, part->moment1, part->moment2};
    static const char *const names[] = {"params", "moment1", "moment2"};
    const size_t count = part->count;
    char what[64];
    int rc = INCLINE_OK;

    for (size_t s = 0; s < sizeof spans / sizeof spans[0]; s++) {
        snprintf(what, sizeof what, "%s[%zu] of optimizer %d, step %llu", names[s], count,
                 (int)part->optimizer.kind, (unsigned long long)part->step);
        if (spans[s].buffer != NULL)
            TRY(check_compare_floats(check, SLOT_dense_update, spans[s], count, bound + s * count,
                                     what));
    }
out:
    return rc;
}

static struct dense_update map_dense_update(struct dense_update args,
                                            struct span (*map)(struct span))
{
    args.x = map(args.x);
    args.dy = map(args.dy);
    args.update = map_update(args.update, map);
    return args;
}

/* The reference's gradients come first: by them, and by what a device's may be off, go the bounds.
 */
int check_dense_update(struct incline_device *dev, const struct dense_update *args)
{
    struct check_device *check = check_of(dev);
    const struct dense_update subject_args = map_dense_update(*args, of_subject);
    const struct dense_update twin_args = map_dense_update(*args, of_twin);
    const struct dense_backward_weights product = dense_update_product(&twin_args);
    const struct update weights = dense_update_weights(args), biases = dense_update_biases(args);
    const size_t count = weights.count + biases.count;
    int rc = INCLINE_OK;

    double *off = check_bounds_room(check, 4 * count, &rc);
    if (off == NULL)
        return rc;
    double *const bound = off + count;
    bounds_dense_backward_weights(twin_floats(args->x), twin_floats(args->dy), NULL, NULL,
                                  args->rows, args->inputs, args->outputs, args->scale, false, off,
                                  off + weights.count);
    TRY(check->reference->ops->dense_backward_weights(check->reference, &product));
    bounds_of_part(&weights, off, bound);
    bounds_of_part(&biases, off + weights.count, bound + 3 * weights.count);
    RUN_BOTH(dense_update);
    TRY(compare_part(check, &weights, bound));
    TRY(compare_part(check, &biases, bound + 3 * weights.count));
out:
    return rc;
}

int check_trust_update(struct incline_device *dev, const struct trust_update *args)
{
    struct check_device *check = check_of(dev);
    struct trust_update subject_args = *args, twin_args = *args;
    char what[64];
    int rc = INCLINE_OK;

    subject_args.params = of_subject(args->params);
    subject_args.direction = of_subject(args->direction);
    twin_args.params = of_twin(args->params);
    twin_args.direction = of_twin(args->direction);
    double *bound = check_bounds_room(check, args->count, &rc);
    if (bound == NULL)
        return rc;
    bounds_trust_update(twin_floats(args->params), twin_floats(args->direction), args->count,
                        args->learning_rate, bound);
    RUN_BOTH(trust_update);
    snprintf(what, sizeof what, "params[%zu]", args->count);
    TRY(check_compare_floats(check, SLOT_trust_update, args->params, args->count, bound, what));
out:
    return rc;
}

int check_limit_rows(struct incline_device *dev, const struct limit_rows *args)
{
    struct check_device *check = check_of(dev);
    struct limit_rows subject_args = *args, twin_args = *args;
    const size_t count = (size_t)args->rows * args->cols;
    char what[64];
    int rc = INCLINE_OK;

    subject_args.w = of_subject(args->w);
    twin_args.w = of_twin(args->w);
    double *bound = check_bounds_room(check, count, &rc);
    if (bound == NULL)
        return rc;
    bounds_limit_rows(twin_floats(args->w), args->rows, args->cols, args->most, bound);
    RUN_BOTH(limit_rows);
    snprintf(what, sizeof what, "w[%u, %u]", args->rows, args->cols);
    TRY(check_compare_floats(check, SLOT_limit_rows, args->w, count, bound, what));
out:
    return rc;
}

int check_average(struct incline_device *dev, const struct average *args)
{
    struct check_device *check = check_of(dev);
    struct average subject_args = *args, twin_args = *args;
    char what[64];
    int rc = INCLINE_OK;

    subject_args.average = of_subject(args->average);
    subject_args.params = of_subject(args->params);
    twin_args.average = of_twin(args->average);
    twin_args.params = of_twin(args->params);
    double *bound = check_bounds_room(check, args->count, &rc);
    if (bound == NULL)
        return rc;
    bounds_average(twin_floats(args->average), twin_floats(args->params), args->count, args->decay,
                   bound);
    RUN_BOTH(average);
    snprintf(what, sizeof what, "average[%zu]", args->count);
    TRY(check_compare_floats(check, SLOT_average, args->average, args->count, bound, what));
out:
    return rc;
}
