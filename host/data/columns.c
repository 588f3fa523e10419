/* columns.c - which columns of a table are features and targets, and of what kind. */
#include "host/data/columns.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/util/status.h"

static void clear_all(struct column *list, uint32_t count)
{
    for (uint32_t i = 0; list != NULL && i < count; i++) {
        for (uint32_t v = 0; list[i].values != NULL && v < list[i].value_count; v++)
            free(list[i].values[v]);
        free(list[i].values);
        free(list[i].name);
    }
    free(list);
}

void columns_clear(struct columns *columns)
{
    clear_all(columns->features, columns->feature_count);
    clear_all(columns->targets, columns->target_count);
    memset(columns, 0, sizeof *columns);
}

void columns_drop_targets(struct columns *columns)
{
    clear_all(columns->targets, columns->target_count);
    columns->targets = NULL;
    columns->target_count = 0;
}

uint32_t columns_encoded(const struct columns *columns)
{
    uint64_t features = 0;
    for (uint32_t i = 0; i < columns->feature_count; i++)
        features += column_width(&columns->features[i]);
    return features <= COLUMNS_FEATURES_MOST ? (uint32_t)features : UINT32_MAX;
}

bool columns_have_classes(const struct columns *columns)
{
    return columns->target_count == 1 && columns->targets[0].values != NULL;
}

static int no_memory(const struct table *table)
{
    return FAIL(INCLINE_ENOMEM,
                "%s: no memory to describe %" PRIu32 " columns; close other programs", table->path,
                table->cols);
}

