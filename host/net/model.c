/* model.c - a network with its parameters and all one must know to use it, in host memory.
 * Files of models are host/formats/model_file.h; running one is host/train. */
#include "host/net/model.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/util/size.h"
#include "host/util/status.h"

enum { NUMBER_BYTES = sizeof "4294967295" };

/* The number of a class as text. */
static const char *number_text(uint32_t number, char text[NUMBER_BYTES])
{
    snprintf(text, NUMBER_BYTES, "%" PRIu32, number);
    return text;
}

int model_set_class_names(incline_model *model, const char *const *names)
{
    const uint32_t classes = model_classes(model);
    char number[NUMBER_BYTES];
    size_t pointers, text_bytes = 0;

    for (uint32_t c = 0; c < classes; c++) {
        const char *const name = names == NULL ? NULL : names[c];
        text_bytes += strlen(name == NULL ? number_text(c, number) : name) + 1;
    }
    if (!size_mul(classes, sizeof(char *), &pointers) || text_bytes > SIZE_MAX - pointers)
        return FAIL(INCLINE_ENOMEM, "names of %" PRIu32 " classes", classes);
    char **const block = malloc(pointers + text_bytes);
    if (block == NULL)
        return FAIL(INCLINE_ENOMEM, "%zu bytes for the names of %" PRIu32 " classes",
                    pointers + text_bytes, classes);

    char *next = (char *)(block + classes);
    for (uint32_t c = 0; c < classes; c++) {
        const char *const name = names == NULL ? NULL : names[c];
        const char *const text = name == NULL ? number_text(c, number) : name;
        const size_t bytes = strlen(text) + 1;
        block[c] = memcpy(next, text, bytes);
        next += bytes;
    }
    free(model->class_names);
    model->class_names = block;
    return INCLINE_OK;
}

/* *scaling = [ scales | shifts ] of `count` columns. */
static int set_scaling(float **scaling, uint32_t count, const float *scales, const float *shifts)
{
    float *made = NULL;

    if (scales != NULL) {
        made = malloc(2 * (size_t)count * sizeof *made);
        if (made == NULL)
            return FAIL(INCLINE_ENOMEM, "the scaling of %" PRIu32 " columns", count);
        memcpy(made, scales, count * sizeof *made);
        memcpy(made + count, shifts, count * sizeof *made);
    }
    free(*scaling);
    *scaling = made;
    return INCLINE_OK;
}

int model_set_input_scaling(incline_model *model, const float *scales, const float *shifts)
{
    const int rc = set_scaling(&model->input_scaling, model->net.widths[0], scales, shifts);

    if (rc == INCLINE_OK && scales != NULL) {
        model->scale = 1.0f;
        model->shift = 0.0f;
    }
    return rc;
}

int model_set_output_scaling(incline_model *model, const float *scales, const float *shifts)
{
    return set_scaling(&model->output_scaling, model_outputs(model), scales, shifts);
}

/* The same scaling as another model's of equal width. */
static int copy_scaling(float **to, uint32_t count, const float *from)
{
    return set_scaling(to, count, from, from != NULL ? from + count : NULL);
}

int model_set_columns(incline_model *model, const char *columns)
{
    char *copy = NULL;

    if (columns != NULL && columns[0] != '\0') {
        copy = strdup(columns);
        if (copy == NULL)
            return FAIL(INCLINE_ENOMEM, "%zu bytes that describe columns", strlen(columns));
    }
    free(model->columns);
    model->columns = copy;
    return INCLINE_OK;
}

const char *incline_model_columns(const incline_model *model)
{
    return model->columns != NULL ? model->columns : "";
}

int model_create(const uint32_t *widths, size_t width_count, enum incline_activation activation,
                 incline_model **model)
{
    int rc = INCLINE_OK;
    incline_model *made = calloc(1, sizeof *made);

    if (made == NULL)
        return FAIL(INCLINE_ENOMEM, "%zu bytes for a model", sizeof *made);
    TRY(net_init(&made->net, widths, width_count, activation));
    made->params = calloc(made->net.param_count, sizeof *made->params);
    if (made->params == NULL) {
        rc = FAIL(INCLINE_ENOMEM, "%zu parameters of a model", made->net.param_count);
        goto out;
    }
    TRY(model_set_class_names(made, NULL));
    *model = made;
    made = NULL;
out:
    incline_model_destroy(made);
    return rc;
}

