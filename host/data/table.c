/* table.c - a table in memory: its cells, where they stand in the file, the texts of its columns.
 */
#include "host/data/table.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/util/size.h"
#include "host/util/status.h"

/* Floats hold whole numbers exactly below this. */
#define WHOLE_BELOW 16777216.0f

int table_allocate(struct table *table, uint32_t rows, uint32_t cols)
{
    size_t count, bytes;

    if (!size_mul(rows, cols, &count) || !size_mul(count, sizeof *table->cells, &bytes))
        return FAIL(INCLINE_ENOMEM,
                    "%s: %" PRIu32 " rows of %" PRIu32 " cells are more bytes than "
                    "can be counted; use fewer",
                    table->path, rows, cols);
    table->cells = dataset_room(bytes);
    table->columns = calloc(cols > 0 ? cols : 1, sizeof *table->columns);
    if (table->cells == NULL || table->columns == NULL)
        return FAIL(INCLINE_ENOMEM,
                    "%s: %zu bytes for %" PRIu32 " rows of %" PRIu32 " cells; use fewer or close "
                    "other programs",
                    table->path, bytes, rows, cols);
    for (uint32_t c = 0; c < cols; c++)
        table->columns[c].whole = true;
    table->rows = rows;
    table->cols = cols;
    return INCLINE_OK;
}

void table_clear(struct table *table)
{
    for (uint32_t c = 0; table->names != NULL && c < table->cols; c++)
        free(table->names[c]);
    for (uint32_t c = 0; c < table->class_count; c++)
        free(table->class_names[c]);
    free(table->class_names);
    free(table->names);
    free(table->cells);
    free(table->columns);
    free(table->text);
    free(table->starts);
    memset(table, 0, sizeof *table);
}

int table_copy_names(struct table *table, const struct table *from)
{
    if (from->names == NULL)
        return INCLINE_OK;
    table->names = calloc(table->cols, sizeof *table->names);
    bool all = table->names != NULL;
    for (uint32_t col = 0; all && col < table->cols; col++) {
        table->names[col] = strdup(from->names[col]);
        all = table->names[col] != NULL;
    }
    if (!all)
        return FAIL(INCLINE_ENOMEM, "%s: no memory for the names of %" PRIu32 " columns",
                    table->path, table->cols);
    return INCLINE_OK;
}

void table_put_number(struct table *table, uint32_t row, uint32_t col, double value)
{
    struct table_column *const column = &table->columns[col];
    const float number = (float)value;

    table->cells[(size_t)row * table->cols + col] = number;
    if (column->whole)
        column->whole = (double)number == value && fabsf(number) < WHOLE_BELOW &&
                        (float)(int32_t)number == number;
    if (fabsf(number) >= WHOLE_BELOW && (double)number != value && value == nearbyint(value))
        column->rounded = true;
}

void table_finish(struct table *table)
{
    for (uint32_t col = 0; col < table->cols; col++) {
        struct table_column *const column = &table->columns[col];
        column->numbers = table->rows - column->texts - column->missing;
    }
    for (uint32_t row = 0; row < table->rows; row++)
        for (uint32_t col = 0; col < table->cols; col++) {
            const float cell = table->cells[(size_t)row * table->cols + col];
            table->columns[col].sum += isnan(cell) ? 0.0 : (double)cell;
        }
}

void table_put_missing(struct table *table, uint32_t row, uint32_t col)
{
    table->cells[(size_t)row * table->cols + col] = NAN;
    table->columns[col].missing++;
}

void table_put_text(struct table *table, uint32_t row, uint32_t col)
{
    struct table_column *const column = &table->columns[col];

    table->cells[(size_t)row * table->cols + col] = NAN;
    if (column->texts++ == 0)
        column->first_text = row;
}

struct table_place table_column_name(const struct table *table, uint32_t col)
{
    struct table_place place;
    const bool named = table->names != NULL && col < table->cols; /* a row may be too long */
    char name[80] = "";

    if (named)
        dataset_copy_text(name, sizeof name, table->names[col]);
    snprintf(place.text, sizeof place.text, "column %" PRIu32 "%s%s%s", col + 1, named ? " (" : "",
             name, named ? ")" : "");
    return place;
}

struct table_place table_place(const struct table *table, uint32_t row, uint32_t col)
{
    const struct table_place column = table_column_name(table, col);
    struct table_place place;

