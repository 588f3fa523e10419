/* test_wrap.c - data sets that a device reads where they lie on the host: the same results as from
 * a copy, no copy made, and a copy where the memory cannot be taken. */
#include "host/backend/check.h"
#include "host/data/dataset.h"
#include "host/train/feed.h"
#include "runs.h"

enum { WRAP_ROWS = 90 };

/* A device like `dev`, with its own table of slots. The copy's address must stay valid. */
static void own_table(incline_device *dev, struct backend *table)
{
    *table = *dev->ops;
    dev->ops = table;
}

static int refuse(struct incline_device *dev, const void *memory, size_t bytes,
                  struct buffer **buffer)
{
    (void)dev, (void)memory, (void)bytes, (void)buffer;
    return INCLINE_EDEVICE;
}

/* x[rows, features] of the first `rows` samples in shuffled order, as the device gathers them. */
static float *gathered(incline_device *dev, const incline_dataset *dataset, uint32_t rows,
                       bool wrapped)
{
    const size_t count = (size_t)rows * dataset->info.features;
    float *values = (float *)(void *)rig_room(count * sizeof *values);
    struct rig rig = {.dev = dev};
    struct feed feed = {0};
    const struct span x = rig_floats(&rig, count, NULL), label = rig_words(&rig, rows, NULL);

    require_ok(
        feed_open(&feed, dev, dataset, &(struct feed_view){.scale = 0.25f, .shift = -1.0f}, rows));
    cr_expect(feed.wrapped == wrapped, "the values are %s", feed.wrapped ? "wrapped" : "a copy");
    struct gather gather = {.samples = feed.samples, .x = x, .label = label, .rows = rows};
    require_ok(feed_epoch(&feed, 1, 1, false));
    require_ok(feed_present(&feed, 0, rows, &gather.order));
    require_ok(dev->ops->gather(dev, &gather));
    rig_read(&rig, x, count, values);
    feed_close(&feed);
    rig_clear(&rig);
    return values;
}

static void expect_same_floats(const char *what, const float *a, const float *b, size_t count)
{
    size_t i = 0;
    while (i < count && memcmp(a + i, b + i, sizeof *a) == 0)
        i++;
    cr_expect(i == count, "%s: element %zu is %.9g and %.9g", what, i, (double)a[i], (double)b[i]);
}

static incline_device *sharing_device(void)
{
    incline_device *dev = test_device();
    if (!dev->info.shared_memory || dev->ops->buffer_wrap == NULL)
        cr_skip_test("%s does not share the host's memory", dev->info.name);
    return dev;
}

static incline_dataset *some_digits(void)
{
    incline_dataset *dataset = NULL;
    require_ok(digits_create(WRAP_ROWS, 3, &dataset));
    return dataset;
}

Test(wrap, batches_are_those_of_a_copy)
{
    incline_device *dev = sharing_device();
    incline_dataset *dataset = some_digits();
    const size_t count = (size_t)WRAP_ROWS * dataset->info.features;
    struct backend table;

    float *wrapped = gathered(dev, dataset, WRAP_ROWS, true);
    own_table(dev, &table);
    table.buffer_wrap = NULL;
    float *copied = gathered(dev, dataset, WRAP_ROWS, false);
    table.buffer_wrap = refuse;
    float *refused = gathered(dev, dataset, WRAP_ROWS, false);
    expect_same_floats("without the slot", wrapped, copied, count);
    expect_same_floats("with a driver that refuses", wrapped, refused, count);
    free(refused);
    free(copied);
    free(wrapped);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

Test(wrap, a_whole_training_is_that_on_a_copy)
{
    const struct incline_train_options options = {
        .hidden = {12}, .hidden_count = 1, .validation = INCLINE_NONE, .steps = 5, .batch = 32};
    enum { PARAMS = 784 * 12 + 12 * 10 + 12 + 10 };
    static float wrapped[PARAMS], copied[PARAMS];
    incline_device *dev = sharing_device();
    incline_dataset *dataset = some_digits();
    struct backend table;

    run_through(dev, dataset, &options, NULL, wrapped, PARAMS);
    own_table(dev, &table);
    table.buffer_wrap = NULL;
    run_through(dev, dataset, &options, NULL, copied, PARAMS);
    expect_same_floats("parameters", wrapped, copied, PARAMS);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

/* Beyond the contract, to see that there is no second copy: what is written into the memory
 * after it was wrapped, and before anything was queued, is what the device reads. Simulators
 * may copy. */
Test(wrap, nothing_is_copied)
{
    enum { BYTES = 3 * WRAP_ALIGNMENT + 100 };
    incline_device *dev = sharing_device();
    struct buffer *buffer = NULL;
    unsigned char *got = rig_room(BYTES), *memory = dataset_room(BYTES);

    if (dev->info.type != INCLINE_DEVICE_REFERENCE &&
        strcmp(dev->info.platform, "Portable Computing Language") != 0)
        cr_skip_test("%s may copy", dev->info.platform);
    memset(memory, 1, BYTES);
    require_ok(dev->ops->buffer_wrap(dev, memory, BYTES, &buffer));
    for (size_t i = 0; i < BYTES; i++)
        memory[i] = (unsigned char)(i * 7);
    require_ok(dev->ops->download(dev, (struct span){buffer, 0}, ELEMENT_U8, BYTES, got));
    cr_expect(memcmp(memory, got, BYTES) == 0, "the device has bytes of its own");
    dev->ops->buffer_destroy(dev, buffer);

    /* And it is still ours. */
    memset(memory, 2, BYTES);
    free(memory);
    free(got);
    incline_device_close(dev);
}

Test(wrap, lockstep_wraps_on_both_sides)
{
    incline_device *dev = sharing_device(), *check = NULL;
    incline_dataset *dataset = some_digits();
    const size_t count = 20 * (size_t)dataset->info.features;

    require_ok(check_open(dev, false, true, &check));
    float *locked = gathered(check, dataset, 20, true), *alone = gathered(dev, dataset, 20, true);
    expect_same_floats("in lockstep", locked, alone, count);
    free(alone);
    free(locked);

    /* Where the subject takes nothing, neither does the pair. */
    struct backend table;
    own_table(dev, &table);
    table.buffer_wrap = NULL;
    free(gathered(check, dataset, 20, false));
    check->ops->close(check);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

/* Memory that the device cannot take as it lies is copied: OpenCL asks for aligned memory. */
Test(wrap, memory_at_an_odd_place_is_copied)
{
    incline_device *dev = sharing_device();
    incline_dataset *dataset = some_digits();
    const size_t count = (size_t)WRAP_ROWS * dataset->info.features;

    if (dev->info.type == INCLINE_DEVICE_REFERENCE)
        cr_skip_test("the reference takes memory at any place");
    float *wrapped = gathered(dev, dataset, WRAP_ROWS, true);
    unsigned char *const room = rig_room(count), *const even = dataset->values;
    unsigned char *const odd = (uintptr_t)room % WRAP_ALIGNMENT == 0 ? room + 1 : room;
    memcpy(odd, even, count);
    dataset->values = odd;
    float *copied = gathered(dev, dataset, WRAP_ROWS, false);
    expect_same_floats("from an odd place", wrapped, copied, count);
    dataset->values = even;
    free(room);
    free(copied);
    free(wrapped);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}
