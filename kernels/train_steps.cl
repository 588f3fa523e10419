/* train_steps.cl - whole training steps, many in one launch, for CPUs and networks so small that a
 * worker's gradients stay in its cache. It is compiled for one shape of network, which the host
 * writes before this file (host/opencl/step_shape.c).
 *
 * A batch is cut into shares, each with memory of its own, a worker's. It takes its samples through the
 * network, STEP_ROWS at a time: it goes forward, takes the loss, goes backward, and adds up its
 * gradients. At the beginning of the next step every worker adds up the gradients of all of them, in
 * the same order, and updates parameters that are its own, too: so all hold the same bits, and
 * nothing else need be exchanged. train_steps_end does the last update and gives the parameters
 * back.
 *
 * A tile of samples x and the first layer's weights lie along the inputs, zeros behind the last
 * input up to STEP_WIDTH. All above lies along the samples, [neuron, STEP_ROWS], so that a sample
 * is a lane from the first layer's outputs to the loss.
 *
 * A worker's memory, in floats, every piece starting on a multiple of 16:
 *
 *   [ params | grads of even steps | grads of odd steps | x | a1 .. aL | d1 .. dL | lane sums | label ]
 *
 *   params     [ W0, rows of STEP_WIDTH | the rest as in host/net/net.h: W1 .. | b0 | b1 .. ]
 *   grads      [ the same | loss, hits ]
 *   lane sums  a vector for each parameter of the rest; its lanes are added when the share is done
 *
 * Reference: the operations of host/backend/reference.c one after the other; what a step must give,
 * and within what, is worked out in host/backend/bounds_step.c. */

/* Samples of a tile: a multiple of 2 * VEC. */
#ifndef STEP_ROWS
#define STEP_ROWS 32
#endif

/* Neurons of a block of products whose lanes are samples, two vectors of each. */
#ifndef STEP_M
#define STEP_M 6
#endif

/* The shape; here that of 784-10-10 on bytes, for whoever compiles this file by itself. */
#ifndef STEP_INPUTS
#define STEP_BYTES 1    /* samples are bytes, not floats */
#define STEP_INPUTS 784 /* of the first layer */
#define STEP_WIDTH 784  /* the same up to a multiple of VEC */
#define STEP_OUTPUTS 10
#define STEP_CLASSES 10
#define STEP_ACTIVATION RELU /* of the first layer */
#define STEP_REST 120        /* parameters but the first layer's weights */
#define STEP_BIAS 100        /* the first layer's biases in the rest */
#define STEP_STATS 7960      /* floats of a worker's parameters: loss and hits stand behind its gradients */
/* Offsets in a worker's memory, and its length. */
#define STEP_GRADS 7968
#define STEP_GRADS_ODD 15952
#define STEP_X 23936
#define STEP_A 49024   /* a1 */
#define STEP_D 49664   /* d1 */
#define STEP_LOGITS 49344
#define STEP_DLOGITS 49984
#define STEP_LANES 50304
#define STEP_LABEL 52224
#define STEP_STRIDE 52256
/* The layers above the first, upwards and downwards: X(inputs, outputs, weights and biases in the
 * rest, a below, a, d below, d, its activation, the activation below). */
#define STEP_UP(X) X(10, 10, 0, 110, 49024, 49344, 49664, 49984, LINEAR, RELU)
#define STEP_DOWN(X) STEP_UP(X)
#endif

#define STEP_FIRST (STEP_OUTPUTS * STEP_WIDTH)

/* ---- parameters ---- */

/* own = params as the network has them; `own` is laid out as drawn above. */
static void take_params(__global const float *params, __global float *own)
{
    for (uint o = 0; o < STEP_OUTPUTS; o++)
        for (uint i = 0; i < STEP_WIDTH; i++)
            own[o * STEP_WIDTH + i] = i < STEP_INPUTS ? params[o * STEP_INPUTS + i] : 0.0f;
    for (uint j = 0; j < STEP_REST; j++)
        own[STEP_FIRST + j] = params[STEP_OUTPUTS * STEP_INPUTS + j];
    for (uint j = STEP_FIRST + STEP_REST; j < STEP_STATS; j++)
        own[j] = 0.0f;
}

