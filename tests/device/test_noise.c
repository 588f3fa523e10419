/* test_noise.c - dropout and noise: the bits of the host's generator, the moments they promise, the
 * gradient of what was left in, and that evaluation leaves nothing out. */
#include <math.h>

#include "device/nets.h"
#include "host/backend/reference.h"
#include "host/net/plan.h"

static struct draws some_draws(uint32_t step)
{
    return (struct draws){.seed = 77, .stream = RNG_STREAM(RNG_TEST, 4), .step = step, .first = 96};
}

Test(noise, dropout_leaves_out_whom_the_generator_says_and_scales_the_others)
{
    static const size_t counts[] = {1, 7, 8, 31, 32, 33, 1000};
    struct rig rig = {.dev = test_device()};

    for (size_t c = 0; c < COUNT(counts); c++) {
        float before[1000], after[1000];
        const struct draws draws = some_draws((uint32_t)c);
        for (size_t i = 0; i < counts[c]; i++)
            before[i] = rig_value(5, i, false);
        const struct span x = rig_floats(&rig, counts[c], before);
        require_ok(rig.dev->ops->dropout(rig.dev, &(struct dropout){x, counts[c], 0.25f, draws}));
        rig_read(&rig, x, counts[c], after);
        for (size_t i = 0; i < counts[c]; i++) {
            uint32_t words[4];
            const size_t at = 96 + i;
            rng_block(77, RNG_STREAM(RNG_TEST, 4), (uint64_t)c << 32 | (8 * (at / 32) + at % 8),
                      words);
            const float expected =
                words[at % 32 / 8] < 1u << 30 ? 0.0f : before[i] * (1.0f / 0.75f);
            cr_expect(after[i] == expected, "%zu of %zu: %.9g expected, %.9g found", i, counts[c],
                      (double)expected, (double)after[i]);
        }
        rig_expect_margins(&rig, "dropout");
        rig_clear(&rig);
    }
    incline_device_close(rig.dev);
}

/* Of n values the mean of a normal number has the deviation 1 / sqrt(n), its square sqrt(2 / n),
 * its fourth power sqrt(96 / n); a share p dropped has sqrt(p (1 - p) / n): five of each are
 * allowed. */
Test(noise, shares_and_moments_are_those_promised)
{
    enum { COUNT_OF = 20000 };
    static float values[COUNT_OF];
    const size_t n = test_quick() ? 2000 : COUNT_OF;
    struct rig rig = {.dev = test_device()};
    double dropped = 0.0, mean = 0.0, square = 0.0, fourth = 0.0;

    for (size_t i = 0; i < n; i++)
        values[i] = 1.0f;
    const struct span ones = rig_floats(&rig, n, values);
    for (size_t i = 0; i < n; i++)
        values[i] = 0.0f;
    const struct span zeros = rig_floats(&rig, n, values);
    require_ok(rig.dev->ops->dropout(rig.dev, &(struct dropout){ones, n, 0.4f, some_draws(1)}));
    require_ok(
        rig.dev->ops->add_noise(rig.dev, &(struct add_noise){zeros, n, 1.0f, some_draws(2)}));
    rig_read(&rig, ones, n, values);
    for (size_t i = 0; i < n; i++)
        dropped += (values[i] == 0.0f) / (double)n;
    rig_read(&rig, zeros, n, values);
    for (size_t i = 0; i < n; i++) {
        const double v = (double)values[i], v2 = v * v;
        mean += v / (double)n;
        square += v2 / (double)n;
        fourth += v2 * v2 / (double)n;
    }
    const double one = 5.0 / sqrt((double)n);
    cr_expect(fabs(dropped - 0.4) <= one * sqrt(0.24), "0.4 dropped expected, %g found", dropped);
    cr_expect(fabs(mean) <= one, "a mean of 0 expected, %g found", mean);
    cr_expect(fabs(square - 1.0) <= one * sqrt(2.0), "a variance of 1 expected, %g found", square);
    cr_expect(fabs(fourth - 3.0) <= one * sqrt(96.0), "a fourth moment of 3 expected, %g found",
              fourth);
    rig_clear(&rig);
    incline_device_close(rig.dev);
}

enum { INPUTS = 6, HIDDEN = 8, CLASSES = 3, BATCH = 5 };

/* Mean loss in double with the factors of inputs and of the hidden layer. */
static double mean_loss(const struct net *net, const double *params, const float *x,
                        const uint32_t *labels, const double *in_factor, const double *factor)
{
    double sum = 0.0;

    for (size_t r = 0; r < BATCH; r++) {
        double a[HIDDEN], z[CLASSES], total = 0.0;
        for (size_t o = 0; o < HIDDEN; o++) {
            a[o] = params[net_bias_at(net, 0) + o];
            for (size_t i = 0; i < INPUTS; i++)
                a[o] +=
                    params[o * INPUTS + i] * (double)x[r * INPUTS + i] * in_factor[r * INPUTS + i];
            a[o] = tanh(a[o]) * factor[r * HIDDEN + o];
        }
        for (size_t c = 0; c < CLASSES; c++) {
            z[c] = params[net_bias_at(net, 1) + c];
            for (size_t o = 0; o < HIDDEN; o++)
                z[c] += params[net_weight_at(net, 1) + c * HIDDEN + o] * a[o];
            total += exp(z[c]);
        }
        sum += log(total) - z[labels[r]];
    }
    return sum / BATCH;
}

