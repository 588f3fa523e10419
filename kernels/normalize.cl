/* normalize.cl - normalisation of hidden layers, over columns of a batch or over rows.
 *
 * Sums over a line are compensated (Kahan 1965) in each work-item, and joined in a tree. The
 * variance is taken around the mean, not from squares of the numbers themselves, so nothing cancels.
 * `by_rows` says whose moments mean and scale are: of rows, else of columns.
 * Reference: reference_moments(), reference_normalize(), reference_normalize_gradient() in
 * host/backend/reference_normalize.c. */

/* *sum - *lost is the sum. */
INLINED void add_compensated(const floatv value, floatv *sum, floatv *lost)
{
    const floatv next = value - *lost, total = *sum + next;

    *lost = (total - *sum) - next;
    *sum = total;
}

/* Sum over a work-group of ROW_WG, lane by lane; tree[ROW_WG * VEC]. Every work-item of the group
 * must call, and gets the sum. */
static floatv join_lanes(const floatv value, __local float *tree)
{
#if ROW_WG > 1
    const uint lid = (uint)get_local_id(0);

    vstore_v(value, lid, tree);
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint step = ROW_WG / 2; step > 0; step /= 2) {
        if (lid < step)
            vstore_v(vload_v(lid, tree) + vload_v(lid + step, tree), lid, tree);
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    const floatv sum = vload_v(0, tree);
    barrier(CLK_LOCAL_MEM_FENCE);
    return sum;
#else
    (void)tree;
    return value;
#endif
}

/* Store `count` of VEC sums, or add them to what is there. */
INLINED void store_sum(const floatv sum, __global float *to, const uint count,
                       const uint accumulate)
{
    store_lanes(accumulate ? load_part(to, count, count) + sum : sum, to, count);
}

/* `count` of the moments of VEC elements from column `first` of row `row` on. */
INLINED floatv moment_of(__global const float *moment, const uint row, const uint first,
                         const uint count, const uint by_rows)
{
    return by_rows ? (floatv)(moment[row]) : load_part(moment + first, count, count);
}

/* mean[cols] and scale[cols] of the columns of x[rows, cols], and with more than one row what the
 * run's follow by.
 * Launch: global {ROW_WG * ceil(cols / VEC)}, local {ROW_WG}; a group owns VEC columns. */
__kernel __attribute__((reqd_work_group_size(ROW_WG, 1, 1)))
void moments_columns(__global const float *restrict x, const ulong x_off,
                     __global float *restrict mean, const ulong mean_off,
                     __global float *restrict scale, const ulong scale_off,
                     __global float *restrict run_mean, const ulong run_mean_off,
                     __global float *restrict run_variance, const ulong run_variance_off,
                     const uint rows, const uint cols, const float epsilon, const float momentum)
{
    __local float tree[ROW_WG * VEC];
    const uint first = (uint)get_group_id(0) * VEC, n = min(cols - first, (uint)VEC);
    const uint lid = (uint)get_local_id(0);
    __global const float *const from = x + x_off + first;
    floatv sum = (floatv)(0.0f), lost = (floatv)(0.0f);

    for (uint row = lid; row < rows; row += ROW_WG)
        add_compensated(load_part(from + (ulong)row * cols, n, n), &sum, &lost);
    const floatv middle = join_lanes(sum - lost, tree) / (floatv)((float)rows);
    sum = (floatv)(0.0f);
    lost = (floatv)(0.0f);
    for (uint row = lid; row < rows; row += ROW_WG) {
        const floatv apart = load_part(from + (ulong)row * cols, n, n) - middle;
        add_compensated(apart * apart, &sum, &lost);
    }
    const floatv squares = join_lanes(sum - lost, tree);
    if (lid == 0) {
        const floatv variance = squares / (floatv)((float)rows);
        store_lanes(middle, mean + mean_off + first, n);
        store_lanes((floatv)(1.0f) / sqrt(variance + (floatv)(epsilon)), scale + scale_off + first,
                    n);
        if (rows > 1) {
            __global float *const means = run_mean + run_mean_off + first;
            __global float *const variances = run_variance + run_variance_off + first;
            const floatv held = load_part(means, n, n), held_variance = load_part(variances, n, n);
            const floatv unbiased = squares / (floatv)((float)(rows - 1));
            store_lanes(held + (floatv)(momentum) * (middle - held), means, n);
            store_lanes(held_variance + (floatv)(momentum) * (unbiased - held_variance), variances,
                        n);
        }
    }
}

/* mean[rows] and scale[rows] of the rows of x[rows, cols].
 * Launch: global {ROW_WG * rows}, local {ROW_WG}; a group owns a row. */
