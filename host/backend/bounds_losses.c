/* bounds_losses.c - derived error bounds of losses against targets; bounds.h says from what. */
#include <float.h>
#include <math.h>

#include "host/backend/bounds.h"

static const double unit = 0x1p-24, smallest = (double)FLT_MIN;

/* Of one output: the size of what is added up for its loss, how far the loss and the derivative
 * may be off, before the division by the number of outputs. */
struct term_bound {
    double size, error, slope_error;
};

/* With e = z - t rounded once; results smaller than `smallest` may be flushed to zero. */
static struct term_bound term_bound(enum incline_loss kind, double z, double t, double delta)
{
    const double distance = fabs(z - t);

    switch (kind) {
    case INCLINE_LOSS_SIGMOID: {
        /* x = exp(-|z|) carries 3 ulp = 6 u. log1p(x) changes by x / (1 + x) <= log1p(x) times
         * that and carries 2 ulp itself; a product and two sums round. 1 / (1 + x) and x / (1 + x)
         * carry x's error once more in the divisor, a rounding, and 2.5 ulp of the division. */
        const double x = exp(-fabs(z)), log_term = log1p(x), sigmoid = 1.0 / (1.0 + exp(-z));
        const double size = fmax(z, 0.0) + fabs(z * t) + log_term;
        return (struct term_bound){
            .size = size,
            .error = bounds_gamma(3.0) * size + bounds_gamma(10.0) * log_term + 3.0 * smallest,
            .slope_error =
                bounds_gamma(18.0) * sigmoid + 2.0 * unit * fabs(sigmoid - t) + 2.0 * smallest};
    }
    case INCLINE_LOSS_MAE: /* the sign is exact unless the difference is flushed */
        return (struct term_bound){.size = distance,
                                   .error = bounds_gamma(1.0) * distance + smallest,
                                   .slope_error = distance < smallest ? 1.0 : 0.0};
    case INCLINE_LOSS_HUBER: {
        /* Where rounding decides on which side of delta a distance lies, both sides agree to
         * (distance - delta)^2 / 2, which is within the square of the rounding. */
        const double size =
            distance <= delta ? 0.5 * distance * distance : delta * (distance + 0.5 * delta);
        return (struct term_bound){
            .size = size,
            .error = bounds_gamma(4.0) * size + unit * unit * distance * distance + 2.0 * smallest,
            .slope_error = bounds_gamma(1.0) * fmin(distance, delta) + smallest};
    }
    default:
        return (struct term_bound){.size = distance * distance,
                                   .error =
                                       bounds_gamma(3.0) * distance * distance + 2.0 * smallest,
                                   .slope_error = bounds_gamma(1.0) * 2.0 * distance + smallest};
    }
}

/* The derivative of one output, for the roundings that follow it. */
static double slope_size(enum incline_loss kind, double z, double t, double delta)
{
    switch (kind) {
    case INCLINE_LOSS_SIGMOID:
        return fabs(1.0 / (1.0 + exp(-z)) - t);
    case INCLINE_LOSS_MAE:
        return 1.0;
    case INCLINE_LOSS_HUBER:
        return fmin(fabs(z - t), delta);
    default:
        return 2.0 * fabs(z - t);
    }
}

void bounds_target_loss(const float *z, const float *target, size_t rows, size_t outputs,
                        enum incline_loss kind, float delta, const double held[2], double *dz_bound,
                        double *loss_bound, double *sum_bounds)
{
    /* 1 / outputs is a float, multiplied with; the reference rounds once. */
    const double by = 1.0 / (double)outputs, after = bounds_gamma(3.0);
    const double adding = bounds_gamma((double)outputs + 3.0);
    const double summing = bounds_gamma((double)rows + 4.0), holding = bounds_gamma(4.0);
    double sums[2] = {0.0, 0.0}, errors[2] = {0.0, 0.0};

    for (size_t r = 0; r < rows; r++) {
        double size = 0.0, error = 0.0, squares = 0.0;
        for (size_t o = 0; o < outputs; o++) {
            const size_t at = r * outputs + o;
            const double zo = (double)z[at], to = (double)target[at];
            const struct term_bound term = term_bound(kind, zo, to, (double)delta);
            const struct term_bound square = term_bound(INCLINE_LOSS_MSE, zo, to, 0.0);
            dz_bound[at] = by * term.slope_error +
                           after * by * slope_size(kind, zo, to, (double)delta) + smallest;
            size += by * term.size;
            error += by * term.error;
            squares += by * square.size;
            errors[1] += by * square.error;
        }
        loss_bound[r] = error + adding * size + 2.0 * smallest;
        sums[0] += size;
        errors[0] += loss_bound[r];
        sums[1] += squares;
        errors[1] += adding * squares + 2.0 * smallest;
    }
    for (size_t s = 0; s < 2; s++)
        sum_bounds[s] =
            errors[s] + summing * sums[s] + holding * fabs(held[s]) + (double)rows * smallest;
}

void bounds_divide(const float *x, size_t count, double factor, double *bound)
{
    /* Both words of the divisor are added, 2.5 ulp of the division, a product, the reference. */
    for (size_t i = 0; i < count; i++)
        bound[i] = bounds_gamma(8.0) * fabs((double)x[i] * factor) + smallest;
}
