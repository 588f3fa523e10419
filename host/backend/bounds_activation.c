/* bounds_activation.c - error bounds of activations; bounds.h says from what.
 *
 * Roundings of u = 2^-24 are counted along the formulas in kernels/activation.cl. Functions at the
 * accuracy of OpenCL C 1.2 section 7.4: exp and expm1 3 ulp (6 roundings), log1p 2 ulp (4), erfc
 * 16 ulp (32), division 2.5 ulp (5). An error of r roundings in the argument x of exp is one of
 * r |x| roundings in its value. Constants are rounded once. */
#include <float.h>
#include <math.h>

#include "host/backend/activation.h"
#include "host/backend/bounds.h"

static const double unit = 0x1p-24;

/* |value| with so many roundings; a value of 0 has none, however many its argument had. */
static double rounded(double value, double roundings)
{
    return value == 0.0 ? 0.0 : fabs(value) * bounds_gamma(roundings);
}

/* Roundings of 1 + exp(-x), where exp(-x) has `of_exp`: only the share of exp(-x) counts. */
static double of_one_plus_exp(double x, double of_exp)
{
    return of_exp * activation_logistic(-x) + 1.0;
}

/* The argument 2 y of GELU_TANH: two constants, three products and a sum, all of one sign. */
enum { GELU_TANH_ROUNDINGS = 6 };

static double gelu_tanh_argument(double z)
{
    return 2.0 * GELU_FACTOR * (z + GELU_CUBE * z * z * z);
}

/* Roundings of erfc(-z sqrt(1/2)): 32, and two in the argument, amplified. */
static double of_erfc(double z)
{
    const double x = -z * sqrt(0.5), value = erfc(x);
    const double slope = 2.0 / sqrt(acos(-1.0)) * exp(-x * x);
    return 32.0 + 2.0 * (value > 0.0 ? fabs(x) * slope / value : 2.0 * x * x + 1.0);
}

static double value_bound(enum incline_activation activation, double z)
{
    const double value = activation_value(activation, z), argument = gelu_tanh_argument(z);

    switch (activation) {
    case INCLINE_RELU:
    case INCLINE_LINEAR:
        return 0.0;
    case INCLINE_LEAKY_RELU:
        return z > 0.0 ? 0.0 : rounded(value, 2.0);
    case INCLINE_ELU:
        return z > 0.0 ? 0.0 : rounded(value, 6.0);
    case INCLINE_SELU:
        return rounded(value, z > 0.0 ? 2.0 : 8.0);
    case INCLINE_GELU:
        return rounded(value, of_erfc(z) + 2.0);
    case INCLINE_GELU_TANH:
        return rounded(value,
                       of_one_plus_exp(argument, 6.0 + GELU_TANH_ROUNDINGS * fabs(argument)) + 5.0);
    case INCLINE_SILU:
    case INCLINE_SIGMOID:
        return rounded(value, of_one_plus_exp(z, 6.0) + 5.0);
    case INCLINE_MISH: /* a quotient of two polynomials in exp(-|z|) with positive terms */
        return rounded(value, 14.0 + 15.0 + 5.0 + 1.0);
    case INCLINE_SOFTPLUS:
        return rounded(value, 6.0 + 4.0 + 1.0);
    case INCLINE_TANH: /* m / (2 + m), m = expm1(-2 |z|) in (-1, 0] */
        return rounded(value, 6.0 + 7.0 + 5.0);
    case INCLINE_SCALED_TANH: /* an argument times 1 + r moves tanh by no more than r */
        return rounded(value, 2.0 + 18.0 + 2.0);
    case INCLINE_ACTIVATION_COUNT:
        break;
    }
    return HUGE_VAL;
}

/* The derivative of the logistic function: e / ((1 + e) (1 + e)), e = exp(-|x|). */
enum { LOGISTIC_SLOPE_ROUNDINGS = 6 + 7 + 7 + 1 + 5 };

