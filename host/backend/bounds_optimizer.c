/* bounds_optimizer.c - derived error bounds of the optimizers.
 *
 * A value that a device computes is carried along as the exact one and the most that the device's
 * may lie away from it; each operation adds what it passes on and its own rounding (Higham,
 * section 3.3: running error analysis, here with the exact values in double). */
#include "host/backend/bounds_optimizer.h"

#include <float.h>
#include <math.h>

#include "host/backend/bounds.h"

static const double unit = 0x1p-24;

struct near {
    double value, error;
};

static struct near exact(double value)
{
    return (struct near){value, 0.0};
}

/* Rounded by `roundings` halves of an ulp, or flushed to zero. What is too large for a float may be
 * anything; so may what follows from that, 0 times it included. */
static struct near rounded(double value, double error, double roundings)
{
    const double size = fabs(value) + error;
    if (!(size <= (double)FLT_MAX))
        return (struct near){value, HUGE_VAL};
    return (struct near){value, error + roundings * unit * size + (double)FLT_MIN};
}

static struct near plus(struct near a, struct near b)
{
    return rounded(a.value + b.value, a.error + b.error, 1.0);
}

static struct near times(struct near a, struct near b)
{
    return rounded(a.value * b.value,
                   fabs(a.value) * b.error + fabs(b.value) * a.error + a.error * b.error, 1.0);
}

/* a / b with b > 0, 2.5 ulp. */
static struct near over(struct near a, struct near b)
{
    const double least = b.value - b.error, value = a.value / b.value;
    if (!(least > 0.0))
        return (struct near){value, HUGE_VAL};
    return rounded(value, (a.error + fabs(value) * b.error) / least, 5.0);
}

/* 3 ulp. sqrt(x + e) - sqrt(x) is at most e / sqrt(x), and at most sqrt(e). */
static struct near root(struct near a)
{
    const double value = sqrt(a.value);
    const double from = value > 0.0 ? fmin(a.error / value, sqrt(a.error)) : sqrt(a.error);
    return rounded(value, from, 6.0);
}

/* Rounded to float by the host. */
static struct near number(double value)
{
    return rounded(value, 0.0, 1.0);
}

/* The reference's own rounding of a result. */
static double whole(struct near result)
{
    return result.error + unit * fabs(result.value) + (double)FLT_MIN;
}

/* `count` squares are added, and the root of that is taken. */
static struct near length_of(const float *x, size_t count)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; i++)
        sum += (double)x[i] * (double)x[i];
    return root(rounded(
        sum, sum * bounds_gamma((double)count + 1.0) + (double)count * (double)FLT_MIN, 0.0));
}

double bounds_norm(const float *x, size_t count)
{
    return whole(length_of(x, count));
}

/* ---- a step ---- */

/* What is the same for every parameter. */
struct step {
    const struct incline_optimizer *optimizer;
    struct near factor; /* of clip_norm */
    struct near rate;   /* over 1 - beta1^t where the equation has that; of lamb without the rate */
    struct near root;   /* 1 / sqrt(1 - beta2^t) */
    struct near keep, rest1, rest2;
};

static struct step step_of(const struct update *args, double norm)
{
    const struct incline_optimizer *o = &args->optimizer;
    const double rate = (double)args->learning_rate, t = (double)args->step + 1.0;
    const bool corrects = o->kind == INCLINE_ADAM || o->kind == INCLINE_ADAMW ||
                          o->kind == INCLINE_ADAMAX || o->kind == INCLINE_LAMB;
    struct step step = {
        .optimizer = o,
        .factor = exact(1.0),
        .keep = number(1.0 - rate * (double)o->weight_decay),
        .rest1 = number(1.0 - (double)o->beta1),
        .rest2 = number(1.0 - (double)o->beta2),
        .rate = exact(rate),
        .root = exact(1.0),
    };

    if (corrects) {
        step.rate =
            number((o->kind == INCLINE_LAMB ? 1.0 : rate) / (1.0 - pow((double)o->beta1, t)));
        step.root = number(1.0 / sqrt(1.0 - pow((double)o->beta2, t)));
    }
    if (o->clip_norm > 0.0f) {
        step.factor = over(exact((double)o->clip_norm), plus(exact(norm), number(1e-6)));
        if (step.factor.value > 1.0) /* nearer to 1 than before, on either side */
            step.factor.value = 1.0;
    }
    return step;
}

/* Clipping by value does not enlarge a difference. */
static struct near whole_gradient(const struct step *step, struct near g, double p, bool is_weight)
{
    const struct incline_optimizer *o = step->optimizer;
    const double most = (double)o->clip_value, sign = p > 0.0 ? 1.0 : p < 0.0 ? -1.0 : 0.0;
    struct near result = o->clip_norm > 0.0f ? times(g, step->factor) : g;

    if (most > 0.0)
        result.value = result.value > most ? most : result.value < -most ? -most : result.value;
    if ((o->l2 > 0.0f || o->l1 > 0.0f) && is_weight)
        result = plus(result, plus(times(exact((double)o->l2), exact(p)),
                                   times(exact((double)o->l1), exact(sign))));
    return result;
}

static struct near squared(const struct step *step, struct near g, struct near v)
{
    return plus(times(exact((double)step->optimizer->beta2), v), times(times(step->rest2, g), g));
}

