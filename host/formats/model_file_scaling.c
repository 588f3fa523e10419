/* model_file_scaling.c - what a model file says of scalings of single columns, and of the task. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/formats/model_file_private.h"
#include "host/formats/quote.h"
#include "host/util/status.h"

json_t *model_floats_json(const float *values, uint32_t count)
{
    json_t *const list = json_array();

    for (uint32_t i = 0; list != NULL && i < count; i++)
        if (json_array_append_new(list, json_real((double)values[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

json_t *model_output_json(const incline_model *model)
{
    const uint32_t outputs = model_outputs(model);
    const float *const scaling = model->output_scaling;

    if (scaling == NULL)
        return json_pack("{s:s}", "task", loss_task_text(model->task));
    return json_pack("{s:s, s:o, s:o}", "task", loss_task_text(model->task), "scale",
                     model_floats_json(scaling, outputs), "shift",
                     model_floats_json(scaling + outputs, outputs));
}

bool model_json_floats(const json_t *list, uint32_t count, float *values)
{
    if (!json_is_array(list) || json_array_size(list) != count)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        const json_t *const value = json_array_get(list, i);
        if (!json_is_number(value) || !(fabs(json_number_value(value)) <= (double)FLT_MAX))
            return false;
        values[i] = (float)json_number_value(value);
    }
    return true;
}

/* scale and shift of `object`, a list of `count` each, given to the model by `set`. */
static int apply_lists(const char *path, const char *key, const json_t *object, uint32_t count,
                       int (*set)(incline_model *, const float *, const float *),
                       incline_model *model)
{
    float *const values = malloc(2 * (size_t)count * sizeof *values);
    int rc = INCLINE_OK;

    if (values == NULL)
        return FAIL(INCLINE_ENOMEM, "%s: the scaling of %u columns", path, count);
    if (!model_json_floats(json_object_get(object, "scale"), count, values) ||
        !model_json_floats(json_object_get(object, "shift"), count, values + count)) {
        rc = FAIL(INCLINE_EFORMAT,
                  "%s: metadata %s: scale and shift are no lists of %u floats; " MODEL_DAMAGED,
                  path, key, count);
        goto out;
    }
    TRY(set(model, values, values + count));
out:
    free(values);
    return rc;
}

int model_apply_input_lists(const char *path, const json_t *input, incline_model *model)
{
    return apply_lists(path, MODEL_KEY_INPUT, input, model->net.widths[0], model_set_input_scaling,
                       model);
}

int model_apply_output(const char *path, const json_t *output, incline_model *model)
{
    const char *const text = json_string_value(json_object_get(output, "task"));
    int known = 0;

    if (text == NULL)
        return FAIL(INCLINE_EFORMAT,
                    "%s: metadata " MODEL_KEY_OUTPUT " lacks the task; " MODEL_DAMAGED, path);
    while (loss_task_text((enum incline_task)known) != NULL &&
           strcmp(loss_task_text((enum incline_task)known), text) != 0)
        known++;
    if (loss_task_text((enum incline_task)known) == NULL)
        return FAIL(INCLINE_EFORMAT,
                    "%s: metadata " MODEL_KEY_OUTPUT
                    " names the task \"%s\", which this version does "
                    "not have; update Incline, or copy the file again",
                    path, quote(text).text);
    if (known == INCLINE_TASK_BINARY && model_outputs(model) != 1)
        return FAIL(INCLINE_EFORMAT,
                    "%s: metadata " MODEL_KEY_OUTPUT
                    ": two classes by %u outputs, not by one; " MODEL_DAMAGED,
                    path, model_outputs(model));
    model->task = (enum incline_task)known;
    return json_object_get(output, "scale") == NULL
               ? INCLINE_OK
               : apply_lists(path, MODEL_KEY_OUTPUT, output, model_outputs(model),
                             model_set_output_scaling, model);
}
