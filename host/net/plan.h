/* plan.h - where each tensor of a network lives on a device, and training steps as straight
 * loops over the layers.
 *
 *   params  [ W0 | W1 | ... | b0 | b1 | ... ]           as net.h says
 *   grads   [ the same                      ]
 *   arena   [ a0 | a1 | ... | aL | d1 | ... | dL | loss | z... | p... ]
 *   labels  [ rows ]      tally  [ TALLY_WORDS ]
 *   targets [ rows, outputs ]            where the loss is against targets
 *   weights [ classes | SUM_WORDS ]      with label smoothing or class weights: the weights, and
 *                                        what those of a batch's labels add up to
 *   moment1, moment2, average  laid out as params, where the optimizer needs them
 *   smoothing  weights of elastic distortion, where the method has one
 *
 * a0 is the input x, a_l [rows, width_l] what layer l-1 puts out, aL the logits; d_l is the
 * gradient at layer l-1's output before its activation; loss [rows]. z_l, the same before its
 * activation, is there only where the layer's product does not apply that itself. p_l is what the
 * product gives where normalisation follows it, and behind it mean and scale of each line. Every
 * piece of the arena starts on a multiple of 16 floats. A batch larger than `rows` goes through in
 * several passes whose gradients add up, so memory does not grow with the batch.
 *
 * Knows no data set: whoever trains puts a batch into a0 and labels first. */
#ifndef INCLINE_NET_PLAN_H
#define INCLINE_NET_PLAN_H

#include "host/backend/backend.h"
#include "host/net/method.h"
#include "host/net/net.h"

struct plan {
    struct incline_device *dev; /* borrowed */
    const struct net *net;      /* borrowed */
    struct method method;       /* how it is trained */
    uint64_t step;              /* steps done: counted by plan_steps() and plan_update(); who goes
                                   on with a run sets it */
    uint32_t rows;              /* most rows of one pass */
    uint32_t pass;              /* passes since the gradients were last begun anew */
    struct buffer *params, *grads, *arena, *labels, *tally;
    struct buffer *targets, *weights;                  /* NULL where the loss needs none */
    float scale;                                       /* of the gradients added up last */
    struct buffer *moment1, *moment2, *average, *norm; /* of the optimizer, or NULL */
    struct buffer *smoothing;                          /* of augmentation, or NULL */
    size_t *a;                                         /* [layers + 1] offsets in the arena */
    size_t *d;                                         /* [layers + 1], d[0] unused */
    size_t *z; /* [layers + 1]; a[l] where there is no z_l */
    size_t *p; /* [layers + 1]; z[l] where there is no p_l */
    size_t loss;
    size_t arena_floats;
};

/* Lay the network out for batches of `batch` rows, batch > 0, and clear the tally. `method` is
 * copied; NULL for plain gradient descent, and where nothing is trained.
 * Fails with INCLINE_ENOMEM, INCLINE_EARG (sizes overflow), or as the device fails. */
int plan_create(struct plan *plan, struct incline_device *dev, const struct net *net,
                const struct method *method, uint32_t batch);
void plan_destroy(struct plan *plan);

/* Copy params[net->param_count] to the device, where the moving average begins with them too, or
 * back. */
int plan_set_params(struct plan *plan, const float *params);
int plan_get_params(struct plan *plan, float *params);

/* The parameters that are the result of training, params[net->param_count]: the moving average
 * where the method has one. */
int plan_get_result(struct plan *plan, float *params);
int plan_get_grads(struct plan *plan, float *grads);

/* Where a batch goes, and where results lie. */
struct span plan_input(const struct plan *plan);
struct span plan_labels(const struct plan *plan);
struct span plan_targets(const struct plan *plan);
struct span plan_logits(const struct plan *plan);
struct span plan_loss(const struct plan *plan);
struct span plan_tally(const struct plan *plan);

/* The samples order[rows] of a data set on the device into rows at, at + 1, ... of the input, the
 * labels and the targets, images made upright where the method says so; at + rows <= plan->rows. */
int plan_gather(struct plan *plan, const struct samples *samples, struct span order, uint32_t at,
                uint32_t rows);

/* The images that lie in the input, distorted in place where the method says so: rows first, first
 * + 1, ... of the step's batch, each drawn anew in each step. */
int plan_augment(struct plan *plan, const struct samples *samples, uint32_t first, uint32_t rows);

/* One pass of `rows` <= plan->rows over what lies in the input; each is queued. */
int plan_forward(struct plan *plan, uint32_t rows);

/* After a forward pass: loss of each row, gradient at the logits; the tally gets the losses. */
int plan_measure(struct plan *plan, uint32_t rows);

/* Forward, loss and backward: grads = scale * the sum of the rows' gradients, added to what is
 * there with `accumulate`; the tally gets the losses. Where classes have weights, the mean that
 * plan_update() goes by divides by the sum of these. */
int plan_gradients(struct plan *plan, uint32_t rows, float scale, bool accumulate);

/* `steps` whole steps, one after the other, each on the next `rows` of order[steps * rows] of a
 * resident data set: at once where the device takes that, else layer by layer, each step in as many
 * passes as `rows` needs. */
int plan_steps(struct plan *plan, const struct samples *samples, struct span order, uint32_t rows,
               uint32_t steps, float learning_rate);

/* Does plan_steps() take whole steps of `rows` samples of `element` at once? `method` as in
 * plan_create(). */
bool plan_takes_whole_steps(struct incline_device *dev, const struct net *net,
                            const struct method *method, enum element element, uint32_t rows);

/* Steps of `rows` samples, at least 1, that are a few milliseconds of work: who queues so many at a
 * time still looks at the clock and at the user often enough. */
uint32_t plan_steps_at_once(const struct plan *plan, uint32_t rows);

/* The end of a step whose gradients were added up: the optimizer's step. */
int plan_update(struct plan *plan, float learning_rate);

#endif
