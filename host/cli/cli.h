/* cli.h - what the commands share: exit statuses, messages, opening things by name.
 *
 * The command line knows the library by incline.h alone. Results go to standard output,
 * messages to standard error; main.c checks at the end that the results arrived. */
#ifndef INCLINE_CLI_CLI_H
#define INCLINE_CLI_CLI_H

#include "incline.h"

#if defined(__GNUC__)
#define CLI_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define CLI_PRINTF(text, first)
#endif

enum cli_status {
    CLI_DONE = 0,
    CLI_FAILED = 1,
    CLI_USAGE = 2,
    CLI_UNVERIFIED = 3,
    CLI_SIGNAL = 128 /* plus the number of the signal */
};

/* A command: what --help says of it, and how it runs. */
struct command {
    const char *name;
    const char *operands; /* "MODEL [DATA]" */
    const char *summary;  /* one line, for the list of commands */
    const char *details;  /* what the operands are; whole lines */
    const char *examples; /* whole lines */
    size_t least;         /* operands */
    size_t most;
    /* argv[0] is the first word after the name. Returns the exit status. */
    int (*run)(const struct command *command, int argc, char **argv);
};

extern const struct command train_command;
extern const struct command evaluate_command;
extern const struct command ensemble_command;
extern const struct command predict_command;
extern const struct command inspect_command;
extern const struct command devices_command;
extern const struct command verify_command;
extern const struct command bench_command;
extern const struct command tune_command;
extern const struct command export_command;
extern const struct command data_command;

/* Evaluate a call that returns an exit status, having printed what went wrong; unless it
 * is CLI_DONE, jump to `out` with it in `status`. A library call stands in cli_check(). */
#define TRY(call)               \
    do {                        \
        status = (call);        \
        if (status != CLI_DONE) \
            goto out;           \
    } while (0)

/* Name in front of messages: "incline train". `command` lives as long as the program. */
void cli_begin(const char *command);
const char *cli_command(void);

/* "incline train: message" on standard error. Returns CLI_FAILED. */
int cli_fail(const char *format, ...) CLI_PRINTF(1, 2);

/* The same for wrong usage, with a line on how to get help. Returns CLI_USAGE. */
int cli_usage(const char *format, ...) CLI_PRINTF(1, 2);

/* True for the name that a run keeps of data from standard input, which are gone. */
bool cli_was_piped(const char *name);

/* Which samples an opened data set has: "test", "train", or "all" of a single file that has no
 * parts; and in words, "test part". */
const char *cli_part(const char *name, const incline_dataset *data, int split);
const char *cli_part_words(const char *name, const incline_dataset *data, int split);

/* Print what the library remarks on how data were read. */
void cli_note_remarks(const incline_dataset *data);

/* Open a part of a data set, and print that. */
int cli_open_data(const char *name, int split, const struct incline_data_options *options,
                  incline_dataset **data);

/* Say so where a single file may be what the model was trained on, by its name; what was piped has
 * none. */
void cli_note_seen(const char *name, const incline_dataset *data, const char *trained_on);

/* A message that is no failure. */
void cli_note(const char *format, ...) CLI_PRINTF(1, 2);

/* CLI_DONE for INCLINE_OK; otherwise prints incline_last_error() and returns what the
 * program shall exit with. */
int cli_check(int rc);

/* Hand buffered results on. False once standard output cannot be written. */
bool cli_flush(void);

/* `status`, or CLI_FAILED with a message if results did not arrive on standard output; a
 * reader that has gone away is no reason for a message. Call once, at the end. */
int cli_finish(int status);

/* Load a model from a file, or from the model.safetensors of a run folder. `activation` says what
 * the hidden layers of a file do that does not; NULL takes relu then, with a message. */
int cli_open_model(const char *path, const char *activation, incline_model **model);

/* True if `folder` is a folder that holds a file `name`; path[bytes] is then its path. */
bool cli_in_folder(const char *folder, const char *name, char *path, size_t bytes);

/* True for a single file, a pipe or standard input, which has no parts; false for what has a name
 * or is a folder. */
bool cli_is_file(const char *name);

/* Open a device; on a terminal a passing line says so while it takes time. Unless `quiet`, what the
 * library remarks goes to standard error where it explains that the slow reference was taken. */
int cli_open_device(const struct incline_device_options *options, bool quiet,
                    incline_device **device);

/* The same, of the one on which a model is used: `name` and `gemm` as in struct
 * incline_device_options, `gemm` as an option of the command has it. */
int cli_open_device_for(const incline_model *model, const char *name, int gemm, bool quiet,
                        incline_device **device);

#endif