int model_set_normalization(incline_model *model, enum incline_normalization normalization)
{
    struct net net = model->net;

    const int rc = net_set_normalization(&net, normalization);
    if (rc != INCLINE_OK)
        return rc;
    float *const params = realloc(model->params, net.param_count * sizeof *params);
    if (params == NULL)
        return FAIL(INCLINE_ENOMEM, "%zu parameters of a model", net.param_count);
    net_init_norms(&net, params);
    model->params = params;
    model->net = net;
    return INCLINE_OK;
}

int model_copy(const incline_model *from, incline_model **model)
{
    int rc = INCLINE_OK;
    incline_model *made = NULL;

    TRY(model_create(from->net.widths, (size_t)from->net.layers + 1, from->net.activation, &made));
    TRY(net_set_activations(&made->net, from->net.activations));
    TRY(model_set_normalization(made, from->net.normalization));
    memcpy(made->params, from->params, from->net.param_count * sizeof *made->params);
    made->image_rows = from->image_rows;
    made->image_cols = from->image_cols;
    made->deskew = from->deskew;
    made->scale = from->scale;
    made->shift = from->shift;
    made->task = from->task;
    made->activation_assumed = from->activation_assumed;
    TRY(copy_scaling(&made->input_scaling, from->net.widths[0], from->input_scaling));
    TRY(copy_scaling(&made->output_scaling, model_outputs(from), from->output_scaling));
    memcpy(made->trained_on, from->trained_on, sizeof made->trained_on);
    TRY(model_set_class_names(made, (const char *const *)from->class_names));
    TRY(model_set_columns(made, from->columns));
    *model = made;
    made = NULL;
out:
    incline_model_destroy(made);
    return rc;
}

struct method model_method(const incline_model *model)
{
    struct method method;

    memset(&method, 0, sizeof method); /* hashed as a whole */
    method.loss = loss_of_task(model->task);
    if (model->deskew) {
        method.deskew = 1;
        method.image_rows = model->image_rows;
        method.image_cols = model->image_cols;
    }
    return method;
}

float model_output_value(const incline_model *model, size_t output, float z)
{
    const float *scaling = model->output_scaling;

    if (model->task != INCLINE_TASK_REGRESSION)
        return 1.0f / (1.0f + expf(-z));
    return scaling != NULL ? fmaf(z, scaling[output], scaling[model_outputs(model) + output]) : z;
}

int incline_model_create(const struct incline_model_options *options, incline_model **model)
{
    static const uint32_t default_widths[] = {784, 10, 10};
    struct incline_model_options chosen = {0};
    incline_model *made = NULL;

    if (model == NULL)
        return FAIL(INCLINE_EARG, "a model needs a place to be put; the out-parameter is NULL");
    if (options != NULL)
        chosen = *options;
    if (chosen.widths == NULL && chosen.width_count == 0) {
        chosen.widths = default_widths;
        chosen.width_count = sizeof default_widths / sizeof default_widths[0];
    }
    int rc = model_create(chosen.widths, chosen.width_count, chosen.activation, &made);
    if (rc != INCLINE_OK)
        return rc;
    if (chosen.activations != NULL)
        rc = net_set_activations(&made->net, chosen.activations);
    if (rc == INCLINE_OK)
        rc = model_set_normalization(made, chosen.normalization);
    if (rc == INCLINE_OK)
        rc = model_init(made, &(struct model_initial){chosen.init, chosen.init_value,
                                                      chosen.init_bias, chosen.seed});
    if (rc != INCLINE_OK) {
        incline_model_destroy(made);
        return rc;
    }
    *model = made;
    return INCLINE_OK;
}

