/* augment.c - distorted images, for verification: each way alone and all together, over sizes
 * beside those of vectors and of the spacing of random displacements. */
#include <stdlib.h>

#include "host/backend/augmentation.h"
#include "host/util/rng.h"
#include "host/util/status.h"
#include "host/verify/verify.h"

static const struct {
    uint32_t rows, image_rows, image_cols;
} sizes[] = {{3, 1, 1}, {5, 1, 17}, {4, 31, 17}, {17, 28, 28}, {9, 8, 33}, {2, 64, 40}};
enum { QUICK_SIZES = 3 };

static const struct incline_augmentation ways[] = {
    {.shift = 2.5f},
    {.rotate = 180.0f},
    {.scale = 0.5f, .shear = 0.5f},
    {.elastic_alpha = 34.0f, .elastic_sigma = 4.0f},
    {.elastic_alpha = 5.0f, .elastic_sigma = 1.5f, .cutout = 5},
    {.shift = 1.0f,
     .rotate = 15.0f,
     .scale = 0.15f,
     .shear = 0.2f,
     .elastic_alpha = 38.0f,
     .elastic_sigma = 6.0f,
     .cutout = 2},
};
enum { WAYS = sizeof ways / sizeof ways[0] };

static int upload_random(struct incline_device *dev, struct buffer *to, size_t count)
{
    float *values = malloc(count * sizeof *values);
    if (values == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for %zu values", count);
    for (size_t i = 0; i < count; i++)
        values[i] = 2.0f * rng_uniform(9, RNG_STREAM(RNG_TEST, 1), i) - 1.0f;
    const int rc = dev->ops->upload(dev, (struct span){to, 0}, ELEMENT_F32, count, values);
    free(values);
    return rc;
}

static int upload_weights(struct incline_device *dev, struct buffer *to, size_t count,
                          const struct augment *args)
{
    float *weights = malloc(count * sizeof *weights);
    if (weights == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for %zu weights", count);
    augment_weights(&args->how, args->image_rows, args->image_cols, weights);
    const int rc = dev->ops->upload(dev, (struct span){to, 0}, ELEMENT_F32, count, weights);
    free(weights);
    return rc;
}

static int run(struct incline_device *dev, struct augment args)
{
    const size_t pixels = (size_t)args.rows * args.image_rows * args.image_cols;
    const size_t weights = augment_layout(&args.how, args.image_rows, args.image_cols).weight_count;
    int rc = INCLINE_OK;

    TRY(dev->ops->buffer_create(dev, pixels * sizeof(float), &args.x.buffer));
    TRY(dev->ops->buffer_create(dev, sizeof(float), &args.background.buffer));
    TRY(upload_random(dev, args.x.buffer, pixels));
    TRY(upload_random(dev, args.background.buffer, 1));
    if (weights > 0) {
        TRY(dev->ops->buffer_create(dev, weights * sizeof(float), &args.weights.buffer));
        TRY(upload_weights(dev, args.weights.buffer, weights, &args));
    }
    TRY(dev->ops->augment(dev, &args));
out:
    dev->ops->buffer_destroy(dev, args.x.buffer);
    dev->ops->buffer_destroy(dev, args.background.buffer);
    dev->ops->buffer_destroy(dev, args.weights.buffer);
    return rc;
}

int verify_run_augment(struct incline_device *check, bool quick)
{
    const size_t count = quick ? QUICK_SIZES : sizeof sizes / sizeof sizes[0];
    int rc = INCLINE_OK;

    for (size_t s = 0; s < count; s++)
        for (size_t w = 0; w < WAYS; w++)
            TRY(run(check, (struct augment){.how = ways[w],
                                            .rows = sizes[s].rows,
                                            .image_rows = sizes[s].image_rows,
                                            .image_cols = sizes[s].image_cols,
                                            .seed = 11,
                                            .stream = RNG_STREAM(RNG_AUGMENT, w),
                                            .first = s}));
out:
    return rc;
}
