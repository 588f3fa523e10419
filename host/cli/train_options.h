/* train_options.h - the words of incline train: every setting of the library, and where, on what
 * device and from what start. */
#ifndef INCLINE_CLI_TRAIN_OPTIONS_H
#define INCLINE_CLI_TRAIN_OPTIONS_H

#include "data_options.h"
#include "json.h"

enum { TRAIN_SETTINGS_MAX = 128, TRAIN_OPTIONS_MAX = TRAIN_SETTINGS_MAX + 24, PRESETS_MAX = 32 };
enum { TRAIN_SEEDS_MAX = 1000 };

/* What the command line said. */
struct train_words {
    const char *settings[TRAIN_SETTINGS_MAX]; /* by their number in the library; NULL: not given */
    struct option_choice presets[PRESETS_MAX + 1];
    char preset_help[1024];
    int preset, gemm;
    const char *config, *device, *output, *resume, *init;
    bool json, quiet, find_rate;
    uint32_t seeds;   /* networks to train; 0: one, in the run folder itself */
    uint32_t jobs;    /* of them at a time; 0: as many as fill the device */
    const char *data; /* NULL: not said, before train_recall() */
    const char *test; /* a data set to test on; NULL: the test part of `data` */
    struct data_words table;
    struct incline_train_options recipe; /* of --config */
    struct incline_run_info run;         /* that of --config or --resume, */
    bool same_data;                      /* if data, test and model are to be those of that run */
    json_t *recalled;                    /* what it kept of its options, for as long as they
                                            are needed; let go of with json_decref() */
    char kept[INCLINE_KEPT_MAX];         /* what this one is to keep */
};

/* The table of options; their values go to `words`, which begins as zero. */
void train_options(struct train_words *words, struct option options[TRAIN_OPTIONS_MAX]);

/* What was said of a setting; NULL: nothing. */
const char *train_word(const struct train_words *words, const char *name);

/* What the run of --resume or the file of --config says: its data set, if the command line names
 * none, the model it began from, what it was tested on. How its data are read comes later, in
 * train_recall_data(), for whoever has a model that knows the columns of a table has no use for
 * some of it. CLI_DONE, or a status with a message printed. */
int train_recall(struct train_words *words, struct option *options);
int train_recall_data(struct train_words *words, const incline_model *init, struct option *options);

/* The recipe: preset or file first, then what was said explicitly; `init`, where not NULL, is the
 * model to start from. CLI_DONE, or a status with a message printed. */
int train_recipe(const struct train_words *words, const struct option *options, incline_model *init,
                 struct incline_train_options *train);

#endif
