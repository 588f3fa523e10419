/* c_tables.c - weights and biases as tables of C source. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/formats/c_source.h"
#include "host/formats/quantize.h"
#include "host/util/status.h"

enum { FLOATS_A_LINE = 6, WHOLES_A_LINE = 20 };

/* From the bits rather than by printf("%a"), whose radix character the locale chooses and whose
 * first digit the C library. */
struct c_float c_float(float value)
{
    enum { FRACTION_BITS = 23, BIAS = 127, SMALLEST = -126 };
    static const char digits[] = "0123456789abcdef";
    struct c_float made;
    uint32_t bits;

    memcpy(&bits, &value, sizeof bits);
    const uint32_t raw = bits >> FRACTION_BITS & 0xff;
    uint32_t fraction = bits << 1 & 0xffffff; /* six hexadecimal digits */
    char hex[7] = "", *at = hex;
    for (; fraction != 0; fraction = fraction << 4 & 0xffffff)
        *at++ = digits[fraction >> 20];
    *at = '\0';
    const int exponent = raw == 0 ? (bits << 1 == 0 ? 0 : SMALLEST) : (int)raw - BIAS;
    snprintf(made.text, sizeof made.text, "%s0x%d%s%sp%df", bits >> 31 ? "-" : "", raw != 0,
             hex[0] != '\0' ? "." : "", hex, exponent);
    return made;
}

/* What stands before entry `i` of a table. */
static const char *separator(size_t i, size_t a_line)
{
    return i == 0 ? "\n    " : i % a_line == 0 ? ",\n    " : ", ";
}

static void add_floats(struct bytes *out, const char *name, const float *values, size_t count)
{
    bytes_print(out, "static const float %s[%zu] = {", name, count);
    for (size_t i = 0; i < count; i++)
        bytes_print(out, "%s%s", separator(i, FLOATS_A_LINE), c_float(values[i]).text);
    bytes_print(out, "\n};\n\n");
}

static void add_layer_floats(struct bytes *out, const char *name, uint32_t layer,
                             const float *values, size_t count)
{
    char numbered[32];

    snprintf(numbered, sizeof numbered, "%s_%" PRIu32, name, layer);
    add_floats(out, numbered, values, count);
}

void c_add_scaling_tables(struct bytes *out, const struct c_source *source)
{
    const float *const in = source->model->input_scaling, *const back =
                                                              source->model->output_scaling;
    const size_t inputs = source->model->net.widths[0], outputs = model_outputs(source->model);

    if (in != NULL) {
        add_floats(out, "input_scales", in, inputs);
        add_floats(out, "input_shifts", in + inputs, inputs);
    }
    if (back != NULL) {
        add_floats(out, "output_scales", back, outputs);
        add_floats(out, "output_shifts", back + outputs, outputs);
    }
}

/* Whole numbers, and a scale for each neuron. */
static int add_quantized(struct bytes *out, uint32_t layer, const float *w, size_t inputs,
                         uint32_t outputs)
{
    float *const scales = malloc(outputs * sizeof *scales);

    if (scales == NULL)
        return FAIL(INCLINE_ENOMEM, "the scales of %" PRIu32 " neurons", outputs);
    for (uint32_t o = 0; o < outputs; o++)
        scales[o] = quantize_scale(w + o * inputs, inputs);
    bytes_print(out, "static const signed char weights_%" PRIu32 "[%zu] = {", layer,
                inputs * outputs);
    for (size_t i = 0; i < inputs; i++)
        for (uint32_t o = 0; o < outputs; o++)
            bytes_print(out, "%s%d", separator(i * outputs + o, WHOLES_A_LINE),
                        quantize(w[o * inputs + i], scales[o]));
    bytes_print(out, "\n};\n\n");
    add_layer_floats(out, "scales", layer, scales, outputs);
    free(scales);
    return INCLINE_OK;
}

int c_add_tables(struct bytes *out, const struct c_source *source, uint32_t layer)
{
    const struct net *const net = &source->model->net;
    const size_t inputs = net->widths[layer];
    const uint32_t outputs = net->widths[layer + 1];
    const float *const w = source->model->params + net_weight_at(net, layer);

    bytes_print(out, "/* Layer %" PRIu32 ": weights [%zu inputs][%" PRIu32 " outputs]. */\n", layer,
                inputs, outputs);
    if (source->quantized) {
        const int rc = add_quantized(out, layer, w, inputs, outputs);
        if (rc != INCLINE_OK)
            return rc;
    } else {
        bytes_print(out, "static const float weights_%" PRIu32 "[%zu] = {", layer,
                    inputs * outputs);
        for (size_t i = 0; i < inputs; i++)
            for (uint32_t o = 0; o < outputs; o++)
                bytes_print(out, "%s%s", separator(i * outputs + o, FLOATS_A_LINE),
                            c_float(w[o * inputs + i]).text);
        bytes_print(out, "\n};\n\n");
    }
    add_layer_floats(out, "biases", layer, source->model->params + net_bias_at(net, layer),
                     outputs);
    return INCLINE_OK;
}
