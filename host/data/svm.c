/* svm.c - the sparse tables of LIBSVM and SVMlight: "label index:value index:value ...", the
 * indices rising from 1; what does not stand there is zero; a # begins a comment. */
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

/* The pair at *place, which then stands behind it. False if it is none, or the index does not rise
 * above *index. */
static bool read_pair(const char **place, const char *end, uint32_t *index, double *value)
{
    const char *at = *place;
    uint64_t number = 0;

    if (at == end || *at < '0' || *at > '9')
        return false;
    for (; at < end && *at >= '0' && *at <= '9' && number <= UINT32_MAX; at++)
        number = 10 * number + (uint64_t)(*at - '0');
    if (at == end || *at != ':' || number <= *index || number > TABLE_COLS_MOST)
        return false;
    at++;
    const size_t used = number_read(at, end, '.', value);
    at += used;
    if (used == 0 || !(line_ends(at, end) || *at == ' ' || *at == '\t'))
        return false;
    *index = (uint32_t)number;
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

/* One line: its label, and what is done with each of its pairs. `table` NULL: nothing. Returns the
 * largest index, or UINT32_MAX with *place where something is wrong. */
static uint32_t read_line(const char **place, const char *end, struct table *table, uint32_t row)
{
    double value;
    uint32_t index = 0;
    const char *at = read_label(*place, end, &value);

    if (at == NULL || !(fabs(value) <= TABLE_LARGEST))
        return UINT32_MAX;
    if (table != NULL)
        table_put_number(table, row, 0, value);
    while (!line_ends(at, end)) {
        if (!read_pair(&at, end, &index, &value) || !(fabs(value) <= TABLE_LARGEST)) {
            *place = at;
            return UINT32_MAX;
        }
        if (table != NULL)
            table_put_number(table, row, index, value);
    }
    *place = next_line(at, end);
    return index;
}

/* By the first line that has more than a label. */
bool svm_is(const char *text, size_t bytes)
{
    const char *const end = text + bytes;
    double value;

    for (const char *at = svm_row(text, end); at < end; at = svm_row(next_line(at, end), end)) {
        uint32_t index = 0;
        at = read_label(at, end, &value);
        if (at == NULL || !line_ends(at, end))
            return at != NULL && read_pair(&at, end, &index, &value);
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

int svm_read(const char *path, const char *text, size_t bytes, const struct svm_options *options,
             struct table *out)
{
    const char *const end = text + bytes;
    struct table table = {.target_first = true};
    uint32_t features = options->least > 0 ? options->least - 1 : 0;
    size_t rows = 0, cells;
    int rc = INCLINE_OK;

    dataset_copy_text(table.path, sizeof table.path, path);
    for (const char *at = svm_row(text, end); at < end; at = svm_row(at, end)) {
        const uint32_t largest = read_line(&at, end, NULL, 0);
        if (largest == UINT32_MAX)
            return FAIL(INCLINE_EFORMAT,
                        "%s: line %zu: \"%.*s\": a label, then pairs as 7:0.5 expected, their "
                        "indices rising from 1 to at most %d",
                        path, options->line + csv_line(text, (size_t)(at - text)),
                        (int)strcspn(at, " \t\r\n"), at, TABLE_COLS_MOST);
        if (options->most > 0 && largest >= options->most)
            return FAIL(INCLINE_ESHAPE,
                        "%s: line %zu: feature %" PRIu32 ", but the model was trained on %" PRIu32
                        "; leave out what it does not know",
                        path, options->line + csv_line(text, (size_t)(at - text)) - 1, largest,
                        options->most - 1);
        features = largest > features ? largest : features;
        rows++;
    }
    if (rows == 0 || rows > UINT32_MAX || features == 0)
        return FAIL(INCLINE_EFORMAT, "%s: %zu rows of %" PRIu32 " features; there must be some",
                    path, rows, features);
    if (!size_mul(rows, (size_t)features + 1, &cells) ||
        (cells > CELLS_ANYWAY && cells / CELLS_A_BYTE > bytes))
        return FAIL(INCLINE_EFORMAT,
                    "%s: %zu rows of %" PRIu32 " features, nearly all of them zero: too sparse to "
                    "be trained on as they are; number the features anew",
                    path, rows, features);
    TRY(table_allocate(&table, (uint32_t)rows, features + 1));
    for (size_t i = 0; i < cells; i++)
        table.cells[i] = 0.0f;
    uint32_t row = 0;
    for (const char *at = svm_row(text, end); at < end; at = svm_row(at, end))
        (void)read_line(&at, end, &table, row++);
    table_finish(&table);
    *out = table;
    return INCLINE_OK;
out:
    table_clear(&table);
    return rc;
}
