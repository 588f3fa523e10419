/* normalize.h - normalisation of hidden layers in a plan: its part of the arena, forward, backward.
 *
 *   p_l  [ [rows, width] what the product gives | mean [lines] | scale [lines] ]
 *
 * A line is a column of the batch with batch normalisation, a row with layer normalisation. */
#ifndef INCLINE_NET_NORMALIZE_H
#define INCLINE_NET_NORMALIZE_H

#include "host/net/plan.h"

/* Mean and scale. */
enum { NORMALIZE_MOMENTS = 2 };

static inline bool normalize_by_rows(const struct net *net)
{
    return net->normalization == INCLINE_NORMALIZE_LAYER;
}

/* Floats of p_l in a plan of `rows`, each part up to a multiple of the arena's step. */
size_t normalize_floats(const struct net *net, uint32_t l, uint32_t rows);

/* Do batches of `rows` samples train all layers? Batch normalisation leaves nothing of a single
 * one; the last batch of an epoch may be one, and moves the last layer alone. Fails with
 * INCLINE_EARG. */
int normalize_check_size(const struct net *net, uint32_t rows);

/* Can the plan take a batch of `rows` samples? Batch normalisation needs all of it in one pass.
 * Fails with INCLINE_EARG. */
int normalize_check_batch(const struct plan *plan, uint32_t rows);

/* From what layer `l`'s product gave to what stands before its activation, or behind it where that
 * is fused. In training with the batch's own moments, which the run's follow. Nothing where the
 * layer is not normalised. */
int normalize_forward(struct plan *plan, uint32_t l, uint32_t rows, bool training);

/* Gradients of gain and shift, times `scale`, into a block laid out as the parameters, then d[l +
 * 1] becomes the gradient at what the product gave. */
int normalize_backward(struct plan *plan, uint32_t l, uint32_t rows, struct buffer *block,
                       float scale, bool accumulate);

#endif
