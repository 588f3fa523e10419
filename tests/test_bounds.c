/* test_bounds.c - the tools that compare, tested before anything relies on them: what counts as
 * wrong, and that bounds hold a plain float loop and are not loose. */
#include <float.h>
#include <math.h>

#include "device/rig.h"
#include "host/backend/bounds.h"

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
