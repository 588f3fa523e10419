/* train.c - incline train: a network, its data, its device, and the run from start to end. */
#include "interrupt.h"
#include "json.h"
#include "options.h"
#include "terminal.h"
#include "text.h"
#include "train_run.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTHS_MAX = OPTION_LAYERS_MAX + 2 };
static const double RATE_LEAST = 1e-30, RATE_MOST = 1e6;

/* What the command line said. */
struct train_words {
    struct option_widths hidden;
    int activation, preset, gemm;
    uint32_t epochs, batch;
    uint64_t steps, seed;
    double learning_rate;
    const char *device, *output, *resume, *init;
    bool json, quiet;
    char data[512];
};

static const struct option_choice activations[] = {
    {"relu", INCLINE_RELU}, {"linear", INCLINE_LINEAR}, {NULL, 0}};
static const struct option_choice presets[] = {{"notebook", 0}, {NULL, 0}};

/* The recipe: the preset first, then whatever was said explicitly. */
static int recipe(const struct train_words *words, const struct option *options,
                  incline_model *init, struct incline_train_options *train)
{
    int status = CLI_DONE;
    *train = (struct incline_train_options){0};
    if (options_given(options, "preset"))
        TRY(cli_check(incline_train_preset(presets[words->preset].name, train)));
    if (options_given(options, "hidden")) {
        train->hidden = words->hidden.width;
        train->hidden_count = words->hidden.count;
        train->no_hidden = words->hidden.none;
    }
    if (options_given(options, "activation"))
        train->activation = (enum incline_activation)words->activation;
    if (options_given(options, "epochs")) {
        train->epochs = words->epochs;
        train->steps = 0;
    }
    if (options_given(options, "steps")) {
        train->epochs = 0;
        train->steps = words->steps;
    }
    if (options_given(options, "batch-size"))
        train->batch = words->batch;
    if (options_given(options, "learning-rate"))
        train->learning_rate = (float)words->learning_rate;
    if (options_given(options, "seed"))
        train->seed = words->seed;
    if (init != NULL) {
        struct incline_model_info info;
        incline_model_describe(init, &info);
        train->hidden = info.widths + 1;
        train->hidden_count = info.layers - 1;
        train->no_hidden = info.layers == 1;
        train->activation = info.activation;
        train->model = init;
    }
out:
    return status;
}

/* Both parts are opened before anything is trained, and are read while the device is opened. */
static int open_data(const char *name, struct train_run *run)
{
    int status = CLI_DONE;
    struct incline_dataset_info data;

    TRY(cli_check(incline_dataset_open_early(name, INCLINE_TRAIN, &run->data)));
    incline_dataset_describe(run->data, &data);
    if (data.classes == 0)
        return cli_fail("%s has no labels to train on", text_clean(name).s);
    const int rc = incline_dataset_open_early(name, INCLINE_TEST, &run->test);
    if (rc == INCLINE_ENODATA)
        snprintf(run->no_test, sizeof run->no_test, "%s", incline_last_error());
    else
        TRY(cli_check(rc));
out:
    return status;
}

/* Open the device; "auto" measures this very network and batch. */
static int open_device(const struct train_words *words, const struct incline_train_options *train,
                       struct train_run *run)
{
    struct incline_dataset_info data;
    uint32_t widths[WIDTHS_MAX];
    struct incline_device_options options = {.name = words->device,
                                             .gemm = (enum incline_gemm)words->gemm};

    incline_dataset_describe(run->data, &data);
    if (train->hidden_count <= OPTION_LAYERS_MAX) {
        static const uint32_t usual_hidden[] = {10};
        const bool usual = train->hidden_count == 0 && !train->no_hidden;
        const size_t count = usual ? 1 : train->hidden_count;
        widths[0] = data.features;
        if (count > 0)
            memcpy(widths + 1, usual ? usual_hidden : train->hidden, count * sizeof *widths);
        widths[count + 1] = data.classes;
        options.widths = widths;
        options.width_count = count + 2;
        options.batch = train->batch == INCLINE_BATCH_FULL ? data.rows : train->batch;
    }
    return cli_open_device(&options, true, &run->device);
}

