/* export.c - incline export: a model as a file for other programs. */
#include "data_options.h"
#include "options.h"
#include "text.h"

#include <math.h>
#include <stdio.h>

enum { FORMATS_MAX = 16 };

struct export_words {
    const char *to, *data, *device, *activation;
    int format;
    bool quantize;
};

/* The formats as choices of --format; choices[FORMATS_MAX], ended by a name of NULL. */
static void list_formats(struct option_choice *choices)
{
    int format = 1;
    for (; format < FORMATS_MAX; format++) {
        choices[format - 1].name = incline_export_format_text((enum incline_export_format)format);
        choices[format - 1].value = format;
        if (choices[format - 1].name == NULL)
            return;
    }
    choices[format - 1].name = NULL;
}

/* How good a model is, in a word and a number: the share of samples it gets right, or R2. */
static double score(const struct incline_evaluation *e)
{
    return isnan(e->accuracy) ? e->r2 : e->accuracy;
}

/* What 8-bit weights cost: the model, and one whose weights went through them. */
struct cost {
    struct incline_evaluation as_float, as_bytes;
};

static int measure_cost(const incline_model *model, const struct export_words *words,
                        struct cost *cost)
{
    incline_model *rounded = NULL;
    incline_dataset *data = NULL;
    incline_device *device = NULL;
    const struct data_words table = {0};
    struct incline_data_options options;
    int status = CLI_DONE;

    TRY(cli_check(incline_model_quantize(model, &rounded)));
    TRY(data_options_for(&table, model, &options));
    TRY(cli_open_data(words->data, INCLINE_TEST, &options, &data));
    TRY(cli_open_device_for(model, words->device, INCLINE_GEMM_AUTO, false, &device));
    TRY(cli_check(incline_evaluate(model, device, data, NULL, &cost->as_float)));
    TRY(cli_check(incline_evaluate(rounded, device, data, NULL, &cost->as_bytes)));
out:
    incline_device_close(device);
    incline_dataset_close(data);
    incline_model_destroy(rounded);
    return status;
}

static void print_cost(const struct cost *cost)
{
    const double before = score(&cost->as_float), after = score(&cost->as_bytes);
    const uint64_t rows = cost->as_float.rows;

    if (isnan(cost->as_float.accuracy))
        printf("R2         %s with float weights, %s with 8-bit weights (%+.4f) on %s samples\n",
               text_r2(before).s, text_r2(after).s, after - before, text_count(rows).s);
    else
        printf("accuracy   %s with float weights, %s with 8-bit weights (%+.2f points) on %s "
               "samples\n",
               text_percent(before).s, text_percent(after).s, 100.0 * (after - before),
               text_count(rows).s);
}

static int export(const char *path, const struct export_words *words)
{
    const struct incline_export_options how = {
        .format = (enum incline_export_format)words->format,
        .quantize = words->quantize,
    };
    incline_model *model = NULL;
    struct incline_model_info info;
    struct incline_export_info made;
    struct cost cost;
    int status = CLI_DONE;

    TRY(cli_open_model(path, words->activation, &model));
    incline_model_describe(model, &info);
    if (words->data != NULL)
        TRY(measure_cost(model, words, &cost)); /* nothing is written where this fails */
    TRY(cli_check(incline_model_export(model, words->to, &how, &made)));
    printf("network    %s, %s parameters\nfile       %s, %s\n",
           text_widths(info.widths, info.layers + 1).s, text_count(info.parameters).s, words->to,
           text_bytes(made.bytes).s);
    if (info.deskew && made.format == INCLINE_EXPORT_NPZ)
        cli_note("the weights expect deskewed images; whoever uses them deskews first");
    if (made.constant_bytes > 0)
        printf("constants  %s bytes\nstack      %s bytes\n", text_count(made.constant_bytes).s,
               text_count(made.working_bytes).s);
    if (words->data != NULL)
        print_cost(&cost);
out:
    incline_model_destroy(model);
    return status;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct option_choice formats[FORMATS_MAX];
    struct export_words words = {.format = INCLINE_EXPORT_BY_NAME};
    struct option options[] = {
        {.name = "to",
         .argument = "FILE",
         .kind = OPTION_TEXT,
         .target = &words.to,
         .help = "where to write; its ending names the format"},
        {.name = "format",
         .argument = "F",
         .kind = OPTION_CHOICE,
         .target = &words.format,
         .choices = formats,
         .help = "the format, where the ending does not name it"},
        {.name = "quantize",
         .kind = OPTION_FLAG,
         .target = &words.quantize,
         .help = "C source: weights in 8 bits, a scale for each neuron"},
        {.name = "data",
         .argument = "DATA",
         .kind = OPTION_TEXT,
         .target = &words.data,
         .help = "with --quantize: say what that costs on this test set"},
        OPTION_ACTIVATION_ROW(&words.activation),
        OPTION_DEVICE_ROW(&words.device),
        {.name = NULL},
    };
    size_t operands;
    int status;

    list_formats(formats);
    if (!options_parse(command, options, argc, argv, &operands, &status))
        return status;
    if (words.to == NULL)
        return cli_usage("--to is missing: incline export MODEL --to FILE.onnx");
    if (words.data != NULL && !words.quantize)
        return cli_usage("--data says what --quantize costs; give both or neither");
    return export(argv[0], &words);
}

const struct command export_command = {
    .name = "export",
    .operands = "MODEL",
    .summary = "Write a model for other programs",
    .details = "  MODEL  a model file, or a run folder\n"
               "\n"
               "Formats by the ending of FILE:\n"
               "  .safetensors  as train writes it; PyTorch reads it\n"
               "  .onnx         ONNX, opset 13: raw values in, probabilities or values out\n"
               "  .c            C99 source, with a header beside it: no allocation, no\n"
               "                dependencies; with -DNAME_MAIN it is a program that reads\n"
               "                samples, and with --time prints its size and its mean time\n"
               "                for each as measured where it runs\n"
               "  .npz          weights and biases for numpy.load()\n"
               "  .csv          the same as lines layer,neuron,input,value; input -1: the bias\n"
               "  .png          a picture of each neuron of the first layer: weights in the\n"
               "                shape of an input, red above zero, blue below, full colour\n"
               "                at the neuron's largest\n"
               "An earlier export of the same format is replaced (for .png any PNG), no other\n"
               "file.\n",
    .examples = "  incline export runs/first --to digits.onnx\n"
                "  incline export runs/first --to net.c --quantize --data mnist\n",
    .least = 1,
    .most = 1,
    .run = run,
};
