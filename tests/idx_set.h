/* idx_set.h - a small set of IDX files for tests, as bytes and on disk: six images of 4x3 with
 * labels 0 to 5, and two test samples. */
#ifndef INCLINE_TESTS_IDX_SET_H
#define INCLINE_TESTS_IDX_SET_H

#include <string.h>
#include <zlib.h>

#include "tests/support.h"

enum {
    ROWS = 6,
    HEIGHT = 4,
    WIDTH = 3,
    PIXELS = HEIGHT * WIDTH,
    IMAGE_HEADER = 16,
    LABEL_HEADER = 8,
    MOST_BYTES = 4096
};

struct bytes {
    unsigned char data[MOST_BYTES];
    size_t count;
};

static inline void put_size(struct bytes *file, uint32_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        file->data[file->count++] = (unsigned char)(value >> shift);
}

/* Pixel i of the set is 7 i modulo 256. */
static inline struct bytes make_images(uint32_t rows)
{
    struct bytes file = {.count = 0};
    put_size(&file, 0x00000803);
    put_size(&file, rows);
    put_size(&file, HEIGHT);
    put_size(&file, WIDTH);
    for (uint32_t i = 0; i < rows * PIXELS; i++)
        file.data[file.count++] = (unsigned char)(7 * i);
    return file;
}

static inline struct bytes make_labels(uint32_t rows)
{
    struct bytes file = {.count = 0};
    put_size(&file, 0x00000801);
    put_size(&file, rows);
    for (uint32_t i = 0; i < rows; i++)
        file.data[file.count++] = (unsigned char)i;
    return file;
}

static inline struct bytes compress_bytes(const struct bytes *plain)
{
    struct bytes packed = {.count = 0};
    z_stream zip = {.avail_in = (uInt)plain->count, .avail_out = MOST_BYTES};
    cr_assert_eq(deflateInit2(&zip, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    unsigned char copy[MOST_BYTES];
    memcpy(copy, plain->data, plain->count);
    zip.next_in = copy;
    zip.next_out = packed.data;
    cr_assert_eq(deflate(&zip, Z_FINISH), Z_STREAM_END);
    packed.count = MOST_BYTES - zip.avail_out;
    deflateEnd(&zip);
    return packed;
}

static inline void write_bytes(const char *name, const struct bytes *file)
{
    test_write(test_path(name), file->data, file->count);
}

static inline void write_set(void)
{
    const struct bytes images = make_images(ROWS), labels = make_labels(ROWS);
    const struct bytes test_images = make_images(2), test_labels = make_labels(2);
    write_bytes("train-images-idx3-ubyte", &images);
    write_bytes("train-labels-idx1-ubyte", &labels);
    write_bytes("t10k-images-idx3-ubyte", &test_images);
    write_bytes("t10k-labels-idx1-ubyte", &test_labels);
}

#endif
