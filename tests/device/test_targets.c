/* test_targets.c - models that predict numbers, several labels or two classes by one output:
 * predictions, evaluation and what does not fit, on the device under test. */
#include <math.h>

#include "device/rig.h"
#include "host/net/model.h"

/* A model without hidden layers: 2 inputs, `outputs` outputs. */
static incline_model *linear_model(enum incline_task task, uint32_t outputs, const float *weights,
                                   const float *biases)
{
    const uint32_t widths[] = {2, outputs};
    incline_model *model = NULL;

    require_ok(model_create(widths, 2, INCLINE_RELU, &model));
    memcpy(incline_model_weights(model, 0), weights, 2 * outputs * sizeof *weights);
    memcpy(incline_model_biases(model, 0), biases, outputs * sizeof *biases);
    model->scale = 1.0f;
    model->task = task;
    require_ok(model_set_class_names(model, NULL));
    return model;
}

static incline_dataset *set_of(const struct incline_samples *samples)
{
    incline_dataset *dataset = NULL;
    require_ok(incline_dataset_create(samples, &dataset));
    return dataset;
}

static void expect_near(const char *what, double found, double expected)
{
    cr_expect(fabs(found - expected) <= 1e-6 * fmax(1.0, fabs(expected)),
              "%s: %.9g expected, %.9g found", what, expected, found);
}

static const float points[] = {1, 0, 0, 1, 1, 1, 2, 0};

/* Outputs x0 + x1 and x0 - x1 in scaled units; targets are twice that and 1, and minus that. Errors
 * are 0 0 0 2 and 1 -1 1 -1. */
