/* dense_update.h - the two operations that a dense_update is: for backends that do one after the
 * other, and for the bounds. */
#ifndef INCLINE_BACKEND_DENSE_UPDATE_H
#define INCLINE_BACKEND_DENSE_UPDATE_H

#include "host/backend/backend.h"

static inline struct span span_after(struct span span, size_t elements)
{
    return (struct span){span.buffer, span.at + elements};
}

/* The gradients, into their places in the block. */
static inline struct dense_backward_weights dense_update_product(const struct dense_update *args)
{
    return (struct dense_backward_weights){.x = args->x,
                                           .dy = args->dy,
                                           .dw = span_after(args->update.grads, args->weights_at),
                                           .db = span_after(args->update.grads, args->biases_at),
                                           .rows = args->rows,
                                           .inputs = args->inputs,
                                           .outputs = args->outputs,
                                           .scale = args->scale};
}

/* The step of the `count` parameters at `at`, of which the first `weights` are weights. */
static inline struct update dense_update_part(const struct dense_update *args, size_t at,
                                              size_t count, size_t weights)
{
    struct update part = args->update;

    part.params = span_after(part.params, at);
    part.grads = span_after(part.grads, at);
    part.moment1 = span_after(part.moment1, at);
    part.moment2 = span_after(part.moment2, at);
    part.count = count;
    part.weights = weights;
    return part;
}

static inline struct update dense_update_weights(const struct dense_update *args)
{
    const size_t count = (size_t)args->outputs * args->inputs;
    return dense_update_part(args, args->weights_at, count, count);
}

static inline struct update dense_update_biases(const struct dense_update *args)
{
    return dense_update_part(args, args->biases_at, args->outputs, 0);
}

/* Both, by the backend's own slots. */
static inline int dense_update_in_two(struct incline_device *dev, const struct dense_update *args)
{
    const struct dense_backward_weights product = dense_update_product(args);
    const struct update weights = dense_update_weights(args), biases = dense_update_biases(args);
    int rc = dev->ops->dense_backward_weights(dev, &product);

    if (rc == INCLINE_OK)
        rc = dev->ops->update(dev, &weights);
    return rc == INCLINE_OK ? dev->ops->update(dev, &biases) : rc;
}

#endif
