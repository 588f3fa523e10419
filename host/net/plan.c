/* plan.c - a network on a device: its buffers, and a pass forward and backward. */
#include "host/net/plan_room.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "host/net/distort.h"
#include "host/net/noise.h"
#include "host/net/normalize.h"
#include "host/net/optimizer.h"
#include "host/net/plan_loss.h"
#include "host/util/status.h"

int plan_create(struct plan *out, struct incline_device *dev, const struct net *net,
                const struct method *method, uint32_t batch)
{
    struct plan plan = {.dev = dev, .net = net};
    int rc = INCLINE_OK;

    if (method != NULL) {
        rc = noise_check(&method->noise);
        if (rc != INCLINE_OK)
            return rc;
        plan.method = *method;
        plan.method.optimizer = optimizer_exact(&method->optimizer);
    }
    TRY(plan_lay_out(&plan, batch));
    TRY(dev->ops->buffer_create(dev, net->param_count * sizeof(float), &plan.params));
    TRY(dev->ops->buffer_create(dev, net->param_count * sizeof(float), &plan.grads));
    TRY(dev->ops->buffer_create(dev, plan.arena_floats * sizeof(float), &plan.arena));
    TRY(dev->ops->buffer_create(dev, plan.rows * sizeof(uint32_t), &plan.labels));
    TRY(dev->ops->buffer_create(dev, TALLY_WORDS * sizeof(float), &plan.tally));
    if (net->param_count > net->trained_count)
        TRY(dev->ops->fill(dev, &(struct fill){{plan.grads, 0}, net->param_count, 0.0f}));
    TRY(plan_loss_create(&plan));
    TRY(dev->ops->fill(dev, &(struct fill){plan_tally(&plan), TALLY_WORDS, 0.0f}));
    TRY(optimizer_open(&plan));
    TRY(distort_open(&plan));
    *out = plan;
    return INCLINE_OK;
out:
    plan_destroy(&plan);
    return rc;
}

void plan_destroy(struct plan *plan)
{
    if (plan->dev == NULL)
        return;
    struct buffer *buffers[] = {plan->params, plan->grads,   plan->arena,  plan->labels,
                                plan->tally,  plan->targets, plan->weights};
    for (size_t b = 0; b < sizeof buffers / sizeof buffers[0]; b++)
        plan->dev->ops->buffer_destroy(plan->dev, buffers[b]);
    optimizer_close(plan);
    plan->dev->ops->buffer_destroy(plan->dev, plan->smoothing);
    free(plan->a);
    free(plan->d);
    free(plan->z);
    free(plan->p);
    memset(plan, 0, sizeof *plan);
}

int plan_set_params(struct plan *plan, const float *params)
{
    struct buffer *const blocks[] = {plan->params, plan->average};
    int rc = INCLINE_OK;

    for (size_t b = 0; b < sizeof blocks / sizeof blocks[0] && rc == INCLINE_OK; b++)
        if (blocks[b] != NULL)
            rc = plan->dev->ops->upload(plan->dev, (struct span){blocks[b], 0}, ELEMENT_F32,
                                        plan->net->param_count, params);
    return rc;
}

int plan_get_params(struct plan *plan, float *params)
{
    return plan->dev->ops->download(plan->dev, (struct span){plan->params, 0}, ELEMENT_F32,
                                    plan->net->param_count, params);
}

int plan_get_result(struct plan *plan, float *params)
{
    struct buffer *const result = plan->average != NULL ? plan->average : plan->params;
    return plan->dev->ops->download(plan->dev, (struct span){result, 0}, ELEMENT_F32,
                                    plan->net->param_count, params);
}

int plan_get_grads(struct plan *plan, float *grads)
{
    return plan->dev->ops->download(plan->dev, (struct span){plan->grads, 0}, ELEMENT_F32,
                                    plan->net->param_count, grads);
}

static struct span activation_at(const struct plan *plan, uint32_t layer)
{
    return (struct span){plan->arena, plan->a[layer]};
}

static struct span delta_at(const struct plan *plan, uint32_t layer)
{
    return (struct span){plan->arena, plan->d[layer]};
}

static struct span z_at(const struct plan *plan, uint32_t layer)
{
    return (struct span){plan->arena, plan->z[layer]};
}

/* Where the product of a layer goes. */
static struct span product_at(const struct plan *plan, uint32_t layer)
{
    return (struct span){plan->arena, plan->p[layer]};
}

enum incline_activation plan_fused(const struct net *net, uint32_t layer)
{
    return plan_keeps_z(net, layer + 1) ? INCLINE_LINEAR : net_activation(net, layer);
}

struct span plan_input(const struct plan *plan)
{
    return activation_at(plan, 0);
}

struct span plan_labels(const struct plan *plan)
{
    return (struct span){plan->labels, 0};
}

struct span plan_logits(const struct plan *plan)
{
    return activation_at(plan, plan->net->layers);
}

struct span plan_loss(const struct plan *plan)
{
    return (struct span){plan->arena, plan->loss};
}

struct span plan_tally(const struct plan *plan)
{
    return (struct span){plan->tally, 0};
}

/* What layer l puts out, from what lies before its activation, where its product did not. */
static int activate(struct plan *plan, uint32_t l, uint32_t rows)
{
    const struct activate args = {
        .z = z_at(plan, l + 1),
        .a = activation_at(plan, l + 1),
        .count = (size_t)rows * plan->net->widths[l + 1],
        .activation = net_activation(plan->net, l),
    };
    return plan_keeps_z(plan->net, l + 1) ? plan->dev->ops->activate(plan->dev, &args) : INCLINE_OK;
}

