/* main.c - the list of commands, and what is the same for all: help, version, exit status. */
#include "cli.h"
#include "nearest.h"

#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct command *const commands[] = {
    &train_command,   &evaluate_command, &ensemble_command, &predict_command,
    &inspect_command, &data_command,     &devices_command,  &verify_command,
    &bench_command,   &tune_command,     &export_command,
};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static void print_help(FILE *stream)
{
    fputs("Usage: incline COMMAND [OPTION]... [OPERAND]...\n\n"
          "Train fully connected neural networks on any OpenCL device.\n\n"
          "Commands:\n",
          stream);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(stream, "  %-10s%s\n", commands[i]->name, commands[i]->summary);
    fputs("\n"
          "  incline COMMAND --help    what a command takes\n"
          "  incline --version\n\n"
          "Examples:\n"
          "  incline train mnist\n"
          "  incline evaluate runs/2026-11-23-130000/model.safetensors\n\n"
          "Exit status: 0 done, 1 failed, 2 wrong usage, 3 verification failed,\n"
          "130 interrupted (143 by SIGTERM, 129 by SIGHUP) with the run saved; a second\n"
          "Ctrl-C quits at once, and leaves the last checkpoint.\n",
          stream);
}

static int unknown(const char *word)
{
    struct nearest search = {.word = word};
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        nearest_offer(&search, commands[i]->name);
    nearest_offer(&search, "--help");
    nearest_offer(&search, "--version");
    const char *what = word[0] == '-' ? "option" : "command";
    if (search.best == NULL)
        return cli_usage("unknown %s \"%s\"", what, word);
    return cli_usage("unknown %s \"%s\"; did you mean \"%s\"?", what, word, search.best);
}

static char help_option[] = "--help";

static int dispatch(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return CLI_USAGE;
    }
    if (strcmp(argv[1], "help") == 0) { /* "help data show" is "data show --help" */
        memmove(argv + 1, argv + 2, ((size_t)argc - 2) * sizeof *argv);
        argv[argc - 1] = help_option;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help(stdout);
        return CLI_DONE;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "version") == 0) {
        printf("incline %s\n", incline_version());
        return CLI_DONE;
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(argv[1], commands[i]->name) != 0)
            continue;
        cli_begin(commands[i]->name);
        return commands[i]->run(commands[i], argc - 2, argv + 2);
    }
    return unknown(argv[1]);
}

/* A file opened later must not become standard output or error: a closed one is put on
 * /dev/null, opened such that writing to it fails. */
static void hold_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) == -1)
            (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int main(int argc, char **argv)
{
    hold_streams();
    /* A line at a time: a progress line that comes in pieces would flicker. */
    setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
    /* A reader that goes away is an error of writing, which is checked; it must not end a
     * training run in the middle of a step. */
    signal(SIGPIPE, SIG_IGN);
    /* This thread reads and writes numbers as the C locale does, whatever a driver that is
     * loaded into the process sets. */
    const locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (plain != (locale_t)0)
        uselocale(plain);
    return cli_finish(dispatch(argc, argv));
}
