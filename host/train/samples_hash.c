/* samples_hash.c - what tells a data set from another one of the same shape. */
#include <stdlib.h>
#include <string.h>

#include "host/train/run.h"
#include "host/util/cache.h"
#include "host/util/status.h"

enum { BYTES_MOST = 1 << 20 };

/* Of so many rows that each `step`th makes up at most BYTES_MOST. */
static size_t step_of(size_t rows, size_t row_bytes)
{
    const size_t most = row_bytes < BYTES_MOST ? BYTES_MOST / row_bytes : 1;
    return (rows + most - 1) / most;
}

static uint64_t hash_rows(uint64_t hash, const void *data, size_t rows, size_t row_bytes)
{
    if (data == NULL)
        return hash;
    const size_t step = step_of(rows, row_bytes);
    for (size_t row = 0; row < rows; row += step)
        hash = cache_hash(hash, (const char *)data + row * row_bytes, row_bytes);
    return hash;
}

/* What stands for a missing number depends on how the table was read. */
static void clear_missing(const struct incline_dataset *dataset, uint32_t row, float *values)
{
    for (uint32_t f = 0; f < dataset->info.features; f++)
        if (dataset_missing(dataset, row, f))
            values[f] = 0.0f;
}

static int hash_values(const struct incline_dataset *dataset, uint64_t *hash)
{
    const size_t row_bytes = dataset_row_bytes(dataset);
    const size_t step = step_of(dataset->info.rows, row_bytes);
    unsigned char *const values = malloc(row_bytes);
    int rc = INCLINE_OK;

    if (values == NULL)
        return FAIL(INCLINE_ENOMEM, "%zu bytes for a sample", row_bytes);
    for (size_t row = 0; row < dataset->info.rows; row += step) {
        if (dataset->mapped.base != NULL)
            TRY(dataset_read(dataset, (uint32_t)row, 1, values));
        else
            memcpy(values, (const unsigned char *)dataset->values + row * row_bytes, row_bytes);
        if (dataset->missing != NULL)
            clear_missing(dataset, (uint32_t)row, (float *)(void *)values);
        *hash = cache_hash(*hash, values, row_bytes);
    }
out:
    free(values);
    return rc;
}

int samples_hash(const struct incline_dataset *dataset, uint64_t *out)
{
    const struct incline_dataset_info *const info = &dataset->info;
    uint64_t hash = CACHE_HASH_START;
    int rc = INCLINE_OK;

    TRY(incline_dataset_ready(dataset));
    hash = hash_rows(hash, dataset->labels, info->rows, sizeof *dataset->labels);
    hash = hash_rows(hash, dataset->targets, info->rows, info->outputs * sizeof *dataset->targets);
    TRY(hash_values(dataset, &hash));
    *out = hash != 0 ? hash : 1;
out:
    return rc;
}
