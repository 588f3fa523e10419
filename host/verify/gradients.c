/* gradients.c - the device's gradient against finite differences, with sign.
 *
 * The loss is computed here, in double, straight from its definition, so that neither the
 * device nor the reference is believed. For a direction v the derivative g.v of the device's
 * gradient g is compared with (loss(p + h v) - loss(p - h v)) / 2h; a wrong sign doubles the
 * difference. Activations may have a kink at 0: h is halved until the two sides of a difference
 * agree on the sign of what comes into each, so that no kink lies between them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/backend/activation.h"
#include "host/backend/bounds.h"
#include "host/net/plan.h"
#include "host/util/rng.h"
#include "host/util/status.h"
#include "host/verify/verify.h"

/* A network, a batch, parameters, the device's gradient, and room for the double forward. */
struct trial {
    struct net net;
    uint32_t rows;
    float *x, *params, *grads;
    uint32_t *labels;
    double *moved; /* [param_count] parameters, moved */
    double *a, *b; /* [rows, widest] a layer's input and output */
};

/* What a layer puts out before its activation, z[rows, width], normalised in place: line by line to
 * mean 0 and variance 1, then times the gain, plus the shift. */
static void normalize_rows(const struct trial *t, const double *params, uint32_t l, double *z)
{
    const struct net *net = &t->net;
    const bool by_rows = net->normalization == INCLINE_NORMALIZE_LAYER;
    const size_t width = net->widths[l + 1], lines = by_rows ? t->rows : width;
    const size_t count = by_rows ? width : t->rows, step = by_rows ? 1 : width;

    for (size_t i = 0; i < lines; i++) {
        double *const line = z + (by_rows ? i * width : i);
        double mean = 0.0, variance = 0.0;
        for (size_t k = 0; k < count; k++)
            mean += line[k * step] / (double)count;
        for (size_t k = 0; k < count; k++)
            variance += (line[k * step] - mean) * (line[k * step] - mean) / (double)count;
        for (size_t k = 0; k < count; k++) {
            const size_t neuron = by_rows ? k : i;
            line[k * step] = (line[k * step] - mean) / sqrt(variance + (double)NORM_EPSILON) *
                                 params[net_norm_at(net, l, NET_GAIN) + neuron] +
                             params[net_norm_at(net, l, NET_SHIFT) + neuron];
        }
    }
}

/* out[rows, widths[l + 1]] of layer `l` from in[rows, widths[l]]. */
static void forward_layer(const struct trial *t, const double *params, uint32_t l, const double *in,
                          double *out, uint64_t *pattern)
{
    const struct net *net = &t->net;
    const double *w = params + net_weight_at(net, l), *b = params + net_bias_at(net, l);
    const size_t inputs = net->widths[l], outputs = net->widths[l + 1];

    for (size_t r = 0; r < t->rows; r++)
        for (size_t o = 0; o < outputs; o++) {
            double z = b[o];
            for (size_t i = 0; i < inputs; i++)
                z += w[o * inputs + i] * in[r * inputs + i];
            out[r * outputs + o] = z;
        }
    if (net_normalizes(net, l))
        normalize_rows(t, params, l, out);
    for (size_t i = 0; i < t->rows * outputs; i++) {
        if (l + 1 < net->layers)
            *pattern = (*pattern ^ (uint64_t)(out[i] > 0.0)) * UINT64_C(0x100000001B3) + 1;
        out[i] = activation_value(net_activation(net, l), out[i]);
    }
}

/* Mean loss of the batch at `params`; *pattern collects which hidden neurons are above 0. */
static double loss_at(const struct trial *t, const double *params, uint64_t *pattern)
{
    const struct net *net = &t->net;
    const uint32_t classes = net->widths[net->layers];
    double *in = t->a, *out = t->b, sum = 0.0;

    *pattern = 0;
    for (size_t i = 0; i < (size_t)t->rows * net->widths[0]; i++)
        in[i] = (double)t->x[i];
    for (uint32_t l = 0; l < net->layers; l++) {
        forward_layer(t, params, l, in, out, pattern);
        double *swap = in;
        in = out;
        out = swap;
    }
    for (uint32_t r = 0; r < t->rows; r++) {
        const double *z = in + (size_t)r * classes;
        double top = z[0], total = 0.0;
        for (uint32_t c = 1; c < classes; c++)
            top = fmax(top, z[c]);
        for (uint32_t c = 0; c < classes; c++)
            total += exp(z[c] - top);
        sum += log(total) + top - z[t->labels[r]];
    }
    return sum / t->rows;
}