static void factors(uint32_t layer, size_t count, uint32_t step, double rate, double *factor)
{
    const struct draws draws = {.seed = 3, .stream = RNG_STREAM(RNG_DROPOUT, layer), .step = step};
    for (size_t i = 0; i < count; i++)
        factor[i] =
            reference_draw(&draws, i) < (uint32_t)(rate * 0x1p32) ? 0.0 : 1.0 / (1.0 - rate);
}

Test(noise, the_gradient_is_that_of_the_network_that_was_left_and_evaluation_has_all)
{
    const uint32_t widths[] = {INPUTS, HIDDEN, CLASSES};
    const struct method method = {.seed = 3, .noise = {.dropout = 0.5f, .dropout_input = 0.25f}};
    double exact[96], in_factor[BATCH * INPUTS], factor[BATCH * HIDDEN];
    float x[BATCH * INPUTS], params[96], grads[96], loss[BATCH];
    struct incline_device *dev = test_device();
    uint32_t labels[BATCH];
    struct plan plan;
    struct net net;

    require_ok(net_init(&net, widths, COUNT(widths), INCLINE_TANH));
    net_init_params(&net, INCLINE_INIT_UNIFORM, 5, params);
    for (size_t i = 0; i < COUNT(x); i++)
        x[i] = rig_value(1, i, false);
    for (uint32_t r = 0; r < BATCH; r++)
        labels[r] = r % CLASSES;
    for (size_t i = 0; i < net.param_count; i++)
        exact[i] = (double)params[i];
    require_ok(plan_create(&plan, dev, &net, &method, BATCH));
    require_ok(plan_set_params(&plan, params));
    for (uint32_t step = 0; step < 2; step++) {
        plan.step = step;
        factors(0, COUNT(in_factor), step, 0.25, in_factor);
        factors(1, COUNT(factor), step, 0.5, factor);
        require_ok(dev->ops->upload(dev, plan_input(&plan), ELEMENT_F32, COUNT(x), x));
        require_ok(dev->ops->upload(dev, plan_labels(&plan), ELEMENT_U32, BATCH, labels));
        require_ok(plan_gradients(&plan, BATCH, 1.0f / BATCH, false));
        require_ok(plan_get_grads(&plan, grads));
        for (size_t i = 0; i < net.param_count; i++) {
            const double old = exact[i], h = 0x1p-13;
            exact[i] = old + h;
            const double ahead = mean_loss(&net, exact, x, labels, in_factor, factor);
            exact[i] = old - h;
            const double behind = mean_loss(&net, exact, x, labels, in_factor, factor);
            exact[i] = old;
            const double expected = (ahead - behind) / (2.0 * h);
            cr_expect(fabs((double)grads[i] - expected) <= 1e-5,
                      "step %u, parameter %zu: %.9g expected, %.9g found", step, i, expected,
                      (double)grads[i]);
        }
    }
    for (size_t i = 0; i < COUNT(in_factor); i++)
        in_factor[i] = 1.0;
    for (size_t i = 0; i < COUNT(factor); i++)
        factor[i] = 1.0;
    require_ok(dev->ops->upload(dev, plan_input(&plan), ELEMENT_F32, COUNT(x), x));
    require_ok(plan_forward(&plan, BATCH));
    require_ok(plan_measure(&plan, BATCH));
    require_ok(dev->ops->download(dev, plan_loss(&plan), ELEMENT_F32, BATCH, loss));
    double sum = 0.0;
    for (size_t r = 0; r < BATCH; r++)
        sum += (double)loss[r] / BATCH;
    const double expected = mean_loss(&net, exact, x, labels, in_factor, factor);
    cr_expect(fabs(sum - expected) <= 1e-5, "a loss of %g expected, %g found", expected, sum);
    plan_destroy(&plan);
    net_clear(&net);
    incline_device_close(dev);
}

Test(noise, rates_that_cannot_be_are_refused)
{
    static const struct {
        struct incline_noise noise;
        const char *says;
    } rows[] = {
        {{.dropout = 1.0f}, "dropout of 1"},
        {{.dropout = -0.5f}, "dropout of -0.5"},
        {{.dropout = NAN}, "dropout of "},
        {{.dropout_input = 1.0f}, "dropout of inputs of 1"},
        {{.input_noise = -1.0f}, "input noise of -1"},
        {{.input_noise = INFINITY}, "input noise of inf"},
    };
    const uint32_t widths[] = {2, 3, 2};
    struct incline_device *dev = test_device();
    struct plan plan;
    struct net net;

    require_ok(net_init(&net, widths, COUNT(widths), INCLINE_RELU));
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct method method = {.noise = rows[i].noise};
        require_fails(plan_create(&plan, dev, &net, &method, 4), INCLINE_EARG, rows[i].says);
    }
    net_clear(&net);
    incline_device_close(dev);
}
