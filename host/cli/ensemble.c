/* ensemble.c - incline ensemble: several models as one, by the mean of what they predict. */
#include "data_options.h"
#include "json.h"
#include "kept.h"
#include "options.h"
#include "terminal.h"
#include "text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_COLUMNS = 32 };

struct ensemble_words {
    const char *data, *device;
    int split, gemm;
    bool json;
    struct data_words table;
    struct option *options;      /* these words as a table */
    struct incline_run_info run; /* what the run of the first says, where no data are named, */
    json_t *kept;                /* and what it kept of its options */
};

struct member {
    const char *path;
    incline_model *model;
    struct incline_evaluation result;
};

/* Closed in the opposite order. */
struct ensemble {
    struct member *members;
    size_t count;
    struct incline_model_info info; /* of the first; in task, inputs and predictions of all */
    const char *name;               /* of the data set, as it was opened */
    incline_dataset *data;
    incline_device *device;
    struct incline_evaluation result; /* of all together */
};

static const char *task_text(enum incline_task task)
{
    switch (task) {
    case INCLINE_TASK_CLASSES:
        return "one of several classes";
    case INCLINE_TASK_BINARY:
        return "one of two classes by one output";
    case INCLINE_TASK_LABELS:
        return "several labels";
    case INCLINE_TASK_REGRESSION:
        return "numbers";
    }
    return "something unknown";
}

/* A mean is of the same things only: inputs, and what is predicted, by name and in order. */
static int check_member(const struct ensemble *all, const struct member *member)
{
    const struct member *first = &all->members[0];
    struct incline_model_info info;

    incline_model_describe(member->model, &info);
    if (info.task != all->info.task)
        return cli_fail("%s predicts %s, %s predicts %s; members of an ensemble predict the same",
                        first->path, task_text(all->info.task), member->path, task_text(info.task));
    if (info.widths[0] != all->info.widths[0] || info.predictions != all->info.predictions)
        return cli_fail("%s has %" PRIu32 " inputs and %" PRIu32 " predictions, %s has %" PRIu32
                        " and %" PRIu32 "; members of an ensemble have as many",
                        first->path, all->info.widths[0], all->info.predictions, member->path,
                        info.widths[0], info.predictions);
    for (uint32_t p = 0; p < info.predictions; p++) {
        const char *name = incline_model_class_name(first->model, p);
        const char *other = incline_model_class_name(member->model, p);
        if (strcmp(name, other) != 0)
            return cli_fail("prediction %" PRIu32 " of %s is \"%s\", of %s \"%s\"; members of an "
                            "ensemble predict the same in the same order",
                            p + 1, first->path, text_clean(name).s, member->path,
                            text_clean(other).s);
    }
    if (!incline_model_same_columns(first->model, member->model))
        return cli_fail("%s and %s make different inputs of the columns of a table; train the "
                        "members of an ensemble on the same one",
                        first->path, member->path);
    return CLI_DONE;
}

static int open_members(struct ensemble *all, char **paths)
{
    int status = CLI_DONE;

    for (size_t m = 0; m < all->count; m++) {
        all->members[m].path = paths[m];
        TRY(cli_open_model(paths[m], NULL, &all->members[m].model));
        if (m == 0)
            incline_model_describe(all->members[0].model, &all->info);
        TRY(check_member(all, &all->members[m]));
    }
out:
    return status;
}

static int open_data(struct ensemble_words *words, struct ensemble *all)
{
    int status = CLI_DONE;
    struct incline_data_options options;
    const incline_model *const model = all->members[0].model;
    const char *name = words->data;

    if (name == NULL)
        TRY(kept_open(all->members[0].path, words->split == INCLINE_TEST,
                      incline_model_columns(model), "ensemble MODEL MODEL... --data DATA",
                      words->options, &words->run, &words->kept, &name));
    if (name == NULL)
        name = all->info.trained_on;
    if (name[0] == '\0' || cli_was_piped(name))
        return cli_usage("%s %s; name the data set with --data", all->members[0].path,
                         name[0] == '\0' ? "does not say what it was trained on"
                                         : "was trained on standard input");
    TRY(data_options_for(&words->table, model, &options));
    TRY(cli_open_data(name, words->split, &options, &all->data));
    all->name = name;
out:
    return status;
}

/* Each member, and the mean of all. */
static int evaluate_members(struct ensemble *all)
{
    int status = CLI_DONE;
    const incline_model **models = calloc(all->count, sizeof *models);
    struct incline_evaluation *each = calloc(all->count, sizeof *each);

    if (models == NULL || each == NULL) {
        status = cli_fail("not enough memory for the scores of %zu models", all->count);
        goto out;
    }
    for (size_t m = 0; m < all->count; m++)
        models[m] = all->members[m].model;
    TRY(cli_check(incline_evaluate_mean(models, all->count, all->device, all->data, NULL, NULL,
                                        NULL, each, &all->result)));
    for (size_t m = 0; m < all->count; m++)
        all->members[m].result = each[m];
out:
    free(each);
    free(models);
    return status;
}

