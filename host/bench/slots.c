/* slots.c - the data of a slot, and its call. */
#include "host/bench/slots.h"

#include <math.h>
#include <stdlib.h>

#include "host/util/rng.h"
#include "host/util/size.h"
#include "host/util/status.h"

enum { SEED = 9, STREAM_FLOATS = 0, STREAM_ORDER = 1 };

static struct span at(const struct slot_work *w, size_t offset)
{
    return (struct span){w->floats, offset};
}

/* ---- calls ---- */

float slot_scale(const struct slot_work *work)
{
    int exponent;
    (void)frexp((double)work->rows, &exponent);
    return (float)ldexp(1.0, -exponent);
}

static int call_gather(const struct slot_work *w)
{
    const struct samples samples = {.values = {w->bytes, 0},
                                    .labels = {w->words, 0},
                                    .scale = at(w, w->w),
                                    .shift = at(w, w->w),
                                    .element = ELEMENT_U8,
                                    .rows = w->rows,
                                    .features = w->inputs};
    return w->dev->ops->gather(w->dev, &(struct gather){.samples = samples,
                                                        .order = {w->words, w->rows},
                                                        .x = at(w, w->x),
                                                        .label = {w->words, 2 * (size_t)w->rows},
                                                        .rows = w->rows});
}

static int call_once(const struct slot_work *w)
{
    const struct backend *ops = w->dev->ops;
    const uint32_t rows = w->rows, inputs = w->inputs, outputs = w->outputs;

    switch (w->slot) {
    case SLOT_GATHER:
        return call_gather(w);
    case SLOT_FORWARD:
        return ops->dense_forward(w->dev, &(struct dense_forward){at(w, w->x), at(w, w->w),
                                                                  at(w, w->b), at(w, w->y), rows,
                                                                  inputs, outputs, w->activation});
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
                                             rows, inputs, outputs, slot_scale(w), false});
    case SLOT_BACKWARD_INPUT:
        return ops->dense_backward_input(
            w->dev,
            &(struct dense_backward_input){at(w, w->dy), at(w, w->w), at(w, w->x), at(w, w->dx),
                                           rows, inputs, outputs, w->activation});
    case SLOT_UPDATE:
        break;
    }
    return ops->update(w->dev, &(struct update){.params = at(w, w->w),
                                                .grads = at(w, w->dw),
                                                .count = (size_t)inputs * outputs,
                                                .learning_rate = 1e-6f});
}

int slot_call(void *work, uint32_t calls)
{
    int rc = INCLINE_OK;
    for (uint32_t i = 0; i < calls && rc == INCLINE_OK; i++)
        rc = call_once(work);
    return rc;
}

/* ---- layout ---- */

static size_t place(struct slot_work *w, bool needed, size_t count)
{
    const size_t offset = w->end;
    if (needed)
        w->end += size_round_up(count, 16);
    return offset;
}

void slot_lay_out(struct slot_work *w)
{
    const size_t x = (size_t)w->rows * w->inputs, y = (size_t)w->rows * w->outputs;
    const size_t weights = (size_t)w->inputs * w->outputs;
    const bool gather = w->slot == SLOT_GATHER, forward = w->slot == SLOT_FORWARD;
    const bool loss = w->slot == SLOT_LOSS, update = w->slot == SLOT_UPDATE;
    const bool to_weights = w->slot == SLOT_BACKWARD_WEIGHTS;
    const bool to_input = w->slot == SLOT_BACKWARD_INPUT;

    w->end = 0;
    w->x = place(w, gather || forward || to_weights || to_input, x);
    w->w = place(w, gather || forward || to_input || update, gather ? w->inputs : weights);
    w->b = place(w, forward, w->outputs);
    w->y = place(w, forward || loss, y);
    w->dy = place(w, loss || to_weights || to_input, y);
    w->dx = place(w, to_input, x);
    w->dw = place(w, to_weights || update, weights);
    w->db = place(w, to_weights, w->outputs);
    w->loss = place(w, loss, w->rows);
    w->tally = place(w, loss, TALLY_WORDS);
}

