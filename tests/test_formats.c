/* test_formats.c - models in files: what is written, what is read back, and what is refused. */
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "container.h"
#include "host/formats/model_file.h"
#include "host/util/file.h"
#include "support.h"

enum { FILE_LIMIT = 1 << 20 };

/* A file of 2-1 as Incline writes it, so that single parts of it can be made wrong. */
static const char *const good_format = "1";
static const char *const good_network =
    "{\"widths\":[2,1],\"activation\":\"relu\",\"trained_on\":\"\"}";
static const char *const good_input = "{\"scale\":1.0,\"shift\":0.0}";
static const char *const good_classes = "[\"0\"]";

static void write_described(const char *path, const char *format, const char *network,
                            const char *input, const char *classes)
{
    static const float weight[2] = {1.0f, 2.0f}, bias[1] = {3.0f};
    const struct safetensors_tensor tensors[] = {
        {"layers.0.weight", "F32", 2, {1, 2}, weight, sizeof weight},
        {"layers.0.bias", "F32", 1, {1}, bias, sizeof bias},
    };
    const struct safetensors_text all[] = {
        {"incline.format", format},
        {"incline.network", network},
        {"incline.input", input},
        {"incline.classes", classes},
    };
    struct safetensors_text texts[COUNT(all)];
    size_t count = 0;

    for (size_t i = 0; i < COUNT(all); i++)
        if (all[i].value != NULL)
            texts[count++] = all[i];
    require_ok(safetensors_write(path, tensors, COUNT(tensors), texts, count));
}

Test(formats, a_missing_file_is_named)
{
    const char *const path = test_path("nowhere/model.safetensors");
    incline_model *model = NULL;

    require_fails(incline_model_load(path, &model), INCLINE_EIO, path);
    require_fails(incline_model_load(NULL, &model), INCLINE_EARG, "NULL");
    cr_expect(model == NULL);
}

Test(formats, activations_come_back_layer_by_layer_and_damaged_ones_are_refused)
{
    const enum incline_activation activations[] = {INCLINE_GELU, INCLINE_SCALED_TANH};
    const uint32_t widths[] = {3, 2, 4, 2};
    const struct incline_model_options options = {
        .widths = widths, .width_count = COUNT(widths), .activations = activations, .seed = 1};
    static const struct {
        const char *network, *says;
    } damaged[] = {
        {"{\"widths\":[2,1],\"activation\":\"mixed\",\"trained_on\":\"\"}", "no list of 1"},
        {"{\"widths\":[2,1],\"activation\":\"mixed\",\"trained_on\":\"\",\"activations\":[\"relu\"]"
         "}",
         "the last layer is not linear"},
        {"{\"widths\":[2,1],\"activation\":\"mixed\",\"trained_on\":\"\",\"activations\":[7]}",
         "is not a text"},
        {"{\"widths\":[2,1],\"activation\":\"mixed\",\"trained_on\":\"\",\"activations\":[\"rely\"]"
         "}",
         "\"rely\""},
    };
    const char *const path = test_path("mixed.safetensors");
    incline_model *model = NULL, *loaded = NULL;
    struct incline_model_info info;

    require_ok(incline_model_create(&options, &model));
    require_ok(incline_model_save(model, path));
    require_ok(incline_model_load(path, &loaded));
    incline_model_describe(loaded, &info);
    cr_expect(info.activations[0] == INCLINE_GELU && info.activations[1] == INCLINE_SCALED_TANH &&
                  info.activations[2] == INCLINE_LINEAR && info.activation == INCLINE_GELU,
              "gelu, scaled-tanh, linear expected, %s, %s, %s found",
              incline_activation_text(info.activations[0]),
              incline_activation_text(info.activations[1]),
              incline_activation_text(info.activations[2]));
    incline_model_destroy(loaded);
    incline_model_destroy(model);
    for (size_t i = 0; i < COUNT(damaged); i++) {
        write_described(path, good_format, damaged[i].network, good_input, good_classes);
        require_fails(incline_model_load(path, &loaded), INCLINE_EFORMAT, damaged[i].says);
    }
}

