/* test_bench.c - measurement: what the device can do at most, and that nothing is timed which was
 * not found right. */
#include <math.h>

#include "host/backend/backend.h"
#include "host/bench/slots.h"
#include "support.h"

/* Whatever computes at all makes a thousand operations a second, and nothing makes 1e17. */
static void expect_plausible(const char *what, double rate)
{
    cr_expect(rate >= 1e3 && rate <= 1e17, "%s: %g a second", what, rate);
}

Test(bench, peaks_are_measured_and_plausible)
{
    incline_device *dev = test_device();
    double flops = (double)NAN, bytes = (double)NAN;

    require_ok(dev->ops->measure_peak(dev, &flops, &bytes));
    expect_plausible("arithmetic", flops);
    expect_plausible("memory", bytes);
    incline_device_close(dev);
}

/* ---- a device that gets one element of one result wrong ---- */

static const struct backend *right_ops;
static size_t wrong_at; /* which element; SIZE_MAX: none */

static int add_one(struct incline_device *dev, struct span span)
{
    float value;
    if (wrong_at == SIZE_MAX)
        return INCLINE_OK;
    span.at += wrong_at;
    require_ok(right_ops->download(dev, span, ELEMENT_F32, 1, &value));
    value += 1.0f;
    return right_ops->upload(dev, span, ELEMENT_F32, 1, &value);
}

#define WRONG(slot, output)                                                      \
    static int wrong_##slot(struct incline_device *dev, const struct slot *args) \
    {                                                                            \
        const int rc = right_ops->slot(dev, args);                               \
        return rc != INCLINE_OK ? rc : add_one(dev, args->output);               \
    }
WRONG(gather, x)
WRONG(dense_forward, y)
WRONG(softmax_xent, dz)
WRONG(dense_backward_weights, dw)
WRONG(dense_backward_input, dx)
WRONG(update, params)

static void make_wrong(struct incline_device *dev, struct backend *wrong)
{
    right_ops = dev->ops;
    *wrong = *dev->ops;
    wrong->gather = wrong_gather;
    wrong->dense_forward = wrong_dense_forward;
    wrong->softmax_xent = wrong_softmax_xent;
    wrong->dense_backward_weights = wrong_dense_backward_weights;
    wrong->dense_backward_input = wrong_dense_backward_input;
    wrong->update = wrong_update;
    dev->ops = wrong;
}

/* slot_check() of a slot of 9 rows, 20 inputs and 7 outputs. */
static int check(struct incline_device *dev, enum slot slot)
{
    struct slot_work work = {.dev = dev,
                             .slot = slot,
                             .rows = 9,
                             .inputs = slot == SLOT_LOSS ? 1 : 20,
                             .outputs = slot == SLOT_GATHER ? 1 : 7,
                             .activation = INCLINE_RELU};
    slot_lay_out(&work);
    require_ok(slot_fill(&work));
    require_ok(slot_call(&work, 2));
    const int rc = slot_check(&work);
    cr_expect(work.activation == INCLINE_RELU, "slot %d is timed without its activation", slot);
    slot_clear(&work);
    return rc;
}

Test(bench, a_slot_passes_its_check_and_one_wrong_element_does_not)
{
    static const size_t elements[] = {0, 5, 62}; /* of at least 63 in each result */
    incline_device *dev = test_device();
    struct backend wrong;

    make_wrong(dev, &wrong);
    for (int slot = SLOT_GATHER; slot <= SLOT_UPDATE; slot++) {
        wrong_at = SIZE_MAX;
        cr_expect(check(dev, (enum slot)slot) == INCLINE_OK, "slot %d, nothing wrong: %s", slot,
                  incline_last_error());
        for (size_t e = 0; e < sizeof elements / sizeof elements[0]; e++) {
            wrong_at = elements[e];
            const int rc = check(dev, (enum slot)slot);
            cr_expect(rc == INCLINE_EVERIFY, "slot %d, element %zu wrong: status %d", slot,
                      wrong_at, rc);
        }
    }
    dev->ops = right_ops;
    incline_device_close(dev);
}

/* ---- a device that forgets a part of the work ---- */

static int linear_forward(struct incline_device *dev, const struct dense_forward *args)
{
    struct dense_forward linear = *args;
    linear.activation = INCLINE_LINEAR;
    return right_ops->dense_forward(dev, &linear);
}

static int linear_backward(struct incline_device *dev, const struct dense_backward_input *args)
{
    struct dense_backward_input linear = *args;
    linear.activation = INCLINE_LINEAR;
    return right_ops->dense_backward_input(dev, &linear);
}

