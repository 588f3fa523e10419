/* pieces.c - a file of text taken in pieces of whole rows; see pieces.h.
 *
 * From a file a piece is a megabyte; from a pipe it is what has come so far, so that whoever writes
 * a line gets an answer before he writes the next. */
#include "host/data/pieces.h"

#include <stdlib.h>
#include <string.h>

#include "host/util/status.h"

/* A piece; what is looked at to tell text from other formats, and how long their marks are. */
enum { PIECE_BYTES = 1 << 20, LOOK_BYTES = 4096, MARK_BYTES = 8 };

void pieces_close(struct pieces *pieces)
{
    if (pieces->open)
        stream_close(&pieces->stream);
    free(pieces->buffer);
    *pieces = (struct pieces){0};
}

/* Read what is there, waiting for something; the buffer grows if it is full. */
static int fill(struct pieces *pieces)
{
    size_t got = 0;

    if (pieces->begin > 0)
        memmove(pieces->buffer, pieces->buffer + pieces->begin, pieces->count);
    pieces->begin = 0;
    if (pieces->count == pieces->room) {
        char *const larger =
            pieces->room < SIZE_MAX / 4 ? realloc(pieces->buffer, 2 * pieces->room + 1) : NULL;
        if (larger == NULL)
            return FAIL(INCLINE_ENOMEM,
                        "%s: line %zu: more than %zu bytes in a row; this is no table of text",
                        pieces->stream.path, pieces->line + 1, pieces->room);
        pieces->buffer = larger;
        pieces->room *= 2;
    }
    const int rc = stream_some(&pieces->stream, (unsigned char *)pieces->buffer + pieces->count,
                               pieces->room - pieces->count, &got);
    if (rc != INCLINE_OK)
        return rc;
    pieces->count += got;
    pieces->ended = got == 0;
    return INCLINE_OK;
}

int pieces_open(const char *path, struct pieces *pieces)
{
    *pieces = (struct pieces){.room = PIECE_BYTES};
    int rc = stream_open(path, true, &pieces->stream);
    if (rc != INCLINE_OK)
        return rc;
    pieces->open = true;
    pieces->buffer = malloc(pieces->room + 1);
    if (pieces->buffer == NULL)
        rc = FAIL(INCLINE_ENOMEM, "%s: %zu bytes to read it; close other programs",
                  pieces->stream.path, pieces->room);
    while (rc == INCLINE_OK && !pieces->ended && pieces->count < MARK_BYTES &&
           memchr(pieces->buffer, '\n', pieces->count) == NULL)
        rc = fill(pieces);
    if (rc != INCLINE_OK)
        pieces_close(pieces);
    return rc;
}

bool pieces_are_text(const struct pieces *pieces)
{
    const unsigned char *const bytes = (const unsigned char *)pieces->buffer + pieces->begin;
    const size_t count = pieces->count < LOOK_BYTES ? pieces->count : LOOK_BYTES;

    for (size_t i = 0; i < count; i++)
        if (bytes[i] < 0x20 && memchr("\t\n\r", bytes[i], 3) == NULL)
            return false;
    return count == 0 || bytes[0] < 0x80 || (count >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0);
}

void pieces_take(struct pieces *pieces, size_t bytes)
{
    const char *const text = pieces->buffer + pieces->begin;

    pieces->buffer[pieces->begin + pieces->count] = '\0'; /* counting looks one byte ahead */
    pieces->line += csv_line(text, bytes) - 1;
    pieces->begin += bytes;
    pieces->count -= bytes;
}

/* The first end of a line from `at` on, and the byte behind it; NULL if it is not there yet. */
static const char *line_end(const char *at, const char *end, bool ended)
{
    const char *const feed = memchr(at, '\n', (size_t)(end - at));
    const char *const back = memchr(at, '\r', (size_t)((feed != NULL ? feed : end) - at));

    if (back != NULL && back + 1 < end)
        return back[1] == '\n' ? back + 2 : back + 1;
    if (back != NULL || feed == NULL)
        return ended ? end : NULL;
    return feed + 1;
}

