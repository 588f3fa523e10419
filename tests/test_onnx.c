/* test_onnx.c - ONNX in: what was written comes back, graphs of others are understood, and no
 * damaged file is believed. What other programs write, tests/interop/models.py tries. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "container.h"

#include "host/formats/onnx_schema.h"
#include "host/formats/protobuf.h"
#include "host/net/model.h"
#include "host/util/file.h"
#include "support.h"

enum { FILE_LIMIT = 1 << 20 };

static incline_model *deep_model(void)
{
    const uint32_t widths[] = {4, 3, 5, 3, 2};
    const enum incline_activation activations[] = {INCLINE_GELU, INCLINE_SILU, INCLINE_SCALED_TANH};
    const struct incline_model_options options = {
        .widths = widths, .width_count = 5, .activations = activations, .seed = 7};
    incline_model *model = NULL;

    require_ok(incline_model_create(&options, &model));
    model->scale = 0.25f;
    model->shift = -0.5f;
    model->image_rows = model->image_cols = 2;
    strcpy(model->trained_on, "squares");
    require_ok(model_set_class_names(model, (const char *const[]){"yes", "no"}));
    for (uint32_t l = 0; l < 4; l++)
        incline_model_biases(model, l)[1] = 0.125f * (float)l;
    return model;
}

static void expect_equal(const incline_model *found, const incline_model *expected)
{
    cr_assert(found->net.layers == expected->net.layers);
    cr_expect(memcmp(found->net.activations, expected->net.activations,
                     found->net.layers * sizeof *found->net.activations) == 0);
    cr_expect(memcmp(found->params, expected->params, expected->net.param_count * sizeof(float)) ==
              0);
    cr_expect(found->scale == expected->scale && found->shift == expected->shift);
    cr_expect(found->image_rows == expected->image_rows);
    cr_expect(strcmp(found->trained_on, expected->trained_on) == 0);
    cr_expect(strcmp(incline_model_class_name(found, 1), incline_model_class_name(expected, 1)) ==
              0);
}

Test(onnx, a_model_comes_back_to_the_bit)
{
    incline_model *const model = deep_model();
    incline_model *found = NULL;

    require_ok(incline_model_export(model, test_path("m.onnx"), NULL, NULL));
    require_ok(incline_model_load(test_path("m.onnx"), &found));
    expect_equal(found, model);
    incline_model_destroy(found);
    incline_model_destroy(model);
}

Test(onnx, a_scaling_of_each_input_comes_back_to_the_bit)
{
    const float scales[] = {2, 0.5f, 1, 8}, shifts[] = {-1, 0.25f, 0, 3};
    incline_model *const model = deep_model();
    incline_model *found = NULL;

    require_ok(model_set_input_scaling(model, scales, shifts));
    require_ok(incline_model_export(model, test_path("each.onnx"), NULL, NULL));
    require_ok(incline_model_load(test_path("each.onnx"), &found));
    expect_equal(found, model);
    cr_assert(found->input_scaling != NULL);
    cr_expect(memcmp(found->input_scaling, scales, sizeof scales) == 0);
    cr_expect(memcmp(found->input_scaling + 4, shifts, sizeof shifts) == 0);
    incline_model_destroy(found);
    incline_model_destroy(model);
}

Test(onnx, every_activation_is_recognised_by_its_values)
{
    for (int a = 0; a < INCLINE_ACTIVATION_COUNT; a++) {
        const uint32_t widths[] = {2, 3, 2};
        const struct incline_model_options options = {
            .widths = widths, .width_count = 3, .activation = (enum incline_activation)a};
        incline_model *model = NULL, *found = NULL;
        cr_expect(!isnan(net_activation_value((enum incline_activation)a, 1.0)));
        require_ok(incline_model_create(&options, &model));
        require_ok(incline_model_export(model, test_path("a.onnx"), NULL, NULL));
        require_ok(incline_model_load(test_path("a.onnx"), &found));
        cr_expect(found->net.activations[0] == model->net.activations[0], "%s came back as %s",
                  incline_activation_text((enum incline_activation)a),
                  incline_activation_text(found->net.activations[0]));
        incline_model_destroy(found);
        incline_model_destroy(model);
    }
}

/* ---- graphs of others -------------------------------------------------------- */

/* One node: operation, inputs and output, with an integer attribute where `name` is not NULL. */
struct node {
    const char *op, *inputs[4], *output, *name;
    int value;
};

