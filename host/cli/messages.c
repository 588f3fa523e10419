/* messages.c - messages on standard error, and the check that results reached standard output. */
#include "cli.h"
#include "terminal.h"
#include "text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MESSAGE_BYTES = 1 << 14 }; /* a path or two, and what is said of them */

static const char *command_name = "";
static int output_error;

void cli_begin(const char *command)
{
    command_name = command;
}

const char *cli_command(void)
{
    return command_name;
}

/* Names of files and columns may hold anything, and a message goes to a terminal. */
static void message(const char *format, va_list arguments)
{
    char text[MESSAGE_BYTES];

    vsnprintf(text, sizeof text, format, arguments);
    text_scrub(text);
    terminal_line_clear();
    fprintf(stderr, "incline%s%s: %s\n", command_name[0] != '\0' ? " " : "", command_name, text);
}

int cli_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    message(format, arguments);
    va_end(arguments);
    return CLI_FAILED;
}

int cli_usage(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    message(format, arguments);
    va_end(arguments);
    fprintf(stderr, "Try \"incline%s%s --help\".\n", command_name[0] != '\0' ? " " : "",
            command_name);
    return CLI_USAGE;
}

void cli_note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    message(format, arguments);
    va_end(arguments);
}

int cli_check(int rc)
{
    if (rc == INCLINE_OK)
        return CLI_DONE;
    const char *text = incline_last_error();
    cli_fail("%s", text[0] != '\0' ? text : incline_status_text(rc));
    return rc == INCLINE_EVERIFY ? CLI_UNVERIFIED : CLI_FAILED;
}

bool cli_flush(void)
{
    if (output_error != 0)
        return false;
    errno = 0;
    if (fflush(stdout) != 0 || ferror(stdout))
        output_error = errno != 0 ? errno : EIO;
    return output_error == 0;
}

int cli_finish(int status)
{
    if (cli_flush())
        return status;
    if (output_error != EPIPE)
        cli_fail("standard output: %s; the results are incomplete", strerror(output_error));
    return status != CLI_DONE ? status : CLI_FAILED;
}
