/* test_export.c - models for other programs: which format is taken, and what is refused. What other
 * programs make of the files, tests/interop/models.py asks them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/formats/bytes.h"
#include "host/formats/protobuf.h"
#include "host/util/file.h"
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

    require_ok(incline_model_export(model, path, NULL));
    require_ok(file_read(path, 1 << 20, &by_name, &name_bytes));
    require_ok(incline_model_export(model, test_path("model"), &onnx));
    require_ok(file_read(test_path("model"), 1 << 20, &by_option, &option_bytes));
    cr_expect(name_bytes == option_bytes && memcmp(by_name, by_option, name_bytes) == 0,
              "the same model should give the same bytes");
    free(by_name);
    free(by_option);
    require_fails(incline_model_export(model, test_path("model"), NULL), INCLINE_EARG, ".onnx");
    require_fails(incline_model_export(model, test_path("a.onnx/model"), NULL), INCLINE_EARG,
                  "no format goes by that ending");
    require_fails(incline_model_export(NULL, path, NULL), INCLINE_EARG, "NULL");
    require_fails(incline_model_export(model, test_path("no/such/m.onnx"), NULL), INCLINE_EIO,
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
        require_fails(incline_model_export(model, path, NULL), INCLINE_EFORMAT,
                      "layers.0.weight[1, 1] is nan");
        cr_expect(!file_exists(path), "%s was written", path);
    }
    cr_expect(incline_export_format_text(INCLINE_EXPORT_BY_NAME) == NULL);
    incline_model_destroy(model);
}
