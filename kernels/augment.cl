/* augment.cl - images of a batch, distorted anew: an affine map about the centre, a smooth random
 * field of displacements (Simard, Steinkraus, Platt 2003), and a square cut out.
 * host/backend/augmentation.h says what is drawn and from which random numbers.
 *
 * Each output pixel asks where in the image it comes from and takes the four pixels around that
 * place, weighted bilinearly. Bilinear interpolation is continuous, so rounding of the place moves
 * the result a little and never more, also where it leads to the neighbouring pixel. The image lies
 * in local memory with each pixel beside the one below it, so that the four are one load.
 * Reference: reference_augment() in host/backend/reference_augment.c. */

/* Rows that a work-item smooths at a time: enough sums for the latency of fma. */
#define SMOOTH_ROWS 4

/* Rows whose places a work-item finds before it fetches their pixels: then neither waits for the
 * other. Where many work-items take turns, one waits while another works; places of a single row
 * stay in registers. */
#if ROW_WG == 1
#define STRIP_ROWS 4
#else
#define STRIP_ROWS 1
#endif

/* IN_FOURS(a, b, w, x, y, z): of each four lanes of a and b those of these numbers, 0 to 3 a's and
 * 4 to 7 b's; LANE(g, i) is number i of the fours g among the lanes of both. */
#define LANE(g, i) (4 * (g) + (i) % 4 + (i) / 4 * VEC)
#define GROUP(g, w, x, y, z) LANE(g, w), LANE(g, x), LANE(g, y), LANE(g, z)
#ifndef __clang__
#define IN_FOURS(a, b, w, x, y, z) in_fours(a, b, w, x, y, z)
INLINED floatv in_fours(const floatv a, const floatv b, const uint w, const uint x, const uint y,
                        const uint z)
{
    const uint lanes[4] = {w, x, y, z};
    float from[2 * VEC], to[VEC];

    vstore_v(a, 0, from);
    vstore_v(b, 1, from);
    for (uint i = 0; i < VEC; i++)
        to[i] = from[LANE(i / 4, lanes[i % 4])];
    return vload_v(0, to);
}
#elif VEC == 16
#define IN_FOURS(a, b, ...)                                                                        \
    __builtin_shufflevector(a, b, GROUP(0, __VA_ARGS__), GROUP(1, __VA_ARGS__),                    \
                            GROUP(2, __VA_ARGS__), GROUP(3, __VA_ARGS__))
#elif VEC == 8
#define IN_FOURS(a, b, ...)                                                                        \
    __builtin_shufflevector(a, b, GROUP(0, __VA_ARGS__), GROUP(1, __VA_ARGS__))
#else
#define IN_FOURS(a, b, ...) __builtin_shufflevector(a, b, GROUP(0, __VA_ARGS__))
#endif

/* Numbers of one image, from its first two blocks of random words. */
struct affine {
    float4 map;    /* to row-wise: place = map.xy . (column, row), map.zw . (column, row) */
    float2 offset; /* of columns and rows */
    uint2 cut;     /* centre of the square, column and row */
};

/* Uniform in [-1, 1), a multiple of 2^-23. */
static float random_signed(const uint word)
{
    return (float)(word >> 8) * 0x1p-23f - 1.0f;
}

static floatv random_signed_v(const uintv words)
{
    return convert_floatv(words >> (uintv)(8)) * (floatv)(0x1p-23f) - (floatv)(1.0f);
}

/* `how` is the largest shift in pixels, angle in radians, change of size, tangent of the shear. */
INLINED void draw_affine(const uintv *words, const float4 how, const uint image_rows,
                         const uint image_cols, struct affine *affine)
{
    const float angle = how.y * random_signed(words[2].s0);
    const float shear = how.w * random_signed(words[3].s0);
    const float across = 1.0f / (1.0f + how.z * random_signed(words[0].s1));
    const float down = 1.0f / (1.0f + how.z * random_signed(words[1].s1));
    const float c = cos(angle), s = sin(angle);

    affine->offset = (float2)(how.x * random_signed(words[0].s0),
                              how.x * random_signed(words[1].s0));
    affine->map = (float4)(c * across, (c * shear - s) * down, s * across, (s * shear + c) * down);
    affine->cut = (uint2)(mul_hi(words[3].s1, image_cols), mul_hi(words[2].s1, image_rows));
}

/* to[2 * VEC] = a[0], b[0], a[1], b[1], ... By lanes, which compilers turn into shuffles; written
 * as vectors Oclgrind 21.10 ends on them. */
INLINED void store_pairs(const floatv a, const floatv b, __local float *to)
{
    float of_a[VEC], of_b[VEC], both[2 * VEC];

    vstore_v(a, 0, of_a);
    vstore_v(b, 0, of_b);
#pragma unroll
    for (uint i = 0; i < VEC; i++) {
        both[2 * i] = of_a[i];
        both[2 * i + 1] = of_b[i];
    }
    vstore_v(vload_v(0, both), 0, to);
    vstore_v(vload_v(1, both), 1, to);
}

