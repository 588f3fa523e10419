/* test_normalize.c - normalisation of hidden layers: numbers by hand, batches of one row, what is
 * used once training is over, runs that go on to the bit, and what cannot be.
 *
 * Lockstep with the reference over many shapes is in test_slots.c, gradients are in `incline
 * verify`, and tests/torch/norms.py compares with PyTorch. */
#include <math.h>
#include <stdio.h>

#include "device/runs.h"
#include "host/net/model.h"
#include "host/net/normalize.h"
#include "host/train/finite.h"

enum { FEATURES = 12, CLASSES = 3, ROWS = 50, BATCH = 16, EPOCHS = 3 };

static void expect_floats(const char *what, const float *found, const double *expected,
                          size_t count)
{
    for (size_t i = 0; i < count; i++)
        cr_expect(fabs((double)found[i] - expected[i]) <= 1e-6 * (1.0 + fabs(expected[i])),
                  "%s[%zu]: %.9g expected, %.9g found", what, i, expected[i], (double)found[i]);
}

/* x = [1 2; 3 2; 5 2]: means 3 and 2, variances 8/3 and 0; unbiased 4 and 0. */
Test(normalize, columns_by_hand)
{
    const float x[] = {1, 2, 3, 2, 5, 2}, gains[] = {2, 3}, shifts[] = {1, -1}, runs[] = {1, 1};
    const double scale = 1.0 / sqrt(8.0 / 3.0 + 1e-5), flat = 1.0 / sqrt(1e-5);
    struct rig rig = {.dev = test_device()};
    const struct span in = rig_floats(&rig, 6, x), y = rig_floats(&rig, 6, NULL);
    const struct span mean = rig_floats(&rig, 2, NULL), factor = rig_floats(&rig, 2, NULL);
    const struct span gain = rig_floats(&rig, 2, gains), shift = rig_floats(&rig, 2, shifts);
    const struct span run_mean = rig_floats(&rig, 2, runs), run_var = rig_floats(&rig, 2, runs);
    float found[6];

    require_ok(rig.dev->ops->moments(
        rig.dev, &(struct moments){in, mean, factor, run_mean, run_var, 3, 2, MOMENTS_OF_COLUMNS}));
    require_ok(rig.dev->ops->normalize(
        rig.dev, &(struct normalize){in, mean, factor, gain, shift, y, 3, 2, false, INCLINE_RELU}));
    rig_read(&rig, mean, 2, found);
    expect_floats("mean", found, (const double[]){3, 2}, 2);
    rig_read(&rig, factor, 2, found);
    expect_floats("scale", found, (const double[]){scale, flat}, 2);
    rig_read(&rig, run_mean, 2, found);
    expect_floats("running mean", found, (const double[]){0.9 + 0.3, 0.9 + 0.2}, 2);
    rig_read(&rig, run_var, 2, found);
    expect_floats("running variance", found, (const double[]){0.9 + 0.4, 0.9}, 2);
    rig_read(&rig, y, 6, found);
    expect_floats("y", found, (const double[]){0, 0, 1, 0, 1.0 + 4.0 * scale, 0}, 6);
    rig_expect_margins(&rig, "columns");
    rig_clear(&rig);
    incline_device_close(rig.dev);
}

/* The same numbers as rows, transposed, and linear. */
Test(normalize, rows_by_hand)
{
    const float x[] = {1, 3, 5, 2, 2, 2}, gains[] = {2, 3, 4}, shifts[] = {1, -1, 0};
    const double scale = 1.0 / sqrt(8.0 / 3.0 + 1e-5);
    struct rig rig = {.dev = test_device()};
    const struct span in = rig_floats(&rig, 6, x), y = rig_floats(&rig, 6, NULL);
    const struct span mean = rig_floats(&rig, 2, NULL), factor = rig_floats(&rig, 2, NULL);
    const struct span gain = rig_floats(&rig, 3, gains), shift = rig_floats(&rig, 3, shifts);
    float found[6];

    require_ok(rig.dev->ops->moments(
        rig.dev,
        &(struct moments){
            .x = in, .mean = mean, .scale = factor, .rows = 2, .cols = 3, .of = MOMENTS_OF_ROWS}));
    require_ok(
        rig.dev->ops->normalize(rig.dev, &(struct normalize){in, mean, factor, gain, shift, y, 2, 3,
                                                             true, INCLINE_LINEAR}));
    rig_read(&rig, y, 6, found);
    expect_floats("y", found,
                  (const double[]){1.0 - 4.0 * scale, -1.0, 8.0 * scale, 1.0, -1.0, 0.0}, 6);
    rig_expect_margins(&rig, "rows");
    rig_clear(&rig);
    incline_device_close(rig.dev);
}

