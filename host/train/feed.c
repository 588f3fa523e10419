/* feed.c - the data set's way to the device. */
#include "host/train/feed.h"

#include <stdlib.h>
#include <string.h>

#include "host/util/rng.h"
#include "host/util/size.h"
#include "host/util/status.h"

/* A set may take half of a device's memory, and must fit into one buffer. */
static bool fits(const struct incline_device *dev, size_t bytes)
{
    return bytes <= dev->info.max_alloc_bytes && bytes <= dev->info.global_bytes / 2;
}

_Static_assert(DATASET_ALIGNMENT % WRAP_ALIGNMENT == 0 && DATASET_GRAIN % WRAP_GRAIN == 0,
               "a data set lies as a device can take it");

/* Take the values where they lie, or make room for a copy. */
static int create_values(struct feed *feed)
{
    struct incline_device *dev = feed->dev;
    const struct backend *ops = dev->ops;
    const size_t bytes = feed->dataset->info.rows * dataset_row_bytes(feed->dataset);
    int rc = INCLINE_OK;

    feed->wrapped =
        dev->info.shared_memory && ops->buffer_wrap != NULL &&
        ops->buffer_wrap(dev, feed->dataset->values, bytes, &feed->values) == INCLINE_OK;
    if (!feed->wrapped)
        TRY(ops->buffer_create(dev, bytes, &feed->values));
    feed->samples.values = (struct span){feed->values, 0};
out:
    return rc;
}

/* Everything but the values, of a resident set. */
static int create_buffers(struct feed *feed)
{
    struct incline_device *dev = feed->dev;
    const size_t rows = feed->dataset->info.rows;
    int rc = INCLINE_OK;

    TRY(dev->ops->buffer_create(dev, rows * sizeof(uint32_t), &feed->labels));
    TRY(dev->ops->buffer_create(dev, rows * sizeof(uint32_t), &feed->order));
    if (feed->view.outputs > 0)
        TRY(dev->ops->buffer_create(dev, rows * feed->view.outputs * sizeof(float),
                                    &feed->targets));
    feed->samples.labels = (struct span){feed->labels, 0};
    feed->samples.targets = (struct span){feed->targets, 0};
    feed->samples.element = feed_element(feed->dataset);
    feed->samples.rows = feed->dataset->info.rows;
    feed->samples.features = feed->dataset->info.features;
    feed->samples.outputs = feed->view.outputs;
out:
    return rc;
}

/* Targets of all rows. */
static int upload_targets(struct feed *feed)
{
    const uint32_t outputs = feed->view.outputs, rows = feed->dataset->info.rows;
    const size_t count = (size_t)rows * outputs;
    float *targets = malloc(count * sizeof *targets);

    if (targets == NULL)
        return FAIL(INCLINE_ENOMEM, "no host memory for %zu targets on their way", count);
    for (uint32_t row = 0; row < rows; row++)
        feed_outputs(&feed->view, feed->dataset, row, targets + (size_t)row * outputs);
    const int rc =
        feed->dev->ops->upload(feed->dev, feed->samples.targets, ELEMENT_F32, count, targets);
    free(targets);
    return rc;
}

/* Upload what is not there yet. */
static int fill_buffers(struct feed *feed)
{
    struct incline_device *dev = feed->dev;
    const struct incline_dataset *dataset = feed->dataset;
    const size_t rows = dataset->info.rows;
    int rc = INCLINE_OK;

    if (!feed->wrapped)
        TRY(dev->ops->upload(dev, feed->samples.values, feed->samples.element,
                             rows * dataset->info.features, dataset->values));
    if (dataset->labels != NULL)
        TRY(dev->ops->upload(dev, feed->samples.labels, ELEMENT_U32, rows, dataset->labels));
    else
        TRY(dev->ops->fill(dev, &(struct fill){feed->samples.labels, rows, 0.0f}));
    if (feed->view.outputs > 0)
        TRY(upload_targets(feed));
out:
    return rc;
}

/* The scale and shift of each feature, to the device. */
static int fill_scaling(struct feed *feed)
{
    struct incline_device *dev = feed->dev;
    const struct feed_view *view = &feed->view;
    const size_t features = feed->dataset->info.features;
    int rc = INCLINE_OK;

    TRY(dev->ops->buffer_create(dev, features * sizeof(float), &feed->scale));
    TRY(dev->ops->buffer_create(dev, features * sizeof(float), &feed->shift));
    const struct span scale = {feed->scale, 0}, shift = {feed->shift, 0};
    feed->samples.scale = scale;
    feed->samples.shift = shift;
    if (view->scales != NULL) {
        TRY(dev->ops->upload(dev, scale, ELEMENT_F32, features, view->scales));
        TRY(dev->ops->upload(dev, shift, ELEMENT_F32, features, view->shifts));
    } else {
        TRY(dev->ops->fill(dev, &(struct fill){scale, features, view->scale}));
        TRY(dev->ops->fill(dev, &(struct fill){shift, features, view->shift}));
    }
out:
    return rc;
}

