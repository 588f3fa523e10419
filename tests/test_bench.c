/* test_bench.c - the stopwatch, what is skipped and what is refused; on the reference. */
#include <time.h>

#include "host/bench/bench.h"
#include "support.h"

/* ---- the stopwatch ---- */

static int count_calls(void *work, uint32_t calls)
{
    *(uint64_t *)work += calls;
    return INCLINE_OK;
}

static int sleep_2_ms(void *work, uint32_t calls)
{
    const struct timespec pause = {.tv_nsec = 2000000};
    for (uint32_t i = 0; i < calls; i++)
        nanosleep(&pause, NULL);
    return count_calls(work, calls);
}

struct sleeper {
    uint32_t times;
    uint64_t *calls;
};

static int sleep_times(void *work, uint32_t calls)
{
    const struct sleeper *sleeper = work;
    return sleep_2_ms(sleeper->calls, calls * sleeper->times);
}

static int fail(void *work, uint32_t calls)
{
    (void)work;
    (void)calls;
    return INCLINE_EDEVICE;
}

static struct bench open_bench(double seconds)
{
    const struct incline_device_options options = {.name = "reference"};
    struct bench bench = {.seconds = seconds};
    require_ok(incline_device_open(&options, &bench.dev));
    bench.facts.peak_flops = 1e9;
    return bench;
}

Test(bench, the_stopwatch_tells_seconds_of_a_call)
{
    struct bench bench = open_bench(0.05);
    struct incline_bench_row row = {.name = "sleep", .flops = 1e6};
    uint64_t calls = 0;

    require_ok(bench_first(&bench, sleep_2_ms, &calls, &row));
    cr_expect(calls == 1 && row.first >= 0.002, "%llu calls, first %g", (unsigned long long)calls,
              row.first);
    require_ok(bench_time(&bench, sleep_2_ms, &calls, &row));
    cr_expect(row.minimum >= 0.002 && row.minimum <= row.median, "minimum %g, median %g",
              row.minimum, row.median);
    const uint64_t before = calls - (uint64_t)row.runs * row.calls;
    cr_expect(before == 2 || before == 5, "%llu calls, %u runs of %u", (unsigned long long)calls,
              row.runs, row.calls);
    cr_expect(row.share == 0.001 / row.median && row.share <= 0.5, "share %g", row.share);
    cr_expect(bench.slowdown >= 2.0 && bench.slowdown <= row.minimum / 0.001, "slowdown %g",
              bench.slowdown);
    incline_device_close(bench.dev);
}

Test(bench, slow_work_gets_fewer_runs)
{
    struct bench bench = open_bench(0.0001);
    struct incline_bench_row row = {.name = "sleep"};
    uint64_t calls = 0;

    require_ok(bench_time(&bench, sleep_2_ms, &calls, &row));
    cr_expect(calls == 2 && row.runs == 1 && row.calls == 1, "%llu calls, %u runs of %u",
              (unsigned long long)calls, row.runs, row.calls);
    cr_expect(row.minimum == row.median && row.spread == 0.0 && row.share == 0.0);
    incline_device_close(bench.dev);
}

Test(bench, a_failure_of_the_work_is_passed_on)
{
    struct bench bench = open_bench(0.001);
    struct incline_bench_row row = {.name = "failure"};

    cr_expect_eq(bench_first(&bench, fail, NULL, &row), INCLINE_EDEVICE);
    cr_expect_eq(bench_time(&bench, fail, NULL, &row), INCLINE_EDEVICE);
    cr_expect_eq(bench.rows, 0);
    incline_device_close(bench.dev);
}

Test(bench, works_in_turn_are_held_against_the_first)
{
    struct bench bench = open_bench(0.02);
    struct incline_bench_row rows[2] = {{.name = "plain"}, {.name = "twice"}};
    uint64_t once = 0, twice = 0;
    struct sleeper sleepers[2] = {{1, &once}, {2, &twice}};
    void *const works[2] = {&sleepers[0], &sleepers[1]};
    struct incline_bench_row alone = {.name = "alone"};

    require_ok(bench_time_in_turn(&bench, sleep_times, works, rows, 2, true));
    cr_expect(rows[0].cost == 1.0 && rows[1].cost == rows[1].median / rows[0].median,
              "costs %g and %g", rows[0].cost, rows[1].cost);
    cr_expect(rows[0].runs == rows[1].runs && rows[1].minimum >= 0.004,
              "%u and %u runs, minimum %g", rows[0].runs, rows[1].runs, rows[1].minimum);
    cr_expect_eq(bench.rows, 2);
    require_ok(bench_time(&bench, sleep_times, works[0], &alone));
    cr_expect(alone.cost == 0.0, "cost %g of what is timed alone", alone.cost);
    incline_device_close(bench.dev);
}

struct seen {
    size_t timed, wrong, skipped;
};

static void see_step(void *user, const struct incline_bench_device *device,
                     const struct incline_bench_row *row)
{
    struct seen *seen = user;
    (void)device;
    cr_expect_str_eq(row->group, "method");
    seen->timed += row->outcome == INCLINE_BENCH_TIMED;
    seen->wrong += row->outcome == INCLINE_BENCH_WRONG;
    seen->skipped += row->outcome == INCLINE_BENCH_SKIPPED;
}

