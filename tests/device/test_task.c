/* test_task.c - training on numbers, several labels, two classes, weighted classes: what is
 * learned, what a run tells, that it can be gone on with to the bit, and what is refused. */
#include <math.h>

#include "device/runs.h"
#include "host/net/model.h"

enum { ROWS = 90, FEATURES = 3, OUTPUTS = 2 };

/* Targets 50 + 20 (x0 - x1) and x2 / 10, or labels of what is above its middle. */
static incline_dataset *made_up_set(bool numbers, bool labels, uint32_t classes)
{
    float x[ROWS * FEATURES], targets[ROWS * OUTPUTS];
    uint32_t label[ROWS];
    incline_dataset *dataset = NULL;

    for (size_t r = 0; r < ROWS; r++) {
        float *row = x + r * FEATURES;
        for (size_t f = 0; f < FEATURES; f++)
            row[f] = rig_value(f, r, false);
        const float exact[OUTPUTS] = {50.0f + 20.0f * (row[0] - row[1]), row[2] / 10.0f};
        targets[r * OUTPUTS] = numbers ? exact[0] : exact[0] > 50.0f;
        targets[r * OUTPUTS + 1] = numbers ? exact[1] : exact[1] > 0.0f;
        label[r] = row[0] + row[1] > 1.2f ? 1 : classes > 2 && row[0] + row[1] < -1.2f ? 2 : 0;
    }
    const struct incline_samples samples = {.rows = ROWS,
                                            .features = FEATURES,
                                            .classes = labels ? classes : 0,
                                            .outputs = labels ? 0 : OUTPUTS,
                                            .floats = x,
                                            .labels = labels ? label : NULL,
                                            .targets = labels ? NULL : targets};
    require_ok(incline_dataset_create(&samples, &dataset));
    return dataset;
}

/* Train to the end; the model is copied out. */
static incline_model *trained(incline_device *dev, const incline_dataset *dataset,
                              const struct incline_train_options *options, struct history *history)
{
    incline_trainer *trainer = NULL;
    incline_model *model = NULL;

    require_ok(incline_trainer_create(dev, dataset, options, &trainer));
    require_ok(incline_trainer_run(trainer, history_add, history));
    require_ok(model_copy(incline_trainer_model(trainer), &model));
    incline_trainer_destroy(trainer);
    return model;
}

static const struct incline_train_options short_run = {
    .no_hidden = true, .epochs = 30, .batch = 16, .validation = INCLINE_NONE};

Test(task, numbers_are_learned_in_their_unit_with_each_loss)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = made_up_set(true, false, 0);
    struct incline_output_score scores[OUTPUTS];
    struct incline_evaluation e;

    for (int loss = INCLINE_LOSS_AUTO; loss <= INCLINE_LOSS_HUBER; loss++) {
        struct history history = {0};
        struct incline_train_options options = short_run;
        if (loss == INCLINE_LOSS_SOFTMAX || loss == INCLINE_LOSS_SIGMOID)
            continue;
        options.loss = (enum incline_loss)loss;
        options.epochs = test_quick() ? 2 : 30;
        incline_model *model = trained(dev, dataset, &options, &history);
        const struct incline_progress *last = &history.epochs[history.count - 1];
        cr_assert(model->task == INCLINE_TASK_REGRESSION && model->output_scaling != NULL);
        require_ok(incline_evaluate_outputs(model, dev, dataset, scores, &e));
        cr_expect(isnan(last->accuracy) && last->loss < history.epochs[0].loss);
        if (!test_quick()) {
            cr_expect(last->r2 > 0.98 && e.r2 > 0.98, "loss %d: R2 %g in training, %g after", loss,
                      last->r2, e.r2);
            /* Deviations of about 16 and 0.06. */
            cr_expect(scores[0].rmse < 2.4 && scores[1].rmse < 0.009, "RMSE %g and %g",
                      scores[0].rmse, scores[1].rmse);
        }
        incline_model_destroy(model);
    }
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

/* One step of the whole set from known weights, by hand: batches are the set, so the mean loss that
 * is reported is that of the first weights. */
Test(task, what_a_run_tells_is_what_the_equations_say)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = made_up_set(true, false, 0);
    struct incline_train_options options = {.no_hidden = true,
                                            .init = INCLINE_INIT_ZERO, /* predicts the means */
                                            .steps = 1,
                                            .batch = ROWS,
                                            .validation = INCLINE_NONE};
    struct history history = {0};

    incline_model_destroy(trained(dev, dataset, &options, &history));
    cr_expect(fabs(history.epochs[0].loss - 1.0) < 1e-5 && fabs(history.epochs[0].r2) < 1e-5,
              "a loss of 1 and an R2 of 0 expected, %g and %g found", history.epochs[0].loss,
              history.epochs[0].r2);
    options.target_scaling = INCLINE_SCALING_NONE;
    history.count = 0;
    incline_model *model = trained(dev, dataset, &options, &history);
    cr_expect(model->output_scaling == NULL && history.epochs[0].r2 < -1.0, "R2 %g",
              history.epochs[0].r2); /* 0 is far from 50 */
    incline_model_destroy(model);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

