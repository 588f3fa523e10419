/* columns_encode.c - from a table to a data set: numbers as they are, categories one-hot.
 *
 * A number that is missing becomes the mean of its column, as the columns have it: here that of the
 * whole table, in a model that of the rows it was trained on; see host/train/missing.h. A category
 * that is missing, or was not in that table, is zero in all of its features. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/data/columns.h"
#include "host/data/number.h"
#include "host/util/status.h"

/* A value of a column that is a number, and its place among the values. */
struct numbered {
    double value;
    uint32_t index;
};

static int by_value(const void *a, const void *b)
{
    const double x = ((const struct numbered *)a)->value, y = ((const struct numbered *)b)->value;
    return (x > y) - (x < y);
}

/* The values of a column that are numbers, rising: list[value_count]. Returns how many. */
static uint32_t list_numbers(const struct column *column, char point, struct numbered *list)
{
    uint32_t count = 0;
    for (uint32_t v = 0; v < column->value_count; v++) {
        const char *const text = column->values[v];
        if (number_is(text, strlen(text), point, &list[count].value))
            list[count++].index = v;
    }
    if (count > 0)
        qsort(list, count, sizeof *list, by_value);
    return count;
}

/* The place of a number among such values; COLUMN_ABSENT if it is none of them. */
static uint32_t find_number(const struct numbered *list, uint32_t count, double value)
{
    const struct numbered key = {value, 0};
    const struct numbered *const found =
        count > 0 ? bsearch(&key, list, count, sizeof key, by_value) : NULL;
    return found != NULL ? found->index : COLUMN_ABSENT;
}

/* number of a column's text -> index of its value; COLUMN_ABSENT where it is none. What is written
 * otherwise, but is the same number, is the same value. */
static int map_words(const struct table *table, const struct words *words,
                     const struct column *column, uint32_t **map)
{
    uint32_t *const made = malloc((words->count > 0 ? words->count : 1) * sizeof *made);
    struct numbered *const numbers = malloc(column->value_count * sizeof *numbers);
    const char point = table->point != '\0' ? table->point : '.';

    if (made == NULL || numbers == NULL) {
        free(made);
        free(numbers);
        return FAIL(INCLINE_ENOMEM, "no memory for %" PRIu32 " texts of a column", words->count);
    }
    for (uint32_t i = 0; i < words->count; i++)
        made[i] = COLUMN_ABSENT;
    for (uint32_t v = 0; v < column->value_count; v++) {
        const uint32_t number = words_find(words, column->values[v], strlen(column->values[v]));
        if (number != COLUMN_ABSENT)
            made[number] = v;
    }
    const uint32_t count = list_numbers(column, point, numbers);
    for (uint32_t i = 0; i < words->count && count > 0; i++) {
        double value;
        if (made[i] == COLUMN_ABSENT &&
            number_is(words->texts[i], strlen(words->texts[i]), point, &value))
            made[i] = find_number(numbers, count, value);
    }
    free(numbers);
    *map = made;
    return INCLINE_OK;
}

/* Note that the table has no value for this one; see struct incline_dataset. */
static void note_missing(incline_dataset *made, uint32_t row, uint32_t feature)
{
    const size_t at = (size_t)row * made->info.features + feature;
    made->missing[at / 8] |= (unsigned char)(1u << at % 8);
}

/* Room for such notes, where a column of features has something to note. */
static int allow_missing(const struct columns *columns, const struct table *table,
                         incline_dataset *made)
{
    const size_t bytes = ((size_t)made->info.rows * made->info.features + 7) / 8;
    bool any = false;

    for (uint32_t i = 0; i < columns->feature_count; i++)
        any |= table->columns[columns->features[i].at].missing > 0;
    made->missing = any ? calloc(bytes, 1) : NULL;
    return !any || made->missing != NULL
               ? INCLINE_OK
               : FAIL(INCLINE_ENOMEM,
                      "%s: %zu bytes to note which values are missing; close other "
                      "programs",
                      table->path, bytes);
}

