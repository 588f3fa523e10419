/* augmentation.c - places and weights; augmentation.h says what they are. */
#include "host/backend/augmentation.h"

#include <math.h>
#include <string.h>

#include "host/util/rng.h"
#include "host/util/size.h"
#include "host/util/status.h"

static const double pi = 3.14159265358979323846;
static const double default_sigma = 4.0; /* Simard's */

enum { AFFINE_BLOCKS = 2, WORDS = 4, LINE = 16, PITCH = 32 };

/* ---- ranges ---- */

bool augment_is_on(const struct incline_augmentation *how)
{
    return how->shift != 0.0f || how->rotate != 0.0f || how->scale != 0.0f || how->shear != 0.0f ||
           how->elastic_alpha != 0.0f || how->cutout != 0;
}

static int check_range(const char *name, float value, double least, double most)
{
    if (!((double)value >= least && (double)value <= most))
        return FAIL(INCLINE_EARG, "%s of %g: a number from %g to %g is expected", name,
                    (double)value, least, most);
    return INCLINE_OK;
}

int augment_check(const struct incline_augmentation *how)
{
    int rc = INCLINE_OK;

    TRY(check_range("a shift of images", how->shift, 0.0, 1000.0));
    TRY(check_range("a rotation of images", how->rotate, 0.0, 180.0));
    TRY(check_range("a change of size", how->scale, 0.0, 0.9));
    TRY(check_range("a shear of images", how->shear, 0.0, 10.0));
    TRY(check_range("an elastic distortion", how->elastic_alpha, 0.0, 1000.0));
    if (how->elastic_sigma != 0.0f)
        TRY(check_range("a width of elastic distortion", how->elastic_sigma, 1.0, 100.0));
    TRY(check_range("a square cut out of images", (float)how->cutout, 0.0, 1 << 20));
out:
    return rc;
}

/* ---- displacements ---- */

float augment_radians(const struct incline_augmentation *how)
{
    return (float)((double)how->rotate * pi / 180.0);
}

static double sigma_of(const struct incline_augmentation *how)
{
    return how->elastic_sigma > 0.0f ? (double)how->elastic_sigma : default_sigma;
}

/* h: pixels from one random number to the next. */
static uint32_t node_step(const struct incline_augmentation *how)
{
    const double step = floor(sigma_of(how));
    return step > 1.0 ? (uint32_t)step : 1;
}

struct augment_layout augment_layout(const struct incline_augmentation *how, uint32_t image_rows,
                                     uint32_t image_cols)
{
    struct augment_layout layout = {0};
    const uint32_t step = node_step(how);

    if (how->elastic_alpha == 0.0f || image_rows == 0 || image_cols == 0)
        return layout;
    layout.nodes_y = (image_rows - 1) / step + 1;
    layout.nodes_x = (image_cols - 1) / step + 1;
    layout.pitch = (uint32_t)size_round_up(image_cols, PITCH);
    const size_t numbers = 2 * (size_t)layout.nodes_y * layout.nodes_x;
    layout.noise_blocks = (uint32_t)size_round_up((numbers + WORDS - 1) / WORDS, LINE);
    layout.weight_count =
        (size_t)image_rows * layout.nodes_y + (size_t)layout.nodes_x * layout.pitch;
    return layout;
}

/* g(pixel - place) of number n along an axis. */
static double bell(double sigma, uint32_t pixels, uint32_t step, uint32_t pixel, uint32_t n)
{
    const double place = 0.5 * (double)((pixels - 1) % step) + (double)step * n;
    const double far = ((double)pixel - place) / sigma;
    return exp(-0.5 * far * far) / (sigma * sqrt(2.0 * pi));
}

/* Three times the variance of what numbers at every `step`-th pixel add up to at this one. */
static double variance(double sigma, uint32_t pixels, uint32_t step, uint32_t pixel)
{
    double sum = 0.0;

    for (uint32_t n = 0; n <= (pixels - 1) / step; n++) {
        const double value = bell(sigma, pixels, step, pixel, n);
        sum += value * value;
    }
    return sum;
}

/* weights[n * stride] of the numbers along an axis, for one pixel: `factor` times g, times what
 * gives their sum the variance of h = 1. Those too small to matter are 0: none is a denormal. */
static void weigh(double factor, double sigma, uint32_t pixels, uint32_t step, uint32_t pixel,
                  size_t stride, float *weights)
{
    const double even =
        sqrt(variance(sigma, pixels, 1, pixel) / variance(sigma, pixels, step, pixel));

    for (uint32_t n = 0; n <= (pixels - 1) / step; n++) {
        const double value = factor * even * bell(sigma, pixels, step, pixel, n);
        weights[n * stride] = value > 1e-20 ? (float)value : 0.0f;
    }
}

