/* exact.c - a forward pass and its loss in plain loops. */
#include "host/verify/exact.h"

#include <math.h>
#include <stdlib.h>

#include "host/backend/activation.h"
#include "host/backend/reference.h"
#include "host/util/rng.h"
#include "host/util/status.h"

/* Who is dropped is asked of the reference, whose draws the rows of the kernel are held against. */
static void draw_dropout(const struct exact *e)
{
    const struct incline_noise *noise = &e->method->noise;
    double *kept = e->kept;

    for (uint32_t l = 0; l < e->net->layers; l++) {
        const float rate = l == 0 ? noise->dropout_input : noise->dropout;
        const struct draws draws = {.seed = e->method->seed, .stream = RNG_STREAM(RNG_DROPOUT, l)};
        const size_t count = (size_t)e->rows * e->net->widths[l];
        for (size_t i = 0; i < count; i++)
            kept[i] = rate == 0.0f                         ? 1.0
                      : reference_dropped(&draws, rate, i) ? 0.0
                                                           : (double)dropout_factor(rate);
        kept += count;
    }
}

static void make_up_batch(const struct exact *e)
{
    const uint32_t outputs = e->net->widths[e->net->layers];
    const bool bits = e->method->loss.kind == INCLINE_LOSS_SIGMOID;

    for (size_t i = 0; i < (size_t)e->rows * e->net->widths[0]; i++)
        e->x[i] = 2.0f * rng_uniform(6, RNG_STREAM(RNG_TEST, 0), i) - 1.0f;
    for (uint32_t r = 0; r < e->rows; r++)
        e->labels[r] = rng_bits(6, RNG_STREAM(RNG_TEST, 1), r) % outputs;
    for (size_t i = 0; i < (size_t)e->rows * outputs; i++) {
        const float value = rng_uniform(6, RNG_STREAM(RNG_TEST, 2), i);
        e->targets[i] = !bits ? 4.0f * value - 2.0f : value < 0.5f ? 0.0f : 1.0f;
    }
}

