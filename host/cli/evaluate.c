/* evaluate.c - incline evaluate: how good a model is, class by class. */
#include "data_options.h"
#include "evaluate_copies.h"
#include "evaluate_outputs.h"
#include "json.h"
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
};

/* What came of it. */
struct evaluate_result {
    struct incline_mean_options copies; /* all zero: none */
    struct incline_evaluation plain;    /* with copies: of the samples as they are */
    struct incline_evaluation result;
};

/* Of one class, or their mean; NaN where there is nothing to divide by. */
struct scores {
    double precision, recall, f1;
};

static double ratio(uint64_t part, uint64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : (double)NAN;
}

static struct scores class_scores(const uint64_t *confusion, uint32_t classes, uint32_t c)
{
    uint64_t truly = 0, predicted = 0;
    for (uint32_t i = 0; i < classes; i++) {
        truly += confusion[(size_t)c * classes + i];
        predicted += confusion[(size_t)i * classes + c];
    }
    const uint64_t hit = confusion[(size_t)c * classes + c];
    return (struct scores){ratio(hit, predicted), ratio(hit, truly),
                           ratio(2 * hit, truly + predicted)};
}

/* Mean over the classes; an undefined precision, recall or F1 counts as 0, as is usual. */
static struct scores macro_average(const uint64_t *confusion, uint32_t classes)
{
    struct scores mean = {0.0, 0.0, 0.0};
    for (uint32_t c = 0; c < classes; c++) {
        const struct scores s = class_scores(confusion, classes, c);
        mean.precision += isfinite(s.precision) ? s.precision / classes : 0.0;
        mean.recall += isfinite(s.recall) ? s.recall / classes : 0.0;
        mean.f1 += isfinite(s.f1) ? s.f1 / classes : 0.0;
    }
    return mean;
}

static uint64_t class_samples(const uint64_t *confusion, uint32_t classes, uint32_t c)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < classes; i++)
        sum += confusion[(size_t)c * classes + i];
    return sum;
}

static void print_scores(const char *name, int width, const struct scores *s, uint64_t samples)
{
    printf("%-*.*s %9s %8s %8s %8s\n", width, width, name, text_percent(s->precision).s,
           text_percent(s->recall).s, text_percent(s->f1).s, text_count(samples).s);
}

static int name_width(const incline_model *model, uint32_t classes)
{
    size_t width = strlen("class");
    for (uint32_t c = 0; c < classes; c++) {
        const size_t length = strlen(text_clean(incline_model_class_name(model, c)).s);
        width = length > width ? length : width;
    }
    return width < 20 ? (int)width : 20;
}

static void print_confusion(const incline_model *model, const uint64_t *confusion, uint32_t classes,
                            int names)
{
    uint64_t largest = 999;
    for (size_t i = 0; i < (size_t)classes * classes; i++)
        largest = confusion[i] > largest ? confusion[i] : largest;
    const int cell = 1 + snprintf(NULL, 0, "%" PRIu64, largest);
    const size_t width = (size_t)names + (size_t)cell * classes;

    if (classes > 100 || width > (terminal_live(stdout) ? terminal_columns(stdout) : 132)) {
        printf("\nThe confusion matrix of %" PRIu32 " classes needs %zu columns; --json has it.\n",
               classes, width);
        return;
    }
    const char *good = terminal_style(stdout, STYLE_GOOD), *dim = terminal_style(stdout, STYLE_DIM);
    const char *plain = terminal_style(stdout, STYLE_PLAIN);
    printf("\nConfusion: true class down, predicted class across\n%*s", names, "");
    for (uint32_t c = 0; c < classes; c++)
        printf(" %*.*s", cell - 1, cell - 1, text_clean(incline_model_class_name(model, c)).s);
    putchar('\n');
    for (uint32_t t = 0; t < classes; t++) {
        printf("%-*.*s", names, names, text_clean(incline_model_class_name(model, t)).s);
        for (uint32_t p = 0; p < classes; p++) {
            const uint64_t n = confusion[(size_t)t * classes + p];
            const char *style = t == p ? good : n == 0 ? dim : "";
            printf("%s%*" PRIu64 "%s", style, cell, n, style[0] != '\0' ? plain : "");
        }
        putchar('\n');
    }
}

