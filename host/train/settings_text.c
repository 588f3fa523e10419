/* settings_text.c - the value of a setting: from text, as text, and in its range. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/train/settings.h"
#include "host/util/decimal.h"
#include "host/util/status.h"

static size_t field_bytes(const struct setting *setting)
{
    switch (setting->kind) {
    case SETTING_FLAG:
        return sizeof(bool);
    case SETTING_CHOICE:
        return sizeof(int);
    case SETTING_LONG:
        return sizeof(uint64_t);
    case SETTING_REAL:
        return sizeof(float);
    case SETTING_WHOLE:
    case SETTING_BATCH:
    case SETTING_HIDDEN:
    case SETTING_WEIGHTS:
        break;
    }
    return sizeof(uint32_t);
}

static void *field(const struct setting *setting, struct incline_train_options *options)
{
    return (char *)options + setting->at;
}

static const void *field_read(const struct setting *setting,
                              const struct incline_train_options *options)
{
    return (const char *)options + setting->at;
}

static bool is_none(const struct setting *setting, const void *from)
{
    return setting->or_none && *(const float *)from == INCLINE_NONE;
}

bool setting_is_zero(const struct setting *setting, const struct incline_train_options *options)
{
    static const char zero[sizeof(uint64_t)] = {0};

    if (setting->kind == SETTING_HIDDEN)
        return options->hidden_count == 0 && !options->no_hidden;
    if (setting->kind == SETTING_WEIGHTS)
        return options->class_weights == INCLINE_WEIGHTS_EQUAL && options->class_weight_count == 0;
    return memcmp(field_read(setting, options), zero, field_bytes(setting)) == 0;
}

void setting_clear(const struct setting *setting, struct incline_train_options *options)
{
    if (setting->kind == SETTING_HIDDEN) {
        options->hidden_count = 0;
        memset(options->hidden_activation, 0, sizeof options->hidden_activation);
        options->no_hidden = false;
    } else if (setting->kind == SETTING_WEIGHTS) {
        options->class_weights = INCLINE_WEIGHTS_EQUAL;
        options->class_weight_count = 0;
        memset(options->class_weight, 0, sizeof options->class_weight);
    } else {
        memset(field(setting, options), 0, field_bytes(setting));
    }
}

/* ---- from text ---- */

static int set_flag(const struct setting *s, struct incline_train_options *options,
                    const char *text)
{
    const bool yes = strcmp(text, "yes") == 0;

    if (!yes && strcmp(text, "no") != 0)
        return FAIL(INCLINE_EARG, "%s is yes or no, not \"%s\"", s->info.name, text);
    *(bool *)field(s, options) = yes;
    return INCLINE_OK;
}

static int set_choice(const struct setting *s, struct incline_train_options *options,
                      const char *text)
{
    char names[256] = "";
    size_t used = 0;

    for (int c = 0; s->info.choice(c) != NULL; c++) {
        if (strcmp(s->info.choice(c), text) == 0) {
            memcpy(field(s, options), &c, sizeof c);
            return INCLINE_OK;
        }
        if (used < sizeof names)
            used += (size_t)snprintf(names + used, sizeof names - used, "%s%s",
                                     used == 0                       ? ""
                                     : s->info.choice(c + 1) == NULL ? " or "
                                                                     : ", ",
                                     s->info.choice(c));
    }
    return FAIL(INCLINE_EARG, "%s is %s, not \"%s\"", s->info.name, names, text);
}

static int set_whole(const struct setting *s, struct incline_train_options *options,
                     const char *text)
{
    uint64_t whole = INCLINE_BATCH_FULL;
    const bool full = s->kind == SETTING_BATCH && strcmp(text, "full") == 0;

    if (!full && (!decimal_whole(text, strlen(text), &whole) || (double)whole < s->least ||
                  (double)whole > s->most))
        return FAIL(INCLINE_EARG, "%s wants a whole number from %.16g to %.16g%s, not \"%s\"",
                    s->info.name, s->least, s->most, s->kind == SETTING_BATCH ? ", or full" : "",
                    text);
    if (s->kind == SETTING_LONG)
        *(uint64_t *)field(s, options) = whole;
    else
        *(uint32_t *)field(s, options) = (uint32_t)whole;
    return INCLINE_OK;
}

static int set_real(const struct setting *s, struct incline_train_options *options,
                    const char *text)
{
    double real;

    if (s->or_none && decimal_real(text, &real) && real == 0.0) {
        *(float *)field(s, options) = INCLINE_NONE;
        return INCLINE_OK;
    }
    if (!decimal_real(text, &real) || !(real >= s->least && real <= s->most))
        return FAIL(INCLINE_EARG, "%s wants a number from %.16g to %.16g%s, not \"%s\"%s",
                    s->info.name, s->least, s->most, s->or_none && s->least > 0.0 ? ", or 0" : "",
                    text, strchr(text, ',') != NULL ? "; decimals follow a point" : "");
    *(float *)field(s, options) = (float)real;
    return INCLINE_OK;
}

