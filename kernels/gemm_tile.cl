/* gemm_tile.cl - the three products of a dense layer for GPUs: a work-group computes a tile of
 * the result from tiles of the operands in local memory, a work-item a part of it in registers.
 *
 *             columns: side b          Each product has three kernels, which differ in the shape
 *            +----------------+        of the group alone: PRODUCT_tile for results that are large
 *   rows:    | x, y: the item |        both ways, PRODUCT_tall for few columns (10 classes),
 *   side a   | owns M x N of  |        PRODUCT_wide for few rows (the gradient of 10 neurons).
 *            | it, in quads   |        No kernel's name begins with another's: Oclgrind 21.10 adds
 *            +----------------+        up the local memory of such kernels.
 *
 * Where a result has too few tiles to fill the device, the summed index is cut into slices; the
 * third number of a group is its slice.
 *
 * Memory is read in quads, four neighbours along the index that lies contiguous, neighbouring
 * work-items side by side; a quad is one vector load where it is aligned and whole. The next tiles
 * are on their way into registers while the present ones are multiplied, and local memory holds
 * two pairs of tiles, so that there is one barrier a tile. Past an edge a tile holds zeros.
 * Reference: reference_dense_forward(), reference_dense_backward_weights(),
 * reference_dense_backward_input(). */

/* Work-items of a group along the columns (X) and along the rows (Y) of the result, all powers of
 * two. X * Y must fit the device; X <= TILE_M * TILE_K / 4 and Y <= TILE_N * TILE_K / 4, so that
 * each loads whole quads of a tile. */
#ifndef TILE_X
#define TILE_X 16
#endif
#ifndef TILE_Y
#define TILE_Y 8
#endif
#ifndef TALL_X
#define TALL_X 4
#endif
#ifndef TALL_Y
#define TALL_Y 16
#endif
#ifndef WIDE_X
#define WIDE_X 32
#endif
#ifndef WIDE_Y
#define WIDE_Y 2
#endif
/* Rows and columns of the result that a work-item owns; powers of two from 4 on. The sums take
 * TILE_M * TILE_N registers. */
#ifndef TILE_M
#define TILE_M 8
#endif
#ifndef TILE_N
#define TILE_N 4
#endif
/* Depth of the tiles, a power of two from 4 on. Local memory must hold
 * 2 * TILE_K * (Y * TILE_M + X * TILE_N + 8) floats for each of the three shapes. */
#ifndef TILE_K
#define TILE_K 16
#endif

#define FITS(X, Y) ((X) <= TILE_M * TILE_K / 4 && (Y) <= TILE_N * TILE_K / 4)
#if !FITS(TILE_X, TILE_Y) || !FITS(TALL_X, TALL_Y) || !FITS(WIDE_X, WIDE_Y)
#error "a group of gemm_tile.cl has more work-items than its tiles have quads"
#endif

/* Quads from one depth of a tile to the next. The one that is left free makes columns fall into
 * different banks. */
#define ROW_QUADS(lines) ((lines) / 4 + 1)

/* One operand as a group sees it: lines (rows of the result for side a, columns for side b), each
 * as long as the sum is deep. */
struct tile_side {
    __global const float *from; /* the group's first line, at the first depth of its slice */
    uint stride;                /* floats to the next line, or to the next depth */
    uint along;                 /* 1: a line lies contiguous; 0: a depth does */
    uint lines;                 /* of a whole tile */
    uint left;                  /* lines that there are from the first on */
};

/* Initialisers: lines from `line` on, depths from `depth` on, of a matrix whose rows are the lines,
 * or whose columns are. No functions: the noalias of a returned struct stops Oclgrind 21.10. */
#define LINES_IN_ROWS(matrix, stride, line, depth, count, lines)                                 \
    {(matrix) + (ulong)(line) * (stride) + (depth), stride, 1, lines, (count) - (line)}
#define LINES_IN_COLUMNS(matrix, stride, line, depth, count, lines)                              \
    {(matrix) + (ulong)(depth) * (stride) + (line), stride, 0, lines, (count) - (line)}

/* How many of `whole` follow from `at` on, none behind the end; both below 2^31. As signed numbers:
 * of unsigned ones LLVM makes an operation that Oclgrind 21.10 does not know. */
INLINED uint rest_of(const uint whole, const uint at)
{
    return (uint)max((int)(whole - at), 0);
}

/* This work-item's number in a group that is X wide. */
INLINED uint own_number(const uint X)
{
    return (uint)(get_local_id(1) * X + get_local_id(0));
}

