/* test_npz.c - archives of NumPy as data: those of the fuzzer's corpus, which NumPy wrote itself,
 * whole and damaged. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/data/table.h"
#include "tests/table_set.h"

enum { MOST_BYTES = 8192 };

static const struct incline_data_options plain = {0};

/* Every test but one needs libzip. */
static void need_zip(void)
{
#ifndef INCLINE_WITH_ZIP
    cr_skip_test("skipped: built without libzip\n");
#endif
}

static char *read_corpus(const char *name, size_t *bytes)
{
    char path[128];
    char *const data = malloc(MOST_BYTES);

    snprintf(path, sizeof path, "fuzz/corpus/%s", name);
    FILE *const file = fopen(path, "rb");
    cr_assert(file != NULL && data != NULL, "%s cannot be read", path);
    *bytes = fread(data, 1, MOST_BYTES, file);
    cr_assert(*bytes > 0 && *bytes < MOST_BYTES);
    fclose(file);
    return data;
}

/* A copy with nothing behind it, so that sanitizers see who reads on. */
static int open_copy(const char *data, size_t bytes, enum incline_split split,
                     incline_dataset **dataset)
{
    char *const copy = malloc(bytes > 0 ? bytes : 1);
    memcpy(copy, data, bytes);
    const int rc = npz_open("a.npz", copy, bytes, split, &plain, dataset);
    free(copy);
    return rc;
}

static int open_corpus(const char *name, enum incline_split split, incline_dataset **dataset)
{
    size_t bytes;
    char *const data = read_corpus(name, &bytes);
    cr_assert(npz_is(data, bytes));
    const int rc = open_copy(data, bytes, split, dataset);
    free(data);
    return rc;
}

static const char *const layouts[] = {"npz_stored", "npz_deflated"};

/* What both parts of those hold. */
static void check_parts(const char *what, incline_dataset *const parts[2])
{
    static const float scale = 1.0f / 255.0f;
    static const uint32_t labels[] = {0, 1, 0, 1}, test_labels[] = {1};
    const float values[] = {0,         scale,     2 * scale, 255 * scale, 9 * scale, 8 * scale,
                            7 * scale, 6 * scale, scale,     scale,       scale,     scale,
                            5 * scale, 0,         0,         5 * scale};
    const float test_values[] = {3 * scale, 3 * scale, 4 * scale, 255 * scale};

    expect_samples(what, parts[0], 4, 4, values, labels);
    cr_expect(parts[0]->info.bytes && parts[0]->info.image_rows == 2 && parts[0]->info.two_parts);
    expect_samples(what, parts[1], 1, 4, test_values, test_labels);
    cr_expect_eq(parts[1]->info.classes, 2);
}

Test(npz, the_layout_of_keras_gives_both_parts)
{
    need_zip();
    for (int i = 0; i < 2; i++) {
        incline_dataset *parts[2] = {NULL, NULL};
        require_ok(open_corpus(layouts[i], INCLINE_TRAIN, &parts[0]));
        require_ok(open_corpus(layouts[i], INCLINE_TEST, &parts[1]));
        check_parts(layouts[i], parts);
        incline_dataset_close(parts[0]);
        incline_dataset_close(parts[1]);
    }
}

Test(npz, features_of_any_order_and_targets_that_are_numbers)
{
    static const float values[] = {.5f, -1, 2, 3, 4, 1e10f, 0, 7}, targets[] = {3.25f, -1, 0, 2};
    static const float numbers[] = {0, 1, 2, 3, 4, 5};
    static const uint32_t none[] = {UINT32_MAX};
    incline_dataset *dataset = NULL;

    need_zip();
    require_ok(open_corpus("npz_table", INCLINE_TEST, &dataset)); /* its only part */
    expect_samples("table", dataset, 4, 2, values, none);
    cr_assert(dataset->info.outputs == 1 && !dataset->info.two_parts && !dataset->info.bytes);
    for (uint32_t row = 0; row < 4; row++)
        cr_expect(dataset->targets[row] == targets[row], "row %u: %g", row,
                  (double)dataset->targets[row]);
    incline_dataset_close(dataset);
    require_ok(open_corpus("npz_features", INCLINE_TRAIN, &dataset));
    expect_samples("features alone", dataset, 3, 2, numbers, none);
    incline_dataset_close(dataset);
}

Test(npz, other_names_are_listed_and_unequal_rows_refused)
{
    incline_dataset *dataset = NULL;

    need_zip();
    require_fails(open_corpus("npz_names", INCLINE_TRAIN, &dataset), INCLINE_EFORMAT,
                  "there are 2: weights, bias;");
    require_fails(open_corpus("npz_unequal", INCLINE_TRAIN, &dataset), INCLINE_EFORMAT,
                  "a.npz: y: 2 rows for the 3 of a.npz: x");
}

Test(npz, an_archive_cut_anywhere_is_refused)
{
    need_zip();
    for (int i = 0; i < 2; i++) {
        size_t bytes;
        char *const data = read_corpus(layouts[i], &bytes);
        for (size_t kept = 0; kept < bytes; kept++) {
            incline_dataset *dataset = NULL;
            cr_expect(open_copy(data, kept, INCLINE_TRAIN, &dataset) == INCLINE_EFORMAT &&
                          dataset == NULL,
                      "%s: %zu of %zu bytes were read", layouts[i], kept, bytes);
        }
        free(data);
    }
}

/* Dates, versions and the like may differ; numbers may not. */
Test(npz, any_flipped_bit_is_refused_or_means_nothing)
{
    need_zip();
    for (int i = 0; i < 2; i++) {
        size_t bytes, passed = 0;
        char *const data = read_corpus(layouts[i], &bytes);
        for (size_t bit = 0; bit < 8 * bytes; bit++) {
            incline_dataset *parts[2] = {NULL, NULL};
            data[bit / 8] = (char)(data[bit / 8] ^ (1 << bit % 8));
            int rc = open_copy(data, bytes, INCLINE_TRAIN, &parts[0]);
            if (rc == INCLINE_OK)
                rc = open_copy(data, bytes, INCLINE_TEST, &parts[1]);
            cr_expect(rc == INCLINE_OK || rc == INCLINE_EFORMAT, "bit %zu of byte %zu: %d: %s",
                      bit % 8, bit / 8, rc, incline_last_error());
            /* An array that got another name is not there; the rest must be as it was. */
            if (rc == INCLINE_OK && parts[0]->labels != NULL && parts[0]->info.two_parts &&
                parts[1]->labels != NULL) {
                passed++;
                check_parts("flipped", parts);
            }
            incline_dataset_close(parts[0]);
            incline_dataset_close(parts[1]);
            data[bit / 8] = (char)(data[bit / 8] ^ (1 << bit % 8));
        }
        cr_expect(passed < 2 * bytes, "%s: %zu of %zu flipped bits passed", layouts[i], passed,
                  8 * bytes);
        free(data);
    }
}

#ifndef INCLINE_WITH_ZIP
Test(npz, without_libzip_it_says_so)
{
    incline_dataset *dataset = NULL;
    require_fails(open_corpus("npz_stored", INCLINE_TRAIN, &dataset), INCLINE_EARG, "libzip");
}
#endif
