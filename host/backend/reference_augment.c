/* reference_augment.c - images of a batch, distorted: the specification. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/backend/augmentation.h"
#include "host/backend/reference.h"
#include "host/util/status.h"

/* A pixel of an image, or what is outside of it. */
static double pixel(const struct augment *args, const float *image, double background, double row,
                    double col)
{
    if (!(row >= 0.0 && row < args->image_rows && col >= 0.0 && col < args->image_cols))
        return background;
    return (double)image[(size_t)row * args->image_cols + (size_t)col];
}

/* The image at (row, col), between pixels. */
static double sample(const struct augment *args, const float *image, double background, double row,
                     double col)
{
    const double above = floor(row), left = floor(col), down = row - above, right = col - left;
    const double a = pixel(args, image, background, above, left);
    const double b = pixel(args, image, background, above, left + 1.0);
    const double c = pixel(args, image, background, above + 1.0, left);
    const double d = pixel(args, image, background, above + 1.0, left + 1.0);
    return (1.0 - down) * ((1.0 - right) * a + right * b) + down * ((1.0 - right) * c + right * d);
}

static bool is_cut(const struct augment *args, const struct augment_draw *draw, size_t i, size_t j)
{
    const int64_t down = (int64_t)i - draw->cut_row, right = (int64_t)j - draw->cut_col;
    return down >= 0 && down < args->how.cutout && right >= 0 && right < args->how.cutout;
}

int reference_augment(struct incline_device *dev, const struct augment *args)
{
    (void)dev;
    const size_t rows = args->image_rows, cols = args->image_cols, pixels = rows * cols;
    const double background = (double)*(const float *)reference_data(args->background, ELEMENT_F32);
    const float *weights =
        args->how.elastic_alpha != 0.0f ? reference_data(args->weights, ELEMENT_F32) : NULL;
    double *places = malloc(augment_places_count(args) * sizeof *places + 1);
    float *old = malloc(pixels * sizeof *old + 1);
    int rc = INCLINE_OK;

    if (places == NULL || old == NULL) {
        rc = FAIL(INCLINE_ENOMEM, "no memory for an image of %zu x %zu", rows, cols);
        goto out;
    }
    const double *columns = places, *down = places + pixels;
    for (uint32_t r = 0; r < args->rows; r++) {
        float *image = (float *)reference_data(args->x, ELEMENT_F32) + r * pixels;
        struct augment_draw draw;
        memcpy(old, image, pixels * sizeof *old);
        augment_draw(args, r, &draw);
        augment_places(args, &draw, r, weights, places + 2 * pixels, places, places + pixels);
        for (size_t p = 0; p < pixels; p++)
            image[p] = (float)(is_cut(args, &draw, p / cols, p % cols)
                                   ? background
                                   : sample(args, old, background, down[p], columns[p]));
    }
out:
    free(places);
    free(old);
    return rc;
}
