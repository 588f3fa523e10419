/* test_model.c - models in memory: what they are without options, their names, copies. */
#include <string.h>

#include "host/net/model.h"
#include "support.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

Test(model, a_model_without_options_is_784_10_10_with_numbered_classes)
{
    incline_model *model = NULL;
    struct incline_model_info info;

    require_ok(incline_model_create(NULL, &model));
    incline_model_describe(model, &info);
    cr_expect(info.layers == 2 && info.widths[0] == 784 && info.widths[1] == 10 &&
                  info.widths[2] == 10 && info.parameters == 7960,
              "784-10-10 with 7960 parameters expected, %u layers and %llu found", info.layers,
              (unsigned long long)info.parameters);
    cr_expect(info.scale == 0.0f && info.shift == 0.0f && info.image_rows == 0 &&
                  info.image_cols == 0 && info.trained_on[0] == '\0',
              "an untrained model must take its inputs as they are");
    cr_expect(strcmp(incline_model_class_name(model, 0), "0") == 0);
    cr_expect(strcmp(incline_model_class_name(model, 9), "9") == 0);
    cr_expect(strcmp(incline_model_class_name(model, 10), "") == 0);
    incline_model_destroy(model);
}

Test(model, weights_and_biases_are_where_the_layout_says)
{
    incline_model *model = NULL;

    require_ok(incline_model_create(NULL, &model));
    cr_expect(incline_model_weights(model, 0) == model->params);
    cr_expect(incline_model_weights(model, 1) == model->params + 7840);
    cr_expect(incline_model_biases(model, 0) == model->params + 7940);
    cr_expect(incline_model_biases(model, 1) == model->params + 7950);
    cr_expect(incline_model_weights(model, 2) == NULL && incline_model_biases(model, 2) == NULL);
    incline_model_destroy(model);
}

Test(model, a_model_that_cannot_be_made_leaves_the_out_parameter)
{
    const uint32_t widths[] = {784, 0};
    struct incline_model_options options = {.widths = widths, .width_count = 2};
    incline_model *model = NULL;

    require_fails(incline_model_create(&options, &model), INCLINE_EARG, "width 2 of 2 is 0");
    options = (struct incline_model_options){.width_count = 3};
    require_fails(incline_model_create(&options, &model), INCLINE_EARG, "0 widths");
    options = (struct incline_model_options){.init = (enum incline_init)7};
    require_fails(incline_model_create(&options, &model), INCLINE_EARG, "kind 7");
    require_fails(incline_model_create(NULL, NULL), INCLINE_EARG, "NULL");
    cr_expect(model == NULL, "the out-parameter was written");
    incline_model_destroy(NULL);
}

Test(model, class_names_are_copied_and_gaps_are_numbered)
{
    const uint32_t widths[] = {2, 3};
    char shirt[] = "gr\xc3\xbcn";
    const char *const names[] = {"", NULL, shirt};
    incline_model *model = NULL;

    require_ok(model_create(widths, COUNT(widths), INCLINE_RELU, &model));
    require_ok(model_set_class_names(model, names));
    shirt[0] = '#';
    static const char *const expected[] = {"", "1", "gr\xc3\xbcn"};
    for (uint32_t c = 0; c < 3; c++)
        cr_expect(strcmp(incline_model_class_name(model, c), expected[c]) == 0,
                  "class %u: \"%s\" expected, \"%s\" found", c, expected[c],
                  incline_model_class_name(model, c));
    incline_model_destroy(model);
}

Test(model, a_copy_shares_nothing_with_its_model)
{
    const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
    const struct incline_model_options options = {.init = INCLINE_INIT_UNIFORM, .seed = 1};
    incline_model *model = NULL, *copy = NULL;

    require_ok(incline_model_create(&options, &model));
    model->scale = 0.25f;
    model->shift = -3.0f;
    model->image_rows = model->image_cols = 28;
    strcpy(model->trained_on, "digits");
    require_ok(model_set_class_names(model, names));
    require_ok(model_copy(model, &copy));
    const size_t bytes = model->net.param_count * sizeof(float);
    cr_expect(memcmp(copy->params, model->params, bytes) == 0, "the parameters differ");
    const float first = model->params[0];
    model->params[0] = 77.0f;
    cr_expect(copy->params[0] == first, "the copy shares its parameters");
    incline_model_destroy(model);
    struct incline_model_info info;
    incline_model_describe(copy, &info);
    cr_expect(info.widths[0] == 784 && info.scale == 0.25f && info.shift == -3.0f &&
                  info.image_rows == 28 && info.image_cols == 28 &&
                  strcmp(info.trained_on, "digits") == 0 &&
                  strcmp(incline_model_class_name(copy, 9), "j") == 0,
              "the copy lost something");
    incline_model_destroy(copy);
}