/* tile[image_rows + 2, image_cols + 3, 2] = the image with a border of `background`, one pixel
 * above and before it, two below and behind, each pixel followed by the one below. */
static void load_picture(__global const float *image, __local float *tile, const float background,
                         const uint image_rows, const uint image_cols, const uint lid)
{
    for (uint r = lid; r < image_rows + 2; r += ROW_WG) {
        const bool has_upper = r > 0 && r <= image_rows, has_lower = r < image_rows;
        __global const float *upper = image + (ulong)(has_upper ? r - 1 : 0) * image_cols;
        __global const float *lower = image + (ulong)(has_lower ? r : 0) * image_cols;
        __local float *to = tile + 2 * r * (image_cols + 3);
        vstore2((float2)(background), 0, to);
        vstore4((float4)(background), 0, to + 2 * (image_cols + 1));
        uint c = 0;
        for (; image_cols >= VEC && c < image_cols; c += VEC) {
            const uint at = min(c, image_cols - VEC); /* the last vector goes back to be whole */
            store_pairs(has_upper ? vload_v(0, upper + at) : (floatv)(background),
                        has_lower ? vload_v(0, lower + at) : (floatv)(background),
                        to + 2 * (at + 1));
        }
        for (; c < image_cols; c++)
            vstore2((float2)(has_upper ? upper[c] : background, has_lower ? lower[c] : background),
                    c + 1, to);
    }
}

/* noise[4 * blocks] and zeros up to a whole vector behind: number n is word n / blocks of the
 * block first + n % blocks. `blocks` is a multiple of 16, as VEC divides. */
static void draw_noise(__local float *noise, const ulong seed, const ulong stream,
                       const ulong first, const uint blocks, const uint lid)
{
    for (uint b = lid * VEC; b < blocks; b += ROW_WG * VEC) {
        uintv words[4];
        random_blocks(seed, stream, first + b, words);
        vstore_v(random_signed_v(words[0]), 0, noise + b);
        vstore_v(random_signed_v(words[1]), 0, noise + blocks + b);
        vstore_v(random_signed_v(words[2]), 0, noise + 2 * blocks + b);
        vstore_v(random_signed_v(words[3]), 0, noise + 3 * blocks + b);
    }
    if (lid == 0)
        vstore_v((floatv)(0.0f), 0, noise + 4 * blocks);
}

/* smooth[image_rows, pitch] = by[image_rows, nodes_y] * noise[nodes_y, width]; what is behind
 * `width` columns is not used. */
static void smooth_down(__local const float *noise, __global const float *by,
                        __local float *smooth, const uint image_rows, const uint nodes_y,
                        const uint width, const uint pitch, const uint lid)
{
    for (uint r = lid * SMOOTH_ROWS; r < image_rows; r += ROW_WG * SMOOTH_ROWS) {
        uint row[SMOOTH_ROWS]; /* past the end the last one, again */
#pragma unroll
        for (uint q = 0; q < SMOOTH_ROWS; q++)
            row[q] = min(r + q, image_rows - 1);
        for (uint k = 0; k < width; k += VEC) {
            floatv sum[SMOOTH_ROWS];
#pragma unroll
            for (uint q = 0; q < SMOOTH_ROWS; q++)
                sum[q] = (floatv)(0.0f);
            for (uint i = 0; i < nodes_y; i++) {
                const floatv from = vload_v(0, noise + i * width + k);
#pragma unroll
                for (uint q = 0; q < SMOOTH_ROWS; q++)
                    sum[q] = fma((floatv)(by[row[q] * nodes_y + i]), from, sum[q]);
            }
#pragma unroll
            for (uint q = 0; q < SMOOTH_ROWS; q++)
                vstore_v(sum[q], 0, smooth + row[q] * pitch + k);
        }
    }
}

/* Displacements of a row's pixels, in two vectors: the sums over the nodes of what is smoothed
 * already, times the weights of columns, from `from` and from `from + second` on; nodes are `pitch`
 * apart. */
INLINED void displace(__local const float *smooth, const uint nodes_x, __global const float *from,
                      const uint pitch, const uint second, floatv columns[2], floatv lines[2])
{
    __local const float *to_x = smooth, *to_y = smooth + nodes_x;

    columns[0] = columns[1] = lines[0] = lines[1] = (floatv)(0.0f);
#pragma unroll 4
    for (uint j = nodes_x; j > 0; j--, from += pitch, to_x++, to_y++) {
        const floatv here = vload_v(0, from), there = vload_v(0, from + second);
        const floatv x_here = (floatv)(*to_x), y_here = (floatv)(*to_y);
        columns[0] = fma(x_here, here, columns[0]);
        columns[1] = fma(x_here, there, columns[1]);
        lines[0] = fma(y_here, here, lines[0]);
        lines[1] = fma(y_here, there, lines[1]);
    }
}

