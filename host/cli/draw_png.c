/* draw_png.c - images as a PNG file. */
#include "cli.h"
#include "draw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GAP = 4, LEAST_SIDE = 56, BETWEEN = 64 }; /* pixels of the file; the grey of gaps */
enum { SIDE_MAX = 1000000 };

/* Where images go in the file. */
struct layout {
    size_t across, down;       /* images */
    size_t zoom;               /* pixels of the file, down and across, to a pixel of an image */
    size_t each_row, each_col; /* pixels from an image to the next */
    size_t height, width;      /* of the file */
};

static struct layout layout_of(const struct draw_sheet *sheet)
{
    const size_t larger = sheet->rows > sheet->cols ? sheet->rows : sheet->cols;
    struct layout l = {.across = sheet->across, .zoom = 1};

    if (l.across == 0)
        l.across = (size_t)ceil(sqrt((double)sheet->count));
    l.down = (sheet->count + l.across - 1) / l.across;
    if (larger < LEAST_SIDE)
        l.zoom = LEAST_SIDE / larger;
    l.each_row = sheet->rows * l.zoom + GAP;
    l.each_col = sheet->cols * l.zoom + GAP;
    l.height = l.down * l.each_row + GAP;
    l.width = l.across * l.each_col + GAP;
    return l;
}

/* to: the first pixel of an image in the file. */
static void put_image(const struct draw_sheet *sheet, const struct layout *l, const float *levels,
                      unsigned char *to)
{
    for (size_t r = 0; r < sheet->rows * l->zoom; r++)
        for (size_t c = 0; c < sheet->cols * l->zoom; c++) {
            const float level = levels[r / l->zoom * sheet->cols + c / l->zoom];
            to[r * l->width + c] = (unsigned char)lroundf(255.0f * level);
        }
}

int draw_png(const char *path, const struct draw_sheet *sheet)
{
    const struct layout l = layout_of(sheet);

    if (l.height > SIDE_MAX || l.width > SIDE_MAX)
        return cli_fail("%s: %zu images make a picture of %zu x %zu pixels, and its sides can be "
                        "%d at most; ask for fewer",
                        path, sheet->count, l.width, l.height, SIDE_MAX);
    unsigned char *pixels = malloc(l.width * l.height);
    if (pixels == NULL)
        return cli_fail("not enough memory for a picture of %zu x %zu pixels; ask for fewer images",
                        l.width, l.height);
    memset(pixels, BETWEEN, l.width * l.height);
    for (size_t i = 0; i < sheet->count; i++)
        put_image(sheet, &l, sheet->images[i].levels,
                  pixels + (i / l.across * l.each_row + GAP) * l.width + i % l.across * l.each_col +
                      GAP);
    const int status =
        cli_check(incline_png_write(path, pixels, (uint32_t)l.width, (uint32_t)l.height));
    free(pixels);
    return status;
}
