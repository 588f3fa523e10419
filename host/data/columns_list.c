/* columns_list.c - columns by name or number, and which one is the target if nobody says so. */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "host/data/columns.h"
#include "host/util/status.h"

/* The column of that name, or else of that number, from 1; *twice if it is not the only one. */
static uint32_t find_column(const struct table *table, const char *word, size_t length, bool *twice)
{
    uint32_t found = COLUMN_ABSENT;

    *twice = false;
    for (uint32_t col = 0; table->names != NULL && col < table->cols; col++)
        if (strncmp(table->names[col], word, length) == 0 && table->names[col][length] == '\0') {
            *twice |= found != COLUMN_ABSENT;
            found = found != COLUMN_ABSENT ? found : col;
        }
    if (found != COLUMN_ABSENT)
        return found;
    uint64_t number = 0;
    for (size_t i = 0; i < length; i++) {
        if (word[i] < '0' || word[i] > '9' || number > UINT32_MAX)
            return COLUMN_ABSENT;
        number = 10 * number + (uint64_t)(word[i] - '0');
    }
    return number >= 1 && number <= table->cols ? (uint32_t)number - 1 : COLUMN_ABSENT;
}

/* The message for a column that is not there. */
static int fail_column(const struct table *table, const char *what, const char *word, size_t length)
{
    char names[400] = "";
    size_t used = 0;

    if (table->names == NULL)
        return FAIL(INCLINE_EARG,
                    "%s: no column \"%.*s\" for the %s: there is no header, and columns are "
                    "numbered from 1 to %" PRIu32,
                    table->path, (int)(length < 80 ? length : 80), word, what, table->cols);
    for (uint32_t col = 0; col < table->cols && used < sizeof names - 8; col++) {
        dataset_copy_text(names + used, sizeof names - used - 6, col > 0 ? ", " : "");
        used += strlen(names + used);
        dataset_copy_text(names + used, sizeof names - used - 5, table->names[col]);
        used += strlen(names + used);
    }
    return FAIL(INCLINE_EARG,
                "%s: no column \"%.*s\" for the %s; there are %s%s, numbered from 1 to %" PRIu32,
                table->path, (int)(length < 80 ? length : 80), word, what, names,
                used >= sizeof names - 8 ? " ..." : "", table->cols);
}

int columns_list(const struct table *table, const char *what, const char *list, bool *marked,
                 uint32_t *order, uint32_t *count)
{
    for (const char *at = list;; at++) {
        const size_t length = strcspn(at, ",");
        bool twice;
        const uint32_t col = find_column(table, at, length, &twice);
        if (col == COLUMN_ABSENT)
            return fail_column(table, what, at, length);
        if (twice)
            return FAIL(INCLINE_EARG,
                        "%s: %s of the %s is not the only one of its name; say which by its number",
                        table->path, table_column_name(table, col).text, what);
        if (marked[col])
            return FAIL(INCLINE_EARG, "%s: %s is named twice", table->path,
                        table_column_name(table, col).text);
        marked[col] = true;
        if (order != NULL)
            order[(*count)++] = col;
        at += length;
        if (*at == '\0')
            return INCLINE_OK;
    }
}

bool columns_claim_target(const char *name, uint32_t *rank)
{
    static const char *const usual[] = {"label", "class", "target", "y"};

    for (uint32_t i = 0; i < sizeof usual / sizeof *usual && i <= *rank; i++)
        if (strcasecmp(name, usual[i]) == 0) {
            *rank = i;
            return true;
        }
    return false;
}

bool columns_void(const struct table *table, uint32_t col)
{
    return table->columns != NULL && table->columns[col].missing == table->rows &&
           (table->names == NULL || table->names[col][0] == '\0');
}

int columns_targets(const struct table *table, const struct incline_data_options *options,
                    bool *marked, uint32_t *order, uint32_t *count)
{
    uint32_t chosen = table->cols - 1, rank = COLUMN_ABSENT;

    if (options->target != NULL && strcmp(options->target, "none") == 0)
        return INCLINE_OK;
    if (options->target != NULL)
        return columns_list(table, "target", options->target, marked, order, count);
    if (table->no_target)
        return INCLINE_OK;
    while (chosen > 0 && columns_void(table, chosen))
        chosen--;
    if (table->target_first)
        chosen = 0;
    for (uint32_t col = 0; table->names != NULL && col < table->cols; col++)
        if (columns_claim_target(table->names[col], &rank))
            chosen = col;
    if (marked[chosen] || table->cols == 1) /* ignored, or all there is */
        return INCLINE_OK;
    marked[chosen] = true;
    order[(*count)++] = chosen;
    return INCLINE_OK;
}
