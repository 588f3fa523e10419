/* optimizer.c - the optimizers' slots over many shapes: each kind, plain and with everything that
 * can be asked of it, three steps one after the other. */
#include <stdlib.h>
#include <string.h>

#include "host/backend/check.h"
#include "host/net/optimizer.h"
#include "host/util/rng.h"
#include "host/util/status.h"
#include "host/verify/verify.h"

/* A layer: the block is w[outputs, inputs] and b[outputs]. */
struct shape {
    uint32_t inputs, outputs;
};

static const struct shape quick_shapes[] = {{1, 1}, {3, 2}, {17, 5}, {33, 9}};
static const struct shape full_shapes[] = {{1, 1},    {3, 2},   {17, 5},     {33, 9},
                                           {784, 10}, {63, 65}, {1000, 100}, {129, 255}};

/* Where each block of `count` floats lies in one buffer. */
enum { PARAMS, GRADS, MOMENT1, MOMENT2, AVERAGE, BLOCKS };
enum { STEPS = 3 };

/* Rows that go into dense_update(): one, a few, and more than lie in a panel. */
static const uint32_t row_counts[] = {1, 5, 300};
enum { ROW_COUNTS = sizeof row_counts / sizeof row_counts[0], ROWS_MOST = 300 };

struct material {
    struct buffer *buffer, *rows; /* rows: x[ROWS_MOST, inputs], dy[ROWS_MOST, outputs] */
    size_t count, weights;
    struct shape shape;
};

static struct span block(const struct material *m, size_t which)
{
    return (struct span){m->buffer, 1 + which * m->count};
}

/* That of the gradients. */
static struct span norm_of(const struct material *m)
{
    return (struct span){m->buffer, 0};
}

