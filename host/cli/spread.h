/* spread.h - what repeated measurements say together: mean, deviation, interval. */
#ifndef INCLINE_CLI_SPREAD_H
#define INCLINE_CLI_SPREAD_H

#include <stdint.h>

/* NaN is what cannot be said: all of it of no value, all but the mean of a single one. */
struct spread {
    uint32_t count;
    double mean;
    double deviation; /* standard deviation of a sample: divided by count - 1 */
    double low, high; /* 95 % confidence interval of the mean, Student's t */
};

struct spread spread_of(const double *values, uint32_t count);

#endif