/* A model in which everything differs from its default, with values that are hard to keep. */
static incline_model *odd_model(void)
{
    static const float hard[] = {-0.0f, FLT_MIN / 8388608.0f, FLT_MAX, -FLT_MAX, 0.1f, FLT_EPSILON};
    const uint32_t widths[] = {6, 5, 3};
    const char *const names[] = {"gr\xc3\xbcn", "\"quoted\\\"", ""};
    const struct incline_model_options options = {.widths = widths,
                                                  .width_count = COUNT(widths),
                                                  .activation = INCLINE_LINEAR,
                                                  .init = INCLINE_INIT_UNIFORM,
                                                  .seed = 3};
    incline_model *model = NULL;

    require_ok(incline_model_create(&options, &model));
    memcpy(model->params, hard, sizeof hard);
    model->image_rows = 2;
    model->image_cols = 3;
    model->scale = 1.0f / 255.0f;
    model->shift = -0.1307f / 0.3081f;
    strcpy(model->trained_on, "\xe6\x89\x8b\xe5\x86\x99-digits");
    require_ok(model_set_class_names(model, names));
    return model;
}

static void expect_equal_models(const incline_model *found, const incline_model *expected)
{
    struct incline_model_info f, e;

    incline_model_describe(found, &f);
    incline_model_describe(expected, &e);
    cr_assert(f.layers == e.layers && f.parameters == e.parameters);
    cr_expect(memcmp(f.widths, e.widths, (e.layers + 1) * sizeof *e.widths) == 0);
    cr_expect(f.activation == e.activation, "activation %d expected, %d found", (int)e.activation,
              (int)f.activation);
    cr_expect(f.image_rows == e.image_rows && f.image_cols == e.image_cols);
    cr_expect(memcmp(&f.scale, &e.scale, sizeof f.scale) == 0, "scale %a expected, %a found",
              (double)e.scale, (double)f.scale);
    cr_expect(memcmp(&f.shift, &e.shift, sizeof f.shift) == 0, "shift %a expected, %a found",
              (double)e.shift, (double)f.shift);
    cr_expect(strcmp(f.trained_on, e.trained_on) == 0, "trained on \"%s\" expected, \"%s\" found",
              e.trained_on, f.trained_on);
    for (size_t i = 0; i < e.parameters; i++)
        cr_expect(memcmp(&found->params[i], &expected->params[i], sizeof(float)) == 0,
                  "params[%zu]: %a expected, %a found", i, (double)expected->params[i],
                  (double)found->params[i]);
    for (uint32_t c = 0; c < model_classes(expected); c++)
        cr_expect(
            strcmp(incline_model_class_name(found, c), incline_model_class_name(expected, c)) == 0,
            "class %u: \"%s\" expected, \"%s\" found", c, incline_model_class_name(expected, c),
            incline_model_class_name(found, c));
}

static void expect_equal_files(const char *one, const char *two)
{
    unsigned char *a = NULL, *b = NULL;
    size_t a_bytes = 0, b_bytes = 0;

    require_ok(file_read(one, FILE_LIMIT, &a, &a_bytes));
    require_ok(file_read(two, FILE_LIMIT, &b, &b_bytes));
    cr_expect(a_bytes == b_bytes && memcmp(a, b, a_bytes) == 0,
              "%s (%zu bytes) and %s (%zu) differ", one, a_bytes, two, b_bytes);
    free(a);
    free(b);
}

static void round_trip(void)
{
    const char *const path = test_path("model.safetensors");
    const char *const again = test_path("again.safetensors");
    incline_model *model = odd_model(), *loaded = NULL;

    require_ok(incline_model_save(model, path));
    require_ok(incline_model_load(path, &loaded));
    expect_equal_models(loaded, model);
    require_ok(incline_model_save(loaded, again));
    expect_equal_files(path, again);
    incline_model_destroy(loaded);
    incline_model_destroy(model);
}

Test(formats, a_model_comes_back_to_the_bit_and_gives_the_same_file)
{
    round_trip();
}