/* Train, evaluate, report. */
static int train_to_end(const struct train_words *words, struct train_run *run)
{
    int status = CLI_DONE, caught = 0;
    struct progress progress;
    struct incline_evaluation evaluation;
    const struct incline_evaluation *test = NULL;
    char file[RUN_PATH_MAX + 32];

    snprintf(file, sizeof file, "%s/model.safetensors", run->folder.path);
    progress_begin(&progress, words->quiet);
    interrupt_begin(run->trainer);
    const int rc = incline_trainer_run(run->trainer, progress_update, &progress);
    const int number = interrupt_end();
    terminal_line_clear();
    if (rc == INCLINE_EINTERRUPTED)
        caught = number != 0 ? number : SIGINT;
    else
        TRY(cli_check(rc));

    if (caught == 0 && run->test != NULL) {
        TRY(cli_check(incline_evaluate(incline_trainer_model(run->trainer), run->device, run->test,
                                       NULL, &evaluation)));
        test = &evaluation;
    }
    if (words->json)
        status = json_print(train_json(run, &progress, test, caught != 0, file), false);
    else if (caught == 0)
        train_print_result(run, &progress, test, file);
    if (caught != 0) {
        fprintf(stderr, "stopped and saved; go on with: incline train --resume %s\n",
                run->folder.path);
        status = CLI_SIGNAL + caught;
    }
out:
    return status;
}

