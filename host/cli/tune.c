/* tune.c - incline tune: the knobs with which a device trains a network fastest, found and kept. */
#include "json.h"
#include "options.h"
#include "terminal.h"
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { NOTE_COLUMN = 8 };

/* Where the candidates go. */
struct intake {
    bool print; /* as a table; else collected in `rows` */
    json_t *rows;
    uint32_t count;
};

static const char *outcome_text(enum incline_tune_outcome outcome)
{
    switch (outcome) {
    case INCLINE_TUNE_WON:
        return "won";
    case INCLINE_TUNE_LOST:
        return "lost";
    case INCLINE_TUNE_WRONG:
        return "wrong";
    case INCLINE_TUNE_FAILED:
        return "failed";
    }
    return "unknown";
}

static bool timed(const struct incline_tune_row *row)
{
    return row->outcome == INCLINE_TUNE_WON || row->outcome == INCLINE_TUNE_LOST;
}

/* ---- as a table ---- */

static void print_row(const struct incline_tune_row *row, bool first)
{
    const bool bad = !timed(row);
    char faster[32] = "-";

    if (first)
        printf("%s%-14s %8s %10s %10s %8s  %s%s\n", terminal_style(stdout, STYLE_BOLD), "KNOB",
               "VALUE", "STEP", "BEST", "FASTER", "RESULT", terminal_style(stdout, STYLE_PLAIN));
    if (!bad)
        snprintf(faster, sizeof faster, "%.2fx", row->best / row->seconds);
    printf("%-14s %8" PRIu32 " %10s %10s %8s  %s%s%s\n", row->knob, row->value,
           bad ? "-" : text_span(row->seconds).s, bad ? "-" : text_span(row->best).s, faster,
           terminal_style(stdout, bad                                ? STYLE_BAD
                                  : row->outcome == INCLINE_TUNE_WON ? STYLE_GOOD
                                                                     : STYLE_DIM),
           bad                                ? outcome_text(row->outcome)
           : row->outcome == INCLINE_TUNE_WON ? "right, won"
                                              : "right",
           terminal_style(stdout, STYLE_PLAIN));
    if (bad) {
        printf("%*s", NOTE_COLUMN, "");
        terminal_words(stdout, NOTE_COLUMN, row->note);
    }
}

/* "VEC=16 PANEL_M=12": the knobs that moved. */
static void list_moved(const struct incline_tuning *tuning, char *text, size_t bytes)
{
    size_t used = 0;
    text[0] = '\0';
    for (uint32_t k = 0; k < tuning->count && used < bytes; k++)
        if (tuning->knobs[k].value != tuning->knobs[k].initial)
            used +=
                (size_t)snprintf(text + used, bytes - used, "%s%s=%" PRIu32, used > 0 ? " " : "",
                                 tuning->knobs[k].name, tuning->knobs[k].value);
}

static void print_result(const struct incline_tune_result *r)
{
    char words[1024], moved[640];

    if (r->tuning.count == 0) {
        snprintf(words, sizeof words, "%s has nothing that could be tuned.", r->info.id);
        terminal_words(stdout, 0, words);
        return;
    }
    list_moved(&r->tuning, moved, sizeof moved);
    if (r->tried > 0)
        putchar('\n');
    const struct text initial = text_span(r->initial_seconds);
    if (moved[0] == '\0')
        snprintf(
            words, sizeof words,
            "Nothing is faster than what %s is opened with anyway, %s a step; nothing is kept.",
            r->info.id, initial.s);
    else
        snprintf(words, sizeof words, "%s: %s a step instead of %s, %.2fx as fast. %s", moved,
                 text_span(r->tuned_seconds).s, initial.s, r->initial_seconds / r->tuned_seconds,
                 r->kept ? "It is kept, and taken from now on (incline tune --reset forgets it)."
                         : "There is no place to keep it: the cache folder cannot be written; set "
                           "XDG_CACHE_HOME.");
    terminal_words(stdout, 0, words);
    snprintf(words, sizeof words,
             "%" PRIu32 " candidates tried, %" PRIu32 " wrong, %" PRIu32 " failed%s", r->tried,
             r->wrong, r->failed,
             r->in_time ? "." : "; the time was up before all were tried (--seconds).");
    terminal_words(stdout, 0, words);
}

/* ---- as JSON ---- */