Test(formats, a_model_comes_back_under_a_decimal_comma)
{
    if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL && setlocale(LC_ALL, "fr_FR.UTF-8") == NULL)
        cr_skip_test("no locale with a decimal comma: neither de_DE.UTF-8 nor fr_FR.UTF-8");
    round_trip();
}

Test(formats, each_float_scale_comes_back_to_the_bit)
{
    const uint32_t widths[] = {1, 1};
    const char *const path = test_path("scale.safetensors");
    incline_model *model = NULL;

    require_ok(model_create(widths, COUNT(widths), INCLINE_RELU, &model));
    for (uint32_t i = 0; i < 200; i++) {
        /* Bit patterns all over the finite floats. */
        const uint32_t bits = (i * 2654435761u) % 0x7f800000u | (i & 1u) << 31;
        memcpy(&model->scale, &bits, sizeof bits);
        model->shift = nextafterf(model->scale, 0.0f);
        incline_model *loaded = NULL;
        require_ok(incline_model_save(model, path));
        require_ok(incline_model_load(path, &loaded));
        expect_equal_models(loaded, model);
        incline_model_destroy(loaded);
    }
    incline_model_destroy(model);
}

Test(formats, the_bytes_of_a_saved_model_are_those_documented)
{
    static const char header[] =
        "{\"__metadata__\":{\"incline.format\":\"1\","
        "\"incline.network\":\"{\\\"widths\\\":[2,1],\\\"activation\\\":\\\"relu\\\","
        "\\\"trained_on\\\":\\\"digits\\\"}\","
        "\"incline.input\":\"{\\\"scale\\\":0.00392156886,\\\"shift\\\":0.0,"
        "\\\"image\\\":[1,2]}\",\"incline.classes\":\"[\\\"0\\\"]\"},"
        "\"layers.0.weight\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]},"
        "\"layers.0.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]}}";
    const size_t padded = (sizeof header - 1 + 7) / 8 * 8;
    const uint32_t widths[] = {2, 1};
    const char *const path = test_path("documented.safetensors");
    incline_model *model = NULL;
    unsigned char *file = NULL;
    size_t bytes = 0;

    require_ok(model_create(widths, COUNT(widths), INCLINE_RELU, &model));
    model->params[0] = 1.0f;
    model->params[2] = -2.0f;
    model->scale = 1.0f / 255.0f;
    model->image_rows = 1;
    model->image_cols = 2;
    strcpy(model->trained_on, "digits");
    require_ok(incline_model_save(model, path));
    incline_model_destroy(model);

    require_ok(file_read(path, FILE_LIMIT, &file, &bytes));
    cr_assert(bytes == LENGTH_BYTES + padded + 12, "%zu bytes expected, %zu found",
              LENGTH_BYTES + padded + 12, bytes);
    cr_expect(file[0] == padded % 256 && file[1] == padded / 256 && file[2] == 0 && file[7] == 0,
              "the header's length is not %zu", padded);
    cr_expect(memcmp(file + LENGTH_BYTES, header, sizeof header - 1) == 0,
              "header expected:\n%s\nfound:\n%.*s", header, (int)padded,
              (const char *)file + LENGTH_BYTES);
    for (size_t i = sizeof header - 1; i < padded; i++)
        cr_expect(file[LENGTH_BYTES + i] == ' ', "padding %zu is not a space", i);
    static const unsigned char data[] = {0, 0, 0x80, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0};
    cr_expect(memcmp(file + LENGTH_BYTES + padded, data, sizeof data) == 0,
              "the parameters are not little-endian floats");
    free(file);
}

#define PT(name, shape, offsets) \
    "\"" name "\":{\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

