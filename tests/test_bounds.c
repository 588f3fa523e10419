/* test_bounds.c - the tools that compare, tested before anything relies on them: what counts as
 * wrong, that bounds hold a plain float loop and are not loose, that the lockstep device sees
 * every kind of fault in every slot, and that such a device is refused. */
#include <float.h>
#include <math.h>
#include <stdio.h>

#include "device/rig_losses.h"
#include "device/rig_normalize.h"
#include "device/rig_optimizer.h"
#include "host/backend/bounds.h"
#include "host/backend/check.h"
#include "host/backend/reference.h"
#include "host/net/certify.h"
#include "host/net/plan.h"
#include "host/util/status.h"

static const double unit = 0x1p-24;

/* ---- bounds_worst and gamma ---- */

Test(bounds, the_worst_of_equal_values_is_0)
{
    const float values[] = {1.0f, -0.0f, INFINITY};
    const float others[] = {1.0f, 0.0f, 3.0f};
    const double bound[] = {0.0, 0.0, 0.0};
    size_t at = 9;

    cr_expect(bounds_worst(values, others, bound, 2, &at) == 0.0 && at == 0,
              "equal values, signed zeros too, are right by any bound");
}

Test(bounds, nan_infinity_and_a_difference_without_a_bound_are_infinitely_wrong)
{
    static const struct {
        const char *what;
        float got, want;
        double bound;
    } rows[] = {
        {"NaN found", NAN, 1.0f, 1e30},
        {"NaN expected", 1.0f, NAN, 1e30},
        {"NaN on both sides", NAN, NAN, 1e30},
        {"NaN as bound", 1.0f, 2.0f, (double)NAN},
        {"infinity found", INFINITY, 1.0f, 1.0},
        {"infinity expected", 1.0f, INFINITY, 1e30},
        {"both infinite", INFINITY, INFINITY, 1.0},
        {"bound 0", 1.0f, 1.0000001f, 0.0},
        {"bound below 0", 1.0f, 1.0f, -1.0},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const float got[] = {5.0f, 5.0f, rows[i].got}, want[] = {5.0f, 5.0f, rows[i].want};
        const double bound[] = {1.0, 1.0, rows[i].bound};
        size_t at = 9;
        const double worst = bounds_worst(got, want, bound, 3, &at);
        cr_expect(worst == HUGE_VAL && at == 2, "%s: inf at 2 expected, %g at %zu found",
                  rows[i].what, worst, at);
    }
}

Test(bounds, the_worst_is_a_ratio_and_where_it_stands)
{
    const float got[] = {1.0f, 2.0f, 3.5f, 4.0f}, want[] = {1.5f, 2.0f, 3.0f, 4.25f};
    const double bound[] = {1.0, 1.0, 0.25, 1.0};
    size_t at = 9;
    double worst = bounds_worst(got, want, bound, 4, &at);

    cr_expect(worst == 2.0 && at == 2, "2 at 2 expected, %g at %zu found", worst, at);
    worst = bounds_worst(got, want, bound, 2, &at);
    cr_expect(worst == 0.5 && at == 0, "0.5 at 0 expected, %g at %zu found", worst, at);
}

Test(bounds, gamma_by_hand)
{
    cr_expect(bounds_gamma(0.0) == 0.0);
    cr_expect(bounds_gamma(1.0) == 1.0 / 16777215.0, "%g found", bounds_gamma(1.0));
    cr_expect(bounds_gamma(8388608.0) == 1.0, "half of 2^24 roundings: 1 expected, %g found",
              bounds_gamma(8388608.0));
    cr_expect(bounds_gamma(16777216.0) == HUGE_VAL, "2^24 roundings leave no digit");
    cr_expect(bounds_gamma((double)NAN) == HUGE_VAL, "no number of roundings: no digit");
}

/* ---- each bound holds a naive float loop, and is no wider than the formula says ---- */

enum { ROWS = 7, INPUTS = 33, OUTPUTS = 5 };

struct layer {
    float x[ROWS * INPUTS], w[OUTPUTS * INPUTS], b[OUTPUTS], dy[ROWS * OUTPUTS];
};

