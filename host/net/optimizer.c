/* optimizer.c - names, defaults, and the update of a plan. */
#include "host/net/optimizer.h"

#include <math.h>
#include <string.h>

#include "host/net/plan.h"
#include "host/util/status.h"

/* PyTorch 1.13's defaults; LAMB's epsilon and rate are the paper's of 1e-6 and torch's Adam's. */
static const struct {
    const char *text;
    float rate, beta2, epsilon;
    bool momentum, beta1; /* has it one */
} kinds[] = {
    [INCLINE_SGD] = {"sgd", 0.1f, 0.0f, 0.0f, false, false},
    [INCLINE_MOMENTUM] = {"momentum", 0.01f, 0.0f, 0.0f, true, false},
    [INCLINE_NESTEROV] = {"nesterov", 0.01f, 0.0f, 0.0f, true, false},
    [INCLINE_ADAGRAD] = {"adagrad", 0.01f, 0.0f, 1e-10f, false, false},
    [INCLINE_RMSPROP] = {"rmsprop", 0.01f, 0.99f, 1e-8f, false, false},
    [INCLINE_ADAM] = {"adam", 0.001f, 0.999f, 1e-8f, false, true},
    [INCLINE_ADAMW] = {"adamw", 0.001f, 0.999f, 1e-8f, false, true},
    [INCLINE_ADAMAX] = {"adamax", 0.002f, 0.999f, 1e-8f, false, true},
    [INCLINE_LAMB] = {"lamb", 0.001f, 0.999f, 1e-6f, false, true},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

const char *optimizer_text(int kind)
{
    return kind >= 0 && kind < KINDS ? kinds[kind].text : NULL;
}

float optimizer_default_rate(enum incline_optimizer_kind kind)
{
    return kinds[kind].rate;
}

/* A number that the kind has: as given, or else its default; 0 where it has none. */
static float number(float given, float initial)
{
    return initial > 0.0f && given != 0.0f ? given : initial;
}

struct incline_optimizer optimizer_filled(const struct incline_optimizer *wanted)
{
    const enum incline_optimizer_kind kind = wanted->kind;
    struct incline_optimizer filled = *wanted;

    filled.momentum = number(wanted->momentum, kinds[kind].momentum ? 0.9f : 0.0f);
    filled.beta1 = number(wanted->beta1, kinds[kind].beta1 ? 0.9f : 0.0f);
    filled.beta2 = number(wanted->beta2, kinds[kind].beta2);
    filled.epsilon = number(wanted->epsilon, kinds[kind].epsilon);
    if (kind == INCLINE_ADAMW)
        filled.weight_decay = number(wanted->weight_decay, 0.01f);
    else if (wanted->weight_decay == INCLINE_NONE)
        filled.weight_decay = 0.0f;
    return filled;
}

struct incline_optimizer optimizer_exact(const struct incline_optimizer *wanted)
{
    struct incline_optimizer exact = optimizer_filled(wanted);
    float *const numbers[] = {&exact.momentum, &exact.beta1, &exact.beta2, &exact.weight_decay};

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (*numbers[i] == INCLINE_NONE)
            *numbers[i] = 0.0f;
    return exact;
}

/* A number other than 0 that the kind has no use for. */
static int check_use(const struct incline_optimizer *o, const char *name, float given, float exact)
{
    if (given == exact || given == 0.0f || given == INCLINE_NONE)
        return INCLINE_OK;
    return FAIL(INCLINE_EARG,
                "%s is %g, but optimizer %s has none; leave it away, or take an optimizer that has "
                "it",
                name, (double)given, kinds[o->kind].text);
}

/* A part of each weight that a step takes away. */
static int check_shrinking(const char *name, float decay, float rate)
{
    if (rate * decay < 1.0f)
        return INCLINE_OK;
    return FAIL(INCLINE_EARG,
                "%s %g at learning rate %g takes %g of each weight a step; their product must be "
                "below 1, and 1e-4 or less is usual",
                name, (double)decay, (double)rate, (double)rate * (double)decay);
}

/* Does a step take the gradient of the penalty times the rate, as it is? */
static bool takes_plainly(enum incline_optimizer_kind kind)
{
    return kind == INCLINE_SGD || kind == INCLINE_MOMENTUM || kind == INCLINE_NESTEROV;
}

int optimizer_check(const struct incline_optimizer *o, float learning_rate)
{
    const struct incline_optimizer exact = optimizer_exact(o);
    const float rate = learning_rate > 0.0f ? learning_rate : kinds[o->kind].rate;
    int rc = INCLINE_OK;

    TRY(check_use(o, "momentum", o->momentum, exact.momentum));
    TRY(check_use(o, "beta1", o->beta1, exact.beta1));
    TRY(check_use(o, "beta2", o->beta2, exact.beta2));
    TRY(check_use(o, "epsilon", o->epsilon, exact.epsilon));
    TRY(check_shrinking("weight decay", exact.weight_decay, rate));
    if (takes_plainly(o->kind))
        TRY(check_shrinking("the penalty l2", o->l2, rate));
out:
    return rc;
}

bool optimizer_is_plain(const struct incline_optimizer *optimizer)
{
    return optimizer == NULL || (optimizer_steps_plainly(optimizer) &&
                                 optimizer->max_norm == 0.0f && optimizer->ema == 0.0f);
}

bool optimizer_steps_plainly(const struct incline_optimizer *o)
{
    return o->kind == INCLINE_SGD && o->weight_decay == 0.0f && o->l2 == 0.0f && o->l1 == 0.0f &&
           o->clip_value == 0.0f && o->clip_norm == 0.0f;
}

bool optimizer_steps_by_layer(const struct incline_optimizer *o)
{
    return o->clip_norm == 0.0f && o->kind != INCLINE_LAMB;
}

/* ---- in a plan ---- */

static struct span at(struct buffer *buffer, size_t offset)
{
    return (struct span){buffer, offset};
}

size_t optimizer_blocks(const struct plan *plan, struct optimizer_block *blocks)
{
    const struct optimizer_block all[OPTIMIZER_BLOCKS] = {
        {"moment1", plan->moment1},
        {"moment2", plan->moment2},
        {"params", plan->average != NULL ? plan->params : NULL}};
    size_t count = 0;

    for (size_t b = 0; b < OPTIMIZER_BLOCKS; b++)
        if (all[b].buffer != NULL)
            blocks[count++] = all[b];
    return count;
}

int optimizer_open(struct plan *plan)
{
    const struct incline_optimizer *o = &plan->method.optimizer;
    const struct backend *ops = plan->dev->ops;
    const size_t count = plan->net->param_count, bytes = count * sizeof(float);
    int rc = INCLINE_OK;

    if (kinds[o->kind].momentum || kinds[o->kind].beta1) {
        TRY(ops->buffer_create(plan->dev, bytes, &plan->moment1));
        TRY(ops->fill(plan->dev, &(struct fill){at(plan->moment1, 0), count, 0.0f}));
    }
    if (kinds[o->kind].epsilon > 0.0f) {
        TRY(ops->buffer_create(plan->dev, bytes, &plan->moment2));
        TRY(ops->fill(plan->dev, &(struct fill){at(plan->moment2, 0), count, 0.0f}));
    }
    if (o->ema > 0.0f)
        TRY(ops->buffer_create(plan->dev, bytes, &plan->average));
    if (o->clip_norm > 0.0f)
        TRY(ops->buffer_create(plan->dev, sizeof(float), &plan->norm));
out:
    return rc;
}

void optimizer_close(struct plan *plan)
{
    struct buffer *buffers[] = {plan->moment1, plan->moment2, plan->average, plan->norm};

    for (size_t b = 0; b < sizeof buffers / sizeof buffers[0]; b++)
        plan->dev->ops->buffer_destroy(plan->dev, buffers[b]);
}

/* LAMB's step of the tensor of `count` floats at `offset`. */
static int trust_update(struct plan *plan, size_t offset, size_t count, float learning_rate)
{
    return plan->dev->ops->trust_update(plan->dev,
                                        &(struct trust_update){.params = at(plan->params, offset),
                                                               .direction = at(plan->grads, offset),
                                                               .count = count,
                                                               .learning_rate = learning_rate});
}

int optimizer_after_step(struct plan *plan)
{
    const struct incline_optimizer *o = &plan->method.optimizer;
    const struct backend *ops = plan->dev->ops;
    const struct net *net = plan->net;
    int rc = INCLINE_OK;

    for (uint32_t l = 0; l < net->layers && o->max_norm > 0.0f; l++)
        TRY(ops->limit_rows(plan->dev,
                            &(struct limit_rows){.w = at(plan->params, net_weight_at(net, l)),
                                                 .rows = net->widths[l + 1],
                                                 .cols = net->widths[l],
                                                 .most = o->max_norm}));
    if (o->ema > 0.0f) {
        const double t = (double)plan->step + 1.0;
        TRY(ops->average(
            plan->dev, &(struct average){.average = at(plan->average, 0),
                                         .params = at(plan->params, 0),
                                         .count = net->param_count,
                                         .decay = fminf(o->ema, (float)((1.0 + t) / (10.0 + t)))}));
    }
out:
    return rc;
}

struct update optimizer_update(const struct plan *plan, float learning_rate)
{
    return (struct update){.params = at(plan->params, 0),
                           .grads = at(plan->grads, 0),
                           .count = plan->net->trained_count,
                           .learning_rate = learning_rate,
                           .optimizer = plan->method.optimizer,
                           .weights = plan->net->weight_count,
                           .step = plan->step,
                           .moment1 = at(plan->moment1, 0),
                           .moment2 = at(plan->moment2, 0),
                           .norm = at(plan->norm, 0)};
}

int optimizer_step(struct plan *plan, float learning_rate)
{
    const struct net *net = plan->net;
    const struct update args = optimizer_update(plan, learning_rate);
    int rc = INCLINE_OK;

    if (args.optimizer.clip_norm > 0.0f)
        TRY(plan->dev->ops->norm(plan->dev,
                                 &(struct norm){args.grads, args.norm, net->trained_count}));
    TRY(plan->dev->ops->update(plan->dev, &args));
    for (uint32_t l = 0; l < net->layers && args.optimizer.kind == INCLINE_LAMB; l++) {
        TRY(trust_update(plan, net_weight_at(net, l), (size_t)net->widths[l + 1] * net->widths[l],
                         learning_rate));
        TRY(trust_update(plan, net_bias_at(net, l), net->widths[l + 1], learning_rate));
        for (enum net_norm which = NET_GAIN; which <= NET_SHIFT && net_normalizes(net, l); which++)
            TRY(trust_update(plan, net_norm_at(net, l, which), net->widths[l + 1], learning_rate));
    }
    TRY(optimizer_after_step(plan));
out:
    return rc;
}
