/* gemm_block.cl - the three products of a dense layer for CPUs: a work-item computes blocks of
 * the result in vector registers, straight from the matrices, in work-groups of 1.
 *
 * Two shapes of inner loop. Forward, both operands run along the summed index, so vectors do
 * too (dot products). Backward, the right operand runs along the columns of the result, so
 * vectors do too (outer products), and the left operand is broadcast.
 * A block at the edge recomputes its last row or column, or leaves lanes idle, and stores what
 * is its own. Reference: reference_dense_forward(), reference_dense_backward_weights(),
 * reference_dense_backward_input(). */

/* Rows and columns of a block of dot products; DOT_M * DOT_N vectors stay in registers. */
#ifndef DOT_M
#define DOT_M 2
#endif
#ifndef DOT_N
#define DOT_N 5
#endif

/* Rows of a block of outer products, and its columns in vectors. */
#ifndef OUTER_M
#define OUTER_M 5
#endif
#ifndef OUTER_N
#define OUTER_N 2
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
void forward_block(__global const float *restrict x, const ulong x_off,
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

/* sums = rows [row, row + OUTER_M) of A times columns [col, col + OUTER_N * VEC) of
 * B[depth, cols], where A[m, k] = a[m * a_row + k * a_col] has `rows` rows. */
INLINED void outer_sums(__global const float *a, const ulong a_row, const ulong a_col,
                        __global const float *b, const uint row, const uint col,
                        const uint rows, const uint cols, const uint depth,
                        floatv sums[OUTER_M][OUTER_N])
{
    __global const float *as[OUTER_M];
    const uint width = min(cols - col, (uint)(OUTER_N * VEC));
    const ulong total = (ulong)depth * cols;
    uint k = 0;

#pragma unroll
    for (uint i = 0; i < OUTER_M; i++) {
        as[i] = a + (ulong)min(row + i, rows - 1) * a_row;
#pragma unroll
        for (uint j = 0; j < OUTER_N; j++)
            sums[i][j] = (floatv)(0.0f);
    }
    /* While a whole block can be read inside B, lanes past the last column hold the next row's
     * values; they are summed and never stored. */
    for (; k < depth && (ulong)k * cols + col + OUTER_N * VEC <= total; k++) {
        floatv bv[OUTER_N];
#pragma unroll
        for (uint j = 0; j < OUTER_N; j++)
            bv[j] = vload_v(0, b + (ulong)k * cols + col + j * VEC);
#pragma unroll
        for (uint i = 0; i < OUTER_M; i++) {
            const floatv av = (floatv)(as[i][k * a_col]);
#pragma unroll
            for (uint j = 0; j < OUTER_N; j++)
                sums[i][j] = fma(av, bv[j], sums[i][j]);
        }
    }
    for (; k < depth; k++) {
        floatv bv[OUTER_N];
#pragma unroll
        for (uint j = 0; j < OUTER_N; j++)
            bv[j] = load_part(b + (ulong)k * cols + col + j * VEC,
                              width > j * VEC ? min(width - j * VEC, (uint)VEC) : 0, 0);
#pragma unroll
        for (uint i = 0; i < OUTER_M; i++) {
            const floatv av = (floatv)(as[i][k * a_col]);
#pragma unroll
            for (uint j = 0; j < OUTER_N; j++)
                sums[i][j] = fma(av, bv[j], sums[i][j]);
        }
    }
}

/* db[first .. end) = scale * column sums of dy[rows, outputs], VEC columns at a time. */
INLINED void bias_sums(__global const float *dy, __global float *db,
                       const float scale, const uint accumulate, const uint rows,
                       const uint outputs, const uint first, const uint end)
{
    const ulong total = (ulong)rows * outputs;

    for (uint col = first; col < end; col += VEC) {
        const uint width = min(end - col, (uint)VEC);
        floatv sum = (floatv)(0.0f);
        float part[VEC];
        for (uint row = 0; row < rows; row++) {
            const ulong at = (ulong)row * outputs + col;
            sum += load_part(dy + at, width, total - at);
        }
        vstore_v(sum, 0, part);
        for (uint c = 0; c < width; c++)
            db[col + c] = fma(scale, part[c], accumulate ? db[col + c] : 0.0f);
    }
}

/* Rows [first, end) of dw, in the OUTER_N * VEC columns from `col` on. */
INLINED void weights_range(__global const float *dy, __global const float *x,
                           __global float *dw, const float scale, const uint accumulate,
                           const uint rows, const uint inputs, const uint outputs,
                           const uint first, const uint end, const uint col)
{
    floatv sums[OUTER_M][OUTER_N];

    for (uint m = first; m < end; m += OUTER_M) {
        outer_sums(dy, 1, outputs, x, m, col, outputs, inputs, rows, sums);
        for (uint i = 0; i < OUTER_M && m + i < outputs; i++) {
            __global float *to = dw + (ulong)(m + i) * inputs + col;
            for (uint j = 0; j < OUTER_N; j++, to += VEC) {
                const uint at = col + j * VEC;
                if (at + VEC <= inputs) {
                    const floatv old = accumulate ? vload_v(0, to) : (floatv)(0.0f);
                    vstore_v(fma((floatv)(scale), sums[i][j], old), 0, to);
                } else if (at < inputs) {
                    float part[VEC];
                    vstore_v(sums[i][j], 0, part);
                    for (uint c = 0; c < inputs - at; c++)
                        to[c] = fma(scale, part[c], accumulate ? to[c] : 0.0f);
                }
            }
        }
    }
}

/* dw[outputs, inputs] = scale * dy[rows, outputs]^T * x[rows, inputs] and
 * db[outputs] = scale * column sums of dy, both added to with `accumulate`.
 * Launch: global {ceil(outputs / item_rows), ceil(inputs / (OUTER_N * VEC))}, local {1, 1}; a
 * work-item owns item_rows rows of dw, a multiple of OUTER_M, and OUTER_N * VEC columns; the
 * first of a row of work-items owns their part of db. */
__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void backward_weights_block(__global const float *restrict dy, const ulong dy_off,
                            __global const float *restrict x, const ulong x_off,
                            __global float *restrict dw, const ulong dw_off,
                            __global float *restrict db, const ulong db_off, const float scale,
                            const uint accumulate, const uint rows, const uint inputs,
                            const uint outputs, const uint item_rows)
{
    const uint first = (uint)get_global_id(0) * item_rows;
    const uint end = min(first + item_rows, outputs);
    const uint col = (uint)get_global_id(1) * (OUTER_N * VEC);

    if (col == 0)
        bias_sums(dy + dy_off, db + db_off, scale, accumulate, rows, outputs, first, end);
    weights_range(dy + dy_off, x + x_off, dw + dw_off, scale, accumulate, rows, inputs, outputs,
                  first, end, col);
}

/* Rows [first, end) of dx, in the OUTER_N * VEC columns from `col` on. */
INLINED void input_range(__global const float *dy, __global const float *w,
                         __global const float *a, __global float *dx,
                         const uint activation, const uint rows, const uint inputs,
                         const uint outputs, const uint first, const uint end, const uint col)
{
    const uint width = min(inputs - col, (uint)(OUTER_N * VEC));
    floatv sums[OUTER_M][OUTER_N];

    for (uint m = first; m < end; m += OUTER_M) {
        outer_sums(dy, outputs, 1, w, m, col, rows, inputs, outputs, sums);
        for (uint i = 0; i < OUTER_M && m + i < rows; i++) {
            const ulong at = (ulong)(m + i) * inputs + col;
            float part[OUTER_N * VEC];
            for (uint j = 0; j < OUTER_N; j++)
                vstore_v(sums[i][j], j, part);
            for (uint c = 0; c < width; c++)
                dx[at + c] = part[c] * activation_slope(activation, a[at + c]);
        }
    }
}

/* dx[rows, inputs] = (dy[rows, outputs] * w[outputs, inputs]) * act'(a[rows, inputs]).
 * Launch: global {ceil(rows / item_rows), ceil(inputs / (OUTER_N * VEC))}, local {1, 1}; a
 * work-item owns item_rows rows of dx, a multiple of OUTER_M, and OUTER_N * VEC columns. */
__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void backward_input_block(__global const float *restrict dy, const ulong dy_off,
                          __global const float *restrict w, const ulong w_off,
                          __global const float *restrict a, const ulong a_off,
                          __global float *restrict dx, const ulong dx_off, const uint activation,
                          const uint rows, const uint inputs, const uint outputs,
                          const uint item_rows)
{
    const uint first = (uint)get_global_id(0) * item_rows;

    input_range(dy + dy_off, w + w_off, a + a_off, dx + dx_off, activation, rows, inputs, outputs,
                first, min(first + item_rows, rows), (uint)get_global_id(1) * (OUTER_N * VEC));
}
