/* activation.cl - activations that the products of a layer do not apply themselves.
 *
 * Launch:  global {ceil(count / VEC) up to a multiple of WG}, local {WG}; a work-item owns VEC
 *          elements.
 * Inputs:  z [count]; `which` is an enum incline_activation of include/incline.h, whose formulas
 *          stand there.
 * Exponentials are of numbers that are not positive, but where an overflow gives the right limit,
 * and no small number is the difference of two large ones. A NaN stays a NaN: fmax() and fmin() are
 * kept away from it.
 * Reference: reference_activate(), reference_activate_gradient(), activation_value(),
 * activation_derivative(). */

/* Values of enum incline_activation; RELU and LINEAR stand in common.cl. */
#define LEAKY_RELU 2
#define ELU 3
#define SELU 4
#define GELU 5
#define GELU_TANH 6
#define SILU 7
#define MISH 8
#define SOFTPLUS 9
#define TANH 10
#define SCALED_TANH 11
#define SIGMOID 12

#define ALL(number) ((floatv)(number))

/* 1 / (1 + exp(-z)); where exp() overflows it is 0. */
static floatv logistic(const floatv z)
{
    return ALL(1.0f) / (ALL(1.0f) + exp(-z));
}

static floatv logistic_slope(const floatv z)
{
    const floatv e = exp(-fabs(z)), whole = ALL(1.0f) + e;
    return e / (whole * whole);
}

static floatv hyperbolic_tangent(const floatv z)
{
    const floatv m = expm1(ALL(-2.0f) * fabs(z));
    return copysign(m / (ALL(2.0f) + m), z);
}

/* erfc(-z sqrt(1/2)), twice the normal distribution function. */
static floatv twice_normal(const floatv z)
{
    return erfc(ALL(-0.707106781f) * z);
}

static floatv normal_density(const floatv z)
{
    return ALL(0.398942280f) * exp(ALL(-0.5f) * z * z);
}

/* 2 sqrt(2 / pi) (z + 0.044715 z^3), and its derivative. */
static floatv gelu_argument(const floatv z)
{
    return z * (ALL(1.59576912f) + ALL(0.0713548163f) * (z * z));
}

static floatv gelu_argument_slope(const floatv z)
{
    return ALL(1.59576912f) + ALL(0.214064449f) * (z * z);
}

/* tanh(softplus(z)), as a quotient of polynomials in e = exp(-|z|). */
static floatv mish_factor(const floatv z)
{
    const floatv e = exp(-fabs(z));
    const floatv below = e * (e + ALL(2.0f)), above = ALL(1.0f) + ALL(2.0f) * e;
    return select(below / (below + ALL(2.0f)), above / (above + ALL(2.0f) * (e * e)),
                  z > ALL(0.0f));
}

/* The derivative of mish_factor(). */
static floatv mish_factor_slope(const floatv z)
{
    const floatv e = exp(-fabs(z)), whole = ALL(1.0f) + e, square = whole * whole;
    const floatv below = square + ALL(1.0f), above = square + e * e;
    const floatv part = ALL(4.0f) * (e * whole);
    return select(part / (below * below), part * e / (above * above), z > ALL(0.0f));
}

static floatv value_of(const uint which, const floatv z)
{
    switch (which) {
    case LEAKY_RELU:
        return select(ALL(0.01f) * z, z, z > ALL(0.0f));
    case ELU:
        return select(expm1(z), z, z > ALL(0.0f));
    case SELU:
        return select(ALL(1.75809934f) * expm1(z), ALL(1.05070099f) * z, z > ALL(0.0f));
    case GELU:
        return ALL(0.5f) * z * twice_normal(z);
    case GELU_TANH:
        return z / (ALL(1.0f) + exp(-gelu_argument(z)));
    case SILU:
        return z / (ALL(1.0f) + exp(-z));
    case MISH:
        return z * mish_factor(z);
    case SOFTPLUS:
        return select(z, ALL(0.0f), z < ALL(0.0f)) + log1p(exp(-fabs(z)));
    case TANH:
        return hyperbolic_tangent(z);
    case SCALED_TANH:
        return ALL(1.7159f) * hyperbolic_tangent(ALL(0.666666667f) * z);
    case SIGMOID:
        return logistic(z);
    default:
        return activate_v(which, z);
    }
}

static floatv slope_of(const uint which, const floatv z)
{
    /* Beyond 20 the slope of the logistic function is 0, but its factor may overflow. */
    const floatv near = clamp(z, ALL(-20.0f), ALL(20.0f));

    switch (which) {
    case LEAKY_RELU:
        return select(ALL(0.01f), ALL(1.0f), z > ALL(0.0f));
    case ELU:
        return select(exp(z), ALL(1.0f), z > ALL(0.0f));
    case SELU:
        return select(ALL(1.75809934f) * exp(z), ALL(1.05070099f), z > ALL(0.0f));
    case GELU:
        return ALL(0.5f) * twice_normal(z) + z * normal_density(z);
    case GELU_TANH:
        return logistic(gelu_argument(z)) +
               near * gelu_argument_slope(near) * logistic_slope(gelu_argument(near));
    case SILU:
        return logistic(z) + z * logistic_slope(z);
    case MISH:
        return mish_factor(z) + z * mish_factor_slope(z);
    case SOFTPLUS:
        return logistic(z);
    case TANH:
        return ALL(4.0f) * logistic_slope(ALL(2.0f) * z);
    case SCALED_TANH:
        return ALL(4.57573333f) * logistic_slope(ALL(1.33333333f) * z);
    case SIGMOID:
        return logistic_slope(z);
    default:
        return slope_v(which, z);
    }
}

/* a[count] = act(z). */
__kernel __attribute__((reqd_work_group_size(WG, 1, 1)))
void apply_activation(__global const float *restrict z, const ulong z_off,
                      __global float *restrict a, const ulong a_off, const uint which,
                      const uint count)
{
    const uint first = (uint)get_global_id(0) * VEC;

    if (first >= count)
        return;
    const uint left = count - first;
    store_lanes(value_of(which, load_part(z + z_off + first, left, left)), a + a_off + first, left);
}

/* d[count] *= act'(z). */
__kernel __attribute__((reqd_work_group_size(WG, 1, 1)))
void apply_slope(__global const float *restrict z, const ulong z_off, __global float *restrict d,
                 const ulong d_off, const uint which, const uint count)
{
    const uint first = (uint)get_global_id(0) * VEC;

    if (first >= count)
        return;
    const uint left = count - first;
    __global float *to = d + d_off + first;
    store_lanes(load_part(to, left, left) * slope_of(which, load_part(z + z_off + first, left, left)),
               to, left);
}