/* Python's writer sorts by name within a type and notes the framework. */
Test(formats, a_file_from_pytorch_is_read)
{
    static const struct {
        const char *what, *header;
    } rows[] = {
        {"torch.nn.ModuleList",
         "{\"__metadata__\":{\"format\":\"pt\"}," PT("layers.0.bias", "[3]", "[0,12]") "," PT(
             "layers.0.weight", "[3,2]",
             "[12,36]") "," PT("layers.1.bias", "[1]", "[36,40]") "," PT("layers.1.weight", "[1,3]",
                                                                         "[40,52]") "}"},
        {"torch.nn.Sequential, no metadata",
         "{" PT("layers.10.bias", "[1]", "[36,40]") "," PT(
             "layers.10.weight", "[1,3]",
             "[40,52]") "," PT("layers.2.bias", "[3]", "[0,12]") "," PT("layers.2.weight", "[3,2]",
                                                                        "[12,36]") "}"},
    };
    static const float data[13] = {1, 2, 3, 10, 11, 12, 13, 14, 15, 4, 20, 21, 22};
    const char *const path = test_path("torch.safetensors");

    for (size_t i = 0; i < COUNT(rows); i++) {
        incline_model *model = NULL;
        struct incline_model_info info;
        write_container(path, rows[i].header, 0, data, sizeof data, 0);
        require_ok(incline_model_load(path, &model));
        incline_model_describe(model, &info);
        cr_assert(info.layers == 2 && info.widths[0] == 2 && info.widths[1] == 3 &&
                      info.widths[2] == 1,
                  "%s: 2-3-1 expected", rows[i].what);
        cr_expect(info.activation == INCLINE_RELU && info.scale == 0.0f && info.shift == 0.0f &&
                      info.image_rows == 0 && info.trained_on[0] == '\0',
                  "%s: not the defaults", rows[i].what);
        cr_expect(memcmp(incline_model_biases(model, 0), data, 12) == 0 &&
                      memcmp(incline_model_weights(model, 0), data + 3, 24) == 0 &&
                      memcmp(incline_model_biases(model, 1), data + 9, 4) == 0 &&
                      memcmp(incline_model_weights(model, 1), data + 10, 12) == 0,
                  "%s: values in the wrong place", rows[i].what);
        cr_expect(strcmp(incline_model_class_name(model, 0), "0") == 0);
        incline_model_destroy(model);
    }
}

Test(formats, tensors_that_belong_to_no_layer_are_left_alone)
{
    const char *const path = test_path("checkpoint.safetensors");
    incline_model *model = odd_model(), *loaded = NULL;
    struct model_layout layout;
    const uint64_t step = 7;

    require_ok(model_layout_init(&layout, model));
    struct safetensors_tensor tensors[8];
    static const char *const others[] = {"checkpoint.step", "layers.1.weights", "layers.01.bias",
                                         "layers.4294967296.bias"};
    cr_assert(layout.tensor_count == 4 &&
              layout.text_count == MODEL_TEXTS - 2); /* no columns, no output */
    for (size_t i = 0; i < 4; i++) {
        tensors[i] = (struct safetensors_tensor){others[i], "U64", 1, {1}, &step, sizeof step};
        tensors[4 + i] = layout.tensors[i];
    }
    require_ok(safetensors_write(path, tensors, 8, layout.texts, layout.text_count));
    model_layout_clear(&layout);
    require_ok(incline_model_load(path, &loaded));
    expect_equal_models(loaded, model);
    incline_model_destroy(loaded);
    incline_model_destroy(model);
}

#define W0 PT("layers.0.weight", "[1,2]", "[0,8]")
#define B0 PT("layers.0.bias", "[1]", "[8,12]")

