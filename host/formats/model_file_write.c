/* model_file_write.c - lays a model out as tensors and texts, and saves it. */
#include <assert.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/formats/model_file.h"
#include "host/formats/model_file_private.h"
#include "host/util/status.h"

/* Nine digits bring each float back to the bit. */
#define FLOAT_DIGITS JSON_REAL_PRECISION(9)

/* A name as JSON; names come from file systems and may hold any bytes. NULL: no memory. */
static json_t *name_json(const char *name)
{
    json_t *const exact = json_string(name);
    if (exact != NULL)
        return exact;
    const size_t bytes = strlen(name);
    char *const ascii = malloc(bytes + 1);
    if (ascii == NULL)
        return NULL;
    for (size_t i = 0; i <= bytes; i++)
        ascii[i] = (unsigned char)name[i] < 0x80 ? name[i] : '?';
    json_t *const legible = json_string(ascii);
    free(ascii);
    return legible;
}

/* ["tanh","linear"]: of each layer. */
static json_t *activations_json(const struct net *net)
{
    json_t *const list = json_array();

    for (uint32_t l = 0; list != NULL && l < net->layers; l++)
        if (json_array_append_new(list, json_string(net_activation_text(net->activations[l]))) !=
            0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

/* {"widths":[...],"activation":"...","trained_on":"..."}; where hidden layers differ the activation
 * is "mixed", which no reader of one activation takes, and "activations" lists them; with
 * normalisation "normalization" names it. */
static json_t *network_json(const incline_model *model)
{
    json_t *const widths = json_array();

    for (uint32_t l = 0; widths != NULL && l <= model->net.layers; l++)
        if (json_array_append_new(widths, json_integer(model->net.widths[l])) != 0) {
            json_decref(widths);
            return NULL;
        }
    json_t *const network =
        net_is_uniform(&model->net)
            ? json_pack("{s:o, s:s, s:o}", "widths", widths, "activation",
                        net_activation_text(model->net.activation), "trained_on",
                        name_json(model->trained_on))
            : json_pack("{s:o, s:s, s:o, s:o}", "widths", widths, "activation", MODEL_MIXED,
                        "activations", activations_json(&model->net), "trained_on",
                        name_json(model->trained_on));
    if (network != NULL && model->net.normalization != INCLINE_NORMALIZE_NONE &&
        json_object_set_new(network, "normalization",
                            json_string(net_normalization_text((int)model->net.normalization))) !=
            0) {
        json_decref(network);
        return NULL;
    }
    return network;
}

/* {"scale":...,"shift":...,"image":[rows,cols],"deskew":true} */
static json_t *input_json(const incline_model *model)
{
    const uint32_t inputs = model->net.widths[0];
    const float *const each = model->input_scaling;
    json_t *const scale =
        each != NULL ? model_floats_json(each, inputs) : json_real((double)model->scale);
    json_t *const shift =
        each != NULL ? model_floats_json(each + inputs, inputs) : json_real((double)model->shift);

    if (model->image_rows == 0)
        return json_pack("{s:o, s:o}", "scale", scale, "shift", shift);
    json_t *const input = json_pack("{s:o, s:o, s:[I, I]}", "scale", scale, "shift", shift, "image",
                                    (json_int_t)model->image_rows, (json_int_t)model->image_cols);
    if (input != NULL && model->deskew && json_object_set_new(input, "deskew", json_true()) != 0) {
        json_decref(input);
        return NULL;
    }
    return input;
}

/* ["name of class 0", ...] */
static json_t *classes_json(const incline_model *model)
{
    json_t *const names = json_array();

    for (uint32_t c = 0; names != NULL && c < model_classes(model); c++)
        if (json_array_append_new(names, name_json(model->class_names[c])) != 0) {
            json_decref(names);
            return NULL;
        }
    return names;
}

/* Add `value`, which is taken over, as the text of `key`. */
static int add_text(struct model_layout *layout, const char *key, json_t *value)
{
    const size_t bytes = json_dumpb(value, NULL, 0, JSON_COMPACT | FLOAT_DIGITS);
    char *const text = bytes == 0 ? NULL : malloc(bytes + 1);

    if (text == NULL || json_dumpb(value, text, bytes, JSON_COMPACT | FLOAT_DIGITS) != bytes) {
        free(text);
        json_decref(value);
        return FAIL(INCLINE_ENOMEM, "the metadata text %s of a model", key);
    }
    text[bytes] = '\0';
    json_decref(value);
    assert(layout->text_count < MODEL_TEXTS);
    layout->strings[layout->text_count] = text;
    layout->texts[layout->text_count] = (struct safetensors_text){key, text};
    layout->text_count++;
    return INCLINE_OK;
}

/* Weight and bias of a layer as tensors 2 * layer and 2 * layer + 1. */
static void add_layer(struct model_layout *layout, const incline_model *model, uint32_t layer)
{
    const struct net *const net = &model->net;
    const size_t inputs = net->widths[layer], outputs = net->widths[layer + 1];
    char *const weight = layout->names[2 * (size_t)layer];
    char *const bias = layout->names[2 * (size_t)layer + 1];

    snprintf(weight, MODEL_NAME_BYTES, "layers.%u.weight", layer);
    snprintf(bias, MODEL_NAME_BYTES, "layers.%u.bias", layer);
    layout->tensors[layout->tensor_count++] = (struct safetensors_tensor){
        .name = weight,
        .dtype = "F32",
        .dims = 2,
        .shape = {outputs, inputs},
        .data = model->params + net_weight_at(net, layer),
        .bytes = outputs * inputs * sizeof(float),
    };
    layout->tensors[layout->tensor_count++] = (struct safetensors_tensor){
        .name = bias,
        .dtype = "F32",
        .dims = 1,
        .shape = {outputs},
        .data = model->params + net_bias_at(net, layer),
        .bytes = outputs * sizeof(float),
    };
}

/* The lowest format that says all of the model. */
static const char *format_number(const incline_model *model)
{
    return model->deskew                                                         ? "4"
           : model->net.normalization != INCLINE_NORMALIZE_NONE                  ? "3"
           : model->task != INCLINE_TASK_CLASSES || model->input_scaling != NULL ? "2"
                                                                                 : "1";
}

int model_layout_init(struct model_layout *layout, const incline_model *model)
{
    const size_t tensors = 2 * (size_t)model->net.layers + model_norm_count(&model->net);
    struct model_layout made = {0};
    int rc = INCLINE_OK;

    made.tensors = calloc(tensors, sizeof *made.tensors);
    made.names = calloc(tensors, sizeof *made.names);
    if (made.tensors == NULL || made.names == NULL) {
        rc = FAIL(INCLINE_ENOMEM, "a list of the %zu tensors of a model", tensors);
        goto out;
    }
    for (uint32_t l = 0; l < model->net.layers; l++)
        add_layer(&made, model, l);
    model_add_norms(&made, model);
    made.texts[made.text_count++] =
        (struct safetensors_text){MODEL_KEY_FORMAT, format_number(model)};
    TRY(add_text(&made, MODEL_KEY_NETWORK, network_json(model)));
    TRY(add_text(&made, MODEL_KEY_INPUT, input_json(model)));
    if (model->task != INCLINE_TASK_CLASSES)
        TRY(add_text(&made, MODEL_KEY_OUTPUT, model_output_json(model)));
    TRY(add_text(&made, MODEL_KEY_CLASSES, classes_json(model)));
    if (model->columns != NULL)
        made.texts[made.text_count++] =
            (struct safetensors_text){MODEL_KEY_COLUMNS, model->columns};
    *layout = made;
    made = (struct model_layout){0};
out:
    model_layout_clear(&made);
    return rc;
}

void model_layout_clear(struct model_layout *layout)
{
    if (layout == NULL)
        return;
    for (size_t i = 0; i < MODEL_TEXTS; i++)
        free(layout->strings[i]);
    free(layout->names);
    free(layout->tensors);
    *layout = (struct model_layout){0};
}

int model_check_finite(const incline_model *model, const char *path)
{
    const struct net *const net = &model->net;

    for (uint32_t l = 0; l < net->layers; l++) {
        const uint32_t inputs = net->widths[l], outputs = net->widths[l + 1];
        const float *const weight = model->params + net_weight_at(net, l);
        const float *const bias = model->params + net_bias_at(net, l);
        for (size_t i = 0; i < (size_t)outputs * inputs; i++)
            if (!isfinite(weight[i]))
                return FAIL(
                    INCLINE_EFORMAT,
                    "%s: layers.%u.weight[%zu, %zu] is %g; training diverged or the file is "
                    "damaged: train again with a smaller learning rate, or copy it again",
                    path, l, i / inputs, i % inputs, (double)weight[i]);
        for (uint32_t i = 0; i < outputs; i++)
            if (!isfinite(bias[i]))
                return FAIL(INCLINE_EFORMAT,
                            "%s: layers.%u.bias[%u] is %g; training diverged or the file is "
                            "damaged: train again with a smaller learning rate, or copy it again",
                            path, l, i, (double)bias[i]);
    }
    return model_check_norms_finite(model, path);
}

int incline_model_save(const incline_model *model, const char *path)
{
    struct model_layout layout = {0};
    int rc = INCLINE_OK;

    if (model == NULL || path == NULL)
        return FAIL(INCLINE_EARG, "saving needs a model and a path; one of them is NULL");
    TRY(model_check_finite(model, path));
    TRY(model_layout_init(&layout, model));
    TRY(safetensors_write(path, layout.tensors, layout.tensor_count, layout.texts,
                          layout.text_count));
out:
    model_layout_clear(&layout);
    return rc;
}
