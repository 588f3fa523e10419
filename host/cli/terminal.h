/* terminal.h - what the terminal behind a stream can show. */
#ifndef INCLINE_CLI_TERMINAL_H
#define INCLINE_CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Columns of the terminal behind `stream`; 80 where there is none or it does not say. */
size_t terminal_columns(FILE *stream);

/* True if a line can be rewritten there: a terminal, and TERM is not "dumb". */
bool terminal_live(FILE *stream);

/* True if colours are welcome there: live, and NO_COLOR is not set. */
bool terminal_colour(FILE *stream);

/* True if the environment names a UTF-8 locale. */
bool terminal_utf8(void);

enum terminal_style { STYLE_PLAIN, STYLE_BOLD, STYLE_GOOD, STYLE_BAD, STYLE_DIM };

/* What switches a style on at `stream`, "" where colours are not welcome; STYLE_PLAIN
 * switches the others off. */
const char *terminal_style(FILE *stream, enum terminal_style style);

/* Print words from column `indent` on, where the cursor is, and end the line. On a terminal
 * they are broken at its width and go on below at the same column. */
void terminal_words(FILE *stream, size_t indent, const char *text);

/* The passing line: what follows on standard error replaces it, until it is cleared. Both do
 * nothing, and the first returns false, where standard error is not live. */
bool terminal_line(void);
void terminal_line_clear(void);

/* Show a text as the passing line. */
void terminal_note(const char *text);

#endif
