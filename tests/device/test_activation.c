/* test_activation.c - activations behind a linear layer: numbers worked out by hand, limits of
 * large arguments, lockstep with the reference over wide ranges, and whole gradients of networks in
 * which layers differ. */
#include <math.h>
#include <stdio.h>

#include "device/nets.h"
#include "host/backend/activation.h"
#include "host/backend/check.h"
#include "host/net/plan.h"

static enum incline_activation activation_of(int which)
{
    return (enum incline_activation)which;
}

/* Values and derivatives at -2, 0.5 and 3, computed with 30 digits by a program of its own. */
static const struct {
    enum incline_activation activation;
    double values[3], slopes[3];
} by_hand[] = {
    {INCLINE_RELU, {0.0, 0.5, 3.0}, {0.0, 1.0, 1.0}},
    {INCLINE_LINEAR, {-2.0, 0.5, 3.0}, {1.0, 1.0, 1.0}},
    {INCLINE_LEAKY_RELU, {-0.02, 0.5, 3.0}, {0.01, 1.0, 1.0}},
    {INCLINE_ELU, {-0.86466471676338731, 0.5, 3.0}, {0.13533528323661269, 1.0, 1.0}},
    {INCLINE_SELU,
     {-1.520166468595695, 0.52535049367774025, 3.1521029620664415},
     {0.23793287225168182, 1.0507009873554805, 1.0507009873554805}},
    {INCLINE_GELU,
     {-0.045500263896358414, 0.34573123063700655, 2.9959503059051097},
     {-0.085231801078196897, 0.86749512465616284, 1.0119456472041839}},
    {INCLINE_GELU_TANH,
     {-0.045402305912224981, 0.34571400982514392, 2.996362607918227},
     {-0.086099256623618382, 0.86736990353464231, 1.0115841666309697}},
    {INCLINE_SILU,
     {-0.23840584404423511, 0.31122966560092728, 2.8577223804672997},
     {-0.090784248784895479, 0.73996118730265181, 1.0881041060151696}},
    {INCLINE_MISH,
     {-0.25250148269570886, 0.3752452113048951, 2.9865350049679573},
     {-0.10835509242039394, 0.88642437535772726, 1.0211069109294438}},
    {INCLINE_SOFTPLUS,
     {0.1269280110429725, 0.97407698418010668, 3.0485873515737421},
     {0.11920292202211756, 0.62245933120185456, 0.95257412682243322}},
    {INCLINE_TANH,
     {-0.96402758007581688, 0.46211715726000976, 0.99505475368673045},
     {0.070650824853164466, 0.78644773296592741, 0.0098660371654401913}},
    {INCLINE_SCALED_TANH,
     {-1.4929388053842507, 0.55168370633053137, 1.6541749246520942},
     {0.27796745473817297, 1.0256844408840484, 0.080819833577029938}},
    {INCLINE_SIGMOID,
     {0.11920292202211756, 0.62245933120185456, 0.95257412682243322},
     {0.10499358540350652, 0.23500371220159449, 0.045176659730912133}},
};

static const float at[3] = {-2.0f, 0.5f, 3.0f};

Test(activation, values_and_derivatives_by_hand)
{
    struct rig rig = {.dev = test_device()};

    cr_assert(COUNT(by_hand) == INCLINE_ACTIVATION_COUNT);
    for (size_t k = 0; k < COUNT(by_hand); k++) {
        const struct span z = rig_floats(&rig, 3, at), a = rig_floats(&rig, 3, NULL);
        const struct span d = rig_floats(&rig, 3, (const float[]){1.0f, -2.0f, 0.5f});
        const char *name = incline_activation_text(by_hand[k].activation);
        static const double factor[3] = {1.0, -2.0, 0.5};
        float values[3], slopes[3];
        require_ok(
            rig.dev->ops->activate(rig.dev, &(struct activate){z, a, 3, by_hand[k].activation}));
        require_ok(rig.dev->ops->activate_gradient(
            rig.dev, &(struct activate_gradient){z, d, 3, by_hand[k].activation}));
        rig_read(&rig, a, 3, values);
        rig_read(&rig, d, 3, slopes);
        for (size_t i = 0; i < 3; i++) { /* some tens of roundings of 6e-8 */
            const double value = by_hand[k].values[i], slope = factor[i] * by_hand[k].slopes[i];
            cr_expect(fabs((double)values[i] - value) <= 4e-6 * fabs(value),
                      "%s(%g): %.9g expected, %.9g found", name, (double)at[i], value,
                      (double)values[i]);
            cr_expect(fabs((double)slopes[i] - slope) <= 4e-6 * fabs(slope),
                      "derivative of %s at %g: %.9g expected, %.9g found", name, (double)at[i],
                      slope, (double)slopes[i]);
        }
        rig_expect_margins(&rig, name);
        rig_clear(&rig);
    }
    incline_device_close(rig.dev);
}

