/* safetensors_floats.c - numbers of other types as floats: F16, BF16 and F64 beside F32. */
#include <string.h>

#include "host/formats/safetensors.h"
#include "host/util/half.h"

/* The upper half of a float. */
static float from_bfloat(uint16_t bits)
{
    const uint32_t wide = (uint32_t)bits << 16;
    float value;
    memcpy(&value, &wide, sizeof value);
    return value;
}

bool safetensors_floats(const struct safetensors_tensor *tensor, float *values)
{
    const uint16_t *const halves = tensor->data;
    const double *const doubles = tensor->data;

    if (strcmp(tensor->dtype, "F32") == 0)
        memcpy(values, tensor->data, tensor->bytes);
    else if (strcmp(tensor->dtype, "F16") == 0)
        for (size_t i = 0; i < tensor->bytes / sizeof *halves; i++)
            values[i] = (float)half_value(halves[i]);
    else if (strcmp(tensor->dtype, "BF16") == 0)
        for (size_t i = 0; i < tensor->bytes / sizeof *halves; i++)
            values[i] = from_bfloat(halves[i]);
    else if (strcmp(tensor->dtype, "F64") == 0)
        for (size_t i = 0; i < tensor->bytes / sizeof *doubles; i++)
            values[i] = (float)doubles[i];
    else
        return false;
    return true;
}

bool safetensors_are_floats(const struct safetensors_tensor *tensor)
{
    return strcmp(tensor->dtype, "F32") == 0 || strcmp(tensor->dtype, "F16") == 0 ||
           strcmp(tensor->dtype, "BF16") == 0 || strcmp(tensor->dtype, "F64") == 0;
}
