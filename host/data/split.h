/* split.h - which rows of a training set are trained on, and which are kept apart for validation.
 */
#ifndef INCLINE_DATA_SPLIT_H
#define INCLINE_DATA_SPLIT_H

#include "host/data/dataset.h"

struct split {
    uint32_t train, validation; /* rows of each */
    uint32_t *rows; /* [train + validation]: those to train on, then the others, each part in the
                       order of the set; NULL where there is no validation; owned */
};

/* Row `i` of those to train on, i < split->train. */
static inline uint32_t split_row(const struct split *split, uint32_t i)
{
    return split->rows != NULL ? split->rows[i] : i;
}

/* Rows for validation: `part` of them, rounded; none with a part below 0, or where none would be
 * left to train on. */
uint32_t split_rows(uint32_t rows, float part);

/* Choose `validation` rows by (seed, RNG_SPLIT): of each class its share, by largest remainder,
 * but never its last sample while others have more; where samples have no labels, of all. Waits
 * for the data set. Fails with INCLINE_ENOMEM, or as incline_dataset_ready(). */
int split_make(const struct incline_dataset *dataset, uint32_t validation, uint64_t seed,
               struct split *split);
void split_clear(struct split *split);

#endif
