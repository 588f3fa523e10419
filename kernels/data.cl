/* data.cl - fill, the order of an epoch, and the batch gathered from the resident data set.
 * Reference: reference_fill(), reference_shuffle(), reference_gather(). */

/* to[count] = value, given as the bits of a 4-byte word.
 * Launch: global {count up to a multiple of WG}, local {WG}; a work-item owns an element. */
__kernel __attribute__((reqd_work_group_size(WG, 1, 1)))
void fill_words(__global uint *restrict to, const ulong to_off, const uint word, const uint count)
{
    const uint i = (uint)get_global_id(0);
    if (i < count)
        to[to_off + i] = word;
}

/* order[n] = a random permutation of 0 .. n-1, or 0 .. n-1 as it is; with `listed` of from[n].
 * Launch: global {ceil(n / VEC) up to a multiple of WG}, local {WG}; a work-item owns VEC elements. */
__kernel __attribute__((reqd_work_group_size(WG, 1, 1)))
void shuffle_order(__global uint *order, const ulong order_off, __global const uint *from,
                   const ulong from_off, const uint8 keys, const uint n, const uint identity,
                   const uint listed)
{
    const ulong first = (ulong)get_global_id(0) * VEC;
    uint place[VEC];

    if (first >= n)
        return;
    const uint count = (uint)min((ulong)VEC, n - first);
    const uintv index = min(convert_uintv(LANES) + (uintv)((uint)first), (uintv)(n - 1));
    JOIN(vstore, VEC)(identity ? index : rng_permute(keys, n, index), 0, place);
    for (uint i = 0; i < count; i++)
        order[order_off + first + i] = listed ? from[from_off + place[i]] : place[i];
}

/* out[features] = fma(in, by, add), vectors of it in turn by `step` work-items, this being number
 * `lid`, so that neighbours read and write side by side. */
#define GATHER_ROW(name, type, convert_scalar, convert_vector)                                  \
    static void name(__global const type *in, __global const float *by,                         \
                     __global const float *add, __global float *out, const uint features,       \
                     const uint lid, const uint step)                                           \
    {                                                                                           \
        const uint whole = features / VEC;                                                      \
                                                                                                \
        for (uint v = lid; v < whole; v += step)                                                \
            vstore_v(fma(convert_vector(vload_v(v, in)), vload_v(v, by), vload_v(v, add)), v,   \
                     out);                                                                      \
        for (uint f = whole * VEC + lid; f < features; f += step)                               \
            out[f] = fma(convert_scalar(in[f]), by[f], add[f]);                                 \
    }

GATHER_ROW(gather_row_of_bytes, uchar, convert_float, convert_floatv)
GATHER_ROW(gather_row_of_floats, float, , )

/* Sample r of the batch is row order[r] of the data set:
 * x[rows, features] = fma(value, scale, shift), label[rows] = labels[order[r]].
 * Launch: global {ROW_WG * rows}, local {ROW_WG}; a group owns a row. */
#define GATHER(name, type, gather_row)                                                          \
    __kernel __attribute__((reqd_work_group_size(ROW_WG, 1, 1)))                                \
    void name(__global const type *restrict values, const ulong values_off,                     \
              __global const uint *restrict labels, const ulong labels_off,                     \
              __global const float *restrict scale, const ulong scale_off,                      \
              __global const float *restrict shift, const ulong shift_off,                      \
              __global const uint *restrict order, const ulong order_off,                       \
              __global float *restrict x, const ulong x_off,                                    \
              __global uint *restrict label, const ulong label_off, const uint features)        \
    {                                                                                           \
        const ulong row = get_group_id(0);                                                      \
        const uint lid = (uint)get_local_id(0);                                                 \
        const ulong from = order[order_off + row];                                              \
                                                                                                \
        gather_row(values + values_off + from * features, scale + scale_off, shift + shift_off, \
                   x + x_off + row * features, features, lid, ROW_WG);                          \
        if (lid == 0)                                                                           \
            label[label_off + row] = labels[labels_off + from];                                 \
    }

GATHER(gather_bytes, uchar, gather_row_of_bytes)
GATHER(gather_floats, float, gather_row_of_floats)