/* The step down the gradients that `workers` workers left, for VEC parameters from `at` on: `grads`
 * are the first worker's. */
INLINED floatv descended(const floatv param, __global const float *grads, const uint at,
                         const uint workers, const float scale, const float learning_rate)
{
    floatv sum = vload_v(0, grads + at);
    for (uint worker = 1; worker < workers; worker++)
        sum += vload_v(0, grads + (ulong)worker * STEP_STRIDE + at);
    return fma((floatv)(-learning_rate), scale * sum, param);
}

static void descend(__global float *own, __global const float *grads, const uint workers,
                    const float scale, const float learning_rate)
{
    for (uint at = 0; at < STEP_STATS; at += VEC)
        vstore_v(descended(vload_v(0, own + at), grads, at, workers, scale, learning_rate), 0,
                 own + at);
}

/* Add what the workers lost and hit in a step to the tally. */
static void tally_workers(__global const float *grads, __global float *tally, const uint workers,
                          const uint rows)
{
    float loss = 0.0f;
    uint hits = 0;

    for (uint worker = 0; worker < workers; worker++) {
        __global const float *stats = grads + (ulong)worker * STEP_STRIDE + STEP_STATS;
        loss += stats[0];
        hits += as_uint(stats[1]);
    }
    tally_put(tally, loss, hits, rows);
}

/* ---- the first layer ---- */

#if STEP_BYTES
typedef uchar value;
#define load_values(k, p) convert_floatv(vload_v(k, p))
#else
typedef float value;
#define load_values(k, p) vload_v(k, p)
#endif

/* A tile of samples: where they lie, how their values are scaled, and a place for the scaled ones. */
struct tile {
    __global const value *values;
    __global const float *scale, *shift;
    __global float *x; /* [STEP_ROWS, STEP_WIDTH] */
    __global const uint *order, *next; /* of these samples, and of those wanted next */
    uint count, next_count;
};

/* Samples lie anywhere in memory, so the bytes of one that is wanted next are fetched ahead. */
static void fetch(const struct tile *tile, const uint r)
{
    if (r >= tile->next_count)
        return;
    __global const value *from = tile->values + (ulong)tile->next[r] * STEP_INPUTS;
    for (uint i = 0; i < STEP_INPUTS; i += 64 / sizeof(value))
        PREFETCH(from + i);
}

/* Outputs of a block of dot products; its samples are DOT_M. */
#define STEP_DOT_N (STEP_OUTPUTS < DOT_N ? STEP_OUTPUTS : DOT_N)

/* The last vector of a sample where STEP_INPUTS does not fill it: zeros behind the last input. */
INLINED floatv scaled_rest(const struct tile *tile, __global const value *row)
{
    float part[VEC];
    for (uint i = 0, at = STEP_INPUTS / VEC * VEC; i < VEC; i++, at++)
        part[i] = at < STEP_INPUTS ? fma((float)row[at], tile->scale[at], tile->shift[at]) : 0.0f;
    return vload_v(0, part);
}

/* Outputs [first, first + STEP_DOT_N) of samples [r, r + DOT_M), or fewer at the end. With `gather`
 * the samples are scaled and put into x on the way, else they are there; a constant where this is
 * called. */
