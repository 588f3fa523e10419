/* augment.cl - images of a batch, distorted anew: an affine map about the centre, a smooth random
 * field of displacements (Simard, Steinkraus, Platt 2003), and a square cut out.
 * host/backend/augmentation.h says what is drawn and from which random numbers.
 *
 * Each output pixel asks where in the image it comes from and takes the four pixels around that
 * place, weighted bilinearly. Bilinear interpolation is continuous, so rounding of the place moves
 * the result a little and never more, also where it leads to the neighbouring pixel.
 * Reference: reference_augment() in host/backend/reference_augment.c. */

/* Rows that a work-item smooths at a time: enough sums for the latency of fma. */
#define SMOOTH_ROWS 4

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

/* tile[image_rows + 3, image_cols + 3] = the image with a border of `background`: one pixel above
 * and before it, two below and behind. */
static void load_picture(__global const float *image, __local float *tile, const float background,
                      const uint image_rows, const uint image_cols, const uint lid)
{
    const uint pitch = image_cols + 3;

    for (uint r = lid; r < image_rows + 3; r += ROW_WG) {
        const uint inside = r > 0 && r <= image_rows;
        __global const float *from = image + (ulong)(inside ? r - 1 : 0) * image_cols;
        __local float *to = tile + r * pitch;
        to[0] = to[image_cols + 1] = to[image_cols + 2] = background;
        for (uint c = 0; c < image_cols; c++)
            to[c + 1] = inside ? from[c] : background;
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

/* v, but not below 0 and not above `most`. */
static floatv clamped(const floatv v, const float most)
{
    const floatv low = select(v, (floatv)(0.0f), v < (floatv)(0.0f));
    return select(low, (floatv)(most), low > (floatv)(most));
}

/* VEC output pixels from the places (column, row), counted in the tile. Two pixels side by side are
 * fetched at once; pairs[0] are those above, of VEC / 2 places and then of the others, pairs[1] those
 * below. */
INLINED floatv sample_tile(__local const float *tile, const uint pitch, const floatv column,
                           const floatv row)
{
    const intv left = JOIN(convert_int, VEC)(column), above = JOIN(convert_int, VEC)(row);
    const floatv across = column - convert_floatv(left), down = row - convert_floatv(above);
    int at[VEC];
    float pairs[2][2 * VEC];

    JOIN(vstore, VEC)(above * (intv)((int)pitch) + left, 0, at);
#pragma unroll
    for (uint i = 0; i < VEC; i++) {
        vstore2(vload2(0, tile + at[i]), i, pairs[0]);
        vstore2(vload2(0, tile + at[i] + pitch), i, pairs[1]);
    }
    float lane[VEC], twice[2 * VEC], left_of[VEC], right_of[VEC];
    vstore_v(down, 0, lane);
#pragma unroll
    for (uint i = 0; i < VEC; i++)
        twice[2 * i] = twice[2 * i + 1] = lane[i];
#pragma unroll
    for (uint i = 0; i < 2; i++) {
        const floatv upper = vload_v(i, pairs[0]), lower = vload_v(i, pairs[1]);
        vstore_v(fma(vload_v(i, twice), lower - upper, upper), i, pairs[0]);
    }
    /* By lanes, which compilers turn into shuffles; written as vectors Oclgrind 21.10 ends on them. */
#pragma unroll
    for (uint i = 0; i < VEC; i++) {
        left_of[i] = pairs[0][2 * i];
        right_of[i] = pairs[0][2 * i + 1];
    }
    const floatv before = vload_v(0, left_of);
    return fma(across, vload_v(0, right_of) - before, before);
}

/* Those of the vector's pixels start, start + 1, ... of a row of `cols` that are there. */
INLINED void store_pixels(const floatv value, __global float *row, const uint start, const uint cols)
{
    float part[VEC];

    if (start + VEC <= cols) {
        vstore_v(value, 0, row + start);
        return;
    }
    vstore_v(value, 0, part);
    for (uint i = 0; i < VEC && start + i < cols; i++)
        row[start + i] = part[i];
}

/* x[rows, image_rows * image_cols], in place; image r of the batch draws from the blocks
 * (first + r) * (2 + noise_blocks) on.
 *   weights     [image_rows, nodes_y], then [nodes_x, image_cols up to a multiple of 32]
 *   background  [1] what is outside of an image
 *   room        [(image_rows + 3) * (image_cols + 3) up to a multiple of 16,
 *               4 * noise_blocks + 16, image_rows * (2 * nodes_x up to a multiple of 16)]
 * Launch: global {ROW_WG * rows}, local {ROW_WG}; a group owns an image, its work-items take
 * vectors of pixels in turn. */
__kernel __attribute__((reqd_work_group_size(ROW_WG, 1, 1)))
void augment_images(__global const float *restrict weights, const ulong weights_off,
                    __global const float *restrict background, const ulong background_off,
                    __global float *restrict x, const ulong x_off, const ulong seed,
                    const ulong stream, const ulong first, const float4 how, const uint cutout,
                    const uint image_rows, const uint image_cols, const uint nodes_y,
                    const uint nodes_x, const uint noise_blocks, __local float *restrict room)
{
    const uint lid = (uint)get_local_id(0), tile_pitch = image_cols + 3;
    const uint width = 2 * nodes_x, pitch = (width + 15) / 16 * 16;
    const uint field_pitch = (image_cols + 31) / 32 * 32;
    const ulong block = (first + get_group_id(0)) * (2 + (ulong)noise_blocks);
    __local float *tile = room;
    __local float *noise = tile + ((image_rows + 3) * tile_pitch + 15) / 16 * 16;
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
    const uint pairs = (image_cols + 2 * VEC - 1) / (2 * VEC);

    for (uint v = lid; v < image_rows * pairs; v += ROW_WG) {
        const uint r = v / pairs, c = (v - r * pairs) * 2 * VEC, behind = c + VEC;
        /* The second vector goes back where it would be cut: so both are stored whole. */
        const uint next = behind < image_cols ? min(behind, image_cols - VEC) : behind;
        const uint starts[2] = {c, next};
        __global const float *from = across + c;
        __local const float *to_x = smooth + r * pitch, *to_y = to_x + nodes_x;
        floatv columns[2] = {(floatv)(0.0f), (floatv)(0.0f)};
        floatv rows[2] = {(floatv)(0.0f), (floatv)(0.0f)};
#pragma unroll 4
        for (uint j = nodes_x; j > 0; j--, from += field_pitch, to_x++, to_y++) {
            const floatv first = vload_v(0, from), second = vload_v(0, from + (next - c));
            const floatv x_here = (floatv)(*to_x), y_here = (floatv)(*to_y);
            columns[0] = fma(x_here, first, columns[0]);
            columns[1] = fma(x_here, second, columns[1]);
            rows[0] = fma(y_here, first, rows[0]);
            rows[1] = fma(y_here, second, rows[1]);
        }
        /* One is added: places count from the tile's corner. */
        const float down = (float)r - middle_row;
        const float column = middle_col + 1.0f + affine.offset.x + affine.map.y * down;
        const float row = middle_row + 1.0f + affine.offset.y + affine.map.w * down;
#pragma unroll
        for (uint side = 0; side < 2; side++) {
            const uint start = starts[side];
            const floatv right = convert_floatv(LANES) + (floatv)((float)start - middle_col);
            const floatv x_at = columns[side] + fma((floatv)(affine.map.x), right, (floatv)(column));
            const floatv y_at = rows[side] + fma((floatv)(affine.map.z), right, (floatv)(row));
            floatv value =
                sample_tile(tile, tile_pitch, clamped(x_at, last_col), clamped(y_at, last_row));
            if ((int)r >= cut_row && (int)r < cut_row + (int)cutout) {
                const intv col = LANES + (intv)((int)start);
                value = select(value, (floatv)(outside),
                               (col >= (intv)(cut_col)) & (col < (intv)(cut_col + (int)cutout)));
            }
            store_pixels(value, image + r * image_cols, start, image_cols);
        }
    }
}
