/* kept.h - what a run keeps of the command line beside its settings: how its data were read, what
 * it was tested on and began from, under "options" in its config.json. */
#ifndef INCLINE_CLI_KEPT_H
#define INCLINE_CLI_KEPT_H

#include "json.h"
#include "options.h"

/* The options of a table that were given or taken back, files and folders by their whole paths:
 * kept[INCLINE_KEPT_MAX], "" for none. CLI_DONE, or CLI_FAILED with a message. */
int kept_write(const struct option *options, char *kept);

/* What a run kept, to be let go of with json_decref() when the words of its options are needed no
 * more; an empty object for "". Every name must be one that `options` keeps, unless NULL. CLI_DONE,
 * or CLI_FAILED with a message that begins with `where`. */
int kept_read(const char *kept, const struct option *options, const char *where, json_t **words);

/* Take back the options of a table that are kept as `which`, as if they had been given, unless they
 * were given, or one that they cannot stand beside. CLI_DONE, or CLI_USAGE with a message. */
int kept_take(const json_t *words, enum option_kept which, struct option *options);

/* True if any option was given that is kept. */
bool kept_given(const struct option *options);

/* The data set of a run that is to be opened again, where the user names none: it must not have
 * come on standard input, and its file must still be there. `run` is what the user named, `how` a
 * command, up to a name for it, that names a data set. CLI_DONE, or CLI_FAILED with a message. */
int kept_data(const struct incline_run_info *info, const char *run, const char *how);

/* The data set that the run of the folder `run` was trained on, or tested on if that was another
 * one and `test` asks for it, and how it is read: *data, for as long as *words, and the options of
 * the table. *data stays NULL for what is no folder of a run that says so.
 *   columns  those of the run's model, "" for none
 *   info, words  room for what is told; *words is let go of with json_decref()
 * CLI_DONE, or a status with a message printed. */
int kept_open(const char *run, bool test, const char *columns, const char *how,
              struct option *options, struct incline_run_info *info, json_t **words,
              const char **data);

#endif
