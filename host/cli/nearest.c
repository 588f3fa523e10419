/* nearest.c - distance of names in edits. */
#include "nearest.h"

#include <string.h>

enum { LONGEST = 63 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Edits from a to b, both at most LONGEST characters. Three rows of the table suffice:
 * a swap reaches back two. */
static size_t distance(const char *a, const char *b)
{
    const size_t rows = strlen(a), cols = strlen(b);
    size_t table[3][LONGEST + 1];

    for (size_t j = 0; j <= cols; j++)
        table[0][j] = j;
    for (size_t i = 1; i <= rows; i++) {
        size_t *row = table[i % 3];
        const size_t *above = table[(i - 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= cols; j++) {
            const size_t replaced = above[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = least(replaced, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], table[(i - 2) % 3][j - 2] + 1);
        }
    }
    return table[rows % 3][cols];
}

void nearest_offer(struct nearest *search, const char *name)
{
    const size_t length = strlen(name), word = strlen(search->word);
    if (word == 0 || word > LONGEST || length > LONGEST)
        return;
    const size_t edits = strncmp(name, search->word, word) == 0 ? 0 : distance(search->word, name);
    const size_t limit = length / 3 > 2 ? length / 3 : 2;
    /* Replacing every letter of a short name is no likeness. */
    if (edits > limit || (edits > 0 && edits >= least(length, word)))
        return;
    if (search->best == NULL || edits < search->distance) {
        search->best = name;
        search->distance = edits;
    }
}
