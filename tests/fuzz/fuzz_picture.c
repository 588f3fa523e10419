/* fuzz_picture.c - PGM and PNG of arbitrary bytes: a picture or a sentence, nothing else.
 *
 * Built with clang and -D INCLINE_FUZZ=ON for libFuzzer; otherwise as a program that reads the
 * files it is given. Each PNG is read twice: as it is, and with check sums mended, so that libpng
 * sees what else is wrong with it. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "host/data/picture.h"
#include "tests/fuzz/replay.h"

static void read_picture(const uint8_t *data, size_t bytes)
{
    struct picture picture = {0};

    const int rc = picture_read("input", (const char *)data, bytes, &picture);
    fuzz_says(rc);
    if (rc == INCLINE_OK && (picture.pixels == NULL || picture.rows == 0 || picture.cols == 0))
        abort();
    if (rc == INCLINE_OK)
        fuzz_says(picture_resize(&picture, 3, 5));
    picture_clear(&picture);
}

/* Behind the signature: length, kind, contents, check sum. */
static void mend_sums(uint8_t *data, size_t bytes)
{
    for (size_t at = 8; at + 12 <= bytes;) {
        const uint8_t *const head = data + at;
        const size_t length =
            (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
        if (length > bytes - at - 12)
            return;
        const uLong sum = crc32(crc32(0, NULL, 0), head + 4, (uInt)length + 4);
        for (int i = 0; i < 4; i++)
            data[at + 8 + length + (size_t)i] = (uint8_t)(sum >> (24 - 8 * i));
        at += 12 + length;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    read_picture(data, bytes);
    uint8_t *const copy = malloc(bytes + 1);
    if (copy != NULL && picture_png_is((const char *)data, bytes)) {
        memcpy(copy, data, bytes);
        mend_sums(copy, bytes);
        read_picture(copy, bytes);
    }
    free(copy);
    return 0;
}
