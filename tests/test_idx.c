/* test_idx.c - the IDX format: each damaged file is refused with a reason, by name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/data/room.h"
#include "tests/idx_set.h"

/* ---- damage ---- */

enum target { IMAGES, LABELS };
/* PLAIN: the file as it is; INNER: damaged, then compressed; OUTER: compressed, then damaged. */
enum layer { PLAIN, INNER, OUTER };
/* CUT: keep `at` bytes; SET: put the bytes of `with` at `at`; ADD: put them behind the end.
 * A negative `at` counts from the end. */
enum edit { CUT, SET, ADD };

static const struct damage {
    const char *what;
    enum target target;
    enum layer layer;
    enum edit edit;
    int at;
    const char *with;
    int with_bytes;
    const char *says;
} damages[] = {
    {"empty file", IMAGES, PLAIN, CUT, 0, "", 0, "16 bytes expected, 0 found"},
    {"one byte", IMAGES, PLAIN, CUT, 1, "", 0, "16 bytes expected, 1 found"},
    {"magic cut", IMAGES, PLAIN, CUT, 3, "", 0, "16 bytes expected, 3 found"},
    {"no sizes", IMAGES, PLAIN, CUT, 4, "", 0, "16 bytes expected, 4 found"},
    {"sizes cut", IMAGES, PLAIN, CUT, 10, "", 0, "16 bytes expected, 10 found"},
    {"header only", IMAGES, PLAIN, CUT, 16, "", 0,
     "72 bytes expected for 6 images of 4x3, 0 found"},
    {"first byte", IMAGES, PLAIN, SET, 0, "\x01", 1, "0x01 0x00, two zeros expected"},
    {"second byte", IMAGES, PLAIN, SET, 1, "\x80", 1, "0x00 0x80, two zeros expected"},
    {"web page", IMAGES, PLAIN, SET, 0, "<html>", 6, "web page"},
    {"zip archive", IMAGES, PLAIN, SET, 0, "PK\3\4", 4, "not an IDX file"},
    {"16-bit integers", IMAGES, PLAIN, SET, 2, "\x0b", 1, "144 bytes expected for 6 images"},
    {"32-bit integers", LABELS, PLAIN, SET, 2, "\x0c", 1, "24 bytes expected for 6 labels"},
    {"32-bit floats", IMAGES, PLAIN, SET, 2, "\x0d", 1, "288 bytes expected for 6 images"},
    {"64-bit floats", IMAGES, PLAIN, SET, 2, "\x0e", 1, "576 bytes expected for 6 images"},
    {"unknown type", IMAGES, PLAIN, SET, 2, "\x77", 1, "0x77, which IDX does not have"},
    {"the type left out", IMAGES, PLAIN, SET, 2, "\x0a", 1, "0x0a, which IDX does not have"},
    {"labels as images", IMAGES, PLAIN, SET, 3, "\x01", 1, "holds labels, images expected"},
    {"images as labels", LABELS, PLAIN, SET, 3, "\x03", 1, "holds images, labels expected"},
    {"two dimensions", IMAGES, PLAIN, SET, 3, "\x02", 1,
     "24 bytes expected for 6 images of 4, 76 found"},
    {"no dimensions", LABELS, PLAIN, SET, 3, "\x00", 1, "0 dimensions, 1 expected"},
    {"255 dimensions", IMAGES, PLAIN, SET, 3, "\xff", 1, "255 dimensions, 3 or 2 expected"},
    {"no images", IMAGES, PLAIN, SET, 4, "\0\0\0\0", 4, "0 images of 4x3, so nothing"},
    {"flat images", IMAGES, PLAIN, SET, 8, "\0\0\0\0", 4, "6 images of 0x3, so nothing"},
    {"thin images", IMAGES, PLAIN, SET, 12, "\0\0\0\0", 4, "6 images of 4x0, so nothing"},
    {"no labels", LABELS, PLAIN, SET, 4, "\0\0\0\0", 4, "0 labels, so nothing"},
    {"sizes overflow", IMAGES, PLAIN, SET, 4, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
     12, "more bytes than can be counted"},
    {"claims terabytes", IMAGES, PLAIN, SET, 4, "\x7f\xff\xff\xff\0\0\1\0\0\0\1\0", 12,
     "140737488289792 bytes expected for 2147483647 images of 256x256, 72 found"},
    {"little-endian sizes", IMAGES, PLAIN, SET, 4, "\6\0\0\0", 4, "100663296 images"},
    {"one image more", IMAGES, PLAIN, SET, 7, "\7", 1, "84 bytes expected for 7 images"},
    {"one image fewer", IMAGES, PLAIN, SET, 7, "\5", 1, "60 bytes expected for 5 images"},
    {"one byte short", IMAGES, PLAIN, CUT, -1, "", 0, "72 bytes expected for 6 images of 4x3, 71"},
    {"one byte long", IMAGES, PLAIN, ADD, 0, "x", 1, "72 bytes expected for 6 images of 4x3, 73"},
    {"labels short", LABELS, PLAIN, CUT, -1, "", 0, "6 bytes expected for 6 labels, 5 found"},
    {"labels long", LABELS, PLAIN, ADD, 0, "xy", 2, "6 bytes expected for 6 labels, 8 found"},
    {"gz header cut", IMAGES, OUTER, CUT, 5, "", 0, "cut short"},
    {"gz cut to its magic", IMAGES, OUTER, CUT, 2, "", 0, "cut short"},
    {"gz cut in the middle", IMAGES, OUTER, CUT, 40, "", 0, "cut short"},
    {"gz without check sums", IMAGES, OUTER, CUT, -8, "", 0, "cut short"},
    {"gz trailer cut", IMAGES, OUTER, CUT, -1, "", 0, "cut short"},
    {"gz check sum", IMAGES, OUTER, SET, -8, "\x5a\x5a", 2, "incorrect data check"},
    {"gz length", IMAGES, OUTER, SET, -4, "\x5a", 1, "incorrect length check"},
    {"gz method", IMAGES, OUTER, SET, 2, "\7", 1, "unknown compression method"},
    {"gz flags", IMAGES, OUTER, SET, 3, "\xe0", 1, "unknown header flags"},
    {"gz data", IMAGES, OUTER, SET, 40, "\xff\xff\xff\xff\xff\xff", 6, "damaged before byte"},
    {"gz and a byte", IMAGES, OUTER, ADD, 0, "x", 1, "something else follows"},
    {"gz and text", LABELS, OUTER, ADD, 0, "<!-- end -->", 12, "something else follows"},
    {"gz and half a member", IMAGES, OUTER, ADD, 0, "\x1f\x8b\x08", 3, "cut short"},
    {"gz of nothing", IMAGES, INNER, CUT, 0, "", 0, "16 bytes expected, 0 found"},
    {"gz of a cut header", IMAGES, INNER, CUT, 9, "", 0, "16 bytes expected, 9 found"},
    {"gz of a cut file", IMAGES, INNER, CUT, -5, "", 0,
     "72 bytes expected for 6 images of 4x3, 67"},
    {"gz of a long file", IMAGES, INNER, ADD, 0, "x", 1,
     "72 bytes expected for 6 images of 4x3, mo"},
    {"gz that claims terabytes", IMAGES, INNER, SET, 4, "\x7f\xff\xff\xff\0\0\1\0\0\0\1\0", 12,
     "140737488289792 bytes expected for 2147483647 images of 256x256, 72 found"},
    {"gz of another type", LABELS, INNER, SET, 2, "\x0d", 1, "labels are integers"},
    {"gz of a gz", IMAGES, INNER, SET, 0, "\x1f\x8b", 2, "0x1f 0x8b, two zeros expected"},
};
#define DAMAGES (sizeof damages / sizeof *damages)