/* Its variance is 0 and divided by no "rows - 1": the running ones stay, and nothing flows back. */
Test(normalize, a_batch_of_one_row_is_finite_and_leaves_the_running_moments)
{
    const float x[] = {1, 200, -3}, ones[] = {1, 1, 1}, ds[] = {1, -2, 3};
    const double same[] = {1, 1, 1}, nothing[] = {0, 0, 0};
    struct rig rig = {.dev = test_device()};
    const struct span in = rig_floats(&rig, 3, x), d = rig_floats(&rig, 3, ds);
    const struct span mean = rig_floats(&rig, 3, NULL), scale = rig_floats(&rig, 3, NULL);
    const struct span gain = rig_floats(&rig, 3, ones), run_mean = rig_floats(&rig, 3, ones),
                      run_variance = rig_floats(&rig, 3, ones);
    const struct span dgain = rig_floats(&rig, 3, NULL), dshift = rig_floats(&rig, 3, NULL);
    float found[3];

    require_ok(
        rig.dev->ops->moments(rig.dev, &(struct moments){in, mean, scale, run_mean, run_variance, 1,
                                                         3, MOMENTS_OF_COLUMNS}));
    require_ok(rig.dev->ops->normalize_gradient(
        rig.dev, &(struct normalize_gradient){in, mean, scale, gain, d, dgain, dshift, 1, 3, false,
                                              1.0f, false}));
    rig_read(&rig, run_mean, 3, found);
    expect_floats("running mean", found, same, 3);
    rig_read(&rig, run_variance, 3, found);
    expect_floats("running variance", found, same, 3);
    rig_read(&rig, d, 3, found);
    expect_floats("d", found, nothing, 3);
    rig_clear(&rig);
    incline_device_close(rig.dev);
}

/* The last batch of 49 samples in batches of 16 has one row. */
static struct incline_train_options options_for(int kind, bool more, const char *folder)
{
    struct incline_train_options options = {.hidden = {7, 5},
                                            .hidden_count = 2,
                                            .activation = INCLINE_RELU,
                                            .batch = BATCH,
                                            .epochs = EPOCHS,
                                            .seed = 7,
                                            .learning_rate = 0.05f,
                                            .validation = INCLINE_NONE,
                                            .output = folder};

    options.normalization = (enum incline_normalization)kind;
    if (more) {
        options.hidden_activation[1] = 1 + INCLINE_GELU;
        options.optimizer.kind = INCLINE_LAMB;
        options.optimizer.weight_decay = 1e-3f;
        options.optimizer.clip_norm = 1.0f;
        options.optimizer.max_norm = 2.0f;
        options.optimizer.ema = 0.5f;
        options.noise.dropout = 0.2f;
    }
    return options;
}

