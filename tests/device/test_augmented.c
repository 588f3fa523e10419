/* test_augmented.c - runs that augment their images: cut and resumed they give the bits of the
 * whole run, and what is no image or out of range is refused. */
#include "device/runs.h"
#include "host/data/dataset.h"

enum { BATCH = 8, EPOCHS = 2 };

static struct incline_train_options options_for(const char *folder)
{
    return (struct incline_train_options){.hidden = {5},
                                          .hidden_count = 1,
                                          .batch = BATCH,
                                          .epochs = EPOCHS,
                                          .seed = 7,
                                          .output = folder,
                                          .augmentation = {.shift = 1.0f,
                                                           .rotate = 10.0f,
                                                           .scale = 0.1f,
                                                           .shear = 0.1f,
                                                           .elastic_alpha = 34.0f,
                                                           .cutout = 4}};
}

static incline_dataset *images(void)
{
    incline_dataset *dataset = NULL;
    require_ok(digits_create(test_quick() ? 20 : 60, 1, &dataset));
    return dataset;
}

Test(augmented, a_run_that_is_cut_goes_on_to_the_bits_of_the_whole_run)
{
    static const char *const names[] = {"model.safetensors", "checkpoint.safetensors",
                                        "config.json"};
    static const uint64_t cuts[] = {1, 3, 4, 5};
    incline_device *dev = test_device();
    incline_dataset *dataset = images();
    const struct incline_train_options options = options_for(test_path("whole"));

    run_through(dev, dataset, &options, NULL, NULL, 0);
    for (size_t c = 0; c < (test_quick() ? 1 : COUNT(cuts)); c++) {
        char name[32];
        snprintf(name, sizeof name, "cut at step %u", (unsigned)cuts[c]);
        const char *folder = test_path(name);
        struct incline_train_options cut = options_for(folder);
        incline_trainer *trainer = NULL;
        cut.steps = cuts[c];
        run_through(dev, dataset, &cut, NULL, NULL, 0);
        require_ok(incline_trainer_resume(dev, dataset, folder, EPOCHS, 0, &trainer));
        require_ok(incline_trainer_run(trainer, NULL, NULL));
        incline_trainer_destroy(trainer);
        for (size_t n = 0; n < COUNT(names); n++)
            cr_expect(same_file(test_path("whole"), folder, names[n]),
                      "%s: %s differs from the uninterrupted run's", name, names[n]);
    }
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

Test(augmented, augmentation_changes_what_is_learned)
{
    enum { PARAMS = 784 * 5 + 5 * 10 };
    static float plain[PARAMS + 15], distorted[PARAMS + 15];
    incline_device *dev = test_device();
    incline_dataset *dataset = images();
    struct incline_train_options options = options_for(NULL);

    options.epochs = 1;
    run_through(dev, dataset, &options, NULL, distorted, PARAMS + 15);
    options.augmentation = (struct incline_augmentation){0};
    run_through(dev, dataset, &options, NULL, plain, PARAMS + 15);
    cr_expect(memcmp(plain, distorted, sizeof plain) != 0, "the images were not distorted");
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

Test(augmented, what_cannot_be_augmented_is_refused)
{
    incline_device *dev = test_device();
    incline_dataset *blobs = nets_blobs(30, 12, 3, 1), *dataset = images();
    struct incline_train_options options = options_for(NULL);
    incline_trainer *trainer = NULL;

    require_fails(incline_trainer_create(dev, blobs, &options, &trainer), INCLINE_EARG,
                  "no images");
    options.augmentation.rotate = 200.0f;
    require_fails(incline_trainer_create(dev, dataset, &options, &trainer), INCLINE_EARG, "rotate");
    incline_dataset_close(dataset);
    incline_dataset_close(blobs);
    incline_device_close(dev);
}

/* What comes into an image from outside would be the first pixel's background everywhere. */
Test(augmented, images_whose_pixels_are_each_scaled_by_themselves_are_refused)
{
    enum { ROWS = 20, FEATURES = 12 };
    static const uint8_t bytes[ROWS * FEATURES] = {0};
    uint32_t labels[ROWS];
    float scales[FEATURES], shifts[FEATURES], image[FEATURES];
    incline_device *dev = test_device();
    incline_dataset *dataset = NULL;
    struct incline_train_options options = options_for(NULL);
    const struct incline_mean_options copies = {.copies = 1, .augmentation = options.augmentation};
    const struct incline_image_options shown = {.augmentation = options.augmentation};
    incline_trainer *trainer = NULL;
    struct incline_evaluation e;

    for (uint32_t r = 0; r < ROWS; r++)
        labels[r] = r % 2;
    for (uint32_t f = 0; f < FEATURES; f++)
        scales[f] = shifts[f] = (float)(f + 1);
    require_ok(incline_dataset_create(&(struct incline_samples){.rows = ROWS,
                                                                .features = FEATURES,
                                                                .classes = 2,
                                                                .image_rows = 3,
                                                                .image_cols = 4,
                                                                .bytes = bytes,
                                                                .labels = labels,
                                                                .scales = scales,
                                                                .shifts = shifts},
                                      &dataset));
    require_fails(incline_trainer_create(dev, dataset, &options, &trainer), INCLINE_EARG,
                  "scaled by itself; take --input-scaling none");
    require_fails(incline_augment_images(dev, dataset, &shown, (uint32_t[]){0}, 1, image),
                  INCLINE_EARG, "scaled by itself");
    options.augmentation = (struct incline_augmentation){0};
    require_ok(incline_trainer_create(dev, dataset, &options, &trainer));
    const incline_model *model = incline_trainer_model(trainer);
    require_fails(incline_evaluate_mean(&model, 1, dev, dataset, &copies, NULL, NULL, NULL, &e),
                  INCLINE_EARG, "scaled by itself");
    incline_trainer_destroy(trainer);
    options.deskew = true;
    require_fails(incline_trainer_create(dev, dataset, &options, &trainer), INCLINE_EARG,
                  "scaled by itself");
    incline_dataset_close(dataset);
    incline_device_close(dev);
}
