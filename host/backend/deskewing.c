/* deskewing.c - the moments of an image; deskewing.h says what they are for. */
#include "host/backend/deskewing.h"

#include <math.h>

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
