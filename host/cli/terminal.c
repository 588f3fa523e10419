/* terminal.c - width, colours and passing lines of a terminal. */
#include "terminal.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { DEFAULT_COLUMNS = 80, LEAST_ROOM = 20 };

static bool line_stands;

size_t terminal_columns(FILE *stream)
{
    struct winsize window;
    if (ioctl(fileno(stream), TIOCGWINSZ, &window) != 0 || window.ws_col == 0)
        return DEFAULT_COLUMNS;
    return window.ws_col;
}

bool terminal_live(FILE *stream)
{
    const char *kind = getenv("TERM");
    return isatty(fileno(stream)) == 1 && kind != NULL && strcmp(kind, "dumb") != 0;
}

bool terminal_colour(FILE *stream)
{
    const char *refusal = getenv("NO_COLOR");
    return terminal_live(stream) && (refusal == NULL || refusal[0] == '\0');
}

bool terminal_utf8(void)
{
    static const char *const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        const char *value = getenv(variables[i]);
        if (value == NULL || value[0] == '\0')
            continue;
        const char *charset = strchr(value, '.');
        return charset != NULL && (strncasecmp(charset + 1, "utf-8", 5) == 0 ||
                                   strncasecmp(charset + 1, "utf8", 4) == 0);
    }
    return false;
}

const char *terminal_style(FILE *stream, enum terminal_style style)
{
    static const char *const codes[] = {
        [STYLE_PLAIN] = "\033[0m",  [STYLE_BOLD] = "\033[1m", [STYLE_GOOD] = "\033[32m",
        [STYLE_BAD] = "\033[1;31m", [STYLE_DIM] = "\033[2m",
    };
    return terminal_colour(stream) ? codes[style] : "";
}

void terminal_words(FILE *stream, size_t indent, const char *text)
{
    size_t room = SIZE_MAX;
    if (isatty(fileno(stream)) == 1) {
        const size_t columns = terminal_columns(stream);
        room = columns > indent + LEAST_ROOM ? columns - indent : LEAST_ROOM;
    }
    size_t left = strlen(text);
    while (left > room) {
        size_t length = room;
        while (length > 0 && text[length] != ' ')
            length--;
        if (length == 0)
            length = room;
        fprintf(stream, "%.*s\n%*s", (int)length, text, (int)indent, "");
        text += length + (text[length] == ' ');
        left = strlen(text);
    }
    fprintf(stream, "%s\n", text);
}

bool terminal_line(void)
{
    if (!terminal_live(stderr))
        return false;
    fputs("\r\033[K", stderr);
    line_stands = true;
    return true;
}

void terminal_line_clear(void)
{
    if (line_stands)
        fputs("\r\033[K", stderr);
    line_stands = false;
}

void terminal_note(const char *text)
{
    if (!terminal_line())
        return;
    fputs(text, stderr);
    fflush(stderr);
}
