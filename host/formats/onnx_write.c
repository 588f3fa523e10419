/* onnx_write.c - a model as an ONNX graph: see model_export.h.
 *
 *   input -> [Mul scale] -> [Add shift] -> Gemm -> Relu -> ... -> Gemm -> the end
 *
 *   one of several classes   Softmax                -> probabilities [batch, classes]
 *   one of two by sigmoid    Gemm -1, 1 -> Sigmoid  -> probabilities [batch, 2]
 *   several labels           Sigmoid                -> probabilities [batch, labels]
 *   numbers                  Mul scale -> Add shift -> values [batch, targets]
 *
 * Scaling stands in the graph only where the model knows it and it is not the identity; that of
 * numbers always, since somebody has to name the values. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host/formats/model_export.h"
#include "host/formats/model_file.h"
#include "host/formats/onnx_schema.h"
#include "host/formats/protobuf.h"

enum { NAME_BYTES = 48, MESSAGE_LIMIT = INT32_MAX };

/* A graph under way: what is written, and the name of the value that the next node takes. */
struct graph {
    struct bytes *out;
    const incline_model *model;
    char value[NAME_BYTES];
    uint32_t nodes;
};

/* A tensor of floats as an initializer: dims[count], and what it holds. */
static void add_tensor(struct bytes *out, const char *name, const uint64_t *dims, size_t count,
                       const float *values)
{
    const size_t begun = protobuf_begin(out, GRAPH_INITIALIZER);
    size_t elements = 1;

    for (size_t d = 0; d < count; d++) {
        protobuf_number(out, TENSOR_DIMS, dims[d]);
        elements *= dims[d];
    }
    protobuf_number(out, TENSOR_TYPE, TENSOR_IS_FLOAT);
    protobuf_text(out, TENSOR_NAME, name);
    protobuf_data(out, TENSOR_RAW, values, elements * sizeof *values);
    protobuf_end(out, begun);
}

/* Begin a node of kind `op` that takes the current value, and `more` NULL-ended names besides. What
 * it puts out is the current value from now on: `result`, or a name of its own where that is
 * NULL. Attributes may follow; then protobuf_end(). */
static size_t begin_node(struct graph *graph, const char *op, const char *result, ...)
{
    struct bytes *const out = graph->out;
    const size_t begun = protobuf_begin(out, GRAPH_NODE);
    char name[NAME_BYTES];
    va_list more;

    protobuf_text(out, NODE_INPUT, graph->value);
    va_start(more, result);
    for (const char *input = va_arg(more, const char *); input != NULL;
         input = va_arg(more, const char *))
        protobuf_text(out, NODE_INPUT, input);
    va_end(more);
    snprintf(name, sizeof name, "%s_%" PRIu32, op, graph->nodes++);
    snprintf(graph->value, sizeof graph->value, "%s", result != NULL ? result : name);
    protobuf_text(out, NODE_OUTPUT, graph->value);
    protobuf_text(out, NODE_NAME, name);
    protobuf_text(out, NODE_OP, op);
    return begun;
}

static void add_int(struct bytes *out, const char *name, int64_t value)
{
    const size_t begun = protobuf_begin(out, NODE_ATTRIBUTE);
    protobuf_text(out, ATTRIBUTE_NAME, name);
    protobuf_number(out, ATTRIBUTE_INT, (uint64_t)value);
    protobuf_number(out, ATTRIBUTE_TYPE, ATTRIBUTE_IS_INT);
    protobuf_end(out, begun);
}

/* value * scale + shift, of all inputs or of each its own. */
static void add_scaling(struct graph *graph)
{
    const incline_model *const model = graph->model;
    const float *const each = model->input_scaling;
    const uint64_t count = each != NULL ? model->net.widths[0] : 1;
    const float *const scale = each != NULL ? each : &model->scale;
    const float *const shift = each != NULL ? each + count : &model->shift;

    if (each != NULL || (*scale != 0.0f && *scale != 1.0f)) {
        add_tensor(graph->out, "input.scale", &count, 1, scale);
        protobuf_end(graph->out, begin_node(graph, "Mul", NULL, "input.scale", NULL));
    }
    if (each != NULL || (*scale != 0.0f && *shift != 0.0f)) {
        add_tensor(graph->out, "input.shift", &count, 1, shift);
        protobuf_end(graph->out, begin_node(graph, "Add", NULL, "input.shift", NULL));
    }
}

/* An activation of z, spelled in operators: each takes what the one before gave (the first takes
 * z), and besides that z again, or a number, or nothing. Attributes have their defaults. */
struct step {
    const char *op;
    bool with_z;
    float number;
};
enum { STEPS_MAX = 6 };

