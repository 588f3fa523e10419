/* predict.c - incline predict: class and probability of each sample, or values. */
#include "data_options.h"
#include "json.h"
#include "options.h"
#include "text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHUNK_ROWS = 1024 };

struct predict_words {
    const char *device;
    uint32_t top;
    int gemm;
    bool json;
    struct data_words table;
};

/* Buffers for one chunk of samples. */
struct predictor {
    const struct predict_words *words;
    const incline_model *model;
    incline_device *device;
    enum incline_task task;
    uint32_t classes;     /* predictions for a sample */
    float *probabilities; /* [CHUNK_ROWS, classes] */
    uint32_t *order;      /* [classes]: classes by falling probability, the first `top` of them */
};

/* Put the `top` most probable classes first; of equals, and of what is no number, the lower
 * class first. */
static void rank(const float *p, uint32_t classes, uint32_t top, uint32_t *order)
{
    for (uint32_t c = 0; c < classes; c++)
        order[c] = c;
    for (uint32_t k = 0; k < top; k++) {
        uint32_t best = k;
        for (uint32_t c = k + 1; c < classes; c++) {
            const float here = p[order[c]], there = p[order[best]];
            if (here > there || (isnan(there) && !isnan(here)) ||
                (here == there && order[c] < order[best]))
                best = c;
        }
        const uint32_t swapped = order[k];
        order[k] = order[best];
        order[best] = swapped;
    }
}

static int print_json(const struct predictor *p, const char *file, uint32_t row, const float *q)
{
    json_t *top = json_array();
    for (uint32_t k = 0; k < p->words->top; k++) {
        const uint32_t c = p->order[k];
        json_array_append_new(top, json_pack("{s:o, s:o}", "class",
                                             json_text(incline_model_class_name(p->model, c)),
                                             "probability", json_number((double)q[c])));
    }
    const uint32_t first = p->order[0];
    return json_print(json_pack("{s:o, s:o, s:o, s:o, s:o}", "file", json_text(file), "row",
                                json_count(row), "class",
                                json_text(incline_model_class_name(p->model, first)), "probability",
                                json_number((double)q[first]), "top", top),
                      true);
}

/* Of each target its value, of each label its probability. */
static int print_outputs(const struct predictor *p, const char *file, uint32_t row, const float *q)
{
    json_t *values = p->words->json ? json_object() : NULL;

    for (uint32_t o = 0; o < p->classes; o++) {
        const char *name = incline_model_class_name(p->model, o);
        if (p->words->json)
            json_object_set_new(values, name, json_number((double)q[o]));
        else
            printf("%s\t%" PRIu32 "\t%s\t%.7g\n", file, row, text_clean(name).s, (double)q[o]);
    }
    if (!p->words->json)
        return CLI_DONE;
    return json_print(json_pack("{s:o, s:o, s:o}", "file", json_text(file), "row", json_count(row),
                                p->task == INCLINE_TASK_LABELS ? "labels" : "values", values),
                      true);
}

static int print_sample(const struct predictor *p, const char *file, uint32_t row, const float *q)
{
    if (p->task == INCLINE_TASK_LABELS || p->task == INCLINE_TASK_REGRESSION)
        return print_outputs(p, file, row, q);
    rank(q, p->classes, p->words->top, p->order);
    if (p->words->json)
        return print_json(p, file, row, q);
    for (uint32_t k = 0; k < p->words->top; k++) {
        const uint32_t c = p->order[k];
        printf("%s\t%" PRIu32 "\t%s\t%.6f\n", file, row,
               text_clean(incline_model_class_name(p->model, c)).s, (double)q[c]);
    }
    return CLI_DONE;
}

static int predict_file(const struct predictor *p, const char *file)
{
    incline_dataset *data = NULL;
    struct incline_dataset_info info;
    struct incline_data_options options;
    int status = CLI_DONE;

    TRY(data_options(&p->words->table, incline_model_columns(p->model), &options));
    TRY(cli_check(incline_dataset_open_with(file, INCLINE_TEST, &options, &data)));
    incline_dataset_describe(data, &info);
    for (uint32_t first = 0; first < info.rows; first += CHUNK_ROWS) {
        const uint32_t rows =
            info.rows - first < CHUNK_ROWS ? info.rows - first : (uint32_t)CHUNK_ROWS;
        TRY(cli_check(incline_predict(p->model, p->device, data, first, rows, p->probabilities)));
        for (uint32_t i = 0; i < rows; i++)
            TRY(print_sample(p, file, first + i, p->probabilities + (size_t)i * p->classes));
        /* Nobody reads the rest: the end of the program says so. */
        if (!cli_flush() || info.rows - first <= CHUNK_ROWS)
            break;
    }
out:
    incline_dataset_close(data);
    return status;
}

static int predict(struct predict_words *words, const char *path, char **files, size_t count)
{
    incline_model *model = NULL;
    incline_device *device = NULL;
    struct incline_model_info info;
    struct predictor p = {.words = words};
    int status = CLI_DONE;

    TRY(cli_open_model(path, &model));
    incline_model_describe(model, &info);
    p.model = model;
    p.task = info.task;
    p.classes = info.predictions;
    if (words->top > p.classes) {
        status =
            cli_fail("--top %" PRIu32 ": the model has %" PRIu32 " classes", words->top, p.classes);
        goto out;
    }
    p.probabilities = malloc(sizeof *p.probabilities * CHUNK_ROWS * p.classes);
    p.order = malloc(sizeof *p.order * p.classes);
    if (p.probabilities == NULL || p.order == NULL) {
        status =
            cli_fail("not enough memory for the probabilities of %" PRIu32 " classes", p.classes);
        goto out;
    }
    TRY(cli_open_device_for(model, words->device, words->gemm, words->json, &device));
    p.device = device;
    for (size_t i = 0; i < count && cli_flush(); i++)
        TRY(predict_file(&p, files[i]));
out:
    free(p.order);
    free(p.probabilities);
    incline_device_close(device);
    incline_model_destroy(model);
    return status;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct predict_words words = {.top = 1};
    struct option options[] = {
        {.name = "top",
         .argument = "K",
         .kind = OPTION_UINT32,
         .target = &words.top,
         .minimum = 1,
         .maximum = 1 << 20,
         .help = "the K most probable classes, a line each [1]"},
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
    return predict(&words, argv[0], argv + 1, operands - 1);
}

const struct command predict_command = {
    .name = "predict",
    .operands = "MODEL FILE...",
    .summary = "Print class and probability of each sample",
    .details = "  MODEL  a model file, or a run folder\n"
               "  FILE   IDX images, a table, - for a table on standard input, or the name of\n"
               "         a data set (its test part)\n" DATA_DETAILS "\n"
               "One line per sample, separated by tabs: file, row, class, probability.\n"
               "With --json one object per line.\n",
    .examples = "  incline predict runs/first t10k-images-idx3-ubyte.gz\n"
                "  incline predict model.safetensors digits:100 --top 3\n",
    .least = 2,
    .most = SIZE_MAX,
    .run = run,
};
