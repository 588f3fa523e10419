/* normalize.c - normalisation of hidden layers over many shapes, by columns and by rows. */
#include <stdlib.h>

#include "host/backend/backend.h"
#include "host/util/rng.h"
#include "host/util/status.h"
#include "host/verify/verify.h"

/* One buffer: [ x | y | d | gain | shift | dgain | dshift | run_mean | run_variance | mean | scale
 * ], of which all but y, mean and scale are made up. */
enum { WHOLE_PIECES = 3, COLUMN_PIECES = 6, LINE_PIECES = 2 };

static int fill_random(struct incline_device *dev, struct buffer *to, size_t count, bool whole)
{
    float *values = malloc(count * sizeof *values);

    if (values == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for %zu values", count);
    for (size_t i = 0; i < count; i++) {
        const uint32_t bits = rng_bits(3, RNG_STREAM(RNG_TEST, 9), i);
        values[i] = whole ? (float)(bits % 17) - 8.0f : (float)(bits >> 8) * 0x1p-22f - 2.0f;
    }
    const int rc = dev->ops->upload(dev, (struct span){to, 0}, ELEMENT_F32, count, values);
    free(values);
    return rc;
}

static int run(struct incline_device *dev, struct buffer *floats, uint32_t rows, uint32_t cols)
{
    const size_t size = (size_t)rows * cols, lines = rows > cols ? rows : cols;
    const struct span x = {floats, 0}, y = {floats, size}, d = {floats, 2 * size};
    const struct span gain = {floats, WHOLE_PIECES * size}, shift = {floats, gain.at + cols};
    const struct span dgain = {floats, shift.at + cols}, dshift = {floats, dgain.at + cols};
    const struct span run_mean = {floats, dshift.at + cols},
                      run_variance = {floats, run_mean.at + cols},
                      mean = {floats, run_variance.at + cols}, scale = {floats, mean.at + lines};
    int rc = INCLINE_OK;

    TRY(dev->ops->fill(dev, &(struct fill){run_variance, cols, 0.75f}));
    for (enum moments_of of = MOMENTS_OF_COLUMNS; of <= MOMENTS_OF_RUN; of++) {
        const bool by_rows = of == MOMENTS_OF_ROWS;
        TRY(dev->ops->moments(
            dev, &(struct moments){x, mean, scale, run_mean, run_variance, rows, cols, of}));
        for (int which = INCLINE_RELU; which <= INCLINE_LINEAR; which++)
            TRY(dev->ops->normalize(dev,
                                    &(struct normalize){x, mean, scale, gain, shift, y, rows, cols,
                                                        by_rows, (enum incline_activation)which}));
        TRY(dev->ops->normalize_gradient(
            dev, &(struct normalize_gradient){x, mean, scale, gain, d, dgain, dshift, rows, cols,
                                              by_rows, 0.125f, of != MOMENTS_OF_COLUMNS}));
    }
out:
    return rc;
}

int verify_run_normalize(struct incline_device *dev, uint32_t rows, uint32_t cols, bool whole)
{
    const size_t lines = rows > cols ? rows : cols;
    const size_t made_up = WHOLE_PIECES * (size_t)rows * cols + COLUMN_PIECES * (size_t)cols;
    struct buffer *floats = NULL;
    int rc = INCLINE_OK;

    TRY(dev->ops->buffer_create(dev, (made_up + LINE_PIECES * lines) * sizeof(float), &floats));
    TRY(fill_random(dev, floats, made_up, whole));
    TRY(run(dev, floats, rows, cols));
out:
    dev->ops->buffer_destroy(dev, floats);
    return rc;
}