static double slope_bound(enum incline_activation activation, double z)
{
    const double slope = activation_derivative(activation, z), argument = gelu_tanh_argument(z);
    double whole, part;

    switch (activation) {
    case INCLINE_RELU:
    case INCLINE_LINEAR:
        return 0.0;
    case INCLINE_LEAKY_RELU:
        return z > 0.0 ? 0.0 : rounded(slope, 1.0);
    case INCLINE_ELU:
        return z > 0.0 ? 0.0 : rounded(slope, 6.0);
    case INCLINE_SELU:
        return rounded(slope, z > 0.0 ? 1.0 : 8.0);
    case INCLINE_GELU: /* the density's argument z^2 / 2 is rounded once, its constant, 2 products
                        */
        whole = 0.5 * erfc(-z * sqrt(0.5));
        return rounded(whole, of_erfc(z)) + rounded(slope - whole, 6.0 + 0.5 * z * z + 1.0 + 2.0) +
               unit * fabs(slope);
    case INCLINE_GELU_TANH:
        whole = activation_logistic(argument);
        part =
            rounded(slope - whole, LOGISTIC_SLOPE_ROUNDINGS +
                                       GELU_TANH_ROUNDINGS * fmin(fabs(argument), 1e3) + 5.0 + 2.0);
        return part + unit * fabs(slope) +
               rounded(whole,
                       of_one_plus_exp(argument, 6.0 + GELU_TANH_ROUNDINGS * fabs(argument)) + 5.0);
    case INCLINE_SILU:
        whole = activation_logistic(z);
        return rounded(whole, of_one_plus_exp(z, 6.0) + 5.0) +
               rounded(slope - whole, LOGISTIC_SLOPE_ROUNDINGS + 1.0) + unit * fabs(slope);
    case INCLINE_MISH:
        whole = z == 0.0 ? slope : activation_value(INCLINE_MISH, z) / z;
        return rounded(whole, 34.0) + rounded(slope - whole, 21.0 + 33.0 + 5.0 + 2.0) +
               unit * fabs(slope);
    case INCLINE_SOFTPLUS:
        return rounded(slope, of_one_plus_exp(z, 6.0) + 5.0);
    case INCLINE_TANH:
    case INCLINE_SIGMOID:
        return rounded(slope, LOGISTIC_SLOPE_ROUNDINGS);
    case INCLINE_SCALED_TANH: /* the argument 2 TANH_STRETCH |z| is rounded twice, a factor once */
        return rounded(slope,
                       LOGISTIC_SLOPE_ROUNDINGS + 2.0 * (2.0 * TANH_STRETCH * fabs(z)) + 2.0);
    case INCLINE_ACTIVATION_COUNT:
        break;
    }
    return HUGE_VAL;
}

/* What an intermediate result costs that is flushed to zero, or a quotient by an infinity: less
 * than the smallest normal number, times the factors that follow. */
static double flushed(double z)
{
    return (double)FLT_MIN * (2.0 + fabs(z)) * (z * z < 400.0 ? 1.0 + z * z : 1.0);
}

void bounds_activate(enum incline_activation activation, const float *z, size_t count,
                     double *bound)
{
    for (size_t i = 0; i < count; i++) {
        const double at = (double)z[i];
        bound[i] = value_bound(activation, at) + unit * fabs(activation_value(activation, at)) +
                   flushed(at);
    }
}

void bounds_activate_gradient(enum incline_activation activation, const float *z, const float *d,
                              size_t count, double *bound)
{
    for (size_t i = 0; i < count; i++) {
        const double at = (double)z[i], by = fabs((double)d[i]);
        bound[i] = by * (slope_bound(activation, at) * (1.0 + unit) +
                         2.0 * unit * fabs(activation_derivative(activation, at)) + flushed(at)) +
                   2.0 * (double)FLT_MIN;
    }
}
