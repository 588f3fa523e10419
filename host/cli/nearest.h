/* nearest.h - the name that somebody probably meant. */
#ifndef INCLINE_CLI_NEAREST_H
#define INCLINE_CLI_NEAREST_H

#include <stddef.h>

/* A search over any number of names: start from {word}, offer each name, read `best`. */
struct nearest {
    const char *word;
    const char *best; /* NULL while nothing was near enough */
    size_t distance;
};

/* Offer a name. One that begins with the word (an abbreviation) counts as nearest of all;
 * otherwise the edits count: insert, delete, replace, swap neighbours (optimal string
 * alignment, Damerau 1964), at most a third of the name's length and at least two. */
void nearest_offer(struct nearest *search, const char *name);

#endif
