/* test_metadata.c - what a model's file says of the model beside its tensors: kept, and refused
 * where it is damaged. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "container.h"
#include "host/formats/model_file.h"
#include "host/util/file.h"
#include "support.h"

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

Test(metadata, activations_come_back_layer_by_layer_and_damaged_ones_are_refused)
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

Test(metadata, task_and_scaling_of_each_column_survive)
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

Test(metadata, metadata_that_are_damaged_or_contradict_the_tensors_are_refused)
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
