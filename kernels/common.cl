/* common.cl - what the other kernel files share. It comes first in every program.
 *
 * Conventions of all kernels: matrices are row-major float32; every pointer is followed by its
 * offset in elements, as ulong; outputs come after inputs, sizes last. Nothing is reduced
 * with atomics: one owner per output, sums in a fixed order, the same bits every time.
 * No kernel is built with fast-math options, so a NaN stays a NaN. */

/* Work-items of a group in kernels over flat ranges and in reductions; a power of two. */
#ifndef WG
#define WG 64
#endif

/* Work-items that share one row in kernels over rows; at most WG. 1 suits CPUs. */
#ifndef ROW_WG
#define ROW_WG 64
#endif

/* Floats of a vector: 4, 8 or 16. */
#ifndef VEC
#define VEC 8
#endif

/* For helpers that keep their results in registers: a call would put them into memory. */
#define INLINED static __attribute__((always_inline))

/* Bring a cache line in ahead of its use. OpenCL's prefetch() does nothing in PoCL, and clang's
 * builtin breaks compilers that are not made for CPUs, so the host says where it may stand. */
#ifndef FETCH_AHEAD
#define FETCH_AHEAD 0
#endif
#if FETCH_AHEAD
#define PREFETCH(p) __builtin_prefetch((const void *)(ulong)(p))
#else
#define PREFETCH(p) prefetch(p, 1)
#endif

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define floatv JOIN(float, VEC)
#define ucharv JOIN(uchar, VEC)
#define vload_v JOIN(vload, VEC)
#define convert_floatv JOIN(convert_float, VEC)

/* vstoreN(), which PoCL takes apart into quarters: its compiler makes up to four stores of it. */
#ifdef __clang__
typedef floatv floatv_anywhere __attribute__((aligned(4)));
#define STORE_TO(space)                                                                            \
    INLINED __attribute__((overloadable)) void vstore_v(const floatv value, const ulong i,         \
                                                        space float *p)                            \
    {                                                                                              \
        *(space floatv_anywhere *)(p + i * VEC) = value;                                           \
    }
STORE_TO(__global)
STORE_TO(__local)
STORE_TO(__private)
#else
#define vstore_v JOIN(vstore, VEC)
#endif

/* Values of enum incline_activation in include/incline.h. */
#define RELU 0
#define LINEAR 1

/* Written so that a NaN stays a NaN, which fmax() would not do. */
static float activate(const uint activation, const float z)
{
    return activation == RELU && z < 0.0f ? 0.0f : z;
}

/* Derivative of an activation, from its output a. */
static float activation_slope(const uint activation, const float a)
{
    return activation == RELU && !(a > 0.0f) ? 0.0f : 1.0f;
}

/* The same for vectors. */
static floatv activate_v(const uint activation, const floatv z)
{
    return activation == RELU ? select(z, (floatv)(0.0f), z < (floatv)(0.0f)) : z;
}

static floatv slope_v(const uint activation, const floatv a)
{
    return activation == RELU ? select((floatv)(0.0f), (floatv)(1.0f), a > (floatv)(0.0f))
                              : (floatv)(1.0f);
}

#define intv JOIN(int, VEC)
#if VEC == 4
#define LANES ((int4)(0, 1, 2, 3))
#elif VEC == 8
#define LANES ((int8)(0, 1, 2, 3, 4, 5, 6, 7))
#else
#define LANES ((int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15))
#endif

/* The sum of the lanes, halves added to halves. */
static float sum_of_lanes(const floatv v)
{
#if VEC == 16
    const float8 w = v.lo + v.hi;
    const float4 q = w.lo + w.hi;
#elif VEC == 8
    const float4 q = v.lo + v.hi;
#else
    const float4 q = v;
#endif
    float pair[2];
    vstore2(q.lo + q.hi, 0, pair);
    return pair[0] + pair[1];
}

/* The first `count` of the floats at p, zeros behind them. `room` floats may be read. */
static floatv load_part(__global const float *p, const uint count, const ulong room)
{
    if (room >= VEC)
        return select((floatv)(0.0f), vload_v(0, p), LANES < (intv)((int)count));
    float part[VEC];
    for (uint i = 0; i < VEC; i++)
        part[i] = i < count ? p[i] : 0.0f;
    return vload_v(0, part);
}

/* The first `count` lanes to `to`. */
INLINED void store_lanes(const floatv value, __global float *to, const uint count)
{
    float part[VEC];

    if (count >= VEC) {
        vstore_v(value, 0, to);
    } else {
        vstore_v(value, 0, part);
        for (uint i = 0; i < count; i++)
            to[i] = part[i];
    }
}