/* Places of a strip's pixels, row by row: the pixel of the tile to the upper left, and how far the
 * place is aside and below it. A vector that ends behind a row is one too much. */
struct places {
    int at[(2 * STRIP_ROWS + 1) * VEC];
    float aside[(2 * STRIP_ROWS + 1) * VEC], below[(2 * STRIP_ROWS + 1) * VEC];
};

/* v, but not below 0 and not above `most`. */
static floatv clamped(const floatv v, const float most)
{
    const floatv low = select(v, (floatv)(0.0f), v < (floatv)(0.0f));
    return select(low, (floatv)(most), low > (floatv)(most));
}

/* Places n, n + 1, ... of the strip, from columns and rows of the tile, which has last_col + 2
 * columns. */
INLINED void store_places(const floatv x_at, const floatv y_at, const float last_col,
                          struct places *places, const uint n)
{
    const intv left = JOIN(convert_int, VEC)(x_at), above = JOIN(convert_int, VEC)(y_at);

    JOIN(vstore, VEC)(above * (intv)((int)last_col + 2) + left, 0, places->at + n);
    vstore_v(x_at - convert_floatv(left), 0, places->aside + n);
    vstore_v(y_at - convert_floatv(above), 0, places->below + n);
}

/* Pixels i, i + 4, ... with what surrounds them: upper and lower left, upper and lower right. */
INLINED floatv surroundings(__local const float *tile, const int *at, const uint i)
{
#if VEC == 16
    return (float16)((float8)(vload4(0, tile + 2 * at[i]), vload4(0, tile + 2 * at[i + 4])),
                     (float8)(vload4(0, tile + 2 * at[i + 8]), vload4(0, tile + 2 * at[i + 12])));
#elif VEC == 8
    return (float8)(vload4(0, tile + 2 * at[i]), vload4(0, tile + 2 * at[i + 4]));
#else
    return vload4(0, tile + 2 * at[i]);
#endif
}

/* The output pixels n, n + 1, ... of the strip. */
INLINED floatv sample_tile(__local const float *tile, const struct places *places, const uint n)
{
    const int *at = places->at + n;
    const floatv aside = vload_v(0, places->aside + n), below = vload_v(0, places->below + n);
    const floatv q0 = surroundings(tile, at, 0), q1 = surroundings(tile, at, 1);
    const floatv q2 = surroundings(tile, at, 2), q3 = surroundings(tile, at, 3);
    const floatv left0 = IN_FOURS(q0, q1, 0, 4, 1, 5), left1 = IN_FOURS(q2, q3, 0, 4, 1, 5);
    const floatv right0 = IN_FOURS(q0, q1, 2, 6, 3, 7), right1 = IN_FOURS(q2, q3, 2, 6, 3, 7);
    const floatv upper_left = IN_FOURS(left0, left1, 0, 1, 4, 5);
    const floatv lower_left = IN_FOURS(left0, left1, 2, 3, 6, 7);
    const floatv upper_right = IN_FOURS(right0, right1, 0, 1, 4, 5);
    const floatv lower_right = IN_FOURS(right0, right1, 2, 3, 6, 7);
    const floatv left = fma(below, lower_left - upper_left, upper_left);
    const floatv right = fma(below, lower_right - upper_right, upper_right);
    return fma(aside, right - left, left);
}

/* to[rows, image_cols] = the strip's pixels, `cols` in a row. */
INLINED void store_strip(__local const float *tile, const struct places *places, const uint rows,
                         const uint cols, __global float *to, const uint image_cols)
{
    /* Rows of the whole width follow one another in the image, too. */
    const uint runs = cols == image_cols ? 1 : rows, count = rows * cols / runs;

    for (uint run = 0; run < runs; run++, to += image_cols)
        for (uint p = 0; p < (STRIP_ROWS == 1 ? 2 * VEC : count); p += VEC) {
            /* The last vector goes back to be whole. */
            const uint start = STRIP_ROWS == 1 || count < VEC ? p : min(p, count - VEC);
            if (start < count)
                store_lanes(sample_tile(tile, places, run * count + start), to + start,
                            count - start);
        }
}

/* x[rows, image_rows * image_cols], in place; image r of the batch draws from the blocks
 * (first + r) * (2 + noise_blocks) on.
 *   weights     [image_rows, nodes_y], then [nodes_x, image_cols up to a multiple of 32]
 *   background  [1] what is outside of an image
 *   room        [2 * (image_rows + 2) * (image_cols + 3) up to a multiple of 16,
 *               4 * noise_blocks + 16, image_rows * (2 * nodes_x up to a multiple of 16)]
 * Launch: global {ROW_WG * rows}, local {ROW_WG}; a group owns an image, its work-items take
 * strips of pixels in turn. */