    if (table->text != NULL)
        snprintf(place.text, sizeof place.text, "line %zu, %.130s",
                 table->line + csv_line(table->text, table->starts[row]), column.text);
    else
        snprintf(place.text, sizeof place.text, "row %" PRIu32 ", %.130s", row + 1, column.text);
    return place;
}

bool table_may_lack_header(const struct table *table, uint32_t row)
{
    return row == 0 && table->text != NULL && !table->later && table->names == NULL;
}

bool table_infinite(const struct table *table, uint32_t row, uint32_t col)
{
    const char *const end = table->text + table->bytes;
    const char *at = csv_row_begin(table->text + table->starts[row], end, table->separator);
    struct csv_cell cell;

    for (uint32_t i = 0; i <= col; i++)
        (void)csv_next(&at, end, table->separator, &cell);
    return csv_infinite(&cell);
}

bool text_is_utf8(const char *bytes, size_t length)
{
    const unsigned char *at = (const unsigned char *)bytes, *const end = at + length;

    while (at < end) {
        const unsigned char lead = *at++;
        if (lead < 0x80) {
            if ((lead < 0x20 && lead != '\t' && lead != '\n' && lead != '\r') || lead == 0x7f)
                return false;
            continue;
        }
        const int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
        uint32_t code = lead & (0x3fu >> more);
        if (lead < 0xc2 || lead > 0xf4 || end - at < more)
            return false;
        for (int i = 0; i < more; i++, at++) {
            if ((*at & 0xc0) != 0x80)
                return false;
            code = code << 6 | (*at & 0x3fu);
        }
        if ((more == 2 && code < 0x800) || (more == 3 && code < 0x10000) || code > 0x10ffff ||
            (code >= 0xd800 && code < 0xe000))
            return false;
    }
    return true;
}

/* The texts of the wanted columns of one row. `text` has room for the longest of its cells. */
static int row_words(const struct table *table, uint32_t row, const bool *wanted,
                     struct words *words, uint32_t **ids, char *text)
{
    const char *const end = table->text + table->bytes;
    const char *at = csv_row_begin(table->text + table->starts[row], end, table->separator);

    for (uint32_t col = 0; col < table->cols; col++) {
        struct csv_cell cell;
        (void)csv_next(&at, end, table->separator, &cell); /* was read before, so it is right */
        if (!wanted[col] || csv_missing(&cell))
            continue;
        const size_t length = csv_text(&cell, text);
        if (!text_is_utf8(text, length))
            return FAIL(INCLINE_EFORMAT,
                        "%s: %s: not UTF-8, or a control character; convert the file, as with "
                        "iconv -f latin1 -t utf-8",
                        table->path, table_place(table, row, col).text);
        const int rc = words_add(&words[col], text, length, &ids[col][row]);
        if (rc != INCLINE_OK)
            return rc;
    }
    return INCLINE_OK;
}

int table_words(const struct table *table, const bool *wanted, struct words *words, uint32_t **ids)
{
    bool any = false;
    char *text = NULL;
    int rc = INCLINE_OK;

    for (uint32_t col = 0; col < table->cols; col++) {
        if (!wanted[col])
            continue;
        any = true;
        ids[col] = malloc((size_t)table->rows * sizeof *ids[col]);
        if (ids[col] == NULL)
            return FAIL(INCLINE_ENOMEM, "%s: no memory for the texts of %s; close other programs",
                        table->path, table_column_name(table, col).text);
        for (uint32_t row = 0; row < table->rows; row++)
            ids[col][row] = UINT32_MAX;
    }
    if (!any || table->text == NULL)
        return INCLINE_OK;

    size_t longest = 0;
    for (uint32_t row = 0; row < table->rows; row++) {
        const size_t next = row + 1 < table->rows ? table->starts[row + 1] : table->bytes;
        longest = next - table->starts[row] > longest ? next - table->starts[row] : longest;
    }
    text = malloc(longest + 1);
    if (text == NULL)
        return FAIL(INCLINE_ENOMEM, "%s: %zu bytes for a row; close other programs", table->path,
                    longest);
    for (uint32_t row = 0; row < table->rows && rc == INCLINE_OK; row++)
        rc = row_words(table, row, wanted, words, ids, text);
    free(text);
    return rc;
}
