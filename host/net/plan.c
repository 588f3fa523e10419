/* plan.c - the layout of a network on a device, and its forward, backward and update. */
#include "host/net/plan.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/net/distort.h"
#include "host/net/noise.h"
#include "host/net/optimizer.h"
#include "host/net/plan_loss.h"
#include "host/util/size.h"
#include "host/util/status.h"

/* Pieces of the arena start on multiples of this many floats: 64 bytes. */
enum { ARENA_STEP = 16 };
/* Passes are not cut smaller than this for the sake of caches. */
enum { ROWS_WORTH_A_PASS = 512 };

/* Does what comes out of layer l - 1 lie in the arena before its activation, too? */
static bool keeps_z(const struct net *net, uint32_t l)
{
    return l > 0 && !backend_fuses(net_activation(net, l - 1));
}

/* Floats of the arena that one row needs. */
static size_t floats_per_row(const struct net *net)
{
    size_t floats = net->widths[0] + 1;
    for (uint32_t l = 1; l <= net->layers; l++)
        floats += (keeps_z(net, l) ? 3 : 2) * (size_t)net->widths[l];
    return floats;
}

/* Pieces of the arena. */
static size_t pieces(const struct net *net)
{
    size_t count = 2 * (size_t)net->layers + 2;
    for (uint32_t l = 1; l <= net->layers; l++)
        count += keeps_z(net, l);
    return count;
}

/* Rows of a pass: what the device works on best at a time, within its largest buffer. */
static uint32_t choose_rows(const struct incline_device *dev, const struct net *net, uint32_t batch)
{
    const size_t row_bytes = floats_per_row(net) * sizeof(float);
    const size_t padding = pieces(net) * ARENA_STEP * sizeof(float);
    const uint64_t largest =
        dev->info.max_alloc_bytes > padding ? dev->info.max_alloc_bytes - padding : 0;
    uint64_t rows = dev->working_bytes / row_bytes;

    if (rows < ROWS_WORTH_A_PASS)
        rows = ROWS_WORTH_A_PASS;
    if (rows > largest / row_bytes)
        rows = largest / row_bytes;
    if (rows >= batch)
        return batch;
    if (rows == 0)
        return 1;
    const uint64_t passes = (batch + rows - 1) / rows;
    const uint64_t even = size_round_up((size_t)((batch + passes - 1) / passes), ARENA_STEP);
    return (uint32_t)(even < rows ? even : rows);
}

/* Give every piece its offset, in the order of the drawing in plan.h. */
static void lay_out(struct plan *plan)
{
    const struct net *net = plan->net;
    size_t at = 0;

    for (uint32_t l = 0; l <= net->layers; l++) {
        plan->a[l] = at;
        at += size_round_up((size_t)plan->rows * net->widths[l], ARENA_STEP);
    }
    for (uint32_t l = 1; l <= net->layers; l++) {
        plan->d[l] = at;
        at += size_round_up((size_t)plan->rows * net->widths[l], ARENA_STEP);
    }
    plan->loss = at;
    at += size_round_up(plan->rows, ARENA_STEP);
    for (uint32_t l = 0; l <= net->layers; l++) {
        plan->z[l] = keeps_z(net, l) ? at : plan->a[l];
        if (keeps_z(net, l))
            at += size_round_up((size_t)plan->rows * net->widths[l], ARENA_STEP);
    }
    plan->arena_floats = at;
}

