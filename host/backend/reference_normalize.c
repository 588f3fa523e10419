/* reference_normalize.c - normalisation of hidden layers in plain loops, in double from the inputs
 * to the outputs of a slot. */
#include <math.h>

#include "host/backend/reference.h"

static float *floats(struct span span)
{
    return reference_data(span, ELEMENT_F32);
}

/* What is normalised together: elements from `at` on, `step` apart. */
struct line {
    size_t at, step, count;
};

static struct line line_of(uint32_t rows, uint32_t cols, bool by_rows, size_t index)
{
    return by_rows ? (struct line){index * cols, 1, cols} : (struct line){index, cols, rows};
}

static double scale_of(double variance)
{
    return 1.0 / sqrt(variance + (double)NORM_EPSILON);
}

static void follow(float *run, double value)
{
    *run = (float)((double)*run + (double)NORM_MOMENTUM * (value - (double)*run));
}

int reference_moments(struct incline_device *dev, const struct moments *args)
{
    (void)dev;
    const bool by_rows = args->of == MOMENTS_OF_ROWS;
    const size_t lines = by_rows ? args->rows : args->cols;
    float *means = floats(args->mean), *scales = floats(args->scale);

    for (size_t i = 0; i < lines; i++) {
        if (args->of == MOMENTS_OF_RUN) {
            means[i] = floats(args->run_mean)[i];
            scales[i] = (float)scale_of((double)floats(args->run_variance)[i]);
            continue;
        }
        const struct line line = line_of(args->rows, args->cols, by_rows, i);
        const float *x = floats(args->x) + line.at;
        double mean = 0.0, squares = 0.0;
        for (size_t k = 0; k < line.count; k++)
            mean += (double)x[k * line.step];
        mean /= (double)line.count;
        for (size_t k = 0; k < line.count; k++) {
            const double apart = (double)x[k * line.step] - mean;
            squares += apart * apart;
        }
        means[i] = (float)mean;
        scales[i] = (float)scale_of(squares / (double)line.count);
        if (!by_rows && line.count > 1) {
            follow(floats(args->run_mean) + i, mean);
            follow(floats(args->run_variance) + i, squares / (double)(line.count - 1));
        }
    }
    return INCLINE_OK;
}

int reference_normalize(struct incline_device *dev, const struct normalize *args)
{
    (void)dev;
    const float *x = floats(args->x), *means = floats(args->mean), *scales = floats(args->scale);
    const float *gain = floats(args->gain), *shift = floats(args->shift);
    float *y = floats(args->y);

    for (size_t r = 0; r < args->rows; r++)
        for (size_t c = 0; c < args->cols; c++) {
            const size_t at = r * args->cols + c, line = args->by_rows ? r : c;
            const double n = ((double)x[at] - (double)means[line]) * (double)scales[line];
            const double z = n * (double)gain[c] + (double)shift[c];
            y[at] = (float)(args->activation == INCLINE_RELU && z < 0.0 ? 0.0 : z);
        }
    return INCLINE_OK;
}

static void sum_columns(const struct normalize_gradient *args)
{
    const float *x = floats(args->x), *means = floats(args->mean), *scales = floats(args->scale);
    const float *d = floats(args->d);
    float *dgain = floats(args->dgain), *dshift = floats(args->dshift);

    for (size_t c = 0; c < args->cols; c++) {
        double gain = 0.0, shift = 0.0;
        for (size_t r = 0; r < args->rows; r++) {
            const size_t at = r * args->cols + c, line = args->by_rows ? r : c;
            const double n = ((double)x[at] - (double)means[line]) * (double)scales[line];
            gain += (double)d[at] * n;
            shift += (double)d[at];
        }
        gain *= (double)args->factor;
        shift *= (double)args->factor;
        dgain[c] = (float)(args->accumulate ? (double)dgain[c] + gain : gain);
        dshift[c] = (float)(args->accumulate ? (double)dshift[c] + shift : shift);
    }
}

int reference_normalize_gradient(struct incline_device *dev, const struct normalize_gradient *args)
{
    (void)dev;
    const float *gains = floats(args->gain);
    sum_columns(args);
    const size_t lines = args->by_rows ? args->rows : args->cols;

    for (size_t i = 0; i < lines; i++) {
        const struct line line = line_of(args->rows, args->cols, args->by_rows, i);
        const float *x = floats(args->x) + line.at, *gain = gains + (args->by_rows ? 0 : i);
        const size_t next_gain = args->by_rows ? 1 : 0;
        float *d = floats(args->d) + line.at;
        const double mean = (double)floats(args->mean)[i], scale = (double)floats(args->scale)[i];
        double sum = 0.0, product = 0.0;
        for (size_t k = 0; k < line.count; k++) {
            const double t = (double)d[k * line.step] * (double)gain[k * next_gain];
            sum += t;
            product += t * ((double)x[k * line.step] - mean) * scale;
        }
        sum /= (double)line.count;
        product /= (double)line.count;
        for (size_t k = 0; k < line.count; k++) {
            const double t = (double)d[k * line.step] * (double)gain[k * next_gain];
            const double n = ((double)x[k * line.step] - mean) * scale;
            d[k * line.step] = (float)(scale * (t - sum - n * product));
        }
    }
    return INCLINE_OK;
}
