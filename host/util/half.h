/* half.h - numbers of half precision, as files of arrays and of weights hold them. */
#ifndef INCLINE_UTIL_HALF_H
#define INCLINE_UTIL_HALF_H

#include <math.h>
#include <stdint.h>

/* IEEE 754 binary16: a sign, 5 bits of exponent, 10 of fraction. Exact, in a float too. */
static inline double half_value(uint16_t bits)
{
    const int exponent = bits >> 10 & 31;
    const double fraction = (double)(bits & 1023);
    const double size = exponent == 31  ? (fraction > 0.0 ? (double)NAN : (double)INFINITY)
                        : exponent == 0 ? ldexp(fraction, -24)
                                        : ldexp(1024.0 + fraction, exponent - 25);
    return bits >> 15 != 0 ? -size : size;
}

#endif
