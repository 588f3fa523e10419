/* run_json.c - a run as JSON: config.json of its folder, a text in its checkpoint, and the file
 * that --config takes, which may hold settings only. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/data/split.h"
#include "host/train/run.h"
#include "host/train/settings.h"
#include "host/util/file.h"
#include "host/util/status.h"

static const size_t config_limit = (size_t)1 << 20;

/* What stands beside the settings. */
static const char *const run_keys[] = {"dataset", "source",  "rows", "widths",
                                       "samples", "options", NULL};

static json_t *parse(const char *text, size_t bytes)
{
    json_error_t error;
    json_t *json = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &error);

    if (json == NULL) {
        (void)FAIL(INCLINE_EFORMAT, "line %d: %s", error.line, error.text);
    } else if (!json_is_object(json)) {
        (void)FAIL(INCLINE_EFORMAT, "settings stand between { and }");
        json_decref(json);
        json = NULL;
    }
    return json;
}

/* What the caller wants to be kept: texts by name. */
static int keep(struct run *run, const json_t *options)
{
    const char *key;
    json_t *value;

    if (!json_is_object(options))
        return FAIL(INCLINE_EFORMAT, "\"options\" stand between { and }");
    json_object_foreach((json_t *)(uintptr_t)options, key, value)
    {
        if (!json_is_string(value))
            return FAIL(INCLINE_EFORMAT, "\"options\": \"%.60s\" is no text", key);
    }
    char *const text = json_dumps(options, JSON_COMPACT);
    if (text == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for what the run keeps");
    const size_t bytes = strlen(text) + 1;
    if (bytes <= sizeof run->kept)
        memcpy(run->kept, text, bytes);
    free(text);
    return bytes <= sizeof run->kept
               ? INCLINE_OK
               : FAIL(INCLINE_EFORMAT,
                      "\"options\" of %zu bytes; a run keeps fewer than %zu, say less of its data",
                      bytes, sizeof run->kept);
}

int run_keep(struct run *run, const char *kept)
{
    json_t *const json = parse(kept, strlen(kept));
    const int rc = json != NULL ? keep(run, json) : INCLINE_EFORMAT;

    json_decref(json);
    return rc == INCLINE_EFORMAT ? status_context(INCLINE_EARG, "kept") : rc;
}

/* Add what only some runs have. */
static bool add_known(const struct run *run, json_t *json)
{
    char samples[24];

    snprintf(samples, sizeof samples, "%016" PRIx64, run->samples);
    if (run->samples != 0 && json_object_set_new(json, "samples", json_string(samples)) != 0)
        return false;
    return run->kept[0] == '\0' ||
           json_object_set_new(json, "options", json_loads(run->kept, 0, NULL)) == 0;
}

int run_to_json(const struct run *run, bool indented, char **text)
{
    enum { DIGITS = 9 }; /* give every float again */
    json_t *widths = json_array(), *json = NULL;
    json_t *const source = json_string(run->source); /* NULL: a folder above it is not UTF-8 */

    *text = NULL;
    for (size_t i = 0; i < run->width_count && widths != NULL; i++)
        if (json_array_append_new(widths, json_integer(run->widths[i])) != 0) {
            json_decref(widths);
            widths = NULL;
        }
    if (widths != NULL)
        json = json_pack("{s:s, s:s, s:I, s:o}", "dataset", run->dataset, "source",
                         source != NULL ? run->source : run->dataset, "rows", (json_int_t)run->rows,
                         "widths", widths);
    if (json != NULL && add_known(run, json) && settings_to_json(&run->options, json))
        *text = json_dumps(json, JSON_REAL_PRECISION(DIGITS) |
                                     (indented ? JSON_INDENT(2) : JSON_COMPACT));
    json_decref(json);
    json_decref(source);
    return *text != NULL
               ? INCLINE_OK
               : FAIL(INCLINE_ENOMEM, "the run cannot be written as JSON; are its names UTF-8?");
}

static bool copy_text(const json_t *json, const char *key, char *value, size_t bytes)
{
    const char *string = json_string_value(json_object_get(json, key));
    if (string == NULL || strlen(string) >= bytes)
        return false;
    strcpy(value, string);
    return true;
}

static int widths_from_json(const json_t *json, struct run *run)
{
    const json_t *widths = json_object_get(json, "widths");
    const size_t count = json_array_size(widths);

    if (count < 2 || count > sizeof run->widths / sizeof *run->widths)
        return FAIL(INCLINE_EFORMAT, "a run of %zu widths", count);
    run->width_count = count;
    for (size_t i = 0; i < count; i++) {
        const json_int_t width = json_integer_value(json_array_get(widths, i));
        if (width < 1 || width > UINT32_MAX)
            return FAIL(INCLINE_EFORMAT, "width %zu is not a whole number above 0", i);
        run->widths[i] = (uint32_t)width;
    }
    return INCLINE_OK;
}

/* What a run has beside its settings, as far as the object names it. */
static int known_from_json(const json_t *json, struct run *run)
{
    const char *const samples = json_string_value(json_object_get(json, "samples"));
    const json_t *const options = json_object_get(json, "options");
    const json_int_t rows = json_integer_value(json_object_get(json, "rows"));
    char *end = NULL;

    if (rows > 0 && rows <= UINT32_MAX)
        run->rows = (uint32_t)rows;
    if (samples != NULL)
        run->samples = strtoull(samples, &end, 16);
    if (samples != NULL && (*end != '\0' || end == samples))
        return FAIL(INCLINE_EFORMAT, "\"samples\" is no hexadecimal number");
    return options != NULL ? keep(run, options) : INCLINE_OK;
}

/* Hidden layers follow from the widths: earlier versions wrote nothing else. */
static void hidden_from_widths(const struct run *run, struct incline_train_options *options)
{
    options->hidden_count = run->width_count - 2;
    options->no_hidden = options->hidden_count == 0;
    memcpy(options->hidden, run->widths + 1, options->hidden_count * sizeof *options->hidden);
}

/* Nor had they a validation part. */
static void keep_nothing_apart(const json_t *json, struct incline_train_options *options)
{
    if (json_object_get(json, "validation") == NULL)
        options->validation = INCLINE_NONE;
}

int run_from_json(const char *text, struct run *out)
{
    struct run run = {0};
    json_t *json = parse(text, strlen(text));
    int rc = INCLINE_OK;

    if (json == NULL)
        return INCLINE_EFORMAT;
    TRY(widths_from_json(json, &run));
    TRY(known_from_json(json, &run));
    hidden_from_widths(&run, &run.options);
    keep_nothing_apart(json, &run.options);
    TRY(settings_from_json(json, run_keys, &run.options));
    if (!copy_text(json, "dataset", run.dataset, sizeof run.dataset) ||
        !copy_text(json, "source", run.source, sizeof run.source) || run.rows == 0 ||
        (run.options.epochs == 0) == (run.options.steps == 0)) {
        rc = FAIL(INCLINE_EFORMAT, "the description of the run lacks something or contradicts "
                                   "itself");
        goto out;
    }
    incline_train_defaults(&run.options);
    run.validation = split_rows(run.rows, run.options.validation);
    *out = run;
out:
    json_decref(json);
    return rc;
}

/* The settings of a file, and what else of a run it names. */
static int read_config(const json_t *json, struct run *run)
{
    int rc = INCLINE_OK;

    if (json_object_get(json, "widths") != NULL) {
        TRY(widths_from_json(json, run));
        hidden_from_widths(run, &run->options);
        keep_nothing_apart(json, &run->options);
    }
    TRY(settings_from_json(json, run_keys, &run->options));
    TRY(known_from_json(json, run));
    (void)copy_text(json, "source", run->source, sizeof run->source);
    if (json_object_get(json, "dataset") != NULL &&
        !copy_text(json, "dataset", run->dataset, sizeof run->dataset))
        rc = FAIL(INCLINE_EFORMAT, "\"dataset\" is no text, or a text of %zu characters or more",
                  sizeof run->dataset);
out:
    return rc;
}

int incline_train_config(const char *path, struct incline_train_options *options,
                         struct incline_run_info *info)
{
    struct run run = {0};
    unsigned char *text = NULL;
    json_t *json = NULL;
    size_t length;
    int rc = INCLINE_OK;

    TRY(file_read(path, config_limit, &text, &length));
    json = parse((const char *)text, length);
    if (json == NULL || read_config(json, &run) != INCLINE_OK) {
        rc = status_context(INCLINE_EFORMAT, "%s", path);
        goto out;
    }
    *options = run.options;
    if (info != NULL)
        run_describe(&run, info);
out:
    json_decref(json);
    free(text);
    return rc;
}
