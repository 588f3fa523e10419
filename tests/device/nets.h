/* nets.h - what tests of networks share: a forward, a loss and a gradient in double, written
 * from the definition and from nothing in the house, and small data sets. */
#ifndef INCLINE_TESTS_NETS_H
#define INCLINE_TESTS_NETS_H

#include <math.h>

#include "device/rig.h"
#include "host/net/net.h"

enum { NETS_WIDEST = 1024, NETS_LAYERS = 8 };

/* Activations of one sample, and the gradients at them, layer by layer. */
struct nets_sample {
    double a[NETS_LAYERS + 1][NETS_WIDEST], d[NETS_LAYERS + 1][NETS_WIDEST];
};

/* Where W_l and b_l begin: all weights stand first, then all biases. */
static inline size_t nets_weights(const struct net *net, uint32_t layer)
{
    size_t at = 0;
    for (uint32_t l = 0; l < layer; l++)
        at += (size_t)net->widths[l] * net->widths[l + 1];
    return at;
}

static inline size_t nets_biases(const struct net *net, uint32_t layer)
{
    size_t at = nets_weights(net, net->layers);
    for (uint32_t l = 0; l < layer; l++)
        at += net->widths[l + 1];
    return at;
}

/* Forward one sample x; returns its loss. *open, where not NULL, gets the smallest distance of
 * a hidden neuron to the kink of its ReLU. */
static inline double nets_forward(const struct net *net, const double *params, const float *x,
                                  uint32_t label, struct nets_sample *s, double *open)
{
    const uint32_t classes = net->widths[net->layers];
    double top = -HUGE_VAL, sum = 0.0;

    for (uint32_t i = 0; i < net->widths[0]; i++)
        s->a[0][i] = (double)x[i];
    for (uint32_t l = 0; l < net->layers; l++)
        for (uint32_t o = 0; o < net->widths[l + 1]; o++) {
            const double *w = params + nets_weights(net, l) + (size_t)o * net->widths[l];
            double z = params[nets_biases(net, l) + o];
            for (uint32_t i = 0; i < net->widths[l]; i++)
                z += w[i] * s->a[l][i];
            const bool hidden = net_activation(net, l) == INCLINE_RELU;
            if (hidden && open != NULL)
                *open = fmin(*open, fabs(z));
            s->a[l + 1][o] = hidden && z < 0.0 ? 0.0 : z;
        }
    const double *z = s->a[net->layers];
    for (uint32_t c = 0; c < classes; c++)
        top = fmax(top, z[c]);
    for (uint32_t c = 0; c < classes; c++)
        sum += exp(z[c] - top);
    for (uint32_t c = 0; c < classes; c++)
        s->d[net->layers][c] = exp(z[c] - top) / sum - (c == label ? 1.0 : 0.0);
    return log(sum) + top - z[label];
}

/* Add scale times the gradient of the sample that was forwarded to grads. */
static inline void nets_backward(const struct net *net, const double *params, struct nets_sample *s,
                                 double scale, double *grads)
{
    for (uint32_t l = net->layers; l-- > 0;) {
        const double *w = params + nets_weights(net, l);
        const uint32_t inputs = net->widths[l];
        for (uint32_t i = 0; i < inputs; i++)
            s->d[l][i] = 0.0;
        for (uint32_t o = 0; o < net->widths[l + 1]; o++) {
            const double d = s->d[l + 1][o];
            grads[nets_biases(net, l) + o] += scale * d;
            for (uint32_t i = 0; i < inputs; i++) {
                grads[nets_weights(net, l) + (size_t)o * inputs + i] += scale * d * s->a[l][i];
                s->d[l][i] += d * w[(size_t)o * inputs + i];
            }
        }
        for (uint32_t i = 0; i < inputs && net->activation == INCLINE_RELU; i++)
            if (!(s->a[l][i] > 0.0))
                s->d[l][i] = 0.0;
    }
}

static inline double *nets_doubles(size_t count)
{
    double *values = calloc(count, sizeof *values);
    cr_assert(values != NULL, "no memory for %zu doubles", count);
    return values;
}

/* `rows` samples of `features` bytes in `classes` classes, which a network can learn: a sample
 * is bright where its class says, with noise. Made from counters, the same everywhere. */
static inline incline_dataset *nets_blobs(uint32_t rows, uint32_t features, uint32_t classes,
                                          uint64_t stream)
{
    unsigned char *bytes = rig_room((size_t)rows * features);
    uint32_t *labels = (uint32_t *)(void *)rig_room(rows * sizeof *labels);
    incline_dataset *dataset = NULL;

    for (uint32_t r = 0; r < rows; r++) {
        labels[r] = rng_bits(21, RNG_STREAM(RNG_TEST, stream), r) % classes;
        for (uint32_t f = 0; f < features; f++) {
            const size_t at = (size_t)r * features + f;
            const uint32_t noise = rng_bits(22, RNG_STREAM(RNG_TEST, stream), at) % 128;
            bytes[at] = (unsigned char)(noise + (f % classes == labels[r] ? 127 : 0));
        }
    }
    const struct incline_samples samples = {
        .rows = rows, .features = features, .classes = classes, .bytes = bytes, .labels = labels};
    require_ok(incline_dataset_create(&samples, &dataset));
    free(bytes);
    free(labels);
    return dataset;
}

#endif
