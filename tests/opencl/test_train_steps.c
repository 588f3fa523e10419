/* test_train_step.c - a whole step at once: against its derived bound, against the step layer by
 * layer, and a step that is wrong on purpose. */
#include <math.h>
#include <stdio.h>

#include "device/rig.h"
#include "host/backend/bounds.h"
#include "host/backend/check.h"
#include "host/net/net.h"
#include "host/net/plan.h"
#include "host/opencl/room.h"

static const struct {
    uint32_t widths[5];
    size_t width_count;
    uint32_t rows;
} cases[] = {
    {{1, 1}, 2, 1},          {{3, 2}, 2, 7},           {{784, 10, 10}, 3, 1},
    {{784, 10, 10}, 3, 17},  {{784, 10, 10}, 3, 129},  {{17, 33, 31, 5}, 4, 65},
    {{65, 64, 63}, 3, 1000}, {{10, 7, 9, 3, 2}, 5, 5}, {{31, 129, 17}, 3, 127},
};
enum { MOST_ROWS = 1000, STEPS = 3 };

/* A data set, an order, parameters and a tally, all at odd places inside larger buffers. */
static struct train_steps make_step(struct rig *rig, const struct net *net, uint32_t rows,
                                    enum element element, uint32_t *order)
{
    const uint32_t samples = rows + 3, features = net->widths[0];
    const size_t values = (size_t)samples * features;
    unsigned char *bytes = rig_room(values);
    float *params = (float *)(void *)rig_room(net->param_count * sizeof *params);

    for (size_t i = 0; i < values; i++)
        bytes[i] = (unsigned char)rng_bits(21, RNG_STREAM(RNG_TEST, 0), i);
    for (uint32_t r = 0; r < STEPS * rows; r++)
        order[r] = rng_permute(21, RNG_STREAM(RNG_TEST, 1 + r / rows), samples, r % rows);
    net_init_params(net, INCLINE_INIT_UNIFORM, 21, params);
    const struct train_steps step = {
        .samples = {.values = element == ELEMENT_U8 ? rig_make(rig, ELEMENT_U8, values, bytes)
                                                    : rig_random(rig, values, false),
                    .labels = rig_labels(rig, samples, net->widths[net->layers]),
                    .scale = rig_random(rig, features, false),
                    .shift = rig_random(rig, features, false),
                    .element = element,
                    .rows = samples,
                    .features = features},
        .order = rig_words(rig, STEPS * rows, order),
        .params = rig_floats(rig, net->param_count, params),
        .tally = rig_tally(rig),
        .widths = net->widths,
        .layers = net->layers,
        .rows = rows,
        .steps = 1,
        .activation = net->activation,
        .learning_rate = 0.125f,
    };
    free(bytes);
    free(params);
    return step;
}

/* Run case `c` on `dev`, a step and then three more in one call, and look at the margins. */
static int run_case(struct incline_device *dev, size_t c, enum element element)
{
    struct rig rig = {.dev = dev};
    struct net net = {0};
    uint32_t order[STEPS * MOST_ROWS];
    char where[64];

    require_ok(net_init(&net, cases[c].widths, cases[c].width_count, INCLINE_RELU));
    snprintf(where, sizeof where, "case %zu, %u rows", c, cases[c].rows);
    struct train_steps step = make_step(&rig, &net, cases[c].rows, element, order);
    cr_assert(dev->ops->takes_train_steps(dev, &step), "%s is not taken", where);
    int rc = dev->ops->train_steps(dev, &step);
    step.steps = STEPS;
    if (rc == INCLINE_OK)
        rc = dev->ops->train_steps(dev, &step);
    rig_expect_margins(&rig, where);
    rig_clear(&rig);
    net_clear(&net);
    return rc;
}

/* Device 0, or a skipped test where it does no whole steps. */
static struct opencl_device *open_device(void)
{
    incline_device *dev = test_device();
    if (dev->info.type != INCLINE_DEVICE_CPU)
        cr_skip_test("%s goes layer by layer", dev->info.name);
    return opencl_of(dev);
}

Test(train_steps, stays_within_its_bound_and_its_buffers)
{
    struct opencl_device *device = open_device();
    struct incline_device *check = NULL;
    size_t slots;

    require_ok(check_open(&device->base, true, true, &check));
    for (size_t c = 0; c < COUNT(cases); c++)
        for (int element = ELEMENT_U8; element <= ELEMENT_F32; element += ELEMENT_F32) {
            const int rc = run_case(check, c, (enum element)element);
            cr_expect(rc == INCLINE_OK, "case %zu: %s", c, incline_last_error());
        }
    const struct check_record *record = check_records(check, &slots);
    while (strcmp(record->slot, "train_steps") != 0)
        record++;
    printf("train_steps: worst %.3f of its bound, %s\n", record->worst, record->where);
    cr_expect(record->values > 0);
    incline_device_close(check);
}

/* A bound that nothing reaches would let everything through: a step that is 1 % too large must be
 * seen. The lie is told to the subject alone, below the lockstep device. */
static int (*honest_step)(struct incline_device *dev, const struct train_steps *args);

