/* activation.c - activation functions in double. Each is written so that neither side of 0 loses
 * digits: exponentials are of numbers that are not positive, and nothing small is the difference of
 * two large numbers. */
#include "host/backend/activation.h"

#include <assert.h>
#include <math.h>

#define HALF_ROOT 0.70710678118654752440084436210485      /* sqrt(1 / 2) */
#define NORMAL_DENSITY 0.39894228040143267793994605993438 /* 1 / sqrt(2 pi) */

double activation_logistic(double z)
{
    const double e = exp(-fabs(z));
    return z > 0.0 ? 1.0 / (1.0 + e) : e / (1.0 + e);
}

double activation_logistic_slope(double z)
{
    const double e = exp(-fabs(z));
    return e / ((1.0 + e) * (1.0 + e));
}

static double softplus(double z)
{
    return (z > 0.0 ? z : 0.0) + log1p(exp(-fabs(z)));
}

/* 1 - tanh(z)^2. */
static double tanh_slope(double z)
{
    return 4.0 * activation_logistic_slope(2.0 * z);
}

static double mish_slope(double z)
{
    const double s = softplus(z);
    return tanh(s) + z * tanh_slope(s) * activation_logistic(z);
}

static double normal_below(double z)
{
    return 0.5 * erfc(-z * HALF_ROOT);
}

static double gelu_tanh_argument(double z)
{
    return 2.0 * GELU_FACTOR * (z + GELU_CUBE * z * z * z);
}

/* Beyond 20 the derivative of the logistic function is 0 in double, and its factor may overflow. */
static double gelu_tanh_slope(double z)
{
    const double near = z > 20.0 ? 20.0 : z < -20.0 ? -20.0 : z;
    const double inner = 2.0 * GELU_FACTOR * (1.0 + 3.0 * GELU_CUBE * near * near);
    return activation_logistic(gelu_tanh_argument(z)) +
           near * inner * activation_logistic_slope(gelu_tanh_argument(near));
}

double activation_value(enum incline_activation activation, double z)
{
    switch (activation) {
    case INCLINE_RELU:
        return z < 0.0 ? 0.0 : z;
    case INCLINE_LINEAR:
        return z;
    case INCLINE_LEAKY_RELU:
        return z > 0.0 ? z : LEAKY_SLOPE * z;
    case INCLINE_ELU:
        return z > 0.0 ? z : expm1(z);
    case INCLINE_SELU:
        return SELU_SCALE * (z > 0.0 ? z : SELU_ALPHA * expm1(z));
    case INCLINE_GELU:
        return z * normal_below(z);
    case INCLINE_GELU_TANH:
        return z * activation_logistic(gelu_tanh_argument(z));
    case INCLINE_SILU:
        return z * activation_logistic(z);
    case INCLINE_MISH:
        return z * tanh(softplus(z));
    case INCLINE_SOFTPLUS:
        return softplus(z);
    case INCLINE_TANH:
        return tanh(z);
    case INCLINE_SCALED_TANH:
        return TANH_HEIGHT * tanh(TANH_STRETCH * z);
    case INCLINE_SIGMOID:
        return activation_logistic(z);
    case INCLINE_ACTIVATION_COUNT:
        break;
    }
    assert(false);
    return z;
}

double activation_derivative(enum incline_activation activation, double z)
{
    switch (activation) {
    case INCLINE_RELU:
        return z > 0.0 ? 1.0 : 0.0;
    case INCLINE_LINEAR:
        return 1.0;
    case INCLINE_LEAKY_RELU:
        return z > 0.0 ? 1.0 : LEAKY_SLOPE;
    case INCLINE_ELU:
        return z > 0.0 ? 1.0 : exp(z);
    case INCLINE_SELU:
        return SELU_SCALE * (z > 0.0 ? 1.0 : SELU_ALPHA * exp(z));
    case INCLINE_GELU:
        return normal_below(z) + z * NORMAL_DENSITY * exp(-0.5 * z * z);
    case INCLINE_GELU_TANH:
        return gelu_tanh_slope(z);
    case INCLINE_SILU:
        return activation_logistic(z) + z * activation_logistic_slope(z);
    case INCLINE_MISH:
        return mish_slope(z);
    case INCLINE_SOFTPLUS:
        return activation_logistic(z);
    case INCLINE_TANH:
        return tanh_slope(z);
    case INCLINE_SCALED_TANH:
        return TANH_HEIGHT * TANH_STRETCH * tanh_slope(TANH_STRETCH * z);
    case INCLINE_SIGMOID:
        return activation_logistic_slope(z);
    case INCLINE_ACTIVATION_COUNT:
        break;
    }
    assert(false);
    return 1.0;
}
