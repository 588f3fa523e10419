/* npy.c - arrays of NumPy: magic, version, a header that is a Python dictionary, then the elements.
 *
 * Versions 1 to 3, numbers of every width and both byte orders, C and Fortran order. The first
 * dimension counts rows, all others together are the columns; three or four dimensions are images.
 * Format: NumPy Enhancement Proposal 1, "A Simple File Format for NumPy Arrays". */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/data/table.h"
#include "host/util/npy_header.h"
#include "host/util/size.h"
#include "host/util/status.h"

enum { MAGIC_BYTES = 6 };

/* A header under way. */
struct scan {
    const char *path, *at, *end;
};

static int fail_header(const struct scan *scan, const char *wanted)
{
    return FAIL(INCLINE_EFORMAT,
                "%s: the header of the array has no %s; the file is damaged, save it again with "
                "numpy.save()",
                scan->path, wanted);
}

/* scan->at = behind 'key':, and spaces. False if it is not there. */
static bool find_key(struct scan *scan, const char *start, const char *key)
{
    const size_t length = strlen(key);
    for (const char *at = start; at + length + 2 < scan->end; at++)
        if ((*at == '\'' || *at == '"') && memcmp(at + 1, key, length) == 0 &&
            at[length + 1] == *at) {
            at += length + 2;
            while (at < scan->end && (*at == ' ' || *at == ':'))
                at++;
            scan->at = at;
            return at < scan->end;
        }
    return false;
}

/* The message for elements that are no plain numbers. */
static int fail_type(const struct scan *scan)
{
    enum { KIND_AT = 2, SHOWN = 16 };
    static const char texts[] = "texts; number them, as numpy.unique(y, return_inverse=True)[1] "
                                "does, or save a table with texts as .csv";
    static const struct {
        char kind;
        const char *what;
    } known[] = {
        {'O', "Python objects; convert the array with astype('float32')"},
        {'c', "complex numbers; save their real and imaginary parts as columns"},
        {'U', texts},
        {'S', texts},
        {'M', "dates; save them as numbers, with astype('int64')"},
        {'m', "spans of time; save them as numbers, with astype('int64')"},
    };
    const bool quoted = *scan->at == '\'' || *scan->at == '"';
    const size_t left = (size_t)(scan->end - scan->at);
    const char kind = quoted && left > KIND_AT ? scan->at[KIND_AT] : '\0';
    size_t length = 0;

    while (length + 1 < left && length < SHOWN && strchr("'\"[(", scan->at[length + 1]) == NULL)
        length++;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (kind == known[i].kind)
            return FAIL(INCLINE_EFORMAT, "%s: elements of type %.*s are %s", scan->path,
                        (int)length, scan->at + 1, known[i].what);
    if (!quoted)
        return FAIL(INCLINE_EFORMAT,
                    "%s: elements are records of several fields; save an array of numbers, rows "
                    "and columns",
                    scan->path);
    return FAIL(INCLINE_EFORMAT,
                "%s: elements of type %.*s; integers, booleans and floats of 16, 32 and 64 bits "
                "are read, convert the array with astype('float32')",
                scan->path, (int)length, scan->at + 1);
}

/* "<f8": byte order, kind, width. */
static int read_type(struct scan *scan, struct npy *array)
{
    const uint16_t one = 1;
    unsigned char first;
    memcpy(&first, &one, 1);
    const char *const at = scan->at + 1;

    if (scan->end - scan->at < 5 || (*scan->at != '\'' && *scan->at != '"') || at[3] != *scan->at)
        return fail_type(scan);
    array->type.big = at[0] == '>' || (at[0] == '=' && first == 0);
    array->type.kind = at[1];
    array->type.width = (unsigned)(at[2] - '0');
    const bool known = (at[1] == 'f' && (at[2] == '2' || at[2] == '4' || at[2] == '8')) ||
                       ((at[1] == 'i' || at[1] == 'u') &&
                        (at[2] == '1' || at[2] == '2' || at[2] == '4' || at[2] == '8')) ||
                       (at[1] == 'b' && at[2] == '1');
    if (strchr("<>|=", at[0]) == NULL || at[0] == '\0' || !known)
        return fail_type(scan);
    return INCLINE_OK;
}

