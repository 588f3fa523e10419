/* columns_match.c - the columns a network was trained on, found again in another table. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "host/data/columns.h"
#include "host/util/status.h"

void columns_follow(const struct columns *columns, struct csv_options *csv)
{
    if (csv->header == INCLINE_HEADER_AUTO)
        csv->header = columns->header;
    if (csv->separator == '\0')
        csv->separator = columns->separator;
    csv->known = columns;
}

static uint32_t find_name(const struct table *table, const char *name)
{
    uint32_t found = COLUMN_ABSENT;
    for (uint32_t col = 0; col < table->cols && found == COLUMN_ABSENT; col++)
        if (strcmp(table->names[col], name) == 0)
            found = col;
    return found;
}

/* Columns in the order in which they stand in the file are looked for where they were first. */
static uint32_t find_near(const struct table *table, const struct column *column)
{
    if (column->at < table->cols && strcmp(table->names[column->at], column->name) == 0)
        return column->at;
    return find_name(table, column->name);
}

/* True if a column of a name is not the only one, and does not stand where it was first. */
static bool is_twice(const struct table *table, uint32_t found, uint32_t first)
{
    bool twice = false;
    for (uint32_t col = 0; found != first && col < table->cols; col++)
        twice |= col != found && strcmp(table->names[col], table->names[found]) == 0;
    return twice;
}

static int match_names(struct columns *columns, const struct table *table)
{
    uint32_t absent = 0;

    for (uint32_t i = 0; i < columns->feature_count; i++) {
        struct column *const feature = &columns->features[i];
        const uint32_t first = feature->at;
        feature->at = find_near(table, feature);
        if (feature->at != COLUMN_ABSENT && is_twice(table, feature->at, first))
            return FAIL(INCLINE_ESHAPE,
                        "%s: has two columns \"%.100s\", and the model was trained on one; rename "
                        "the other",
                        table->path, feature->name);
        if (feature->at == COLUMN_ABSENT)
            return FAIL(INCLINE_ESHAPE,
                        "%s: has no column \"%.100s\", which the model was trained on; give it the "
                        "same columns, in any order",
                        table->path, feature->name);
    }
    for (uint32_t i = 0; i < columns->target_count; i++) {
        struct column *const target = &columns->targets[i];
        target->at = find_near(table, target);
        absent += target->at == COLUMN_ABSENT;
    }
    for (uint32_t i = 0; absent > 0 && i < columns->target_count; i++)
        if (absent < columns->target_count && columns->targets[i].at == COLUMN_ABSENT)
            return FAIL(INCLINE_ESHAPE,
                        "%s: has some of the targets, but not \"%.100s\"; add that column, or "
                        "leave the others out, too, to have them predicted",
                        table->path, columns->targets[i].name);
    return INCLINE_OK;
}

static int match_places(struct columns *columns, const struct table *table)
{
    if (table->cols == columns->cols)
        return INCLINE_OK;
    if (table->cols != columns->feature_count)
        return FAIL(INCLINE_ESHAPE,
                    "%s: has %" PRIu32 " columns, and the model was trained on a table of %" PRIu32
                    ", %" PRIu32 " of them features; give it these %" PRIu32 " columns in their "
                    "order, or the features alone",
                    table->path, table->cols, columns->cols, columns->feature_count, columns->cols);
    for (uint32_t i = 0; i < columns->feature_count; i++)
        columns->features[i].at = i;
    for (uint32_t i = 0; i < columns->target_count; i++)
        columns->targets[i].at = COLUMN_ABSENT;
    return INCLINE_OK;
}

int columns_match(struct columns *columns, const struct table *table)
{
    bool named = table->names != NULL;
    for (uint32_t i = 0; i < columns->feature_count; i++)
        named &= columns->features[i].name != NULL;
    for (uint32_t i = 0; i < columns->target_count; i++)
        named &= columns->targets[i].name != NULL;
    return named ? match_names(columns, table) : match_places(columns, table);
}
