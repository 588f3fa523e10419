/* test_mean.c - several models, and copies of samples, evaluated as one: by hand from what each
 * predicts, each of them beside it, and models that do not go together. */
#include <math.h>

#include "device/runs.h"
#include "host/data/dataset.h"
#include "host/net/model.h"

enum { ROWS = 60, FEATURES = 784, CLASSES = 10 };

static incline_dataset *images(void)
{
    incline_dataset *dataset = NULL;
    require_ok(digits_create(ROWS, 1, &dataset));
    return dataset;
}

/* A network of fresh weights; the scaling is the data's. */
static incline_model *fresh(uint32_t inputs, uint32_t hidden, uint32_t classes, uint64_t seed)
{
    const uint32_t widths[] = {inputs, hidden, classes};
    const struct incline_model_options options = {.widths = widths, .width_count = 3, .seed = seed};
    incline_model *model = NULL;
    require_ok(incline_model_create(&options, &model));
    return model;
}

static void expect_near(const char *what, double found, double expected)
{
    cr_expect(fabs(found - expected) <= 1e-6 * fmax(1.0, fabs(expected)),
              "%s: %.9g expected, %.9g found", what, expected, found);
}

/* What comes of mean probabilities sums[ROWS, CLASSES] / times. */
static void expect_scores(const incline_dataset *dataset, const double *sums, double times,
                          const struct incline_evaluation *found, const uint64_t *confusion)
{
    uint64_t expected[CLASSES * CLASSES] = {0};
    double loss = 0.0;
    uint32_t correct = 0;

    for (uint32_t r = 0; r < ROWS; r++) {
        const double *p = sums + r * CLASSES;
        uint32_t label, best = 0;
        require_ok(incline_dataset_sample(dataset, r, NULL, &label));
        for (uint32_t c = 1; c < CLASSES; c++)
            best = p[c] > p[best] ? c : best;
        correct += best == label;
        loss -= log(p[label] / times) / ROWS;
        expected[label * CLASSES + best]++;
    }
    cr_expect(found->rows == ROWS && found->correct == correct, "%u of %u, %u expected",
              found->correct, found->rows, correct);
    expect_near("loss", found->loss, loss);
    expect_near("accuracy", found->accuracy, (double)correct / ROWS);
    cr_expect(memcmp(confusion, expected, sizeof expected) == 0, "another confusion matrix");
}

static void add_predictions(incline_device *dev, const incline_model *model,
                            const incline_dataset *dataset, double *sums)
{
    static float p[ROWS * CLASSES];
    require_ok(incline_predict(model, dev, dataset, 0, ROWS, p));
    for (size_t i = 0; i < COUNT(p); i++)
        sums[i] += (double)p[i];
}

Test(mean, of_two_models_is_that_of_their_probabilities)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = images();
    incline_model *a = fresh(FEATURES, 5, CLASSES, 1), *b = fresh(FEATURES, 8, CLASSES, 2);
    const incline_model *const models[] = {a, b};
    struct incline_evaluation each[2], alone, together;
    uint64_t confusion[CLASSES * CLASSES];
    double sums[ROWS * CLASSES] = {0};

    require_ok(
        incline_evaluate_mean(models, 2, dev, dataset, NULL, confusion, NULL, each, &together));
    for (size_t m = 0; m < 2; m++) {
        add_predictions(dev, models[m], dataset, sums);
        require_ok(incline_evaluate(models[m], dev, dataset, NULL, &alone));
        cr_expect(each[m].loss == alone.loss && each[m].correct == alone.correct,
                  "model %zu: loss %.9g, %.9g alone", m, each[m].loss, alone.loss);
    }
    expect_scores(dataset, sums, 2.0, &together, confusion);
    incline_model_destroy(a);
    incline_model_destroy(b);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

/* The set as a step of a run would distort it. */
static incline_dataset *distorted(incline_device *dev, const incline_dataset *dataset,
                                  const struct incline_image_options *options)
{
    static float pixels[ROWS * FEATURES];
    uint32_t rows[ROWS];
    const struct incline_samples samples = {
        .rows = ROWS, .features = FEATURES, .floats = pixels, .image_rows = 28, .image_cols = 28};
    incline_dataset *made = NULL;

    for (uint32_t r = 0; r < ROWS; r++)
        rows[r] = r;
    require_ok(incline_augment_images(dev, dataset, options, rows, ROWS, pixels));
    require_ok(incline_dataset_create(&samples, &made));
    return made;
}