Test(task, several_labels_and_two_classes_are_learned)
{
    incline_device *dev = test_device();
    struct incline_train_options options = short_run;
    struct incline_evaluation e;
    options.loss = INCLINE_LOSS_SIGMOID;
    options.learning_rate = 1;
    options.epochs = test_quick() ? 2 : 30;

    for (int binary = 0; binary <= 1; binary++) {
        struct history history = {0};
        incline_dataset *dataset = made_up_set(false, binary, 2);
        incline_model *model = trained(dev, dataset, &options, &history);
        cr_expect(model->task == (binary ? INCLINE_TASK_BINARY : INCLINE_TASK_LABELS));
        cr_expect(model_outputs(model) == (binary ? 1 : OUTPUTS));
        require_ok(incline_evaluate(model, dev, dataset, NULL, &e));
        const struct incline_progress *last = &history.epochs[history.count - 1];
        cr_expect(isnan(last->r2) && last->loss < history.epochs[0].loss);
        if (!test_quick())
            cr_expect(e.accuracy > 0.9 && last->accuracy > 0.85, "%g, %g in training", e.accuracy,
                      last->accuracy);
        incline_model_destroy(model);
        incline_dataset_close(dataset);
    }
    incline_device_close(dev);
}

Test(task, balanced_classes_find_the_rare_one)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = made_up_set(false, true, 2);
    struct incline_train_options options = short_run;
    uint64_t confusion[2][4], counts[2];
    struct incline_evaluation e;

    options.epochs = test_quick() ? 2 : 6;
    incline_dataset_class_counts(dataset, counts);
    cr_assert(counts[1] > 0 && counts[1] < ROWS / 4, "%u of class 1", (unsigned)counts[1]);
    for (int balanced = 0; balanced <= 1; balanced++) {
        struct history history = {0};
        options.class_weights = (enum incline_class_weights)balanced;
        incline_model *model = trained(dev, dataset, &options, &history);
        require_ok(incline_evaluate(model, dev, dataset, confusion[balanced], &e));
        cr_expect(isfinite(history.epochs[0].loss) && history.epochs[0].loss < 3.0);
        incline_model_destroy(model);
    }
    if (!test_quick())
        cr_expect(confusion[1][3] > confusion[0][3], "%u found with weights, %u without",
                  (unsigned)confusion[1][3], (unsigned)confusion[0][3]);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

/* What balancing gives, as a list: the same bits. And a weight of 0 in batches of one sample: those
 * that do not count change nothing, and their class is not predicted in the end. */
Test(task, weights_by_list_are_those_that_balance_and_a_weight_of_0_leaves_a_class_out)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = made_up_set(false, true, 2);
    struct incline_train_options options = short_run;
    struct history history = {0};
    uint64_t confusion[4], counts[2];
    struct incline_evaluation e;

    options.epochs = 2;
    options.class_weights = INCLINE_WEIGHTS_BALANCED;
    incline_model *balanced = trained(dev, dataset, &options, &history);
    incline_dataset_class_counts(dataset, counts);
    options.class_weights = INCLINE_WEIGHTS_EQUAL;
    options.class_weight_count = 2;
    for (size_t c = 0; c < 2; c++)
        options.class_weight[c] = (float)(ROWS / (2.0 * (double)counts[c]));
    incline_model *listed = trained(dev, dataset, &options, &history);
    cr_expect(memcmp(balanced->params, listed->params,
                     balanced->net.param_count * sizeof *listed->params) == 0);
    incline_model_destroy(listed);
    incline_model_destroy(balanced);
    options.class_weight[0] = 0.0f;
    options.batch = 1;
    listed = trained(dev, dataset, &options, &history);
    cr_expect(isfinite(history.epochs[history.count - 1].loss));
    require_ok(incline_evaluate(listed, dev, dataset, confusion, &e));
    cr_expect(confusion[1] + confusion[3] > ROWS / 2, "class 1 predicted for %u of %d samples",
              (unsigned)(confusion[1] + confusion[3]), ROWS);
    incline_model_destroy(listed);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

/* ---- to the bit ---- */

static void stop_after(void *user, const struct incline_progress *progress)
{
    if (progress->epoch == 2)
        incline_trainer_stop(*(incline_trainer **)user);
}

