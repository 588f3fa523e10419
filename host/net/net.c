/* net.c - shape and layout of a network. Knows no device and no file. */
#include "host/net/net.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/backend/activation.h"
#include "host/util/status.h"

/* Count the parameters, refusing every shape that net_init() refuses. */
static int count_params(const uint32_t *widths, size_t width_count, uint64_t *weights,
                        uint64_t *params)
{
    uint64_t weight_sum = 0, bias_sum = 0;

    if (widths == NULL || width_count < 2)
        return FAIL(INCLINE_EARG,
                    "a network of %zu widths has no layer; give at least two: inputs and classes",
                    widths == NULL ? (size_t)0 : width_count);
    for (size_t i = 0; i < width_count; i++)
        if (widths[i] == 0)
            return FAIL(INCLINE_EARG,
                        "width %zu of %zu is 0; every layer needs at least one neuron", i + 1,
                        width_count);
    for (size_t i = 1; i < width_count; i++) {
        /* Neither the product nor the sum overflows: the sums are below the limit here, and a
         * product of two 32-bit numbers leaves more than that free. */
        weight_sum += (uint64_t)widths[i - 1] * widths[i];
        bias_sum += widths[i];
        if (weight_sum > NET_PARAM_LIMIT || weight_sum + bias_sum > NET_PARAM_LIMIT)
            return FAIL(INCLINE_EARG,
                        "layer %zu (%u x %u) brings the network to more than 2^31 parameters; "
                        "use narrower or fewer layers",
                        i - 1, widths[i], widths[i - 1]);
    }
    *weights = weight_sum;
    *params = weight_sum + bias_sum;
    return INCLINE_OK;
}

static int check_activation(enum incline_activation activation)
{
    return net_activation_text(activation) != NULL
               ? INCLINE_OK
               : FAIL(INCLINE_EARG, "activation %d is not known; those there are run from 0 to %d",
                      (int)activation, INCLINE_ACTIVATION_COUNT - 1);
}

int net_init(struct net *net, const uint32_t *widths, size_t width_count,
             enum incline_activation activation)
{
    uint64_t weights = 0, params = 0;

    int rc = check_activation(activation);
    if (rc == INCLINE_OK)
        rc = count_params(widths, width_count, &weights, &params);
    if (rc != INCLINE_OK)
        return rc;
    uint32_t *const copy = malloc(width_count * sizeof *copy);
    enum incline_activation *const activations = malloc(width_count * sizeof *activations);
    if (copy == NULL || activations == NULL) {
        free(copy);
        free(activations);
        return FAIL(INCLINE_ENOMEM, "no memory for a network of %zu layers", width_count - 1);
    }
    memcpy(copy, widths, width_count * sizeof *copy);
    for (size_t l = 0; l + 1 < width_count; l++)
        activations[l] = l + 2 < width_count ? activation : INCLINE_LINEAR;
    *net = (struct net){
        .layers = (uint32_t)(width_count - 1),
        .widths = copy,
        .activations = activations,
        .activation = activation,
        .weight_count = (size_t)weights,
        .dense_count = (size_t)params,
        .trained_count = (size_t)params,
        .param_count = (size_t)params,
    };
    return INCLINE_OK;
}

void net_clear(struct net *net)
{
    if (net == NULL)
        return;
    free(net->widths);
    free(net->activations);
    *net = (struct net){0};
}

int net_set_activations(struct net *net, const enum incline_activation *activations)
{
    for (uint32_t l = 0; l + 1 < net->layers; l++) {
        const int rc = check_activation(activations[l]);
        if (rc != INCLINE_OK)
            return rc;
    }
    for (uint32_t l = 0; l + 1 < net->layers; l++)
        net->activations[l] = activations[l];
    if (net->layers > 1)
        net->activation = activations[0];
    return INCLINE_OK;
}

bool net_is_uniform(const struct net *net)
{
    for (uint32_t l = 0; l + 1 < net->layers; l++)
        if (net->activations[l] != net->activation)
            return false;
    return true;
}

size_t net_weight_at(const struct net *net, uint32_t layer)
{
    size_t at = 0;

    assert(layer < net->layers);
    for (uint32_t l = 0; l < layer; l++)
        at += (size_t)net->widths[l] * net->widths[l + 1];
    return at;
}

size_t net_bias_at(const struct net *net, uint32_t layer)
{
    size_t at = net->weight_count;

    assert(layer < net->layers);
    for (uint32_t l = 0; l < layer; l++)
        at += net->widths[l + 1];
    return at;
}

enum incline_activation net_activation(const struct net *net, uint32_t layer)
{
    assert(layer < net->layers);
    return net->activations[layer];
}

double net_activation_value(enum incline_activation activation, double z)
{
    return activation_value(activation, z);
}

const char *net_activation_text(enum incline_activation activation)
{
    static const char *const texts[] = {
#define X(name, text) text,
        INCLINE_ACTIVATIONS(X)
#undef X
    };
    return (unsigned)activation < INCLINE_ACTIVATION_COUNT ? texts[activation] : NULL;
}

const char *incline_activation_text(enum incline_activation activation)
{
    const char *text = net_activation_text(activation);
    return text != NULL ? text : "unknown";
}

const char *net_text(const struct net *net, char *text, size_t bytes)
{
    static const char dots[] = "...";
    size_t used = 0, cut = 0; /* `cut`: the last end of a width behind which the dots fit */

    assert(bytes >= sizeof dots);
    text[0] = '\0';
    for (uint32_t i = 0; i <= net->layers; i++) {
        if (used + sizeof dots <= bytes)
            cut = used;
        const int written =
            snprintf(text + used, bytes - used, i == 0 ? "%u" : "-%u", net->widths[i]);
        if (written < 0 || (size_t)written >= bytes - used) {
            memcpy(text + cut, dots, sizeof dots);
            break;
        }
        used += (size_t)written;
    }
    return text;
}
