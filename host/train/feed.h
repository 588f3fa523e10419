/* feed.h - a data set on a device, and batches out of it in the order of an epoch.
 *
 * A set that fits lies on the device whole, in its own element type, and a batch is gathered
 * there; a device that shares the host's memory reads it where it is. One that does not stays on
 * the host; each batch is then picked there and uploaded. */
#ifndef INCLINE_TRAIN_FEED_H
#define INCLINE_TRAIN_FEED_H

#include "host/backend/backend.h"
#include "host/data/dataset.h"
#include "host/net/model.h"
#include "host/net/plan.h"

/* How a network sees a data set: inputs are value * scale + shift; what it is to put out are the
 * labels, or with `outputs` numbers t: the targets where target = t * scale + shift, or of two
 * classes by one output the label. Borrows its arrays. */
struct feed_view {
    float scale, shift;
    const float *scales, *shifts;               /* [features], in place of scale and shift; NULL */
    uint32_t outputs;                           /* 0: labels, and targets are left out */
    const float *output_scales, *output_shifts; /* [outputs]; NULL: t is the target */
};

/* The view of a model; inputs are scaled as the data set says where the model does not know. */
struct feed_view feed_view_of(const incline_model *model, const struct incline_dataset *dataset);

/* Numbers t[outputs] for one sample. */
void feed_outputs(const struct feed_view *view, const struct incline_dataset *dataset, uint32_t row,
                  float *t);

struct feed {
    struct incline_device *dev;            /* borrowed */
    const struct incline_dataset *dataset; /* borrowed, and outlives the feed */
    bool resident, wrapped;                /* wrapped: the values are the data set's own memory */
    uint32_t room;                         /* rows on the device: all, or one pass */
    struct samples samples;
    struct buffer *values, *labels, *targets, *scale, *shift, *order;
    struct feed_view view;
    unsigned char *picked; /* [room] rows on their way; NULL if resident */
    uint32_t *picked_labels;
    float *picked_targets; /* [room, outputs]; NULL without outputs */
    uint64_t seed, stream; /* of the epoch's order */
    bool in_order;
    const uint32_t *list; /* [count] the rows that take part; NULL: all; borrowed */
    uint32_t count;       /* rows that take part */
    struct buffer *from;  /* the list on the device; NULL without one, or where not resident */
    bool shared;          /* scale and shift are another feed's; if resident, the samples too */
};

/* What a data set's values are on a device. */
enum element feed_element(const struct incline_dataset *dataset);

/* Take a data set to a device, as `view` says; its arrays outlive the feed. Batches are at most
 * `pass_rows` rows. Fails with INCLINE_ENOMEM, INCLINE_EARG, or as the device fails. */
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

/* Make samples [first, first + rows) of the epoch's order ready: feed->samples at order[rows]. For
 * a set that is not resident rows <= pass_rows, and they replace those before. */
int feed_present(struct feed *feed, uint32_t first, uint32_t rows, struct span *order);

/* Present samples [first, first + rows) and take them to the input, the labels and with
 * view.outputs the targets of a plan, as plan_gather() does; rows <= pass_rows. A set without
 * labels or targets leaves zeros. */
int feed_batch(struct feed *feed, struct plan *plan, uint32_t first, uint32_t rows);

#endif
