/* test_validation.c - samples that are kept apart: judged as incline_evaluate() judges them, never
 * trained on; the best epoch's weights; early stopping; and all of it over interruptions. */
#include <math.h>

#include "device/runs.h"
#include "host/data/dataset.h"
#include "host/train/trainer.h"

enum { FEATURES = 12, CLASSES = 3, ROWS = 60, EPOCHS = 6 };

static struct incline_train_options options_for(const char *folder)
{
    return (struct incline_train_options){.hidden = {6},
                                          .hidden_count = 1,
                                          .batch = 16,
                                          .epochs = EPOCHS,
                                          .learning_rate = 0.5f,
                                          .seed = 7,
                                          .validation = 0.3f,
                                          .output = folder};
}

/* Rows [first, first + rows) of a split as a data set of their own. */
static incline_dataset *part(const incline_dataset *dataset, const uint32_t *list, uint32_t rows)
{
    const struct incline_dataset_info *info = &dataset->info;
    const size_t row_bytes = FEATURES * (info->bytes ? 1 : sizeof(float));
    unsigned char *values = rig_room(rows * row_bytes);
    uint32_t *labels = (void *)rig_room(rows * sizeof *labels);
    incline_dataset *made = NULL;

    for (uint32_t r = 0; r < rows; r++) {
        memcpy(values + r * row_bytes, (unsigned char *)dataset->values + list[r] * row_bytes,
               row_bytes);
        labels[r] = dataset->labels[list[r]];
    }
    require_ok(incline_dataset_create(
        &(struct incline_samples){.rows = rows,
                                  .features = FEATURES,
                                  .classes = CLASSES,
                                  .bytes = info->bytes ? values : NULL,
                                  .floats = info->bytes ? NULL : (const float *)(void *)values,
                                  .labels = labels,
                                  .scale = info->scale,
                                  .shift = info->shift},
        &made));
    free(values);
    free(labels);
    return made;
}

/* The trainer's model, evaluated on the rows that were kept apart, is what `said` says of it. */
static void expect_judged(incline_device *dev, const incline_dataset *dataset,
                          const incline_trainer *trainer, const struct incline_progress *said)
{
    incline_dataset *kept =
        part(dataset, trainer->split.rows + trainer->split.train, trainer->split.validation);
    struct incline_evaluation evaluation;

    require_ok(incline_evaluate(incline_trainer_model(trainer), dev, kept, NULL, &evaluation));
    cr_expect(evaluation.accuracy == said->validation_accuracy &&
                  fabs(evaluation.loss - said->validation_loss) <= 1e-5 * said->validation_loss,
              "%.9g, %.9g expected, %.9g, %.9g found", said->validation_accuracy,
              said->validation_loss, evaluation.accuracy, evaluation.loss);
    incline_dataset_close(kept);
}

Test(validation, the_model_is_the_best_epochs_and_judged_as_evaluation_does)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = nets_blobs(ROWS, FEATURES, CLASSES, 1);
    const struct incline_train_options options = options_for(NULL);
    struct history history = {0};
    incline_trainer *trainer = NULL;

    require_ok(incline_trainer_create(dev, dataset, &options, &trainer));
    require_ok(incline_trainer_run(trainer, history_add, &history));
    cr_assert(history.count == EPOCHS && trainer->split.validation == 18 &&
              trainer->split.train == 42);
    const uint32_t best = history.epochs[EPOCHS - 1].best_epoch;
    cr_assert(best >= 1 && best <= EPOCHS, "best epoch %u", best);
    const struct incline_progress *top = &history.epochs[best - 1];
    for (size_t e = 0; e < EPOCHS; e++) {
        const struct incline_progress *p = &history.epochs[e];
        cr_expect(p->validated && isfinite(p->validation_loss));
        cr_expect(p->validation_accuracy < top->validation_accuracy ||
                      (p->validation_accuracy == top->validation_accuracy &&
                       p->validation_loss >= top->validation_loss),
                  "epoch %zu is better than the best, %u", e + 1, best);
    }
    expect_judged(dev, dataset, trainer, top);
    incline_trainer_destroy(trainer);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

