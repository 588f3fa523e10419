/* plan_room.h - what the files of the plan share with each other alone. */
#ifndef INCLINE_NET_PLAN_ROOM_H
#define INCLINE_NET_PLAN_ROOM_H

#include "host/net/plan.h"

/* Pieces of the arena start on multiples of this many floats: 64 bytes. */
enum { ARENA_STEP = 16 };

/* Does what comes out of layer l - 1 lie in the arena before its activation, too? */
bool plan_keeps_z(const struct net *net, uint32_t l);

/* What is applied with the product of a layer, or with its normalisation: its activation, where it
 * does not lie in the arena before that. */
enum incline_activation plan_fused(const struct net *net, uint32_t layer);

/* Choose the rows of a pass and give every piece its offset, in the order of the drawing in plan.h.
 * Fails with INCLINE_EARG (batch 0, sizes overflow), INCLINE_ENOMEM. */
int plan_lay_out(struct plan *plan, uint32_t batch);

/* Forward, loss, backward; the gradients go times `scale` into a block laid out as the parameters,
 * added to it with `accumulate`. A layer passes its gradient down before its own weights are looked
 * at, so that `block` may be the parameters themselves where nothing is normalised. Or, with
 * `update`, a step is taken with them, a layer at a time; `block` is that of gradients. */
struct pass {
    struct buffer *block;
    float scale;
    bool accumulate;
    const struct update *update;
};
int plan_pass(struct plan *plan, uint32_t rows, const struct pass *pass);

#endif
