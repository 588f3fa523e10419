/* csv.c - tables of separated values: comma, semicolon, tab, bar or spaces between the cells.
 *
 * One pass over the text: a cell that is a plain number is read where it stands, all others are
 * taken apart first. Numbers have a point, or, where semicolons separate, a comma. */
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/data/number.h"
#include "host/data/table.h"
#include "host/util/size.h"
#include "host/util/status.h"

enum { CLASS_NAMES_MOST = 4096 };

/* A table under way. */
struct reader {
    struct table *table;
    struct csv_layout layout;
    const char *at, *end;
    uint32_t rows;             /* read so far */
    const struct table *after; /* of csv_options, as is */
    bool may_lack_rows;
};

static size_t line_of(const struct reader *reader, const char *at)
{
    return reader->table->line + csv_line(reader->table->text, (size_t)(at - reader->table->text));
}

/* Text that no table is: UTF-16 by its mark, or bytes that are zero. */
static int check_text(const struct table *table)
{
    const unsigned char *const bytes = (const unsigned char *)table->text;

    if (table->bytes >= 2 && (bytes[0] ^ bytes[1]) == 1 && bytes[0] >= 0xfe)
        return FAIL(INCLINE_EFORMAT,
                    "%s: is UTF-16; convert the file, as with iconv -f utf-16 -t utf-8",
                    table->path);
    const unsigned char *const zero = memchr(bytes, 0, table->bytes);
    if (zero != NULL)
        return FAIL(INCLINE_EFORMAT,
                    "%s: byte %zu is zero, so this is no table of separated values; name a file "
                    "of a kind that `incline inspect --help` lists",
                    table->path, (size_t)(zero - bytes));
    return INCLINE_OK;
}

/* Cells of the first row, which all others must have. */
static int count_cells(struct reader *reader, uint32_t *cols)
{
    const char separator = reader->layout.separator;
    const char *at = csv_row_begin(reader->at, reader->end, separator);
    struct csv_cell cell = {.last = false};

    for (*cols = 0; !cell.last; ++*cols) {
        const char *const fault = csv_next(&at, reader->end, separator, &cell);
        if (fault != NULL || *cols == TABLE_COLS_MOST)
            return FAIL(INCLINE_EFORMAT, "%s: line %zu, column %" PRIu32 ": %s",
                        reader->table->path, line_of(reader, reader->at), *cols + 1,
                        fault != NULL ? fault : "more cells than a table may have, 1048576");
    }
    return INCLINE_OK;
}

/* cell[] as a text of its own; NULL without memory. */
static char *copy_cell(const struct csv_cell *cell)
{
    char *const copy = malloc((size_t)(cell->end - cell->begin) + 1);
    if (copy != NULL)
        copy[csv_text(cell, copy)] = '\0';
    return copy;
}

static int read_header(struct reader *reader)
{
    struct table *const table = reader->table;
    struct csv_cell cell;

    table->names = calloc(table->cols, sizeof *table->names);
    reader->at = csv_row_begin(reader->at, reader->end, reader->layout.separator);
    for (uint32_t col = 0; col < table->cols && table->names != NULL; col++) {
        (void)csv_next(&reader->at, reader->end, reader->layout.separator, &cell);
        table->names[col] = copy_cell(&cell);
        if (table->names[col] == NULL)
            break;
        if (!text_is_utf8(table->names[col], strlen(table->names[col])))
            return FAIL(INCLINE_EFORMAT,
                        "%s: line 1, column %" PRIu32 ": its name is not UTF-8; convert the file, "
                        "as with iconv -f latin1 -t utf-8",
                        table->path, col + 1);
    }
    if (table->names == NULL || table->names[table->cols - 1] == NULL)
        return FAIL(INCLINE_ENOMEM, "%s: no memory for the names of %" PRIu32 " columns",
                    table->path, table->cols);
    return INCLINE_OK;
}

