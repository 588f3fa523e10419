/* reference_optimizer.c - the slots of the optimizers in plain loops: struct update in slots.h
 * has the equations. Numbers are kept in double from the inputs to the outputs of a slot. */
#include <math.h>

#include "host/backend/dense_update.h"
#include "host/backend/reference.h"
#include "host/util/status.h"

static float *floats(struct span span)
{
    return reference_data(span, ELEMENT_F32);
}

static double sum_of_squares(const float *x, size_t count)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; i++)
        sum += (double)x[i] * (double)x[i];
    return sum;
}

int reference_norm(struct incline_device *dev, const struct norm *args)
{
    (void)dev;
    floats(args->norm)[0] = (float)sqrt(sum_of_squares(floats(args->x), args->count));
    return INCLINE_OK;
}

/* ---- a step ---- */

/* What a step needs of an optimizer, in double, and where the parameter stands. */
struct step {
    const struct incline_optimizer *optimizer;
    double factor;             /* of clip_norm */
    double beta1, beta2;       /* of the moments */
    double correct1, correct2; /* 1 - beta^t; 1 where the equation has none */
};

static struct step step_of(const struct update *args)
{
    const struct incline_optimizer *o = &args->optimizer;
    struct step step = {.optimizer = o, .factor = 1.0, .correct1 = 1.0, .correct2 = 1.0};

    step.beta1 = (double)o->beta1;
    step.beta2 = (double)o->beta2;
    if (o->clip_norm > 0.0f) {
        const double factor = (double)o->clip_norm / ((double)floats(args->norm)[0] + 1e-6);
        step.factor = factor > 1.0 ? 1.0 : factor;
    }
    if (o->kind == INCLINE_ADAM || o->kind == INCLINE_ADAMW || o->kind == INCLINE_ADAMAX ||
        o->kind == INCLINE_LAMB) {
        const double t = (double)args->step + 1.0;
        step.correct1 = 1.0 - pow(step.beta1, t);
        step.correct2 = 1.0 - pow(step.beta2, t);
    }
    return step;
}

/* The gradient g of parameter p: clipped, with the penalties of a weight. */
static double whole_gradient(const struct step *step, double g, double p, bool is_weight)
{
    const struct incline_optimizer *o = step->optimizer;
    const double most = (double)o->clip_value;

    g *= step->factor;
    if (most > 0.0)
        g = g > most ? most : g < -most ? -most : g;
    if (is_weight)
        g += (double)o->l2 * p + (double)o->l1 * (p > 0.0 ? 1.0 : p < 0.0 ? -1.0 : 0.0);
    return g;
}

/* d of the equations from g, and new moments; a moment that the optimizer lacks is not touched. */
static double direction(const struct step *step, double g, double *m, double *v)
{
    const struct incline_optimizer *o = step->optimizer;
    const double epsilon = (double)o->epsilon, momentum = (double)o->momentum;

    switch (o->kind) {
    case INCLINE_MOMENTUM:
    case INCLINE_NESTEROV:
        *m = momentum * *m + g;
        return o->kind == INCLINE_NESTEROV ? g + momentum * *m : *m;
    case INCLINE_ADAGRAD:
        *v += g * g;
        return g / (sqrt(*v) + epsilon);
    case INCLINE_RMSPROP:
        *v = step->beta2 * *v + (1.0 - step->beta2) * g * g;
        return g / (sqrt(*v) + epsilon);
    case INCLINE_ADAM:
    case INCLINE_ADAMW:
    case INCLINE_LAMB:
        *m = step->beta1 * *m + (1.0 - step->beta1) * g;
        *v = step->beta2 * *v + (1.0 - step->beta2) * g * g;
        return *m / step->correct1 / (sqrt(*v / step->correct2) + epsilon);
    case INCLINE_ADAMAX:
        *m = step->beta1 * *m + (1.0 - step->beta1) * g;
        *v = step->beta2 * *v > fabs(g) + epsilon ? step->beta2 * *v : fabs(g) + epsilon;
        return *m / step->correct1 / *v;
    case INCLINE_SGD:
        break;
    }
    return g;
}

int reference_update(struct incline_device *dev, const struct update *args)
{
    (void)dev;
    const struct incline_optimizer *o = &args->optimizer;
    const struct step step = step_of(args);
    const double rate = (double)args->learning_rate, decay = (double)o->weight_decay;
    float *params = floats(args->params), *grads = floats(args->grads);
    float *m = args->moment1.buffer != NULL ? floats(args->moment1) : NULL;
    float *v = args->moment2.buffer != NULL ? floats(args->moment2) : NULL;

    for (size_t i = 0; i < args->count; i++) {
        const bool is_weight = i < args->weights;
        const double p = (double)params[i], shrunk = is_weight ? decay * p : 0.0;
        double mi = m != NULL ? (double)m[i] : 0.0, vi = v != NULL ? (double)v[i] : 0.0;

        const double g = whole_gradient(&step, (double)grads[i], p, is_weight);
        const double d = direction(&step, g, &mi, &vi);
        if (o->kind == INCLINE_LAMB)
            grads[i] = (float)(d + shrunk);
        else
            params[i] = (float)(p - rate * shrunk - rate * d);
        if (m != NULL)
            m[i] = (float)mi;
        if (v != NULL)
            v[i] = (float)vi;
    }
    return INCLINE_OK;
}

int reference_dense_update(struct incline_device *dev, const struct dense_update *args)
{
    const struct dense_backward_weights product = dense_update_product(args);
    const struct update weights = dense_update_weights(args), biases = dense_update_biases(args);
    int rc = INCLINE_OK;

    TRY(reference_dense_backward_weights(dev, &product));
    TRY(reference_update(dev, &weights));
    TRY(reference_update(dev, &biases));
out:
    return rc;
}

/* ---- around a step ---- */

int reference_trust_update(struct incline_device *dev, const struct trust_update *args)
{
    (void)dev;
    const float *d = floats(args->direction);
    float *params = floats(args->params);
    const double of_params = sqrt(sum_of_squares(params, args->count));
    const double of_direction = sqrt(sum_of_squares(d, args->count));
    const double ratio = of_params == 0.0 || of_direction == 0.0 ? 1.0 : of_params / of_direction;

    for (size_t i = 0; i < args->count; i++)
        params[i] = (float)((double)params[i] - (double)args->learning_rate * ratio * (double)d[i]);
    return INCLINE_OK;
}

int reference_limit_rows(struct incline_device *dev, const struct limit_rows *args)
{
    (void)dev;
    for (size_t r = 0; r < args->rows; r++) {
        float *row = floats(args->w) + r * args->cols;
        const double length = sqrt(sum_of_squares(row, args->cols));
        for (size_t c = 0; c < args->cols && length > (double)args->most; c++)
            row[c] = (float)((double)row[c] * (double)args->most / length);
    }
    return INCLINE_OK;
}

int reference_average(struct incline_device *dev, const struct average *args)
{
    (void)dev;
    float *average = floats(args->average);
    const float *params = floats(args->params);
    const double rest = 1.0 - (double)args->decay;

    for (size_t i = 0; i < args->count; i++) {
        const double held = (double)average[i];
        average[i] = (float)(held + rest * ((double)params[i] - held));
    }
    return INCLINE_OK;
}
