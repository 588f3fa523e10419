/* reference_deskew.c - images of a batch, made upright: the specification. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/backend/deskewing.h"
#include "host/backend/reference.h"
#include "host/util/status.h"

void deskew_lines(const struct deskew *args, const float *image, double background,
                  struct deskew_line *lines)
{
    const size_t cols = args->image_cols;
    const double middle = deskew_middle(args->image_cols);

    for (size_t i = 0; i < args->image_rows; i++) {
        lines[i] = (struct deskew_line){0};
        for (size_t j = 0; j < cols; j++) {
            const double w = fabs((double)image[i * cols + j] - background);
            const double right = (double)j - middle;
            lines[i].mass += w;
            lines[i].lean += w * right;
            lines[i].reach += w * fabs(right);
        }
    }
}

struct deskew_moments deskew_moments(const struct deskew *args, const struct deskew_line *lines)
{
    const double middle = deskew_middle(args->image_rows);
    struct deskew_moments m = {0};

    for (size_t i = 0; i < args->image_rows; i++) {
        m.mass += lines[i].mass;
        m.row += lines[i].mass * ((double)i - middle);
        m.col += lines[i].lean;
    }
    m.row /= m.mass; /* NaN where there is no mass, and then nothing applies */
    m.col /= m.mass;
    for (size_t i = 0; i < args->image_rows; i++) {
        const double down = (double)i - middle - m.row;
        m.mu02 += lines[i].mass * down * down;
        m.mu11 += (lines[i].lean - m.col * lines[i].mass) * down;
    }
    return m;
}

bool deskew_applies(const struct deskew_moments *moments)
{
    return moments->mass > 0.0 && moments->mu02 >= (double)DESKEW_SPREAD * moments->mass;
}

static double pixel(const float *line, uint32_t cols, double background, double col)
{
    return col >= 0.0 && col < cols ? (double)line[(size_t)col] : background;
}

/* line[cols] = what old[cols] shows `shift` pixels to the right. */
static void move_line(const float *old, uint32_t cols, double background, double shift, float *line)
{
    const double whole = floor(shift), right = shift - whole;

    for (uint32_t j = 0; j < cols; j++) {
        const double here = pixel(old, cols, background, j + whole);
        const double next = pixel(old, cols, background, j + whole + 1.0);
        line[j] = (float)((1.0 - right) * here + right * next);
    }
}

int reference_deskew(struct incline_device *dev, const struct deskew *args)
{
    (void)dev;
    const size_t rows = args->image_rows, cols = args->image_cols;
    const double background = (double)*(const float *)reference_data(args->background, ELEMENT_F32);
    struct deskew_line *lines = malloc(rows * sizeof *lines + 1);
    float *old = malloc(cols * sizeof *old + 1);
    int rc = INCLINE_OK;

    if (lines == NULL || old == NULL) {
        rc = FAIL(INCLINE_ENOMEM, "no memory for an image of %zu x %zu", rows, cols);
        goto out;
    }
    for (size_t r = 0; r < args->rows; r++) {
        float *image = (float *)reference_data(args->x, ELEMENT_F32) + r * rows * cols;
        deskew_lines(args, image, background, lines);
        const struct deskew_moments m = deskew_moments(args, lines);
        for (size_t i = 0; deskew_applies(&m) && i < rows; i++) {
            const double down = (double)i - deskew_middle(args->image_rows) - m.row;
            memcpy(old, image + i * cols, cols * sizeof *old);
            move_line(old, args->image_cols, background, m.mu11 / m.mu02 * down, image + i * cols);
        }
    }
out:
    free(lines);
    free(old);
    return rc;
}
