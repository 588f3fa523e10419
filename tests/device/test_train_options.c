/* test_train_options.c - what a run is given: options and data that are refused, presets, defaults.
 */
#include <math.h>

#include "device/runs.h"
#include "host/train/trainer.h"

enum { FEATURES = 12, CLASSES = 3 };

Test(train_options, bad_options_are_refused_with_their_numbers)
{
    const struct {
        struct incline_train_options options;
        int status;
        const char *says;
    } rows[] = {
        {{.batch = 51},
         INCLINE_EARG,
         "a batch of 51 rows, but memory has 45 samples beside those for validation"},
        {{.learning_rate = -1.0f},
         INCLINE_EARG,
         "learning-rate -1 is not in the range from 1e-30 to 1000000"},
        {{.learning_rate = NAN}, INCLINE_EARG, "learning-rate "},
        {{.learning_rate = INFINITY}, INCLINE_EARG, "learning-rate inf"},
        {{.hidden = {6, 0}, .hidden_count = 2}, INCLINE_EARG, "width 3 of 4 is 0"},
        {{.hidden = {6}, .hidden_count = 1, .no_hidden = true}, INCLINE_EARG, "ruled out"},
        {{.hidden_count = 1}, INCLINE_EARG, "width 2 of 3 is 0"},
        {{.hidden_count = 65}, INCLINE_EARG, "65 hidden layers"},
        {{.activation = INCLINE_ACTIVATION_COUNT}, INCLINE_EARG, "activation 13"},
        {{.init = (enum incline_init)7}, INCLINE_EARG, "init-weights 7"},
        {{.output = "/dev/null/run"}, INCLINE_EIO, "/dev/null"},
    };
    incline_device *dev = test_device();
    incline_dataset *dataset = nets_blobs(50, FEATURES, CLASSES, 1);
    incline_trainer *trainer = NULL;

    for (size_t i = 0; i < COUNT(rows); i++)
        require_fails(incline_trainer_create(dev, dataset, &rows[i].options, &trainer),
                      rows[i].status, rows[i].says);
    cr_expect(trainer == NULL && dev->children == 0, "%zu buffers are left", dev->children);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

Test(train_options, data_without_labels_or_of_one_class_cannot_be_learned)
{
    static const unsigned char bytes[] = {1, 2, 3, 4};
    static const uint32_t labels[] = {0, 0};
    struct incline_samples samples = {.rows = 2, .features = 2, .bytes = bytes};
    incline_device *dev = test_device();
    incline_dataset *dataset = NULL;
    incline_trainer *trainer = NULL;

    require_ok(incline_dataset_create(&samples, &dataset));
    require_fails(incline_trainer_create(dev, dataset, NULL, &trainer), INCLINE_ESHAPE,
                  "no labels");
    incline_dataset_close(dataset);
    samples.labels = labels;
    samples.classes = 1;
    require_ok(incline_dataset_create(&samples, &dataset));
    require_fails(incline_trainer_create(dev, dataset, NULL, &trainer), INCLINE_ESHAPE,
                  "one class");
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

Test(train_options, the_notebook_is_the_founding_document_and_other_presets_are_refused)
{
    struct incline_train_options o = {.batch = 77};

    require_fails(incline_train_preset("note", &o), INCLINE_EARG, "notebook");
    cr_expect(o.batch == 77, "the out-parameter was written");
    require_ok(incline_train_preset("notebook", &o));
    cr_expect(o.hidden_count == 1 && o.hidden[0] == 10 && !o.no_hidden &&
                  o.activation == INCLINE_RELU && o.init == INCLINE_INIT_UNIFORM && o.epochs == 0 &&
                  o.steps == 500 && o.batch == INCLINE_BATCH_FULL && o.learning_rate == 0.1f,
              "hidden %u, init %d, %llu steps, batch %u, rate %g found", o.hidden[0], (int)o.init,
              (unsigned long long)o.steps, o.batch, (double)o.learning_rate);
}

Test(train_options, defaults_are_those_of_the_header_and_a_small_set_is_one_batch)
{
    static const struct {
        uint32_t rows, batch;
        uint64_t steps;
    } rows[] = {{130, 64, 20}, {50, 45, 10}};
    incline_device *dev = test_device();

    for (size_t i = 0; i < COUNT(rows); i++) {
        incline_dataset *dataset = nets_blobs(rows[i].rows, FEATURES, CLASSES, 1);
        incline_trainer *trainer = NULL;
        require_ok(incline_trainer_create(dev, dataset, NULL, &trainer));
        const struct run *run = &trainer->run;
        cr_expect(run->options.epochs == 10 && run->options.batch == rows[i].batch &&
                      run_total_steps(run) == rows[i].steps && run->options.learning_rate == 0.1f &&
                      run->options.seed == 1 && run->width_count == 3 && run->widths[1] == 10,
                  "%u rows: %u epochs of batches of %u, %llu steps found", rows[i].rows,
                  run->options.epochs, run->options.batch,
                  (unsigned long long)run_total_steps(run));
        incline_trainer_destroy(trainer);
        incline_dataset_close(dataset);
    }
    incline_trainer_destroy(NULL);
    incline_device_close(dev);
}
