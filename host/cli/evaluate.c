/* evaluate.c - incline evaluate: how good a model is, class by class. */
#include "data_options.h"
#include "evaluate_classes.h"
#include "evaluate_copies.h"
#include "evaluate_outputs.h"
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

struct evaluate_words {
    const char *model, *data, *device, *activation;
    int split, gemm;
    bool json;
    struct copies_words copies;
    struct data_words table;
    struct option *options;      /* these words as a table */
    struct incline_run_info run; /* what the run of the model says, where no data are named, */
    json_t *kept;                /* and what it kept of its options */
};

/* What came of it. */
struct evaluate_result {
    struct incline_mean_options copies; /* all zero: none */
    struct incline_evaluation plain;    /* with copies: of the samples as they are */
    struct incline_evaluation result;
};

/* What came of it, and `more`, which is taken over. */
static json_t *result_json(const struct evaluate_words *words, const incline_dataset *data,
                           const incline_device *device, const struct evaluate_result *found,
                           json_t *more)
{
    json_t *object =
        json_pack("{s:o, s:o, s:s, s:o, s:o, s:o}", "model", json_text(words->model), "data",
                  json_dataset(data), "part", cli_part(words->data, data, words->split), "device",
                  json_device(device), "copies", copies_json(&found->copies, &found->plain),
                  "result", json_evaluation(&found->result));
    if (more == NULL || json_object_update(object, more) != 0) {
        json_decref(object);
        object = NULL;
    }
    json_decref(more);
    return object;
}

static void print_result(const struct evaluate_words *words, const incline_model *model,
                         const incline_dataset *data, const struct evaluate_result *found)
{
    struct incline_dataset_info d;
    struct incline_model_info info;

    incline_dataset_describe(data, &d);
    incline_model_describe(model, &info);
    cli_note_seen(words->data, data, info.trained_on);
    printf("data      %s, %s, %s samples\n", text_clean(d.name).s,
           cli_part_words(words->data, data, words->split), text_count(found->result.rows).s);
    copies_print(&found->copies, &found->plain);
}

/* The model, or the mean over copies; `confusion` or `scores` is NULL. */
static int measure(const incline_model *model, const incline_dataset *data, incline_device *device,
                   uint64_t *confusion, struct incline_output_score *scores,
                   struct evaluate_result *found)
{
    if (found->copies.copies > 0)
        return cli_check(incline_evaluate_mean(&model, 1, device, data, &found->copies, confusion,
                                               scores, &found->plain, &found->result));
    return cli_check(scores != NULL
                         ? incline_evaluate_outputs(model, device, data, scores, &found->result)
                         : incline_evaluate(model, device, data, confusion, &found->result));
}

/* Of a model that predicts numbers or several labels. */
static int evaluate_outputs(const struct evaluate_words *words, const incline_model *model,
                            const incline_dataset *data, incline_device *device,
                            const struct incline_model_info *info, struct evaluate_result *found)
{
    struct incline_output_score *scores = calloc(info->predictions, sizeof *scores);
    int status = CLI_DONE;

    if (scores == NULL)
        return cli_fail("not enough memory for the scores of %" PRIu32 " outputs",
                        info->predictions);
    TRY(measure(model, data, device, NULL, scores, found));
    if (words->json) {
        json_t *outputs = json_pack("{s:o}", "outputs", evaluate_outputs_json(model, scores));
        status = json_print(result_json(words, data, device, found, outputs), false);
    } else {
        print_result(words, model, data, found);
        evaluate_print_outputs(model, &found->result, scores);
    }
out:
    free(scores);
    return status;
}