static struct near averaged(const struct step *step, struct near g, struct near m)
{
    return plus(times(exact((double)step->optimizer->beta1), m), times(step->rest1, g));
}

/* d of the equations, without its 1 - beta1^t, which is part of the rate. */
static struct near direction(const struct step *step, struct near g, struct near *m, struct near *v)
{
    const struct incline_optimizer *o = step->optimizer;
    const struct near momentum = exact((double)o->momentum), epsilon = exact((double)o->epsilon);

    switch (o->kind) {
    case INCLINE_MOMENTUM:
    case INCLINE_NESTEROV:
        *m = plus(times(momentum, *m), g);
        return o->kind == INCLINE_NESTEROV ? plus(g, times(momentum, *m)) : *m;
    case INCLINE_ADAGRAD:
        *v = plus(*v, times(g, g));
        return over(g, plus(root(*v), epsilon));
    case INCLINE_RMSPROP:
        *v = squared(step, g, *v);
        return over(g, plus(root(*v), epsilon));
    case INCLINE_ADAM:
    case INCLINE_ADAMW:
    case INCLINE_LAMB:
        *m = averaged(step, g, *m);
        *v = squared(step, g, *v);
        return over(*m, plus(times(root(*v), step->root), epsilon));
    case INCLINE_ADAMAX: {
        const struct near held = times(exact((double)o->beta2), *v);
        const struct near now = plus((struct near){fabs(g.value), g.error}, epsilon);
        *m = averaged(step, g, *m);
        *v = (struct near){fmax(held.value, now.value), fmax(held.error, now.error)};
        return over(*m, *v);
    }
    case INCLINE_SGD:
        break;
    }
    return g;
}

/* Plain gradient descent is one operation, rounded once on every device: it must be equal. */
static bool is_plain(const struct incline_optimizer *o)
{
    return o->kind == INCLINE_SGD && o->weight_decay == 0.0f && o->l2 == 0.0f && o->l1 == 0.0f &&
           o->clip_value == 0.0f && o->clip_norm == 0.0f;
}

void bounds_update(const struct update *args, const float *params, const float *grads,
                   const double *off, const float *m, const float *v, double norm, double *bound,
                   double *m_bound, double *v_bound)
{
    const struct step step = step_of(args, norm);
    const bool plain = is_plain(step.optimizer) && off == NULL,
               lamb = step.optimizer->kind == INCLINE_LAMB;

    for (size_t i = 0; i < args->count; i++) {
        const bool is_weight = i < args->weights;
        const struct near p = exact((double)params[i]);
        struct near mi = exact(m != NULL ? (double)m[i] : 0.0);
        struct near vi = exact(v != NULL ? (double)v[i] : 0.0);

        const struct near given = {(double)grads[i], off != NULL ? off[i] : 0.0};
        const struct near g = whole_gradient(&step, given, p.value, is_weight);
        const struct near d = times(step.rate, direction(&step, g, &mi, &vi));
        const struct near decayed =
            lamb ? times(p, exact(is_weight ? (double)step.optimizer->weight_decay : 0.0))
                 : times(p, is_weight ? step.keep : exact(1.0));
        bound[i] = plain ? (double)FLT_MIN
                         : whole(plus(decayed, (struct near){lamb ? d.value : -d.value, d.error}));
        if (m != NULL)
            m_bound[i] = whole(mi);
        if (v != NULL)
            v_bound[i] = whole(vi);
    }
}

/* ---- around a step ---- */

/* What is 0 is 0 to a device, too; a norm so small that it may be 0 there may give any ratio. */
static struct near trust_ratio(struct near of_params, struct near of_direction)
{
    if (of_params.value == 0.0 || of_direction.value == 0.0)
        return exact(1.0);
    if (!(of_params.value > of_params.error))
        return (struct near){of_params.value / of_direction.value, HUGE_VAL};
    return over(of_params, of_direction);
}

void bounds_trust_update(const float *params, const float *direction, size_t count,
                         float learning_rate, double *bound)
{
    const struct near ratio = trust_ratio(length_of(params, count), length_of(direction, count));
    const struct near by = times(exact(-(double)learning_rate), ratio);

    for (size_t i = 0; i < count; i++)
        bound[i] = whole(plus(exact((double)params[i]), times(by, exact((double)direction[i]))));
}

/* A norm close to `most` may be taken for larger on one side only; then that side's factor is
 * close to 1, and the error of the norm covers the difference. */
void bounds_limit_rows(const float *w, size_t rows, size_t cols, float most, double *bound)
{
    for (size_t r = 0; r < rows; r++) {
        const struct near length = length_of(w + r * cols, cols);
        struct near factor = exact(1.0);

        if (length.value + length.error > (double)most)
            factor = over(exact((double)most), length);
        if (factor.value > 1.0)
            factor.value = 1.0;
        for (size_t c = 0; c < cols; c++)
            bound[r * cols + c] = whole(times(exact((double)w[r * cols + c]), factor));
    }
}

void bounds_average(const float *average, const float *params, size_t count, float decay,
                    double *bound)
{
    const struct near rest = number(1.0 - (double)decay);

    for (size_t i = 0; i < count; i++) {
        const struct near held = exact((double)average[i]);
        const struct near away = plus(exact((double)params[i]), exact(-held.value));
        bound[i] = whole(plus(held, times(rest, away)));
    }
}
