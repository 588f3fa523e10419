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

/* db[cols] = scale * column sums of dy[rows, cols], added to db with `accumulate`.
 * Launch: global {WG * cols}, local {WG}; a group owns a column. */
__kernel __attribute__((reqd_work_group_size(WG, 1, 1)))
void bias_gradient(__global const float *restrict dy, const ulong dy_off,
                   __global float *restrict db, const ulong db_off, const float scale,
                   const uint accumulate, const uint rows, const uint cols)
{
    __local float tree[WG];
    const uint col = (uint)get_group_id(0);
    __global const float *in = dy + dy_off + col;
    float sum = 0.0f;

    for (uint row = (uint)get_local_id(0); row < rows; row += WG)
        sum += in[(ulong)row * cols];
    sum = group_sum(sum, tree);
    if (get_local_id(0) == 0)
        db[db_off + col] = fma(scale, sum, accumulate ? db[db_off + col] : 0.0f);
}
