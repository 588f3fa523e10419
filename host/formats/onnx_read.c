/* onnx_read.c - a fully connected network out of an ONNX graph; see onnx_read.h.
 *
 * Nodes stand in the order in which they can be computed. Each value is followed from the input
 * on: a product with a constant matrix begins a layer, what is done to each element between two
 * layers is the activation, what is done to the input its scaling. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/formats/model_file.h"
#include "host/formats/model_file_private.h"
#include "host/formats/onnx_read.h"
#include "host/formats/onnx_schema.h"
#include "host/formats/safetensors_private.h"

enum { LAYERS_MAX = 1024 };

struct layer {
    uint32_t inputs, outputs, changes;
    float *w, *b;                       /* [outputs, inputs], [outputs]; owned */
    enum incline_activation activation; /* of what it puts out, once the next layer takes it */
};

struct reader {
    struct onnx_file file;
    struct layer *layers; /* [count] */
    uint32_t count;
    struct onnx_scaling scaling; /* of the input */
    bool ended;                  /* a softmax, or what Incline puts behind the last layer, seen */
    bool own_end;                /* the latter, which the texts must explain */
    enum incline_task task;      /* what the end says is predicted */
};

#define ONLY "only fully connected networks can be read"

static int fail_node(const struct reader *r, const struct onnx_node *node, const char *what)
{
    return FAIL(INCLINE_EFORMAT, "%s: node \"%s\" (operation %s): %s; " ONLY, r->file.path,
                slice_quote(node->output).text, slice_quote(node->op).text, what);
}

/* The function that the layers so far must be left through: activation of the last one, or the
 * scaling of the input. */
static int close_layer(struct reader *r, const struct onnx_node *node,
                       const struct onnx_value *value)
{
    if (value->layer != r->count)
        return fail_node(r, node, "it takes what an earlier layer puts out: the graph branches");
    if (r->count == 0)
        return onnx_scaling_end(value, &r->scaling)
                   ? INCLINE_OK
                   : fail_node(r, node, "the input goes through something that is no scaling");
    struct layer *const layer = &r->layers[r->count - 1];
    if (value->changes != layer->changes)
        return fail_node(r, node, "it takes a sum before its bias was added");
    if (!onnx_identify(value, &layer->activation))
        return fail_node(r, node,
                         "the activation before it is none that Incline has (incline train --help "
                         "lists them)");
    return INCLINE_OK;
}

/* A new layer of the matrix `w`, as it is or transposed to [outputs, inputs], times alpha. */
static int open_layer(struct reader *r, const struct onnx_node *node, const struct onnx_value *w,
                      bool transposed, double alpha, struct onnx_value *result)
{
    if (w->dims != 2 || w->values == NULL || w->count == 0)
        return fail_node(r, node, "its second input is no matrix of floats");
    const size_t outputs = w->shape[transposed ? 0 : 1], inputs = w->shape[transposed ? 1 : 0];
    if (r->count > 0 && r->layers[r->count - 1].outputs != inputs)
        return fail_node(r, node, "its width is not that of the layer before it");
    if (r->count == LAYERS_MAX)
        return fail_node(r, node, "there are more than 1024 layers");
    struct layer made = {.inputs = (uint32_t)inputs, .outputs = (uint32_t)outputs};
    made.w = malloc(w->count * sizeof *made.w);
    made.b = calloc(outputs, sizeof *made.b);
    struct layer *const larger = realloc(r->layers, (r->count + 1) * sizeof *larger);
    r->layers = larger != NULL ? larger : r->layers;
    if (made.w == NULL || made.b == NULL || larger == NULL) {
        free(made.w);
        free(made.b);
        return FAIL(INCLINE_ENOMEM, "%s: a layer of %zu x %zu", r->file.path, outputs, inputs);
    }
    for (size_t o = 0; o < outputs; o++)
        for (size_t i = 0; i < inputs; i++)
            made.w[o * inputs + i] =
                (float)(alpha * (double)w->values[transposed ? o * inputs + i : i * outputs + o]);
    made.activation = INCLINE_LINEAR;
    r->layers[r->count++] = made;
    *result = (struct onnx_value){.name = result->name, .kind = ONNX_FUNCTION, .layer = r->count};
    for (unsigned i = 0; i < ONNX_PROBES; i++)
        result->at[i] = onnx_probe(i);
    return INCLINE_OK;
}

