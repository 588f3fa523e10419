/* test_foreign.c - models of tensors under other names, as PyTorch saves them: the order of layers,
 * their biases and their normalisation are found, or the file is refused with the names. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/formats/model_file.h"
#include "host/formats/safetensors.h"
#include "tests/support.h"

/* Shape of a tensor: rows x cols, or with cols 0 a vector, or with rows 0 a single number. */
struct piece {
    const char *name;
    uint32_t rows, cols;
};

enum { PIECES = 16, FLOATS = 4096 };

/* Write tensors whose elements count on from one to the next: element i of all of them is i + 1. */
static const char *write_pieces(const struct piece *pieces, size_t count)
{
    static float values[FLOATS];
    struct safetensors_tensor tensors[PIECES];
    const char *const path = test_path("foreign.safetensors");
    static const uint64_t number = 3;
    size_t at = 0;

    for (size_t i = 0; i < FLOATS; i++)
        values[i] = (float)(i + 1);
    for (size_t t = 0; t < count; t++) {
        const size_t elements = pieces[t].rows * (pieces[t].cols > 0 ? pieces[t].cols : 1);
        tensors[t] = (struct safetensors_tensor){pieces[t].name,
                                                 "F32",
                                                 pieces[t].cols > 0 ? 2 : 1,
                                                 {pieces[t].rows, pieces[t].cols},
                                                 values + at,
                                                 elements * sizeof(float)};
        if (pieces[t].rows == 0)
            tensors[t] =
                (struct safetensors_tensor){pieces[t].name, "I64", 0, {0}, &number, sizeof number};
        at += elements;
    }
    require_ok(safetensors_write(path, tensors, count, NULL, 0));
    return path;
}

Test(foreign, layers_are_found_under_any_names)
{
    static const struct {
        struct piece pieces[PIECES];
        float first[3]; /* weights of each layer begin with */
        float biases[3];
        enum incline_normalization norm;
    } rows[] = {
        /* torch.nn.Sequential; 10 comes behind 2. */
        {{{"10.weight", 2, 4}, {"10.bias", 2, 0}, {"2.weight", 4, 3}, {"2.bias", 4, 0}},
         {11, 1},
         {23, 9},
         INCLINE_NORMALIZE_NONE},
        {{{"fc1.bias", 4, 0}, {"fc1.weight", 4, 3}, {"fc2.bias", 2, 0}, {"fc2.weight", 2, 4}},
         {5, 19},
         {1, 17},
         INCLINE_NORMALIZE_NONE},
        /* By shapes alone, and a layer without a bias. */
        {{{"output.weight", 2, 4}, {"input.weight", 4, 3}, {"input.bias", 4, 0}},
         {9, 1},
         {21, 0},
         INCLINE_NORMALIZE_NONE},
        {{{"W1", 4, 3}, {"W2", 2, 4}, {"b1", 4, 0}, {"b2", 2, 0}},
         {1, 13},
         {21, 25},
         INCLINE_NORMALIZE_NONE},
        /* Two rows of modules: the second takes what the first puts out. */
        {{{"head.0.weight", 4, 6},
          {"head.2.weight", 2, 4},
          {"body.0.weight", 6, 3},
          {"head.0.bias", 4, 0}},
         {33, 1, 25},
         {0, 51, 0},
         INCLINE_NORMALIZE_NONE},
        {{{"layers.0.weight", 4, 3},
          {"layers.0.bias", 4, 0},
          {"layers.1.weight", 4, 0},
          {"layers.1.bias", 4, 0},
          {"layers.1.running_mean", 4, 0},
          {"layers.1.running_var", 4, 0},
          {"layers.1.num_batches_tracked", 0, 0},
          {"layers.3.weight", 2, 4}},
         {1, 33},
         {13, 0},
         INCLINE_NORMALIZE_BATCH},
        {{{"fc1.weight", 4, 3},
          {"bn1.running_mean", 4, 0},
          {"bn1.running_var", 4, 0},
          {"fc2.weight", 2, 4}},
         {1, 21},
         {0, 0},
         INCLINE_NORMALIZE_BATCH},
        {{{"fc1.weight", 4, 3}, {"ln1.weight", 4, 0}, {"ln1.bias", 4, 0}, {"fc2.weight", 2, 4}},
         {1, 21},
         {0, 0},
         INCLINE_NORMALIZE_LAYER},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct incline_model_info info;
        incline_model *model = NULL;
        size_t count = 0;
        while (count < PIECES && rows[i].pieces[count].name != NULL)
            count++;
        require_ok(incline_model_load(write_pieces(rows[i].pieces, count), &model));
        incline_model_describe(model, &info);
        cr_assert(info.widths[0] == 3 && info.widths[info.layers] == 2 &&
                      info.normalization == rows[i].norm && info.activation_assumed,
                  "file %zu: another network", i);
        for (uint32_t l = 0; l < info.layers; l++) {
            cr_assert(incline_model_weights(model, l)[0] == rows[i].first[l],
                      "file %zu, layer %u: weights begin with %g", i, l,
                      (double)incline_model_weights(model, l)[0]);
            cr_assert(incline_model_biases(model, l)[0] == rows[i].biases[l],
                      "file %zu, layer %u: biases begin with %g", i, l,
                      (double)incline_model_biases(model, l)[0]);
        }
        if (i == 5)
            cr_assert(incline_model_norm(model, 0, INCLINE_NORM_GAIN)[0] == 17.0f &&
                      incline_model_norm(model, 0, INCLINE_NORM_SHIFT)[0] == 21.0f &&
                      incline_model_norm(model, 0, INCLINE_NORM_RUNNING_MEAN)[0] == 25.0f &&
                      incline_model_norm(model, 0, INCLINE_NORM_RUNNING_VARIANCE)[3] == 32.0f);
        if (i == 6)
            cr_assert(incline_model_norm(model, 0, INCLINE_NORM_GAIN)[3] == 1.0f &&
                      incline_model_norm(model, 0, INCLINE_NORM_SHIFT)[0] == 0.0f);
        incline_model_destroy(model);
    }
}