Test(formats, tensors_that_make_no_network_are_refused)
{
    static const struct {
        const char *what, *header;
        size_t data_bytes;
        const char *says;
    } rows[] = {
        {"no tensors", "{}", 0, "no layer among its 0 tensors"},
        {"other tensors", "{" PT("conv.weight", "[2]", "[0,8]") "}", 8, "no layer among its 1"},
        {"weight without bias", "{" PT("layers.0.weight", "[1,2]", "[0,8]") "}", 8,
         "layers.0.weight is there without layers.0.bias"},
        {"bias without weight", "{" PT("layers.3.bias", "[2]", "[0,8]") "}", 8,
         "layers.3.bias is there without layers.3.weight"},
        {"second weight without bias",
         "{" W0 "," B0 "," PT("layers.1.weight", "[1,1]", "[12,16]") "}", 16,
         "layers.1.weight is there without layers.1.bias"},
        {"bias of another layer", "{" W0 "," PT("layers.1.bias", "[1]", "[8,12]") "}", 12,
         "layers.0.weight is there without layers.0.bias"},
        {"whole numbers",
         "{\"layers.0.weight\":{\"dtype\":\"I16\",\"shape\":[1,4],\"data_offsets\":[0,8]}," B0 "}",
         12, "layers.0.weight is of type I16"},
        {"convolution", "{" PT("layers.0.weight", "[1,1,1,2]", "[0,8]") "," B0 "}", 12,
         "layers.0.weight has 4 dimensions, 2 expected"},
        {"bias that is a matrix", "{" W0 "," PT("layers.0.bias", "[1,1]", "[8,12]") "}", 12,
         "layers.0.bias has 2 dimensions, 1 expected"},
        {"no neurons",
         "{" PT("layers.0.weight", "[0,2]", "[0,0]") "," PT("layers.0.bias", "[0]", "[0,0]") "}", 0,
         "layers.0.weight: 0 is no width"},
        {"bias of another length", "{" W0 "," PT("layers.0.bias", "[2]", "[8,16]") "}", 16,
         "layers.0.weight is [1, 2], but layers.0.bias has 2 values"},
        {"layers that do not chain",
         "{" W0 "," B0 "," PT("layers.1.weight", "[1,2]", "[12,20]") "," PT("layers.1.bias", "[1]",
                                                                            "[20,24]") "}",
         24, "layers.1.weight takes 2 inputs, but the layer before it has 1 outputs"},
    };
    const char *const path = test_path("shapes.safetensors");

    for (size_t i = 0; i < COUNT(rows); i++) {
        incline_model *model = NULL;
        write_container(path, rows[i].header, 0, NULL, rows[i].data_bytes, 0);
        const int status = incline_model_load(path, &model);
        expect_refused(rows[i].what, status, INCLINE_EFORMAT, path, rows[i].says);
        cr_expect(model == NULL, "%s: the out-parameter was written", rows[i].what);
        incline_model_destroy(model);
    }
}

static incline_model *copy_through_file(const incline_model *model, const char *says)
{
    char path[512];
    size_t bytes = 0;
    unsigned char *data = NULL;
    incline_model *read = NULL;

    snprintf(path, sizeof path, "%s/task.safetensors", test_folder());
    require_ok(incline_model_save(model, path));
    require_ok(file_read(path, 1 << 20, &data, &bytes));
    bool said = false;
    for (size_t at = 0; at + strlen(says) <= bytes && !said; at++)
        said = memcmp(data + at, says, strlen(says)) == 0;
    cr_expect(said, "%s expected", says);
    free(data);
    require_ok(incline_model_load(path, &read));
    return read;
}

Test(formats, task_and_scaling_of_each_column_survive)
{
    static const uint32_t widths[] = {3, 2}, one[] = {3, 1};
    static const float scales[] = {0.1f, 3e-30f, -7}, shifts[] = {1, -2e20f, 0.3f};
    const char *const names[] = {"benign", "malignant"};
    struct incline_model_info info;
    incline_model *model = NULL, *read = NULL;

    require_ok(model_create(widths, 2, INCLINE_RELU, &model));
    model->scale = 1.0f;
    read = copy_through_file(model, "\"incline.format\":\"1\"");
    incline_model_destroy(read);
    model->task = INCLINE_TASK_REGRESSION;
    require_ok(model_set_input_scaling(model, scales, shifts));
    require_ok(model_set_output_scaling(model, scales + 1, shifts + 1));
    read = copy_through_file(model, "\"incline.format\":\"2\"");
    incline_model_describe(read, &info);
    cr_assert(info.task == INCLINE_TASK_REGRESSION && info.scales != NULL);
    cr_expect(memcmp(info.scales, scales, sizeof scales) == 0 &&
              memcmp(info.shifts, shifts, sizeof shifts) == 0);
    cr_expect(memcmp(read->output_scaling, scales + 1, 2 * sizeof *scales) == 0 &&
              memcmp(read->output_scaling + 2, shifts + 1, 2 * sizeof *shifts) == 0);
    incline_model_destroy(model);
    require_ok(model_copy(read, &model));
    cr_expect(model->task == INCLINE_TASK_REGRESSION &&
              memcmp(model->input_scaling, scales, sizeof scales) == 0 &&
              memcmp(model->output_scaling + 2, shifts + 1, 2 * sizeof *shifts) == 0);
    incline_model_destroy(read);
    incline_model_destroy(model);

    require_ok(model_create(one, 2, INCLINE_RELU, &model));
    model->task = INCLINE_TASK_BINARY;
    require_ok(model_set_class_names(model, names));
    read = copy_through_file(model, "[\\\"benign\\\",\\\"malignant\\\"]");
    cr_expect(read->task == INCLINE_TASK_BINARY && model_classes(read) == 2);
    cr_expect_str_eq(incline_model_class_name(read, 1), "malignant");
    incline_model_destroy(read);
    incline_model_destroy(model);
}

