/* inspect_data.c - a data set in figures: its parts, its samples, its classes and its columns. */
#include "columns.h"
#include "inspect_part.h"
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int open_part(const char *name, enum incline_split split,
                     const struct incline_data_options *options, bool optional, struct part *part)
{
    const int rc = incline_dataset_open_with(name, split, options, &part->set);
    if (rc == INCLINE_ENODATA && optional)
        return CLI_DONE;
    if (rc != INCLINE_OK)
        return cli_check(rc);
    const int summed = incline_dataset_summarize(part->set, &part->summary);
    if (summed != INCLINE_OK)
        return cli_check(summed);
    incline_dataset_describe(part->set, &part->info);
    if (part->info.classes == 0)
        return CLI_DONE;
    part->counts = calloc(part->info.classes, sizeof *part->counts);
    if (part->counts == NULL)
        return cli_fail("not enough memory to count %" PRIu32 " classes", part->info.classes);
    incline_dataset_class_counts(part->set, part->counts);
    return CLI_DONE;
}

static void close_part(struct part *part)
{
    free(part->counts);
    incline_summary_free(part->summary);
    incline_dataset_close(part->set);
}

/* "repeated  3, 1 of them with another answer than the first". */
static void print_repeated(const struct part *part, const char *which)
{
    const struct incline_summary *const s = part->summary;

    printf("repeated  %s", s->duplicates > 0 ? text_count(s->duplicates).s : "none");
    if (s->contradictions > 0)
        printf(", %s of them with another answer than the first", text_count(s->contradictions).s);
    puts(which);
}

/* True if one of the constant columns is the one that the summary says was rounded. */
static bool rounded_constant(const struct incline_summary *s)
{
    for (uint32_t i = 0; s->rounded[0] != '\0' && i < s->column_count; i++)
        if (s->columns[i].constant && strcmp(s->columns[i].name, s->rounded) == 0)
            return true;
    return false;
}

/* A column that numbers the samples, by its name, or its number where it has none. */
static void print_counting(const struct incline_column_summary *column)
{
    char number[16];

    snprintf(number, sizeof number, "%" PRIu32, column->number);
    const struct text name = text_clean(column->name[0] != '\0' ? column->name : number);
    printf("counting  column %s numbers the samples, from which nothing is to be learned: leave it "
           "out with --ignore \"%s\"\n",
           name.s, name.s);
}

/* What may be wrong with the samples. */
static void print_faults(const struct part *first, const struct part *second)
{
    const struct incline_summary *const s = first->summary;
    const bool two = second->set != NULL;
    uint32_t columns = 0;

    for (uint32_t i = 0; i < s->column_count; i++)
        columns += s->columns[i].missing > 0;
    if (s->missing > 0)
        printf("missing   %s values, in %" PRIu32 " of %" PRIu32 " columns\n",
               text_count(s->missing).s, columns, s->column_count);
    if (s->constant > 0)
        printf("constant  %s %s%s: the same in every sample%s%s\n", text_count(s->constant).s,
               first->info.image_rows > 0 ? "pixel" : "column", s->constant > 1 ? "s" : "",
               rounded_constant(s) ? ", as floats of 32 bits, which drop digits of " : "",
               rounded_constant(s) ? text_clean(s->rounded).s : "");
    for (uint32_t i = 0; i < s->column_count; i++)
        if (s->columns[i].counts)
            print_counting(&s->columns[i]);
    print_repeated(first, two ? ", of those to train on" : "");
    if (!two)
        return;
    print_repeated(second, ", of those to test");
    if (second->shared > 0)
        printf("shared    %s to test are among those to train on: not new to the network\n",
               text_count(second->shared).s);
}

static void print_set(const struct part *first, const struct part *second)
{
    const struct incline_dataset_info *d = &first->info;
    const struct incline_range *const range = &first->summary->range;

    printf("data      %s\nsource    %s\n", text_clean(d->name).s, d->source);
    if (second->set != NULL)
        printf("samples   %s to train on, %s to test\n", text_count(d->rows).s,
               text_count(second->info.rows).s);
    else
        printf("samples   %s\n", text_count(d->rows).s);
    if (d->header != INCLINE_HEADER_AUTO)
        printf("header    %s\n", d->header == INCLINE_HEADER_YES
                                     ? "the first line names the columns"
                                     : "none: the first line is a sample (--header yes if not)");
    printf("features  %" PRIu32, d->features);
    if (d->image_rows > 0)
        printf(", images of %" PRIu32 "x%" PRIu32, d->image_rows, d->image_cols);
    if (d->scales != NULL)
        printf("\nelements  %s, each feature in a scaling of its own\n",
               d->bytes ? "uint8" : "float32");
    else
        printf("\nelements  %s, seen as value * %.6g + %.6g\n", d->bytes ? "uint8" : "float32",
               (double)d->scale, (double)d->shift);
    if (d->image_rows > 0) /* of columns each has its own */
        printf("values    %.6g to %.6g, mean %.6g, deviation %.6g\n", range->minimum,
               range->maximum, range->mean, range->deviation);
    print_faults(first, second);
    const struct text target = columns_target(incline_dataset_columns(first->set));
    if (target.s[0] != '\0')
        printf("target    %s\n", target.s);
    if (d->outputs > 1 || (d->outputs == 1 && target.s[0] == '\0'))
        printf("targets   %" PRIu32 "\n", d->outputs);
    else if (d->classes == 0 && d->outputs == 0)
        puts("classes   none: the samples have no labels");
    if (d->classes > 0)
        part_print_classes(first, second);
    if (d->image_rows == 0)
        part_print_columns(first);
}

int inspect_data(const char *name, bool single, const struct data_words *words, bool json)
{
    struct part train = {0}, test = {0};
    struct incline_data_options options;
    int status = CLI_DONE;

    TRY(data_options(words, NULL, &options));
    TRY(open_part(name, INCLINE_TRAIN, &options, false, &train));
    single = (single && !train.info.two_parts) || train.info.undivided;
    if (!single) {
        TRY(data_options(words, incline_dataset_columns(train.set), &options));
        TRY(open_part(name, INCLINE_TEST, &options, true, &test));
    }
    if (test.set != NULL) /* parts that cannot be compared share nothing */
        (void)incline_dataset_shared(test.set, train.set, &test.shared);
    if (!json)
        print_set(&train, &test);
    else if (single)
        status = json_print(json_pack("{s:s, s:o}", "kind", "data", "samples", part_json(&train)),
                            false);
    else
        status = json_print(json_pack("{s:s, s:o, s:o}", "kind", "data", "train", part_json(&train),
                                      "test", part_json(&test)),
                            false);
out:
    close_part(&test);
    close_part(&train);
    return status;
}
