/* losses.cl - softmax cross-entropy with label smoothing and class weights, losses against targets,
 * and what a batch of them adds up to. Behind loss.cl.
 *
 * exp() is taken of numbers that are not above 0, so nothing overflows. A NaN in a row makes that
 * row's loss NaN. Reference: reference_weighted_xent(), reference_target_loss(),
 * reference_divide(), reference_gather_targets() in host/backend/reference_losses.c. */

/* target[rows, outputs] = targets of rows order[rows].
 * Launch: global {rows * outputs up to a multiple of WG}, local {WG}; a work-item owns a target. */
__kernel __attribute__((reqd_work_group_size(WG, 1, 1)))
void gather_targets(__global const float *restrict targets, const ulong targets_off,
                    __global const uint *restrict order, const ulong order_off,
                    __global float *restrict target, const ulong target_off, const uint rows,
                    const uint outputs)
{
    const ulong i = get_global_id(0), row = i / outputs;

    if (row < rows)
        target[target_off + i] =
            targets[targets_off + (ulong)order[order_off + row] * outputs + (i - row * outputs)];
}

/* Inputs:  z [rows, classes] logits; label [rows], each below classes; weights [classes];
 *          keep = 1 - smoothing, spread = smoothing / classes.
 * Outputs: dz [rows, classes]; loss [rows] in nats; hit [rows], 1 where the largest logit is the
 *          label's, else 0; weight [rows], that of the row's label.
 * Launch:  global {rows up to a multiple of WG}, local {WG}; a work-item owns a row. */
__kernel __attribute__((reqd_work_group_size(WG, 1, 1)))
void weighted_xent(__global const float *restrict z, const ulong z_off,
                   __global const uint *restrict label, const ulong label_off,
                   __global const float *restrict weights, const ulong weights_off,
                   __global float *restrict dz, const ulong dz_off,
                   __global float *restrict loss, const ulong loss_off,
                   __global uint *restrict hit, const ulong hit_off,
                   __global float *restrict weight, const ulong weight_off, const uint rows,
                   const uint classes, const float keep, const float spread)
{
    const uint row = (uint)get_global_id(0);
    if (row >= rows)
        return;
    __global const float *in = z + z_off + (ulong)row * classes;
    __global const float *w = weights + weights_off;
    __global float *out = dz + dz_off + (ulong)row * classes;
    const uint wanted = label[label_off + row];
    const uint best = largest(in, classes);
    const float top = in[best], sum = exp_sum(in, classes, top), log_sum = log(sum);
    const float own = keep * w[wanted];
    float all = 0.0f, smooth = 0.0f;

    for (uint c = 0; c < classes; c++) {
        all += w[c];
        if (spread > 0.0f)
            smooth += w[c] * (log_sum + (top - in[c]));
    }
    loss[loss_off + row] = own * (log_sum + (top - in[wanted])) + spread * smooth;
    hit[hit_off + row] = best == wanted;
    weight[weight_off + row] = w[wanted];
    for (uint c = 0; c < classes; c++) {
        const float p = exp(in[c] - top) / sum;
        out[c] = own * (p - (c == wanted ? 1.0f : 0.0f)) + spread * (p * all - w[c]);
    }
}

/* Loss of one output z against its target t, and its derivative. */
static float term_sigmoid(const float z, const float t, const float delta, float *slope)
{
    const float x = exp(-fabs(z)), one = 1.0f + x;

    (void)delta;
    *slope = (z >= 0.0f ? 1.0f / one : x / one) - t;
    return (fmax(z, 0.0f) - z * t) + log1p(x);
}

static float term_mse(const float z, const float t, const float delta, float *slope)
{
    const float e = z - t;

    (void)delta;
    *slope = 2.0f * e;
    return e * e;
}

static float term_mae(const float z, const float t, const float delta, float *slope)
{
    const float e = z - t;

    (void)delta;
    *slope = e > 0.0f ? 1.0f : e < 0.0f ? -1.0f : e;
    return fabs(e);
}

