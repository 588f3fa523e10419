/* csv_header.c - whether the first line of a file of separated values is a header, which nothing in
 * the file says.
 *
 * Where a model knows its columns, their names say it. Otherwise the line is held against those
 * below: a header is at odds with what its columns hold. Cells without a value say nothing. */
#include <math.h>
#include <string.h>

#include "host/data/columns.h"
#include "host/data/number.h"

/* Columns that are looked at; rows below that say what is in them, and more where texts alone are
 * to be compared. Numbers that count on from one another, as those of columns or years do. */
enum { LOOK_COLS = 256, LOOK_ROWS = 20, LOOK_TEXT_ROWS = 1000, COUNTED_LEAST = 3 };
#define COUNTED_BELOW 1e9

/* A cell of the first line, and what stands below it. */
struct head {
    struct csv_cell cell;
    enum { HEAD_MISSING, HEAD_NUMBER, HEAD_TEXT } kind;
    double value;           /* of a number */
    struct csv_cell sample; /* the first value below; begin NULL without one */
    uint32_t numbers, texts;
    bool again;    /* the cell itself occurs below */
    bool repeated; /* its sample occurs more than once */
};

struct line {
    struct head heads[LOOK_COLS];
    uint32_t cells; /* at most LOOK_COLS */
    uint32_t numbers, texts;
    bool counted; /* its numbers rise by one, each from the one before */
};

static bool same(const struct csv_cell *a, const struct csv_cell *b)
{
    const size_t length = (size_t)(a->end - a->begin);
    return (size_t)(b->end - b->begin) == length && memcmp(a->begin, b->begin, length) == 0;
}

static bool is_number(const struct csv_cell *cell, char point, double *value)
{
    return number_is(cell->begin, (size_t)(cell->end - cell->begin), point, value);
}

static const char *read_line(const char *at, const char *end, const struct csv_layout *layout,
                             struct line *line)
{
    struct csv_cell cell = {.last = false};
    double before = 0.0;

    *line = (struct line){.counted = true};
    at = csv_row_begin(at, end, layout->separator);
    while (!cell.last && at < end && csv_next(&at, end, layout->separator, &cell) == NULL) {
        struct head head = {.cell = cell};
        if (is_number(&cell, layout->point, &head.value)) {
            head.kind = HEAD_NUMBER;
            line->counted &= head.value == floor(head.value) && fabs(head.value) < COUNTED_BELOW &&
                             (line->numbers == 0 || head.value == before + 1.0);
            before = head.value;
        } else {
            head.kind = csv_missing(&cell) ? HEAD_MISSING : HEAD_TEXT;
        }
        line->numbers += head.kind == HEAD_NUMBER;
        line->texts += head.kind == HEAD_TEXT;
        if (line->cells < LOOK_COLS)
            line->heads[line->cells++] = head;
    }
    return at;
}

/* Hold a row against the first line. Returns what stands behind it; true in *counted if its
 * numbers, too, rise by one. */
static const char *compare_row(const char *at, const char *end, const struct csv_layout *layout,
                               struct line *line, bool *counted)
{
    struct csv_cell cell = {.last = false};
    double value, before = 0.0;
    uint32_t numbers = 0;

    *counted = true;
    at = csv_row_begin(at, end, layout->separator);
    for (uint32_t col = 0; !cell.last && at < end; col++) {
        if (csv_next(&at, end, layout->separator, &cell) != NULL)
            return end;
        const bool number = is_number(&cell, layout->point, &value);
        if (number) {
            *counted &= numbers == 0 || value == before + 1.0;
            before = value;
            numbers++;
        }
        if (col >= line->cells || (!number && csv_missing(&cell)))
            continue;
        struct head *const head = &line->heads[col];
        head->numbers += number;
        head->texts += !number;
        head->again |= same(&head->cell, &cell);
        if (head->sample.begin == NULL)
            head->sample = cell;
        else
            head->repeated |= same(&head->sample, &cell);
    }
    *counted &= numbers == line->numbers;
    return at;
}

