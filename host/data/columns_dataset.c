/* columns_dataset.c - a table read into a data set: its texts gathered, its columns chosen or found
 * again, then encoded. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "host/data/columns.h"
#include "host/util/status.h"

/* What is under way. */
struct making {
    const struct table *table;
    struct columns columns;
    bool *wanted, *target; /* [cols] */
    uint32_t *order;       /* [cols] */
    struct words *words;   /* [cols] */
    uint32_t **ids;        /* [cols] */
};

static int no_memory(const struct table *table)
{
    return FAIL(INCLINE_ENOMEM, "%s: no memory for %" PRIu32 " columns; close other programs",
                table->path, table->cols);
}

/* The texts of the wanted columns; of a target there may be more different ones. */
static int gather(struct making *making)
{
    const struct table *const table = making->table;

    for (uint32_t col = 0; col < table->cols; col++)
        making->words[col].most = 1u + (making->target[col] ? CLASSES_MOST : CATEGORIES_MOST);
    return table_words(table, making->wanted, making->words, making->ids);
}

static int choose(struct making *making, const struct incline_data_options *options)
{
    const struct table *const table = making->table;
    uint32_t targets = 0;
    int rc = INCLINE_OK;

    if (options->categories != NULL)
        TRY(columns_list(table, "list of categories", options->categories, making->wanted, NULL,
                         NULL));
    TRY(columns_targets(table, options, making->target, making->order, &targets));
    for (uint32_t col = 0; col < table->cols; col++)
        making->wanted[col] |=
            table->columns[col].texts > 0 ||
            (making->target[col] && options->target_type == INCLINE_TARGET_CLASSES &&
             !table->columns[col].whole);
    TRY(gather(making));
    rc = columns_choose(table, options, making->words, &making->columns);
out:
    return rc;
}

static int match(struct making *making, const char *text)
{
    const struct table *const table = making->table;
    struct columns *const columns = &making->columns;
    int rc = INCLINE_OK;

    TRY(columns_from_text(text, columns));
    TRY(columns_match(columns, table));
    for (uint32_t i = 0; i < columns->feature_count; i++)
        making->wanted[columns->features[i].at] |= columns->features[i].values != NULL;
    if (columns_have_classes(columns) && columns->targets[0].at != COLUMN_ABSENT) {
        const uint32_t at = columns->targets[0].at;
        making->target[at] = true;
        making->wanted[at] |= table->columns[at].texts > 0 || !table->columns[at].whole;
    }
    rc = gather(making);
out:
    return rc;
}

/* Say which columns of a table that is to be trained on have nothing in them. */
static int tell_empty(const struct making *making, incline_dataset *made)
{
    const struct table *const table = making->table;
    uint32_t count = 0, first = 0;

    for (uint32_t i = making->columns.feature_count; i-- > 0;) {
        const uint32_t at = making->columns.features[i].at;
        if (table->columns[at].missing < table->rows)
            continue;
        count++;
        first = at;
    }
    if (count == 0)
        return INCLINE_OK;
    return dataset_remark(made, "%s: %s%s has no value in any row, so nothing is learned from it",
                          table->path, table_column_name(table, first).text,
                          count > 1 ? ", as others," : "");
}

int columns_dataset(struct table *table, const struct incline_data_options *options, bool *told,
                    incline_dataset **dataset)
{
    struct making making = {.table = table,
                            .wanted = calloc(table->cols, sizeof *making.wanted),
                            .target = calloc(table->cols, sizeof *making.target),
                            .order = calloc(table->cols, sizeof *making.order),
                            .words = calloc(table->cols, sizeof *making.words),
                            .ids = calloc(table->cols, sizeof *making.ids)};
    incline_dataset *made = NULL;
    int rc = INCLINE_OK;

    if (making.wanted == NULL || making.target == NULL || making.order == NULL ||
        making.words == NULL || making.ids == NULL)
        TRY(no_memory(table));
    TRY(options->columns != NULL ? match(&making, options->columns) : choose(&making, options));
    TRY(columns_encode(&making.columns, table, making.words, making.ids, told, &made));
    if (options->columns == NULL)
        TRY(tell_empty(&making, made));
    if (options->columns == NULL)
        TRY(columns_to_text(&making.columns, &made->columns));
    else if ((made->columns = strdup(options->columns)) == NULL)
        TRY(no_memory(table));
    if (table->text != NULL)
        made->info.header = table->names != NULL ? INCLINE_HEADER_YES : INCLINE_HEADER_NO;
    *dataset = made;
    made = NULL;
out:
    incline_dataset_close(made);
    for (uint32_t col = 0; col < table->cols; col++) {
        if (making.words != NULL)
            words_clear(&making.words[col]);
        if (making.ids != NULL)
            free(making.ids[col]);
    }
    free(making.wanted);
    free(making.target);
    free(making.order);
    free(making.words);
    free(making.ids);
    columns_clear(&making.columns);
    table_clear(table);
    return rc;
}
