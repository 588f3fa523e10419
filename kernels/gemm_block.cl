/* gemm_block.cl - what gemm_panel.cl and gemm_step.cl make their products of: blocks of sums, and
 * what a work-item owns of a result. gemm_panel.cl says how a product is cut. */

/* Rows of a block, and its columns in vectors: PANEL_M * PANEL_N sums, PANEL_N vectors of B and one
 * of A stay in registers. */
#ifndef PANEL_M
#define PANEL_M 6
#endif
#ifndef PANEL_N
#define PANEL_N 2
#endif

/* Rows of B in a panel; PANEL_K * PANEL_W floats are half a first-level cache. */
#ifndef PANEL_K
#define PANEL_K 256
#endif

#define PANEL_W (PANEL_N * VEC)

/* Where the rows of a block of A begin: a[rows, ..], `stride` from row to row. Rows past the last
 * repeat it. */
INLINED void rows_of_matrix(__global const float *a, const ulong stride, const uint row,
                            const uint rows, __global const float *as[PANEL_M])
{
#pragma unroll
    for (uint i = 0; i < PANEL_M; i++)
        as[i] = a + min(row + i, rows - 1) * stride;
}

/* The same in panels of A, each `depth` deep. */
INLINED void rows_of_panels(__global const float *a, const uint depth, const uint row,
                            __global const float *as[PANEL_M])
{
#pragma unroll
    for (uint i = 0; i < PANEL_M; i++)
        as[i] = a + (ulong)row * depth + i;
}

/* sums += columns first .. end of a block of A, `step` apart, times those rows of the panel. */
INLINED void panel_add(__global const float *const as[PANEL_M], const ulong step, const uint first,
                       const uint end, __local const float *panel, floatv sums[PANEL_M][PANEL_N])
{
    panel += first * PANEL_W;
    for (uint k = first; k < end; k++, panel += PANEL_W) {
        floatv bv[PANEL_N];
#pragma unroll
        for (uint j = 0; j < PANEL_N; j++)
            bv[j] = vload_v(j, panel);
#pragma unroll
        for (uint i = 0; i < PANEL_M; i++) {
            const floatv av = (floatv)(as[i][k * step]);
#pragma unroll
            for (uint j = 0; j < PANEL_N; j++)
                sums[i][j] = fma(av, bv[j], sums[i][j]);
        }
    }
}

INLINED void clear_sums(floatv sums[PANEL_M][PANEL_N])
{
#pragma unroll
    for (uint i = 0; i < PANEL_M; i++)
#pragma unroll
        for (uint j = 0; j < PANEL_N; j++)
            sums[i][j] = (floatv)(0.0f);
}

/* sums = a block of A, `depth` columns of it `step` apart, times the panel. */
INLINED void panel_sums(__global const float *const as[PANEL_M], const ulong step,
                        const uint depth, __local const float *panel,
                        floatv sums[PANEL_M][PANEL_N])
{
    clear_sums(sums);
    panel_add(as, step, 0, depth, panel, sums);
}

/* The first `count` of the floats at p, at most VEC, zeros behind them. */
INLINED floatv load_some(__global const float *p, const uint count)
{
    if (count >= VEC)
        return vload_v(0, p);
    float part[VEC];
    for (uint i = 0; i < VEC; i++)
        part[i] = i < count ? p[i] : 0.0f;
    return vload_v(0, part);
}

/* What a work-item owns of C[rows, cols], and of that the block at hand: `deep` rows of B from
 * `depth` on, the last ones of all if `last`. */
struct block {
    uint row, row_end, col, col_end, depth, deep;
    bool last;
};

INLINED void own(struct block *b, const uint rows, const uint cols, const uint item_rows,
                 const uint item_panels)
{
    b->row = (uint)get_global_id(0) * item_rows;
    b->col = (uint)get_global_id(1) * item_panels * PANEL_W;
    b->row_end = min(b->row + item_rows, rows);
    b->col_end = min(b->col + item_panels * PANEL_W, cols);
}

INLINED void cut_depth(struct block *b, const uint depth, const uint whole)
{
    b->depth = depth;
    b->deep = min(whole - depth, (uint)PANEL_K);
    b->last = depth + b->deep == whole;
}

/* Have a block of a matrix [rows, cols] fetched while its sums are made: its rows lie far apart, so
 * the processor does not see them coming. */
INLINED void fetch_block(__global const float *c, const struct block *b, const uint rows,
                         const uint cols)
{
#pragma unroll
    for (uint i = 0; i < PANEL_M; i++) {
        __global const float *row = c + (ulong)min(b->row + i, rows - 1) * cols + b->col;
        PREFETCH(row);
        PREFETCH(row + min(cols - b->col, (uint)PANEL_W) - 1);
    }
}

/* For each vector of a block inside C[rows, cols]: (i, j) in the block, at float `at` of C, `count`
 * columns of it from `n` on. */
#define FOR_EACH_VECTOR(b, rows, cols)                                              \
    _Pragma("unroll") for (uint i = 0; i < PANEL_M; i++)                            \
        _Pragma("unroll") for (uint j = 0, n = (b).col; j < PANEL_N; j++, n += VEC) \
            if ((b).row + i < (rows) && n < (cols))

/* The sums of `lanes` <= VEC columns of dy[rows, outputs], zeros behind them. */
INLINED floatv column_sums(__global const float *dy, const uint rows, const uint outputs,
                           const uint lanes)
{
    floatv sum = (floatv)(0.0f);
    for (uint row = 0; row < rows; row++)
        sum += load_some(dy + (ulong)row * outputs, lanes);
    return sum;
}