__kernel __attribute__((reqd_work_group_size(ROW_WG, 1, 1)))
void moments_rows(__global const float *restrict x, const ulong x_off,
                  __global float *restrict mean, const ulong mean_off,
                  __global float *restrict scale, const ulong scale_off, const uint cols,
                  const float epsilon)
{
    __local float tree[ROW_WG * VEC];
    const uint row = (uint)get_group_id(0), begin = (uint)get_local_id(0) * VEC;
    __global const float *const from = x + x_off + (ulong)row * cols;
    floatv sum = (floatv)(0.0f), lost = (floatv)(0.0f);

    for (uint at = begin; at < cols; at += ROW_WG * VEC)
        add_compensated(load_part(from + at, min(cols - at, (uint)VEC), cols - at), &sum, &lost);
    const float middle = sum_of_lanes(join_lanes(sum - lost, tree)) / (float)cols;
    sum = (floatv)(0.0f);
    lost = (floatv)(0.0f);
    for (uint at = begin; at < cols; at += ROW_WG * VEC) {
        const uint n = min(cols - at, (uint)VEC);
        const floatv apart = select((floatv)(0.0f), load_part(from + at, n, n) - (floatv)(middle),
                                    LANES < (intv)((int)n));
        add_compensated(apart * apart, &sum, &lost);
    }
    const float variance = sum_of_lanes(join_lanes(sum - lost, tree)) / (float)cols;
    if (begin == 0) {
        mean[mean_off + row] = middle;
        scale[scale_off + row] = 1.0f / sqrt(variance + epsilon);
    }
}

/* mean[cols] and scale[cols] from the run's.
 * Launch: global {cols up to a multiple of WG}, local {WG}; a work-item owns a column. */
__kernel __attribute__((reqd_work_group_size(WG, 1, 1)))
void moments_run(__global const float *restrict run_mean, const ulong run_mean_off,
                 __global const float *restrict run_variance, const ulong run_variance_off,
                 __global float *restrict mean, const ulong mean_off,
                 __global float *restrict scale, const ulong scale_off, const uint cols,
                 const float epsilon)
{
    const uint i = (uint)get_global_id(0);

    if (i < cols) {
        mean[mean_off + i] = run_mean[run_mean_off + i];
        scale[scale_off + i] = 1.0f / sqrt(run_variance[run_variance_off + i] + epsilon);
    }
}

/* y[rows, cols] = act((x - mean) * scale * gain + shift).
 * Launch: global {rows * ceil(cols / VEC) up to a multiple of WG}, local {WG}; a work-item owns VEC
 * elements of a row. */
__kernel __attribute__((reqd_work_group_size(WG, 1, 1)))
void normalize_apply(__global const float *restrict x, const ulong x_off,
                     __global const float *restrict mean, const ulong mean_off,
                     __global const float *restrict scale, const ulong scale_off,
                     __global const float *restrict gain, const ulong gain_off,
                     __global const float *restrict shift, const ulong shift_off,
                     __global float *restrict y, const ulong y_off, const uint rows,
                     const uint cols, const uint by_rows, const uint activation)
{
    const uint vectors = (cols + VEC - 1) / VEC, i = (uint)get_global_id(0);
    const uint row = i / vectors, first = (i - row * vectors) * VEC;
    if (row >= rows)
        return;
    const uint n = min(cols - first, (uint)VEC);
    const ulong at = (ulong)row * cols + first;
    const floatv middle = moment_of(mean + mean_off, row, first, n, by_rows);
    const floatv factor = moment_of(scale + scale_off, row, first, n, by_rows);
    const floatv normal = (load_part(x + x_off + at, n, n) - middle) * factor;
    const floatv z = normal * load_part(gain + gain_off + first, n, n) +
                     load_part(shift + shift_off + first, n, n);

    store_lanes(activate_v(activation, z), y + y_off + at, n);
}

/* Of VEC columns from `first` on, `count` of which there are: the sums of d[rows, cols], and of
 * d * (x - mean) * scale. Every work-item of the group must call, and gets them;
 * tree[ROW_WG * VEC]. */
INLINED void sum_gradients(__global const float *d, __global const float *x,
                           __global const float *mean, __global const float *scale,
                           const uint first, const uint count, const uint rows, const uint cols,
                           const uint by_rows, __local float *tree, floatv *sum, floatv *product)
{
    floatv gradients = (floatv)(0.0f), lost = gradients, products = gradients, products_lost = lost;

    for (uint row = (uint)get_local_id(0); row < rows; row += ROW_WG) {
        const ulong at = (ulong)row * cols + first;
        const floatv middle = moment_of(mean, row, first, count, by_rows);
        const floatv factor = moment_of(scale, row, first, count, by_rows);
        const floatv gradient = load_part(d + at, count, count);
        add_compensated(gradient, &gradients, &lost);
        add_compensated(gradient * ((load_part(x + at, count, count) - middle) * factor), &products,
                        &products_lost);
    }
    *sum = join_lanes(gradients - lost, tree);
    *product = join_lanes(products - products_lost, tree);
}

/* dgain[cols] and dshift[cols]: `by` times the column sums of d * (x - mean) * scale, and of d, the
 * moments those of rows.
 * Launch: global {ROW_WG * ceil(cols / VEC)}, local {ROW_WG}; a group owns VEC columns. */
