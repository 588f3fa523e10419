/* feed.h - a data set on a device, and batches out of it in the order of an epoch.
 *
 * A set that fits lies on the device whole, in its own element type, and a batch is gathered
 * there; a device that shares the host's memory reads it where it is. One that does not comes chunk
 * by chunk: chunks.h. */
#ifndef INCLINE_TRAIN_FEED_H
#define INCLINE_TRAIN_FEED_H

#include "host/net/plan.h"
#include "host/train/chunks.h"

struct feed {
    struct incline_device *dev;            /* borrowed */
    const struct incline_dataset *dataset; /* borrowed, and outlives the feed */
    bool resident, wrapped;                /* wrapped: the values are the data set's own memory */
    struct samples samples;
    struct buffer *values, *labels, *targets, *order; /* of a resident set */
    struct buffer *scale, *shift;
    struct feed_view view;
    uint32_t count;       /* rows that take part */
    struct buffer *from;  /* the list of them on the device; NULL without one, or not resident */
    bool shared;          /* scale and shift are another feed's; if resident, the samples too */
    struct chunks chunks; /* of a set that is not resident */
};

/* Take a data set to a device, as `view` says; its arrays outlive the feed.
 * Batches are at most `pass_rows` rows. Fails with INCLINE_ENOMEM, INCLINE_EARG, or as the device
 * fails. */
int feed_open(struct feed *feed, struct incline_device *dev, const struct incline_dataset *dataset,
              const struct feed_view *view, uint32_t pass_rows);
void feed_close(struct feed *feed);

/* From the next epoch on only the rows list[count] take part, 0 < count; the list must outlive the
 * feed. */
int feed_restrict(struct feed *feed, const uint32_t *list, uint32_t count);

/* Another way through the data that lie on the device for `feed`, which must outlive it: the rows
 * list[count]. No sample is copied. */
int feed_share(struct feed *view, const struct feed *feed, const uint32_t *list, uint32_t count,
               uint32_t pass_rows);

/* Begin an epoch: its order depends on (seed, epoch) alone. With `in_order`, the set's own. */
int feed_epoch(struct feed *feed, uint64_t seed, uint64_t epoch, bool in_order);

/* How many samples can be presented at once from `first` of the epoch's order on: all, or those up
 * to the end of a chunk, which holds whole passes. */
uint32_t feed_run(const struct feed *feed, uint32_t first);

/* Make samples [first, first + rows) of the epoch's order ready, rows <= feed_run():
 * feed->samples at order[rows]. */
int feed_present(struct feed *feed, uint32_t first, uint32_t rows, struct span *order);

/* Present samples [first, first + rows) and take them to the input, the labels and with
 * view.outputs the targets of a plan, as plan_gather() does; rows <= pass_rows. A set without
 * labels or targets leaves zeros. */
int feed_batch(struct feed *feed, struct plan *plan, uint32_t first, uint32_t rows);

#endif
