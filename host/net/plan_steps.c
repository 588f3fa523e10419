/* plan_steps.c - training steps: whole ones at once where the device takes them, else layer by
 * layer, a batch in as many passes as its rows need. */
#include <math.h>

#include "host/net/normalize.h"
#include "host/net/optimizer.h"
#include "host/net/plan_loss.h"
#include "host/net/plan_room.h"
#include "host/util/status.h"

int plan_gradients(struct plan *plan, uint32_t rows, float scale, bool accumulate)
{
    int rc = accumulate ? INCLINE_OK : plan_loss_begin(plan);

    plan->scale = scale;
    const struct pass pass = {plan->grads, scale, accumulate, NULL};
    return rc != INCLINE_OK ? rc : plan_pass(plan, rows, &pass);
}

/* The end of a step whose gradients were added up; counts nothing. */
static int end_step(struct plan *plan, float learning_rate)
{
    const int rc = plan_loss_mean(plan);
    return rc != INCLINE_OK ? rc : optimizer_step(plan, learning_rate);
}

int plan_update(struct plan *plan, float learning_rate)
{
    const int rc = end_step(plan, learning_rate);
    plan->step += rc == INCLINE_OK;
    return rc;
}

/* May a layer's weights be updated with the product that gives their gradient? Where nothing is
 * normalised, the batch goes through in one pass and the optimizer needs no sight of all gradients
 * first. */
static bool steps_by_layer(const struct plan *plan, uint32_t rows)
{
    const struct incline_optimizer *optimizer = &plan->method.optimizer;
    const bool suits = plan->dev->steps_by_layer && optimizer_steps_by_layer(optimizer);

    return rows <= plan->rows && !plan_loss_weighs(plan) &&
           plan->net->normalization == INCLINE_NORMALIZE_NONE &&
           (suits || optimizer_steps_plainly(optimizer));
}

/* A step layer by layer; where a layer's weights cannot be updated with the product, the passes'
 * gradients are added up first. */
static int layered_step(struct plan *plan, const struct samples *samples, struct span order,
                        uint32_t rows, float learning_rate)
{
    const bool plainly = optimizer_steps_plainly(&plan->method.optimizer);
    const struct update update = optimizer_update(plan, learning_rate);
    const struct pass plain = {plan->params, -learning_rate / (float)rows, true, NULL};
    const struct pass by_layers = {plan->grads, 1.0f / (float)rows, false, &update};
    int rc = INCLINE_OK;

    TRY(normalize_check_batch(plan, rows));
    if (steps_by_layer(plan, rows)) {
        TRY(plan_gather(plan, samples, order, 0, rows));
        TRY(plan_augment(plan, samples, 0, rows));
        TRY(plan_pass(plan, rows, plainly ? &plain : &by_layers));
        TRY(optimizer_after_step(plan));
        return INCLINE_OK;
    }
    for (uint32_t done = 0; done < rows;) {
        const uint32_t count = rows - done < plan->rows ? rows - done : plan->rows;
        TRY(plan_gather(plan, samples, (struct span){order.buffer, order.at + done}, 0, count));
        TRY(plan_augment(plan, samples, done, count));
        TRY(plan_gradients(plan, count, 1.0f / (float)rows, done > 0));
        done += count;
    }
    TRY(end_step(plan, learning_rate));
out:
    return rc;
}

uint32_t plan_steps_at_once(const struct plan *plan, uint32_t rows)
{
    const double operations = 2e8, step = 6.0 * (double)plan->net->weight_count * rows;
    return (uint32_t)fmin(operations / step, 1024.0) + 1;
}

bool plan_takes_whole_steps(struct incline_device *dev, const struct net *net,
                            const struct method *method, enum element element, uint32_t rows)
{
    const struct train_steps shape = {.samples = {.element = element, .features = net->widths[0]},
                                      .widths = net->widths,
                                      .layers = net->layers,
                                      .rows = rows,
                                      .steps = 1,
                                      .activation = net->activation};

    return !dev->layered && method_is_plain(method) && net_is_uniform(net) &&
           net->normalization == INCLINE_NORMALIZE_NONE && backend_fuses(net->activation) &&
           dev->ops->takes_train_steps != NULL && dev->ops->takes_train_steps(dev, &shape);
}

int plan_steps(struct plan *plan, const struct samples *samples, struct span order, uint32_t rows,
               uint32_t steps, float learning_rate)
{
    const struct train_steps whole = {
        .samples = *samples,
        .order = order,
        .params = {plan->params, 0},
        .tally = plan_tally(plan),
        .widths = plan->net->widths,
        .layers = plan->net->layers,
        .rows = rows,
        .steps = steps,
        .activation = plan->net->activation,
        .learning_rate = learning_rate,
    };
    int rc = INCLINE_OK;

    if (plan_takes_whole_steps(plan->dev, plan->net, &plan->method, samples->element, rows)) {
        rc = plan->dev->ops->train_steps(plan->dev, &whole);
        plan->step += rc == INCLINE_OK ? steps : 0;
        return rc;
    }
    for (uint32_t s = 0; s < steps && rc == INCLINE_OK; s++) {
        rc = layered_step(plan, samples, (struct span){order.buffer, order.at + (size_t)s * rows},
                          rows, learning_rate);
        plan->step += rc == INCLINE_OK;
    }
    return rc;
}