Test(foreign, what_is_not_clear_is_refused_with_names)
{
    static const struct {
        struct piece pieces[PIECES];
        const char *parts[2];
    } rows[] = {
        {{{"red.weight", 4, 4}, {"blue.weight", 4, 4}}, {"\"blue.weight\"", "\"red.weight\""}},
        {{{"0.weight", 4, 3}, {"2.weight", 2, 5}}, {"\"0.weight\" is [4, 3]", "\"2.weight\""}},
        {{{"0.weight", 4, 3}, {"1.weight", 2, 4}, {"2.bias", 2, 0}}, {"\"2.bias\"", "no layer"}},
        {{{"0.weight", 4, 3}, {"1.weight", 2, 4}, {"scale", 4, 0}}, {"\"scale\"", "no layer"}},
        {{{"0.weight", 4, 3}, {"1.weight", 2, 4}, {"step", 0, 0}}, {"\"step\"", "no layer"}},
        {{{"0.weight", 4, 3}, {"0.bias", 5, 0}, {"1.weight", 2, 4}}, {"\"0.bias\" is not [4]", ""}},
        {{{"0.weight", 4, 3},
          {"2.weight", 4, 0},
          {"2.bias", 4, 0},
          {"2.running_mean", 4, 0},
          {"2.running_var", 4, 0},
          {"3.weight", 2, 4}},
         {"\"2.running_mean\" does not stand right behind \"0.weight\"", ""}},
        {{{"0.weight", 4, 3}, {"1.running_mean", 4, 0}, {"3.weight", 2, 4}},
         {"\"1.running_mean\"", ""}},
        {{{"0.weight", 4, 3},
          {"1.weight", 4, 0},
          {"1.bias", 4, 0},
          {"3.weight", 2, 4},
          {"5.weight", 2, 2}},
         {"normalisation of 1 layers", "2 hidden"}},
        {{{"0.bias", 4, 0}}, {"no layer among its 1 tensors", ""}},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        incline_model *model = NULL;
        size_t count = 0;
        while (count < PIECES && rows[i].pieces[count].name != NULL)
            count++;
        require_fails(incline_model_load(write_pieces(rows[i].pieces, count), &model),
                      INCLINE_EFORMAT, rows[i].parts[0]);
        cr_assert(strstr(incline_last_error(), rows[i].parts[1]) != NULL, "%s",
                  incline_last_error());
    }
}

