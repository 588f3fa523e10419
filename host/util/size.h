/* size.h - products of sizes that do not overflow unnoticed. */
#ifndef INCLINE_UTIL_SIZE_H
#define INCLINE_UTIL_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* *product = a * b; false, and *product untouched, where that is more than size_t holds. */
static inline bool size_mul(size_t a, size_t b, size_t *product)
{
    if (b != 0 && a > SIZE_MAX / b)
        return false;
    *product = a * b;
    return true;
}

/* The smallest multiple of `step` that is not below `n`; step > 0. */
static inline size_t size_round_up(size_t n, size_t step)
{
    return (n + step - 1) / step * step;
}

#endif
