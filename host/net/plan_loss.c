/* plan_loss.c - the loss of a plan's method: what it needs on the device, and its slot. */
#include "host/net/plan_loss.h"

#include "host/util/status.h"

static uint32_t outputs_of(const struct plan *plan)
{
    return plan->net->widths[plan->net->layers];
}

static struct span weights_total(const struct plan *plan)
{
    return (struct span){plan->weights, outputs_of(plan)};
}

struct span plan_targets(const struct plan *plan)
{
    return (struct span){plan->targets, 0};
}

bool plan_loss_weighs(const struct plan *plan)
{
    return plan->method.loss.class_weights != NULL;
}

int plan_loss_create(struct plan *plan)
{
    struct incline_device *dev = plan->dev;
    const struct loss *loss = &plan->method.loss;
    const size_t outputs = outputs_of(plan);
    int rc = INCLINE_OK;

    if (loss_is_plain(loss))
        return INCLINE_OK;
    if (loss_has_targets(loss)) {
        TRY(dev->ops->buffer_create(dev, plan->rows * outputs * sizeof(float), &plan->targets));
        return INCLINE_OK;
    }
    TRY(dev->ops->buffer_create(dev, (outputs + SUM_WORDS) * sizeof(float), &plan->weights));
    const struct span weights = {plan->weights, 0};
    if (loss->class_weights != NULL)
        TRY(dev->ops->upload(dev, weights, ELEMENT_F32, outputs, loss->class_weights));
    else
        TRY(dev->ops->fill(dev, &(struct fill){weights, outputs, 1.0f}));
    TRY(plan_loss_begin(plan));
out:
    return rc;
}

int plan_loss_begin(struct plan *plan)
{
    if (plan->weights == NULL)
        return INCLINE_OK;
    return plan->dev->ops->fill(plan->dev, &(struct fill){weights_total(plan), SUM_WORDS, 0.0f});
}

int plan_loss_mean(struct plan *plan)
{
    if (!plan_loss_weighs(plan))
        return INCLINE_OK;
    return plan->dev->ops->divide(plan->dev, &(struct divide){.x = {plan->grads, 0},
                                                              .divisor = weights_total(plan),
                                                              .count = plan->net->trained_count,
                                                              .by = 1.0f / plan->scale});
}

int plan_measure(struct plan *plan, uint32_t rows)
{
    const struct loss *loss = &plan->method.loss;
    const struct backend *ops = plan->dev->ops;
    const struct span dz = {plan->arena, plan->d[plan->net->layers]};
    const struct softmax_xent plain = {.z = plan_logits(plan),
                                       .label = plan_labels(plan),
                                       .dz = dz,
                                       .loss = plan_loss(plan),
                                       .tally = plan_tally(plan),
                                       .rows = rows,
                                       .classes = outputs_of(plan)};
    const struct weighted_xent weighted = {.z = plain.z,
                                           .label = plain.label,
                                           .weights = {plan->weights, 0},
                                           .dz = dz,
                                           .loss = plain.loss,
                                           .tally = plain.tally,
                                           .total = weights_total(plan),
                                           .rows = rows,
                                           .classes = plain.classes,
                                           .smoothing = loss->smoothing};
    const struct target_loss targets = {.z = plain.z,
                                        .target = plan_targets(plan),
                                        .dz = dz,
                                        .loss = plain.loss,
                                        .tally = plain.tally,
                                        .rows = rows,
                                        .outputs = plain.classes,
                                        .kind = loss->kind,
                                        .delta = loss->delta};

    return loss_has_targets(loss)  ? ops->target_loss(plan->dev, &targets)
           : plan->weights != NULL ? ops->weighted_xent(plan->dev, &weighted)
                                   : ops->softmax_xent(plan->dev, &plain);
}
