/* test_deskewed.c - networks that see their images upright: training, evaluation and prediction
 * make them so alike, the model's file keeps it, and what cannot say it refuses. */
#include "device/runs.h"
#include "host/data/dataset.h"
#include "host/net/model.h"

enum { ROWS = 60, FEATURES = 784, PARAMS = 784 * 5 + 5 * 10 + 15 };

static struct incline_train_options options_for(const char *folder)
{
    return (struct incline_train_options){.hidden = {5},
                                          .hidden_count = 1,
                                          .batch = 8,
                                          .epochs = 2,
                                          .seed = 7,
                                          .output = folder,
                                          .deskew = true,
                                          .augmentation = {.rotate = 10.0f}};
}

static incline_dataset *images(void)
{
    incline_dataset *dataset = NULL;
    require_ok(digits_create(ROWS, 1, &dataset));
    return dataset;
}

/* The same set of floats, each image made upright. */
static incline_dataset *upright(incline_device *dev, const incline_dataset *dataset)
{
    static float pixels[ROWS * FEATURES];
    static uint32_t rows[ROWS], labels[ROWS];
    const struct incline_image_options options = {.deskew = true};
    const struct incline_samples samples = {.rows = ROWS,
                                            .features = FEATURES,
                                            .classes = 10,
                                            .image_rows = 28,
                                            .image_cols = 28,
                                            .floats = pixels,
                                            .labels = labels};
    incline_dataset *made = NULL;

    for (uint32_t r = 0; r < ROWS; r++) {
        rows[r] = r;
        require_ok(incline_dataset_sample(dataset, r, NULL, &labels[r]));
    }
    require_ok(incline_augment_images(dev, dataset, &options, rows, ROWS, pixels));
    require_ok(incline_dataset_create(&samples, &made));
    return made;
}

/* A copy of a trained model. */
static incline_model *trained(incline_device *dev, const incline_dataset *dataset,
                              const struct incline_train_options *options)
{
    incline_trainer *trainer = NULL;
    incline_model *model = NULL;

    require_ok(incline_trainer_create(dev, dataset, options, &trainer));
    require_ok(incline_trainer_run(trainer, NULL, NULL));
    require_ok(model_copy(incline_trainer_model(trainer), &model));
    incline_trainer_destroy(trainer);
    return model;
}

static void expect_alike(incline_device *dev, const incline_model *a, const incline_dataset *set_a,
                         const incline_model *b, const incline_dataset *set_b)
{
    struct incline_evaluation one, two;
    static float p[ROWS * 10], q[ROWS * 10];

    require_ok(incline_evaluate(a, dev, set_a, NULL, &one));
    require_ok(incline_evaluate(b, dev, set_b, NULL, &two));
    cr_expect(one.loss == two.loss && one.correct == two.correct, "loss %.9g and %.9g, %u and %u",
              one.loss, two.loss, one.correct, two.correct);
    require_ok(incline_predict(a, dev, set_a, 0, ROWS, p));
    require_ok(incline_predict(b, dev, set_b, 0, ROWS, q));
    cr_expect(memcmp(p, q, sizeof p) == 0, "probabilities differ");
}

Test(deskewed, a_network_learns_and_predicts_as_from_a_set_made_upright_before)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = images(), *made = upright(dev, dataset);
    struct incline_train_options options = options_for(NULL);

    incline_model *seen = trained(dev, dataset, &options);
    options.deskew = false;
    incline_model *plain = trained(dev, made, &options);
    cr_expect(memcmp(seen->params, plain->params, PARAMS * sizeof(float)) == 0,
              "other weights than from a set made upright before");
    cr_expect(seen->deskew && !plain->deskew);
    expect_alike(dev, seen, dataset, plain, made);
    incline_model_destroy(seen);
    incline_model_destroy(plain);
    incline_dataset_close(made);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

Test(deskewed, a_model_file_keeps_it_and_a_run_that_was_cut_goes_on_with_it)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = images();
    const struct incline_train_options options = options_for(test_path("whole"));
    struct incline_train_options cut = options_for(test_path("cut"));
    incline_trainer *trainer = NULL;
    incline_model *read = NULL;

    incline_model *model = trained(dev, dataset, &options);
    require_ok(incline_model_save(model, test_path("model.safetensors")));
    require_ok(incline_model_load(test_path("model.safetensors"), &read));
    cr_expect(read->deskew, "the file does not say that images are made upright");
    expect_alike(dev, model, dataset, read, dataset);
    cut.steps = 5;
    run_through(dev, dataset, &cut, NULL, NULL, 0);
    require_ok(incline_trainer_resume(dev, dataset, cut.output, options.epochs, 0, &trainer));
    require_ok(incline_trainer_run(trainer, NULL, NULL));
    incline_trainer_destroy(trainer);
    cr_expect(same_file(options.output, cut.output, "model.safetensors"));
    incline_model_destroy(read);
    incline_model_destroy(model);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

/* Training that starts from a model keeps what it sees. */
Test(deskewed, a_model_to_start_from_says_whether_images_are_made_upright)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = images();
    struct incline_train_options options = options_for(NULL);

    incline_model *first = trained(dev, dataset, &options);
    options.deskew = false;
    options.model = first;
    incline_model *second = trained(dev, dataset, &options);
    cr_expect(second->deskew);
    incline_model_destroy(second);
    incline_model_destroy(first);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

Test(deskewed, what_cannot_be_or_cannot_say_it_is_refused)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = images(), *blobs = nets_blobs(30, 12, 3, 1);
    struct incline_train_options options = options_for(NULL);
    incline_trainer *trainer = NULL;

    incline_model *model = trained(dev, dataset, &options);
    require_fails(incline_model_export(model, test_path("m.onnx"), NULL, NULL), INCLINE_EARG,
                  "deskewed");
    require_fails(incline_model_export(model, test_path("m.c"), NULL, NULL), INCLINE_EARG,
                  "deskewed");
    require_ok(incline_model_export(model, test_path("m.npz"), NULL, NULL));
    options.augmentation = (struct incline_augmentation){0};
    require_fails(incline_trainer_create(dev, blobs, &options, &trainer), INCLINE_EARG, "deskewed");
    incline_model_destroy(model);
    incline_dataset_close(blobs);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}
