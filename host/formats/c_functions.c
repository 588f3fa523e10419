/* c_functions.c - the loops of C source: a layer, and the activations that occur. */
#include "host/formats/c_source.h"

/* y[outputs] = biases + (value * scale + shift) . weights. */
static const char dense[] =
    "/* y[outputs] = (x[inputs] * scale + shift) . weights[inputs][outputs] + biases. */\n"
    "static void dense(const float *x, unsigned inputs, float scale, float shift,\n"
    "                  const float *weights, const float *biases, float *restrict y,\n"
    "                  unsigned outputs)\n"
    "{\n"
    "    unsigned i, o;\n"
    "\n"
    "    for (o = 0; o < outputs; o++)\n"
    "        y[o] = biases[o];\n"
    "    for (i = 0; i < inputs; i++, weights += outputs) {\n"
    "        const float v = x[i] * scale + shift;\n"
    "        if (v == 0.0f)\n"
    "            continue;\n"
    "        for (o = 0; o < outputs; o++)\n"
    "            y[o] += v * weights[o];\n"
    "    }\n"
    "}\n\n";

static const char dense_quantized[] =
    "/* y[outputs] = (x[inputs] * scale + shift) . weights[inputs][outputs] * scales + biases. */\n"
    "static void dense(const float *x, unsigned inputs, float scale, float shift,\n"
    "                  const signed char *weights, const float *scales, const float *biases,\n"
    "                  float *restrict y, unsigned outputs)\n"
    "{\n"
    "    unsigned i, o;\n"
    "\n"
    "    for (o = 0; o < outputs; o++)\n"
    "        y[o] = 0.0f;\n"
    "    for (i = 0; i < inputs; i++, weights += outputs) {\n"
    "        const float v = x[i] * scale + shift;\n"
    "        if (v == 0.0f)\n"
    "            continue;\n"
    "        for (o = 0; o < outputs; o++)\n"
    "            y[o] += v * (float)weights[o];\n"
    "    }\n"
    "    for (o = 0; o < outputs; o++)\n"
    "        y[o] = y[o] * scales[o] + biases[o];\n"
    "}\n\n";

/* Activations of v as expressions of C; one that changes nothing has none. */
static const char *const expressions[INCLINE_ACTIVATION_COUNT] = {
    [INCLINE_RELU] = "v > 0.0f ? v : 0.0f",
    [INCLINE_LEAKY_RELU] = "v > 0.0f ? v : 0.01f * v",
    [INCLINE_ELU] = "v > 0.0f ? v : expm1f(v)",
    [INCLINE_SELU] = "v > 0.0f ? 1.05070099f * v : 1.75809934f * expm1f(v)",
    [INCLINE_GELU] = "0.5f * v * erfcf(-0.707106781f * v)",
    [INCLINE_GELU_TANH] = "v / (1.0f + expf(-v * (1.59576912f + 0.0713548163f * v * v)))",
    [INCLINE_SILU] = "v / (1.0f + expf(-v))",
    [INCLINE_MISH] = "v * tanhf((v > 0.0f ? v : 0.0f) + log1pf(expf(-fabsf(v))))",
    [INCLINE_SOFTPLUS] = "(v > 0.0f ? v : 0.0f) + log1pf(expf(-fabsf(v)))",
    [INCLINE_TANH] = "tanhf(v)",
    [INCLINE_SCALED_TANH] = "1.7159f * tanhf(0.666666667f * v)",
    [INCLINE_SIGMOID] = "1.0f / (1.0f + expf(-v))",
};

int c_add_functions(struct bytes *out, const struct c_source *source)
{
    const struct net *const net = &source->model->net;

    bytes_print(out, "%s", source->quantized ? dense_quantized : dense);
    for (uint32_t l = 0; l < net->layers; l++) {
        const enum incline_activation activation = net_activation(net, l);
        const char *const text = expressions[activation];
        bool done = false;
        for (uint32_t before = 0; before < l; before++)
            done = done || net_activation(net, before) == activation;
        if (text == NULL || done)
            continue;
        bytes_print(out,
                    "static void activation_%d(float *y, unsigned count) /* %s */\n"
                    "{\n"
                    "    unsigned i;\n"
                    "\n"
                    "    for (i = 0; i < count; i++) {\n"
                    "        const float v = y[i];\n"
                    "        y[i] = %s;\n"
                    "    }\n"
                    "}\n\n",
                    (int)activation, net_activation_text(activation), text);
    }
    return INCLINE_OK;
}