INLINED void first_block(const struct tile *tile, __global const float *w, __global const float *b,
                         __global float *a, const uint r, const uint first, const bool gather)
{
    const uint whole = STEP_INPUTS / VEC;
    __global float *x = tile->x + r * STEP_WIDTH;
    __global const float *ws = w + first * STEP_WIDTH, *scale = tile->scale, *shift = tile->shift;
    __global const value *rows[DOT_M];
    floatv sums[DOT_M][STEP_DOT_N];

#pragma unroll
    for (uint i = 0; i < DOT_M; i++) {
        rows[i] = tile->values + (ulong)tile->order[min(r + i, tile->count - 1)] * STEP_INPUTS;
#pragma unroll
        for (uint j = 0; j < STEP_DOT_N; j++)
            sums[i][j] = (floatv)(0.0f);
    }
    for (uint k = 0; k < STEP_WIDTH / VEC; k++) {
        floatv xv[DOT_M];
#pragma unroll
        for (uint i = 0; i < DOT_M; i++) {
            if (gather) {
                xv[i] = STEP_INPUTS % VEC == 0 || k < whole
                            ? fma(load_values(k, rows[i]), vload_v(k, scale), vload_v(k, shift))
                            : scaled_rest(tile, rows[i]);
                vstore_v(xv[i], k, x + i * STEP_WIDTH);
            } else {
                xv[i] = vload_v(k, x + i * STEP_WIDTH);
            }
        }
#pragma unroll
        for (uint j = 0; j < STEP_DOT_N; j++) {
            const floatv wv = vload_v(k, ws + j * STEP_WIDTH);
#pragma unroll
            for (uint i = 0; i < DOT_M; i++)
                sums[i][j] = fma(xv[i], wv, sums[i][j]);
        }
    }
#pragma unroll
    for (uint i = 0; i < DOT_M; i++)
#pragma unroll
        for (uint j = 0; j < STEP_DOT_N; j++)
            a[(first + j) * STEP_ROWS + r + i] =
                activate(STEP_ACTIVATION, sum_of_lanes(sums[i][j]) + b[first + j]);
}

/* a[o, r] = act(x[r] * w[o] + b[o]) for the samples of a tile, up to a multiple of DOT_M. */
static void first_forward(const struct tile *tile, __global const float *w, __global const float *b,
                          __global float *a)
{
    for (uint r = 0; r < tile->count; r += DOT_M) {
        for (uint i = r; i < r + DOT_M; i++)
            fetch(tile, i);
        first_block(tile, w, b, a, r, 0, true);
    }
    for (uint from = STEP_DOT_N; from < STEP_OUTPUTS; from += STEP_DOT_N)
        for (uint r = 0; r < tile->count; r += DOT_M)
            first_block(tile, w, b, a, r, min(from, (uint)(STEP_OUTPUTS - STEP_DOT_N)), false);
}

/* grads[o, i] (+)= sum over r < count of d[o, r] * x[r, i], for m outputs and n vectors of inputs; m
 * and n are constants where it is called. */
INLINED void first_gradient_at(__global const float *x, __global const float *d,
                               __global float *grads, const uint count, const bool more,
                               const uint m, const uint n)
{
    floatv sums[STEP_M][2];

#pragma unroll
    for (uint i = 0; i < m; i++)
#pragma unroll
        for (uint j = 0; j < n; j++)
            sums[i][j] = more ? vload_v(j, grads + i * STEP_WIDTH) : (floatv)(0.0f);
    for (uint r = 0; r < count; r++) {
        floatv xv[2];
#pragma unroll
        for (uint j = 0; j < n; j++)
            xv[j] = vload_v(j, x + r * STEP_WIDTH);
#pragma unroll
        for (uint i = 0; i < m; i++) {
            const floatv dv = (floatv)(d[i * STEP_ROWS + r]);
#pragma unroll
            for (uint j = 0; j < n; j++)
                sums[i][j] = fma(dv, xv[j], sums[i][j]);
        }
    }
#pragma unroll
    for (uint i = 0; i < m; i++)
#pragma unroll
        for (uint j = 0; j < n; j++)
            vstore_v(sums[i][j], j, grads + i * STEP_WIDTH);
}

/* n vectors of inputs, for all outputs in turn: the samples' part of them stays in the first-level
 * cache. */
