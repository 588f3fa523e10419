/* step_first.cl - the first layer of a whole step: from samples as they lie in the data set to its
 * outputs, and back to the gradient of its weights. Vectors lie along the inputs, as they do in
 * samples and weights; what goes to the layers above lies along the samples.
 * Reference: reference_gather(), reference_dense_forward(), reference_dense_backward_weights(). */

#if STEP_BYTES
typedef uchar value;
#define load_values(k, p) convert_floatv(vload_v(k, p))
#else
typedef float value;
#define load_values(k, p) vload_v(k, p)
#endif

/* A tile of samples: where they lie, how they are scaled, and a place for the scaled ones. */
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

/* The last vector of a sample where STEP_INPUTS does not fill it: zeros behind the last input. */
INLINED floatv scaled_rest(const struct tile *tile, __global const value *row)
{
    float part[VEC];
    for (uint i = 0, at = STEP_INPUTS / VEC * VEC; i < VEC; i++, at++)
        part[i] = at < STEP_INPUTS ? fma((float)row[at], tile->scale[at], tile->shift[at]) : 0.0f;
    return vload_v(0, part);
}

/* Outputs [first, first + STEP_BLOCK) of samples [r, r + DOT_M), or fewer at the end. With `gather`
 * the samples are scaled and put into x on the way, else they are there; a constant where this is
 * called. */
INLINED void first_block(const struct tile *tile, __global const float *w, __global const float *b,
                         __global float *a, const uint r, const uint first, const bool gather)
{
    const uint whole = STEP_INPUTS / VEC;
    __global float *x = tile->x + r * STEP_WIDTH;
    __global const float *ws = w + first * STEP_WIDTH, *scale = tile->scale, *shift = tile->shift;
    __global const value *rows[DOT_M];
    floatv sums[DOT_M][STEP_BLOCK];

#pragma unroll
    for (uint i = 0; i < DOT_M; i++) {
        rows[i] = tile->values + (ulong)tile->order[min(r + i, tile->count - 1)] * STEP_INPUTS;
#pragma unroll
        for (uint j = 0; j < STEP_BLOCK; j++)
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
        for (uint j = 0; j < STEP_BLOCK; j++) {
            const floatv wv = vload_v(k, ws + j * STEP_WIDTH);
#pragma unroll
            for (uint i = 0; i < DOT_M; i++)
                sums[i][j] = fma(xv[i], wv, sums[i][j]);
        }
    }
#pragma unroll
    for (uint i = 0; i < DOT_M; i++)
#pragma unroll
        for (uint j = 0; j < STEP_BLOCK; j++)
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
    for (uint from = STEP_BLOCK; from < STEP_OUTPUTS; from += STEP_BLOCK)
        for (uint r = 0; r < tile->count; r += DOT_M)
            first_block(tile, w, b, a, r, min(from, (uint)(STEP_OUTPUTS - STEP_BLOCK)), false);
}

/* grads[o, i] (+)= sum over r < count of d[o, r] * x[r, i], for m outputs and n vectors of inputs;
 * m and n are constants where it is called. */
INLINED void first_gradient_at(__global const float *x, __global const float *d,
                               __global float *grads, const uint count, const bool more,
                               const uint m, const uint n)
{
    floatv sums[STEP_MOST][2];

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
    const uint blocks = STEP_OUTPUTS / STEP_BLOCK * STEP_BLOCK;

    for (uint o = 0; o < blocks; o += STEP_BLOCK)
        first_gradient_at(x, d + o * STEP_ROWS, grads + o * STEP_WIDTH, count, more, STEP_BLOCK, n);
    if (STEP_OUTPUTS % STEP_BLOCK != 0)
        first_gradient_at(x, d + blocks * STEP_ROWS, grads + blocks * STEP_WIDTH, count, more,
                          STEP_OUTPUTS % STEP_BLOCK, n);
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
