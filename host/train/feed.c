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

enum element feed_element(const struct incline_dataset *dataset)
{
    return dataset->info.bytes ? ELEMENT_U8 : ELEMENT_F32;
}

_Static_assert(DATASET_ALIGNMENT % WRAP_ALIGNMENT == 0 && DATASET_GRAIN % WRAP_GRAIN == 0,
               "a data set lies as a device can take it");

/* Take the values where they lie, or make room for a copy. */
static int create_values(struct feed *feed, size_t row_bytes)
{
    struct incline_device *dev = feed->dev;
    const struct backend *ops = dev->ops;
    const size_t bytes = feed->room * row_bytes;
    int rc = INCLINE_OK;

    feed->wrapped =
        feed->resident && dev->info.shared_memory && ops->buffer_wrap != NULL &&
        ops->buffer_wrap(dev, feed->dataset->values, bytes, &feed->values) == INCLINE_OK;
    if (!feed->wrapped)
        TRY(ops->buffer_create(dev, bytes, &feed->values));
    feed->samples.values = (struct span){feed->values, 0};
out:
    return rc;
}

/* Everything but the values. */
static int create_buffers(struct feed *feed)
{
    struct incline_device *dev = feed->dev;
    const size_t features = feed->dataset->info.features, room = feed->room;
    int rc = INCLINE_OK;

    TRY(dev->ops->buffer_create(dev, room * sizeof(uint32_t), &feed->labels));
    TRY(dev->ops->buffer_create(dev, room * sizeof(uint32_t), &feed->order));
    if (feed->view.outputs > 0)
        TRY(dev->ops->buffer_create(dev, room * feed->view.outputs * sizeof(float),
                                    &feed->targets));
    TRY(dev->ops->buffer_create(dev, features * sizeof(float), &feed->scale));
    TRY(dev->ops->buffer_create(dev, features * sizeof(float), &feed->shift));
    feed->samples = (struct samples){
        .labels = {feed->labels, 0},
        .scale = {feed->scale, 0},
        .shift = {feed->shift, 0},
        .element = feed_element(feed->dataset),
        .rows = feed->room,
        .features = feed->dataset->info.features,
        .targets = {feed->targets, 0},
        .outputs = feed->view.outputs,
    };
out:
    return rc;
}

/* Targets of all rows, resident. */
static int upload_targets(struct feed *feed)
{
    const uint32_t outputs = feed->view.outputs;
    const size_t count = (size_t)feed->room * outputs;
    float *targets = malloc(count * sizeof *targets);

    if (targets == NULL)
        return FAIL(INCLINE_ENOMEM, "no host memory for %zu targets on their way", count);
    for (uint32_t row = 0; row < feed->room; row++)
        feed_outputs(&feed->view, feed->dataset, row, targets + (size_t)row * outputs);
    const int rc =
        feed->dev->ops->upload(feed->dev, feed->samples.targets, ELEMENT_F32, count, targets);
    free(targets);
    return rc;
}

/* Upload what is not there yet, or make room on the host for the rows of a pass. */
static int fill_or_stage(struct feed *feed, size_t row_bytes)
{
    struct incline_device *dev = feed->dev;
    const struct incline_dataset *dataset = feed->dataset;
    const struct span labels = {feed->labels, 0};
    const size_t targets = (size_t)feed->room * feed->view.outputs;
    int rc = INCLINE_OK;

    if (feed->resident) {
        if (!feed->wrapped)
            TRY(dev->ops->upload(dev, feed->samples.values, feed->samples.element,
                                 (size_t)feed->room * dataset->info.features, dataset->values));
        if (dataset->labels != NULL)
            TRY(dev->ops->upload(dev, labels, ELEMENT_U32, feed->room, dataset->labels));
        else
            TRY(dev->ops->fill(dev, &(struct fill){labels, feed->room, 0.0f}));
        if (targets > 0)
            TRY(upload_targets(feed));
        return INCLINE_OK;
    }
    feed->picked = malloc(feed->room * row_bytes);
    feed->picked_labels = calloc(feed->room, sizeof *feed->picked_labels);
    feed->picked_targets = targets > 0 ? malloc(targets * sizeof(float)) : NULL;
    if (feed->picked == NULL || feed->picked_labels == NULL ||
        (targets > 0 && feed->picked_targets == NULL))
        return FAIL(INCLINE_ENOMEM, "no host memory for a pass of %u samples", feed->room);
    TRY(dev->ops->shuffle(
        dev, &(struct shuffle){.order = {feed->order, 0}, .n = feed->room, .identity = true}));
out:
    return rc;
}

