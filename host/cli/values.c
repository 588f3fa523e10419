/* values.c - the strict reading of numbers, lists and names. */
#include "values.h"
#include "nearest.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH_MAX = 1 << 20 };

const struct option_choice option_gemm[] = {
    {"auto", INCLINE_GEMM_AUTO},
    {"own", INCLINE_GEMM_OWN},
    {"clblast", INCLINE_GEMM_CLBLAST},
    {NULL, 0},
};

const struct option_choice option_split[] = {
    {"train", INCLINE_TRAIN},
    {"test", INCLINE_TEST},
    {NULL, 0},
};

/* Digits and nothing else; `length` of them, or all if that is the rest of the text. */
static bool parse_whole(const char *text, size_t length, uint64_t *value)
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

/* Decimal numbers only: what strtod() would take besides (spaces, "inf", "0x1p3") is refused. */
static bool parse_real(const char *text, double *value)
{
    char *end;
    if (text[0] == '\0' || text[strspn(text, "0123456789+-.eE")] != '\0')
        return false;
    const double number = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(number))
        return false;
    *value = number;
    return true;
}

static int wants_whole(const struct option *o, const char *also, const char *text)
{
    return cli_usage("--%s wants a whole number from %.16g to %.16g%s, not \"%s\"", o->name,
                     o->minimum, o->maximum, also, text);
}

static int parse_choice(const struct option *o, const char *text)
{
    char names[256] = "";
    size_t used = 0;
    struct nearest search = {.word = text};

    for (const struct option_choice *c = o->choices; c->name != NULL; c++) {
        if (strcmp(c->name, text) == 0) {
            *(int *)o->target = c->value;
            return CLI_DONE;
        }
        nearest_offer(&search, c->name);
        if (used < sizeof names)
            used += (size_t)snprintf(names + used, sizeof names - used, "%s%s",
                                     used == 0           ? ""
                                     : c[1].name == NULL ? " or "
                                                         : ", ",
                                     c->name);
    }
    if (search.best == NULL)
        return cli_usage("--%s is %s, not \"%s\"", o->name, names, text);
    return cli_usage("--%s is %s, not \"%s\"; did you mean \"%s\"?", o->name, names, text,
                     search.best);
}

static int parse_network(const struct option *o, const char *text)
{
    struct option_widths widths = {.count = 0};

    for (const char *at = text;; at++) {
        const size_t length = strcspn(at, "-");
        const bool last = at[length] == '\0';
        uint64_t width;
        if (!parse_whole(at, length, &width) || width == 0 || width > WIDTH_MAX ||
            (last && widths.count == 0))
            return cli_usage("--%s wants widths from 1 to %d, as in \"784-128-10\"; not \"%s\"",
                             o->name, WIDTH_MAX, text);
        if (widths.count == OPTION_LAYERS_MAX)
            return cli_usage("--%s takes at most %d layers", o->name, OPTION_LAYERS_MAX);
        widths.width[widths.count++] = (uint32_t)width;
        at += length;
        if (last)
            break;
    }
    *(struct option_widths *)o->target = widths;
    return CLI_DONE;
}

/* The library says what is wrong, and its message begins with the name. */
static int parse_setting(const struct option *o, const char *text)
{
    struct incline_train_options scratch = {0};
    struct nearest search = {.word = text};

    if (incline_train_set(&scratch, o->name, text) == INCLINE_OK) {
        *(const char **)o->target = text;
        return CLI_DONE;
    }
    for (int c = 0; o->setting->choice != NULL && o->setting->choice(c) != NULL; c++)
        nearest_offer(&search, o->setting->choice(c));
    if (search.best == NULL)
        return cli_usage("--%s", incline_last_error());
    return cli_usage("--%s; did you mean \"%s\"?", incline_last_error(), search.best);
}

static int parse_number(const struct option *o, const char *text)
{
    const char *also = o->kind == OPTION_BATCH ? ", or full" : "";
    uint64_t whole;

    if (o->kind == OPTION_BATCH && strcmp(text, "full") == 0) {
        *(uint32_t *)o->target = INCLINE_BATCH_FULL;
        return CLI_DONE;
    }
    if (!parse_whole(text, strlen(text), &whole) || (double)whole < o->minimum ||
        (double)whole > o->maximum)
        return wants_whole(o, also, text);
    if (o->kind == OPTION_UINT64)
        *(uint64_t *)o->target = whole;
    else
        *(uint32_t *)o->target = (uint32_t)whole;
    return CLI_DONE;
}

int value_parse(const struct option *o, const char *text)
{
    double real;

    switch (o->kind) {
    case OPTION_TEXT:
        if (text[0] == '\0')
            return cli_usage("--%s is empty", o->name);
        *(const char **)o->target = text;
        return CLI_DONE;
    case OPTION_CHOICE:
        return parse_choice(o, text);
    case OPTION_NETWORK:
        return parse_network(o, text);
    case OPTION_SETTING:
        return parse_setting(o, text);
    case OPTION_REAL:
        if (!parse_real(text, &real) || !(real >= o->minimum && real <= o->maximum))
            return cli_usage("--%s wants a number from %.16g to %.16g, not \"%s\"%s", o->name,
                             o->minimum, o->maximum, text,
                             strchr(text, ',') != NULL ? "; decimals follow a point" : "");
        *(double *)o->target = real;
        return CLI_DONE;
    case OPTION_UINT32:
    case OPTION_UINT64:
    case OPTION_BATCH:
        return parse_number(o, text);
    case OPTION_FLAG:
        break;
    }
    return cli_usage("--%s takes no argument", o->name);
}
