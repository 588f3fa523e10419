/* deskewing.h - the moments of an image in double; `deskew` in slots.h says what they are for.
 * The reference makes images upright by these, and bounds are derived from them. */
#ifndef INCLINE_BACKEND_DESKEWING_H
#define INCLINE_BACKEND_DESKEWING_H

#include "host/backend/backend.h"

/* Sums over a row of pixels of masses w, with columns j counted from the image's middle. */
struct deskew_line {
    double mass;  /* w */
    double lean;  /* w j */
    double reach; /* w |j| */
};

/* Of a whole image; rows and columns are counted from its middle, too. */
struct deskew_moments {
    double mass;
    double row, col;   /* the centre of mass */
    double mu02, mu11; /* rows with rows, rows with columns */
};

/* lines[image_rows] of an image[image_rows * image_cols]. */
void deskew_lines(const struct deskew *args, const float *image, double background,
                  struct deskew_line *lines);

struct deskew_moments deskew_moments(const struct deskew *args, const struct deskew_line *lines);

/* Is such an image made upright, or left as it is? */
bool deskew_applies(const struct deskew_moments *moments);

/* The row of the middle, and the column. */
static inline double deskew_middle(uint32_t pixels)
{
    return 0.5 * (pixels - 1.0);
}

#endif
