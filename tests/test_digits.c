/* test_digits.c - the built-in digits: the same everywhere, each its own, well inside the frame. */
#include <string.h>

#include "host/data/dataset.h"
#include "tests/support.h"

/* FNV-1a over the bytes. */
static uint64_t hash_bytes(const void *data, size_t bytes)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (size_t i = 0; i < bytes; i++)
        hash = (hash ^ ((const unsigned char *)data)[i]) * 0x100000001b3;
    return hash;
}

Test(digits, digits_are_the_same_bytes_everywhere)
{
    /* Recorded; a change of the drawing changes it, a change of machine or compiler must not. */
    static const uint64_t recorded = 0xb798a03c4aec238c;
    incline_dataset *dataset = NULL;
    require_ok(digits_create(100, 1, &dataset));
    const uint64_t found = hash_bytes(dataset->values, 100 * 784);
    cr_assert_eq(found, recorded, "%016llx expected, %016llx found", (unsigned long long)recorded,
                 (unsigned long long)found);
    incline_dataset_close(dataset);
}

Test(digits, digits_depend_on_seed_and_row_and_not_on_how_many_there_are)
{
    incline_dataset *few = NULL, *more = NULL, *others = NULL;
    require_ok(digits_create(20, 1, &few));
    require_ok(digits_create(50, 1, &more));
    require_ok(digits_create(20, 2, &others));
    cr_assert_eq(memcmp(few->values, more->values, 20 * 784), 0);
    for (size_t row = 0; row < 20; row++) {
        const uint8_t *mine = (uint8_t *)few->values + 784 * row;
        cr_assert(memcmp(mine, (uint8_t *)others->values + 784 * row, 784) != 0,
                  "row %zu is the same for two seeds", row);
        cr_assert(memcmp(mine, (uint8_t *)more->values + 784 * (row + 10), 784) != 0,
                  "rows %zu and %zu are the same", row, row + 10);
    }
    incline_dataset_close(few);
    incline_dataset_close(more);
    incline_dataset_close(others);
}

Test(digits, digits_have_ink_in_the_middle_and_little_at_the_border)
{
    enum { COUNT = 2000 };
    incline_dataset *dataset = NULL;
    double border = 0.0, all = 0.0;
    require_ok(digits_create(COUNT, 5, &dataset));
    const uint8_t *values = dataset->values;
    for (size_t row = 0; row < COUNT; row++) {
        double ink = 0.0;
        for (size_t i = 0; i < 784; i++) {
            const double pixel = values[784 * row + i];
            const bool edge = i < 28 || i >= 756 || i % 28 == 0 || i % 28 == 27;
            ink += pixel;
            border += edge ? pixel : 0.0;
        }
        /* A thin, pale one has the light of 15 full pixels, a bold 8 that of about 300. */
        cr_assert(ink > 255.0 * 10 && ink < 255.0 * 350, "row %zu: ink of %g pixels", row,
                  ink / 255.0);
        all += ink;
    }
    cr_assert(border < 0.01 * all, "%g of the ink lies on the border", border / all);
    incline_dataset_close(dataset);
}

Test(digits, digits_come_in_the_sizes_asked_for)
{
    static const struct {
        const char *name;
        uint32_t train, test;
    } rows[] = {
        {"digits:600", 600, 100},
        {"digits:1", 1, 10},
        {"digits:66", 66, 11},
    };
    static const char *const wrong[] = {"digits:",
                                        "digits:0",
                                        "digits:-1",
                                        "digits:1x",
                                        "digits: 5",
                                        "digits:4294967296",
                                        "digits:99999999999999999999"};
    incline_dataset *dataset = NULL;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int split = 0; split < 2; split++) {
            const uint32_t want = split == INCLINE_TRAIN ? rows[i].train : rows[i].test;
            require_ok(incline_dataset_open(rows[i].name, (enum incline_split)split, &dataset));
            cr_assert_eq(dataset->info.rows, want, "%s: %u expected, %u found", rows[i].name, want,
                         dataset->info.rows);
            cr_assert_str_eq(dataset->info.name, rows[i].name);
            cr_assert_str_eq(dataset->info.source, "built in");
            for (uint32_t row = 0; row < want; row++)
                cr_assert_eq(dataset->labels[row], row % 10);
            incline_dataset_close(dataset);
        }
    dataset = NULL;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        require_fails(incline_dataset_open(wrong[i], INCLINE_TRAIN, &dataset), INCLINE_EARG,
                      "digits:6000");
    require_fails(digits_create(0, 1, &dataset), INCLINE_EARG, "0 samples");
    cr_assert_null(dataset);
}