static void add_tensor(struct bytes *out, const char *name, uint64_t rows, uint64_t cols,
                       const float *values)
{
    const size_t begun = protobuf_begin(out, GRAPH_INITIALIZER);

    if (rows > 0)
        protobuf_number(out, TENSOR_DIMS, rows);
    if (cols > 0)
        protobuf_number(out, TENSOR_DIMS, cols);
    protobuf_number(out, TENSOR_TYPE, TENSOR_IS_FLOAT);
    protobuf_text(out, TENSOR_NAME, name);
    protobuf_data(out, TENSOR_FLOATS, values,
                  (rows > 0 ? rows : 1) * (cols > 0 ? cols : 1) * sizeof *values);
    protobuf_end(out, begun);
}

static const float w[6] = {1, 2, 3, 4, 5, 6}, v[6] = {-1, 1, -2, 2, -3, 3}, half = 0.5f;
static const float bias3[3] = {0.5f, 0.25f, 0.125f}, bias2[2] = {7, 8};

/* A file of these nodes over the input x and the tensors w [3, 2], wt [2, 3], v [2, 3], half, b3
 * [3], b2 [2]. */
static void write_graph(const char *path, const struct node *nodes, size_t count)
{
    struct bytes out = {0};

    protobuf_number(&out, MODEL_IR_VERSION, ONNX_IR);
    protobuf_text(&out, MODEL_PRODUCER, "another");
    const size_t graph = protobuf_begin(&out, MODEL_GRAPH);
    for (size_t n = 0; n < count; n++) {
        const size_t node = protobuf_begin(&out, GRAPH_NODE);
        for (unsigned i = 0; i < 4 && nodes[n].inputs[i] != NULL; i++)
            protobuf_text(&out, NODE_INPUT, nodes[n].inputs[i]);
        protobuf_text(&out, NODE_OUTPUT, nodes[n].output);
        protobuf_text(&out, NODE_OP, nodes[n].op);
        if (nodes[n].name != NULL) {
            const size_t attribute = protobuf_begin(&out, NODE_ATTRIBUTE);
            protobuf_text(&out, ATTRIBUTE_NAME, nodes[n].name);
            protobuf_number(&out, ATTRIBUTE_INT, (uint64_t)nodes[n].value);
            protobuf_end(&out, attribute);
        }
        protobuf_end(&out, node);
    }
    add_tensor(&out, "w", 3, 2, w);
    add_tensor(&out, "wt", 2, 3, w);
    add_tensor(&out, "v", 2, 3, v);
    add_tensor(&out, "half", 0, 0, &half);
    add_tensor(&out, "b3", 3, 0, bias3);
    add_tensor(&out, "b2", 2, 0, bias2);
    const size_t input = protobuf_begin(&out, GRAPH_INPUT);
    protobuf_text(&out, VALUE_NAME, "x");
    protobuf_end(&out, input);
    protobuf_end(&out, graph);
    require_ok(bytes_write(&out, path));
    bytes_clear(&out);
}

/* What is predicted comes back, too, with the scaling of what goes out. */
Test(onnx, each_task_comes_back_to_the_bit)
{
    static const float scaling[] = {1000.0f, 0.5f, -3.0f, 0.25f};
    static const enum incline_task tasks[] = {INCLINE_TASK_LABELS, INCLINE_TASK_REGRESSION,
                                              INCLINE_TASK_BINARY};

    for (size_t t = 0; t < COUNT(tasks); t++)
        for (int scaled = 0; scaled < (tasks[t] == INCLINE_TASK_REGRESSION ? 2 : 1); scaled++) {
            const uint32_t widths[] = {3, 4, tasks[t] == INCLINE_TASK_BINARY ? 1 : 2};
            const struct incline_model_options options = {
                .widths = widths, .width_count = 3, .activation = INCLINE_TANH, .seed = 3};
            incline_model *model = NULL, *found = NULL;

            require_ok(incline_model_create(&options, &model));
            model->task = tasks[t];
            model->scale = 0.25f;
            require_ok(model_set_class_names(model, (const char *const[]){"red", "green"}));
            if (scaled)
                require_ok(model_set_output_scaling(model, scaling, scaling + 2));
            require_ok(incline_model_export(model, test_path("task.onnx"), NULL, NULL));
            require_ok(incline_model_load(test_path("task.onnx"), &found));
            cr_assert(found->task == tasks[t] && (found->output_scaling != NULL) == scaled &&
                          found->net.activations[1] == INCLINE_LINEAR,
                      "task %zu", t);
            cr_assert(memcmp(found->params, model->params,
                             model->net.param_count * sizeof *model->params) == 0);
            cr_assert(!scaled || memcmp(found->output_scaling, scaling, sizeof scaling) == 0);
            cr_assert(strcmp(incline_model_class_name(found, 1),
                             incline_model_class_name(model, 1)) == 0);
            incline_model_destroy(found);
            incline_model_destroy(model);
        }
}

