/* draw.c - images as characters. */
#include "draw.h"
#include "terminal.h"
#include "text.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { GAP = 2, LEAST_COLUMNS = 12 }; /* between images; of a caption */

enum way { WAY_CHARACTERS, WAY_GREYS, WAY_TRUE };

/* A sheet on its way to a stream. */
struct canvas {
    FILE *stream;
    const struct draw_sheet *sheet;
    enum way way;
    uint32_t shrink;     /* pixels of the image, down and across, to one that is shown */
    uint32_t rows, cols; /* as shown */
    size_t width;        /* columns of an image with its caption */
    int upper, lower;    /* greys in force; -1: the terminal's own */
};

static enum way way_of(FILE *stream)
{
    const char *depth = getenv("COLORTERM");

    if (!terminal_colour(stream) || !terminal_utf8())
        return WAY_CHARACTERS;
    return depth != NULL && (strcmp(depth, "truecolor") == 0 || strcmp(depth, "24bit") == 0)
               ? WAY_TRUE
               : WAY_GREYS;
}

static struct canvas canvas_of(FILE *stream, const struct draw_sheet *sheet)
{
    const uint32_t room = (uint32_t)fmin((double)terminal_columns(stream), 4096.0);
    struct canvas canvas = {.stream = stream,
                            .sheet = sheet,
                            .way = way_of(stream),
                            .shrink = (sheet->cols + room - 1) / room,
                            .upper = -1,
                            .lower = -1};

    canvas.rows = (sheet->rows + canvas.shrink - 1) / canvas.shrink;
    canvas.cols = (sheet->cols + canvas.shrink - 1) / canvas.shrink;
    canvas.width = canvas.cols > LEAST_COLUMNS ? canvas.cols : LEAST_COLUMNS;
    return canvas;
}

static size_t fitting(const struct canvas *canvas)
{
    const size_t room = terminal_columns(canvas->stream);
    const size_t fit = (room + GAP) / (canvas->width + GAP);
    return fit > 0 ? fit : 1;
}

size_t draw_room(FILE *stream, const struct draw_sheet *sheet)
{
    const struct canvas canvas = canvas_of(stream, sheet);
    return fitting(&canvas);
}

/* The mean of what is shown as one pixel. */
static float level_at(const struct canvas *canvas, const float *levels, uint32_t row, uint32_t col)
{
    const struct draw_sheet *sheet = canvas->sheet;
    const uint32_t top = row * canvas->shrink, left = col * canvas->shrink;
    float sum = 0.0f, count = 0.0f;

    for (uint32_t r = top; r < top + canvas->shrink && r < sheet->rows; r++)
        for (uint32_t c = left; c < left + canvas->shrink && c < sheet->cols; c++, count++)
            sum += levels[(size_t)r * sheet->cols + c];
    return count > 0.0f ? sum / count : 0.0f;
}

/* A level as a number of the terminal's greys: 0 to 255, or 256 colours' 16, 232 to 255 and 231. */
static int grey_of(enum way way, float level)
{
    const int steps = way == WAY_TRUE ? 255 : 25;
    const int step = (int)lroundf(level * (float)steps);

    if (way == WAY_TRUE)
        return step;
    return step == 0 ? 16 : step == steps ? 231 : 231 + step;
}

/* Write an escape where a colour is not in force yet: 3 begins those of characters, 4 those of
 * what is behind them. */
static void set_grey(const struct canvas *canvas, int layer, int *now, int grey)
{
    if (*now == grey)
        return;
    if (grey < 0)
        fprintf(canvas->stream, "\033[%d9m", layer);
    else if (canvas->way == WAY_TRUE)
        fprintf(canvas->stream, "\033[%d8;2;%d;%d;%dm", layer, grey, grey, grey);
    else
        fprintf(canvas->stream, "\033[%d8;5;%dm", layer, grey);
    *now = grey;
}

/* Pixel rows `row` and row + 1 of an image, as a line of characters. */
static void print_rows(struct canvas *canvas, const float *levels, uint32_t row)
{
    static const char blackness[] = " .:-=+*#%@";
    const float steps = (float)(sizeof blackness - 2);
    const bool whole = row + 1 < canvas->rows;

    for (uint32_t c = 0; c < canvas->cols; c++) {
        const float upper = level_at(canvas, levels, row, c);
        const float lower = whole ? level_at(canvas, levels, row + 1, c) : upper;
        if (canvas->way == WAY_CHARACTERS) {
            fputc(blackness[lroundf(0.5f * (upper + lower) * steps)], canvas->stream);
            continue;
        }
        set_grey(canvas, 3, &canvas->upper, grey_of(canvas->way, upper));
        set_grey(canvas, 4, &canvas->lower, whole ? grey_of(canvas->way, lower) : -1);
        fputs("\u2580", canvas->stream); /* the upper half of a block */
    }
    if (canvas->way != WAY_CHARACTERS)
        fputs("\033[0m", canvas->stream);
    canvas->upper = canvas->lower = -1;
}

static void print_blank(const struct canvas *canvas, size_t columns)
{
    fprintf(canvas->stream, "%*s", (int)columns, "");
}

/* images[count], one beside the other. */
static void print_line(struct canvas *canvas, const struct draw_image *images, size_t count)
{
    const size_t cell = canvas->width < TEXT_CELL_MOST ? canvas->width : TEXT_CELL_MOST;
    for (size_t i = 0; i < count; i++) {
        const bool last = i + 1 == count; /* nothing is filled up behind it */
        const size_t own = last ? text_columns(images[i].caption) : cell;
        fputs(text_cell(images[i].caption, own < cell ? own : cell).s, canvas->stream);
        if (!last)
            print_blank(canvas, canvas->width - cell + GAP);
    }
    fputc('\n', canvas->stream);
    for (uint32_t row = 0; row < canvas->rows; row += 2) {
        for (size_t i = 0; i < count; i++) {
            print_rows(canvas, images[i].levels, row);
            if (i + 1 < count)
                print_blank(canvas, canvas->width - canvas->cols + GAP);
        }
        fputc('\n', canvas->stream);
    }
}

void draw_print(FILE *stream, const struct draw_sheet *sheet)
{
    struct canvas canvas = canvas_of(stream, sheet);
    const size_t most = fitting(&canvas);
    const size_t across = sheet->across > 0 ? sheet->across : most;

    for (size_t first = 0; first < sheet->count; first += across) {
        const size_t left = sheet->count - first, line = left < across ? left : across;
        for (size_t done = 0; done < line; done += most)
            print_line(&canvas, sheet->images + first + done,
                       line - done < most ? line - done : most);
        if (first + across < sheet->count)
            fputc('\n', stream);
    }
}
