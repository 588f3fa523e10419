/* test_optimizer.c - the optimizers: three steps of each against numbers that PyTorch 1.13 gives in
 * double (LAMB's are worked out from its definition), what a plan does with them, and the defaults.
 */
#include <math.h>
#include <stdio.h>

#include "device/nets.h"
#include "device/rig_optimizer.h"
#include "host/backend/dense_update.h"
#include "host/net/certify.h"
#include "host/net/optimizer.h"
#include "host/net/plan.h"

/* ---- steps ---- */

enum { WEIGHTS = 3, COUNT_ALL = 4, STEPS = 3 };
static const float initial[COUNT_ALL] = {0.5f, -1.25f, 2.0f, 0.75f};
static const float gradients[STEPS][COUNT_ALL] = {
    {0.5f, -0.25f, 2.0f, -1.0f}, {1.0f, 0.125f, -0.5f, 0.25f}, {-0.25f, 1.5f, 1.0f, 0.5f}};

struct expected {
    const char *name;
    struct incline_optimizer optimizer;
    double params[COUNT_ALL];
};

#define MOMENTS .beta1 = 0.875f, .beta2 = 0.75f, .epsilon = 0.03125f
static const struct expected expectations[] = {
    {"sgd, l2",
     {.kind = INCLINE_SGD, .l2 = 0.125f},
     {0.157577515, -1.48305511, 1.22015381, 0.8125}},
    {"sgd, clipped by norm and value",
     {.kind = INCLINE_SGD, .clip_norm = 1.5f, .clip_value = 0.5f},
     {0.343321051, -1.36557556, 1.875, 0.713160126}},
    {"sgd, l1", {.kind = INCLINE_SGD, .l1 = 0.125f}, {0.09375, -1.5, 1.28125, 0.8125}},
    {"momentum, l2",
     {.kind = INCLINE_MOMENTUM, .momentum = 0.875f, .l2 = 0.125f},
     {-0.297866821, -1.3151474, 0.382751465, 1.16796875}},
    {"nesterov, l2",
     {.kind = INCLINE_NESTEROV, .momentum = 0.875f, .l2 = 0.125f},
     {-0.507277697, -1.55465837, -0.119503856, 1.17822266}},
    {"adagrad, l2",
     {.kind = INCLINE_ADAGRAD, .epsilon = 1e-10f, .l2 = 0.125f},
     {0.0818057746, -1.23975443, 1.66235892, 0.830257149}},
    {"rmsprop, l2",
     {.kind = INCLINE_RMSPROP, .beta2 = 0.75f, .epsilon = 0.03125f, .l2 = 0.125f},
     {-0.238086391, -1.31221334, 1.31106079, 0.838258574}},
    {"adam, l2",
     {.kind = INCLINE_ADAM, MOMENTS, .l2 = 0.125f},
     {-0.111154811, -0.96290842, 1.42455983, 1.11628602}},
    {"adamw",
     {.kind = INCLINE_ADAMW, MOMENTS, .weight_decay = 0.125f},
     {-0.125130574, -1.00350765, 1.3129458, 1.11628602}},
    {"adamax, l2",
     {.kind = INCLINE_ADAMAX, MOMENTS, .l2 = 0.125f},
     {-0.0576389022, -0.944264384, 1.42417856, 1.10781882}},
    {"lamb",
     {.kind = INCLINE_LAMB, MOMENTS, .weight_decay = 0.125f},
     {-0.37811883, -0.942710335, 1.04720965, 1.46484375}},
};

/* ---- a step with the product of its gradient ---- */

/* The blocks of a layer behind each other: parameters, gradients, two moments. */
struct blocks {
    struct span at[4];
    size_t count;
};

static struct blocks random_blocks(struct rig *rig, size_t count)
{
    struct blocks blocks = {.count = count};
    for (size_t b = 0; b < COUNT(blocks.at); b++) {
        float *values = (float *)(void *)rig_room(count * sizeof *values);
        for (size_t i = 0; i < count; i++)
            values[i] = b == 3 ? fabsf(rig_value(b, i, false)) : rig_value(b, i, false);
        blocks.at[b] = rig_floats(rig, count, values);
        free(values);
    }
    return blocks;
}