/* The scale and shift of each feature, to the device. */
static int fill_scaling(struct feed *feed)
{
    struct incline_device *dev = feed->dev;
    const struct feed_view *view = &feed->view;
    const struct span scale = feed->samples.scale, shift = feed->samples.shift;
    const size_t features = feed->dataset->info.features;
    int rc = INCLINE_OK;

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

int feed_open(struct feed *out, struct incline_device *dev, const struct incline_dataset *dataset,
              const struct feed_view *view, uint32_t pass_rows)
{
    struct feed feed = {.dev = dev, .dataset = dataset, .view = *view};
    const size_t row_bytes = dataset->info.features * element_bytes(feed_element(dataset));
    size_t bytes;
    int rc = INCLINE_OK;

    if (!size_mul(dataset->info.rows, row_bytes, &bytes))
        return FAIL(INCLINE_EARG, "%u samples of %zu bytes overflow memory", dataset->info.rows,
                    row_bytes);
    feed.resident = fits(dev, bytes);
    feed.room = feed.resident ? dataset->info.rows : pass_rows;
    feed.count = dataset->info.rows;
    TRY(create_buffers(&feed));
    TRY(fill_scaling(&feed));
    TRY(incline_dataset_ready(dataset)); /* as late as can be: what is above may take its time */
    TRY(create_values(&feed, row_bytes));
    TRY(fill_or_stage(&feed, row_bytes));
    *out = feed;
    return INCLINE_OK;
out:
    feed_close(&feed);
    return rc;
}

void feed_close(struct feed *feed)
{
    if (feed->dev == NULL)
        return;
    struct buffer *own[] = {feed->order, feed->from};
    struct buffer *samples[] = {feed->values, feed->labels, feed->targets};
    struct buffer *scaling[] = {feed->scale, feed->shift};
    for (size_t b = 0; b < sizeof own / sizeof own[0]; b++)
        feed->dev->ops->buffer_destroy(feed->dev, own[b]);
    for (size_t b = 0; b < sizeof samples / sizeof samples[0]; b++)
        if (!feed->shared || !feed->resident)
            feed->dev->ops->buffer_destroy(feed->dev, samples[b]);
    for (size_t b = 0; b < sizeof scaling / sizeof scaling[0] && !feed->shared; b++)
        feed->dev->ops->buffer_destroy(feed->dev, scaling[b]);
    free(feed->picked);
    free(feed->picked_labels);
    free(feed->picked_targets);
    memset(feed, 0, sizeof *feed);
}

int feed_restrict(struct feed *feed, const uint32_t *list, uint32_t count)
{
    int rc = INCLINE_OK;

    feed->list = list;
    feed->count = count;
    if (!feed->resident)
        return INCLINE_OK;
    TRY(feed->dev->ops->buffer_create(feed->dev, count * sizeof *list, &feed->from));
    TRY(feed->dev->ops->upload(feed->dev, (struct span){feed->from, 0}, ELEMENT_U32, count, list));
out:
    return rc;
}

int feed_share(struct feed *out, const struct feed *feed, const uint32_t *list, uint32_t count,
               uint32_t pass_rows)
{
    struct feed shared = *feed;
    struct incline_device *dev = feed->dev;
    const size_t row_bytes = feed->dataset->info.features * element_bytes(feed->samples.element);
    int rc = INCLINE_OK;

    shared.shared = true;
    shared.order = shared.from = NULL;
    shared.picked = NULL;
    shared.picked_labels = NULL;
    shared.picked_targets = NULL;
    if (!feed->resident) {
        shared.values = shared.labels = shared.targets = NULL;
        shared.room = pass_rows;
        TRY(dev->ops->buffer_create(dev, pass_rows * sizeof(uint32_t), &shared.labels));
        shared.samples.labels = (struct span){shared.labels, 0};
        if (feed->view.outputs > 0)
            TRY(dev->ops->buffer_create(dev, pass_rows * feed->view.outputs * sizeof(float),
                                        &shared.targets));
        shared.samples.targets = (struct span){shared.targets, 0};
        shared.samples.rows = pass_rows;
        TRY(create_values(&shared, row_bytes));
    }
    TRY(dev->ops->buffer_create(dev, (feed->resident ? count : pass_rows) * sizeof(uint32_t),
                                &shared.order));
    if (!feed->resident)
        TRY(fill_or_stage(&shared, row_bytes));
    TRY(feed_restrict(&shared, list, count));
    *out = shared;
    return INCLINE_OK;
out:
    feed_close(&shared);
    return rc;
}

int feed_epoch(struct feed *feed, uint64_t seed, uint64_t epoch, bool in_order)
{
    feed->seed = seed;
    feed->stream = RNG_STREAM(RNG_SHUFFLE, epoch);
    feed->in_order = in_order;
    if (!feed->resident)
        return INCLINE_OK;
    return feed->dev->ops->shuffle(feed->dev, &(struct shuffle){.order = {feed->order, 0},
                                                                .n = feed->count,
                                                                .identity = in_order,
                                                                .seed = seed,
                                                                .stream = feed->stream,
                                                                .from = {feed->from, 0}});
}

/* Pick the rows of a batch on the host and send them. */
static int send_batch(struct feed *feed, uint32_t first, uint32_t rows)
{
    const struct incline_dataset *dataset = feed->dataset;
    const size_t features = dataset->info.features;
    const size_t row_bytes = features * element_bytes(feed->samples.element);
    const uint32_t outputs = feed->view.outputs;
    struct incline_device *dev = feed->dev;
    int rc = INCLINE_OK;

    for (uint32_t r = 0; r < rows; r++) {
        const uint32_t place = feed->in_order
                                   ? first + r
                                   : rng_permute(feed->seed, feed->stream, feed->count, first + r);
        const uint32_t from = feed->list != NULL ? feed->list[place] : place;
        memcpy(feed->picked + r * row_bytes,
               (const unsigned char *)dataset->values + from * row_bytes, row_bytes);
        feed->picked_labels[r] = dataset->labels != NULL ? dataset->labels[from] : 0;
        if (outputs > 0)
            feed_outputs(&feed->view, dataset, from, feed->picked_targets + (size_t)r * outputs);
    }
    TRY(dev->ops->upload(dev, feed->samples.values, feed->samples.element, rows * features,
                         feed->picked));
    TRY(dev->ops->upload(dev, feed->samples.labels, ELEMENT_U32, rows, feed->picked_labels));
    if (outputs > 0)
        TRY(dev->ops->upload(dev, feed->samples.targets, ELEMENT_F32, (size_t)rows * outputs,
                             feed->picked_targets));
out:
    return rc;
}

int feed_present(struct feed *feed, uint32_t first, uint32_t rows, struct span *order)
{
    const int rc = feed->resident ? INCLINE_OK : send_batch(feed, first, rows);
    if (rc == INCLINE_OK)
        *order = (struct span){feed->order, feed->resident ? first : 0};
    return rc;
}

int feed_batch(struct feed *feed, struct plan *plan, uint32_t first, uint32_t rows)
{
    struct span order;
    const int rc = feed_present(feed, first, rows, &order);
    return rc != INCLINE_OK ? rc : plan_gather(plan, &feed->samples, order, rows);
}
