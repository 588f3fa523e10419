/* noise.cl - what is drawn anew in each step: dropout, and normal noise.
 *
 * Inputs:  x [count], changed in place; the draws of struct draws in host/backend/slots.h, with
 *          `first` the block that the first element's draws begin with.
 * Products of 32-bit numbers are formed in 64 bits, lane by lane, which compilers turn into one
 * instruction of a vector.
 * Reference: reference_dropout(), reference_add_noise(), rng_block() in host/util/rng.c. */

/* Bits of a chance: DROPOUT_BITS in host/backend/slots.h. */
#define DROPOUT_BITS 16

/* Words 0 to 3 of blocks first .. first + 7 (Philox4x32-10, Salmon et al. 2011). */
INLINED void draw_blocks(const ulong seed, const ulong stream, const uint step, const uint first,
                         uint8 words[4])
{
    const ulong8 low = (ulong8)(0xFFFFFFFFul);
    ulong8 x0 = (ulong8)(first) + (ulong8)(0, 1, 2, 3, 4, 5, 6, 7), x1 = (ulong8)(step);
    ulong8 x2 = (ulong8)(stream & 0xFFFFFFFFul), x3 = (ulong8)(stream >> 32);
    uint k0 = (uint)seed, k1 = (uint)(seed >> 32);

#pragma unroll
    for (uint round = 0; round < 10; round++) {
        const ulong8 p0 = x0 * (ulong8)(0xD2511F53ul), p1 = x2 * (ulong8)(0xCD9E8D57ul);
        x0 = (p1 >> (ulong8)(32)) ^ x1 ^ (ulong8)(k0);
        x1 = p1 & low;
        x2 = (p0 >> (ulong8)(32)) ^ x3 ^ (ulong8)(k1);
        x3 = p0 & low;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    words[0] = convert_uint8(x0);
    words[1] = convert_uint8(x1);
    words[2] = convert_uint8(x2);
    words[3] = convert_uint8(x3);
}

/* Eight elements of which the first `count` are there, zeros for the others. */
INLINED float8 load_eight(__global const float *from, const uint count)
{
    float part[8];

    if (count >= 8)
        return vload8(0, from);
    for (uint i = 0; i < 8; i++)
        part[i] = i < count ? from[i] : 0.0f;
    return vload8(0, part);
}

INLINED void store_eight(const float8 value, __global float *to, const uint count)
{
    float part[8];

    if (count >= 8) {
        vstore8(value, 0, to);
    } else {
        vstore8(value, 0, part);
        for (uint i = 0; i < count; i++)
            to[i] = part[i];
    }
}

/* dropped[w], bit 31 - v of lane l: is element 256 w + 8 v + l of 1024 dropped? */
INLINED void draw_dropped(const ulong seed, const ulong stream, const uint step, const uint first,
                          const uint chance, uint8 dropped[4])
{
    const uint last = (uint)popcount((chance & -chance) - 1); /* zeros behind the last 1 */

#pragma unroll
    for (uint w = 0; w < 4; w++)
        dropped[w] = (uint8)(0u);
    for (uint digit = last; digit < DROPOUT_BITS; digit++) {
        uint8 words[4];
        draw_blocks(seed, stream, step, first + 8 * (DROPOUT_BITS - 1 - digit), words);
#pragma unroll
        for (uint w = 0; w < 4; w++)
            dropped[w] = chance >> digit & 1 ? dropped[w] | words[w] : dropped[w] & words[w];
    }
}

/* x = dropped ? 0 : x * factor.
 * Launch: global {parts * ceil(count / 1024) up to a multiple of ROW_WG}, local {ROW_WG}; `parts`
 * work-items, a divisor of 128, draw for the same 1024 elements, and own 1024 / parts each. */
__kernel __attribute__((reqd_work_group_size(ROW_WG, 1, 1)))
void drop_out(__global float *restrict x, const ulong x_off, const ulong seed, const ulong stream,
              const uint step, const uint first, const uint chance, const float factor,
              const uint parts, const uint count)
{
    const uint item = (uint)get_global_id(0), run = item / parts, vectors = 128 / parts;
    const uint begin = (item - run * parts) * vectors;
    uint8 dropped[4];

    if (1024 * run + 8 * begin >= count)
        return;
    draw_dropped(seed, stream, step, first + 8 * DROPOUT_BITS * run, chance, dropped);
    for (uint v = begin; v < begin + vectors && 1024 * run + 8 * v < count; v++) {
        __global float *at = x + x_off + 1024 * run + 8 * v;
        const uint left = count - 1024 * run - 8 * v;
        const int8 sign = as_int8(dropped[v / 32] << (uint8)(v % 32));
        store_eight(select(load_eight(at, left) * (float8)(factor), (float8)(0.0f), sign), at, left);
    }
}

/* x += deviation * normal.
 * Launch: global {ceil(count / 32) up to a multiple of WG}, local {WG}; a work-item draws eight
 * blocks side by side, and owns the 32 elements that take their words. */
__kernel __attribute__((reqd_work_group_size(WG, 1, 1)))
void normal_noise(__global float *restrict x, const ulong x_off, const ulong seed,
                  const ulong stream, const uint step, const uint first, const float deviation,
                  const uint count)
{
    const uint item = (uint)get_global_id(0), begin = 32 * item;
    const float8 ulp = (float8)(5.9604644775390625e-8f); /* 2^-24 */
    uint8 words[4];

    if (begin >= count)
        return;
    draw_blocks(seed, stream, step, first + 8 * item, words);
    for (uint word = 0; word < 4 && begin + 8 * word < count; word++) {
        __global float *at = x + x_off + begin + 8 * word;
        const uint left = count - begin - 8 * word, pair = word & 2;
        const float8 u = convert_float8((words[pair] >> (uint8)(8)) + (uint8)(1)) * ulp;
        const float8 v = convert_float8(words[pair + 1] >> (uint8)(8)) * ulp;
        const float8 radius = sqrt((float8)(-2.0f) * log(u)), half_turns = v + v;
        const float8 normal = radius * (word & 1 ? sinpi(half_turns) : cospi(half_turns));
        store_eight(load_eight(at, left) + (float8)(deviation) * normal, at, left);
    }
}
