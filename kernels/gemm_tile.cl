/* gemm_tile.cl - the three products of a dense layer for GPUs: a work-group computes a square
 * tile of the result from tiles of the operands in local memory; a work-item owns TILE_ITEM x
 * TILE_ITEM elements, TILE_WG apart, so that neighbours load and store side by side.
 * Operands are read through strides, so one inner loop serves all three products; a tile is
 * loaded along the index that lies contiguous in memory. Past an edge a tile holds zeros.
 * Reference: reference_dense_forward(), reference_dense_backward_weights(),
 * reference_dense_backward_input(). */

/* Work-items along a side of a group; TILE_WG * TILE_WG must fit the device. */
#ifndef TILE_WG
#define TILE_WG 8
#endif
/* Elements of the result along a side that a work-item owns. */
#ifndef TILE_ITEM
#define TILE_ITEM 4
#endif
/* Depth of the tiles in local memory; 2 * TILE * (TILE_K + 1) floats must fit it. */
#ifndef TILE_K
#define TILE_K 16
#endif

#define TILE (TILE_WG * TILE_ITEM)
#define TILE_GROUP (TILE_WG * TILE_WG)
/* A row of a tile is padded by one float, so that columns fall into different banks. */
#define TILE_ROW (TILE_K + 1)

/* tile[i, k] = source[(first + i) * stride + (depth + k) * depth_stride], zero outside
 * [count, depth_end). */
static void load_tile(__global const float *source, const ulong stride,
                      const ulong depth_stride, const uint first, const uint count,
                      const uint depth, const uint depth_end, __local float *tile)
{
    const uint lid = (uint)(get_local_id(1) * TILE_WG + get_local_id(0));

    for (uint t = lid; t < TILE * TILE_K; t += TILE_GROUP) {
        const uint i = depth_stride == 1 ? t / TILE_K : t % TILE;
        const uint k = depth_stride == 1 ? t % TILE_K : t / TILE;
        tile[i * TILE_ROW + k] = first + i < count && depth + k < depth_end
                                     ? source[(ulong)(first + i) * stride +
                                              (ulong)(depth + k) * depth_stride]
                                     : 0.0f;
    }
}

/* sums = this work-item's part of A[rows, depth] * B[cols, depth]^T, both read with strides:
 * elements (row + i * TILE_WG, col + j * TILE_WG) of the tile at (first_row, first_col). */