static json_t *row_json(const struct incline_tune_row *row)
{
    return json_pack("{s:o, s:o, s:s, s:o, s:o, s:o}", "knob", json_text(row->knob), "value",
                     json_count(row->value), "outcome", outcome_text(row->outcome), "seconds",
                     timed(row) ? json_number(row->seconds) : json_null(), "best",
                     timed(row) ? json_number(row->best) : json_null(), "note",
                     row->note[0] != '\0' ? json_text(row->note) : json_null());
}

static json_t *result_json(const struct incline_tune_result *r, json_t *rows)
{
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:b, s:o}", "device", json_text(r->info.id),
        "name", json_text(r->info.name), "candidates", rows, "tried", json_count(r->tried), "wrong",
        json_count(r->wrong), "failed", json_count(r->failed), "in_time", r->in_time,
        "initial_seconds", json_number(r->initial_seconds), "tuned_seconds",
        json_number(r->tuned_seconds), "kept", r->kept, "tuning", json_tuning(&r->tuning));
}

/* ---- the command ---- */

static void take_row(void *user, const struct incline_tune_row *row)
{
    struct intake *in = user;

    if (in->print) {
        print_row(row, in->count == 0);
        cli_flush();
    } else {
        json_array_append_new(in->rows, row_json(row));
    }
    in->count++;
}

static int tune(const struct incline_tune_options *options, bool json)
{
    struct intake in = {.print = !json, .rows = json ? json_array() : NULL};
    struct incline_tune_result result;
    const int status = cli_check(incline_tune(options, take_row, &in, &result));

    if (status != CLI_DONE) {
        json_decref(in.rows);
        return status;
    }
    if (json)
        return json_print(result_json(&result, in.rows), false);
    print_result(&result);
    return CLI_DONE;
}

static int reset(const struct incline_device_options *options, bool json)
{
    bool was_tuned = false;
    const int status = cli_check(incline_tune_reset(options, &was_tuned));

    if (status != CLI_DONE)
        return status;
    if (json)
        return json_print(json_pack("{s:b}", "was_tuned", was_tuned), false);
    printf(was_tuned ? "The tuning is forgotten.\n" : "There was no tuning to forget.\n");
    return CLI_DONE;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct incline_tune_options tuning = {.seconds = 60.0};
    struct option_widths network = {.count = 0};
    bool json = false, forget = false;
    struct option options[] = {
        OPTION_DEVICE_ROW(&tuning.device.name),
        {.name = "network",
         .argument = "W-W-W",
         .kind = OPTION_NETWORK,
         .target = &network,
         .help = "inputs, hidden layers, classes [784-128-10]"},
        {.name = "batch-size",
         .argument = "N",
         .kind = OPTION_UINT32,
         .target = &tuning.device.batch,
         .minimum = 1,
         .maximum = 1000000,
         .help = "samples of a step [128]"},
        {.name = "seconds",
         .argument = "S",
         .kind = OPTION_REAL,
         .target = &tuning.seconds,
         .minimum = 0.001,
         .maximum = 86400,
         .help = "begin no candidate after so many [60]"},
        {.name = "reset",
         .kind = OPTION_FLAG,
         .target = &forget,
         .not_with = {"network", "seconds"},
         .help = "forget the tuning of the device instead"},
        OPTION_JSON_ROW(&json),
        {.name = NULL},
    };
    size_t operands;
    int status;

    if (!options_parse(command, options, argc, argv, &operands, &status))
        return status;
    if (tuning.device.name != NULL && strncmp(tuning.device.name, "check:", 6) == 0)
        return cli_usage("--device %s: every operation would run twice; leave check: away",
                         tuning.device.name);
    if (network.count > 0) {
        tuning.device.widths = network.width;
        tuning.device.width_count = network.count;
    }
    return forget ? reset(&tuning.device, json) : tune(&tuning, json);
}

const struct command tune_command = {
    .name = "tune",
    .operands = "",
    .summary = "Find and keep what makes training on a device faster",
    .details = "Nobody needs to tune: devices are opened with good values. Each candidate moves\n"
               "one knob; it must agree with the reference before it is timed, in alternation\n"
               "with the best so far, and wins if it is 3 % faster, twice. What wins is kept for\n"
               "the device and taken whenever it is opened, one tuning for each device. Some\n"
               "knobs change the order of sums: results repeat to the bit with the same tuning.\n",
    .examples = "  incline tune\n"
                "  incline tune --device opencl:0 --network 784-500-10 --batch-size 500\n",
    .run = run,
};