/* Add a constant, one for each neuron or one for all, times beta. */
static int add_bias(struct reader *r, const struct onnx_node *node, const struct onnx_value *bias,
                    double beta)
{
    struct layer *const layer = &r->layers[r->count - 1];

    if (bias == NULL || bias->kind != ONNX_TENSOR || bias->values == NULL ||
        (bias->count != layer->outputs && bias->count != 1))
        return fail_node(r, node, "its bias is no constant with a number for each neuron");
    for (uint32_t o = 0; o < layer->outputs; o++)
        layer->b[o] += (float)(beta * (double)bias->values[bias->count == 1 ? 0 : o]);
    return INCLINE_OK;
}

static int read_gemm(struct reader *r, const struct onnx_node *node,
                     const struct onnx_value *const *inputs, struct onnx_value *result)
{
    int64_t left, right;
    float alpha, beta;
    int rc = INCLINE_OK;

    TRY(onnx_attribute_int(node, "transA", 0, &left));
    TRY(onnx_attribute_int(node, "transB", 0, &right));
    TRY(onnx_attribute_float(node, "alpha", 1.0f, &alpha));
    TRY(onnx_attribute_float(node, "beta", 1.0f, &beta));
    if (left != 0)
        return fail_node(r, node, "it transposes its input");
    if (inputs[1] == NULL || inputs[1]->kind != ONNX_TENSOR)
        return fail_node(r, node, "its weights are not constant");
    TRY(close_layer(r, node, inputs[0]));
    TRY(open_layer(r, node, inputs[1], right != 0, (double)alpha, result));
    if (node->input_count > 2 && node->inputs[2].bytes > 0)
        TRY(add_bias(r, node, inputs[2], (double)beta));
out:
    return rc;
}

static int read_matmul(struct reader *r, const struct onnx_node *node,
                       const struct onnx_value *const *inputs, struct onnx_value *result)
{
    if (inputs[1] == NULL || inputs[1]->kind != ONNX_TENSOR)
        return fail_node(r, node, "its weights are not constant");
    const int rc = close_layer(r, node, inputs[0]);
    return rc != INCLINE_OK ? rc : open_layer(r, node, inputs[1], false, 1.0, result);
}

/* Is this the sum of what the last layer puts out, untouched, and a constant for each neuron? Then
 * that is *bias and *sum. */
static bool is_bias(const struct reader *r, const struct onnx_node *node,
                    const struct onnx_value *const *inputs, const struct onnx_value **sum,
                    const struct onnx_value **bias)
{
    enum incline_activation activation;

    if (!slice_is(node->op, "Add") || node->input_count != 2 || inputs[0] == NULL ||
        inputs[1] == NULL)
        return false;
    const unsigned constant = inputs[0]->kind == ONNX_TENSOR ? 0 : 1;
    *bias = inputs[constant];
    *sum = inputs[1 - constant];
    return (*bias)->kind == ONNX_TENSOR && (*sum)->kind == ONNX_FUNCTION && r->count > 0 &&
           (*sum)->layer == r->count && (*bias)->count == r->layers[r->count - 1].outputs &&
           (*sum)->changes == r->layers[r->count - 1].changes && onnx_identify(*sum, &activation) &&
           activation == INCLINE_LINEAR;
}

/* Behind the last layer: what comes now is no layer any more. */
static int end_layers(struct reader *r, const struct onnx_node *node,
                      const struct onnx_value *value, struct onnx_value *result)
{
    const int rc = close_layer(r, node, value);

    if (rc != INCLINE_OK)
        return rc;
    if (r->count == 0 || r->layers[r->count - 1].activation != INCLINE_LINEAR)
        return fail_node(r, node, "an activation stands between the last layer and it");
    r->ended = true;
    result->kind = ONNX_SOFTMAX;
    return INCLINE_OK;
}

/* What a node puts out, where that can be told; it stays unknown otherwise, which is a fault only
 * if a layer has still to come behind it. */
