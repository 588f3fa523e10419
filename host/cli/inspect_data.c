/* inspect_data.c - a data set in figures: its parts, its samples and its classes. */
#include "inspect.h"
#include "json.h"
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* One part of a data set, described; absent where `set` is NULL. */
struct part {
    incline_dataset *set;
    struct incline_dataset_info info;
    uint64_t *counts; /* [info.classes]; NULL without classes */
};

static int open_part(const char *name, enum incline_split split,
                     const struct incline_data_options *options, bool optional, struct part *part)
{
    const int rc = incline_dataset_open_with(name, split, options, &part->set);
    if (rc == INCLINE_ENODATA && optional)
        return CLI_DONE;
    if (rc != INCLINE_OK || incline_dataset_ready(part->set) != INCLINE_OK)
        return cli_check(rc != INCLINE_OK ? rc : incline_dataset_ready(part->set));
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
    incline_dataset_close(part->set);
}

static json_t *part_json(const struct part *part)
{
    if (part->set == NULL)
        return json_null();
    json_t *object = json_dataset(part->set), *counts = json_array();
    for (uint32_t c = 0; c < part->info.classes; c++)
        json_array_append_new(counts, json_count(part->counts[c]));
    json_object_set_new(object, "scale", json_number((double)part->info.scale));
    json_object_set_new(object, "shift", json_number((double)part->info.shift));
    json_object_set_new(object, "class_counts", counts);
    return object;
}

static void print_set(const struct part *first, const struct part *second)
{
    const struct incline_dataset_info *d = &first->info;
    printf("data      %s\nsource    %s\n", text_clean(d->name).s, d->source);
    if (second->set != NULL)
        printf("samples   %s to train on, %s to test\n", text_count(d->rows).s,
               text_count(second->info.rows).s);
    else
        printf("samples   %s\n", text_count(d->rows).s);
    printf("features  %" PRIu32, d->features);
    if (d->image_rows > 0)
        printf(", images of %" PRIu32 "x%" PRIu32, d->image_rows, d->image_cols);
    if (d->scales != NULL)
        printf("\nelements  %s, each feature in a scaling of its own\n",
               d->bytes ? "uint8" : "float32");
    else
        printf("\nelements  %s, seen as value * %.6g + %.6g\n", d->bytes ? "uint8" : "float32",
               (double)d->scale, (double)d->shift);
    if (d->outputs > 0)
        printf("targets   %" PRIu32 "\n", d->outputs);
    if (d->classes == 0) {
        if (d->outputs == 0)
            puts("classes   none: the samples have no labels");
        return;
    }
    printf("classes   %" PRIu32 "\n\nclass  %9s%s\n", d->classes,
           second->set != NULL ? "train" : "samples", second->set != NULL ? "       test" : "");
    for (uint32_t c = 0; c < d->classes; c++) {
        printf("%5" PRIu32 "  %9s", c, text_count(first->counts[c]).s);
        if (second->set != NULL && c < second->info.classes)
            printf("  %9s", text_count(second->counts[c]).s);
        putchar('\n');
    }
}

int inspect_data(const char *name, bool single, const struct data_words *words, bool json)
{
    struct part train = {0}, test = {0};
    struct incline_data_options options;
    int status = CLI_DONE;

    TRY(data_options(words, NULL, &options));
    TRY(open_part(name, INCLINE_TRAIN, &options, false, &train));
    if (!single) {
        TRY(data_options(words, incline_dataset_columns(train.set), &options));
        TRY(open_part(name, INCLINE_TEST, &options, true, &test));
    }
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