static void apply(const struct damage *damage, struct bytes *file)
{
    const size_t at = damage->at < 0 ? file->count - (size_t)-damage->at : (size_t)damage->at;
    const size_t more = (size_t)damage->with_bytes;
    cr_assert(at <= file->count && file->count + more <= MOST_BYTES, "%s: row of no use",
              damage->what);
    if (damage->edit == CUT)
        file->count = at;
    if (damage->edit == SET)
        memcpy(file->data + at, damage->with, more);
    if (damage->edit == ADD) {
        memcpy(file->data + file->count, damage->with, more);
        file->count += more;
    }
}

/* The elements of one file as they stand in it, file.bytes of them. */
static int read_file(const char *path, enum idx_kind kind, unsigned char **elements)
{
    struct idx_file file;
    int rc = idx_open(path, kind, &file);
    if (rc != INCLINE_OK)
        return rc;
    rc = idx_elements(&file, elements);
    idx_close(&file);
    return rc;
}

Test(idx, damaged_files_are_refused_with_file_place_and_remedy)
{
    static const char *const names[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte"};
    for (size_t i = 0; i < DAMAGES; i++) {
        const struct damage *damage = &damages[i];
        struct bytes file = damage->target == IMAGES ? make_images(ROWS) : make_labels(ROWS);
        char name[64];

        write_set();
        snprintf(name, sizeof name, "%s%s", names[damage->target],
                 damage->layer == PLAIN ? "" : ".gz");
        unlink(test_path(names[damage->target]));
        if (damage->layer == OUTER)
            file = compress_bytes(&file);
        apply(damage, &file);
        if (damage->layer == INNER)
            file = compress_bytes(&file);
        write_bytes(name, &file);

        incline_dataset *dataset = NULL;
        const int status = incline_dataset_open(test_folder(), INCLINE_TRAIN, &dataset);
        const char *text = incline_last_error();
        cr_expect_eq(status, INCLINE_EFORMAT, "row %zu, %s: status %d expected, %d found: %s", i,
                     damage->what, INCLINE_EFORMAT, status, status ? text : "opened");
        cr_expect_null(dataset, "row %zu, %s: wrote its result", i, damage->what);
        if (status != INCLINE_OK) {
            cr_expect(strstr(text, damage->says) != NULL, "row %zu, %s: \"%s\" expected in: %s", i,
                      damage->what, damage->says, text);
            cr_expect(strncmp(text, test_path(name), strlen(test_path(name))) == 0,
                      "row %zu, %s: the path %s expected first in: %s", i, damage->what,
                      test_path(name), text);
            cr_expect(strstr(text, "fetch it again") || strstr(text, "convert") ||
                          strstr(text, "name the other file"),
                      "row %zu, %s: a remedy expected in: %s", i, damage->what, text);
        }
        incline_dataset_close(dataset);
        unlink(test_path(name));
    }
}

/* No single damaged bit of a compressed file passes, but for the bits of the gzip header that
 * mean nothing to the data: time, kind of machine, level of compression. */
Test(idx, any_flipped_bit_of_a_gz_file_is_refused_or_means_nothing)
{
    const struct bytes plain = make_images(ROWS), good = compress_bytes(&plain);
    const char *path = test_path("images.gz");

    for (size_t bit = 0; bit < 8 * good.count; bit++) {
        struct bytes bad = good;
        bad.data[bit / 8] ^= (unsigned char)(1u << bit % 8);
        test_write(path, bad.data, bad.count);
        unsigned char *values = NULL;
        const int status = read_file(path, IDX_IMAGES, &values);
        if (status == INCLINE_OK)
            cr_expect(memcmp(values, plain.data + IMAGE_HEADER, ROWS * PIXELS) == 0 &&
                          bit / 8 >= 3 && bit / 8 < 10,
                      "bit %zu of byte %zu: accepted", bit % 8, bit / 8);
        else
            cr_expect_eq(status, INCLINE_EFORMAT, "bit %zu of byte %zu: status %d: %s", bit % 8,
                         bit / 8, status, incline_last_error());
        free(values);
    }
}

Test(idx, a_gz_file_cut_anywhere_is_refused)
{
    const struct bytes plain = make_images(ROWS), good = compress_bytes(&plain);
    const char *path = test_path("images.gz");

    for (size_t kept = 0; kept < good.count; kept++) {
        unsigned char *values = NULL;
        test_write(path, good.data, kept);
        const int status = read_file(path, IDX_IMAGES, &values);
        cr_expect_eq(status, INCLINE_EFORMAT, "%zu of %zu bytes: status %d", kept, good.count,
                     status);
        free(values);
    }
}

Test(idx, files_that_cannot_be_read_are_an_io_failure)
{
    unsigned char *values = NULL;
    require_fails(read_file(test_path("absent"), IDX_IMAGES, &values), INCLINE_EIO, "absent");
    require_fails(read_file(test_folder(), IDX_IMAGES, &values), INCLINE_EIO, "not a regular file");
    require_fails(read_file("/dev/zero", IDX_IMAGES, &values), INCLINE_EIO, "not a regular file");
    cr_assert(values == NULL, "a failure wrote its result");
}

Test(idx, a_compressed_file_larger_than_its_first_room_is_read_whole)
{
    /* 2,600,000 zeros pass the 1 MiB that are set aside at first, and a doubling. */
    enum { COUNT = 2600000 };
    const unsigned char header[LABEL_HEADER] = {
        0, 0, 8, 1, COUNT >> 24, COUNT >> 16 & 255, COUNT >> 8 & 255, COUNT & 255};
    const char *path = test_path("labels.gz");
    unsigned char *values = NULL, *zeros = calloc(COUNT, 1);
    zeros[COUNT - 1] = 9;

    gzFile file = gzopen(path, "wb");
    cr_assert(gzwrite(file, header, sizeof header) == LABEL_HEADER);
    cr_assert(gzwrite(file, zeros, COUNT) == COUNT);
    cr_assert_eq(gzclose(file), Z_OK);
    require_ok(read_file(path, IDX_LABELS, &values));
    cr_assert(memcmp(values, zeros, COUNT) == 0, "other labels");
    cr_expect((uintptr_t)values % DATASET_ALIGNMENT == 0, "they lie at %p", (void *)values);
    free(values);
    free(zeros);
}