Test(bench, methods_are_skipped_together_where_a_step_is_too_slow)
{
    const struct incline_bench_options options = {
        .device = {.name = "reference"}, .seconds = 0.001, .part = INCLINE_BENCH_METHODS};
    struct seen seen = {0};

    require_ok(incline_bench(&options, see_step, &seen));
    cr_expect(seen.skipped == 13 && seen.timed == 0 && seen.wrong == 0, "%zu skipped, %zu timed",
              seen.skipped, seen.timed);
}

/* ---- rows that are not timed ---- */

static void see(void *user, const struct incline_bench_device *device,
                const struct incline_bench_row *row)
{
    struct seen *seen = user;
    (void)device;
    if (row->outcome == INCLINE_BENCH_TIMED) {
        seen->timed++;
        cr_expect(strcmp(row->name, "dense_forward") != 0 && row->median > 0.0 &&
                      row->note[0] == '\0',
                  "%s %s: timed, %g s, %s", row->name, row->shape, row->median, row->note);
        return;
    }
    cr_expect(row->median == 0.0 && row->minimum == 0.0, "%s %s: not timed, but %g s", row->name,
              row->shape, row->median);
    seen->wrong += row->outcome == INCLINE_BENCH_WRONG;
    seen->skipped += row->outcome == INCLINE_BENCH_SKIPPED;
    const char *reason = row->outcome == INCLINE_BENCH_WRONG ? "computes dense_forward of"
                                                             : "too slow: over 0.03 s a call";
    cr_expect(strstr(row->note, reason) != NULL, "%s %s: %s", row->name, row->shape, row->note);
}

static const struct backend *right_ops;

static int wrong_forward(struct incline_device *dev, const struct dense_forward *args)
{
    static const float wrong = 0.5f;
    const int rc = right_ops->dense_forward(dev, args);
    return rc != INCLINE_OK ? rc : right_ops->upload(dev, args->y, ELEMENT_F32, 1, &wrong);
}

Test(bench, what_is_wrong_or_too_slow_is_reported_and_not_timed)
{
    struct bench bench = open_bench(0.001);
    struct seen seen = {0};
    struct backend wrong = *bench.dev->ops;

    right_ops = bench.dev->ops;
    wrong.dense_forward = wrong_forward;
    bench.dev->ops = &wrong;
    bench.report = see;
    bench.user = &seen;
    require_ok(bench_kernels(&bench));
    cr_expect(seen.wrong == 2 && bench.wrong == 2, "%zu rows wrong, %zu counted", seen.wrong,
              bench.wrong);
    cr_expect(seen.skipped >= 4, "%zu rows skipped: products of 1024 and more take seconds",
              seen.skipped);
    cr_expect(seen.timed >= 2 && seen.timed + seen.wrong + seen.skipped == bench.rows,
              "%zu rows timed of %zu", seen.timed, bench.rows);
    cr_expect_str_eq(bench.first_wrong, "dense_forward 128 x 10 x 784");
    bench.dev->ops = right_ops;
    incline_device_close(bench.dev);
}

Test(bench, the_row_before_tells_what_is_too_slow)
{
    struct bench bench = open_bench(0.001);
    struct incline_bench_row row = {.name = "work", .flops = 1e6}; /* 1 ms at the peak */

    cr_expect(!bench_too_slow(&bench, &row), "skipped at its peak");
    bench.slowdown = 29.0;
    cr_expect(!bench_too_slow(&bench, &row), "skipped below 30 ms");
    bench.slowdown = 31.0;
    bench.patient = true;
    cr_expect(!bench_too_slow(&bench, &row), "skipped though it was asked for");
    bench.patient = false;
    cr_expect(bench_too_slow(&bench, &row), "not skipped at 31 ms");
    incline_device_close(bench.dev);
}

/* ---- what is refused, and what a device lacks ---- */

static void take(void *user, const struct incline_bench_device *device,
                 const struct incline_bench_row *row)
{
    cr_expect(row->outcome == INCLINE_BENCH_TIMED && row->share == 0.0 && device->peak_flops == 0.0,
              "outcome %d, share %g of %g", row->outcome, row->share, device->peak_flops);
    ++*(size_t *)user;
}

Test(bench, networks_that_cannot_be_are_refused)
{
    static const uint32_t widths[] = {784, 10, 10}, narrow[] = {100, 10}, few[] = {784, 9};
    struct incline_bench_options options = {.device = {.name = "reference"},
                                            .seconds = 0.001,
                                            .widths = widths,
                                            .width_count = 3,
                                            .batch = 65,
                                            .samples = 64};

    require_fails(incline_bench(&options, NULL, NULL), INCLINE_EARG, "65 rows out of 64");
    options.batch = INCLINE_BATCH_FULL;
    require_ok(incline_bench(&options, NULL, NULL));
    options.width_count = 1;
    require_fails(incline_bench(&options, NULL, NULL), INCLINE_EARG, "");
    options.width_count = 2;
    options.widths = narrow;
    require_fails(incline_bench(&options, NULL, NULL), INCLINE_EARG, "784 inputs");
    options.widths = few;
    require_fails(incline_bench(&options, NULL, NULL), INCLINE_EARG, "at least 10");
}

Test(bench, a_device_without_peaks_has_no_shares)
{
    static const uint32_t widths[] = {784, 10};
    const struct incline_bench_options options = {.device = {.name = "check:reference"},
                                                  .seconds = 0.001,
                                                  .widths = widths,
                                                  .width_count = 2,
                                                  .batch = 4,
                                                  .samples = 8};
    size_t rows = 0;

    require_ok(incline_bench(&options, take, &rows));
    cr_expect_eq(rows, 1);
}