static void print_tables(const incline_model *model, const uint64_t *confusion, uint32_t classes,
                         const struct incline_evaluation *e)
{
    const int names = name_width(model, classes);
    printf("\n%-*s %9s %8s %8s %8s\n", names, "class", "precision", "recall", "F1", "samples");
    for (uint32_t c = 0; c < classes; c++) {
        const struct scores s = class_scores(confusion, classes, c);
        print_scores(text_clean(incline_model_class_name(model, c)).s, names, &s,
                     class_samples(confusion, classes, c));
    }
    const struct scores mean = macro_average(confusion, classes);
    print_scores("mean", names, &mean, e->rows);
    print_confusion(model, confusion, classes, names);
}

static json_t *scores_json(const struct scores *s)
{
    return json_pack("{s:o, s:o, s:o}", "precision", json_number(s->precision), "recall",
                     json_number(s->recall), "f1", json_number(s->f1));
}

static json_t *result_json(const struct evaluate_words *words, const incline_model *model,
                           const incline_dataset *data, const incline_device *device,
                           const uint64_t *confusion, uint32_t classes,
                           const struct evaluate_result *found)
{
    json_t *rows = json_array(), *each = json_array();
    for (uint32_t t = 0; t < classes; t++) {
        json_t *row = json_array();
        for (uint32_t p = 0; p < classes; p++)
            json_array_append_new(row, json_count(confusion[(size_t)t * classes + p]));
        json_array_append_new(rows, row);
        const struct scores s = class_scores(confusion, classes, t);
        json_t *entry = scores_json(&s);
        json_object_set_new(entry, "class", json_text(incline_model_class_name(model, t)));
        json_object_set_new(entry, "samples", json_count(class_samples(confusion, classes, t)));
        json_array_append_new(each, entry);
    }
    const struct scores mean = macro_average(confusion, classes);
    return json_pack("{s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "model",
                     json_text(words->model), "data", json_dataset(data), "part",
                     cli_part(words->data, data, words->split), "device", json_device(device),
                     "copies", copies_json(&found->copies, &found->plain), "result",
                     json_evaluation(&found->result), "macro", scores_json(&mean), "classes", each,
                     "confusion", rows);
}

static void print_result(const struct evaluate_words *words, const incline_dataset *data,
                         const struct evaluate_result *found)
{
    struct incline_dataset_info d;
    incline_dataset_describe(data, &d);
    printf("data      %s, %s, %s samples\n", text_clean(d.name).s,
           cli_part_words(words->data, data, words->split), text_count(found->result.rows).s);
    copies_print(&found->copies, &found->plain);
}

static void print_classes(const struct incline_evaluation *e)
{
    printf("accuracy  %s%s%s  (%s of %s)\n", terminal_style(stdout, STYLE_BOLD),
           text_percent(e->accuracy).s, terminal_style(stdout, STYLE_PLAIN),
           text_count(e->correct).s, text_count(e->rows).s);
    printf("loss      %s\n", text_loss(e->loss).s);
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
        status = json_print(
            json_pack(
                "{s:o, s:o, s:s, s:o, s:o, s:o, s:o}", "model", json_text(words->model), "data",
                json_dataset(data), "part", cli_part(words->data, data, words->split), "device",
                json_device(device), "copies", copies_json(&found->copies, &found->plain), "result",
                json_evaluation(&found->result), "outputs", evaluate_outputs_json(model, scores)),
            false);
    } else {
        print_result(words, data, found);
        evaluate_print_outputs(model, &found->result, scores);
    }
out:
    free(scores);
    return status;
}

/* The set that the model was trained on, where the command line names none. */
static int choose_data(struct evaluate_words *words, const struct incline_model_info *info)
{
    if (words->data != NULL)
        return CLI_DONE;
    if (info->trained_on[0] == '\0' || cli_was_piped(info->trained_on))
        return cli_usage("%s %s; name the data set: incline evaluate MODEL DATA", words->model,
                         info->trained_on[0] == '\0' ? "does not say what it was trained on"
                                                     : "was trained on standard input");
    words->data = info->trained_on;
    return CLI_DONE;
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
    TRY(choose_data(words, &info));
    TRY(copies_options(&words->copies, words->model, &found.copies));
    TRY(data_options(&words->table, incline_model_columns(model), &options));
    TRY(cli_check(
        incline_dataset_open_with(words->data, (enum incline_split)words->split, &options, &data)));
    if (!words->json)
        cli_note_seen(words->data, data, info.trained_on);
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
        status =
            json_print(result_json(words, model, data, device, confusion, classes, &found), false);
        goto out;
    }
    print_result(words, data, &found);
    print_classes(&found.result);
    print_tables(model, confusion, classes, &found.result);
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
    return evaluate(&words);
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