/* Derivative along `direction`, by differences; *step is the h that was small enough. */
static double derivative(const struct trial *t, const double *direction, double *step)
{
    const size_t count = t->net.param_count;
    double ahead = 0.0, behind = 0.0;

    for (*step = 0x1p-12; *step > 0x1p-26; *step /= 2) {
        uint64_t pattern[3];
        for (int side = -1; side <= 1; side++) {
            for (size_t i = 0; i < count; i++)
                t->moved[i] = (double)t->params[i] + side * *step * direction[i];
            const double loss = loss_at(t, t->moved, &pattern[side + 1]);
            if (side == -1)
                behind = loss;
            if (side == 1)
                ahead = loss;
        }
        if (pattern[0] == pattern[1] && pattern[1] == pattern[2])
            break;
    }
    return (ahead - behind) / (2.0 * *step);
}

static void trial_clear(struct trial *t)
{
    net_clear(&t->net);
    free(t->x);
    free(t->params);
    free(t->grads);
    free(t->labels);
    free(t->moved);
    free(t->a);
    free(t->b);
}

static int trial_init(struct trial *t, const uint32_t *widths, size_t width_count,
                      enum incline_activation activation, enum incline_normalization normalization,
                      uint32_t rows)
{
    uint32_t widest = 0;

    int rc = net_init(&t->net, widths, width_count, activation);
    if (rc == INCLINE_OK)
        rc = net_set_normalization(&t->net, normalization);
    if (rc != INCLINE_OK)
        return rc;
    for (size_t l = 0; l < width_count; l++)
        widest = widths[l] > widest ? widths[l] : widest;
    t->rows = rows;
    t->x = malloc((size_t)rows * widths[0] * sizeof *t->x);
    t->params = malloc(t->net.param_count * sizeof *t->params);
    t->grads = malloc(t->net.param_count * sizeof *t->grads);
    t->labels = malloc(rows * sizeof *t->labels);
    t->moved = malloc(t->net.param_count * sizeof *t->moved);
    t->a = malloc((size_t)rows * widest * sizeof *t->a);
    t->b = malloc((size_t)rows * widest * sizeof *t->b);
    if (t->x == NULL || t->params == NULL || t->grads == NULL || t->labels == NULL ||
        t->moved == NULL || t->a == NULL || t->b == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for a gradient check");
    for (size_t i = 0; i < (size_t)rows * widths[0]; i++)
        t->x[i] = 2.0f * rng_uniform(6, RNG_STREAM(RNG_TEST, 0), i) - 1.0f;
    for (uint32_t r = 0; r < rows; r++)
        t->labels[r] = rng_bits(6, RNG_STREAM(RNG_TEST, 1), r) % widths[width_count - 1];
    net_init_params(&t->net, INCLINE_INIT_UNIFORM, 6, t->params);
    return INCLINE_OK;
}

static int device_gradient(struct trial *t, struct incline_device *dev)
{
    struct plan plan = {0};
    int rc = INCLINE_OK;

    TRY(plan_create(&plan, dev, &t->net, NULL, t->rows));
    TRY(plan_set_params(&plan, t->params));
    TRY(dev->ops->upload(dev, plan_input(&plan), ELEMENT_F32, (size_t)t->rows * t->net.widths[0],
                         t->x));
    TRY(dev->ops->upload(dev, plan_labels(&plan), ELEMENT_U32, t->rows, t->labels));
    TRY(plan_gradients(&plan, t->rows, 1.0f / (float)t->rows, false));
    TRY(plan_get_grads(&plan, t->grads));
out:
    plan_destroy(&plan);
    return rc;
}

/* Roundings on the longest way through the network and back: each layer's sum forward and
 * backward, the loss, and the sum over the rows. */
static double roundings(const struct trial *t)
{
    /* An activation and its derivative, each at most 64; bounds_activation.c counts them. */
    const double of_activation = 128.0;
    /* Normalisation: bounds_normalize.c counts less than 32 to and from each of its sums, of which
     * there are four on the way, and the scale is a factor of all of them twice. */
    const double of_normalization = 256.0;
    double n = 2.0 * (double)t->net.widths[t->net.layers] + 32.0 + (double)t->rows;

    for (uint32_t l = 0; l < t->net.layers; l++)
        n += (double)t->net.widths[l] + (double)t->net.widths[l + 1] + 4.0 +
             (backend_fuses(net_activation(&t->net, l)) ? 0.0 : of_activation) +
             (net_normalizes(&t->net, l) ? of_normalization : 0.0);
    return n;
}

/* Direction 0 is that of the gradient itself, where a sign shows most; the others are random
 * signs. All have length 1. */
static void choose_direction(const struct trial *t, uint32_t number, double *direction)
{
    const size_t count = t->net.param_count;
    const double size = 1.0 / sqrt((double)count);
    double length = 0.0;

    for (size_t i = 0; i < count; i++)
        length += (double)t->grads[i] * (double)t->grads[i];
    length = sqrt(length);
    for (size_t i = 0; i < count; i++)
        if (number == 0 && length > 0.0)
            direction[i] = (double)t->grads[i] / length;
        else
            direction[i] = rng_bits(7, RNG_STREAM(RNG_TEST, number), i) & 1 ? size : -size;
}

/* Compare along `directions` directions. The gradient's error is bounded by the
 * roundings on its way, relative to its largest element; the difference's own error by h^2
 * times the third derivative (at most the cube of the direction's effect, near 1 here) and by the
 * cancellation of two losses, u_double * loss / h. */
static void compare(struct verification *v, const struct trial *t, const char *name,
                    uint32_t directions)
{
    const size_t count = t->net.param_count;
    double *direction = malloc(count * sizeof *direction);
    char where[128] = "";
    double worst = 0.0, largest = 0.0;

    if (direction == NULL) {
        (void)FAIL(INCLINE_ENOMEM, "no memory for a direction");
        verify_failure(v, "gradient", name);
        return;
    }
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, fabs((double)t->grads[i]));
    for (uint32_t d = 0; d < directions; d++) {
        double slope = 0.0, step;
        choose_direction(t, d, direction);
        for (size_t i = 0; i < count; i++)
            slope += (double)t->grads[i] * direction[i];
        const double expected = derivative(t, direction, &step);
        const double bound = bounds_gamma(roundings(t)) * largest * sqrt((double)count) +
                             step * step + 0x1p-50 / step;
        const double error = fabs(slope - expected);
        const double ratio = error <= bound ? error / bound : fmax(error / bound, 2.0);
        if (!(ratio <= worst)) {
            worst = ratio;
            snprintf(where, sizeof where, "direction %u: %.6g found, %.6g expected, bound %.2g", d,
                     slope, expected, bound);
        }
    }
    verify_row(v, "gradient", name, directions, worst, where);
    free(direction);
}

