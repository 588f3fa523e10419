/* picture_pgm.c - portable grey maps: "P5" with bytes, "P2" with numbers as text.
 *
 * Width, height and the number that means white stand before the pixels, with spaces and comments
 * between; beyond 255 a pixel of P5 has two bytes, the higher first. Format: pgm(5) of Netpbm. */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>

#include "host/data/picture.h"
#include "host/util/status.h"

enum { WHITE_MOST = 65535 };

/* A file under way. */
struct scan {
    const char *path, *begin, *at, *end;
};

static bool space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool picture_pgm_is(const char *data, size_t bytes)
{
    const char *at = data + 2, *const end = data + bytes;

    if (bytes < 3 || data[0] != 'P' || data[1] < '1' || data[1] > '6' ||
        (!space(*at) && *at != '#'))
        return false;
    while (at < end && space(*at))
        at++;
    return at == end || *at == '#' || isdigit((unsigned char)*at); /* "P1 P2" heads a table */
}

/* Over spaces and, from '#' to the end of their line, comments. */
static void skip(struct scan *scan)
{
    while (scan->at < scan->end && (space(*scan->at) || *scan->at == '#'))
        if (*scan->at++ == '#')
            while (scan->at < scan->end && *scan->at != '\n' && *scan->at != '\r')
                scan->at++;
}

/* The next number, from `least` to `most`, which something else than a digit follows. */
static int number(struct scan *scan, const char *what, uint32_t least, uint32_t most,
                  uint32_t *value)
{
    uint64_t read = 0;

    skip(scan);
    const char *const from = scan->at;
    for (; scan->at < scan->end && isdigit((unsigned char)*scan->at) && read <= most; scan->at++)
        read = 10 * read + (uint64_t)(*scan->at - '0');
    if (from == scan->end)
        return FAIL(INCLINE_EFORMAT, "%s: ends at byte %zu, where %s is expected; it is cut short",
                    scan->path, (size_t)(from - scan->begin), what);
    if (scan->at == from || read < least || read > most ||
        (scan->at < scan->end && !space(*scan->at) && *scan->at != '#'))
        return FAIL(INCLINE_EFORMAT,
                    "%s: byte %zu: %s expected, a number from %" PRIu32 " to %" PRIu32
                    "; the file is damaged, save the picture again",
                    scan->path, (size_t)(from - scan->begin), what, least, most);
    *value = (uint32_t)read;
    return INCLINE_OK;
}

static unsigned char grey(uint32_t value, uint32_t white)
{
    return (unsigned char)((value * 255u + white / 2) / white);
}

/* Pixels as text. */
static int read_text(struct scan *scan, uint32_t white, struct picture *picture)
{
    const size_t count = (size_t)picture->rows * picture->cols;

    for (size_t i = 0; i < count; i++) {
        uint32_t value = 0;
        const int rc = number(scan, "a pixel", 0, white, &value);
        if (rc != INCLINE_OK)
            return rc;
        picture->pixels[i] = grey(value, white);
    }
    skip(scan);
    return INCLINE_OK;
}

static int read_bytes(struct scan *scan, uint32_t white, struct picture *picture)
{
    const unsigned char *const from = (const unsigned char *)scan->at;
    const size_t count = (size_t)picture->rows * picture->cols, width = white > 255 ? 2 : 1;
    const size_t found = (size_t)(scan->end - scan->at);

    if (found < count * width)
        return FAIL(INCLINE_EFORMAT,
                    "%s: %zu bytes of pixels expected for %" PRIu32 "x%" PRIu32 ", %zu found; the "
                    "file is cut short",
                    scan->path, count * width, picture->rows, picture->cols, found);
    for (size_t i = 0; i < count; i++) {
        const uint32_t value =
            width == 2 ? (uint32_t)from[2 * i] << 8 | from[2 * i + 1] : (uint32_t)from[i];
        if (value > white)
            return FAIL(INCLINE_EFORMAT,
                        "%s: pixel %zu is %" PRIu32 ", but white is %" PRIu32
                        "; the file is damaged, save the picture again",
                        scan->path, i + 1, value, white);
        picture->pixels[i] = grey(value, white);
    }
    scan->at += count * width;
    return INCLINE_OK;
}

int picture_pgm(const char *path, const char *data, size_t bytes, struct picture *out)
{
    struct scan scan = {path, data, data + 2, data + bytes};
    struct picture picture = {0};
    uint32_t cols = 0, rows = 0, white = 0;
    int rc = INCLINE_OK;

    if (data[1] != '2' && data[1] != '5')
        return FAIL(INCLINE_EFORMAT,
                    "%s: a portable bitmap of kind P%c; PGM is read (P2, P5), convert it as with "
                    "ppmtopgm or pbmtopgm",
                    path, data[1]);
    TRY(number(&scan, "the width", 1, PICTURE_SIDE_MOST, &cols));
    TRY(number(&scan, "the height", 1, PICTURE_SIDE_MOST, &rows));
    TRY(number(&scan, "the value of white", 1, WHITE_MOST, &white));
    /* A pixel has at least a byte, so a short file cannot ask for much memory. */
    const uint64_t pixels = (uint64_t)rows * cols;
    if (pixels > bytes) {
        rc = FAIL(INCLINE_EFORMAT,
                  "%s: %" PRIu64 " pixels expected for %" PRIu32 "x%" PRIu32 ", the whole file has "
                  "%zu bytes; it is cut short",
                  path, pixels, rows, cols, bytes);
        goto out;
    }
    TRY(picture_allocate(path, rows, cols, &picture));
    if (scan.at < scan.end)
        scan.at += data[1] == '5'; /* a single space stands before bytes */
    TRY(data[1] == '2' ? read_text(&scan, white, &picture) : read_bytes(&scan, white, &picture));
    if (scan.at != scan.end) {
        rc = FAIL(INCLINE_EFORMAT,
                  "%s: %zu bytes follow the pixels of %" PRIu32 "x%" PRIu32 "; a file with one "
                  "picture is read, split it",
                  path, (size_t)(scan.end - scan.at), rows, cols);
        goto out;
    }
    *out = picture;
    return INCLINE_OK;
out:
    picture_clear(&picture);
    return rc;
}