Test(normalize, runs_that_were_cut_go_on_to_the_bits_of_the_whole_one)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = nets_blobs(ROWS - 1, FEATURES, CLASSES, 1);

    for (int kind = INCLINE_NORMALIZE_BATCH; net_normalization_text(kind) != NULL; kind++)
        for (int more = 0; more <= (test_quick() ? 0 : 1); more++) {
            char whole[64], cut[64];
            struct history history = {0};
            incline_trainer *trainer = NULL;
            snprintf(whole, sizeof whole, "%s %d", net_normalization_text(kind), more);
            snprintf(cut, sizeof cut, "%s %d, cut", net_normalization_text(kind), more);
            struct incline_train_options options = options_for(kind, more, test_path(whole));
            run_through(dev, dataset, &options, &history, NULL, 0);
            cr_expect(history.epochs[EPOCHS - 1].loss < 0.98 * history.epochs[0].loss,
                      "%s learned nothing: loss %g, then %g", whole, history.epochs[0].loss,
                      history.epochs[EPOCHS - 1].loss);
            options = options_for(kind, more, test_path(cut));
            options.steps = 6;
            run_through(dev, dataset, &options, NULL, NULL, 0);
            require_ok(incline_trainer_resume(dev, dataset, test_path(cut), EPOCHS, 0, &trainer));
            require_ok(incline_trainer_run(trainer, NULL, NULL));
            incline_trainer_destroy(trainer);
            cr_expect(same_file(test_path(whole), test_path(cut), "checkpoint.safetensors"), "%s",
                      cut);
            cr_expect(same_file(test_path(whole), test_path(cut), "model.safetensors"), "%s", cut);
        }
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

static incline_model *trained(incline_device *dev, const incline_dataset *dataset, int kind)
{
    const struct incline_train_options options = options_for(kind, false, test_path("run"));
    char path[4096];
    incline_model *model = NULL;

    run_through(dev, dataset, &options, NULL, NULL, 0);
    snprintf(path, sizeof path, "%s/model.safetensors", test_path("run"));
    require_ok(incline_model_load(path, &model));
    return model;
}

static void expect_alike(const char *what, const float *one, const float *two, size_t count)
{
    for (size_t i = 0; i < count; i++)
        cr_expect(fabs((double)one[i] - (double)two[i]) <= 1e-5, "%s: %zu: %.9g and %.9g", what, i,
                  (double)one[i], (double)two[i]);
}

/* Alone or among others a sample is the same, and a model whose normalisation went into its weights
 * says the same. */
Test(normalize, what_was_trained_predicts_each_sample_by_itself_and_is_exported_whole)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = nets_blobs(ROWS - 1, FEATURES, CLASSES, 1);
    static float together[ROWS * CLASSES], alone[ROWS * CLASSES], other[ROWS * CLASSES];
    const size_t count = (ROWS - 1) * CLASSES;

    for (int kind = INCLINE_NORMALIZE_BATCH; net_normalization_text(kind) != NULL; kind++) {
        incline_model *model = trained(dev, dataset, kind), *read = NULL;
        const char *path = test_path("model.onnx");
        cr_expect(model->net.normalization == (enum incline_normalization)kind);
        const bool runs = kind == INCLINE_NORMALIZE_BATCH;
        cr_expect(incline_model_norm(model, 1, INCLINE_NORM_SHIFT) ==
                  model->params + net_norm_at(&model->net, 1, NET_SHIFT));
        cr_expect((incline_model_norm(model, 0, INCLINE_NORM_RUNNING_VARIANCE) != NULL) == runs);
        cr_expect(incline_model_norm(model, 2, INCLINE_NORM_GAIN) == NULL);
        require_ok(incline_predict(model, dev, dataset, 0, ROWS - 1, together));
        for (uint32_t r = 0; r < ROWS - 1; r++)
            require_ok(incline_predict(model, dev, dataset, r, 1, alone + (size_t)r * CLASSES));
        expect_alike("alone", together, alone, count);
        const int rc = incline_model_export(model, path, NULL, NULL);
        if (kind == INCLINE_NORMALIZE_LAYER) {
            cr_expect(rc == INCLINE_EARG && strstr(incline_last_error(), "each sample") != NULL,
                      "status %d: %s", rc, incline_last_error());
        } else {
            require_ok(rc);
            require_ok(incline_model_load(path, &read));
            cr_expect(read->net.normalization == INCLINE_NORMALIZE_NONE);
            require_ok(incline_predict(read, dev, dataset, 0, ROWS - 1, other));
            expect_alike("ONNX", together, other, count);
        }
        incline_model_destroy(read);
        incline_model_destroy(model);
    }
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

