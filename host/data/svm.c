/* svm.c - the sparse tables of LIBSVM and SVMlight: "label index:value index:value ...", the
 * indices rising from 1, or from 0 where one is 0; what does not stand there is zero; a # begins a
 * comment. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/data/number.h"
#include "host/data/table.h"
#include "host/util/size.h"
#include "host/util/status.h"

/* A few indices may ask for a lot of zeros: believed up to so many cells, or so many for each byte.
 */
#define CELLS_ANYWAY ((size_t)1 << 26)
enum { CELLS_A_BYTE = 1024 };

static const char *skip_spaces(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    return at;
}

static bool line_ends(const char *at, const char *end)
{
    return at == end || *at == '\n' || *at == '\r' || *at == '#';
}

static const char *next_line(const char *at, const char *end)
{
    while (at < end && *at != '\n')
        at++;
    return at < end ? at + 1 : end;
}

const char *svm_row(const char *at, const char *end)
{
    for (at = csv_skip_blank(at, end, '\0'); at < end;
         at = csv_skip_blank(next_line(at, end), end, '\0')) {
        at = skip_spaces(at, end);
        if (*at != '#')
            break;
    }
    return at;
}

/* The pair at *place, which then stands behind it, and *next behind its index. False if it is none,
 * or the index is below *next. */
static bool read_pair(const char **place, const char *end, uint32_t *next, double *value)
{
    const char *at = *place;
    uint64_t number = 0;

    if (at == end || *at < '0' || *at > '9')
        return false;
    for (; at < end && *at >= '0' && *at <= '9' && number <= UINT32_MAX; at++)
        number = 10 * number + (uint64_t)(*at - '0');
    if (at == end || *at != ':' || number < *next || number > TABLE_COLS_MOST)
        return false;
    at++;
    const size_t used = number_read(at, end, '.', value);
    at += used;
    if (used == 0 || !(line_ends(at, end) || *at == ' ' || *at == '\t'))
        return false;
    *next = (uint32_t)number + 1;
    *place = skip_spaces(at, end);
    return true;
}

/* The label of a line, and where its pairs begin, or it ends; NULL where it has none. */
static const char *read_label(const char *at, const char *end, double *label)
{
    const size_t used = number_read(at, end, '.', label);

    at += used;
    if (used == 0 || !(line_ends(at, end) || *at == ' ' || *at == '\t'))
        return NULL;
    at = skip_spaces(at, end);
    if (end - at > 4 && memcmp(at, "qid:", 4) == 0) /* of rankings; says nothing here */
        while (!line_ends(at, end) && *at != ' ' && *at != '\t')
            at++;
    return skip_spaces(at, end);
}

/* What the lines of a text say of its columns. */
struct extent {
    uint32_t next;  /* behind the largest index */
    bool from_zero; /* an index is 0 */
};

/* One line: its label, and what is done with each of its pairs; feature i becomes column
 * i + `shift`. `table` NULL: nothing. Widens *extent; false with *place where something is wrong.
 */
static bool read_line(const char **place, const char *end, struct table *table, uint32_t row,
                      uint32_t shift, struct extent *extent)
{
    double value;
    uint32_t next = 0;
    const char *at = read_label(*place, end, &value);

    if (at == NULL || !(fabs(value) <= TABLE_LARGEST))
        return false;
    if (table != NULL)
        table_put_number(table, row, 0, value);
    while (!line_ends(at, end)) {
        if (!read_pair(&at, end, &next, &value) || !(fabs(value) <= TABLE_LARGEST)) {
            *place = at;
            return false;
        }
        extent->from_zero |= next == 1;
        if (table != NULL)
            table_put_number(table, row, next - 1 + shift, value);
    }
    extent->next = next > extent->next ? next : extent->next;
    *place = next_line(at, end);
    return true;
}

/* True of "1,2 3:0.5": several labels. */
static bool has_labels(const char *at, const char *end)
{
    double label;
    size_t used = number_read(at, end, '.', &label);
    uint32_t next = 0, commas = 0;

    for (; used > 0 && at + used < end && at[used] == ','; commas++) {
        at += used + 1;
        used = number_read(at, end, '.', &label);
    }
    at = commas > 0 && used > 0 ? skip_spaces(at + used, end) : end;
    return at < end && read_pair(&at, end, &next, &label);
}

/* By the first line that has more than a label. */
bool svm_is(const char *text, size_t bytes)
{
    const char *const end = text + bytes;
    double value;

    for (const char *at = svm_row(text, end); at < end; at = svm_row(next_line(at, end), end)) {
        uint32_t next = 0;
        if (has_labels(at, end))
            return true;
        at = read_label(at, end, &value);
        if (at == NULL || !line_ends(at, end))
            return at != NULL && read_pair(&at, end, &next, &value);
    }
    return false;
}