/* The drawing in plan.h holds: pieces in order, none overlapping, all inside. */
static void assert_layout(const struct plan *plan)
{
    const struct net *net = plan->net;

    assert(plan->a[0] == 0);
    for (uint32_t l = 0; l < net->layers; l++) {
        assert(plan->a[l] + (size_t)plan->rows * net->widths[l] <= plan->a[l + 1]);
        assert(plan->d[l + 1] % ARENA_STEP == 0 && plan->a[l + 1] % ARENA_STEP == 0);
    }
    assert(plan->a[net->layers] + (size_t)plan->rows * net->widths[net->layers] <= plan->d[1]);
    for (uint32_t l = 1; l < net->layers; l++)
        assert(plan->d[l] + (size_t)plan->rows * net->widths[l] <= plan->d[l + 1]);
    assert(plan->d[net->layers] + (size_t)plan->rows * net->widths[net->layers] <= plan->loss);
    assert(plan->loss + plan->rows <= plan->arena_floats);
    for (uint32_t l = 1; l <= net->layers; l++)
        assert(!keeps_z(net, l) ||
               (plan->z[l] >= plan->loss + plan->rows && plan->z[l] % ARENA_STEP == 0 &&
                plan->z[l] + (size_t)plan->rows * net->widths[l] <= plan->arena_floats));
    (void)net;
    (void)plan;
}

int plan_create(struct plan *out, struct incline_device *dev, const struct net *net,
                const struct method *method, uint32_t batch)
{
    struct plan plan = {.dev = dev, .net = net};
    size_t bytes;
    int rc = INCLINE_OK;

    if (batch == 0)
        return FAIL(INCLINE_EARG, "a batch of 0 rows");
    if (!size_mul((size_t)batch, floats_per_row(net) * sizeof(float), &bytes))
        return FAIL(INCLINE_EARG, "a batch of %u rows overflows memory", batch);
    if (method != NULL) {
        rc = noise_check(&method->noise);
        if (rc != INCLINE_OK)
            return rc;
        plan.method = *method;
        plan.method.optimizer = optimizer_filled(&method->optimizer);
    }
    plan.rows = choose_rows(dev, net, batch);
    plan.a = calloc(net->layers + 1, sizeof *plan.a);
    plan.d = calloc(net->layers + 1, sizeof *plan.d);
    plan.z = calloc(net->layers + 1, sizeof *plan.z);
    if (plan.a == NULL || plan.d == NULL || plan.z == NULL) {
        rc = FAIL(INCLINE_ENOMEM, "no memory for a plan of %u layers", net->layers);
        goto out;
    }
    lay_out(&plan);
    assert_layout(&plan);
    TRY(dev->ops->buffer_create(dev, net->param_count * sizeof(float), &plan.params));
    TRY(dev->ops->buffer_create(dev, net->param_count * sizeof(float), &plan.grads));
    TRY(dev->ops->buffer_create(dev, plan.arena_floats * sizeof(float), &plan.arena));
    TRY(dev->ops->buffer_create(dev, plan.rows * sizeof(uint32_t), &plan.labels));
    TRY(dev->ops->buffer_create(dev, TALLY_WORDS * sizeof(float), &plan.tally));
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

/* What the product of a layer applies itself. */
static enum incline_activation product_activation(const struct net *net, uint32_t layer)
{
    return keeps_z(net, layer + 1) ? INCLINE_LINEAR : net_activation(net, layer);
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
    return keeps_z(plan->net, l + 1) ? plan->dev->ops->activate(plan->dev, &args) : INCLINE_OK;
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
            .y = z_at(plan, l + 1),
            .rows = rows,
            .inputs = net->widths[l],
            .outputs = net->widths[l + 1],
            .activation = product_activation(net, l),
        };
        int rc = plan->dev->ops->dense_forward(plan->dev, &args);
        if (rc == INCLINE_OK)
            rc = activate(plan, l, rows);
        if (rc == INCLINE_OK && training && l + 1 < net->layers)
            rc = noise_on_hidden(plan, l + 1, rows, false);
        if (rc != INCLINE_OK)
            return rc;
    }
    return INCLINE_OK;
}

int plan_forward(struct plan *plan, uint32_t rows)
{
    return forward(plan, rows, false);
}