INLINED void first_gradient_columns(__global const float *x, __global const float *d,
                                    __global float *grads, const uint count, const bool more,
                                    const uint n)
{
    const uint blocks = STEP_OUTPUTS / STEP_M * STEP_M;

    for (uint o = 0; o < blocks; o += STEP_M)
        first_gradient_at(x, d + o * STEP_ROWS, grads + o * STEP_WIDTH, count, more, STEP_M, n);
    if (STEP_OUTPUTS % STEP_M != 0)
        first_gradient_at(x, d + blocks * STEP_ROWS, grads + blocks * STEP_WIDTH, count, more,
                          STEP_OUTPUTS % STEP_M, n);
}

static void first_gradient(__global const float *x, __global const float *d, __global float *grads,
                           const uint count, const bool more)
{
    const uint pairs = STEP_WIDTH / (2 * VEC) * (2 * VEC);

    for (uint i = 0; i < pairs; i += 2 * VEC)
        first_gradient_columns(x + i, d, grads + i, count, more, 2);
    if (STEP_WIDTH % (2 * VEC) != 0)
        first_gradient_columns(x + pairs, d, grads + pairs, count, more, 1);
}

/* ---- layers whose lanes are samples ---- */

/* sums = products of STEP_M rows of w with the lanes of 2 * VEC samples: element (i, k) of w stands at
 * i * row + k * col. */
INLINED void lane_products(__global const float *w, const uint row, const uint col,
                           __global const float *in, const uint depth, const uint m,
                           floatv sums[STEP_M][2])
{
#pragma unroll
    for (uint i = 0; i < m; i++)
        sums[i][0] = sums[i][1] = (floatv)(0.0f);
    for (uint k = 0; k < depth; k++) {
        const floatv low = vload_v(0, in + k * STEP_ROWS), high = vload_v(1, in + k * STEP_ROWS);
#pragma unroll
        for (uint i = 0; i < m; i++) {
            const floatv wv = (floatv)(w[i * row + k * col]);
            sums[i][0] = fma(wv, low, sums[i][0]);
            sums[i][1] = fma(wv, high, sums[i][1]);
        }
    }
}

/* A block of m neurons: a constant where this is called, at most STEP_M. */
#define LANE_BLOCK(width) ((width) < STEP_M ? (width) : STEP_M)

/* a[o, r] = act(sum over i of w[o, i] * below[i, r] + b[o]). */
INLINED void forward_lanes(__global const float *w, __global const float *b,
                           __global const float *below, __global float *a, const uint inputs,
                           const uint outputs, const uint activation, const uint count)
{
    for (uint from = 0; from < outputs; from += LANE_BLOCK(outputs)) {
        const uint o = min(from, outputs - LANE_BLOCK(outputs));
        for (uint r = 0; r < count; r += 2 * VEC) {
            floatv sums[STEP_M][2];
            lane_products(w + o * inputs, inputs, 1, below + r, inputs, LANE_BLOCK(outputs), sums);
#pragma unroll
            for (uint i = 0; i < LANE_BLOCK(outputs); i++)
#pragma unroll
                for (uint j = 0; j < 2; j++)
                    vstore_v(activate_v(activation, sums[i][j] + b[o + i]), j,
                             a + (o + i) * STEP_ROWS + r);
        }
    }
}

/* d_below[i, r] = (sum over o of w[o, i] * d[o, r]) * act'(below[i, r]). */
INLINED void backward_lanes(__global const float *w, __global const float *d,
                            __global const float *below, __global float *d_below,
                            const uint inputs, const uint outputs, const uint activation,
                            const uint count)
{
    for (uint from = 0; from < inputs; from += LANE_BLOCK(inputs)) {
        const uint at = min(from, inputs - LANE_BLOCK(inputs));
        for (uint r = 0; r < count; r += 2 * VEC) {
            floatv sums[STEP_M][2];
            lane_products(w + at, 1, inputs, d + r, outputs, LANE_BLOCK(inputs), sums);
#pragma unroll
            for (uint i = 0; i < LANE_BLOCK(inputs); i++)
#pragma unroll
                for (uint j = 0; j < 2; j++) {
                    const uint to = (at + i) * STEP_ROWS + r;
                    vstore_v(sums[i][j] * slope_v(activation, vload_v(j, below + to)), j,
                             d_below + to);
                }
        }
    }
}

