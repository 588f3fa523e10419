/* test_split.c - rows kept apart for validation: as many as asked for, of each class its share,
 * each row in one part only, the same for the same seed. */
#include <stdlib.h>

#include "host/data/split.h"
#include "tests/support.h"

enum { ROWS = 103, CLASSES = 4 };

/* 60, 30, 10 and 3 samples of four classes, in turn and then in blocks. */
static incline_dataset *lopsided(void)
{
    static const uint32_t count[CLASSES] = {60, 30, 10, 3};
    uint32_t labels[ROWS], row = 0, given[CLASSES] = {0};
    unsigned char bytes[ROWS] = {0};
    incline_dataset *dataset = NULL;

    for (uint32_t round = 0; row < ROWS; round++)
        for (uint32_t c = 0; c < CLASSES; c++)
            if (given[c] < count[c]) {
                labels[row++] = c;
                given[c]++;
            }
    require_ok(incline_dataset_create(
        &(struct incline_samples){
            .rows = ROWS, .features = 1, .classes = CLASSES, .bytes = bytes, .labels = labels},
        &dataset));
    return dataset;
}

Test(split, the_number_of_rows_is_the_part_rounded_and_never_all)
{
    cr_expect(split_rows(60000, 0.1f) == 6000 && split_rows(103, 0.1f) == 10);
    cr_expect(split_rows(5, 0.1f) == 1 && split_rows(4, 0.1f) == 0 && split_rows(1, 0.9f) == 0);
    cr_expect(split_rows(60000, INCLINE_NONE) == 0);
}

Test(split, each_class_gives_its_share_and_each_row_is_in_one_part)
{
    /* Of 103 rows 20, 50 and 99: the exact shares rounded to the whole, none of the last of all. */
    static const uint32_t rows[] = {20, 50, 99},
                          shares[][CLASSES] = {{12, 6, 2, 0}, {29, 15, 5, 1}, {58, 29, 9, 2}};
    incline_dataset *dataset = lopsided();

    for (size_t r = 0; r < 3; r++) {
        struct split split;
        uint32_t found[CLASSES] = {0}, seen[ROWS] = {0};
        require_ok(split_make(dataset, rows[r], 7, &split));
        cr_assert(split.validation == rows[r] && split.train == ROWS - rows[r]);
        for (uint32_t i = 0; i < ROWS; i++) {
            const uint32_t row = split.rows[i];
            cr_assert(row < ROWS && !seen[row]++, "row %u twice or too large", row);
            cr_assert(i == 0 || i == split.train || row > split.rows[i - 1], "not in order");
            uint32_t label;
            require_ok(incline_dataset_sample(dataset, row, NULL, &label));
            found[label] += i >= split.train;
        }
        for (uint32_t c = 0; c < CLASSES; c++)
            cr_expect(found[c] + 1 >= shares[r][c] && found[c] <= shares[r][c] + 1,
                      "%u rows, class %u: about %u expected, %u found", rows[r], c, shares[r][c],
                      found[c]);
        split_clear(&split);
    }
    incline_dataset_close(dataset);
}

Test(split, the_seed_decides_and_no_validation_needs_no_list)
{
    incline_dataset *dataset = lopsided();
    struct split a, b, other, none;

    require_ok(split_make(dataset, 20, 7, &a));
    require_ok(split_make(dataset, 20, 7, &b));
    require_ok(split_make(dataset, 20, 8, &other));
    require_ok(split_make(dataset, 0, 7, &none));
    cr_expect(memcmp(a.rows, b.rows, ROWS * sizeof *a.rows) == 0, "another split, the same seed");
    cr_expect(memcmp(a.rows, other.rows, ROWS * sizeof *a.rows) != 0, "the same for another seed");
    cr_expect(none.rows == NULL && none.train == ROWS);
    split_clear(&a);
    split_clear(&b);
    split_clear(&other);
    split_clear(&none);
    incline_dataset_close(dataset);
}
