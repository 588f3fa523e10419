/* kernels.c - each slot on shapes that training meets. Before it is timed it runs once in
 * lockstep with the reference. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/backend/check.h"
#include "host/bench/bench.h"
#include "host/util/rng.h"
#include "host/util/size.h"
#include "host/util/status.h"

/* One slot on one shape; everything lies in one buffer of floats, and bytes in another. */
struct slot_work {
    struct incline_device *dev;
    enum slot {
        SLOT_GATHER,
        SLOT_FORWARD,
        SLOT_LOSS,
        SLOT_BACKWARD_WEIGHTS,
        SLOT_BACKWARD_INPUT,
        SLOT_UPDATE
    } slot;
    uint32_t rows, inputs, outputs;
    struct buffer *floats, *words, *bytes;
    size_t x, w, b, y, dy, dx, dw, db, loss, tally, end; /* offsets in `floats` */
};

static const struct {
    enum slot slot;
    const char *name;
    uint32_t rows, inputs, outputs;
} items[] = {
    {SLOT_GATHER, "gather", 128, 784, 1},
    {SLOT_GATHER, "gather", 10000, 784, 1},
    {SLOT_FORWARD, "dense_forward", 128, 784, 10},
    {SLOT_FORWARD, "dense_forward", 128, 784, 128},
    {SLOT_FORWARD, "dense_forward", 1024, 1024, 1024},
    {SLOT_LOSS, "softmax_xent", 10000, 1, 10},
    {SLOT_BACKWARD_WEIGHTS, "dense_backward_weights", 128, 784, 10},
    {SLOT_BACKWARD_WEIGHTS, "dense_backward_weights", 128, 784, 128},
    {SLOT_BACKWARD_WEIGHTS, "dense_backward_weights", 1024, 1024, 1024},
    {SLOT_BACKWARD_INPUT, "dense_backward_input", 1024, 1024, 1024},
    {SLOT_UPDATE, "update", 1, 1000, 1000},
};

static struct span at(const struct slot_work *w, size_t offset)
{
    return (struct span){w->floats, offset};
}

static int call_slot(void *work)
{
    const struct slot_work *w = work;
    const struct backend *ops = w->dev->ops;
    const uint32_t rows = w->rows, inputs = w->inputs, outputs = w->outputs;

    switch (w->slot) {
    case SLOT_GATHER: {
        const struct samples samples = {{w->bytes, 0}, {w->words, 0}, at(w, w->w), at(w, w->w),
                                        ELEMENT_U8,    rows,          inputs};
        return ops->gather(
            w->dev,
            &(struct gather){
                samples, {w->words, rows}, at(w, w->x), {w->words, 2 * (size_t)rows}, rows});
    }
    case SLOT_FORWARD:
        return ops->dense_forward(w->dev, &(struct dense_forward){at(w, w->x), at(w, w->w),
                                                                  at(w, w->b), at(w, w->y), rows,
                                                                  inputs, outputs, INCLINE_RELU});
    case SLOT_LOSS:
        return ops->softmax_xent(w->dev, &(struct softmax_xent){at(w, w->y),
                                                                {w->words, 0},
                                                                at(w, w->dy),
                                                                at(w, w->loss),
                                                                at(w, w->tally),
                                                                rows,
                                                                outputs});
    case SLOT_BACKWARD_WEIGHTS:
        return ops->dense_backward_weights(
            w->dev,
            &(struct dense_backward_weights){at(w, w->x), at(w, w->dy), at(w, w->dw), at(w, w->db),
                                             rows, inputs, outputs, 1.0f / (float)rows, false});
    case SLOT_BACKWARD_INPUT:
        return ops->dense_backward_input(
            w->dev,
            &(struct dense_backward_input){at(w, w->dy), at(w, w->w), at(w, w->x), at(w, w->dx),
                                           rows, inputs, outputs, INCLINE_RELU});
    case SLOT_UPDATE:
        break;
    }
    return ops->update(
        w->dev, &(struct update){at(w, w->w), at(w, w->dw), (size_t)inputs * outputs, 1e-6f});
}

/* Arithmetic and least memory traffic of one call. */
static void count_work(const struct slot_work *w, struct incline_bench_row *row)
{
    const double rows = w->rows, inputs = w->inputs, outputs = w->outputs;

    switch (w->slot) {
    case SLOT_GATHER:
        row->bytes = rows * inputs * 5.0;
        break;
    case SLOT_LOSS:
        row->bytes = rows * (8.0 * outputs + 8.0);
        break;
    case SLOT_UPDATE:
        row->bytes = 12.0 * inputs * outputs;
        row->flops = 2.0 * inputs * outputs;
        break;
    case SLOT_FORWARD:
    case SLOT_BACKWARD_WEIGHTS:
    case SLOT_BACKWARD_INPUT:
        row->flops = 2.0 * rows * inputs * outputs;
        break;
    }
}