static int read_node(struct reader *r, const struct onnx_node *node,
                     const struct onnx_value *const *inputs, struct onnx_value *result)
{
    const struct onnx_value *const first = inputs[0], *sum, *bias;
    bool known = false;
    int rc = INCLINE_OK;

    if (first == NULL)
        return INCLINE_OK;
    if (first->kind == ONNX_FUNCTION && onnx_is_own_end(node)) {
        r->own_end = true;
        return end_layers(r, node, first, result);
    }
    if (first->kind == ONNX_FUNCTION && slice_is(node->op, "Gemm"))
        return read_gemm(r, node, inputs, result);
    if (first->kind == ONNX_FUNCTION && slice_is(node->op, "MatMul") && node->input_count == 2)
        return read_matmul(r, node, inputs, result);
    if (first->kind == ONNX_TENSOR && first->dims == 2 && first->values != NULL &&
        slice_is(node->op, "Transpose"))
        return onnx_transpose(r->file.path, first, result);
    if (is_bias(r, node, inputs, &sum, &bias)) {
        TRY(add_bias(r, node, bias, 1.0));
        const struct slice name = result->name;
        *result = *sum;
        result->name = name;
        result->changes = ++r->layers[r->count - 1].changes;
        return INCLINE_OK;
    }
    if (first->kind == ONNX_FUNCTION &&
        (slice_is(node->op, "Softmax") || slice_is(node->op, "LogSoftmax"))) {
        if (r->ended)
            return fail_node(r, node, "it is the second softmax");
        return end_layers(r, node, first, result);
    }
    TRY(onnx_scale_each(node, inputs, &r->scaling, result, &known));
    if (!known)
        TRY(onnx_elementwise(node, inputs, result, &known));
    /* What is unknown from a known value on loses it: say so now, where the reason is at hand, but
     * not behind the softmax, where labels may be made of probabilities. */
    if (!known && first->kind == ONNX_FUNCTION && !r->ended && !slice_is(node->op, "Shape") &&
        !slice_is(node->op, "ArgMax"))
        return fail_node(r, node, "this operation is not known, or not with such inputs");
out:
    return rc;
}

static int follow(struct reader *r)
{
    struct onnx_value *value = NULL;
    int rc = INCLINE_OK;

    if (r->file.input.text == NULL)
        return FAIL(INCLINE_EFORMAT, "%s: the graph has no input; " ONLY, r->file.path);
    TRY(onnx_add_value(&r->file, r->file.input, &value));
    value->kind = ONNX_FUNCTION;
    for (unsigned i = 0; i < ONNX_PROBES; i++)
        value->at[i] = onnx_probe(i);
    for (size_t n = 0; n < r->file.node_count; n++) {
        const struct onnx_node *const node = &r->file.nodes[n];
        const struct onnx_value *inputs[ONNX_INPUTS] = {NULL};
        if (slice_is(node->op, "Constant") || node->output.text == NULL)
            continue;
        struct onnx_value result = {.name = node->output};
        for (uint32_t i = 0; i < node->input_count; i++)
            inputs[i] = onnx_find(&r->file, node->inputs[i]);
        TRY(read_node(r, node, inputs, &result));
        rc = onnx_add_value(&r->file, node->output, &value);
        if (rc != INCLINE_OK) {
            free(result.values);
            goto out;
        }
        *value = result;
    }
    if (r->count == 0)
        rc = FAIL(INCLINE_EFORMAT, "%s: no layer in its %zu nodes; " ONLY, r->file.path,
                  r->file.node_count);
out:
    return rc;
}

/* What leaves the graph, where no softmax does, must be the last layer's sums, or their sigmoid:
 * the probability of the second of two classes, or of each label. */
static int check_end(struct reader *r)
{
    enum incline_activation activation = INCLINE_LINEAR;

    for (size_t i = r->file.value_count; !r->ended && i-- > 0;) {
        const struct onnx_value *const value = &r->file.values[i];
        if (value->kind != ONNX_FUNCTION)
            continue;
        if (value->layer != r->count || !onnx_identify(value, &activation) ||
            (activation != INCLINE_LINEAR && activation != INCLINE_SIGMOID))
            return FAIL(INCLINE_EFORMAT,
                        "%s: \"%s\" leaves the graph neither as the last layer's sums nor through "
                        "a softmax or a sigmoid; no other end can be read",
                        r->file.path, slice_quote(value->name).text);
        if (activation == INCLINE_SIGMOID)
            r->task =
                r->layers[r->count - 1].outputs == 1 ? INCLINE_TASK_BINARY : INCLINE_TASK_LABELS;
        break;
    }
    return INCLINE_OK;
}

