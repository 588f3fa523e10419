/* json.c - the parts that JSON results are made of. */
#include "json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 12 };

json_t *json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *json_count(uint64_t value)
{
    return json_integer((json_int_t)value);
}

json_t *json_text(const char *text)
{
    json_t *value = json_string(text);
    if (value != NULL)
        return value;
    char *copy = strdup(text);
    if (copy == NULL)
        return NULL;
    for (char *c = copy; *c != '\0'; c++)
        if ((unsigned char)*c >= 0x80)
            *c = '?';
    value = json_string(copy);
    free(copy);
    return value;
}

json_t *json_widths(const uint32_t *widths, uint32_t count)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < count; i++)
        json_array_append_new(list, json_count(widths[i]));
    return list;
}

json_t *json_evaluation(const struct incline_evaluation *e)
{
    json_t *object = json_pack("{s:o}", "samples", json_count(e->rows));
    if (isnan(e->accuracy)) {
        json_object_set_new(object, "rmse", json_number(e->rmse));
        json_object_set_new(object, "mae", json_number(e->mae));
        json_object_set_new(object, "r2", json_number(e->r2));
    } else {
        json_object_set_new(object, "correct", json_count(e->correct));
        json_object_set_new(object, "accuracy", json_number(e->accuracy));
    }
    if (!isnan(e->f1))
        json_object_set_new(object, "f1", json_number(e->f1));
    json_object_set_new(object, "loss", json_number(e->loss));
    return object;
}

json_t *json_device(const incline_device *device)
{
    struct incline_device_info info;
    incline_device_describe(device, &info);
    return json_pack("{s:o, s:o, s:o}", "id", json_text(info.id), "name", json_text(info.name),
                     "remark", json_text(incline_device_remark(device)));
}

json_t *json_tuning(const struct incline_tuning *t)
{
    json_t *knobs = json_array();
    for (uint32_t k = 0; k < t->count; k++)
        json_array_append_new(knobs,
                              json_pack("{s:o, s:o, s:o}", "name", json_text(t->knobs[k].name),
                                        "value", json_count(t->knobs[k].value), "initial",
                                        json_count(t->knobs[k].initial)));
    return json_pack("{s:o, s:o}", "made_for",
                     t->made_for[0] != '\0' ? json_text(t->made_for) : json_null(), "knobs", knobs);
}

json_t *json_dataset(const incline_dataset *dataset)
{
    struct incline_dataset_info d;
    incline_dataset_describe(dataset, &d);
    json_t *const header = d.header == INCLINE_HEADER_AUTO
                               ? json_null()
                               : json_boolean(d.header == INCLINE_HEADER_YES);
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s}", "name",
                     json_text(d.name), "source", json_text(d.source), "header", header, "samples",
                     json_count(d.rows), "features", json_count(d.features), "classes",
                     json_count(d.classes), "targets", json_count(d.outputs), "image_rows",
                     json_count(d.image_rows), "image_cols", json_count(d.image_cols), "elements",
                     d.bytes ? "uint8" : "float32");
}

static json_t *floats(const float *values, uint32_t count)
{
    json_t *const list = json_array();
    for (uint32_t i = 0; i < count; i++)
        json_array_append_new(list, json_number((double)values[i]));
    return list;
}

void json_set_scaling(json_t *object, float scale, float shift, const float *scales,
                      const float *shifts, uint32_t count)
{
    const bool each = scales != NULL;
    json_object_set_new(object, "scale", each ? json_null() : json_number((double)scale));
    json_object_set_new(object, "shift", each ? json_null() : json_number((double)shift));
    json_object_set_new(object, "scales", each ? floats(scales, count) : json_null());
    json_object_set_new(object, "shifts", each ? floats(shifts, count) : json_null());
}

int json_print(json_t *value, bool lines)
{
    if (value == NULL)
        return cli_fail("not enough memory for the JSON result");
    json_dumpf(value, stdout,
               JSON_REAL_PRECISION(DIGITS) | (lines ? JSON_COMPACT : JSON_INDENT(2)));
    json_decref(value);
    putchar('\n');
    return CLI_DONE;
}

int json_save(const char *path, const json_t *value)
{
    char *const text =
        value != NULL ? json_dumps(value, JSON_REAL_PRECISION(DIGITS) | JSON_INDENT(2)) : NULL;
    if (text == NULL)
        return cli_fail("not enough memory for the JSON result");
    const size_t bytes = strlen(text);
    text[bytes] = '\n'; /* in place of the zero */
    const int status = cli_check(incline_file_write(path, text, bytes + 1));
    free(text);
    return status;
}

const char *json_activation(const struct incline_model_info *model)
{
    for (uint32_t l = 0; l + 1 < model->layers; l++)
        if (model->activations[l] != model->activation)
            return "mixed";
    return incline_activation_text(model->activation);
}

json_t *json_activations(const struct incline_model_info *model)
{
    json_t *list = json_array();
    for (uint32_t l = 0; l < model->layers; l++)
        json_array_append_new(list, json_string(incline_activation_text(model->activations[l])));
    return list;
}

const char *json_device_type(enum incline_device_type type)
{
    switch (type) {
    case INCLINE_DEVICE_REFERENCE:
        return "reference";
    case INCLINE_DEVICE_CPU:
        return "cpu";
    case INCLINE_DEVICE_GPU:
        return "gpu";
    case INCLINE_DEVICE_ACCELERATOR:
        return "accelerator";
    }
    return "unknown";
}