int model_init(incline_model *model, const struct model_initial *initial)
{
    if (net_init_text((int)initial->kind) == NULL)
        return FAIL(INCLINE_EARG,
                    "initial weights of kind %d are not known; "
                    "incline.h lists what there is",
                    (int)initial->kind);
    if (!isfinite(initial->value) || !isfinite(initial->bias))
        return FAIL(INCLINE_EARG, "initial weights of %g and biases of %g; both must be finite",
                    (double)initial->value, (double)initial->bias);
    if (initial->value != 0.0f && initial->kind != INCLINE_INIT_CONSTANT)
        return FAIL(INCLINE_EARG,
                    "an initial value goes with constant weights, not with %s; leave one of them "
                    "away",
                    net_init_text((int)initial->kind));
    if (initial->value == 0.0f && initial->kind == INCLINE_INIT_CONSTANT)
        return FAIL(INCLINE_EARG, "constant weights want a value other than 0 (--init-value); take "
                                  "the kind zero for weights of 0");
    net_init_params(&model->net, initial->kind, initial->seed, model->params);
    if (initial->kind == INCLINE_INIT_CONSTANT)
        net_init_weights(&model->net, initial->value, model->params);
    if (initial->bias != 0.0f)
        net_init_biases(&model->net, initial->bias, model->params);
    return INCLINE_OK;
}

void incline_model_destroy(incline_model *model)
{
    if (model == NULL)
        return;
    net_clear(&model->net);
    free(model->params);
    free(model->input_scaling);
    free(model->output_scaling);
    free(model->class_names);
    free(model->columns);
    free(model);
}

void incline_model_describe(const incline_model *model, struct incline_model_info *info)
{
    *info = (struct incline_model_info){
        .layers = model->net.layers,
        .widths = model->net.widths,
        .activations = model->net.activations,
        .activation = model->net.activation,
        .activation_assumed = model->activation_assumed,
        .normalization = model->net.normalization,
        .parameters = model->net.trained_count,
        .image_rows = model->image_rows,
        .image_cols = model->image_cols,
        .deskew = model->deskew,
        .scale = model->scale,
        .shift = model->shift,
        .scales = model->input_scaling,
        .shifts = model->input_scaling != NULL ? model->input_scaling + model->net.widths[0] : NULL,
        .task = model->task,
        .predictions = model_classes(model),
    };
    memcpy(info->trained_on, model->trained_on, sizeof info->trained_on);
}

const char *incline_model_class_name(const incline_model *model, uint32_t index)
{
    return index < model_classes(model) ? model->class_names[index] : "";
}

float *incline_model_weights(incline_model *model, uint32_t layer)
{
    return layer < model->net.layers ? model->params + net_weight_at(&model->net, layer) : NULL;
}

float *incline_model_biases(incline_model *model, uint32_t layer)
{
    return layer < model->net.layers ? model->params + net_bias_at(&model->net, layer) : NULL;
}

float *incline_model_norm(incline_model *model, uint32_t layer, enum incline_norm which)
{
    static const enum net_norm norms[] = {[INCLINE_NORM_GAIN] = NET_GAIN,
                                          [INCLINE_NORM_SHIFT] = NET_SHIFT,
                                          [INCLINE_NORM_RUNNING_MEAN] = NET_MEAN,
                                          [INCLINE_NORM_RUNNING_VARIANCE] = NET_VARIANCE};
    const struct net *net = &model->net;

    return net_normalizes(net, layer) && (uint32_t)which < net_norms(net)
               ? model->params + net_norm_at(net, layer, norms[which])
               : NULL;
}

int incline_model_set_activation(incline_model *model, enum incline_activation activation)
{
    const struct net *const net = &model->net;

    if (net_activation_text(activation) == NULL)
        return FAIL(INCLINE_EARG, "activation %d; take one that incline.h has", (int)activation);
    for (uint32_t l = 0; l + 1 < net->layers; l++)
        if (!model->activation_assumed && net->activations[l] != activation)
            return FAIL(INCLINE_EARG,
                        "the model says that its hidden layers are %s; it cannot be used with %s",
                        net_activation_text(net->activations[l]), net_activation_text(activation));
    for (uint32_t l = 0; l + 1 < net->layers; l++)
        net->activations[l] = activation;
    model->net.activation = activation;
    model->activation_assumed = false;
    return INCLINE_OK;
}
