/* feed.h - a data set on a device, and batches out of it in the order of an epoch.
 *
 * A set that fits lies on the device whole, in its own element type, and a batch is gathered
 * there; a device that shares the host's memory reads it where it is. One that does not stays on
 * the host; each batch is then picked there and uploaded. */
#ifndef INCLINE_TRAIN_FEED_H
#define INCLINE_TRAIN_FEED_H

#include "host/backend/backend.h"
#include "host/data/dataset.h"

struct feed {
    struct incline_device *dev;            /* borrowed */
    const struct incline_dataset *dataset; /* borrowed, and outlives the feed */
    bool resident, wrapped;                /* wrapped: the values are the data set's own memory */
    uint32_t room;                         /* rows on the device: all, or one pass */
    struct samples samples;
    struct buffer *values, *labels, *scale, *shift, *order;
    unsigned char *picked; /* [room] rows on their way; NULL if resident */
    uint32_t *picked_labels;
    uint64_t seed, stream; /* of the epoch's order */
    bool in_order;
    const uint32_t *list; /* [count] the rows that take part; NULL: all; borrowed */
    uint32_t count;       /* rows that take part */
    struct buffer *from;  /* the list on the device; NULL without one, or where not resident */
    bool shared;          /* scale and shift are another feed's; if resident, the samples too */
};

/* What a data set's values are on a device. */
enum element feed_element(const struct incline_dataset *dataset);

/* Take a data set to a device. Inputs are value * scale + shift; batches are at most
 * `pass_rows` rows. Fails with INCLINE_ENOMEM, INCLINE_EARG, or as the device fails. */
int feed_open(struct feed *feed, struct incline_device *dev, const struct incline_dataset *dataset,
              float scale, float shift, uint32_t pass_rows);
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

/* Make samples [first, first + rows) of the epoch's order ready: feed->samples at order[rows]. For
 * a set that is not resident rows <= pass_rows, and they replace those before. */
int feed_present(struct feed *feed, uint32_t first, uint32_t rows, struct span *order);

/* Present samples [first, first + rows) and gather them: x[rows, features] and
 * label[rows]; rows <= pass_rows. A set without labels leaves zeros. */
int feed_batch(struct feed *feed, uint32_t first, uint32_t rows, struct span x, struct span label);

#endif