/* At a rate so large that some epoch is better than the last. */
Test(validation, by_the_last_the_model_keeps_the_weights_that_the_run_ends_with)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = nets_blobs(ROWS, FEATURES, CLASSES, 1);
    struct incline_train_options options = options_for(NULL);
    struct history history = {0};
    incline_trainer *trainer = NULL;
    bool last_is_best = true;

    options.best = INCLINE_BEST_LAST;
    options.learning_rate = 3.0f;
    options.epochs = HISTORY_MOST - 1;
    require_ok(incline_trainer_create(dev, dataset, &options, &trainer));
    require_ok(incline_trainer_run(trainer, history_add, &history));
    cr_assert(history.count == options.epochs);
    const struct incline_progress *last = &history.epochs[history.count - 1];
    for (size_t e = 0; e + 1 < history.count; e++)
        last_is_best &= history.epochs[e].validation_loss > last->validation_loss;
    cr_assert(!last_is_best && last->best_epoch == 0);
    expect_judged(dev, dataset, trainer, last);
    incline_trainer_destroy(trainer);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

/* Training on the rows alone gives the same losses as training beside those that are kept apart,
 * where the order is the set's own. */
Test(validation, what_is_kept_apart_is_not_trained_on)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = nets_blobs(ROWS, FEATURES, CLASSES, 1);
    struct incline_train_options options = options_for(NULL);
    struct history beside = {0}, alone = {0};
    struct split split;

    options.batch = INCLINE_BATCH_FULL;
    run_through(dev, dataset, &options, &beside, NULL, 0);
    require_ok(split_make(dataset, split_rows(ROWS, options.validation), options.seed, &split));
    incline_dataset *rest = part(dataset, split.rows, split.train);
    options.validation = INCLINE_NONE;
    run_through(dev, rest, &options, &alone, NULL, 0);
    cr_assert(beside.count == EPOCHS && alone.count == EPOCHS);
    for (size_t e = 0; e < EPOCHS; e++)
        cr_expect(fabs(beside.epochs[e].loss - alone.epochs[e].loss) <= 1e-5,
                  "epoch %zu: loss %.9g expected, %.9g found", e + 1, alone.epochs[e].loss,
                  beside.epochs[e].loss);
    split_clear(&split);
    incline_dataset_close(rest);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

/* A run in test_path(name) that is stopped and resumed after every step ends as the uninterrupted
 * one in test_path("whole"). */
static void expect_same_when_stopped(incline_device *dev, const incline_dataset *dataset,
                                     struct incline_train_options options, const char *name)
{
    static const char *const names[] = {"model.safetensors", "checkpoint.safetensors",
                                        "config.json"};
    incline_trainer *trainer = NULL;
    int rc = INCLINE_EINTERRUPTED;

    options.output = test_path(name);
    require_ok(incline_trainer_create(dev, dataset, &options, &trainer));
    for (uint32_t step = 0; rc == INCLINE_EINTERRUPTED && step <= 3 * options.epochs; step++) {
        incline_trainer_stop(trainer);
        rc = incline_trainer_run(trainer, NULL, NULL);
        incline_trainer_destroy(trainer);
        trainer = NULL;
        if (rc == INCLINE_EINTERRUPTED)
            require_ok(incline_trainer_resume(dev, dataset, test_path(name), 0, 0, &trainer));
    }
    require_ok(rc);
    for (size_t n = 0; n < COUNT(names); n++)
        cr_expect(same_file(test_path("whole"), test_path(name), names[n]), "%s differs", names[n]);
    expect_same_metrics(test_path("whole"), test_path(name));
}

Test(validation, a_run_that_is_stopped_after_every_step_ends_with_the_bits_of_the_whole_run)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = nets_blobs(ROWS, FEATURES, CLASSES, 1);
    const struct incline_train_options options = options_for(test_path("whole"));

    run_through(dev, dataset, &options, NULL, NULL, 0);
    expect_same_when_stopped(dev, dataset, options, "stopped");
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

/* At a rate so small that each step makes the loss less: the epoch that the end cuts is the best.
 */