Test(normalize, a_number_that_is_not_finite_is_named_by_its_layer)
{
    const uint32_t widths[] = {4, 3, 2, 5};
    incline_model *model = NULL;
    struct run run = {.options.learning_rate = 0.1f};

    require_ok(model_create(widths, COUNT(widths), INCLINE_RELU, &model));
    require_ok(model_set_normalization(model, INCLINE_NORMALIZE_BATCH));
    net_init_params(&model->net, INCLINE_INIT_HE, 1, model->params);
    require_ok(finite_params(&model->net, model->params, &run, 7, false));
    incline_model_norm(model, 1, INCLINE_NORM_RUNNING_MEAN)[1] = NAN;
    require_fails(finite_params(&model->net, model->params, &run, 7, false), INCLINE_EDIVERGED,
                  "running mean 1 of the normalisation of layer 1 is not finite");
    incline_model_norm(model, 0, INCLINE_NORM_GAIN)[2] = INFINITY;
    require_fails(finite_params(&model->net, model->params, &run, 7, false), INCLINE_EDIVERGED,
                  "gain 2 of the normalisation of layer 0 is not finite");
    incline_model_destroy(model);
}

Test(normalize, a_batch_that_does_not_fit_is_refused_in_words)
{
    const uint32_t widths[] = {FEATURES, 7, CLASSES};
    incline_device *dev = test_device();
    struct plan plan;
    struct net net;

    require_ok(net_init(&net, widths, COUNT(widths), INCLINE_RELU));
    require_ok(net_set_normalization(&net, INCLINE_NORMALIZE_BATCH));
    dev->info.max_alloc_bytes = 1 << 16;
    require_ok(plan_create(&plan, dev, &net, NULL, 4096));
    cr_expect(plan.rows < 4096 && plan.arena_floats * sizeof(float) <= 1 << 16,
              "%u rows of a pass in %zu floats", plan.rows, plan.arena_floats);
    require_ok(normalize_check_batch(&plan, plan.rows));
    const int rc = normalize_check_batch(&plan, 4096);
    cr_expect(rc == INCLINE_EARG && strstr(incline_last_error(), "take a smaller batch") != NULL,
              "status %d: %s", rc, incline_last_error());
    plan_destroy(&plan);
    net_clear(&net);
    incline_device_close(dev);
}

Test(normalize, batches_of_one_sample_are_refused_where_they_would_train_nothing)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = nets_blobs(20, FEATURES, CLASSES, 1);
    struct incline_train_options options = {.normalization = INCLINE_NORMALIZE_BATCH, .batch = 1};
    incline_trainer *trainer = NULL;

    require_fails(incline_trainer_create(dev, dataset, &options, &trainer), INCLINE_EARG,
                  "take a larger --batch-size");
    options.normalization = INCLINE_NORMALIZE_LAYER;
    require_ok(incline_trainer_create(dev, dataset, &options, &trainer));
    incline_trainer_destroy(trainer);
    options.normalization = INCLINE_NORMALIZE_BATCH;
    options.no_hidden = true;
    require_ok(incline_trainer_create(dev, dataset, &options, &trainer));
    incline_trainer_destroy(trainer);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

/* Every gain and every moment has its place, behind the weights and biases. */
Test(normalize, numbers_of_each_layer_lie_side_by_side_behind_the_biases)
{
    const uint32_t widths[] = {4, 3, 2, 5};
    struct net net;

    require_ok(net_init(&net, widths, COUNT(widths), INCLINE_RELU));
    const size_t dense = 4 * 3 + 3 * 2 + 2 * 5 + 3 + 2 + 5;
    cr_expect(net.param_count == dense && net.trained_count == dense && net.dense_count == dense);
    require_ok(net_set_normalization(&net, INCLINE_NORMALIZE_BATCH));
    cr_expect(net.trained_count == dense + 2 * 5 && net.param_count == dense + 4 * 5);
    for (uint32_t which = 0; which < NET_NORMS; which++)
        for (uint32_t l = 0; l < 2; l++)
            cr_expect(net_norm_at(&net, l, (enum net_norm)which) == dense + which * 5 + l * 3);
    cr_expect(!net_normalizes(&net, 2), "the last layer is not hidden");
    require_ok(net_set_normalization(&net, INCLINE_NORMALIZE_LAYER));
    cr_expect(net.trained_count == dense + 2 * 5 && net.param_count == net.trained_count);
    net_clear(&net);
}
