/* bounds.c - derived error bounds; bounds.h says from what. */
#include "host/backend/bounds.h"

#include <float.h>
#include <math.h>
#include <string.h>

static const double unit = 0x1p-24;

double bounds_gamma(double n)
{
    return n * unit < 1.0 ? n * unit / (1.0 - n * unit) : HUGE_VAL;
}

/* What flushing n intermediate results to zero may cost. */
static double flushed(size_t n)
{
    return (double)n * (double)FLT_MIN;
}

static double dot_of_sizes(const float *a, const float *b, size_t count)
{
    double run[8] = {0};
    size_t i = 0;

    for (; i + 8 <= count; i += 8)
        for (size_t j = 0; j < 8; j++)
            run[j] += fabs((double)a[i + j] * (double)b[i + j]);
    for (; i < count; i++)
        run[0] += fabs((double)a[i] * (double)b[i]);
    return run[0] + run[1] + run[2] + run[3] + run[4] + run[5] + run[6] + run[7];
}

static void add_sizes(double *sums, float factor, const float *x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        sums[i] += fabs((double)factor * (double)x[i]);
}

void bounds_dense_forward(const float *x, const float *w, const float *b, size_t rows,
                          size_t inputs, size_t outputs, double *bound)
{
    /* `inputs` products and a bias are added; one more rounding is the reference's. */
    const double factor = bounds_gamma((double)inputs + 2.0);

    for (size_t r = 0; r < rows; r++)
        for (size_t o = 0; o < outputs; o++)
            bound[r * outputs + o] =
                factor *
                    (dot_of_sizes(x + r * inputs, w + o * inputs, inputs) + fabs((double)b[o])) +
                flushed(inputs + 1);
}

void bounds_dense_backward_weights(const float *x, const float *dy, const float *dw,
                                   const float *db, size_t rows, size_t inputs, size_t outputs,
                                   float scale, int accumulate, double *dw_bound, double *db_bound)
{
    /* `rows` products, the scale, the old value, and the reference's own rounding. */
    const double factor = bounds_gamma((double)rows + 3.0), by = fabs((double)scale);

    for (size_t o = 0; o < outputs; o++) {
        double *sums = dw_bound + o * inputs, bias_sum = 0.0;
        memset(sums, 0, inputs * sizeof *sums);
        for (size_t r = 0; r < rows; r++) {
            add_sizes(sums, dy[r * outputs + o], x + r * inputs, inputs);
            bias_sum += fabs((double)dy[r * outputs + o]);
        }
        for (size_t i = 0; i < inputs; i++)
            sums[i] =
                factor * (by * sums[i] + (accumulate ? fabs((double)dw[o * inputs + i]) : 0.0)) +
                flushed(rows + 2);
        db_bound[o] =
            factor * (by * bias_sum + (accumulate ? fabs((double)db[o]) : 0.0)) + flushed(rows + 2);
    }
}

void bounds_dense_backward_input(const float *dy, const float *w, size_t rows, size_t inputs,
                                 size_t outputs, double *bound)
{
    const double factor = bounds_gamma((double)outputs + 2.0);

    memset(bound, 0, rows * inputs * sizeof *bound);
    for (size_t r = 0; r < rows; r++) {
        for (size_t o = 0; o < outputs; o++)
            add_sizes(bound + r * inputs, dy[r * outputs + o], w + o * inputs, inputs);
        for (size_t i = 0; i < inputs; i++)
            bound[r * inputs + i] = factor * bound[r * inputs + i] + flushed(outputs + 1);
    }
}

/* A row of softmax: exp(z_c - top) carries the rounding of the difference, u |z_c - top| in
 * the exponent, and 3 ulp; the sum carries the weighted mean of those and one rounding per
 * addition; the quotient 2.5 ulp. Counted in roundings, so that gamma() bounds products. */
struct softmax_row {
    double top, sum;
    double sum_roundings;
};

static struct softmax_row softmax_row(const float *z, size_t classes)
{
    struct softmax_row row = {.top = (double)z[0]};
    double weighted = 0.0;

    for (size_t c = 1; c < classes; c++)
        row.top = (double)z[c] > row.top ? (double)z[c] : row.top;
    for (size_t c = 0; c < classes; c++) {
        const double below = row.top - (double)z[c], e = exp(-below);
        row.sum += e;
        weighted += e > 0.0 ? e * (below + 6.0) : 0.0;
    }
    row.sum_roundings = weighted / row.sum + (double)classes;
    return row;
}

static double softmax_bound(const struct softmax_row *row, float z)
{
    const double below = row->top - (double)z;
    const double p = exp(-below) / row->sum;
    if (p == 0.0) /* `below` may be beyond what gamma() takes */
        return flushed(2);
    return p * bounds_gamma(below + 6.0 + row->sum_roundings + 5.0) + flushed(2);
}

