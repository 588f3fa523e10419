/* chunks.c - a data set that does not fit, chunk by chunk: the next one is filled while the device
 * works on the last.
 *
 * The host fills it a little with every batch that it presents, so that no queue runs empty
 * meanwhile; what is filled depends on nothing but the order, so neither do the results. */
#include "host/train/chunks.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "host/util/rng.h"
#include "host/util/size.h"
#include "host/util/status.h"

/* A chunk has at most this many bytes, and a sixteenth of the device's memory: there are two of
 * them, and two of the samples kept for validation. */
enum { CHUNK_BYTES = 64 << 20, CHUNK_SHARE = 16 };
/* What is read in one run of a data set that lies in a file. */
enum { BLOCK_BYTES = 256 << 10 };
enum { GRAIN = 64 };
#define NO_CHUNK UINT32_MAX

/* Samples of a block; 1 where they need not be read in runs. */
static uint32_t block_rows(const struct chunks *chunks)
{
    const size_t bytes = dataset_row_bytes(chunks->dataset);
    return chunks->dataset->mapped.base == NULL || bytes >= BLOCK_BYTES
               ? 1
               : (uint32_t)(BLOCK_BYTES / bytes);
}

/* Samples of chunk `index`; 0 behind the last one. */
static uint32_t rows_of(const struct chunks *chunks, uint32_t index)
{
    const uint64_t first = (uint64_t)index * chunks->rows;
    return first >= chunks->count                 ? 0
           : chunks->count - first < chunks->rows ? (uint32_t)(chunks->count - first)
                                                  : chunks->rows;
}

/* The permutation's keys are in blocks 0 and 1 of the epoch's stream, the first sample behind them.
 */
enum { FIRST_AT = 8 };

/* Where the sample at place `i` of the epoch's order lies, among those that take part; *run of them
 * follow one another there. */
static uint32_t place_of(const struct chunks *chunks, uint32_t i, uint32_t *run)
{
    const uint32_t block = block_rows(chunks), blocks = chunks->count / block;
    uint64_t place = i;

    *run = chunks->count - i;
    if (!chunks->in_order && i / block < blocks) {
        place = (uint64_t)rng_permute(chunks->seed, RNG_STREAM(RNG_SHUFFLE, chunks->epoch), blocks,
                                      i / block) *
                    block +
                i % block;
        *run = block - i % block;
    }
    place = (place + chunks->offset) % chunks->count;
    if (*run > chunks->count - place)
        *run = (uint32_t)(chunks->count - place);
    return (uint32_t)place;
}

static uint32_t sample_at(const struct chunks *chunks, uint32_t place)
{
    return chunks->list != NULL ? chunks->list[place] : place;
}

uint32_t chunks_run(const struct chunks *chunks, uint32_t first)
{
    return rows_of(chunks, first / chunks->rows) - first % chunks->rows;
}

/* As many whole passes as may lie on the device at a time. */
static uint32_t chunk_rows(const struct chunks *chunks, uint32_t pass_rows)
{
    const struct incline_device_info *info = &chunks->dev->info;
    const uint64_t share = info->global_bytes / CHUNK_SHARE;
    const uint64_t most = share < CHUNK_BYTES ? share : CHUNK_BYTES;
    const uint64_t bytes = most < info->max_alloc_bytes ? most : info->max_alloc_bytes;
    const uint64_t one =
        dataset_row_bytes(chunks->dataset) + (1 + chunks->view.outputs) * sizeof(uint32_t);
    const uint64_t fit = bytes / (one * pass_rows);
    const uint64_t all = (chunks->count - 1) / pass_rows + 1;
    const uint64_t passes = fit < 1 ? 1 : fit < all ? fit : all;
    return (uint32_t)(passes * pass_rows < UINT32_MAX ? passes * pass_rows : UINT32_MAX);
}