/* The message for a text where the model's table had numbers. */
static int fail_text(const struct column *column, const struct table *table)
{
    const uint32_t row = table->columns[column->at].first_text;

    return FAIL(
        INCLINE_EFORMAT,
        "%s: %s is %s, where the table the model was trained on has numbers; mend the "
        "cell%s",
        table->path, table_place(table, row, column->at).text,
        table_infinite(table, row, column->at) ? "infinite" : "no number",
        table_may_lack_header(table, row) ? ", or say that line 1 is a header (--header yes)" : "");
}

/* The features that are numbers, row by row as they lie in memory. */
static int encode_numbers(const struct columns *columns, const struct table *table,
                          incline_dataset *made)
{
    const uint32_t features = made->info.features;

    for (uint32_t i = 0; i < columns->feature_count; i++) {
        const struct column *const column = &columns->features[i];
        const struct table_column *const found = &table->columns[column->at];
        if (column->values == NULL && found->texts > 0)
            return fail_text(column, table);
    }
    for (uint32_t row = 0; row < table->rows; row++) {
        const float *const cells = table->cells + (size_t)row * table->cols;
        float *const values = (float *)made->values + (size_t)row * features;
        for (uint32_t i = 0, f = 0; i < columns->feature_count; i++) {
            const struct column *const column = &columns->features[i];
            if (column->values == NULL) {
                const bool missing = isnan(cells[column->at]);
                values[f] = missing ? column->mean : cells[column->at];
                if (missing)
                    note_missing(made, row, f);
            }
            f += column_width(column);
        }
    }
    return INCLINE_OK;
}

/* Say once that a category has texts that the model was not trained on, of which `text` is one. */
static int tell_unseen(const struct table *table, uint32_t col, const char *text, uint32_t rows,
                       incline_dataset *made)
{
    char shown[40];

    dataset_copy_text(shown, sizeof shown, text != NULL ? text : "");
    return dataset_remark(made,
                          "%s: %s: %s%s%s in %" PRIu32 " row%s %s no category that the model was "
                          "trained on",
                          table->path, table_column_name(table, col).text,
                          text != NULL ? "\"" : "texts", shown,
                          text == NULL ? ""
                          : rows > 1   ? "\" and others"
                                       : "\"",
                          rows, rows > 1 ? "s" : "", rows > 1 ? "are" : "is");
}

/* A category, whose features begin at `first`.
 *   told  its unseen texts need not be told; set where they were */
static int encode_category(const struct column *column, const struct table *table,
                           const struct words *words, uint32_t *const *ids, uint32_t first,
                           bool *told, incline_dataset *made)
{
    const uint32_t features = made->info.features, at = column->at;
    /* Without one that is too many, texts without a number are those that are missing. */
    const bool few = words[at].count < words[at].most;
    const bool missing = table->columns[at].missing > 0;
    float *const values = made->values;
    const char *unseen = NULL;
    uint32_t unseen_rows = 0;
    uint32_t *map = NULL;

    int rc = map_words(table, &words[at], column, &map);
    if (rc != INCLINE_OK)
        return rc;
    for (uint32_t row = 0; row < table->rows; row++) {
        float *const hot = values + (size_t)row * features + first;
        memset(hot, 0, column->value_count * sizeof *hot);
        const uint32_t id = ids[at][row];
        if (id != COLUMN_ABSENT && map[id] != COLUMN_ABSENT) {
            hot[map[id]] = 1.0f;
        } else if (id != COLUMN_ABSENT || !few) {
            unseen = unseen == NULL && id != COLUMN_ABSENT ? words[at].texts[id] : unseen;
            unseen_rows++;
        } else if (missing) {
            note_missing(made, row, first);
        }
    }
    if (unseen_rows > 0 && !*told) {
        rc = tell_unseen(table, at, unseen, unseen_rows, made);
        *told = true;
    }
    free(map);
    return rc;
}

