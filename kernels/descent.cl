/* descent.cl - a step of each optimizer for one vector of parameters: struct update in
 * host/backend/slots.h has the equations. optimizer.cl goes over the whole block with them,
 * gemm_step.cl takes them to each gradient as it is made.
 * Reference: reference_update() in host/backend/reference_optimizer.c. */

/* What is the same for every parameter; the numbers are worked out in double by
 * host/opencl/ops_optimizer.c.
 *   rate          learning rate over 1 - beta1^t, where that is in the equation
 *   keep          1 - learning rate * weight_decay
 *   rest1, rest2  1 - beta1, 1 - beta2
 *   root          1 / sqrt(1 - beta2^t)
 *   ahead         Nesterov: the step goes by g + momentum m
 *   factor        of clip_norm, or 1 */
struct descent {
    float rate, keep, l2, l1, clip_value, beta1, rest1, beta2, rest2, epsilon, root;
    uint ahead;
    float factor;
};

/* A kernel's arguments for it, and the struct from them. */
#define DESCENT_ARGS                                                                               \
    const float rate, const float keep, const float l2, const float l1, const float clip_value,    \
        const float beta1, const float rest1, const float beta2, const float rest2,                \
        const float epsilon, const float root, const uint ahead
#define DESCENT(factor)                                                                            \
    {                                                                                              \
        rate, keep, l2, l1, clip_value, beta1, rest1, beta2, rest2, epsilon, root, ahead, (factor) \
    }

/* Whose step it is: its parameters and its moments, the latter only where the optimizer has them,
 * n <= VEC elements of which the first w are weights. */
struct place {
    __global float *params, *m, *v;
    uint n, w;
};

/* The first n <= VEC floats at p, zeros behind them. */
INLINED floatv take(__global const float *p, const uint n)
{
    return n >= VEC ? vload_v(0, p) : load_part(p, n, n);
}

/* `value` for the lanes below `n`, `other` for the rest. */
static floatv below(const uint n, const float value, const float other)
{
    return select((floatv)(other), (floatv)(value), LANES < (intv)((int)n));
}

/* The gradient as the optimizer sees it: clipped, penalties added. Clipping is written so that a
 * NaN stays a NaN. */
INLINED floatv whole_gradient(const struct descent *s, floatv g, const floatv p, const floatv l2,
                              const floatv l1)
{
    g *= s->factor;
    if (s->clip_value > 0.0f) {
        g = select(g, (floatv)(s->clip_value), g > (floatv)(s->clip_value));
        g = select(g, (floatv)(-s->clip_value), g < (floatv)(-s->clip_value));
    }
    if (s->l2 > 0.0f)
        g = fma(l2, p, g);
    if (s->l1 > 0.0f)
        g = fma(l1, sign(p), g);
    return g;
}

/* ---- d of the equations, and new moments ---- */

#define DIRECTION(kind) \
    INLINED floatv kind##_direction(const struct descent *s, const floatv g, floatv *m, floatv *v)

DIRECTION(descent)
{
    (void)s, (void)m, (void)v;
    return g;
}

DIRECTION(momentum)
{
    (void)v;
    *m = fma((floatv)(s->beta1), *m, g);
    return s->ahead ? fma((floatv)(s->beta1), *m, g) : *m;
}

DIRECTION(adagrad)
{
    (void)m;
    *v = fma(g, g, *v);
    return g / (sqrt(*v) + s->epsilon);
}

DIRECTION(rmsprop)
{
    (void)m;
    *v = fma((floatv)(s->beta2), *v, s->rest2 * g * g);
    return g / (sqrt(*v) + s->epsilon);
}

DIRECTION(adam)
{
    *m = fma((floatv)(s->beta1), *m, s->rest1 * g);
    *v = fma((floatv)(s->beta2), *v, s->rest2 * g * g);
    return *m / fma(sqrt(*v), (floatv)(s->root), (floatv)(s->epsilon));
}

DIRECTION(adamax)
{
    const floatv held = s->beta2 * *v, now = fabs(g) + s->epsilon;
    *m = fma((floatv)(s->beta1), *m, s->rest1 * g);
    *v = select(now, held, held > now);
    return *m / *v;
}

/* ---- the step: params = keep * params - rate * d, where `keep` is for weights ----
 *
 * Whole vectors of one kind, which nearly all are, take a way of their own, without a question at
 * each load and store. */

#define STEP(kind, has_m, has_v)                                                                \
    INLINED floatv kind##_lanes(const struct descent *s, const floatv p, floatv *m, floatv *v,  \
                                const floatv gradient, const floatv keep, const floatv l2,      \
                                const floatv l1)                                                \
    {                                                                                           \
        const floatv d = kind##_direction(s, whole_gradient(s, gradient, p, l2, l1), m, v);     \
        return fma((floatv)(-s->rate), d, p * keep);                                            \
    }                                                                                           \
    INLINED void kind##_step(const struct descent *s, const struct place at,                    \
                             const floatv gradient)                                             \
    {                                                                                           \
        floatv mean = gradient, square = gradient;                                              \
        if (at.n >= VEC && (at.w >= VEC || at.w == 0)) {                                        \
            const float keep = at.w > 0 ? s->keep : 1.0f;                                       \
            const float l2 = at.w > 0 ? s->l2 : 0.0f, l1 = at.w > 0 ? s->l1 : 0.0f;             \
            if (has_m)                                                                          \
                mean = vload_v(0, at.m);                                                        \
            if (has_v)                                                                          \
                square = vload_v(0, at.v);                                                      \
            vstore_v(kind##_lanes(s, vload_v(0, at.params), &mean, &square, gradient,           \
                                  (floatv)(keep), (floatv)(l2), (floatv)(l1)),                  \
                     0, at.params);                                                             \
            if (has_m)                                                                          \
                vstore_v(mean, 0, at.m);                                                        \
            if (has_v)                                                                          \
                vstore_v(square, 0, at.v);                                                      \
            return;                                                                             \
        }                                                                                       \
        if (has_m)                                                                              \
            mean = take(at.m, at.n);                                                            \
        if (has_v)                                                                              \
            square = take(at.v, at.n);                                                          \
        const floatv p = kind##_lanes(s, take(at.params, at.n), &mean, &square, gradient,       \
                                      below(at.w, s->keep, 1.0f), below(at.w, s->l2, 0.0f),     \
                                      below(at.w, s->l1, 0.0f));                                \
        store_lanes(p, at.params, at.n);                                                        \
        if (has_m)                                                                              \
            store_lanes(mean, at.m, at.n);                                                      \
        if (has_v)                                                                              \
            store_lanes(square, at.v, at.n);                                                    \
    }

/* X(kind, has it a first moment, a second) */
#define DESCENT_KINDS(X) \
    X(descent, 0, 0)     \
    X(momentum, 1, 0)    \
    X(adagrad, 0, 1)     \
    X(rmsprop, 0, 1)     \
    X(adam, 1, 1)        \
    X(adamax, 1, 1)

DESCENT_KINDS(STEP)
