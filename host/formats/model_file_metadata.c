/* model_file_metadata.c - what the texts of a model file say, checked against its tensors. */
#include <float.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/formats/model_file.h"
#include "host/formats/model_file_private.h"
#include "host/formats/quote.h"
#include "host/util/status.h"

/* Parse the JSON behind a metadata key. */
static int parse_text(const struct safetensors *file, const char *path, const char *key,
                      json_t **value)
{
    json_error_t error;
    const char *const text = safetensors_text(file, key);

    if (text == NULL)
        return FAIL(INCLINE_EFORMAT, "%s: metadata %s is missing; " MODEL_DAMAGED, path, key);
    json_t *const parsed = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (parsed == NULL && json_error_code(&error) == json_error_out_of_memory)
        return FAIL(INCLINE_ENOMEM, "%s: metadata %s", path, key);
    if (parsed == NULL)
        return FAIL(INCLINE_EFORMAT,
                    "%s: metadata %s is not valid JSON at line %d, column %d; " MODEL_DAMAGED, path,
                    key, error.line, error.column);
    *value = parsed;
    return INCLINE_OK;
}

/* "1" or "2", or the number of a later format; anything else is none. */
static int check_format(const char *path, const char *text)
{
    char *end = NULL;

    const unsigned long number = text[0] >= '1' && text[0] <= '9' ? strtoul(text, &end, 10) : 0;
    if (number > 0 && number <= MODEL_FORMAT && *end == '\0')
        return INCLINE_OK;
    if (number > MODEL_FORMAT && *end == '\0')
        return FAIL(INCLINE_EFORMAT,
                    "%s: written by a newer Incline (model format %lu, this one reads %d); update "
                    "Incline to read it",
                    path, number, MODEL_FORMAT);
    return FAIL(INCLINE_EFORMAT,
                "%s: metadata " MODEL_KEY_FORMAT " is no format number; " MODEL_DAMAGED, path);
}

static int apply_widths(const char *path, const json_t *widths, const incline_model *model)
{
    const uint32_t layers = model->net.layers;

    if (!json_is_array(widths) || json_array_size(widths) != (size_t)layers + 1)
        return FAIL(INCLINE_EFORMAT,
                    "%s: metadata " MODEL_KEY_NETWORK " has no list of %u widths, as the %u layers "
                    "need; " MODEL_DAMAGED,
                    path, layers + 1, layers);
    for (uint32_t l = 0; l <= layers; l++) {
        const json_t *const width = json_array_get(widths, l);
        if (!json_is_integer(width) || json_integer_value(width) != model->net.widths[l])
            return FAIL(INCLINE_EFORMAT,
                        "%s: metadata " MODEL_KEY_NETWORK
                        " gives width %u as %lld, but the tensors "
                        "as %u; " MODEL_DAMAGED,
                        path, l, (long long)json_integer_value(width), model->net.widths[l]);
    }
    return INCLINE_OK;
}

static int find_activation(const char *path, const char *text, enum incline_activation *activation)
{
    int known = 0;
    const char *word = net_activation_text((enum incline_activation)known);

    while (word != NULL && strcmp(word, text) != 0)
        word = net_activation_text((enum incline_activation)++ known);
    if (word == NULL)
        return FAIL(INCLINE_EFORMAT,
                    "%s: metadata " MODEL_KEY_NETWORK " names the activation \"%s\", which this "
                    "version does not have; update Incline, or copy the file again",
                    path, quote(text).text);
    *activation = (enum incline_activation)known;
    return INCLINE_OK;
}

/* One for all hidden layers. */
static int apply_activation(const char *path, const char *text, incline_model *model)
{
    struct net *const net = &model->net;

    const int rc = find_activation(path, text, &net->activation);
    for (uint32_t l = 0; rc == INCLINE_OK && l + 1 < net->layers; l++)
        net->activations[l] = net->activation;
    return rc;
}

