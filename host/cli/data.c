/* data.c - incline data: a command for each thing that is done with data sets alone. */
#include "data.h"
#include "nearest.h"

#include <stdio.h>
#include <string.h>

static const struct command *const commands[] = {&data_show_command, &data_convert_command,
                                                 &data_split_command};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

/* What stands behind "data " in the name of a command of this list. */
static const char *last_word(const struct command *command)
{
    return strchr(command->name, ' ') + 1;
}

static void print_help(FILE *stream)
{
    fputs("Usage: incline data COMMAND [OPTION]... [OPERAND]...\n\n"
          "Look at data sets, and turn them into others.\n\nCommands:\n",
          stream);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(stream, "  %-10s%s\n", last_word(commands[i]), commands[i]->summary);
    fputs("\n  incline data COMMAND --help    what a command takes\n\n"
          "Example:\n  incline data show mnist --count 4\n",
          stream);
}

static int run(const struct command *command, int argc, char **argv)
{
    struct nearest search = {0};

    (void)command;
    if (argc < 1) {
        print_help(stderr);
        return CLI_USAGE;
    }
    if (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0) {
        print_help(stdout);
        return CLI_DONE;
    }
    search.word = argv[0];
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(argv[0], last_word(commands[i])) == 0) {
            cli_begin(commands[i]->name);
            return commands[i]->run(commands[i], argc - 1, argv + 1);
        }
        nearest_offer(&search, last_word(commands[i]));
    }
    nearest_offer(&search, "--help");
    if (search.best == NULL)
        return cli_usage("unknown command \"%s\"", argv[0]);
    return cli_usage("unknown command \"%s\"; did you mean \"%s\"?", argv[0], search.best);
}

const struct command data_command = {
    .name = "data",
    .operands = "COMMAND",
    .summary = "Look at data sets, turn them into others: show, convert, split",
    .details = "",
    .examples = "",
    .run = run,
};
