/* test_initial.c - initial weights and biases: some as recorded, ranges and moments of each kind.
 */
#include <math.h>
#include <string.h>

#include "host/net/model.h"
#include "host/net/net.h"
#include "support.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A model of 784-10-10 with seed 1. */
static incline_model *default_model(enum incline_init init)
{
    const struct incline_model_options options = {.init = init, .seed = 1};
    incline_model *model = NULL;

    require_ok(incline_model_create(&options, &model));
    return model;
}

struct recorded {
    size_t at;
    float value;
};

static void expect_recorded(const incline_model *model, const struct recorded *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        cr_expect(model->params[rows[i].at] == rows[i].value, "params[%zu]: %a expected, %a found",
                  rows[i].at, (double)rows[i].value, (double)model->params[rows[i].at]);
}

/* Worked out by a program of its own: Philox4x32-10 with exact integers, the product in double
 * and rounded to float once. */
Test(initial, he_weights_of_seed_1_are_those_recorded)
{
    static const struct recorded rows[] = {
        {0, -0x1.52a6d6p-4f},   {1, -0x1.5846a6p-5f},   {2, -0x1.8d51a8p-5f},
        {3, -0x1.9b4654p-7f},   {4, -0x1.807db4p-5f},   {7839, 0x1.8ea88p-6f},
        {7840, -0x1.7fe66p-1f}, {7841, 0x1.399306p-1f}, {7939, -0x1.31accep-1f},
    };
    incline_model *model = default_model(INCLINE_INIT_HE);

    expect_recorded(model, rows, COUNT(rows));
    for (size_t i = model->net.weight_count; i < model->net.param_count; i++)
        cr_expect(model->params[i] == 0.0f, "bias %zu: 0 expected, %g found", i,
                  (double)model->params[i]);
    incline_model_destroy(model);
}

Test(initial, uniform_weights_of_seed_1_are_those_recorded)
{
    static const struct recorded rows[] = {
        {0, -0x1.e3e39p-2f},     {1, -0x1.ebecep-3f},    {2, -0x1.1bdbcp-2f},
        {3, -0x1.25d43p-4f},     {4, -0x1.12b194p-2f},   {7839, 0x1.1cd0bp-3f},
        {7840, -0x1.ef9cd4p-2f}, {7940, 0x1.27b1b8p-2f}, {7959, -0x1.721b38p-3f},
    };
    incline_model *model = default_model(INCLINE_INIT_UNIFORM);

    expect_recorded(model, rows, COUNT(rows));
    incline_model_destroy(model);
}

Test(initial, another_seed_gives_other_weights)
{
    struct incline_model_options options = {.seed = 1};
    incline_model *one = NULL, *two = NULL;
    size_t same = 0;

    require_ok(incline_model_create(&options, &one));
    options.seed = (uint64_t)1 << 32 | 1; /* both halves of the seed count */
    require_ok(incline_model_create(&options, &two));
    for (size_t i = 0; i < one->net.weight_count; i++)
        same += one->params[i] == two->params[i];
    cr_expect(same < 10, "fewer than 10 equal weights expected, %zu found", same);
    incline_model_destroy(one);
    incline_model_destroy(two);
}

/* Mean, mean square and extremes of a run of values. */
struct moments {
    double mean, square, low, high;
};

static struct moments moments_of(const float *values, size_t count)
{
    struct moments m = {.low = HUGE_VAL, .high = -HUGE_VAL};

    for (size_t i = 0; i < count; i++) {
        const double value = (double)values[i];
        m.mean += value / (double)count;
        m.square += value * value / (double)count;
        m.low = fmin(m.low, value);
        m.high = fmax(m.high, value);
    }
    return m;
}

/* U(-a, a) has variance v = a^2 / 3. Of n values the mean has the standard deviation
 * sqrt(v / n), the mean square v sqrt(0.8 / n): five of each are allowed. The chance that none
 * of them falls into the outermost 20 / n of the range, which is 40 / n of a, is e^-20. */
