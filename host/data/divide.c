/* divide.c - the samples of a file, as they stand in it, some of them in a file of their own.
 *
 * Lines and elements are copied, not written anew: what Incline does not look at is kept, too. */
#include "host/data/divide.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/util/status.h"

static int open_csv(struct divided *divided, const struct incline_data_options *options)
{
    const struct csv_options csv = {.header = options->header, .separator = options->separator};
    char *const text = divided->data;

    divided->data = NULL;
    const int rc = csv_read(divided->path, text, divided->bytes, &csv, &divided->table);
    if (rc != INCLINE_OK)
        return rc;
    const char *const all = divided->table.text;
    const size_t mark = strncmp(all, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    csv_look(all + mark, all + divided->bytes, &csv, &divided->layout);
    divided->rows = divided->table.rows;
    return INCLINE_OK;
}

static int open_svm(struct divided *divided)
{
    const char *const end = divided->data + divided->bytes;
    size_t room = 0;

    for (const char *at = svm_row(divided->data, end); at < end; at = svm_row(at, end)) {
        if (divided->rows == room) {
            room = 2 * room + 1024;
            size_t *const more = realloc(divided->starts, room * sizeof *more);
            if (more == NULL)
                return FAIL(INCLINE_ENOMEM, "%s: no memory for %zu rows; close other programs",
                            divided->path, room);
            divided->starts = more;
        }
        divided->starts[divided->rows++] = (size_t)(at - divided->data);
        at += strcspn(at, "\n");
    }
    return INCLINE_OK;
}

int divide_open(const char *path, const struct incline_data_options *options, uint32_t rows,
                uint32_t features, struct divided *out, bool *known)
{
    struct divided made = {.features = features};
    int rc = INCLINE_OK;

    *known = false;
    dataset_copy_text(made.path, sizeof made.path, path);
    TRY(stream_all(path, SIZE_MAX / 4, &made.data, &made.bytes));
    if (options->raw.cols > 0 || npz_is(made.data, made.bytes))
        goto out;
    if (npy_is(made.data, made.bytes)) {
        made.kind = DIVIDED_NPY;
        made.rows = rows; /* npy_rows() looks for itself */
    } else if (svm_is(made.data, made.bytes)) {
        made.kind = DIVIDED_SVM;
        TRY(open_svm(&made));
    } else {
        TRY(open_csv(&made, options));
    }
    if (made.rows != rows) {
        rc = FAIL(INCLINE_ESHAPE, "%s: %" PRIu32 " rows, and before %" PRIu32 "; it has changed",
                  path, made.rows, rows);
        goto out;
    }
    *known = true;
    *out = made;
    return INCLINE_OK;
out:
    divide_close(&made);
    return rc;
}

void divide_close(struct divided *divided)
{
    table_clear(&divided->table);
    free(divided->data);
    free(divided->starts);
}

const char *divide_ending(const struct divided *divided)
{
    switch (divided->kind) {
    case DIVIDED_NPY:
        return "npy";
    case DIVIDED_SVM:
        return "svm";
    case DIVIDED_CSV:
        break;
    }
    return divided->table.separator == '\t' ? "tsv" : "csv";
}

/* What stands before the first row; a first line that counts the rows counts those chosen. */
static void copy_header(const struct divided *divided, uint32_t count, struct bytes *out)
{
    const char *const text = divided->table.text, *at = divided->layout.promise;
    const char *const end = text + divided->table.starts[0];
    struct csv_cell cell;

    if (at == NULL || csv_next(&at, end, divided->table.separator, &cell) != NULL) {
        bytes_add(out, text, (size_t)(end - text));
        return;
    }
    bytes_add(out, text, (size_t)(cell.begin - text));
    bytes_print(out, "%" PRIu32, count);
    bytes_add(out, cell.end, (size_t)(end - cell.end));
}

/* A row of separated values to its end, which may lie behind line ends in quotes. */
static void copy_csv(const struct divided *divided, uint32_t row, struct bytes *out)
{
    const struct table *const table = &divided->table;
    const char *const end = table->text + table->bytes;
    const char *const begin = table->text + table->starts[row];
    const char *at = csv_row_begin(begin, end, table->separator);
    struct csv_cell cell = {.last = false};

    while (!cell.last && csv_next(&at, end, table->separator, &cell) == NULL)
        ;
    bytes_add(out, begin, (size_t)(at - begin));
    if (at == begin || (at[-1] != '\n' && at[-1] != '\r'))
        bytes_add(out, "\n", 1);
}

/* A row of pairs. The first of a part also has the last feature, if need be as a zero. */
static void copy_svm(const struct divided *divided, uint32_t row, bool first, struct bytes *out)
{
    const char *const begin = divided->data + divided->starts[row];
    const size_t line = strcspn(begin, "\n");
    size_t pairs = strcspn(begin, "#\r\n"), last;

    while (pairs > 0 && (begin[pairs - 1] == ' ' || begin[pairs - 1] == '\t'))
        pairs--;
    for (last = pairs; last > 0 && begin[last - 1] != ' ' && begin[last - 1] != '\t'; last--)
        ;
    const bool only_label = last == 0;
    bytes_add(out, begin, pairs);
    if (first && (only_label || strtoul(begin + last, NULL, 10) < divided->features))
        bytes_print(out, " %" PRIu32 ":0", divided->features);
    bytes_add(out, begin + pairs, line - pairs);
    bytes_add(out, "\n", 1);
}

int divide_rows(const struct divided *divided, const uint32_t *rows, uint32_t count,
                struct bytes *out)
{
    if (divided->kind == DIVIDED_NPY)
        return npy_rows(divided->path, divided->data, divided->bytes, rows, count, out);
    if (divided->kind == DIVIDED_CSV)
        copy_header(divided, count, out);
    for (uint32_t i = 0; i < count; i++) {
        if (divided->kind == DIVIDED_CSV)
            copy_csv(divided, rows[i], out);
        else
            copy_svm(divided, rows[i], i == 0, out);
    }
    return INCLINE_OK;
}