static const struct step spelled[INCLINE_ACTIVATION_COUNT][STEPS_MAX] = {
    [INCLINE_RELU] = {{.op = "Relu"}},
    [INCLINE_LEAKY_RELU] = {{.op = "LeakyRelu"}},
    [INCLINE_ELU] = {{.op = "Elu"}},
    [INCLINE_SELU] = {{.op = "Selu"}},
    [INCLINE_GELU] = {{.op = "Mul", .number = 0.707106781f},
                      {.op = "Erf"},
                      {.op = "Add", .number = 1.0f},
                      {.op = "Mul", .with_z = true},
                      {.op = "Mul", .number = 0.5f}},
    [INCLINE_GELU_TANH] = {{.op = "Mul", .with_z = true},
                           {.op = "Mul", .number = 0.0713548163f},
                           {.op = "Add", .number = 1.59576912f},
                           {.op = "Mul", .with_z = true},
                           {.op = "Sigmoid"},
                           {.op = "Mul", .with_z = true}},
    [INCLINE_SILU] = {{.op = "Sigmoid"}, {.op = "Mul", .with_z = true}},
    [INCLINE_MISH] = {{.op = "Softplus"}, {.op = "Tanh"}, {.op = "Mul", .with_z = true}},
    [INCLINE_SOFTPLUS] = {{.op = "Softplus"}},
    [INCLINE_TANH] = {{.op = "Tanh"}},
    [INCLINE_SCALED_TANH] = {{.op = "Mul", .number = 0.666666687f},
                             {.op = "Tanh"},
                             {.op = "Mul", .number = 1.7159f}},
    [INCLINE_SIGMOID] = {{.op = "Sigmoid"}},
};

static void add_activation(struct graph *graph, enum incline_activation activation)
{
    const struct step *const steps = spelled[activation];
    const uint64_t one = 1;
    char z[NAME_BYTES], number[NAME_BYTES];

    memcpy(z, graph->value, sizeof z);
    for (unsigned i = 0; i < STEPS_MAX && steps[i].op != NULL; i++) {
        const char *with = steps[i].with_z ? z : NULL;
        if (steps[i].number != 0.0f) {
            snprintf(number, sizeof number, "number_%" PRIu32, graph->nodes);
            add_tensor(graph->out, number, &one, 1, &steps[i].number);
            with = number;
        }
        protobuf_end(graph->out, begin_node(graph, steps[i].op, NULL, with, NULL));
    }
}

static void add_layer(struct graph *graph, uint32_t layer)
{
    const incline_model *const model = graph->model;
    const struct net *const net = &model->net;
    const uint64_t shape[2] = {net->widths[layer + 1], net->widths[layer]};
    char weight[NAME_BYTES], bias[NAME_BYTES];

    snprintf(weight, sizeof weight, "layers.%" PRIu32 ".weight", layer);
    snprintf(bias, sizeof bias, "layers.%" PRIu32 ".bias", layer);
    add_tensor(graph->out, weight, shape, 2, model->params + net_weight_at(net, layer));
    add_tensor(graph->out, bias, shape, 1, model->params + net_bias_at(net, layer));
    const size_t begun = begin_node(graph, "Gemm", NULL, weight, bias, NULL);
    add_int(graph->out, "transB", 1);
    protobuf_end(graph->out, begun);
    add_activation(graph, net_activation(net, layer));
}

/* A float tensor [batch, width] that goes in or out; the batch has a name and no size. */
static void add_value(struct bytes *out, uint32_t field, const char *name, uint32_t width,
                      const struct bytes *doc)
{
    const size_t value = protobuf_begin(out, field);
    protobuf_text(out, VALUE_NAME, name);
    const size_t type = protobuf_begin(out, VALUE_TYPE);
    const size_t tensor = protobuf_begin(out, TYPE_TENSOR);
    protobuf_number(out, TENSOR_TYPE_ELEMENT, TENSOR_IS_FLOAT);
    const size_t shape = protobuf_begin(out, TENSOR_TYPE_SHAPE);
    const size_t batch = protobuf_begin(out, SHAPE_DIM);
    protobuf_text(out, DIM_PARAM, "batch");
    protobuf_end(out, batch);
    const size_t features = protobuf_begin(out, SHAPE_DIM);
    protobuf_number(out, DIM_VALUE, width);
    protobuf_end(out, features);
    protobuf_end(out, shape);
    protobuf_end(out, tensor);
    protobuf_end(out, type);
    if (doc->count > 0)
        protobuf_data(out, VALUE_DOC, doc->data, doc->count);
    protobuf_end(out, value);
}

