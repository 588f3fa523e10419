/* rig.h - what tests of operations share: spans that stand at odd places inside larger buffers,
 * with a pattern around them that must survive; made-up data; results as bits. */
#ifndef INCLINE_TESTS_RIG_H
#define INCLINE_TESTS_RIG_H

#include <stdlib.h>

#include "host/backend/augmentation.h"
#include "host/util/rng.h"
#include "support.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { RIG_SPANS = 32, RIG_AFTER = 19 };

/* The bits around every span, and in a span that was given no values: a NaN. */
static const uint32_t rig_pattern = 0x7fc0dead;

struct rig_span {
    struct span span;
    enum element element;
    size_t count;
};

struct rig {
    struct incline_device *dev;
    struct rig_span spans[RIG_SPANS];
    size_t count;
};

static inline unsigned char *rig_room(size_t bytes)
{
    unsigned char *room = malloc(bytes + 1);
    cr_assert(room != NULL, "no memory for %zu bytes", bytes);
    return room;
}

static inline void rig_fill_pattern(unsigned char *image, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        image[i] = (unsigned char)(rig_pattern >> 8 * (i % 4));
}

/* A span of `count` elements: `from`, or the pattern where that is NULL. */
static inline struct span rig_make(struct rig *rig, enum element element, size_t count,
                                   const void *from)
{
    const size_t width = element_bytes(element), before = 3 + 2 * rig->count;
    const size_t all = before + count + RIG_AFTER;
    unsigned char *image = rig_room(all * width);
    struct span whole = {NULL, 0};

    cr_assert(rig->count < RIG_SPANS, "more than %d spans", RIG_SPANS);
    rig_fill_pattern(image, all * width);
    if (from != NULL)
        memcpy(image + before * width, from, count * width);
    require_ok(rig->dev->ops->buffer_create(rig->dev, all * width, &whole.buffer));
    require_ok(rig->dev->ops->upload(rig->dev, whole, element, all, image));
    free(image);
    const struct span span = {whole.buffer, before};
    rig->spans[rig->count++] = (struct rig_span){span, element, count};
    return span;
}

static inline struct span rig_floats(struct rig *rig, size_t count, const float *from)
{
    return rig_make(rig, ELEMENT_F32, count, from);
}

static inline struct span rig_words(struct rig *rig, size_t count, const uint32_t *from)
{
    return rig_make(rig, ELEMENT_U32, count, from);
}

static inline struct span rig_tally(struct rig *rig)
{
    static const uint32_t zeros[TALLY_WORDS];
    return rig_words(rig, TALLY_WORDS, zeros);
}

/* Uniform in [-1, 1), or with `whole` whole numbers in [-8, 8]. */
static inline float rig_value(uint64_t stream, uint64_t index, bool whole)
{
    const uint32_t bits = rng_bits(11, RNG_STREAM(RNG_TEST, stream), index);
    return whole ? (float)(bits % 17) - 8.0f : (float)(bits >> 8) * 0x1p-23f - 1.0f;
}

static inline struct span rig_random(struct rig *rig, size_t count, bool whole)
{
    float *values = (float *)(void *)rig_room(count * sizeof *values);
    for (size_t i = 0; i < count; i++)
        values[i] = rig_value(rig->count, i, whole);
    const struct span span = rig_floats(rig, count, values);
    free(values);
    return span;
}

static inline struct span rig_labels(struct rig *rig, size_t count, uint32_t below)
{
    uint32_t *values = (uint32_t *)(void *)rig_room(count * sizeof *values);
    for (size_t i = 0; i < count; i++)
        values[i] = rng_bits(12, RNG_STREAM(RNG_TEST, rig->count), i) % below;
    const struct span span = rig_words(rig, count, values);
    free(values);
    return span;
}

static inline void rig_read(struct rig *rig, struct span span, size_t count, void *to)
{
    require_ok(rig->dev->ops->download(rig->dev, span, ELEMENT_F32, count, to));
}

/* Every byte around every span must still be the pattern. `where` is for the message. */
static inline void rig_expect_margins(struct rig *rig, const char *where)
{
    for (size_t s = 0; s < rig->count; s++) {
        const struct rig_span *at = &rig->spans[s];
        const size_t width = element_bytes(at->element), before = at->span.at * width;
        const size_t end = before + at->count * width, all = end + RIG_AFTER * width;
        unsigned char *image = rig_room(all), *pattern = rig_room(all);

        rig_fill_pattern(pattern, all);
        require_ok(rig->dev->ops->download(rig->dev, (struct span){at->span.buffer, 0}, at->element,
                                           all / width, image));
        for (size_t i = 0; i < all; i++)
            if ((i < before || i >= end) && image[i] != pattern[i]) {
                cr_expect(false, "%s: span %zu of %zu elements: byte %zu is %02x, %02x expected",
                          where, s, at->count, i, image[i], pattern[i]);
                break;
            }
        free(image);
        free(pattern);
    }
}

