/* test_evaluate.c - what a model makes of data: numbers by hand, confusion, probabilities, parts
 * of a set, sets larger than a pass or than the device, and models that do not fit. */
#include <math.h>

#include "device/nets.h"
#include "host/backend/bounds.h"
#include "host/net/model.h"

/* Two inputs, two classes, logits = inputs (scaled by 1/2 and shifted by 1), no hidden layer. */
static incline_model *tiny_model(void)
{
    const uint32_t widths[] = {2, 2};
    incline_model *model = NULL;

    require_ok(model_create(widths, 2, INCLINE_RELU, &model));
    model->params[0] = model->params[3] = 1.0f; /* W = identity, b = 0 */
    model->scale = 0.5f;
    model->shift = 1.0f;
    return model;
}

static incline_dataset *floats_of(const float *floats, const uint32_t *labels, uint32_t rows,
                                  uint32_t features, uint32_t classes)
{
    const struct incline_samples samples = {
        .rows = rows, .features = features, .classes = classes, .floats = floats, .labels = labels};
    incline_dataset *dataset = NULL;
    require_ok(incline_dataset_create(&samples, &dataset));
    return dataset;
}

static void expect_near(const char *what, double found, double expected)
{
    cr_expect(fabs(found - expected) <= 1e-6, "%s: %.9g expected, %.9g found", what, expected,
              found);
}

