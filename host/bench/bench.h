/* bench.h - what the parts of measurement share: one stopwatch. */
#ifndef INCLINE_BENCH_H
#define INCLINE_BENCH_H

#include "host/backend/backend.h"

struct bench {
    struct incline_device *dev;
    double seconds; /* spent on each row */
    incline_bench_fn report;
    void *user;
};

/* Queue the work of one call. */
typedef int (*bench_call)(void *work);

/* Time `call`: once to warm up, then five runs of as many calls as fit into a fifth of the time
 * each, every run ended by waiting for the device. Fills median, minimum and spread, per call,
 * and reports the row. Fails as the call does. */
int bench_time(struct bench *bench, bench_call call, void *work, struct incline_bench_row *row);

/* The parts. Fail with INCLINE_EVERIFY if a result is wrong, or as the device fails. */
int bench_kernels(struct bench *bench);  /* kernels.c: each slot on typical shapes */
int bench_training(struct bench *bench); /* training.c: whole steps */

#endif
