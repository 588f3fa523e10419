/* text_names.c - names as a terminal shows them: how wide they are, cut and filled up to a width,
 * without what could command the terminal. See text.h.
 *
 * The columns of a character follow Unicode's East Asian Width and general categories Mn and Me, in
 * blocks rather than one by one: Markus Kuhn's wcwidth() with fewer ranges. */
#include "text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A character as it is shown, and where it ends in the name. */
struct glyph {
    char shown[20]; /* itself, or "\n", "\x1b" of each byte */
    size_t bytes;   /* of the name */
    size_t columns;
};

struct range {
    uint32_t first, last;
};

/* Over or behind the character before them. */
static const struct range combining[] = {
    {0x0300, 0x036f}, {0x0483, 0x0489},   {0x0591, 0x05bd}, {0x0610, 0x061a}, {0x064b, 0x065f},
    {0x0900, 0x0902}, {0x093c, 0x093c},   {0x0941, 0x0948}, {0x094d, 0x094d}, {0x0e31, 0x0e31},
    {0x0e34, 0x0e3a}, {0x0e47, 0x0e4e},   {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200b, 0x200d},
    {0x2060, 0x2064}, {0x20d0, 0x20ff},   {0x3099, 0x309a}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f},
    {0xfeff, 0xfeff}, {0xe0100, 0xe01ef},
};

/* Two columns: Chinese, Japanese, Korean, and pictures. */
static const struct range wide[] = {
    {0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0x3098},   {0x309b, 0xa4cf},
    {0xa960, 0xa97f},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},
    {0xff01, 0xff60},   {0xffe0, 0xffe6},   {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff},
    {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};

/* Control characters, and what turns the direction of writing. */
static const struct range commands[] = {
    {0x00, 0x1f},
    {0x7f, 0x9f},
    {0x2028, 0x202e},
    {0x2066, 0x2069},
};

#define COUNT(ranges) (sizeof(ranges) / sizeof *(ranges))

static bool within(const struct range *ranges, size_t count, uint32_t code)
{
    for (size_t i = 0; i < count; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    return false;
}

/* The character that begins at `at`, of UTF-8; a byte that is none stands for itself, with *code
 * UINT32_MAX. Returns its bytes. */
static size_t decode(const char *at, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char lead = (unsigned char)at[0];
    const size_t bytes = lead < 0x80   ? 1
                         : lead < 0xc0 ? 0
                         : lead < 0xe0 ? 2
                         : lead < 0xf0 ? 3
                         : lead < 0xf5 ? 4
                                       : 0;
    uint32_t value = bytes == 1 ? lead : lead & (0x7fu >> bytes);

    for (size_t i = 1; i < bytes; i++) {
        const unsigned char next = (unsigned char)at[i]; /* the zero at the end is none, too */
        value = (next & 0xc0) == 0x80 ? value << 6 | (next & 0x3f) : UINT32_MAX;
        if (value == UINT32_MAX)
            break;
    }
    const bool valid = bytes > 0 && value >= least[bytes] && value <= 0x10ffff &&
                       !(value >= 0xd800 && value <= 0xdfff);
    *code = valid ? value : UINT32_MAX;
    return valid ? bytes : 1;
}

static struct glyph look(const char *at)
{
    static const char letters[] = "\a\b\t\n\v\f\r", names[] = "abtnvfr";
    struct glyph g = {.columns = 1};
    uint32_t code;

    g.bytes = decode(at, &code);
    if (code != UINT32_MAX && !within(commands, COUNT(commands), code)) {
        memcpy(g.shown, at, g.bytes);
        g.columns = within(combining, COUNT(combining), code) ? 0
                    : within(wide, COUNT(wide), code)         ? 2
                                                              : 1;
        return g;
    }
    const char *const letter = strchr(letters, at[0]);
    if (letter != NULL) {
        snprintf(g.shown, sizeof g.shown, "\\%c", names[letter - letters]);
    } else {
        for (size_t i = 0; i < g.bytes; i++)
            snprintf(g.shown + 4 * i, sizeof g.shown - 4 * i, "\\x%02x",
                     (unsigned)(unsigned char)at[i]);
    }
    g.columns = strlen(g.shown);
    return g;
}

/* What of `raw` fits into so many columns, and where `fill` is set leaves room for a blank in each
 * that is left; *left columns are. */
static struct text fit(const char *raw, size_t columns, bool fill, size_t *left)
{
    struct text t;
    size_t used = 0;

    while (*raw != '\0') {
        const struct glyph g = look(raw);
        const size_t bytes = strlen(g.shown);
        if (g.columns > columns || used + bytes + (fill ? columns - g.columns : 0) >= sizeof t.s)
            break;
        memcpy(t.s + used, g.shown, bytes);
        used += bytes;
        columns -= g.columns;
        raw += g.bytes;
    }
    t.s[used] = '\0';
    *left = columns;
    return t;
}

size_t text_columns(const char *raw)
{
    size_t columns = 0;

    while (*raw != '\0') {
        const struct glyph g = look(raw);
        columns += g.columns;
        raw += g.bytes;
    }
    return columns;
}

struct text text_clean(const char *raw)
{
    size_t left;
    return fit(raw, SIZE_MAX, false, &left);
}

struct text text_cell(const char *raw, size_t columns)
{
    size_t left;
    struct text t = fit(raw, columns < TEXT_CELL_MOST ? columns : TEXT_CELL_MOST, true, &left);
    const size_t used = strlen(t.s);

    memset(t.s + used, ' ', left);
    t.s[used + left] = '\0';
    return t;
}

struct text text_cell_right(const char *raw, size_t columns)
{
    size_t left;
    struct text t = fit(raw, columns < TEXT_CELL_MOST ? columns : TEXT_CELL_MOST, true, &left);

    memmove(t.s + left, t.s, strlen(t.s) + 1);
    memset(t.s, ' ', left);
    return t;
}

char *text_whole(const char *raw)
{
    char *const text = malloc(4 * strlen(raw) + 1);
    size_t used = 0;

    while (text != NULL && *raw != '\0') {
        const struct glyph g = look(raw);
        memcpy(text + used, g.shown, strlen(g.shown));
        used += strlen(g.shown);
        raw += g.bytes;
    }
    if (text != NULL)
        text[used] = '\0';
    return text;
}