static void expect_equal_blocks(struct rig *rig, const struct blocks *one, const struct blocks *two,
                                const char *what)
{
    float *a = (float *)(void *)rig_room(one->count * sizeof *a);
    float *b = (float *)(void *)rig_room(one->count * sizeof *b);

    for (size_t k = 0; k < COUNT(one->at); k++) {
        rig_read(rig, one->at[k], one->count, a);
        rig_read(rig, two->at[k], two->count, b);
        cr_expect(k == 1 || memcmp(a, b, one->count * sizeof *a) == 0, "%s: block %zu differs",
                  what, k);
    }
    free(a);
    free(b);
}

/* Neither how a product is cut nor what is left over at its ends changes a bit. */
Test(optimizer, a_step_with_its_product_is_to_the_bit_the_product_and_then_the_step)
{
    static const struct rig_shape full[] = {{1, 1, 1}, {5, 17, 3}, {300, 33, 20}, {128, 100, 65}};
    const size_t shapes = test_quick() ? 2 : COUNT(full);
    struct rig rig = {.dev = test_device()};
    char what[96];

    for (size_t s = 0; s < shapes; s++)
        for (int kind = INCLINE_SGD; kind < INCLINE_LAMB; kind++)
            for (int more = 0; more <= 1; more++) {
                const size_t weights = (size_t)full[s].outputs * full[s].inputs;
                const bool has_m =
                    kind != INCLINE_SGD && kind != INCLINE_ADAGRAD && kind != INCLINE_RMSPROP;
                const bool has_v = kind >= INCLINE_ADAGRAD;
                struct dense_update args = {
                    .x = rig_random(&rig, (size_t)full[s].rows * full[s].inputs, false),
                    .dy = rig_random(&rig, (size_t)full[s].rows * full[s].outputs, false),
                    .rows = full[s].rows,
                    .inputs = full[s].inputs,
                    .outputs = full[s].outputs,
                    .scale = 0.125f,
                    .biases_at = weights};
                const struct blocks one = random_blocks(&rig, weights + full[s].outputs);
                const struct blocks two = random_blocks(&rig, weights + full[s].outputs);
                for (int parts = 0; parts <= 1; parts++) {
                    const struct blocks *blocks = parts ? &two : &one;
                    args.update = (struct update){
                        .params = blocks->at[0],
                        .grads = blocks->at[1],
                        .learning_rate = 0.0625f,
                        .optimizer = rig_optimizer((enum incline_optimizer_kind)kind, more != 0),
                        .step = 2,
                        .moment1 = has_m ? blocks->at[2] : (struct span){NULL, 0},
                        .moment2 = has_v ? blocks->at[3] : (struct span){NULL, 0}};
                    args.update.optimizer.clip_norm = 0.0f;
                    require_ok(parts ? dense_update_in_two(rig.dev, &args)
                                     : rig.dev->ops->dense_update(rig.dev, &args));
                }
                snprintf(what, sizeof what, "%u rows, %u inputs, %u outputs, optimizer %d, more %d",
                         full[s].rows, full[s].inputs, full[s].outputs, kind, more);
                expect_equal_blocks(&rig, &one, &two, what);
                rig_expect_margins(&rig, what);
                rig_clear(&rig);
            }
    incline_device_close(rig.dev);
}

/* One layer of three inputs and one output: W0 and b0 are the tensors. */
static struct plan plan_of(struct incline_device *dev, const struct net *net,
                           const struct incline_optimizer *optimizer)
{
    const struct method method = {.optimizer = *optimizer};
    struct plan plan;

    require_ok(plan_create(&plan, dev, net, &method, 1));
    return plan;
}

static void step(struct plan *plan, const float *grads, float learning_rate)
{
    require_ok(plan->dev->ops->upload(plan->dev, (struct span){plan->grads, 0}, ELEMENT_F32,
                                      plan->net->param_count, grads));
    require_ok(plan_update(plan, learning_rate));
}

static struct net small_net(void)
{
    static const uint32_t widths[] = {WEIGHTS, 1};
    struct net net;
    require_ok(net_init(&net, widths, COUNT(widths), INCLINE_RELU));
    return net;
}

