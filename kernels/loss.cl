/* loss.cl - softmax, and softmax cross-entropy fused with its gradient.
 *
 * The row maximum is taken off before exp(), so exp() stays in range, and the loss is
 * log(sum) + (maximum - z[label]), so log(0) is never taken. A NaN or an infinity in a row makes
 * that row's loss NaN. Reference: reference_softmax_xent(), reference_softmax(). */

/* Index of the largest of z[count]; of equal ones the first. */
static uint largest(__global const float *z, const uint count)
{
    uint best = 0;
    float top = z[0];
    for (uint c = 1; c < count; c++)
        if (z[c] > top) {
            top = z[c];
            best = c;
        }
    return best;
}

static float exp_sum(__global const float *z, const uint count, const float top)
{
    float sum = 0.0f;
    for (uint c = 0; c < count; c++)
        sum += exp(z[c] - top);
    return sum;
}

/* Inputs:  z [rows, classes] logits; label [rows], each below classes.
 * Outputs: dz [rows, classes] = softmax(z) - onehot; loss [rows] in nats; hit [rows], 1 where
 *          the largest logit is the label's, else 0.
 * Launch:  global {rows up to a multiple of WG}, local {WG}; a work-item owns a row. */
__kernel __attribute__((reqd_work_group_size(WG, 1, 1)))
void softmax_xent(__global const float *restrict z, const ulong z_off,
                  __global const uint *restrict label, const ulong label_off,
                  __global float *restrict dz, const ulong dz_off,
                  __global float *restrict loss, const ulong loss_off,
                  __global uint *restrict hit, const ulong hit_off, const uint rows,
                  const uint classes)
{
    const uint row = (uint)get_global_id(0);
    if (row >= rows)
        return;
    __global const float *in = z + z_off + (ulong)row * classes;
    __global float *out = dz + dz_off + (ulong)row * classes;
    const uint wanted = label[label_off + row];
    const uint best = largest(in, classes);
    const float top = in[best];
    const float sum = exp_sum(in, classes, top);

    loss[loss_off + row] = log(sum) + (top - in[wanted]);
    hit[hit_off + row] = best == wanted;
    for (uint c = 0; c < classes; c++)
        out[c] = exp(in[c] - top) / sum - (c == wanted ? 1.0f : 0.0f);
}

/* VEC rows at a time, one in each lane, so that exp() and log() are vectors: loss, dz and hit of
 * rows [first, end). Rows past the end repeat the last one and are not stored. */
static void softmax_xent_rows(__global const float *z, __global const uint *label,
                              __global float *dz, __global float *loss,
                              __global uint *hit, const uint first, const uint end,
                              const uint classes)
{
    for (uint row = first; row < end; row += VEC) {
        const uint count = min(end - row, (uint)VEC);
        __global const float *in[VEC];
        float lane[VEC], wanted[VEC], sums[VEC];
        int best[VEC];

        for (uint i = 0; i < VEC; i++) {
            const uint r = min(row + i, end - 1);
            in[i] = z + (ulong)r * classes;
            wanted[i] = in[i][label[r]];
            lane[i] = in[i][0];
        }
        floatv top = vload_v(0, lane);
        intv at = (intv)(0);
        for (uint c = 1; c < classes; c++) {
            for (uint i = 0; i < VEC; i++)
                lane[i] = in[i][c];
            const floatv value = vload_v(0, lane);
            const intv higher = value > top;
            top = select(top, value, higher);
            at = select(at, (intv)((int)c), higher);
        }
        floatv sum = (floatv)(0.0f);
        for (uint c = 0; c < classes; c++) {
            for (uint i = 0; i < VEC; i++)
                lane[i] = in[i][c];
            const floatv power = exp(vload_v(0, lane) - top);
            sum += power;
            vstore_v(power, 0, lane);
            for (uint i = 0; i < count; i++)
                dz[(ulong)(row + i) * classes + c] = lane[i];
        }
        vstore_v(log(sum) + (top - vload_v(0, wanted)), 0, wanted);
        vstore_v(sum, 0, sums);
        JOIN(vstore, VEC)(at, 0, best);
        for (uint i = 0; i < count; i++) {
            __global float *out = dz + (ulong)(row + i) * classes;
            const uint own = label[row + i];
            loss[row + i] = wanted[i];
            hit[row + i] = (uint)best[i] == own;
            for (uint c = 0; c < classes; c++)
                out[c] = out[c] / sums[i] - (c == own ? 1.0f : 0.0f);
        }
    }
}