#define NETWORK(widths, activation, trained_on) \
    "{\"widths\":" widths ",\"activation\":" activation ",\"trained_on\":" trained_on "}"

Test(formats, metadata_that_are_damaged_or_contradict_the_tensors_are_refused)
{
    /* NULL: as it should be; "": left out. */
    static const struct {
        const char *what, *format, *network, *input, *classes, *says;
    } rows[] = {
        {"newer format", "5", NULL, NULL, NULL, "newer Incline (model format 5, this one reads 4)"},
        {"format of a far future", "99999999999999999999", NULL, NULL, NULL, "newer Incline"},
        {"format 0", "0", NULL, NULL, NULL, "no format number"},
        {"format with a tail", "2x", NULL, NULL, NULL, "no format number"},
        {"format that is a word", "one", NULL, NULL, NULL, "no format number"},
        {"no format", "", NULL, NULL, NULL, "incline.network is there, but incline.format is not"},
        {"no network", NULL, "", NULL, NULL, "incline.network is missing"},
        {"no input", NULL, NULL, "", NULL, "incline.input is missing"},
        {"no classes", NULL, NULL, NULL, "", "incline.classes is missing"},
        {"network that is no JSON", NULL, "{\"widths\":", NULL, NULL, "not valid JSON at line 1"},
        {"network that is a list", NULL, "[]", NULL, NULL, "no list of 2 widths"},
        {"another input width", NULL, NETWORK("[3,1]", "\"relu\"", "\"\""), NULL, NULL,
         "width 0 as 3, but the tensors as 2"},
        {"another output width", NULL, NETWORK("[2,4294967297]", "\"relu\"", "\"\""), NULL, NULL,
         "width 1 as 4294967297, but the tensors as 1"},
        {"one width too many", NULL, NETWORK("[2,1,1]", "\"relu\"", "\"\""), NULL, NULL,
         "no list of 2 widths"},
        {"unknown activation", NULL, NETWORK("[2,1]", "\"tanks\"", "\"\""), NULL, NULL,
         "\"tanks\""},
        {"no activation", NULL, NETWORK("[2,1]", "null", "\"\""), NULL, NULL, "lacks the text"},
        {"no trained_on", NULL, NETWORK("[2,1]", "\"relu\"", "5"), NULL, NULL, "lacks the text"},
        {"trained_on too long", NULL,
         NETWORK("[2,1]", "\"relu\"",
                 "\"0123456789012345678901234567890123456789012345678901234567890123\""),
         NULL, NULL, "64 bytes, at most 63"},
        {"no scale", NULL, NULL, "{\"shift\":0}", NULL, "lacks the float scale or shift"},
        {"scale that is a text", NULL, NULL, "{\"scale\":\"1\",\"shift\":0}", NULL,
         "lacks the float"},
        {"shift beyond float", NULL, NULL, "{\"scale\":1,\"shift\":1e39}", NULL, "lacks the float"},
        {"deskew that is a number", NULL, NULL,
         "{\"scale\":1,\"shift\":0,\"image\":[1,2],\"deskew\":1}", NULL, "neither true nor false"},
        {"deskew without an image", NULL, NULL, "{\"scale\":1,\"shift\":0,\"deskew\":true}", NULL,
         "there is no image"},
        {"image of another size", NULL, NULL, "{\"scale\":1,\"shift\":0,\"image\":[2,2]}", NULL,
         "an image of 2 x 2 does not make 2 inputs"},
        {"image of negative size", NULL, NULL, "{\"scale\":1,\"shift\":0,\"image\":[-1,-2]}", NULL,
         "an image of -1 x -2"},
        {"image that is no pair", NULL, NULL, "{\"scale\":1,\"shift\":0,\"image\":[2,1,1]}", NULL,
         "does not make 2 inputs"},
        {"classes that are no list", NULL, NULL, NULL, "{}", "has 0 names"},
        {"one class too many", NULL, NULL, NULL, "[\"0\",\"1\"]", "has 2 names"},
        {"class that is a number", NULL, NULL, NULL, "[7]", "the name of class 0 is not a text"},
    };
    const char *const path = test_path("metadata.safetensors");

    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *const texts[] = {rows[i].format, rows[i].network, rows[i].input,
                                     rows[i].classes};
        const char *const good[] = {good_format, good_network, good_input, good_classes};
        const char *chosen[COUNT(texts)];
        incline_model *model = NULL;
        for (size_t t = 0; t < COUNT(texts); t++)
            chosen[t] = texts[t] == NULL ? good[t] : texts[t][0] == '\0' ? NULL : texts[t];
        write_described(path, chosen[0], chosen[1], chosen[2], chosen[3]);
        const int status = incline_model_load(path, &model);
        expect_refused(rows[i].what, status, INCLINE_EFORMAT, path, rows[i].says);
        cr_expect(model == NULL, "%s: the out-parameter was written", rows[i].what);
        incline_model_destroy(model);
    }
    incline_model *model = NULL;
    write_described(path, good_format, good_network, good_input, good_classes);
    require_ok(incline_model_load(path, &model));
    incline_model_destroy(model);
}