static int check_gradient(struct verification *v, const char *name, const uint32_t *widths,
                          size_t width_count, enum incline_activation activation,
                          enum incline_normalization normalization, uint32_t rows)
{
    struct trial trial;
    int rc;

    memset(&trial, 0, sizeof trial);
    rc = trial_init(&trial, widths, width_count, activation, normalization, rows);
    if (rc == INCLINE_OK) {
        rc = device_gradient(&trial, v->dev);
        if (rc != INCLINE_OK)
            verify_failure(v, "gradient", name);
        else
            compare(v, &trial, name, 8);
    }
    trial_clear(&trial);
    return rc == INCLINE_ENOMEM ? rc : INCLINE_OK;
}

int verify_gradients(struct verification *v)
{
    static const uint32_t small[] = {5, 4, 3}, deep[] = {17, 16, 9, 10}, classic[] = {784, 10, 10};

    int rc = check_gradient(v, "5-4-3 batch 7", small, 3, INCLINE_RELU, INCLINE_NORMALIZE_NONE, 7);
    if (rc == INCLINE_OK)
        rc = check_gradient(v, "17-16-9-10 batch 16", deep, 4, INCLINE_RELU, INCLINE_NORMALIZE_NONE,
                            16);
    if (rc == INCLINE_OK && !v->quick)
        rc = check_gradient(v, "784-10-10 batch 64", classic, 3, INCLINE_RELU,
                            INCLINE_NORMALIZE_NONE, 64);
    for (int which = 0; rc == INCLINE_OK && which < INCLINE_ACTIVATION_COUNT; which++) {
        const enum incline_activation activation = (enum incline_activation)which;
        char name[64];
        snprintf(name, sizeof name, "17-16-9-10, %s", incline_activation_text(activation));
        if (activation != INCLINE_RELU)
            rc = check_gradient(v, name, deep, 4, activation, INCLINE_NORMALIZE_NONE, 16);
    }
    for (int which = INCLINE_NORMALIZE_BATCH;
         rc == INCLINE_OK && net_normalization_text(which) != NULL; which++) {
        const enum incline_normalization normalization = (enum incline_normalization)which;
        char name[64];
        snprintf(name, sizeof name, "17-16-9-10, %s normalised", net_normalization_text(which));
        rc = check_gradient(v, name, deep, 4, INCLINE_TANH, normalization, 16);
    }
    return rc;
}
