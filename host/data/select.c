/* select.c - some of the samples of a data set as a data set of their own. */
#include <stdlib.h>
#include <string.h>

#include "host/data/room.h"
#include "host/util/status.h"

/* Which of the chosen values the table did not have. */
static int select_missing(const incline_dataset *dataset, const uint32_t *rows,
                          incline_dataset *made)
{
    const size_t features = made->info.features, count = made->info.rows * features;

    if (dataset->missing == NULL)
        return INCLINE_OK;
    made->missing = calloc(count / 8 + 1, 1);
    if (made->missing == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for what is missing of %zu values", count);
    for (size_t at = 0; at < count; at++)
        if (dataset_missing(dataset, rows[at / features], (uint32_t)(at % features)))
            made->missing[at / 8] |= (unsigned char)(1u << at % 8);
    return INCLINE_OK;
}

int dataset_select(const incline_dataset *dataset, const uint32_t *rows, uint32_t count,
                   incline_dataset **out)
{
    struct incline_dataset_info info = dataset->info;
    const size_t width = dataset_row_bytes(dataset);
    const unsigned char *const values = dataset->values;
    incline_dataset *made = NULL;
    int rc = INCLINE_OK;

    info.rows = count;
    TRY(dataset_allocate(&info, &made));
    for (uint32_t i = 0; i < count; i++) {
        memcpy((unsigned char *)made->values + i * width, values + rows[i] * width, width);
        if (dataset->labels != NULL)
            made->labels[i] = dataset->labels[rows[i]];
        if (dataset->targets != NULL)
            memcpy(made->targets + (size_t)i * info.outputs,
                   dataset->targets + (size_t)rows[i] * info.outputs,
                   info.outputs * sizeof *made->targets);
    }
    memcpy(made->rounded, dataset->rounded, sizeof made->rounded);
    TRY(select_missing(dataset, rows, made));
    if (dataset->class_names != NULL)
        TRY(dataset_name_classes(made, (const char *const *)dataset->class_names));
    if (dataset->target_names != NULL)
        TRY(dataset_name_targets(made, (const char *const *)dataset->target_names));
    *out = made;
    made = NULL;
out:
    incline_dataset_close(made);
    return rc;
}