int chunks_open(struct chunks *chunks, uint32_t pass_rows, struct samples *samples)
{
    struct incline_device *dev = chunks->dev;
    const uint32_t outputs = chunks->view.outputs;
    int rc = INCLINE_OK;

    chunks->rows = chunk_rows(chunks, pass_rows);
    const size_t rows = chunks->rows;
    chunks->labels_at = size_round_up(rows * dataset_row_bytes(chunks->dataset), GRAIN);
    chunks->targets_at = size_round_up(chunks->labels_at + rows * sizeof(uint32_t), GRAIN);
    const size_t bytes = chunks->targets_at + rows * outputs * sizeof(float);
    for (size_t r = 0; r < 2; r++) {
        chunks->rooms[r].index = NO_CHUNK;
        TRY(dev->ops->buffer_create(dev, bytes, &chunks->rooms[r].buffer));
    }
    TRY(dev->ops->buffer_create(dev, rows * sizeof(uint32_t), &chunks->order));
    if (chunks->dataset->mapped.base != NULL) {
        chunks->run = malloc(block_rows(chunks) * dataset_row_bytes(chunks->dataset));
        if (chunks->run == NULL)
            TRY(FAIL(INCLINE_ENOMEM, "no memory for a block of %zu bytes",
                     block_rows(chunks) * dataset_row_bytes(chunks->dataset)));
    }
    samples->rows = chunks->rows;
    samples->features = chunks->dataset->info.features;
    samples->element = feed_element(chunks->dataset);
    samples->outputs = outputs;
out:
    return rc;
}

void chunks_close(struct chunks *chunks)
{
    struct incline_device *dev = chunks->dev;

    if (dev == NULL)
        return;
    for (size_t r = 0; r < 2; r++) {
        struct chunk_room *room = &chunks->rooms[r];
        if (room->memory != NULL)
            (void)dev->ops->buffer_unmap(dev, room->buffer, room->memory);
        dev->ops->buffer_destroy(dev, room->buffer);
    }
    dev->ops->buffer_destroy(dev, chunks->order);
    free(chunks->run);
    memset(chunks, 0, sizeof *chunks);
}

/* The device is not given more of this chunk. */
static int let_go(struct chunks *chunks, struct chunk_room *room)
{
    if (room->index == NO_CHUNK)
        return INCLINE_OK;
    room->index = NO_CHUNK;
    return room->memory != NULL ? INCLINE_OK
                                : chunks->dev->ops->buffer_done(chunks->dev, room->buffer);
}

int chunks_epoch(struct chunks *chunks, uint64_t seed, uint64_t epoch, bool in_order)
{
    int rc = INCLINE_OK;

    TRY(let_go(chunks, &chunks->rooms[0]));
    TRY(let_go(chunks, &chunks->rooms[1]));
    chunks->seed = seed;
    chunks->epoch = (uint32_t)epoch;
    chunks->in_order = in_order;
    chunks->offset = 0;
    if (!in_order && block_rows(chunks) > 1)
        chunks->offset = rng_bits(seed, RNG_STREAM(RNG_SHUFFLE, epoch), FIRST_AT) % chunks->count;
out:
    return rc;
}

/* From now on a room is filled with chunk `index`, if there is one; what lies in a file is asked
 * for. */
static void begin(const struct chunks *chunks, struct chunk_room *room, uint32_t index)
{
    const uint32_t rows = rows_of(chunks, index), block = block_rows(chunks);
    const uint32_t first = index * chunks->rows;

    room->index = rows > 0 ? index : NO_CHUNK;
    room->picked = 0;
    for (uint32_t r = 0, run; block > 1 && r < rows; r += run) {
        const uint32_t place = place_of(chunks, first + r, &run);
        run = run < rows - r ? run : rows - r;
        const uint32_t from = sample_at(chunks, place), to = sample_at(chunks, place + run - 1);
        if (from <= to)
            dataset_read_ahead(chunks->dataset, from, to - from + 1);
    }
}

/* Values of the samples at places [place, place + count) of a mapped set, one after the other: in
 * runs in which at most every other sample is left out again. */
static int read_values(const struct chunks *chunks, uint32_t place, uint32_t count,
                       unsigned char *to)
{
    const size_t bytes = dataset_row_bytes(chunks->dataset);
    const uint32_t most = block_rows(chunks);
    int rc = INCLINE_OK;

    for (uint32_t done = 0, n; done < count; done += n) {
        const uint32_t first = sample_at(chunks, place + done);
        uint32_t span = 1;
        for (n = 1; done + n < count; n++) {
            const uint32_t next = sample_at(chunks, place + done + n);
            if (next < first + span || next - first >= most || next - first > 2 * n + 1)
                break; /* a list need not rise */
            span = next - first + 1;
        }
        unsigned char *const here = to + done * bytes;
        TRY(dataset_read(chunks->dataset, first, span, span == n ? here : chunks->run));
        for (uint32_t i = 0; i < n && span != n; i++)
            memcpy(here + i * bytes,
                   chunks->run + (sample_at(chunks, place + done + i) - first) * bytes, bytes);
    }
out:
    return rc;
}

