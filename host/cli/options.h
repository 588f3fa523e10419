/* options.h - one table per command, from which parsing, --help and suggestions come.
 *
 * `--name value` and `--name=value`, exact names only; `--` ends the options. An option may
 * be given once. Numbers must fill the whole word, lie in their range and be finite. */
#ifndef INCLINE_CLI_OPTIONS_H
#define INCLINE_CLI_OPTIONS_H

#include "cli.h"

#define OPTION_WHOLE_MAX 9007199254740991.0 /* every JSON reader keeps these exact */
#define OPTION_LAYERS_MAX 64

/* Widths of a network, "784-10-10": inputs, hidden layers, outputs. */
struct option_widths {
    uint32_t width[OPTION_LAYERS_MAX];
    size_t count;
};

/* What an option's argument is, and what `target` points to. */
enum option_kind {
    OPTION_FLAG,    /* bool; no argument */
    OPTION_TEXT,    /* const char *; not empty */
    OPTION_CHOICE,  /* int; one of `choices` */
    OPTION_UINT32,  /* uint32_t in [minimum, maximum] */
    OPTION_UINT64,  /* uint64_t in [minimum, maximum], at most OPTION_WHOLE_MAX */
    OPTION_REAL,    /* double in [minimum, maximum] */
    OPTION_NETWORK, /* struct option_widths */
    OPTION_BATCH,   /* uint32_t, or INCLINE_BATCH_FULL for "full" */
    OPTION_SETTING  /* const char *; a text that incline_train_set() takes for `setting` */
};

struct option_choice {
    const char *name; /* NULL ends the list */
    int value;
};

/* Does a run keep what was given, to be repeated and gone on with, and as what? */
enum option_kept {
    OPTION_NOT_KEPT,
    OPTION_KEPT_MODEL,  /* the model it begins from */
    OPTION_KEPT_TEST,   /* what it is tested on */
    OPTION_KEPT_FORM,   /* how a file is written, or what is done to pictures */
    OPTION_KEPT_COLUMNS /* what columns of a table are: a model that was trained on one knows */
};

struct option {
    const char *name;     /* without the dashes; NULL ends the table */
    const char *argument; /* as --help shows it */
    const char *help;     /* lines of at most 56 characters, the default in brackets */
    const char *initial;  /* the default, where it is not in `help`; NULL */
    const char *group;    /* heads the option and those that follow without one; NULL */
    enum option_kind kind;
    void *target;
    double minimum;
    double maximum;
    const struct option_choice *choices;
    const struct incline_setting *setting;
    const char *not_with[6]; /* options that this one cannot stand beside */
    enum option_kept kept;
    bool given; /* set by options_parse() */
};

extern const struct option_choice option_gemm[], option_split[];

/* The setting of the library of that name, which is one. */
const struct incline_setting *option_setting(const char *name);

/* Rows that several commands have in common. */
#define OPTION_DEVICE_ROW(target_)                                                   \
    {                                                                                \
        .name = "device", .argument = "D", .kind = OPTION_TEXT, .target = (target_), \
        .help = "auto, reference, opencl:N, part of a name [auto]"                   \
    }
#define OPTION_GEMM_ROW(target_)                                                         \
    {                                                                                    \
        .name = "gemm", .argument = "G", .kind = OPTION_CHOICE, .target = (target_),     \
        .choices = option_gemm, .help = "matrix products by auto, own or clblast [auto]" \
    }
#define OPTION_ACTIVATION_ROW(target_)                                                      \
    {                                                                                       \
        .name = "activation", .argument = "A", .kind = OPTION_SETTING, .target = (target_), \
        .setting = option_setting("activation"),                                            \
        .help = "of hidden layers, where the model's file does not say"                     \
    }
#define OPTION_SPLIT_ROW(target_)                                                        \
    {                                                                                    \
        .name = "split", .argument = "PART", .kind = OPTION_CHOICE, .target = (target_), \
        .choices = option_split, .help = "train or test part of the data set [test]"     \
    }
#define OPTION_JSON_ROW(target_)                                  \
    {                                                             \
        .name = "json", .kind = OPTION_FLAG, .target = (target_), \
        .help = "results as JSON on standard output"              \
    }

/* Read the words of a command. True: run it; the first *operands words of argv are then the
 * operands. False: *status is what to exit with, since help was asked for or the usage was
 * wrong; everything has been said. */
bool options_parse(const struct command *command, struct option *options, int argc, char **argv,
                   size_t *operands, int *status);

/* True if the option was given; `name` is one of the table. */
bool options_given(const struct option *options, const char *name);

#endif
