/* reference_losses.c - losses beyond plain softmax cross-entropy, in plain loops: the specification
 * of weighted_xent, target_loss and divide, and of the targets that gather brings.
 *
 * Terms and sums are kept in double and rounded to float once. Written so that a NaN stays one. */
#include <math.h>
#include <string.h>

#include "host/backend/reference.h"

static float *floats(struct span span)
{
    return reference_data(span, ELEMENT_F32);
}

static uint32_t *words(struct span span)
{
    return reference_data(span, ELEMENT_U32);
}

void reference_gather_targets(const struct gather *args)
{
    const size_t outputs = args->samples.outputs;
    const uint32_t *order = words(args->order);

    for (size_t r = 0; r < args->rows; r++)
        memcpy(floats(args->target) + r * outputs,
               floats(args->samples.targets) + order[r] * outputs, outputs * sizeof(float));
}

/* What a batch adds to a tally. */
struct batch_sums {
    double loss, squares, weights;
    uint32_t correct, rows;
};

static void tally_batch(struct span tally, const struct batch_sums *sums)
{
    uint32_t *counts = words(tally);

    reference_sum_add(tally, sums->loss);
    reference_sum_add((struct span){tally.buffer, tally.at + TALLY_SQUARES}, sums->squares);
    reference_sum_add((struct span){tally.buffer, tally.at + TALLY_WEIGHTS}, sums->weights);
    counts[TALLY_CORRECT] += sums->correct;
    counts[TALLY_ROWS] += sums->rows;
}

/* ---- softmax cross-entropy with label smoothing and class weights ---- */

int reference_weighted_xent(struct incline_device *dev, const struct weighted_xent *args)
{
    (void)dev;
    const size_t classes = args->classes;
    const float *w = floats(args->weights);
    const double keep = 1.0 - (double)args->smoothing;
    const double spread = (double)args->smoothing / (double)classes;
    struct batch_sums sums = {.rows = args->rows};
    double all = 0.0;

    for (size_t c = 0; c < classes; c++)
        all += (double)w[c];
    for (size_t r = 0; r < args->rows; r++) {
        const float *z = floats(args->z) + r * classes;
        float *dz = floats(args->dz) + r * classes;
        const uint32_t label = words(args->label)[r];
        size_t best = 0;
        double sum = 0.0, smooth = 0.0;

        for (size_t c = 1; c < classes; c++)
            if (z[c] > z[best])
                best = c;
        const double top = (double)z[best];
        for (size_t c = 0; c < classes; c++)
            sum += exp((double)z[c] - top);
        for (size_t c = 0; c < classes && spread > 0.0; c++)
            smooth += (double)w[c] * (log(sum) + (top - (double)z[c]));
        const double own = keep * (double)w[label];
        const float loss = (float)(own * (log(sum) + (top - (double)z[label])) + spread * smooth);
        for (size_t c = 0; c < classes; c++) {
            const double p = exp((double)z[c] - top) / sum;
            dz[c] =
                (float)(own * (p - (c == label ? 1.0 : 0.0)) + spread * (p * all - (double)w[c]));
        }
        floats(args->loss)[r] = loss;
        sums.loss += (double)loss;
        sums.weights += (double)w[label];
        sums.correct += best == label;
    }
    tally_batch(args->tally, &sums);
    reference_sum_add(args->total, sums.weights);
    return INCLINE_OK;
}

/* ---- losses against targets ---- */

/* Loss of one output, and its derivative. */
static double term(enum incline_loss kind, double z, double t, double delta, double *slope)
{
    const double e = z - t;

    switch (kind) {
    case INCLINE_LOSS_SIGMOID:
        *slope = (z >= 0.0 ? 1.0 / (1.0 + exp(-z)) : exp(z) / (1.0 + exp(z))) - t;
        return (z > 0.0 ? z : 0.0) - z * t + log1p(exp(-fabs(z)));
    case INCLINE_LOSS_MAE:
        *slope = e > 0.0 ? 1.0 : e < 0.0 ? -1.0 : e;
        return fabs(e);
    case INCLINE_LOSS_HUBER:
        *slope = e > delta ? delta : e < -delta ? -delta : e;
        return fabs(e) <= delta ? 0.5 * e * e : delta * (fabs(e) - 0.5 * delta);
    default:
        *slope = 2.0 * e;
        return e * e;
    }
}

int reference_target_loss(struct incline_device *dev, const struct target_loss *args)
{
    (void)dev;
    const size_t outputs = args->outputs;
    const bool labels = args->kind == INCLINE_LOSS_SIGMOID;
    struct batch_sums sums = {.rows = args->rows};

    for (size_t r = 0; r < args->rows; r++) {
        const float *z = floats(args->z) + r * outputs, *t = floats(args->target) + r * outputs;
        float *dz = floats(args->dz) + r * outputs;
        double loss = 0.0, squares = 0.0, slope;
        bool right = labels;

        for (size_t o = 0; o < outputs; o++) {
            const double e = (double)z[o] - (double)t[o];
            loss += term(args->kind, (double)z[o], (double)t[o], (double)args->delta, &slope);
            dz[o] = (float)(slope / (double)outputs);
            squares += e * e;
            right = right && (z[o] > 0.0f) == (t[o] > 0.5f);
        }
        floats(args->loss)[r] = (float)(loss / (double)outputs);
        sums.loss += (double)floats(args->loss)[r];
        sums.squares += labels ? 0.0 : (double)(float)(squares / (double)outputs);
        sums.correct += right;
    }
    tally_batch(args->tally, &sums);
    return INCLINE_OK;
}

int reference_divide(struct incline_device *dev, const struct divide *args)
{
    (void)dev;
    float *x = floats(args->x);
    const float *sum = floats(args->divisor);
    const double whole = (double)sum[0] + (double)sum[1];
    const double factor = whole == 0.0 ? 0.0 : (double)args->by / whole;

    for (size_t i = 0; i < args->count; i++)
        x[i] = (float)((double)x[i] * factor);
    return INCLINE_OK;
}