void augment_weights(const struct incline_augmentation *how, uint32_t image_rows,
                     uint32_t image_cols, float *weights)
{
    const struct augment_layout layout = augment_layout(how, image_rows, image_cols);
    const double sigma = sigma_of(how);
    const uint32_t step = node_step(how);
    float *down = weights, *across = weights + (size_t)image_rows * layout.nodes_y;

    if (layout.weight_count == 0)
        return;
    memset(weights, 0, layout.weight_count * sizeof *weights);
    for (uint32_t i = 0; i < image_rows; i++)
        weigh((double)how->elastic_alpha, sigma, image_rows, step, i, 1,
              down + (size_t)i * layout.nodes_y);
    for (uint32_t j = 0; j < image_cols; j++)
        weigh(1.0, sigma, image_cols, step, j, layout.pitch, across + j);
}

/* ---- what is drawn ---- */

/* Uniform in [-1, 1), a multiple of 2^-23. */
static double signed_uniform(uint32_t word)
{
    return (double)(word >> 8) * 0x1p-23 - 1.0;
}

/* A whole number below n. */
static int64_t below(uint32_t word, uint32_t n)
{
    return (int64_t)((uint64_t)word * n >> 32);
}

static uint64_t first_block(const struct augment *args, uint32_t row)
{
    const struct augment_layout layout =
        augment_layout(&args->how, args->image_rows, args->image_cols);
    return (args->first + row) * (AFFINE_BLOCKS + (uint64_t)layout.noise_blocks);
}

void augment_draw(const struct augment *args, uint32_t row, struct augment_draw *draw)
{
    const struct incline_augmentation *how = &args->how;
    const uint64_t block = first_block(args, row);
    uint32_t one[4], two[4];

    rng_block(args->seed, args->stream, block, one);
    rng_block(args->seed, args->stream, block + 1, two);
    draw->shift[0] = (double)how->shift * signed_uniform(one[0]);
    draw->shift[1] = (double)how->shift * signed_uniform(one[1]);
    draw->angle = (double)augment_radians(how) * signed_uniform(one[2]);
    draw->shear = (double)how->shear * signed_uniform(one[3]);
    draw->zoom[0] = 1.0 + (double)how->scale * signed_uniform(two[0]);
    draw->zoom[1] = 1.0 + (double)how->scale * signed_uniform(two[1]);
    draw->cut_row = below(two[2], args->image_rows) - how->cutout / 2;
    draw->cut_col = below(two[3], args->image_cols) - how->cutout / 2;

    const double c = cos(draw->angle), s = sin(draw->angle);
    draw->map[0][0] = c / draw->zoom[0];
    draw->map[0][1] = (c * draw->shear - s) / draw->zoom[1];
    draw->map[1][0] = s / draw->zoom[0];
    draw->map[1][1] = (s * draw->shear + c) / draw->zoom[1];
}

size_t augment_places_count(const struct augment *args)
{
    const struct augment_layout layout =
        augment_layout(&args->how, args->image_rows, args->image_cols);
    return 2 * (size_t)args->image_rows * args->image_cols +
           2 * (size_t)layout.nodes_x * (1 + (size_t)layout.nodes_y);
}

/* noise[nodes_y, 2 * nodes_x]. */
static void draw_noise(const struct augment *args, const struct augment_layout *layout,
                       uint32_t row, double *noise)
{
    const uint64_t block = first_block(args, row) + AFFINE_BLOCKS;
    const size_t numbers = 2 * (size_t)layout->nodes_y * layout->nodes_x;

    for (uint32_t b = 0; b < layout->noise_blocks; b++) {
        uint32_t words[WORDS];
        rng_block(args->seed, args->stream, block + b, words);
        for (size_t w = 0; w < WORDS; w++)
            if (w * layout->noise_blocks + b < numbers)
                noise[w * layout->noise_blocks + b] = signed_uniform(words[w]);
    }
}

void augment_places(const struct augment *args, const struct augment_draw *draw, uint32_t row,
                    const float *weights, double *room, double *columns, double *rows)
{
    const struct augment_layout layout =
        augment_layout(&args->how, args->image_rows, args->image_cols);
    const size_t width = 2 * (size_t)layout.nodes_x, cols = args->image_cols;
    const float *by = weights, *across = weights + (size_t)args->image_rows * layout.nodes_y;
    const double ci = 0.5 * (args->image_rows - 1.0), cj = 0.5 * (args->image_cols - 1.0);
    double *noise = room, *smooth = room + width * layout.nodes_y;

    draw_noise(args, &layout, row, noise);
    for (size_t i = 0; i < args->image_rows; i++) {
        memset(smooth, 0, width * sizeof *smooth);
        for (size_t n = 0; n < layout.nodes_y; n++)
            for (size_t k = 0; k < width; k++)
                smooth[k] += (double)by[i * layout.nodes_y + n] * noise[n * width + k];
        for (size_t j = 0; j < cols; j++) {
            const double right = (double)j - cj, down = (double)i - ci;
            double ex = 0.0, ey = 0.0;
            for (size_t n = 0; n < layout.nodes_x; n++) {
                ex += (double)across[n * layout.pitch + j] * smooth[n];
                ey += (double)across[n * layout.pitch + j] * smooth[layout.nodes_x + n];
            }
            columns[i * cols + j] =
                cj + draw->map[0][0] * right + draw->map[0][1] * down + draw->shift[0] + ex;
            rows[i * cols + j] =
                ci + draw->map[1][0] * right + draw->map[1][1] * down + draw->shift[1] + ey;
        }
    }
}
