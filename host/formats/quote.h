/* quote.h - text out of a file, fit for a message: cut, and without what could command a
 * terminal. */
#ifndef INCLINE_FORMATS_QUOTE_H
#define INCLINE_FORMATS_QUOTE_H

#include <stddef.h>
#include <string.h>

struct quoted {
    char text[64];
};

/* Each byte that is not printable ASCII becomes '?'; what is too long ends in "...". */
static inline struct quoted quote(const char *text)
{
    struct quoted q = {{0}};
    size_t i = 0;

    for (; text[i] != '\0' && i + 1 < sizeof q.text; i++)
        q.text[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
    if (text[i] != '\0')
        memcpy(q.text + sizeof q.text - sizeof "...", "...", sizeof "...");
    return q;
}

#endif
