/* table_set.h - tables of text for tests: written, opened, compared. */
#ifndef INCLINE_TESTS_TABLE_SET_H
#define INCLINE_TESTS_TABLE_SET_H

#include <math.h>
#include <string.h>

#include "host/data/dataset.h"
#include "tests/support.h"

/* Write a text into the test's folder and open it. Returns what opening returns. */
static inline int open_text(const char *name, const char *text, size_t bytes,
                            const struct incline_data_options *options, incline_dataset **dataset)
{
    test_write(test_path(name), text, bytes);
    return incline_dataset_open_with(test_path(name), INCLINE_TRAIN, options, dataset);
}

/* Every value as a network sees it, and the labels; labels[0] is UINT32_MAX for none. */
static inline void expect_samples(const char *what, const incline_dataset *dataset, uint32_t rows,
                                  uint32_t features, const float *values, const uint32_t *labels)
{
    struct incline_dataset_info info;
    float sample[64];
    uint32_t label;

    incline_dataset_describe(dataset, &info);
    cr_assert(info.rows == rows && info.features == features && features <= 64,
              "%s: %u samples of %u features, %u of %u expected", what, info.rows, info.features,
              rows, features);
    for (uint32_t row = 0; row < rows; row++) {
        require_ok(incline_dataset_sample(dataset, row, sample, &label));
        cr_expect(label == labels[labels[0] == UINT32_MAX ? 0 : row], "%s: row %u: label %u", what,
                  row, label);
        for (uint32_t i = 0; i < features; i++)
            cr_expect(sample[i] == values[row * features + i], "%s: row %u, feature %u: %g, not %g",
                      what, row, i, (double)sample[i], (double)values[row * features + i]);
    }
}

#endif
