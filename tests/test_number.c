/* test_number.c - numbers from text: as strtod() rounds them, whatever the locale. */
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/data/number.h"
#include "tests/support.h"

static void expect_same(const char *text)
{
    double read = (double)NAN;
    const size_t length = strlen(text);
    const size_t used = number_read(text, text + length, '.', &read);
    const double wanted = strtod(text, NULL);
    cr_assert(used == length, "%s: %zu of %zu characters", text, used, length);
    cr_assert(memcmp(&read, &wanted, sizeof read) == 0, "%s: %a read, %a expected", text, read,
              wanted);
}

Test(number, is_what_strtod_makes_of_it)
{
    static const char *const texts[] = {
        "0",
        "-0",
        "+7",
        "007",
        "1.",
        ".5",
        "-.5e1",
        "0.1",
        "1e22",
        "1e23",
        "123456789012345678",
        "9007199254740993",
        "9007199254740993.0",
        "18446744073709551615",
        "18446744073709551616",
        "1.300000000000000000e+01",
        "3.807590643342410180e-02",
        "0.000000000000000000e+00",
        "5e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "1.7976931348623157e308",
        "1.7976931348623159e308",
        "1e309",
        "1e-400",
        "1e99999999999999999999",
        "0e99999999999999999999",
        "1e-99999999999999999999",
        "179769313486231580793728971405301e276",
        "2.2250738585072011e-308",
        "0.500000000000000166533453693773481063544750213623046875",
        "8.5899345920000004768371582031250000000000000000000000000000000000000001e9",
        "3.518437208883201171875e13",
        "62.5364939768271845828",
        "1.00000000000000011102230246251565404236316680908203125",
        "1.00000000000000011102230246251565404236316680908203124",
        "1.00000000000000011102230246251565404236316680908203126",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        expect_same(texts[i]);
}

/* Random digits, some of them many, points and exponents anywhere. */
Test(number, is_what_strtod_makes_of_random_digits)
{
    uint64_t state = 1;
    for (int round = 0; round < 200000; round++) {
        char text[80];
        size_t used = 0;
        state = state * 6364136223846793005u + 1442695040888963407u;
        const unsigned digits = 1 + (unsigned)(state >> 60) * (round % 7 == 0 ? 3u : 1u);
        const unsigned point = (unsigned)(state >> 40) % (digits + 1);
        for (unsigned i = 0; i < digits; i++) {
            if (i == point)
                text[used++] = '.';
            state = state * 6364136223846793005u + 1442695040888963407u;
            text[used++] = (char)('0' + (state >> 33) % 10);
        }
        const int exponent = (int)((state >> 20) % 80) - 40;
        if (round % 3 == 0)
            text[used] = '\0';
        else
            snprintf(text + used, sizeof text - used, "e%d", exponent);
        expect_same(text);
    }
}

/* A cut behind so many digits would round another way. */
Test(number, counts_every_digit)
{
    char text[2000];
    memset(text, '0', sizeof text);
    memcpy(text, "1.00000000000000011102230246251565404236316680908203125", 55);
    text[1990] = '\0';
    expect_same(text);
    text[1989] = '1';
    expect_same(text);
}

Test(number, ends_where_it_ends)
{
    static const struct {
        const char *text;
        size_t used;
    } cases[] = {
        {"", 0},    {"-", 0},    {".", 0},     {"-.", 0},  {"e5", 0},    {"inf", 0},
        {"nan", 0}, {" 1", 0},   {"1 ", 1},    {"1e", 1},  {"1e+", 1},   {"1e+x", 1},
        {"1,5", 1}, {"0x10", 1}, {"1.5.2", 3}, {"--1", 0}, {"1e5e5", 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double value = -7.0;
        const char *const text = cases[i].text;
        const size_t used = number_read(text, text + strlen(text), '.', &value);
        cr_expect(used == cases[i].used, "\"%s\": %zu characters, %zu expected", text, used,
                  cases[i].used);
        cr_expect(used > 0 || value == -7.0, "\"%s\" wrote %g", text, value);
    }
    double value = 0.0;
    const char *const five = "12345";
    cr_expect(number_read(five, five, '.', &value) == 0);
    cr_expect(number_is("2,5", 3, ',', &value) && value == 2.5, "%g", value);
    cr_expect(!number_is("2,5", 3, '.', &value));
}

Test(number, does_not_ask_the_locale)
{
    static const char *const locales[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE"};
    bool set = false;
    for (size_t i = 0; i < sizeof locales / sizeof *locales && !set; i++)
        set = setlocale(LC_ALL, locales[i]) != NULL;
    if (!set)
        printf("skipped in part: no locale with a decimal comma is installed\n");
    double value = 0.0;
    const char *const text = "1.2345678901234567890123e-3"; /* the slow way */
    cr_expect(number_is(text, strlen(text), '.', &value));
    cr_expect(value == 1.2345678901234567890123e-3, "%a", value);
}
