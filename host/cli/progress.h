/* progress.h - what people see while training runs, on standard error.
 *
 * On a terminal one line is rewritten at most ten times a second and finished epochs stay
 * above it; elsewhere finished epochs are plain lines. Many short epochs are thinned to a
 * line every 5 %. */
#ifndef INCLINE_CLI_PROGRESS_H
#define INCLINE_CLI_PROGRESS_H

#include "incline.h"

struct progress {
    bool quiet;
    bool live;
    double redrawn;                /* when, on the monotonic clock */
    double mark;                   /* part of the run from which the next epoch gets a line */
    struct incline_progress last;  /* as reported last; zero before any */
    struct incline_progress epoch; /* the last finished epoch; zero before any */
};

void progress_begin(struct progress *progress, bool quiet);

/* An incline_progress_fn; `user` is the struct progress. */
void progress_update(void *user, const struct incline_progress *now);

/* The passing line of `count` runs, several at a time: so many are done, so many running, and
 * `part` of all work is done, for which it took `seconds`. Nothing where standard error is not
 * live. */
void progress_together(uint32_t done, uint32_t running, uint32_t count, double part,
                       double seconds);

/* The part of a run that is done. */
double progress_part(const struct incline_progress *now);

#endif