static int bias_added_to(struct incline_device *dev, const struct dense_backward_weights *args)
{
    const int rc = right_ops->dense_backward_weights(dev, args);
    return rc != INCLINE_OK ? rc : add_one(dev, args->db);
}

Test(bench, a_forgotten_activation_and_wrong_biases_are_found)
{
    incline_device *dev = test_device();
    struct backend wrong = *dev->ops;

    right_ops = dev->ops;
    wrong.dense_forward = linear_forward;
    wrong.dense_backward_input = linear_backward;
    wrong.dense_backward_weights = bias_added_to;
    dev->ops = &wrong;
    wrong_at = 3;
    require_fails(check(dev, SLOT_FORWARD), INCLINE_EVERIFY, "dense_forward");
    require_fails(check(dev, SLOT_BACKWARD_INPUT), INCLINE_EVERIFY, "dense_backward_input");
    require_fails(check(dev, SLOT_BACKWARD_WEIGHTS), INCLINE_EVERIFY, "db");
    dev->ops = right_ops;
    incline_device_close(dev);
}

/* ---- a row ---- */

struct taken {
    struct incline_bench_device device;
    struct incline_bench_row row;
    size_t rows;
};

static void take(void *user, const struct incline_bench_device *device,
                 const struct incline_bench_row *row)
{
    struct taken *taken = user;
    taken->device = *device;
    taken->row = *row;
    taken->rows++;
    cr_expect_str_eq(row->name, "784-4-10");
}

Test(bench, a_network_is_timed_with_all_its_numbers)
{
    static const uint32_t widths[] = {784, 4, 10};
    const struct incline_bench_options options = {.device = {.name = test_device_name()},
                                                  .seconds = 0.001,
                                                  .widths = widths,
                                                  .width_count = 3,
                                                  .batch = 16,
                                                  .samples = 40};
    struct taken taken = {.rows = 0};

    incline_device_close(test_device()); /* skips where there is none */
    require_ok(incline_bench(&options, take, &taken));
    cr_expect(taken.rows == 1, "%zu rows", taken.rows);
    const struct incline_bench_row *row = &taken.row;
    cr_expect(row->outcome == INCLINE_BENCH_TIMED, "outcome %d: %s", row->outcome, row->note);
    cr_expect_str_eq(row->shape, "batch 16");
    cr_expect(row->samples == 16.0 && row->flops == 2.0 * 16 * (2 * 784 * 4 + 3 * 4 * 10),
              "%g samples, %g operations", row->samples, row->flops);
    cr_expect(row->minimum > 0.0 && row->minimum <= row->median && row->spread >= 0.0,
              "minimum %g, median %g, spread %g", row->minimum, row->median, row->spread);
    cr_expect(row->runs >= 1 && row->calls >= 1 && row->first > 0.0, "%u runs of %u, first %g",
              row->runs, row->calls, row->first);
    const double share = row->flops / taken.device.peak_flops / row->median;
    cr_expect(fabs(row->share - share) <= 1e-9 * share, "share %g, %g expected", row->share, share);
    cr_expect(taken.device.upload_bytes == 40 * (784 + 4) && taken.device.upload_seconds > 0.0,
              "%llu bytes in %g s", (unsigned long long)taken.device.upload_bytes,
              taken.device.upload_seconds);
    cr_expect(taken.device.open_seconds > 0.0 && taken.device.info.name[0] != '\0');
}

/* ---- methods ---- */

struct methods {
    size_t timed, skipped;
};

static void take_method(void *user, const struct incline_bench_device *device,
                        const struct incline_bench_row *row)
{
    struct methods *methods = user;
    (void)device;
    cr_expect_str_eq(row->group, "method");
    cr_expect(row->outcome != INCLINE_BENCH_WRONG, "%s: %s", row->name, row->note);
    if (row->outcome == INCLINE_BENCH_SKIPPED) {
        methods->skipped++;
        return;
    }
    methods->timed++;
    cr_expect(row->cost > 0.0 && row->first > 0.0, "%s: cost %g, first %g", row->name, row->cost,
              row->first);
    cr_expect(methods->timed > 1 || row->cost == 1.0, "%s: cost %g", row->name, row->cost);
}

Test(bench, methods_are_held_against_the_plain_step)
{
    const struct incline_bench_options options = {
        .device = {.name = test_device_name()}, .seconds = 0.001, .part = INCLINE_BENCH_METHODS};
    struct methods methods = {0};

    incline_device_close(test_device()); /* skips where there is none */
    require_ok(incline_bench(&options, take_method, &methods));
    cr_expect(methods.timed + methods.skipped == 13 && (methods.timed == 0 || methods.skipped == 0),
              "%zu rows timed, %zu skipped", methods.timed, methods.skipped);
}
