/* bounds_augment.h - how far distorted images may lie from the reference's; bounds.h has the unit
 * roundoff u and what functions may be off by.
 *
 * A place is a short sum. Of what it is made of, the sine and the cosine are off by at most 4 ulp
 * and by the rounding of the angle, together 12 u; 1 / zoom by rho u relative, rho = 6 + 1 / zoom;
 * sums and products by one rounding each. So an entry of the map is off by at most
 * gamma(12 + rho + 4) (1 + |shear|) / zoom, and a place by eps, which adds the terms' roundings and
 * those of two smoothing sums: gamma(nodes_y + nodes_x + 1) times the sums of their weights, as the
 * numbers smoothed are at most 1.
 *
 * The image between its pixels is continuous and its slope in a cell is at most the largest
 * difference of neighbours there. So a place that is off by eps moves a pixel by at most
 * eps_column * (largest difference of neighbours in a row) + eps_row * (... in a column), over the
 * cells that lie within eps of the place, whichever of them the device takes. To that come the
 * roundings of the interpolation itself: gamma(10) times the largest pixel there. */
#ifndef INCLINE_BACKEND_BOUNDS_AUGMENT_H
#define INCLINE_BACKEND_BOUNDS_AUGMENT_H

#include "host/backend/backend.h"

/* bound[rows, image_rows * image_cols], from the images as they are before.
 *   x        [rows, image_rows * image_cols]
 *   weights  those of struct augment; NULL without elastic distortion
 * Fails with INCLINE_ENOMEM. */
int bounds_augment(const struct augment *args, const float *x, const float *weights,
                   float background, double *bound);

#endif
