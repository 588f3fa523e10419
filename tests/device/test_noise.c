/* test_noise.c - dropout and noise: the bits of the host's generator, the moments they promise, the
 * gradient of what was left in, and that evaluation leaves nothing out. */
#include <math.h>

#include "device/nets.h"
#include "host/backend/reference.h"
#include "host/net/plan.h"

enum { FIRST = 3 * DRAWS_ALIGNMENT };

static struct draws some_draws(uint32_t step)
{
    return (struct draws){
        .seed = 77, .stream = RNG_STREAM(RNG_TEST, 4), .step = step, .first = FIRST};
}

/* A number below the chance, formed the other way round than slots.h does: with c the complement
 * of the bits drawn, from p1 on the first digit in which c and p differ decides, and c is less
 * where p's is the 1; all are equal where nothing is behind the last 1. */
static bool expect_dropped(uint32_t step, uint32_t chance, size_t at)
{
    for (int j = 1; j <= DROPOUT_BITS; j++) {
        const bool p = chance >> (DROPOUT_BITS - j) & 1;
        uint32_t words[4];
        rng_block(77, RNG_STREAM(RNG_TEST, 4),
                  (uint64_t)step << 32 | (8 * (16 * (at / 1024) + (size_t)j - 1) + at % 8), words);
        const bool c = !(words[at % 1024 / 256] >> (31 - at % 256 / 8) & 1);
        const bool last = (chance & ((1u << (DROPOUT_BITS - j)) - 1)) == 0;
        if (c != p || last)
            return p && !c;
    }
    return false;
}

