/* summary.c - a data set summed up: ranges of its columns, what is missing, constant or double.
 *
 * Goes over the samples twice, row by row as they lie in memory: once for sums, once for squared
 * distances from the mean that came of them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/data/columns.h"
#include "host/data/rows.h"
#include "host/util/status.h"

/* What is gathered of one feature, or of one target. */
struct gathered {
    uint64_t count; /* values that are there */
    double minimum, maximum, sum, squares;
    double last; /* value */
    bool gaps;   /* one was not its predecessor plus 1 */
};

/* A summary with what its texts belong to. */
struct summary {
    struct incline_summary face;
    struct columns columns; /* what the table says; empty without one */
    struct incline_column_summary *list;
    struct gathered *gathered; /* [features + outputs] */
};

static int no_memory(const incline_dataset *dataset)
{
    return FAIL(INCLINE_ENOMEM, "%s: no memory to sum up %u features; close other programs",
                dataset->info.name, dataset->info.features);
}

static double mean_of(const struct gathered *g)
{
    return g->count > 0 ? g->sum / (double)g->count : (double)NAN;
}

/* Values of one row: `bytes` or `floats`; `missing` where some may not be there. */
struct line {
    const unsigned char *bytes;
    const float *floats;
    const incline_dataset *missing;
    uint32_t row, count;
};

static void add_sums(const struct line *line, struct gathered *gathered)
{
    for (uint32_t i = 0; i < line->count; i++) {
        const double value = line->bytes != NULL ? line->bytes[i] : (double)line->floats[i];
        struct gathered *const g = &gathered[i];
        if (line->missing != NULL && dataset_missing(line->missing, line->row, i))
            continue;
        g->gaps |= g->count > 0 && value != g->last + 1.0;
        g->last = value;
        g->count++;
        g->minimum = value < g->minimum ? value : g->minimum;
        g->maximum = value > g->maximum ? value : g->maximum;
        g->sum += value;
    }
}

static void add_squares(const struct line *line, const double *means, struct gathered *gathered)
{
    for (uint32_t i = 0; i < line->count; i++) {
        const double value = line->bytes != NULL ? line->bytes[i] : (double)line->floats[i];
        const double off = value - means[i];
        if (line->missing != NULL && dataset_missing(line->missing, line->row, i))
            continue;
        gathered[i].squares += off * off;
    }
}

static struct line line_of(const incline_dataset *dataset, uint32_t row, bool targets)
{
    const uint32_t features = dataset->info.features, outputs = dataset->info.outputs;

    if (targets)
        return (struct line){.floats = dataset->targets + (size_t)row * outputs, .count = outputs};
    struct line line = {.row = row, .count = features};
    if (dataset->info.bytes)
        line.bytes = (const unsigned char *)dataset->values + (size_t)row * features;
    else
        line.floats = (const float *)dataset->values + (size_t)row * features;
    line.missing = dataset->missing != NULL ? dataset : NULL;
    return line;
}

static int gather(const incline_dataset *dataset, struct gathered *gathered)
{
    const uint32_t rows = dataset->info.rows, features = dataset->info.features;
    const size_t count = (size_t)features + dataset->info.outputs;
    double *const means = malloc(count * sizeof *means);

    if (means == NULL)
        return no_memory(dataset);
    for (size_t i = 0; i < count; i++)
        gathered[i] = (struct gathered){.minimum = (double)INFINITY, .maximum = -(double)INFINITY};
    for (int targets = 0; targets <= (dataset->targets != NULL); targets++) {
        const size_t first = targets ? features : 0;
        for (uint32_t row = 0; row < rows; row++) {
            const struct line line = line_of(dataset, row, targets != 0);
            add_sums(&line, gathered + first);
        }
        for (size_t i = first; i < (targets ? count : features); i++)
            means[i] = mean_of(&gathered[i]);
        for (uint32_t row = 0; row < rows; row++) {
            const struct line line = line_of(dataset, row, targets != 0);
            add_squares(&line, means + first, gathered + first);
        }
    }
    free(means);
    return INCLINE_OK;
}

static struct incline_range range_of(const struct gathered *g)
{
    const bool any = g->count > 0;
    return (struct incline_range){any ? g->minimum : (double)NAN, any ? g->maximum : (double)NAN,
                                  mean_of(g),
                                  any ? sqrt(g->squares / (double)g->count) : (double)NAN};
}

/* Add what was gathered of a feature to what was gathered of all; squares are about the mean of
 * both. Source: Chan, Golub, LeVeque 1979, "Updating Formulae and a Pairwise Algorithm". */
static void add_range(struct gathered *all, const struct gathered *g)
{
    if (g->count == 0)
        return;
    const double n = (double)all->count, m = (double)g->count;
    const double off = n > 0.0 ? g->sum / m - all->sum / n : 0.0;
    all->squares += g->squares + off * off * (n * m / (n + m));
    all->count += g->count;
    all->sum += g->sum;
    all->minimum = g->minimum < all->minimum ? g->minimum : all->minimum;
    all->maximum = g->maximum > all->maximum ? g->maximum : all->maximum;
}

