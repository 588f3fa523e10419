/* activations.c - each activation as a value and as C; see activations.h. */
#include "host/formats/activations.h"

#include <math.h>
#include <stddef.h>

#define SELU_SCALE 1.0507009873554805
#define SELU_ALPHA 1.6732632423543772
#define ROOT_HALF 0.7071067811865476
#define ROOT_8_BY_PI 1.5957691216057308 /* 2 sqrt(2 / pi) */

static double logistic(double z)
{
    return 1.0 / (1.0 + exp(-z));
}

static double softplus(double z)
{
    return fmax(z, 0.0) + log1p(exp(-fabs(z)));
}

double activation_value(enum incline_activation activation, double z)
{
    switch (activation) {
    case INCLINE_RELU:
        return z > 0.0 ? z : 0.0;
    case INCLINE_LINEAR:
        return z;
    case INCLINE_LEAKY_RELU:
        return z > 0.0 ? z : 0.01 * z;
    case INCLINE_ELU:
        return z > 0.0 ? z : expm1(z);
    case INCLINE_SELU:
        return SELU_SCALE * (z > 0.0 ? z : SELU_ALPHA * expm1(z));
    case INCLINE_GELU:
        return 0.5 * z * erfc(-z * ROOT_HALF);
    case INCLINE_GELU_TANH:
        return z * logistic(ROOT_8_BY_PI * (z + 0.044715 * z * z * z));
    case INCLINE_SILU:
        return z * logistic(z);
    case INCLINE_MISH:
        return z * tanh(softplus(z));
    case INCLINE_SOFTPLUS:
        return softplus(z);
    case INCLINE_TANH:
        return tanh(z);
    case INCLINE_SCALED_TANH:
        return 1.7159 * tanh(2.0 * z / 3.0);
    case INCLINE_SIGMOID:
        return logistic(z);
    case INCLINE_ACTIVATION_COUNT:
        break;
    }
    return (double)NAN;
}

const char *activation_in_c(enum incline_activation activation)
{
    switch (activation) {
    case INCLINE_RELU:
        return "v > 0.0f ? v : 0.0f";
    case INCLINE_LEAKY_RELU:
        return "v > 0.0f ? v : 0.01f * v";
    case INCLINE_ELU:
        return "v > 0.0f ? v : expm1f(v)";
    case INCLINE_SELU:
        return "1.05070099f * (v > 0.0f ? v : 1.67326324f * expm1f(v))";
    case INCLINE_GELU:
        return "0.5f * v * erfcf(-0.707106781f * v)";
    case INCLINE_GELU_TANH:
        return "v / (1.0f + expf(-1.59576912f * (v + 0.044715f * v * v * v)))";
    case INCLINE_SILU:
        return "v / (1.0f + expf(-v))";
    case INCLINE_MISH:
        return "v * tanhf((v > 0.0f ? v : 0.0f) + log1pf(expf(-fabsf(v))))";
    case INCLINE_SOFTPLUS:
        return "(v > 0.0f ? v : 0.0f) + log1pf(expf(-fabsf(v)))";
    case INCLINE_TANH:
        return "tanhf(v)";
    case INCLINE_SCALED_TANH:
        return "1.7159f * tanhf(0.666666667f * v)";
    case INCLINE_SIGMOID:
        return "1.0f / (1.0f + expf(-v))";
    case INCLINE_LINEAR:
    case INCLINE_ACTIVATION_COUNT:
        break;
    }
    return NULL;
}