/* The way of the samples list[feed->count] of a set that is not resident. */
static int open_chunks(struct feed *feed, const uint32_t *list, uint32_t pass_rows)
{
    feed->chunks = (struct chunks){.dev = feed->dev,
                                   .dataset = feed->dataset,
                                   .view = feed->view,
                                   .list = list,
                                   .count = feed->count};
    return chunks_open(&feed->chunks, pass_rows, &feed->samples);
}

int feed_open(struct feed *feed, struct incline_device *dev, const struct incline_dataset *dataset,
              const struct feed_view *view, uint32_t pass_rows)
{
    const size_t row_bytes = dataset_row_bytes(dataset);
    size_t bytes;
    int rc = INCLINE_OK;

    if (!size_mul(dataset->info.rows, row_bytes, &bytes))
        return FAIL(INCLINE_EARG, "%u samples of %zu bytes overflow memory", dataset->info.rows,
                    row_bytes);
    *feed = (struct feed){.dev = dev,
                          .dataset = dataset,
                          .view = *view,
                          .resident = fits(dev, bytes),
                          .count = dataset->info.rows};
    if (feed->resident)
        TRY(create_buffers(feed));
    TRY(fill_scaling(feed));
    TRY(incline_dataset_ready(dataset)); /* as late as can be: what is above may take its time */
    if (feed->resident) {
        TRY(create_values(feed));
        TRY(fill_buffers(feed));
    } else {
        TRY(open_chunks(feed, NULL, pass_rows));
    }
    return INCLINE_OK;
out:
    feed_close(feed);
    return rc;
}

void feed_close(struct feed *feed)
{
    if (feed->dev == NULL)
        return;
    struct buffer *own[] = {feed->order, feed->from};
    struct buffer *shared[] = {feed->values, feed->labels, feed->targets, feed->scale, feed->shift};
    for (size_t b = 0; b < sizeof own / sizeof own[0]; b++)
        feed->dev->ops->buffer_destroy(feed->dev, own[b]);
    for (size_t b = 0; b < sizeof shared / sizeof shared[0] && !feed->shared; b++)
        feed->dev->ops->buffer_destroy(feed->dev, shared[b]);
    chunks_close(&feed->chunks);
    memset(feed, 0, sizeof *feed);
}

int feed_restrict(struct feed *feed, const uint32_t *list, uint32_t count)
{
    int rc = INCLINE_OK;

    feed->count = feed->chunks.count = count;
    feed->chunks.list = list;
    if (!feed->resident)
        return INCLINE_OK;
    TRY(feed->dev->ops->buffer_create(feed->dev, count * sizeof *list, &feed->from));
    TRY(feed->dev->ops->upload(feed->dev, (struct span){feed->from, 0}, ELEMENT_U32, count, list));
out:
    return rc;
}

int feed_share(struct feed *view, const struct feed *feed, const uint32_t *list, uint32_t count,
               uint32_t pass_rows)
{
    struct incline_device *dev = feed->dev;
    int rc = INCLINE_OK;

    *view = *feed;
    view->shared = true;
    view->order = view->from = NULL;
    view->count = count;
    view->chunks = (struct chunks){0};
    if (feed->resident) {
        TRY(dev->ops->buffer_create(dev, count * sizeof(uint32_t), &view->order));
        TRY(feed_restrict(view, list, count));
    } else {
        TRY(open_chunks(view, list, pass_rows));
    }
    return INCLINE_OK;
out:
    feed_close(view);
    return rc;
}

int feed_epoch(struct feed *feed, uint64_t seed, uint64_t epoch, bool in_order)
{
    if (!feed->resident)
        return chunks_epoch(&feed->chunks, seed, epoch, in_order);
    return feed->dev->ops->shuffle(feed->dev,
                                   &(struct shuffle){.order = {feed->order, 0},
                                                     .n = feed->count,
                                                     .identity = in_order,
                                                     .seed = seed,
                                                     .stream = RNG_STREAM(RNG_SHUFFLE, epoch),
                                                     .from = {feed->from, 0}});
}

uint32_t feed_run(const struct feed *feed, uint32_t first)
{
    return feed->resident ? feed->count - first : chunks_run(&feed->chunks, first);
}

int feed_present(struct feed *feed, uint32_t first, uint32_t rows, struct span *order)
{
    if (!feed->resident)
        return chunks_present(&feed->chunks, first, rows, &feed->samples, order);
    *order = (struct span){feed->order, first};
    return INCLINE_OK;
}

int feed_batch(struct feed *feed, struct plan *plan, uint32_t first, uint32_t rows)
{
    int rc = INCLINE_OK;

    for (uint32_t done = 0; done < rows;) {
        const uint32_t run = feed_run(feed, first + done);
        const uint32_t count = run < rows - done ? run : rows - done;
        struct span order;
        TRY(feed_present(feed, first + done, count, &order));
        TRY(plan_gather(plan, &feed->samples, order, done, count));
        done += count;
    }
out:
    return rc;
}