/* At +-1e4 each is its asymptote to the last bit, or within two roundings of it. */
Test(activation, large_arguments_give_the_limit_and_no_nan)
{
    static const struct {
        double low, high, low_slope, high_slope; /* values at +-1e4, slopes there */
    } limits[INCLINE_ACTIVATION_COUNT] = {
        [INCLINE_RELU] = {0, 1e4, 0, 1},
        [INCLINE_LINEAR] = {-1e4, 1e4, 1, 1},
        [INCLINE_LEAKY_RELU] = {-100, 1e4, 0.01, 1},
        [INCLINE_ELU] = {-1, 1e4, 0, 1},
        [INCLINE_SELU] = {-SELU_SCALE * SELU_ALPHA, 1e4 * SELU_SCALE, 0, SELU_SCALE},
        [INCLINE_GELU] = {0, 1e4, 0, 1},
        [INCLINE_GELU_TANH] = {0, 1e4, 0, 1},
        [INCLINE_SILU] = {0, 1e4, 0, 1},
        [INCLINE_MISH] = {0, 1e4, 0, 1},
        [INCLINE_SOFTPLUS] = {0, 1e4, 0, 1},
        [INCLINE_TANH] = {-1, 1, 0, 0},
        [INCLINE_SCALED_TANH] = {-TANH_HEIGHT, TANH_HEIGHT, 0, 0},
        [INCLINE_SIGMOID] = {0, 1, 0, 1e-40},
    };
    struct rig rig = {.dev = test_device()};

    for (int which = 0; which < INCLINE_ACTIVATION_COUNT; which++) {
        const char *name = incline_activation_text(activation_of(which));
        const struct span z = rig_floats(&rig, 2, (const float[]){-1e4f, 1e4f});
        const struct span a = rig_floats(&rig, 2, NULL);
        const struct span d = rig_floats(&rig, 2, (const float[]){1.0f, 1.0f});
        const double expected[4] = {limits[which].low, limits[which].high, limits[which].low_slope,
                                    limits[which].high_slope};
        float found[4];
        require_ok(
            rig.dev->ops->activate(rig.dev, &(struct activate){z, a, 2, activation_of(which)}));
        require_ok(rig.dev->ops->activate_gradient(
            rig.dev, &(struct activate_gradient){z, d, 2, activation_of(which)}));
        rig_read(&rig, a, 2, found);
        rig_read(&rig, d, 2, found + 2);
        for (size_t i = 0; i < 4; i++)
            cr_expect(fabs((double)found[i] - expected[i]) <= 2.5e-7 * fabs(expected[i]) + 1e-37,
                      "%s, %s at %s1e4: %g expected, %g found", name, i < 2 ? "value" : "slope",
                      i % 2 == 0 ? "-" : "", expected[i], (double)found[i]);
        rig_clear(&rig);
    }
    incline_device_close(rig.dev);
}

Test(activation, a_nan_stays_a_nan_and_alone)
{
    struct rig rig = {.dev = test_device()};

    for (int which = 0; which < INCLINE_ACTIVATION_COUNT; which++) {
        float values[11], found[11];
        for (size_t i = 0; i < COUNT(values); i++)
            values[i] = i == 9 || i == 4 ? NAN : (float)i - 5.0f;
        const struct span z = rig_floats(&rig, COUNT(values), values);
        const struct span a = rig_floats(&rig, COUNT(values), NULL);
        require_ok(rig.dev->ops->activate(
            rig.dev, &(struct activate){z, a, COUNT(values), activation_of(which)}));
        rig_read(&rig, a, COUNT(values), found);
        for (size_t i = 0; i < COUNT(values); i++)
            cr_expect(isnan(found[i]) == (i == 9 || i == 4), "%s of %g is %g",
                      incline_activation_text(activation_of(which)), (double)values[i],
                      (double)found[i]);
        rig_clear(&rig);
    }
    incline_device_close(rig.dev);
}

/* Every range from rounding noise to where exp() overflows, sizes around those of vectors. */
Test(activation, every_one_stays_within_its_bound_from_tiny_to_huge_arguments)
{
    static const float ranges[] = {1e-30f, 1e-6f, 0.1f, 2.0f, 12.0f, 100.0f, 1e6f, 1e20f};
    static const size_t counts[] = {1, 7, 8, 9, 513, 2000};
    struct incline_device *dev = test_device(), *check = NULL;
    struct rig rig = {0};
    size_t slots;

    require_ok(check_open(dev, false, true, &check));
    rig.dev = check;
    for (size_t r = 0; r < COUNT(ranges); r++)
        for (size_t c = 0; c < COUNT(counts) - (test_quick() ? 2 : 0); c++)
            for (int which = 0; which < INCLINE_ACTIVATION_COUNT; which++) {
                const size_t count = counts[c];
                float *values = (float *)(void *)rig_room(count * sizeof *values);
                for (size_t i = 0; i < count; i++)
                    values[i] = ranges[r] * rig_value(r, i, false);
                const struct span z = rig_floats(&rig, count, values);
                const struct span d = rig_random(&rig, count, false);
                const struct span a = rig_floats(&rig, count, NULL);
                free(values);
                int rc = check->ops->activate(
                    check, &(struct activate){z, a, count, activation_of(which)});
                if (rc == INCLINE_OK)
                    rc = check->ops->activate_gradient(
                        check, &(struct activate_gradient){z, d, count, activation_of(which)});
                cr_expect(rc == INCLINE_OK, "%s over +-%g: %s",
                          incline_activation_text(activation_of(which)), (double)ranges[r],
                          incline_last_error());
                rig_clear(&rig);
            }
    const struct check_record *records = check_records(check, &slots);
    for (size_t s = 0; s < slots; s++)
        if (records[s].values > 0)
            fprintf(stderr, "%-24s %10llu values, worst ratio %.4f: %s\n", records[s].slot,
                    (unsigned long long)records[s].values, records[s].worst, records[s].where);
    incline_device_close(check);
    incline_device_close(dev);
}