/* "(150, 4)". */
static int read_shape(struct scan *scan, struct npy *array)
{
    const char *at = scan->at;

    if (*at++ != '(')
        return fail_header(scan, "shape");
    for (array->dims = 0; at < scan->end && *at != ')';) {
        uint64_t size = 0;
        if (*at < '0' || *at > '9' || array->dims == NPY_DIMS_MOST)
            return FAIL(INCLINE_EFORMAT,
                        "%s: a shape of %u numbers from 1 to %d expected in the header; reshape "
                        "the array to rows and columns",
                        scan->path, array->dims, NPY_DIMS_MOST);
        for (; at < scan->end && *at >= '0' && *at <= '9' && size <= UINT32_MAX; at++)
            size = 10 * size + (uint64_t)(*at - '0');
        if (size == 0 || size > UINT32_MAX)
            return FAIL(INCLINE_EFORMAT,
                        "%s: dimension %u of the array is 0 or more than %" PRIu32
                        "; there must be rows and columns",
                        scan->path, array->dims + 1, UINT32_MAX);
        array->shape[array->dims++] = (uint32_t)size;
        while (at < scan->end && (*at == ',' || *at == ' ' || *at == 'L'))
            at++;
    }
    return at < scan->end && array->dims > 0 ? INCLINE_OK : fail_header(scan, "shape of rows");
}

static int read_header(const char *path, const char *data, size_t bytes, struct npy *array)
{
    const unsigned char *const head = (const unsigned char *)data;
    const size_t size_bytes = bytes > MAGIC_BYTES && head[MAGIC_BYTES] == 1 ? 2 : 4;
    const size_t begin = MAGIC_BYTES + 2 + size_bytes;
    size_t length = 0;

    if (bytes < begin || head[MAGIC_BYTES] < 1 || head[MAGIC_BYTES] > 3)
        return FAIL(
            INCLINE_EFORMAT,
            "%s: %zu bytes, and not of version 1, 2 or 3 of NumPy's format; the file is cut "
            "short or newer than this program",
            path, bytes);
    for (size_t i = size_bytes; i-- > 0;)
        length = length << 8 | head[MAGIC_BYTES + 2 + i];
    if (length > bytes - begin)
        return FAIL(INCLINE_EFORMAT,
                    "%s: a header of %zu bytes expected, %zu found; the file is cut "
                    "short",
                    path, length, bytes - begin);
    struct scan scan = {path, data + begin, data + begin + length};
    if (!find_key(&scan, data + begin, "descr"))
        return fail_header(&scan, "'descr'");
    int rc = read_type(&scan, array);
    if (rc != INCLINE_OK)
        return rc;
    if (!find_key(&scan, data + begin, "fortran_order") || (*scan.at != 'T' && *scan.at != 'F'))
        return fail_header(&scan, "'fortran_order'");
    array->fortran = *scan.at == 'T';
    if (!find_key(&scan, data + begin, "shape"))
        return fail_header(&scan, "'shape'");
    array->data = (const unsigned char *)data + begin + length;
    return read_shape(&scan, array);
}

/* Where element [row, col] stands among all, col counting the other dimensions in C order. */
static size_t place(const struct npy *array, uint32_t row, uint32_t col, uint32_t cols)
{
    if (!array->fortran)
        return (size_t)row * cols + col;
    size_t at = 0;
    for (unsigned d = array->dims; d-- > 1;) { /* the last dimension is the fastest of col */
        size_t stride = 1;
        for (unsigned below = 0; below < d; below++)
            stride *= array->shape[below];
        const uint32_t rest = col / array->shape[d];
        at += (col - rest * array->shape[d]) * stride;
        col = rest;
    }
    return at + row;
}

bool npy_is(const char *data, size_t bytes)
{
    return bytes >= MAGIC_BYTES && memcmp(data, "\x93NUMPY", MAGIC_BYTES) == 0;
}

