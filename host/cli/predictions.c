/* predictions.c - predictions on standard output; see predictions.h. */
#include "predictions.h"
#include "json.h"
#include "text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Put the `top` most probable classes first; of equals, and of what is no number, the lower
 * class first. */
static void rank(const float *q, uint32_t classes, uint32_t top, uint32_t *order)
{
    for (uint32_t c = 0; c < classes; c++)
        order[c] = c;
    for (uint32_t k = 0; k < top; k++) {
        uint32_t best = k;
        for (uint32_t c = k + 1; c < classes; c++) {
            const float here = q[order[c]], there = q[order[best]];
            if (here > there || (isnan(there) && !isnan(here)) ||
                (here == there && order[c] < order[best]))
                best = c;
        }
        const uint32_t swapped = order[k];
        order[k] = order[best];
        order[best] = swapped;
    }
}

static bool one_class(const struct predictions *p)
{
    return p->task != INCLINE_TASK_LABELS && p->task != INCLINE_TASK_REGRESSION;
}

/* ---- text: a line for each class that is shown, each target or label ---- */

static void print_text(const struct predictions *p, uint64_t row, const float *q)
{
    if (one_class(p))
        for (uint32_t k = 0; k < p->top; k++)
            printf("%s\t%" PRIu64 "\t%s\t%.6f\n", p->file, row, p->names[p->order[k]],
                   (double)q[p->order[k]]);
    else
        for (uint32_t o = 0; o < p->count; o++)
            printf("%s\t%" PRIu64 "\t%s\t%.7g\n", p->file, row, p->names[o], (double)q[o]);
}

/* ---- CSV: a line for each sample ---- */

/* A cell, in quotes where it has to be (RFC 4180). */
static void print_cell(const char *text)
{
    if (text[strcspn(text, ",\"\r\n")] == '\0') {
        fputs(text, stdout);
        return;
    }
    putchar('"');
    for (; *text != '\0'; text++) {
        if (*text == '"')
            putchar('"');
        putchar(*text);
    }
    putchar('"');
}

void predictions_header(const struct predictions *p)
{
    if (p->format != PREDICTIONS_CSV)
        return;
    fputs("file,row", stdout);
    if (one_class(p)) {
        fputs(",class,probability", stdout);
        for (uint32_t k = 1; k < p->top; k++)
            printf(",class_%" PRIu32 ",probability_%" PRIu32, k + 1, k + 1);
    } else {
        for (uint32_t o = 0; o < p->count; o++) {
            const bool taken = strcmp(p->names[o], "file") == 0 || strcmp(p->names[o], "row") == 0;
            fputs(taken ? ",predicted_" : ",", stdout);
            print_cell(p->names[o]);
        }
    }
    putchar('\n');
}

/* Nine digits are enough to read the same float again. */
static void print_csv(const struct predictions *p, uint64_t row, const float *q)
{
    print_cell(p->file);
    printf(",%" PRIu64, row);
    if (one_class(p))
        for (uint32_t k = 0; k < p->top; k++) {
            putchar(',');
            print_cell(p->names[p->order[k]]);
            printf(",%.9g", (double)q[p->order[k]]);
        }
    else
        for (uint32_t o = 0; o < p->count; o++)
            printf(",%.9g", (double)q[o]);
    putchar('\n');
}

/* ---- JSON lines: an object for each sample ---- */

/* A number that reads as the same float, and as a number with a fraction; null if it is none. */
static void print_number(float value)
{
    char text[32];

    if (!isfinite(value)) {
        fputs("null", stdout);
        return;
    }
    snprintf(text, sizeof text, "%.9g", (double)value);
    fputs(text, stdout);
    if (text[strcspn(text, ".e")] == '\0')
        fputs(".0", stdout);
}

static void print_json(const struct predictions *p, uint64_t row, const float *q)
{
    printf("{\"file\":%s,\"row\":%" PRIu64, p->file, row);
    if (!one_class(p)) {
        printf(",\"%s\":{", p->task == INCLINE_TASK_LABELS ? "labels" : "values");
        for (uint32_t o = 0; o < p->count; o++) {
            printf("%s%s:", o > 0 ? "," : "", p->names[o]);
            print_number(q[o]);
        }
        puts("}}");
        return;
    }
    printf(",\"class\":%s,\"probability\":", p->names[p->order[0]]);
    print_number(q[p->order[0]]);
    for (uint32_t k = 0; k < p->top; k++) {
        printf("%s{\"class\":%s,\"probability\":", k > 0 ? "," : ",\"top\":[",
               p->names[p->order[k]]);
        print_number(q[p->order[k]]);
        putchar('}');
    }
    puts("]}");
}

/* ---- all of them ---- */

/* A text as it stands in a line: in JSON in quotes; to be freed. */
static char *spell(enum prediction_format format, const char *raw)
{
    if (format != PREDICTIONS_JSONL)
        return format == PREDICTIONS_TEXT ? text_whole(raw) : strdup(raw);
    json_t *const text = json_text(raw);
    char *const spelled = text != NULL ? json_dumps(text, JSON_ENCODE_ANY) : NULL;
    json_decref(text);
    return spelled;
}

int predictions_open(struct predictions *p, const incline_model *model,
                     enum prediction_format format, uint32_t top)
{
    struct incline_model_info info;

    incline_model_describe(model, &info);
    *p = (struct predictions){
        .format = format, .task = info.task, .count = info.predictions, .top = top};
    if (top > 1 && !one_class(p))
        return cli_usage("--top ranks classes, and the model predicts %s: all of them are printed",
                         p->task == INCLINE_TASK_LABELS ? "labels" : "numbers");
    if (top > info.predictions)
        return cli_fail("--top %" PRIu32 ": the model has %" PRIu32 " classes", top,
                        info.predictions);
    p->order = malloc(sizeof *p->order * p->count);
    p->names = calloc(p->count, sizeof *p->names);
    bool complete = p->order != NULL && p->names != NULL;
    for (uint32_t i = 0; complete && i < p->count; i++) {
        p->names[i] = spell(format, incline_model_class_name(model, i));
        complete = p->names[i] != NULL;
    }
    return complete ? CLI_DONE
                    : cli_fail("not enough memory for the names of %" PRIu32 " classes", p->count);
}

void predictions_close(struct predictions *p)
{
    for (uint32_t i = 0; p->names != NULL && i < p->count; i++)
        free(p->names[i]);
    free(p->names);
    free(p->order);
    free(p->file);
    *p = (struct predictions){0};
}

int predictions_file(struct predictions *p, const char *file)
{
    free(p->file);
    p->file = p->format == PREDICTIONS_TEXT ? strdup(file) : spell(p->format, file);
    return p->file != NULL ? CLI_DONE : cli_fail("not enough memory for the name of a file");
}

void predictions_sample(const struct predictions *p, uint64_t row, const float *q)
{
    if (one_class(p))
        rank(q, p->count, p->top, p->order);
    if (p->format == PREDICTIONS_JSONL)
        print_json(p, row, q);
    else if (p->format == PREDICTIONS_CSV)
        print_csv(p, row, q);
    else
        print_text(p, row, q);
}
