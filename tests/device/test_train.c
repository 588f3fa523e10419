/* test_train.c - learning in numbers: recorded losses, training repeated in double for many kinds
 * of run, equal bits for equal seeds, data that do not fit, divergence. */
#include <math.h>

#include "device/runs.h"
#include "host/train/schedule.h"
#include "host/train/trainer.h"
#include "tests/table_set.h"

/* Recorded from the reference, and confirmed by NumPy in float64 from the same images, initial
 * weights and order: Z1 = X W1^T + b1, A = max(Z1, 0), P = softmax(A W2^T + b2),
 * dZ2 = (P - Y) / m, dW2 = dZ2^T A, dZ1 = dZ2 W2 * (Z1 > 0), dW1 = dZ1^T X, db = sum dZ. The two
 * agreed within 1e-7 relative. */
static const double recorded[] = {2.357543455, 2.137984692, 2.044181350, 1.930521180};

Test(train, losses_of_784_10_10_on_digits_are_those_recorded)
{
    incline_device *dev = test_device();
    incline_dataset *digits = NULL;
    struct history history = {0};
    const struct incline_train_options options = {
        .batch = 16, .epochs = test_quick() ? 1 : 4, .validation = INCLINE_NONE};

    require_ok(incline_dataset_open("digits:40", INCLINE_TRAIN, &digits));
    run_through(dev, digits, &options, &history, NULL, 0);
    cr_assert(history.count == options.epochs, "%u epochs expected, %zu found", options.epochs,
              history.count);
    for (size_t e = 0; e < history.count; e++) {
        const struct incline_progress *p = &history.epochs[e];
        cr_expect(fabs(p->loss - recorded[e]) <= 1e-5 * recorded[e],
                  "epoch %zu: loss %.9g expected, %.9g found", e + 1, recorded[e], p->loss);
        cr_expect(p->epoch == e + 1 && p->step == 3 * (e + 1) && p->steps == 3 * options.epochs &&
                      p->epochs == options.epochs,
                  "epoch %zu: %u of %u, step %llu of %llu found", e + 1, p->epoch, p->epochs,
                  (unsigned long long)p->step, (unsigned long long)p->steps);
    }
    incline_dataset_close(digits);
    incline_device_close(dev);
}

/* ---- the same run in double ---- */

/* A run, and what it must do: `steps` of gradient descent over `rows` samples. */
struct recipe {
    const char *name;
    uint32_t rows, batch, steps;
    uint32_t hidden[3];
    size_t hidden_count;
    enum incline_activation activation;
    struct incline_schedule schedule;
};

enum { FEATURES = 12, CLASSES = 3 };

static const struct recipe recipes[] = {
    {"the usual", 48, 16, 9, {6}, 1, INCLINE_RELU, {0}},
    {"a remainder of one row", 33, 16, 7, {6}, 1, INCLINE_RELU, {0}},
    {"batches of one row", 5, 1, 12, {6}, 1, INCLINE_RELU, {0}},
    {"the whole set", 40, INCLINE_BATCH_FULL, 5, {6}, 1, INCLINE_RELU, {0}},
    {"no hidden layer", 33, 16, 7, {0}, 0, INCLINE_RELU, {0}},
    {"three hidden layers", 33, 16, 7, {7, 5, 9}, 3, INCLINE_RELU, {0}},
    {"linear layers", 33, 16, 7, {6}, 1, INCLINE_LINEAR, {0}},
    {"a rate that falls with each step",
     33,
     8,
     9,
     {6},
     1,
     INCLINE_RELU,
     {.kind = INCLINE_COSINE, .by = INCLINE_BY_STEP, .warmup = 2}},
    {"a rate that falls with each epoch",
     33,
     8,
     14,
     {6},
     1,
     INCLINE_RELU,
     {.kind = INCLINE_EXPONENTIAL, .decay = 0.5f}},
};

static struct incline_train_options options_of(const struct recipe *recipe)
{
    struct incline_train_options options = {.hidden_count = recipe->hidden_count,
                                            .no_hidden = recipe->hidden_count == 0,
                                            .activation = recipe->activation,
                                            .steps = recipe->steps,
                                            .batch = recipe->batch,
                                            .learning_rate = 0.2f,
                                            .schedule = recipe->schedule,
                                            .validation = INCLINE_NONE,
                                            .seed = 3};
    memcpy(options.hidden, recipe->hidden, sizeof recipe->hidden);
    return options;
}