/* May rows of `stride` floats from p on be read and written in whole vectors of four? */
INLINED uint in_quads(__global const float *p, const uint stride)
{
    return (uintptr_t)p % 16 == 0 && stride % 4 == 0;
}

/* Four neighbours of which the first `count` are there, zeros for the others. */
INLINED float4 load_quad(__global const float *from, const uint count, const uint aligned)
{
    if (aligned && count >= 4)
        return *(__global const float4 *)from;
    return (float4)(count > 0 ? from[0] : 0.0f, count > 1 ? from[1] : 0.0f,
                    count > 2 ? from[2] : 0.0f, count > 3 ? from[3] : 0.0f);
}

INLINED void store_quad(const float4 value, __global float *to, const uint count,
                        const uint aligned)
{
    if (aligned && count >= 4) {
        *(__global float4 *)to = value;
    } else {
        to[0] = value.x;
        if (count > 1)
            to[1] = value.y;
        if (count > 2)
            to[2] = value.z;
        if (count > 3)
            to[3] = value.w;
    }
}

#define uintv JOIN(uint, VEC)
#define ulongv JOIN(ulong, VEC)
#define convert_uintv JOIN(convert_uint, VEC)
#define convert_ulongv JOIN(convert_ulong, VEC)

/* Places of `index` in a random permutation of [0, n), each below n, made of eight keys; the twin of
 * rng_permute() in host/util/rng.c, which says how the keys are drawn. */
INLINED uintv rng_permute(const uint8 round_keys, const uint n, const uintv index)
{
    uint half_bits = 1;
    while (half_bits < 16 && ((ulong)1 << 2 * half_bits) < n)
        half_bits++;
    const uintv mask = (uintv)((1u << half_bits) - 1);
    uint keys[8];
    vstore8(round_keys, 0, keys);

    uintv value = index;
    intv outside = (intv)(-1);
    do {
        uintv left = value >> (uintv)(half_bits), right = value & mask;
#pragma unroll
        for (uint round = 0; round < 8; round++) {
            uintv h = right ^ (uintv)(keys[round]);
            h = (h ^ h >> (uintv)(16)) * (uintv)(0x85EBCA6Bu);
            h = (h ^ h >> (uintv)(13)) * (uintv)(0xC2B2AE35u);
            h ^= h >> (uintv)(16);
            const uintv next = (left ^ h) & mask;
            left = right;
            right = next;
        }
        value = select(value, left << (uintv)(half_bits) | right, outside);
        outside = value >= (uintv)(n);
    } while (any(outside));
    return value;
}

/* Random numbers by Philox4x32-10, VEC blocks at a time: word j of block first + i is lane i of
 * out[j]; the twin of rng_block() in host/util/rng.c. Words lie in 64 bits each: so a product of two
 * of them is one instruction, and none moves between lanes. */
INLINED void random_blocks(const ulong seed, const ulong stream, const ulong first, uintv *out)
{
    const ulongv low = (ulongv)(0xFFFFFFFFul), index = (ulongv)(first) + convert_ulongv(LANES);
    ulongv x0 = index & low, x1 = index >> (ulongv)(32);
    ulongv x2 = (ulongv)(stream & 0xFFFFFFFFul), x3 = (ulongv)(stream >> 32);
    uint k0 = (uint)seed, k1 = (uint)(seed >> 32);

#pragma unroll
    for (uint round = 0; round < 10; round++) {
        const ulongv p0 = x0 * (ulongv)(0xD2511F53ul), p1 = x2 * (ulongv)(0xCD9E8D57ul);
        x0 = (p1 >> (ulongv)(32)) ^ x1 ^ (ulongv)(k0);
        x1 = p1 & low;
        x2 = (p0 >> (ulongv)(32)) ^ x3 ^ (ulongv)(k1);
        x3 = p0 & low;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = convert_uintv(x0);
    out[1] = convert_uintv(x1);
    out[2] = convert_uintv(x2);
    out[3] = convert_uintv(x3);
}

/* Sum over a work-group of WG; every work-item of it must call, and gets the sum. Always the
 * same tree, so always the same bits. */
static float group_sum(const float value, __local float *tree)
{
    const uint lid = (uint)get_local_id(0);

    tree[lid] = value;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint step = WG / 2; step > 0; step /= 2) {
        if (lid < step)
            tree[lid] += tree[lid + step];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    const float sum = tree[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    return sum;
}
