/* values.h - from the text of an option's argument to its value. */
#ifndef INCLINE_CLI_VALUES_H
#define INCLINE_CLI_VALUES_H

#include "options.h"

/* Put the value of `text` where option->target points, for every kind but OPTION_FLAG.
 * CLI_DONE, or CLI_USAGE with the target untouched and a message printed. */
int value_parse(const struct option *option, const char *text);

#endif