Test(noise, dropout_leaves_out_whom_the_generator_says_and_scales_the_others)
{
    static const size_t counts[] = {1, 7, 8, 31, 33, 255, 1000, 1024, 1031, 2500};
    static const struct {
        float rate;
        uint32_t chance;
    } rates[] = {
        {0.25f, 1u << 14}, {0.5f, 1u << 15}, {0.2f, 13107}, {1e-9f, 1}, {0.9999999f, 65535}};
    struct rig rig = {.dev = test_device()};

    for (size_t c = 0; c < COUNT(counts) * COUNT(rates); c++) {
        const size_t count = counts[c % COUNT(counts)], r = c / COUNT(counts);
        const float factor = 65536.0f / (float)(65536 - rates[r].chance);
        float before[2500], after[2500];
        size_t wrong = 0;
        for (size_t i = 0; i < count; i++)
            before[i] = rig_value(5, i, false);
        const struct span x = rig_floats(&rig, count, before);
        require_ok(rig.dev->ops->dropout(
            rig.dev, &(struct dropout){x, count, rates[r].rate, some_draws((uint32_t)c)}));
        rig_read(&rig, x, count, after);
        for (size_t i = 0; i < count; i++) {
            const bool dropped = expect_dropped((uint32_t)c, rates[r].chance, FIRST + i);
            const float expected = dropped ? 0.0f : before[i] * factor;
            cr_expect(after[i] == expected || wrong++ > 3,
                      "rate %g, %zu of %zu: %.9g expected, %.9g found", (double)rates[r].rate, i,
                      count, (double)expected, (double)after[i]);
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

enum { INPUTS = 6, HIDDEN = 8, CLASSES = 3, BATCH = 5, LAYERS = 3, WIDEST = 8 };

/* What is left of every layer's input: 0, or the factor. */
struct left {
    double factor[LAYERS][BATCH * WIDEST];
};

/* Mean loss in double. */
static double mean_loss(const struct net *net, const double *params, const float *x,
                        const uint32_t *labels, const struct left *left)
{
    double sum = 0.0;

    for (size_t r = 0; r < BATCH; r++) {
        double a[WIDEST], z[WIDEST], total = 0.0;
        for (size_t i = 0; i < INPUTS; i++)
            a[i] = (double)x[r * INPUTS + i];
        for (uint32_t l = 0; l < LAYERS; l++) {
            const size_t inputs = net->widths[l], outputs = net->widths[l + 1];
            for (size_t i = 0; i < inputs; i++)
                a[i] *= left->factor[l][r * inputs + i];
            for (size_t o = 0; o < outputs; o++) {
                z[o] = params[net_bias_at(net, l) + o];
                for (size_t i = 0; i < inputs; i++)
                    z[o] += params[net_weight_at(net, l) + o * inputs + i] * a[i];
            }
            for (size_t o = 0; o < outputs; o++)
                a[o] = net->activation == INCLINE_TANH ? tanh(z[o]) : fmax(z[o], 0.0);
        }
        for (size_t c = 0; c < CLASSES; c++)
            total += exp(z[c]);
        sum += log(total) - z[labels[r]];
    }
    return sum / BATCH;
}

static void who_is_left(const struct net *net, const struct incline_noise *noise, uint32_t step,
                        struct left *left)
{
    for (uint32_t l = 0; l < LAYERS; l++) {
        const struct draws draws = {.seed = 3, .stream = RNG_STREAM(RNG_DROPOUT, l), .step = step};
        const float rate = l == 0 ? noise->dropout_input : noise->dropout;
        for (size_t i = 0; i < (size_t)BATCH * net->widths[l]; i++)
            left->factor[l][i] = rate > 0.0f && reference_dropped(&draws, rate, i)
                                     ? 0.0
                                     : 1.0 / (1.0 - (double)rate);
    }
}

/* Each parameter's gradient in two steps, then a forward pass. */
static void expect_gradients(enum incline_activation activation)
{
    const uint32_t widths[LAYERS + 1] = {INPUTS, HIDDEN, HIDDEN, CLASSES};
    const struct method method = {.seed = 3, .noise = {.dropout = 0.5f, .dropout_input = 0.25f}};
    static const struct incline_noise none;
    double exact[192];
    float x[BATCH * INPUTS], params[192], grads[192], loss[BATCH];
    struct incline_device *dev = test_device();
    uint32_t labels[BATCH];
    struct left left;
    struct plan plan;
    struct net net;

    require_ok(net_init(&net, widths, COUNT(widths), activation));
    cr_assert(net.param_count <= COUNT(params));
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
        size_t moved = 0;
        plan.step = step;
        who_is_left(&net, &method.noise, step, &left);
        require_ok(dev->ops->upload(dev, plan_input(&plan), ELEMENT_F32, COUNT(x), x));
        require_ok(dev->ops->upload(dev, plan_labels(&plan), ELEMENT_U32, BATCH, labels));
        require_ok(plan_gradients(&plan, BATCH, 1.0f / BATCH, false));
        require_ok(plan_get_grads(&plan, grads));
        for (size_t i = 0; i < net.param_count; i++) {
            const double old = exact[i], h = 0x1p-13;
            exact[i] = old + h;
            const double ahead = mean_loss(&net, exact, x, labels, &left);
            exact[i] = old - h;
            const double behind = mean_loss(&net, exact, x, labels, &left);
            exact[i] = old;
            const double expected = (ahead - behind) / (2.0 * h);
            moved += i < net.widths[0] * net.widths[1] && fabs(expected) > 1e-3;
            cr_expect(fabs((double)grads[i] - expected) <= 1e-5,
                      "step %u, parameter %zu: %.9g expected, %.9g found", step, i, expected,
                      (double)grads[i]);
        }
        cr_expect(moved > 4, "%zu weights of the first layer have a gradient", moved);
    }
    who_is_left(&net, &none, 0, &left);
    require_ok(dev->ops->upload(dev, plan_input(&plan), ELEMENT_F32, COUNT(x), x));
    require_ok(plan_forward(&plan, BATCH));
    require_ok(plan_measure(&plan, BATCH));
    require_ok(dev->ops->download(dev, plan_loss(&plan), ELEMENT_F32, BATCH, loss));
    double sum = 0.0;
    for (size_t r = 0; r < BATCH; r++)
        sum += (double)loss[r] / BATCH;
    const double expected = mean_loss(&net, exact, x, labels, &left);
    cr_expect(fabs(sum - expected) <= 1e-5, "a loss of %g expected, %g found", expected, sum);
    plan_destroy(&plan);
    net_clear(&net);
    incline_device_close(dev);
}

Test(noise, the_gradient_is_that_of_the_network_that_was_left_and_evaluation_has_all)
{
    expect_gradients(INCLINE_TANH);
}

/* Behind a ReLU the factors of the hidden layers come with the weights' gradients. */
Test(noise, and_so_it_is_where_factors_come_later)
{
    expect_gradients(INCLINE_RELU);
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
