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

Test(formats, a_missing_file_is_named)
{
    const char *const path = test_path("nowhere/model.safetensors");
    incline_model *model = NULL;

    require_fails(incline_model_load(path, &model), INCLINE_EIO, path);
    require_fails(incline_model_load(NULL, &model), INCLINE_EARG, "NULL");
    cr_expect(model == NULL);
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