Test(optimizer, three_steps_of_each_are_pytorchs)
{
    struct incline_device *dev = test_device();
    struct net net = small_net();

    for (size_t e = 0; e < COUNT(expectations); e++) {
        const struct expected *expected = &expectations[e];
        struct plan plan = plan_of(dev, &net, &expected->optimizer);
        float params[COUNT_ALL];
        require_ok(plan_set_params(&plan, initial));
        for (size_t s = 0; s < STEPS; s++)
            step(&plan, gradients[s], 0.25f);
        require_ok(plan_get_params(&plan, params));
        for (size_t i = 0; i < COUNT_ALL; i++) /* a dozen roundings of numbers up to 2 */
            cr_expect(fabs((double)params[i] - expected->params[i]) <= 4e-6,
                      "%s: parameter %zu is %.9g, %.9g expected", expected->name, i,
                      (double)params[i], expected->params[i]);
        plan_destroy(&plan);
    }
    net_clear(&net);
    incline_device_close(dev);
}

/* ---- a plan ---- */

/* 3, 4 and 0.6, 0.8 by hand; then with nothing in one of them. */
Test(optimizer, lambs_ratio_is_that_of_the_norms_and_1_where_one_is_0)
{
    static const struct {
        float params[2], direction[2], expected[2];
    } rows[] = {{{3.0f, 4.0f}, {0.6f, -0.8f}, {2.7f, 4.4f}},
                {{0.0f, 0.0f}, {2.0f, -4.0f}, {-0.2f, 0.4f}},
                {{3.0f, 4.0f}, {0.0f, 0.0f}, {3.0f, 4.0f}}};
    struct rig rig = {.dev = test_device()};
    float got[2];

    for (size_t r = 0; r < COUNT(rows); r++) {
        const struct trust_update args = {.params = rig_floats(&rig, 2, rows[r].params),
                                          .direction = rig_floats(&rig, 2, rows[r].direction),
                                          .count = 2,
                                          .learning_rate = 0.1f};
        require_ok(rig.dev->ops->trust_update(rig.dev, &args));
        rig_read(&rig, args.params, 2, got);
        for (size_t i = 0; i < 2; i++)
            cr_expect(fabsf(got[i] - rows[r].expected[i]) < 1e-6f, "row %zu: %g", r,
                      (double)got[i]);
    }
    rig_clear(&rig);
    incline_device_close(rig.dev);
}

Test(optimizer, the_average_begins_with_the_parameters_and_follows_them)
{
    const struct incline_optimizer ema = {.ema = 0.5f};
    struct incline_device *dev = test_device();
    struct net net = small_net();
    struct plan plan = plan_of(dev, &net, &ema);
    double average[COUNT_ALL];
    float params[COUNT_ALL], found[COUNT_ALL];

    require_ok(plan_set_params(&plan, initial));
    require_ok(plan_get_result(&plan, found));
    cr_expect(memcmp(found, initial, sizeof found) == 0, "it must begin as the parameters");
    for (size_t i = 0; i < COUNT_ALL; i++)
        average[i] = (double)initial[i];
    for (size_t s = 0; s < STEPS; s++) {
        const double t = (double)s + 1.0, decay = fmin(0.5, (1.0 + t) / (10.0 + t));
        step(&plan, gradients[s], 0.25f);
        require_ok(plan_get_params(&plan, params));
        for (size_t i = 0; i < COUNT_ALL; i++)
            average[i] = decay * average[i] + (1.0 - decay) * (double)params[i];
    }
    require_ok(plan_get_result(&plan, found));
    for (size_t i = 0; i < COUNT_ALL; i++)
        cr_expect(fabs((double)found[i] - average[i]) <= 1e-6, "average %zu: %.9g expected, %.9g",
                  i, average[i], (double)found[i]);
    plan_destroy(&plan);
    net_clear(&net);
    incline_device_close(dev);
}

