/* settings.c - what is found in the table of settings. */
#include "host/train/settings.h"

#include <string.h>

#include "host/net/optimizer.h"
#include "host/util/status.h"

const struct setting *setting_next(const struct setting *setting)
{
    const struct setting *next = setting == NULL ? settings_run : setting + 1;

    if (next->info.name == NULL)
        next = next->more;
    return next;
}

const struct incline_setting *incline_train_setting(size_t index)
{
    const struct setting *setting = setting_next(NULL);

    for (; setting != NULL && index > 0; index--)
        setting = setting_next(setting);
    return setting != NULL ? &setting->info : NULL;
}

const struct setting *setting_find(const char *name)
{
    for (const struct setting *s = setting_next(NULL); s != NULL; s = setting_next(s))
        if (strcmp(s->info.name, name) == 0)
            return s;
    return NULL;
}

static int unknown(const char *name)
{
    return FAIL(INCLINE_EARG, "%s is no setting; incline train --help lists them", name);
}

/* Does one that is set stand instead of `setting`? */
static bool ruled_out(const struct setting *setting, const struct incline_train_options *options)
{
    for (const struct setting *s = setting_next(NULL); s != NULL; s = setting_next(s))
        if (s->info.instead_of != NULL && strcmp(s->info.instead_of, setting->info.name) == 0 &&
            !setting_is_zero(s, options))
            return true;
    return false;
}

/* What cannot stand beside a setting that was set now gives way to it. */
static void give_way(const struct setting *now, struct incline_train_options *options)
{
    for (const struct setting *s = setting_next(NULL); s != NULL; s = setting_next(s))
        if ((now->info.instead_of != NULL && strcmp(now->info.instead_of, s->info.name) == 0) ||
            (s->info.instead_of != NULL && strcmp(s->info.instead_of, now->info.name) == 0))
            setting_clear(s, options);
}

int incline_train_set(struct incline_train_options *options, const char *name, const char *text)
{
    const struct setting *setting = setting_find(name);

    if (setting == NULL)
        return unknown(name);
    if (text == NULL) {
        setting_clear(setting, options);
        return INCLINE_OK;
    }
    const int rc = setting_set(setting, options, text);
    if (rc == INCLINE_OK)
        give_way(setting, options);
    return rc;
}

int incline_train_get(const struct incline_train_options *options, const char *name, char *text,
                      size_t bytes)
{
    const struct setting *setting = setting_find(name);

    if (setting == NULL)
        return unknown(name);
    setting_get(setting, options, text, bytes);
    return INCLINE_OK;
}

void incline_train_defaults(struct incline_train_options *options)
{
    for (const struct setting *s = setting_next(NULL); s != NULL; s = setting_next(s))
        if (ruled_out(s, options))
            setting_clear(s, options);
        else if (s->info.initial != NULL && setting_is_zero(s, options))
            (void)setting_set(s, options, s->info.initial); /* a test sets each of them */
    options->optimizer = optimizer_filled(&options->optimizer);
    if (options->learning_rate == 0.0f)
        options->learning_rate = optimizer_default_rate(options->optimizer.kind);
}
