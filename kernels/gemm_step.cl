/* gemm_step.cl - the gradient of a layer's weights and biases, and a step of an optimizer with it,
 * in one: the product of gemm_panel.cl, whose blocks go to descent.cl while they are in the
 * first-level cache, so that a gradient is neither written nor read.
 *
 * Where there are more rows than PANEL_K, sums are kept in the block of gradients until the last of
 * them. The results are to the bit those of the two kernels one after the other. A block's sums
 * leave the registers first, and its rows are then gone through one by one while the sums of the
 * next block are made: a processor does both at a time, as neither waits for the other.
 * Reference: reference_dense_update() in host/backend/reference_optimizer.c. */

/* Have a row of a block of a matrix [rows, cols] fetched. */
INLINED void fetch_row(__global const float *c, const struct block *b, const uint i,
                       const uint rows, const uint cols)
{
    __global const float *row = c + (ulong)min(b->row + i, rows - 1) * cols + b->col;
    PREFETCH(row);
    PREFETCH(row + min(cols - b->col, (uint)PANEL_W) - 1);
}

/* The same row of the three blocks. A processor takes a few dozen at a time and lets go of the
 * others, so they are asked for while sums are made. */
#define FETCH_ROW(has_m, has_v, at, b, i, rows, cols) \
    do {                                              \
        fetch_row((at).params, b, i, rows, cols);     \
        if (has_m)                                    \
            fetch_row((at).m, b, i, rows, cols);      \
        if (has_v)                                    \
            fetch_row((at).v, b, i, rows, cols);      \
    } while (0)

/* Row i of the block b: its sums times `scale` are added to what grads hold if there is any, and
 * then stored there, or taken as the gradient. */
#define ROW_STEP(kind)                                                                         \
    INLINED void kind##_row(const struct descent *s, const struct place whole,                 \
                            __global float *grads, const floatv *sums, const float scale,      \
                            const uint inputs, const struct block *b, const uint i)            \
    {                                                                                          \
        for (uint j = 0, n = b->col; j < PANEL_N && n < inputs; j++, n += VEC) {               \
            const ulong to = (ulong)(b->row + i) * inputs + n;                                 \
            const uint lanes = min(inputs - n, (uint)VEC);                                     \
            const floatv old = b->depth > 0 ? take(grads + to, lanes) : (floatv)(0.0f);        \
            const floatv g = fma((floatv)(scale), sums[j], old);                               \
            if (b->last) {                                                                     \
                const struct place at = {whole.params + to, whole.m + to, whole.v + to, lanes, \
                                         lanes};                                               \
                kind##_step(s, at, g);                                                         \
            } else {                                                                           \
                store_lanes(g, grads + to, lanes);                                             \
            }                                                                                  \
        }                                                                                      \
    }

/* The biases first .. end: a work-item's share of them. */
#define BIASES_STEP(kind)                                                                         \
    INLINED void kind##_biases(const struct descent *s, const struct place whole,                 \
                               __global const float *dy, const float scale, const uint rows,      \
                               const uint outputs, const uint first, const uint end)              \
    {                                                                                             \
        for (uint col = first; col < end; col += VEC) {                                           \
            const uint lanes = min(end - col, (uint)VEC);                                         \
            const struct place at = {whole.params + col, whole.m + col, whole.v + col, lanes, 0}; \
            kind##_step(s, at,                                                                    \
                        fma((floatv)(scale), column_sums(dy + col, rows, outputs, lanes),         \
                            (floatv)(0.0f)));                                                     \
        }                                                                                         \
    }

/* Launch: as backward_weights_panel. grads, params, m and v are blocks laid out alike, in which the
 * weights begin at weights_at and the biases at biases_at; m and v are looked at only where the
 * optimizer has them. `a` is dy, or its panels. */