static int train(struct train_words *words, const struct option *options)
{
    struct train_run run = {0};
    struct incline_train_options train_options;
    const bool resumed = words->resume != NULL;
    char file[RUN_PATH_MAX + 32];
    int status = CLI_DONE;

    if (resumed)
        TRY(cli_check(incline_run_dataset(words->resume, words->data, sizeof words->data)));
    if (words->init != NULL)
        TRY(cli_open_model(words->init, &run.init));
    /* A resumed run has its weights from the checkpoint; its model, if it can be read, says
     * what network the device is to be measured on. */
    if (resumed && cli_in_folder(words->resume, "model.safetensors", file, sizeof file))
        (void)incline_model_load(file, &run.init);
    TRY(recipe(words, options, run.init, &train_options));
    TRY(open_data(words->data, &run));
    TRY(run_folder_open(&run.folder, words->output, words->resume));
    train_options.output = run.folder.path;
    if (!words->quiet)
        terminal_note("preparing the device ...");
    TRY(open_device(words, &train_options, &run));
    if (run.test != NULL) /* a damaged test part shows before anything is trained */
        TRY(cli_check(incline_dataset_ready(run.test)));
    TRY(cli_check(
        resumed ? incline_trainer_resume(run.device, run.data, words->resume, words->epochs,
                                         words->steps, &run.trainer)
                : incline_trainer_create(run.device, run.data, &train_options, &run.trainer)));
    terminal_line_clear();
    if (!words->quiet)
        train_print_start(&run);
    status = train_to_end(words, &run);
out:
    incline_trainer_destroy(run.trainer);
    incline_device_close(run.device);
    run_folder_close(&run.folder);
    incline_dataset_close(run.test);
    incline_dataset_close(run.data);
    incline_model_destroy(run.init);
    return status;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct train_words words = {.data = "mnist"};
    struct option options[] = {
        {.name = "hidden",
         .argument = "LIST",
         .kind = OPTION_WIDTHS,
         .target = &words.hidden,
         .help = "widths of the hidden layers, \"128,64\", or none [10]",
         .not_with = {"resume", "init"}},
        {.name = "activation",
         .argument = "F",
         .kind = OPTION_CHOICE,
         .target = &words.activation,
         .choices = activations,
         .help = "of the hidden layers: relu or linear [relu]",
         .not_with = {"resume", "init"}},
        {.name = "epochs",
         .argument = "N",
         .kind = OPTION_UINT32,
         .target = &words.epochs,
         .minimum = 1,
         .maximum = UINT32_MAX,
         .help = "times through the training data [10]"},
        {.name = "steps",
         .argument = "N",
         .kind = OPTION_UINT64,
         .target = &words.steps,
         .minimum = 1,
         .maximum = OPTION_WHOLE_MAX,
         .help = "stop after N steps instead",
         .not_with = {"epochs"}},
        {.name = "batch-size",
         .argument = "N",
         .kind = OPTION_BATCH,
         .target = &words.batch,
         .minimum = 1,
         .maximum = UINT32_MAX - 1.0,
         .help = "samples in a step, or full for all of them [64]",
         .not_with = {"resume"}},
        {.name = "learning-rate",
         .argument = "A",
         .kind = OPTION_REAL,
         .target = &words.learning_rate,
         .minimum = RATE_LEAST,
         .maximum = RATE_MOST,
         .help = "size of a step down the gradient [0.1]",
         .not_with = {"resume"}},
        {.name = "seed",
         .argument = "N",
         .kind = OPTION_UINT64,
         .target = &words.seed,
         .minimum = 1,
         .maximum = OPTION_WHOLE_MAX,
         .help = "of the weights and the order of samples [1]",
         .not_with = {"resume"}},
        {.name = "preset",
         .argument = "NAME",
         .kind = OPTION_CHOICE,
         .target = &words.preset,
         .choices = presets,
         .not_with = {"resume"},
         .help = "notebook: full batch, 500 steps, uniform weights"},
        {.name = "init",
         .argument = "MODEL",
         .kind = OPTION_TEXT,
         .target = &words.init,
         .help = "start from the weights of a model",
         .not_with = {"resume"}},
        OPTION_DEVICE_ROW(&words.device),
        OPTION_GEMM_ROW(&words.gemm),
        {.name = "output",
         .argument = "DIR",
         .kind = OPTION_TEXT,
         .target = &words.output,
         .help = "folder of the run [runs/DATE-TIME]",
         .not_with = {"resume"}},
        {.name = "resume",
         .argument = "DIR",
         .kind = OPTION_TEXT,
         .target = &words.resume,
         .help = "go on with the run in DIR; --epochs, --steps: a new end"},
        OPTION_JSON_ROW(&words.json),
        {.name = "quiet",
         .kind = OPTION_FLAG,
         .target = &words.quiet,
         .help = "no messages but errors"},
        {.name = NULL},
    };
    size_t operands;
    int status;

    if (!options_parse(command, options, argc, argv, &operands, &status))
        return status;
    if (operands > 0 && words.resume != NULL)
        return cli_usage("--resume takes its data set from the run; leave \"%s\" away", argv[0]);
    if (operands > 0) {
        if (strlen(argv[0]) >= sizeof words.data)
            return cli_fail("the name of the data set has more than %zu characters",
                            sizeof words.data - 1);
        strcpy(words.data, argv[0]);
    }
    return train(&words, options);
}

const struct command train_command = {
    .name = "train",
    .operands = "[DATA]",
    .summary = "Train a network on a data set and keep it in a run folder",
    .details = "  DATA  mnist, fashion-mnist, digits, digits:ROWS, a folder of IDX files [mnist]\n"
               "\n"
               "The run folder holds config.json, metrics.jsonl, model.safetensors and\n"
               "checkpoint.safetensors. Ctrl-C finishes the step and saves; --resume goes on.\n"
               "Explicit options override those of a preset. --device check:D compares every\n"
               "operation on D with the reference as it trains.\n",
    .examples = "  incline train mnist --hidden 128 --epochs 20\n"
                "  incline train digits:2000 --preset notebook --device opencl:0\n",
    .most = 1,
    .run = run,
};
