/* test_export.c - models for other programs: which format is taken, and what is refused. What other
 * programs make of the files, tests/interop/models.py asks them. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/formats/c_source.h"
#include "host/formats/protobuf.h"
#include "host/net/model.h"
#include "host/util/bytes.h"
#include "host/util/file.h"
#include "host/util/png_write.h"
#include "support.h"

static incline_model *small_model(void)
{
    const uint32_t widths[] = {4, 3, 2};
    const struct incline_model_options options = {.widths = widths, .width_count = 3, .seed = 7};
    incline_model *model = NULL;

    require_ok(incline_model_create(&options, &model));
    return model;
}

Test(export, bytes_grow_and_texts_longer_than_the_room_are_whole)
{
    struct bytes bytes = {0};
    char text[3000];

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (int i = 0; i < 5; i++)
        bytes_print(&bytes, "%s%d", text, i);
    bytes_insert(&bytes, 0, "head", 4);
    bytes_little(&bytes, 0x010203, 3);
    require_ok(bytes_check(&bytes, "a file"));
    cr_expect(bytes.count == 4 + 5 * sizeof text + 3);
    cr_expect(memcmp(bytes.data, "headx", 5) == 0 && bytes.data[4 + sizeof text - 1] == '0');
    cr_expect(memcmp(bytes.data + bytes.count - 3, "\3\2\1", 3) == 0);
    bytes_clear(&bytes);
}

Test(export, fields_stand_on_the_wire_as_the_format_says)
{
    static const unsigned char expected[] = {
        0x08, 0x96, 0x01,                                     /* 1: 150 */
        0x12, 0x07, 't',  'e',  's',  't',  'i',  'n',  'g',  /* 2: "testing" */
        0x1d, 0x00, 0x00, 0x80, 0x3f,                         /* 3: 1.0f */
        0xa2, 0x01, 0x02, 0x08, 0x01,                         /* 20: {1: 1} */
        0x28, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, /* 5: -1 */
        0xff, 0x01,
    };
    struct bytes bytes = {0};

    protobuf_number(&bytes, 1, 150);
    protobuf_text(&bytes, 2, "testing");
    protobuf_float(&bytes, 3, 1.0f);
    const size_t begun = protobuf_begin(&bytes, 20);
    protobuf_number(&bytes, 1, 1);
    protobuf_end(&bytes, begun);
    protobuf_number(&bytes, 5, (uint64_t)-1);
    cr_expect(bytes.count == sizeof expected && memcmp(bytes.data, expected, bytes.count) == 0);
    bytes_clear(&bytes);
}

Test(export, the_ending_or_the_option_names_the_format)
{
    incline_model *const model = small_model();
    const char *const path = test_path("model.onnx");
    const struct incline_export_options onnx = {.format = INCLINE_EXPORT_ONNX};
    unsigned char *by_name = NULL, *by_option = NULL;
    size_t name_bytes = 0, option_bytes = 0;

    require_ok(incline_model_export(model, path, NULL, NULL));
    require_ok(file_read(path, 1 << 20, &by_name, &name_bytes));
    require_ok(incline_model_export(model, test_path("model"), &onnx, NULL));
    require_ok(file_read(test_path("model"), 1 << 20, &by_option, &option_bytes));
    cr_expect(name_bytes == option_bytes && memcmp(by_name, by_option, name_bytes) == 0,
              "the same model should give the same bytes");
    free(by_name);
    free(by_option);
    require_fails(incline_model_export(model, test_path("model"), NULL, NULL), INCLINE_EARG,
                  ".onnx");
    require_fails(incline_model_export(model, test_path("a.onnx/model"), NULL, NULL), INCLINE_EARG,
                  "no format goes by that ending");
    require_fails(incline_model_export(NULL, path, NULL, NULL), INCLINE_EARG, "NULL");
    require_fails(incline_model_export(model, test_path("no/such/m.onnx"), NULL, NULL), INCLINE_EIO,
                  "no/such");
    incline_model_destroy(model);
}