/* One for each layer, the last one linear. */
static int apply_activations(const char *path, const json_t *list, incline_model *model)
{
    struct net *const net = &model->net;

    if (!json_is_array(list) || json_array_size(list) != net->layers)
        return FAIL(INCLINE_EFORMAT,
                    "%s: metadata " MODEL_KEY_NETWORK
                    " has no list of %u activations, one for each layer; " MODEL_DAMAGED,
                    path, net->layers);
    for (uint32_t l = 0; l < net->layers; l++) {
        const char *const text = json_string_value(json_array_get(list, l));
        if (text == NULL)
            return FAIL(INCLINE_EFORMAT,
                        "%s: metadata " MODEL_KEY_NETWORK
                        ": the activation of layer %u is not a text; " MODEL_DAMAGED,
                        path, l);
        const int rc = find_activation(path, text, &net->activations[l]);
        if (rc != INCLINE_OK)
            return rc;
    }
    if (net->activations[net->layers - 1] != INCLINE_LINEAR)
        return FAIL(INCLINE_EFORMAT,
                    "%s: metadata " MODEL_KEY_NETWORK
                    ": the last layer is not linear; " MODEL_DAMAGED,
                    path);
    net->activation = net->activations[0];
    return INCLINE_OK;
}

static int apply_network(const char *path, const json_t *network, incline_model *model)
{
    const char *const activation = json_string_value(json_object_get(network, "activation"));
    const char *const trained_on = json_string_value(json_object_get(network, "trained_on"));

    int rc = apply_widths(path, json_object_get(network, "widths"), model);
    if (rc != INCLINE_OK)
        return rc;
    if (activation == NULL || trained_on == NULL)
        return FAIL(INCLINE_EFORMAT,
                    "%s: metadata " MODEL_KEY_NETWORK
                    " lacks the text activation or trained_on; " MODEL_DAMAGED,
                    path);
    rc = strcmp(activation, MODEL_MIXED) == 0
             ? apply_activations(path, json_object_get(network, "activations"), model)
             : apply_activation(path, activation, model);
    if (rc != INCLINE_OK)
        return rc;
    rc = model_apply_normalization(
        path, json_string_value(json_object_get(network, "normalization")), model);
    if (rc != INCLINE_OK)
        return rc;
    if (strlen(trained_on) >= sizeof model->trained_on)
        return FAIL(INCLINE_EFORMAT,
                    "%s: metadata " MODEL_KEY_NETWORK
                    ": a trained_on of %zu bytes, at most %zu fit; " MODEL_DAMAGED,
                    path, strlen(trained_on), sizeof model->trained_on - 1);
    memcpy(model->trained_on, trained_on, strlen(trained_on) + 1);
    return INCLINE_OK;
}

static bool json_float(const json_t *value, float *number)
{
    if (!json_is_number(value) || !(fabs(json_number_value(value)) <= (double)FLT_MAX))
        return false;
    *number = (float)json_number_value(value);
    return true;
}

static int apply_input(const char *path, const json_t *input, incline_model *model)
{
    const json_t *const image = json_object_get(input, "image");
    const json_t *const deskew = json_object_get(input, "deskew");
    const uint32_t inputs = model->net.widths[0];
    const bool each = json_is_array(json_object_get(input, "scale"));
    float scale = 1.0f, shift = 0.0f;

    if (!each && (!json_float(json_object_get(input, "scale"), &scale) ||
                  !json_float(json_object_get(input, "shift"), &shift)))
        return FAIL(INCLINE_EFORMAT,
                    "%s: metadata " MODEL_KEY_INPUT
                    " lacks the float scale or shift; " MODEL_DAMAGED,
                    path);
    if (image != NULL) {
        const json_int_t rows = json_integer_value(json_array_get(image, 0));
        const json_int_t cols = json_integer_value(json_array_get(image, 1));
        if (json_array_size(image) != 2 || rows < 1 || cols < 1 || rows > inputs || cols > inputs ||
            rows * cols != inputs)
            return FAIL(INCLINE_EFORMAT,
                        "%s: metadata " MODEL_KEY_INPUT
                        ": an image of %lld x %lld does not make %u "
                        "inputs; " MODEL_DAMAGED,
                        path, (long long)rows, (long long)cols, inputs);
        model->image_rows = (uint32_t)rows;
        model->image_cols = (uint32_t)cols;
    }
    if (deskew != NULL && (!json_is_boolean(deskew) || (json_is_true(deskew) && image == NULL)))
        return FAIL(INCLINE_EFORMAT,
                    "%s: metadata " MODEL_KEY_INPUT
                    ": deskew is neither true nor false, or there is no image; " MODEL_DAMAGED,
                    path);
    model->deskew = json_is_true(deskew);
    model->scale = scale;
    model->shift = shift;
    return each ? model_apply_input_lists(path, input, model) : INCLINE_OK;
}

