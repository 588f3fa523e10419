/* test_resume_refused.c - what a run does not go on with: other samples, an end that has passed, a
 * checkpoint that is damaged; each refused in words, with nothing left on the device. */
#include "device/resumed.h"
#include "host/data/dataset.h"

/* Of the same shape, but with one label, or one value, that is another. */
Test(resume_refused, other_samples_of_the_same_shape_are_refused)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = nets_blobs(ROWS, FEATURES, CLASSES, 1);
    const char *folder = test_path("run");
    struct incline_train_options options = options_for(folder);
    incline_trainer *trainer = NULL;

    options.steps = 3;
    run_through(dev, dataset, &options, NULL, NULL, 0);
    dataset->labels[7] ^= 1;
    require_fails(incline_trainer_resume(dev, dataset, folder, EPOCHS, 0, &trainer), INCLINE_ESHAPE,
                  "other samples");
    dataset->labels[7] ^= 1;
    ((unsigned char *)dataset->values)[ROWS * FEATURES - 1] ^= 1;
    require_fails(incline_trainer_resume(dev, dataset, folder, EPOCHS, 0, &trainer), INCLINE_ESHAPE,
                  "other samples");
    ((unsigned char *)dataset->values)[ROWS * FEATURES - 1] ^= 1;
    cr_expect(trainer == NULL && dev->children == 0, "%zu buffers are left", dev->children);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

Test(resume_refused, another_data_set_or_an_end_that_has_passed_is_refused_with_numbers)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = nets_blobs(ROWS, FEATURES, CLASSES, 1);
    incline_dataset *rows = nets_blobs(ROWS + 1, FEATURES, CLASSES, 1);
    incline_dataset *features = nets_blobs(ROWS, FEATURES + 1, CLASSES, 1);
    incline_dataset *classes = nets_blobs(ROWS, FEATURES, CLASSES + 1, 1);
    const char *folder = test_path("run");
    incline_trainer *trainer = NULL;
    struct incline_run_info info;

    train_whole(dev, dataset, folder);
    require_fails(incline_trainer_resume(dev, rows, folder, 0, 0, &trainer), INCLINE_ESHAPE, "51");
    require_fails(incline_trainer_resume(dev, features, folder, 0, 0, &trainer), INCLINE_ESHAPE,
                  "13");
    require_fails(incline_trainer_resume(dev, classes, folder, 0, 0, &trainer), INCLINE_ESHAPE,
                  "4");
    require_fails(incline_trainer_resume(dev, dataset, folder, 2, 0, &trainer), INCLINE_EARG,
                  "12 steps, more than the 8");
    require_fails(incline_trainer_resume(dev, dataset, folder, 0, 11, &trainer), INCLINE_EARG,
                  "12 steps, more than the 11");
    require_fails(incline_trainer_resume(dev, dataset, test_folder(), 0, 0, &trainer), INCLINE_EIO,
                  "there is no checkpoint");
    require_fails(incline_run_describe(test_folder(), &info), INCLINE_EIO,
                  "there is no checkpoint");
    require_ok(incline_run_describe(folder, &info));
    cr_expect(strcmp(info.data, "memory") == 0, "\"memory\" expected, \"%s\" found", info.data);
    cr_expect(info.rows == ROWS && info.features == FEATURES && info.outputs == CLASSES,
              "%u samples, %u features, %u outputs", info.rows, info.features, info.outputs);
    cr_expect(trainer == NULL && dev->children == 0, "%zu buffers are left", dev->children);
    incline_dataset_close(dataset);
    incline_dataset_close(rows);
    incline_dataset_close(features);
    incline_dataset_close(classes);
    incline_device_close(dev);
}

/* The schedule does not fit that end either, but a run that goes on keeps its schedule. */
Test(resume_refused, an_end_that_has_passed_is_refused_before_the_schedule_is_asked)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = nets_blobs(ROWS, FEATURES, CLASSES, 1);
    const char *folder = test_path("run");
    struct incline_train_options options = options_for(folder);
    struct history history = {0};
    incline_trainer *trainer = NULL;

    options.schedule = (struct incline_schedule){.kind = INCLINE_STEP, .decay_every = 2};
    run_through(dev, dataset, &options, &history, NULL, 0);
    require_fails(incline_trainer_resume(dev, dataset, folder, 1, 0, &trainer), INCLINE_EARG,
                  "12 steps, more than the 4");
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

/* Replace `old` by `new` of the same length in a copy of the checkpoint. */
static void damage(unsigned char *data, size_t bytes, const char *old, const char *new)
{
    const size_t length = strlen(old);
    size_t hits = 0;

    cr_assert(length == strlen(new));
    for (size_t i = 0; i + length <= bytes; i++)
        if (memcmp(data + i, old, length) == 0) {
            memcpy(data + i, new, length);
            hits++;
        }
    cr_assert(hits > 0, "%s does not stand in the checkpoint", old);
}

Test(resume_refused, a_damaged_checkpoint_is_refused_with_its_name)
{
    static const char *const damages[][2] = {
        {"incline.run", "incline.fun"},
        {"\"incline.step\":\"12\"", "\"incline.step\":\"-2\""},
        {"\"incline.step\":\"12\"", "\"incline.step\":\"1x\""},
        {"checkpoint.tally", "checkpoint.tilly"},
        {"\\\"batch_size\\\":16", "\\\"batch_size\\\":-6"},
        {"\\\"widths\\\":[12,6,3]", "\\\"widths\\\":[12,5,3]"},
        {"\\\"activation\\\":\\\"relu\\\"", "\\\"activation\\\":\\\"rely\\\""},
        {"\\\"seed\\\":\\\"7\\\"", "\\\"seed\\\":\\\"x\\\""},
        {"\\\"epochs\\\":3", "\\\"epochs\\\":0"},
        {"\\\"init_weights\\\":", "\\\"unit_weights\\\":"},
    };
    incline_device *dev = test_device();
    incline_dataset *dataset = nets_blobs(ROWS, FEATURES, CLASSES, 1);
    const char *folder = test_path("run");
    incline_trainer *trainer = NULL;
    char path[4096];
    size_t bytes;

    train_whole(dev, dataset, folder);
    snprintf(path, sizeof path, "%s/checkpoint.safetensors", folder);
    unsigned char *good = read_whole(folder, "checkpoint.safetensors", &bytes);
    for (size_t d = 0; d < COUNT(damages); d++) {
        unsigned char *bad = rig_room(bytes);
        memcpy(bad, good, bytes);
        damage(bad, bytes, damages[d][0], damages[d][1]);
        test_write(path, bad, bytes);
        free(bad);
        require_fails(incline_trainer_resume(dev, dataset, folder, 0, 0, &trainer), INCLINE_EFORMAT,
                      "checkpoint.safetensors");
    }
    for (size_t cut = 0; cut < bytes; cut += bytes / 13 + 1) {
        test_write(path, good, cut);
        require_fails(incline_trainer_resume(dev, dataset, folder, 0, 0, &trainer), INCLINE_EFORMAT,
                      "checkpoint.safetensors");
    }
    test_write(path, good, bytes);
    require_ok(incline_trainer_resume(dev, dataset, folder, 0, 0, &trainer));
    incline_trainer_destroy(trainer);
    free(good);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}
