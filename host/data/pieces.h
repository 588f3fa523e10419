/* pieces.h - a file of text taken in pieces of whole rows, as they come. */
#ifndef INCLINE_DATA_PIECES_H
#define INCLINE_DATA_PIECES_H

#include "host/data/table.h"

/* Text under way: buffer[begin, begin + count) is read and not taken yet. All zero is closed. */
struct pieces {
    struct stream stream;
    bool open, ended; /* ended: nothing comes after what is in the buffer */
    char *buffer;     /* owned */
    size_t begin, count, room;
    size_t line;    /* lines of the file before buffer[begin] */
    bool sparse;    /* rows are LIBSVM's; known from pieces_first() on */
    char separator; /* of cells otherwise; to be set once it is known */
};

/* Open a file, a pipe, or "-" for standard input, and wait for its first bytes. `path` must outlive
 * the pieces. Fails with INCLINE_EIO, INCLINE_ENOMEM, INCLINE_EFORMAT. */
int pieces_open(const char *path, struct pieces *pieces);
void pieces_close(struct pieces *pieces);

/* True if what has come can be the beginning of a table in text. */
bool pieces_are_text(const struct pieces *pieces);

/* Read on until at least `lines` lines with something in them are there, or the end; empty lines
 * before them are passed over, and a mark of UTF-8.
 *   bytes  of the whole lines that are there, at buffer + begin */
int pieces_lines(struct pieces *pieces, uint32_t lines, size_t *bytes);

/* Read all that is left, a zero byte behind it; the caller frees it. */
int pieces_all(struct pieces *pieces, char **data, size_t *bytes);

/* Find the next whole rows: at least `least`, unless the file ends, and at most `most`. Waits only
 * while there are fewer than `least`; takes what else has come, up to a megabyte.
 *   bytes  of the rows, at buffer + begin; 0 at the end of the file
 *   rows   how many, lines of comments included
 * Fails with INCLINE_EIO, INCLINE_ENOMEM, INCLINE_EFORMAT. */
int pieces_rows(struct pieces *pieces, uint32_t least, uint32_t most, size_t *bytes,
                uint32_t *rows);

/* Have done with the first `bytes` of the buffer. */
void pieces_take(struct pieces *pieces, size_t bytes);

#endif