Test(validation, a_cut_epoch_that_is_the_best_stays_so_when_the_run_is_resumed)
{
    enum { CUT = 4 }; /* of three steps an epoch */
    incline_device *dev = test_device();
    incline_dataset *dataset = nets_blobs(ROWS, FEATURES, CLASSES, 1);
    const char *folder = test_path("cut"), *copy = test_path("copy");
    struct incline_train_options options = options_for(folder);
    struct history history = {0};
    incline_trainer *trainer = NULL;

    options.best = INCLINE_BEST_LOSS;
    options.learning_rate = 0.01f;
    options.epochs = 0;
    options.steps = CUT;
    run_through(dev, dataset, &options, &history, NULL, 0);
    const struct incline_progress *cut = &history.epochs[1];
    cr_assert(history.count == 2 && cut->validation_loss < history.epochs[0].validation_loss);
    cr_expect(cut->best_epoch == 2, "best epoch %u", cut->best_epoch);
    options.output = copy;
    run_through(dev, dataset, &options, NULL, NULL, 0);

    require_ok(incline_trainer_resume(dev, dataset, folder, 0, 0, &trainer));
    require_ok(incline_trainer_run(trainer, NULL, NULL));
    expect_judged(dev, dataset, trainer, cut);
    incline_trainer_destroy(trainer);
    cr_expect(same_file(folder, copy, "model.safetensors"), "the model was changed");
    cr_expect(same_file(folder, copy, "checkpoint.safetensors"), "the checkpoint was changed");

    /* Gone on with, it is of no account: at this rate nothing after the first epoch is as good. */
    require_ok(incline_trainer_resume(dev, dataset, folder, 0, CUT + 1, &trainer));
    trainer->run.options.learning_rate = 1e3f;
    require_ok(incline_trainer_run(trainer, NULL, NULL));
    expect_judged(dev, dataset, trainer, &history.epochs[0]);
    incline_trainer_destroy(trainer);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

Test(validation, numbers_are_judged_by_the_loss_that_they_are_trained_by)
{
    static const struct {
        enum incline_loss loss;
        float delta;
    } rows[] = {{INCLINE_LOSS_MSE, 0.0f}, {INCLINE_LOSS_MAE, 0.0f}, {INCLINE_LOSS_HUBER, 1e-3f}};
    incline_device *dev = test_device();
    float x[ROWS], y[ROWS];
    incline_dataset *dataset = NULL;

    for (uint32_t r = 0; r < ROWS; r++) {
        x[r] = (float)r / ROWS;
        y[r] = r % 7 == 0 ? 40.0f : 3.0f * x[r] + 5.0f;
    }
    require_ok(incline_dataset_create(
        &(struct incline_samples){
            .rows = ROWS, .features = 1, .outputs = 1, .floats = x, .targets = y},
        &dataset));
    for (size_t r = 0; r < COUNT(rows); r++) {
        struct incline_train_options options = options_for(NULL);
        struct history history = {0};
        incline_trainer *trainer = NULL;
        double sum = 0.0;
        float p;
        options.loss = rows[r].loss;
        options.huber_delta = rows[r].delta;
        options.target_scaling = INCLINE_SCALING_NONE;
        options.best = INCLINE_BEST_LAST;
        options.learning_rate = 1e-4f;
        require_ok(incline_trainer_create(dev, dataset, &options, &trainer));
        require_ok(incline_trainer_run(trainer, history_add, &history));
        for (uint32_t v = 0; v < trainer->split.validation; v++) {
            const uint32_t row = trainer->split.rows[trainer->split.train + v];
            require_ok(incline_predict(incline_trainer_model(trainer), dev, dataset, row, 1, &p));
            const double off = fabs((double)p - (double)y[row]), delta = (double)rows[r].delta;
            sum += rows[r].loss == INCLINE_LOSS_MSE   ? off * off
                   : rows[r].loss == INCLINE_LOSS_MAE ? off
                                                      : delta * (off - delta / 2.0);
        }
        const double expected = sum / trainer->split.validation;
        const double found = history.epochs[history.count - 1].validation_loss;
        cr_expect(fabs(found - expected) <= 1e-5 * expected, "row %zu: %.9g expected, %.9g found",
                  r, expected, found);
        incline_trainer_destroy(trainer);
    }
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

Test(validation, a_loss_that_is_no_number_is_worse_than_any)
{
    const struct verdict none = {.loss = (double)NAN, .accuracy = 0.5},
                         some = {.loss = 2.0, .accuracy = 0.5};
    const struct best first = {.epoch = 1, .verdict = none}, second = {.epoch = 2, .verdict = some};

    for (enum incline_best by = INCLINE_BEST_ACCURACY; by <= INCLINE_BEST_LOSS; by++) {
        cr_expect(best_is_beaten(&first, &some, by));
        cr_expect(!best_is_beaten(&first, &none, by) && !best_is_beaten(&second, &none, by));
    }
}

Test(validation, so_does_one_whose_rate_falls_on_the_way)
{
    enum { LONG = 12 };
    incline_device *dev = test_device();
    incline_dataset *dataset = nets_blobs(ROWS, FEATURES, CLASSES, 1);
    struct incline_train_options options = options_for(test_path("whole"));
    struct history history = {0};

    options.epochs = LONG;
    options.best = INCLINE_BEST_LOSS;
    options.learning_rate = 3.0f; /* so large that the loss does not go down for long */
    options.schedule = (struct incline_schedule){.kind = INCLINE_PLATEAU, .patience = 1};
    run_through(dev, dataset, &options, &history, NULL, 0);
    cr_assert(history.count == LONG);
    cr_expect(history.epochs[0].learning_rate == 3.0 &&
                  history.epochs[LONG - 1].learning_rate < 0.1,
              "the rate went from %g to %g", history.epochs[0].learning_rate,
              history.epochs[LONG - 1].learning_rate);
    expect_same_when_stopped(dev, dataset, options, "stopped");
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

/* Images, and all that a run can be asked for; of so large a rate that it falls. */
Test(validation, so_does_one_with_everything_at_once)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = NULL;
    struct incline_train_options options = options_for(test_path("whole"));
    struct history history = {0};

    options.hidden[1] = 5;
    options.hidden_count = 2;
    options.hidden_activation[1] = 1 + INCLINE_GELU;
    options.normalization = INCLINE_NORMALIZE_BATCH;
    options.deskew = true;
    options.noise = (struct incline_noise){0.3f, 0.1f, 0.05f};
    options.augmentation = (struct incline_augmentation){1.0f, 10.0f, 0.1f, 0.1f, 34.0f, 4.0f, 4};
    options.optimizer = (struct incline_optimizer){.kind = INCLINE_ADAMW,
                                                   .l1 = 1e-4f,
                                                   .weight_decay = 1e-3f,
                                                   .clip_norm = 1.0f,
                                                   .clip_value = 0.5f,
                                                   .max_norm = 2.0f,
                                                   .ema = 0.5f};
    options.label_smoothing = 0.1f;
    options.class_weights = INCLINE_WEIGHTS_BALANCED;
    options.schedule = (struct incline_schedule){.kind = INCLINE_PLATEAU, .patience = 1};
    options.best = INCLINE_BEST_LOSS;
    options.epochs = test_quick() ? 3 : 12;
    options.batch = test_quick() ? 8 : 16;
    require_ok(digits_create(test_quick() ? 20 : ROWS, 1, &dataset));
    run_through(dev, dataset, &options, &history, NULL, 0);
    cr_expect(test_quick() || history.epochs[history.count - 1].learning_rate < 0.1,
              "the rate stayed %g", history.epochs[history.count - 1].learning_rate);
    expect_same_when_stopped(dev, dataset, options, "stopped");
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

Test(validation, a_run_without_a_better_epoch_ends_early_and_keeps_the_best)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = nets_blobs(ROWS, FEATURES, CLASSES, 1);
    const char *folder = test_path("early");
    struct incline_train_options options = options_for(folder);
    struct history history = {0};
    incline_trainer *trainer = NULL;

    options.epochs = HISTORY_MOST - 1;
    options.patience = 3;
    options.best = INCLINE_BEST_LOSS;
    options.learning_rate = 3.0f; /* so large that the loss does not go down for long */
    run_through(dev, dataset, &options, &history, NULL, 0);
    cr_assert(history.count < HISTORY_MOST - 1, "all %zu epochs were done", history.count);
    const uint32_t best = history.epochs[history.count - 1].best_epoch;
    cr_expect(history.count == best + 3, "%zu epochs, the best %u", history.count, best);
    require_ok(incline_trainer_resume(dev, dataset, folder, 0, 0, &trainer));
    const uint64_t step = trainer->plan.step;
    require_ok(incline_trainer_run(trainer, NULL, NULL));
    cr_expect(trainer->plan.step == step, "a run that has ended early went on");
    incline_trainer_destroy(trainer);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}
