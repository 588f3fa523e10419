/* train.c - incline train: a network, its data, its device, and the run from start to end. */
#include "interrupt.h"
#include "json.h"
#include "kept.h"
#include "terminal.h"
#include "text.h"
#include "train_idle.h"
#include "train_options.h"
#include "train_rate.h"
#include "train_run.h"
#include "train_seeds.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { WIDTHS_MAX = INCLINE_HIDDEN_MAX + 2 };

/* What is tested on: a set of its own, or the other part of the one that is trained on, read as
 * that was read. A single file has no other part. */
static int open_test(struct train_words *words, const char *source,
                     struct incline_data_options *options, struct train_run *run)
{
    const char *const name = words->test != NULL ? words->test : words->data;
    struct incline_dataset_info data;
    struct stat about;
    int status = CLI_DONE;

    incline_dataset_describe(run->data, &data);
    options->columns = incline_dataset_columns(run->data);
    if (options->columns[0] == '\0')
        options->columns = NULL;
    if (words->test == NULL && data.undivided) {
        snprintf(run->no_test, sizeof run->no_test,
                 "%s has no parts, all of it is to train on; --test DIR names one to test on",
                 text_clean(name).s);
        return CLI_DONE;
    }
    if (words->test == NULL && !data.two_parts &&
        (strcmp(name, "-") == 0 || (stat(source, &about) == 0 && !S_ISDIR(about.st_mode)))) {
        snprintf(run->no_test, sizeof run->no_test,
                 "%s is one file, all of it to train on; --test FILE names one to test on",
                 text_clean(name).s);
        return CLI_DONE;
    }
    const int rc = incline_dataset_open_with(name, INCLINE_TEST, options, &run->test);
    if (rc == INCLINE_ENODATA && words->test == NULL) {
        snprintf(run->no_test, sizeof run->no_test, "%s", incline_last_error());
        return CLI_DONE;
    }
    TRY(cli_check(rc));
    cli_note_remarks(run->test);
    if (words->test != NULL) { /* a file or folder is kept by where it is, whatever its name */
        incline_dataset_describe(run->test, &data);
        strcpy(run->test_source, data.source);
        if (stat(run->test_source, &about) == 0)
            words->test = run->test_source;
    }
out:
    return status;
}

/* The samples that the run of a file had, where nothing was said that makes them others. */
static int check_same(const struct train_words *words, const struct incline_dataset_info *data)
{
    const struct incline_run_info *const run = &words->run;
    const uint32_t outputs = data->classes > 0 ? data->classes : data->outputs;

    if (!words->same_data || words->config == NULL || run->rows == 0 ||
        (run->rows == data->rows && run->features == data->features &&
         (run->outputs == outputs || (run->outputs == 1 && data->classes == 2))))
        return CLI_DONE;
    return cli_fail("%s: its run had %s samples of %" PRIu32 " features, and %" PRIu32
                    " outputs; %s now has %s, %" PRIu32 " and %" PRIu32
                    ", so that it cannot be repeated; name "
                    "DATA to train on these",
                    words->config, text_count(run->rows).s, run->features, run->outputs,
                    text_clean(data->name).s, text_count(data->rows).s, data->features, outputs);
}

/* Both parts are opened before anything is trained, and are read while the device is opened. A run
 * that is resumed, or begins with a model, reads a table as that model's table was read. */
static int open_data(struct train_words *words, struct option *table, struct train_run *run)
{
    int status = CLI_DONE;
    struct incline_dataset_info data;
    struct incline_data_options options;

    TRY(train_recall_data(words, run->init, table));
    TRY(data_options_for(&words->table, run->init, &options));
    TRY(cli_open_data(words->data, INCLINE_TRAIN, &options, &run->data));
    incline_dataset_describe(run->data, &data);
    if (data.classes == 0 && data.outputs == 0)
        return cli_fail(options.columns != NULL
                            ? "%s has no column that the model predicts, nothing to train on"
                            : "%s has no labels to train on; if they are in it, name their column "
                              "with --target",
                        text_clean(words->data).s);
    TRY(check_same(words, &data));
    if (!words->find_rate)
        status = open_test(words, data.source, &options, run);
out:
    return status;
}