uint32_t svm_labels(const char *text, size_t bytes)
{
    const char *const end = text + bytes;
    uint32_t labels = 0;
    double value;

    for (const char *at = svm_row(text, end); at < end; at = svm_row(next_line(at, end), end)) {
        at = read_label(at, end, &value);
        if (at == NULL || !line_ends(at, end) || labels == UINT32_MAX)
            return 0;
        labels++;
    }
    return labels;
}

/* The message for a line that is wrong at `at`. */
static int fail_line(const char *path, const struct svm_options *options, const char *text,
                     const char *line, const char *at, const char *end)
{
    const size_t number = options->line + csv_line(text, (size_t)(at - text));

    if (has_labels(line, end))
        return FAIL(INCLINE_EFORMAT,
                    "%s: line %zu: \"%.*s\" are several labels, and a row has one here; write them "
                    "as columns of 0 and 1 behind the features, a table whose targets --target "
                    "names",
                    path, number, (int)strcspn(line, " \t\r\n"), line);
    return FAIL(INCLINE_EFORMAT,
                "%s: line %zu: \"%.*s\": a label, then pairs as 7:0.5 expected, their indices "
                "rising from 1, or from 0, to at most %d",
                path, number, (int)strcspn(at, " \t\r\n"), at, TABLE_COLS_MOST);
}

/* Go over the lines once: how many, and what they say. *cols with that of the label. */
static int measure(const char *path, const char *text, size_t bytes,
                   const struct svm_options *options, size_t *rows, uint32_t *cols, bool *from_zero)
{
    const char *const end = text + bytes;
    struct extent all = {.next = 0};

    for (const char *at = svm_row(text, end); at < end; at = svm_row(at, end)) {
        const char *const line = at;
        struct extent one = {.next = 0};
        if (!read_line(&at, end, NULL, 0, 0, &one))
            return fail_line(path, options, text, line, at, end);
        const uint32_t width = one.next + (options->from_zero ? 1 : 0);
        if (options->most > 0 && width > options->most)
            return FAIL(INCLINE_ESHAPE,
                        "%s: line %zu: feature %" PRIu32 ", but the model was trained on %" PRIu32
                        ", the first of them %d; leave out what it does not know",
                        path, options->line + csv_line(text, (size_t)(line - text)), one.next - 1,
                        options->most - 1, options->from_zero ? 0 : 1);
        if (options->least > 0 && one.from_zero && !options->from_zero)
            return FAIL(INCLINE_ESHAPE,
                        "%s: line %zu: feature 0, but the model counts features from 1; number "
                        "them as those that it was trained on",
                        path, options->line + csv_line(text, (size_t)(line - text)));
        all.next = one.next > all.next ? one.next : all.next;
        all.from_zero |= one.from_zero;
        ++*rows;
    }
    *from_zero = all.from_zero || options->from_zero;
    *cols = all.next + (*from_zero ? 1 : 0);
    return INCLINE_OK;
}

int svm_read(const char *path, const char *text, size_t bytes, const struct svm_options *options,
             struct table *out)
{
    const char *const end = text + bytes;
    struct table table = {.target_first = true};
    struct extent extent = {.next = 0};
    uint32_t cols = 0, row = 0;
    size_t rows = 0, cells;

    dataset_copy_text(table.path, sizeof table.path, path);
    int rc = measure(path, text, bytes, options, &rows, &cols, &table.from_zero);
    if (rc != INCLINE_OK)
        return rc;
    cols = options->least > cols ? options->least : cols;
    if (rows == 0 || rows > UINT32_MAX || cols < 2)
        return FAIL(INCLINE_EFORMAT, "%s: %zu rows of %" PRIu32 " features; there must be some",
                    path, rows, cols > 0 ? cols - 1 : 0);
    if (!size_mul(rows, cols, &cells) || (cells > CELLS_ANYWAY && cells / CELLS_A_BYTE > bytes))
        return FAIL(INCLINE_EFORMAT,
                    "%s: %zu rows of %" PRIu32 " features, nearly all of them zero: too sparse to "
                    "be trained on as they are; number the features anew",
                    path, rows, cols - 1);
    TRY(table_allocate(&table, (uint32_t)rows, cols));
    for (size_t i = 0; i < cells; i++)
        table.cells[i] = 0.0f;
    for (const char *at = svm_row(text, end); at < end; at = svm_row(at, end))
        (void)read_line(&at, end, &table, row++, table.from_zero ? 1 : 0, &extent);
    table_finish(&table);
    *out = table;
    return INCLINE_OK;
out:
    table_clear(&table);
    return rc;
}