bool slot_is_product(const struct slot_work *w, struct slot_product *p)
{
    const size_t rows = w->rows, inputs = w->inputs, outputs = w->outputs;

    if (w->slot == SLOT_FORWARD) /* y[rows, outputs] = x * w^T */
        *p = (struct slot_product){.m = rows,
                                   .n = outputs,
                                   .k = inputs,
                                   .a = w->x,
                                   .a_row = inputs,
                                   .a_col = 1,
                                   .b = w->w,
                                   .b_row = 1,
                                   .b_col = inputs,
                                   .c = w->y};
    else if (w->slot == SLOT_BACKWARD_WEIGHTS) /* dw[outputs, inputs] = dy^T * x */
        *p = (struct slot_product){.m = outputs,
                                   .n = inputs,
                                   .k = rows,
                                   .a = w->dy,
                                   .a_row = 1,
                                   .a_col = outputs,
                                   .b = w->x,
                                   .b_row = inputs,
                                   .b_col = 1,
                                   .c = w->dw};
    else if (w->slot == SLOT_BACKWARD_INPUT) /* dx[rows, inputs] = dy * w */
        *p = (struct slot_product){.m = rows,
                                   .n = inputs,
                                   .k = outputs,
                                   .a = w->dy,
                                   .a_row = outputs,
                                   .a_col = 1,
                                   .b = w->w,
                                   .b_row = inputs,
                                   .b_col = 1,
                                   .c = w->dx};
    else
        return false;
    return true;
}

/* ---- data ---- */

/* The largest size of whole numbers of whose products k and one more add up below 2^24; at most
 * 32. */
static uint32_t whole_most(size_t k)
{
    uint32_t most = 32;
    while (most > 1 && (double)(k + 1) * most * most >= 0x1p24)
        most /= 2;
    return most;
}

/* Whole numbers in [-most, most], or with most = 0 numbers in [-0.5, 0.5). */
static void make_values(float *values, size_t count, uint32_t most)
{
    uint32_t bits[4];

    for (size_t i = 0; i < count; i++) {
        if (i % 4 == 0)
            rng_block(SEED, RNG_STREAM(RNG_TEST, STREAM_FLOATS), i / 4, bits);
        values[i] = most > 0 ? (float)(bits[i % 4] % (2 * most + 1)) - (float)most
                             : (float)(bits[i % 4] >> 8) * 0x1p-24f - 0.5f;
    }
}

static int fill_floats(struct slot_work *w)
{
    struct slot_product product;
    const bool is_product = slot_is_product(w, &product);

    w->values = malloc(w->end * sizeof *w->values);
    if (w->values == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for %zu values", w->end);
    make_values(w->values, w->end, is_product ? whole_most(product.k) : 0);
    if (is_product)
        for (size_t i = 0; i < product.m * product.n; i++)
            w->values[product.c + i] = NAN;
    if (w->slot == SLOT_LOSS)
        for (size_t i = 0; i < TALLY_WORDS; i++)
            w->values[w->tally + i] = 0.0f;
    int rc = w->dev->ops->buffer_create(w->dev, w->end * sizeof(float), &w->floats);
    if (rc == INCLINE_OK)
        rc = w->dev->ops->upload(w->dev, at(w, 0), ELEMENT_F32, w->end, w->values);
    return rc;
}

/* Labels below `outputs`, an order that is a permutation, bytes of every value. */
static int fill_samples(struct slot_work *w)
{
    const size_t count = 3 * (size_t)w->rows, bytes = (size_t)w->rows * w->inputs;
    uint32_t *words = calloc(count, sizeof *words);
    unsigned char *values = malloc(bytes);
    int rc = INCLINE_OK;

    if (words == NULL || values == NULL) {
        rc = FAIL(INCLINE_ENOMEM, "no memory for %zu samples", (size_t)w->rows);
        goto out;
    }
    for (uint32_t r = 0; r < w->rows; r++) {
        words[r] = r % w->outputs;
        words[w->rows + r] = rng_permute(SEED, RNG_STREAM(RNG_TEST, STREAM_ORDER), w->rows, r);
    }
    for (size_t i = 0; i < bytes; i++)
        values[i] = (unsigned char)i;
    TRY(w->dev->ops->buffer_create(w->dev, count * sizeof *words, &w->words));
    TRY(w->dev->ops->upload(w->dev, (struct span){w->words, 0}, ELEMENT_U32, count, words));
    TRY(w->dev->ops->buffer_create(w->dev, bytes, &w->bytes));
    TRY(w->dev->ops->upload(w->dev, (struct span){w->bytes, 0}, ELEMENT_U8, bytes, values));
out:
    free(words);
    free(values);
    return rc;
}

int slot_fill(struct slot_work *w)
{
    const int rc = fill_floats(w);

    if (rc == INCLINE_OK && (w->slot == SLOT_GATHER || w->slot == SLOT_LOSS))
        return fill_samples(w);
    return rc;
}

void slot_clear(struct slot_work *w)
{
    w->dev->ops->buffer_destroy(w->dev, w->floats);
    w->dev->ops->buffer_destroy(w->dev, w->words);
    w->dev->ops->buffer_destroy(w->dev, w->bytes);
    w->floats = w->words = w->bytes = NULL;
    free(w->values);
    w->values = NULL;
}
