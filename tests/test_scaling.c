/* test_scaling.c - what columns and targets are scaled by: mean and deviation of the samples
 * trained on alone, and what stays in its unit. */
#include <math.h>

#include "host/train/scaling.h"
#include "tests/table_set.h"

/* Large numbers, categories as 0 and 1, a column that never changes, a target. */
static const char table[] = "size,flag,same,price\n"
                            "1001,0,7.1,10\n"
                            "1003,1,7.1,30\n"
                            "9999,1,8,999\n" /* kept apart */
                            "1001,1,7.1,10\n"
                            "1003,0,7.1,30\n";
enum { ROWS = 5, FEATURES = 3 };

static incline_dataset *open_table(void)
{
    const struct incline_data_options options = {.target_type = INCLINE_TARGET_NUMBERS};
    incline_dataset *dataset = NULL;

    require_ok(open_text("prices.csv", table, sizeof table - 1, &options, &dataset));
    return dataset;
}

/* A model of numbers that has adopted the table; `trained` keeps scaling 3 x + 4. */
static incline_model *adopted(const incline_dataset *dataset, bool trained)
{
    static const uint32_t widths[] = {FEATURES, 1};
    incline_model *model = NULL;

    require_ok(model_create(widths, 2, INCLINE_RELU, &model));
    model->task = INCLINE_TASK_REGRESSION;
    model->scale = trained ? 3.0f : 0.0f;
    model->shift = trained ? 4.0f : 0.0f;
    require_ok(scaling_adopt(model, dataset));
    return model;
}

Test(scaling, rows_kept_apart_do_not_count)
{
    incline_dataset *dataset = open_table();
    incline_model *model = adopted(dataset, false);
    uint32_t rows[ROWS] = {0, 1, 3, 4, 2};
    const struct split split = {.train = 4, .validation = 1, .rows = rows};
    const struct incline_train_options options = {0};

    cr_assert(scaling_asks_samples(model, &options, dataset));
    require_ok(scaling_work_out(model, &options, dataset, &split));
    const float *scale = model->input_scaling, *shift = scale + FEATURES;
    cr_expect(scale[0] == 1.0f && shift[0] == -1002.0f, "size: %g x + %g", (double)scale[0],
              (double)shift[0]);
    cr_expect(scale[1] == 1.0f && shift[1] == 0.0f, "0 and 1 become %g x + %g", (double)scale[1],
              (double)shift[1]);
    cr_expect(scale[2] == 1.0f && fabsf(shift[2] + 7.1f) < 1e-6f, "constant: %g x + %g",
              (double)scale[2], (double)shift[2]);
    cr_expect(model->output_scaling[0] == 10.0f && model->output_scaling[1] == 20.0f,
              "price: %g y + %g", (double)model->output_scaling[0],
              (double)model->output_scaling[1]);
    incline_model_destroy(model);
    incline_dataset_close(dataset);
}

/* A column that moves by its last bit in one row of many is no constant, whatever its size. */
Test(scaling, a_column_that_hardly_changes_is_scaled_and_one_that_does_not_is_not)
{
    enum { MANY = 5000 };
    static float values[MANY * 2];
    const float large = 1e6f, next = nextafterf(large, INFINITY);
    const uint32_t widths[] = {2, 1};
    const struct split split = {.train = MANY};
    const struct incline_train_options options = {0};
    incline_dataset *dataset = open_table();
    incline_model *model = NULL;

    for (size_t r = 0; r < MANY; r++) {
        values[2 * r] = r == 17 ? next : large;
        values[2 * r + 1] = 0.1f;
    }
    struct incline_dataset many = *dataset; /* with the table's columns, and other values */
    many.info.rows = MANY;
    many.info.features = 2;
    many.values = values;
    require_ok(model_create(widths, 2, INCLINE_RELU, &model));
    require_ok(scaling_work_out(model, &options, &many, &split));
    const double deviation = (double)(next - large) * sqrt((MANY - 1.0)) / MANY;
    cr_expect(fabs((double)model->input_scaling[0] * deviation - 1.0) < 1e-5,
              "scale %g, %g expected", (double)model->input_scaling[0], 1.0 / deviation);
    cr_expect(model->input_scaling[1] == 1.0f, "a constant has scale %g",
              (double)model->input_scaling[1]);
    incline_model_destroy(model);
    incline_dataset_close(dataset);
}

Test(scaling, nothing_is_scaled_where_that_was_asked_for)
{
    incline_dataset *dataset = open_table();
    incline_model *model = adopted(dataset, false);
    const struct split split = {.train = ROWS};
    const struct incline_train_options options = {.input_scaling = INCLINE_SCALING_NONE,
                                                  .target_scaling = INCLINE_SCALING_NONE};

    cr_expect(!scaling_asks_samples(model, &options, dataset));
    require_ok(scaling_work_out(model, &options, dataset, &split));
    cr_expect(model->input_scaling == NULL && model->output_scaling == NULL &&
              model->scale == 1.0f);
    incline_model_destroy(model);
    incline_dataset_close(dataset);
}

Test(scaling, a_model_that_was_trained_keeps_its_own)
{
    incline_dataset *dataset = open_table();
    struct incline_dataset bytes = *dataset; /* as if each number was a pixel */
    bytes.info.bytes = true;
    bytes.info.scale = 1.0f / 255.0f;
    incline_model *model = adopted(dataset, true);

    cr_expect(model->scale == 3.0f && model->shift == 4.0f);
    incline_model_destroy(model);
    model = adopted(dataset, false);
    cr_expect(model->scale == 1.0f && model->shift == 0.0f);
    incline_model_destroy(model);
    model = adopted(&bytes, true);
    cr_expect(model->scale == 3.0f && model->shift == 4.0f, "of bytes: %g x + %g",
              (double)model->scale, (double)model->shift);
    incline_model_destroy(model);
    model = adopted(&bytes, false);
    cr_expect(model->scale == bytes.info.scale);
    incline_model_destroy(model);
    incline_dataset_close(dataset);
}