int setting_set(const struct setting *setting, struct incline_train_options *options,
                const char *text)
{
    switch (setting->kind) {
    case SETTING_FLAG:
        return set_flag(setting, options, text);
    case SETTING_CHOICE:
        return set_choice(setting, options, text);
    case SETTING_REAL:
        return set_real(setting, options, text);
    case SETTING_HIDDEN:
        return setting_set_hidden(setting, options, text);
    case SETTING_WEIGHTS:
        return setting_set_weights(setting, options, text);
    case SETTING_WHOLE:
    case SETTING_LONG:
    case SETTING_BATCH:
        break;
    }
    return set_whole(setting, options, text);
}

/* ---- as text ---- */

void setting_get(const struct setting *setting, const struct incline_train_options *options,
                 char *text, size_t bytes)
{
    const void *from = field_read(setting, options);
    int choice;

    text[0] = '\0';
    switch (setting->kind) {
    case SETTING_FLAG:
        snprintf(text, bytes, "%s", *(const bool *)from ? "yes" : "no");
        return;
    case SETTING_CHOICE:
        memcpy(&choice, from, sizeof choice);
        snprintf(text, bytes, "%s", setting->info.choice(choice));
        return;
    case SETTING_WEIGHTS:
        setting_get_weights(options, text, bytes);
        return;
    default:
        break;
    }
    if (setting_is_zero(setting, options) &&
        (setting->kind == SETTING_HIDDEN || setting->least > 0 || setting->or_none))
        return;
    if (setting->kind == SETTING_REAL)
        decimal_text(is_none(setting, from) ? 0.0f : *(const float *)from, text, bytes);
    else if (setting->kind == SETTING_HIDDEN)
        setting_get_hidden(options, text, bytes);
    else if (setting->kind == SETTING_LONG)
        snprintf(text, bytes, "%" PRIu64, *(const uint64_t *)from);
    else if (setting->kind == SETTING_BATCH && *(const uint32_t *)from == INCLINE_BATCH_FULL)
        snprintf(text, bytes, "full");
    else
        snprintf(text, bytes, "%" PRIu32, *(const uint32_t *)from);
}

/* ---- in its range ---- */

static int check_choice(const struct setting *s, int choice)
{
    return s->info.choice(choice) != NULL
               ? INCLINE_OK
               : FAIL(INCLINE_EARG, "%s %d is not known; incline.h lists what there is",
                      s->info.name, choice);
}

static int check_range(const struct setting *s, double value, bool within)
{
    return within ? INCLINE_OK
                  : FAIL(INCLINE_EARG, "%s %.9g is not in the range from %.16g to %.16g%s%s",
                         s->info.name, value, s->least, s->most,
                         s->info.initial != NULL ? "; the default is " : "",
                         s->info.initial != NULL ? s->info.initial : "");
}

static int check_number(const struct setting *s, double value)
{
    return check_range(s, value, value >= s->least && value <= s->most);
}

/* A limit counts as the float that it is kept as. */
static int check_real(const struct setting *s, float value)
{
    return check_range(s, (double)value, value >= (float)s->least && value <= (float)s->most);
}

static int check(const struct setting *s, const struct incline_train_options *options)
{
    const void *from = field_read(s, options);
    int choice;

    switch (s->kind) {
    case SETTING_FLAG:
        break;
    case SETTING_HIDDEN:
        return setting_check_hidden(options);
    case SETTING_WEIGHTS:
        return setting_check_weights(s, options);
    case SETTING_CHOICE:
        memcpy(&choice, from, sizeof choice);
        return check_choice(s, choice);
    case SETTING_REAL:
        return is_none(s, from) ? INCLINE_OK : check_real(s, *(const float *)from);
    case SETTING_LONG:
        return check_number(s, (double)*(const uint64_t *)from);
    case SETTING_WHOLE:
        return check_number(s, *(const uint32_t *)from);
    case SETTING_BATCH:
        return *(const uint32_t *)from == INCLINE_BATCH_FULL
                   ? INCLINE_OK
                   : check_number(s, *(const uint32_t *)from);
    }
    return INCLINE_OK;
}

int settings_check(const struct incline_train_options *options)
{
    int rc = INCLINE_OK;

    for (const struct setting *s = setting_next(NULL); s != NULL && rc == INCLINE_OK;
         s = setting_next(s))
        if (!setting_is_zero(s, options))
            rc = check(s, options);
    return rc;
}
