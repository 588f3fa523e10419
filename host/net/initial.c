/* initial.c - initial values of a network's parameters; incline.h says what each kind is.
 *
 * Element i of the block is drawn from (seed, RNG_INIT, i). */
#include <assert.h>
#include <math.h>

#include "host/net/net.h"
#include "host/util/rng.h"

/* U(-a, a). Doubling u, a multiple of 2^-24, and taking 1 or 0.5 away from it are exact, so that
 * one rounding is left, that of the product: neither fused nor wider arithmetic changes a bit. */
static void uniform(uint64_t seed, float a, size_t from, size_t count, float *params)
{
    for (size_t i = from; i < from + count; i++)
        params[i] = a * (2.0f * rng_uniform(seed, RNG_INIT, i) - 1.0f);
}

static float gain(enum incline_activation activation)
{
    switch (activation) {
    case INCLINE_RELU:
    case INCLINE_GELU:
    case INCLINE_GELU_TANH:
    case INCLINE_SILU:
    case INCLINE_MISH:
        return sqrtf(2.0f);
    case INCLINE_LEAKY_RELU:
        return sqrtf(2.0f / 1.0001f);
    case INCLINE_SELU:
        return 0.75f;
    case INCLINE_TANH:
        return 5.0f / 3.0f;
    default:
        return 1.0f;
    }
}

/* Vector v of a matrix is `count` elements, `step` apart. */
struct vectors {
    float *at;
    size_t vectors, count, stride, step;
};

static double product(const struct vectors *m, size_t v, size_t w)
{
    const float *a = m->at + v * m->stride, *b = m->at + w * m->stride;
    double sum = 0.0;

    for (size_t i = 0; i < m->count; i++)
        sum += (double)a[i * m->step] * (double)b[i * m->step];
    return sum;
}

/* Gram-Schmidt, each vector against those before it twice: once leaves what the first round lost
 * (Giraud et al. 2005). Normal numbers make every direction equally likely. */
static void orthonormalise(const struct vectors *m)
{
    for (size_t v = 0; v < m->vectors; v++) {
        float *to = m->at + v * m->stride;
        for (int round = 0; round < 2; round++)
            for (size_t w = 0; w < v; w++) {
                const float *from = m->at + w * m->stride;
                const double share = product(m, v, w);
                for (size_t i = 0; i < m->count; i++)
                    to[i * m->step] =
                        (float)((double)to[i * m->step] - share * (double)from[i * m->step]);
            }
        const double length = sqrt(product(m, v, v));
        for (size_t i = 0; i < m->count && length > 0.0; i++)
            to[i * m->step] = (float)((double)to[i * m->step] / length);
    }
}

/* w[outputs, inputs]: rows are orthonormal, or columns where there are fewer of them. */
static void orthogonal(uint64_t seed, float factor, size_t from, uint32_t outputs, uint32_t inputs,
                       float *params)
{
    const size_t count = (size_t)outputs * inputs;
    float *w = params + from;
    const struct vectors rows = {w, outputs, inputs, inputs, 1},
                         columns = {w, inputs, outputs, 1, inputs};
    const double turn = 2.0 * acos(-1.0);

    for (size_t i = 0; i < count; i++) {
        const double u = 1.0 - (double)rng_uniform(seed, RNG_INIT, from + i);
        const double v = (double)rng_uniform(seed, RNG_STREAM(RNG_INIT, 1), from + i);
        w[i] = (float)(sqrt(-2.0 * log(u)) * cos(turn * v));
    }
    orthonormalise(outputs <= inputs ? &rows : &columns);
    for (size_t i = 0; i < count; i++)
        w[i] *= factor;
}

static void init_weights(const struct net *net, uint32_t l, enum incline_init init, uint64_t seed,
                         float *params)
{
    const uint32_t inputs = net->widths[l], outputs = net->widths[l + 1];
    const size_t from = net_weight_at(net, l), count = (size_t)outputs * inputs;
    const float g = gain(net_activation(net, l));

    switch (init) {
    case INCLINE_INIT_HE:
        uniform(seed, sqrtf(6.0f / (float)inputs), from, count, params);
        break;
    case INCLINE_INIT_GLOROT:
        uniform(seed, g * sqrtf(6.0f / ((float)inputs + (float)outputs)), from, count, params);
        break;
    case INCLINE_INIT_LECUN:
        uniform(seed, sqrtf(3.0f / (float)inputs), from, count, params);
        break;
    case INCLINE_INIT_ORTHOGONAL:
        orthogonal(seed, g, from, outputs, inputs, params);
        break;
    case INCLINE_INIT_ZERO:
    case INCLINE_INIT_CONSTANT:
        for (size_t i = 0; i < count; i++)
            params[from + i] = 0.0f;
        break;
    case INCLINE_INIT_UNIFORM:
        break;
    }
}

void net_init_params(const struct net *net, enum incline_init init, uint64_t seed, float *params)
{
    assert(net_init_text((int)init) != NULL);
    net_init_norms(net, params);
    if (init == INCLINE_INIT_UNIFORM) {
        for (size_t i = 0; i < net->dense_count; i++)
            params[i] = rng_uniform(seed, RNG_INIT, i) - 0.5f;
        return;
    }
    for (uint32_t l = 0; l < net->layers; l++)
        init_weights(net, l, init, seed, params);
    net_init_biases(net, 0.0f, params);
}

void net_init_weights(const struct net *net, float value, float *params)
{
    for (size_t i = 0; i < net->weight_count; i++)
        params[i] = value;
}

void net_init_biases(const struct net *net, float value, float *params)
{
    for (size_t i = net->weight_count; i < net->dense_count; i++)
        params[i] = value;
}

const char *net_init_text(int init)
{
    static const char *const texts[] = {
        [INCLINE_INIT_HE] = "he",
        [INCLINE_INIT_UNIFORM] = "uniform",
        [INCLINE_INIT_GLOROT] = "glorot",
        [INCLINE_INIT_LECUN] = "lecun",
        [INCLINE_INIT_ORTHOGONAL] = "orthogonal",
        [INCLINE_INIT_ZERO] = "zero",
        [INCLINE_INIT_CONSTANT] = "constant",
    };
    return init >= 0 && init < (int)(sizeof texts / sizeof texts[0]) ? texts[init] : NULL;
}