/* Uniform in [-1, 1); a mean square is never negative. */
static int upload_random(struct incline_device *dev, const struct material *m)
{
    float *values = malloc(m->count * sizeof *values);
    int rc = INCLINE_OK;

    if (values == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for %zu values", m->count);
    for (size_t b = 0; b < BLOCKS && rc == INCLINE_OK; b++) {
        for (size_t i = 0; i < m->count; i++) {
            const float value = rng_uniform(9, RNG_STREAM(RNG_TEST, b), i);
            values[i] = b == MOMENT2 ? value : 2.0f * value - 1.0f;
        }
        rc = dev->ops->upload(dev, block(m, b), ELEMENT_F32, m->count, values);
    }
    free(values);
    return rc;
}

static int run_step(struct incline_device *dev, const struct material *m,
                    const struct incline_optimizer *optimizer, uint64_t step)
{
    const struct span none = {NULL, 0};
    const bool has_m = optimizer->momentum > 0.0f || optimizer->beta1 > 0.0f;
    const struct update args = {.params = block(m, PARAMS),
                                .grads = block(m, GRADS),
                                .count = m->count,
                                .learning_rate = 0.01f,
                                .optimizer = *optimizer,
                                .weights = m->weights,
                                .step = step,
                                .moment1 = has_m ? block(m, MOMENT1) : none,
                                .moment2 = optimizer->epsilon > 0.0f ? block(m, MOMENT2) : none,
                                .norm = norm_of(m)};
    const struct trust_update trust = {
        .params = args.params, .direction = args.grads, .count = m->count, .learning_rate = 0.01f};
    int rc = INCLINE_OK;

    TRY(dev->ops->norm(dev, &(struct norm){args.grads, args.norm, m->count}));
    TRY(dev->ops->update(dev, &args));
    if (optimizer->kind == INCLINE_LAMB)
        TRY(dev->ops->trust_update(dev, &trust));
    TRY(dev->ops->limit_rows(
        dev, &(struct limit_rows){args.params, m->shape.outputs, m->shape.inputs, 2.0f}));
    TRY(dev->ops->average(dev, &(struct average){block(m, AVERAGE), args.params, m->count, 0.9f}));
out:
    return rc;
}

static int upload_rows(struct incline_device *dev, const struct material *m)
{
    const size_t count = (size_t)ROWS_MOST * (m->shape.inputs + m->shape.outputs);
    float *values = malloc(count * sizeof *values);

    if (values == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for %zu values", count);
    for (size_t i = 0; i < count; i++)
        values[i] = 2.0f * rng_uniform(9, RNG_STREAM(RNG_TEST, BLOCKS), i) - 1.0f;
    const int rc = dev->ops->upload(dev, (struct span){m->rows, 0}, ELEMENT_F32, count, values);
    free(values);
    return rc;
}

/* Gradients and a step with them at once, the batch growing from step to step. */
static int run_dense_update(struct incline_device *dev, const struct material *m,
                            const struct incline_optimizer *optimizer)
{
    const struct span none = {NULL, 0};
    const bool has_m = optimizer->momentum > 0.0f || optimizer->beta1 > 0.0f;
    struct dense_update args = {
        .x = {m->rows, 0},
        .dy = {m->rows, (size_t)ROWS_MOST * m->shape.inputs},
        .inputs = m->shape.inputs,
        .outputs = m->shape.outputs,
        .scale = 0.25f,
        .biases_at = m->weights,
        .update = {.params = block(m, PARAMS),
                   .grads = block(m, GRADS),
                   .learning_rate = 0.01f,
                   .optimizer = *optimizer,
                   .moment1 = has_m ? block(m, MOMENT1) : none,
                   .moment2 = optimizer->epsilon > 0.0f ? block(m, MOMENT2) : none}};
    int rc = INCLINE_OK;

    args.update.optimizer.clip_norm = 0.0f;
    for (size_t r = 0; r < ROW_COUNTS; r++) {
        args.rows = row_counts[r];
        args.update.step = r;
        TRY(dev->ops->dense_update(dev, &args));
    }
out:
    return rc;
}

static int run_shape(struct incline_device *dev, struct shape shape)
{
    const size_t weights = (size_t)shape.inputs * shape.outputs;
    struct material m = {.count = weights + shape.outputs, .weights = weights, .shape = shape};
    int rc = INCLINE_OK;

    TRY(dev->ops->buffer_create(dev, (1 + BLOCKS * m.count) * sizeof(float), &m.buffer));
    TRY(dev->ops->buffer_create(
        dev, ROWS_MOST * (size_t)(shape.inputs + shape.outputs) * sizeof(float), &m.rows));
    TRY(upload_rows(dev, &m));
    for (int kind = 0; optimizer_text(kind) != NULL; kind++)
        for (int more = 0; more <= 1; more++) {
            struct incline_optimizer wanted = {.kind = (enum incline_optimizer_kind)kind};
            if (more)
                wanted = (struct incline_optimizer){.kind = wanted.kind,
                                                    .weight_decay = 0.1f,
                                                    .l2 = 0.01f,
                                                    .l1 = 0.02f,
                                                    .clip_value = 0.5f,
                                                    .clip_norm = 1.5f};
            const struct incline_optimizer optimizer = optimizer_filled(&wanted);
            TRY(upload_random(dev, &m));
            for (uint64_t step = 0; step < STEPS; step++)
                TRY(run_step(dev, &m, &optimizer, step));
            if (kind != INCLINE_LAMB)
                TRY(run_dense_update(dev, &m, &optimizer));
        }
out:
    dev->ops->buffer_destroy(dev, m.buffer);
    dev->ops->buffer_destroy(dev, m.rows);
    return rc;
}

bool verify_is_of_optimizers(const char *slot)
{
    static const char *const slots[] = {"norm",         "update",     "dense_update",
                                        "trust_update", "limit_rows", "average"};

    for (size_t s = 0; s < sizeof slots / sizeof slots[0]; s++)
        if (strcmp(slot, slots[s]) == 0)
            return true;
    return false;
}

int verify_optimizers(struct verification *v)
{
    const struct shape *shapes = v->quick ? quick_shapes : full_shapes;
    const size_t count = v->quick ? sizeof quick_shapes / sizeof quick_shapes[0]
                                  : sizeof full_shapes / sizeof full_shapes[0];
    size_t records;

    check_reset(v->check);
    for (size_t i = 0; i < count; i++) {
        const int rc = run_shape(v->check, shapes[i]);
        if (rc == INCLINE_ENOMEM)
            return rc;
        if (rc != INCLINE_OK) {
            verify_failure(v, "kernel", "optimizers");
            return INCLINE_OK;
        }
    }
    const struct check_record *record = check_records(v->check, &records);
    for (size_t r = 0; r < records; r++)
        if (verify_is_of_optimizers(record[r].slot))
            verify_row(v, "kernel", record[r].slot, record[r].values, record[r].worst,
                       record[r].where);
    return INCLINE_OK;
}