static struct net net_of(const struct recipe *recipe)
{
    uint32_t widths[5] = {FEATURES};
    struct net net;

    for (size_t i = 0; i < recipe->hidden_count; i++)
        widths[i + 1] = recipe->hidden[i];
    widths[recipe->hidden_count + 1] = CLASSES;
    require_ok(net_init(&net, widths, recipe->hidden_count + 2, recipe->activation));
    return net;
}

/* Mean losses of the epochs into losses[], and the parameters after all steps into params[];
 * returns the number of epochs, the last of which may be cut. */
static size_t train_in_double(const struct recipe *recipe, const struct net *net,
                              const incline_dataset *dataset, double *params, double *losses)
{
    static struct nets_sample sample;
    const uint32_t batch = recipe->batch == INCLINE_BATCH_FULL ? recipe->rows : recipe->batch;
    const uint32_t epoch_steps = (recipe->rows + batch - 1) / batch;
    double *grads = nets_doubles(net->param_count), sum = 0.0;
    size_t epochs = 0, seen = 0;

    for (uint32_t step = 0; step < recipe->steps; step++) {
        const uint32_t first = step % epoch_steps * batch, epoch = step / epoch_steps;
        const uint32_t rows = recipe->rows - first < batch ? recipe->rows - first : batch;
        const double factor = schedule_factor(
            &recipe->schedule, step,
            (struct schedule_span){.steps = recipe->steps, .epoch_steps = epoch_steps});
        memset(grads, 0, net->param_count * sizeof *grads);
        for (uint32_t r = first; r < first + rows; r++) {
            float x[FEATURES];
            uint32_t label;
            const uint32_t row =
                epoch_steps == 1 ? r
                                 : rng_permute(3, RNG_STREAM(RNG_SHUFFLE, epoch), recipe->rows, r);
            require_ok(incline_dataset_sample(dataset, row, x, &label));
            sum += nets_forward(net, params, x, label, &sample, NULL);
            nets_backward(net, params, &sample, 1.0 / rows, grads);
            seen++;
        }
        for (size_t i = 0; i < net->param_count; i++)
            params[i] -= (double)0.2f * factor * grads[i];
        if ((step + 1) % epoch_steps == 0 || step + 1 == recipe->steps) {
            losses[epochs++] = sum / (double)seen;
            sum = 0.0;
            seen = 0;
        }
    }
    free(grads);
    return epochs;
}

/* Parameters move by tenths. Two roundings of numbers near 1 are what devices were found off by,
 * 1.2e-7; 2e-6 leaves room for other orders of summation. */
static void expect_as_in_double(incline_device *dev, const struct recipe *recipe)
{
    const struct incline_train_options options = options_of(recipe);
    incline_dataset *dataset = nets_blobs(recipe->rows, FEATURES, CLASSES, 1);
    struct net net = net_of(recipe);
    float params[256], initial[256];
    double *exact = nets_doubles(net.param_count), losses[HISTORY_MOST], moved = 0.0;
    struct history history = {0};

    net_init_params(&net, INCLINE_INIT_HE, 3, initial);
    for (size_t i = 0; i < net.param_count; i++)
        exact[i] = (double)initial[i];
    run_through(dev, dataset, &options, &history, params, net.param_count);
    const size_t epochs = train_in_double(recipe, &net, dataset, exact, losses);
    cr_expect(history.count == epochs, "%s: %zu epochs expected, %zu found", recipe->name, epochs,
              history.count);
    for (size_t e = 0; e < epochs; e++)
        cr_expect(fabs(history.epochs[e].loss - losses[e]) <= 2e-6 * fmax(1.0, losses[e]),
                  "%s, epoch %zu: loss %.9g expected, %.9g found", recipe->name, e + 1, losses[e],
                  history.epochs[e].loss);
    for (size_t i = 0; i < net.param_count; i++) {
        moved = fmax(moved, fabs(exact[i] - (double)initial[i]));
        cr_expect(fabs((double)params[i] - exact[i]) <= 2e-6,
                  "%s, parameter %zu: %.9g expected, %.9g found", recipe->name, i, exact[i],
                  (double)params[i]);
    }
    cr_expect(moved > 0.05, "%s: no parameter moved by more than %g", recipe->name, moved);
    free(exact);
    net_clear(&net);
    incline_dataset_close(dataset);
}

