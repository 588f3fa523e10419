/* neurons_write.c - what the neurons of the first layer look for, as a picture: see model_export.h.
 *
 * Each neuron's weights have the shape of an input: red above zero, blue below, white at zero, and
 * full colour at the largest weight of the neuron in magnitude. Where inputs are no images, a
 * neuron is a row of the picture. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/formats/model_export.h"
#include "host/util/png_write.h"
#include "host/util/size.h"
#include "host/util/status.h"

/* Pixels of the file between pictures, and the least side of one; the grey between them. */
enum { GAP = 2, LEAST_SIDE = 56, BETWEEN = 64, CHANNELS = 3 };

/* Where pictures go in the file. */
struct sheet {
    uint64_t rows, cols; /* of a picture, in weights */
    uint64_t zoom;       /* pixels of the file, down and across, to a weight */
    uint64_t gap;
    uint64_t across, down;  /* pictures */
    uint64_t width, height; /* of the file */
};

static struct sheet lay_out(const incline_model *model)
{
    const uint64_t neurons = model->net.widths[1];
    const bool image = model->image_rows > 0;
    struct sheet s = {.rows = image ? model->image_rows : 1,
                      .cols = image ? model->image_cols : model->net.widths[0],
                      .gap = image ? GAP : 0,
                      .zoom = 1,
                      .across = image ? (uint64_t)ceil(sqrt((double)neurons)) : 1};
    const uint64_t larger = s.rows > s.cols ? s.rows : s.cols;

    if (larger < LEAST_SIDE)
        s.zoom = LEAST_SIDE / larger;
    s.down = (neurons + s.across - 1) / s.across;
    s.width = s.across * (s.cols * s.zoom + s.gap) + s.gap;
    s.height = s.down * (s.rows * s.zoom + s.gap) + s.gap;
    return s;
}

/* The colour of a weight whose share of the largest is in [-1, 1]. */
static void colour(float share, uint8_t pixel[CHANNELS])
{
    const uint8_t fade = (uint8_t)lroundf(255.0f * (1.0f - fabsf(share)));

    pixel[0] = share < 0.0f ? fade : 255;
    pixel[1] = fade;
    pixel[2] = share > 0.0f ? fade : 255;
}

/* to: the first pixel of the neuron's picture in the file. */
static void put_neuron(const struct sheet *s, const float *weights, uint8_t *to)
{
    const size_t count = (size_t)(s->rows * s->cols);
    float largest = 0.0f;

    for (size_t i = 0; i < count; i++)
        largest = fmaxf(largest, fabsf(weights[i]));
    for (uint64_t y = 0; y < s->rows * s->zoom; y++)
        for (uint64_t x = 0; x < s->cols * s->zoom; x++) {
            const float w = weights[y / s->zoom * s->cols + x / s->zoom];
            colour(largest > 0.0f ? w / largest : 0.0f, to + (y * s->width + x) * CHANNELS);
        }
}

int neurons_write(const incline_model *model, const char *path,
                  const struct incline_export_options *options, struct incline_export_info *info)
{
    const struct sheet s = lay_out(model);
    const size_t inputs = model->net.widths[0];
    struct stat file;
    size_t area = 0, bytes = 0;
    int rc = INCLINE_OK;

    (void)options;
    if (s.width > PNG_SIDE_MAX || s.height > PNG_SIDE_MAX ||
        !size_mul((size_t)s.width, (size_t)s.height, &area) || !size_mul(area, CHANNELS, &bytes))
        return FAIL(INCLINE_EARG,
                    "%s: %" PRIu32 " neurons of %zu inputs make a picture of %" PRIu64 " x %" PRIu64
                    " pixels, and its sides can be %u at most; take .csv or .npz",
                    path, model->net.widths[1], inputs, s.width, s.height, PNG_SIDE_MAX);
    uint8_t *const pixels = malloc(bytes);
    if (pixels == NULL)
        return FAIL(INCLINE_ENOMEM, "%s: no memory for a picture of %" PRIu64 " x %" PRIu64, path,
                    s.width, s.height);
    memset(pixels, BETWEEN, bytes);
    for (uint32_t n = 0; n < model->net.widths[1]; n++) {
        const uint64_t y = n / s.across * (s.rows * s.zoom + s.gap) + s.gap;
        const uint64_t x = n % s.across * (s.cols * s.zoom + s.gap) + s.gap;
        put_neuron(&s, model->params + net_weight_at(&model->net, 0) + n * inputs,
                   pixels + (y * s.width + x) * CHANNELS);
    }
    TRY(png_write_rgb(path, pixels, (uint32_t)s.width, (uint32_t)s.height));
    if (stat(path, &file) == 0)
        info->bytes = (uint64_t)file.st_size;
out:
    free(pixels);
    return rc;
}
