/* bench.c - the stopwatch, and the order of a measurement: the device itself, kernels, training. */
#include "host/bench/bench.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/data/dataset.h"
#include "host/util/clock.h"
#include "host/util/status.h"

enum { RUNS = 5 };

/* A call may take that many times the time of a row; all runs together, so many times. */
static const double call_most = 30.0, runs_most = 10.0;

static const double default_seconds = 0.3;
static const uint32_t default_batch = 64;

/* ---- rows ---- */

static void report(struct bench *bench, const struct incline_bench_row *row)
{
    bench->rows++;
    snprintf(bench->facts.remark, sizeof bench->facts.remark, "%s", bench->dev->remark);
    if (bench->report != NULL)
        bench->report(bench->user, &bench->facts, row);
}

void bench_skip(struct bench *bench, struct incline_bench_row *row)
{
    row->outcome = INCLINE_BENCH_SKIPPED;
    report(bench, row);
}

void bench_wrong(struct bench *bench, struct incline_bench_row *row)
{
    row->outcome = INCLINE_BENCH_WRONG;
    snprintf(row->note, sizeof row->note, "%s", incline_last_error());
    if (bench->wrong++ == 0)
        snprintf(bench->first_wrong, sizeof bench->first_wrong, "%s %s", row->name, row->shape);
    report(bench, row);
}

/* Seconds of a call if the device reached its peak; 0 where that is not known. */
static double least_seconds(const struct bench *bench, const struct incline_bench_row *row)
{
    const double arithmetic =
        bench->facts.peak_flops > 0.0 ? row->flops / bench->facts.peak_flops : 0.0;
    const double memory =
        bench->facts.peak_bytes > 0.0 ? row->bytes / bench->facts.peak_bytes : 0.0;
    return fmax(arithmetic, memory);
}

bool bench_too_slow(struct bench *bench, struct incline_bench_row *row)
{
    const double expected = least_seconds(bench, row) * fmax(bench->slowdown, 1.0);

    if (bench->patient || !(expected > call_most * bench->seconds))
        return false;
    snprintf(row->note, sizeof row->note, "too slow: over %.3g s a %s", call_most * bench->seconds,
             row->samples > 0.0 ? "step" : "call");
    bench_skip(bench, row);
    return true;
}

/* ---- times ---- */

