/* progress.c - the progress line: a bar, and as many of the figures as the width allows. */
#include "progress.h"
#include "clock.h"
#include "terminal.h"
#include "text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    LINES_MOST = 20, /* of a run with many epochs */
    LINES_FREE = 40, /* epochs that each get a line */
    BAR_LEAST = 8,
    BAR_MOST = 30,
    FIGURE_BYTES = 80,
    ECHO_COLUMNS = 3,
    WIDE = 80 /* columns that the line of an epoch needs */
};
static const double REDRAW_SECONDS = 0.1;

double progress_part(const struct incline_progress *p)
{
    if (p->steps == 0)
        return 0.0;
    const double part = (double)p->step / (double)p->steps;
    return part < 1.0 ? part : 1.0;
}

/* Where the run stands, aligned from line to line: "epoch  3/10", "step   400/2000". The
 * epoch is the one that finished, or the one that is running. */
static struct text place(const struct incline_progress *p, bool running)
{
    struct text t;
    if (p->epochs > 0) {
        const int width = snprintf(NULL, 0, "%" PRIu32, p->epochs);
        const uint32_t epoch = p->epoch + (running && p->epoch < p->epochs);
        snprintf(t.s, sizeof t.s, "epoch %*" PRIu32 "/%" PRIu32, width, epoch, p->epochs);
    } else {
        const int width = snprintf(NULL, 0, "%" PRIu64, p->steps);
        snprintf(t.s, sizeof t.s, "step %*" PRIu64 "/%" PRIu64, width, p->step, p->steps);
    }
    return t;
}

void progress_begin(struct progress *progress, bool quiet)
{
    *progress = (struct progress){.quiet = quiet, .live = !quiet && terminal_live(stderr)};
}

/* True if this finished epoch gets a line of its own. The number of epochs is taken from
 * the run so far where the run is counted in steps. */
static bool deserves_line(struct progress *progress, const struct incline_progress *now)
{
    const double part = progress_part(now);
    const double epochs = now->epochs > 0 ? (double)now->epochs
                          : part > 0.0    ? (double)now->epoch / part
                                          : 0.0;
    if (epochs <= LINES_FREE)
        return true;
    /* A hair below the mark counts: marks are multiples of 1/20, and parts are rounded. */
    if (part < progress->mark - 1e-9)
        return false;
    progress->mark = (1.0 + (double)(int)(part * LINES_MOST + 1e-9)) / LINES_MOST;
    return true;
}

static void print_epoch(const struct incline_progress *now)
{
    const bool narrow = terminal_live(stderr) && terminal_columns(stderr) < WIDE;
    if (isnan(now->accuracy))
        fprintf(stderr, "%s  loss %s  R2 %s", place(now, false).s, text_loss(now->loss).s,
                text_r2(now->r2).s);
    else
        fprintf(stderr, "%s  loss %s  %s%s", place(now, false).s, text_loss(now->loss).s,
                narrow ? "" : "accuracy ", text_percent(now->accuracy).s);
    if (now->validated && isnan(now->validation_accuracy))
        fprintf(stderr, "  validation %s", text_loss(now->validation_loss).s);
    else if (now->validated)
        fprintf(stderr, narrow ? "  %s" : "  validation %s",
                text_percent(now->validation_accuracy).s);
    if (!narrow)
        fprintf(stderr, "  %s samples/s  %s", text_rate(now->samples_per_second).s,
                text_clock(now->seconds).s);
    fputc('\n', stderr);
}

static void draw_bar(double part, size_t width)
{
    const bool utf8 = terminal_utf8();
    const size_t full = (size_t)(part * (double)width + 0.5);
    fputs(terminal_style(stderr, STYLE_GOOD), stderr);
    for (size_t i = 0; i < width; i++) {
        if (i == full)
            fputs(terminal_style(stderr, STYLE_DIM), stderr);
        fputs(i < full ? (utf8 ? "\u2501" : "=") : (utf8 ? "\u2500" : "."), stderr);
    }
    fputs(terminal_style(stderr, STYLE_PLAIN), stderr);
}

/* A bar of `part`, and figures in the order of their worth; what no longer fits is left out. */
static void draw_line(char figure[][FIGURE_BYTES], size_t figures, double part)
{
    /* The terminal shows ^C behind the line: it must not wrap then. */
    const size_t columns = terminal_columns(stderr);
    const size_t room = columns > ECHO_COLUMNS ? columns - ECHO_COLUMNS : 0;
    const size_t bar_least = room >= 56 ? BAR_LEAST + 2 : 0;
    size_t used = strlen(figure[0]);
    size_t fit = 1;
    while (fit < figures && used + 2 + strlen(figure[fit]) + bar_least <= room)
        used += 2 + strlen(figure[fit++]);
    size_t bar = room > used + 2 ? room - used - 2 : 0;
    if (bar > BAR_MOST)
        bar = BAR_MOST;

    if (!terminal_line())
        return;
    fprintf(stderr, "%.*s", (int)room, figure[0]);
    if (bar >= BAR_LEAST) {
        fputs("  ", stderr);
        draw_bar(part, bar);
    }
    for (size_t i = 1; i < fit; i++)
        fprintf(stderr, "  %s", figure[i]);
    fflush(stderr);
}

static void draw_run(const struct incline_progress *now)
{
    char figure[6][FIGURE_BYTES];
    snprintf(figure[0], FIGURE_BYTES, "%s", place(now, true).s);
    snprintf(figure[1], FIGURE_BYTES, "loss %s", text_loss(now->loss).s);
    if (isnan(now->accuracy))
        snprintf(figure[2], FIGURE_BYTES, "R2 %s", text_r2(now->r2).s);
    else
        snprintf(figure[2], FIGURE_BYTES, "%s", text_percent(now->accuracy).s);
    snprintf(figure[3], FIGURE_BYTES, "%s left", text_left(now->seconds_left).s);
    snprintf(figure[4], FIGURE_BYTES, "%s/s", text_rate(now->samples_per_second).s);
    snprintf(figure[5], FIGURE_BYTES, "%.0f %%", 100.0 * progress_part(now));
    draw_line(figure, sizeof figure / sizeof *figure, progress_part(now));
}

void progress_together(uint32_t done, uint32_t running, uint32_t count, double part, double seconds)
{
    const double left = part > 0.0 ? seconds * (1.0 - part) / part : 0.0;
    char figure[4][FIGURE_BYTES];

    snprintf(figure[0], FIGURE_BYTES, "%" PRIu32 " of %" PRIu32 " done", done, count);
    snprintf(figure[1], FIGURE_BYTES, "%" PRIu32 " in training", running);
    snprintf(figure[2], FIGURE_BYTES, "%s left", text_left(left).s);
    snprintf(figure[3], FIGURE_BYTES, "%.0f %%", 100.0 * part);
    draw_line(figure, sizeof figure / sizeof *figure, part);
}

void progress_update(void *user, const struct incline_progress *now)
{
    struct progress *progress = user;

    progress->last = *now;
    if (now->epoch_done)
        progress->epoch = *now;
    if (progress->quiet)
        return;
    if (now->epoch_done && deserves_line(progress, now)) {
        terminal_line_clear();
        print_epoch(now);
    }
    if (!progress->live || now->step >= now->steps)
        return;
    const double time = clock_now();
    if (time - progress->redrawn < REDRAW_SECONDS)
        return;
    progress->redrawn = time;
    draw_run(now);
}