int exact_init(struct exact *e, const struct net *net, const struct method *method, uint32_t rows)
{
    const size_t outputs = net->widths[net->layers];
    size_t widest = 0, inputs = 0;

    for (uint32_t l = 0; l <= net->layers; l++)
        widest = net->widths[l] > widest ? net->widths[l] : widest;
    for (uint32_t l = 0; l < net->layers; l++)
        inputs += net->widths[l];
    e->net = net;
    e->method = method;
    e->rows = rows;
    e->x = malloc((size_t)rows * net->widths[0] * sizeof *e->x);
    e->labels = malloc(rows * sizeof *e->labels);
    e->targets = malloc(rows * outputs * sizeof *e->targets);
    e->kept = malloc(rows * inputs * sizeof *e->kept);
    e->a = malloc(rows * widest * sizeof *e->a);
    e->b = malloc(rows * widest * sizeof *e->b);
    if (e->x == NULL || e->labels == NULL || e->targets == NULL || e->kept == NULL ||
        e->a == NULL || e->b == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for a batch of %u rows", rows);
    make_up_batch(e);
    draw_dropout(e);
    return INCLINE_OK;
}

void exact_clear(struct exact *e)
{
    free(e->x);
    free(e->labels);
    free(e->targets);
    free(e->kept);
    free(e->a);
    free(e->b);
}

/* What a layer puts out before its activation, z[rows, width], normalised in place: line by line to
 * mean 0 and variance 1, then times the gain, plus the shift. */
static void normalize_rows(const struct exact *e, const double *params, uint32_t l, double *z)
{
    const struct net *net = e->net;
    const bool by_rows = net->normalization == INCLINE_NORMALIZE_LAYER;
    const size_t width = net->widths[l + 1], lines = by_rows ? e->rows : width;
    const size_t count = by_rows ? width : e->rows, step = by_rows ? 1 : width;

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

static void note_side(uint64_t *pattern, bool above)
{
    *pattern = (*pattern ^ (uint64_t)above) * UINT64_C(0x100000001B3) + 1;
}

/* out[rows, widths[l + 1]] of layer `l` from in[rows, widths[l]], of which kept[rows, widths[l]]
 * is left. */
static void forward_layer(const struct exact *e, const double *params, uint32_t l, const double *in,
                          const double *kept, double *out, uint64_t *pattern)
{
    const struct net *net = e->net;
    const double *w = params + net_weight_at(net, l), *b = params + net_bias_at(net, l);
    const size_t inputs = net->widths[l], outputs = net->widths[l + 1];

    for (size_t r = 0; r < e->rows; r++)
        for (size_t o = 0; o < outputs; o++) {
            double z = b[o];
            for (size_t i = 0; i < inputs; i++)
                z += w[o * inputs + i] * kept[r * inputs + i] * in[r * inputs + i];
            out[r * outputs + o] = z;
        }
    if (net_normalizes(net, l))
        normalize_rows(e, params, l, out);
    for (size_t i = 0; i < e->rows * outputs; i++) {
        if (l + 1 < net->layers)
            note_side(pattern, out[i] > 0.0);
        out[i] = activation_value(net_activation(net, l), out[i]);
    }
}

/* Softmax cross-entropy: the mean by classes' weights w of (1 - s) w_y (-log p_y) + s / C * the sum
 * of w_c (-log p_c). */
static double mean_of_labels(const struct exact *e, const double *z)
{
    const struct loss *loss = &e->method->loss;
    const uint32_t classes = e->net->widths[e->net->layers];
    const double smoothing = (double)loss->smoothing;
    double sum = 0.0, weights = 0.0;

    for (uint32_t r = 0; r < e->rows; r++, z += classes) {
        double top = z[0], total = 0.0;
        for (uint32_t c = 1; c < classes; c++)
            top = fmax(top, z[c]);
        for (uint32_t c = 0; c < classes; c++)
            total += exp(z[c] - top);
        for (uint32_t c = 0; c < classes; c++) {
            const double weight =
                loss->class_weights != NULL ? (double)loss->class_weights[c] : 1.0;
            const bool own = c == e->labels[r];
            sum += ((own ? 1.0 - smoothing : 0.0) + smoothing / classes) * weight *
                   (log(total) + top - z[c]);
            weights += own ? weight : 0.0;
        }
    }
    return sum / weights;
}

/* The mean over rows and outputs of what incline.h says of each loss against targets. */
static double mean_of_targets(const struct exact *e, const double *z, uint64_t *pattern)
{
    const struct loss *loss = &e->method->loss;
    const size_t count = (size_t)e->rows * e->net->widths[e->net->layers];
    const double delta = (double)loss->delta;
    double sum = 0.0;

    for (size_t i = 0; i < count; i++) {
        const double t = (double)e->targets[i], apart = fabs(z[i] - t);
        if (loss->kind == INCLINE_LOSS_SIGMOID) {
            const double log_of_1 = -log1p(exp(-z[i])), log_of_0 = -log1p(exp(z[i]));
            sum -= t * log_of_1 + (1.0 - t) * log_of_0;
        } else if (loss->kind == INCLINE_LOSS_MSE) {
            sum += apart * apart;
        } else if (loss->kind == INCLINE_LOSS_MAE) {
            note_side(pattern, z[i] > t);
            sum += apart;
        } else {
            note_side(pattern, apart > delta);
            sum += apart <= delta ? apart * apart / 2.0 : delta * (apart - delta / 2.0);
        }
    }
    return sum / (double)count;
}

double exact_loss(const struct exact *e, const double *params, uint64_t *pattern)
{
    const struct net *net = e->net;
    const double *kept = e->kept;
    double *in = e->a, *out = e->b;

    *pattern = 0;
    for (size_t i = 0; i < (size_t)e->rows * net->widths[0]; i++)
        in[i] = (double)e->x[i];
    for (uint32_t l = 0; l < net->layers; l++) {
        forward_layer(e, params, l, in, kept, out, pattern);
        kept += (size_t)e->rows * net->widths[l];
        double *swap = in;
        in = out;
        out = swap;
    }
    return loss_has_targets(&e->method->loss) ? mean_of_targets(e, in, pattern)
                                              : mean_of_labels(e, in);
}
