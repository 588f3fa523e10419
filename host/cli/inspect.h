/* inspect.h - the two kinds of things that incline inspect prints. */
#ifndef INCLINE_CLI_INSPECT_H
#define INCLINE_CLI_INSPECT_H

#include "data_options.h"

/* Print a model file. Returns the exit status. */
int inspect_model(const char *path, bool json);

/* Print a data set: both parts of a named one, or a single file. Returns the exit status. */
int inspect_data(const char *name, bool single, const struct data_words *words, bool json);

#endif