/* The samples at places [place, place + count), to where a room is filled now. */
static int copy_samples(const struct chunks *chunks, uint32_t place, uint32_t count,
                        const struct chunk_room *room)
{
    const struct incline_dataset *dataset = chunks->dataset;
    const size_t bytes = dataset_row_bytes(chunks->dataset), outputs = chunks->view.outputs;
    unsigned char *const values = room->memory + room->picked * bytes;
    uint32_t *labels = (void *)(room->memory + chunks->labels_at);
    float *targets = (void *)(room->memory + chunks->targets_at);
    const bool in_memory = dataset->mapped.base == NULL;
    int rc = INCLINE_OK;

    if (!in_memory)
        TRY(read_values(chunks, place, count, values));
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t from = sample_at(chunks, place + i);
        const size_t to = room->picked + i;
        if (in_memory)
            memcpy(values + i * bytes, (const unsigned char *)dataset->values + from * bytes,
                   bytes);
        labels[to] = dataset->labels != NULL ? dataset->labels[from] : 0;
        if (outputs > 0)
            feed_outputs(&chunks->view, dataset, from, targets + to * outputs);
    }
out:
    return rc;
}

/* Fill a room up to its first `upto` samples. With `wait` wait until it is free, else leave it if
 * it is not. */
static int pick(const struct chunks *chunks, struct chunk_room *room, uint32_t upto, bool wait)
{
    if (room->memory == NULL) {
        void *memory = NULL;
        const int rc = chunks->dev->ops->buffer_map(chunks->dev, room->buffer, wait, &memory);
        if (rc != INCLINE_OK || memory == NULL)
            return rc;
        room->memory = memory;
    }
    while (room->picked < upto) {
        uint32_t run;
        const uint32_t place = place_of(chunks, room->index * chunks->rows + room->picked, &run);
        const uint32_t count = run < upto - room->picked ? run : upto - room->picked;
        const int rc = copy_samples(chunks, place, count, room);
        if (rc != INCLINE_OK)
            return rc;
        room->picked += count;
    }
    return INCLINE_OK;
}

/* Give chunk `index` to the device, whole, and let the host begin with the one behind it. */
static int change_places(struct chunks *chunks, uint32_t index)
{
    struct incline_device *dev = chunks->dev;
    struct chunk_room *old = &chunks->rooms[chunks->now], *room = &chunks->rooms[1 - chunks->now];
    const uint32_t rows = rows_of(chunks, index);
    int rc = INCLINE_OK;

    TRY(let_go(chunks, old));
    if (room->index != index)
        begin(chunks, room, index);
    TRY(pick(chunks, room, rows, true));
    TRY(dev->ops->buffer_unmap(dev, room->buffer, room->memory));
    room->memory = NULL;
    const uint32_t counter = chunks->epoch * ((chunks->count - 1) / chunks->rows + 1) + index;
    TRY(dev->ops->shuffle(dev,
                          &(struct shuffle){.order = {chunks->order, 0},
                                            .n = rows,
                                            .identity = chunks->in_order || block_rows(chunks) == 1,
                                            .seed = chunks->seed,
                                            .stream = RNG_STREAM(RNG_CHUNK, counter)}));
    chunks->now = 1 - chunks->now;
    begin(chunks, old, index + 1);
out:
    return rc;
}

int chunks_present(struct chunks *chunks, uint32_t first, uint32_t rows, struct samples *samples,
                   struct span *order)
{
    const uint32_t index = first / chunks->rows, at = first % chunks->rows;
    int rc = INCLINE_OK;

    assert(rows <= chunks_run(chunks, first));
    if (chunks->rooms[chunks->now].index != index)
        TRY(change_places(chunks, index));
    const struct chunk_room *room = &chunks->rooms[chunks->now];
    struct chunk_room *next = &chunks->rooms[1 - chunks->now];
    if (next->index == index + 1) {
        const uint64_t whole = rows_of(chunks, next->index), done = at + rows;
        TRY(pick(chunks, next, (uint32_t)(whole * done / rows_of(chunks, index)), false));
    }
    samples->values = (struct span){room->buffer, 0};
    samples->labels = (struct span){room->buffer, chunks->labels_at / sizeof(uint32_t)};
    samples->targets = (struct span){room->buffer, chunks->targets_at / sizeof(float)};
    *order = (struct span){chunks->order, at};
out:
    return rc;
}
