/* test_find_rate.c - the search for a learning rate on the device under test: what it suggests
 * trains, it is the same again, it changes nothing, and it ends where the loss explodes. */
#include <math.h>

#include "device/runs.h"

static struct incline_rate_search search(incline_device *dev, const incline_dataset *dataset,
                                         const struct incline_train_options *options)
{
    struct incline_rate_search found;

    require_ok(incline_find_rate(dev, dataset, options, NULL, NULL, &found));
    for (uint32_t i = 0; i < found.count; i++)
        cr_expect(isfinite(found.points[i].loss) && isfinite(found.points[i].smoothed) &&
                      (i == 0 || found.points[i].rate > found.points[i - 1].rate),
                  "point %u: rate %g, loss %g, smoothed %g", i, found.points[i].rate,
                  found.points[i].loss, found.points[i].smoothed);
    return found;
}

/* More than the 10 % of guessing, and near what a rate that was chosen by hand reaches. */
Test(find_rate, what_it_suggests_for_digits_trains)
{
    static const struct {
        enum incline_optimizer_kind kind;
        double least;
    } rows[] = {{INCLINE_SGD, 0.85}, {INCLINE_ADAM, 0.85}};
    if (test_quick())
        cr_skip_test("hundreds of steps on images are too many for a simulator");
    incline_device *dev = test_device();
    incline_dataset *train = NULL, *test = NULL;

    require_ok(incline_dataset_open("digits:4000", INCLINE_TRAIN, &train));
    require_ok(incline_dataset_open("digits:4000", INCLINE_TEST, &test));
    for (size_t r = 0; r < COUNT(rows); r++) {
        struct incline_train_options options = {.hidden = {16}, .hidden_count = 1, .epochs = 8};
        struct incline_evaluation evaluation;
        incline_trainer *trainer = NULL;
        options.optimizer.kind = rows[r].kind;
        const struct incline_rate_search found = search(dev, train, &options);
        options.learning_rate = (float)found.suggested;
        require_ok(incline_trainer_create(dev, train, &options, &trainer));
        require_ok(incline_trainer_run(trainer, NULL, NULL));
        require_ok(incline_evaluate(incline_trainer_model(trainer), dev, test, NULL, &evaluation));
        cr_expect(evaluation.accuracy >= rows[r].least,
                  "optimizer %d, rate %g: %g expected, %g found", (int)rows[r].kind,
                  found.suggested, rows[r].least, evaluation.accuracy);
        incline_trainer_destroy(trainer);
    }
    incline_dataset_close(train);
    incline_dataset_close(test);
    incline_device_close(dev);
}

Test(find_rate, it_is_the_same_again_and_changes_neither_model_nor_trainer)
{
    enum { FEATURES = 12, CLASSES = 3, ROWS = 60, WIDTH = 6 };
    enum { PARAMS = WIDTH * (FEATURES + 1) + CLASSES * (WIDTH + 1) };
    static const uint32_t widths[] = {FEATURES, WIDTH, CLASSES};
    incline_device *dev = test_device();
    incline_dataset *dataset = nets_blobs(ROWS, FEATURES, CLASSES, 1);
    const struct incline_model_options network = {.widths = widths, .width_count = 3, .seed = 5};
    incline_model *model = NULL;
    incline_trainer *trainer = NULL;
    float before[PARAMS], alone[PARAMS];

    require_ok(incline_model_create(&network, &model));
    memcpy(before, incline_model_weights(model, 0), sizeof before);
    struct incline_train_options options = {.batch = 16, .epochs = 2, .model = model, .seed = 7};
    run_through(dev, dataset, &options, NULL, alone, PARAMS);
    require_ok(incline_trainer_create(dev, dataset, &options, &trainer));
    options.output = test_path("run");
    const struct incline_rate_search one = search(dev, dataset, &options);
    const struct incline_rate_search other = search(dev, dataset, &options);
    cr_expect(one.count > 100 && one.count == other.count && one.suggested == other.suggested &&
              one.exploded == other.exploded);
    for (uint32_t i = 0; i < one.count; i++)
        cr_expect(one.points[i].loss == other.points[i].loss, "point %u: %.9g, then %.9g", i,
                  one.points[i].loss, other.points[i].loss);
    options = (struct incline_train_options){.steps = 3,
                                             .learning_rate = 1e6f,
                                             .patience = 9,
                                             .schedule = {.kind = INCLINE_PLATEAU, .warmup = 5},
                                             .validation = INCLINE_NONE,
                                             .optimizer = {.weight_decay = 0.01f}};
    (void)search(dev, dataset, &options); /* would be refused, if what does not count did */
    cr_expect(memcmp(before, incline_model_weights(model, 0), sizeof before) == 0);
    require_ok(incline_trainer_run(trainer, NULL, NULL));
    float *const after =
        incline_model_weights((incline_model *)(uintptr_t)incline_trainer_model(trainer), 0);
    cr_expect(memcmp(alone, after, sizeof alone) == 0, "a trainer that stood by went another way");
    FILE *file = fopen(test_path("run/config.json"), "rb");
    cr_expect(file == NULL, "something was written");
    incline_trainer_destroy(trainer);
    incline_model_destroy(model);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

/* Squared errors grow without limit at a rate that is too large; the points stop before that. */
Test(find_rate, it_ends_where_the_loss_explodes)
{
    enum { ROWS = 40 };
    incline_device *dev = test_device();
    float x[ROWS], y[ROWS];
    incline_dataset *dataset = NULL;

    for (uint32_t r = 0; r < ROWS; r++) {
        x[r] = (float)r / ROWS - 0.5f;
        y[r] = 2.0f * x[r] + 1.0f;
    }
    require_ok(incline_dataset_create(
        &(struct incline_samples){
            .rows = ROWS, .features = 1, .outputs = 1, .floats = x, .targets = y},
        &dataset));
    const struct incline_train_options options = {.batch = INCLINE_BATCH_FULL, .no_hidden = true};
    const struct incline_rate_search found = search(dev, dataset, &options);
    cr_expect(found.exploded && found.count > 100 && found.count < INCLINE_RATE_POINTS, "%u points",
              found.count);
    cr_expect(found.suggested > 0.0 && found.suggested < found.points[found.count - 1].rate / 2);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}
