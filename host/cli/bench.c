/* bench.c - incline bench: how fast kernels and training are, on one device or several. */
#include "bench.h"
#include "options.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the command line asks for. */
struct wishes {
    const char *devices, *save, *against;
    int gemm, part;
    double seconds, loss;
    struct option_widths network;
    uint32_t batch, samples;
    bool json;
};

/* Where the rows of a device go while it is measured. */
struct intake {
    struct bench_device *device;
    bool print, no_memory;
};

const struct bench_row *bench_find(const struct bench_device *device, const char *label)
{
    for (size_t r = 0; r < device->count; r++)
        if (device->rows[r].row.outcome == INCLINE_BENCH_TIMED &&
            strcmp(device->rows[r].label, label) == 0)
            return &device->rows[r];
    return NULL;
}

double bench_faster(const struct bench_device *base, const struct bench_row *row)
{
    const struct bench_row *other = bench_find(base, row->label);
    if (other == NULL || row->row.outcome != INCLINE_BENCH_TIMED)
        return (double)NAN;
    return other->row.median / row->row.median;
}

/* ---- measuring ---- */

/* "dense_forward 128x10x784": the shape without spaces around its crosses, to fit a column. */
static void label_row(const struct incline_bench_row *row, char *label)
{
    snprintf(label, BENCH_LABEL_MAX, "%s %s", row->name, row->shape);
    for (char *cross = label; (cross = strstr(cross, " x ")) != NULL;) {
        *cross++ = 'x';
        memmove(cross, cross + 2, strlen(cross + 2) + 1);
    }
}

static bool make_room(struct bench_device *device)
{
    if (device->count < device->room)
        return true;
    const size_t room = device->room == 0 ? 32 : 2 * device->room;
    struct bench_row *grown = realloc(device->rows, room * sizeof *grown);
    if (grown == NULL)
        return false;
    device->rows = grown;
    device->room = room;
    return true;
}

static void take_row(void *user, const struct incline_bench_device *facts,
                     const struct incline_bench_row *row)
{
    struct intake *in = user;
    struct bench_device *device = in->device;

    device->facts = *facts;
    if (!make_room(device)) {
        in->no_memory = true;
        return;
    }
    struct bench_row *kept = &device->rows[device->count++];
    kept->row = *row;
    snprintf(kept->name, sizeof kept->name, "%s", row->name);
    kept->row.name = NULL;
    label_row(row, kept->label);
    if (in->print) {
        bench_print_row(device, device->count - 1);
        cli_flush();
    }
}

static int measure(struct bench_device *device, const struct wishes *wishes)
{
    const struct incline_bench_options options = {
        .device = {.name = device->name, .gemm = (enum incline_gemm)wishes->gemm},
        .seconds = wishes->seconds,
        .part = (enum incline_bench_part)wishes->part,
        .widths = wishes->network.count > 0 ? wishes->network.width : NULL,
        .width_count = wishes->network.count,
        .batch = wishes->batch,
        .samples = wishes->samples,
    };
    struct intake in = {.device = device, .print = !wishes->json};
    const int status = cli_check(incline_bench(&options, take_row, &in));

    if (in.no_memory)
        return cli_fail("not enough memory for the rows");
    return status;
}

/* All devices; what went wrong with one is said, and the next one is measured all the same.
 * Returns the worst exit status. */
static int measure_all(struct bench_results *results, const struct wishes *wishes)
{
    int worst = CLI_DONE;

    for (size_t d = 0; d < results->count; d++) {
        struct bench_device *device = &results->devices[d];
        if (d > 0 && !wishes->json)
            putchar('\n');
        device->status = measure(device, wishes);
        worst = device->status > worst ? device->status : worst;
    }
    return worst;
}

/* ---- the command ---- */

/* Compare, save and print what was measured; `measured` is how that went. A file is not replaced
 * by what has gaps. Returns the exit status. */
static int finish(const struct bench_results *results, const struct wishes *wishes,
                  const json_t *earlier, int measured)
{
    json_t *json = wishes->json || wishes->save != NULL ? bench_json(results) : NULL;
    int status = measured;

    if (!wishes->json && results->count > 1)
        bench_print_devices(results);
    if (wishes->save != NULL && measured == CLI_DONE)
        status = json_save(wishes->save, json);
    else if (wishes->save != NULL)
        cli_note("%s: not written, since not all could be measured", wishes->save);
    if (earlier != NULL) {
        const int compared = bench_against(results, earlier, wishes->against, wishes->loss,
                                           wishes->json ? json : NULL);
        status = compared > status ? compared : status;
    }
    if (!wishes->json) {
        json_decref(json);
        return status;
    }
    const int printed = json_print(json, false);
    return printed > status ? printed : status;
}