/* ---- networks ---- */

enum { INPUTS = 6, CLASSES = 3, BATCH = 5, WIDEST = 6 };

/* Mean loss of the batch in double, from the definition. */
static double mean_loss(const struct net *net, const double *params, const float *x,
                        const uint32_t *labels)
{
    double sum = 0.0;

    for (size_t r = 0; r < BATCH; r++) {
        double in[WIDEST], out[WIDEST], total = 0.0;
        for (size_t i = 0; i < INPUTS; i++)
            in[i] = (double)x[r * INPUTS + i];
        for (uint32_t l = 0; l < net->layers; l++) {
            for (uint32_t o = 0; o < net->widths[l + 1]; o++) {
                double z = params[net_bias_at(net, l) + o];
                for (uint32_t i = 0; i < net->widths[l]; i++)
                    z += params[net_weight_at(net, l) + (size_t)o * net->widths[l] + i] * in[i];
                out[o] = activation_value(net_activation(net, l), z);
            }
            memcpy(in, out, sizeof in);
        }
        for (size_t c = 0; c < CLASSES; c++)
            total += exp(in[c]);
        sum += log(total) - in[labels[r]];
    }
    return sum / BATCH;
}

/* Layers with `first` and `second`; (loss(p + h) - loss(p - h)) / 2h for every parameter. Neither
 * the second derivatives nor the roundings reach 1e-5 here. */
static void expect_gradient(struct incline_device *dev, enum incline_activation first,
                            enum incline_activation second)
{
    const uint32_t widths[] = {INPUTS, 5, 4, CLASSES};
    const enum incline_activation activations[] = {first, second};
    float x[BATCH * INPUTS], params[80], grads[80];
    uint32_t labels[BATCH];
    double exact[80], largest = 0.0;
    const double h = 0x1p-13;
    struct plan plan;
    struct net net;

    require_ok(net_init(&net, widths, COUNT(widths), INCLINE_RELU));
    require_ok(net_set_activations(&net, activations));
    cr_assert(net.param_count <= COUNT(params));
    net_init_params(&net, INCLINE_INIT_UNIFORM, 5, params);
    for (size_t i = 0; i < COUNT(x); i++)
        x[i] = rig_value(1, i, false);
    for (uint32_t r = 0; r < BATCH; r++)
        labels[r] = r % CLASSES;
    for (size_t i = 0; i < net.param_count; i++)
        exact[i] = (double)params[i];
    require_ok(plan_create(&plan, dev, &net, NULL, BATCH));
    require_ok(plan_set_params(&plan, params));
    require_ok(dev->ops->upload(dev, plan_input(&plan), ELEMENT_F32, COUNT(x), x));
    require_ok(dev->ops->upload(dev, plan_labels(&plan), ELEMENT_U32, BATCH, labels));
    require_ok(plan_gradients(&plan, BATCH, 1.0f / BATCH, false));
    require_ok(plan_get_grads(&plan, grads));
    for (size_t i = 0; i < net.param_count; i++) {
        const double old = exact[i];
        exact[i] = old + h;
        const double ahead = mean_loss(&net, exact, x, labels);
        exact[i] = old - h;
        const double behind = mean_loss(&net, exact, x, labels);
        exact[i] = old;
        const double expected = (ahead - behind) / (2.0 * h);
        largest = fmax(largest, fabs(expected));
        cr_expect(fabs((double)grads[i] - expected) <= 1e-5,
                  "%s, then %s: parameter %zu: %.9g expected, %.9g found",
                  incline_activation_text(first), incline_activation_text(second), i, expected,
                  (double)grads[i]);
    }
    cr_expect(largest > 0.01, "gradients of at most %g say nothing", largest);
    plan_destroy(&plan);
    net_clear(&net);
}

Test(activation, gradients_of_networks_with_layers_that_differ)
{
    struct incline_device *dev = test_device();

    for (int which = 0; which < INCLINE_ACTIVATION_COUNT; which++) {
        expect_gradient(dev, activation_of(which), activation_of(which));
        expect_gradient(dev, activation_of(which),
                        activation_of((which + 1) % INCLINE_ACTIVATION_COUNT));
    }
    incline_device_close(dev);
}