static int apply_classes(const char *path, const json_t *classes, incline_model *model)
{
    const uint32_t count = model_classes(model);

    if (!json_is_array(classes) || json_array_size(classes) != count)
        return FAIL(INCLINE_EFORMAT,
                    "%s: metadata " MODEL_KEY_CLASSES " has %zu names, but the last layer has %u "
                    "outputs; " MODEL_DAMAGED,
                    path, json_array_size(classes), count);
    const char **const names = malloc(count * sizeof *names);
    if (names == NULL)
        return FAIL(INCLINE_ENOMEM, "%s: the names of %u classes", path, count);
    int rc = INCLINE_OK;
    for (uint32_t c = 0; c < count; c++) {
        names[c] = json_string_value(json_array_get(classes, c));
        if (names[c] == NULL) {
            rc = FAIL(INCLINE_EFORMAT,
                      "%s: metadata " MODEL_KEY_CLASSES
                      ": the name of class %u is not a text; " MODEL_DAMAGED,
                      path, c);
            goto out;
        }
    }
    TRY(model_set_class_names(model, names));
out:
    free(names);
    return rc;
}

/* The texts that stand beside the format number, and what each does to a model; the task comes
 * before the names, whose number depends on it. */
static const struct {
    const char *key;
    int (*apply)(const char *path, const json_t *value, incline_model *model);
    bool optional;
} texts[] = {
    {MODEL_KEY_NETWORK, apply_network, false},
    {MODEL_KEY_INPUT, apply_input, false},
    {MODEL_KEY_OUTPUT, model_apply_output, true},
    {MODEL_KEY_CLASSES, apply_classes, false},
};
enum { TEXTS = sizeof texts / sizeof texts[0] };

int model_metadata_check(const struct safetensors *file, const char *path, bool *described)
{
    const char *const format = safetensors_text(file, MODEL_KEY_FORMAT);

    if (format != NULL) {
        const int rc = check_format(path, format);
        if (rc == INCLINE_OK)
            *described = true;
        return rc;
    }
    for (size_t i = 0; i < TEXTS; i++)
        if (safetensors_text(file, texts[i].key) != NULL)
            return FAIL(INCLINE_EFORMAT,
                        "%s: metadata %s is there, but " MODEL_KEY_FORMAT " is not; " MODEL_DAMAGED,
                        path, texts[i].key);
    *described = false;
    return INCLINE_OK;
}

int model_metadata_apply(const struct safetensors *file, const char *path, incline_model *model)
{
    int rc = INCLINE_OK;

    for (size_t i = 0; i < TEXTS && rc == INCLINE_OK; i++) {
        json_t *value = NULL;
        if (texts[i].optional && safetensors_text(file, texts[i].key) == NULL)
            continue;
        TRY(parse_text(file, path, texts[i].key, &value));
        rc = texts[i].apply(path, value, model);
        json_decref(value);
    }
    if (rc == INCLINE_OK)
        rc = model_set_columns(model, safetensors_text(file, MODEL_KEY_COLUMNS));
out:
    return rc;
}