/* Of few samples any column may seem to count them. */
enum { COUNTED_LEAST = 10 };

static void tell_number(const struct gathered *g, uint32_t rows, struct incline_column_summary *c)
{
    c->range = range_of(g);
    c->missing = rows - (uint32_t)g->count;
    c->constant = g->count > 0 && g->minimum == g->maximum;
    c->counts = !c->target && !c->constant && rows >= COUNTED_LEAST && g->count == rows && !g->gaps;
}

/* A category, whose features begin at `g`: each sum counts the samples with that text. */
static void tell_category(const struct column *column, const struct gathered *g, uint32_t rows,
                          struct incline_column_summary *c)
{
    c->category = true;
    c->features = column->value_count;
    c->range = range_of(&(struct gathered){.count = 0});
    c->missing = c->features > 0 ? rows - (uint32_t)g->count : rows;
    for (uint32_t v = 0; v < column->value_count; v++)
        if (g[v].sum > c->common_rows) {
            c->common_rows = (uint32_t)g[v].sum;
            c->commonest = column->values[v];
        }
    c->constant = c->common_rows > 0 && c->common_rows == rows - c->missing;
}

/* The list of columns, and what is said of all of them. */
static void tell_columns(const incline_dataset *dataset, struct summary *summary)
{
    const struct columns *const columns = &summary->columns;
    const uint32_t rows = dataset->info.rows, outputs = dataset->info.outputs;
    const uint32_t count = summary->face.column_count - outputs;
    struct gathered all = {.minimum = (double)INFINITY, .maximum = -(double)INFINITY};
    const struct gathered *g = summary->gathered;

    for (uint32_t i = 0; i < count + outputs; i++) {
        struct incline_column_summary *const c = &summary->list[i];
        const struct column *const column =
            i < columns->feature_count ? &columns->features[i] : NULL;
        *c = (struct incline_column_summary){.name = "", .commonest = "", .features = 1};
        c->target = i >= count;
        c->number = (column != NULL && column->at != COLUMN_ABSENT ? column->at : i) + 1;
        if (c->target)
            c->name = incline_dataset_target_name(dataset, i - count);
        else if (column != NULL && column->name != NULL)
            c->name = column->name;
        if (column != NULL && column->values != NULL)
            tell_category(column, g, rows, c);
        else
            tell_number(g, rows, c);
        if (!c->target && !c->category)
            add_range(&all, g);
        g += c->features;
        if (c->target)
            c->features = 0;
        summary->face.missing += c->missing;
        summary->face.constant += !c->target && c->constant;
    }
    summary->face.range = range_of(&all);
}

static bool same_answer(const incline_dataset *dataset, uint32_t a, uint32_t b)
{
    const size_t outputs = dataset->info.outputs;

    if (dataset->labels != NULL && dataset->labels[a] != dataset->labels[b])
        return false;
    return dataset->targets == NULL ||
           memcmp(dataset->targets + a * outputs, dataset->targets + b * outputs,
                  outputs * sizeof *dataset->targets) == 0;
}

static int count_duplicates(const incline_dataset *dataset, struct incline_summary *face)
{
    struct rows rows;
    const int rc = rows_open(dataset, &rows);

    if (rc != INCLINE_OK)
        return rc;
    for (uint32_t row = 0; row < dataset->info.rows; row++) {
        const uint32_t earlier = rows_find(&rows, dataset, row, true);
        if (earlier == UINT32_MAX)
            continue;
        face->duplicates++;
        face->contradictions += !same_answer(dataset, earlier, row);
    }
    rows_close(&rows);
    return INCLINE_OK;
}

int incline_dataset_summarize(const incline_dataset *dataset, struct incline_summary **out)
{
    const struct incline_dataset_info *const info = &dataset->info;
    struct summary *made = NULL;
    int rc = INCLINE_OK;

    TRY(incline_dataset_ready(dataset));
    made = calloc(1, sizeof *made);
    if (made == NULL)
        return no_memory(dataset);
    if (dataset->columns != NULL)
        TRY(columns_from_text(dataset->columns, &made->columns));
    made->face.column_count =
        (dataset->columns != NULL ? made->columns.feature_count : info->features) + info->outputs;
    made->gathered = malloc(((size_t)info->features + info->outputs) * sizeof *made->gathered);
    made->list =
        malloc((made->face.column_count > 0 ? made->face.column_count : 1) * sizeof *made->list);
    if (made->gathered == NULL || made->list == NULL)
        TRY(no_memory(dataset));
    made->face.columns = made->list;
    made->face.rounded = dataset->rounded;
    TRY(gather(dataset, made->gathered));
    tell_columns(dataset, made);
    TRY(count_duplicates(dataset, &made->face));
    *out = &made->face;
    made = NULL;
out:
    if (made != NULL)
        incline_summary_free(&made->face);
    return rc;
}

void incline_summary_free(struct incline_summary *face)
{
    struct summary *const summary = (struct summary *)face; /* its first member */

    if (summary == NULL)
        return;
    columns_clear(&summary->columns);
    free(summary->gathered);
    free(summary->list);
    free(summary);
}
