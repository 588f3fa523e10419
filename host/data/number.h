/* number.h - decimal numbers from text, the same whatever the locale of the program is. */
#ifndef INCLINE_DATA_NUMBER_H
#define INCLINE_DATA_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

/* Read the number that begins at `text` and ends before `end`: a sign, digits with at most one
 * decimal sign among them, an exponent; the last two as one pleases. No spaces, no "inf", no "0x".
 *   point   a decimal sign that is taken beside '.', or '.'
 *   value   rounded as strtod() rounds; infinite beyond the range of a double
 * Returns the number of characters read; 0, with *value untouched, if there is no number. */
size_t number_read(const char *text, const char *end, char point, double *value);

/* True if all of text[length] is one number; *value is then what it says. */
bool number_is(const char *text, size_t length, char point, double *value);

#endif