Test(targets, regression_by_hand_in_the_targets_unit)
{
    static const float weights[] = {1, 1, 1, -1}, biases[] = {0, 0};
    static const float scales[] = {2, -1}, shifts[] = {1, 0}, inputs[] = {0.5f, 1},
                       zeros[] = {0, 0};
    static const float doubled[] = {2, 0, 0, 1, 2, 1, 4, 0};
    static const float targets[] = {3, -2, 3, 2, 5, -1, 3, -1};
    incline_device *dev = test_device();
    incline_model *model = linear_model(INCLINE_TASK_REGRESSION, 2, weights, biases);
    const struct incline_samples samples = {
        .rows = 4, .features = 2, .outputs = 2, .floats = doubled, .targets = targets};
    incline_dataset *dataset = set_of(&samples);
    struct incline_output_score scores[2];
    struct incline_evaluation e;
    float p[8];

    require_ok(model_set_input_scaling(model, inputs, zeros)); /* doubled is halved */
    require_ok(model_set_output_scaling(model, scales, shifts));
    require_ok(incline_predict(model, dev, dataset, 0, 4, p));
    static const float expected[] = {3, -1, 3, 1, 5, 0, 5, -2};
    for (size_t i = 0; i < COUNT(p); i++)
        expect_near("prediction", (double)p[i], (double)expected[i]);
    require_ok(incline_evaluate_outputs(model, dev, dataset, scores, &e));
    expect_near("rmse 0", scores[0].rmse, 1.0);
    expect_near("mae 0", scores[0].mae, 0.5);
    expect_near("r2 0", scores[0].r2, 1.0 - 4.0 / 3.0); /* 3 3 5 3 */
    expect_near("rmse 1", scores[1].rmse, 1.0);
    expect_near("mae 1", scores[1].mae, 1.0);
    expect_near("r2 1", scores[1].r2, 1.0 - 4.0 / 9.0); /* -2 2 -1 -1 */
    expect_near("rmse", e.rmse, 1.0);
    expect_near("mae", e.mae, 0.75);
    expect_near("r2", e.r2, 0.5 * (scores[0].r2 + scores[1].r2));
    expect_near("loss", e.loss, 0.5 * (1.0 / 4.0 + 1.0)); /* scaled errors 1 and 1 1 1 1 */
    cr_expect(e.rows == 4 && e.correct == 0 && isnan(e.accuracy) && isnan(e.f1));
    struct incline_evaluation again;
    require_ok(incline_evaluate(model, dev, dataset, NULL, &again));
    cr_expect(again.r2 == e.r2 && again.loss == e.loss);
    uint64_t confusion[4];
    require_fails(incline_evaluate(model, dev, dataset, confusion, &again), INCLINE_ESHAPE,
                  "no confusion matrix");
    incline_model_destroy(model);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

Test(targets, several_labels_by_hand)
{
    static const float weights[] = {4, -4, 0, 2}, biases[] = {-1, -1};
    static const float targets[] = {1, 1, 0, 1, 0, 1, 1, 0}; /* logits 3 -1, -5 1, -1 1, 7 -1 */
    incline_device *dev = test_device();
    incline_model *model = linear_model(INCLINE_TASK_LABELS, 2, weights, biases);
    struct incline_samples samples = {
        .rows = 4, .features = 2, .outputs = 2, .floats = points, .targets = targets};
    incline_dataset *dataset = set_of(&samples);
    struct incline_output_score scores[2];
    struct incline_evaluation e;
    float p[8];

    require_ok(incline_predict(model, dev, dataset, 0, 4, p));
    expect_near("probability", (double)p[0], 1.0 / (1.0 + exp(-3.0)));
    expect_near("probability", (double)p[7], 1.0 / (1.0 + exp(1.0)));
    require_ok(incline_evaluate_outputs(model, dev, dataset, scores, &e));
    cr_expect(scores[0].true_positives == 2 && scores[0].false_positives == 0 &&
              scores[0].false_negatives == 0 && scores[0].f1 == 1.0 && isnan(scores[0].r2));
    cr_expect(scores[1].true_positives == 2 && scores[1].false_positives == 0 &&
              scores[1].false_negatives == 1);
    expect_near("f1", scores[1].f1, 0.8);
    expect_near("mean f1", e.f1, 0.9);
    cr_expect(e.correct == 3 && e.accuracy == 0.75, "%u right", e.correct);
    incline_dataset_close(dataset);
    static const float wrong[] = {1, 1, 0, 1, 0, 1, 3, 0};
    samples.targets = wrong;
    dataset = set_of(&samples);
    require_fails(incline_evaluate(model, dev, dataset, NULL, &e), INCLINE_ESHAPE,
                  "sample 3, target 0 is 3");
    incline_dataset_close(dataset);
    samples.outputs = 1;
    dataset = set_of(&samples);
    require_fails(incline_evaluate(model, dev, dataset, NULL, &e), INCLINE_ESHAPE,
                  "predicts 2 targets, memory has 1");
    incline_dataset_close(dataset);
    samples.outputs = 0;
    samples.targets = NULL;
    dataset = set_of(&samples);
    require_fails(incline_evaluate(model, dev, dataset, NULL, &e), INCLINE_ESHAPE,
                  "has no targets to evaluate against");
    require_ok(incline_predict(model, dev, dataset, 0, 4, p)); /* which needs none */
    incline_dataset_close(dataset);
    incline_model_destroy(model);
    incline_device_close(dev);
}

Test(targets, two_classes_by_one_output)
{
    static const float weights[] = {2, -2}, biases[] = {-1}; /* logits 1 -3 -1 3 */
    static const uint32_t labels[] = {1, 0, 1, 1};
    incline_device *dev = test_device();
    incline_model *model = linear_model(INCLINE_TASK_BINARY, 1, weights, biases);
    const struct incline_samples samples = {
        .rows = 4, .features = 2, .classes = 2, .floats = points, .labels = labels};
    incline_dataset *dataset = set_of(&samples);
    struct incline_model_info info;
    struct incline_evaluation e;
    uint64_t confusion[4];
    float p[8];

    incline_model_describe(model, &info);
    cr_expect(info.task == INCLINE_TASK_BINARY && info.predictions == 2 && info.widths[1] == 1);
    cr_expect(strcmp(incline_model_class_name(model, 1), "1") == 0);
    require_ok(incline_predict(model, dev, dataset, 0, 4, p));
    expect_near("class 0", (double)p[0], 1.0 / (1.0 + exp(1.0)));
    expect_near("class 1", (double)p[1], 1.0 / (1.0 + exp(-1.0)));
    require_ok(incline_evaluate(model, dev, dataset, confusion, &e));
    cr_expect(confusion[0] == 1 && confusion[1] == 0 && confusion[2] == 1 && confusion[3] == 2);
    cr_expect(e.correct == 3 && e.accuracy == 0.75 && isnan(e.r2));
    expect_near("loss", e.loss,
                (log1p(exp(-1.0)) + log1p(exp(-3.0)) + log1p(exp(1.0)) + log1p(exp(-3.0))) / 4.0);
    struct incline_output_score score;
    require_fails(incline_evaluate_outputs(model, dev, dataset, &score, &e), INCLINE_ESHAPE,
                  "one of 2 classes");
    incline_model_destroy(model);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}