static float term_huber(const float z, const float t, const float delta, float *slope)
{
    const float e = z - t, distance = fabs(e);

    *slope = e > delta ? delta : e < -delta ? -delta : e;
    return distance <= delta ? 0.5f * e * e : delta * (distance - 0.5f * delta);
}

/* Inputs:  z, target [rows, outputs]; by = 1 / outputs; delta of Huber's.
 * Outputs: dz [rows, outputs]; loss [rows], the mean over the outputs; hit [rows], with HITS 1
 *          where z > 0 exactly where target > 0.5, else 0; square [rows], mean of (z - target)^2.
 * Launch:  global {rows up to a multiple of WG}, local {WG}; a work-item owns a row. */
#define TARGET_LOSS(name, term, HITS)                                                           \
    __kernel __attribute__((reqd_work_group_size(WG, 1, 1)))                                    \
    void name(__global const float *restrict z, const ulong z_off,                              \
              __global const float *restrict target, const ulong target_off,                    \
              __global float *restrict dz, const ulong dz_off,                                  \
              __global float *restrict loss, const ulong loss_off,                              \
              __global uint *restrict hit, const ulong hit_off,                                 \
              __global float *restrict square, const ulong square_off, const uint rows,         \
              const uint outputs, const float by, const float delta)                            \
    {                                                                                           \
        const uint row = (uint)get_global_id(0);                                                \
        if (row >= rows)                                                                        \
            return;                                                                             \
        __global const float *in = z + z_off + (ulong)row * outputs;                            \
        __global const float *to = target + target_off + (ulong)row * outputs;                  \
        __global float *out = dz + dz_off + (ulong)row * outputs;                               \
        float sum = 0.0f, squares = 0.0f, slope = 0.0f;                                         \
        uint right = HITS;                                                                      \
                                                                                                \
        for (uint o = 0; o < outputs; o++) {                                                    \
            const float zo = in[o], t = to[o], e = zo - t;                                      \
            sum += term(zo, t, delta, &slope);                                                  \
            squares += e * e;                                                                   \
            out[o] = slope * by;                                                                \
            if ((zo > 0.0f) != (t > 0.5f))                                                      \
                right = 0;                                                                      \
        }                                                                                       \
        loss[loss_off + row] = sum * by;                                                        \
        square[square_off + row] = squares * by;                                                \
        hit[hit_off + row] = right;                                                             \
    }

TARGET_LOSS(loss_sigmoid, term_sigmoid, 1)
TARGET_LOSS(loss_mse, term_mse, 0)
TARGET_LOSS(loss_mae, term_mae, 0)
TARGET_LOSS(loss_huber, term_huber, 0)

/* Add value [rows] to a sum of two words.
 * Launch: global {WG}, local {WG}; one group owns the sum. */
__kernel __attribute__((reqd_work_group_size(WG, 1, 1)))
void sum_add(__global const float *restrict value, const ulong value_off,
             __global float *restrict sum, const ulong sum_off, const uint rows)
{
    __local float tree[WG];
    const uint lid = (uint)get_local_id(0);
    float part = 0.0f, lost = 0.0f;

    for (uint row = lid; row < rows; row += WG) {
        const float next = value[value_off + row], total = part + next;
        lost += fabs(part) >= fabs(next) ? (part - total) + next : (next - total) + part;
        part = total;
    }
    const float all = group_sum(part + lost, tree);

    if (lid == 0)
        sum_put(sum + sum_off, all);
}

/* x [count] *= by / the sum of two words, or 0 where that is 0.
 * Launch: global {count up to a multiple of WG}, local {WG}; a work-item owns an element. */
__kernel __attribute__((reqd_work_group_size(WG, 1, 1)))
void divide_by_sum(__global float *restrict x, const ulong x_off,
                   __global const float *restrict divisor, const ulong divisor_off, const float by,
                   const uint count)
{
    const uint i = (uint)get_global_id(0);

    if (i < count) {
        const float whole = divisor[divisor_off] + divisor[divisor_off + 1];
        x[x_off + i] *= whole == 0.0f ? 0.0f : by / whole;
    }
}