#define OF_BLOCKS(kind, has_m, has_v, name, packed)                                              \
    __kernel __attribute__((reqd_work_group_size(1, 1, 1))) void name(                           \
        __global const float *restrict a, const ulong a_off, __global const float *restrict dy,  \
        const ulong dy_off, __global const float *restrict x, const ulong x_off,                 \
        __global float *restrict grads, const ulong grads_off, __global float *restrict params,  \
        const ulong params_off, __global float *restrict m, const ulong m_off,                   \
        __global float *restrict v, const ulong v_off, const ulong weights_at,                   \
        const ulong biases_at, const float scale, DESCENT_ARGS, const uint rows,                 \
        const uint inputs, const uint outputs, const uint item_rows, const uint item_panels)     \
    {                                                                                            \
        __local float panel[PANEL_K * PANEL_W] __attribute__((aligned(64)));                     \
        const struct descent s = DESCENT(1.0f);                                                  \
        const struct place weights = {params + params_off + weights_at, m + m_off + weights_at,  \
                                      v + v_off + weights_at, 0, 0};                             \
        const struct place biases = {params + params_off + biases_at, m + m_off + biases_at,     \
                                     v + v_off + biases_at, 0, 0};                               \
        __global const float *from = a + a_off, *to_x = x + x_off;                               \
        const uint items = (uint)(get_global_size(0) * get_global_size(1));                      \
        const uint item = (uint)(get_global_id(1) * get_global_size(0) + get_global_id(0));      \
        const uint share = ((outputs + items - 1) / items + VEC - 1) / VEC * VEC;                \
        struct block b, done = {0, 0, 0, 0, 0, 0, false};                                        \
        floatv kept[PANEL_M * PANEL_N];                                                          \
        uint kept_rows = 0;                                                                      \
                                                                                                 \
        kind##_biases(&s, biases, dy + dy_off, scale, rows, outputs, min(item * share, outputs), \
                      min((item + 1) * share, outputs));                                         \
        own(&b, outputs, inputs, item_rows, item_panels);                                        \
        const uint first_row = b.row, first_col = b.col;                                         \
        for (uint k = 0; k < rows; k += PANEL_K) {                                               \
            cut_depth(&b, k, rows);                                                              \
            for (b.col = first_col; b.col < b.col_end; b.col += PANEL_W) {                       \
                pack_along(to_x + (ulong)k * inputs + b.col, inputs, inputs - b.col, b.deep,     \
                           panel);                                                               \
                for (b.row = first_row; b.row < b.row_end; b.row += PANEL_M) {                   \
                    __global const float *as[PANEL_M];                                           \
                    floatv sums[PANEL_M][PANEL_N];                                               \
                    if (packed)                                                                  \
                        rows_of_panels(from + (ulong)k * PANEL_M, rows, b.row, as);              \
                    else                                                                         \
                        rows_of_matrix(from + (ulong)k * outputs, 1, b.row, outputs, as);        \
                    clear_sums(sums);                                                            \
                    for (uint part = 0; part < PANEL_M; part++) {                                \
                        const uint run = b.deep / PANEL_M;                                       \
                        const uint end = part < PANEL_M - 1 ? (part + 1) * run : b.deep;         \
                        if (b.last)                                                              \
                            FETCH_ROW(has_m, has_v, weights, &b, part, outputs, inputs);         \
                        if (part < kept_rows)                                                    \
                            kind##_row(&s, weights, grads + grads_off + weights_at,              \
                                       kept + part * PANEL_N, scale, inputs, &done, part);       \
                        panel_add(as, packed ? PANEL_M : outputs, run * part, end, panel, sums); \
                    }                                                                            \
                    _Pragma("unroll") for (uint i = 0; i < PANEL_M; i++)                         \
                        _Pragma("unroll") for (uint j = 0; j < PANEL_N; j++)                     \
                            kept[i * PANEL_N + j] = sums[i][j];                                  \
                    done = b;                                                                    \
                    kept_rows = min(outputs - b.row, (uint)PANEL_M);                             \
                }                                                                                \
            }                                                                                    \
        }                                                                                        \
        for (uint i = 0; i < kept_rows; i++)                                                     \
            kind##_row(&s, weights, grads + grads_off + weights_at, kept + i * PANEL_N, scale,   \
                       inputs, &done, i);                                                        \
    }

#define OF_PRODUCT(kind, has_m, has_v)                    \
    ROW_STEP(kind)                                        \
    BIASES_STEP(kind)                                     \
    OF_BLOCKS(kind, has_m, has_v, kind##_of_panel, false) \
    OF_BLOCKS(kind, has_m, has_v, kind##_of_packed, true)

DESCENT_KINDS(OF_PRODUCT)
