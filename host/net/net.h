/* net.h - what a network is: the widths and activations of its layers, and where each parameter
 * lives.
 *
 *   params  [ W0 | W1 | ... | W(L-1) | b0 | b1 | ... | b(L-1) ]   weights first
 *
 * With normalisation there follow, of each hidden layer l < L-1,
 *
 *           [ gains g0 | ... | shifts s0 | ... ]
 *           [ running means m0 | ... | running variances v0 | ... ]   batch normalisation alone
 *
 * of which the running ones are not trained. W_l is [width[l+1], width[l]], as in PyTorch.
 * Gradients have the same layout. */
#ifndef INCLINE_NET_NET_H
#define INCLINE_NET_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "incline.h"

/* Kernels address parameters with 32-bit indices that must stay positive as int. */
#define NET_PARAM_LIMIT ((uint64_t)1 << 31)

struct net {
    uint32_t layers;                      /* weight matrices, >= 1 */
    uint32_t *widths;                     /* [layers + 1]; owned */
    enum incline_activation *activations; /* [layers], the last one linear; owned */
    enum incline_activation activation;   /* of the hidden layers, of the first where they differ */
    enum incline_normalization normalization; /* of the hidden layers; none without any */
    size_t weight_count;                      /* all W */
    size_t dense_count;                       /* all W and b */
    size_t trained_count;                     /* those, gains and shifts */
    size_t param_count;                       /* all that is in the block */
};

/* Widths are inputs, hidden layers, classes. Fails with INCLINE_EARG (no layer, a width of 0,
 * more parameters than 2^31), INCLINE_ENOMEM. */
int net_init(struct net *net, const uint32_t *widths, size_t width_count,
             enum incline_activation activation);
void net_clear(struct net *net);

/* Give each hidden layer an activation of its own, activations[layers - 1]. Fails with
 * INCLINE_EARG (one that is not known), and then changes nothing. */
int net_set_activations(struct net *net, const enum incline_activation *activations);

/* Normalise the hidden layers, or not; the counts change with that. Fails with INCLINE_EARG (not
 * known, more parameters than 2^31), and then changes nothing. */
int net_set_normalization(struct net *net, enum incline_normalization normalization);

/* Does what comes out of `layer` go through normalisation? */
static inline bool net_normalizes(const struct net *net, uint32_t layer)
{
    return net->normalization != INCLINE_NORMALIZE_NONE && layer + 1 < net->layers;
}

/* Have all hidden layers net->activation? */
bool net_is_uniform(const struct net *net);

/* Offsets into the flat block, in floats; layer < layers. */
size_t net_weight_at(const struct net *net, uint32_t layer);
size_t net_bias_at(const struct net *net, uint32_t layer);

/* The same of what normalises a hidden layer, [widths[layer + 1]] each. */
enum net_norm { NET_GAIN, NET_SHIFT, NET_MEAN, NET_VARIANCE, NET_NORMS };
size_t net_norm_at(const struct net *net, uint32_t layer, enum net_norm which);

/* How many of these there are: 0, NET_MEAN or NET_NORMS. */
uint32_t net_norms(const struct net *net);

/* Activation of what `layer` puts out: linear for the last one. */
enum incline_activation net_activation(const struct net *net, uint32_t layer);

/* Fill params[param_count] with initial values; gains and running variances are 1, shifts and
 * running means 0.
 * INCLINE_INIT_HE: U(-a, a), a = sqrt(6 / fan_in), biases 0; keeps the variance of ReLU
 * activations constant from layer to layer (He et al. 2015, arXiv:1502.01852, eq. 10, in its
 * uniform form). INCLINE_INIT_UNIFORM: U[-0.5, 0.5), biases too. The others: incline.h; constant
 * ones are 0 here.
 * Element i of the block is drawn from (seed, RNG_INIT, i): the same on every machine, but for
 * orthogonal ones, which go through the machine's log() and cos(). */
void net_init_params(const struct net *net, enum incline_init init, uint64_t seed, float *params);

/* All weights, or all biases, are `value`. */
void net_init_weights(const struct net *net, float value, float *params);
void net_init_biases(const struct net *net, float value, float *params);

/* The part of it that belongs to normalisation. */
void net_init_norms(const struct net *net, float *params);

/* "none", "batch": the word that stands in files; NULL for any other number; without a gap. */
const char *net_normalization_text(int normalization);

/* "he", "glorot": the word that stands in files; NULL for any other number; without a gap. */
const char *net_init_text(int init);

/* "784-10-10" into text[bytes], bytes > 3, cut with "..." where it is too long. Returns text. */
const char *net_text(const struct net *net, char *text, size_t bytes);

/* What an activation makes of z; the formulas stand in incline.h. */
double net_activation_value(enum incline_activation activation, double z);

/* "relu", "linear": the word that stands in files; NULL for any other number. The activations
 * are numbered without a gap, so counting up to NULL visits all of them. */
const char *net_activation_text(enum incline_activation activation);

#endif
