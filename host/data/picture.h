/* picture.h - single pictures: read from PNG and PGM as grey bytes, resized, inverted.
 *
 * What a folder of them means is decided in pictures.c. */
#ifndef INCLINE_DATA_PICTURE_H
#define INCLINE_DATA_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PICTURE_SIDE_MOST = 65535, PICTURE_PIXELS_MOST = 1 << 26 };

struct picture {
    uint32_t rows, cols;
    unsigned char *pixels; /* [rows, cols], 0 is black; owned */
};

void picture_clear(struct picture *picture);

/* ---- picture.c ---- */

/* True if a file begins as a PNG or a portable bitmap does. */
bool picture_is(const char *data, size_t bytes);

/* The name of another format of pictures that a file begins as; NULL if it does not. */
const char *picture_foreign(const char *data, size_t bytes);

/* Read a picture of any kind; `path` is for messages. Fails with INCLINE_EFORMAT, INCLINE_ENOMEM;
 * INCLINE_EARG where it is PNG and the library was built without libpng. */
int picture_read(const char *path, const char *data, size_t bytes, struct picture *picture);

/* Make room for rows x cols pixels, all zero. Fails with INCLINE_EFORMAT beyond the limits above,
 * INCLINE_ENOMEM. */
int picture_allocate(const char *path, uint64_t rows, uint64_t cols, struct picture *picture);

/* 255 less each pixel. */
void picture_invert(struct picture *picture);

/* ---- picture_pgm.c, picture_png.c: a format each, as picture_read() ---- */

/* True if the bytes begin with "P" and a digit as a portable bitmap does. */
bool picture_pgm_is(const char *data, size_t bytes);
int picture_pgm(const char *path, const char *data, size_t bytes, struct picture *picture);

bool picture_png_is(const char *data, size_t bytes);
int picture_png(const char *path, const char *data, size_t bytes, struct picture *picture);

/* ---- picture_resize.c ---- */

/* Bring a picture to rows x cols. Along each side for itself, a smaller one takes the mean of the
 * area behind each pixel, a larger one is interpolated linearly between the centres of pixels. Sums
 * are of whole numbers, rounded once. Fails with INCLINE_EARG, INCLINE_ENOMEM. */
int picture_resize(struct picture *picture, uint32_t rows, uint32_t cols);

#endif