/* lanes[o, i] += d[o, r] * below[i, r], lane by lane over the samples. */
INLINED void gradient_lanes(__global const float *d, __global const float *below,
                            __global float *lanes, const uint inputs, const uint outputs,
                            const uint count)
{
    for (uint o = 0; o < outputs; o++)
        for (uint i = 0; i < inputs; i++) {
            __global float *to = lanes + (o * inputs + i) * VEC;
            floatv sum = vload_v(0, to);
            for (uint r = 0; r < count; r += VEC)
                sum = fma(vload_v(0, d + o * STEP_ROWS + r),
                          vload_v(0, below + i * STEP_ROWS + r), sum);
            vstore_v(sum, 0, to);
        }
}

INLINED void bias_lanes(__global const float *d, __global float *lanes, const uint outputs,
                        const uint count)
{
    for (uint o = 0; o < outputs; o++) {
        floatv sum = vload_v(o, lanes);
        for (uint r = 0; r < count; r += VEC)
            sum += vload_v(0, d + o * STEP_ROWS + r);
        vstore_v(sum, o, lanes);
    }
}

/* d = softmax(z) - onehot(label), 0 in lanes from `count` on; what is lost is added to *loss, with
 * the part that is rounded away in *lost (Neumaier), and what is right to *hits. */
static void loss_lanes(__global const float *z, __global const int *label, __global float *d,
                       const uint count, floatv *loss, floatv *lost, intv *hits)
{
    for (uint r = 0; r < count; r += VEC) {
        const intv valid = LANES < (intv)((int)(count - r));
        const intv own = JOIN(vload, VEC)(0, label + r);
        floatv top = vload_v(0, z + r), wanted = top, sum = (floatv)(0.0f);
        intv best = (intv)(0);

        for (int c = 1; c < STEP_CLASSES; c++) {
            const floatv value = vload_v(0, z + c * STEP_ROWS + r);
            const intv higher = value > top;
            top = select(top, value, higher);
            best = select(best, (intv)(c), higher);
            wanted = select(wanted, value, own == (intv)(c));
        }
        for (uint c = 0; c < STEP_CLASSES; c++) {
            const floatv power = exp(vload_v(0, z + c * STEP_ROWS + r) - top);
            sum += power;
            vstore_v(power, 0, d + c * STEP_ROWS + r);
        }
        for (int c = 0; c < STEP_CLASSES; c++) {
            __global float *to = d + c * STEP_ROWS + r;
            const floatv p = vload_v(0, to) / sum;
            const floatv off = p - select((floatv)(0.0f), (floatv)(1.0f), own == (intv)(c));
            vstore_v(select((floatv)(0.0f), off, valid), 0, to);
        }
        const floatv value = select((floatv)(0.0f), log(sum) + (top - wanted), valid);
        const floatv held = *loss, total = held + value;
        *lost += select((value - total) + held, (held - total) + value, fabs(held) >= fabs(value));
        *loss = total;
        *hits -= (best == own) & valid; /* true is -1 */
    }
}

/* ---- a share of a step ---- */

/* The gradients of order[0 .. rows) into `grads`, with loss and hits behind them. The next step
 * begins at order[batch], unless `last`. */
