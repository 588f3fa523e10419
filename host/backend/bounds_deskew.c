/* bounds_deskew.c - bounds of upright images; bounds_deskew.h derives them. */
#include "host/backend/bounds_deskew.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "host/backend/bounds.h"
#include "host/backend/deskewing.h"
#include "host/util/status.h"

static const double unit = 0x1p-24;

/* A row of pixels, with what is outside. */
struct line {
    const float *pixels;
    double background;
    int64_t cols;
};

static double pixel(const struct line *line, int64_t col)
{
    return col < 0 || col >= line->cols ? line->background : (double)line->pixels[col];
}

/* How far its values lie apart, and the largest. */
static double range(const struct line *line, double *largest)
{
    double least = line->background, most = line->background;

    for (int64_t j = 0; j < line->cols; j++) {
        least = fmin(least, pixel(line, j));
        most = fmax(most, pixel(line, j));
    }
    *largest = fmax(fabs(least), fabs(most));
    return most - least;
}

/* The cell of a place; further out than the border nothing changes. */
static int64_t cell(double at, int64_t cols)
{
    return (int64_t)floor(fmin(fmax(at, -1.0), (double)cols));
}

/* What a place that is off by eps may move a pixel by, and the interpolation. */
static double bound_at(const struct line *line, double at, double eps, double most)
{
    const int64_t left = cell(at - eps, line->cols), right = cell(at + eps, line->cols);
    double across = 0.0, largest = 0.0;

    for (int64_t j = left; j <= right + 1; j++) {
        largest = fmax(largest, fabs(pixel(line, j)));
        if (j <= right)
            across = fmax(across, fabs(pixel(line, j + 1) - pixel(line, j)));
    }
    return fmin(across > 0.0 ? eps * across : 0.0, most) + bounds_gamma(10.0) * largest +
           4.0 * (double)FLT_MIN;
}

/* The errors of what is found of an image; down is a row's distance from the centre of mass. */
struct errors {
    double row, col, mu02, mu11, slope;
};

static double down_error(const struct errors *e, double down)
{
    return e->row + unit * (fabs(down) + e->row);
}

static struct errors errors_of(const struct deskew *args, const struct deskew_line *lines,
                               const struct deskew_moments *m)
{
    const double rows = args->image_rows, cols = args->image_cols;
    const double middle = deskew_middle(args->image_rows);
    struct errors e = {0};

    for (size_t i = 0; i < args->image_rows; i++) {
        e.row += lines[i].mass * fabs((double)i - middle) / m->mass;
        e.col += lines[i].reach / m->mass;
    }
    e.row *= bounds_gamma(3.0 * (rows + cols) + 9.0);
    e.col *= bounds_gamma(3.0 * (rows + cols) + 9.0);
    for (size_t i = 0; i < args->image_rows; i++) {
        const double mass = lines[i].mass, down = (double)i - middle - m->row;
        const double far = fabs(down) + down_error(&e, down);
        const double across = fabs(lines[i].lean - m->col * mass);
        const double off =
            bounds_gamma(cols + 3.0) * (lines[i].reach + (fabs(m->col) + e.col) * mass) +
            e.col * mass;
        e.mu02 += mass * (far * far * (1.0 + bounds_gamma(rows + cols + 2.0)) - down * down);
        e.mu11 += (across + off) * far * (1.0 + bounds_gamma(rows + 1.0)) - across * fabs(down);
    }
    const double slope = fabs(m->mu11 / m->mu02);
    e.slope = m->mu02 > e.mu02 ? (e.mu11 + slope * e.mu02) / (m->mu02 - e.mu02) : (double)INFINITY;
    e.slope += bounds_gamma(5.0) * (slope + e.slope);
    return e;
}

/* May rounding decide whether an image is moved? */
static bool is_doubtful(const struct deskew *args, const struct deskew_moments *m,
                        const struct errors *e)
{
    const double pixels = (double)args->image_rows * args->image_cols;
    const double least = (double)DESKEW_SPREAD * m->mass;
    const double off =
        e->mu02 + least * bounds_gamma((double)args->image_rows + args->image_cols + 1.0);
    const double flushed = pixels * (double)FLT_MIN / (unit * unit * unit);
    const double size = (double)args->image_rows + args->image_cols;

    return !(fabs(m->mu02 - least) > off) || !(m->mass > flushed) ||
           !(m->mass * size * size < (double)FLT_MAX);
}

static void bound_image(const struct deskew *args, const float *image, double background,
                        struct deskew_line *lines, double *bound)
{
    const size_t cols = args->image_cols;
    deskew_lines(args, image, background, lines);
    const struct deskew_moments m = deskew_moments(args, lines);
    const struct errors e = errors_of(args, lines, &m);
    const double slope = m.mu11 / m.mu02;

    for (size_t i = 0; i < args->image_rows; i++) {
        const struct line line = {image + i * cols, background, args->image_cols};
        const double down = (double)i - deskew_middle(args->image_rows) - m.row;
        const double eps =
            (fabs(slope) + e.slope) * (fabs(down) + down_error(&e, down)) * (1.0 + unit) -
            fabs(slope * down) + unit;
        double largest;
        const double most = range(&line, &largest);
        for (size_t j = 0; j < cols; j++) {
            double *const here = &bound[i * cols + j];
            if (is_doubtful(args, &m, &e))
                *here = most > 0.0 ? most + bounds_gamma(10.0) * largest : 0.0;
            else
                *here =
                    deskew_applies(&m) ? bound_at(&line, (double)j + slope * down, eps, most) : 0.0;
        }
    }
}

int bounds_deskew(const struct deskew *args, const float *x, float background, double *bound)
{
    const size_t pixels = (size_t)args->image_rows * args->image_cols;
    struct deskew_line *lines = malloc(args->image_rows * sizeof *lines + 1);

    if (lines == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for the bounds of an image of %u x %u",
                    args->image_rows, args->image_cols);
    for (size_t r = 0; r < args->rows; r++)
        bound_image(args, x + r * pixels, (double)background, lines, bound + r * pixels);
    free(lines);
    return INCLINE_OK;
}
