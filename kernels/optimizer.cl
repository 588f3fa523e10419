/* optimizer.cl - steps of the optimizers over the flat block of parameters, and what belongs to
 * them: norms, LAMB's ratio, limits to a neuron's weights, the moving average.
 * struct update in host/backend/backend.h has the equations.
 *
 * Launch of all but norm_parts, norm_join and limit_row: global {ceil(count / VEC) up to a multiple
 * of WG}, local {WG}; a work-item owns VEC elements.
 * Reference: host/backend/reference_optimizer.c. */

/* The first n <= VEC floats at p, zeros behind them. */
INLINED floatv take(__global const float *p, const uint n)
{
    return n >= VEC ? vload_v(0, p) : load_part(p, n, n);
}

/* ---- steps ---- */

/* Everything that a step may need; the numbers are worked out in double by
 * host/opencl/ops_optimizer.c.
 *   grads, params, m, v  [count] gradients, parameters, moments; m and v only where they are named
 *   norm                 [1] of grads, read if clip_norm > 0
 *   weights              the first so many of params are weights
 *   rate                 learning rate over 1 - beta1^t, where that is in the equation
 *   keep                 1 - learning rate * weight_decay
 *   decay                weight_decay itself, for LAMB
 *   rest1, rest2         1 - beta1, 1 - beta2
 *   root                 1 / sqrt(1 - beta2^t)
 *   ahead                Nesterov: the step goes by g + momentum m */
#define STEP_ARGS                                                                                \
    __global float *restrict grads, const ulong grads_off, __global float *restrict params,      \
        const ulong params_off, __global float *restrict m, const ulong m_off,                   \
        __global float *restrict v, const ulong v_off, __global const float *restrict norm,      \
        const ulong norm_off, const float rate, const float keep, const float decay,             \
        const float l2, const float l1, const float clip_value, const float clip_norm,           \
        const float beta1, const float rest1, const float beta2, const float rest2,              \
        const float epsilon, const float root, const uint ahead, const uint weights,             \
        const uint count

/* `value` for the lanes below `n`, `other` for the rest. */
static floatv below(const uint n, const float value, const float other)
{
    if (n >= VEC)
        return (floatv)(value);
    return select((floatv)(other), (floatv)(value), LANES < (intv)((int)n));
}

/* The gradient as the optimizer sees it: clipped, penalties added to that of the first w of its
 * lanes. Clipping is written so that a NaN stays a NaN. */
INLINED floatv whole_gradient(floatv g, const floatv p, const uint w, const float l2,
                              const float l1, const float clip_value, const float clip_norm,
                              __global const float *norm)
{
    if (clip_norm > 0.0f) {
        const float factor = clip_norm / (norm[0] + 1e-6f);
        g *= factor > 1.0f ? 1.0f : factor;
    }
    if (clip_value > 0.0f) {
        g = select(g, (floatv)(clip_value), g > (floatv)(clip_value));
        g = select(g, (floatv)(-clip_value), g < (floatv)(-clip_value));
    }
    if (l2 > 0.0f)
        g = fma(below(w, l2, 0.0f), p, g);
    if (l1 > 0.0f)
        g = fma(below(w, l1, 0.0f), sign(p), g);
    return g;
}

/* No optimizer looks at all of its arguments. */
#define STEP_MAY_IGNORE                                                                    \
    (void)m, (void)m_off, (void)v, (void)v_off, (void)keep, (void)decay, (void)beta1,      \
        (void)rest1, (void)beta2, (void)rest2, (void)epsilon, (void)root, (void)ahead

/* A work-item's place, its n elements of which w are weights, its parameters and its gradient. */
#define STEP_BEGIN                                                                            \
    STEP_MAY_IGNORE;                                                                          \
    const uint first = (uint)get_global_id(0) * VEC;                                          \
    if (first >= count)                                                                       \
        return;                                                                               \
    const uint n = min(count - first, (uint)VEC);                                             \
    const uint w = first < weights ? min(weights - first, (uint)VEC) : 0u;                    \
    __global float *const grad_at = grads + grads_off + first;                                \
    __global float *const param_at = params + params_off + first;                             \
    const floatv p = take(param_at, n);                                                       \
    const floatv g = whole_gradient(take(grad_at, n), p, w, l2, l1, clip_value, clip_norm,    \
                                    norm + norm_off);

