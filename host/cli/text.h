/* text.h - numbers and names as people read them.
 *
 * Those that return a text do so by value: printf("%s", text_bytes(n).s). */
#ifndef INCLINE_CLI_TEXT_H
#define INCLINE_CLI_TEXT_H

#include <stddef.h>
#include <stdint.h>

enum { TEXT_BYTES = 64, TEXT_CELL_MOST = TEXT_BYTES - 1 };

struct text {
    char s[TEXT_BYTES];
};

struct text text_count(uint64_t n);       /* 60,000 */
struct text text_bytes(uint64_t bytes);   /* 512 KB, 4.0 GB, powers of 1024; "-" for 0, no limit */
struct text text_rate(double per_second); /* 950, 12.3 k, 1.23 M, "-" if not above 0 */
struct text text_span(double seconds);    /* 12.3 us, 4.56 ms, 0.85 s: for measurements */
struct text text_clock(double seconds);   /* 0.85 s, 42 s, 3:05, 1:02:03: for waiting */
struct text text_left(double seconds);    /* 8 s, 3:05: whole seconds still to wait */
struct text text_percent(double part);    /* 93.52 %, "-" if it is not a number */
struct text text_loss(double loss);       /* 0.2291, 2.303, "nan" */
struct text text_r2(double r2);           /* 0.9876, -1.2, "-" if it is not a number */

/* Names of files and classes may hold anything: what could command a terminal, and what is no
 * UTF-8, is shown as "\n" or "\xNN". `raw` cut to fit; the whole of it, to be freed, or NULL
 * without memory. */
struct text text_clean(const char *raw);
char *text_whole(const char *raw);

/* The columns of a terminal that a name takes; and the name cut, and filled up with blanks behind
 * or before it, to so many columns, TEXT_CELL_MOST at most. */
size_t text_columns(const char *raw);
struct text text_cell(const char *raw, size_t columns);
struct text text_cell_right(const char *raw, size_t columns);

/* `path` as a word for a shell: quoted[bytes], as it is where that needs no quotes, and where there
 * is no room for them. */
const char *text_shell(const char *path, char *quoted, size_t bytes);

/* Replace control characters but ends of lines, where the text stands. */
void text_scrub(char *text);

/* 784-10-10, cut with "..." if there are very many layers. */
struct text text_widths(const uint32_t *widths, uint32_t count);

#endif
