/* train_step.cl - a whole training step in two launches, for networks small enough that a worker's
 * gradients stay in its cache.
 *
 * Each worker takes its share of the batch through the network, STEP_ROWS samples at a time: it
 * gathers them, goes forward, takes the loss, goes backward, and adds up gradients that are its
 * own. A second kernel adds the workers' gradients in their order and updates the parameters. The
 * pieces are those of data.cl, gemm_block.cl and loss.cl.
 *
 * A worker's memory, in floats, every piece starting on a multiple of 16:
 *
 *   [ gradients, laid out as the parameters | loss, hits | a0 | a1 | .. | aL | d1 | .. | dL |
 *     loss of each row | hit of each row | label of each row ]
 *
 * Reference: the operations of host/backend/reference.c one after the other; what the step must give,
 * and within what, is worked out in host/backend/bounds_step.c. */

/* Samples a worker takes at a time; a multiple of VEC. */
#ifndef STEP_ROWS
#define STEP_ROWS 16
#endif

/* Most layers with weights; widths are passed as one vector of 16. */
#define STEP_LAYERS 15

/* Read a byte of each cache line of a row. Samples lie anywhere in memory, so reading all rows of a
 * tile first lets their lines come in together; converting a row as it comes would wait for each.
 * The caller must store the sum, or a compiler would leave the reads out. */
static uint touch(__global const uchar *row, const uint bytes)
{
    uint sum = 0;
    for (uint i = 0; i < bytes; i += 64)
        sum += row[i];
    return sum;
}

static uint step_round(const uint floats)
{
    return (floats + 15) / 16 * 16;
}

/* Launch: global {workers}, local {1}; a worker owns `share` samples of the batch, a multiple of
 * STEP_ROWS, and `stride` floats of memory.
 *   values  [samples, widths[0]] bytes, or floats with `bytes` 0; labels [samples]
 *   order   [rows] the batch; params as in host/net/net.h; widths [layers + 1] */
