/* split_files.c - a data set in parts: which samples go where, and a file for each part. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/data/divide.h"
#include "host/data/save.h"
#include "host/data/split.h"
#include "host/util/status.h"

enum { TRAIN, VALIDATION, TEST, PARTS };
static const float TEST_USUAL = 0.2f;

/* A data set under way into its parts. */
struct parting {
    const struct incline_split_options *how;
    incline_dataset *dataset;
    uint32_t counts[PARTS];
    uint32_t *rows; /* [all], those of each part rising, one part after the other; owned */
    struct divided divided;
    bool copied; /* rows are copied from `divided`, else written anew */
    char files[PARTS][FILE_PATH_MAX];
    struct incline_save_info saved; /* of a part that was written anew */
};

/* How many samples each part gets. */
static int count_parts(struct parting *p)
{
    const uint32_t rows = p->dataset->info.rows;
    const float test = p->how->test != 0.0f ? p->how->test : TEST_USUAL;
    const float validation = p->how->validation;

    if (!(test > 0.0f && validation >= 0.0f && test + validation < 1.0f))
        return FAIL(INCLINE_EARG,
                    "parts of %g to test and %g to validate; both are parts of 1, and some must be "
                    "left to train on",
                    (double)test, (double)validation);
    p->counts[TEST] = split_rows(rows, test);
    p->counts[VALIDATION] = split_rows(rows, validation);
    if (p->counts[TEST] == 0 || (validation > 0.0f && p->counts[VALIDATION] == 0) ||
        (uint64_t)p->counts[TEST] + p->counts[VALIDATION] >= rows)
        return FAIL(INCLINE_EARG,
                    "%s: %" PRIu32 " samples are too few for parts of %g and %g: one would be "
                    "empty",
                    p->dataset->info.name, rows, (double)test, (double)validation);
    p->counts[TRAIN] = rows - p->counts[TEST] - p->counts[VALIDATION];
    return INCLINE_OK;
}

/* Choose the rows of each part: those to test first, then those to validate of the rest. */
static int choose_rows(struct parting *p)
{
    const incline_dataset *const all = p->dataset;
    const uint64_t seed = p->how->seed != 0 ? p->how->seed : 1;
    const uint32_t rest = p->counts[TRAIN] + p->counts[VALIDATION];
    incline_dataset left = {.info = {.rows = rest, .classes = all->info.classes}};
    struct split test = {0}, validation = {0};
    int rc = INCLINE_OK;

    TRY(split_make(all, p->counts[TEST], seed, &test));
    p->rows = malloc(all->info.rows * sizeof *p->rows);
    left.labels = all->labels != NULL ? malloc(rest * sizeof *left.labels) : NULL;
    if (p->rows == NULL || (all->labels != NULL && left.labels == NULL)) {
        rc = FAIL(INCLINE_ENOMEM, "no memory to split %" PRIu32 " samples; close other programs",
                  all->info.rows);
        goto out;
    }
    for (uint32_t i = 0; left.labels != NULL && i < rest; i++)
        left.labels[i] = all->labels[test.rows[i]];
    TRY(split_make(&left, p->counts[VALIDATION], seed, &validation));
    for (uint32_t i = 0; i < all->info.rows; i++)
        p->rows[i] = test.rows[i < rest ? split_row(&validation, i) : i];
out:
    free(left.labels);
    split_clear(&validation);
    split_clear(&test);
    return rc;
}

/* The file that the rows of a table stand in; "" where there is none. */
static int find_source(const char *name, const incline_dataset *dataset, char *path)
{
    char folder[FILE_PATH_MAX];

    path[0] = '\0';
    if (strcmp(name, "-") == 0)
        return FAIL(INCLINE_EARG, "standard input is read once, and splitting reads it twice; name "
                                  "a file");
    if (dataset->columns == NULL)
        return INCLINE_OK;
    if (file_exists(name))
        dataset_copy_text(path, FILE_PATH_MAX, name);
    else if (dataset_find(name, folder) == INCLINE_OK)
        (void)find_table(folder, INCLINE_TRAIN, path);
    return INCLINE_OK;
}

static int name_files(struct parting *p, const char *source)
{
    static const char *const names[] = {"train", "validation", "test"};
    const size_t length = strlen(source);
    const bool compressed = length > 3 && strcmp(source + length - 3, ".gz") == 0;
    char ending[16];
    int rc = INCLINE_OK;

    if (p->copied)
        snprintf(ending, sizeof ending, "%s%s", divide_ending(&p->divided),
                 compressed ? ".gz" : "");
    for (int part = 0; part < PARTS; part++) {
        if (p->counts[part] == 0)
            continue;
        TRY(save_part_path(p->how->output, names[part], p->dataset, p->copied ? ending : NULL,
                           p->files[part]));
        TRY(save_is_free(p->files[part]));
    }
out:
    return rc;
}