/* The texts that Incline left in the file, if it was made by it. */
static int apply_texts(const struct reader *r, incline_model *model)
{
    struct safetensors_text *texts = NULL;
    struct safetensors *file = NULL;
    bool described = false;
    int rc = INCLINE_OK;

    texts = malloc((r->file.text_count + 1) * sizeof *texts);
    if (texts == NULL)
        return FAIL(INCLINE_ENOMEM, "%s: a list of %zu texts", r->file.path, r->file.text_count);
    for (size_t i = 0; i < r->file.text_count; i++)
        texts[i] = (struct safetensors_text){r->file.texts[i].key, r->file.texts[i].value};
    TRY(safetensors_of_texts(r->file.path, texts, r->file.text_count, &file));
    TRY(model_metadata_check(file, r->file.path, &described));
    if (described)
        TRY(model_metadata_apply(file, r->file.path, model));
    else if (r->own_end)
        rc = FAIL(INCLINE_EFORMAT,
                  "%s: its outputs are scaled, but the texts that Incline left in it are gone; "
                  "export the model again",
                  r->file.path);
    else {
        model->task = r->task == INCLINE_TASK_CLASSES && !r->ended && model_outputs(model) == 1
                          ? INCLINE_TASK_REGRESSION
                          : r->task;
        TRY(model_set_class_names(model, NULL));
    }
out:
    safetensors_close(file);
    free(texts);
    return rc;
}

static int apply_scaling(const struct reader *r, incline_model *model)
{
    const struct onnx_scaling *const scaling = &r->scaling;

    if (scaling->each != NULL && scaling->count != model->net.widths[0])
        return FAIL(INCLINE_EFORMAT, "%s: a scaling of %zu inputs, but the first layer takes %u",
                    r->file.path, scaling->count, model->net.widths[0]);
    if (scaling->each != NULL)
        return model_set_input_scaling(model, scaling->each, scaling->each + scaling->count);
    if (scaling->scale != 1.0 || scaling->shift != 0.0) {
        model->scale = (float)scaling->scale;
        model->shift = (float)scaling->shift;
    }
    return INCLINE_OK;
}

static int build(const struct reader *r, incline_model **model)
{
    const size_t count = r->count;
    uint32_t *const widths = malloc((count + 1) * sizeof *widths);
    enum incline_activation *const activations = malloc(count * sizeof *activations);
    incline_model *made = NULL;
    int rc = INCLINE_OK;

    if (widths == NULL || activations == NULL) {
        rc = FAIL(INCLINE_ENOMEM, "%s: the widths of %zu layers", r->file.path, count);
        goto out;
    }
    widths[0] = r->layers[0].inputs;
    for (size_t l = 0; l < count; l++) {
        widths[l + 1] = r->layers[l].outputs;
        activations[l] = r->layers[l].activation;
    }
    rc = model_create(widths, count + 1, activations[0], &made);
    if (rc != INCLINE_OK) {
        rc = status_context(rc == INCLINE_EARG ? INCLINE_EFORMAT : rc, "%s", r->file.path);
        goto out;
    }
    TRY(apply_texts(r, made));
    TRY(net_set_activations(&made->net, activations));
    for (uint32_t l = 0; l < count; l++) {
        const struct layer *const layer = &r->layers[l];
        memcpy(incline_model_weights(made, l), layer->w,
               (size_t)layer->inputs * layer->outputs * sizeof *layer->w);
        memcpy(incline_model_biases(made, l), layer->b, layer->outputs * sizeof *layer->b);
    }
    TRY(apply_scaling(r, made));
    TRY(model_check_finite(made, r->file.path));
    *model = made;
    made = NULL;
out:
    incline_model_destroy(made);
    free(activations);
    free(widths);
    return rc;
}

int model_from_onnx(const char *path, incline_model **model)
{
    struct reader r = {.scaling = {.scale = 1.0}};
    int rc = INCLINE_OK;

    TRY(onnx_file_read(path, &r.file));
    TRY(follow(&r));
    TRY(check_end(&r));
    TRY(build(&r, model));
out:
    for (uint32_t l = 0; l < r.count; l++) {
        free(r.layers[l].w);
        free(r.layers[l].b);
    }
    free(r.layers);
    free(r.scaling.each);
    onnx_file_close(&r.file);
    return rc;
}