static void expect_uniform(const float *values, size_t count, double a)
{
    const struct moments m = moments_of(values, count);
    const double v = a * a / 3.0, n = (double)count;

    cr_expect(fabs(m.mean) <= 5.0 * sqrt(v / n), "mean: 0 +- %g expected, %g found",
              5.0 * sqrt(v / n), m.mean);
    cr_expect(fabs(m.square - v) <= 5.0 * v * sqrt(0.8 / n),
              "variance: %g +- %g expected, %g found", v, 5.0 * v * sqrt(0.8 / n), m.square);
    cr_expect(m.low >= -a && m.low <= -a * (1.0 - 40.0 / n), "low: %g expected, %g found", -a,
              m.low);
    cr_expect(m.high <= a && m.high >= a * (1.0 - 40.0 / n), "high: %g expected, %g found", a,
              m.high);
}

Test(initial, he_weights_have_range_mean_and_variance_of_their_layer)
{
    const uint32_t widths[] = {784, 1000, 24};
    const struct incline_model_options options = {
        .widths = widths, .width_count = COUNT(widths), .seed = 5};
    incline_model *model = NULL;

    require_ok(incline_model_create(&options, &model));
    expect_uniform(incline_model_weights(model, 0), 784000, (double)sqrtf(6.0f / 784.0f));
    expect_uniform(incline_model_weights(model, 1), 24000, (double)sqrtf(6.0f / 1000.0f));
    incline_model_destroy(model);
}

Test(initial, uniform_weights_and_biases_lie_in_minus_half_to_half)
{
    const uint32_t widths[] = {784, 1000};
    const struct incline_model_options options = {
        .widths = widths, .width_count = COUNT(widths), .init = INCLINE_INIT_UNIFORM, .seed = 5};
    incline_model *model = NULL;

    require_ok(incline_model_create(&options, &model));
    expect_uniform(model->params, model->net.weight_count, 0.5);
    const struct moments biases = moments_of(incline_model_biases(model, 0), 1000);
    cr_expect(biases.low < -0.4 && biases.high > 0.4 && biases.high < 0.5,
              "biases over [-0.5, 0.5) expected, %g to %g found", biases.low, biases.high);
    incline_model_destroy(model);
}

Test(initial, constant_weights_and_given_biases)
{
    struct incline_model_options options = {
        .init = INCLINE_INIT_CONSTANT, .init_value = -0.1f, .init_bias = 0.01f, .seed = 3};
    incline_model *model = NULL, *other = NULL;

    require_ok(incline_model_create(&options, &model));
    for (size_t i = 0; i < model->net.dense_count; i++)
        cr_assert(model->params[i] == (i < model->net.weight_count ? -0.1f : 0.01f),
                  "parameter %zu is %g", i, (double)model->params[i]);
    incline_model_destroy(model);
    options.init_value = 0.0f;
    require_fails(incline_model_create(&options, &model), INCLINE_EARG, "a value other than 0");
    for (int kind = 0; net_init_text(kind) != NULL; kind++) { /* weights are as without */
        options.init = (enum incline_init)kind;
        options.init_value = kind == INCLINE_INIT_CONSTANT ? 0.25f : 0.0f;
        options.init_bias = 0.5f;
        require_ok(incline_model_create(&options, &model));
        options.init_bias = 0.0f;
        require_ok(incline_model_create(&options, &other));
        cr_expect(memcmp(model->params, other->params,
                         model->net.weight_count * sizeof *model->params) == 0,
                  "%s", net_init_text(kind));
        for (size_t i = model->net.weight_count; i < model->net.dense_count; i++)
            cr_assert(model->params[i] == 0.5f, "%s: parameter %zu", net_init_text(kind), i);
        incline_model_destroy(model);
        incline_model_destroy(other);
    }
    options = (struct incline_model_options){.init_value = 0.5f};
    require_fails(incline_model_create(&options, &model), INCLINE_EARG, "not with he");
    options = (struct incline_model_options){.init_bias = INFINITY};
    require_fails(incline_model_create(&options, &model), INCLINE_EARG, "must be finite");
}