Test(task, a_run_goes_on_to_the_bit_with_every_loss)
{
    static const struct incline_train_options rows[] = {
        {.loss = INCLINE_LOSS_MSE},
        {.loss = INCLINE_LOSS_MAE},
        {.loss = INCLINE_LOSS_HUBER, .huber_delta = 0.5f},
        {.loss = INCLINE_LOSS_SIGMOID},
        {.loss = INCLINE_LOSS_SOFTMAX,
         .label_smoothing = 0.1f,
         .class_weights = INCLINE_WEIGHTS_BALANCED},
        {.loss = INCLINE_LOSS_SOFTMAX,
         .class_weight = {0.1f, 2.0f, 1e-3f},
         .class_weight_count = 3},
    };
    incline_device *dev = test_device();

    for (size_t i = 0; i < COUNT(rows); i++) {
        incline_dataset *dataset = made_up_set(rows[i].loss != INCLINE_LOSS_SIGMOID,
                                               rows[i].loss == INCLINE_LOSS_SOFTMAX, 3);
        struct incline_train_options options = rows[i];
        char whole[512], cut[512];
        incline_trainer *trainer = NULL;

        snprintf(whole, sizeof whole, "%s/whole%zu", test_folder(), i);
        snprintf(cut, sizeof cut, "%s/cut%zu", test_folder(), i);
        options.epochs = 4;
        options.batch = 16;
        options.output = whole;
        run_through(dev, dataset, &options, NULL, NULL, 0);
        options.output = cut;
        require_ok(incline_trainer_create(dev, dataset, &options, &trainer));
        cr_assert(incline_trainer_run(trainer, stop_after, &trainer) == INCLINE_EINTERRUPTED);
        incline_trainer_destroy(trainer);
        require_ok(incline_trainer_resume(dev, dataset, cut, 0, 0, &trainer));
        require_ok(incline_trainer_run(trainer, NULL, NULL));
        incline_trainer_destroy(trainer);
        cr_expect(same_file(whole, cut, "model.safetensors"), "loss %d: another model",
                  (int)rows[i].loss);
        cr_expect(same_file(whole, cut, "checkpoint.safetensors"), "loss %d: another checkpoint",
                  (int)rows[i].loss);
        expect_same_metrics(whole, cut);
        incline_dataset_close(dataset);
    }
    incline_device_close(dev);
}

/* ---- refused ---- */

Test(task, what_does_not_go_together_is_refused)
{
    incline_device *dev = test_device();
    incline_dataset *numbers = made_up_set(true, false, 0), *two = made_up_set(false, true, 2);
    incline_dataset *three = made_up_set(false, true, 3), *one = NULL;
    static const float x[] = {1, 2, 3};
    static const uint32_t ones[] = {1, 1, 1};
    const struct incline_samples samples = {
        .rows = 3, .features = 1, .classes = 2, .floats = x, .labels = ones};
    incline_trainer *trainer = NULL;

    require_ok(incline_dataset_create(&samples, &one));
    const struct {
        const incline_dataset *dataset;
        struct incline_train_options options;
        int status;
        const char *says;
    } rows[] = {
        {numbers,
         {.loss = INCLINE_LOSS_SOFTMAX},
         INCLINE_ESHAPE,
         "memory has numbers to predict, and the loss softmax takes"},
        {numbers, {.loss = INCLINE_LOSS_SIGMOID}, INCLINE_ESHAPE, "a label that holds is 1"},
        {two, {.loss = INCLINE_LOSS_MSE}, INCLINE_ESHAPE, "no targets, which the loss mse needs"},
        {three, {.loss = INCLINE_LOSS_SIGMOID}, INCLINE_ESHAPE, "has 3 classes"},
        {one, {.loss = INCLINE_LOSS_AUTO}, INCLINE_ESHAPE, "all 3 samples are of class 1"},
        {numbers, {.label_smoothing = 0.1f}, INCLINE_EARG, "not with mse"},
        {numbers, {.class_weights = INCLINE_WEIGHTS_BALANCED}, INCLINE_EARG, "not with mse"},
        {numbers, {.class_weight = {1}, .class_weight_count = 1}, INCLINE_EARG, "not with mse"},
        {two,
         {.class_weight = {1, 2, 3}, .class_weight_count = 3},
         INCLINE_EARG,
         "3 class weights, but memory has 2 classes"},
        {two,
         {.class_weight = {1, -2}, .class_weight_count = 2},
         INCLINE_EARG,
         "-2 of class 1 is no weight"},
        {two, {.class_weight = {NAN}, .class_weight_count = 2}, INCLINE_EARG, "nan of class 0"},
        {two, {.class_weight_count = 2}, INCLINE_EARG, "all 2 are 0"},
        {two, {.class_weight_count = 1000}, INCLINE_EARG, "at most 256"},
        {two,
         {.class_weights = INCLINE_WEIGHTS_BALANCED,
          .class_weight = {1, 1},
          .class_weight_count = 2},
         INCLINE_EARG,
         "both given and balanced"},
        {two, {.huber_delta = 2}, INCLINE_EARG, "not with softmax"},
        {two, {.label_smoothing = 1}, INCLINE_EARG, "label-smoothing"},
        {two, {.loss = (enum incline_loss)9}, INCLINE_EARG, "loss 9"},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        require_fails(incline_trainer_create(dev, rows[i].dataset, &rows[i].options, &trainer),
                      rows[i].status, rows[i].says);
    cr_expect(dev->children == 0, "%zu buffers are left", dev->children);
    incline_dataset_close(one);
    incline_dataset_close(three);
    incline_dataset_close(two);
    incline_dataset_close(numbers);
    incline_device_close(dev);
}