Test(export, every_format_has_a_word_and_refuses_weights_that_are_not_finite)
{
    incline_model *const model = small_model();
    char name[64];

    incline_model_weights(model, 0)[5] = NAN;
    for (int f = 1; incline_export_format_text((enum incline_export_format)f) != NULL; f++) {
        snprintf(name, sizeof name, "nan.%s",
                 incline_export_format_text((enum incline_export_format)f));
        const char *const path = test_path(name);
        require_fails(incline_model_export(model, path, NULL, NULL), INCLINE_EFORMAT,
                      "layers.0.weight[1, 1] is nan");
        cr_expect(!file_exists(path), "%s was written", path);
    }
    cr_expect(incline_export_format_text(INCLINE_EXPORT_BY_NAME) == NULL);
    incline_model_destroy(model);
}

static void check_bytes(const char *path, const char *expected)
{
    unsigned char *file = NULL;
    size_t bytes = 0;

    require_ok(file_read(path, 1 << 20, &file, &bytes));
    cr_expect(bytes == strlen(expected) && memcmp(file, expected, bytes) == 0, "%s was replaced",
              path);
    free(file);
}

Test(export, replaces_an_export_of_its_kind_and_no_other_file)
{
    static const char other[] = "somebody's own";
    incline_model *const model = small_model();
    char name[64];

    for (int f = 1; incline_export_format_text((enum incline_export_format)f) != NULL; f++) {
        const enum incline_export_format format = (enum incline_export_format)f;
        if (format == INCLINE_EXPORT_PNG && !png_available())
            continue;
        snprintf(name, sizeof name, "own.%s", incline_export_format_text(format));
        const char *const path = test_path(name);
        test_write(path, other, strlen(other));
        require_fails(incline_model_export(model, path, NULL, NULL), INCLINE_EIO,
                      "is there already");
        check_bytes(path, other);
        test_write(path, "", 0);
        require_ok(incline_model_export(model, path, NULL, NULL));
        require_ok(incline_model_export(model, path, NULL, NULL));
    }
    test_write(test_path("net.h"), other, strlen(other));
    require_fails(incline_model_export(model, test_path("net.c"), NULL, NULL), INCLINE_EIO,
                  "net.h: is there already");
    check_bytes(test_path("net.h"), other);
    cr_expect(!file_exists(test_path("net.c")));
    incline_model_destroy(model);
}

static bool holds(const unsigned char *file, size_t bytes, const char *text)
{
    const size_t length = strlen(text);
    bool found = false;
    for (size_t at = 0; !found && at + length <= bytes; at++)
        found = memcmp(file + at, text, length) == 0;
    return found;
}

/* Where a comment could be ended, or a line broken, by a name. */
Test(export, says_what_the_inputs_of_a_table_are)
{
    static const char columns[] =
        "{\"columns\":3,\"header\":\"auto\",\"separator\":\"\",\"features\":["
        "{\"at\":0,\"name\":\"age */ int x;\",\"mean\":31.5},"
        "{\"at\":1,\"mean\":0.0},"
        "{\"at\":2,\"name\":\"two\\nlines\",\"values\":[\"blue\",\"red\"]}],\"targets\":[]}";
    static const char *const in_onnx[] = {
        "[0] age */ int x;; where missing 31.5\n", "[1] column 2; where missing 0\n",
        "[2] two\\x0alines = \"blue\": 1, else 0\n", "[3] two\\x0alines = \"red\": 1, else 0\n"};
    incline_model *const model = small_model();
    unsigned char *file = NULL;
    size_t bytes = 0;

    require_ok(model_set_columns(model, columns));
    require_ok(incline_model_export(model, test_path("m.onnx"), NULL, NULL));
    require_ok(file_read(test_path("m.onnx"), 1 << 20, &file, &bytes));
    for (size_t i = 0; i < sizeof in_onnx / sizeof *in_onnx; i++)
        cr_expect(holds(file, bytes, in_onnx[i]), "not in the ONNX file: %s", in_onnx[i]);
    free(file);
    require_ok(incline_model_export(model, test_path("m.c"), NULL, NULL));
    require_ok(file_read(test_path("m.h"), 1 << 20, &file, &bytes));
    cr_expect(holds(file, bytes, " *   [0] age * / int x;; where missing 31.5\n"), "%s",
              (const char *)file);
    for (size_t i = 1; i < sizeof in_onnx / sizeof *in_onnx; i++)
        cr_expect(holds(file, bytes, in_onnx[i]), "not in the header: %s", in_onnx[i]);
    free(file);
    incline_model_destroy(model);
}