/* Halved, the differences of the logits are log 3, -log 3, 0 and log 9. */
Test(evaluate, loss_accuracy_confusion_and_probabilities_by_hand)
{
    const float ln3 = (float)log(3.0);
    const float floats[] = {2.0f * ln3, 0, 0, 2.0f * ln3, 5, 5, 4.0f * ln3, 0};
    const uint32_t labels[] = {0, 0, 1, 0};
    const double expected[] = {0.75, 0.25, 0.25, 0.75, 0.5, 0.5, 0.9, 0.1};
    incline_device *dev = test_device();
    incline_dataset *dataset = floats_of(floats, labels, 4, 2, 2);
    incline_model *model = tiny_model();
    struct incline_evaluation e;
    uint64_t confusion[4] = {9, 9, 9, 9};
    float p[8];

    require_ok(incline_evaluate(model, dev, dataset, confusion, &e));
    cr_expect(e.rows == 4 && e.correct == 2, "2 of 4 expected, %u of %u found", e.correct, e.rows);
    expect_near("accuracy", e.accuracy, 0.5);
    expect_near("loss", e.loss, (log(4.0 / 3.0) + log(4.0) + log(2.0) + log(10.0 / 9.0)) / 4.0);
    cr_expect(confusion[0] == 2 && confusion[1] == 1 && confusion[2] == 1 && confusion[3] == 0,
              "2 1 / 1 0 expected, %u %u / %u %u found", (unsigned)confusion[0],
              (unsigned)confusion[1], (unsigned)confusion[2], (unsigned)confusion[3]);
    require_ok(incline_predict(model, dev, dataset, 0, 4, p));
    for (size_t i = 0; i < COUNT(p); i++)
        expect_near("probability", (double)p[i], expected[i]);
    cr_expect(dev->children == 0, "%zu buffers are left", dev->children);
    incline_model_destroy(model);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

enum { FEATURES = 12, CLASSES = 5, ROWS = 67 };

static incline_model *made_up_model(void)
{
    static const uint32_t widths[] = {FEATURES, 7, CLASSES};
    incline_model *model = NULL;

    require_ok(incline_model_create(
        &(struct incline_model_options){
            .widths = widths, .width_count = 3, .init = INCLINE_INIT_UNIFORM, .seed = 2},
        &model));
    model->scale = 1.0f / 255.0f;
    return model;
}

/* Predictions and evaluation count the same, and both agree with a forward in double. */
Test(evaluate, predictions_confusion_and_counts_agree_with_each_other_and_with_double)
{
    static struct nets_sample sample;
    incline_device *dev = test_device();
    incline_dataset *dataset = nets_blobs(ROWS, FEATURES, CLASSES, 4);
    incline_model *model = made_up_model();
    double *params = nets_doubles(model->net.param_count), loss = 0.0;
    struct incline_evaluation e;
    uint64_t confusion[CLASSES * CLASSES], counts[CLASSES];
    float p[ROWS * CLASSES], x[FEATURES];
    uint32_t correct = 0, label;

    for (size_t i = 0; i < model->net.param_count; i++)
        params[i] = (double)model->params[i];
    require_ok(incline_evaluate(model, dev, dataset, confusion, &e));
    require_ok(incline_predict(model, dev, dataset, 0, ROWS, p));
    for (uint32_t r = 0; r < ROWS; r++) {
        uint32_t best = 0;
        double sum = 0.0;
        require_ok(incline_dataset_sample(dataset, r, x, &label));
        loss += nets_forward(&model->net, params, x, label, &sample, NULL) / ROWS;
        for (uint32_t c = 0; c < CLASSES; c++) {
            const double exact = sample.d[2][c] + (c == label ? 1.0 : 0.0);
            const double found = (double)p[r * CLASSES + c];
            expect_near("probability", found, exact);
            sum += found;
            best = found > (double)p[r * CLASSES + best] ? c : best;
        }
        correct += best == label;
        /* Each p carries at most 5 + 6 + 5 + 5 roundings and what lies between the logits. */
        cr_expect(fabs(sum - 1.0) <= bounds_gamma(50.0), "row %u: a sum of 1 expected, %.9g found",
                  r, sum);
    }
    cr_expect(correct == e.correct, "%u right by predictions, %u by evaluation", correct,
              e.correct);
    expect_near("loss", e.loss, loss);
    incline_dataset_class_counts(dataset, counts);
    uint64_t diagonal = 0;
    for (uint32_t t = 0; t < CLASSES; t++) {
        uint64_t row = 0;
        for (uint32_t c = 0; c < CLASSES; c++)
            row += confusion[t * CLASSES + c];
        cr_expect(row == counts[t], "class %u: %u samples expected, %u found", t,
                  (unsigned)counts[t], (unsigned)row);
        diagonal += confusion[t * CLASSES + t];
    }
    cr_expect(diagonal == e.correct, "%u on the diagonal, %u right", (unsigned)diagonal, e.correct);
    free(params);
    incline_model_destroy(model);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

Test(evaluate, a_part_of_a_set_is_predicted_as_in_the_whole)
{
    static const uint32_t parts[][2] = {{0, 1}, {66, 1}, {13, 40}, {5, 0}, {67, 0}};
    incline_device *dev = test_device();
    incline_dataset *dataset = nets_blobs(ROWS, FEATURES, CLASSES, 4);
    incline_model *model = made_up_model();
    float whole[ROWS * CLASSES], p[ROWS * CLASSES + 1];

    require_ok(incline_predict(model, dev, dataset, 0, ROWS, whole));
    for (size_t i = 0; i < COUNT(parts); i++) {
        const uint32_t first = parts[i][0], rows = parts[i][1];
        p[rows * CLASSES] = -7.0f;
        require_ok(incline_predict(model, dev, dataset, first, rows, p));
        for (uint32_t j = 0; j < rows * CLASSES; j++)
            expect_near("probability", (double)p[j], (double)whole[first * CLASSES + j]);
        cr_expect(p[rows * CLASSES] == -7.0f, "written behind the end");
    }
    require_fails(incline_predict(model, dev, dataset, 60, 8, p), INCLINE_EARG, "60 to 68");
    require_fails(incline_predict(model, dev, dataset, 68, 0, p), INCLINE_EARG, "67");
    require_fails(incline_predict(model, dev, dataset, UINT32_MAX, UINT32_MAX, p), INCLINE_EARG,
                  "67");
    incline_model_destroy(model);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

/* Passes of 20 rows, with the data on the device and on the host. */
Test(evaluate, several_passes_and_data_on_the_host_change_nothing)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = nets_blobs(ROWS, FEATURES, CLASSES, 4);
    incline_model *model = made_up_model();
    const struct incline_device_info info = dev->info;
    struct incline_evaluation one, several;
    uint64_t confusion[CLASSES * CLASSES], again[CLASSES * CLASSES];

    require_ok(incline_evaluate(model, dev, dataset, confusion, &one));
    for (int host = 0; host < 2; host++) {
        dev->info.max_alloc_bytes = 6 * 16 * 4 + 20 * 37 * 4; /* padding, 20 rows of 37 floats */
        dev->info.global_bytes = host ? 1 : info.global_bytes;
        require_ok(incline_evaluate(model, dev, dataset, again, &several));
        dev->info = info;
        cr_expect(several.correct == one.correct && several.rows == one.rows,
                  "%u of %u expected, %u of %u found", one.correct, one.rows, several.correct,
                  several.rows);
        expect_near("loss", several.loss, one.loss);
        cr_expect(memcmp(confusion, again, sizeof again) == 0, "the confusion differs");
    }
    incline_model_destroy(model);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

Test(evaluate, a_model_that_does_not_fit_the_data_is_refused_with_numbers)
{
    static const unsigned char bytes[24];
    incline_device *dev = test_device();
    incline_dataset *wide = nets_blobs(4, FEATURES + 1, CLASSES, 4);
    incline_dataset *classes = nets_blobs(4, FEATURES, CLASSES + 1, 4), *image = NULL, *bare = NULL;
    incline_model *model = made_up_model();
    struct incline_evaluation e = {.rows = 77};
    struct incline_samples samples = {.rows = 2, .features = FEATURES, .bytes = bytes};
    float p[8 * CLASSES];

    require_ok(incline_dataset_create(&samples, &bare));
    samples.image_rows = 3;
    samples.image_cols = 4;
    require_ok(incline_dataset_create(&samples, &image));
    require_fails(incline_evaluate(model, dev, wide, NULL, &e), INCLINE_ESHAPE,
                  "takes 12 features, memory has 13");
    require_fails(incline_predict(model, dev, wide, 0, 1, p), INCLINE_ESHAPE, "13");
    require_fails(incline_evaluate(model, dev, classes, NULL, &e), INCLINE_ESHAPE,
                  "6 classes, the model knows 5; take data of the classes that it");
    require_fails(incline_evaluate(model, dev, bare, NULL, &e), INCLINE_ESHAPE, "no labels");
    require_ok(incline_predict(model, dev, bare, 0, 2, p));
    model->image_rows = 4;
    model->image_cols = 3;
    require_fails(incline_predict(model, dev, image, 0, 2, p), INCLINE_ESHAPE, "4 x 3");
    cr_expect(e.rows == 77, "the out-parameter was written");
    cr_expect(dev->children == 0, "%zu buffers are left", dev->children);
    incline_model_destroy(model);
    incline_dataset_close(wide);
    incline_dataset_close(classes);
    incline_dataset_close(image);
    incline_dataset_close(bare);
    incline_device_close(dev);
}
