/* optimizer.cl - steps of the optimizers over the flat block of parameters, and what belongs to
 * them: norms, LAMB's ratio, limits to a neuron's weights, the moving average.
 * struct update in host/backend/slots.h has the equations.
 *
 * Launch of all but the sums of norms and limit_row: global {ceil(count / VEC) up to a multiple
 * of WG}, local {WG}; a work-item owns VEC elements.
 * Reference: host/backend/reference_optimizer.c. */

/* ---- steps ---- */

/* Everything that a step may need; m and v only where they are named.
 *   grads, params, m, v  [count] gradients, parameters, moments
 *   norm                 [1] of grads, read if clip_norm > 0
 *   clip_norm            what it is clipped to; 0: not at all
 *   weights              the first so many of params are weights
 *   decay                weight_decay itself, for LAMB */
#define STEP_ARGS                                                                               \
    __global float *restrict grads, const ulong grads_off, __global float *restrict params,     \
        const ulong params_off, __global float *restrict m, const ulong m_off,                  \
        __global float *restrict v, const ulong v_off, __global const float *restrict norm,     \
        const ulong norm_off, const float clip_norm, const float decay, DESCENT_ARGS,           \
        const uint weights, const uint count

/* What gradients are multiplied with, so that their norm is at most `most`; a NaN stays one. */
static float clip_factor(const float most, __global const float *norm)
{
    if (!(most > 0.0f))
        return 1.0f;
    const float factor = most / (norm[0] + 1e-6f);
    return factor > 1.0f ? 1.0f : factor;
}

/* A work-item's place, n elements of which w are weights. */
#define STEP_BEGIN                                                                          \
    const uint first = (uint)get_global_id(0) * VEC;                                        \
    if (first >= count)                                                                     \
        return;                                                                             \
    const uint n = min(count - first, (uint)VEC);                                           \
    const uint w = first < weights ? min(weights - first, (uint)VEC) : 0u;                  \
    const struct descent s = DESCENT(clip_factor(clip_norm, norm + norm_off));              \
    const struct place at = {params + params_off + first, m + m_off + first,                \
                             v + v_off + first, n, w};                                      \
    __global float *const grad_at = grads + grads_off + first;

#define UPDATE(kind, has_m, has_v)                                                          \
    __kernel __attribute__((reqd_work_group_size(WG, 1, 1))) void kind##_update(STEP_ARGS)  \
    {                                                                                       \
        (void)decay;                                                                        \
        STEP_BEGIN                                                                          \
        kind##_step(&s, at, take(grad_at, n));                                              \
    }

DESCENT_KINDS(UPDATE)

/* grads = direction * rate + decay * params: here `rate` is 1 / (1 - beta1^t) alone. */
__kernel __attribute__((reqd_work_group_size(WG, 1, 1))) void lamb_direction(STEP_ARGS)
{
    STEP_BEGIN
    const floatv p = take(at.params, n);
    const floatv g =
        whole_gradient(&s, take(grad_at, n), p, below(w, l2, 0.0f), below(w, l1, 0.0f));
    floatv mean = take(at.m, n), square = take(at.v, n);
    const floatv d = adam_direction(&s, g, &mean, &square);
    store_lanes(mean, at.m, n);
    store_lanes(square, at.v, n);
    store_lanes(fma((floatv)(rate), d, p * below(w, decay, 0.0f)), grad_at, n);
}

/* params -= rate * ratio * direction. */
__kernel __attribute__((reqd_work_group_size(WG, 1, 1)))
void trust_step(__global const float *restrict direction, const ulong direction_off,
                __global const float *restrict ratio, const ulong ratio_off,
                __global float *restrict params, const ulong params_off, const float rate,
                const uint count)
{
    const uint first = (uint)get_global_id(0) * VEC;
    if (first >= count)
        return;
    const uint n = min(count - first, (uint)VEC);
    __global float *const at = params + params_off + first;

    store_lanes(fma((floatv)(-rate * ratio[ratio_off]), take(direction + direction_off + first, n),
                    take(at, n)),
                at, n);
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
    (void)tree;
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

/* The same sums of two blocks: part[group, 2] of params and of direction, [count] each. */
__kernel __attribute__((reqd_work_group_size(ROW_WG, 1, 1)))
void trust_parts(__global const float *restrict params, const ulong params_off,
                 __global const float *restrict direction, const ulong direction_off,
                 __global float *restrict part, const ulong part_off, const uint run,
                 const uint count)
{
    __local float tree[ROW_WG], other[ROW_WG];
    const uint group = (uint)get_group_id(0);
    const ulong first = (ulong)group * run;
    const uint length = first < count ? min(run, (uint)(count - first)) : 0u;
    const float of_params = row_sum(squares(params + params_off + first, length), tree);
    const float of_direction = row_sum(squares(direction + direction_off + first, length), other);

    if (get_local_id(0) == 0) {
        part[part_off + 2 * group] = of_params;
        part[part_off + 2 * group + 1] = of_direction;
    }
}

/* ratio[1] of the norms by part[parts, 2], 1 if either is 0. Launch: global {WG}, local {WG}. */
__kernel __attribute__((reqd_work_group_size(WG, 1, 1)))
void trust_join(__global const float *restrict part, const ulong part_off,
                __global float *restrict ratio, const ulong ratio_off, const uint parts)
{
    __local float tree[WG];
    float params = 0.0f, direction = 0.0f;

    for (uint i = (uint)get_local_id(0); i < parts; i += WG) {
        params += part[part_off + 2 * i];
        direction += part[part_off + 2 * i + 1];
    }
    params = sqrt(group_sum(params, tree));
    direction = sqrt(group_sum(direction, tree));
    if (get_local_id(0) == 0)
        ratio[ratio_off] = params == 0.0f || direction == 0.0f ? 1.0f : params / direction;
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
