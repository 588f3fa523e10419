/* gemm_dot.cl - the forward product for CPUs where a layer has few outputs: a work-item computes
 * blocks of dot products in vector registers, straight from the matrices, in work-groups of 1.
 *
 * Both operands run along the summed index, so vectors do too, and no lane is idle however few
 * outputs there are; wider layers go by panels (gemm_panel.cl), which need no sum over lanes.
 * A block at the edge recomputes its last row or column and stores what is its own.
 * Reference: reference_dense_forward(). */

/* Rows and columns of a block of dot products; DOT_M * DOT_N vectors stay in registers. */
#ifndef DOT_M
#define DOT_M 2
#endif
#ifndef DOT_N
#define DOT_N 5
#endif

/* One block of forward: y[row.., col..]. */
INLINED void forward_at(__global const float *x, __global const float *w,
                        __global const float *b, __global float *y,
                        const uint row, const uint col, const uint rows, const uint inputs,
                        const uint outputs, const uint activation)
{
    __global const float *xs[DOT_M];
    __global const float *ws[DOT_N];
    floatv sums[DOT_M][DOT_N];
    const uint whole = inputs / VEC * VEC, rest = inputs - whole;

#pragma unroll
    for (uint i = 0; i < DOT_M; i++)
        xs[i] = x + (ulong)min(row + i, rows - 1) * inputs;
#pragma unroll
    for (uint j = 0; j < DOT_N; j++)
        ws[j] = w + (ulong)min(col + j, outputs - 1) * inputs;
#pragma unroll
    for (uint i = 0; i < DOT_M; i++)
#pragma unroll
        for (uint j = 0; j < DOT_N; j++)
            sums[i][j] = (floatv)(0.0f);

    for (uint k = 0; k < whole; k += VEC) {
        floatv xv[DOT_M];
#pragma unroll
        for (uint i = 0; i < DOT_M; i++)
            xv[i] = vload_v(0, xs[i] + k);
#pragma unroll
        for (uint j = 0; j < DOT_N; j++) {
            const floatv wv = vload_v(0, ws[j] + k);
#pragma unroll
            for (uint i = 0; i < DOT_M; i++)
                sums[i][j] = fma(xv[i], wv, sums[i][j]);
        }
    }
    if (rest > 0) {
        floatv xv[DOT_M];
#pragma unroll
        for (uint i = 0; i < DOT_M; i++)
            xv[i] = load_part(xs[i] + whole, rest,
                              (ulong)(rows - min(row + i, rows - 1)) * inputs - whole);
#pragma unroll
        for (uint j = 0; j < DOT_N; j++) {
            const floatv wv =
                load_part(ws[j] + whole, rest,
                          (ulong)(outputs - min(col + j, outputs - 1)) * inputs - whole);
#pragma unroll
            for (uint i = 0; i < DOT_M; i++)
                sums[i][j] = fma(xv[i], wv, sums[i][j]);
        }
    }
#pragma unroll
    for (uint i = 0; i < DOT_M; i++)
#pragma unroll
        for (uint j = 0; j < DOT_N; j++)
            if (row + i < rows && col + j < outputs)
                y[(ulong)(row + i) * outputs + col + j] =
                    activate(activation, sum_of_lanes(sums[i][j]) + b[col + j]);
}

/* Rows [row, row_end) and columns [col, col_end) of forward. */
INLINED void forward_range(__global const float *x, __global const float *w,
                           __global const float *b, __global float *y,
                           const uint row, const uint row_end, const uint col, const uint col_end,
                           const uint rows, const uint inputs, const uint outputs,
                           const uint activation)
{
    for (uint n = col; n < col_end; n += DOT_N)
        for (uint m = row; m < row_end; m += DOT_M)
            forward_at(x, w, b, y, m, n, rows, inputs, outputs, activation);
}

/* y[rows, outputs] = act(x[rows, inputs] * w[outputs, inputs]^T + b[outputs]).
 * Launch: global {ceil(rows / item_rows), ceil(outputs / item_cols)}, local {1, 1}; a
 * work-item owns item_rows x item_cols of y, multiples of DOT_M and DOT_N. */
__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void forward_dot(__global const float *restrict x, const ulong x_off,
                   __global const float *restrict w, const ulong w_off,
                   __global const float *restrict b, const ulong b_off,
                   __global float *restrict y, const ulong y_off, const uint activation,
                   const uint rows, const uint inputs, const uint outputs, const uint item_rows,
                   const uint item_cols)
{
    const uint row = (uint)get_global_id(0) * item_rows, col = (uint)get_global_id(1) * item_cols;

    forward_range(x + x_off, w + w_off, b + b_off, y + y_off, row, min(row + item_rows, rows), col,
                  min(col + item_cols, outputs), rows, inputs, outputs, activation);
}
