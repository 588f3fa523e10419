/* bounds_step.c - running error analysis of a training step (Higham, Accuracy
 * and Stability of Numerical Algorithms, 2nd ed., section 3.3): values in
 * double, and beside each the bound of a float computation in any order. */
#include "host/backend/bounds_step.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/backend/bounds.h"
#include "host/util/status.h"

static const double unit = 0x1p-24;

/* A value and how far the float one may be from it. */
struct bounded {
    double value, error;
};

/* One row's way through the network, and the sums over the rows. */
struct analysis {
    const struct bounds_step *step;
    struct bounded **a, **d;  /* [layers + 1] activations, gradients at them */
    struct bounded *gradient; /* [parameters] sums over the rows; error: what operands add */
    double *sizes;            /* [parameters] sums of |term| + error, for gamma */
};

static size_t parameters(const struct bounds_step *step)
{
    size_t count = 0;
    for (uint32_t l = 0; l < step->layers; l++)
        count += (size_t)step->widths[l] * step->widths[l + 1] + step->widths[l + 1];
    return count;
}

static size_t weights(const struct bounds_step *step)
{
    size_t count = 0;
    for (uint32_t l = 0; l < step->layers; l++)
        count += (size_t)step->widths[l] * step->widths[l + 1];
    return count;
}

static enum incline_activation activation_of(const struct bounds_step *step, uint32_t layer)
{
    return layer + 1 < step->layers ? step->activation : INCLINE_LINEAR;
}

static void forward(struct analysis *s, uint32_t l, const float *w, const float *b)
{
    const uint32_t inputs = s->step->widths[l], outputs = s->step->widths[l + 1];
    const double factor = bounds_gamma((double)inputs + 2.0);

    for (uint32_t o = 0; o < outputs; o++) {
        double z = (double)b[o], size = fabs(z), carried = 0.0;
        for (uint32_t i = 0; i < inputs; i++) {
            const struct bounded *x = &s->a[l][i];
            const double weight = (double)w[(size_t)o * inputs + i];
            z += weight * x->value;
            size += fabs(weight) * (fabs(x->value) + x->error);
            carried += fabs(weight) * x->error;
        }
        const bool closed = activation_of(s->step, l) == INCLINE_RELU && z < 0.0;
        s->a[l + 1][o] =
            (struct bounded){closed ? 0.0 : z, factor * size + carried + (double)FLT_MIN};
        /* A ReLU that is surely closed puts out 0 exactly. */
        if (closed && -z > s->a[l + 1][o].error)
            s->a[l + 1][o].error = 0.0;
    }
}

/* Loss and gradient at the logits. A logit off by e changes a probability by a
 * factor between exp(-2e) and exp(2e), and the loss by at most 2e. */
static void loss(struct analysis *s, uint32_t label, struct bounds_step_result *result)
{
    const uint32_t classes = s->step->widths[s->step->layers];
    const struct bounded *z = s->a[s->step->layers];
    struct bounded *d = s->d[s->step->layers];
    double top = z[0].value, sum = 0.0, off = 0.0, range = 0.0;
    uint32_t best = 0;

    for (uint32_t c = 0; c < classes; c++) {
        if (z[c].value > top) {
            top = z[c].value;
            best = c;
        }
        off = fmax(off, z[c].error);
    }
    for (uint32_t c = 0; c < classes; c++) {
        sum += exp(z[c].value - top);
        range = fmax(range, top - z[c].value);
    }
    const double rounding = bounds_gamma(2.0 * (range + 6.0) + classes + 5.0);
    const double relative = rounding + expm1(2.0 * off);
    for (uint32_t c = 0; c < classes; c++) {
        const double p = exp(z[c].value - top) / sum;
        const double value = p - (c == label ? 1.0 : 0.0);
        double error = p * relative;
        if (!(error <= 1.0)) /* a probability is never further off */
            error = 1.0;
        d[c] = (struct bounded){value, error + 2.0 * unit * fabs(value) + 2.0 * (double)FLT_MIN};
    }
    const double row = log(sum) + top - z[label].value;
    result->loss += row;
    result->loss_bound += rounding + 8.0 * unit * (fabs(log(sum)) + range) + 2.0 * off;
    result->correct += best == label;
    for (uint32_t c = 0; c < classes; c++)
        if (c != best && top - z[c].value <= z[c].error + z[best].error) {
            result->unsure++;
            break;
        }
}

/* Add this row's part of the gradients of layer l. */
static void weight_gradient(struct analysis *s, uint32_t l, size_t w_at, size_t b_at)
{
    const uint32_t inputs = s->step->widths[l], outputs = s->step->widths[l + 1];

    for (uint32_t o = 0; o < outputs; o++) {
        const struct bounded *d = &s->d[l + 1][o];
        const double d_size = fabs(d->value) + d->error;
        for (uint32_t i = 0; i < inputs; i++) {
            const struct bounded *x = &s->a[l][i];
            const size_t at = w_at + (size_t)o * inputs + i;
            s->gradient[at].value += d->value * x->value;
            s->gradient[at].error +=
                fabs(d->value) * x->error + d->error * (fabs(x->value) + x->error);
            s->sizes[at] += d_size * (fabs(x->value) + x->error);
        }
        s->gradient[b_at + o].value += d->value;
        s->gradient[b_at + o].error += d->error;
        s->sizes[b_at + o] += d_size;
    }
}