Test(export, csv_has_a_line_for_each_number)
{
    static const char expected[] = "layer,neuron,input,value\n"
                                   "0,0,-1,0.1\n0,0,0,1\n0,0,1,-2.5\n"
                                   "0,1,-1,0\n0,1,0,1e-20\n0,1,1,0.33333334\n";
    const uint32_t widths[] = {2, 2};
    const struct incline_model_options options = {.widths = widths, .width_count = 2};
    const char *const path = test_path("m.csv");
    struct incline_export_info info;
    incline_model *model = NULL;
    unsigned char *file = NULL;
    size_t bytes = 0;

    require_ok(incline_model_create(&options, &model));
    memcpy(incline_model_weights(model, 0), (float[]){1.0f, -2.5f, 1e-20f, 1.0f / 3.0f},
           4 * sizeof(float));
    memcpy(incline_model_biases(model, 0), (float[]){0.1f, 0.0f}, 2 * sizeof(float));
    require_ok(incline_model_export(model, path, NULL, &info));
    require_ok(file_read(path, 1 << 20, &file, &bytes));
    cr_assert(bytes == sizeof expected - 1 && memcmp(file, expected, bytes) == 0 &&
                  info.bytes == bytes,
              "found:\n%s", (const char *)file);
    free(file);
    incline_model_destroy(model);
}

#ifdef INCLINE_WITH_PNG

#include <png.h>

/* The red, green and blue of a pixel. */
static unsigned at(const png_image *image, const uint8_t *pixels, uint32_t x, uint32_t y)
{
    const uint8_t *const p = pixels + ((size_t)y * image->width + x) * 3;
    return (unsigned)p[0] << 16 | (unsigned)p[1] << 8 | p[2];
}

/* Images of 2 x 1: three neurons on a sheet of 2 x 2. */
Test(export, a_picture_shows_each_neuron_in_colours_of_its_own_scale)
{
    const uint32_t widths[] = {2, 3, 2};
    const struct incline_model_options options = {.widths = widths, .width_count = 3};
    const char *const path = test_path("neurons.png");
    png_image image = {.version = PNG_IMAGE_VERSION};
    incline_model *model = NULL;

    require_ok(incline_model_create(&options, &model));
    memcpy(incline_model_weights(model, 0), (float[]){4.0f, -2.0f, 0.0f, 0.0f, -0.1f, 0.1f},
           6 * sizeof(float));
    model->image_rows = 2;
    model->image_cols = 1;
    require_ok(incline_model_export(model, path, NULL, NULL));
    cr_assert(png_image_begin_read_from_file(&image, path) && image.format == PNG_FORMAT_RGB);
    cr_assert(image.width == 2 * 30 + 2 && image.height == 2 * 58 + 2, "%u x %u", image.width,
              image.height); /* zoom 28, gap 2 */
    uint8_t *const pixels = malloc(PNG_IMAGE_SIZE(image));
    cr_assert(png_image_finish_read(&image, NULL, pixels, 0, NULL));
    cr_expect(at(&image, pixels, 0, 0) == 0x404040 && at(&image, pixels, 61, 117) == 0x404040);
    cr_expect(at(&image, pixels, 2, 2) == 0xff0000, "largest: %06x", at(&image, pixels, 2, 2));
    cr_expect(at(&image, pixels, 29, 57) == 0x8080ff, "minus a half: %06x",
              at(&image, pixels, 29, 57));
    cr_expect(at(&image, pixels, 32, 2) == 0xffffff && at(&image, pixels, 59, 57) == 0xffffff);
    cr_expect(at(&image, pixels, 2, 60) == 0x0000ff && at(&image, pixels, 2, 115) == 0xff0000);
    cr_expect(at(&image, pixels, 32, 60) == 0x404040, "no fourth neuron");
    free(pixels);
    /* Inputs that are no images: a row for each neuron. */
    model->image_rows = model->image_cols = 0;
    require_ok(incline_model_export(model, path, NULL, NULL));
    cr_assert(png_image_begin_read_from_file(&image, path));
    cr_expect(image.width == 56 && image.height == 3 * 28);
    png_image_free(&image);
    incline_model_destroy(model);
}

