/* data.h - the commands of incline data, one file each. */
#ifndef INCLINE_CLI_DATA_H
#define INCLINE_CLI_DATA_H

#include "cli.h"

extern const struct command data_show_command;
extern const struct command data_convert_command;
extern const struct command data_split_command;

#endif
