/* bounds_normalize.c - derived error bounds of normalisation; bounds_normalize.h says from what.
 *
 * Sums over a line are compensated: each term carries 2 u and n u^2 (Kahan 1965; Higham, section
 * 4.3), what work-items and lanes have summed is joined in a tree of at most ten, and the quotient
 * carries 2.5 ulp. */
#include "host/backend/bounds_normalize.h"

#include <float.h>
#include <math.h>

#include "host/backend/bounds.h"

static const double unit = 0x1p-24, smallest = (double)FLT_MIN;

/* Roundings of a mean of n terms, of which each carries `before`: the compensated sum, the tree,
 * the number of terms as a float, the quotient, and the reference's own. */
static double of_mean(size_t n, double before)
{
    return bounds_gamma(before + 3.0 + 0x1p-20 * (double)n + 10.0 + 1.0 + 5.0 + 1.0);
}

/* Element k of line i. */
static size_t element(uint32_t cols, bool by_rows, size_t i, size_t k)
{
    return by_rows ? i * cols + k : k * cols + i;
}

/* 1 / sqrt(variance + epsilon), the variance off by `error`: the sum rounds, sqrt 3 ulp, the
 * quotient 2.5 ulp, the reference. */
static double scale_bound(double variance, double error)
{
    const double whole = variance + (double)NORM_EPSILON, scale = 1.0 / sqrt(whole);
    const double relative = error / whole + unit * (1.0 + error / whole);

    return relative < 1.0
               ? scale * ((1.0 + bounds_gamma(12.0)) / sqrt(1.0 - relative) - 1.0) + unit * scale
               : HUGE_VAL;
}

/* run += momentum (value - run), the value off by `error`; the momentum is a float to both. */
static double run_bound(double run, double value, double error)
{
    const double momentum = (double)NORM_MOMENTUM;
    return momentum * error + bounds_gamma(4.0) * (fabs(run) + momentum * (fabs(value) + error)) +
           3.0 * smallest;
}

void bounds_moments(const struct moments *args, const struct normalize_tensors *t, double *mean,
                    double *scale, double *run_mean, double *run_variance)
{
    const bool by_rows = args->of == MOMENTS_OF_ROWS;
    const size_t lines = by_rows ? args->rows : args->cols, n = by_rows ? args->cols : args->rows;
    const double count = (double)n;

    for (size_t i = 0; i < lines; i++) {
        if (args->of == MOMENTS_OF_RUN) {
            mean[i] = smallest;
            scale[i] = scale_bound((double)t->run_variance[i], smallest);
            continue;
        }
        double sum = 0.0, sizes = 0.0, squares = 0.0;
        for (size_t k = 0; k < n; k++) {
            const double x = (double)t->x[element(args->cols, by_rows, i, k)];
            sum += x;
            sizes += fabs(x);
        }
        sum /= count;
        mean[i] = of_mean(n, 0.0) * sizes / count + 2.0 * smallest;
        for (size_t k = 0; k < n; k++) {
            const double apart = (double)t->x[element(args->cols, by_rows, i, k)] - sum;
            squares += apart * apart;
        }
        /* Around a mean that is off by e the squares' mean is larger by e^2; a difference and its
         * square round. */
        const double variance = squares / count, more = mean[i] * mean[i];
        const double factor = of_mean(n, 3.0);
        const double error = more + factor * (variance + more) + 2.0 * smallest;
        scale[i] = scale_bound(variance, error);
        if (args->of == MOMENTS_OF_COLUMNS && n > 1) {
            const double unbiased = count / (count - 1.0);
            run_mean[i] = run_bound((double)t->run_mean[i], sum, mean[i]);
            run_variance[i] =
                run_bound((double)t->run_variance[i], unbiased * variance, unbiased * error);
        } else if (args->of == MOMENTS_OF_COLUMNS) {
            run_mean[i] = run_variance[i] = smallest;
        }
    }
}

/* (x - mean) * scale: two roundings. */
static double normal(const struct normalize_tensors *t, size_t at, size_t line)
{
    return ((double)t->x[at] - (double)t->mean[line]) * (double)t->scale[line];
}