static __attribute__((noinline)) void share_gradients(struct tile *tile, __global const uint *labels,
                            __global const uint *order, __global float *own,
                            __global float *grads, const uint rows, const uint batch,
                            const bool last)
{
    __global float *lanes = own + STEP_LANES;
    __global int *label = (__global int *)(own + STEP_LABEL);
    __global const float *rest = own + STEP_FIRST;
    floatv loss = (floatv)(0.0f), lost = (floatv)(0.0f);
    intv hits = (intv)(0);
    float parts[VEC];
    int hit[VEC];

    for (uint j = 0; j < STEP_REST; j++)
        vstore_v((floatv)(0.0f), j, lanes);
    for (uint from = 0; from < rows; from += STEP_ROWS) {
        const uint count = min(rows - from, (uint)STEP_ROWS), behind = rows - from - count;

        tile->order = order + from;
        tile->count = count;
        tile->next = order + (behind > 0 ? from + count : batch);
        tile->next_count = min(behind > 0 ? behind : last ? 0 : rows, (uint)STEP_ROWS);
        for (uint r = 0; r < STEP_ROWS; r++)
            label[r] = (int)labels[order[from + min(r, count - 1)]];
        first_forward(tile, own, rest + STEP_BIAS, own + STEP_A);
        /* Lanes behind the last sample count for nothing, but must hold numbers. */
        for (uint r = count; r % (2 * VEC) != 0; r++)
            for (uint o = 0; o < STEP_OUTPUTS; o++)
                own[STEP_A + o * STEP_ROWS + r] = 0.0f;
#define UP(inputs, outputs, w, b, a_below, a, d_below, d, activation, below)                     \
    forward_lanes(rest + (w), rest + (b), own + (a_below), own + (a), inputs, outputs, activation, \
                  count);
        STEP_UP(UP)
        loss_lanes(own + STEP_LOGITS, label, own + STEP_DLOGITS, count, &loss, &lost, &hits);
        for (uint r = (count + VEC - 1) / VEC * VEC; r % (2 * VEC) != 0; r += VEC)
            for (uint c = 0; c < STEP_CLASSES; c++)
                vstore_v((floatv)(0.0f), 0, own + STEP_DLOGITS + c * STEP_ROWS + r);
#define DOWN(inputs, outputs, w, b, a_below, a, d_below, d, activation, below)                    \
    gradient_lanes(own + (d), own + (a_below), lanes + (w) * VEC, inputs, outputs, count);        \
    bias_lanes(own + (d), lanes + (b) * VEC, outputs, count);                                     \
    backward_lanes(rest + (w), own + (d), own + (a_below), own + (d_below), inputs, outputs, below, \
                   count);
        STEP_DOWN(DOWN)
        bias_lanes(own + STEP_D, lanes + STEP_BIAS * VEC, STEP_OUTPUTS, count);
        first_gradient(tile->x, own + STEP_D, grads, count, from > 0);
    }
    for (uint j = 0; j < STEP_REST; j++)
        grads[STEP_FIRST + j] = sum_of_lanes(vload_v(j, lanes));
    for (uint j = STEP_FIRST + STEP_REST; j < STEP_STATS; j++)
        grads[j] = 0.0f;
    vstore_v(lost, 0, parts);
    JOIN(vstore, VEC)(hits, 0, hit);
    uint right = 0;
    float away = 0.0f;
    for (uint i = 0; i < VEC; i++) {
        right += (uint)hit[i];
        away += parts[i];
    }
    grads[STEP_STATS] = sum_of_lanes(loss) + away;
    grads[STEP_STATS + 1] = as_float(right);
}

/* ---- steps ---- */

/* Who does what, after the workers' memory: claims[workers], the next step of each share that nobody
 * has begun, and how many shares are done in all steps together. All are 0 at first.
 *
 * A work-group does the shares that it gets hold of, its own first, then whatever the others have not
 * begun; then it waits until the step is done. It only ever waits for a share that another
 * work-group is at work on, so it does not matter how many of them run at the same time: one alone
 * would do everything. Results do not depend on who did what. */

/* Is this share of this step this work-group's to do? */
static bool claim(volatile __global uint *claims, const uint worker, const uint step)
{
    return claims[worker] == step && atomic_cmpxchg(claims + worker, step, step + 1) == step;
}

/* Wait until so many shares are done, and see what they left. */
static void await(volatile __global uint *done, const uint shares)
{
    while (*done < shares) {
    }
    while (atomic_add(done, 0) < shares) {
    }
    mem_fence(CLK_GLOBAL_MEM_FENCE);
}

