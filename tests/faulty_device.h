/* faulty_device.h - the reference with one fault in one output of one slot: what a driver that
 * computes wrongly looks like to those who must notice. */
#ifndef INCLINE_TESTS_FAULTY_DEVICE_H
#define INCLINE_TESTS_FAULTY_DEVICE_H

#include <math.h>
#include <string.h>

#include "device/rig.h"
#include "host/backend/dense_update.h"
#include "host/backend/reference.h"

enum fault { HONEST, SIGN, SHIFTED, LAST_SKIPPED, ONE_PERCENT, NOT_A_NUMBER, EXCHANGED, FAULTS };

/* What an operation puts out. */
struct output {
    struct span span;
    enum element element;
    size_t count;
};
enum { OUTPUTS_MOST = 6 };

/* The device below: the reference, whose operation number `slot` does `fault` to output `nth`. */
static struct {
    struct backend ops;
    const struct backend *honest;
    enum fault fault;
    size_t nth, slot;
} faulty;

static size_t outputs_fill(const struct fill *a, struct output *out)
{
    out[0] = (struct output){a->to, ELEMENT_F32, a->count};
    return 1;
}

static size_t outputs_shuffle(const struct shuffle *a, struct output *out)
{
    out[0] = (struct output){a->order, ELEMENT_U32, a->n};
    return 1;
}

static size_t outputs_gather(const struct gather *a, struct output *out)
{
    out[0] = (struct output){a->x, ELEMENT_F32, (size_t)a->rows * a->samples.features};
    out[1] = (struct output){a->label, ELEMENT_U32, a->rows};
    return 2;
}

static size_t outputs_deskew(const struct deskew *a, struct output *out)
{
    out[0] = (struct output){a->x, ELEMENT_F32, (size_t)a->rows * a->image_rows * a->image_cols};
    return 1;
}

static size_t outputs_augment(const struct augment *a, struct output *out)
{
    out[0] = (struct output){a->x, ELEMENT_F32, (size_t)a->rows * a->image_rows * a->image_cols};
    return 1;
}

static size_t outputs_dense_forward(const struct dense_forward *a, struct output *out)
{
    out[0] = (struct output){a->y, ELEMENT_F32, (size_t)a->rows * a->outputs};
    return 1;
}

static size_t outputs_activate(const struct activate *a, struct output *out)
{
    out[0] = (struct output){a->a, ELEMENT_F32, a->count};
    return 1;
}

static size_t outputs_dropout(const struct dropout *a, struct output *out)
{
    out[0] = (struct output){a->x, ELEMENT_F32, a->count};
    return 1;
}

static size_t outputs_add_noise(const struct add_noise *a, struct output *out)
{
    out[0] = (struct output){a->x, ELEMENT_F32, a->count};
    return 1;
}

static size_t outputs_activate_gradient(const struct activate_gradient *a, struct output *out)
{
    out[0] = (struct output){a->d, ELEMENT_F32, a->count};
    return 1;
}

static size_t outputs_softmax_xent(const struct softmax_xent *a, struct output *out)
{
    const struct span counts = {a->tally.buffer, a->tally.at + TALLY_CORRECT};
    out[0] = (struct output){a->dz, ELEMENT_F32, (size_t)a->rows * a->classes};
    out[1] = (struct output){a->loss, ELEMENT_F32, a->rows};
    out[2] = (struct output){a->tally, ELEMENT_F32, 1};
    out[3] = (struct output){counts, ELEMENT_U32, 2};
    return 4;
}

static size_t outputs_softmax(const struct softmax *a, struct output *out)
{
    out[0] = (struct output){a->p, ELEMENT_F32, (size_t)a->rows * a->classes};
    return 1;
}

static size_t outputs_dense_backward_weights(const struct dense_backward_weights *a,
                                             struct output *out)
{
    out[0] = (struct output){a->dw, ELEMENT_F32, (size_t)a->outputs * a->inputs};
    out[1] = (struct output){a->db, ELEMENT_F32, a->outputs};
    return 2;
}

static size_t outputs_dense_backward_input(const struct dense_backward_input *a, struct output *out)
{
    out[0] = (struct output){a->dx, ELEMENT_F32, (size_t)a->rows * a->inputs};
    return 1;
}

static size_t outputs_norm(const struct norm *a, struct output *out)
{
    out[0] = (struct output){a->norm, ELEMENT_F32, 1};
    return 1;
}

/* The parameters, or the direction of lamb; then the moments that there are. */
static size_t outputs_update(const struct update *a, struct output *out)
{
    const struct span moments[] = {a->moment1, a->moment2};
    const bool lamb = a->optimizer.kind == INCLINE_LAMB;
    size_t count = 0;

    out[count++] = (struct output){lamb ? a->grads : a->params, ELEMENT_F32, a->count};
    for (size_t i = 0; i < COUNT(moments); i++)
        if (moments[i].buffer != NULL)
            out[count++] = (struct output){moments[i], ELEMENT_F32, a->count};
    return count;
}

/* Weights and biases, each their parameters and the moments that there are. */
static size_t outputs_dense_update(const struct dense_update *a, struct output *out)
{
    const struct update weights = dense_update_weights(a), biases = dense_update_biases(a);
    const size_t count = outputs_update(&weights, out);
    return count + outputs_update(&biases, out + count);
}