Test(train, every_kind_of_run_follows_the_equations_in_double)
{
    incline_device *dev = test_device();
    for (size_t r = 0; r < COUNT(recipes); r++)
        expect_as_in_double(dev, &recipes[r]);
    incline_device_close(dev);
}

Test(train, whole_runs_pass_in_lockstep_with_the_reference)
{
    char name[256];
    incline_device *dev = test_device(); /* skips where there is none */
    incline_device_close(dev);
    snprintf(name, sizeof name, "check:%s", test_device_name());
    require_ok(incline_device_open(&(struct incline_device_options){.name = name}, &dev));
    for (size_t r = 0; r < COUNT(recipes); r++) {
        const struct incline_train_options options = options_of(&recipes[r]);
        incline_dataset *dataset = nets_blobs(recipes[r].rows, FEATURES, CLASSES, 1);
        run_through(dev, dataset, &options, NULL, NULL, 0);
        incline_dataset_close(dataset);
    }
    incline_device_close(dev);
}

/* ---- bits ---- */

static void train_into(incline_device *dev, const char *folder, uint64_t seed)
{
    const struct incline_train_options options = {
        .hidden = {6}, .hidden_count = 1, .batch = 16, .epochs = 2, .seed = seed, .output = folder};
    incline_dataset *dataset = nets_blobs(50, FEATURES, CLASSES, 1);

    run_through(dev, dataset, &options, NULL, NULL, 0);
    incline_dataset_close(dataset);
}

Test(train, the_same_seed_gives_the_same_files_and_another_does_not)
{
    incline_device *dev = test_device();
    const char *one = test_path("one"), *again = test_path("again"), *other = test_path("other");

    train_into(dev, one, 5);
    train_into(dev, again, 5);
    train_into(dev, other, 6);
    cr_expect(same_file(one, again, "model.safetensors"), "the same seed, another model");
    cr_expect(same_file(one, again, "checkpoint.safetensors"), "the same seed, another checkpoint");
    cr_expect(same_file(one, again, "config.json"), "the same run, another description");
    cr_expect(!same_file(one, other, "model.safetensors"), "another seed, the same model");
    expect_same_metrics(one, again);
    incline_device_close(dev);
}

Test(train, seed_0_and_no_seed_are_seed_1)
{
    incline_device *dev = test_device();
    const char *none = test_path("none"), *one = test_path("one");

    train_into(dev, none, 0);
    train_into(dev, one, 1);
    cr_expect(same_file(none, one, "model.safetensors"), "0 means the default, 1");
    incline_device_close(dev);
}