__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void train_step(__global const uchar *restrict values, const ulong values_off,
                __global const uint *restrict labels, const ulong labels_off,
                __global const float *restrict scale, const ulong scale_off,
                __global const float *restrict shift, const ulong shift_off,
                __global const uint *restrict order, const ulong order_off,
                __global const float *restrict params, const ulong params_off,
                __global float *restrict memory, const ulong memory_off, const uint16 shape,
                const uint layers, const uint weights, const uint param_count, const uint rows,
                const uint share, const uint stride, const uint bytes, const uint activation)
{
    uint widths[STEP_LAYERS + 1], a[STEP_LAYERS + 1], d[STEP_LAYERS + 1];
    vstore16(shape, 0, widths);

    const uint worker = (uint)get_global_id(0);
    const uint first = worker * share, end = min(first + share, rows);
    __global float *own = memory + memory_off + (ulong)worker * stride;
    const uint stats = step_round(param_count);
    uint at = stats + 16;
    for (uint l = 0; l <= layers; l++) {
        a[l] = at;
        at += step_round(STEP_ROWS * widths[l]);
    }
    for (uint l = 1; l <= layers; l++) {
        d[l] = at;
        at += step_round(STEP_ROWS * widths[l]);
    }
    __global float *loss = own + at;
    __global uint *hit = (__global uint *)(loss + step_round(STEP_ROWS));
    __global uint *label = hit + step_round(STEP_ROWS);
    __global const float *w0 = params + params_off;
    float sum = 0.0f, lost = 0.0f;
    uint hits = 0;

    for (uint from = first; from < end; from += STEP_ROWS) {
        const uint count = min(end - from, (uint)STEP_ROWS);
        const uint more = from > first;

        for (uint r = 0; r < count; r++) {
            const ulong sample = order[order_off + from + r];
            const ulong in = values_off + sample * widths[0];
            hit[r] = bytes ? touch(values + in, widths[0]) : touch(values + 4 * in, 4 * widths[0]);
        }
        for (uint r = 0; r < count; r++) {
            const ulong sample = order[order_off + from + r];
            const ulong in = values_off + sample * widths[0];
            __global float *x = own + a[0] + r * widths[0];
            if (bytes)
                gather_row_of_bytes(values + in, scale + scale_off, shift + shift_off, x,
                                    widths[0], 0, 1);
            else
                gather_row_of_floats((__global const float *)values + in, scale + scale_off,
                                     shift + shift_off, x, widths[0], 0, 1);
            label[r] = labels[labels_off + sample];
        }

        uint weight = 0, bias = weights;
        for (uint l = 0; l < layers; l++) {
            forward_range(own + a[l], w0 + weight, w0 + bias, own + a[l + 1], 0, count, 0,
                          widths[l + 1], count, widths[l], widths[l + 1],
                          l + 1 < layers ? activation : LINEAR);
            weight += widths[l] * widths[l + 1];
            bias += widths[l + 1];
        }
        softmax_xent_rows(own + a[layers], label, own + d[layers], loss, hit, 0, count,
                          widths[layers]);
        for (uint r = 0; r < count; r++) {
            const float value = loss[r], total = sum + value;
            lost += fabs(sum) >= fabs(value) ? (sum - total) + value : (value - total) + sum;
            sum = total;
            hits += hit[r];
        }
        for (uint l = layers; l-- > 0;) {
            weight -= widths[l] * widths[l + 1];
            bias -= widths[l + 1];
            bias_sums(own + d[l + 1], own + bias, 1.0f, more, count, widths[l + 1], 0,
                      widths[l + 1]);
            for (uint col = 0; col < widths[l]; col += OUTER_N * VEC)
                weights_range(own + d[l + 1], own + a[l], own + weight, 1.0f, more, count,
                              widths[l], widths[l + 1], 0, widths[l + 1], col);
            for (uint col = 0; l > 0 && col < widths[l]; col += OUTER_N * VEC)
                input_range(own + d[l + 1], w0 + weight, own + a[l], own + d[l], activation, count,
                            widths[l], widths[l + 1], 0, count, col);
        }
    }
    own[stats] = sum + lost;
    ((__global uint *)own)[stats + 1] = hits;
}

/* params[count] = fma(-learning_rate, scale * sum of the workers' gradients, params), and the
 * tally gets their losses and hits.
 * Launch: global {ceil(count / VEC) up to a multiple of WG}, local {WG}; a work-item owns VEC
 * parameters, the first one also the tally. */
__kernel __attribute__((reqd_work_group_size(WG, 1, 1)))
void train_step_update(__global const float *restrict memory, const ulong memory_off,
                       __global float *restrict params, const ulong params_off,
                       __global float *restrict tally, const ulong tally_off, const uint workers,
                       const uint stride, const uint count, const uint rows, const float scale,
                       const float learning_rate)
{
    const uint first = (uint)get_global_id(0) * VEC;
    __global const float *from = memory + memory_off;
    __global float *p = params + params_off + first;

    if (first == 0) {
        const uint stats = step_round(count);
        float loss = 0.0f;
        uint hits = 0;
        for (uint worker = 0; worker < workers; worker++) {
            loss += from[(ulong)worker * stride + stats];
            hits += ((__global const uint *)from)[(ulong)worker * stride + stats + 1];
        }
        tally_put(tally + tally_off, loss, hits, rows);
    }
    if (first >= count)
        return;
    if (count - first >= VEC) {
        floatv sum = vload_v(0, from + first);
        for (uint worker = 1; worker < workers; worker++)
            sum += vload_v(0, from + (ulong)worker * stride + first);
        vstore_v(fma((floatv)(-learning_rate), scale * sum, vload_v(0, p)), 0, p);
        return;
    }
    for (uint i = 0; i < count - first; i++) {
        float sum = from[first + i];
        for (uint worker = 1; worker < workers; worker++)
            sum += from[(ulong)worker * stride + first + i];
        p[i] = fma(-learning_rate, scale * sum, p[i]);
    }
}