/* Fetch the tile at `depth` into registers, where `left` depths are left. The X * Y work-items load
 * quads in turn: `major` is the index across memory, and `minor` that of the quad's first float
 * along it. */
INLINED void fetch_tile(const struct tile_side side, const uint depth, const uint left,
                        const uint X, const uint Y, float4 *quads)
{
    const uint majors = side.along ? side.left : left, minors = side.along ? left : side.left;
    const uint per = (side.along ? TILE_K : side.lines) / 4;
    const uint aligned = in_quads(side.from, side.stride);
    __global const float *from = side.from + (ulong)depth * (side.along ? 1 : side.stride);

#pragma unroll
    for (uint q = 0; q * (X * Y) < side.lines * (TILE_K / 4); q++) {
        const uint at = own_number(X) + q * (X * Y), major = at / per, minor = at % per * 4;
        const uint count = major < majors ? rest_of(minors, minor) : 0;
        quads[q] = load_quad(from + (ulong)major * side.stride + minor, count, aligned);
    }
}

/* Put what fetch_tile() brought into local memory, where a depth lies contiguous. */
INLINED void place_tile(const struct tile_side side, const float4 *quads, const uint X,
                        const uint Y, __local float4 *tile)
{
    const uint row = ROW_QUADS(side.lines), per = (side.along ? TILE_K : side.lines) / 4;

#pragma unroll
    for (uint q = 0; q * (X * Y) < side.lines * (TILE_K / 4); q++) {
        const uint at = own_number(X) + q * (X * Y), major = at / per, minor = at % per * 4;
        if (side.along) {
            __local float *to = (__local float *)(tile + minor * row) + major;
            to[0] = quads[q].x;
            to[4 * row] = quads[q].y;
            to[8 * row] = quads[q].z;
            to[12 * row] = quads[q].w;
        } else {
            tile[major * row + minor / 4] = quads[q];
        }
    }
}

/* sums += tile a * tile b. A work-item reads quads that are X or Y apart, so that those of its
 * neighbours lie side by side. */
INLINED void multiply_tiles(__local const float4 *a, __local const float4 *b, const uint X,
                            const uint Y, float4 sums[TILE_M][TILE_N / 4])
{
    const uint a_row = ROW_QUADS(Y * TILE_M), b_row = ROW_QUADS(X * TILE_N);
    const uint x = (uint)get_local_id(0), y = (uint)get_local_id(1);

#pragma unroll 2
    for (uint k = 0; k < TILE_K; k++) {
        float4 bv[TILE_N / 4];
#pragma unroll
        for (uint j = 0; j < TILE_N / 4; j++)
            bv[j] = b[k * b_row + j * X + x];
#pragma unroll
        for (uint i = 0; i < TILE_M / 4; i++) {
            const float4 av = a[k * a_row + i * Y + y];
#pragma unroll
            for (uint j = 0; j < TILE_N / 4; j++) {
                sums[4 * i + 0][j] = fma((float4)(av.x), bv[j], sums[4 * i + 0][j]);
                sums[4 * i + 1][j] = fma((float4)(av.y), bv[j], sums[4 * i + 1][j]);
                sums[4 * i + 2][j] = fma((float4)(av.z), bv[j], sums[4 * i + 2][j]);
                sums[4 * i + 3][j] = fma((float4)(av.w), bv[j], sums[4 * i + 3][j]);
            }
        }
    }
}

/* Rows of side a that a work-item adds up for the bias gradient. */
#define LINES_EACH(X) (TILE_M > (X) ? TILE_M / (X) : 1)

/* line_sums[] += the lines of tile a that this work-item owns: X * Y apart. */
INLINED void add_lines(__local const float4 *a, const uint X, const uint Y, float *line_sums)
{
    __local const float *tile = (__local const float *)a;

#pragma unroll
    for (uint i = 0; i < LINES_EACH(X); i++) {
        const uint line = own_number(X) + i * (X * Y);
        if (line < Y * TILE_M)
            for (uint k = 0; k < TILE_K; k++)
                line_sums[i] += tile[4 * k * ROW_QUADS(Y * TILE_M) + line];
    }
}

/* sums = this work-item's part of A * B^T, `depth` deep; line_sums, with `with_lines`, its sums
 * over the lines of A. */
