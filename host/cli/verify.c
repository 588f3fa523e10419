/* verify.c - incline verify: the certificate of a device, row by row as it comes. */
#include "json.h"
#include "options.h"
#include "terminal.h"
#include "text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WHERE_COLUMN = 10 };

/* What has come in so far. */
struct certificate {
    bool print; /* as a table; else collected in `rows` */
    json_t *rows;
    uint64_t count, failed, checks;
    double seconds;
};

/* A row passes if the library says so, its figure agrees, and something was compared. */
static bool row_passed(const struct incline_verify_row *row)
{
    return row->passed && row->worst <= 1.0 && row->checks > 0;
}

static void print_row(const struct incline_verify_row *row, bool passed)
{
    char worst[32] = "nan";
    if (isfinite(row->worst))
        snprintf(worst, sizeof worst, row->worst < 1e4 ? "%.3f" : "%.1e", row->worst);
    else if (isinf(row->worst))
        snprintf(worst, sizeof worst, "inf");
    printf("%-9s %-40s %12s %9s  %s%s%s\n", row->group, row->name, text_count(row->checks).s, worst,
           terminal_style(stdout, passed ? STYLE_GOOD : STYLE_BAD), passed ? "ok" : "FAILED",
           terminal_style(stdout, STYLE_PLAIN));
    if (!passed) {
        printf("%*s", WHERE_COLUMN, "");
        terminal_words(stdout, WHERE_COLUMN,
                       row->checks == 0        ? "nothing was compared"
                       : row->where[0] != '\0' ? row->where
                                               : "the place is not known");
    }
}

static void take_row(void *user, const struct incline_verify_row *row)
{
    struct certificate *c = user;
    const bool passed = row_passed(row);

    if (c->print && c->count == 0)
        printf("%s%-9s %-40s %12s %9s  %s%s\n", terminal_style(stdout, STYLE_BOLD), "GROUP", "NAME",
               "VALUES", "OF BOUND", "RESULT", terminal_style(stdout, STYLE_PLAIN));
    c->count++;
    c->failed += !passed;
    c->checks += row->checks;
    c->seconds += row->seconds;
    if (c->print) {
        print_row(row, passed);
        cli_flush();
        return;
    }
    json_array_append_new(
        c->rows, json_pack("{s:o, s:o, s:o, s:o, s:b, s:o, s:o}", "group", json_text(row->group),
                           "name", json_text(row->name), "checks", json_count(row->checks), "worst",
                           json_number(row->worst), "passed", passed, "where",
                           json_text(row->where), "seconds", json_number(row->seconds)));
}

static int verdict(const struct certificate *c, int rc)
{
    if (rc != INCLINE_OK && rc != INCLINE_EVERIFY)
        return cli_check(rc);
    if (c->count == 0) {
        cli_fail("nothing was verified: the library reported no row");
        return CLI_UNVERIFIED;
    }
    return rc == INCLINE_OK && c->failed == 0 ? CLI_DONE : CLI_UNVERIFIED;
}

static void print_verdict(const struct certificate *c, const char *device, int status)
{
    if (c->count == 0 || (status != CLI_DONE && status != CLI_UNVERIFIED))
        return;
    char words[512];
    if (status == CLI_DONE)
        snprintf(words, sizeof words, "%s: all %s rows passed, %s values compared in %s.", device,
                 text_count(c->count).s, text_count(c->checks).s, text_clock(c->seconds).s);
    else
        snprintf(words, sizeof words,
                 "%s: %s of %s rows failed; do not trust what it trains. A newer driver, another "
                 "--gemm or another --device may do (see incline devices).",
                 device, text_count(c->failed).s, text_count(c->count).s);
    putchar('\n');
    terminal_words(stdout, 0, words);
}

static int verify(const struct incline_device_options *options, bool quick, bool json)
{
    struct certificate c = {.print = !json, .rows = json ? json_array() : NULL};
    const char *device = options->name != NULL ? options->name : "auto";

    const int rc = incline_verify(options, quick, take_row, &c);
    int status = verdict(&c, rc);
    if (!json) {
        print_verdict(&c, device, status);
        return status;
    }
    const int printed = json_print(
        json_pack("{s:o, s:b, s:o, s:o, s:o, s:o, s:o}", "device", json_text(device), "passed",
                  status == CLI_DONE, "rows", c.rows, "failed", json_count(c.failed), "checks",
                  json_count(c.checks), "seconds", json_number(c.seconds), "error",
                  rc == INCLINE_OK ? json_null() : json_text(incline_last_error())),
        false);
    return status != CLI_DONE ? status : printed;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct incline_device_options device = {0};
    int gemm = INCLINE_GEMM_AUTO;
    bool quick = false, json = false;
    struct option options[] = {
        OPTION_DEVICE_ROW(&device.name),
        OPTION_GEMM_ROW(&gemm),
        {.name = "quick",
         .kind = OPTION_FLAG,
         .target = &quick,
         .help = "small shapes and few steps, for simulators"},
        OPTION_JSON_ROW(&json),
        {.name = NULL},
    };
    size_t operands;
    int status;

    if (!options_parse(command, options, argc, argv, &operands, &status))
        return status;
    if (device.name != NULL && strncmp(device.name, "check:", 6) == 0)
        return cli_usage("--device %s: verify compares with the reference itself; leave check: "
                         "away",
                         device.name);
    device.gemm = (enum incline_gemm)gemm;
    return verify(&device, quick, json);
}

const struct command verify_command = {
    .name = "verify",
    .operands = "",
    .summary = "Certify a device: kernels and whole trainings against the reference",
    .details = "Each row says how many values were compared and how much of the derived error\n"
               "bound the worst one used; more than 1 fails. Exit status 3 if a row fails.\n",
    .examples = "  incline verify --device opencl:0\n"
                "  incline verify --quick --gemm own --json\n",
    .run = run,
};