Test(formats, layers_of_a_described_model_have_no_gap)
{
    static const char header[] = "{\"__metadata__\":{\"incline.format\":\"1\"}," PT(
        "layers.1.weight", "[1,2]", "[0,8]") "," PT("layers.1.bias", "[1]", "[8,12]") "}";
    const char *const path = test_path("gap.safetensors");
    incline_model *model = NULL;

    write_container(path, header, 0, NULL, 12, 0);
    expect_refused("gap", incline_model_load(path, &model), INCLINE_EFORMAT, path,
                   "layers.0.weight is missing before layers.1.weight");
}

Test(formats, values_that_are_not_finite_are_refused_with_their_place)
{
    static const struct {
        size_t at;
        float value;
        const char *says;
    } rows[] = {
        {0, NAN, "layers.0.weight[0, 0] is nan"},
        {6 + 1, INFINITY, "layers.0.weight[1, 1] is inf"},
        {30 + 14, -INFINITY, "layers.1.weight[2, 4] is -inf"},
        {45 + 4, NAN, "layers.0.bias[4] is nan"},
        {50 + 2, INFINITY, "layers.1.bias[2] is inf"},
    };
    const char *const path = test_path("nan.safetensors");
    const char *const saved = test_path("saved.safetensors");
    incline_model *const model = odd_model();

    for (size_t i = 0; i < COUNT(rows); i++) {
        const float before = model->params[rows[i].at];
        model->params[rows[i].at] = rows[i].value;
        struct model_layout layout;
        incline_model *loaded = NULL;
        require_ok(model_layout_init(&layout, model));
        require_ok(safetensors_write(path, layout.tensors, layout.tensor_count, layout.texts,
                                     layout.text_count));
        model_layout_clear(&layout);
        expect_refused("load", incline_model_load(path, &loaded), INCLINE_EFORMAT, path,
                       rows[i].says);
        expect_refused("save", incline_model_save(model, saved), INCLINE_EFORMAT, saved,
                       rows[i].says);
        cr_expect(!file_exists(saved), "a model that cannot be read back was saved");
        model->params[rows[i].at] = before;
    }
    incline_model_destroy(model);
}