static void tile_sums(__global const float *a, const ulong a_stride,
                      const ulong a_depth, __global const float *b,
                      const ulong b_stride, const ulong b_depth, const uint rows,
                      const uint cols, const uint depth, __local float *a_tile,
                      __local float *b_tile, float sums[TILE_ITEM][TILE_ITEM])
{
    const uint row = (uint)get_local_id(1), col = (uint)get_local_id(0);
    const uint first_row = (uint)get_group_id(1) * TILE, first_col = (uint)get_group_id(0) * TILE;

    for (uint i = 0; i < TILE_ITEM; i++)
        for (uint j = 0; j < TILE_ITEM; j++)
            sums[i][j] = 0.0f;

    for (uint k0 = 0; k0 < depth; k0 += TILE_K) {
        load_tile(a, a_stride, a_depth, first_row, rows, k0, depth, a_tile);
        load_tile(b, b_stride, b_depth, first_col, cols, k0, depth, b_tile);
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint k = 0; k < TILE_K; k++) {
            float av[TILE_ITEM], bv[TILE_ITEM];
#pragma unroll
            for (uint i = 0; i < TILE_ITEM; i++) {
                av[i] = a_tile[(row + i * TILE_WG) * TILE_ROW + k];
                bv[i] = b_tile[(col + i * TILE_WG) * TILE_ROW + k];
            }
#pragma unroll
            for (uint i = 0; i < TILE_ITEM; i++)
#pragma unroll
                for (uint j = 0; j < TILE_ITEM; j++)
                    sums[i][j] = fma(av[i], bv[j], sums[i][j]);
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
}

/* Run `body` for each element this work-item owns: (m, n) in the result, `sum` its sum. */
#define FOR_EACH_OWNED(rows, cols, body)                                                 \
    for (uint i = 0; i < TILE_ITEM; i++)                                                 \
        for (uint j = 0; j < TILE_ITEM; j++) {                                           \
            const uint m = (uint)(get_group_id(1) * TILE + get_local_id(1)) + i * TILE_WG; \
            const uint n = (uint)(get_group_id(0) * TILE + get_local_id(0)) + j * TILE_WG; \
            const float sum = sums[i][j];                                                \
            if (m < (rows) && n < (cols)) {                                              \
                body                                                                     \
            }                                                                            \
        }

/* y[rows, outputs] = act(x[rows, inputs] * w[outputs, inputs]^T + b[outputs]).
 * Launch: global {outputs, rows} in whole tiles, TILE_WG work-items each; local
 * {TILE_WG, TILE_WG}; a group owns a tile of y. */
__kernel __attribute__((reqd_work_group_size(TILE_WG, TILE_WG, 1)))
void forward_tile(__global const float *restrict x, const ulong x_off,
                  __global const float *restrict w, const ulong w_off,
                  __global const float *restrict b, const ulong b_off,
                  __global float *restrict y, const ulong y_off, const uint activation,
                  const uint rows, const uint inputs, const uint outputs)
{
    __local float x_tile[TILE * TILE_ROW], w_tile[TILE * TILE_ROW];
    float sums[TILE_ITEM][TILE_ITEM];

    tile_sums(x + x_off, inputs, 1, w + w_off, inputs, 1, rows, outputs, inputs, x_tile, w_tile,
              sums);
    FOR_EACH_OWNED(rows, outputs,
                   y[y_off + (ulong)m * outputs + n] = activate(activation, sum + b[b_off + n]);)
}

/* dw[outputs, inputs] = scale * dy[rows, outputs]^T * x[rows, inputs], added to dw with
 * `accumulate`.
 * Launch: global {inputs, outputs} in whole tiles, TILE_WG work-items each; local
 * {TILE_WG, TILE_WG}; a group owns a tile of dw. */
__kernel __attribute__((reqd_work_group_size(TILE_WG, TILE_WG, 1)))
void backward_weights_tile(__global const float *restrict dy, const ulong dy_off,
                           __global const float *restrict x, const ulong x_off,
                           __global float *restrict dw, const ulong dw_off, const float scale,
                           const uint accumulate, const uint rows, const uint inputs,
                           const uint outputs)
{
    __local float dy_tile[TILE * TILE_ROW], x_tile[TILE * TILE_ROW];
    float sums[TILE_ITEM][TILE_ITEM];

    tile_sums(dy + dy_off, 1, outputs, x + x_off, 1, inputs, outputs, inputs, rows, dy_tile,
              x_tile, sums);
    FOR_EACH_OWNED(outputs, inputs,
                   __global float *to = dw + dw_off + (ulong)m * inputs + n;
                   *to = fma(scale, sum, accumulate ? *to : 0.0f);)
}

/* dx[rows, inputs] = (dy[rows, outputs] * w[outputs, inputs]) * act'(a[rows, inputs]).
 * Launch: global {inputs, rows} in whole tiles, TILE_WG work-items each; local
 * {TILE_WG, TILE_WG}; a group owns a tile of dx. */
__kernel __attribute__((reqd_work_group_size(TILE_WG, TILE_WG, 1)))
void backward_input_tile(__global const float *restrict dy, const ulong dy_off,
                         __global const float *restrict w, const ulong w_off,
                         __global const float *restrict a, const ulong a_off,
                         __global float *restrict dx, const ulong dx_off, const uint activation,
                         const uint rows, const uint inputs, const uint outputs)
{
    __local float dy_tile[TILE * TILE_ROW], w_tile[TILE * TILE_ROW];
    float sums[TILE_ITEM][TILE_ITEM];

    tile_sums(dy + dy_off, outputs, 1, w + w_off, 1, inputs, rows, inputs, outputs, dy_tile,
              w_tile, sums);
    FOR_EACH_OWNED(rows, inputs,
                   const ulong at = (ulong)m * inputs + n;
                   dx[dx_off + at] = sum * activation_slope(activation, a[a_off + at]);)
}