/* Names of classes behind the two numbers of a first line that has them. */
static int read_promise(struct reader *reader)
{
    struct table *const table = reader->table;
    const char *at = reader->layout.promise;
    struct csv_cell cell = {.last = false};

    for (uint32_t i = 0; !cell.last; i++) {
        (void)csv_next(&at, reader->end, reader->layout.separator, &cell);
        if (i < 2 || cell.begin == cell.end || table->class_count == CLASS_NAMES_MOST)
            continue;
        char **const names = realloc(table->class_names, (table->class_count + 1) * sizeof *names);
        char *const name = copy_cell(&cell);
        if (names != NULL)
            table->class_names = names;
        if (names == NULL || name == NULL) {
            free(name);
            return FAIL(INCLINE_ENOMEM, "%s: no memory for names of classes", table->path);
        }
        names[table->class_count++] = name;
        if (!text_is_utf8(name, strlen(name)))
            return FAIL(INCLINE_EFORMAT,
                        "%s: line 1: the name of a class is not UTF-8; convert the file, as with "
                        "iconv -f latin1 -t utf-8",
                        table->path);
    }
    return INCLINE_OK;
}

/* A cell that does not begin with a number and end behind it. */
static int read_cell(struct reader *reader, uint32_t col, bool *last)
{
    struct table *const table = reader->table;
    struct csv_cell cell;
    double value;
    const char *const fault = csv_next(&reader->at, reader->end, reader->layout.separator, &cell);

    if (fault != NULL)
        return FAIL(INCLINE_EFORMAT, "%s: %s: %s", table->path,
                    table_place(table, reader->rows, col).text, fault);
    *last = cell.last;
    if (col >= table->cols)
        return INCLINE_OK;
    if (csv_missing(&cell))
        table_put_missing(table, reader->rows, col);
    else if (!number_is(cell.begin, (size_t)(cell.end - cell.begin), reader->layout.point, &value))
        table_put_text(table, reader->rows, col);
    else if (!(fabs(value) <= TABLE_LARGEST))
        return FAIL(INCLINE_EFORMAT, "%s: %s: %.*s is more than a float can hold", table->path,
                    table_place(table, reader->rows, col).text,
                    (int)(cell.end - cell.begin < 40 ? cell.end - cell.begin : 40), cell.begin);
    else
        table_put_number(table, reader->rows, col, value);
    return INCLINE_OK;
}

/* The commonest cells: whole numbers of one to three digits, each with a separator behind it. Reads
 * up to `most` of them from *place, which then stands behind the last; the text ends with a zero
 * byte, so no look ahead passes its end. Returns how many there were. */
static uint32_t read_small(const char **place, char separator, float *cells, uint32_t most)
{
    const char *at = *place;
    uint32_t count = 0;

    for (; count < most; count++) {
        unsigned value = (unsigned)(unsigned char)at[0] - '0';
        if (value > 9)
            break;
        const char *next = at + 1;
        for (int more = 0; more < 2; more++) {
            const unsigned digit = (unsigned)(unsigned char)*next - '0';
            if (digit > 9)
                break;
            value = 10 * value + digit;
            next++;
        }
        if (*next != separator)
            break;
        cells[count] = (float)value;
        at = next + 1;
    }
    *place = at;
    return count;
}

static int read_row(struct reader *reader)
{
    struct table *const table = reader->table;
    const char separator = reader->layout.separator, point = reader->layout.point;
    const char *const end = reader->end;
    const uint32_t cols = table->cols, row = reader->rows;
    uint32_t col = 0;
    bool last = false;

    table->starts[row] = (size_t)(reader->at - table->text);
    reader->at = csv_row_begin(reader->at, end, separator);
    while (!last) {
        if (separator != ' ')
            col += read_small(&reader->at, separator, table->cells + (size_t)row * cols + col,
                              cols - (col < cols ? col : cols));
        const char *const at = reader->at;
        double value;
        const size_t used = number_read(at, end, point, &value);
        /* The plain case: a number, and the separator right behind it. */
        if (used > 0 && at + used < end && at[used] == separator && separator != ' ' &&
            col < cols && fabs(value) <= TABLE_LARGEST) {
            table_put_number(table, row, col, value);
            reader->at = at + used + 1;
        } else {
            const int rc = read_cell(reader, col, &last);
            if (rc != INCLINE_OK)
                return rc;
        }
        col++;
    }
    if (col != cols)
        return FAIL(INCLINE_EFORMAT,
                    "%s: line %zu has %" PRIu32 " cells, but line %zu has %" PRIu32
                    "; mend the line, or say what separates cells",
                    table->path, line_of(reader, table->text + table->starts[row]), col,
                    table->first_line, cols);
    reader->rows++;
    return INCLINE_OK;
}

