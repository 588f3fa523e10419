/* clock.h - the one clock of the command line: seconds since some moment, never going back. */
#ifndef INCLINE_CLI_CLOCK_H
#define INCLINE_CLI_CLOCK_H

#include <time.h>

static inline double clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

#endif
