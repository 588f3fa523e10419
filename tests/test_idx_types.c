/* test_idx_types.c - IDX files of every element type, as features and as labels. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/data/room.h"
#include "tests/idx_set.h"
#include "tests/table_set.h"

enum { SIGNED_BYTES = 0x09, SHORTS = 0x0b, INTS = 0x0c, FLOATS = 0x0d, DOUBLES = 0x0e };

static const struct idx_kind_row {
    const char *name;
    unsigned code;
    unsigned width;
} types[] = {
    {"byte", SIGNED_BYTES, 1}, {"short", SHORTS, 2},   {"int", INTS, 4},
    {"float", FLOATS, 4},      {"double", DOUBLES, 8},
};
#define TYPES (sizeof types / sizeof *types)

static void put_bits(struct bytes *file, uint64_t bits, unsigned width)
{
    for (unsigned i = width; i-- > 0;)
        file->data[file->count++] = (unsigned char)(bits >> 8 * i);
}

static void put_number(struct bytes *file, unsigned code, unsigned width, double value)
{
    const float single = code == FLOATS ? (float)value : 0.0f;
    uint64_t bits = 0;
    uint32_t low;

    if (code != FLOATS && code != DOUBLES)
        bits = (uint64_t)(int64_t)value;
    if (code == FLOATS) {
        memcpy(&low, &single, sizeof low);
        bits = low;
    }
    if (code == DOUBLES)
        memcpy(&bits, &value, sizeof bits);
    put_bits(file, bits, width);
}

/* A header: type, then `dims` sizes. */
static struct bytes header(unsigned code, uint32_t dims, uint32_t a, uint32_t b, uint32_t c)
{
    struct bytes file = {.count = 0};
    put_size(&file, code << 8 | dims);
    put_size(&file, a);
    if (dims > 1)
        put_size(&file, b);
    if (dims > 2)
        put_size(&file, c);
    return file;
}

/* Six values, negative ones among them; with fractions where the type has them. */
static void numbers_of(unsigned code, float *numbers)
{
    static const float whole[] = {-128, -1, 0, 1, 100, 127},
                       parts[] = {-2.5f, -0.125f, 0, 1, 3, 1e30f};
    memcpy(numbers, code == FLOATS || code == DOUBLES ? parts : whole, sizeof whole);
}

static struct bytes features_of(const struct idx_kind_row *type, uint32_t dims)
{
    struct bytes file = dims == 3 ? header(type->code, 3, 2, 1, 3) : header(type->code, 2, 2, 3, 0);
    float numbers[6];

    numbers_of(type->code, numbers);
    for (int i = 0; i < 6; i++)
        put_number(&file, type->code, type->width, (double)numbers[i]);
    return file;
}

Test(idx_types, other_elements_than_bytes_are_taken_as_they_are)
{
    static const uint32_t none[] = {UINT32_MAX};
    for (size_t t = 0; t < TYPES; t++)
        for (uint32_t dims = 2; dims <= 3; dims++) {
            const struct bytes plain = features_of(&types[t], dims),
                               packed = compress_bytes(&plain);
            float numbers[6];
            numbers_of(types[t].code, numbers);
            for (int gz = 0; gz < 2; gz++) {
                incline_dataset *dataset = NULL;
                struct incline_dataset_info info;
                write_bytes("features", gz ? &packed : &plain);
                require_ok(incline_dataset_open(test_path("features"), INCLINE_TRAIN, &dataset));
                expect_samples(types[t].name, dataset, 2, 3, numbers, none);
                incline_dataset_describe(dataset, &info);
                cr_expect(!info.bytes && info.scale == 1.0f && info.shift == 0.0f, "%s: scale %g",
                          types[t].name, (double)info.scale);
                cr_expect(info.image_rows == (dims == 3 ? 1u : 0u) &&
                              info.image_cols == (dims == 3 ? 3u : 0u),
                          "%s: images of %ux%u", types[t].name, info.image_rows, info.image_cols);
                incline_dataset_close(dataset);
            }
        }
}

