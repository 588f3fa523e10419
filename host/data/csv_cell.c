/* csv_cell.c - the cells of separated values (RFC 4180), one after the other.
 *
 * Rows end with LF, CRLF or CR. A cell in quotes may hold separators, ends of lines, and quotes
 * written twice. Spaces around a cell do not count. Where spaces separate, so do tabs, and several
 * are one. */
#include <string.h>
#include <strings.h>

#include "host/data/table.h"

static bool is_break(char c)
{
    return c == '\n' || c == '\r';
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_one_of(const struct csv_cell *cell, const char *const *texts, size_t count)
{
    const size_t length = (size_t)(cell->end - cell->begin);

    for (size_t i = 0; i < count; i++)
        if (strlen(texts[i]) == length && strncasecmp(cell->begin, texts[i], length) == 0)
            return true;
    return false;
}

bool csv_infinite(const struct csv_cell *cell)
{
    static const char *const signs[] = {"inf",      "+inf",      "-inf",
                                        "infinity", "+infinity", "-infinity"};
    return is_one_of(cell, signs, sizeof signs / sizeof *signs);
}

bool csv_missing(const struct csv_cell *cell)
{
    static const char *const signs[] = {"?",    "NA",  "N/A",  "#N/A", "#NA",
                                        "<NA>", "NaN", "-NaN", "null"};
    static const char none[] = "None"; /* in small letters a text like others: no fence */
    const size_t length = (size_t)(cell->end - cell->begin);

    if (cell->quoted && length > 0)
        return false;
    if (length == 0)
        return true;
    return is_one_of(cell, signs, sizeof signs / sizeof *signs) ||
           (length == strlen(none) && memcmp(cell->begin, none, length) == 0);
}

/* True if a cell may end at `at`. */
static bool ends(const char *at, const char *end, char separator)
{
    return at == end || is_break(*at) || (separator == ' ' ? is_space(*at) : *at == separator);
}

static const char *skip_spaces(const char *at, const char *end, char separator)
{
    while (at < end && is_space(*at) && (*at != separator || separator == ' '))
        at++;
    return at;
}

const char *csv_row_begin(const char *at, const char *end, char separator)
{
    return separator == ' ' ? skip_spaces(at, end, separator) : at;
}

/* From behind the opening quote to behind the closing one. */
static const char *read_quoted(const char *at, const char *end, struct csv_cell *cell)
{
    cell->begin = at;
    for (;;) {
        at = memchr(at, '"', (size_t)(end - at));
        if (at == NULL)
            return NULL;
        if (at + 1 < end && at[1] == '"') {
            at += 2;
            continue;
        }
        cell->end = at;
        return at + 1;
    }
}

const char *csv_next(const char **place, const char *end, char separator, struct csv_cell *cell)
{
    const char *at = separator == ' ' ? *place : skip_spaces(*place, end, separator);

    cell->quoted = at < end && *at == '"';
    if (cell->quoted) {
        at = read_quoted(at + 1, end, cell);
        if (at == NULL)
            return "a quote is opened and never closed";
        if (separator != ' ')
            at = skip_spaces(at, end, separator);
        if (!ends(at, end, separator))
            return "something stands behind the closing quote; a quote inside a cell is "
                   "written twice";
    } else {
        cell->begin = at;
        while (!ends(at, end, separator))
            at++;
        cell->end = at;
        while (cell->end > cell->begin && is_space(cell->end[-1]))
            cell->end--;
    }
    if (separator == ' ')
        at = skip_spaces(at, end, separator);
    cell->last = at == end || is_break(*at);
    if (!cell->last)
        at += separator != ' ';
    else if (at < end)
        at += *at == '\r' && at + 1 < end && at[1] == '\n' ? 2 : 1;
    *place = at;
    return NULL;
}

size_t csv_text(const struct csv_cell *cell, char *text)
{
    size_t used = 0;
    for (const char *at = cell->begin; at < cell->end; at++) {
        text[used++] = *at;
        at += cell->quoted && *at == '"'; /* the second of two */
    }
    return used;
}

bool csv_is(const struct csv_cell *cell, const char *text)
{
    for (const char *at = cell->begin; at < cell->end; at++, text++) {
        if (*at != *text)
            return false;
        at += cell->quoted && *at == '"';
    }
    return *text == '\0';
}

size_t csv_line(const char *text, size_t at)
{
    size_t line = 1;
    for (size_t i = 0; i < at; i++)
        line += text[i] == '\n' || (text[i] == '\r' && text[i + 1] != '\n');
    return line;
}
