/* decimal.c - decimal numbers as text, with a point in every locale. */
#include "host/util/decimal.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool decimal_whole(const char *text, size_t length, uint64_t *value)
{
    uint64_t sum = 0;

    if (length == 0)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        const uint64_t digit = (uint64_t)(text[i] - '0');
        if (sum > (UINT64_MAX - digit) / 10)
            return false;
        sum = 10 * sum + digit;
    }
    *value = sum;
    return true;
}

/* Numbers are written with a point from here on, until plain_end(); 0 where that cannot be had,
 * and the surrounding program's locale then decides. */
static locale_t plain_begin(locale_t *before)
{
    const locale_t plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    if (plain != (locale_t)0)
        *before = uselocale(plain);
    return plain;
}

static void plain_end(locale_t plain, locale_t before)
{
    if (plain != (locale_t)0) {
        uselocale(before);
        freelocale(plain);
    }
}

bool decimal_real(const char *text, double *value)
{
    locale_t before = (locale_t)0;
    char *end;

    if (text[0] == '\0' || text[strspn(text, "0123456789+-.eE")] != '\0')
        return false;
    const locale_t plain = plain_begin(&before);
    const double number = strtod(text, &end);
    plain_end(plain, before);
    if (end == text || *end != '\0' || !isfinite(number))
        return false;
    *value = number;
    return true;
}

const char *decimal_text(float value, char *text, size_t bytes)
{
    enum { DIGITS_LEAST = 5, DIGITS_MOST = 17 }; /* these give every double, too */
    locale_t before = (locale_t)0;

    const locale_t plain = plain_begin(&before);
    for (int digits = DIGITS_LEAST; digits <= DIGITS_MOST; digits++) {
        snprintf(text, bytes, "%.*g", digits, (double)value);
        /* Readers may go by way of a double, which rounds twice. */
        if (strtof(text, NULL) == value && (float)strtod(text, NULL) == value)
            break;
    }
    plain_end(plain, before);
    return text;
}