Test(formats, a_name_that_is_not_utf8_does_not_keep_a_model_from_being_saved)
{
    const char *const names[] = {"caf\xe9", "ok", "\xff"};
    const char *const path = test_path("names.safetensors");
    incline_model *model = odd_model(), *loaded = NULL;

    strcpy(model->trained_on, "d\xe9j\xe0");
    require_ok(model_set_class_names(model, names));
    require_ok(incline_model_save(model, path));
    require_ok(incline_model_load(path, &loaded));
    cr_expect(strcmp(loaded->trained_on, "d?j?") == 0, "\"d?j?\" expected, \"%s\" found",
              loaded->trained_on);
    cr_expect(strcmp(incline_model_class_name(loaded, 0), "caf?") == 0 &&
              strcmp(incline_model_class_name(loaded, 1), "ok") == 0 &&
              strcmp(incline_model_class_name(loaded, 2), "?") == 0);
    incline_model_destroy(loaded);
    incline_model_destroy(model);
}

Test(formats, a_path_that_cannot_be_written_is_named)
{
    const char *const path = test_path("no/such/folder/model.safetensors");
    incline_model *const model = odd_model();

    require_fails(incline_model_save(model, path), INCLINE_EIO, path);
    require_fails(incline_model_save(model, test_folder()), INCLINE_EIO, test_folder());
    require_fails(incline_model_save(model, NULL), INCLINE_EARG, "NULL");
    incline_model_destroy(model);
}

/* ---- every byte and every bit -------------------------------------------- */

/* The bytes of a saved model, to be freed. */
static unsigned char *saved_bytes(size_t *bytes)
{
    const char *const path = test_path("whole.safetensors");
    incline_model *const model = odd_model();
    unsigned char *file = NULL;

    require_ok(incline_model_save(model, path));
    require_ok(file_read(path, FILE_LIMIT, &file, bytes));
    incline_model_destroy(model);
    return file;
}

Test(formats, a_model_cut_short_at_any_byte_is_refused)
{
    const char *const path = test_path("cut.safetensors");
    size_t bytes = 0;
    unsigned char *const file = saved_bytes(&bytes);

    for (size_t cut = 0; cut < bytes; cut++) {
        incline_model *model = NULL;
        test_write(path, file, cut);
        const int status = incline_model_load(path, &model);
        cr_expect(status == INCLINE_EFORMAT && model == NULL,
                  "cut at %zu of %zu bytes: status %d: %s", cut, bytes, status,
                  incline_last_error());
        cr_expect(strstr(incline_last_error(), path) != NULL, "cut at %zu: %s", cut,
                  incline_last_error());
        incline_model_destroy(model);
    }
    free(file);
}

Test(formats, no_flipped_bit_in_length_or_header_is_fatal)
{
    const char *const path = test_path("flipped.safetensors");
    size_t bytes = 0, refused = 0;
    unsigned char *const file = saved_bytes(&bytes);
    const size_t end = LENGTH_BYTES + file[0] + 256u * file[1];

    cr_assert(end < bytes);
    for (size_t bit = 0; bit < 8 * end; bit++) {
        incline_model *model = NULL;
        file[bit / 8] ^= (unsigned char)(1u << bit % 8);
        test_write(path, file, bytes);
        file[bit / 8] ^= (unsigned char)(1u << bit % 8);
        const int status = incline_model_load(path, &model);
        cr_expect((status == INCLINE_OK) == (model != NULL), "bit %zu: status %d", bit, status);
        cr_expect(status == INCLINE_OK || status == INCLINE_EFORMAT, "bit %zu: status %d: %s", bit,
                  status, incline_last_error());
        refused += status != INCLINE_OK;
        incline_model_destroy(model);
    }
    /* A flip may give another lawful name or number, but not often. */
    cr_expect(refused > 4 * end, "more than half of %zu flips should be refused, %zu were", 8 * end,
              refused);
    free(file);
}
