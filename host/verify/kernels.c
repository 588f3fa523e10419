/* kernels.c - every slot over many shapes, on random and on integer data.
 *
 * Shapes stand next to the sizes of vectors, blocks and tiles, where guards fail. On integers
 * below 2^24 products are exact in every order, so there the results must be equal. Each
 * operation runs through the lockstep device, which derives the bound and keeps the worst.
 * Matrix products run once for each maker that the device may use, whichever it would take. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/backend/check.h"
#include "host/util/rng.h"
#include "host/util/status.h"
#include "host/verify/verify.h"

/* rows, inputs, outputs; crossed sparsely. */
struct shape {
    uint32_t rows, inputs, outputs;
};

static const struct shape quick_shapes[] = {
    {1, 1, 1},    {2, 3, 2},   {3, 10, 10},  {7, 17, 5},
    {16, 16, 16}, {17, 33, 9}, {33, 20, 31}, {17, 784, 10},
};
static const struct shape full_shapes[] = {
    {1, 1, 1},      {1, 784, 10},    {2, 3, 10},     {3, 17, 2},      {7, 10, 10},
    {10, 255, 63},  {16, 16, 16},    {17, 64, 65},   {63, 63, 63},    {64, 784, 10},
    {64, 10, 10},   {65, 65, 64},    {127, 129, 17}, {128, 128, 128}, {129, 127, 255},
    {255, 2, 1000}, {1000, 784, 10}, {1000, 10, 3},  {300, 500, 130}, {1, 1000, 1000},
};

/* Buffers of one shape, filled with made-up data. */
struct material {
    struct buffer *x, *w, *b, *y, *dy, *dx, *label, *loss, *tally, *order, *values, *params;
};

enum { MATERIAL_BUFFERS = 12 };