/* The same of a row, which goes on over ends of lines in quotes. */
static const char *row_end(const struct pieces *pieces, const char *at, const char *end)
{
    const char *next = line_end(at, end, pieces->ended);
    struct csv_cell cell = {.last = false};

    if (next == NULL || pieces->sparse || memchr(at, '"', (size_t)(next - at)) == NULL)
        return next;
    at = csv_row_begin(at, end, pieces->separator);
    while (!cell.last) {
        cell.end = NULL;
        if (csv_next(&at, end, pieces->separator, &cell) == NULL)
            continue;
        if (cell.end != NULL) /* something behind a closing quote: the row ends with its line */
            return line_end(cell.end, end, pieces->ended);
        return pieces->ended ? end : NULL; /* a quote that is not closed yet */
    }
    if (at == end && !pieces->ended)
        return end[-1] == '\n' ? end : NULL;
    return at;
}

/* Pass over lines with nothing in them, and over comments where there are some. */
static void skip_blank(struct pieces *pieces)
{
    for (;;) {
        const char *const at = pieces->buffer + pieces->begin, *const end = at + pieces->count;
        const char *next = csv_skip_blank(at, end, pieces->separator);
        if (next == end && !pieces->ended) /* the last line may go on */
            while (next > at && next[-1] != '\n')
                next--;
        pieces_take(pieces, (size_t)(next - at));
        next += strspn(next, " \t");
        if (!pieces->sparse || *next != '#')
            return;
        const char *const behind = line_end(next, end, pieces->ended);
        if (behind == NULL)
            return;
        pieces_take(pieces, (size_t)(behind - (pieces->buffer + pieces->begin)));
    }
}

int pieces_lines(struct pieces *pieces, uint32_t lines, size_t *bytes)
{
    int rc = pieces->count == 0 && !pieces->ended ? fill(pieces) : INCLINE_OK;

    for (; rc == INCLINE_OK; rc = fill(pieces)) {
        const char *const text = pieces->buffer + pieces->begin;
        if (pieces->count >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
            pieces_take(pieces, 3);
        skip_blank(pieces);
        const char *const first = pieces->buffer + pieces->begin, *const end =
                                                                      first + pieces->count;
        const char *whole = first;
        uint32_t found = 0;
        for (const char *at = first; at < end;
             at = csv_skip_blank(whole, end, pieces->separator), found++) {
            const char *const next = line_end(at, end, pieces->ended);
            if (next == NULL)
                break;
            whole = next;
        }
        *bytes = (size_t)(whole - first);
        if (found >= lines || pieces->ended)
            break;
    }
    return rc;
}

int pieces_all(struct pieces *pieces, char **data, size_t *bytes)
{
    int rc = INCLINE_OK;

    while (rc == INCLINE_OK && !pieces->ended)
        rc = fill(pieces);
    if (rc != INCLINE_OK)
        return rc;
    if (pieces->begin > 0)
        memmove(pieces->buffer, pieces->buffer + pieces->begin, pieces->count);
    pieces->buffer[pieces->count] = '\0';
    *data = pieces->buffer;
    *bytes = pieces->count;
    pieces->buffer = NULL;
    pieces->begin = pieces->count = pieces->room = 0;
    return INCLINE_OK;
}

int pieces_rows(struct pieces *pieces, uint32_t least, uint32_t most, size_t *bytes, uint32_t *rows)
{
    for (;;) {
        while (!pieces->ended && pieces->count < PIECE_BYTES && stream_waiting(&pieces->stream)) {
            const int rc = fill(pieces);
            if (rc != INCLINE_OK)
                return rc;
        }
        skip_blank(pieces);
        const char *const text = pieces->buffer + pieces->begin, *const end = text + pieces->count;
        const char *at = text;
        uint32_t found = 0;
        while (found < most && at < end) {
            const char *const next = row_end(pieces, at, end);
            if (next == NULL)
                break;
            at = next;
            found++;
        }
        if (found >= least || pieces->ended) {
            *bytes = (size_t)(at - text);
            *rows = found;
            return INCLINE_OK;
        }
        const int rc = fill(pieces);
        if (rc != INCLINE_OK)
            return rc;
    }
}
