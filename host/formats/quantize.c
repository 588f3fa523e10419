/* quantize.c - weights in 8 bits; see quantize.h. */
#include "host/formats/quantize.h"

#include <float.h>
#include <math.h>

#include "host/net/model.h"
#include "host/util/status.h"

#define QUANTIZE_MOST 127.0f

float quantize_scale(const float *weights, size_t inputs)
{
    float largest = 0.0f;

    for (size_t i = 0; i < inputs; i++)
        largest = fmaxf(largest, fabsf(weights[i]));
    /* A subnormal scale would not bring the largest weight back. */
    return largest / QUANTIZE_MOST < FLT_MIN ? 0.0f : largest / QUANTIZE_MOST;
}

int quantize(float weight, float scale)
{
    if (scale == 0.0f)
        return 0;
    return (int)lrintf(fmaxf(-QUANTIZE_MOST, fminf(QUANTIZE_MOST, weight / scale)));
}

int incline_model_quantize(const incline_model *model, incline_model **quantized)
{
    incline_model *made = NULL;

    if (model == NULL || quantized == NULL)
        return FAIL(INCLINE_EARG,
                    "quantizing needs a model and a place for the other; one is NULL");
    const int rc = model_copy(model, &made);
    if (rc != INCLINE_OK)
        return rc;
    for (uint32_t l = 0; l < made->net.layers; l++) {
        const size_t inputs = made->net.widths[l];
        float *w = made->params + net_weight_at(&made->net, l);
        for (uint32_t o = 0; o < made->net.widths[l + 1]; o++, w += inputs) {
            const float scale = quantize_scale(w, inputs);
            for (size_t i = 0; i < inputs; i++)
                w[i] = scale * (float)quantize(w[i], scale);
        }
    }
    *quantized = made;
    return INCLINE_OK;
}