/* Write one part. */
static int write_part(struct parting *p, int part, const uint32_t *rows)
{
    const char *const path = p->files[part];
    const size_t length = strlen(path);
    incline_dataset *chosen = NULL;
    struct bytes bytes = {0};
    uint64_t written = 0;
    int rc = INCLINE_OK;

    if (p->copied) {
        TRY(divide_rows(&p->divided, rows, p->counts[part], &bytes));
        TRY(save_write(&bytes, path, strcmp(path + length - 3, ".gz") == 0, &written));
    } else {
        TRY(dataset_select(p->dataset, rows, p->counts[part], &chosen));
        TRY(incline_dataset_save(chosen, path, &p->saved));
    }
out:
    bytes_clear(&bytes);
    incline_dataset_close(chosen);
    return rc;
}

/* True if the targets are those that a copy is taken to have where nothing is said. */
static int find_usual(const struct parting *p, const struct columns *columns, bool *usual)
{
    static const struct incline_data_options nothing = {0};
    const struct table sparse = {.cols = columns->cols, .target_first = true},
                       array = {.cols = columns->cols, .no_target = true};
    const struct table *const table = p->divided.kind == DIVIDED_SVM   ? &sparse
                                      : p->divided.kind == DIVIDED_NPY ? &array
                                                                       : &p->divided.table;
    bool *const marked = calloc(table->cols, sizeof *marked);
    uint32_t *const order = calloc(table->cols, sizeof *order), count = 0;
    int rc = INCLINE_OK;

    if (marked == NULL || order == NULL)
        rc = FAIL(INCLINE_ENOMEM, "no memory for %" PRIu32 " columns; close other programs",
                  table->cols);
    else
        rc = columns_targets(table, &nothing, marked, order, &count);
    if (rc == INCLINE_OK) {
        *usual = count == columns->target_count;
        for (uint32_t i = 0; *usual && i < count; i++)
            *usual = order[i] == columns->targets[i].at;
    }
    free(marked);
    free(order);
    return rc;
}

/* What files that were copied have no place for: a choice of `target` other than the usual one. */
static int lack_target(const struct parting *p, const char *target, struct save *copied)
{
    struct columns columns = {0};
    bool usual = true;

    if (!p->copied || target == NULL)
        return INCLINE_OK;
    int rc = columns_from_text(p->dataset->columns, &columns);
    if (rc == INCLINE_OK)
        rc = find_usual(p, &columns, &usual);
    if (rc == INCLINE_OK && !usual)
        save_lacks_target(copied, target);
    columns_clear(&columns);
    return rc;
}

static void tell(const struct parting *p, const char *lost, struct incline_split_info *info)
{
    *info = (struct incline_split_info){.train = p->counts[TRAIN],
                                        .validation = p->counts[VALIDATION],
                                        .test = p->counts[TEST],
                                        .stratified = p->dataset->labels != NULL};
    dataset_copy_text(info->train_file, sizeof info->train_file, p->files[TRAIN]);
    dataset_copy_text(info->validation_file, sizeof info->validation_file, p->files[VALIDATION]);
    dataset_copy_text(info->test_file, sizeof info->test_file, p->files[TEST]);
    dataset_copy_text(info->lost, sizeof info->lost, p->copied ? lost : p->saved.lost);
}

int incline_data_split(const char *name, const struct incline_data_options *options,
                       const struct incline_split_options *how, struct incline_split_info *info)
{
    static const struct incline_data_options usual = {0};
    struct parting p = {.how = how};
    struct save copied = {.lost = ""};
    char source[FILE_PATH_MAX];
    int rc = INCLINE_OK;

    options = options != NULL ? options : &usual;
    if (name == NULL || how == NULL || how->output == NULL)
        return FAIL(INCLINE_EARG, "no data set, or no folder for its parts; name both");
    TRY(incline_dataset_open_with(name, INCLINE_TRAIN, options, &p.dataset));
    TRY(incline_dataset_ready(p.dataset));
    TRY(count_parts(&p));
    TRY(find_source(name, p.dataset, source));
    if (source[0] != '\0')
        TRY(divide_open(source, options, p.dataset->info.rows, p.dataset->info.features, &p.divided,
                        &p.copied));
    TRY(lack_target(&p, options->target, &copied));
    TRY(choose_rows(&p));
    TRY(name_files(&p, source));
    TRY(file_make_folder(how->output));
    for (uint32_t part = 0, first = 0; part < PARTS; first += p.counts[part++])
        if (p.counts[part] > 0)
            TRY(write_part(&p, (int)part, p.rows + first));
    if (info != NULL)
        tell(&p, copied.lost, info);
out:
    if (p.copied)
        divide_close(&p.divided);
    free(p.rows);
    incline_dataset_close(p.dataset);
    return rc;
}