/* Rows of 1 x 3, 2 x 2 and so on, some beyond the limit. */
Test(optimizer, a_neurons_weights_stay_within_max_norm_and_shorter_ones_stay_as_they_are)
{
    static const uint32_t widths[] = {37, 9, 4};
    const struct incline_optimizer limited = {.max_norm = 1.25f};
    struct incline_device *dev = test_device();
    float params[512], zeros[512] = {0}, found[512];
    struct net net;

    require_ok(net_init(&net, widths, COUNT(widths), INCLINE_RELU));
    cr_assert(net.param_count <= COUNT(params));
    net_init_params(&net, INCLINE_INIT_UNIFORM, 5, params);
    struct plan plan = plan_of(dev, &net, &limited);
    require_ok(plan_set_params(&plan, params));
    step(&plan, zeros, 0.25f);
    require_ok(plan_get_params(&plan, found));
    size_t longer = 0, shorter = 0;
    for (uint32_t l = 0; l < net.layers; l++)
        for (uint32_t o = 0; o < widths[l + 1]; o++) {
            const size_t at = nets_weights(&net, l) + (size_t)o * widths[l];
            double before = 0.0, after = 0.0;
            for (size_t i = at; i < at + widths[l]; i++) {
                before += (double)params[i] * (double)params[i];
                after += (double)found[i] * (double)found[i];
            }
            before = sqrt(before);
            after = sqrt(after);
            if (before > 1.25) {
                longer++;
                cr_expect(fabs(after - 1.25) <= 1e-5, "layer %u, neuron %u: %g", l, o, after);
            } else {
                shorter++;
                cr_expect(memcmp(params + at, found + at, widths[l] * sizeof *params) == 0,
                          "layer %u, neuron %u of norm %g was changed", l, o, before);
            }
        }
    cr_expect(longer > 0 && shorter > 0, "%zu longer, %zu shorter: nothing was tested", longer,
              shorter);
    cr_expect(memcmp(params + net.weight_count, found + net.weight_count,
                     (net.param_count - net.weight_count) * sizeof *params) == 0,
              "biases were changed");
    plan_destroy(&plan);
    net_clear(&net);
    incline_device_close(dev);
}

Test(optimizer, a_method_that_is_not_plain_is_certified_and_takes_no_whole_steps)
{
    static const uint32_t widths[] = {12, 6, 3};
    struct incline_device *dev = test_device();
    struct net net;

    require_ok(net_init(&net, widths, COUNT(widths), INCLINE_RELU));
    cr_expect(method_is_plain(NULL) && method_is_plain(&(struct method){.seed = 7}));
    for (int kind = 0; optimizer_text(kind) != NULL; kind++) {
        const struct method method = {.seed = 7,
                                      .optimizer = {.kind = (enum incline_optimizer_kind)kind,
                                                    .clip_norm = 1.0f,
                                                    .ema = 0.9f}};
        cr_expect(!method_is_plain(&method));
        cr_expect(!plan_takes_whole_steps(dev, &net, &method, ELEMENT_U8, 16));
        require_ok(certify_steps(dev, &net, &method, ELEMENT_U8, 16));
    }
    net_clear(&net);
    incline_device_close(dev);
}

Test(optimizer, defaults_are_filled_in_for_what_a_kind_has_and_for_nothing_else)
{
    struct incline_optimizer wanted = {.kind = INCLINE_ADAM};
    struct incline_optimizer filled = optimizer_filled(&wanted);

    cr_expect(filled.beta1 == 0.9f && filled.beta2 == 0.999f && filled.epsilon == 1e-8f);
    cr_expect(filled.momentum == 0.0f && filled.weight_decay == 0.0f);
    wanted = (struct incline_optimizer){.kind = INCLINE_SGD, .momentum = 0.5f, .beta2 = 0.5f};
    filled = optimizer_filled(&wanted);
    cr_expect(optimizer_is_plain(&filled), "numbers that plain descent lacks must not count");
    wanted.kind = INCLINE_ADAMW;
    filled = optimizer_filled(&wanted);
    cr_expect(filled.weight_decay == 0.01f && filled.beta2 == 0.5f);
    for (int kind = 0; optimizer_text(kind) != NULL; kind++) {
        wanted.kind = (enum incline_optimizer_kind)kind;
        filled = optimizer_filled(&wanted);
        const struct incline_optimizer again = optimizer_filled(&filled);
        cr_expect(memcmp(&again, &filled, sizeof again) == 0, "%s", optimizer_text(kind));
        cr_expect(optimizer_default_rate(wanted.kind) > 0.0f);
    }
    cr_expect(optimizer_text(-1) == NULL && optimizer_text(INCLINE_LAMB + 1) == NULL);
}
