/* test_missing.c - numbers that a table lacks: the mean of the rows trained on and of no others, in
 * training, in the model, and wherever it is used. */
#include <math.h>
#include <stdio.h>

#include "device/runs.h"
#include "host/data/split.h"
#include "tests/table_set.h"

enum { ROWS = 40, PARAMS = 2 * 4 + 4 + 4 * 2 + 2 };

static const struct incline_train_options short_run = {
    .hidden = {4}, .hidden_count = 1, .batch = 8, .epochs = 2, .seed = 3, .validation = 0.25f};

/* Rows of x, z, kind: of those to train on x is 1 or 3, as often one as the other, of those kept
 * apart 1000; every fifth has none, but `instead`. */
static incline_dataset *table(const char *file, const char *instead)
{
    char text[ROWS * 32] = "x,z,kind\n";
    const uint32_t kept = split_rows(ROWS, short_run.validation);
    uint32_t labels[ROWS], odd = 0;
    bool apart[ROWS] = {false};
    struct split split;
    incline_dataset *plain = NULL, *dataset = NULL;
    float x[ROWS] = {0};

    for (uint32_t r = 0; r < ROWS; r++)
        labels[r] = r % 2;
    require_ok(incline_dataset_create(
        &(struct incline_samples){
            .rows = ROWS, .features = 1, .classes = 2, .floats = x, .labels = labels},
        &plain));
    require_ok(split_make(plain, kept, short_run.seed, &split)); /* by the labels alone */
    for (uint32_t i = split.train; i < ROWS; i++)
        apart[split.rows[i]] = true;
    uint32_t last = 0, ones = 0, threes = 0;
    for (uint32_t r = 0; r < ROWS; r++)
        last = apart[r] || r % 5 == 0 ? last : r;
    for (uint32_t r = 0; r < ROWS; r++) {
        const size_t used = strlen(text);
        char value[16] = "1000";
        if (!apart[r] && r % 5 != 0)
            snprintf(value, sizeof value, "%d",
                     r == last && ones == threes ? 2
                     : odd++ % 2 == 0            ? 1
                                                 : 3);
        ones += strcmp(value, "1") == 0;
        threes += strcmp(value, "3") == 0;
        snprintf(text + used, sizeof text - used, "%s,%u,%s\n", r % 5 == 0 ? instead : value,
                 r * 7 % 11, r % 2 == 0 ? "a" : "b");
    }
    cr_assert(ones == threes && ones > 5, "%u and %u", ones, threes);
    split_clear(&split);
    incline_dataset_close(plain);
    require_ok(open_text(file, text, strlen(text), NULL, &dataset));
    return dataset;
}

static incline_trainer *trained(incline_device *dev, const incline_dataset *dataset,
                                const struct incline_train_options *options)
{
    incline_trainer *trainer = NULL;
    struct history history = {0};

    require_ok(incline_trainer_create(dev, dataset, options, &trainer));
    require_ok(incline_trainer_run(trainer, history_add, &history));
    return trainer;
}

static const float *params_of(const incline_trainer *trainer)
{
    return incline_model_weights((incline_model *)(uintptr_t)incline_trainer_model(trainer), 0);
}

static double mean_of_x(const char *columns)
{
    static const char key[] = "\"name\":\"x\",\"mean\":";
    const char *const mean = strstr(columns, key);
    cr_assert(mean != NULL, "%s", columns);
    return strtod(mean + strlen(key), NULL);
}

Test(missing, rows_kept_apart_do_not_count_in_what_is_trained_on)
{
    incline_device *dev = test_device();
    incline_dataset *lacks = table("lacks.csv", "NA"), *whole = table("whole.csv", "2");
    struct incline_train_options options = short_run;

    cr_assert(lacks->missing != NULL && mean_of_x(incline_dataset_columns(lacks)) > 100.0);
    for (int scaled = 0; scaled < 2; scaled++) {
        options.input_scaling = scaled ? INCLINE_SCALING_STANDARD : INCLINE_SCALING_NONE;
        incline_trainer *found = trained(dev, lacks, &options);
        incline_trainer *expected = trained(dev, whole, &options);
        const double mean = mean_of_x(incline_model_columns(incline_trainer_model(found)));
        cr_expect(mean == 2.0, "the rows trained on have a mean of 2, the model %g", mean);
        cr_expect(memcmp(params_of(found), params_of(expected), PARAMS * sizeof(float)) == 0,
                  "scaled %d: not as with 2 for what is missing", scaled);
        incline_trainer_destroy(found);
        incline_trainer_destroy(expected);
    }
    incline_dataset_close(lacks);
    incline_dataset_close(whole);
    incline_device_close(dev);
}

