/* rows.h - samples that are equal, found by their hash and then compared. */
#ifndef INCLINE_DATA_ROWS_H
#define INCLINE_DATA_ROWS_H

#include "host/data/dataset.h"

/* The features of samples, each different one once. */
struct rows {
    const incline_dataset *dataset;
    uint32_t *slots;   /* [slot_count] a row + 1; 0: free */
    uint64_t *hashes;  /* [slot_count] of that row */
    size_t slot_count; /* a power of two */
};

/* Room for all samples of a data set that is ready. Fails with INCLINE_ENOMEM. */
int rows_open(const incline_dataset *dataset, struct rows *rows);
void rows_close(struct rows *rows);

/* The first sample put in whose features are those of sample `row` of `from`, which has features
 * of the same number and type; UINT32_MAX without one. With `put`, `row` is then put in; it is a
 * row of rows->dataset. */
uint32_t rows_find(struct rows *rows, const incline_dataset *from, uint32_t row, bool put);

#endif
