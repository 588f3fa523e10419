/* predict.c - incline predict: class and probability of each sample, or values, as they come. */
#include "data_options.h"
#include "options.h"
#include "predictions.h"

#include <inttypes.h>
#include <stdlib.h>

/* Rows that are predicted, printed and handed on at a time. */
enum { CHUNK_ROWS = 8192 };

struct predict_words {
    const char *device, *activation;
    uint32_t top;
    int gemm, format;
    bool json;
    struct data_words table;
};

static const struct option_choice formats[] = {
    {"text", PREDICTIONS_TEXT}, {"csv", PREDICTIONS_CSV}, {"jsonl", PREDICTIONS_JSONL}, {NULL, 0}};

/* What predictions need. */
struct predictor {
    const struct predict_words *words;
    const incline_model *model;
    incline_device *device;
    struct predictions output;
    float *probabilities; /* [CHUNK_ROWS, output.count] */
};

/* Predict a piece of a file, whose first sample is `row`. */
static int predict_piece(struct predictor *p, uint64_t row, const incline_dataset *data,
                         uint32_t rows)
{
    int status = CLI_DONE;

    for (uint32_t first = 0; first < rows; first += CHUNK_ROWS) {
        const uint32_t chunk = rows - first < CHUNK_ROWS ? rows - first : (uint32_t)CHUNK_ROWS;
        TRY(cli_check(incline_predict(p->model, p->device, data, first, chunk, p->probabilities)));
        for (uint32_t i = 0; i < chunk; i++) {
            const char *const file = incline_dataset_file(data, first + i);
            if (file[0] != '\0')
                TRY(predictions_file(&p->output, file));
            predictions_sample(&p->output, row + first + i,
                               p->probabilities + (size_t)i * p->output.count);
        }
        /* Nobody reads the rest: the end of the program says so. */
        if (!cli_flush() || rows - first <= CHUNK_ROWS)
            break;
    }
out:
    return status;
}

static int predict_file(struct predictor *p, const char *file)
{
    incline_reader *reader = NULL;
    const incline_dataset *piece = NULL;
    struct incline_data_options options;
    struct incline_dataset_info info;
    uint64_t row = 0;
    int status = CLI_DONE;

    TRY(predictions_file(&p->output, file));
    TRY(data_options_for(&p->words->table, p->model, &options));
    TRY(cli_check(incline_reader_open(file, INCLINE_TEST, &options, &reader)));
    while (cli_flush()) {
        TRY(cli_check(incline_reader_next(reader, &piece)));
        if (piece == NULL)
            break;
        incline_dataset_describe(piece, &info);
        cli_note_remarks(piece);
        TRY(predict_piece(p, row, piece, info.rows));
        row += info.rows;
    }
out:
    incline_reader_close(reader);
    return status;
}

static int predict(struct predict_words *words, const char *path, char **files, size_t count)
{
    incline_model *model = NULL;
    incline_device *device = NULL;
    struct predictor p = {.words = words};
    const enum prediction_format format =
        words->json ? PREDICTIONS_JSONL : (enum prediction_format)words->format;
    int status = CLI_DONE;

    TRY(cli_open_model(path, words->activation, &model));
    p.model = model;
    TRY(predictions_open(&p.output, model, format, words->top));
    p.probabilities = malloc(sizeof *p.probabilities * CHUNK_ROWS * p.output.count);
    if (p.probabilities == NULL) {
        status = cli_fail("not enough memory for the probabilities of %" PRIu32 " classes",
                          p.output.count);
        goto out;
    }
    TRY(cli_open_device_for(model, words->device, words->gemm, format != PREDICTIONS_TEXT,
                            &device));
    p.device = device;
    predictions_header(&p.output);
    for (size_t i = 0; i < count && cli_flush(); i++)
        TRY(predict_file(&p, files[i]));
out:
    predictions_close(&p.output);
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
         .help = "the K most probable classes of each sample [1]"},
        {.name = "format",
         .argument = "F",
         .kind = OPTION_CHOICE,
         .target = &words.format,
         .choices = formats,
         .help = "text, csv or jsonl [text]"},
        OPTION_ACTIVATION_ROW(&words.activation),
        OPTION_DEVICE_ROW(&words.device),
        OPTION_GEMM_ROW(&words.gemm),
        {.name = "json",
         .kind = OPTION_FLAG,
         .target = &words.json,
         .not_with = {"format"},
         .help = "as --format jsonl"},
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
               "  FILE   IDX images, a picture, a table, - for a table on standard input, or the\n"
               "         name of a data set (its test part)\n" DATA_DETAILS "\n"
               "text   file, row, class, probability, separated by tabs; a line for each of\n"
               "       the K classes, or for each label or number that is predicted\n"
               "csv    a line per sample below a header: file,row,class,probability, then\n"
               "       class_2,probability_2 and so on; or a column per label or number\n"
               "jsonl  an object per sample\n"
               "Of a folder of pictures, file is the path of each.\n"
               "\n"
               "Tables in text are read, predicted and written in pieces, of any length in\n"
               "little memory; each line of a pipe is answered as it comes. At a wrong line\n"
               "the program says which and why, and ends; what came before is written.\n",
    .examples = "  incline predict runs/first *.png --resize 28x28 --invert\n"
                "  incline predict model.safetensors digits:100 --top 3\n"
                "  tail -f measured.csv | incline predict iris.safetensors - --format csv\n",
    .least = 2,
    .most = SIZE_MAX,
    .run = run,
};
