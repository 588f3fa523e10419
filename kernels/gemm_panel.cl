/* gemm_panel.cl - the three products of a dense layer for CPUs, C[rows, cols] = A[rows, depth] *
 * B[depth, cols]: a work-item computes blocks of PANEL_M rows and PANEL_W columns of C in vector
 * registers, in work-groups of 1.
 *
 * The columns of a block lie in the lanes of PANEL_N vectors. PANEL_K rows of B are first packed
 * into a panel [PANEL_K, PANEL_W], which stays in the first-level cache while all rows of C that
 * the work-item owns are taken past it; so B is read from memory once, whichever way it lies. Of A
 * an element at a time is broadcast: straight from the matrix, or, in the kernels named "packed",
 * from panels [depth, PANEL_M] that pack_rows or pack_columns made of it, which pays where A is
 * large or lies across.
 *
 *   product               C    A            B
 *   y = x w^T             y    x            w, columns lie along
 *   dw = dy^T x           dw   dy, across   x
 *   dx = dy w             dx   dy           w
 *
 * Reference: reference_dense_forward(), reference_dense_backward_weights(),
 * reference_dense_backward_input(). */

/* ---- the kernels ----
 *
 * Launch: global {ceil(rows of C / item_rows), ceil(columns of C / (item_panels * PANEL_W))},
 * local {1, 1}; a work-item owns item_rows rows, a multiple of PANEL_M, and item_panels panels of
 * columns. */

/* y[rows, outputs] = act(x[rows, inputs] * w[outputs, inputs]^T + b[outputs]). */
INLINED void forward(__global const float *x, const bool packed, __global const float *w,
                     __global const float *bias, __global float *y, const uint activation,
                     const uint rows, const uint inputs, const uint outputs, struct block b,
                     __local float *panel)
{
    const uint first_row = b.row, first_col = b.col;

    for (uint k = 0; k < inputs; k += PANEL_K) {
        cut_depth(&b, k, inputs);
        for (b.col = first_col; b.col < b.col_end; b.col += PANEL_W) {
            pack_across(w + (ulong)b.col * inputs + k, inputs, outputs - b.col, b.deep, panel);
            for (b.row = first_row; b.row < b.row_end; b.row += PANEL_M) {
                __global const float *as[PANEL_M];
                floatv sums[PANEL_M][PANEL_N];
                fetch_block(y, &b, rows, outputs);
                if (packed)
                    rows_of_panels(x + (ulong)k * PANEL_M, inputs, b.row, as);
                else
                    rows_of_matrix(x + k, inputs, b.row, rows, as);
                panel_sums(as, packed ? PANEL_M : 1, b.deep, panel, sums);
                FOR_EACH_VECTOR(b, rows, outputs)
                {
                    __global float *to = y + (ulong)(b.row + i) * outputs + n;
                    const floatv z = sums[i][j] + (k > 0 ? load_some(to, outputs - n)
                                                         : load_some(bias + n, outputs - n));
                    store_lanes(b.last ? activate_v(activation, z) : z, to, outputs - n);
                }
            }
        }
    }
}

#define FORWARD(name, packed)                                                                  \
    __kernel __attribute__((reqd_work_group_size(1, 1, 1)))                                    \
    void name(__global const float *restrict x, const ulong x_off,                             \
              __global const float *restrict w, const ulong w_off,                             \
              __global const float *restrict b, const ulong b_off, __global float *restrict y, \
              const ulong y_off, const uint activation, const uint rows, const uint inputs,    \
              const uint outputs, const uint item_rows, const uint item_panels)                \
    {                                                                                          \
        __local float panel[PANEL_K * PANEL_W] __attribute__((aligned(64)));                   \
        struct block block;                                                                    \
        own(&block, rows, outputs, item_rows, item_panels);                                    \
        forward(x + x_off, packed, w + w_off, b + b_off, y + y_off, activation, rows, inputs,  \
                outputs, block, panel);                                                        \
    }

FORWARD(forward_panel, false)
FORWARD(forward_packed, true)

/* db[first .. end) = scale * column sums of dy[rows, outputs], VEC columns at a time. */
INLINED void bias_sums(__global const float *dy, __global float *db, const float scale,
                       const uint accumulate, const uint rows, const uint outputs,
                       const uint first, const uint end)
{
    for (uint col = first; col < end; col += VEC) {
        const uint width = min(end - col, (uint)VEC);
        const floatv sum = column_sums(dy + col, rows, outputs, width);
        const floatv old = accumulate ? load_some(db + col, width) : (floatv)(0.0f);
        store_lanes(fma((floatv)(scale), sum, old), db + col, width);
    }
}

/* dw[outputs, inputs] = scale * dy[rows, outputs]^T * x[rows, inputs], added to dw with
 * `accumulate`. `a` is dy, or its panels. */
