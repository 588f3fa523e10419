/* train_options.c - the table of options of incline train, and the recipe they make. */
#include "train_options.h"
#include "kept.h"
#include "text.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_DATA "mnist"
#define RATE_GROUP "Learning rate"

/* A setting of the library as an option. */
static struct option setting_row(const struct incline_setting *setting, const char **text)
{
    struct option row = {.name = setting->name,
                         .argument = setting->argument,
                         .group = setting->group,
                         .help = setting->help,
                         .initial = setting->initial,
                         .kind = OPTION_SETTING,
                         .setting = setting,
                         .target = text};
    size_t rules = 0;

    if (!setting->extends)
        row.not_with[rules++] = "resume";
    if (setting->network && strcmp(setting->name, "activation") != 0) /* files may not say it */
        row.not_with[rules++] = "init";
    if (setting->instead_of != NULL)
        row.not_with[rules++] = setting->instead_of;
    if (strcmp(setting->group, RATE_GROUP) == 0)
        row.not_with[rules++] = "find-rate";
    assert(rules <= sizeof row.not_with / sizeof *row.not_with);
    return row;
}

static void list_presets(struct train_words *words)
{
    size_t used = (size_t)snprintf(words->preset_help, sizeof words->preset_help, "a recipe:");
    const char *help;

    for (size_t p = 0; incline_train_preset_name(p, &help) != NULL; p++) {
        const char *name = incline_train_preset_name(p, NULL);
        assert(p < PRESETS_MAX);
        words->presets[p] = (struct option_choice){name, (int)p};
        used += (size_t)snprintf(words->preset_help + used, sizeof words->preset_help - used,
                                 "\n%-10s %s", name, help);
        assert(used < sizeof words->preset_help);
    }
}

void train_options(struct train_words *words, struct option options[TRAIN_OPTIONS_MAX])
{
    struct option *row = options;

    list_presets(words);
    for (size_t s = 0; incline_train_setting(s) != NULL; s++) {
        assert(s < TRAIN_SETTINGS_MAX);
        *row++ = setting_row(incline_train_setting(s), &words->settings[s]);
    }
    const struct option others[] = {
        {.name = "preset",
         .argument = "NAME",
         .group = "Run",
         .kind = OPTION_CHOICE,
         .target = &words->preset,
         .choices = words->presets,
         .not_with = {"resume", "config"},
         .help = words->preset_help},
        {.name = "config",
         .argument = "FILE",
         .group = "Run",
         .kind = OPTION_TEXT,
         .target = &words->config,
         .help = "settings and data set of a run or of a file as its\nconfig.json",
         .not_with = {"resume"}},
        {.name = "init",
         .argument = "MODEL",
         .group = "Run",
         .kind = OPTION_TEXT,
         .target = &words->init,
         .kept = OPTION_KEPT_MODEL,
         .help = "start from the weights of a model",
         .not_with = {"resume"}},
        OPTION_DEVICE_ROW(&words->device),
        OPTION_GEMM_ROW(&words->gemm),
        {.name = "output",
         .argument = "DIR",
         .kind = OPTION_TEXT,
         .target = &words->output,
         .help = "folder of the run [runs/DATE-TIME]",
         .not_with = {"resume"}},
        {.name = "resume",
         .argument = "DIR",
         .kind = OPTION_TEXT,
         .target = &words->resume,
         .help = "go on with the run in DIR; --epochs, --steps: a new end;\n"
                 "DATA: where its data set is now"},
        OPTION_JSON_ROW(&words->json),
        {.name = "seeds",
         .argument = "N",
         .kind = OPTION_UINT32,
         .target = &words->seeds,
         .minimum = 2,
         .maximum = TRAIN_SEEDS_MAX,
         .help = "train N networks, seeds SEED, SEED + 1, ...; their mean",
         .not_with = {"resume"}},
        {.name = "jobs",
         .argument = "N",
         .kind = OPTION_UINT32,
         .target = &words->jobs,
         .minimum = 1,
         .maximum = INCLINE_TOGETHER_MAX,
         .help = "with --seeds: N networks at a time [as fill the device]",
         .not_with = {"resume"}},
        {.name = "find-rate",
         .kind = OPTION_FLAG,
         .target = &words->find_rate,
         .help = "train nothing: try rising learning rates, suggest one",
         .not_with = {"resume", "seeds", "test", "epochs", "steps", "patience"}},
        {.name = "quiet",
         .kind = OPTION_FLAG,
         .target = &words->quiet,
         .help = "no messages but errors"},
        {.name = "test",
         .argument = "DATA",
         .kind = OPTION_TEXT,
         .target = &words->test,
         .kept = OPTION_KEPT_TEST,
         .help = "a data set to test on [the test part of DATA]"},
        DATA_OPTION_ROWS(&words->table),
        {.name = NULL},
    };
    _Static_assert(sizeof others / sizeof *others <= TRAIN_OPTIONS_MAX - TRAIN_SETTINGS_MAX,
                   "the table has room");
    memcpy(row, others, sizeof others);
}