Test(missing, a_model_sees_its_own_mean_whatever_means_data_were_read_with)
{
    incline_device *dev = test_device();
    incline_dataset *lacks = table("lacks.csv", "NA"), *whole = table("whole.csv", "2");
    incline_trainer *trainer = trained(dev, lacks, &short_run);
    const incline_model *model = incline_trainer_model(trainer);
    float found[2 * ROWS], expected[2 * ROWS];
    struct incline_evaluation seen, all;

    require_ok(incline_predict(model, dev, lacks, 0, ROWS, found));
    require_ok(incline_predict(model, dev, whole, 0, ROWS, expected));
    cr_expect(memcmp(found, expected, sizeof found) == 0, "predictions differ");
    require_ok(incline_evaluate(model, dev, lacks, NULL, &seen));
    require_ok(incline_evaluate(model, dev, whole, NULL, &all));
    cr_expect(seen.loss == all.loss && seen.correct == all.correct);
    cr_expect(dataset_missing(lacks, 0, 0) && ((const float *)lacks->values)[0] > 100.0f,
              "the data set itself has changed");

    /* Read by the model's columns. */
    const struct incline_data_options later = {.columns = incline_model_columns(model)};
    incline_dataset *again = NULL;
    require_ok(incline_dataset_open_with(test_path("lacks.csv"), INCLINE_TEST, &later, &again));
    require_ok(incline_predict(model, dev, again, 0, ROWS, found));
    cr_expect(memcmp(found, expected, sizeof found) == 0, "predictions differ");

    /* Trained on, the weights go with that mean. */
    struct incline_train_options more = short_run;
    more.model = (incline_model *)(uintptr_t)model;
    more.seed = 4; /* another split */
    incline_trainer *on = trained(dev, again, &more);
    cr_expect_str_eq(incline_model_columns(incline_trainer_model(on)), later.columns);
    incline_trainer_destroy(on);

    /* Another split has another mean, and the same columns. */
    more.model = NULL;
    on = trained(dev, lacks, &more);
    const incline_model *other = incline_trainer_model(on);
    cr_expect(mean_of_x(incline_model_columns(other)) > 10.0);
    cr_expect(incline_model_same_columns(model, other));
    incline_trainer_destroy(on);

    incline_dataset_close(again);
    incline_trainer_destroy(trainer);
    incline_dataset_close(lacks);
    incline_dataset_close(whole);
    incline_device_close(dev);
}

Test(missing, a_run_goes_on_with_its_means)
{
    incline_device *dev = test_device();
    incline_dataset *lacks = table("lacks.csv", "NA");
    const char *const folder = test_path("run");
    struct incline_train_options options = short_run;
    incline_trainer *resumed = NULL;
    struct history history = {0};

    incline_trainer *whole = trained(dev, lacks, &options);
    options.output = folder;
    options.epochs = 1;
    incline_trainer_destroy(trained(dev, lacks, &options));
    require_ok(incline_trainer_resume(dev, lacks, folder, 2, 0, &resumed));
    require_ok(incline_trainer_run(resumed, history_add, &history));
    cr_expect(memcmp(params_of(resumed), params_of(whole), PARAMS * sizeof(float)) == 0);
    cr_expect_str_eq(incline_model_columns(incline_trainer_model(resumed)),
                     incline_model_columns(incline_trainer_model(whole)));
    incline_trainer_destroy(resumed);
    incline_trainer_destroy(whole);
    incline_dataset_close(lacks);
    incline_device_close(dev);
}
