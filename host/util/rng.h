/* rng.h - counter-based random numbers: value = f(seed, stream, index), no state.
 *
 * Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers, as easy as 1, 2, 3,
 * SC 2011). kernels/common.cl permutes in the same way, so the order of samples on a device equals
 * the one here. */
#ifndef INCLINE_UTIL_RNG_H
#define INCLINE_UTIL_RNG_H

#include <stdint.h>

/* Which numbers a draw is for; two uses never share a stream. The upper 32 bits are free
 * for a counter such as the epoch: RNG_STREAM(RNG_SHUFFLE, epoch). */
enum rng_use {
    RNG_INIT = 1,
    RNG_SHUFFLE = 2,
    RNG_DIGITS = 3,
    RNG_TEST = 4,
    RNG_AUGMENT = 5,
    RNG_DROPOUT = 6,
    RNG_NOISE = 7,
    RNG_SPLIT = 8,
    RNG_CHOOSE = 9,
    RNG_CHUNK = 10
};
#define RNG_STREAM(use, counter) ((uint64_t)(counter) << 32 | (uint64_t)(use))

/* One Philox block: out[4] from the 64-bit key and the 128-bit counter (index, stream). */
void rng_block(uint64_t seed, uint64_t stream, uint64_t index, uint32_t out[4]);

/* 32 random bits: word (index % 4) of block (index / 4). */
uint32_t rng_bits(uint64_t seed, uint64_t stream, uint64_t index);

/* Uniform in [0, 1), a multiple of 2^-24. */
float rng_uniform(uint64_t seed, uint64_t stream, uint64_t index);

/* The keys of a permutation's eight rounds: blocks 0 and 1. */
void rng_permute_keys(uint64_t seed, uint64_t stream, uint32_t keys[8]);

/* Place of `index` in a random permutation of [0, n), n > 0, index < n.
 * A Feistel network of 8 rounds over the smallest even number of bits that holds n - 1,
 * walked until the value falls below n; each seed and stream gives another permutation. */
uint32_t rng_permute(uint64_t seed, uint64_t stream, uint32_t n, uint32_t index);

#endif
