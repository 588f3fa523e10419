/* number.c - decimal numbers from text.
 *
 * Up to 19 digits are gathered in a 64-bit integer m, so that the number is m * 10^e. If m and
 * 10^|e| are exact as doubles, one product or quotient rounds once and is right (Clinger, "How to
 * Read Floating Point Numbers Accurately", PLDI 1990). All else goes through strtod() as whole
 * digits and an exponent: without a decimal sign no locale has a say. */
#include "host/data/number.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define EXACT_WHOLE (UINT64_C(1) << 53)            /* doubles count up to here */
#define ONE_MORE_DIGIT ((UINT64_MAX - 9) / 10)     /* above it 10 m + 9 might not fit */
enum { EXACT_POWER = 22, EXPONENT_MOST = 100000 }; /* 10^22 is the last exact power */
/* No more digits decide how a double is rounded; of all behind them it counts only whether one is
 * not zero. */
enum { DIGITS_MOST = 780 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The value of the digits in [first, last), decimal signs among them skipped, times 10^exponent,
 * where exponent counts from behind the last digit. */
static double round_slowly(const char *first, const char *last, long exponent)
{
    char text[DIGITS_MOST + 32];
    size_t used = 0;
    bool more = false;

    for (const char *at = first; at < last; at++) {
        if (!is_digit(*at) || (used == 0 && *at == '0'))
            continue;
        if (used < DIGITS_MOST) {
            text[used++] = *at;
        } else {
            more |= *at != '0';
            exponent++;
        }
    }
    if (more) {
        text[used++] = '1';
        exponent--;
    }
    text[used++] = 'e';
    unsigned long rest = exponent < 0 ? 0ul - (unsigned long)exponent : (unsigned long)exponent;
    if (exponent < 0)
        text[used++] = '-';
    char reversed[24];
    size_t count = 0;
    do {
        reversed[count++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    while (count > 0)
        text[used++] = reversed[--count];
    text[used] = '\0';
    return strtod(text, NULL);
}

/* The exponent that begins at `at` with 'e' or 'E'; 0 characters if it has no digits. */
static size_t read_exponent(const char *at, const char *end, long *exponent)
{
    const char *const start = at++;
    bool negative = false;
    long value = 0;

    if (at < end && (*at == '-' || *at == '+'))
        negative = *at++ == '-';
    if (at == end || !is_digit(*at))
        return 0;
    for (; at < end && is_digit(*at); at++)
        value = value < EXPONENT_MOST ? 10 * value + (*at - '0') : value;
    *exponent += negative ? -value : value;
    return (size_t)(at - start);
}

size_t number_read(const char *text, const char *end, char point, double *value)
{
    static const double powers[EXACT_POWER + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    const char *at = text;
    uint64_t whole = 0;
    long exponent = 0; /* behind the last digit */
    long dropped = 0;  /* digits that `whole` has no room for */
    bool negative = false;

    if (at < end && (*at == '-' || *at == '+'))
        negative = *at++ == '-';
    const char *const first = at;
    for (; at < end && is_digit(*at); at++)
        if (whole <= ONE_MORE_DIGIT)
            whole = 10 * whole + (uint64_t)(*at - '0');
        else
            dropped++;
    size_t digits = (size_t)(at - first);
    if (at < end && (*at == '.' || *at == point)) {
        const char *const behind = ++at;
        for (; at < end && is_digit(*at); at++)
            if (whole <= ONE_MORE_DIGIT)
                whole = 10 * whole + (uint64_t)(*at - '0');
            else
                dropped++;
        digits += (size_t)(at - behind);
        exponent = -(long)(at - behind);
    }
    if (digits == 0)
        return 0;
    const char *const last = at;
    if (at < end && (*at == 'e' || *at == 'E')) {
        long beside = exponent;
        const size_t used = read_exponent(at, end, &beside);
        at += used;
        exponent = used > 0 ? beside : exponent;
    }

    const uint64_t all = whole;
    const long all_exponent = exponent;
    while (whole > EXACT_WHOLE && whole % 10 == 0) { /* 1.300000000000000000e+01 */
        whole /= 10;
        exponent++;
    }
    double number;
    if (all == 0)
        number = 0.0;
    else if (dropped == 0 && whole <= EXACT_WHOLE && exponent >= 0 && exponent <= EXACT_POWER)
        number = (double)whole * powers[exponent];
    else if (dropped == 0 && whole <= EXACT_WHOLE && exponent < 0 && exponent >= -EXACT_POWER)
        number = (double)whole / powers[-exponent];
    else
        number = round_slowly(first, last, all_exponent);
    *value = negative ? -number : number;
    return (size_t)(at - text);
}

bool number_is(const char *text, size_t length, char point, double *value)
{
    double number;
    if (length == 0 || number_read(text, text + length, point, &number) != length)
        return false;
    *value = number;
    return true;
}
