/* missing.c - means of columns over the samples trained on, and a data set filled with them. */
#include "host/train/missing.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/data/columns.h"
#include "host/util/status.h"

/* The sum of a feature's numbers, and how many there are. */
struct sum {
    double sum;
    uint32_t count;
};

static void add_up(const incline_dataset *dataset, const struct split *split, struct sum *sums)
{
    const uint32_t features = dataset->info.features;

    for (uint32_t i = 0; i < split->train; i++) {
        const uint32_t row = split_row(split, i);
        const size_t first = (size_t)row * features;
        for (uint32_t f = 0; f < features; f++) {
            if (dataset_missing(dataset, row, f))
                continue;
            sums[f].sum += dataset->info.bytes
                               ? ((const uint8_t *)dataset->values)[first + f]
                               : (double)((const float *)dataset->values)[first + f];
            sums[f].count++;
        }
    }
}

int missing_work_out(incline_model *model, const incline_dataset *dataset,
                     const struct split *split)
{
    struct columns columns = {0};
    struct sum *sums = NULL;
    char *text = NULL;
    int rc = INCLINE_OK;

    if (dataset->columns == NULL)
        return INCLINE_OK;
    TRY(incline_dataset_ready(dataset));
    TRY(columns_from_text(dataset->columns, &columns));
    if (columns_are_pixels(&columns))
        goto out;
    assert(columns_encoded(&columns) == dataset->info.features);
    sums = calloc(dataset->info.features, sizeof *sums);
    if (sums == NULL)
        TRY(FAIL(INCLINE_ENOMEM, "no memory for the means of %u columns", dataset->info.features));
    add_up(dataset, split, sums);
    for (uint32_t i = 0, f = 0; i < columns.feature_count; i++) {
        struct column *const column = &columns.features[i];
        if (column->values == NULL)
            column->mean = sums[f].count > 0 ? (float)(sums[f].sum / sums[f].count) : 0.0f;
        f += column_width(column);
    }
    TRY(columns_to_text(&columns, &text));
    TRY(model_set_columns(model, text));
out:
    free(text);
    free(sums);
    columns_clear(&columns);
    return rc;
}

/* Columns without their means; NULL if there are none, or without memory. */
static char *without_means(const char *text_of_columns)
{
    struct columns columns = {0};
    char *text = NULL;

    if (text_of_columns[0] == '\0' || columns_from_text(text_of_columns, &columns) != INCLINE_OK)
        return NULL;
    for (uint32_t i = 0; i < columns.feature_count; i++)
        columns.features[i].mean = 0.0f;
    (void)columns_to_text(&columns, &text);
    columns_clear(&columns);
    return text;
}

bool missing_same_columns(const char *columns, const char *other)
{
    if (strcmp(columns, other) == 0)
        return true;
    char *const one = without_means(columns), *const two = without_means(other);
    const bool same = one != NULL && two != NULL && strcmp(one, two) == 0;
    free(one);
    free(two);
    return same;
}

bool incline_model_same_columns(const incline_model *model, const incline_model *other)
{
    return missing_same_columns(incline_model_columns(model), incline_model_columns(other));
}

/* Put the means where numbers are missing. */
static void put_means(const struct columns *columns, struct incline_dataset *set)
{
    float *const values = set->values;

    for (uint32_t i = 0, f = 0; i < columns->feature_count; i++) {
        const struct column *const column = &columns->features[i];
        for (uint32_t row = 0; column->values == NULL && row < set->info.rows; row++)
            if (dataset_missing(set, row, f))
                values[(size_t)row * set->info.features + f] = column->mean;
        f += column_width(column);
    }
}

int missing_fill(const incline_model *model, const incline_dataset *dataset, struct filled *filled,
                 const incline_dataset **seen)
{
    const char *const own = incline_model_columns(model);
    struct columns columns = {0};
    int rc = INCLINE_OK;

    *seen = dataset;
    if (dataset->missing == NULL || own[0] == '\0' ||
        strcmp(own, incline_dataset_columns(dataset)) == 0)
        return INCLINE_OK;
    TRY(columns_from_text(own, &columns));
    if (columns_encoded(&columns) != dataset->info.features)
        TRY(FAIL(INCLINE_EFORMAT,
                 "the model's columns are %u features, %s has %u; copy the model again",
                 columns_encoded(&columns), dataset->info.name, dataset->info.features));
    assert(!dataset->info.bytes);
    const size_t bytes = dataset->info.rows * dataset_row_bytes(dataset);
    void *const values = dataset_room(bytes);
    if (values == NULL)
        TRY(FAIL(INCLINE_ENOMEM,
                 "%zu bytes for %s with means for what it lacks; close other programs", bytes,
                 dataset->info.name));
    memcpy(values, dataset->values, bytes);
    filled->set = *dataset;
    filled->set.values = values;
    put_means(&columns, &filled->set);
    *seen = &filled->set;
out:
    columns_clear(&columns);
    return rc;
}

void missing_clear(struct filled *filled)
{
    free(filled->set.values);
    memset(filled, 0, sizeof *filled);
}
