/* test_tensors.c - models made of the tensors alone that a file holds, as PyTorch writes them. */
#include <string.h>

#include "container.h"
#include "host/formats/model_file.h"
#include "support.h"

#define PT(name, shape, offsets) \
    "\"" name "\":{\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

/* Python's writer sorts by name within a type and notes the framework. */
Test(tensors, a_file_from_pytorch_is_read)
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

#define W0 PT("layers.0.weight", "[1,2]", "[0,8]")
#define B0 PT("layers.0.bias", "[1]", "[8,12]")

Test(tensors, tensors_that_make_no_network_are_refused)
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

Test(tensors, layers_of_a_described_model_have_no_gap)
{
    static const char header[] = "{\"__metadata__\":{\"incline.format\":\"1\"}," PT(
        "layers.1.weight", "[1,2]", "[0,8]") "," PT("layers.1.bias", "[1]", "[8,12]") "}";
    const char *const path = test_path("gap.safetensors");
    incline_model *model = NULL;

    write_container(path, header, 0, NULL, 12, 0);
    expect_refused("gap", incline_model_load(path, &model), INCLINE_EFORMAT, path,
                   "layers.0.weight is missing before layers.1.weight");
}