#endif

Test(export, eight_bits_keep_each_weight_within_half_a_scale)
{
    incline_model *const model = small_model();
    incline_model *rounded = NULL;
    float *const w = incline_model_weights(model, 0);

    for (int i = 0; i < 4; i++) {
        w[i] = 0.0f;
        w[4 + i] = (float)(i - 1) * 1e-44f; /* too small for a scale */
    }
    require_ok(incline_model_quantize(model, &rounded));
    for (uint32_t l = 0; l < 2; l++) {
        const uint32_t inputs = l == 0 ? 4 : 3, outputs = l == 0 ? 3 : 2;
        const float *const exact = incline_model_weights(model, l);
        const float *const found = incline_model_weights(rounded, l);
        for (uint32_t o = 0; o < outputs; o++) {
            float largest = 0.0f;
            for (uint32_t i = 0; i < inputs; i++)
                largest = fmaxf(largest, fabsf(exact[o * inputs + i]));
            for (uint32_t i = 0; i < inputs; i++)
                cr_expect(fabsf(found[o * inputs + i] - exact[o * inputs + i]) <=
                              largest / 254.0f * 1.00001f + 1e-38f,
                          "layer %u [%u, %u]: %g for %g, largest %g", l, o, i,
                          (double)found[o * inputs + i], (double)exact[o * inputs + i],
                          (double)largest);
        }
    }
    require_fails(incline_model_quantize(model, NULL), INCLINE_EARG, "NULL");
    incline_model_destroy(rounded);
    incline_model_destroy(model);
}

Test(export, c_source_comes_with_its_header_and_measures_itself)
{
    const struct incline_export_options in_bytes = {.quantize = true};
    incline_model *const model = small_model();
    struct incline_export_info info;
    unsigned char *text = NULL;
    size_t bytes = 0;

    require_ok(model_set_class_names(model, (const char *const[]){"a\"b?\\", "caf\xc3\xa9"}));
    require_ok(incline_model_export(model, test_path("3 x.c"), NULL, &info));
    cr_expect(info.format == INCLINE_EXPORT_C && info.constant_bytes == 4 * (18 + 5) &&
              info.working_bytes == 4 * 3);
    require_ok(file_read(test_path("3 x.c"), 1 << 20, &text, &bytes));
    cr_expect(strstr((char *)text, "#include \"3 x.h\"") != NULL);
    cr_expect(strstr((char *)text, "\"a\\042b\\077\\134\"") != NULL, "%s", (char *)text);
    cr_expect(strstr((char *)text, "\"caf\\303\\251\"") != NULL);
    cr_expect(strstr((char *)text, "void net_3_x_predict(") != NULL);
    free(text);
    require_ok(file_read(test_path("3 x.h"), 1 << 20, &text, &bytes));
    cr_expect(strstr((char *)text, "#ifndef NET_3_X_H") != NULL);
    free(text);
    require_ok(incline_model_export(model, test_path("q.c"), &in_bytes, &info));
    cr_expect(info.constant_bytes == 18 + 4 * 2 * 5);
    require_fails(incline_model_export(model, test_path("q.onnx"), &in_bytes, NULL), INCLINE_EARG,
                  "only C source");
    require_fails(incline_model_export(model, test_path("net"),
                                       &(struct incline_export_options){.format = INCLINE_EXPORT_C},
                                       NULL),
                  INCLINE_EARG, "ends in .c");
    require_fails(incline_model_export(model, test_path("a\"b.c"), NULL, NULL), INCLINE_EARG,
                  "without quotes");
    incline_model_destroy(model);
}

Test(export, floats_of_c_source_come_back_to_the_bit)
{
    static const float values[] = {0.0f,     -0.0f,  1.0f,    -1.0f / 3.0f,     FLT_MAX,
                                   -FLT_MIN, 1e-45f, -1e-40f, 0x1.fffffep-127f, 1.0f / 255.0f};

    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        const struct c_float text = c_float(values[i]);
        char *end = NULL;
        const float back = strtof(text.text, &end);
        cr_expect(memcmp(&back, &values[i], sizeof back) == 0 && strcmp(end, "f") == 0,
                  "%a is written as %s", (double)values[i], text.text);
    }
}
