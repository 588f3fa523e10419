/* save_text.c - data sets as text: separated values, and LIBSVM's pairs.
 *
 * A number is written with the fewest digits that give it again. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/data/save.h"
#include "host/util/decimal.h"
#include "host/util/status.h"

enum { NUMBER_BYTES = 40, PLAIN_BELOW = 100000 };

/* A column as it is written. */
struct cell {
    enum cell_kind { CELL_FEATURE, CELL_CATEGORY, CELL_LABEL, CELL_TARGET } kind;
    uint32_t index;              /* of the feature, the first feature, or the target */
    uint32_t at;                 /* where it stood in its table */
    const struct column *column; /* NULL without a table */
    const char *name;            /* NULL without one */
};

static void add_number(struct bytes *bytes, float value)
{
    char text[NUMBER_BYTES];

    if (value >= 0.0f && value < PLAIN_BELOW && value == (float)(int)value && !signbit(value)) {
        char digits[8];
        size_t used = sizeof digits;
        unsigned left = (unsigned)value;
        do {
            digits[--used] = (char)('0' + left % 10);
            left /= 10;
        } while (left > 0);
        bytes_add(bytes, digits + used, sizeof digits - used);
        return;
    }
    decimal_text(value, text, sizeof text);
    bytes_add(bytes, text, strlen(text));
}

/* A text in quotes, where it would mean something else without them. */
static void add_text(struct bytes *bytes, const char *text, char separator)
{
    const size_t length = strlen(text);
    const struct csv_cell plain = {.begin = text, .end = text + length};
    const bool spaces =
        length > 0 && (strchr(" \t", text[0]) != NULL || strchr(" \t", text[length - 1]) != NULL);

    if (!spaces && strpbrk(text, "\"\r\n\t") == NULL && strchr(text, separator) == NULL &&
        !csv_missing(&plain)) {
        bytes_add(bytes, text, length);
        return;
    }
    bytes_add(bytes, "\"", 1);
    for (const char *at = text; *at != '\0'; at++) {
        bytes_add(bytes, at, 1);
        if (*at == '"')
            bytes_add(bytes, "\"", 1);
    }
    bytes_add(bytes, "\"", 1);
}

static int by_place(const void *a, const void *b)
{
    const struct cell *const x = a, *const y = b;
    if (x->at != y->at)
        return (x->at > y->at) - (x->at < y->at);
    return (x->index > y->index) - (x->index < y->index);
}

/* The columns, cells[features + outputs + 1], as they stood in their table if all of them have
 * names; without names the answers come last, where they are looked for. Returns how many. */
static uint32_t list_cells(const struct save *save, struct cell *cells, bool *named)
{
    const incline_dataset *const set = save->dataset;
    const struct columns *const columns = &save->columns;
    const bool table = set->columns != NULL;
    const uint32_t count = table ? columns->feature_count : set->info.features;
    const uint32_t answers = set->labels != NULL ? 1 : set->info.outputs;
    uint32_t used = 0, feature = 0;

    *named = true;
    for (uint32_t i = 0; i < count; i++) {
        const struct column *const c = table ? &columns->features[i] : NULL;
        const bool category = c != NULL && c->values != NULL;
        cells[used++] = (struct cell){category ? CELL_CATEGORY : CELL_FEATURE, feature,
                                      c != NULL ? c->at : i, c, c != NULL ? c->name : NULL};
        feature += category ? c->value_count : 1;
        *named &= c != NULL && c->name != NULL;
    }
    for (uint32_t i = 0; i < answers; i++) {
        const struct column *const c =
            table && i < columns->target_count ? &columns->targets[i] : NULL;
        *named &= c != NULL && c->name != NULL;
        cells[used++] =
            (struct cell){set->labels != NULL ? CELL_LABEL : CELL_TARGET, i,
                          *named ? c->at : COLUMN_ABSENT, c, c != NULL ? c->name : NULL};
    }
    qsort(cells, used, sizeof *cells, by_place);
    return used;
}

static void add_cell(struct save *save, const struct cell *cell, uint32_t row, char separator)
{
    const incline_dataset *const set = save->dataset;
    uint32_t v = 0;

    switch (cell->kind) {
    case CELL_FEATURE:
        if (dataset_missing(set, row, cell->index))
            bytes_add(&save->bytes, "NA", 2);
        else
            add_number(&save->bytes, save_value(set, row, cell->index));
        return;
    case CELL_CATEGORY:
        while (v < cell->column->value_count && save_value(set, row, cell->index + v) == 0.0f)
            v++;
        if (v == cell->column->value_count)
            bytes_add(&save->bytes, "NA", 2);
        else
            add_text(&save->bytes, cell->column->values[v], separator);
        return;
    case CELL_LABEL:
        if (set->class_names != NULL)
            add_text(&save->bytes, set->class_names[set->labels[row]], separator);
        else
            bytes_print(&save->bytes, "%" PRIu32, set->labels[row]);
        return;
    case CELL_TARGET:
        add_number(&save->bytes, set->targets[(size_t)row * set->info.outputs + cell->index]);
    }
}