static char *copy_text(const char *text)
{
    char *const copy = malloc(strlen(text) + 1);
    return copy != NULL ? strcpy(copy, text) : NULL;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int by_number(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* The different texts of a column, sorted, become its values. */
static int take_words(const struct table *table, const struct words *words, struct column *column)
{
    column->values = calloc(words->count > 0 ? words->count : 1, sizeof *column->values);
    for (uint32_t i = 0; column->values != NULL && i < words->count; i++) {
        column->values[i] = copy_text(words->texts[i]);
        column->value_count = i + 1;
        if (column->values[i] == NULL)
            return no_memory(table);
    }
    if (column->values == NULL)
        return no_memory(table);
    qsort(column->values, column->value_count, sizeof *column->values, by_text);
    return INCLINE_OK;
}

/* The different numbers of column `col`, rising, at most `most` of them: numbers[most + 1].
 * Their count, or most + 1 if there are more. */
static uint32_t different_numbers(const struct table *table, uint32_t col, uint32_t most,
                                  float *numbers)
{
    uint32_t count = 0;
    for (uint32_t row = 0; row < table->rows && count <= most; row++) {
        const float value = table->cells[(size_t)row * table->cols + col];
        if (isnan(value) || bsearch(&value, numbers, count, sizeof *numbers, by_number) != NULL)
            continue;
        numbers[count++] = value;
        qsort(numbers, count, sizeof *numbers, by_number);
    }
    return count;
}

/* Whole numbers as classes, named as they are written, or as the file names them. */
static int take_whole(const struct table *table, const float *numbers, uint32_t count,
                      struct column *column)
{
    const bool named = table->class_count > 0 && count <= table->class_count && numbers[0] >= 0 &&
                       numbers[count - 1] < (float)table->class_count;
    const uint32_t classes = named ? table->class_count : count;
    char number[32];

    column->values = calloc(classes, sizeof *column->values);
    for (uint32_t i = 0; column->values != NULL && i < classes; i++) {
        snprintf(number, sizeof number, "%.0f", (double)numbers[named ? 0 : i]);
        column->values[i] = copy_text(named ? table->class_names[i] : number);
        column->value_count = i + 1;
        if (column->values[i] == NULL)
            return no_memory(table);
    }
    return column->values == NULL ? no_memory(table) : INCLINE_OK;
}

/* A column of numbers with few texts among them is a mistake, not a category. */
static int check_mixture(const struct table *table, uint32_t col)
{
    const struct table_column *const column = &table->columns[col];

    if (column->texts == 0 || column->texts > column->numbers)
        return INCLINE_OK;
    return FAIL(INCLINE_EFORMAT,
                "%s: %s is %s, while %" PRIu32 " other cells of the column are numbers; mend the "
                "cell, leave it empty if it is not known, %sor name the column as one of "
                "categories",
                table->path, table_place(table, column->first_text, col).text,
                table_infinite(table, column->first_text, col) ? "infinite" : "no number",
                column->numbers,
                table_may_lack_header(table, column->first_text)
                    ? "say that line 1 is a header (--header yes), "
                    : "");
}

static int choose_feature(const struct table *table, uint32_t col, bool category,
                          const struct words *words, struct column *column)
{
    const struct table_column *const found = &table->columns[col];

    column->at = col;
    if (table->names != NULL && (column->name = copy_text(table->names[col])) == NULL)
        return no_memory(table);
    if (!category) {
        const int rc = check_mixture(table, col);
        if (rc != INCLINE_OK)
            return rc;
        if (found->texts == 0) {
            column->mean = found->numbers > 0 ? (float)(found->sum / found->numbers) : 0.0f;
            return INCLINE_OK;
        }
    }
    if (words[col].count == 0)
        return FAIL(
            INCLINE_EARG,
            "%s: %s has no texts that could be categories; name it as one only where it has",
            table->path, table_column_name(table, col).text);
    if (words[col].count >= words[col].most)
        return FAIL(INCLINE_EFORMAT,
                    "%s: %s has more than %d different texts, too many for categories; leave the "
                    "column out (--ignore %" PRIu32 "), or write it as numbers",
                    table->path, table_column_name(table, col).text, CATEGORIES_MOST, col + 1);
    return take_words(table, &words[col], column);
}

static int choose_target(const struct table *table, uint32_t col,
                         const struct incline_data_options *options, bool only,
                         const struct words *words, struct column *column)
{
    const struct table_column *const found = &table->columns[col];
    float numbers[WHOLE_CLASSES_MOST + 1];
    const struct table_place place = table_column_name(table, col);

    column->at = col;
    if (table->names != NULL && (column->name = copy_text(table->names[col])) == NULL)
        return no_memory(table);
    if (found->missing == table->rows)
        return FAIL(INCLINE_EFORMAT, "%s: %s is the target and empty", table->path, place.text);
    const bool numbers_asked = options->target_type == INCLINE_TARGET_NUMBERS || !only;
    if (found->texts > 0 && numbers_asked)
        return FAIL(INCLINE_EFORMAT, "%s: %s is a target and no number", table->path,
                    table_place(table, found->first_text, col).text);
    if (numbers_asked)
        return INCLINE_OK;
    const int rc =
        options->target_type != INCLINE_TARGET_CLASSES ? check_mixture(table, col) : INCLINE_OK;
    if (rc != INCLINE_OK)
        return rc;
    const uint32_t different =
        found->texts > 0 ? 0 : different_numbers(table, col, WHOLE_CLASSES_MOST, numbers);
    const bool asked = options->target_type == INCLINE_TARGET_CLASSES;
    const bool few =
        different <= WHOLE_CLASSES_MOST &&
        (asked ||
         ((different <= WHOLE_CLASSES_LIKELY || different <= table->rows / WHOLE_CLASSES_ROWS) &&
          different <= table->rows / 2));
    if (found->texts == 0 && found->whole && few)
        return take_whole(table, numbers, different, column);
    if (found->texts == 0 && options->target_type != INCLINE_TARGET_CLASSES)
        return INCLINE_OK;
    if (words[col].count == 0)
        return FAIL(INCLINE_EFORMAT,
                    "%s: %s has %s; classes want at most %d different whole numbers", table->path,
                    place.text,
                    found->whole ? "too many different numbers" : "numbers with fractions",
                    WHOLE_CLASSES_MOST);
    if (words[col].count >= words[col].most)
        return FAIL(INCLINE_EFORMAT,
                    "%s: %s has more than %d different classes; name another target", table->path,
                    place.text, CLASSES_MOST);
    return take_words(table, &words[col], column);
}

/* Two columns of one name cannot be told apart, unless one of them is left out. */
static int check_names(const struct table *table, const bool *ignored)
{
    struct words names = {.most = UINT32_MAX};
    int rc = INCLINE_OK;

    for (uint32_t col = 0; table->names != NULL && col < table->cols; col++) {
        const char *const name = table->names[col];
        uint32_t number;
        if (ignored[col] || name[0] == '\0')
            continue;
        const uint32_t before = names.count;
        TRY(words_add(&names, name, strlen(name), &number));
        if (names.count > before)
            continue;
        uint32_t first = 0;
        while (ignored[first] || strcmp(table->names[first], name) != 0)
            first++;
        rc = FAIL(INCLINE_EFORMAT,
                  "%s: %s has the name of column %" PRIu32 "; rename one, or leave one out by its "
                  "number (--ignore %" PRIu32 ")",
                  table->path, table_column_name(table, col).text, first + 1, col + 1);
        goto out;
    }
out:
    words_clear(&names);
    return rc;
}

/* Marks of the columns of a table; order is that of the targets. */
struct marks {
    bool *ignored, *category, *target;
    uint32_t *order;
};

/* True for text that reads as a table, but says nothing that could be learned. */
static bool is_prose(const struct table *table)
{
    uint32_t texts = 0;
    for (uint32_t col = 0; col < table->cols; col++)
        texts += table->columns[col].texts > 0;
    return texts == table->cols && (table->cols == 1 || table->rows == 1);
}

/* True if every column is a feature, so that a row that is an image stays one. */
static bool marks_none(const struct incline_data_options *options)
{
    return (options->target == NULL || strcmp(options->target, "none") == 0) &&
           options->ignore == NULL;
}

static int choose(const struct table *table, const struct incline_data_options *options,
                  const struct words *words, struct marks *marks, struct columns *columns)
{
    uint32_t targets = 0;
    int rc = INCLINE_OK;

    if (columns->image_rows == 0 && marks_none(options)) {
        columns->image_rows = table->image_rows;
        columns->image_cols = table->image_cols;
    }
    if (is_prose(table))
        return FAIL(INCLINE_EFORMAT,
                    "%s: no table: a single %s; name a table, an IDX file or a model", table->path,
                    table->cols == 1 ? "column of texts"
                                     : "row of texts, or a header without rows");
    if (options->ignore != NULL)
        TRY(columns_list(table, "list of ignored columns", options->ignore, marks->ignored, NULL,
                         NULL));
    TRY(check_names(table, marks->ignored));
    if (options->categories != NULL)
        TRY(columns_list(table, "list of categories", options->categories, marks->category, NULL,
                         NULL));
    memcpy(marks->target, marks->ignored, table->cols * sizeof *marks->target);
    TRY(columns_targets(table, options, marks->target, marks->order, &targets));
    columns->features = calloc(table->cols, sizeof *columns->features);
    columns->targets = calloc(targets > 0 ? targets : 1, sizeof *columns->targets);
    if (columns->features == NULL || columns->targets == NULL)
        TRY(no_memory(table));
    for (uint32_t col = 0; col < table->cols; col++)
        if (!marks->target[col] && !columns_void(table, col)) /* nor ignored */
            TRY(choose_feature(table, col, marks->category[col], words,
                               &columns->features[columns->feature_count++]));
    for (uint32_t i = 0; i < targets; i++)
        TRY(choose_target(table, marks->order[i], options, targets == 1, words,
                          &columns->targets[columns->target_count++]));
    if (columns_encoded(columns) == 0 || columns_encoded(columns) == UINT32_MAX)
        rc = FAIL(INCLINE_EFORMAT,
                  columns->feature_count == 0 ? "%s: no column is left to learn from, of %" PRIu32
                                              : "%s: the %" PRIu32
                                                " columns make no features, or too many",
                  table->path, table->cols);
out:
    return rc;
}

int columns_choose(const struct table *table, const struct incline_data_options *options,
                   const struct words *words, struct columns *out)
{
    struct columns columns = {.cols = table->cols,
                              .from_zero = table->from_zero,
                              .header = options->header,
                              .separator = options->separator,
                              .image_rows = options->image_rows,
                              .image_cols = options->image_cols};
    struct marks marks = {.ignored = calloc(table->cols, sizeof(bool)),
                          .category = calloc(table->cols, sizeof(bool)),
                          .target = calloc(table->cols, sizeof(bool)),
                          .order = calloc(table->cols, sizeof(uint32_t))};
    int rc = INCLINE_OK;

    if (marks.ignored == NULL || marks.category == NULL || marks.target == NULL ||
        marks.order == NULL)
        TRY(no_memory(table));
    TRY(choose(table, options, words, &marks, &columns));
    const uint64_t pixels = (uint64_t)columns.image_rows * columns.image_cols;
    if (pixels != 0 && pixels != columns_encoded(&columns)) {
        rc = FAIL(INCLINE_EARG,
                  "%s: images of %" PRIu32 "x%" PRIu32 " have %" PRIu64 " pixels, but the table "
                  "has %" PRIu32 " features; state another size",
                  table->path, columns.image_rows, columns.image_cols, pixels,
                  columns_encoded(&columns));
        goto out;
    }
    *out = columns;
    memset(&columns, 0, sizeof columns);
out:
    free(marks.ignored);
    free(marks.category);
    free(marks.target);
    free(marks.order);
    columns_clear(&columns);
    return rc;
}
