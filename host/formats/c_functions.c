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

/* An activation of v as an expression of C; NULL where it changes nothing. *known says whether
 * there is one at all. */
static const char *expression(enum incline_activation activation, bool *known)
{
    *known = true;
    switch (activation) {
    case INCLINE_LINEAR:
        return NULL;
    case INCLINE_RELU:
        return "v > 0.0f ? v : 0.0f";
    }
    *known = false;
    return NULL;
}

int c_add_functions(struct bytes *out, const struct c_source *source)
{
    const struct net *const net = &source->model->net;

    bytes_print(out, "%s", source->quantized ? dense_quantized : dense);
    for (uint32_t l = 0; l < net->layers; l++) {
        const enum incline_activation activation = net_activation(net, l);
        bool known, done = false;
        const char *const text = expression(activation, &known);
        if (!known)
            return FAIL(INCLINE_EARG,
                        "there is no C source for the activation %s; choose another format",
                        net_activation_text(activation));
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
