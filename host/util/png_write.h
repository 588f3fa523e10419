/* png_write.h - pictures written as PNG files, where the library was built with libpng. */
#ifndef INCLINE_UTIL_PNG_WRITE_H
#define INCLINE_UTIL_PNG_WRITE_H

#include <stdbool.h>
#include <stdint.h>

/* libpng reads and writes no picture that is wider or higher, unless it is told to. */
#define PNG_SIDE_MAX 1000000u

/* False where the library was built without libpng; pictures cannot be written then. */
bool png_available(void);

/* Replace `path` by a picture, whole or not at all. Rows come from the top, pixels from the left,
 * eight bits each, in sRGB:
 *   png_write_grey  pixels[height, width], 0 black, 255 white
 *   png_write_rgb   pixels[height, width, 3], red, green, blue
 * Fail with INCLINE_EARG (no libpng, or a side that is not in 1 to PNG_SIDE_MAX), INCLINE_ENOMEM,
 * INCLINE_EIO. */
int png_write_grey(const char *path, const uint8_t *pixels, uint32_t width, uint32_t height);
int png_write_rgb(const char *path, const uint8_t *pixels, uint32_t width, uint32_t height);

#endif