void bounds_softmax(const float *z, size_t rows, size_t classes, double *bound)
{
    for (size_t r = 0; r < rows; r++) {
        const struct softmax_row row = softmax_row(z + r * classes, classes);
        for (size_t c = 0; c < classes; c++) {
            const float zc = z[r * classes + c];
            bound[r * classes + c] =
                softmax_bound(&row, zc) + unit * exp((double)zc - row.top) / row.sum;
        }
    }
}

void bounds_softmax_xent(const float *z, const uint32_t *label, size_t rows, size_t classes,
                         double held, double *dz_bound, double *loss_bound, double *tally_bound)
{
    double loss_sum = 0.0, error_sum = 0.0;

    for (size_t r = 0; r < rows; r++, z += classes, dz_bound += classes) {
        const struct softmax_row row = softmax_row(z, classes);
        for (size_t c = 0; c < classes; c++) {
            const double p = exp((double)z[c] - row.top) / row.sum;
            /* p - onehot is rounded by the device and by the reference. */
            dz_bound[c] =
                softmax_bound(&row, z[c]) + 2.0 * unit * fabs(p - (c == label[r] ? 1.0 : 0.0));
        }
        /* loss = log(sum) + (top - z[label]): the sum's relative error is an absolute one of
         * its logarithm; then 3 ulp of log, the difference, the addition, the reference. */
        const double log_sum = log(row.sum), below = row.top - (double)z[label[r]];
        const double loss = log_sum + below;
        loss_bound[r] = bounds_gamma(row.sum_roundings) + 6.0 * unit * fabs(log_sum) +
                        unit * fabs(below) + 2.0 * unit * fabs(loss) + flushed(1);
        loss_sum += fabs(loss);
        error_sum += loss_bound[r];
    }
    /* The device sums its own losses and adds that to what the tally held, compensated. */
    *tally_bound = error_sum + bounds_gamma((double)rows + 4.0) * loss_sum +
                   bounds_gamma(4.0) * fabs(held) + flushed(rows);
}

void bounds_weighted_xent(const float *z, const uint32_t *label, const float *weights, size_t rows,
                          size_t classes, float smoothing, const double held[3], double *dz_bound,
                          double *loss_bound, double *sum_bounds)
{
    const double keep = 1.0 - (double)smoothing, spread = (double)smoothing / (double)classes;
    double all = 0.0, loss_sum = 0.0, error_sum = 0.0, weight_sum = 0.0;

    for (size_t c = 0; c < classes; c++)
        all += fabs((double)weights[c]);
    for (size_t r = 0; r < rows; r++, z += classes, dz_bound += classes) {
        const struct softmax_row row = softmax_row(z, classes);
        const double log_sum = log(row.sum), own = keep * fabs((double)weights[label[r]]);
        double size = 0.0, error = 0.0;
        for (size_t c = 0; c < classes; c++) {
            /* -log p[c] as in softmax_xent, then its factor: 1 - s, s / classes and the products
             * round, and up to `classes` of them are added. */
            const double below = row.top - (double)z[c], part = log_sum + below;
            const double factor = spread * fabs((double)weights[c]) + (c == label[r] ? own : 0.0);
            const double e = bounds_gamma(row.sum_roundings) + 6.0 * unit * fabs(log_sum) +
                             unit * fabs(below) + 2.0 * unit * fabs(part);
            if (factor > 0.0) {
                size += factor * fabs(part);
                error += factor * e;
            }
            const double p = exp(-below) / row.sum, onehot = c == label[r] ? 1.0 : 0.0;
            dz_bound[c] = (own + spread * all) * softmax_bound(&row, z[c]) +
                          bounds_gamma(6.0) * own * fabs(p - onehot) +
                          bounds_gamma((double)classes + 7.0) * spread *
                              (p * all + fabs((double)weights[c])) +
                          flushed(6);
        }
        loss_bound[r] = error + bounds_gamma((double)classes + 6.0) * size + flushed(classes + 3);
        loss_sum += size;
        error_sum += loss_bound[r];
        weight_sum += fabs((double)weights[label[r]]);
    }
    const double sum_factor = bounds_gamma((double)rows + 4.0), held_factor = bounds_gamma(4.0);
    sum_bounds[0] = error_sum + sum_factor * loss_sum + held_factor * fabs(held[0]) + flushed(rows);
    for (size_t s = 1; s < 3; s++)
        sum_bounds[s] = sum_factor * weight_sum + held_factor * fabs(held[s]) + flushed(rows);
}

double bounds_worst(const float *got, const float *want, const double *bound, size_t count,
                    size_t *at)
{
    double worst = 0.0;

    *at = 0;
    for (size_t i = 0; i < count; i++) {
        const double error = fabs((double)got[i] - (double)want[i]);
        double ratio = error == 0.0 ? 0.0 : error / bound[i];
        if (!(error <= bound[i]) && !(ratio > 1.0))
            ratio = HUGE_VAL;
        if (ratio > worst) {
            worst = ratio;
            *at = i;
        }
    }
    return worst;
}
