/* step_lanes.cl - the layers of a whole step above the first, and the loss: a sample is a lane, so
 * small layers leave none idle, and softmax needs nothing across lanes.
 * Reference: reference_dense_forward(), reference_softmax_xent(),
 * reference_dense_backward_weights(), reference_dense_backward_input(). */

/* sums = products of m rows of w with the lanes of 2 * VEC samples; element (i, k) of w stands at
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
