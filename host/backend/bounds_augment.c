/* bounds_augment.c - bounds of distorted images; bounds_augment.h derives them. */
#include "host/backend/bounds_augment.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "host/backend/augmentation.h"
#include "host/backend/bounds.h"
#include "host/util/status.h"

static const double unit = 0x1p-24;

/* The image with a border, which lies at -1 and beyond. */
struct picture {
    const float *pixels;
    double background;
    int64_t rows, cols;
};

static double pixel(const struct picture *picture, int64_t row, int64_t col)
{
    return row < 0 || row >= picture->rows || col < 0 || col >= picture->cols
               ? picture->background
               : (double)picture->pixels[row * picture->cols + col];
}

/* First and last cell within eps of a place, along an axis of `size` pixels. Further out than the
 * border nothing changes. */
static void cells(double at, double eps, int64_t size, int64_t *first, int64_t *last)
{
    const double least = -1.0, most = (double)size;
    *first = (int64_t)floor(fmin(fmax(at - eps, least), most));
    *last = (int64_t)floor(fmin(fmax(at + eps, least), most));
}

/* What a place that is off by (eps_row, eps_col) may move a pixel by, and the interpolation. */
static double bound_at(const struct picture *picture, double row, double col, double eps_row,
                       double eps_col)
{
    int64_t top, bottom, left, right;
    double across = 0.0, down = 0.0, largest = 0.0;

    cells(row, eps_row, picture->rows, &top, &bottom);
    cells(col, eps_col, picture->cols, &left, &right);
    for (int64_t i = top; i <= bottom + 1; i++)
        for (int64_t j = left; j <= right + 1; j++) {
            const double here = pixel(picture, i, j);
            largest = fmax(largest, fabs(here));
            if (j <= right)
                across = fmax(across, fabs(pixel(picture, i, j + 1) - here));
            if (i <= bottom)
                down = fmax(down, fabs(pixel(picture, i + 1, j) - here));
        }
    return eps_col * across + eps_row * down + bounds_gamma(10.0) * largest + 4.0 * (double)FLT_MIN;
}

/* Largest error of the entries of a column of the map. */
static double map_error(const struct augment_draw *draw, int axis)
{
    const double zoom = draw->zoom[axis], rho = 6.0 + 1.0 / zoom;
    return bounds_gamma(16.0 + rho) * (1.0 + fabs(draw->shear)) / zoom;
}

/* eps of a place along the axis `to` (0 columns, 1 rows): `middle` is the centre, right and down
 * the distances from it, field the largest displacement that the weights allow. */
static double place_error(const struct augment_draw *draw, int to, double middle, double right,
                          double down, double field, double field_roundings)
{
    const double size = middle + 1.0 + fabs(draw->shift[to]) + fabs(draw->map[to][0] * right) +
                        fabs(draw->map[to][1] * down) + field;
    return map_error(draw, 0) * fabs(right) + map_error(draw, 1) * fabs(down) +
           bounds_gamma(8.0) * size + bounds_gamma(field_roundings) * field + unit;
}

static double sum_of(const float *values, size_t count, size_t step)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; i++)
        sum += (double)values[i * step];
    return sum;
}

static void bound_image(const struct augment *args, const struct augment_draw *draw,
                        const struct picture *picture, const float *weights, const double *columns,
                        const double *rows, double *bound)
{
    const struct augment_layout layout =
        augment_layout(&args->how, args->image_rows, args->image_cols);
    const float *across = weights + (size_t)args->image_rows * layout.nodes_y;
    const double ci = 0.5 * (args->image_rows - 1.0), cj = 0.5 * (args->image_cols - 1.0);
    const double roundings = (double)layout.nodes_y + layout.nodes_x + 1.0;

    for (size_t i = 0; i < args->image_rows; i++) {
        const double above =
            layout.nodes_y > 0 ? sum_of(weights + i * layout.nodes_y, layout.nodes_y, 1) : 0.0;
        for (size_t j = 0; j < args->image_cols; j++) {
            const size_t p = i * args->image_cols + j;
            const double field =
                layout.nodes_x > 0 ? above * sum_of(across + j, layout.nodes_x, layout.pitch) : 0.0;
            const double right = (double)j - cj, down = (double)i - ci;
            bound[p] = bound_at(picture, rows[p], columns[p],
                                place_error(draw, 1, ci, right, down, field, roundings),
                                place_error(draw, 0, cj, right, down, field, roundings));
        }
    }
}

int bounds_augment(const struct augment *args, const float *x, const float *weights,
                   float background, double *bound)
{
    const size_t pixels = (size_t)args->image_rows * args->image_cols;
    double *places = malloc(augment_places_count(args) * sizeof *places + 1);

    if (places == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for the bounds of an image of %u x %u",
                    args->image_rows, args->image_cols);
    for (uint32_t r = 0; r < args->rows; r++) {
        const struct picture picture = {x + r * pixels, (double)background, args->image_rows,
                                        args->image_cols};
        struct augment_draw draw;
        augment_draw(args, r, &draw);
        augment_places(args, &draw, r, weights, places + 2 * pixels, places, places + pixels);
        bound_image(args, &draw, &picture, weights, places, places + pixels, bound + r * pixels);
    }
    free(places);
    return INCLINE_OK;
}
