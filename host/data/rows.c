/* rows.c - samples that are equal, found by their hash and then compared. */
#include "host/data/rows.h"

#include <stdlib.h>
#include <string.h>

#include "host/util/size.h"
#include "host/util/status.h"

static const unsigned char *row_at(const incline_dataset *dataset, uint32_t row)
{
    return (const unsigned char *)dataset->values + row * dataset_row_bytes(dataset);
}

/* Eight bytes at a time, multiplied and folded; what collides is told apart by comparing. */
static uint64_t hash(const unsigned char *bytes, size_t count)
{
    const uint64_t factor = UINT64_C(0x9e3779b97f4a7c15); /* 2^64 over the golden ratio */
    uint64_t sum = count, word = 0;

    for (; count >= sizeof word; bytes += sizeof word, count -= sizeof word) {
        memcpy(&word, bytes, sizeof word);
        sum = (sum ^ word) * factor;
        sum ^= sum >> 32;
    }
    word = 0;
    memcpy(&word, bytes, count);
    sum = (sum ^ word) * factor;
    return sum ^ sum >> 29;
}

int rows_open(const incline_dataset *dataset, struct rows *rows)
{
    struct rows made = {.dataset = dataset, .slot_count = 16};

    while (made.slot_count / 2 < dataset->info.rows)
        made.slot_count *= 2;
    made.slots = calloc(made.slot_count, sizeof *made.slots);
    made.hashes = malloc(made.slot_count * sizeof *made.hashes);
    if (made.slots == NULL || made.hashes == NULL) {
        rows_close(&made);
        return FAIL(INCLINE_ENOMEM, "%s: no memory to compare %u samples; close other programs",
                    dataset->info.name, dataset->info.rows);
    }
    *rows = made;
    return INCLINE_OK;
}

void rows_close(struct rows *rows)
{
    free(rows->slots);
    free(rows->hashes);
}

/* What is missing stands as a mean in its place, and is no value. */
static bool equal(const incline_dataset *a, uint32_t i, const incline_dataset *b, uint32_t j)
{
    if (memcmp(row_at(a, i), row_at(b, j), dataset_row_bytes(a)) != 0)
        return false;
    for (uint32_t f = 0; (a->missing != NULL || b->missing != NULL) && f < a->info.features; f++)
        if (dataset_missing(a, i, f) != dataset_missing(b, j, f))
            return false;
    return true;
}

uint32_t rows_find(struct rows *rows, const incline_dataset *from, uint32_t row, bool put)
{
    const uint64_t sum = hash(row_at(from, row), dataset_row_bytes(from));
    size_t slot = (size_t)sum & (rows->slot_count - 1);

    for (; rows->slots[slot] != 0; slot = (slot + 1) & (rows->slot_count - 1))
        if (rows->hashes[slot] == sum && equal(rows->dataset, rows->slots[slot] - 1, from, row))
            return rows->slots[slot] - 1;
    if (put) {
        rows->slots[slot] = row + 1;
        rows->hashes[slot] = sum;
    }
    return UINT32_MAX;
}

int incline_dataset_shared(const incline_dataset *dataset, const incline_dataset *other,
                           uint32_t *out)
{
    const struct incline_dataset_info *const a = &dataset->info, *const b = &other->info;
    struct rows rows = {0};
    uint32_t shared = 0;
    int rc = INCLINE_OK;

    if (a->features != b->features || a->bytes != b->bytes)
        return FAIL(INCLINE_ESHAPE,
                    "%s has %u features, %s, and %s %u, %s: their samples cannot be compared; read "
                    "one by the columns of the other",
                    a->name, a->features, a->bytes ? "bytes" : "floats", b->name, b->features,
                    b->bytes ? "bytes" : "floats");
    TRY(incline_dataset_ready(dataset));
    TRY(incline_dataset_ready(other));
    TRY(rows_open(other, &rows));
    for (uint32_t row = 0; row < b->rows; row++)
        (void)rows_find(&rows, other, row, true);
    for (uint32_t row = 0; row < a->rows; row++)
        shared += rows_find(&rows, dataset, row, false) != UINT32_MAX;
    *out = shared;
out:
    rows_close(&rows);
    return rc;
}
