/* bench.h - what the parts of measurement share: one stopwatch, one way to report. */
#ifndef INCLINE_BENCH_H
#define INCLINE_BENCH_H

#include "host/backend/backend.h"
#include "host/train/feed.h"

struct bench {
    struct incline_device *dev;
    struct incline_bench_device facts;
    double seconds;  /* spent on each row */
    bool patient;    /* skip nothing */
    double slowdown; /* the last row's time / what the peaks allow; below 1: not known */
    size_t rows, wrong;
    char first_wrong[160]; /* name and shape of the first wrong row */
    incline_bench_fn report;
    void *user;

    incline_dataset *digits; /* NULL if nothing is trained */
    struct feed feed;        /* the digits on the device */
};

/* Queue `calls` calls of the work. */
typedef int (*bench_call)(void *work, uint32_t calls);

/* True if a call would take too long, judged by the peaks and by the row before. The row is then
 * reported as skipped. */
bool bench_too_slow(struct bench *bench, struct incline_bench_row *row);

/* Report that the row is skipped; its note says why. */
void bench_skip(struct bench *bench, struct incline_bench_row *row);

/* Report that the row is wrong: incline_last_error() says how. */
void bench_wrong(struct bench *bench, struct incline_bench_row *row);

/* The first call, timed to its end: row->first. Fails as the call does. */
int bench_first(struct bench *bench, bench_call call, void *work, struct incline_bench_row *row);

/* Time what has been found right: five runs of as many calls as fit into a fifth of the time each,
 * every run ended by waiting for the device; fewer if they take ten times as long as they should.
 * Fills the row's times and reports it. Fails as the call does. */
int bench_time(struct bench *bench, bench_call call, void *work, struct incline_bench_row *row);

/* The parts. A wrong result is a row like others. Fail as the device fails. */
int bench_kernels(struct bench *bench);  /* kernels.c: each slot on typical shapes */
int bench_training(struct bench *bench); /* training.c: whole steps of typical networks */

/* training.c: a step of one network; batch <= rows of the digits. Fails as the device fails, or
 * with INCLINE_EARG if there can be no such network on these data. */
int bench_network(struct bench *bench, const uint32_t *widths, size_t width_count, uint32_t batch);

#endif