/* The message for a target that says nothing, or something new. */
static int fail_target(const struct table *table, uint32_t row, uint32_t col, bool missing)
{
    if (missing)
        return FAIL(INCLINE_EFORMAT, "%s: %s: the target is missing; fill it in or drop the row",
                    table->path, table_place(table, row, col).text);
    return FAIL(INCLINE_EFORMAT,
                "%s: %s: a class that the table the model was trained on does not have; train on "
                "one that has all classes, as `incline data split` makes them, mend the cell or "
                "drop the row",
                table->path, table_place(table, row, col).text);
}

/* Labels by text. */
static int label_texts(const struct column *column, const struct table *table,
                       const struct words *words, uint32_t *const *ids, incline_dataset *made)
{
    const uint32_t at = column->at;
    uint32_t *map = NULL;

    int rc = map_words(table, &words[at], column, &map);
    for (uint32_t row = 0; row < table->rows && rc == INCLINE_OK; row++) {
        const uint32_t id = ids[at][row];
        if (id == COLUMN_ABSENT || map[id] == COLUMN_ABSENT)
            rc = fail_target(table, row, at,
                             id == COLUMN_ABSENT && words[at].count < words[at].most);
        else
            made->labels[row] = map[id];
    }
    free(map);
    return rc;
}

/* Labels by the numbers that the classes are; without such names, the label is the number. */
static int label_numbers(const struct column *column, const struct table *table,
                         incline_dataset *made)
{
    struct numbered *const classes = malloc(column->value_count * sizeof *classes);
    int rc = INCLINE_OK;

    if (classes == NULL)
        return FAIL(INCLINE_ENOMEM, "%s: no memory for %" PRIu32 " classes", table->path,
                    column->value_count);
    const bool named = list_numbers(column, '.', classes) < column->value_count;
    for (uint32_t c = 0; named && c < column->value_count; c++)
        classes[c] = (struct numbered){c, c};
    for (uint32_t row = 0; row < table->rows && rc == INCLINE_OK; row++) {
        const float cell = table->cells[(size_t)row * table->cols + column->at];
        const uint32_t label =
            isnan(cell) ? COLUMN_ABSENT : find_number(classes, column->value_count, (double)cell);
        if (label == COLUMN_ABSENT)
            rc = fail_target(table, row, column->at, isnan(cell));
        else
            made->labels[row] = label;
    }
    free(classes);
    return rc;
}

/* True if the names of the classes say no more than their numbers. */
static bool plain_names(const struct column *column)
{
    for (uint32_t c = 0; c < column->value_count; c++) {
        double value;
        const char *const name = column->values[c];
        if (!number_is(name, strlen(name), '.', &value) || value != (double)c)
            return false;
    }
    return true;
}

static int encode_class(const struct column *column, const struct table *table,
                        const struct words *words, uint32_t *const *ids, incline_dataset *made)
{
    const bool numbers = table->columns[column->at].texts == 0 && ids[column->at] == NULL;
    const int rc =
        numbers ? label_numbers(column, table, made) : label_texts(column, table, words, ids, made);
    if (rc != INCLINE_OK || plain_names(column))
        return rc;
    return dataset_name_classes(made, (const char *const *)column->values);
}

/* Targets that are numbers. */
static int encode_targets(const struct columns *columns, const struct table *table,
                          incline_dataset *made)
{
    const uint32_t outputs = columns->target_count;
    bool named = true;

    for (uint32_t i = 0; i < outputs; i++) {
        const struct column *const target = &columns->targets[i];
        const struct table_column *const found = &table->columns[target->at];
        named &= target->name != NULL;
        if (found->texts > 0)
            return FAIL(INCLINE_EFORMAT, "%s: %s is a target and no number; mend the cell",
                        table->path, table_place(table, found->first_text, target->at).text);
        for (uint32_t row = 0; row < table->rows; row++) {
            const float cell = table->cells[(size_t)row * table->cols + target->at];
            if (isnan(cell))
                return fail_target(table, row, target->at, true);
            made->targets[(size_t)row * outputs + i] = cell;
        }
    }
    if (!named)
        return INCLINE_OK;
    const char **const names = malloc(outputs * sizeof *names);
    if (names == NULL)
        return FAIL(INCLINE_ENOMEM, "%s: no memory for the names of %" PRIu32 " targets",
                    table->path, outputs);
    for (uint32_t i = 0; i < outputs; i++)
        names[i] = columns->targets[i].name;
    const int rc = dataset_name_targets(made, names);
    free(names);
    return rc;
}

