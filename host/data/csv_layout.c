/* csv_layout.c - what separates the cells of a file, and whether its first line is a header. */
#include <string.h>

#include "host/data/number.h"
#include "host/data/table.h"

/* Lines that are looked at for a separator; rows that a first line must at least promise. */
enum { LOOK_LINES = 20, PROMISED_LEAST = 3 };

const char *csv_skip_blank(const char *at, const char *end, char separator)
{
    const char *line = at;
    while (at < end &&
           (*at == ' ' || (*at == '\t' && separator != '\t') || *at == '\n' || *at == '\r')) {
        at++;
        if (at[-1] == '\n' || at[-1] == '\r')
            line = at;
    }
    return at == end ? end : line;
}

/* How often `c` stands outside of quotes in the line at *place, which then stands behind it. */
static uint32_t count_in_line(const char **place, const char *end, char c)
{
    bool quoted = false;
    uint32_t count = 0;
    const char *at = *place;

    for (; at < end && (quoted || (*at != '\n' && *at != '\r')); at++) {
        quoted ^= *at == '"';
        count += !quoted && *at == c;
    }
    *place = at;
    return count;
}

/* What separates cells by a first line "sep=;", which spreadsheets write and heed, else '\0';
 * *place then stands behind that line. */
static char take_stated(const char **place, const char *end)
{
    static const char start[] = "sep=";
    enum { LENGTH = sizeof start - 1 };

    if (end - *place < LENGTH + 2 || memcmp(*place, start, LENGTH) != 0)
        return '\0';
    const char *const at = *place + LENGTH;
    if (*at == '\0' || strchr("\t;|, ", *at) == NULL || (at[1] != '\n' && at[1] != '\r'))
        return '\0';
    *place = csv_skip_blank(at + 1, end, *at);
    return *at;
}

/* The first of these that stands equally often in each of the first lines; a header, or a line
 * before it, need not agree. Without one: spaces, where there are some between cells. */
static char find_separator(const char *text, const char *end)
{
    static const char candidates[] = {'\t', ';', '|', ',', '\0'};
    const char *second = csv_skip_blank(text, end, '\0');
    (void)count_in_line(&second, end, '\0');
    second = csv_skip_blank(second, end, '\0');
    const char *const start = second < end ? second : csv_skip_blank(text, end, '\0');

    for (const char *c = candidates; *c != '\0'; c++) {
        const char *at = start;
        const uint32_t count = count_in_line(&at, end, *c);
        bool same = count > 0;
        for (int line = 1; same && line < LOOK_LINES; line++) {
            at = csv_skip_blank(at, end, *c);
            if (at == end)
                break;
            same = count_in_line(&at, end, *c) == count;
        }
        if (same)
            return *c;
    }
    for (const char *c = candidates; *c != '\0'; c++) { /* a damaged table, most likely */
        const char *at = start;
        if (count_in_line(&at, end, *c) > 0)
            return *c;
    }
    const char *at = start;
    struct csv_cell cell;
    at = csv_row_begin(at, end, ' ');
    return csv_next(&at, end, ' ', &cell) == NULL && !cell.last ? ' ' : ',';
}

/* What a row is made of. */
struct kinds {
    uint32_t cells, numbers, missing;
    uint32_t leading; /* numbers among the first two cells, and their values */
    double first, second;
};

/* Look at the row at *place, which then stands behind it. */
static struct kinds look(const char **place, const char *end, char separator, char point)
{
    struct kinds kinds = {0};
    struct csv_cell cell = {.last = false};
    double value;

    *place = csv_row_begin(*place, end, separator);
    while (!cell.last && *place < end) {
        if (csv_next(place, end, separator, &cell) != NULL) {
            *place = end;
            break;
        }
        kinds.cells++;
        if (number_is(cell.begin, (size_t)(cell.end - cell.begin), point, &value)) {
            kinds.numbers++;
            kinds.leading += kinds.cells <= 2;
            if (kinds.cells == 1)
                kinds.first = value;
            else if (kinds.cells == 2)
                kinds.second = value;
        } else {
            kinds.missing += csv_missing(&cell);
        }
    }
    return kinds;
}

