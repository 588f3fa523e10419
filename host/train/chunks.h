/* chunks.h - the way of a data set that does not fit on a device: in chunks of an epoch's order.
 *
 *     chunk 0 | chunk 1 | chunk 2 | ...      the epoch's order, cut every `rows` samples
 *        on the device   filled by the host meanwhile; then the two change places
 *
 * A chunk's samples lie together in one buffer: values, then labels, then targets. The order:
 *
 *   in memory   that of a set which fits: a permutation of all samples.
 *   in a file   one that can be read in long runs. Blocks of 256 KiB of neighbouring samples, from
 *               another first sample on in each epoch and round the end, are drawn in random order;
 *               then the samples of a chunk, some 250 blocks from all over the file, are shuffled
 *               among themselves. (A rest that fills no block comes last.)
 *
 * Both depend on the seed and the epoch alone, and on the size of a chunk. */
#ifndef INCLINE_TRAIN_CHUNKS_H
#define INCLINE_TRAIN_CHUNKS_H

#include "host/train/feed_view.h"

/* One of two places for a chunk. */
struct chunk_room {
    struct buffer *buffer;
    unsigned char *memory; /* of the buffer, while the host fills it; NULL */
    uint32_t index;        /* of its chunk; UINT32_MAX: none */
    uint32_t picked;       /* samples that are in it */
};

struct chunks {
    struct incline_device *dev;            /* borrowed, as all that follows */
    const struct incline_dataset *dataset; /* */
    const uint32_t *list;                  /* [count] the samples that take part; NULL: all */
    uint32_t count;
    struct feed_view view;
    uint32_t rows;                /* of a chunk; the last one of an epoch may have fewer */
    size_t labels_at, targets_at; /* in bytes, in a chunk's buffer */
    struct chunk_room rooms[2];
    unsigned now; /* rooms[now] is the device's, the other one the host's */
    struct buffer *order;
    unsigned char *run; /* a block as it lies in its file; NULL for a set in memory */
    uint64_t seed;
    uint32_t epoch, offset; /* the first sample of the epoch's first block */
    bool in_order;
};

/* Room for chunks of whole passes of `pass_rows` samples, and of `samples` for the device, as far
 * as they do not change; `chunks` has what is before `rows`. Fails with INCLINE_ENOMEM, or as the
 * device fails, and then chunks_close() lets go of what is there. */
int chunks_open(struct chunks *chunks, uint32_t pass_rows, struct samples *samples);
void chunks_close(struct chunks *chunks);

/* Begin an epoch, as feed_epoch() does. */
int chunks_epoch(struct chunks *chunks, uint64_t seed, uint64_t epoch, bool in_order);

/* How many of the epoch's samples can be presented at once from `first` on. */
uint32_t chunks_run(const struct chunks *chunks, uint32_t first);

/* Make samples [first, first + rows) of the epoch's order ready, rows <= chunks_run(): `samples` at
 * order[rows]; and go on filling the next chunk in step with that. Fails as the device fails, and
 * with INCLINE_EIO. */
int chunks_present(struct chunks *chunks, uint32_t first, uint32_t rows, struct samples *samples,
                   struct span *order);

#endif