/* params = keep * params - rate * d, where `keep` is for weights. */
#define STEP_END(d) store_lanes(fma((floatv)(-rate), d, p * below(w, keep, 1.0f)), param_at, n)

__kernel __attribute__((reqd_work_group_size(WG, 1, 1))) void descent_update(STEP_ARGS)
{
    STEP_BEGIN
    STEP_END(g);
}

__kernel __attribute__((reqd_work_group_size(WG, 1, 1))) void momentum_update(STEP_ARGS)
{
    STEP_BEGIN
    __global float *const m_at = m + m_off + first;
    const floatv mean = fma((floatv)(beta1), take(m_at, n), g);
    store_lanes(mean, m_at, n);
    STEP_END(ahead ? fma((floatv)(beta1), mean, g) : mean);
}

__kernel __attribute__((reqd_work_group_size(WG, 1, 1))) void adagrad_update(STEP_ARGS)
{
    STEP_BEGIN
    __global float *const v_at = v + v_off + first;
    const floatv square = fma(g, g, take(v_at, n));
    store_lanes(square, v_at, n);
    STEP_END(g / (sqrt(square) + epsilon));
}

__kernel __attribute__((reqd_work_group_size(WG, 1, 1))) void rmsprop_update(STEP_ARGS)
{
    STEP_BEGIN
    __global float *const v_at = v + v_off + first;
    const floatv square = fma((floatv)(beta2), take(v_at, n), rest2 * g * g);
    store_lanes(square, v_at, n);
    STEP_END(g / (sqrt(square) + epsilon));
}

/* Adam's moments, and `direction` from them. */
#define ADAM_MOMENTS                                                                \
    __global float *const m_at = m + m_off + first;                                 \
    __global float *const v_at = v + v_off + first;                                 \
    const floatv mean = fma((floatv)(beta1), take(m_at, n), rest1 * g);             \
    const floatv square = fma((floatv)(beta2), take(v_at, n), rest2 * g * g);       \
    store_lanes(mean, m_at, n);                                                     \
    store_lanes(square, v_at, n);                                                   \
    const floatv direction = mean / fma(sqrt(square), (floatv)(root), (floatv)(epsilon));

__kernel __attribute__((reqd_work_group_size(WG, 1, 1))) void adam_update(STEP_ARGS)
{
    STEP_BEGIN
    ADAM_MOMENTS
    STEP_END(direction);
}

__kernel __attribute__((reqd_work_group_size(WG, 1, 1))) void adamax_update(STEP_ARGS)
{
    STEP_BEGIN
    __global float *const m_at = m + m_off + first;
    __global float *const v_at = v + v_off + first;
    const floatv mean = fma((floatv)(beta1), take(m_at, n), rest1 * g);
    const floatv held = beta2 * take(v_at, n), now = fabs(g) + epsilon;
    const floatv largest = select(now, held, held > now);
    store_lanes(mean, m_at, n);
    store_lanes(largest, v_at, n);
    STEP_END(mean / largest);
}

/* grads = direction * rate + decay * params: here `rate` is 1 / (1 - beta1^t) alone. */
__kernel __attribute__((reqd_work_group_size(WG, 1, 1))) void lamb_direction(STEP_ARGS)
{
    STEP_BEGIN
    ADAM_MOMENTS
    store_lanes(fma((floatv)(rate), direction, p * below(w, decay, 0.0f)), grad_at, n);
}

/* params -= rate * norms[0] / norms[1] * direction, the ratio 1 if either norm is 0. */
__kernel __attribute__((reqd_work_group_size(WG, 1, 1)))
void trust_step(__global const float *restrict direction, const ulong direction_off,
                __global const float *restrict norms, const ulong norms_off,
                __global float *restrict params, const ulong params_off, const float rate,
                const uint count)
{
    const uint first = (uint)get_global_id(0) * VEC;
    if (first >= count)
        return;
    const uint n = min(count - first, (uint)VEC);
    const float of_params = norms[norms_off], of_direction = norms[norms_off + 1];
    const float ratio =
        of_params == 0.0f || of_direction == 0.0f ? 1.0f : of_params / of_direction;
    __global float *const at = params + params_off + first;

    store_lanes(
        fma((floatv)(-rate * ratio), take(direction + direction_off + first, n), take(at, n)), at,
        n);
}