static size_t place(struct slot_work *w, size_t count)
{
    const size_t offset = w->end;
    w->end += size_round_up(count, 16);
    return offset;
}

static void lay_out(struct slot_work *w)
{
    const size_t x = (size_t)w->rows * w->inputs, y = (size_t)w->rows * w->outputs;
    const size_t weights = (size_t)w->inputs * w->outputs;

    w->end = 0;
    w->x = place(w, x);
    w->w = place(w, weights > w->inputs ? weights : w->inputs);
    w->b = place(w, w->outputs);
    w->y = place(w, y);
    w->dy = place(w, y);
    w->dx = place(w, x);
    w->dw = place(w, weights);
    w->db = place(w, w->outputs);
    w->loss = place(w, w->rows);
    w->tally = place(w, TALLY_WORDS);
}

/* Random floats everywhere, labels below `outputs`, an order that is a permutation. */
static int fill(struct slot_work *w)
{
    const size_t bytes = (size_t)w->rows * w->inputs;
    float *floats = malloc(w->end * sizeof *floats);
    uint32_t *words = calloc(3 * (size_t)w->rows, sizeof *words);
    unsigned char *values = malloc(bytes);
    int rc = INCLINE_OK;

    if (floats == NULL || words == NULL || values == NULL) {
        rc = FAIL(INCLINE_ENOMEM, "no memory for %zu values", w->end);
        goto out;
    }
    for (size_t i = 0; i < w->end; i++)
        floats[i] = rng_uniform(9, RNG_STREAM(RNG_TEST, 0), i) - 0.5f;
    memset(floats + w->tally, 0, TALLY_WORDS * sizeof *floats);
    for (uint32_t r = 0; r < w->rows; r++) {
        words[r] = r % w->outputs;
        words[w->rows + r] = rng_permute(9, RNG_STREAM(RNG_TEST, 1), w->rows, r);
    }
    for (size_t i = 0; i < bytes; i++)
        values[i] = (unsigned char)i;
    TRY(w->dev->ops->buffer_create(w->dev, w->end * sizeof(float), &w->floats));
    TRY(w->dev->ops->buffer_create(w->dev, 3 * (size_t)w->rows * sizeof(uint32_t), &w->words));
    TRY(w->dev->ops->buffer_create(w->dev, bytes, &w->bytes));
    TRY(w->dev->ops->upload(w->dev, at(w, 0), ELEMENT_F32, w->end, floats));
    TRY(w->dev->ops->upload(w->dev, (struct span){w->words, 0}, ELEMENT_U32, 3 * (size_t)w->rows,
                            words));
    TRY(w->dev->ops->upload(w->dev, (struct span){w->bytes, 0}, ELEMENT_U8, bytes, values));
out:
    free(floats);
    free(words);
    free(values);
    return rc;
}

static void work_destroy(struct slot_work *w)
{
    w->dev->ops->buffer_destroy(w->dev, w->floats);
    w->dev->ops->buffer_destroy(w->dev, w->words);
    w->dev->ops->buffer_destroy(w->dev, w->bytes);
    w->floats = w->words = w->bytes = NULL;
}

/* Once in lockstep, so that what is timed is known to be right. */
static int check(struct slot_work work, struct incline_device *dev)
{
    int rc = check_open(dev, false, true, &work.dev);
    if (rc != INCLINE_OK)
        return rc;
    rc = fill(&work);
    if (rc == INCLINE_OK)
        rc = call_slot(&work);
    work_destroy(&work);
    work.dev->ops->close(work.dev);
    return rc;
}

int bench_kernels(struct bench *bench)
{
    int rc = INCLINE_OK;

    for (size_t i = 0; i < sizeof items / sizeof items[0] && rc == INCLINE_OK; i++) {
        struct slot_work work = {.dev = bench->dev,
                                 .slot = items[i].slot,
                                 .rows = items[i].rows,
                                 .inputs = items[i].inputs,
                                 .outputs = items[i].outputs};
        struct incline_bench_row row = {.group = "kernel", .name = items[i].name};
        lay_out(&work);
        count_work(&work, &row);
        snprintf(row.shape, sizeof row.shape, "%u x %u x %u", work.rows, work.outputs, work.inputs);
        rc = check(work, bench->dev);
        row.passed = rc == INCLINE_OK;
        if (rc == INCLINE_OK)
            rc = fill(&work);
        if (rc == INCLINE_OK)
            rc = bench_time(bench, call_slot, &work, &row);
        work_destroy(&work);
    }
    return rc;
}
