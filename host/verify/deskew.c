/* deskew.c - images made upright, for verification: strokes of every slant and noise, over sizes
 * beside those of vectors. */
#include <math.h>
#include <stdlib.h>

#include "host/util/rng.h"
#include "host/util/status.h"
#include "host/verify/verify.h"

static const struct {
    uint32_t rows, image_rows, image_cols;
} sizes[] = {{3, 1, 1}, {5, 2, 17}, {4, 31, 17}, {17, 28, 28}, {9, 8, 33}, {2, 64, 40}, {3, 9, 1}};
enum { QUICK_SIZES = 3 };

/* Image 0 is empty, others show a stroke through the middle on which noise lies, the last noise
 * alone. */
static float pixel(const struct deskew *args, size_t image, size_t row, size_t col, float noise)
{
    const double slant = 0.4 * (double)image - 1.0;
    const double down = (double)row - 0.5 * args->image_rows;
    const double away = (double)col - 0.5 * args->image_cols - slant * down;

    if (image == 0)
        return 0.25f;
    return image + 1 == args->rows ? noise : 0.25f + 0.1f * noise + (float)exp(-away * away);
}

static int upload_images(struct incline_device *dev, const struct deskew *args)
{
    const size_t rows = args->image_rows, cols = args->image_cols;
    const size_t count = args->rows * rows * cols;
    float *values = malloc(count * sizeof *values);

    if (values == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for %zu values", count);
    for (size_t i = 0; i < count; i++)
        values[i] = pixel(args, i / (rows * cols), i / cols % rows, i % cols,
                          rng_uniform(9, RNG_STREAM(RNG_TEST, 2), i));
    const int rc = dev->ops->upload(dev, args->x, ELEMENT_F32, count, values);
    free(values);
    return rc;
}

static int run(struct incline_device *dev, struct deskew args)
{
    const size_t pixels = (size_t)args.rows * args.image_rows * args.image_cols;
    int rc = INCLINE_OK;

    TRY(dev->ops->buffer_create(dev, pixels * sizeof(float), &args.x.buffer));
    TRY(dev->ops->buffer_create(dev, sizeof(float), &args.background.buffer));
    TRY(upload_images(dev, &args));
    TRY(dev->ops->fill(dev, &(struct fill){args.background, 1, 0.25f}));
    TRY(dev->ops->deskew(dev, &args));
out:
    dev->ops->buffer_destroy(dev, args.x.buffer);
    dev->ops->buffer_destroy(dev, args.background.buffer);
    return rc;
}

int verify_run_deskew(struct incline_device *check, bool quick)
{
    const size_t count = quick ? QUICK_SIZES : sizeof sizes / sizeof sizes[0];
    int rc = INCLINE_OK;

    for (size_t s = 0; s < count; s++)
        TRY(run(check, (struct deskew){.rows = sizes[s].rows,
                                       .image_rows = sizes[s].image_rows,
                                       .image_cols = sizes[s].image_cols}));
out:
    return rc;
}