INLINED void tile_sums(const struct tile_side a, const struct tile_side b, const uint depth,
                       const uint X, const uint Y, __local float4 *a_tiles,
                       __local float4 *b_tiles, float4 *a_next, float4 *b_next,
                       float4 sums[TILE_M][TILE_N / 4], float *line_sums,
                       const uint with_lines)
{
    const uint a_size = TILE_K * ROW_QUADS(Y * TILE_M), b_size = TILE_K * ROW_QUADS(X * TILE_N);

#pragma unroll
    for (uint i = 0; i < TILE_M; i++)
#pragma unroll
        for (uint j = 0; j < TILE_N / 4; j++)
            sums[i][j] = (float4)(0.0f);
#pragma unroll
    for (uint i = 0; i < LINES_EACH(X); i++)
        line_sums[i] = 0.0f;
    fetch_tile(a, 0, depth, X, Y, a_next);
    fetch_tile(b, 0, depth, X, Y, b_next);
    place_tile(a, a_next, X, Y, a_tiles);
    place_tile(b, b_next, X, Y, b_tiles);
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint k = 0; k < depth; k += TILE_K) {
        const uint now = k / TILE_K % 2, then = 1 - now, next = k + TILE_K;

        if (next < depth) {
            fetch_tile(a, next, depth - next, X, Y, a_next);
            fetch_tile(b, next, depth - next, X, Y, b_next);
        }
        multiply_tiles(a_tiles + now * a_size, b_tiles + now * b_size, X, Y, sums);
        if (with_lines)
            add_lines(a_tiles + now * a_size, X, Y, line_sums);
        /* Whoever still read the other pair did so before the last barrier. */
        if (next < depth) {
            place_tile(a, a_next, X, Y, a_tiles + then * a_size);
            place_tile(b, b_next, X, Y, b_tiles + then * b_size);
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
}

/* Where this work-item's quads stand in the result: the row of sums[i], and the first of the four
 * columns of sums[..][j]. */
INLINED uint own_row(const uint i, const uint Y)
{
    return (uint)(get_group_id(1) * (Y * TILE_M) + 4 * get_local_id(1)) + i / 4 * (4 * Y) + i % 4;
}

INLINED uint own_col(const uint j, const uint X)
{
    return (uint)(get_group_id(0) * (X * TILE_N) + 4 * get_local_id(0)) + j * (4 * X);
}

/* part[slice][rows, cols] = the sums of this slice as they are. */
INLINED void store_part(float4 sums[TILE_M][TILE_N / 4], __global float *part, const uint rows,
                        const uint cols, const uint X, const uint Y)
{
    __global float *to = part + get_group_id(2) * ((ulong)rows * cols);
    const uint aligned = in_quads(to, cols);

#pragma unroll
    for (uint i = 0; i < TILE_M; i++)
#pragma unroll
        for (uint j = 0; j < TILE_N / 4; j++) {
            const uint m = own_row(i, Y), n = own_col(j, X);
            if (m < rows && n < cols)
                store_quad(sums[i][j], to + (ulong)m * cols + n, cols - n, aligned);
        }
}

/* What a kernel of X * Y work-items works with. */
#define TILE_STATE(X, Y)                                                                         \
    __local float4 a_tiles[2 * TILE_K * ROW_QUADS((Y) * TILE_M)];                                \
    __local float4 b_tiles[2 * TILE_K * ROW_QUADS((X) * TILE_N)];                                \
    float4 a_next[TILE_M * TILE_K / 4 / (X)], b_next[TILE_N * TILE_K / 4 / (Y)];                 \
    float4 sums[TILE_M][TILE_N / 4];                                                             \
    float line_sums[LINES_EACH(X)];                                                              \
    const uint row = (uint)get_group_id(1) * ((Y) * TILE_M);                                     \
    const uint col = (uint)get_group_id(0) * ((X) * TILE_N);                                     \
    const uint first = (uint)get_group_id(2) * slice;

INLINED void finish_forward(float4 sums[TILE_M][TILE_N / 4], __global const float *b,
                            __global float *y, const uint activation, const uint rows,
                            const uint outputs, const uint X, const uint Y)
{
    const uint aligned = in_quads(y, outputs);

#pragma unroll
    for (uint j = 0; j < TILE_N / 4; j++) {
        const uint n = own_col(j, X), count = rest_of(outputs, n);
        const float4 bias = load_quad(b + n, count, 0);
#pragma unroll
        for (uint i = 0; i < TILE_M; i++) {
            const uint m = own_row(i, Y);
            const float4 z = sums[i][j] + bias;
            const float4 value = (float4)(activate(activation, z.x), activate(activation, z.y),
                                          activate(activation, z.z), activate(activation, z.w));
            if (m < rows && count > 0)
                store_quad(value, y + (ulong)m * outputs + n, count, aligned);
        }
    }
}

/* y[rows, outputs] = act(x[rows, inputs] * w[outputs, inputs]^T + b[outputs]); with more than one
 * slice of `slice` inputs, a multiple of TILE_K, y[slices, rows, outputs] = their sums, which
 * forward_join finishes.
 * Launch: global {outputs, rows} in whole tiles, X and Y work-items each, and slices; local
 * {X, Y, 1}; a group owns a tile of y, or its slice of it. */
#define FORWARD_TILE(name, X, Y)                                                                 \
    __kernel __attribute__((reqd_work_group_size(X, Y, 1)))                                      \
    void name(__global const float *restrict x, const ulong x_off,                               \
              __global const float *restrict w, const ulong w_off,                               \
              __global const float *restrict b, const ulong b_off, __global float *restrict y,   \
              const ulong y_off, const uint activation, const uint rows, const uint inputs,      \
              const uint outputs, const uint slice)                                              \
    {                                                                                            \
        TILE_STATE(X, Y)                                                                         \
        const struct tile_side a_side =                                                          \
            LINES_IN_ROWS(x + x_off, inputs, row, first, rows, (Y) * TILE_M);                    \
        const struct tile_side b_side =                                                          \
            LINES_IN_ROWS(w + w_off, inputs, col, first, outputs, (X) * TILE_N);                 \
                                                                                                 \
        tile_sums(a_side, b_side, min(slice, inputs - first), X, Y, a_tiles, b_tiles, a_next,    \
                  b_next, sums, line_sums, 0);                                                   \
        if (get_num_groups(2) > 1)                                                               \
            store_part(sums, y + y_off, rows, outputs, X, Y);                                    \
        else                                                                                     \
            finish_forward(sums, b + b_off, y + y_off, activation, rows, outputs, X, Y);         \
    }

FORWARD_TILE(forward_tile, TILE_X, TILE_Y)
FORWARD_TILE(forward_tall, TALL_X, TALL_Y)
FORWARD_TILE(forward_wide, WIDE_X, WIDE_Y)

INLINED void finish_weights(float4 sums[TILE_M][TILE_N / 4], __global float *dw,
                            const float scale, const uint accumulate, const uint inputs,
                            const uint outputs, const uint X, const uint Y)
{
    const uint aligned = in_quads(dw, inputs);

#pragma unroll
    for (uint i = 0; i < TILE_M; i++)
#pragma unroll
        for (uint j = 0; j < TILE_N / 4; j++) {
            const uint m = own_row(i, Y), n = own_col(j, X);
            const uint count = m < outputs ? rest_of(inputs, n) : 0;
            __global float *to = dw + (ulong)m * inputs + n;
            const float4 old = load_quad(to, accumulate ? count : 0, aligned);
            if (count > 0)
                store_quad(fma((float4)(scale), sums[i][j], old), to, count, aligned);
        }
}

/* The sums of add_lines() to db[outputs], or as they are to db[slice][outputs]. */
INLINED void finish_bias(const float *line_sums, __global float *db, const float scale,
                         const uint accumulate, const uint outputs, const uint X, const uint Y)
{
#pragma unroll
    for (uint i = 0; i < LINES_EACH(X); i++) {
        const uint line = own_number(X) + i * (X * Y);
        const uint m = (uint)get_group_id(1) * (Y * TILE_M) + line;
        if (line < Y * TILE_M && m < outputs) {
            if (get_num_groups(2) > 1)
                db[get_group_id(2) * (ulong)outputs + m] = line_sums[i];
            else
                db[m] = fma(scale, line_sums[i], accumulate ? db[m] : 0.0f);
        }
    }
}

/* dw[outputs, inputs] = scale * dy[rows, outputs]^T * x[rows, inputs] and
 * db[outputs] = scale * column sums of dy, both added to with `accumulate`; with more than one
 * slice of `slice` rows, a multiple of TILE_K, dw[slices, outputs, inputs] and
 * db[slices, outputs] = their sums, which gradient_join finishes.
 * Launch: global {inputs, outputs} in whole tiles, X and Y work-items each, and slices; local
 * {X, Y, 1}; a group owns a tile of dw, or its slice of it; the first of a row of groups owns
 * their part of db. */
#define BACKWARD_WEIGHTS_TILE(name, X, Y)                                                        \
    __kernel __attribute__((reqd_work_group_size(X, Y, 1)))                                      \
    void name(__global const float *restrict dy, const ulong dy_off,                             \
              __global const float *restrict x, const ulong x_off, __global float *restrict dw,  \
              const ulong dw_off, __global float *restrict db, const ulong db_off,               \
              const float scale, const uint accumulate, const uint rows, const uint inputs,      \
              const uint outputs, const uint slice)                                              \
    {                                                                                            \
        TILE_STATE(X, Y)                                                                         \
        const struct tile_side a_side =                                                          \
            LINES_IN_COLUMNS(dy + dy_off, outputs, row, first, outputs, (Y) * TILE_M);           \
        const struct tile_side b_side =                                                          \
            LINES_IN_COLUMNS(x + x_off, inputs, col, first, inputs, (X) * TILE_N);               \
                                                                                                 \
        tile_sums(a_side, b_side, min(slice, rows - first), X, Y, a_tiles, b_tiles, a_next,      \
                  b_next, sums, line_sums, col == 0);                                            \
        if (get_num_groups(2) > 1)                                                               \
            store_part(sums, dw + dw_off, outputs, inputs, X, Y);                                \
        else                                                                                     \
            finish_weights(sums, dw + dw_off, scale, accumulate, inputs, outputs, X, Y);         \
        if (col == 0)                                                                            \
            finish_bias(line_sums, db + db_off, scale, accumulate, outputs, X, Y);               \
    }

BACKWARD_WEIGHTS_TILE(backward_weights_tile, TILE_X, TILE_Y)
BACKWARD_WEIGHTS_TILE(backward_weights_tall, TALL_X, TALL_Y)
BACKWARD_WEIGHTS_TILE(backward_weights_wide, WIDE_X, WIDE_Y)

INLINED void finish_input(float4 sums[TILE_M][TILE_N / 4], __global const float *a,
                          __global float *dx, const uint activation, const uint rows,
                          const uint inputs, const uint X, const uint Y)
{
    const uint a_aligned = in_quads(a, inputs), aligned = in_quads(dx, inputs);

#pragma unroll
    for (uint i = 0; i < TILE_M; i++)
#pragma unroll
        for (uint j = 0; j < TILE_N / 4; j++) {
            const uint m = own_row(i, Y), n = own_col(j, X);
            const uint count = m < rows ? rest_of(inputs, n) : 0;
            const ulong at = (ulong)m * inputs + n;
            const float4 out = load_quad(a + at, count, a_aligned);
            const float4 slope =
                (float4)(activation_slope(activation, out.x), activation_slope(activation, out.y),
                         activation_slope(activation, out.z), activation_slope(activation, out.w));
            if (count > 0)
                store_quad(sums[i][j] * slope, dx + at, count, aligned);
        }
}

/* dx[rows, inputs] = (dy[rows, outputs] * w[outputs, inputs]) * act'(a[rows, inputs]); with more
 * than one slice of `slice` outputs, a multiple of TILE_K, dx[slices, rows, inputs] = their sums,
 * which backward_input_join finishes.
 * Launch: global {inputs, rows} in whole tiles, X and Y work-items each, and slices; local
 * {X, Y, 1}; a group owns a tile of dx, or its slice of it. */
#define BACKWARD_INPUT_TILE(name, X, Y)                                                          \
    __kernel __attribute__((reqd_work_group_size(X, Y, 1)))                                      \
    void name(__global const float *restrict dy, const ulong dy_off,                             \
              __global const float *restrict w, const ulong w_off,                               \
              __global const float *restrict a, const ulong a_off, __global float *restrict dx,  \
              const ulong dx_off, const uint activation, const uint rows, const uint inputs,     \
              const uint outputs, const uint slice)                                              \
    {                                                                                            \
        TILE_STATE(X, Y)                                                                         \
        const struct tile_side a_side =                                                          \
            LINES_IN_ROWS(dy + dy_off, outputs, row, first, rows, (Y) * TILE_M);                 \
        const struct tile_side b_side =                                                          \
            LINES_IN_COLUMNS(w + w_off, inputs, col, first, inputs, (X) * TILE_N);               \
                                                                                                 \
        tile_sums(a_side, b_side, min(slice, outputs - first), X, Y, a_tiles, b_tiles, a_next,   \
                  b_next, sums, line_sums, 0);                                                   \
        if (get_num_groups(2) > 1)                                                               \
            store_part(sums, dx + dx_off, rows, inputs, X, Y);                                   \
        else                                                                                     \
            finish_input(sums, a + a_off, dx + dx_off, activation, rows, inputs, X, Y);          \
    }

BACKWARD_INPUT_TILE(backward_input_tile, TILE_X, TILE_Y)
BACKWARD_INPUT_TILE(backward_input_tall, TALL_X, TALL_Y)
BACKWARD_INPUT_TILE(backward_input_wide, WIDE_X, WIDE_Y)
