/* net_norm.c - normalisation's part of a network: kinds by name, and where its numbers live. */
#include <assert.h>

#include "host/net/net.h"
#include "host/util/status.h"

const char *net_normalization_text(int normalization)
{
    static const char *const texts[] = {
        [INCLINE_NORMALIZE_NONE] = "none",
        [INCLINE_NORMALIZE_BATCH] = "batch",
        [INCLINE_NORMALIZE_LAYER] = "layer",
    };
    return normalization >= 0 && normalization < (int)(sizeof texts / sizeof texts[0])
               ? texts[normalization]
               : NULL;
}

const char *incline_normalization_text(enum incline_normalization normalization)
{
    return net_normalization_text((int)normalization);
}

static uint32_t norms_of(enum incline_normalization normalization)
{
    return normalization == INCLINE_NORMALIZE_BATCH   ? NET_NORMS
           : normalization == INCLINE_NORMALIZE_LAYER ? NET_MEAN
                                                      : 0;
}

uint32_t net_norms(const struct net *net)
{
    return norms_of(net->normalization);
}

/* Neurons of the hidden layers below `layer`. */
static size_t hidden_below(const struct net *net, uint32_t layer)
{
    size_t neurons = 0;

    for (uint32_t l = 0; l < layer; l++)
        neurons += net->widths[l + 1];
    return neurons;
}

int net_set_normalization(struct net *net, enum incline_normalization normalization)
{
    const size_t hidden = hidden_below(net, net->layers - 1);
    const uint64_t params = net->dense_count + (uint64_t)norms_of(normalization) * hidden;

    if (net_normalization_text((int)normalization) == NULL)
        return FAIL(INCLINE_EARG, "normalisation %d is not known; those there are run from 0 to %d",
                    (int)normalization, INCLINE_NORMALIZE_LAYER);
    if (params > NET_PARAM_LIMIT)
        return FAIL(
            INCLINE_EARG,
            "normalisation brings the network to more than 2^31 parameters; use narrower or "
            "fewer layers");
    net->normalization = hidden > 0 ? normalization : INCLINE_NORMALIZE_NONE;
    net->trained_count =
        net->dense_count + (net_norms(net) > 0 ? (size_t)NET_MEAN * hidden : (size_t)0);
    net->param_count = (size_t)params;
    return INCLINE_OK;
}

size_t net_norm_at(const struct net *net, uint32_t layer, enum net_norm which)
{
    assert(net_normalizes(net, layer) && (uint32_t)which < net_norms(net));
    return net->dense_count + (size_t)which * hidden_below(net, net->layers - 1) +
           hidden_below(net, layer);
}

void net_init_norms(const struct net *net, float *params)
{
    const size_t hidden = hidden_below(net, net->layers - 1);

    for (uint32_t which = 0; which < net_norms(net); which++)
        for (size_t i = 0; i < hidden; i++)
            params[net->dense_count + which * hidden + i] =
                which == NET_GAIN || which == NET_VARIANCE ? 1.0f : 0.0f;
}