/* Open the device; "auto" measures this very network and batch. */
static int open_device(const struct train_words *words, const struct incline_train_options *train,
                       struct train_run *run)
{
    struct incline_dataset_info data;
    struct incline_train_options whole = *train;
    uint32_t widths[WIDTHS_MAX];
    struct incline_device_options options = {.name = words->device,
                                             .gemm = (enum incline_gemm)words->gemm};

    incline_dataset_describe(run->data, &data);
    incline_train_defaults(&whole);
    widths[0] = data.features;
    memcpy(widths + 1, whole.hidden, whole.hidden_count * sizeof *widths);
    widths[whole.hidden_count + 1] = data.classes > 0 ? data.classes : data.outputs;
    options.widths = widths;
    options.width_count = whole.hidden_count + 2;
    options.batch = whole.batch < data.rows ? whole.batch : data.rows;
    return cli_open_device(&options, true, &run->device);
}

int train_test(const struct train_run *run, struct train_outcome *outcome)
{
    if (outcome->caught != 0 || run->test == NULL)
        return INCLINE_OK;
    const int rc = incline_evaluate(incline_trainer_model(run->trainer), run->device, run->test,
                                    NULL, &outcome->test);
    outcome->tested = rc == INCLINE_OK;
    return rc;
}

int train_once(struct train_run *run, bool quiet, struct train_outcome *outcome)
{
    int status = CLI_DONE;

    *outcome = (struct train_outcome){.caught = 0};
    progress_begin(&outcome->progress, quiet);
    interrupt_begin(run->trainer);
    const int rc = incline_trainer_run(run->trainer, progress_update, &outcome->progress);
    const int number = interrupt_end();
    terminal_line_clear();
    if (rc == INCLINE_EINTERRUPTED)
        outcome->caught = number != 0 ? number : SIGINT;
    else
        TRY(cli_check(rc));
    TRY(cli_check(train_test(run, outcome)));
out:
    return status;
}

/* Train, evaluate, report. */
static int train_to_end(const struct train_words *words, struct train_run *run)
{
    int status = CLI_DONE;
    struct train_outcome outcome;
    char file[RUN_PATH_MAX + 32], quoted[4 * RUN_PATH_MAX];

    snprintf(file, sizeof file, "%s/model.safetensors", run->folder.path);
    TRY(train_once(run, words->quiet, &outcome));
    const struct incline_evaluation *test = outcome.tested ? &outcome.test : NULL;
    const int caught = outcome.caught;
    if (words->json)
        status = json_print(train_json(run, &outcome.progress, test, caught != 0, file), false);
    else if (caught == 0)
        train_print_result(run, &outcome.progress, test, file);
    if (!words->quiet && test != NULL)
        train_note_useless(run, test);
    if (caught != 0) {
        fprintf(stderr, "stopped and saved; go on with: incline train %s--resume %s\n",
                strcmp(words->data, "-") == 0 ? "DATA " : "",
                text_shell(run->folder.path, quoted, sizeof quoted));
        status = CLI_SIGNAL + caught;
    }
out:
    return status;
}

/* The model that a run begins with. What its file does not say of activations stands in the file
 * of settings, where that names the model. */
static int open_init(const struct train_words *words, incline_model **init)
{
    const char *activation = train_word(words, "activation");
    incline_model *known = NULL;
    struct incline_model_info info;
    char text[64];
    int status = CLI_DONE;

    if (activation == NULL && words->config != NULL &&
        incline_model_load(words->init, &known) == INCLINE_OK) {
        incline_model_describe(known, &info);
        TRY(cli_check(incline_train_get(&words->recipe, "activation", text, sizeof text)));
        activation = info.activation_assumed ? text : NULL;
    }
    TRY(cli_open_model(words->init, activation, init));
out:
    incline_model_destroy(known);
    return status;
}

/* The recipe that nobody chose is one for images. */
static bool lacks_recipe(const struct train_words *words, const struct option *options,
                         const struct train_run *run)
{
    struct incline_dataset_info data;
    const bool chosen = run->init != NULL || words->config != NULL ||
                        options_given(options, "preset") || train_word(words, "hidden") != NULL ||
                        train_word(words, "optimizer") != NULL;

    incline_dataset_describe(run->data, &data);
    return !chosen && !data.bytes && incline_dataset_columns(run->data)[0] != '\0';
}