/* Lines with something in them. */
static double count_lines(const char *at, const char *end, char separator)
{
    double lines = 0.0;
    for (at = csv_skip_blank(at, end, separator); at < end;
         at = csv_skip_blank(at, end, separator)) {
        (void)count_in_line(&at, end, '\0');
        lines += 1.0;
    }
    return lines;
}

static bool is_whole(double value)
{
    return value >= 1.0 && value < 4e9 && value == (double)(uint32_t)value;
}

void csv_look(const char *text, const char *end, const struct csv_options *options,
              struct csv_layout *layout)
{
    const char *first = csv_skip_blank(text, end, options->separator);
    const char stated = take_stated(&first, end);

    *layout = (struct csv_layout){.first = first};
    layout->separator = options->separator != '\0' ? options->separator
                        : stated != '\0'           ? stated
                                                   : find_separator(first, end);
    layout->point = layout->separator == ';' ? ',' : '.';
    layout->header = options->header == INCLINE_HEADER_YES;
    if (options->header != INCLINE_HEADER_AUTO)
        return;

    const char *at = first;
    const struct kinds one = look(&at, end, layout->separator, layout->point);
    const char *const next = at = csv_skip_blank(at, end, layout->separator);
    const struct kinds two = look(&at, end, layout->separator, layout->point);
    /* "150,4,setosa,versicolor,virginica": rows, features, and perhaps names of classes. */
    const bool promise = one.leading == 2 && one.numbers == 2 && one.cells > 2 &&
                         is_whole(one.first) && one.first >= PROMISED_LEAST &&
                         is_whole(one.second) && two.cells == one.second + 1.0;
    /* It may be a row like all others, by chance: unless that many rows follow. */
    if (promise &&
        (one.cells != two.cells || count_lines(next, end, layout->separator) == one.first)) {
        layout->promised = (uint32_t)one.first;
        layout->promise = first;
        layout->first = next;
    }
    layout->header = csv_has_header(layout->first, end, layout, options->known, false);
}

bool csv_look_early(const char *text, const char *end, bool ended,
                    const struct csv_options *options, const struct csv_expected *expected,
                    struct csv_layout *layout)
{
    static const char candidates[] = {'\t', ';', '|', ',', ' '};
    struct csv_layout found = {.first = csv_skip_blank(text, end, options->separator),
                               .point = '.',
                               .separator = options->separator,
                               .header = options->header == INCLINE_HEADER_YES};
    const char stated = take_stated(&found.first, end);
    struct kinds one = {0};
    const char *at;

    if (found.first == end && !ended)
        return false;
    if (found.separator == '\0')
        found.separator = stated;
    /* One row does not say what separates its cells; how many there shall be does. */
    for (size_t i = 0; i < sizeof candidates && found.separator == '\0'; i++) {
        at = found.first;
        one = look(&at, end, candidates[i], '.');
        if (one.cells > 1 && (one.cells == expected->cols || one.cells == expected->features))
            found.separator = candidates[i];
    }
    if (found.separator == '\0')
        found.separator = find_separator(found.first, end);
    found.point = found.separator == ';' ? ',' : '.';
    at = found.first;
    one = look(&at, end, found.separator, found.point);
    const char *const next = at = csv_skip_blank(at, end, found.separator);
    if (options->header == INCLINE_HEADER_AUTO) {
        const bool fits = one.cells == expected->cols || one.cells == expected->features;
        if (one.leading == 2 && one.numbers == 2 && one.cells > 2 && is_whole(one.first) &&
            one.first >= PROMISED_LEAST && is_whole(one.second) &&
            (!fits || expected->number_third)) { /* a promise; no row has texts there */
            found.first = next;
            one = look(&at, end, found.separator, found.point);
            at = csv_skip_blank(at, end, found.separator);
            if (one.cells == 0 && !ended)
                return false;
        }
        found.header = csv_has_header(found.first, end, &found, options->known, true);
        /* Texts alone: the next row says whether they stand where numbers belong. */
        if (!found.header && one.numbers == 0 && one.missing < one.cells && at == end && !ended)
            return false;
    }
    *layout = found;
    return true;
}