/* From what the last layer puts out to what the model predicts; the value that leaves the graph. */
static void add_end(struct graph *graph)
{
    static const float signs[] = {-1.0f, 1.0f};
    const incline_model *const model = graph->model;
    const float *const scaling = model->output_scaling;
    const uint64_t outputs = model_outputs(model), two_by_one[] = {2, 1};
    const float one = 1.0f, zero = 0.0f;
    size_t begun;

    switch (model->task) {
    case INCLINE_TASK_CLASSES:
        begun = begin_node(graph, "Softmax", "probabilities", NULL);
        add_int(graph->out, "axis", -1);
        protobuf_end(graph->out, begun);
        break;
    case INCLINE_TASK_BINARY:
        /* A product: that a column times a row is a matrix, not every reader knows. */
        add_tensor(graph->out, OUTPUT_SIGNS, two_by_one, 2, signs);
        begun = begin_node(graph, "Gemm", NULL, OUTPUT_SIGNS, NULL);
        add_int(graph->out, "transB", 1);
        protobuf_end(graph->out, begun);
        protobuf_end(graph->out, begin_node(graph, "Sigmoid", "probabilities", NULL));
        break;
    case INCLINE_TASK_LABELS:
        protobuf_end(graph->out, begin_node(graph, "Sigmoid", "probabilities", NULL));
        break;
    case INCLINE_TASK_REGRESSION:
        add_tensor(graph->out, OUTPUT_SCALE, &outputs, scaling != NULL ? 1 : 0,
                   scaling != NULL ? scaling : &one);
        add_tensor(graph->out, OUTPUT_SHIFT, &outputs, scaling != NULL ? 1 : 0,
                   scaling != NULL ? scaling + outputs : &zero);
        protobuf_end(graph->out, begin_node(graph, "Mul", NULL, OUTPUT_SCALE, NULL));
        protobuf_end(graph->out, begin_node(graph, "Add", "values", OUTPUT_SHIFT, NULL));
        break;
    }
    add_value(graph->out, GRAPH_OUTPUT, graph->value, model_classes(model),
              &(struct bytes){.count = 0});
}

/* `inputs` says what they are. */
static void add_graph(struct bytes *out, const incline_model *model, const struct bytes *inputs)
{
    struct graph graph = {.out = out, .model = model, .value = "input"};
    const size_t begun = protobuf_begin(out, MODEL_GRAPH);

    protobuf_text(out, GRAPH_NAME, "incline");
    add_value(out, GRAPH_INPUT, "input", model->net.widths[0], inputs);
    add_scaling(&graph);
    for (uint32_t l = 0; l < model->net.layers; l++)
        add_layer(&graph, l);
    add_end(&graph);
    protobuf_end(out, begun);
}

/* The texts that a model file has, so that nothing is lost on the way there and back. */
static int add_metadata(struct bytes *out, const incline_model *model)
{
    struct model_layout layout;

    const int rc = model_layout_init(&layout, model);
    if (rc != INCLINE_OK)
        return rc;
    for (size_t i = 0; i < layout.text_count; i++) {
        const size_t entry = protobuf_begin(out, MODEL_METADATA);
        protobuf_text(out, ENTRY_KEY, layout.texts[i].key);
        protobuf_text(out, ENTRY_VALUE, layout.texts[i].value);
        protobuf_end(out, entry);
    }
    model_layout_clear(&layout);
    return INCLINE_OK;
}

int onnx_write(const incline_model *model, const char *path,
               const struct incline_export_options *options, struct incline_export_info *info)
{
    struct bytes out = {0}, inputs = {0};
    int rc = INCLINE_OK;

    (void)options;
    TRY(inputs_text(model, &inputs));
    TRY(bytes_check(&inputs, path));
    protobuf_number(&out, MODEL_IR_VERSION, ONNX_IR);
    protobuf_text(&out, MODEL_PRODUCER, "incline");
    protobuf_text(&out, MODEL_PRODUCER_VERSION, INCLINE_VERSION);
    add_graph(&out, model, &inputs);
    const size_t opset = protobuf_begin(&out, MODEL_OPSET);
    protobuf_text(&out, OPSET_DOMAIN, "");
    protobuf_number(&out, OPSET_VERSION, ONNX_OPSET);
    protobuf_end(&out, opset);
    TRY(add_metadata(&out, model));
    if (out.count > MESSAGE_LIMIT) {
        rc = FAIL(INCLINE_EARG,
                  "%s: an ONNX file of %zu bytes; protobuf ends at %d, use safetensors", path,
                  out.count, MESSAGE_LIMIT);
        goto out;
    }
    TRY(bytes_write(&out, path));
    info->bytes = out.count;
out:
    bytes_clear(&inputs);
    bytes_clear(&out);
    return rc;
}
