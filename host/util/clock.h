/* clock.h - the one clock: seconds since some moment, never going back. */
#ifndef INCLINE_UTIL_CLOCK_H
#define INCLINE_UTIL_CLOCK_H

#include <time.h>

static inline double clock_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

#endif
