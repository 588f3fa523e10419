/* onnx_read_value.c - what operations on each element do to a function, and which activation a
 * function is.
 *
 * There are many ways to spell GELU or SiLU in a graph. Instead of knowing them all, a function of
 * each element is carried along as its values at probe points; whatever it was made of, it is the
 * activation that has these values. */
#include <math.h>
#include <stdlib.h>

#include "host/formats/onnx_read.h"
#include "host/formats/onnx_schema.h"

/* Graphs hold their constants as floats, some rounded to seven digits; the closest two activations
 * (gelu and its approximation) are 4e-4 apart. */
#define SAME 4e-5

enum { PROBE_MIDDLE = ONNX_PROBES / 2 };

/* From -6 to 6, with 0 in the middle and no other simple number. */
double onnx_probe(unsigned i)
{
    return ((double)i - PROBE_MIDDLE) * 6.0 / PROBE_MIDDLE;
}

static bool close_to(double found, double expected)
{
    return fabs(found - expected) <= SAME * (1.0 + fabs(expected));
}

bool onnx_identify(const struct onnx_value *value, enum incline_activation *activation)
{
    for (int a = 0; a < INCLINE_ACTIVATION_COUNT; a++) {
        bool same = true;
        for (unsigned i = 0; i < ONNX_PROBES && same; i++)
            same = close_to(value->at[i],
                            net_activation_value((enum incline_activation)a, onnx_probe(i)));
        if (same) {
            *activation = (enum incline_activation)a;
            return true;
        }
    }
    return false;
}

bool onnx_affine(const struct onnx_value *value, double *scale, double *shift)
{
    const double rise = (value->at[ONNX_PROBES - 1] - value->at[0]) / 12.0;
    const double at_zero = value->at[PROBE_MIDDLE];

    for (unsigned i = 0; i < ONNX_PROBES; i++)
        if (!(fabs(value->at[i] - (rise * onnx_probe(i) + at_zero)) <=
              1e-9 * (fabs(rise) + fabs(at_zero))))
            return false;
    *scale = rise;
    *shift = at_zero;
    return true;
}

/* ---- operations ---- */

struct parameters {
    double alpha, gamma;
};

static double leaky(double z, struct parameters p)
{
    return z > 0.0 ? z : p.alpha * z;
}

static double elu(double z, struct parameters p)
{
    return z > 0.0 ? z : p.alpha * expm1(z);
}

static double selu(double z, struct parameters p)
{
    return p.gamma * elu(z, p);
}

static double relu(double z, struct parameters p)
{
    (void)p;
    return z > 0.0 ? z : 0.0;
}

static double identity(double z, struct parameters p)
{
    (void)p;
    return z;
}

static double sigmoid(double z, struct parameters p)
{
    (void)p;
    return net_activation_value(INCLINE_SIGMOID, z);
}

static double softplus(double z, struct parameters p)
{
    (void)p;
    return net_activation_value(INCLINE_SOFTPLUS, z);
}

static double softsign(double z, struct parameters p)
{
    (void)p;
    return z / (1.0 + fabs(z));
}

static double mish(double z, struct parameters p)
{
    (void)p;
    return net_activation_value(INCLINE_MISH, z);
}

static double plain_tanh(double z, struct parameters p)
{
    (void)p;
    return tanh(z);
}

static double plain_erf(double z, struct parameters p)
{
    (void)p;
    return erf(z);
}

static double plain_exp(double z, struct parameters p)
{
    (void)p;
    return exp(z);
}

static double negative(double z, struct parameters p)
{
    (void)p;
    return -z;
}

static double reciprocal(double z, struct parameters p)
{
    (void)p;
    return 1.0 / z;
}

/* Of one value. Shapes do not matter to functions of each element, so what only changes the shape
 * is the identity; where it mixed features, the widths of the layers would no longer agree. */
static const struct {
    const char *op;
    double (*value)(double z, struct parameters p);
    float alpha, gamma; /* where the node does not say */
} unary[] = {
    {"Identity", identity, 0, 0},
    {"Dropout", identity, 0, 0},
    {"Flatten", identity, 0, 0},
    {"Reshape", identity, 0, 0},
    {"Cast", identity, 0, 0},
    {"Relu", relu, 0, 0},
    {"LeakyRelu", leaky, 0.01f, 0},
    {"Elu", elu, 1.0f, 0},
    {"Selu", selu, 1.67326319f, 1.05070102f},
    {"Sigmoid", sigmoid, 0, 0},
    {"Tanh", plain_tanh, 0, 0},
    {"Softplus", softplus, 0, 0},
    {"Softsign", softsign, 0, 0},
    {"Mish", mish, 0, 0},
    {"Erf", plain_erf, 0, 0},
    {"Exp", plain_exp, 0, 0},
    {"Neg", negative, 0, 0},
    {"Reciprocal", reciprocal, 0, 0},
};