__kernel __attribute__((reqd_work_group_size(ROW_WG, 1, 1)))
void augment_images(__global const float *restrict weights, const ulong weights_off,
                    __global const float *restrict background, const ulong background_off,
                    __global float *restrict x, const ulong x_off, const ulong seed,
                    const ulong stream, const ulong first, const float4 how, const uint cutout,
                    const uint image_rows, const uint image_cols, const uint nodes_y,
                    const uint nodes_x, const uint noise_blocks, __local float *restrict room)
{
    const uint lid = (uint)get_local_id(0);
    const uint width = 2 * nodes_x, pitch = (width + 15) / 16 * 16;
    const uint field_pitch = (image_cols + 31) / 32 * 32;
    const ulong block = (first + get_group_id(0)) * (2 + (ulong)noise_blocks);
    __local float *tile = room;
    __local float *noise = tile + (2 * (image_rows + 2) * (image_cols + 3) + 15) / 16 * 16;
    __local float *smooth = noise + 4 * noise_blocks + 16;
    __global const float *by = weights + weights_off, *across = by + image_rows * nodes_y;
    __global float *image = x + x_off + get_group_id(0) * (ulong)image_rows * image_cols;
    const float outside = background[background_off];

    load_picture(image, tile, outside, image_rows, image_cols, lid);
    draw_noise(noise, seed, stream, block + 2, noise_blocks, lid);
    barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE); /* the image is read before it is written */
    smooth_down(noise, by, smooth, image_rows, nodes_y, width, pitch, lid);
    barrier(CLK_LOCAL_MEM_FENCE);

    uintv words[4];
    struct affine affine;
    random_blocks(seed, stream, block, words);
    draw_affine(words, how, image_rows, image_cols, &affine);
    const float middle_row = 0.5f * (float)(image_rows - 1);
    const float middle_col = 0.5f * (float)(image_cols - 1);
    const float last_row = (float)(image_rows + 1), last_col = (float)(image_cols + 1);
    const int cut_row = (int)affine.cut.y - (int)(cutout / 2);
    const int cut_col = (int)affine.cut.x - (int)(cutout / 2);
    const uint strips = (image_cols + 2 * VEC - 1) / (2 * VEC);

    for (uint v = lid; v < (image_rows + STRIP_ROWS - 1) / STRIP_ROWS * strips; v += ROW_WG) {
        const uint first_row = v / strips * STRIP_ROWS, c = v % strips * 2 * VEC;
        const uint rows = STRIP_ROWS == 1 ? 1 : min(image_rows - first_row, (uint)STRIP_ROWS);
        const uint cols = min(image_cols - c, (uint)(2 * VEC));
        /* A row's second vector goes back to end with it; of a row shorter than a vector it is the
         * first again, and the next row comes over what is too much. */
        const uint second = STRIP_ROWS == 1 ? VEC : max(cols, (uint)VEC) - VEC;
        struct places places;

        for (uint q = 0; q < rows; q++) {
            const uint r = first_row + q;
            floatv columns[2], lines[2];
            displace(smooth + r * pitch, nodes_x, across + c, field_pitch, second, columns, lines);
            /* One is added: places count from the tile's corner. */
            const float down = (float)r - middle_row;
            const float column = middle_col + 1.0f + affine.offset.x + affine.map.y * down;
            const float line = middle_row + 1.0f + affine.offset.y + affine.map.w * down;
#pragma unroll
            for (uint side = 0; side < 2; side++) {
                const uint start = c + (side == 0 ? 0 : second);
                const floatv right = convert_floatv(LANES) + (floatv)((float)start - middle_col);
                floatv x_at = columns[side] + fma((floatv)(affine.map.x), right, (floatv)(column));
                floatv y_at = lines[side] + fma((floatv)(affine.map.z), right, (floatv)(line));
                x_at = clamped(x_at, last_col);
                y_at = clamped(y_at, last_row);
                if ((int)r >= cut_row && (int)r < cut_row + (int)cutout) {
                    const intv col = LANES + (intv)((int)start);
                    const intv cut =
                        (col >= (intv)(cut_col)) & (col < (intv)(cut_col + (int)cutout));
                    x_at = select(x_at, (floatv)(last_col), cut); /* where all is background */
                    y_at = select(y_at, (floatv)(last_row), cut);
                }
                store_places(x_at, y_at, last_col, &places, q * cols + start - c);
            }
        }
        store_strip(tile, &places, rows, cols, image + (ulong)first_row * image_cols + c,
                    image_cols);
    }
}
