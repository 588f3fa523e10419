/* picture.c - a picture in memory, whatever format it comes from. */
#include "host/data/picture.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "host/util/status.h"

bool picture_is(const char *data, size_t bytes)
{
    return picture_png_is(data, bytes) || picture_pgm_is(data, bytes);
}

const char *picture_foreign(const char *data, size_t bytes)
{
    if (bytes >= 3 && memcmp(data, "\xff\xd8\xff", 3) == 0)
        return "JPEG";
    if (bytes >= 6 && (memcmp(data, "GIF87a", 6) == 0 || memcmp(data, "GIF89a", 6) == 0))
        return "GIF";
    return bytes >= 12 && memcmp(data, "RIFF", 4) == 0 && memcmp(data + 8, "WEBP", 4) == 0 ? "WebP"
                                                                                           : NULL;
}

int picture_read(const char *path, const char *data, size_t bytes, struct picture *picture)
{
    if (picture_png_is(data, bytes))
        return picture_png(path, data, bytes, picture);
    if (picture_pgm_is(data, bytes))
        return picture_pgm(path, data, bytes, picture);
    const char *const foreign = picture_foreign(data, bytes);
    if (foreign != NULL)
        return FAIL(INCLINE_EFORMAT,
                    "%s: is a picture as %s, and PNG and PGM are read; convert it to PNG", path,
                    foreign);
    return FAIL(INCLINE_EFORMAT,
                "%s: is no picture that is read, PNG or PGM; convert it, or take it out", path);
}

int picture_allocate(const char *path, uint64_t rows, uint64_t cols, struct picture *picture)
{
    if (rows == 0 || cols == 0 || rows > PICTURE_SIDE_MOST || cols > PICTURE_SIDE_MOST ||
        rows * cols > PICTURE_PIXELS_MOST)
        return FAIL(INCLINE_EFORMAT,
                    "%s: a picture of %" PRIu64 "x%" PRIu64 " pixels; from 1 to %d a side and %d "
                    "in all are read, make it smaller",
                    path, rows, cols, PICTURE_SIDE_MOST, PICTURE_PIXELS_MOST);
    unsigned char *const pixels = calloc(rows * cols, 1);
    if (pixels == NULL)
        return FAIL(INCLINE_ENOMEM, "%s: %" PRIu64 " bytes for a picture; close other programs",
                    path, rows * cols);
    *picture = (struct picture){(uint32_t)rows, (uint32_t)cols, pixels};
    return INCLINE_OK;
}

void picture_clear(struct picture *picture)
{
    free(picture->pixels);
    *picture = (struct picture){0};
}

void picture_invert(struct picture *picture)
{
    for (size_t i = 0; i < (size_t)picture->rows * picture->cols; i++)
        picture->pixels[i] = (unsigned char)(255 - picture->pixels[i]);
}
