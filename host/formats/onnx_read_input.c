/* onnx_read_input.c - what a graph does to its input before the first layer: a scaling, of all
 * inputs or of each its own. */
#include <math.h>
#include <stdlib.h>

#include "host/formats/onnx_read.h"
#include "host/util/status.h"

/* Fold what is done to all inputs into that of each, which begins as 1 and 0. */
static int fold(double scale, double shift, size_t count, struct onnx_scaling *scaling)
{
    if (scaling->each == NULL) {
        scaling->each = malloc(2 * count * sizeof *scaling->each);
        if (scaling->each == NULL)
            return FAIL(INCLINE_ENOMEM, "no memory for the scaling of %zu inputs", count);
        scaling->count = count;
        for (size_t i = 0; i < count; i++) {
            scaling->each[i] = 1.0f;
            scaling->each[count + i] = 0.0f;
        }
    }
    for (size_t i = 0; i < count; i++) {
        scaling->each[i] = (float)(scale * (double)scaling->each[i]);
        scaling->each[count + i] = (float)(scale * (double)scaling->each[count + i] + shift);
    }
    return INCLINE_OK;
}

/* Is `node` this operation, with the input on its left where order counts? */
static bool is(const struct onnx_node *node, const char *op, unsigned constant, bool ordered)
{
    return slice_is(node->op, op) && (!ordered || constant == 1);
}

int onnx_scale_each(const struct onnx_node *node, const struct onnx_value *const *inputs,
                    struct onnx_scaling *scaling, struct onnx_value *result, bool *known)
{
    double scale, shift;

    *known = false;
    if (node->input_count != 2 || inputs[0] == NULL || inputs[1] == NULL)
        return INCLINE_OK;
    const unsigned constant = inputs[0]->kind == ONNX_TENSOR ? 0 : 1;
    const struct onnx_value *const tensor = inputs[constant], *const value = inputs[1 - constant];
    const bool times = is(node, "Mul", constant, false), over = is(node, "Div", constant, true);
    const bool plus = is(node, "Add", constant, false), minus = is(node, "Sub", constant, true);
    if (!(times || over || plus || minus) || tensor->kind != ONNX_TENSOR ||
        tensor->values == NULL || tensor->count < 2 || value->kind != ONNX_FUNCTION ||
        value->layer != 0 || value->changes != scaling->changes ||
        (scaling->each != NULL && scaling->count != tensor->count) ||
        !onnx_affine(value, &scale, &shift))
        return INCLINE_OK;
    const int rc = fold(scale, shift, tensor->count, scaling);
    if (rc != INCLINE_OK)
        return rc;
    for (size_t i = 0; i < tensor->count; i++) {
        float *const s = &scaling->each[i], *const t = &scaling->each[tensor->count + i];
        const float c = tensor->values[i];
        *s = times ? *s * c : over ? *s / c : *s;
        *t = times ? *t * c : over ? *t / c : plus ? *t + c : *t - c;
    }
    result->kind = ONNX_FUNCTION;
    result->layer = 0;
    result->changes = ++scaling->changes;
    for (unsigned i = 0; i < ONNX_PROBES; i++)
        result->at[i] = onnx_probe(i);
    *known = true;
    return INCLINE_OK;
}

bool onnx_scaling_end(const struct onnx_value *value, struct onnx_scaling *scaling)
{
    if (value->changes != scaling->changes ||
        !onnx_affine(value, &scaling->scale, &scaling->shift) || scaling->scale == 0.0)
        return false;
    for (size_t i = 0; i < scaling->count; i++) {
        float *const s = &scaling->each[i], *const t = &scaling->each[scaling->count + i];
        *s = (float)(scaling->scale * (double)*s);
        *t = (float)(scaling->scale * (double)*t + scaling->shift);
        if (!isfinite(*s) || !isfinite(*t))
            return false;
    }
    return true;
}