static int larger_step(struct incline_device *dev, const struct train_steps *args)
{
    struct train_steps larger = *args;
    larger.learning_rate *= 1.01f;
    return honest_step(dev, &larger);
}

Test(train_steps, a_step_one_per_cent_too_large_is_noticed)
{
    struct opencl_device *device = open_device();
    struct backend lying = *device->base.ops;
    struct incline_device *check = NULL;

    honest_step = lying.train_steps;
    lying.train_steps = larger_step;
    device->base.ops = &lying;
    require_ok(check_open(&device->base, true, true, &check));
    const int rc = run_case(check, 3, ELEMENT_U8);
    cr_expect(rc == INCLINE_EVERIFY, "status %d: %s", rc, incline_last_error());
    incline_device_close(check);
}

/* Steps in one call that are not those one by one: here the first one alone is done. */
static int first_step_only(struct incline_device *dev, const struct train_steps *args)
{
    struct train_steps first = *args;
    first.steps = 1;
    return honest_step(dev, &first);
}

Test(train_steps, steps_at_once_that_are_not_those_one_by_one_are_noticed)
{
    struct opencl_device *device = open_device();
    struct backend lying = *device->base.ops;
    struct incline_device *check = NULL;

    honest_step = lying.train_steps;
    lying.train_steps = first_step_only;
    device->base.ops = &lying;
    require_ok(check_open(&device->base, true, true, &check));
    const int rc = run_case(check, 3, ELEMENT_U8);
    cr_expect(rc == INCLINE_EVERIFY, "status %d: %s", rc, incline_last_error());
    cr_expect(strstr(incline_last_error(), "3 steps at once") != NULL, "%s", incline_last_error());
    incline_device_close(check);
}

/* Parameters after one step of 784-10-10, at once or layer by layer, from the same weights. */
static void step_from_he(struct incline_device *check, bool layered, float *params)
{
    struct rig rig = {.dev = check};
    struct plan plan = {0};
    struct net net = {0};
    uint32_t order[STEPS * MOST_ROWS];

    check->layered = layered;
    require_ok(net_init(&net, (const uint32_t[]){784, 10, 10}, 3, INCLINE_RELU));
    const struct train_steps step = make_step(&rig, &net, 100, ELEMENT_U8, order);
    net_init_params(&net, INCLINE_INIT_HE, 3, params);
    require_ok(plan_create(&plan, check, &net, NULL, 100));
    require_ok(plan_set_params(&plan, params));
    require_ok(plan_steps(&plan, &step.samples, step.order, 100, 1, 0.001f));
    require_ok(plan_get_params(&plan, params));
    plan_destroy(&plan);
    rig_clear(&rig);
    net_clear(&net);
}

/* Each way is within its bound in lockstep; side by side they differ by rounding alone. The inputs
 * are as large as 256, so a wrong term would show at once. */
Test(train_steps, agrees_with_the_step_by_layers)
{
    struct opencl_device *device = open_device();
    struct incline_device *check = NULL;
    float at_once[7960], by_layers[7960];

    require_ok(check_open(&device->base, true, true, &check));
    step_from_he(check, false, at_once);
    step_from_he(check, true, by_layers);
    for (size_t i = 0; i < COUNT(at_once); i++) {
        /* 784 + 100 + 40 roundings on the way of a gradient, of terms up to 256. */
        const double bound = bounds_gamma(924.0) * (256.0 * 0.001 + fabs((double)by_layers[i]));
        const double apart = fabs((double)at_once[i] - (double)by_layers[i]);
        cr_assert(apart <= bound, "parameter %zu: %.9g at once, %.9g by layers, bound %.3g", i,
                  (double)at_once[i], (double)by_layers[i], bound);
    }
    incline_device_close(check);
}

Test(train_steps, large_networks_go_layer_by_layer)
{
    struct opencl_device *device = open_device();
    const uint32_t widths[] = {784, 800, 800, 10};
    const struct train_steps step = {.widths = widths, .layers = 3, .rows = 128};

    cr_expect(!device->base.ops->takes_train_steps(&device->base, &step));
    incline_device_close(&device->base);
}

Test(train_steps, twice_gives_the_same_bits)
{
    struct opencl_device *device = open_device();
    struct incline_device *dev = &device->base;
    unsigned char *bits[2];
    size_t bytes = 0;

    for (int run = 0; run < 2; run++) {
        struct rig rig = {.dev = dev};
        struct net net = {0};
        uint32_t order[STEPS * MOST_ROWS];
        require_ok(net_init(&net, cases[4].widths, 3, INCLINE_RELU));
        struct train_steps step = make_step(&rig, &net, 129, ELEMENT_U8, order);
        for (int i = 0; i < 5; i++)
            require_ok(dev->ops->train_steps(dev, &step));
        step.steps = STEPS;
        require_ok(dev->ops->train_steps(dev, &step));
        bits[run] = rig_bits(&rig, &bytes);
        rig_clear(&rig);
        net_clear(&net);
    }
    cr_expect(memcmp(bits[0], bits[1], bytes) == 0, "two runs differ");
    free(bits[0]);
    free(bits[1]);
    incline_device_close(dev);
}