static int train(struct train_words *words, struct option *options)
{
    struct train_run run = {0};
    struct incline_train_options recipe;
    const bool resumed = words->resume != NULL;
    char file[RUN_PATH_MAX + 32];
    int status = CLI_DONE;

    TRY(train_recall(words, options));
    if (words->init != NULL)
        TRY(open_init(words, &run.init));
    /* The model of a checkpoint says what network the device is to be measured on, and how the
     * run read its table. */
    if (resumed && cli_in_folder(words->resume, "checkpoint.safetensors", file, sizeof file))
        (void)incline_model_load(file, &run.init);
    TRY(train_recipe(words, options, run.init, &recipe));
    TRY(open_data(words, options, &run));
    TRY(train_check_idle(words, &recipe, run.data));
    if (strcmp(words->data, "-") == 0)
        run.notes[0] = "standard input is read once: to go on with the run, or to repeat it, name "
                       "a file of the same data";
    if (!resumed && lacks_recipe(words, options, &run))
        run.notes[1] = "for tables there is --preset tabular, with more neurons, another optimizer "
                       "and early stopping";
    if (!words->find_rate || words->output != NULL)
        TRY(run_folder_open(&run.folder, words->output, words->resume));
    if (words->seeds > 0)
        TRY(train_seeds_check(words, &recipe, &run));
    TRY(kept_write(options, words->kept));
    recipe.output = run.folder.path;
    recipe.kept = words->kept[0] != '\0' ? words->kept : NULL;
    if (!words->quiet)
        terminal_note("preparing the device ...");
    TRY(open_device(words, &recipe, &run));
    if (run.test != NULL) /* a damaged test part shows before anything is trained */
        TRY(cli_check(incline_dataset_ready(run.test)));
    if (words->seeds > 0 || words->find_rate) {
        status = words->find_rate ? train_find_rate(words, &recipe, &run)
                                  : train_seeds(words, &recipe, &run);
        goto out;
    }
    TRY(cli_check(resumed ? incline_trainer_resume(run.device, run.data, words->resume,
                                                   recipe.epochs, recipe.steps, &run.trainer)
                          : incline_trainer_create(run.device, run.data, &recipe, &run.trainer)));
    if (run.test != NULL) /* what cannot be tested on shows before anything is trained */
        TRY(cli_check(incline_model_fits(incline_trainer_model(run.trainer), run.test)));
    terminal_line_clear();
    if (!words->quiet)
        train_print_start(&run);
    if (!words->quiet && incline_trainer_done(run.trainer)[0] != '\0')
        cli_note("nothing is left to do: %s", incline_trainer_done(run.trainer));
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
    struct train_words words = {0};
    struct option options[TRAIN_OPTIONS_MAX];
    size_t operands;
    int status;

    train_options(&words, options);
    if (!options_parse(command, options, argc, argv, &operands, &status))
        return status;
    if (words.jobs > 0 && words.seeds == 0)
        return cli_usage("--jobs says how many networks of --seeds are trained at a time; say how "
                         "many there are with --seeds N");
    if (operands > 0 && argv[0][0] == '\0')
        return cli_usage("DATA is empty; name a data set, or leave it away");
    words.data = operands > 0 ? argv[0] : NULL;
    status = train(&words, options);
    json_decref(words.recalled);
    return status;
}

const struct command train_command = {
    .name = "train",
    .operands = "[DATA]",
    .summary = "Train a network on a data set and keep it in a run folder",
    .details = "  DATA  mnist, fashion-mnist, digits, digits:ROWS, a folder of IDX files, of\n"
               "        train.csv and test.csv or of pictures, a table [mnist]\n" DATA_DETAILS "\n"
               "The run folder holds config.json, metrics.jsonl, model.safetensors and\n"
               "checkpoint.safetensors. Ctrl-C finishes the step and saves; --resume goes on.\n"
               "--seeds N trains N networks, in folders seed-SEED and so on, and writes mean,\n"
               "deviation and interval of what they reach on the test set to summary.json;\n"
               "small ones several at a time (--jobs), each to the same bits as alone.\n"
               "Explicit options override those of --preset and --config; --config repeats a run\n"
               "by its folder, on the same data. --device check:D compares every operation\n"
               "on D with the reference as it trains.\n"
               "The loss follows from the data: softmax for classes, mse for numbers; sigmoid is\n"
               "for several labels (numbers 0 and 1), or two classes by one output.\n",
    .examples = "  incline train mnist --hidden 128 --epochs 20\n"
                "  incline train digits:2000 --preset notebook --device opencl:0\n",
    .most = 1,
    .run = run,
};