/* A device with so little memory keeps the data on the host and sends each batch. */
Test(train, data_that_do_not_fit_on_the_device_train_to_the_same_bits)
{
    /* A whole set that is sent in passes adds up in another order, so it is not among these. */
    static const uint32_t batches[] = {16, 1, 45};
    incline_device *dev = test_device();
    incline_dataset *dataset = nets_blobs(50, FEATURES, CLASSES, 1);
    const uint64_t memory = dev->info.global_bytes;

    for (size_t b = 0; b < COUNT(batches); b++) {
        float params[2][64 + 6 * 12 + 6 * 3];
        bool resident[2];
        uint32_t rows[2];
        for (int small = 0; small < 2; small++) {
            const struct incline_train_options options = {
                .hidden = {6}, .hidden_count = 1, .batch = batches[b], .steps = 6};
            incline_trainer *trainer = NULL;
            dev->info.global_bytes = small ? 1 : memory;
            require_ok(incline_trainer_create(dev, dataset, &options, &trainer));
            resident[small] = trainer->feed.resident;
            rows[small] = trainer->plan.rows;
            require_ok(incline_trainer_run(trainer, NULL, NULL));
            memset(params[small], 0, sizeof params[small]);
            memcpy(params[small], trainer->model->params,
                   trainer->model->net.param_count * sizeof(float));
            incline_trainer_destroy(trainer);
        }
        cr_expect(resident[0] && !resident[1] && rows[0] == rows[1],
                  "on the device and not expected, %d and %d found", resident[0], resident[1]);
        cr_expect(memcmp(params[0], params[1], sizeof params[0]) == 0,
                  "batch %u: the parameters differ", batches[b]);
    }
    dev->info.global_bytes = memory;
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

Test(train, a_model_given_is_where_training_starts_and_is_not_changed)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = nets_blobs(20, FEATURES, CLASSES, 1);
    const uint32_t widths[] = {FEATURES, 4, CLASSES}, wrong[] = {FEATURES, 4, 2};
    incline_model *model = NULL, *other = NULL;
    incline_trainer *trainer = NULL;

    require_ok(incline_model_create(
        &(struct incline_model_options){.widths = widths, .width_count = 3, .seed = 9}, &model));
    require_ok(incline_model_create(
        &(struct incline_model_options){.widths = wrong, .width_count = 3}, &other));
    const float before = incline_model_weights(model, 0)[0];
    require_ok(incline_trainer_create(
        dev, dataset, &(struct incline_train_options){.model = model, .steps = 2}, &trainer));
    cr_expect(incline_trainer_model(trainer)->params[0] == before, "not the weights given");
    require_ok(incline_trainer_run(trainer, NULL, NULL));
    cr_expect(incline_trainer_model(trainer)->params[0] != before, "nothing was learned");
    cr_expect(incline_model_weights(model, 0)[0] == before, "the model given was changed");
    incline_trainer_destroy(trainer);
    require_fails(incline_trainer_create(dev, dataset,
                                         &(struct incline_train_options){.model = other}, &trainer),
                  INCLINE_ESHAPE, "12-4-2");
    incline_model_destroy(model);
    incline_model_destroy(other);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

/* y = 2 x + 1000, known to a model that has no scaling of its own: a file of PyTorch. */
Test(train, a_model_given_without_a_scaling_takes_the_columns_of_a_table_as_they_are)
{
    static const uint32_t widths[] = {1, 1};
    const struct incline_data_options read = {.target_type = INCLINE_TARGET_NUMBERS};
    incline_device *dev = test_device();
    incline_dataset *dataset = NULL;
    incline_model *model = NULL;
    incline_trainer *trainer = NULL;
    struct incline_evaluation evaluation;
    char text[2048] = "x,y\n";

    for (size_t r = 0, used = strlen(text); r < 40; r++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%zu,%zu.0\n", 100 + r * r,
                                 2 * (100 + r * r) + 1000);
    require_ok(open_text("lines.csv", text, strlen(text), &read, &dataset));
    require_ok(incline_model_create(
        &(struct incline_model_options){.widths = widths, .width_count = 2}, &model));
    incline_model_weights(model, 0)[0] = 2.0f;
    incline_model_biases(model, 0)[0] = 1000.0f;
    require_ok(incline_trainer_create(
        dev, dataset,
        &(struct incline_train_options){.model = model, .steps = 1, .learning_rate = 1e-30f},
        &trainer));
    require_ok(incline_trainer_run(trainer, NULL, NULL));
    require_ok(incline_evaluate(incline_trainer_model(trainer), dev, dataset, NULL, &evaluation));
    cr_expect(evaluation.r2 > 0.999999, "R2 of 1 became %g", evaluation.r2);
    incline_trainer_destroy(trainer);
    incline_model_destroy(model);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

Test(train, divergence_is_reported_and_the_last_checkpoint_stays)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = nets_blobs(50, FEATURES, CLASSES, 1);
    const char *run = test_path("run"), *copy = test_path("copy");
    incline_trainer *trainer = NULL;

    train_into(dev, run, 5);
    train_into(dev, copy, 5);
    require_ok(incline_trainer_resume(dev, dataset, run, 0, 40, &trainer));
    trainer->run.options.learning_rate = 1e30f;
    require_fails(
        incline_trainer_run(trainer, NULL, NULL), INCLINE_EDIVERGED,
        "take a smaller learning rate than 1e+30, or a warm-up; the last checkpoint stays");
    incline_trainer_destroy(trainer);
    cr_expect(same_file(run, copy, "checkpoint.safetensors"), "the checkpoint was changed");
    cr_expect(same_file(run, copy, "model.safetensors"), "the model was changed");

    require_ok(incline_trainer_create(dev, dataset,
                                      &(struct incline_train_options){.activation = INCLINE_LINEAR,
                                                                      .learning_rate = 1e6f,
                                                                      .epochs = 20,
                                                                      .output = test_path("none")},
                                      &trainer));
    require_fails(incline_trainer_run(trainer, NULL, NULL), INCLINE_EDIVERGED, "not finite");
    cr_expect(strstr(incline_last_error(), "checkpoint") == NULL, "there is none: %s",
              incline_last_error());
    incline_trainer_destroy(trainer);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}
