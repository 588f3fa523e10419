/* losses.c - the losses beyond plain softmax cross-entropy over many shapes, and targets gathered.
 */
#include <stdlib.h>

#include "host/backend/backend.h"
#include "host/util/rng.h"
#include "host/util/status.h"
#include "host/verify/verify.h"

enum { PIECES = 4 };

/* One buffer in pieces of [rows, outputs]: logits, targets in the set's order and in that of the
 * batch, gradients; behind them [ losses | weights | tally | total | scale | x ].
 * Words: [ order | labels | labels of the batch ]. */
struct pieces {
    struct buffer *floats, *words;
    uint32_t rows, outputs;
};

static struct span piece(const struct pieces *p, size_t number)
{
    return (struct span){p->floats, number * p->rows * p->outputs};
}

static int fill_pieces(struct incline_device *dev, const struct pieces *p, bool whole)
{
    const size_t count = 2 * (size_t)p->rows * p->outputs;
    float *values = malloc(count * sizeof *values);
    uint32_t *labels = malloc(p->rows * sizeof *labels);
    int rc = INCLINE_OK;

    if (values == NULL || labels == NULL) {
        rc = FAIL(INCLINE_ENOMEM, "no memory for %zu values", count);
        goto out;
    }
    for (size_t i = 0; i < count; i++) {
        const uint32_t bits = rng_bits(3, RNG_STREAM(RNG_TEST, 7), i);
        values[i] = whole ? (float)(bits % 17) - 8.0f : (float)(bits >> 8) * 0x1p-22f - 2.0f;
    }
    for (uint32_t r = 0; r < p->rows; r++)
        labels[r] = r % p->outputs;
    TRY(dev->ops->upload(dev, piece(p, 0), ELEMENT_F32, count, values));
    TRY(dev->ops->upload(dev, (struct span){p->words, p->rows}, ELEMENT_U32, p->rows, labels));
    TRY(dev->ops->shuffle(
        dev, &(struct shuffle){.order = {p->words, 0}, .n = p->rows, .seed = 7, .stream = 8}));
out:
    free(labels);
    free(values);
    return rc;
}

static int run(struct incline_device *dev, const struct pieces *p)
{
    const uint32_t rows = p->rows, outputs = p->outputs;
    const struct span z = piece(p, 0), targets = piece(p, 1), target = piece(p, 2),
                      dz = piece(p, 3), loss = piece(p, PIECES);
    const struct span weights = {p->floats, loss.at + rows},
                      tally = {p->floats, weights.at + outputs};
    const struct span total = {p->floats, tally.at + TALLY_WORDS};
    const struct span scale = {p->floats, total.at + SUM_WORDS}, x = {p->floats, scale.at + 1};
    const struct span label = {p->words, rows};
    const struct gather gather = {.samples = {.values = z,
                                              .labels = label,
                                              .scale = scale,
                                              .shift = scale,
                                              .element = ELEMENT_F32,
                                              .rows = rows,
                                              .features = 1,
                                              .targets = targets,
                                              .outputs = outputs},
                                  .order = {p->words, 0},
                                  .x = x,
                                  .label = {p->words, 2 * (size_t)rows},
                                  .rows = rows,
                                  .target = target};
    struct weighted_xent weighted = {z,     label, weights, dz,      loss,
                                     tally, total, rows,    outputs, 0.0f};
    int rc = INCLINE_OK;

    TRY(dev->ops->fill(dev, &(struct fill){weights, outputs, 0.75f}));
    TRY(dev->ops->fill(dev, &(struct fill){tally, TALLY_WORDS + SUM_WORDS, 0.0f}));
    TRY(dev->ops->fill(dev, &(struct fill){scale, 1, 0.5f}));
    TRY(dev->ops->gather(dev, &gather));
    for (int kind = INCLINE_LOSS_SIGMOID; kind <= INCLINE_LOSS_HUBER; kind++)
        TRY(dev->ops->target_loss(dev,
                                  &(struct target_loss){z, target, dz, loss, tally, rows, outputs,
                                                        (enum incline_loss)kind, 0.5f}));
    TRY(dev->ops->weighted_xent(dev, &weighted));
    weighted.smoothing = 0.125f;
    TRY(dev->ops->weighted_xent(dev, &weighted));
    TRY(dev->ops->divide(dev, &(struct divide){dz, total, (size_t)rows * outputs, 3.0f}));
out:
    return rc;
}

int verify_run_losses(struct incline_device *dev, uint32_t rows, uint32_t outputs, bool whole)
{
    struct pieces p = {.rows = rows, .outputs = outputs};
    const size_t rest = 2 * (size_t)rows + outputs + TALLY_WORDS + SUM_WORDS + 1;
    int rc = INCLINE_OK;

    TRY(dev->ops->buffer_create(dev, (PIECES * (size_t)rows * outputs + rest) * sizeof(float),
                                &p.floats));
    TRY(dev->ops->buffer_create(dev, 3 * (size_t)rows * sizeof(uint32_t), &p.words));
    TRY(fill_pieces(dev, &p, whole));
    TRY(run(dev, &p));
out:
    dev->ops->buffer_destroy(dev, p.words);
    dev->ops->buffer_destroy(dev, p.floats);
    return rc;
}