static int bench(struct bench_results *results, const struct wishes *wishes)
{
    json_t *earlier = NULL;
    int status = CLI_DONE;

    /* What cannot be read or written is said before minutes are spent. */
    if (wishes->against != NULL)
        TRY(bench_read(wishes->against, &earlier));
    if (wishes->save != NULL)
        TRY(cli_check(incline_file_may_write(wishes->save)));
    status = finish(results, wishes, earlier, measure_all(results, wishes));
out:
    json_decref(earlier);
    for (size_t d = 0; d < results->count; d++)
        free(results->devices[d].rows);
    return status;
}

/* Cut the list at its commas; the names point into `list`. */
static int split(char *list, struct bench_results *results)
{
    for (char *at = list; at != NULL;) {
        char *comma = strchr(at, ',');
        if (comma != NULL)
            *comma++ = '\0';
        if (*at == '\0' || results->count == BENCH_DEVICES_MAX)
            return cli_usage("--device wants 1 to %d names between commas", BENCH_DEVICES_MAX);
        results->devices[results->count++].name = at;
        at = comma;
    }
    return CLI_DONE;
}

static int needs(const struct option *options, const char *name, const char *other)
{
    if (options_given(options, name) && !options_given(options, other))
        return cli_usage("--%s needs --%s", name, other);
    return CLI_DONE;
}

static const struct option_choice parts[] = {
    {"kernels", INCLINE_BENCH_KERNELS},
    {"training", INCLINE_BENCH_TRAINING},
    {"methods", INCLINE_BENCH_METHODS},
    {NULL, 0},
};

static int run(const struct command *command, int argc, char **argv)
{
    struct wishes wishes = {.devices = "auto", .loss = 10.0};
    struct option options[] = {
        {.name = "device",
         .argument = "D,D,...",
         .kind = OPTION_TEXT,
         .target = &wishes.devices,
         .help = "devices to measure; ratios are to the first [auto]"},
        OPTION_GEMM_ROW(&wishes.gemm),
        {.name = "seconds",
         .argument = "S",
         .kind = OPTION_REAL,
         .target = &wishes.seconds,
         .minimum = 0.001,
         .maximum = 3600,
         .help = "time spent on each row [0.3]"},
        {.name = "only",
         .argument = "PART",
         .kind = OPTION_CHOICE,
         .target = &wishes.part,
         .choices = parts,
         .help = "kernels, training, or methods of a step [all]"},
        {.name = "network",
         .argument = "W-W-W",
         .kind = OPTION_NETWORK,
         .target = &wishes.network,
         .not_with = {"only"},
         .help = "a training step of this network alone: 784-128-10"},
        {.name = "batch-size",
         .argument = "N",
         .kind = OPTION_BATCH,
         .target = &wishes.batch,
         .minimum = 1,
         .maximum = INCLINE_BATCH_FULL - 1.0,
         .help = "with --network: samples of a step, or full [64]"},
        {.name = "samples",
         .argument = "N",
         .kind = OPTION_UINT32,
         .target = &wishes.samples,
         .minimum = 1,
         .maximum = 10000000,
         .help = "with --network: samples of the data set [60000]"},
        {.name = "save",
         .argument = "FILE",
         .kind = OPTION_TEXT,
         .target = &wishes.save,
         .help = "write the results as JSON"},
        {.name = "against",
         .argument = "FILE",
         .kind = OPTION_TEXT,
         .target = &wishes.against,
         .help = "compare with results that --save wrote"},
        {.name = "loss",
         .argument = "PERCENT",
         .kind = OPTION_REAL,
         .target = &wishes.loss,
         .minimum = 0,
         .maximum = 1000,
         .help = "with --against: growth of a median that fails [10]"},
        OPTION_JSON_ROW(&wishes.json),
        {.name = NULL},
    };
    struct bench_results results = {.count = 0};
    char list[1024];
    size_t operands;
    int status;

    if (!options_parse(command, options, argc, argv, &operands, &status))
        return status;
    TRY(needs(options, "batch-size", "network"));
    TRY(needs(options, "samples", "network"));
    TRY(needs(options, "loss", "against"));
    if (strlen(wishes.devices) >= sizeof list)
        return cli_usage("--device has more than %zu characters", sizeof list - 1);
    strcpy(list, wishes.devices);
    TRY(split(list, &results));
    status = bench(&results, &wishes);
out:
    return status;
}

const struct command bench_command = {
    .name = "bench",
    .operands = "",
    .summary = "Time kernels and training on devices, one against the other",
    .details = "Each result is checked before it is timed. FIRST is the first call, in which\n"
               "kernels are chosen and compiled; MEDIAN and MINIMUM are times of a call,\n"
               "SPREAD is (maximum - minimum) / median. PEAK is the share of what the device\n"
               "reached in a small kernel of multiply-adds or in a copy, whichever allows less;\n"
               "of training steps, of the arithmetic. It passes 100 % where data stay in caches.\n"
               "COST is what a step by a method takes more than the plain one; their runs are\n"
               "taken in turn.\n"
               "A row that would take 30 times the time of a row is skipped.\n"
               "With --against the exit status is 1 if a median grew by more than --loss.\n",
    .examples = "  incline bench\n"
                "  incline bench --device reference,opencl:0 --save before.json\n",
    .run = run,
};