static void layer_init(struct layer *layer)
{
    for (size_t i = 0; i < COUNT(layer->x); i++)
        layer->x[i] = rig_value(1, i, false);
    for (size_t i = 0; i < COUNT(layer->w); i++)
        layer->w[i] = rig_value(2, i, false);
    for (size_t i = 0; i < COUNT(layer->b); i++)
        layer->b[i] = rig_value(3, i, false);
    for (size_t i = 0; i < COUNT(layer->dy); i++)
        layer->dy[i] = rig_value(4, i, false);
}

/* `got` was summed in float, `exact` in double, `sizes` is the sum of absolute terms; the bound
 * must hold the error and lie between n and 2 n + 2 units of `sizes`. */
static void expect_bound(const char *what, float got, double exact, double sizes, double n,
                         double bound)
{
    const double error = fabs((double)got - exact);
    cr_expect(error <= bound, "%s: error %g expected below the bound %g", what, error, bound);
    cr_expect(bound >= n * unit * sizes && bound <= (2.0 * n + 2.0) * unit * sizes + 1e-30,
              "%s: a bound of %g to %g expected, %g found", what, n * unit * sizes,
              (2.0 * n + 2.0) * unit * sizes, bound);
}

Test(bounds, dense_forward_holds_a_float_loop_and_is_not_loose)
{
    struct layer l;
    double bound[ROWS * OUTPUTS];

    layer_init(&l);
    bounds_dense_forward(l.x, l.w, l.b, ROWS, INPUTS, OUTPUTS, bound);
    for (size_t r = 0; r < ROWS; r++)
        for (size_t o = 0; o < OUTPUTS; o++) {
            float sum = l.b[o];
            double exact = (double)l.b[o], sizes = fabs(exact);
            for (size_t i = 0; i < INPUTS; i++) {
                const float x = l.x[r * INPUTS + i], w = l.w[o * INPUTS + i];
                sum += x * w;
                exact += (double)x * (double)w;
                sizes += fabs((double)x * (double)w);
            }
            expect_bound("y", sum, exact, sizes, INPUTS + 1, bound[r * OUTPUTS + o]);
        }
}

Test(bounds, dense_backward_weights_holds_a_float_loop_and_is_not_loose)
{
    struct layer l;
    double dw_bound[OUTPUTS * INPUTS], db_bound[OUTPUTS];

    layer_init(&l);
    for (int accumulate = 0; accumulate <= 1; accumulate++) {
        /* w and b stand in for the old gradients. */
        bounds_dense_backward_weights(l.x, l.dy, l.w, l.b, ROWS, INPUTS, OUTPUTS, -0.3f, accumulate,
                                      dw_bound, db_bound);
        for (size_t o = 0; o < OUTPUTS; o++)
            for (size_t i = 0; i <= INPUTS; i++) {
                const bool bias = i == INPUTS;
                const float old = !accumulate ? 0.0f : bias ? l.b[o] : l.w[o * INPUTS + i];
                float sum = 0.0f;
                double exact = 0.0, sizes = 0.0;
                for (size_t r = 0; r < ROWS; r++) {
                    const float x = bias ? 1.0f : l.x[r * INPUTS + i], d = l.dy[r * OUTPUTS + o];
                    sum += d * x;
                    exact += (double)d * (double)x;
                    sizes += fabs((double)d * (double)x);
                }
                expect_bound(bias ? "db" : "dw", old + -0.3f * sum,
                             (double)old + (double)-0.3f * exact,
                             fabs((double)old) + (double)0.3f * sizes, ROWS + 2,
                             bias ? db_bound[o] : dw_bound[o * INPUTS + i]);
            }
    }
}

Test(bounds, dense_backward_input_holds_a_float_loop_and_is_not_loose)
{
    struct layer l;
    double bound[ROWS * INPUTS];

    layer_init(&l);
    bounds_dense_backward_input(l.dy, l.w, ROWS, INPUTS, OUTPUTS, bound);
    for (size_t r = 0; r < ROWS; r++)
        for (size_t i = 0; i < INPUTS; i++) {
            float sum = 0.0f;
            double exact = 0.0, sizes = 0.0;
            for (size_t o = 0; o < OUTPUTS; o++) {
                const float d = l.dy[r * OUTPUTS + o], w = l.w[o * INPUTS + i];
                sum += d * w;
                exact += (double)d * (double)w;
                sizes += fabs((double)d * (double)w);
            }
            expect_bound("dx", sum, exact, sizes, OUTPUTS, bound[r * INPUTS + i]);
        }
}