/* Pixels that are whole numbers from 0 to 255 are bytes, and the largest is white. */
static int as_bytes(incline_dataset *made)
{
    const size_t count = (size_t)made->info.rows * made->info.features;
    const float *const floats = made->values;
    float largest = 1.0f;

    for (size_t i = 0; i < count; i++) {
        if (!(floats[i] >= 0.0f && floats[i] <= 255.0f && floats[i] == (float)(int)floats[i]))
            return INCLINE_OK;
        largest = floats[i] > largest ? floats[i] : largest;
    }
    unsigned char *const bytes = dataset_room(count);
    if (bytes == NULL)
        return FAIL(INCLINE_ENOMEM, "%zu bytes for images; close other programs", count);
    for (size_t i = 0; i < count; i++)
        bytes[i] = (unsigned char)floats[i];
    free(made->values);
    made->values = bytes;
    made->info.bytes = true;
    made->info.scale = 1.0f / largest;
    return INCLINE_OK;
}

/* Note the first of the columns whose numbers were rounded. */
static void note_rounded(const struct table *table, const struct column *columns, uint32_t count,
                         incline_dataset *made)
{
    for (uint32_t i = 0; i < count && made->rounded[0] == '\0'; i++) {
        if (columns[i].at == COLUMN_ABSENT || !table->columns[columns[i].at].rounded)
            continue;
        if (columns[i].name != NULL)
            dataset_copy_text(made->rounded, sizeof made->rounded, columns[i].name);
        else
            snprintf(made->rounded, sizeof made->rounded, "column %" PRIu32, columns[i].at + 1);
    }
}

int columns_encode(const struct columns *columns, const struct table *table,
                   const struct words *words, uint32_t *const *ids, bool *told,
                   incline_dataset **dataset)
{
    const bool there = columns->target_count > 0 && columns->targets[0].at != COLUMN_ABSENT;
    const bool classes = there && columns_have_classes(columns);
    const struct incline_dataset_info info = {
        .rows = table->rows,
        .features = columns_encoded(columns),
        .classes = classes ? columns->targets[0].value_count : 0,
        .outputs = there && !classes ? columns->target_count : 0,
        .image_rows = columns->image_rows,
        .image_cols = columns->image_cols,
        .scale = 1.0f,
    };
    incline_dataset *made = NULL;
    uint32_t first = 0;
    int rc = INCLINE_OK;

    TRY(dataset_allocate(&info, &made));
    TRY(allow_missing(columns, table, made));
    TRY(encode_numbers(columns, table, made));
    for (uint32_t i = 0; i < columns->feature_count; i++) {
        const struct column *const feature = &columns->features[i];
        bool once = false;
        if (feature->values != NULL)
            TRY(encode_category(feature, table, words, ids, first, told != NULL ? &told[i] : &once,
                                made));
        first += column_width(feature);
    }
    if (classes)
        TRY(encode_class(&columns->targets[0], table, words, ids, made));
    if (info.outputs > 0)
        TRY(encode_targets(columns, table, made));
    note_rounded(table, columns->features, columns->feature_count, made);
    note_rounded(table, columns->targets, columns->target_count, made);
    if (info.image_rows > 0 && made->missing == NULL) /* a mean need not be a byte */
        TRY(as_bytes(made));
    *dataset = made;
    made = NULL;
out:
    incline_dataset_close(made);
    return rc;
}