const char *train_word(const struct train_words *words, const char *name)
{
    for (size_t s = 0; incline_train_setting(s) != NULL; s++)
        if (strcmp(incline_train_setting(s)->name, name) == 0)
            return words->settings[s];
    return NULL;
}

/* The device measures the network of a model that training starts from. */
static int follow_model(incline_model *init, struct incline_train_options *train)
{
    struct incline_model_info info;

    incline_model_describe(init, &info);
    if (info.layers - 1 > INCLINE_HIDDEN_MAX)
        return cli_fail("the model has more than %d hidden layers, too many to be trained",
                        INCLINE_HIDDEN_MAX);
    train->hidden_count = info.layers - 1;
    memcpy(train->hidden, info.widths + 1, train->hidden_count * sizeof *train->hidden);
    train->no_hidden = info.layers == 1;
    train->activation = info.activation;
    train->normalization = info.normalization;
    train->deskew = info.deskew;
    train->model = init;
    return CLI_DONE;
}

/* What a preset or a file says for the choice it makes, a rate for its optimizer, goes with that
 * choice where the command line makes another; and so does patience, where nothing judges epochs
 * any more. */
static int drop_followers(const struct train_words *words, struct incline_train_options *train)
{
    const struct incline_setting *setting;
    const char *const validation = train_word(words, "validation");
    const char *const best = train_word(words, "best-by");
    char before[64];
    int status = CLI_DONE;

    for (size_t s = 0; (setting = incline_train_setting(s)) != NULL; s++) {
        const char *const word =
            setting->follows != NULL ? train_word(words, setting->follows) : NULL;
        if (word == NULL)
            continue;
        TRY(cli_check(incline_train_get(train, setting->follows, before, sizeof before)));
        if (strcmp(word, before) != 0)
            TRY(cli_check(incline_train_set(train, setting->name, NULL)));
    }
    if ((validation != NULL && strtod(validation, NULL) == 0.0) ||
        (best != NULL && strcmp(best, "last") == 0))
        train->patience = 0;
out:
    return status;
}

int train_recall(struct train_words *words, struct option *options)
{
    const char *const from = words->resume != NULL ? words->resume : words->config;
    const bool named = words->data != NULL;
    char file[INCLINE_PATH_MAX], how[INCLINE_PATH_MAX + 32], quoted[INCLINE_PATH_MAX];
    int status = CLI_DONE;

    if (words->resume != NULL)
        TRY(cli_check(incline_run_describe(words->resume, &words->run)));
    if (words->config != NULL)
        TRY(cli_check(incline_train_config(
            cli_in_folder(words->config, "config.json", file, sizeof file) ? file : words->config,
            &words->recipe, &words->run)));
    words->same_data = !named && words->run.data[0] != '\0' && !kept_given(options);
    if (!named && words->run.data[0] != '\0') {
        snprintf(how, sizeof how, "train DATA --%s %s", words->resume != NULL ? "resume" : "config",
                 text_shell(from, quoted, sizeof quoted));
        TRY(kept_data(&words->run, from, how));
        words->data = words->run.data;
    }
    if (words->data == NULL)
        words->data = DEFAULT_DATA;
    TRY(kept_read(words->run.kept, options, from, &words->recalled));
    if (words->resume == NULL)
        TRY(kept_take(words->recalled, OPTION_KEPT_MODEL, options));
    if (words->resume != NULL || !named)
        TRY(kept_take(words->recalled, OPTION_KEPT_TEST, options));
out:
    return status;
}

int train_recall_data(struct train_words *words, const incline_model *init, struct option *options)
{
    int status = CLI_DONE;

    TRY(kept_take(words->recalled, OPTION_KEPT_FORM, options));
    if (init == NULL || incline_model_columns(init)[0] == '\0')
        TRY(kept_take(words->recalled, OPTION_KEPT_COLUMNS, options));
out:
    return status;
}

int train_recipe(const struct train_words *words, const struct option *options, incline_model *init,
                 struct incline_train_options *train)
{
    int status = CLI_DONE;

    *train = words->recipe;
    if (options_given(options, "preset"))
        TRY(cli_check(incline_train_preset(words->presets[words->preset].name, train)));
    TRY(drop_followers(words, train));
    /* The file has the loss that followed from its data: from others another one may. */
    if (words->config != NULL && !words->same_data &&
        (train->loss == INCLINE_LOSS_SOFTMAX || train->loss == INCLINE_LOSS_MSE))
        train->loss = INCLINE_LOSS_AUTO;
    for (size_t s = 0; incline_train_setting(s) != NULL; s++)
        if (words->settings[s] != NULL)
            TRY(cli_check(
                incline_train_set(train, incline_train_setting(s)->name, words->settings[s])));
    if (init != NULL)
        TRY(follow_model(init, train));
out:
    return status;
}
