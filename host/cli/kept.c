/* kept.c - from options to texts by name, and back. */
#define _XOPEN_SOURCE 700 /* realpath() */
#include "kept.h"
#include "text.h"
#include "values.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A path as it can be found from any folder, a name as it is. */
static json_t *path_json(const char *name)
{
    char *const whole = realpath(name, NULL);
    json_t *const text = json_text(whole != NULL ? whole : name);

    free(whole);
    return text;
}

/* The argument of an option, as it could have been given. */
static json_t *argument_json(const struct option *option)
{
    const struct option_choice *choice = option->choices;

    if (option->kind == OPTION_FLAG)
        return json_string("yes");
    if (option->kept == OPTION_KEPT_MODEL || option->kept == OPTION_KEPT_TEST)
        return path_json(*(const char *const *)option->target);
    if (option->kind == OPTION_TEXT)
        return json_text(*(const char *const *)option->target);
    while (choice->value != *(const int *)option->target)
        choice++;
    return json_string(choice->name);
}

int kept_write(const struct option *options, char *kept)
{
    json_t *const words = json_object();
    bool complete = words != NULL;

    for (const struct option *o = options; o->name != NULL && complete; o++)
        if (o->given && o->kept != OPTION_NOT_KEPT)
            complete = json_object_set_new(words, o->name, argument_json(o)) == 0;
    char *const text = complete ? json_dumps(words, JSON_COMPACT) : NULL;
    const bool any = json_object_size(words) > 0,
               fits = text != NULL && strlen(text) < INCLINE_KEPT_MAX;
    if (fits)
        strcpy(kept, any ? text : "");
    json_decref(words);
    free(text);
    if (text == NULL)
        return cli_fail("not enough memory for what the run keeps of its options");
    return fits ? CLI_DONE
                : cli_fail("the options that say how the data are read have more than %d "
                           "characters; name columns by their numbers, or make a table of those "
                           "you need",
                           INCLINE_KEPT_MAX);
}

static bool is_kept(const struct option *options, const char *name)
{
    const struct option *o = options;

    while (o->name != NULL && !(o->kept != OPTION_NOT_KEPT && strcmp(o->name, name) == 0))
        o++;
    return o->name != NULL;
}

int kept_read(const char *kept, const struct option *options, const char *where, json_t **words)
{
    json_t *const read = kept[0] != '\0' ? json_loads(kept, 0, NULL) : json_object();
    const char *name;
    json_t *word;
    int status = CLI_DONE;

    if (read == NULL)
        return cli_fail("not enough memory for what the run kept of its options");
    json_object_foreach(read, name, word)
    {
        if (options == NULL || is_kept(options, name))
            continue;
        status =
            cli_fail("%s: \"options\" has \"%s\", which a run does not keep; it may have those "
                     "of a table and of pictures, test and init",
                     where, text_clean(name).s);
        json_decref(read);
        return status;
    }
    *words = read;
    return CLI_DONE;
}

/* Was one given that this one cannot stand beside, whichever of them says so? */
static bool ruled_out(const struct option *options, const struct option *option)
{
    for (const struct option *o = options; o->name != NULL; o++)
        for (size_t i = 0; o->given && i < sizeof o->not_with / sizeof *o->not_with; i++)
            if ((o->not_with[i] != NULL && strcmp(o->not_with[i], option->name) == 0) ||
                (option->not_with[i] != NULL && strcmp(option->not_with[i], o->name) == 0))
                return true;
    return false;
}

int kept_take(const json_t *words, enum option_kept which, struct option *options)
{
    int status = CLI_DONE;

    for (struct option *o = options; o->name != NULL; o++) {
        const char *const word =
            o->kept == which ? json_string_value(json_object_get(words, o->name)) : NULL;
        if (word == NULL || o->given || ruled_out(options, o))
            continue;
        if (o->kind == OPTION_FLAG)
            *(bool *)o->target = true;
        else
            TRY(value_parse(o, word));
        o->given = true;
    }
out:
    return status;
}

bool kept_given(const struct option *options)
{
    const struct option *o = options;

    while (o->name != NULL && !(o->given && o->kept != OPTION_NOT_KEPT))
        o++;
    return o->name != NULL;
}

int kept_data(const struct incline_run_info *info, const char *run, const char *how)
{
    struct stat about;

    if (cli_was_piped(info->data))
        return cli_fail("%s: its data came on standard input and are gone; name the data set: "
                        "incline %s",
                        run, how);
    if (info->data[0] == '/' && stat(info->data, &about) != 0)
        return cli_fail("%s: its data set, %s, is not there; name it where it is now: incline %s",
                        run, info->data, how);
    return CLI_DONE;
}

int kept_open(const char *run, bool test, const char *columns, const char *how,
              struct option *options, struct incline_run_info *info, json_t **words,
              const char **data)
{
    struct incline_train_options settings = {0};
    char file[4096];
    int status = CLI_DONE;

    if (!cli_in_folder(run, "config.json", file, sizeof file) ||
        incline_train_config(file, &settings, info) != INCLINE_OK || info->data[0] == '\0')
        return CLI_DONE;
    TRY(kept_read(info->kept, NULL, file, words));
    const char *const other = json_string_value(json_object_get(*words, "test"));
    if (!test || other == NULL)
        TRY(kept_data(info, run, how));
    TRY(kept_take(*words, OPTION_KEPT_FORM, options));
    if (columns[0] == '\0')
        TRY(kept_take(*words, OPTION_KEPT_COLUMNS, options));
    *data = test && other != NULL ? other : info->data;
out:
    return status;
}
