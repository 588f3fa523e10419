/* rng.c - Philox4x32-10, and permutations made of it. kernels/common.cl has the permutations too.
 */
#include "host/util/rng.h"

void rng_block(uint64_t seed, uint64_t stream, uint64_t index, uint32_t out[4])
{
    uint32_t x0 = (uint32_t)index, x1 = (uint32_t)(index >> 32);
    uint32_t x2 = (uint32_t)stream, x3 = (uint32_t)(stream >> 32);
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);

    for (int round = 0; round < 10; round++) {
        const uint64_t p0 = (uint64_t)x0 * 0xD2511F53u;
        const uint64_t p1 = (uint64_t)x2 * 0xCD9E8D57u;
        x0 = (uint32_t)(p1 >> 32) ^ x1 ^ k0;
        x1 = (uint32_t)p1;
        x2 = (uint32_t)(p0 >> 32) ^ x3 ^ k1;
        x3 = (uint32_t)p0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = x0;
    out[1] = x1;
    out[2] = x2;
    out[3] = x3;
}

uint32_t rng_bits(uint64_t seed, uint64_t stream, uint64_t index)
{
    uint32_t block[4];
    rng_block(seed, stream, index / 4, block);
    return block[index % 4];
}

float rng_uniform(uint64_t seed, uint64_t stream, uint64_t index)
{
    return (float)(rng_bits(seed, stream, index) >> 8) * 0x1p-24f;
}

void rng_permute_keys(uint64_t seed, uint64_t stream, uint32_t keys[8])
{
    rng_block(seed, stream, 0, keys);
    rng_block(seed, stream, 1, keys + 4);
}

uint32_t rng_permute(uint64_t seed, uint64_t stream, uint32_t n, uint32_t index)
{
    uint32_t half = 1;
    while (half < 16 && (uint64_t)1 << 2 * half < n)
        half++;
    const uint32_t mask = (1u << half) - 1;
    uint32_t keys[8];
    rng_permute_keys(seed, stream, keys);

    uint32_t value = index;
    do {
        uint32_t left = value >> half, right = value & mask;
        for (int round = 0; round < 8; round++) {
            /* The mixing of MurmurHash3's finaliser, keyed: each bit of `right` and of the
             * key reaches each bit of the result. */
            uint32_t h = right ^ keys[round];
            h = (h ^ h >> 16) * 0x85EBCA6Bu;
            h = (h ^ h >> 13) * 0xC2B2AE35u;
            h ^= h >> 16;
            const uint32_t next = (left ^ h) & mask;
            left = right;
            right = next;
        }
        value = left << half | right;
    } while (value >= n);
    return value;
}