static double add(double a, double b)
{
    return a + b;
}

static double subtract(double a, double b)
{
    return a - b;
}

static double multiply(double a, double b)
{
    return a * b;
}

static double divide(double a, double b)
{
    return a / b;
}

/* Of two values, one of them perhaps a single number. */
static const struct {
    const char *op;
    double (*value)(double a, double b);
} binary[] = {
    {"Add", add}, {"Sub", subtract}, {"Mul", multiply}, {"Div", divide},
    {"Pow", pow}, {"Max", fmax},     {"Min", fmin},
};

static int apply_unary(const struct onnx_node *node, size_t op, const struct onnx_value *input,
                       struct onnx_value *result)
{
    float alpha, gamma;
    int rc = INCLINE_OK;

    TRY(onnx_attribute_float(node, "alpha", unary[op].alpha, &alpha));
    TRY(onnx_attribute_float(node, "gamma", unary[op].gamma, &gamma));
    const struct slice name = result->name;
    *result = *input;
    result->name = name;
    for (unsigned i = 0; i < ONNX_PROBES; i++)
        result->at[i] =
            unary[op].value(input->at[i], (struct parameters){(double)alpha, (double)gamma});
out:
    return rc;
}

static bool single(const struct onnx_value *value)
{
    return value->kind == ONNX_TENSOR && value->count == 1 && value->values != NULL;
}

/* Are the two functions of the same sums of the same layer, or one of them a single number? */
static bool may_combine(const struct onnx_value *a, const struct onnx_value *b)
{
    if (a->kind == ONNX_FUNCTION && b->kind == ONNX_FUNCTION)
        return a->layer == b->layer && a->changes == b->changes;
    return (a->kind == ONNX_FUNCTION && single(b)) || (b->kind == ONNX_FUNCTION && single(a));
}

int onnx_elementwise(const struct onnx_node *node, const struct onnx_value *const *inputs,
                     struct onnx_value *result, bool *known)
{
    *known = false;
    for (size_t op = 0; op < sizeof unary / sizeof *unary; op++)
        if (slice_is(node->op, unary[op].op) && node->input_count > 0 && inputs[0] != NULL &&
            inputs[0]->kind == ONNX_FUNCTION) {
            *known = true;
            return apply_unary(node, op, inputs[0], result);
        }
    for (size_t op = 0; op < sizeof binary / sizeof *binary; op++) {
        if (!slice_is(node->op, binary[op].op) || node->input_count != 2 || inputs[0] == NULL ||
            inputs[1] == NULL || !may_combine(inputs[0], inputs[1]))
            continue;
        const struct onnx_value *const a = inputs[0], *const b = inputs[1];
        const struct onnx_value *const function = a->kind == ONNX_FUNCTION ? a : b;
        struct onnx_value made = *function;
        made.name = result->name;
        for (unsigned i = 0; i < ONNX_PROBES; i++)
            made.at[i] =
                binary[op].value(a->kind == ONNX_FUNCTION ? a->at[i] : (double)a->values[0],
                                 b->kind == ONNX_FUNCTION ? b->at[i] : (double)b->values[0]);
        *result = made;
        *known = true;
        return INCLINE_OK;
    }
    return INCLINE_OK;
}

int onnx_transpose(const char *path, const struct onnx_value *input, struct onnx_value *result)
{
    struct onnx_value made = *input;

    made.name = result->name;
    made.shape[0] = input->shape[1];
    made.shape[1] = input->shape[0];
    made.values = malloc(input->count * sizeof *made.values + 1);
    if (made.values == NULL)
        return FAIL(INCLINE_ENOMEM, "%s: a tensor of %zu elements", path, input->count);
    for (size_t i = 0; i < made.shape[0]; i++)
        for (size_t j = 0; j < made.shape[1]; j++)
            made.values[i * made.shape[1] + j] = input->values[j * made.shape[0] + i];
    *result = made;
    return INCLINE_OK;
}

bool onnx_is_own_end(const struct onnx_node *node)
{
    return node->input_count == 2 &&
           ((slice_is(node->op, "Mul") && slice_is(node->inputs[1], OUTPUT_SCALE)) ||
            (slice_is(node->op, "Gemm") && slice_is(node->inputs[1], OUTPUT_SIGNS)));
}
