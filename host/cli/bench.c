/* bench.c - incline bench: how fast kernels and training are, on one device or several. */
#include "json.h"
#include "options.h"
#include "terminal.h"
#include "text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEVICES_MAX = 16, LABEL_WIDTH = 24 };

/* A row of the first device, to which the others are compared. */
struct base_row {
    char label[160];
    double median;
};

struct bench {
    bool json, compare; /* compare: not the first device */
    const char *device; /* at hand */
    json_t *rows;       /* of the device at hand */
    struct base_row *base;
    size_t base_count, base_room;
    size_t count, wrong; /* rows of the device at hand */
    bool no_memory;
};

static void remember(struct bench *b, const char *label, double median)
{
    if (b->base_count == b->base_room) {
        const size_t room = b->base_room == 0 ? 32 : 2 * b->base_room;
        struct base_row *grown = realloc(b->base, room * sizeof *grown);
        if (grown == NULL) {
            b->no_memory = true;
            return;
        }
        b->base = grown;
        b->base_room = room;
    }
    struct base_row *row = &b->base[b->base_count++];
    snprintf(row->label, sizeof row->label, "%s", label);
    row->median = median;
}

/* How many times as fast as the first device; NaN if that has no such row. */
static double speedup(const struct bench *b, const char *label, double median)
{
    for (size_t i = 0; i < b->base_count; i++)
        if (strcmp(b->base[i].label, label) == 0)
            return b->base[i].median / median;
    return (double)NAN;
}

/* Work per second in units of 1e9: three digits, "-" where there is no such work. */
static struct text giga(double work, double seconds)
{
    struct text t;
    const double rate = work / seconds * 1e-9;
    if (!(rate > 0.0) || !isfinite(rate))
        snprintf(t.s, sizeof t.s, "-");
    else
        snprintf(t.s, sizeof t.s, "%.*f", rate < 9.995 ? 2 : rate < 99.95 ? 1 : 0, rate);
    return t;
}

static void print_head(const struct bench *b)
{
    printf("%s%s%s%s\n", b->compare ? "\n" : "", terminal_style(stdout, STYLE_BOLD), b->device,
           terminal_style(stdout, STYLE_PLAIN));
    printf("%s%-*s %8s %8s %6s %7s %6s %8s%s%s\n", terminal_style(stdout, STYLE_BOLD), LABEL_WIDTH,
           "ROW", "MEDIAN", "MINIMUM", "SPREAD", "GFLOP/S", "GB/S", "SAMPLE/S",
           b->compare ? " FASTER" : "", terminal_style(stdout, STYLE_PLAIN));
}

static void print_row(const struct bench *b, const struct incline_bench_row *row, const char *label)
{
    if (strlen(label) > LABEL_WIDTH)
        printf("%s\n%*s", label, LABEL_WIDTH, "");
    else
        printf("%-*s", LABEL_WIDTH, label);
    if (!row->passed) {
        printf(" %sWRONG RESULT, not timed%s\n", terminal_style(stdout, STYLE_BAD),
               terminal_style(stdout, STYLE_PLAIN));
        return;
    }
    printf(" %8s %8s %4.0f %% %7s %6s %8s", text_span(row->median).s, text_span(row->minimum).s,
           100.0 * row->spread, giga(row->flops, row->median).s, giga(row->bytes, row->median).s,
           text_rate(row->samples / row->median).s);
    const double faster = b->compare ? speedup(b, label, row->median) : (double)NAN;
    if (isfinite(faster))
        printf(" %5.*fx", faster < 9.995 ? 2 : faster < 99.95 ? 1 : 0, faster);
    putchar('\n');
}

/* "gemm_nt 128x10x784": the shape without spaces around its crosses, to fit a column. */
static void name_row(const struct incline_bench_row *row, char *label, size_t bytes)
{
    snprintf(label, bytes, "%s %s", row->name, row->shape);
    for (char *cross = label; (cross = strstr(cross, " x ")) != NULL;) {
        *cross++ = 'x';
        memmove(cross, cross + 2, strlen(cross + 2) + 1);
    }
}