/* A sigmoid at the end says what is predicted where no text does; so does a single sum. */
Test(onnx, the_end_of_a_graph_of_others_says_what_it_predicts)
{
    static const struct {
        struct node nodes[2];
        enum incline_task task;
    } rows[] = {
        {{{"MatMul", {"x", "wt"}, "z", NULL, 0}, {"Sigmoid", {"z"}, "y", NULL, 0}},
         INCLINE_TASK_LABELS},
        {{{"MatMul", {"x", "wt"}, "y", NULL, 0}}, INCLINE_TASK_CLASSES},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        incline_model *model = NULL;
        write_graph(test_path("end.onnx"), rows[i].nodes, rows[i].nodes[1].op != NULL ? 2 : 1);
        require_ok(incline_model_load(test_path("end.onnx"), &model));
        cr_expect(model->task == rows[i].task, "graph %zu: task %d", i, (int)model->task);
        incline_model_destroy(model);
    }
}

Test(onnx, graphs_of_others_are_understood)
{
    static const struct node nodes[] = {
        {.op = "Flatten", .inputs = {"x"}, .output = "flat"},
        {.op = "Sub", .inputs = {"flat", "half"}, .output = "moved"},
        {.op = "Div", .inputs = {"moved", "half"}, .output = "scaled"},
        {.op = "MatMul", .inputs = {"scaled", "wt"}, .output = "sums"}, /* wt [2 inputs, 3] */
        {.op = "Add", .inputs = {"b3", "sums"}, .output = "z"},
        {.op = "Sigmoid", .inputs = {"z"}, .output = "s"},
        {.op = "Mul", .inputs = {"s", "z"}, .output = "silu"},
        {.op = "Dropout", .inputs = {"silu"}, .output = "kept"},
        {.op = "Gemm", .inputs = {"kept", "v", "b2"}, .output = "y", .name = "transB", .value = 1},
        {.op = "Softmax", .inputs = {"y"}, .output = "p"},
        {.op = "ArgMax", .inputs = {"p"}, .output = "label"},
        {.op = "ZipMap", .inputs = {"p"}, .output = "map"},
    };
    incline_model *model = NULL;

    write_graph(test_path("other.onnx"), nodes, COUNT(nodes));
    require_ok(incline_model_load(test_path("other.onnx"), &model));
    cr_assert(model->net.layers == 2 && model->net.widths[0] == 2 && model->net.widths[1] == 3 &&
              model->net.widths[2] == 2);
    cr_expect(model->net.activations[0] == INCLINE_SILU);
    cr_expect(fabsf(model->scale - 2.0f) < 1e-6f && fabsf(model->shift + 1.0f) < 1e-6f);
    for (int o = 0; o < 3; o++)
        for (int i = 0; i < 2; i++)
            cr_expect(incline_model_weights(model, 0)[2 * o + i] == w[3 * i + o]);
    cr_expect(memcmp(incline_model_weights(model, 1), v, sizeof v) == 0);
    cr_expect(memcmp(incline_model_biases(model, 0), bias3, sizeof bias3) == 0);
    cr_expect(memcmp(incline_model_biases(model, 1), bias2, sizeof bias2) == 0);
    incline_model_destroy(model);
}

/* ((x / half - b2) * b2 + half): 2 b2 x - b2 b2 + half of each input. */
Test(onnx, a_scaling_of_each_input_is_understood_however_it_is_spelled)
{
    static const struct node nodes[] = {
        {.op = "Div", .inputs = {"x", "half"}, .output = "doubled"},
        {.op = "Sub", .inputs = {"doubled", "b2"}, .output = "moved"},
        {.op = "Mul", .inputs = {"b2", "moved"}, .output = "scaled"},
        {.op = "Add", .inputs = {"scaled", "half"}, .output = "lifted"},
        {.op = "Gemm", .inputs = {"lifted", "wt"}, .output = "y"},
    };
    incline_model *model = NULL;

    write_graph(test_path("each.onnx"), nodes, COUNT(nodes));
    require_ok(incline_model_load(test_path("each.onnx"), &model));
    cr_assert(model->net.widths[0] == 2 && model->input_scaling != NULL);
    for (int i = 0; i < 2; i++) {
        const float b = bias2[i];
        cr_expect(model->input_scaling[i] == 2 * b && model->input_scaling[2 + i] == half - b * b,
                  "input %d: %g x + %g", i, (double)model->input_scaling[i],
                  (double)model->input_scaling[2 + i]);
    }
    incline_model_destroy(model);
}