/* Note the target, where a table of these columns is taken to have another. */
static void lack_target(struct save *save, const struct cell *cells, uint32_t count, bool named)
{
    uint32_t chosen = count - 1, rank = COLUMN_ABSENT, answers = 0;

    for (uint32_t i = 0; i < count; i++) {
        answers += cells[i].kind == CELL_LABEL || cells[i].kind == CELL_TARGET;
        if (named && columns_claim_target(cells[i].name, &rank))
            chosen = i;
    }
    const enum cell_kind found = cells[chosen].kind;
    if (answers == 0)
        save_lacks_target(save, "none");
    else if (answers > 1)
        save_lacks(save, "a mark for the targets (say --target)");
    else if (found != CELL_LABEL && found != CELL_TARGET)
        save_lacks_target(save, save->columns.targets[0].name);
}

/* Note it, where the first line is not taken for what it is. */
static void lack_header(struct save *save, bool named)
{
    const char *const text = (const char *)save->bytes.data;
    const struct csv_options usual = {.header = INCLINE_HEADER_AUTO};
    struct csv_layout layout;

    if (save->bytes.failed)
        return;
    csv_look(text, text + save->bytes.count, &usual, &layout);
    if (layout.header != named)
        save_lacks(save, named ? "a mark for the header (say --header yes)"
                               : "a mark that there is no header (say --header no)");
}

int save_csv(struct save *save, char separator)
{
    const incline_dataset *const set = save->dataset;
    const size_t most = (size_t)set->info.features + set->info.outputs + 1;
    struct cell *const cells = malloc(most * sizeof *cells);
    bool named;

    if (cells == NULL)
        return FAIL(INCLINE_ENOMEM, "%s: no memory for %zu columns; close other programs",
                    save->path, most);
    const uint32_t count = list_cells(save, cells, &named);
    for (uint32_t i = 0; named && i < count; i++) {
        add_text(&save->bytes, cells[i].name, separator);
        bytes_add(&save->bytes, i + 1 < count ? &separator : "\n", 1);
    }
    for (uint32_t row = 0; row < set->info.rows && !save->bytes.failed; row++)
        for (uint32_t i = 0; i < count; i++) {
            add_cell(save, &cells[i], row, separator);
            bytes_add(&save->bytes, i + 1 < count ? &separator : "\n", 1);
        }
    if (set->info.image_rows > 0)
        save_lacks(save, "height and width of images (say --image)");
    lack_target(save, cells, count, named);
    lack_header(save, named);
    free(cells);
    return INCLINE_OK;
}

int save_svm(struct save *save)
{
    const incline_dataset *const set = save->dataset;
    const struct incline_dataset_info *const info = &set->info;

    if (info->outputs > 1)
        return FAIL(INCLINE_EARG,
                    "%s: LIBSVM's text has one target a row, and there are %" PRIu32
                    "; take another format, or one target with --target",
                    save->path, info->outputs);
    for (uint32_t row = 0; row < info->rows && !save->bytes.failed; row++) {
        if (set->targets != NULL)
            add_number(&save->bytes, set->targets[row]);
        else
            bytes_print(&save->bytes, "%" PRIu32, set->labels != NULL ? set->labels[row] : 0);
        for (uint32_t f = 0; f < info->features; f++) {
            const float value = save_value(set, row, f);
            /* The first row has the last feature in any case: it says how many there are. */
            if (value == 0.0f && !signbit(value) && (row > 0 || f + 1 < info->features))
                continue;
            bytes_print(&save->bytes, " %" PRIu32 ":", f + 1);
            add_number(&save->bytes, value);
        }
        bytes_add(&save->bytes, "\n", 1);
    }
    save_lacks_texts(save);
    if (set->missing != NULL)
        save_lacks(save, "missing values (they are the mean of their column now)");
    if (info->image_rows > 0)
        save_lacks(save, "height and width of images (say --image)");
    if (set->labels == NULL && set->targets == NULL)
        save_lacks(save, "rows without a label (it is 0 now)");
    return INCLINE_OK;
}