/* `steps` steps, one after the other, on order[rows] each; each batch is cut into `workers` shares of
 * `share` samples, fewer in the last.
 * Launch: global {as many as are to work at the same time, at most `workers`}, local {1}; see above
 * who owns what.
 *   values  [samples, STEP_INPUTS]; labels [samples]; scale, shift [STEP_INPUTS]
 *   params  as in host/net/net.h, as they are before the first step
 *   tally   gets all batches but the last, which train_steps_end adds */
__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void train_steps(__global const value *restrict values, const ulong values_off,
                 __global const uint *restrict labels, const ulong labels_off,
                 __global const float *restrict scale, const ulong scale_off,
                 __global const float *restrict shift, const ulong shift_off,
                 __global const float *restrict params, const ulong params_off,
                 __global const uint *restrict order, const ulong order_off,
                 __global float *restrict tally, const ulong tally_off, __global float *memory,
                 const ulong memory_off, const uint workers, const uint steps, const uint rows,
                 const uint share, const float gradient_scale, const float learning_rate)
{
    __global float *all = memory + memory_off;
    volatile __global uint *claims =
        (volatile __global uint *)(all + (ulong)workers * STEP_STRIDE);
    volatile __global uint *done = claims + workers;
    struct tile tile;

    tile.values = values + values_off;
    tile.scale = scale + scale_off;
    tile.shift = shift + shift_off;
    for (uint s = 0; s < steps; s++) {
        const bool odd = (s & 1) != 0;
        const uint was = odd ? STEP_GRADS : STEP_GRADS_ODD, now = odd ? STEP_GRADS_ODD : STEP_GRADS;

        await(done, s * workers);
        for (uint i = 0; i < workers; i++) {
            const uint worker = ((uint)get_global_id(0) + i) % workers, first = worker * share;
            __global float *own = all + (ulong)worker * STEP_STRIDE;

            if (!claim(claims, worker, s))
                continue;
            tile.x = own + STEP_X;
            if (s == 0)
                take_params(params + params_off, own);
            else
                descend(own, all + was, workers, gradient_scale, learning_rate);
            if (s > 0 && worker == 0)
                tally_workers(all + was, tally + tally_off, workers, rows);
            share_gradients(&tile, labels + labels_off,
                            order + order_off + (ulong)s * rows + first, own, own + now,
                            min(share, rows - first), rows, s + 1 == steps);
            mem_fence(CLK_GLOBAL_MEM_FENCE);
            atomic_inc(done);
        }
    }
}

/* The update after the last of `steps` steps, from the first worker's parameters into params, and
 * the tally gets the last batch.
 * Launch: global {STEP_OUTPUTS + 1}, local {1}; a work-item owns a row of the first layer's
 * weights, the last one all else. */
__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void train_steps_end(__global const float *restrict memory, const ulong memory_off,
                     __global float *restrict params, const ulong params_off,
                     __global float *restrict tally, const ulong tally_off, const uint steps,
                     const uint workers, const uint rows, const float gradient_scale,
                     const float learning_rate)
{
    const uint row = (uint)get_global_id(0);
    __global const float *own = memory + memory_off;
    __global const float *grads = own + ((steps & 1) != 0 ? STEP_GRADS : STEP_GRADS_ODD);
    const bool first = row < STEP_OUTPUTS;
    const uint from = row * STEP_WIDTH, count = first ? STEP_INPUTS : STEP_REST;
    __global float *to = params + params_off + row * STEP_INPUTS;
    float part[VEC];

    for (uint i = 0; i < count; i += VEC) {
        const floatv v = descended(vload_v(0, own + from + i), grads, from + i, workers,
                                   gradient_scale, learning_rate);
        if (i + VEC <= count) {
            vstore_v(v, 0, to + i);
        } else {
            vstore_v(v, 0, part);
            for (uint c = 0; c < count - i; c++)
                to[i + c] = part[c];
        }
    }
    if (!first)
        tally_workers(grads, tally + tally_off, workers, rows);
}
