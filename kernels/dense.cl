/* dense.cl - what a dense layer needs beside its matrix products.
 * The products with bias, activation and slope are in gemm_block.cl and gemm_tile.cl; these
 * kernels finish a product that came from elsewhere, and sum the bias gradient.
 * Reference: reference_dense_forward(), reference_dense_backward_weights(),
 * reference_dense_backward_input(). */

/* y[rows, cols] = act(y + b[cols]), in place.
 * Launch: global {ROW_WG * rows}, local {ROW_WG}; a group owns a row. */
__kernel __attribute__((reqd_work_group_size(ROW_WG, 1, 1)))
void bias_activation(__global const float *restrict b, const ulong b_off,
                     __global float *restrict y, const ulong y_off, const uint cols,
                     const uint activation)
{
    __global float *row = y + y_off + get_group_id(0) * (ulong)cols;
    for (uint c = (uint)get_local_id(0); c < cols; c += ROW_WG)
        row[c] = activate(activation, row[c] + b[b_off + c]);
}

/* dx[rows, cols] *= act'(a[rows, cols]), in place.
 * Launch: global {ROW_WG * rows}, local {ROW_WG}; a group owns a row. */
__kernel __attribute__((reqd_work_group_size(ROW_WG, 1, 1)))
void activation_gradient(__global const float *restrict a, const ulong a_off,
                         __global float *restrict dx, const ulong dx_off, const uint cols,
                         const uint activation)
{
    const ulong at = get_group_id(0) * (ulong)cols;
    for (uint c = (uint)get_local_id(0); c < cols; c += ROW_WG)
        dx[dx_off + at + c] *= activation_slope(activation, a[a_off + at + c]);
}

/* db[cols] = scale * column sums of dy[rows, cols], added to db with `accumulate`; with more than
 * one slice of slice_rows rows, db[slices, cols] = their sums, which gradient_join finishes.
 * Launch: global {WG * ceil(cols / WG), slices}, local {WG, 1}; a group owns WG columns of a
 * slice. Where there are fewer columns, as many rows as fit stand side by side in the group, so
 * that neighbours always read neighbours. */
__kernel __attribute__((reqd_work_group_size(WG, 1, 1)))
void bias_gradient(__global const float *restrict dy, const ulong dy_off,
                   __global float *restrict db, const ulong db_off, const float scale,
                   const uint accumulate, const uint rows, const uint cols,
                   const uint slice_rows)
{
    __local float sums[WG];
    const uint lid = (uint)get_local_id(0), first = (uint)get_group_id(0) * WG;
    const uint width = min(cols - first, (uint)WG), lanes = WG / width;
    const uint lane = lid / width, col = lid - lane * width;
    const uint begin = (uint)get_group_id(1) * slice_rows, end = min(begin + slice_rows, rows);
    float sum = 0.0f;

    if (lid < lanes * width)
        for (uint row = begin + lane; row < end; row += lanes)
            sum += dy[dy_off + (ulong)row * cols + first + col];
    sums[lid] = sum;
    barrier(CLK_LOCAL_MEM_FENCE);
    if (lid < width) {
        for (uint other = 1; other < lanes; other++)
            sum += sums[other * width + lid];
        const ulong at = db_off + get_group_id(1) * (ulong)cols + first + lid;
        db[at] = get_num_groups(1) > 1 ? sum : fma(scale, sum, accumulate ? db[at] : 0.0f);
    }
}
