/* reference_deskew.c - images of a batch, made upright: the specification. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/backend/deskewing.h"
#include "host/backend/reference.h"
#include "host/util/status.h"

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
