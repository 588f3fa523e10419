/* test_images.c - images as training shows them: untouched they are the samples, distorted they are
 * those of a run's step. */
#include "device/nets.h"
#include "host/backend/augmentation.h"
#include "host/data/dataset.h"
#include "host/net/plan.h"
#include "host/train/feed.h"

enum { ROWS = 30, FEATURES = 784, COUNT_SHOWN = 4 };
static const uint32_t shown[COUNT_SHOWN] = {7, 0, 29, 7};
static float images[COUNT_SHOWN * FEATURES], others[COUNT_SHOWN * FEATURES];

static incline_dataset *digits(void)
{
    incline_dataset *dataset = NULL;
    require_ok(digits_create(ROWS, 1, &dataset));
    return dataset;
}

Test(images, that_are_not_distorted_are_the_samples)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = digits();
    float sample[FEATURES];

    require_ok(incline_augment_images(dev, dataset, NULL, shown, COUNT_SHOWN, images));
    for (size_t i = 0; i < COUNT_SHOWN; i++) {
        require_ok(incline_dataset_sample(dataset, shown[i], sample, NULL));
        cr_expect(memcmp(images + i * FEATURES, sample, sizeof sample) == 0,
                  "image %zu is not sample %u", i, shown[i]);
    }
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

/* The batch of a run's step, brought to a network's input as training does. */
static void train_inputs(incline_device *dev, const incline_dataset *dataset,
                         const struct incline_image_options *options, float *inputs)
{
    const uint32_t widths[] = {FEATURES, 10, 10};
    const struct method method = {.seed = options->seed,
                                  .augmentation = options->augmentation,
                                  .image_rows = 28,
                                  .image_cols = 28};
    const struct feed_view view = {.scale = dataset->info.scale};
    struct net net;
    struct plan plan;
    struct feed feed;

    require_ok(net_init(&net, widths, 3, INCLINE_RELU));
    require_ok(plan_create(&plan, dev, &net, &method, COUNT_SHOWN));
    plan.step = options->step;
    require_ok(feed_open(&feed, dev, dataset, &view, COUNT_SHOWN));
    require_ok(
        dev->ops->upload(dev, (struct span){feed.order, 0}, ELEMENT_U32, COUNT_SHOWN, shown));
    require_ok(plan_gather(&plan, &feed.samples, (struct span){feed.order, 0}, 0, COUNT_SHOWN));
    require_ok(plan_augment(&plan, &feed.samples, 0, COUNT_SHOWN));
    require_ok(
        dev->ops->download(dev, plan_input(&plan), ELEMENT_F32, COUNT_SHOWN * FEATURES, inputs));
    feed_close(&feed);
    plan_destroy(&plan);
    net_clear(&net);
}

Test(images, that_are_distorted_are_those_of_the_step)
{
    const struct incline_image_options third = {
        .augmentation = {.rotate = 10.0f, .elastic_alpha = 20.0f}, .seed = 5, .step = 3};
    struct incline_image_options fourth = third;
    incline_device *dev = test_device();
    incline_dataset *dataset = digits();

    train_inputs(dev, dataset, &third, others);
    require_ok(incline_augment_images(dev, dataset, &third, shown, COUNT_SHOWN, images));
    cr_expect(memcmp(images, others, sizeof images) == 0, "training sees other images");
    cr_expect(memcmp(images, images + 3 * FEATURES, FEATURES * sizeof *images) != 0,
              "a sample that comes twice is distorted alike");
    fourth.step++;
    require_ok(incline_augment_images(dev, dataset, &fourth, shown, COUNT_SHOWN, others));
    cr_expect(memcmp(images, others, sizeof images) != 0, "every step distorts alike");
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

Test(images, what_cannot_be_shown_is_refused)
{
    const float numbers[6] = {0};
    const struct incline_samples table = {.rows = 2, .features = 3, .floats = numbers};
    const struct incline_image_options wild = {.augmentation = {.rotate = 200.0f}};
    const uint32_t absent[] = {ROWS};
    incline_device *dev = test_device();
    incline_dataset *dataset = digits(), *plain = NULL;

    require_ok(incline_dataset_create(&table, &plain));
    require_fails(incline_augment_images(dev, plain, NULL, shown, 1, images), INCLINE_ESHAPE,
                  "no images");
    require_fails(incline_augment_images(dev, dataset, NULL, shown, 0, images), INCLINE_EARG,
                  "0 samples");
    require_fails(incline_augment_images(dev, dataset, NULL, absent, 1, images), INCLINE_EARG,
                  "sample 30");
    require_fails(incline_augment_images(dev, dataset, &wild, shown, 1, images), INCLINE_EARG,
                  "200");
    incline_dataset_close(plain);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

Test(images, samples_are_chosen_at_random_each_once)
{
    incline_dataset *dataset = digits();
    uint32_t rows[ROWS], again[ROWS], seen[ROWS] = {0};

    require_ok(incline_dataset_choose(dataset, 1, ROWS, rows));
    for (size_t i = 0; i < ROWS; i++)
        seen[rows[i]]++;
    for (size_t i = 0; i < ROWS; i++)
        cr_expect(seen[i] == 1, "sample %zu is chosen %u times", i, seen[i]);
    require_ok(incline_dataset_choose(dataset, 2, ROWS, again));
    cr_expect(memcmp(rows, again, sizeof rows) != 0, "two seeds choose alike");
    require_fails(incline_dataset_choose(dataset, 1, ROWS + 1, rows), INCLINE_EARG, "31");
    incline_dataset_close(dataset);
}
