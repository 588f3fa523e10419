/* bench.c - check, then time. */
#include "host/bench/bench.h"

#include <stdlib.h>

#include "host/util/clock.h"
#include "host/util/status.h"

enum { RUNS = 5 };

static int run(struct bench *bench, bench_call call, void *work, uint32_t calls, double *seconds)
{
    const double start = clock_seconds();
    int rc = INCLINE_OK;

    for (uint32_t i = 0; i < calls && rc == INCLINE_OK; i++)
        rc = call(work);
    if (rc == INCLINE_OK)
        rc = bench->dev->ops->finish(bench->dev);
    *seconds = (clock_seconds() - start) / calls;
    return rc;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int bench_time(struct bench *bench, bench_call call, void *work, struct incline_bench_row *row)
{
    double times[RUNS], probe;
    int rc = INCLINE_OK;

    TRY(run(bench, call, work, 1, &probe));
    TRY(run(bench, call, work, 3, &probe));
    const double fit = bench->seconds / RUNS / (probe > 1e-7 ? probe : 1e-7);
    const uint32_t calls = fit < 1.0 ? 1 : fit > 1e6 ? 1000000 : (uint32_t)fit;
    for (int i = 0; i < RUNS; i++)
        TRY(run(bench, call, work, calls, &times[i]));
    qsort(times, RUNS, sizeof times[0], ascending);
    row->median = times[RUNS / 2];
    row->minimum = times[0];
    row->spread = (times[RUNS - 1] - times[0]) / row->median;
    if (bench->report != NULL)
        bench->report(bench->user, row);
out:
    return rc;
}

int incline_bench(const struct incline_device_options *options, double seconds,
                  incline_bench_fn report, void *user)
{
    struct bench bench = {.seconds = seconds > 0.0 ? seconds : 0.3, .report = report, .user = user};
    int rc = incline_device_open(options, &bench.dev);

    if (rc != INCLINE_OK)
        return rc;
    TRY(bench_kernels(&bench));
    TRY(bench_training(&bench));
out:
    incline_device_close(bench.dev);
    return rc;
}
