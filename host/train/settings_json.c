/* settings_json.c - settings as JSON: their names with '_' for '-', numbers as numbers, flags as
 * true or false, widths as a list, and a seed as text, since it may have more digits than readers
 * of JSON keep. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/train/settings.h"
#include "host/util/decimal.h"
#include "host/util/status.h"

enum { KEY_BYTES = 64, VALUE_BYTES = 8192 };

/* A name as it stands in JSON. */
static const char *key_of(const char *name, char key[KEY_BYTES])
{
    snprintf(key, KEY_BYTES, "%s", name);
    for (char *c = key; *c != '\0'; c++)
        if (*c == '-')
            *c = '_';
    return key;
}

/* 800, or "800:tanh" of a layer with an activation of its own. */
static json_t *width_to_json(const struct incline_train_options *options, size_t l)
{
    const int activation = options->hidden_activation[l] - 1;
    char text[64];

    if (activation < 0)
        return json_integer(options->hidden[l]);
    snprintf(text, sizeof text, "%" PRIu32 ":%s", options->hidden[l],
             incline_activation_text((enum incline_activation)activation));
    return json_string(text);
}

static json_t *hidden_to_json(const struct incline_train_options *options)
{
    json_t *list = json_array();

    for (size_t l = 0; l < options->hidden_count && list != NULL; l++)
        if (json_array_append_new(list, width_to_json(options, l)) != 0) {
            json_decref(list);
            list = NULL;
        }
    return list;
}

static json_t *weights_to_json(const struct incline_train_options *options)
{
    json_t *list = json_array();

    for (size_t c = 0; c < options->class_weight_count && list != NULL; c++)
        if (json_array_append_new(list, json_real((double)options->class_weight[c])) != 0) {
            json_decref(list);
            list = NULL;
        }
    return list;
}

static json_t *value_to_json(const struct setting *s, const struct incline_train_options *options)
{
    char text[VALUE_BYTES];
    uint64_t whole;
    double real;

    setting_get(s, options, text, sizeof text);
    if (s->kind == SETTING_HIDDEN)
        return hidden_to_json(options);
    if (s->kind == SETTING_WEIGHTS && options->class_weight_count > 0)
        return weights_to_json(options);
    if (s->kind == SETTING_FLAG)
        return json_boolean(strcmp(text, "yes") == 0);
    if (s->kind == SETTING_REAL && decimal_real(text, &real))
        return json_real(real);
    if ((s->kind == SETTING_WHOLE || s->kind == SETTING_BATCH) &&
        decimal_whole(text, strlen(text), &whole))
        return json_integer((json_int_t)whole);
    return json_string(text);
}

bool settings_to_json(const struct incline_train_options *options, json_t *object)
{
    char key[KEY_BYTES];

    for (const struct setting *s = setting_next(NULL); s != NULL; s = setting_next(s))
        if ((s->kind == SETTING_CHOICE || s->kind == SETTING_WEIGHTS ||
             !setting_is_zero(s, options)) &&
            json_object_set_new(object, key_of(s->info.name, key), value_to_json(s, options)) != 0)
            return false;
    return true;
}

/* ---- and back ---- */

static bool list_to_text(const json_t *list, char *text, size_t bytes)
{
    size_t used = 0, at;
    const json_t *item;

    if (json_array_size(list) == 0)
        snprintf(text, bytes, "none");
    json_array_foreach(list, at, item)
    {
        char number[32];
        if ((!json_is_number(item) && !json_is_string(item)) || used >= bytes)
            return false;
        if (at > 0)
            used += (size_t)snprintf(text + used, bytes - used, ",");
        if (used >= bytes)
            return false;
        if (json_is_real(item))
            decimal_text((float)json_real_value(item), number, sizeof number);
        else
            snprintf(number, sizeof number, "%lld", (long long)json_integer_value(item));
        used += (size_t)snprintf(text + used, bytes - used, "%s",
                                 json_is_string(item) ? json_string_value(item) : number);
    }
    return used < bytes;
}

/* Any value as the text that setting_set() reads; what no setting has becomes a text that none
 * takes. */
static void value_to_text(const json_t *value, char *text, size_t bytes)
{
    snprintf(text, bytes, "null");
    if (json_is_string(value))
        snprintf(text, bytes, "%s", json_string_value(value));
    else if (json_is_integer(value))
        snprintf(text, bytes, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        decimal_text((float)json_real_value(value), text, bytes);
    else if (json_is_boolean(value))
        snprintf(text, bytes, "%s", json_is_true(value) ? "yes" : "no");
    else if (json_is_array(value) && !list_to_text(value, text, bytes))
        snprintf(text, bytes, "a list of something else");
}

static const struct setting *find_key(const char *key)
{
    char own[KEY_BYTES];

    for (const struct setting *s = setting_next(NULL); s != NULL; s = setting_next(s))
        if (strcmp(key_of(s->info.name, own), key) == 0 ||
            (s->older != NULL && strcmp(s->older, key) == 0))
            return s;
    return NULL;
}

/* Earlier versions wrote the one of epochs and steps that did not count as 0. */
static bool counts(const json_t *value)
{
    return value != NULL && !(json_is_integer(value) && json_integer_value(value) == 0);
}

/* The settings that cannot stand beside each other, in one object: `value` is that of `setting`. */
static int check_beside(const struct setting *setting, const json_t *object, bool *left_out)
{
    char key[KEY_BYTES];

    *left_out = false;
    for (const struct setting *s = setting_next(NULL); s != NULL; s = setting_next(s)) {
        const bool instead =
            setting->info.instead_of != NULL && strcmp(setting->info.instead_of, s->info.name) == 0;
        const bool reverse =
            s->info.instead_of != NULL && strcmp(s->info.instead_of, setting->info.name) == 0;
        if ((!instead && !reverse) || !counts(json_object_get(object, key_of(s->info.name, key))))
            continue;
        *left_out = !counts(json_object_get(object, key_of(setting->info.name, key)));
        if (!*left_out)
            return FAIL(INCLINE_EFORMAT, "%s cannot stand beside %s", setting->info.name,
                        s->info.name);
    }
    return INCLINE_OK;
}

static bool is_among(const char *key, const char *const *names)
{
    while (*names != NULL && strcmp(*names, key) != 0)
        names++;
    return *names != NULL;
}

int settings_from_json(const json_t *object, const char *const *also,
                       struct incline_train_options *options)
{
    struct incline_train_options read = *options;
    const char *key;
    const json_t *value;
    char text[VALUE_BYTES];
    int rc = INCLINE_OK;

    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        const struct setting *setting = find_key(key);
        bool left_out;
        if (setting == NULL && is_among(key, also))
            continue;
        if (setting == NULL)
            return FAIL(INCLINE_EFORMAT,
                        "\"%.60s\" is no setting; incline train --help lists them, with '-' for "
                        "'_'",
                        key);
        TRY(check_beside(setting, object, &left_out));
        if (left_out)
            continue;
        value_to_text(value, text, sizeof text);
        if (setting_set(setting, &read, text) != INCLINE_OK)
            return status_context(INCLINE_EFORMAT, "\"%s\"", key);
    }
    *options = read;
out:
    return rc;
}
