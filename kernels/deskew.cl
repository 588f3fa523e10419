/* deskew.cl - images of a batch, each slanted until its strokes stand upright, by its moments:
 * host/backend/slots.h has the formula at struct deskew.
 *
 * A row of pixels moves as a whole, by a number of pixels and a part of one, so that a row is read
 * in vectors and written in place: from the side that it moves to, no pixel is written before it is
 * read for the last time.
 * Reference: reference_deskew() in host/backend/reference_deskew.c. */

/* Sums over a row of pixels of masses w = |x - outside|, and of w times the column, which counts
 * from the image's middle. `room` floats of the row and behind it may be read. */
INLINED void sum_row(__global const float *row, const uint cols, const ulong room,
                     const float outside, const float middle, float *mass, float *lean)
{
    floatv masses = (floatv)(0.0f), leans = (floatv)(0.0f);

    for (uint c = 0; c < cols; c += VEC) {
        const uint count = min(cols - c, (uint)VEC);
        const floatv there = fabs(load_part(row + c, count, room - c) - (floatv)(outside));
        const floatv w = select((floatv)(0.0f), there, LANES < (intv)((int)count));
        masses += w;
        leans = fma(w, convert_floatv(LANES) + (floatv)((float)c - middle), leans);
    }
    *mass = sum_of_lanes(masses);
    *lean = sum_of_lanes(leans);
}

/* VEC pixels of a row from column `at` on, which may lie outside. */
INLINED floatv load_row(__global const float *row, const int cols, const float outside,
                        const int at)
{
    float part[VEC];

    if (at >= 0 && at + VEC <= cols)
        return vload_v(0, row + at);
    for (int i = 0; i < VEC; i++)
        part[i] = at + i >= 0 && at + i < cols ? row[at + i] : outside;
    return vload_v(0, part);
}

/* row[cols] = what it shows `shift` pixels to the right, interpolated. */
INLINED void move_row(__global float *row, const int cols, const float outside, const float shift)
{
    const float most = clamp(shift, -(float)(cols + 1), (float)cols), whole = floor(most);
    const floatv part = (floatv)(most - whole);
    const int right = (int)whole, blocks = (cols + VEC - 1) / VEC;

    for (int b = 0; b < blocks; b++) {
        const int start = (right >= 0 ? b : blocks - 1 - b) * VEC;
        const floatv here = load_row(row, cols, outside, start + right);
        const floatv next = load_row(row, cols, outside, start + right + 1);
        store_lanes(fma(part, next - here, here), row + start, (uint)(cols - start));
    }
}

/* x[rows, image_rows * image_cols], in place.
 *   background  [1] what is outside of an image
 *   spread      an image whose mass is spread over less, in rows squared, is left as it is
 *   lines       [2, image_rows] mass and lean of each row of pixels
 * Launch: global {ROW_WG * rows}, local {ROW_WG}; a group owns an image, its work-items take rows
 * of pixels in turn. Each adds up the whole image's sums for itself, in the same order. */
__kernel __attribute__((reqd_work_group_size(ROW_WG, 1, 1)))
void deskew_images(__global const float *restrict background, const ulong background_off,
                   __global float *restrict x, const ulong x_off, const float spread,
                   const uint image_rows, const uint image_cols, __local float *restrict lines)
{
    const uint lid = (uint)get_local_id(0);
    const float outside = background[background_off];
    const float middle_row = 0.5f * (float)(image_rows - 1);
    const float middle_col = 0.5f * (float)(image_cols - 1);
    __global float *image = x + x_off + get_group_id(0) * (ulong)image_rows * image_cols;
    __local float *leans = lines + image_rows;

    for (uint r = lid; r < image_rows; r += ROW_WG) {
        const ulong at = (ulong)r * image_cols;
        float mass, lean;
        sum_row(image + at, image_cols, (ulong)image_rows * image_cols - at, outside, middle_col,
                &mass, &lean);
        lines[r] = mass;
        leans[r] = lean;
    }
    barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE); /* rows were read that others write now */

    float mass = 0.0f, row = 0.0f, col = 0.0f, mu02 = 0.0f, mu11 = 0.0f;
    for (uint r = 0; r < image_rows; r++) {
        mass += lines[r];
        row = fma(lines[r], (float)r - middle_row, row);
        col += leans[r];
    }
    row /= mass; /* NaN where there is no mass, and then nothing is moved */
    col /= mass;
    for (uint r = 0; r < image_rows; r++) {
        const float down = (float)r - middle_row - row;
        mu02 = fma(lines[r] * down, down, mu02);
        mu11 = fma(fma(-col, lines[r], leans[r]), down, mu11);
    }
    const float slope = mu11 / mu02;
    if (mass > 0.0f && mu02 >= spread * mass && isfinite(slope)) {
        for (uint r = lid; r < image_rows; r += ROW_WG)
            move_row(image + (ulong)r * image_cols, (int)image_cols, outside,
                     slope * ((float)r - middle_row - row));
    }
}