Test(idx_types, a_folder_may_name_its_types)
{
    static const float values[] = {-2.5f, -0.125f, 0, 1, 3, 1e30f};
    static const uint32_t labels[] = {300, 2};
    for (size_t t = 0; t < TYPES; t++) {
        if (types[t].code == FLOATS || types[t].code == DOUBLES || types[t].width == 1)
            continue;
        char name[64];
        struct bytes features = features_of(&types[3], 2),
                     truth = header(types[t].code, 1, 2, 0, 0);
        incline_dataset *dataset = NULL;
        put_number(&truth, types[t].code, types[t].width, 300);
        put_number(&truth, types[t].code, types[t].width, 2);
        write_bytes("train-images.idx2-float", &features);
        snprintf(name, sizeof name, "train-labels-idx1-%s", types[t].name);
        write_bytes(name, &truth);
        require_ok(incline_dataset_open(test_folder(), INCLINE_TRAIN, &dataset));
        cr_expect(dataset->info.classes == 301, "%s: %u classes", types[t].name,
                  dataset->info.classes);
        expect_samples(types[t].name, dataset, 2, 3, values, labels);
        incline_dataset_close(dataset);
        remove(test_path(name));
    }
}

Test(idx_types, labels_out_of_range_and_features_that_are_no_numbers_are_refused)
{
    static const struct {
        const char *what;
        unsigned code, width;
        double value;
        const char *says;
    } rows[] = {
        {"negative byte", SIGNED_BYTES, 1, -1, "label 2 is -1"},
        {"negative short", SHORTS, 2, -32768, "label 2 is -32768"},
        {"large int", INTS, 4, 65536, "label 2 is 65536"},
        {"float", FLOATS, 4, 1, "labels are integers"},
        {"double", DOUBLES, 8, 1, "labels are integers"},
    };
    uint32_t count = 0, *labels = NULL;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bytes file = header(rows[i].code, 1, 2, 0, 0);
        put_number(&file, rows[i].code, rows[i].width, 0);
        put_number(&file, rows[i].code, rows[i].width, rows[i].value);
        write_bytes("labels", &file);
        require_fails(idx_labels(test_path("labels"), &count, &labels), INCLINE_EFORMAT,
                      rows[i].says);
        cr_expect(labels == NULL && count == 0, "%s: a result was written", rows[i].what);
    }
    static const double bad[] = {(double)NAN, (double)INFINITY, -1e300};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct bytes file = header(DOUBLES, 2, 1, 2, 0);
        incline_dataset *dataset = NULL;
        put_number(&file, DOUBLES, 8, 1);
        put_number(&file, DOUBLES, 8, bad[i]);
        write_bytes("features", &file);
        require_fails(incline_dataset_open(test_path("features"), INCLINE_TRAIN, &dataset),
                      INCLINE_EFORMAT, "sample 1, feature 2 is");
    }
}

Test(idx_types, a_file_of_any_type_cut_anywhere_is_refused)
{
    for (size_t t = 0; t < TYPES; t++)
        for (int gz = 0; gz < 2; gz++) {
            const struct bytes plain = features_of(&types[t], 3), packed = compress_bytes(&plain);
            const struct bytes *whole = gz ? &packed : &plain;
            for (size_t kept = 0; kept < whole->count; kept++) {
                struct idx_file file;
                void *values = NULL;
                test_write(test_path("cut"), whole->data, kept);
                int rc = idx_open(test_path("cut"), IDX_IMAGES, &file);
                if (rc == INCLINE_OK) {
                    rc = idx_values(&file, &values);
                    idx_close(&file);
                }
                cr_expect_eq(rc, INCLINE_EFORMAT, "%s: %zu of %zu bytes: status %d", types[t].name,
                             kept, whole->count, rc);
                cr_expect_null(values, "%s: %zu bytes gave values", types[t].name, kept);
            }
        }
}