/* Uniform in [-1, 1), or whole numbers in [-8, 8] with `whole`. */
static int upload_random(struct incline_device *dev, struct buffer *to, size_t count,
                         uint64_t stream, bool whole)
{
    float *values = malloc(count * sizeof *values);
    if (values == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for %zu values", count);
    for (size_t i = 0; i < count; i++) {
        const uint32_t bits = rng_bits(3, RNG_STREAM(RNG_TEST, stream), i);
        values[i] = whole ? (float)(bits % 17) - 8.0f : (float)(bits >> 8) * 0x1p-23f - 1.0f;
    }
    const int rc = dev->ops->upload(dev, (struct span){to, 0}, ELEMENT_F32, count, values);
    free(values);
    return rc;
}

static int upload_words(struct incline_device *dev, struct buffer *to, size_t count,
                        uint64_t stream, uint32_t below)
{
    uint32_t *values = malloc(count * sizeof *values);
    if (values == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for %zu values", count);
    for (size_t i = 0; i < count; i++)
        values[i] = rng_bits(4, RNG_STREAM(RNG_TEST, stream), i) % below;
    const int rc = dev->ops->upload(dev, (struct span){to, 0}, ELEMENT_U32, count, values);
    free(values);
    return rc;
}

static void buffers_destroy(struct incline_device *dev, struct material *m)
{
    struct buffer *all[MATERIAL_BUFFERS] = {m->x,     m->w,     m->b,      m->y,
                                            m->dy,    m->dx,    m->label,  m->loss,
                                            m->tally, m->order, m->values, m->params};
    for (size_t i = 0; i < MATERIAL_BUFFERS; i++)
        dev->ops->buffer_destroy(dev, all[i]);
}

static int buffers_create(struct incline_device *dev, const struct shape *s, bool whole,
                          struct material *m)
{
    const size_t x = (size_t)s->rows * s->inputs, w = (size_t)s->outputs * s->inputs;
    const size_t y = (size_t)s->rows * s->outputs, f = sizeof(float);
    int rc = INCLINE_OK;

    TRY(dev->ops->buffer_create(dev, x * f, &m->x));
    TRY(dev->ops->buffer_create(dev, w * f, &m->w));
    TRY(dev->ops->buffer_create(dev, s->outputs * f, &m->b));
    TRY(dev->ops->buffer_create(dev, y * f, &m->y));
    TRY(dev->ops->buffer_create(dev, y * f, &m->dy));
    TRY(dev->ops->buffer_create(dev, x * f, &m->dx));
    TRY(dev->ops->buffer_create(dev, s->rows * f, &m->label));
    TRY(dev->ops->buffer_create(dev, s->rows * f, &m->loss));
    TRY(dev->ops->buffer_create(dev, TALLY_WORDS * f, &m->tally));
    TRY(dev->ops->buffer_create(dev, s->rows * f, &m->order));
    TRY(dev->ops->buffer_create(dev, x, &m->values));
    TRY(dev->ops->buffer_create(dev, (w + s->outputs) * f, &m->params));
    TRY(upload_random(dev, m->x, x, 0, whole));
    TRY(upload_random(dev, m->w, w, 1, whole));
    TRY(upload_random(dev, m->b, s->outputs, 2, whole));
    TRY(upload_random(dev, m->dy, y, 3, whole));
    TRY(upload_random(dev, m->params, w + s->outputs, 4, whole));
    TRY(upload_words(dev, m->label, s->rows, 5, s->outputs));
    TRY(dev->ops->fill(dev, &(struct fill){{m->tally, 0}, TALLY_WORDS, 0.0f}));
out:
    return rc;
}

static int run_products(struct incline_device *dev, const struct shape *s, const struct material *m)
{
    const struct span x = {m->x, 0}, w = {m->w, 0}, b = {m->b, 0}, y = {m->y, 0}, dy = {m->dy, 0};
    const struct span dw = {m->params, 0}, db = {m->params, (size_t)s->outputs * s->inputs};
    int rc = INCLINE_OK;

    for (int activation = INCLINE_RELU; activation <= INCLINE_LINEAR; activation++) {
        TRY(dev->ops->dense_forward(
            dev, &(struct dense_forward){x, w, b, y, s->rows, s->inputs, s->outputs,
                                         (enum incline_activation)activation}));
        TRY(dev->ops->dense_backward_input(
            dev, &(struct dense_backward_input){dy,
                                                w,
                                                x,
                                                {m->dx, 0},
                                                s->rows,
                                                s->inputs,
                                                s->outputs,
                                                (enum incline_activation)activation}));
    }
    for (int accumulate = 1; accumulate >= 0; accumulate--)
        TRY(dev->ops->dense_backward_weights(
            dev, &(struct dense_backward_weights){x, dy, dw, db, s->rows, s->inputs, s->outputs,
                                                  0.125f, accumulate}));
out:
    return rc;
}

static int run_loss(struct incline_device *dev, const struct shape *s, const struct material *m)
{
    const struct span z = {m->dy, 0}, dz = {m->y, 0};
    int rc = INCLINE_OK;

    for (int twice = 0; twice < 2; twice++)
        TRY(dev->ops->softmax_xent(
            dev, &(struct softmax_xent){
                     z, {m->label, 0}, dz, {m->loss, 0}, {m->tally, 0}, s->rows, s->outputs}));
    TRY(dev->ops->softmax(dev, &(struct softmax){z, dz, s->rows, s->outputs}));
    TRY(dev->ops->softmax(dev, &(struct softmax){z, z, s->rows, s->outputs})); /* in place */
out:
    return rc;
}

/* fill, shuffle and gather; the order is a permutation of the rows, so every row of the
 * made-up data set is gathered. */
static int run_data(struct incline_device *dev, const struct shape *s, const struct material *m)
{
    const size_t bytes = (size_t)s->rows * s->inputs;
    const struct span order = {m->order, 0}, label = {m->loss, 0};
    unsigned char *values = malloc(bytes);
    int rc = INCLINE_OK;

    if (values == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for %zu values", bytes);
    for (size_t i = 0; i < bytes; i++)
        values[i] = (unsigned char)rng_bits(5, RNG_STREAM(RNG_TEST, 6), i);
    TRY(dev->ops->upload(dev, (struct span){m->values, 0}, ELEMENT_U8, bytes, values));
    for (int identity = 0; identity <= 1; identity++) {
        /* The second time along a list, which has its place where labels go later. */
        const struct span from = {identity ? m->loss : NULL, 0};
        if (identity)
            TRY(dev->ops->shuffle(
                dev, &(struct shuffle){.order = from, .n = s->rows, .seed = 9, .stream = 8}));
        TRY(dev->ops->shuffle(dev, &(struct shuffle){order, s->rows, identity, 7, 8, from}));
        for (int element = ELEMENT_U8; element <= ELEMENT_F32; element += ELEMENT_F32) {
            const struct samples samples = {
                .values = {element == ELEMENT_U8 ? m->values : m->x, 0},
                .labels = {m->label, 0},
                .scale = {m->w, 0},
                .shift = {m->w, 0},
                .element = (enum element)element,
                .rows = s->rows,
                .features = s->inputs,
            };
            TRY(dev->ops->gather(dev, &(struct gather){.samples = samples,
                                                       .order = order,
                                                       .x = {m->dx, 0},
                                                       .label = label,
                                                       .rows = s->rows}));
        }
    }
out:
    free(values);
    return rc;
}

/* A whole step of softmax regression, inputs-outputs, where the device takes it; deeper networks
 * follow in training.c. */
static int run_step(struct incline_device *dev, const struct shape *s, const struct material *m)
{
    const uint32_t widths[] = {s->inputs, s->outputs};
    const struct train_steps args = {
        .samples = {.values = {m->x, 0},
                    .labels = {m->label, 0},
                    .scale = {m->w, 0},
                    .shift = {m->w, 0},
                    .element = ELEMENT_F32,
                    .rows = s->rows,
                    .features = s->inputs},
        .order = {m->order, 0},
        .params = {m->params, 0},
        .tally = {m->tally, 0},
        .widths = widths,
        .layers = 1,
        .rows = s->rows,
        .steps = 1,
        .learning_rate = 0.01f,
    };

    return dev->ops->takes_train_steps != NULL && dev->ops->takes_train_steps(dev, &args)
               ? dev->ops->train_steps(dev, &args)
               : INCLINE_OK;
}

/* What a pass over the shapes runs: the matrix products, or everything else; with a whole step, or
 * without. */
enum part { PART_OTHERS, PART_OTHERS_AND_STEP, PART_PRODUCTS };

/* Every so manieth shape takes a whole step: a program is compiled for each. */
enum { SHAPES_PER_STEP = 4 };

static int run_shape(struct incline_device *dev, const struct shape *s, bool whole, enum part part)
{
    struct material m;
    int rc = INCLINE_OK;

    memset(&m, 0, sizeof m);
    TRY(buffers_create(dev, s, whole, &m));
    if (part == PART_PRODUCTS) {
        TRY(run_products(dev, s, &m));
    } else {
        TRY(run_loss(dev, s, &m));
        TRY(run_data(dev, s, &m));
        TRY(verify_run_losses(dev, s->rows, s->outputs, whole));
        TRY(verify_run_normalize(dev, s->rows, s->outputs, whole));
        TRY(verify_noise(dev, (struct span){m.x, 0}, (size_t)s->rows * s->inputs));
        TRY(verify_activate(dev, (struct span){m.x, 0}, (struct span){m.dx, 0},
                            (size_t)s->rows * s->inputs));
        if (part == PART_OTHERS_AND_STEP)
            TRY(run_step(dev, s, &m));
    }
out:
    buffers_destroy(dev, &m);
    return rc;
}

/* "dense_forward (tile)", or without a maker "dense_forward". */
static void row_name(const char *what, const char *maker, char *name, size_t bytes)
{
    if (maker != NULL)
        snprintf(name, bytes, "%s (%s)", what, maker);
    else
        snprintf(name, bytes, "%s", what);
}

/* Run one part over all shapes and report its slots; `maker` is whose products they are, NULL
 * where the device has one way only. */
static int verify_part(struct verification *v, enum part part, const char *maker)
{
    const struct shape *shapes = v->quick ? quick_shapes : full_shapes;
    const size_t count = v->quick ? sizeof quick_shapes / sizeof quick_shapes[0]
                                  : sizeof full_shapes / sizeof full_shapes[0];
    char name[64];
    size_t slots;

    check_reset(v->check);
    for (size_t i = 0; i < count; i++)
        for (int whole = 0; whole <= 1; whole++) {
            const bool step = part == PART_OTHERS && i % SHAPES_PER_STEP == SHAPES_PER_STEP - 1;
            const int rc =
                run_shape(v->check, &shapes[i], whole, step ? PART_OTHERS_AND_STEP : part);
            if (rc == INCLINE_ENOMEM)
                return rc;
            if (rc != INCLINE_OK) {
                row_name(part == PART_PRODUCTS ? "products" : "all but products", maker, name,
                         sizeof name);
                verify_failure(v, "kernel", name);
                return INCLINE_OK;
            }
        }
    if (part == PART_OTHERS) {
        int rc = verify_run_deskew(v->check, v->quick);
        if (rc == INCLINE_OK)
            rc = verify_run_augment(v->check, v->quick);
        if (rc == INCLINE_ENOMEM)
            return rc;
        if (rc != INCLINE_OK)
            verify_failure(v, "kernel", "images");
    }
    const struct check_record *records = check_records(v->check, &slots);
    for (size_t s = 0; s < slots; s++) {
        const bool product = strncmp(records[s].slot, "dense_", 6) == 0;
        const bool step = strcmp(records[s].slot, "train_steps") == 0;
        if (product != (part == PART_PRODUCTS) || (step && !verify_offers_steps(v)) ||
            verify_is_of_optimizers(records[s].slot))
            continue;
        row_name(records[s].slot, maker, name, sizeof name);
        verify_row(v, "kernel", name, records[s].values, records[s].worst, records[s].where);
    }
    return INCLINE_OK;
}

int verify_kernels(struct verification *v)
{
    int rc = verify_part(v, PART_OTHERS, NULL);

    if (rc == INCLINE_OK && v->dev->ops->keep_maker == NULL)
        return verify_part(v, PART_PRODUCTS, NULL);
    for (unsigned number = 0; rc == INCLINE_OK; number++) {
        const char *maker = v->dev->ops->keep_maker(v->dev, number);
        if (maker == NULL)
            break;
        rc = verify_part(v, PART_PRODUCTS, maker);
    }
    return rc;
}
