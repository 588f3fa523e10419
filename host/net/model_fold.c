/* model_fold.c - batch normalisation as a part of the weights; see model.h. */
#include <math.h>

#include "host/backend/backend.h"
#include "host/net/model.h"
#include "host/util/status.h"

static void fold_layer(const incline_model *from, uint32_t l, incline_model *to)
{
    const struct net *const net = &from->net;
    const float *const gain = from->params + net_norm_at(net, l, NET_GAIN);
    const float *const shift = from->params + net_norm_at(net, l, NET_SHIFT);
    const float *const mean = from->params + net_norm_at(net, l, NET_MEAN);
    const float *const variance = from->params + net_norm_at(net, l, NET_VARIANCE);
    float *const w = to->params + net_weight_at(&to->net, l);
    float *const b = to->params + net_bias_at(&to->net, l);
    const size_t inputs = net->widths[l];

    for (size_t o = 0; o < net->widths[l + 1]; o++) {
        const double factor = (double)gain[o] / sqrt((double)variance[o] + (double)NORM_EPSILON);
        for (size_t i = 0; i < inputs; i++)
            w[o * inputs + i] = (float)(factor * (double)w[o * inputs + i]);
        b[o] = (float)(factor * ((double)b[o] - (double)mean[o]) + (double)shift[o]);
    }
}

int model_fold(const incline_model *model, incline_model **folded)
{
    incline_model *made = NULL;
    int rc = INCLINE_OK;

    if (model->net.normalization == INCLINE_NORMALIZE_NONE)
        return INCLINE_OK;
    if (model->net.normalization == INCLINE_NORMALIZE_LAYER)
        return FAIL(
            INCLINE_EARG,
            "layer normalisation depends on each sample, and only .safetensors has it; write "
            "the model so, or train with batch normalisation");
    TRY(model_copy(model, &made));
    TRY(model_set_normalization(made, INCLINE_NORMALIZE_NONE));
    for (uint32_t l = 0; net_normalizes(&model->net, l); l++)
        fold_layer(model, l, made);
    *folded = made;
    made = NULL;
out:
    incline_model_destroy(made);
    return rc;
}