static void input_gradient(struct analysis *s, uint32_t l, const float *w)
{
    const uint32_t inputs = s->step->widths[l], outputs = s->step->widths[l + 1];
    const bool relu = activation_of(s->step, l - 1) == INCLINE_RELU;
    const double factor = bounds_gamma((double)outputs + 2.0);

    for (uint32_t i = 0; i < inputs; i++) {
        const struct bounded *a = &s->a[l][i];
        double value = 0.0, size = 0.0, carried = 0.0;
        for (uint32_t o = 0; o < outputs; o++) {
            const struct bounded *d = &s->d[l + 1][o];
            const double weight = (double)w[(size_t)o * inputs + i];
            value += weight * d->value;
            size += fabs(weight) * (fabs(d->value) + d->error);
            carried += fabs(weight) * d->error;
        }
        const double error = factor * size + carried + (double)FLT_MIN;
        if (!relu || a->value > a->error)
            s->d[l][i] = (struct bounded){value, error};
        else if (a->value == 0.0 && a->error == 0.0)
            s->d[l][i] = (struct bounded){0.0, 0.0};
        else /* open or closed: rounding decides */
            s->d[l][i] = (struct bounded){a->value > 0.0 ? value : 0.0, fabs(value) + error};
    }
}

static void analyse_row(struct analysis *s, uint32_t row, struct bounds_step_result *result)
{
    const struct bounds_step *step = s->step;
    size_t w_at = 0, b_at = weights(step);

    for (uint32_t i = 0; i < step->widths[0]; i++) {
        const double x = (double)step->x[(size_t)row * step->widths[0] + i];
        s->a[0][i] = (struct bounded){x, 0.0}; /* gather is exact */
    }
    for (uint32_t l = 0; l < step->layers; l++) {
        forward(s, l, step->params + w_at, step->params + b_at);
        w_at += (size_t)step->widths[l] * step->widths[l + 1];
        b_at += step->widths[l + 1];
    }
    loss(s, step->label[row], result);
    for (uint32_t l = step->layers; l-- > 0;) {
        w_at -= (size_t)step->widths[l] * step->widths[l + 1];
        b_at -= step->widths[l + 1];
        weight_gradient(s, l, w_at, b_at);
        if (l > 0)
            input_gradient(s, l, step->params + w_at);
    }
}

static void update(struct analysis *s, struct bounds_step_result *result)
{
    const struct bounds_step *step = s->step;
    const double rate = fabs((double)step->learning_rate) / (double)step->rows;
    const double factor = bounds_gamma((double)step->rows + 4.0);

    for (size_t i = 0; i < parameters(step); i++) {
        const double before = (double)step->params[i];
        const double after =
            before - (double)step->learning_rate * s->gradient[i].value / (double)step->rows;
        result->params[i] = after;
        result->params_bound[i] = rate * (s->gradient[i].error + factor * s->sizes[i]) +
                                  2.0 * unit * fabs(after) + unit * rate * s->sizes[i] +
                                  (double)FLT_MIN;
    }
}

static void analysis_clear(struct analysis *s)
{
    for (uint32_t l = 0; l <= s->step->layers; l++) {
        if (s->a != NULL)
            free(s->a[l]);
        if (s->d != NULL)
            free(s->d[l]);
    }
    free(s->a);
    free(s->d);
    free(s->gradient);
    free(s->sizes);
}

static int analysis_init(struct analysis *s, const struct bounds_step *step)
{
    const size_t layers = step->layers + 1, count = parameters(step);
    bool whole;

    *s = (struct analysis){.step = step};
    s->a = calloc(layers, sizeof *s->a);
    s->d = calloc(layers, sizeof *s->d);
    s->gradient = calloc(count, sizeof *s->gradient);
    s->sizes = calloc(count, sizeof *s->sizes);
    whole = s->a != NULL && s->d != NULL && s->gradient != NULL && s->sizes != NULL;
    for (size_t l = 0; whole && l < layers; l++) {
        s->a[l] = calloc(step->widths[l], sizeof **s->a);
        s->d[l] = calloc(step->widths[l], sizeof **s->d);
        whole = s->a[l] != NULL && s->d[l] != NULL;
    }
    return whole ? INCLINE_OK
                 : FAIL(INCLINE_ENOMEM, "no memory to bound a step of %zu parameters", count);
}

int bounds_train_step(const struct bounds_step *step, struct bounds_step_result *result)
{
    struct analysis analysis;

    const int rc = analysis_init(&analysis, step);
    if (rc == INCLINE_OK) {
        result->loss = result->loss_bound = 0.0;
        result->correct = result->unsure = 0;
        for (uint32_t row = 0; row < step->rows; row++)
            analyse_row(&analysis, row, result);
        result->loss_bound += bounds_gamma((double)step->rows + 4.0) * fabs(result->loss);
        update(&analysis, result);
    }
    analysis_clear(&analysis);
    return rc;
}