/* softmax_xent for CPUs.
 * Launch:  global {ceil(rows / item_rows)}, local {1}; a work-item owns item_rows rows. */
__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void softmax_xent_block(__global const float *restrict z, const ulong z_off,
                        __global const uint *restrict label, const ulong label_off,
                        __global float *restrict dz, const ulong dz_off,
                        __global float *restrict loss, const ulong loss_off,
                        __global uint *restrict hit, const ulong hit_off, const uint rows,
                        const uint classes, const uint item_rows)
{
    const uint first = (uint)get_global_id(0) * item_rows;

    softmax_xent_rows(z + z_off, label + label_off, dz + dz_off, loss + loss_off, hit + hit_off,
                      first, min(first + item_rows, rows), classes);
}

/* p[rows, classes] = softmax of each row of z; p may be z, so neither is restrict.
 * Launch: global {rows up to a multiple of WG}, local {WG}; a work-item owns a row. */
__kernel __attribute__((reqd_work_group_size(WG, 1, 1)))
void softmax_rows(__global const float *z, const ulong z_off, __global float *p,
                  const ulong p_off, const uint rows, const uint classes)
{
    const uint row = (uint)get_global_id(0);
    if (row >= rows)
        return;
    __global const float *in = z + z_off + (ulong)row * classes;
    __global float *out = p + p_off + (ulong)row * classes;
    const float top = in[largest(in, classes)];
    const float sum = exp_sum(in, classes, top);

    for (uint c = 0; c < classes; c++)
        out[c] = exp(in[c] - top) / sum;
}

/* Add to a sum of two words; it is compensated (Neumaier), so that an epoch's mean does not drown
 * in rounding. */
static void sum_put(__global float *sum, const float value)
{
    const float held = sum[0], total = held + value;

    sum[1] += fabs(held) >= fabs(value) ? (held - total) + value : (value - total) + held;
    sum[0] = total;
}

/* Add to a tally. */
static void tally_put(__global float *tally, const float loss, const uint correct, const uint rows)
{
    __global uint *counts = (__global uint *)tally;

    sum_put(tally, loss);
    counts[2] += correct;
    counts[3] += rows;
}

/* Add a batch to the tally {sum of losses, rounded-away part, correct, rows}; see enum
 * TALLY_LOSS in host/backend/slots.h.
 * Launch: global {WG}, local {WG}; one group owns the tally. */
__kernel __attribute__((reqd_work_group_size(WG, 1, 1)))
void tally_add(__global const float *restrict loss, const ulong loss_off,
               __global const uint *restrict hit, const ulong hit_off,
               __global float *restrict tally, const ulong tally_off, const uint rows)
{
    __local float tree[WG];
    const uint lid = (uint)get_local_id(0);
    float part = 0.0f, lost = 0.0f;
    uint correct = 0;

    for (uint row = lid; row < rows; row += WG) {
        const float value = loss[loss_off + row], total = part + value;
        lost += fabs(part) >= fabs(value) ? (part - total) + value : (value - total) + part;
        part = total;
        correct += hit[hit_off + row];
    }
    const float sum = group_sum(part + lost, tree);
    /* Counts below 2^24 are exact as floats; above that they are added in two halves. */
    const float low = group_sum((float)(correct & 0xFFFu), tree);
    const float high = group_sum((float)(correct >> 12), tree);

    if (lid == 0)
        tally_put(tally + tally_off, sum, (uint)low + ((uint)high << 12), rows);
}