__kernel __attribute__((reqd_work_group_size(ROW_WG, 1, 1)))
void normalize_sums(__global const float *restrict d, const ulong d_off,
                    __global const float *restrict x, const ulong x_off,
                    __global const float *restrict mean, const ulong mean_off,
                    __global const float *restrict scale, const ulong scale_off,
                    __global float *restrict dgain, const ulong dgain_off,
                    __global float *restrict dshift, const ulong dshift_off, const uint rows,
                    const uint cols, const float by, const uint accumulate)
{
    __local float tree[ROW_WG * VEC];
    const uint first = (uint)get_group_id(0) * VEC, n = min(cols - first, (uint)VEC);
    floatv sum, product;

    sum_gradients(d + d_off, x + x_off, mean + mean_off, scale + scale_off, first, n, rows, cols, 1,
                  tree, &sum, &product);
    if (get_local_id(0) == 0) {
        store_sum(product * (floatv)(by), dgain + dgain_off + first, n, accumulate);
        store_sum(sum * (floatv)(by), dshift + dshift_off + first, n, accumulate);
    }
}

/* Of columns, both: dgain and dshift, and d[rows, cols], the gradient behind the normalisation,
 * becomes that before it. The gain is the same for a whole column: it may come behind the sums.
 * Launch: global {ROW_WG * ceil(cols / VEC)}, local {ROW_WG}; a group owns VEC columns. */
__kernel __attribute__((reqd_work_group_size(ROW_WG, 1, 1)))
void normalize_slope_columns(__global const float *restrict x, const ulong x_off,
                             __global const float *restrict mean, const ulong mean_off,
                             __global const float *restrict scale, const ulong scale_off,
                             __global const float *restrict gain, const ulong gain_off,
                             __global float *restrict d, const ulong d_off,
                             __global float *restrict dgain, const ulong dgain_off,
                             __global float *restrict dshift, const ulong dshift_off,
                             const uint rows, const uint cols, const float by,
                             const uint accumulate)
{
    __local float tree[ROW_WG * VEC];
    const uint first = (uint)get_group_id(0) * VEC, n = min(cols - first, (uint)VEC);
    const uint lid = (uint)get_local_id(0);
    const floatv middle = load_part(mean + mean_off + first, n, n);
    const floatv factor = load_part(scale + scale_off + first, n, n);
    const floatv own = load_part(gain + gain_off + first, n, n), count = (floatv)((float)rows);
    floatv sum, product;

    sum_gradients(d + d_off, x + x_off, mean + mean_off, scale + scale_off, first, n, rows, cols, 0,
                  tree, &sum, &product);
    if (lid == 0) {
        store_sum(product * (floatv)(by), dgain + dgain_off + first, n, accumulate);
        store_sum(sum * (floatv)(by), dshift + dshift_off + first, n, accumulate);
    }
    sum = sum * own / count;
    product = product * own / count;
    for (uint row = lid; row < rows; row += ROW_WG) {
        const ulong at = (ulong)row * cols + first;
        const floatv t = load_part(d + d_off + at, n, n) * own;
        const floatv normal = (load_part(x + x_off + at, n, n) - middle) * factor;
        store_lanes(factor * ((t - sum) - normal * product), d + d_off + at, n);
    }
}

/* Of rows: d[rows, cols] as above.
 * Launch: global {ROW_WG * rows}, local {ROW_WG}; a group owns a row. */
__kernel __attribute__((reqd_work_group_size(ROW_WG, 1, 1)))
void normalize_slope_rows(__global const float *restrict x, const ulong x_off,
                          __global const float *restrict mean, const ulong mean_off,
                          __global const float *restrict scale, const ulong scale_off,
                          __global const float *restrict gain, const ulong gain_off,
                          __global float *restrict d, const ulong d_off, const uint cols)
{
    __local float tree[ROW_WG * VEC];
    const uint row = (uint)get_group_id(0), begin = (uint)get_local_id(0) * VEC;
    __global const float *const from = x + x_off + (ulong)row * cols;
    __global float *const to = d + d_off + (ulong)row * cols;
    const floatv middle = (floatv)(mean[mean_off + row]), factor = (floatv)(scale[scale_off + row]);
    floatv sum = (floatv)(0.0f), lost = sum, product = sum, product_lost = sum;

    for (uint at = begin; at < cols; at += ROW_WG * VEC) {
        const uint n = min(cols - at, (uint)VEC);
        const floatv t = load_part(to + at, n, n) * load_part(gain + gain_off + at, n, n);
        add_compensated(t, &sum, &lost);
        add_compensated(t * ((load_part(from + at, n, n) - middle) * factor), &product,
                        &product_lost);
    }
    const float own_sum = sum_of_lanes(join_lanes(sum - lost, tree)) / (float)cols;
    const float own_product = sum_of_lanes(join_lanes(product - product_lost, tree)) / (float)cols;
    for (uint at = begin; at < cols; at += ROW_WG * VEC) {
        const uint n = min(cols - at, (uint)VEC);
        const floatv t = load_part(to + at, n, n) * load_part(gain + gain_off + at, n, n);
        const floatv normal = (load_part(from + at, n, n) - middle) * factor;
        store_lanes(factor * ((t - (floatv)(own_sum)) - normal * (floatv)(own_product)), to + at,
                    n);
    }
}