/* The set that the model was trained on, where the command line names none. */
static int choose_data(struct evaluate_words *words, const incline_model *model,
                       const struct incline_model_info *info)
{
    int status = CLI_DONE;

    if (words->data != NULL)
        return CLI_DONE;
    TRY(kept_open(words->model, words->split == INCLINE_TEST, incline_model_columns(model),
                  "evaluate MODEL DATA", words->options, &words->run, &words->kept, &words->data));
    if (words->data != NULL)
        return CLI_DONE;
    if (info->trained_on[0] == '\0' || cli_was_piped(info->trained_on))
        return cli_usage("%s %s; name the data set: incline evaluate MODEL DATA", words->model,
                         info->trained_on[0] == '\0' ? "does not say what it was trained on"
                                                     : "was trained on standard input");
    words->data = info->trained_on;
out:
    return status;
}

static int evaluate(struct evaluate_words *words)
{
    incline_model *model = NULL;
    incline_dataset *data = NULL;
    incline_device *device = NULL;
    uint64_t *confusion = NULL;
    struct incline_model_info info;
    struct evaluate_result found;
    struct incline_data_options options;
    int status = CLI_DONE;

    TRY(cli_open_model(words->model, words->activation, &model));
    incline_model_describe(model, &info);
    TRY(choose_data(words, model, &info));
    TRY(copies_options(&words->copies, words->model, &found.copies));
    TRY(data_options_for(&words->table, model, &options));
    TRY(cli_open_data(words->data, words->split, &options, &data));
    const uint32_t classes = info.predictions;
    confusion = calloc((size_t)classes * classes, sizeof *confusion);
    if (confusion == NULL) {
        status =
            cli_fail("not enough memory for the confusion matrix of %" PRIu32 " classes", classes);
        goto out;
    }
    TRY(cli_open_device_for(model, words->device, words->gemm, words->json, &device));
    if (info.task == INCLINE_TASK_LABELS || info.task == INCLINE_TASK_REGRESSION) {
        status = evaluate_outputs(words, model, data, device, &info, &found);
        goto out;
    }
    TRY(measure(model, data, device, confusion, NULL, &found));
    if (words->json) {
        status = json_print(result_json(words, data, device, &found,
                                        evaluate_classes_json(model, confusion, classes)),
                            false);
        goto out;
    }
    print_result(words, model, data, &found);
    evaluate_print_classes(model, confusion, classes, &found.result);
out:
    free(confusion);
    incline_device_close(device);
    incline_dataset_close(data);
    incline_model_destroy(model);
    return status;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct evaluate_words words = {.split = INCLINE_TEST};
    const struct option own[] = {
        OPTION_SPLIT_ROW(&words.split),   OPTION_ACTIVATION_ROW(&words.activation),
        OPTION_DEVICE_ROW(&words.device), OPTION_GEMM_ROW(&words.gemm),
        OPTION_JSON_ROW(&words.json),
    };
    const struct option table[] = {DATA_OPTION_ROWS(&words.table), {.name = NULL}};
    enum { OWN = sizeof own / sizeof *own, TABLE = sizeof table / sizeof *table };
    struct option options[OWN + COPIES_OPTIONS + TABLE];
    size_t operands;
    int status;

    memcpy(options, own, sizeof own);
    const size_t copies = copies_option_rows(&words.copies, options + OWN);
    memcpy(options + OWN + copies, table, sizeof table);
    if (!options_parse(command, options, argc, argv, &operands, &status))
        return status;
    words.model = argv[0];
    words.data = operands > 1 ? argv[1] : NULL;
    words.options = options;
    status = evaluate(&words);
    json_decref(words.kept);
    return status;
}

const struct command evaluate_command = {
    .name = "evaluate",
    .operands = "MODEL [DATA]",
    .summary = "Measure a model: accuracy and confusion matrix; of numbers R2, RMSE and MAE",
    .details = "  MODEL  a model file, or a run folder\n"
               "  DATA   a data set with labels or targets [the one the model was trained "
               "on]\n" DATA_DETAILS "\n"
               "With --augment-copies probabilities are averaged over each image and copies of\n"
               "it, distorted as in the run of the model, if it had a distortion, else as\n"
               "--augment does.\n",
    .examples = "  incline evaluate runs/first mnist\n"
                "  incline evaluate model.safetensors digits --augment-copies 16 --json\n",
    .least = 1,
    .most = 2,
    .run = run,
};