INLINED void backward_weights(__global const float *a, const bool packed,
                              __global const float *x, __global float *dw, const float scale,
                              const uint accumulate, const uint rows, const uint inputs,
                              const uint outputs, struct block b, __local float *panel)
{
    const uint first_row = b.row, first_col = b.col;

    for (uint k = 0; k < rows; k += PANEL_K) {
        cut_depth(&b, k, rows);
        for (b.col = first_col; b.col < b.col_end; b.col += PANEL_W) {
            pack_along(x + (ulong)k * inputs + b.col, inputs, inputs - b.col, b.deep, panel);
            for (b.row = first_row; b.row < b.row_end; b.row += PANEL_M) {
                __global const float *as[PANEL_M];
                floatv sums[PANEL_M][PANEL_N];
                fetch_block(dw, &b, outputs, inputs);
                if (packed)
                    rows_of_panels(a + (ulong)k * PANEL_M, rows, b.row, as);
                else
                    rows_of_matrix(a + (ulong)k * outputs, 1, b.row, outputs, as);
                panel_sums(as, packed ? PANEL_M : outputs, b.deep, panel, sums);
                FOR_EACH_VECTOR(b, outputs, inputs)
                {
                    __global float *to = dw + (ulong)(b.row + i) * inputs + n;
                    const floatv old =
                        k > 0 || accumulate ? load_some(to, inputs - n) : (floatv)(0.0f);
                    store_lanes(fma((floatv)(scale), sums[i][j], old), to, inputs - n);
                }
            }
        }
    }
}

/* The work-items also share the bias gradient, db[outputs] = scale * column sums of dy. */
#define BACKWARD_WEIGHTS(name, packed)                                                          \
    __kernel __attribute__((reqd_work_group_size(1, 1, 1)))                                     \
    void name(__global const float *restrict a, const ulong a_off,                              \
              __global const float *restrict dy, const ulong dy_off,                            \
              __global const float *restrict x, const ulong x_off, __global float *restrict dw, \
              const ulong dw_off, __global float *restrict db, const ulong db_off,              \
              const float scale, const uint accumulate, const uint rows, const uint inputs,     \
              const uint outputs, const uint item_rows, const uint item_panels)                 \
    {                                                                                           \
        __local float panel[PANEL_K * PANEL_W] __attribute__((aligned(64)));                    \
        struct block block;                                                                     \
        const uint items = (uint)(get_global_size(0) * get_global_size(1));                     \
        const uint item = (uint)(get_global_id(1) * get_global_size(0) + get_global_id(0));     \
        const uint share = ((outputs + items - 1) / items + VEC - 1) / VEC * VEC;               \
                                                                                                \
        bias_sums(dy + dy_off, db + db_off, scale, accumulate, rows, outputs,                   \
                  min(item * share, outputs), min((item + 1) * share, outputs));                \
        own(&block, outputs, inputs, item_rows, item_panels);                                   \
        backward_weights(a + a_off, packed, x + x_off, dw + dw_off, scale, accumulate, rows,    \
                         inputs, outputs, block, panel);                                        \
    }

BACKWARD_WEIGHTS(backward_weights_panel, false)
BACKWARD_WEIGHTS(backward_weights_packed, true)

/* dx[rows, inputs] = (dy[rows, outputs] * w[outputs, inputs]) * act'(below[rows, inputs]). */
INLINED void backward_input(__global const float *dy, const bool packed,
                            __global const float *w, __global const float *below,
                            __global float *dx, const uint activation, const uint rows,
                            const uint inputs, const uint outputs, struct block b,
                            __local float *panel)
{
    const uint first_row = b.row, first_col = b.col;

    for (uint k = 0; k < outputs; k += PANEL_K) {
        cut_depth(&b, k, outputs);
        for (b.col = first_col; b.col < b.col_end; b.col += PANEL_W) {
            pack_along(w + (ulong)k * inputs + b.col, inputs, inputs - b.col, b.deep, panel);
            for (b.row = first_row; b.row < b.row_end; b.row += PANEL_M) {
                __global const float *as[PANEL_M];
                floatv sums[PANEL_M][PANEL_N];
                fetch_block(dx, &b, rows, inputs);
                if (b.last)
                    fetch_block(below, &b, rows, inputs);
                if (packed)
                    rows_of_panels(dy + (ulong)k * PANEL_M, outputs, b.row, as);
                else
                    rows_of_matrix(dy + k, outputs, b.row, rows, as);
                panel_sums(as, packed ? PANEL_M : 1, b.deep, panel, sums);
                FOR_EACH_VECTOR(b, rows, inputs)
                {
                    const ulong at = (ulong)(b.row + i) * inputs + n;
                    const floatv sum =
                        k > 0 ? sums[i][j] + load_some(dx + at, inputs - n) : sums[i][j];
                    const floatv slope =
                        b.last ? slope_v(activation, load_some(below + at, inputs - n))
                               : (floatv)(1.0f);
                    store_lanes(sum * slope, dx + at, inputs - n);
                }
            }
        }
    }
}

#define BACKWARD_INPUT(name, packed)                                                        \
    __kernel __attribute__((reqd_work_group_size(1, 1, 1)))                                 \
    void name(__global const float *restrict dy, const ulong dy_off,                        \
              __global const float *restrict w, const ulong w_off,                          \
              __global const float *restrict below, const ulong below_off,                  \
              __global float *restrict dx, const ulong dx_off, const uint activation,       \
              const uint rows, const uint inputs, const uint outputs, const uint item_rows, \
              const uint item_panels)                                                       \
    {                                                                                       \
        __local float panel[PANEL_K * PANEL_W] __attribute__((aligned(64)));                \
        struct block block;                                                                 \
        own(&block, rows, inputs, item_rows, item_panels);                                  \
        backward_input(dy + dy_off, packed, w + w_off, below + below_off, dx + dx_off,      \
                       activation, rows, inputs, outputs, block, panel);                    \
    }

BACKWARD_INPUT(backward_input_panel, false)
BACKWARD_INPUT(backward_input_packed, true)