int npy_look(const char *path, const char *data, size_t bytes, struct npy *out)
{
    struct npy array = {0};
    size_t count = 1, needed = 0;

    const int rc = read_header(path, data, bytes, &array);
    if (rc != INCLINE_OK)
        return rc;
    for (unsigned d = 0; d < array.dims; d++)
        if (!size_mul(count, array.shape[d], &count))
            count = SIZE_MAX;
    const size_t before = (size_t)(array.data - (const unsigned char *)data);
    if (!size_mul(count, array.type.width, &needed) || needed != bytes - before)
        return FAIL(INCLINE_EFORMAT,
                    "%s: %zu elements of %u bytes expected from byte %zu on, %zu bytes found; the "
                    "file is cut short or damaged",
                    path, count, array.type.width, before, bytes - before);
    const size_t cols = count / array.shape[0];
    if (cols > TABLE_COLS_MOST)
        return FAIL(INCLINE_EFORMAT, "%s: %zu columns; at most %d are read", path, cols,
                    TABLE_COLS_MOST);
    array.cols = (uint32_t)cols;
    *out = array;
    return INCLINE_OK;
}

static void put_number(const struct npy *array, struct table *table, uint32_t row, uint32_t col,
                       double value)
{
    table_put_number(table, row, col, value);
    if (array->type.width == sizeof value && (double)(float)value != value)
        table->columns[col].rounded = true;
}

int npy_fill(const char *path, const struct npy *array, struct table *table, uint32_t first)
{
    for (uint32_t row = 0; row < table->rows; row++)
        for (uint32_t col = 0; col < array->cols; col++) {
            const size_t at = place(array, row, col, array->cols);
            const double value = element_value(&array->type, array->data + array->type.width * at);
            if (isnan(value))
                table_put_missing(table, row, first + col);
            else if (fabs(value) <= TABLE_LARGEST)
                put_number(array, table, row, first + col, value);
            else
                return FAIL(INCLINE_EFORMAT,
                            "%s: row %" PRIu32 ", column %" PRIu32
                            ": %g is not finite, or more than a float can hold",
                            path, row + 1, col + 1, value);
        }
    return INCLINE_OK;
}

int npy_rows(const char *path, const char *data, size_t bytes, const uint32_t *rows, uint32_t count,
             struct bytes *out)
{
    struct npy array;
    char type[16], shape[80];

    const int rc = npy_look(path, data, bytes, &array);
    if (rc != INCLINE_OK)
        return rc;
    const unsigned width = array.type.width;
    const char order = width == 1 ? '|' : array.type.big ? '>' : '<';
    const uint32_t run = array.fortran ? 1 : array.cols; /* elements that lie side by side */
    snprintf(type, sizeof type, "%c%c%u", order, array.type.kind, width);
    int used = snprintf(shape, sizeof shape, "%" PRIu32 ",", count);
    for (unsigned d = 1; d < array.dims; d++)
        used += snprintf(shape + used, sizeof shape - (size_t)used, "%s%" PRIu32,
                         d == 1 ? " " : ", ", array.shape[d]);
    npy_header(out, type, shape);
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t col = 0; col < array.cols; col += run)
            bytes_add(out, array.data + width * place(&array, rows[i], col, array.cols),
                      (size_t)width * run);
    return INCLINE_OK;
}

void npy_image(const struct npy *array, struct table *table)
{
    if (array->dims < 3)
        return;
    table->image_rows = array->shape[array->dims == 4 && array->shape[1] == 1 ? 2 : 1];
    table->image_cols = array->cols / table->image_rows;
}

int npy_read(const char *path, const char *data, size_t bytes, struct table *out)
{
    struct npy array;
    struct table table = {.no_target = true};

    dataset_copy_text(table.path, sizeof table.path, path);
    int rc = npy_look(path, data, bytes, &array);
    if (rc != INCLINE_OK)
        return rc;
    npy_image(&array, &table);
    TRY(table_allocate(&table, array.shape[0], array.cols));
    TRY(npy_fill(path, &array, &table, 0));
    table_finish(&table);
    *out = table;
    return INCLINE_OK;
out:
    table_clear(&table);
    return rc;
}
