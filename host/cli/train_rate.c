/* train_rate.c - the search for a learning rate: what is shown while it runs, its losses drawn with
 * characters over the logarithm of the rate, and the same as JSON. */
#include "train_rate.h"
#include "interrupt.h"
#include "terminal.h"
#include "text.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { PLOT_COLUMNS = 68, PLOT_LINES = 16, LABEL_EVERY = 5 };

/* What a column or a line of the drawing stands for. */
struct axes {
    double first, last; /* logarithms of the rates at its ends */
    double bottom, top; /* losses */
};

static void show_progress(void *user, const struct incline_progress *now)
{
    char text[160];

    (void)user;
    snprintf(text, sizeof text, "trying rates: %" PRIu64 " of %" PRIu64 ", rate %.2g, loss %s",
             now->step, now->steps, now->learning_rate, text_loss(now->loss).s);
    terminal_note(text);
}

/* ---- the drawing ---- */

/* Up to a fifth above where the losses begin: what lies higher would flatten the rest. */
static struct axes axes_of(const struct incline_rate_search *search)
{
    const struct incline_rate_point *points = search->points;
    struct axes axes = {log10(points[0].rate), log10(points[search->count - 1].rate),
                        points[0].smoothed, points[0].smoothed};

    for (uint32_t i = 1; i < search->count; i++)
        if (points[i].smoothed < axes.bottom)
            axes.bottom = points[i].smoothed;
    axes.top += (axes.top - axes.bottom) / 5.0;
    if (!(axes.top > axes.bottom))
        axes.top = axes.bottom + (axes.bottom > 0.0 ? axes.bottom : 1.0);
    return axes;
}

static size_t column_of(const struct axes *axes, double rate)
{
    const double span = axes->last - axes->first;
    return span > 0.0 ? (size_t)lround((log10(rate) - axes->first) / span * (PLOT_COLUMNS - 1)) : 0;
}

static size_t line_of(const struct axes *axes, double loss)
{
    const double part = (axes->top - loss) / (axes->top - axes->bottom);
    return part <= 0.0 ? 0 : (size_t)lround(part * (PLOT_LINES - 1));
}

/* A mark at each power of ten, and its exponent below it. */
static void print_rates(const struct axes *axes)
{
    char marks[PLOT_COLUMNS + 1], names[PLOT_COLUMNS + 8];

    memset(marks, '-', sizeof marks - 1);
    memset(names, ' ', sizeof names);
    marks[PLOT_COLUMNS] = '\0';
    for (int power = (int)ceil(axes->first); power <= (int)floor(axes->last); power++) {
        const size_t at = column_of(axes, pow(10.0, power));
        char name[8];
        const int length = snprintf(name, sizeof name, "1e%d", power);
        marks[at] = '+';
        memcpy(names + at, name, (size_t)length);
    }
    size_t used = sizeof names - 1;
    while (used > 0 && names[used - 1] == ' ')
        used--;
    names[used] = '\0';
    printf("        +%s\n         %s\n", marks, names);
}

/* A loss beside a line, at most seven characters; nothing beside most of them. */
static struct text line_text(const struct axes *axes, size_t line)
{
    const double part = (double)line / (PLOT_LINES - 1);
    const double loss = axes->top - (axes->top - axes->bottom) * part;
    struct text text = {""};

    if (line % LABEL_EVERY == 0 && loss < 1e5)
        text = text_loss(loss);
    else if (line % LABEL_EVERY == 0)
        snprintf(text.s, sizeof text.s, "%.1e", loss);
    return text;
}

static void draw(const struct incline_rate_search *search)
{
    const struct axes axes = axes_of(search);
    char lines[PLOT_LINES][PLOT_COLUMNS + 1];

    for (size_t l = 0; l < PLOT_LINES; l++) {
        memset(lines[l], ' ', PLOT_COLUMNS);
        lines[l][PLOT_COLUMNS] = '\0';
        if (search->suggested > 0.0)
            lines[l][column_of(&axes, search->suggested)] = ':';
    }
    for (uint32_t i = 0; i < search->count; i++)
        lines[line_of(&axes, search->points[i].smoothed)]
             [column_of(&axes, search->points[i].rate)] = '*';
    printf("smoothed loss, over the learning rate\n");
    for (size_t l = 0; l < PLOT_LINES; l++) {
        size_t used = PLOT_COLUMNS;
        while (used > 0 && lines[l][used - 1] == ' ')
            used--;
        printf("%7s |%.*s\n", line_text(&axes, l).s, (int)used, lines[l]);
    }
    print_rates(&axes);
}

static void print_search(const struct incline_rate_search *search)
{
    if (search->count > 0)
        draw(search);
    if (search->suggested > 0.0)
        printf("suggested rate  %s%.2g%s\n", terminal_style(stdout, STYLE_BOLD), search->suggested,
               terminal_style(stdout, STYLE_PLAIN));
    else
        printf("suggested rate  -  (%s)\n",
               search->exploded ? "the loss exploded before it fell clearly; are the data scaled?"
                                : "no rate at which the loss falls stands out; try larger batches");
}

/* ---- as JSON ---- */

static json_t *search_json(const struct train_run *run, const struct incline_rate_search *search)
{
    json_t *points = json_array();

    for (uint32_t i = 0; i < search->count && points != NULL; i++) {
        const struct incline_rate_point *p = &search->points[i];
        if (json_array_append_new(points, json_pack("{s:o, s:o, s:o}", "rate", json_number(p->rate),
                                                    "loss", json_number(p->loss), "smoothed",
                                                    json_number(p->smoothed))) != 0) {
            json_decref(points);
            points = NULL;
        }
    }
    return json_pack("{s:o, s:o, s:o, s:b, s:o, s:o}", "data", json_dataset(run->data), "device",
                     json_device(run->device), "suggested",
                     search->suggested > 0.0 ? json_number(search->suggested) : json_null(),
                     "exploded", search->exploded, "count", json_count(search->count), "points",
                     points);
}

/* Keep it in the run folder. */
static int save(const struct train_run *run, const json_t *json)
{
    char file[RUN_PATH_MAX + 32];

    if (mkdir(run->folder.path, 0777) != 0 && errno != EEXIST)
        return cli_fail("%s: %s; name another folder with --output DIR", run->folder.path,
                        strerror(errno));
    snprintf(file, sizeof file, "%s/find-rate.json", run->folder.path);
    return json_save(file, json);
}

int train_find_rate(const struct train_words *words, const struct incline_train_options *recipe,
                    const struct train_run *run)
{
    struct incline_rate_search search;
    json_t *json = NULL;
    int status = CLI_DONE;

    interrupt_quit(terminal_live(stderr) ? "\r\033[Kstopped; the search for a rate keeps nothing\n"
                                         : "stopped; the search for a rate keeps nothing\n");
    const int rc = incline_find_rate(run->device, run->data, recipe,
                                     words->quiet ? NULL : show_progress, NULL, &search);
    interrupt_end();
    terminal_line_clear();
    TRY(cli_check(rc));
    json = search_json(run, &search);
    if (run->folder.path[0] != '\0')
        TRY(save(run, json));
    if (!words->json)
        print_search(&search);
    else
        status = json_print(json_incref(json), false);
out:
    json_decref(json);
    return status;
}