/* No more rows than lines are left, and none without its separators. */
static size_t most_rows(const struct reader *reader, uint32_t cols)
{
    size_t lines = 1;
    const size_t bytes = (size_t)(reader->end - reader->at);
    for (const char *at = reader->at; at < reader->end; at++)
        lines += *at == '\n' || *at == '\r';
    return lines < bytes / cols + 1 ? lines : bytes / cols + 1;
}

static int read_rows(struct reader *reader)
{
    struct table *const table = reader->table;
    uint32_t cols = reader->after != NULL ? reader->after->cols : 0;

    int rc = reader->after != NULL ? INCLINE_OK : count_cells(reader, &cols);
    if (rc != INCLINE_OK)
        return rc;
    const size_t most = most_rows(reader, cols);
    if (most > UINT32_MAX)
        return FAIL(INCLINE_EFORMAT, "%s: more than %" PRIu32 " rows; use fewer", table->path,
                    UINT32_MAX);
    rc = table_allocate(table, (uint32_t)most, cols);
    if (rc != INCLINE_OK)
        return rc;
    table->starts = malloc(most * sizeof *table->starts);
    if (table->starts == NULL)
        return FAIL(INCLINE_ENOMEM, "%s: no memory for %zu rows; close other programs", table->path,
                    most);
    if (reader->after != NULL)
        rc = table_copy_names(table, reader->after);
    else if (reader->layout.header)
        rc = read_header(reader);
    if (rc == INCLINE_OK && reader->layout.promise != NULL)
        rc = read_promise(reader);
    for (; rc == INCLINE_OK; rc = read_row(reader)) {
        reader->at = csv_skip_blank(reader->at, reader->end, reader->layout.separator);
        if (reader->at == reader->end)
            break;
    }
    table->rows = reader->rows;
    if (rc != INCLINE_OK)
        return rc;
    table_finish(table);
    if (table->rows == 0 && !(reader->layout.header && reader->may_lack_rows))
        return FAIL(INCLINE_EFORMAT, "%s: has no rows%s", table->path,
                    reader->layout.header ? " below its header" : "");
    if (reader->layout.promise != NULL && reader->layout.promised != table->rows)
        return FAIL(INCLINE_EFORMAT,
                    "%s: line 1 promises %" PRIu32 " rows, %" PRIu32
                    " found; the file is cut short or damaged",
                    table->path, reader->layout.promised, table->rows);
    return INCLINE_OK;
}

int csv_read(const char *path, char *text, size_t bytes, const struct csv_options *options,
             struct table *out)
{
    struct table table = {
        .text = text, .bytes = bytes, .line = options->line, .later = options->after != NULL};
    int rc = INCLINE_OK;

    dataset_copy_text(table.path, sizeof table.path, path);
    TRY(check_text(&table));
    struct reader reader = {.table = &table,
                            .end = table.text + table.bytes,
                            .after = options->after,
                            .may_lack_rows = options->may_lack_rows};
    const size_t mark = strncmp(table.text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    csv_look(table.text + mark, reader.end, options, &reader.layout);
    reader.at = reader.layout.first;
    if (reader.at == reader.end) {
        rc = FAIL(INCLINE_EFORMAT, "%s: is empty", table.path);
        goto out;
    }
    table.first_line =
        reader.after != NULL ? reader.after->first_line : line_of(&reader, reader.at);
    table.separator = reader.layout.separator;
    table.point = reader.layout.point;
    TRY(read_rows(&reader));
    *out = table;
    return INCLINE_OK;
out:
    table_clear(&table);
    return rc;
}
