/* test_resume_optimizer.c - runs with each optimizer and everything that can be asked of it: they
 * learn, go on to the bit wherever they were cut, and refuse a checkpoint that lacks what they
 * need.
 */
#include "device/runs.h"
#include "host/net/optimizer.h"
#include "host/train/checkpoint.h"
#include "host/train/trainer.h"

enum { FEATURES = 12, CLASSES = 3, ROWS = 50, BATCH = 16, EPOCHS = 3 };

static struct incline_train_options options_for(int kind, bool more, const char *folder)
{
    struct incline_train_options options = {.hidden = {6},
                                            .hidden_count = 1,
                                            .batch = BATCH,
                                            .epochs = EPOCHS,
                                            .seed = 7,
                                            .validation = INCLINE_NONE,
                                            .output = folder};

    options.optimizer.kind = (enum incline_optimizer_kind)kind;
    options.learning_rate = kind <= INCLINE_NESTEROV ? 0.1f : 0.02f;
    if (more) {
        options.optimizer.l1 = 1e-4f;
        options.optimizer.l2 = 1e-4f;
        options.optimizer.weight_decay = 1e-3f;
        options.optimizer.clip_norm = 1.0f;
        options.optimizer.clip_value = 0.5f;
        options.optimizer.max_norm = 2.0f;
        options.optimizer.ema = 0.5f;
    }
    return options;
}

static void expect_same_run(const char *whole, const char *folder, const char *what)
{
    static const char *const names[] = {"model.safetensors", "checkpoint.safetensors",
                                        "config.json"};
    for (size_t i = 0; i < COUNT(names); i++)
        cr_expect(same_file(whole, folder, names[i]), "%s: %s differs from the uninterrupted run's",
                  what, names[i]);
    expect_same_metrics(whole, folder);
}

/* Cut inside the first epoch, and at the end of the second. */
Test(resume_optimizer, every_run_that_was_cut_goes_on_to_the_bits_of_the_whole_one)
{
    static const uint64_t cuts[] = {3, 8};
    incline_device *dev = test_device();
    incline_dataset *dataset = nets_blobs(ROWS, FEATURES, CLASSES, 1);

    for (int kind = 0; optimizer_text(kind) != NULL; kind++)
        for (int more = 0; more <= (test_quick() ? 0 : 1); more++) {
            char name[64];
            snprintf(name, sizeof name, "%s%s", optimizer_text(kind), more ? " with more" : "");
            const char *whole = test_path(name);
            struct incline_train_options options = options_for(kind, more, whole);
            struct history history = {0};
            run_through(dev, dataset, &options, &history, NULL, 0);
            cr_expect(history.epochs[EPOCHS - 1].loss < 0.98 * history.epochs[0].loss,
                      "%s learned nothing: loss %g, then %g", name, history.epochs[0].loss,
                      history.epochs[EPOCHS - 1].loss);
            for (size_t c = 0; c < COUNT(cuts); c++) {
                char cut[96];
                incline_trainer *trainer = NULL;
                snprintf(cut, sizeof cut, "%s, cut at step %u", name, (unsigned)cuts[c]);
                options = options_for(kind, more, test_path(cut));
                options.steps = cuts[c];
                run_through(dev, dataset, &options, NULL, NULL, 0);
                require_ok(
                    incline_trainer_resume(dev, dataset, test_path(cut), EPOCHS, 0, &trainer));
                require_ok(incline_trainer_run(trainer, NULL, NULL));
                incline_trainer_destroy(trainer);
                expect_same_run(test_path(name), test_path(cut), cut);
            }
        }
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

/* The model that is saved is the average, and the checkpoint has the parameters beside it. */
Test(resume_optimizer, with_ema_the_model_is_the_average)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = nets_blobs(ROWS, FEATURES, CLASSES, 1);
    const char *folder = test_path("run");
    struct incline_train_options options = options_for(INCLINE_ADAM, true, folder);
    struct checkpoint checkpoint;
    incline_model *model = NULL, *saved = NULL;
    struct run run;
    char path[4096];

    run_through(dev, dataset, &options, NULL, NULL, 0);
    require_ok(checkpoint_load(folder, &run, &model, &checkpoint));
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    require_ok(incline_model_load(path, &saved));
    const size_t bytes = model->net.param_count * sizeof(float);
    const float *params = checkpoint_find(&checkpoint, "params");
    cr_assert(params != NULL && checkpoint.block_count == 3, "moments and parameters expected");
    cr_expect(memcmp(model->params, saved->params, bytes) == 0);
    cr_expect(memcmp(model->params, params, bytes) != 0, "the average is the parameters");
    checkpoint_clear(&checkpoint);
    incline_model_destroy(model);
    incline_model_destroy(saved);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

Test(resume_optimizer, a_checkpoint_without_a_moment_is_refused)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = nets_blobs(ROWS, FEATURES, CLASSES, 1);
    const char *folder = test_path("run");
    const struct incline_train_options options = options_for(INCLINE_MOMENTUM, false, folder);
    incline_trainer *trainer = NULL;
    struct checkpoint checkpoint;
    incline_model *model = NULL;
    struct run run;

    run_through(dev, dataset, &options, NULL, NULL, 0);
    require_ok(checkpoint_load(folder, &run, &model, &checkpoint));
    checkpoint_clear(&checkpoint);
    require_ok(checkpoint_save(folder, &run, model, &checkpoint));
    require_fails(incline_trainer_resume(dev, dataset, folder, 0, 0, &trainer), INCLINE_EFORMAT,
                  "checkpoint.moment1");
    incline_model_destroy(model);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

Test(resume_optimizer, numbers_that_an_optimizer_lacks_are_refused)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = nets_blobs(ROWS, FEATURES, CLASSES, 1);
    struct incline_train_options options = options_for(INCLINE_ADAM, false, NULL);
    incline_trainer *trainer = NULL;

    options.optimizer.momentum = 0.5f;
    require_fails(incline_trainer_create(dev, dataset, &options, &trainer), INCLINE_EARG,
                  "momentum is 0.5, but optimizer adam has none");
    options = options_for(INCLINE_SGD, false, NULL);
    options.optimizer.weight_decay = 20.0f;
    require_fails(incline_trainer_create(dev, dataset, &options, &trainer), INCLINE_EARG,
                  "takes 2 of each weight");
    options.optimizer.weight_decay = 0.0f;
    options.optimizer.ema = 1.0f;
    require_fails(incline_trainer_create(dev, dataset, &options, &trainer), INCLINE_EARG, "ema");
    incline_dataset_close(dataset);
    incline_device_close(dev);
}