/* average += rest * (params - average). */
__kernel __attribute__((reqd_work_group_size(WG, 1, 1)))
void average_step(__global const float *restrict params, const ulong params_off,
                  __global float *restrict average, const ulong average_off, const float rest,
                  const uint count)
{
    const uint first = (uint)get_global_id(0) * VEC;
    if (first >= count)
        return;
    const uint n = min(count - first, (uint)VEC);
    __global float *const at = average + average_off + first;
    const floatv held = take(at, n);

    store_lanes(fma((floatv)(rest), take(params + params_off + first, n) - held, held), at, n);
}

/* ---- norms ---- */

/* Sum over a work-group of ROW_WG; every work-item of it must call, and gets the sum. */
static float row_sum(const float value, __local float *tree)
{
#if ROW_WG > 1
    const uint lid = (uint)get_local_id(0);

    tree[lid] = value;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint step = ROW_WG / 2; step > 0; step /= 2) {
        if (lid < step)
            tree[lid] += tree[lid + step];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    return tree[0];
#else
    return value;
#endif
}

/* A work-item's share of the squares of x[count]: every ROW_WG-th vector. Two sums, so that one
 * addition need not wait for the other. */
INLINED float squares(__global const float *x, const uint count)
{
    const uint stride = ROW_WG * VEC;
    floatv even = (floatv)(0.0f), odd = (floatv)(0.0f);
    uint at = (uint)get_local_id(0) * VEC;

    for (; at + stride + VEC <= count; at += 2 * stride) {
        const floatv one = vload_v(0, x + at), two = vload_v(0, x + at + stride);
        even = fma(one, one, even);
        odd = fma(two, two, odd);
    }
    for (; at < count; at += stride) {
        const floatv one = take(x + at, min(count - at, (uint)VEC));
        even = fma(one, one, even);
    }
    return sum_of_lanes(even + odd);
}

/* part[group] = sum of the squares of its run of `run` floats of x[count].
 * Launch: global {ROW_WG * parts}, local {ROW_WG}; run * parts >= count. */
__kernel __attribute__((reqd_work_group_size(ROW_WG, 1, 1)))
void norm_parts(__global const float *restrict x, const ulong x_off, __global float *restrict part,
                const ulong part_off, const uint run, const uint count)
{
    __local float tree[ROW_WG];
    const uint group = (uint)get_group_id(0);
    const ulong first = (ulong)group * run;
    const uint length = first < count ? min(run, (uint)(count - first)) : 0u;
    const float sum = row_sum(squares(x + x_off + first, length), tree);

    if (get_local_id(0) == 0)
        part[part_off + group] = sum;
}

/* norm[1] = square root of the sum of part[parts]. Launch: global {WG}, local {WG}. */
__kernel __attribute__((reqd_work_group_size(WG, 1, 1)))
void norm_join(__global const float *restrict part, const ulong part_off,
               __global float *restrict norm, const ulong norm_off, const uint parts)
{
    __local float tree[WG];
    float sum = 0.0f;

    for (uint i = (uint)get_local_id(0); i < parts; i += WG)
        sum += part[part_off + i];
    sum = group_sum(sum, tree);
    if (get_local_id(0) == 0)
        norm[norm_off] = sqrt(sum);
}

/* Scale a row of w[rows, cols] down to the norm `most` if it is longer.
 * Launch: global {ROW_WG * rows}, local {ROW_WG}; a work-group owns a row. */
__kernel __attribute__((reqd_work_group_size(ROW_WG, 1, 1)))
void limit_row(__global float *restrict w, const ulong w_off, const float most, const uint cols)
{
    __local float tree[ROW_WG];
    __global float *const row = w + w_off + (ulong)get_group_id(0) * cols;
    const float length = sqrt(row_sum(squares(row, cols), tree));
    const float factor = length > most ? most / length : 1.0f;

    /* A work-item scales what it has read, so no other waits for it. */
    if (factor < 1.0f)
        for (uint at = (uint)get_local_id(0) * VEC; at < cols; at += ROW_WG * VEC) {
            const uint n = min(cols - at, (uint)VEC);
            store_lanes(take(row + at, n) * factor, row + at, n);
        }
}