/* True if a text stands where numbers belong. */
static bool is_at_odds(const struct line *line)
{
    bool odds = false;
    for (uint32_t col = 0; col < line->cells && line->numbers == 0; col++)
        odds |=
            line->heads[col].kind == HEAD_TEXT && line->heads[col].numbers > line->heads[col].texts;
    return odds;
}

/* True if the numbers of the first line count from one to the next, and those of no row below do:
 * columns that are numbered, from 0 or 1 unless a name stands beside them. */
static bool is_counted(const struct line *line)
{
    bool names = line->texts > 0;
    double first = -1.0;

    if (!line->counted || line->numbers < COUNTED_LEAST)
        return false;
    for (uint32_t col = 0; col < line->cells; col++) {
        const struct head *const head = &line->heads[col];
        if (head->kind == HEAD_TEXT && head->again)
            return false;
        if (head->kind == HEAD_NUMBER && first < 0.0)
            first = head->value;
    }
    return names || first == 0.0 || first == 1.0;
}

/* True if each text of the first line stands there alone, in a table of texts that come again, or
 * if at least that does which is the usual name of a target. */
static bool is_all_names(const struct line *line)
{
    bool again = false, repeated = false, target = false;
    uint32_t rank = COLUMN_ABSENT;
    char name[16];

    for (uint32_t col = 0; col < line->cells; col++) {
        const struct head *const head = &line->heads[col];
        if (head->kind != HEAD_TEXT)
            continue;
        for (uint32_t before = 0; before < col; before++)
            if (same(&head->cell, &line->heads[before].cell))
                return false;
        again |= head->again;
        repeated |= head->repeated;
        const size_t length = (size_t)(head->cell.end - head->cell.begin);
        if (length > 1 && length < sizeof name && !head->again) { /* a letter may mean "yes" */
            name[csv_text(&head->cell, name)] = '\0';
            target |= columns_claim_target(name, &rank);
        }
    }
    return target || (!again && repeated);
}

/* True if the line has the names of columns that are known: most of them, or one, and no number. */
static bool is_known(const struct line *line, const char *at, const char *end,
                     const struct csv_layout *layout, const struct columns *known)
{
    struct csv_cell cell = {.last = false};
    uint32_t found = 0, near = 0;

    at = csv_row_begin(at, end, layout->separator);
    for (uint32_t col = 0; !cell.last && at < end; col++) {
        if (csv_next(&at, end, layout->separator, &cell) != NULL)
            return false;
        double value;
        const bool anywhere = !is_number(&cell, layout->point, &value); /* a number may be chance */
        while (near < known->feature_count && known->features[near].at < col)
            near++;
        for (uint32_t i = 0; i < known->feature_count && cell.begin < cell.end; i++) {
            const struct column *const feature =
                &known->features[(near + i) % known->feature_count];
            if (!anywhere && feature->at != col)
                break;
            if (feature->name != NULL && csv_is(&cell, feature->name)) {
                found++;
                break;
            }
        }
    }
    return found > known->feature_count / 2 || (found > 0 && line->numbers == 0);
}

bool csv_has_header(const char *first, const char *end, const struct csv_layout *layout,
                    const struct columns *known, bool early)
{
    struct line line;
    bool counted = false, one = false;
    uint32_t rows = 0;
    const char *at = read_line(first, end, layout, &line);

    if (known != NULL && is_known(&line, first, end, layout, known))
        return true;
    if (line.texts == 0 && !line.counted)
        return false;
    for (at = csv_skip_blank(at, end, layout->separator);
         at < end && rows < (early ? 1 : LOOK_ROWS);
         at = csv_skip_blank(at, end, layout->separator), rows++) {
        at = compare_row(at, end, layout, &line, &one);
        counted |= one;
    }
    if (rows == 0 || is_at_odds(&line))
        return rows > 0;
    if (known != NULL) /* its columns have other names, or none */
        return false;
    if (line.numbers > 0)
        return !counted && is_counted(&line);
    for (; at < end && rows < LOOK_TEXT_ROWS; rows++)
        at = csv_skip_blank(compare_row(at, end, layout, &line, &one), end, layout->separator);
    return is_all_names(&line);
}