/* ---- results ---- */

static void print_scores(const char *name, const struct incline_evaluation *e, bool together)
{
    const char *bold = together ? terminal_style(stdout, STYLE_BOLD) : "";
    const char *plain = together ? terminal_style(stdout, STYLE_PLAIN) : "";

    printf("%-*s  ", NAME_COLUMNS, name);
    if (isnan(e->accuracy)) {
        printf("R2 %s%s%s  RMSE %.6g  MAE %.6g\n", bold, text_r2(e->r2).s, plain, e->rmse, e->mae);
        return;
    }
    printf("accuracy %s%s%s  (%s of %s)", bold, text_percent(e->accuracy).s, plain,
           text_count(e->correct).s, text_count(e->rows).s);
    if (isnan(e->loss))
        putchar('\n');
    else
        printf("  loss %s\n", text_loss(e->loss).s);
}

static void print_result(const struct ensemble_words *words, const struct ensemble *all)
{
    struct incline_dataset_info data;
    char name[64];

    incline_dataset_describe(all->data, &data);
    cli_note_seen(all->name, all->data, all->info.trained_on);
    printf("%s, %s, %s samples\n", text_clean(data.name).s,
           cli_part_words(all->name, all->data, words->split), text_count(all->result.rows).s);
    for (size_t m = 0; m < all->count; m++)
        print_scores(text_clean(all->members[m].path).s, &all->members[m].result, false);
    snprintf(name, sizeof name, "all %zu together", all->count);
    print_scores(name, &all->result, true);
}

static json_t *result_json(const struct ensemble_words *words, const struct ensemble *all)
{
    json_t *members = json_array();
    for (size_t m = 0; m < all->count; m++)
        json_array_append_new(members,
                              json_pack("{s:o, s:o}", "model", json_text(all->members[m].path),
                                        "result", json_evaluation(&all->members[m].result)));
    return json_pack("{s:o, s:s, s:o, s:o, s:o}", "data", json_dataset(all->data), "part",
                     cli_part(all->name, all->data, words->split), "device",
                     json_device(all->device), "members", members, "ensemble",
                     json_evaluation(&all->result));
}

/* ---- the command ---- */

static int ensemble(struct ensemble_words *words, char **paths, size_t count)
{
    int status = CLI_DONE;
    struct ensemble all = {.members = calloc(count, sizeof *all.members), .count = count};

    if (all.members == NULL)
        return cli_fail("not enough memory for %zu models", count);
    TRY(open_members(&all, paths));
    TRY(open_data(words, &all));
    TRY(cli_open_device_for(all.members[0].model, words->device, words->gemm, words->json,
                            &all.device));
    TRY(evaluate_members(&all));
    if (words->json)
        status = json_print(result_json(words, &all), false);
    else
        print_result(words, &all);
out:
    incline_device_close(all.device);
    incline_dataset_close(all.data);
    for (size_t m = 0; m < count; m++)
        incline_model_destroy(all.members[m].model);
    free(all.members);
    return status;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct ensemble_words words = {.split = INCLINE_TEST};
    struct option options[] = {
        {.name = "data",
         .argument = "DATA",
         .kind = OPTION_TEXT,
         .target = &words.data,
         .help = "a data set with labels or targets\n[the one the first model was trained on]"},
        OPTION_SPLIT_ROW(&words.split),
        OPTION_DEVICE_ROW(&words.device),
        OPTION_GEMM_ROW(&words.gemm),
        OPTION_JSON_ROW(&words.json),
        DATA_OPTION_ROWS(&words.table),
        {.name = NULL},
    };
    size_t operands;
    int status;

    if (!options_parse(command, options, argc, argv, &operands, &status))
        return status;
    words.options = options;
    status = ensemble(&words, argv, operands);
    json_decref(words.kept);
    return status;
}

const struct command ensemble_command = {
    .name = "ensemble",
    .operands = "MODEL MODEL...",
    .summary = "Measure several models as one: the mean of what they predict",
    .details = "  MODEL  a model file, or a run folder\n\n"
               "Probabilities, or values, of models that predict the same from the same inputs\n"
               "are averaged; each model and all together are measured on DATA.\n" DATA_DETAILS,
    .examples = "  incline ensemble runs/ten/seed-* --data mnist\n"
                "  incline ensemble first.safetensors second.safetensors --json\n",
    .least = 2,
    .most = SIZE_MAX,
    .run = run,
};
