/* inspect_part.c - the classes and the columns of a data set as tables, and all of it as JSON. */
#include "inspect_part.h"
#include "columns.h"
#include "text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Columns that are printed; --json has all of them. */
enum { COLUMNS_PRINTED = 50, NAME_WIDTH = 20 };

static void print_count(const struct part *part, uint32_t c)
{
    if (part->set == NULL || c >= part->info.classes)
        return;
    printf("  %9s  %8s", text_count(part->counts[c]).s,
           text_percent((double)part->counts[c] / part->info.rows).s);
}

void part_print_classes(const struct part *first, const struct part *second)
{
    const bool two = second->set != NULL;

    printf("classes   %" PRIu32 "\n\nclass                 %9s     share%s\n", first->info.classes,
           two ? "train" : "samples", two ? "       test     share" : "");
    for (uint32_t c = 0; c < first->info.classes; c++) {
        const char *const name = incline_dataset_class_name(first->set, c);
        if (name[0] != '\0')
            fputs(text_cell(name, NAME_WIDTH).s, stdout);
        else
            printf("%-*" PRIu32, NAME_WIDTH, c);
        print_count(first, c);
        print_count(second, c);
        putchar('\n');
    }
}

static void print_column(const struct incline_column_summary *c, uint32_t number)
{
    char label[32];

    snprintf(label, sizeof label, "%" PRIu32, number);
    printf("%s %9s  ", text_cell(c->name[0] != '\0' ? c->name : label, NAME_WIDTH).s,
           text_count(c->missing).s);
    if (c->category)
        printf("%" PRIu32 " texts, \"%s\" in %s", c->features, text_clean(c->commonest).s,
               text_count(c->common_rows).s);
    else
        printf("%11.5g %11.5g %11.5g %11.5g", c->range.minimum, c->range.maximum, c->range.mean,
               c->range.deviation);
    puts(c->target ? "  target" : c->constant ? "  constant" : "");
}

void part_print_columns(const struct part *part)
{
    const struct incline_summary *const s = part->summary;
    uint32_t number = 0, printed = 0;

    printf("\n%-*s   missing          min         max        mean   deviation\n", NAME_WIDTH,
           "column");
    for (uint32_t i = 0; i < s->column_count; i++) {
        const bool first = s->columns[i].target && (i == 0 || !s->columns[i - 1].target);
        number = !s->columns[i].target ? s->columns[i].number : first ? 1 : number + 1;
        if (i < COLUMNS_PRINTED || s->columns[i].target) {
            print_column(&s->columns[i], number);
            printed++;
        }
    }
    if (printed < s->column_count)
        printf("and %" PRIu32 " more columns; --json has all of them\n", s->column_count - printed);
}

static void set_range(json_t *object, const struct incline_range *range)
{
    json_object_set_new(object, "minimum", json_number(range->minimum));
    json_object_set_new(object, "maximum", json_number(range->maximum));
    json_object_set_new(object, "mean", json_number(range->mean));
    json_object_set_new(object, "deviation", json_number(range->deviation));
}

static json_t *column_json(const struct incline_column_summary *c)
{
    json_t *const object =
        json_pack("{s:o, s:s, s:b, s:o, s:b, s:b}", "name",
                  c->name[0] != '\0' ? json_text(c->name) : json_null(), "kind",
                  c->category ? "category" : "number", "target", c->target, "missing",
                  json_count(c->missing), "constant", c->constant, "counts", c->counts);
    if (c->category) {
        json_object_set_new(object, "values", json_count(c->features));
        json_object_set_new(object, "commonest", json_text(c->commonest));
        json_object_set_new(object, "common_samples", json_count(c->common_rows));
    } else {
        set_range(object, &c->range);
    }
    return object;
}

/* Of each class its name, or null, and its samples. */
static void set_classes(json_t *object, const struct part *part)
{
    json_t *const names = json_array(), *const counts = json_array();

    for (uint32_t c = 0; c < part->info.classes; c++) {
        const char *const name = incline_dataset_class_name(part->set, c);
        json_array_append_new(names, name[0] != '\0' ? json_text(name) : json_null());
        json_array_append_new(counts, json_count(part->counts[c]));
    }
    json_object_set_new(object, "class_names", names);
    json_object_set_new(object, "class_counts", counts);
}

json_t *part_json(const struct part *part)
{
    const struct incline_summary *const s = part->summary;

    if (part->set == NULL)
        return json_null();
    json_t *const object = json_dataset(part->set), *const columns = json_array();
    json_set_scaling(object, part->info.scale, part->info.shift, part->info.scales,
                     part->info.shifts, part->info.features);
    json_object_set_new(object, "target", columns_target_json(incline_dataset_columns(part->set)));
    set_classes(object, part);
    set_range(object, &s->range);
    json_object_set_new(object, "missing", json_count(s->missing));
    json_object_set_new(object, "constant_columns", json_count(s->constant));
    json_object_set_new(object, "repeated", json_count(s->duplicates));
    json_object_set_new(object, "contradicting", json_count(s->contradictions));
    json_object_set_new(object, "shared", json_count(part->shared));
    for (uint32_t i = 0; part->info.image_rows == 0 && i < s->column_count; i++)
        json_array_append_new(columns, column_json(&s->columns[i]));
    json_object_set_new(object, "columns", columns);
    return object;
}
