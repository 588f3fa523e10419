/* train_steps.cl - whole training steps, many in one launch, for CPUs and networks so small that a
 * worker's gradients stay in its cache. It is compiled for one shape of network (shape.cl).
 *
 * A batch is cut into shares, each with memory of its own, a worker's. It takes its samples through
 * the network, STEP_ROWS at a time: forward, loss, backward, and adds up its gradients. At the
 * beginning of the next step every worker adds up the gradients of all of them, in the same order,
 * and updates parameters that are its own, too: so all hold the same bits, and nothing else need
 * be exchanged. train_steps_end does the last update and gives the parameters back.
 *
 * Reference: the operations of host/backend/reference.c one after the other; what a step must give,
 * and within what, is worked out in host/backend/bounds_step.c. */

/* ---- parameters ---- */

/* own = params as the network has them; `own` is laid out as drawn in shape.cl. */
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

/* ---- a share of a step ---- */

/* The gradients of order[0 .. rows) into `grads`, with loss and hits behind them. The next step
 * begins at order[batch], unless `last`. A function by itself: in one with atomic operations PoCL's
 * compiler loads vectors by halves. */
static __attribute__((noinline)) void share_gradients(struct tile *tile,
                                                      __global const uint *labels,
                                                      __global const uint *order,
                                                      __global float *own, __global float *grads,
                                                      const uint rows, const uint batch,
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
#define UP(inputs, outputs, w, b, a_below, a, d_below, d, activation, below)              \
    forward_lanes(rest + (w), rest + (b), own + (a_below), own + (a), inputs, outputs,    \
                  activation, count);
        STEP_UP(UP)
        loss_lanes(own + STEP_LOGITS, label, own + STEP_DLOGITS, count, &loss, &lost, &hits);
        for (uint r = (count + VEC - 1) / VEC * VEC; r % (2 * VEC) != 0; r += VEC)
            for (uint c = 0; c < STEP_CLASSES; c++)
                vstore_v((floatv)(0.0f), 0, own + STEP_DLOGITS + c * STEP_ROWS + r);
#define DOWN(inputs, outputs, w, b, a_below, a, d_below, d, activation, below)            \
    gradient_lanes(own + (d), own + (a_below), lanes + (w) * VEC, inputs, outputs, count); \
    bias_lanes(own + (d), lanes + (b) * VEC, outputs, count);                             \
    backward_lanes(rest + (w), own + (d), own + (a_below), own + (d_below), inputs,       \
                   outputs, below, count);
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

/* Who does what stands behind the workers' memory: claims[workers], the next step of each share
 * that nobody has begun, and how many shares are done in all steps together. All are 0 at first.
 *
 * A work-group does the shares that it gets hold of, its own first, then whatever the others have
 * not begun; then it waits until the step is done. It only ever waits for a share that another
 * work-group is at work on, so it does not matter how many of them run at the same time: one
 * alone would do everything. Results do not depend on who did what. */

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

/* `steps` steps, one after the other, on order[rows] each; each batch is cut into `workers` shares
 * of `share` samples, fewer in the last.
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