/* Layer by layer; in training with what is drawn anew. */
static int forward(struct plan *plan, uint32_t rows, bool training)
{
    const struct net *net = plan->net;

    assert(rows <= plan->rows);
    for (uint32_t l = 0; l < net->layers; l++) {
        const struct dense_forward args = {
            .x = activation_at(plan, l),
            .w = {plan->params, net_weight_at(net, l)},
            .b = {plan->params, net_bias_at(net, l)},
            .y = product_at(plan, l + 1),
            .rows = rows,
            .inputs = net->widths[l],
            .outputs = net->widths[l + 1],
            .activation = net_normalizes(net, l) ? INCLINE_LINEAR : plan_fused(net, l),
        };
        int rc = plan->dev->ops->dense_forward(plan->dev, &args);
        if (rc == INCLINE_OK)
            rc = normalize_forward(plan, l, rows, training);
        if (rc == INCLINE_OK)
            rc = activate(plan, l, rows);
        if (rc == INCLINE_OK && training && l + 1 < net->layers)
            rc = noise_on_hidden(plan, l + 1, rows);
        if (rc != INCLINE_OK)
            return rc;
    }
    return INCLINE_OK;
}

int plan_forward(struct plan *plan, uint32_t rows)
{
    return forward(plan, rows, false);
}

/* The gradient at what comes into layer `l`, from d[l + 1]; *owed as in noise_on_gradient(). */
static int backward_input(struct plan *plan, uint32_t l, uint32_t rows, float *owed)
{
    const struct net *net = plan->net;
    const struct dense_backward_input args = {
        .dy = delta_at(plan, l + 1),
        .w = {plan->params, net_weight_at(net, l)},
        .a = activation_at(plan, l),
        .dx = delta_at(plan, l),
        .rows = rows,
        .inputs = net->widths[l],
        .outputs = net->widths[l + 1],
        .activation = plan_fused(net, l - 1),
    };
    const struct activate_gradient slope = {
        .z = z_at(plan, l),
        .d = delta_at(plan, l),
        .count = (size_t)rows * net->widths[l],
        .activation = net_activation(net, l - 1),
    };
    int rc = plan->dev->ops->dense_backward_input(plan->dev, &args);
    if (rc == INCLINE_OK)
        rc = noise_on_gradient(plan, l, rows, owed);
    return rc == INCLINE_OK && plan_keeps_z(net, l)
               ? plan->dev->ops->activate_gradient(plan->dev, &slope)
               : rc;
}

/* The gradients of layer l's parameters, times `scale`, or the step that is taken with them. */
static int backward_weights(struct plan *plan, uint32_t l, uint32_t rows, const struct pass *pass,
                            float scale)
{
    const struct net *net = plan->net;
    const struct dense_backward_weights args = {
        .x = activation_at(plan, l),
        .dy = delta_at(plan, l + 1),
        .dw = {pass->block, net_weight_at(net, l)},
        .db = {pass->block, net_bias_at(net, l)},
        .rows = rows,
        .inputs = net->widths[l],
        .outputs = net->widths[l + 1],
        .scale = scale,
        .accumulate = pass->accumulate,
    };
    if (pass->update == NULL)
        return plan->dev->ops->dense_backward_weights(plan->dev, &args);
    return plan->dev->ops->dense_update(plan->dev, &(struct dense_update){.x = args.x,
                                                                          .dy = args.dy,
                                                                          .rows = rows,
                                                                          .inputs = args.inputs,
                                                                          .outputs = args.outputs,
                                                                          .scale = scale,
                                                                          .weights_at = args.dw.at,
                                                                          .biases_at = args.db.at,
                                                                          .update = *pass->update});
}

int plan_pass(struct plan *plan, uint32_t rows, const struct pass *pass)
{
    float owed = 1.0f; /* what d[l + 1] is to be multiplied with yet */

    plan->pass = pass->accumulate && pass->block == plan->grads ? plan->pass + 1 : 0;
    int rc = noise_on_input(plan, rows);
    if (rc == INCLINE_OK)
        rc = forward(plan, rows, true);
    if (rc == INCLINE_OK)
        rc = plan_measure(plan, rows);
    for (uint32_t l = plan->net->layers; l-- > 0 && rc == INCLINE_OK;) {
        const float scale = pass->scale * owed;
        rc = normalize_backward(plan, l, rows, pass->block, scale, pass->accumulate);
        if (rc == INCLINE_OK && l > 0)
            rc = backward_input(plan, l, rows, &owed);
        if (rc == INCLINE_OK)
            rc = backward_weights(plan, l, rows, pass, scale);
    }
    return rc;
}

static struct span behind(struct span span, size_t count)
{
    return (struct span){span.buffer, span.at + count};
}

int plan_gather(struct plan *plan, const struct samples *samples, struct span order, uint32_t at,
                uint32_t rows)
{
    const struct span x = behind(plan_input(plan), (size_t)at * samples->features);
    const struct gather gather = {.samples = *samples,
                                  .order = order,
                                  .x = x,
                                  .label = behind(plan_labels(plan), at),
                                  .rows = rows,
                                  .target = behind(plan_targets(plan), at * samples->outputs)};
    const struct deskew deskew = {.x = x,
                                  .background = samples->shift,
                                  .rows = rows,
                                  .image_rows = plan->method.image_rows,
                                  .image_cols = plan->method.image_cols};
    const int rc = plan->dev->ops->gather(plan->dev, &gather);
    return rc == INCLINE_OK && plan->method.deskew != 0 ? plan->dev->ops->deskew(plan->dev, &deskew)
                                                        : rc;
}