static int run(struct bench *bench, bench_call call, void *work, uint32_t calls, double *seconds)
{
    const double start = clock_seconds();
    int rc = call(work, calls);

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

void bench_took(struct bench *bench, const struct incline_bench_row *row, double seconds)
{
    const double least = least_seconds(bench, row);
    bench->slowdown = least > 0.0 ? seconds / least : 0.0;
}

int bench_first(struct bench *bench, bench_call call, void *work, struct incline_bench_row *row)
{
    return run(bench, call, work, 1, &row->first);
}

/* How many calls fit into a run. */
static int choose_calls(struct bench *bench, bench_call call, void *work, uint32_t *calls)
{
    double probe;
    int rc = run(bench, call, work, 1, &probe);

    if (rc == INCLINE_OK && probe < bench->seconds / RUNS)
        rc = run(bench, call, work, 3, &probe);
    if (rc != INCLINE_OK)
        return rc;
    const double fit = bench->seconds / RUNS / (probe > 1e-7 ? probe : 1e-7);
    *calls = fit < 1.0 ? 1 : fit > 1e6 ? 1000000 : (uint32_t)fit;
    return INCLINE_OK;
}

/* The row of a work from its runs' times, which are put in order; its cost is to that of `base`,
 * which is finished before it or is it. */
static void finish_row(struct bench *bench, double *times, uint32_t runs, uint32_t calls,
                       const struct incline_bench_row *base, struct incline_bench_row *row)
{
    const double least = least_seconds(bench, row);

    qsort(times, runs, sizeof times[0], ascending);
    row->outcome = INCLINE_BENCH_TIMED;
    row->runs = runs;
    row->calls = calls;
    row->median = (times[(runs - 1) / 2] + times[runs / 2]) / 2.0;
    row->minimum = times[0];
    row->spread = (times[runs - 1] - times[0]) / row->median;
    row->share = least / row->median;
    row->cost = base != NULL ? row->median / base->median : 0.0;
    /* By the best call, lest a moment in which the machine was busy skips what comes next. */
    bench_took(bench, row, fmin(row->first, row->minimum));
    report(bench, row);
}

int bench_time_in_turn(struct bench *bench, bench_call call, void *const *works,
                       struct incline_bench_row *rows, size_t count, bool costs)
{
    double times[BENCH_IN_TURN_MOST][RUNS], spent = 0.0;
    uint32_t calls[BENCH_IN_TURN_MOST], runs = 0;
    int rc = INCLINE_OK;

    assert(count <= BENCH_IN_TURN_MOST);
    for (size_t w = 0; w < count; w++)
        TRY(choose_calls(bench, call, works[w], &calls[w]));
    while (runs < RUNS && spent < runs_most * bench->seconds * (double)count) {
        for (size_t w = 0; w < count; w++) {
            TRY(run(bench, call, works[w], calls[w], &times[w][runs]));
            spent += times[w][runs] * calls[w];
        }
        runs++;
    }
    for (size_t w = 0; w < count; w++)
        finish_row(bench, times[w], runs, calls[w], costs ? &rows[0] : NULL, &rows[w]);
out:
    return rc;
}

int bench_time(struct bench *bench, bench_call call, void *work, struct incline_bench_row *row)
{
    return bench_time_in_turn(bench, call, &work, row, 1, false);
}

/* ---- a measurement ---- */

/* The peaks; a device that does not measure them has none. */
static int measure_peak(struct bench *bench)
{
    const struct backend *ops = bench->dev->ops;

    if (ops->measure_peak == NULL)
        return INCLINE_OK;
    return ops->measure_peak(bench->dev, &bench->facts.peak_flops, &bench->facts.peak_bytes);
}

/* Draw the digits and take them to the device. */
static int upload_digits(struct bench *bench, uint32_t samples)
{
    int rc = digits_create(samples, 1, &bench->digits);
    if (rc != INCLINE_OK)
        return rc;
    const struct incline_dataset_info *info = &bench->digits->info;
    const double start = clock_seconds();
    TRY(feed_open(&bench->feed, bench->dev, bench->digits,
                  &(struct feed_view){.scale = info->scale, .shift = info->shift}, 1));
    TRY(bench->dev->ops->finish(bench->dev));
    if (bench->feed.resident) {
        bench->facts.upload_seconds = clock_seconds() - start;
        bench->facts.upload_bytes = (uint64_t)info->rows * (info->features + sizeof(uint32_t));
    }
    TRY(feed_epoch(&bench->feed, 1, 0, false));
out:
    return rc;
}

static int measure(struct bench *bench, const struct incline_bench_options *options)
{
    const bool network = options->widths != NULL;
    const uint32_t samples =
        network && options->samples > 0 ? options->samples : INCLINE_BENCH_SAMPLES;
    const uint32_t batch = options->batch == INCLINE_BATCH_FULL ? samples
                           : options->batch > 0                 ? options->batch
                                                                : default_batch;
    int rc = INCLINE_OK;

    if (network && batch > samples)
        return FAIL(INCLINE_EARG,
                    "a batch of %u rows out of %u samples; take a smaller batch or "
                    "more samples",
                    batch, samples);
    TRY(measure_peak(bench));
    if (network || options->part != INCLINE_BENCH_KERNELS)
        TRY(upload_digits(bench, samples));
    if (network) {
        TRY(bench_network(bench, options->widths, options->width_count, batch));
    } else {
        if (options->part == INCLINE_BENCH_ALL || options->part == INCLINE_BENCH_KERNELS)
            TRY(bench_kernels(bench));
        if (options->part == INCLINE_BENCH_ALL || options->part == INCLINE_BENCH_TRAINING)
            TRY(bench_training(bench));
        if (options->part == INCLINE_BENCH_ALL || options->part == INCLINE_BENCH_METHODS)
            TRY(bench_methods(bench));
    }
    if (bench->wrong > 0)
        rc = FAIL(INCLINE_EVERIFY,
                  "%s computes %zu of %zu rows wrongly, %s to begin with; do not train on this "
                  "device, update its driver or take another (incline verify, incline devices)",
                  bench->dev->info.name, bench->wrong, bench->rows, bench->first_wrong);
out:
    return rc;
}

int incline_bench(const struct incline_bench_options *options, incline_bench_fn report_row,
                  void *user)
{
    static const struct incline_bench_options defaults;
    const struct incline_bench_options *o = options != NULL ? options : &defaults;
    struct bench bench = {.seconds = o->seconds > 0.0 ? o->seconds : default_seconds,
                          .patient = o->widths != NULL,
                          .report = report_row,
                          .user = user};
    const double start = clock_seconds();
    int rc = incline_device_open(&o->device, &bench.dev);

    if (rc != INCLINE_OK)
        return rc;
    bench.facts.open_seconds = clock_seconds() - start;
    bench.facts.info = bench.dev->info;
    rc = measure(&bench, o);
    feed_close(&bench.feed);
    incline_dataset_close(bench.digits);
    incline_device_close(bench.dev);
    return rc;
}
