/* bench_table.c - what incline bench prints: details of each device, and all devices in one table.
 */
#include "bench.h"
#include "terminal.h"
#include "text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LABEL_WIDTH = 40, DEVICE_WIDTH = 11 };

/* A number with three digits, "-" if it is not above 0. */
static struct text digits(double value)
{
    struct text t;
    if (!(value > 0.0) || !isfinite(value))
        snprintf(t.s, sizeof t.s, "-");
    else
        snprintf(t.s, sizeof t.s, "%.*f", value < 9.995 ? 2 : value < 99.95 ? 1 : 0, value);
    return t;
}

static struct text giga(double work, double seconds)
{
    return digits(work / seconds * 1e-9);
}

static struct text percent(double part)
{
    struct text t;
    if (!(part > 0.0) || !isfinite(part))
        snprintf(t.s, sizeof t.s, "-");
    else
        snprintf(t.s, sizeof t.s, "%.0f %%", 100.0 * part);
    return t;
}

static void print_label(const char *label)
{
    if (strlen(label) > LABEL_WIDTH)
        printf("%s\n%*s", label, LABEL_WIDTH, "");
    else
        printf("%-*s", LABEL_WIDTH, label);
}

static void begin_head(void)
{
    printf("%s", terminal_style(stdout, STYLE_BOLD));
}

static void end_head(void)
{
    printf("%s\n", terminal_style(stdout, STYLE_PLAIN));
}

/* ---- one device ---- */

static void print_facts(const struct bench_device *device)
{
    const struct incline_bench_device *facts = &device->facts;

    begin_head();
    printf("%s: %s", facts->info.id, text_clean(facts->info.name).s);
    end_head();
    printf("opened in %s; peak %s GFLOP/s, %s GB/s", text_span(facts->open_seconds).s,
           digits(1e-9 * facts->peak_flops).s, digits(1e-9 * facts->peak_bytes).s);
    if (facts->upload_bytes > 0)
        printf("; data set of %s uploaded in %s, %s GB/s", text_bytes(facts->upload_bytes).s,
               text_span(facts->upload_seconds).s,
               giga((double)facts->upload_bytes, facts->upload_seconds).s);
    putchar('\n');
}

static void print_head(const struct incline_bench_row *row)
{
    const bool training = row->samples > 0.0;
    const bool method = strcmp(row->group, "method") == 0;
    begin_head();
    printf("%-*s %8s %8s %8s %6s %7s %8s %6s", LABEL_WIDTH,
           method     ? "STEP BY A METHOD"
           : training ? "TRAINING STEP"
                      : "KERNEL",
           "FIRST", "MEDIAN", "MINIMUM", "SPREAD", "GFLOP/S", training ? "SAMPLE/S" : "GB/S",
           method ? "COST" : "PEAK");
    end_head();
}

static void print_reason(const struct incline_bench_row *row)
{
    const bool wrong = row->outcome == INCLINE_BENCH_WRONG;

    printf(" %s", terminal_style(stdout, wrong ? STYLE_BAD : STYLE_DIM));
    if (wrong)
        printf("WRONG RESULT, not timed: ");
    printf("%s%s\n", row->note, terminal_style(stdout, STYLE_PLAIN));
}

void bench_print_row(const struct bench_device *device, size_t index)
{
    const struct incline_bench_row *row = &device->rows[index].row;

    if (index == 0)
        print_facts(device);
    if (index == 0 || strcmp(row->group, device->rows[index - 1].row.group) != 0)
        print_head(row);
    print_label(device->rows[index].label);
    if (row->outcome != INCLINE_BENCH_TIMED) {
        print_reason(row);
        return;
    }
    printf(" %8s %8s %8s %6s %7s %8s %6s\n", text_span(row->first).s, text_span(row->median).s,
           text_span(row->minimum).s, percent(row->spread).s, giga(row->flops, row->median).s,
           row->samples > 0.0 ? text_rate(row->samples / row->median).s
                              : giga(row->bytes, row->median).s,
           row->cost > 0.0 ? percent(row->cost - 1.0).s : percent(row->share).s);
}

/* ---- all devices ---- */

static void print_times(const struct bench_results *results, const char *label)
{
    for (size_t d = 0; d < results->count; d++) {
        const struct bench_row *row = bench_find(&results->devices[d], label);
        printf(" %*s", DEVICE_WIDTH, row != NULL ? text_span(row->row.median).s : "-");
        if (d == 0)
            continue;
        struct text faster =
            digits(row != NULL ? bench_faster(&results->devices[0], row) : (double)NAN);
        if (faster.s[0] != '-')
            strcat(faster.s, "x");
        printf(" %7s", faster.s);
    }
    putchar('\n');
}

/* Whether an earlier device has this row too, which then stands in the table already. */
static bool shown(const struct bench_results *results, size_t device, const char *label)
{
    for (size_t d = 0; d < device; d++)
        for (size_t r = 0; r < results->devices[d].count; r++)
            if (strcmp(results->devices[d].rows[r].label, label) == 0)
                return true;
    return false;
}

void bench_print_devices(const struct bench_results *results)
{
    putchar('\n');
    begin_head();
    printf("%-*s", LABEL_WIDTH, "MEDIAN, AND TIMES AS FAST AS THE FIRST");
    for (size_t d = 0; d < results->count; d++)
        printf(" %*.*s%s", DEVICE_WIDTH, DEVICE_WIDTH, results->devices[d].name,
               d > 0 ? "  FASTER" : "");
    end_head();
    for (size_t d = 0; d < results->count; d++)
        for (size_t r = 0; r < results->devices[d].count; r++) {
            const char *label = results->devices[d].rows[r].label;
            if (shown(results, d, label))
                continue;
            print_label(label);
            print_times(results, label);
        }
}