Test(mean, over_copies_is_that_of_the_images_as_training_would_draw_them)
{
    const struct incline_mean_options options = {
        .copies = 3, .augmentation = {.rotate = 15.0f, .elastic_alpha = 10.0f}, .seed = 4};
    struct incline_image_options how = {
        .deskew = true, .augmentation = options.augmentation, .seed = options.seed};
    incline_device *dev = test_device();
    incline_dataset *dataset = images();
    incline_model *model = fresh(FEATURES, 5, CLASSES, 1), *plain = fresh(FEATURES, 5, CLASSES, 1);
    const incline_model *const models[] = {model};
    struct incline_evaluation each, alone, together;
    uint64_t confusion[CLASSES * CLASSES];
    double sums[ROWS * CLASSES] = {0};

    model->image_rows = model->image_cols = 28;
    model->deskew = true;
    require_ok(incline_evaluate_mean(models, 1, dev, dataset, &options, confusion, NULL, &each,
                                     &together));
    require_ok(incline_evaluate(model, dev, dataset, NULL, &alone));
    cr_expect(each.loss == alone.loss && each.correct == alone.correct);
    add_predictions(dev, model, dataset, sums);
    for (how.step = 0; how.step < options.copies; how.step++) {
        incline_dataset *copy = distorted(dev, dataset, &how);
        add_predictions(dev, plain, copy, sums);
        incline_dataset_close(copy);
    }
    expect_scores(dataset, sums, 1.0 + options.copies, &together, confusion);
    incline_model_destroy(plain);
    incline_model_destroy(model);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

/* Numbers and labels: a model twice is the model. */
Test(mean, of_a_model_with_itself_is_the_model)
{
    enum { SAMPLES = 40, INPUTS = 3, OUTPUTS = 2 };
    static const enum incline_task tasks[] = {INCLINE_TASK_REGRESSION, INCLINE_TASK_LABELS};
    float floats[SAMPLES * INPUTS], targets[SAMPLES * OUTPUTS];
    const float scales[] = {2.0f, 0.5f}, shifts[] = {0.25f, -1.0f};
    incline_device *dev = test_device();

    for (size_t i = 0; i < COUNT(floats); i++)
        floats[i] = rig_value(31, i, false);
    for (size_t i = 0; i < COUNT(targets); i++)
        targets[i] = rig_value(32, i, false) > 0.0f ? 1.0f : 0.0f;
    const struct incline_samples samples = {.rows = SAMPLES,
                                            .features = INPUTS,
                                            .outputs = OUTPUTS,
                                            .floats = floats,
                                            .targets = targets};
    incline_dataset *dataset = NULL;
    require_ok(incline_dataset_create(&samples, &dataset));
    for (size_t t = 0; t < COUNT(tasks); t++) {
        incline_model *model = fresh(INPUTS, 6, OUTPUTS, 3);
        const incline_model *const models[] = {model, model};
        struct incline_evaluation alone, together;
        struct incline_output_score scores[OUTPUTS], expected[OUTPUTS];
        model->task = tasks[t];
        if (tasks[t] == INCLINE_TASK_REGRESSION)
            require_ok(model_set_output_scaling(model, scales, shifts));
        require_ok(incline_evaluate_outputs(model, dev, dataset, expected, &alone));
        require_ok(
            incline_evaluate_mean(models, 2, dev, dataset, NULL, NULL, scores, NULL, &together));
        cr_expect(together.correct == alone.correct, "%u, %u expected", together.correct,
                  alone.correct);
        expect_near("loss", together.loss, alone.loss);
        if (tasks[t] == INCLINE_TASK_REGRESSION)
            expect_near("R2", together.r2, alone.r2);
        else
            expect_near("F1", together.f1, alone.f1);
        for (size_t o = 0; o < OUTPUTS && tasks[t] == INCLINE_TASK_REGRESSION; o++)
            expect_near("RMSE", scores[o].rmse, expected[o].rmse);
        for (size_t o = 0; o < OUTPUTS && tasks[t] == INCLINE_TASK_LABELS; o++)
            cr_expect(scores[o].true_positives == expected[o].true_positives);
        incline_model_destroy(model);
    }
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

/* Probabilities that are 0 or 1 as floats: a wrong one costs what the least float does, not
 * infinity. */
Test(mean, a_model_that_is_sure_has_a_finite_loss)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = images();
    incline_model *model = fresh(FEATURES, 6, CLASSES, 3);
    const incline_model *const models[] = {model, model};
    struct incline_evaluation alone, together;

    for (size_t i = 0; i < model->net.param_count; i++)
        model->params[i] *= 100.0f;
    require_ok(incline_evaluate(model, dev, dataset, NULL, &alone));
    require_ok(incline_evaluate_mean(models, 2, dev, dataset, NULL, NULL, NULL, NULL, &together));
    cr_expect(alone.loss > 1000.0, "not sure at all: %g", alone.loss);
    cr_expect(together.loss > 10.0 && together.loss <= 149.0 * log(2.0), "%g", together.loss);
    cr_expect(together.correct == alone.correct);
    incline_model_destroy(model);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

Test(mean, what_does_not_go_together_is_refused)
{
    const struct incline_mean_options still = {.copies = 2};
    const struct incline_mean_options turned = {.copies = 2, .augmentation = {.rotate = 5.0f}};
    incline_device *dev = test_device();
    incline_dataset *dataset = images(), *blobs = nets_blobs(30, 12, 3, 1);
    incline_model *model = fresh(FEATURES, 5, CLASSES, 1), *other = fresh(12, 5, 3, 1);
    const incline_model *const models[] = {model, other}, *const single[] = {other};
    struct incline_output_score scores[CLASSES];
    struct incline_evaluation e;

    require_fails(incline_evaluate_mean(models, 0, dev, dataset, NULL, NULL, NULL, NULL, &e),
                  INCLINE_EARG, "no models");
    require_fails(incline_evaluate_mean(models, 2, dev, dataset, NULL, NULL, NULL, NULL, &e),
                  INCLINE_ESHAPE, "784");
    require_fails(incline_evaluate_mean(models, 1, dev, dataset, NULL, NULL, scores, NULL, &e),
                  INCLINE_ESHAPE, "confusion");
    require_fails(incline_evaluate_mean(models, 1, dev, dataset, &still, NULL, NULL, NULL, &e),
                  INCLINE_EARG, "not distorted");
    require_fails(incline_evaluate_mean(single, 1, dev, blobs, &turned, NULL, NULL, NULL, &e),
                  INCLINE_EARG, "no images");
    incline_model_destroy(other);
    incline_model_destroy(model);
    incline_dataset_close(blobs);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}