enum { CLASSES = 10 };

/* Softmax of z / `spread` in double and in float, and the loss. */
static void softmax_both(const float *z, uint32_t label, double *p, float *q, double *loss,
                         float *float_loss)
{
    double top = (double)z[0], sum = 0.0;
    float float_sum = 0.0f;

    for (size_t c = 1; c < CLASSES; c++)
        top = fmax(top, (double)z[c]);
    for (size_t c = 0; c < CLASSES; c++) {
        sum += p[c] = exp((double)z[c] - top);
        float_sum += q[c] = expf(z[c] - (float)top);
    }
    for (size_t c = 0; c < CLASSES; c++) {
        p[c] /= sum;
        q[c] /= float_sum;
    }
    *loss = log(sum) + top - (double)z[label];
    *float_loss = logf(float_sum) + ((float)top - z[label]);
}

/* By hand, for 10 classes whose logits lie at most d apart: each exp() carries d + 6 roundings
 * and so does their sum, which adds 10; the quotient adds 5 and the reference 1: 2 d + 28. */
Test(bounds, softmax_and_loss_hold_float_functions_and_are_not_loose)
{
    static const float spreads[] = {0.01f, 1.0f, 10.0f, 80.0f};

    for (size_t s = 0; s < COUNT(spreads); s++)
        for (uint32_t trial = 0; trial < 50; trial++) {
            const double widest = 2.0 * (double)spreads[s];
            const uint32_t label = trial % CLASSES;
            double p[CLASSES], loss, bound[CLASSES], dz_bound[CLASSES], loss_bound, tally_bound;
            float z[CLASSES], q[CLASSES], float_loss;
            for (size_t c = 0; c < CLASSES; c++)
                z[c] = spreads[s] * rig_value(trial, c, false);
            softmax_both(z, label, p, q, &loss, &float_loss);
            bounds_softmax(z, 1, CLASSES, bound);
            bounds_softmax_xent(z, &label, 1, CLASSES, 100.0, dz_bound, &loss_bound, &tally_bound);
            for (size_t c = 0; c < CLASSES; c++) {
                const double y = c == label ? 1.0 : 0.0;
                const double most = 1.01 * (2.0 * widest + 28.0) * unit * p[c] + 1e-37;
                cr_expect(fabs((double)q[c] - p[c]) <= bound[c] && bound[c] <= most,
                          "spread %g: p %g, error %g, bound %g, at most %g expected",
                          (double)spreads[s], p[c], fabs((double)q[c] - p[c]), bound[c], most);
                cr_expect(fabs((double)(q[c] - (float)y) - (p[c] - y)) <= dz_bound[c] &&
                              dz_bound[c] <= most + 2.01 * unit * fabs(p[c] - y),
                          "spread %g: dz %g, bound %g", (double)spreads[s], p[c] - y, dz_bound[c]);
            }
            const double most =
                unit * (1.01 * (widest + 16.0) + 6.0 * log(CLASSES) + widest + 2.0 * fabs(loss));
            cr_expect(fabs((double)float_loss - loss) <= loss_bound && loss_bound <= most,
                      "spread %g: loss %g, error %g, bound %g, at most %g expected",
                      (double)spreads[s], loss, fabs((double)float_loss - loss), loss_bound, most);
            const double tally_most = loss_bound + 1.01 * unit * (5.0 * fabs(loss) + 400.0);
            cr_expect(tally_bound > loss_bound && tally_bound <= tally_most,
                      "a tally bound of %g to %g expected, %g found", loss_bound, tally_most,
                      tally_bound);
        }
}

Test(bounds, finite_logits_have_finite_bounds_however_far_apart)
{
    const float z[] = {0.0f, 3e7f, -3e38f};
    const uint32_t label = 1;
    double bound[3], dz_bound[3], loss_bound, tally_bound;

    bounds_softmax(z, 1, 3, bound);
    bounds_softmax_xent(z, &label, 1, 3, 0.0, dz_bound, &loss_bound, &tally_bound);
    for (size_t c = 0; c < 3; c++)
        cr_expect(bound[c] >= 0.0 && bound[c] < 1e-5 && dz_bound[c] >= 0.0 && dz_bound[c] < 1e-5,
                  "class %zu: small bounds expected, %g and %g found", c, bound[c], dz_bound[c]);
    cr_expect(loss_bound < 1e-5 && tally_bound < 1e-5, "%g and %g found", loss_bound, tally_bound);
}