void bounds_normalize(const struct normalize *args, const struct normalize_tensors *t,
                      double *bound)
{
    for (size_t r = 0; r < args->rows; r++)
        for (size_t c = 0; c < args->cols; c++) {
            const size_t at = r * args->cols + c, line = args->by_rows ? r : c;
            const double gain = fabs((double)t->gain[c]), shift = fabs((double)t->shift[c]);
            const double size = fabs(normal(t, at, line)) * gain;
            /* Two, the product, the sum, the reference; differences may be flushed to zero. */
            bound[at] = bounds_gamma(5.0) * size + 2.0 * unit * shift +
                        smallest * (2.0 + gain * (1.0 + (double)t->scale[line]));
        }
}

static void bounds_of_columns(const struct normalize_gradient *args,
                              const struct normalize_tensors *t, double *dgain, double *dshift)
{
    const double by = fabs((double)args->factor);

    for (size_t c = 0; c < args->cols; c++) {
        double products = 0.0, sizes = 0.0, flushed = 0.0;
        for (size_t r = 0; r < args->rows; r++) {
            const size_t at = r * args->cols + c, line = args->by_rows ? r : c;
            const double d = fabs((double)t->d[at]);
            products += d * fabs(normal(t, at, line));
            sizes += d;
            flushed += smallest * (1.0 + d * (1.0 + (double)t->scale[line]));
        }
        /* Three roundings of a product; behind the sum its factor and the old value. */
        const double old_gain = args->accumulate ? fabs((double)t->dgain[c]) : 0.0;
        const double old_shift = args->accumulate ? fabs((double)t->dshift[c]) : 0.0;
        dgain[c] = of_mean(args->rows, 3.0) * by * products +
                   2.0 * unit * (old_gain + by * products) + by * flushed + 2.0 * smallest;
        dshift[c] = of_mean(args->rows, 0.0) * by * sizes + 2.0 * unit * (old_shift + by * sizes) +
                    by * flushed + 2.0 * smallest;
    }
}

void bounds_normalize_gradient(const struct normalize_gradient *args,
                               const struct normalize_tensors *t, double *d, double *dgain,
                               double *dshift)
{
    const size_t lines = args->by_rows ? args->rows : args->cols;
    const size_t n = args->by_rows ? args->cols : args->rows;
    const double count = (double)n;

    bounds_of_columns(args, t, dgain, dshift);

    for (size_t i = 0; i < lines; i++) {
        const double scale = (double)t->scale[i];
        double sum = 0.0, product = 0.0, sizes = 0.0, products = 0.0, flushed = 0.0;
        for (size_t k = 0; k < n; k++) {
            const size_t at = element(args->cols, args->by_rows, i, k);
            const double gain = (double)t->gain[args->by_rows ? k : i];
            const double g = (double)t->d[at] * gain, x = normal(t, at, i);
            sum += g;
            product += g * x;
            sizes += fabs(g);
            products += fabs(g * x);
            /* Of columns the gain comes behind the sums. */
            flushed +=
                smallest * ((1.0 + fabs(gain)) * (1.0 + fabs(x)) + fabs(g) * (1.0 + scale)) / count;
        }
        sum /= count;
        product /= count;
        const double sum_error = of_mean(n, 1.0) * sizes / count + flushed + smallest;
        const double product_error = of_mean(n, 4.0) * products / count + flushed + smallest;
        for (size_t k = 0; k < n; k++) {
            /* t rounds once, n twice; then a product, two differences, the scale, the reference.
             * What the means are off by is multiplied with n as it was rounded. */
            const size_t at = element(args->cols, args->by_rows, i, k);
            const double x = fabs(normal(t, at, i));
            const double g = fabs((double)t->d[at] * (double)t->gain[args->by_rows ? k : i]);
            const double size = g + fabs(sum) + x * fabs(product);
            d[at] = scale * ((1.0 + bounds_gamma(8.0)) * (sum_error + x * product_error) +
                             bounds_gamma(8.0) * size) +
                    smallest * (2.0 + scale * (3.0 + x + (1.0 + scale) * fabs(product)));
        }
    }
}