static size_t outputs_trust_update(const struct trust_update *a, struct output *out)
{
    out[0] = (struct output){a->params, ELEMENT_F32, a->count};
    return 1;
}

static size_t outputs_limit_rows(const struct limit_rows *a, struct output *out)
{
    out[0] = (struct output){a->w, ELEMENT_F32, (size_t)a->rows * a->cols};
    return 1;
}

static size_t outputs_average(const struct average *a, struct output *out)
{
    out[0] = (struct output){a->average, ELEMENT_F32, a->count};
    return 1;
}

static size_t outputs_weighted_xent(const struct weighted_xent *a, struct output *out)
{
    const struct softmax_xent alike = {
        .dz = a->dz, .loss = a->loss, .tally = a->tally, .rows = a->rows, .classes = a->classes};
    return outputs_softmax_xent(&alike, out);
}

static size_t outputs_target_loss(const struct target_loss *a, struct output *out)
{
    const struct softmax_xent alike = {
        .dz = a->dz, .loss = a->loss, .tally = a->tally, .rows = a->rows, .classes = a->outputs};
    return outputs_softmax_xent(&alike, out);
}

static size_t outputs_divide(const struct divide *a, struct output *out)
{
    out[0] = (struct output){a->x, ELEMENT_F32, a->count};
    return 1;
}

static size_t outputs_moments(const struct moments *a, struct output *out)
{
    const size_t lines = a->of == MOMENTS_OF_ROWS ? a->rows : a->cols;

    out[0] = (struct output){a->mean, ELEMENT_F32, lines};
    out[1] = (struct output){a->scale, ELEMENT_F32, lines};
    out[2] = (struct output){a->run_mean, ELEMENT_F32, lines};
    out[3] = (struct output){a->run_variance, ELEMENT_F32, lines};
    return a->of == MOMENTS_OF_COLUMNS ? 4 : 2;
}

static size_t outputs_normalize(const struct normalize *a, struct output *out)
{
    out[0] = (struct output){a->y, ELEMENT_F32, (size_t)a->rows * a->cols};
    return 1;
}

static size_t outputs_normalize_gradient(const struct normalize_gradient *a, struct output *out)
{
    out[0] = (struct output){a->d, ELEMENT_F32, (size_t)a->rows * a->cols};
    out[1] = (struct output){a->dgain, ELEMENT_F32, a->cols};
    out[2] = (struct output){a->dshift, ELEMENT_F32, a->cols};
    return 3;
}

/* Does this fault change this output at all? */
static bool applies(enum fault fault, const struct output *out)
{
    if (fault == SHIFTED || fault == EXCHANGED)
        return out->count > 1;
    return out->element == ELEMENT_F32 || fault == HONEST || fault == LAST_SKIPPED;
}

static void do_fault(enum fault fault, const struct output *out, uint32_t old_last)
{
    float *values = reference_data(out->span, ELEMENT_F32);
    uint32_t *words = reference_data(out->span, ELEMENT_U32);
    const size_t last = out->count - 1;
    size_t largest = 0;

    if (out->element == ELEMENT_F32)
        for (size_t i = 1; i <= last; i++)
            largest = fabsf(values[i]) > fabsf(values[largest]) ? i : largest;
    const uint32_t first = words[0];
    switch (fault) {
    case SIGN:
        values[largest] = -values[largest];
        break;
    case SHIFTED:
        memmove(words, words + 1, last * sizeof *words);
        break;
    case LAST_SKIPPED:
        words[last] = old_last;
        break;
    case ONE_PERCENT:
        values[largest] *= 1.01f;
        break;
    case NOT_A_NUMBER:
        values[last] = NAN;
        break;
    case EXCHANGED:
        words[0] = words[last];
        words[last] = first;
        break;
    case HONEST:
    case FAULTS:
        break;
    }
}

#define X(name)                                                                                 \
    static int faulty_##name(struct incline_device *dev, const struct name *args)               \
    {                                                                                           \
        struct output out[OUTPUTS_MOST];                                                        \
        const struct output *target = &out[faulty.nth];                                         \
        uint32_t old = 0;                                                                       \
        if (faulty.nth >= outputs_##name(args, out) || !applies(faulty.fault, target))          \
            return faulty.honest->name(dev, args);                                              \
        memcpy(&old,                                                                            \
               (const uint32_t *)reference_data(target->span, ELEMENT_U32) + target->count - 1, \
               sizeof old);                                                                     \
        const int rc = faulty.honest->name(dev, args);                                          \
        do_fault(faulty.fault, target, old);                                                    \
        return rc;                                                                              \
    }
BACKEND_SLOTS(X)
#undef X

static const char *const slot_names[] = {
#define X(name) #name,
    BACKEND_SLOTS(X)
#undef X
};
enum { SLOTS = COUNT(slot_names) };
enum {
#define X(name) SLOT_##name,
    BACKEND_SLOTS(X)
#undef X
};

static inline struct incline_device *faulty_open(size_t slot, enum fault fault, size_t nth)
{
    struct incline_device *dev = NULL;
    size_t index = 0;

    require_ok(reference_open(&dev));
    faulty.honest = dev->ops;
    faulty.ops = *dev->ops;
    faulty.fault = fault;
    faulty.nth = nth;
#define X(name)          \
    if (index++ == slot) \
        faulty.ops.name = faulty_##name;
    BACKEND_SLOTS(X)
#undef X
    dev->ops = &faulty.ops;
    return dev;
}

#endif