/* ---- a device with one fault ---- */

enum fault { HONEST, SIGN, SHIFTED, LAST_SKIPPED, ONE_PERCENT, NOT_A_NUMBER, EXCHANGED, FAULTS };

static const char *const fault_names[FAULTS] = {
    "none",  "a sign flipped", "each from the next place", "the last one not written", "1 % added",
    "a NaN", "two exchanged",
};

/* What an operation puts out. */
struct output {
    struct span span;
    enum element element;
    size_t count;
};
enum { OUTPUTS_MOST = 4 };

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

static size_t outputs_normalize_weights(const struct normalize_weights *a, struct output *out)
{
    out[0] = (struct output){a->dgain, ELEMENT_F32, a->cols};
    out[1] = (struct output){a->dshift, ELEMENT_F32, a->cols};
    return 2;
}

static size_t outputs_normalize_gradient(const struct normalize_gradient *a, struct output *out)
{
    out[0] = (struct output){a->d, ELEMENT_F32, (size_t)a->rows * a->cols};
    return 1;
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

static struct incline_device *faulty_open(size_t slot, enum fault fault, size_t nth)
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

/* Number of outputs of a slot, and whether a fault changes the nth. */
static bool fault_exists(size_t slot, enum fault fault, size_t nth)
{
    static const struct {
        size_t outputs;
        enum element elements[OUTPUTS_MOST];
    } slots[SLOTS] = {
        [SLOT_fill] = {1, {ELEMENT_F32}},
        [SLOT_shuffle] = {1, {ELEMENT_U32}},
        [SLOT_gather] = {2, {ELEMENT_F32, ELEMENT_U32}},
        [SLOT_augment] = {1, {ELEMENT_F32}},
        [SLOT_dense_forward] = {1, {ELEMENT_F32}},
        [SLOT_activate] = {1, {ELEMENT_F32}},
        [SLOT_dropout] = {1, {ELEMENT_F32}},
        [SLOT_add_noise] = {1, {ELEMENT_F32}},
        [SLOT_softmax_xent] = {4, {ELEMENT_F32, ELEMENT_F32, ELEMENT_F32, ELEMENT_U32}},
        [SLOT_softmax] = {1, {ELEMENT_F32}},
        [SLOT_dense_backward_weights] = {2, {ELEMENT_F32, ELEMENT_F32}},
        [SLOT_dense_backward_input] = {1, {ELEMENT_F32}},
        [SLOT_activate_gradient] = {1, {ELEMENT_F32}},
        [SLOT_norm] = {1, {ELEMENT_F32}},
        [SLOT_update] = {3, {ELEMENT_F32, ELEMENT_F32, ELEMENT_F32}},
        [SLOT_trust_update] = {1, {ELEMENT_F32}},
        [SLOT_limit_rows] = {1, {ELEMENT_F32}},
        [SLOT_average] = {1, {ELEMENT_F32}},
        [SLOT_weighted_xent] = {4, {ELEMENT_F32, ELEMENT_F32, ELEMENT_F32, ELEMENT_U32}},
        [SLOT_target_loss] = {4, {ELEMENT_F32, ELEMENT_F32, ELEMENT_F32, ELEMENT_U32}},
        [SLOT_divide] = {1, {ELEMENT_F32}},
        [SLOT_moments] = {4, {ELEMENT_F32, ELEMENT_F32, ELEMENT_F32, ELEMENT_F32}},
        [SLOT_normalize] = {1, {ELEMENT_F32}},
        [SLOT_normalize_weights] = {2, {ELEMENT_F32, ELEMENT_F32}},
        [SLOT_normalize_gradient] = {1, {ELEMENT_F32}},
    };
    const bool fills = slot == SLOT_fill;
    const bool tally_sum =
        slots[slot].outputs == 4 && slots[slot].elements[3] == ELEMENT_U32 && nth == 2;
    const bool norm = slot == SLOT_norm;

    if (nth >= slots[slot].outputs)
        return false;
    if (fills || tally_sum || norm) /* all values are the same, or there is only one */
        return fault != SHIFTED && fault != EXCHANGED;
    return slots[slot].elements[nth] == ELEMENT_F32 || fault == SHIFTED || fault == LAST_SKIPPED ||
           fault == EXCHANGED;
}

static int run_every_slot(struct incline_device *check)
{
    const struct rig_shape shape = {17, 6, 5};
    struct rig rig = {.dev = check};

    int rc = rig_run_data(&rig, shape, false);
    rig_clear(&rig);
    if (rc == INCLINE_OK)
        rc = rig_run_products(&rig, shape, false);
    rig_clear(&rig);
    if (rc == INCLINE_OK)
        rc = rig_run_loss(&rig, shape, false);
    rig_clear(&rig);
    if (rc == INCLINE_OK)
        rc = rig_run_losses(&rig, shape, false);
    rig_clear(&rig);
    if (rc == INCLINE_OK)
        rc = rig_run_augment(&rig, shape, false);
    rig_clear(&rig);
    if (rc == INCLINE_OK)
        rc = rig_run_activations(&rig, shape, false);
    rig_clear(&rig);
    if (rc == INCLINE_OK)
        rc = rig_run_noise(&rig, shape, false);
    rig_clear(&rig);
    if (rc == INCLINE_OK)
        rc = rig_run_optimizers(&rig, shape, false);
    rig_clear(&rig);
    if (rc == INCLINE_OK)
        rc = rig_run_normalize(&rig, shape, false);
    rig_clear(&rig);
    return rc;
}

/* Calls `visit` for every fault of every output of every slot; at least 40 there are. */
static void for_each_fault(void (*visit)(size_t slot, enum fault fault, size_t nth))
{
    size_t faults = 0;

    for (size_t slot = 0; slot < SLOTS; slot++)
        for (size_t nth = 0; nth < OUTPUTS_MOST; nth++)
            for (int fault = SIGN; fault < FAULTS; fault++)
                if (fault_exists(slot, (enum fault)fault, nth)) {
                    visit(slot, (enum fault)fault, nth);
                    faults++;
                }
    cr_assert(faults >= 40, "at least 40 faults expected, %zu tried", faults);
}

static void expect_refused(size_t slot, enum fault fault, size_t nth)
{
    struct incline_device *check = NULL;
    char names[64];

    require_ok(check_open(faulty_open(slot, fault, nth), true, true, &check));
    const int rc = run_every_slot(check);
    snprintf(names, sizeof names, "computes %s wrongly", slot_names[slot]);
    cr_expect(rc == INCLINE_EVERIFY && strstr(incline_last_error(), names) != NULL,
              "%s in output %zu of %s: status %d: %s", fault_names[fault], nth, slot_names[slot],
              rc, rc == INCLINE_OK ? "not seen" : incline_last_error());
    incline_device_close(check);
}

Test(bounds, lockstep_refuses_every_fault_of_every_slot_by_name)
{
    for_each_fault(expect_refused);
}

static void expect_recorded(size_t slot, enum fault fault, size_t nth)
{
    struct incline_device *check = NULL;
    size_t count;

    require_ok(check_open(faulty_open(slot, fault, nth), true, false, &check));
    require_ok(run_every_slot(check));
    const struct check_record *records = check_records(check, &count);
    cr_assert(count == SLOTS, "%d records expected, %zu found", (int)SLOTS, count);
    for (size_t s = 0; s < count; s++) {
        cr_expect(strcmp(records[s].slot, slot_names[s]) == 0);
        cr_expect((records[s].worst > 1.0) == (s == slot) && records[s].values > 0,
                  "%s in output %zu of %s: %s has the worst ratio %g over %llu values",
                  fault_names[fault], nth, slot_names[slot], records[s].slot, records[s].worst,
                  (unsigned long long)records[s].values);
        cr_expect(s != slot || strstr(records[s].where, "element") != NULL, "no place: %s",
                  records[s].where);
    }
    check_reset(check);
    records = check_records(check, &count);
    for (size_t s = 0; s < count; s++)
        cr_expect(records[s].values == 0 && records[s].worst == 0.0 && records[s].where[0] == '\0',
                  "%s was not forgotten", slot_names[s]);
    incline_device_close(check);
}

Test(bounds, lockstep_without_strict_records_the_slot_and_no_other)
{
    for_each_fault(expect_recorded);
}

Test(bounds, lockstep_passes_an_honest_device)
{
    struct incline_device *check = NULL;
    size_t count;

    require_ok(check_open(faulty_open(0, HONEST, 0), true, true, &check));
    require_ok(run_every_slot(check));
    const struct check_record *records = check_records(check, &count);
    for (size_t s = 0; s < count; s++)
        cr_expect(records[s].values > 0 && records[s].worst <= 1.0, "%s: %g over %llu values",
                  records[s].slot, records[s].worst, (unsigned long long)records[s].values);
    incline_device_close(check);
}

/* ---- certificates ---- */

static void small_net(struct net *net)
{
    static const uint32_t widths[] = {6, 5, 4};
    require_ok(net_init(net, widths, COUNT(widths), INCLINE_RELU));
}

static int certified(size_t slot, enum fault fault, const char *key)
{
    struct net net;

    small_net(&net);
    struct incline_device *dev = faulty_open(slot, fault, 0);
    dev->key = key;
    const int rc = certify_steps(dev, &net, NULL, ELEMENT_U8, 8);
    cr_expect(dev->children == 0, "%zu buffers are left", dev->children);
    incline_device_close(dev);
    net_clear(&net);
    return rc;
}

#define FOR_EVERY_WORK \
    [SLOT_fill] = true, [SLOT_shuffle] = true, [SLOT_gather] = true, [SLOT_dense_forward] = true

/* Each kind of work with the slots that it needs, and no others. */
Test(bounds, work_is_refused_for_what_it_needs_and_for_nothing_else)
{
    static const struct {
        enum certified_work work;
        bool needs[SLOTS];
    } rows[] = {{CERTIFY_LAYERED_STEPS,
                 {FOR_EVERY_WORK, [SLOT_softmax_xent] = true, [SLOT_dense_backward_weights] = true,
                  [SLOT_dense_backward_input] = true, [SLOT_update] = true}},
                {CERTIFY_LOSSES, {FOR_EVERY_WORK, [SLOT_softmax_xent] = true}},
                {CERTIFY_PROBABILITIES, {FOR_EVERY_WORK, [SLOT_softmax] = true}}};
    struct net net;
    char key[64];

    cr_assert(setenv("XDG_CACHE_HOME", test_folder(), 1) == 0);
    small_net(&net);
    for (size_t r = 0; r < COUNT(rows); r++)
        for (size_t slot = 0; slot < SLOTS; slot++) {
            struct incline_device *dev = faulty_open(slot, slot == 0 ? NOT_A_NUMBER : SHIFTED, 0);
            snprintf(key, sizeof key, "slot %zu\n", slot);
            dev->key = key;
            const int rc = certify(dev, &net, NULL, rows[r].work, ELEMENT_F32, 8);
            cr_expect(rc == (rows[r].needs[slot] ? INCLINE_EVERIFY : INCLINE_OK),
                      "work %zu, %s wrong: status %d", r, slot_names[slot], rc);
            incline_device_close(dev);
        }
    net_clear(&net);
}

/* Whole steps, made of a device's own slots; their last parameter is not written if `whole_wrong`.
 */
static bool whole_wrong;

static bool whole_taken(struct incline_device *dev, const struct train_steps *args)
{
    (void)dev;
    (void)args;
    return true;
}

static int whole_steps(struct incline_device *dev, const struct train_steps *args)
{
    const struct backend *ops = dev->ops;
    float *params = reference_data(args->params, ELEMENT_F32);
    uint32_t *tally = reference_data(args->tally, ELEMENT_U32);
    struct plan plan = {0};
    struct net net = {0};
    int rc = INCLINE_OK;

    TRY(net_init(&net, args->widths, args->layers + 1, args->activation));
    const float last = params[net.param_count - 1];
    dev->ops = faulty.honest;
    TRY(plan_create(&plan, dev, &net, NULL, args->rows));
    TRY(plan_set_params(&plan, params));
    TRY(ops->upload(dev, plan_tally(&plan), ELEMENT_U32, TALLY_WORDS, tally));
    TRY(plan_steps(&plan, &args->samples, args->order, args->rows, args->steps,
                   args->learning_rate));
    TRY(plan_get_params(&plan, params));
    TRY(ops->download(dev, plan_tally(&plan), ELEMENT_U32, TALLY_WORDS, tally));
    if (whole_wrong)
        params[net.param_count - 1] = last;
out:
    plan_destroy(&plan);
    net_clear(&net);
    dev->ops = ops;
    return rc;
}

/* certify_steps() of a device that offers whole steps, wrong ones or not, whose `slot` is wrong or
 * not; *layered: how it goes from then on. */
static int whole_certified(bool wrong, size_t slot, enum fault fault, enum element element,
                           const char *key, bool *layered)
{
    struct net net;

    small_net(&net);
    struct incline_device *dev = faulty_open(slot, fault, 0);
    faulty.ops.takes_train_steps = whole_taken;
    faulty.ops.train_steps = whole_steps;
    whole_wrong = wrong;
    dev->key = key;
    const int rc = certify_steps(dev, &net, NULL, element, 8);
    *layered = dev->layered;
    cr_expect(dev->layered == (strstr(dev->remark, "layer by layer") != NULL), "it says: %s",
              dev->remark);
    incline_device_close(dev);
    net_clear(&net);
    return rc;
}

Test(bounds, whole_steps_are_certified_without_the_layers_and_layers_when_they_are_needed)
{
    enum { FORWARD = SLOT_dense_forward };
    bool layered;

    cr_assert(setenv("XDG_CACHE_HOME", test_folder(), 1) == 0);
    require_ok(whole_certified(false, FORWARD, SIGN, ELEMENT_U8, "one\n", &layered));
    cr_expect(!layered, "right whole steps are not taken");
    /* Layers have no certificate by that. */
    require_fails(certified(FORWARD, SIGN, "one\n"), INCLINE_EVERIFY, "dense_forward");

    require_ok(whole_certified(true, FORWARD, HONEST, ELEMENT_U8, "two\n", &layered));
    cr_expect(layered, "wrong whole steps are taken");
    require_fails(whole_certified(true, FORWARD, SIGN, ELEMENT_U8, "three\n", &layered),
                  INCLINE_EVERIFY, "dense_forward");
}

Test(bounds, the_verdict_on_whole_steps_is_kept_for_each_kind_of_samples)
{
    bool layered;

    cr_assert(setenv("XDG_CACHE_HOME", test_folder(), 1) == 0);
    require_ok(whole_certified(true, 0, HONEST, ELEMENT_U8, "one\n", &layered));
    /* Only what was kept can let this device go layer by layer. */
    require_ok(whole_certified(false, 0, HONEST, ELEMENT_U8, "one\n", &layered));
    cr_expect(layered, "the verdict on bytes was not kept");
    require_ok(whole_certified(false, 0, HONEST, ELEMENT_F32, "one\n", &layered));
    cr_expect(!layered, "the verdict on bytes was taken for floats");
    require_ok(whole_certified(true, 0, HONEST, ELEMENT_F32, "one\n", &layered));
    cr_expect(!layered, "the verdict on floats was not kept");
}

/* Slots of a training step. */
Test(bounds, a_device_that_is_wrong_in_a_step_gets_no_certificate)
{
    static const size_t slots[] = {SLOT_fill,
                                   SLOT_dense_forward,
                                   SLOT_softmax_xent,
                                   SLOT_dense_backward_weights,
                                   SLOT_dense_backward_input,
                                   SLOT_update};

    cr_assert(setenv("XDG_CACHE_HOME", test_folder(), 1) == 0);
    for (size_t s = 0; s < COUNT(slots); s++)
        for (int again = 0; again < 2; again++) /* a refusal is not kept, nor is a pass */
            require_fails(certified(slots[s], ONE_PERCENT + (slots[s] == SLOT_fill), "a key\n"),
                          INCLINE_EVERIFY, slot_names[slots[s]]);
}

Test(bounds, a_certificate_is_kept_under_the_key_and_a_refusal_is_not)
{
    enum { FORWARD = SLOT_dense_forward };

    cr_assert(setenv("XDG_CACHE_HOME", test_folder(), 1) == 0);
    require_fails(certified(FORWARD, SIGN, "one\n"), INCLINE_EVERIFY, "dense_forward");
    require_ok(certified(FORWARD, HONEST, "one\n"));
    /* Only the kept certificate can let this device pass. */
    require_ok(certified(FORWARD, SIGN, "one\n"));
    require_fails(certified(FORWARD, SIGN, "another\n"), INCLINE_EVERIFY, "dense_forward");
    require_ok(certified(FORWARD, SIGN, NULL)); /* no key: the reference, which needs none */
}
