/* split.c - a stratified split of rows. Copies no sample. */
#include "host/data/split.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/util/rng.h"
#include "host/util/status.h"

uint32_t split_rows(uint32_t rows, float part)
{
    const double wanted = floor((double)rows * (double)part + 0.5);
    return part > 0.0f && wanted < (double)rows ? (uint32_t)wanted : 0;
}

static uint32_t class_of(const struct incline_dataset *dataset, uint32_t row)
{
    return dataset->labels != NULL ? dataset->labels[row] : 0;
}

/* How many rows each class gives: quota[classes], `validation` in all. `count` is how many it has.
 */
static void share_out(const uint32_t *count, uint32_t classes, uint32_t rows, uint32_t validation,
                      uint32_t *quota)
{
    uint32_t left = validation;

    for (uint32_t c = 0; c < classes; c++) {
        quota[c] = (uint32_t)((uint64_t)count[c] * validation / rows);
        left -= quota[c];
    }
    /* What is left, less than one a class, goes where most was rounded away; of equal ones to the
     * first. Only when every class is down to its last sample may that go, too. */
    for (; left > 0; left--) {
        uint32_t best = classes;
        double most = 0.0;
        for (uint32_t spare = 2; spare-- > 0 && best == classes;)
            for (uint32_t c = 0; c < classes; c++) {
                const double owed = (double)count[c] * validation - (double)quota[c] * (double)rows;
                if (count[c] > quota[c] + spare && (best == classes || owed > most)) {
                    most = owed;
                    best = c;
                }
            }
        quota[best]++;
    }
}

int split_make(const struct incline_dataset *dataset, uint32_t validation, uint64_t seed,
               struct split *out)
{
    const uint32_t rows = dataset->info.rows;
    const uint32_t classes = dataset->labels != NULL ? dataset->info.classes : 1;
    struct split split = {.train = rows - validation, .validation = validation};
    uint32_t *counts = NULL;
    unsigned char *chosen = NULL;
    int rc = INCLINE_OK;

    if (validation == 0) {
        *out = split;
        return INCLINE_OK;
    }
    TRY(incline_dataset_ready(dataset));
    counts = calloc(2 * (size_t)classes, sizeof *counts);
    chosen = calloc(rows, 1);
    split.rows = malloc(rows * sizeof *split.rows);
    if (counts == NULL || chosen == NULL || split.rows == NULL) {
        rc = FAIL(INCLINE_ENOMEM, "no memory to split %u samples", rows);
        goto out;
    }
    for (uint32_t r = 0; r < rows; r++)
        counts[class_of(dataset, r)]++;
    uint32_t *const quota = counts + classes;
    share_out(counts, classes, rows, validation, quota);
    for (uint32_t i = 0; i < rows; i++) {
        const uint32_t r = rng_permute(seed, RNG_STREAM(RNG_SPLIT, 0), rows, i);
        uint32_t *const left = &quota[class_of(dataset, r)];
        chosen[r] = *left > 0;
        *left -= *left > 0;
    }
    uint32_t train = 0, kept = split.train;
    for (uint32_t r = 0; r < rows; r++)
        split.rows[chosen[r] ? kept++ : train++] = r;
    *out = split;
    split.rows = NULL;
out:
    free(counts);
    free(chosen);
    free(split.rows);
    return rc;
}

void split_clear(struct split *split)
{
    free(split->rows);
    memset(split, 0, sizeof *split);
}
