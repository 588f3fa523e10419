/* png_write.c - pictures to PNG files; see png_write.h.
 *
 * A picture is compressed in memory first, so that the file is replaced whole or not at all. */
#include "host/util/png_write.h"

#include "host/util/status.h"
#include "incline.h"

#ifdef INCLINE_WITH_PNG

#include <inttypes.h>
#include <png.h>
#include <stdlib.h>

#include "host/util/file.h"
#include "host/util/size.h"

bool png_available(void)
{
    return true;
}

/* A bound of what the compressed picture takes: zlib's worst case, and 12 bytes for each chunk that
 * libpng cuts it into, of 8192 at least. */
static bool bound_of(uint32_t width, uint32_t height, uint32_t channels, size_t *bytes)
{
    const uint64_t raw = ((uint64_t)width * channels + 1) * height; /* below 3.1e12 */
    const uint64_t packed = raw + (raw >> 12) + (raw >> 14) + (raw >> 25) + 1024;
    const uint64_t most = packed + 12 * (packed / 8192 + 1);

    *bytes = (size_t)most;
    return most <= SIZE_MAX / 2;
}

static int png_write(const char *path, const uint8_t *pixels, uint32_t width, uint32_t height,
                     uint32_t format)
{
    png_image image = {
        .version = PNG_IMAGE_VERSION, .width = width, .height = height, .format = format};
    unsigned char *file = NULL;
    size_t room = 0;
    int rc = INCLINE_OK;

    if (width == 0 || height == 0 || width > PNG_SIDE_MAX || height > PNG_SIDE_MAX)
        return FAIL(INCLINE_EARG,
                    "%s: a picture of %" PRIu32 " x %" PRIu32 "; sides from 1 to %u can be written",
                    path, width, height, PNG_SIDE_MAX);
    if (bound_of(width, height, PNG_IMAGE_PIXEL_CHANNELS(format), &room))
        file = malloc(room);
    if (file == NULL) {
        rc = FAIL(INCLINE_ENOMEM,
                  "%s: no memory for a picture of %" PRIu32 " x %" PRIu32
                  "; make it smaller, or close other programs",
                  path, width, height);
        goto out;
    }
    png_alloc_size_t bytes = room;
    if (!png_image_write_to_memory(&image, file, &bytes, 0, pixels, 0, NULL)) {
        rc = FAIL(INCLINE_EIO, "%s: libpng cannot write a picture of %" PRIu32 " x %" PRIu32 ": %s",
                  path, width, height, image.message);
        goto out;
    }
    TRY(file_write(path, &(struct file_part){file, bytes}, 1));
out:
    free(file);
    return rc;
}

int png_write_grey(const char *path, const uint8_t *pixels, uint32_t width, uint32_t height)
{
    return png_write(path, pixels, width, height, PNG_FORMAT_GRAY);
}

int png_write_rgb(const char *path, const uint8_t *pixels, uint32_t width, uint32_t height)
{
    return png_write(path, pixels, width, height, PNG_FORMAT_RGB);
}

#else

bool png_available(void)
{
    return false;
}

static int without(const char *path)
{
    return FAIL(INCLINE_EARG,
                "%s: this Incline was built without libpng; install libpng-dev and build it again",
                path);
}

int png_write_grey(const char *path, const uint8_t *pixels, uint32_t width, uint32_t height)
{
    (void)pixels, (void)width, (void)height;
    return without(path);
}

int png_write_rgb(const char *path, const uint8_t *pixels, uint32_t width, uint32_t height)
{
    (void)pixels, (void)width, (void)height;
    return without(path);
}

#endif

int incline_png_write(const char *path, const uint8_t *pixels, uint32_t width, uint32_t height)
{
    return png_write_grey(path, pixels, width, height);
}
