/* draw.h - grey images, side by side, in a terminal or as a PNG file. Knows no data set. */
#ifndef INCLINE_CLI_DRAW_H
#define INCLINE_CLI_DRAW_H

#include <stdint.h>
#include <stdio.h>

enum { DRAW_CAPTION_BYTES = 96 };

/* One image: rows * cols levels in [0, 1], black to white, and a word above it. */
struct draw_image {
    const float *levels;
    char caption[DRAW_CAPTION_BYTES];
};

/* Images of one size. */
struct draw_sheet {
    const struct draw_image *images;
    size_t count;
    size_t across; /* images of a line; 0: as many as there is room for */
    uint32_t rows, cols;
};

/* Draw the sheet on a stream: two pixels to a character where it is a terminal that shows colours
 * and half blocks (24-bit greys if COLORTERM says so, else the 26 of 256 colours), elsewhere
 * characters by their blackness. A line of more images than there is room for goes on below; images
 * that are wider than all the room are shrunk. */
void draw_print(FILE *stream, const struct draw_sheet *sheet);

/* Images of a line that there is room for, at least 1. */
size_t draw_room(FILE *stream, const struct draw_sheet *sheet);

/* Write the sheet, without captions, as a PNG file. CLI_DONE, or CLI_FAILED with a message. */
int draw_png(const char *path, const struct draw_sheet *sheet);

#endif