/* The content of all spans, one behind the other; the caller frees it. */
static inline unsigned char *rig_bits(struct rig *rig, size_t *bytes)
{
    size_t all = 0;
    for (size_t s = 0; s < rig->count; s++)
        all += rig->spans[s].count * element_bytes(rig->spans[s].element);
    unsigned char *bits = rig_room(all), *to = bits;
    for (size_t s = 0; s < rig->count; s++) {
        const struct rig_span *at = &rig->spans[s];
        require_ok(rig->dev->ops->download(rig->dev, at->span, at->element, at->count, to));
        to += at->count * element_bytes(at->element);
    }
    *bytes = all;
    return bits;
}

static inline void rig_clear(struct rig *rig)
{
    for (size_t s = 0; s < rig->count; s++)
        rig->dev->ops->buffer_destroy(rig->dev, rig->spans[s].span.buffer);
    rig->count = 0;
}

/* A small problem that visits every slot once, in the order of BACKEND_SLOTS: rows samples of
 * `inputs` features, `outputs` classes. With `whole`, data for which every sum is exact. */
struct rig_shape {
    uint32_t rows, inputs, outputs;
};

#define RIG_RUN(slot, ...)                                                          \
    do {                                                                            \
        const int rc_ = rig->dev->ops->slot(rig->dev, &(struct slot){__VA_ARGS__}); \
        if (rc_ != INCLINE_OK)                                                      \
            return rc_;                                                             \
    } while (0)

/* fill, shuffle, gather (bytes and floats) and update: results that must be equal everywhere. */
static inline int rig_run_data(struct rig *rig, struct rig_shape s, bool whole)
{
    const size_t count = (size_t)s.rows * s.inputs, params = (size_t)s.outputs * s.inputs;
    unsigned char *bytes = rig_room(count);
    for (size_t i = 0; i < count; i++)
        bytes[i] = (unsigned char)rng_bits(13, RNG_STREAM(RNG_TEST, 0), i);
    const struct span values = rig_make(rig, ELEMENT_U8, count, bytes);
    free(bytes);
    const struct span floats = rig_random(rig, count, whole);
    const struct span scale = rig_random(rig, s.inputs, whole);
    const struct span shift = rig_random(rig, s.inputs, whole);
    const struct span labels = rig_labels(rig, s.rows, s.outputs);
    const struct span weights = rig_random(rig, params, whole);
    const struct span grads = rig_random(rig, params, whole);
    const struct span filled = rig_floats(rig, params, NULL);
    const struct span in_order = rig_words(rig, s.rows, NULL);
    const struct span order = rig_words(rig, s.rows, NULL);
    const struct span x = rig_floats(rig, count, NULL), y = rig_floats(rig, count, NULL);
    const struct span label = rig_words(rig, s.rows, NULL);
    const struct samples of_bytes = {.values = values,
                                     .labels = labels,
                                     .scale = scale,
                                     .shift = shift,
                                     .element = ELEMENT_U8,
                                     .rows = s.rows,
                                     .features = s.inputs};
    struct samples of_floats = of_bytes;
    of_floats.values = floats;
    of_floats.element = ELEMENT_F32;

    RIG_RUN(fill, filled, params, -2.5f);
    RIG_RUN(shuffle, .order = in_order, .n = s.rows, .identity = true);
    RIG_RUN(shuffle, .order = order, .n = s.rows, .seed = 5, .stream = 6, .from = in_order);
    RIG_RUN(gather, .samples = of_bytes, .order = order, .x = x, .label = label, .rows = s.rows);
    RIG_RUN(gather, .samples = of_floats, .order = order, .x = y, .label = label, .rows = s.rows);
    RIG_RUN(update, .params = weights, .grads = grads, .count = params, .learning_rate = 0.125f);
    return INCLINE_OK;
}