static void take_row(void *user, const struct incline_bench_row *row)
{
    struct bench *b = user;
    char label[160];

    name_row(row, label, sizeof label);
    if (!b->json && b->count == 0)
        print_head(b);
    b->count++;
    b->wrong += !row->passed;
    if (!b->compare && row->passed)
        remember(b, label, row->median);
    if (!b->json) {
        print_row(b, row, label);
        cli_flush();
        return;
    }
    json_t *object = json_pack(
        "{s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o}", "group", json_text(row->group),
        "name", json_text(row->name), "shape", json_text(row->shape), "passed", row->passed,
        "median", json_number(row->median), "minimum", json_number(row->minimum), "spread",
        json_number(row->spread), "flops", json_number(row->flops), "bytes",
        json_number(row->bytes), "samples", json_number(row->samples));
    if (b->compare)
        json_object_set_new(object, "faster", json_number(speedup(b, label, row->median)));
    json_array_append_new(b->rows, object);
}

static int bench_device(struct bench *b, const char *name, int gemm, double seconds)
{
    const struct incline_device_options options = {.name = name, .gemm = (enum incline_gemm)gemm};
    b->count = b->wrong = 0;
    b->device = name;
    const int status = cli_check(incline_bench(&options, seconds, take_row, b));
    if (status != CLI_DONE)
        return status;
    if (b->no_memory)
        return cli_fail("not enough memory for the rows");
    if (b->count == 0)
        return cli_fail("%s: nothing was measured", name);
    if (b->wrong > 0) {
        cli_fail("%s: %zu of %zu rows are wrong; see incline verify", name, b->wrong, b->count);
        return CLI_UNVERIFIED;
    }
    return CLI_DONE;
}

/* All devices; what went wrong with one is said, and the next one is measured all the same.
 * Returns the worst exit status. */
static int bench(char **names, size_t count, int gemm, double seconds, bool json)
{
    struct bench b = {.json = json};
    json_t *devices = json ? json_array() : NULL;
    int worst = CLI_DONE;

    for (size_t i = 0; i < count; i++) {
        b.compare = i > 0;
        b.rows = json ? json_array() : NULL;
        const int status = bench_device(&b, names[i], gemm, seconds);
        worst = status > worst ? status : worst;
        if (json)
            json_array_append_new(devices,
                                  json_pack("{s:o, s:b, s:o}", "device", json_text(names[i]),
                                            "passed", status == CLI_DONE, "rows", b.rows));
    }
    free(b.base);
    if (!json)
        return worst;
    const int printed = json_print(json_pack("{s:o}", "devices", devices), false);
    return worst != CLI_DONE ? worst : printed;
}

static int run(const struct command *command, int argc, char **argv)
{
    const char *list = "auto";
    int gemm = INCLINE_GEMM_AUTO;
    double seconds = 0.0;
    bool json = false;
    struct option options[] = {
        {.name = "device",
         .argument = "D,D,...",
         .kind = OPTION_TEXT,
         .target = &list,
         .help = "devices to measure; ratios are to the first [auto]"},
        OPTION_GEMM_ROW(&gemm),
        {.name = "seconds",
         .argument = "S",
         .kind = OPTION_REAL,
         .target = &seconds,
         .minimum = 0.001,
         .maximum = 3600,
         .help = "time spent on each row [0.3]"},
        OPTION_JSON_ROW(&json),
        {.name = NULL},
    };
    char copy[1024], *names[DEVICES_MAX];
    size_t operands, count = 0;
    int status;

    if (!options_parse(command, options, argc, argv, &operands, &status))
        return status;
    if (strlen(list) >= sizeof copy)
        return cli_usage("--device has more than %zu characters", sizeof copy - 1);
    strcpy(copy, list);
    for (char *at = copy; at != NULL;) {
        char *comma = strchr(at, ',');
        if (comma != NULL)
            *comma++ = '\0';
        if (*at == '\0' || count == DEVICES_MAX)
            return cli_usage("--device wants 1 to %d names between commas, not \"%s\"", DEVICES_MAX,
                             list);
        names[count++] = at;
        at = comma;
    }
    return bench(names, count, gemm, seconds, json);
}

const struct command bench_command = {
    .name = "bench",
    .operands = "",
    .summary = "Time kernels and training on devices, one against the other",
    .details = "Each result is checked before it is timed. MEDIAN and MINIMUM are seconds per\n"
               "call; SPREAD is (maximum - minimum) / median; FASTER is the ratio to the first\n"
               "device.\n",
    .examples = "  incline bench\n"
                "  incline bench --device reference,opencl:0 --seconds 1\n",
    .run = run,
};
