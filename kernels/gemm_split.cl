/* gemm_split.cl - the end of a product whose sums were cut into slices: add the slices up, and do
 * what the product's kernel does where there is one slice.
 *
 * The order is fixed by the number of slices, which depends on the shape and the device alone: the
 * same bits every time. Reference: reference_dense_forward(), reference_dense_backward_weights(),
 * reference_dense_backward_input(). */

/* The sum of part[slice][i] over the slices, each `count` long. Four sums in turn, so that four
 * loads are under way. */
static float joined(__global const float *part, const ulong count, const uint slices, const ulong i)
{
    float4 sum = (float4)(0.0f);
    uint s = 0;

    for (; s + 4 <= slices; s += 4) {
        __global const float *at = part + s * count + i;
        sum += (float4)(at[0], at[count], at[2 * count], at[3 * count]);
    }
    float rest = 0.0f;
    for (; s < slices; s++)
        rest += part[s * count + i];
    return (sum.x + sum.y) + (sum.z + sum.w) + rest;
}

/* y[rows, outputs] = act(the sum of part[slices, rows, outputs] + b[outputs]).
 * Launch: global {rows * outputs up to a multiple of WG}, local {WG}; a work-item owns an
 * element. */
__kernel __attribute__((reqd_work_group_size(WG, 1, 1)))
void forward_join(__global const float *restrict part, const ulong part_off,
                  __global const float *restrict b, const ulong b_off,
                  __global float *restrict y, const ulong y_off, const uint activation,
                  const uint rows, const uint outputs, const uint slices)
{
    const ulong i = get_global_id(0), count = (ulong)rows * outputs;

    if (i < count)
        y[y_off + i] = activate(activation, joined(part + part_off, count, slices, i) +
                                                b[b_off + i % outputs]);
}

/* to[count] = scale * the sum of part[slices, count], added to `to` with `accumulate`.
 * For both gradients of a layer at once: dw from dw_part, db from db_part.
 * Launch: global {weights + biases up to a multiple of WG}, local {WG}; a work-item owns an
 * element. */
__kernel __attribute__((reqd_work_group_size(WG, 1, 1)))
void gradient_join(__global const float *restrict dw_part, const ulong dw_part_off,
                   __global const float *restrict db_part, const ulong db_part_off,
                   __global float *restrict dw, const ulong dw_off, __global float *restrict db,
                   const ulong db_off, const float scale, const uint accumulate,
                   const uint weights, const uint biases, const uint slices)
{
    const uint i = (uint)get_global_id(0);

    if (i < weights) {
        const float sum = joined(dw_part + dw_part_off, weights, slices, i);
        dw[dw_off + i] = fma(scale, sum, accumulate ? dw[dw_off + i] : 0.0f);
    } else if (i - weights < biases) {
        const uint c = i - weights;
        const float sum = joined(db_part + db_part_off, biases, slices, c);
        db[db_off + c] = fma(scale, sum, accumulate ? db[db_off + c] : 0.0f);
    }
}

/* dx[rows, inputs] = the sum of part[slices, rows, inputs] * act'(a[rows, inputs]).
 * Launch: global {rows * inputs up to a multiple of WG}, local {WG}; a work-item owns an
 * element. */
__kernel __attribute__((reqd_work_group_size(WG, 1, 1)))
void backward_input_join(__global const float *restrict part, const ulong part_off,
                         __global const float *restrict a, const ulong a_off,
                         __global float *restrict dx, const ulong dx_off, const uint activation,
                         const uint rows, const uint inputs, const uint slices)
{
    const ulong i = get_global_id(0), count = (ulong)rows * inputs;

    if (i < count)
        dx[dx_off + i] = joined(part + part_off, count, slices, i) *
                         activation_slope(activation, a[a_off + i]);
}
