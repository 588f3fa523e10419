/* picture_png.c - PNG through libpng: 8 bits, colours as luminance, on white where transparent.
 *
 * libpng lets damage pass where it can go on; so lengths and check sums of all chunks are looked at
 * before it sees them. Format: Portable Network Graphics, ISO/IEC 15948. */
#include "host/data/picture.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#ifdef INCLINE_WITH_PNG
#include <png.h>
#endif

#include "host/util/status.h"

enum { SIGNATURE_BYTES = 8, CHUNK_BYTES = 12 }; /* of a chunk: length, kind, check sum */
static const unsigned char signature[SIGNATURE_BYTES] = {0x89, 'P',  'N',  'G',
                                                         '\r', '\n', 0x1a, '\n'};

bool picture_png_is(const char *data, size_t bytes)
{
    return bytes >= SIGNATURE_BYTES && memcmp(data, signature, SIGNATURE_BYTES) == 0;
}

#ifdef INCLINE_WITH_PNG

static uint32_t big(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Every chunk is whole, and the last one, IEND, ends the file. */
static int check_chunks(const char *path, const unsigned char *data, size_t bytes)
{
    bool ended = false;

    for (size_t at = SIGNATURE_BYTES; at < bytes;) {
        const size_t left = bytes - at;
        const uint32_t length = left >= CHUNK_BYTES ? big(data + at) : 0;
        if (ended)
            return FAIL(INCLINE_EFORMAT,
                        "%s: %zu bytes follow the picture from byte %zu on; save it again", path,
                        left, at);
        if (left < CHUNK_BYTES || length > left - CHUNK_BYTES)
            return FAIL(INCLINE_EFORMAT,
                        "%s: byte %zu: a part of %" PRIu32 " bytes expected, %zu are left; the "
                        "file is cut short or damaged",
                        path, at, length, left);
        const unsigned char *const kind = data + at + 4;
        const uLong sum = crc32(crc32(0, NULL, 0), kind, length + 4);
        if (sum != big(kind + 4 + length))
            return FAIL(INCLINE_EFORMAT,
                        "%s: byte %zu: the check sum of a part is wrong; the file is damaged, save "
                        "the picture again",
                        path, at);
        ended = memcmp(kind, "IEND", 4) == 0;
        at += CHUNK_BYTES + length;
    }
    return ended ? INCLINE_OK
                 : FAIL(INCLINE_EFORMAT, "%s: %zu bytes, and no end; the file is cut short", path,
                        bytes);
}

/* Luminance as ITU-R BT.601 weighs it, in 16 bits, which add up to one: grey stays what it is. */
static void to_grey(const unsigned char *rgb, struct picture *picture)
{
    for (size_t i = 0; i < (size_t)picture->rows * picture->cols; i++)
        picture->pixels[i] = (unsigned char)((rgb[3 * i] * 19595u + rgb[3 * i + 1] * 38470u +
                                              rgb[3 * i + 2] * 7471u + 32768u) >>
                                             16);
}

int picture_png(const char *path, const char *data, size_t bytes, struct picture *out)
{
    static const png_color white = {255, 255, 255};
    png_image image = {.version = PNG_IMAGE_VERSION};
    struct picture picture = {0};
    unsigned char *rgb = NULL;
    int rc = INCLINE_OK;

    TRY(check_chunks(path, (const unsigned char *)data, bytes));
    if (png_image_begin_read_from_memory(&image, data, bytes) == 0) {
        rc = FAIL(INCLINE_EFORMAT, "%s: %s; save the picture again", path, image.message);
        goto out;
    }
    TRY(picture_allocate(path, image.height, image.width, &picture));
    image.format = PNG_FORMAT_RGB;
    image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB; /* 16 bits without a gamma are no linear light */
    rgb = malloc(PNG_IMAGE_SIZE(image));
    if (rgb == NULL) {
        rc = FAIL(INCLINE_ENOMEM, "%s: %zu bytes for a picture; close other programs", path,
                  (size_t)PNG_IMAGE_SIZE(image));
        goto out;
    }
    /* Warnings are let pass: many programs write a colour profile that libpng complains of. */
    if (png_image_finish_read(&image, &white, rgb, 0, NULL) == 0) {
        rc = FAIL(INCLINE_EFORMAT, "%s: %s; save the picture again", path, image.message);
        goto out;
    }
    to_grey(rgb, &picture);
    *out = picture;
    picture = (struct picture){0};
out:
    png_image_free(&image);
    free(rgb);
    picture_clear(&picture);
    return rc;
}

#else

int picture_png(const char *path, const char *data, size_t bytes, struct picture *out)
{
    (void)data;
    (void)bytes;
    (void)out;
    return FAIL(INCLINE_EARG,
                "%s: a PNG, which this program was built without; install libpng and build again, "
                "or convert it to PGM",
                path);
}

#endif