Test(onnx, what_is_no_chain_of_layers_is_refused_with_the_node)
{
    static const struct {
        const char *says;
        struct node nodes[5];
    } rows[] = {
        {"operation is not known", {{"Conv", {"x", "w"}, "y", NULL, 0}}},
        {"no layer", {{"Softplus", {"x"}, "y", NULL, 0}}},
        {"no scaling", {{"Tanh", {"x"}, "t", NULL, 0}, {"MatMul", {"t", "wt"}, "y", NULL, 0}}},
        {"not constant", {{"MatMul", {"x", "x"}, "y", NULL, 0}}},
        {"no matrix", {{"MatMul", {"x", "b2"}, "y", NULL, 0}}},
        {"transposes its input", {{"Gemm", {"x", "wt"}, "y", "transA", 1}}},
        {"not that of the layer before",
         {{"MatMul", {"x", "wt"}, "a", NULL, 0}, {"MatMul", {"a", "wt"}, "y", NULL, 0}}},
        {"none that Incline has",
         {{"MatMul", {"x", "wt"}, "a", NULL, 0},
          {"Softsign", {"a"}, "b", NULL, 0},
          {"MatMul", {"b", "w"}, "y", NULL, 0}}},
        {"the graph branches",
         {{"MatMul", {"x", "wt"}, "a", NULL, 0}, {"MatMul", {"x", "wt"}, "y", NULL, 0}}},
        {"before its bias was added",
         {{"MatMul", {"x", "wt"}, "a", NULL, 0},
          {"Add", {"a", "b3"}, "b", NULL, 0},
          {"MatMul", {"a", "w"}, "y", NULL, 0}}},
        {"an activation stands between",
         {{"MatMul", {"x", "wt"}, "a", NULL, 0},
          {"Tanh", {"a"}, "b", NULL, 0},
          {"Softmax", {"b"}, "y", NULL, 0}}},
        {"leaves the graph",
         {{"MatMul", {"x", "wt"}, "a", NULL, 0}, {"Tanh", {"a"}, "y", NULL, 0}}},
        {"second softmax",
         {{"MatMul", {"x", "wt"}, "a", NULL, 0},
          {"Softmax", {"a"}, "b", NULL, 0},
          {"Softmax", {"a"}, "y", NULL, 0}}},
        {"its bias is no constant", {{"Gemm", {"x", "wt", "b2"}, "y", NULL, 0}}},
    };
    const char *const path = test_path("refused.onnx");

    for (size_t i = 0; i < COUNT(rows); i++) {
        incline_model *model = NULL;
        size_t count = 0;
        while (count < 5 && rows[i].nodes[count].op != NULL)
            count++;
        write_graph(path, rows[i].nodes, count);
        expect_refused(rows[i].says, incline_model_load(path, &model), INCLINE_EFORMAT, path,
                       rows[i].says);
        cr_expect(model == NULL);
        incline_model_destroy(model);
    }
}

/* ---- every byte and every bit ------------------------------------------------- */

static unsigned char *exported_bytes(size_t *bytes)
{
    incline_model *const model = deep_model();
    unsigned char *file = NULL;

    require_ok(incline_model_export(model, test_path("whole.onnx"), NULL, NULL));
    require_ok(file_read(test_path("whole.onnx"), FILE_LIMIT, &file, bytes));
    incline_model_destroy(model);
    return file;
}

Test(onnx, a_file_cut_short_at_any_byte_is_refused_or_whole)
{
    const char *const path = test_path("cut.onnx");
    size_t bytes = 0;
    unsigned char *const file = exported_bytes(&bytes);

    for (size_t cut = 0; cut < bytes; cut++) {
        incline_model *model = NULL;
        test_write(path, file, cut);
        const int status = incline_model_load(path, &model);
        /* Between two fields of the outermost message a file may end and be lawful. */
        cr_expect(status == INCLINE_EFORMAT || (status == INCLINE_OK && model != NULL),
                  "cut at %zu of %zu bytes: status %d: %s", cut, bytes, status,
                  incline_last_error());
        cr_expect(status == INCLINE_OK || strstr(incline_last_error(), path) != NULL);
        incline_model_destroy(model);
    }
    free(file);
}

Test(onnx, no_flipped_bit_is_fatal)
{
    const char *const path = test_path("flipped.onnx");
    size_t bytes = 0;
    unsigned char *const file = exported_bytes(&bytes);

    for (size_t bit = 0; bit < 8 * bytes; bit += 5) { /* each bit of some byte */
        incline_model *model = NULL;
        file[bit / 8] ^= (unsigned char)(1u << bit % 8);
        test_write(path, file, bytes);
        file[bit / 8] ^= (unsigned char)(1u << bit % 8);
        const int status = incline_model_load(path, &model);
        cr_expect((status == INCLINE_OK) == (model != NULL), "bit %zu: status %d", bit, status);
        cr_expect(status == INCLINE_OK || status == INCLINE_EFORMAT, "bit %zu: status %d: %s", bit,
                  status, incline_last_error());
        incline_model_destroy(model);
    }
    free(file);
}