Test(initial, lecun_weights_fit_the_layer_and_others_can_be_0)
{
    const uint32_t widths[] = {784, 500, 40};
    struct incline_model_options options = {.widths = widths,
                                            .width_count = COUNT(widths),
                                            .activation = INCLINE_TANH,
                                            .init = INCLINE_INIT_LECUN,
                                            .seed = 5};
    incline_model *model = NULL;

    require_ok(incline_model_create(&options, &model));
    expect_uniform(incline_model_weights(model, 0), 392000, (double)sqrtf(3.0f / 784.0f));
    incline_model_destroy(model);
    options.init = INCLINE_INIT_ZERO;
    require_ok(incline_model_create(&options, &model));
    for (size_t i = 0; i < model->net.param_count; i++)
        cr_assert(model->params[i] == 0.0f, "parameter %zu is %g", i, (double)model->params[i]);
    incline_model_destroy(model);
}

/* Rows where there are fewer of them, else columns; floats are off by their rounding. */
static void expect_orthogonal(const float *w, size_t outputs, size_t inputs, double gain)
{
    const bool rows = outputs <= inputs;
    const size_t vectors = rows ? outputs : inputs, count = rows ? inputs : outputs;
    const size_t stride = rows ? inputs : 1, step = rows ? 1 : inputs;

    for (size_t v = 0; v < vectors; v++)
        for (size_t u = 0; u <= v; u++) {
            double sum = 0.0;
            for (size_t i = 0; i < count; i++)
                sum += (double)w[v * stride + i * step] * (double)w[u * stride + i * step];
            const double expected = u == v ? gain * gain : 0.0;
            cr_expect(fabs(sum - expected) <= 1e-6 * gain * gain, "%zu, %zu: %g expected, %g found",
                      v, u, expected, sum);
        }
}

/* What incline.h says of each activation. */
static const float gains[INCLINE_ACTIVATION_COUNT] = {
    [INCLINE_RELU] = 1.41421356f, [INCLINE_GELU] = 1.41421356f, [INCLINE_GELU_TANH] = 1.41421356f,
    [INCLINE_SILU] = 1.41421356f, [INCLINE_MISH] = 1.41421356f, [INCLINE_LEAKY_RELU] = 1.41414285f,
    [INCLINE_SELU] = 0.75f,       [INCLINE_TANH] = 1.66666667f, [INCLINE_LINEAR] = 1.0f,
    [INCLINE_ELU] = 1.0f,         [INCLINE_SOFTPLUS] = 1.0f,    [INCLINE_SCALED_TANH] = 1.0f,
    [INCLINE_SIGMOID] = 1.0f,
};

Test(initial, glorot_and_orthogonal_weights_fit_the_layer_and_its_activation)
{
    const uint32_t widths[] = {200, 300, 40};
    incline_model *model = NULL;

    for (int which = 0; which < INCLINE_ACTIVATION_COUNT; which++) {
        struct incline_model_options options = {.widths = widths,
                                                .width_count = COUNT(widths),
                                                .activation = (enum incline_activation)which,
                                                .init = INCLINE_INIT_GLOROT,
                                                .seed = 5};
        require_ok(incline_model_create(&options, &model));
        expect_uniform(incline_model_weights(model, 0), 60000,
                       (double)(gains[which] * sqrtf(6.0f / 500.0f)));
        expect_uniform(incline_model_weights(model, 1), 12000, (double)sqrtf(6.0f / 340.0f));
        incline_model_destroy(model);
        options.init = INCLINE_INIT_ORTHOGONAL;
        require_ok(incline_model_create(&options, &model));
        expect_orthogonal(incline_model_weights(model, 0), 300, 200, (double)gains[which]);
        expect_orthogonal(incline_model_weights(model, 1), 40, 300, 1.0);
        incline_model_destroy(model);
    }
}