Test(foreign, narrow_and_wide_floats_are_converted)
{
    static const uint16_t half[] = {0x3c00, 0xc000, 0x0001, 0x8000, 0x7bff, 0x0400},
                          bfloat[] = {0x3f80, 0xc000, 0x0001, 0x8000};
    static const double wide[] = {1.0, -2.5, 1e-300, 0.1};
    static const float expected[3][6] = {{1.0f, -2.0f, 0x1p-24f, -0.0f, 65504.0f, 0x1p-14f},
                                         {1.0f, -2.0f, 0x1p-133f, -0.0f},
                                         {1.0f, -2.5f, 0.0f, 0.1f}};
    const struct {
        const char *type;
        const void *data;
        uint32_t count;
        size_t bytes;
    } types[] = {{"F16", half, 6, sizeof half},
                 {"BF16", bfloat, 4, sizeof bfloat},
                 {"F64", wide, 4, sizeof wide}};

    for (size_t t = 0; t < 3; t++) {
        incline_model *model = NULL;
        struct incline_model_info info;
        const struct safetensors_tensor tensor = {
            "net.weight", types[t].type, 2, {1, types[t].count}, types[t].data, types[t].bytes};
        require_ok(safetensors_write(test_path("types.safetensors"), &tensor, 1, NULL, 0));
        require_ok(incline_model_load(test_path("types.safetensors"), &model));
        incline_model_describe(model, &info);
        cr_assert(info.task == INCLINE_TASK_REGRESSION && !info.activation_assumed);
        for (uint32_t i = 0; i < types[t].count; i++)
            cr_assert(incline_model_weights(model, 0)[i] == expected[t][i] &&
                          signbit(incline_model_weights(model, 0)[i]) == signbit(expected[t][i]),
                      "%s: element %u is %g", types[t].type, i,
                      (double)incline_model_weights(model, 0)[i]);
        incline_model_destroy(model);
    }
    static const uint16_t infinite[] = {0x7c00};
    incline_model *model = NULL;
    const struct safetensors_tensor bad = {"a.weight", "F16", 2, {1, 1}, infinite, 2},
                                    whole = {"a.weight", "I16", 2, {1, 1}, infinite, 2};
    require_ok(safetensors_write(test_path("bad.safetensors"), &bad, 1, NULL, 0));
    require_fails(incline_model_load(test_path("bad.safetensors"), &model), INCLINE_EFORMAT, "inf");
    require_ok(safetensors_write(test_path("bad.safetensors"), &whole, 1, NULL, 0));
    require_fails(incline_model_load(test_path("bad.safetensors"), &model), INCLINE_EFORMAT, "I16");
}

Test(foreign, the_activation_can_be_said_once)
{
    static const struct piece pieces[] = {{"0.weight", 4, 3}, {"2.weight", 2, 4}};
    struct incline_model_info info;
    incline_model *model = NULL;

    require_ok(incline_model_load(write_pieces(pieces, 2), &model));
    require_fails(incline_model_set_activation(model, INCLINE_ACTIVATION_COUNT), INCLINE_EARG,
                  "activation");
    require_ok(incline_model_set_activation(model, INCLINE_TANH));
    incline_model_describe(model, &info);
    cr_assert(info.activation == INCLINE_TANH && info.activations[0] == INCLINE_TANH &&
              info.activations[1] == INCLINE_LINEAR && !info.activation_assumed);
    require_ok(incline_model_set_activation(model, INCLINE_TANH));
    require_fails(incline_model_set_activation(model, INCLINE_RELU), INCLINE_EARG, "are tanh");
    require_ok(incline_model_save(model, test_path("said.safetensors")));
    incline_model_destroy(model);
    require_ok(incline_model_load(test_path("said.safetensors"), &model));
    incline_model_describe(model, &info);
    cr_assert(info.activation == INCLINE_TANH && !info.activation_assumed);
    incline_model_destroy(model);
}
