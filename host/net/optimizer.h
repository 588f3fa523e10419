/* optimizer.h - the optimizers by name, their defaults, and their part of a plan: moments, and what
 * a step does with gradients. The equations stand at struct update in host/backend/slots.h. */
#ifndef INCLINE_NET_OPTIMIZER_H
#define INCLINE_NET_OPTIMIZER_H

#include <stdbool.h>

#include "host/backend/backend.h"

struct plan;

/* "sgd", "adam": the word that stands in files; NULL for any other number. They are numbered
 * without a gap. */
const char *optimizer_text(int kind);

/* The learning rate where none is given: PyTorch's of the kind, and 0.1 for plain descent, 0.01 for
 * momentum and nesterov. */
float optimizer_default_rate(enum incline_optimizer_kind kind);

/* With every default filled in, and zeros where the kind has no use for a number; INCLINE_NONE
 * stays, so that it may be filled in again. */
struct incline_optimizer optimizer_filled(const struct incline_optimizer *wanted);

/* The same as it is computed with: INCLINE_NONE is 0. */
struct incline_optimizer optimizer_exact(const struct incline_optimizer *wanted);

/* Is there a number that the kind has no use for, or do weights change their sign by decay at this
 * learning rate? Fails with INCLINE_EARG. */
int optimizer_check(const struct incline_optimizer *optimizer, float learning_rate);

/* Plain gradient descent and nothing else; NULL is. */
bool optimizer_is_plain(const struct incline_optimizer *optimizer);

/* Are its steps plain, whatever is done after them (limits, the moving average)? Then a product may
 * add a gradient to the weights at once. */
bool optimizer_steps_plainly(const struct incline_optimizer *optimizer);

/* Can a layer's step be taken before all gradients are known? */
bool optimizer_steps_by_layer(const struct incline_optimizer *optimizer);

/* ---- in a plan ---- */

/* Blocks that a run must keep beside plan_get_result() to go on to the bit, each laid out as the
 * parameters, by the names that they have in a checkpoint. The parameters themselves are one where
 * the result is their average. */
enum { OPTIMIZER_BLOCKS = 3 };
struct optimizer_block {
    const char *name; /* "moment1", "moment2", "params" */
    struct buffer *buffer;
};

/* Those of a plan into blocks[OPTIMIZER_BLOCKS]; returns how many. */
size_t optimizer_blocks(const struct plan *plan, struct optimizer_block *blocks);

/* Make what plan->method.optimizer needs; moments are 0. Fails as the device does, and then
 * optimizer_close() destroys what there is. */
int optimizer_open(struct plan *plan);
void optimizer_close(struct plan *plan);

/* The step of the whole block, for the slots. */
struct update optimizer_update(const struct plan *plan, float learning_rate);

/* The end of a step: plan->grads into plan->params and what follows from that. Counts nothing. */
int optimizer_step(struct plan *plan, float learning_rate);

/* What is to be done after a step that was taken with the products. */
int optimizer_after_step(struct plan *plan);

#endif
