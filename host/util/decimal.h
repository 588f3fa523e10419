/* decimal.h - decimal numbers as text, with a point in every locale. */
#ifndef INCLINE_UTIL_DECIMAL_H
#define INCLINE_UTIL_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Digits and nothing else, `length` of them. False, and *value untouched, for anything else, or
 * for more than 64 bits hold. */
bool decimal_whole(const char *text, size_t length, uint64_t *value);

/* A finite decimal number that fills the text. What strtod() would take besides (spaces, "inf",
 * "0x1p3", a decimal comma) is refused. */
bool decimal_real(const char *text, double *value);

/* The fewest digits that give this float again, into text[bytes]. Returns text. */
const char *decimal_text(float value, char *text, size_t bytes);

#endif