/* The products of a layer, with both activations, plain and added to what is there. */
static inline int rig_run_products(struct rig *rig, struct rig_shape s, bool whole)
{
    const size_t in = (size_t)s.rows * s.inputs, out = (size_t)s.rows * s.outputs;
    const size_t weights = (size_t)s.outputs * s.inputs;
    const struct span x = rig_random(rig, in, whole), w = rig_random(rig, weights, whole);
    const struct span b = rig_random(rig, s.outputs, whole), dy = rig_random(rig, out, whole);
    const struct span y_relu = rig_floats(rig, out, NULL), y = rig_floats(rig, out, NULL);
    const struct span dx_relu = rig_floats(rig, in, NULL), dx = rig_floats(rig, in, NULL);
    const struct span dw = rig_floats(rig, weights, NULL), db = rig_floats(rig, s.outputs, NULL);
    const struct span dw_more = rig_random(rig, weights, whole);
    const struct span db_more = rig_random(rig, s.outputs, whole);

    RIG_RUN(dense_forward, x, w, b, y_relu, s.rows, s.inputs, s.outputs, INCLINE_RELU);
    RIG_RUN(dense_forward, x, w, b, y, s.rows, s.inputs, s.outputs, INCLINE_LINEAR);
    RIG_RUN(dense_backward_weights, x, dy, dw, db, s.rows, s.inputs, s.outputs, 0.125f, false);
    RIG_RUN(dense_backward_weights, x, dy, dw_more, db_more, s.rows, s.inputs, s.outputs, 0.125f,
            true);
    RIG_RUN(dense_backward_input, dy, w, x, dx_relu, s.rows, s.inputs, s.outputs, INCLINE_RELU);
    RIG_RUN(dense_backward_input, dy, w, x, dx, s.rows, s.inputs, s.outputs, INCLINE_LINEAR);
    return INCLINE_OK;
}

/* Every activation and its derivative. */
static inline int rig_run_activations(struct rig *rig, struct rig_shape s, bool whole)
{
    const size_t count = (size_t)s.rows * s.inputs;
    const struct span z = rig_random(rig, count, whole), d = rig_random(rig, count, whole);
    const struct span a = rig_floats(rig, count, NULL);

    for (int which = 0; which < INCLINE_ACTIVATION_COUNT; which++) {
        RIG_RUN(activate, z, a, count, (enum incline_activation)which);
        RIG_RUN(activate_gradient, z, d, count, (enum incline_activation)which);
    }
    return INCLINE_OK;
}

/* Dropout, twice the same, and noise. */
static inline int rig_run_noise(struct rig *rig, struct rig_shape s, bool whole)
{
    const size_t count = (size_t)s.rows * s.inputs;
    const struct span x = rig_random(rig, count, whole), y = rig_random(rig, count, whole);
    const struct draws draws = {
        .seed = 9, .stream = RNG_STREAM(RNG_TEST, 5), .step = 2, .first = 64};

    RIG_RUN(dropout, x, count, 0.3f, draws);
    RIG_RUN(dropout, x, count, 0.3f, draws);
    RIG_RUN(add_noise, y, count, 0.5f, draws);
    return INCLINE_OK;
}

/* softmax_xent twice into one tally; softmax apart and in place. */
static inline int rig_run_loss(struct rig *rig, struct rig_shape s, bool whole)
{
    const size_t count = (size_t)s.rows * s.outputs;
    const struct span z = rig_random(rig, count, whole), dz = rig_floats(rig, count, NULL);
    const struct span loss = rig_floats(rig, s.rows, NULL), p = rig_floats(rig, count, NULL);
    const struct span label = rig_labels(rig, s.rows, s.outputs), tally = rig_tally(rig);

    RIG_RUN(softmax_xent, z, label, dz, loss, tally, s.rows, s.outputs);
    RIG_RUN(softmax_xent, z, label, dz, loss, tally, s.rows, s.outputs);
    RIG_RUN(softmax, z, p, s.rows, s.outputs);
    RIG_RUN(softmax, z, z, s.rows, s.outputs);
    return INCLINE_OK;
}

/* The rows as images, two lines each where that goes, made upright; the same again, of one line, is
 * distorted in every way there is. */
static inline int rig_run_augment(struct rig *rig, struct rig_shape s, bool whole)
{
    const struct incline_augmentation how = {.shift = 2.0f,
                                             .rotate = 30.0f,
                                             .scale = 0.2f,
                                             .shear = 0.3f,
                                             .elastic_alpha = 8.0f,
                                             .elastic_sigma = 5.0f,
                                             .cutout = 3};
    const struct augment_layout layout = augment_layout(&how, 1, s.inputs);
    float *numbers = (float *)(void *)rig_room(layout.weight_count * sizeof *numbers);
    augment_weights(&how, 1, s.inputs, numbers);
    const struct span weights = rig_floats(rig, layout.weight_count, numbers);
    free(numbers);
    const struct span background = rig_random(rig, 1, whole);
    const struct span x = rig_random(rig, (size_t)s.rows * s.inputs, whole);
    const uint32_t lines = s.inputs % 2 == 0 ? 2 : 1;

    RIG_RUN(deskew, x, background, s.rows, lines, s.inputs / lines);
    RIG_RUN(augment, x, weights, background, how, s.rows, 1, s.inputs, 5, 6, 7);
    return INCLINE_OK;
}

#endif