/* The gradient at what comes into layer `l`, from d[l + 1]. */
static int backward_input(struct plan *plan, uint32_t l, uint32_t rows)
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
        .activation = product_activation(net, l - 1),
    };
    const struct activate_gradient slope = {
        .z = z_at(plan, l),
        .d = delta_at(plan, l),
        .count = (size_t)rows * net->widths[l],
        .activation = net_activation(net, l - 1),
    };
    int rc = plan->dev->ops->dense_backward_input(plan->dev, &args);
    if (rc == INCLINE_OK)
        rc = noise_on_hidden(plan, l, rows, true);
    return rc == INCLINE_OK && keeps_z(net, l)
               ? plan->dev->ops->activate_gradient(plan->dev, &slope)
               : rc;
}

/* The gradients of layer l's parameters, times `scale`, into a block laid out as the parameters. */
static int backward_weights(struct plan *plan, uint32_t l, uint32_t rows, struct buffer *block,
                            float scale, bool accumulate)
{
    const struct net *net = plan->net;
    const struct dense_backward_weights args = {
        .x = activation_at(plan, l),
        .dy = delta_at(plan, l + 1),
        .dw = {block, net_weight_at(net, l)},
        .db = {block, net_bias_at(net, l)},
        .rows = rows,
        .inputs = net->widths[l],
        .outputs = net->widths[l + 1],
        .scale = scale,
        .accumulate = accumulate,
    };
    return plan->dev->ops->dense_backward_weights(plan->dev, &args);
}

/* Forward, loss, backward. A layer passes its gradient down before its own weights are looked at,
 * so that `block` may be the parameters themselves. */
static int pass(struct plan *plan, uint32_t rows, struct buffer *block, float scale,
                bool accumulate)
{
    plan->pass = accumulate && block == plan->grads ? plan->pass + 1 : 0;
    int rc = noise_on_input(plan, rows);
    if (rc == INCLINE_OK)
        rc = forward(plan, rows, true);
    if (rc == INCLINE_OK)
        rc = plan_measure(plan, rows);
    for (uint32_t l = plan->net->layers; l-- > 0 && rc == INCLINE_OK;) {
        if (l > 0)
            rc = backward_input(plan, l, rows);
        if (rc == INCLINE_OK)
            rc = backward_weights(plan, l, rows, block, scale, accumulate);
    }
    return rc;
}

int plan_gradients(struct plan *plan, uint32_t rows, float scale, bool accumulate)
{
    int rc = accumulate ? INCLINE_OK : plan_loss_begin(plan);

    plan->scale = scale;
    return rc != INCLINE_OK ? rc : pass(plan, rows, plan->grads, scale, accumulate);
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

int plan_gather(struct plan *plan, const struct samples *samples, struct span order, uint32_t rows)
{
    return plan->dev->ops->gather(plan->dev, &(struct gather){.samples = *samples,
                                                              .order = order,
                                                              .x = plan_input(plan),
                                                              .label = plan_labels(plan),
                                                              .rows = rows,
                                                              .target = plan_targets(plan)});
}

/* A step layer by layer. Where descent is plain and the batch goes through in one pass, a layer's
 * weights are updated by the product that gives their gradient; else the passes' gradients are
 * added up first. */
static int layered_step(struct plan *plan, const struct samples *samples, struct span order,
                        uint32_t rows, float learning_rate)
{
    int rc = INCLINE_OK;

    if (rows <= plan->rows && !plan_loss_weighs(plan) &&
        optimizer_steps_plainly(&plan->method.optimizer)) {
        TRY(plan_gather(plan, samples, order, rows));
        TRY(plan_augment(plan, samples, 0, rows));
        TRY(pass(plan, rows, plan->params, -learning_rate / (float)rows, true));
        TRY(optimizer_after_step(plan));
        return INCLINE_OK;
    }
    for (uint32_t done = 0; done < rows;) {
        const uint32_t count = rows - done < plan->rows ? rows - done : plan->rows;
        TRY(plan_gather(plan, samples, (struct span){order.buffer, order.at + done}, count));
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
           backend_fuses(net->activation) && dev->ops->takes_train_steps != NULL &&
           dev->ops->takes_train_steps(dev, &shape);
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
