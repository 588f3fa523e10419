/* bounds_deskew.h - how far upright images may lie from the reference's; bounds.h has the unit
 * roundoff u, deskewing.h the moments. Of an image of n_r rows and n_c columns:
 *
 * A mass is off by u relative and all are positive, so a row's mass R by gamma(n_c), its lean C by
 * gamma(n_c + 1) of its reach S, and the image's mass m by gamma(n_r + n_c). Division adds 5 u; the
 * centre of mass is off by
 *
 *   e_row = gamma(3 (n_r + n_c) + 9) sum of R |i| / m
 *   e_col = gamma(3 (n_r + n_c) + 9) sum of S / m
 *
 * and a row's distance t from it by e_t = e_row + u (|t| + e_row). What a row adds to mu11 is q t
 * with q = C - col R, which is off by e_q = gamma(n_c + 3) (S + (|col| + e_col) R) + e_col R. Then
 *
 *   e02 = sum of R ((|t| + e_t)^2 (1 + gamma(n_r + n_c + 2)) - t^2)
 *   e11 = sum of ((|q| + e_q) (|t| + e_t) (1 + gamma(n_r + 1)) - |q t|)
 *   e_s = (e11 + |s| e02) / (mu02 - e02), and gamma(5) (|s| + that) more
 *
 * and a row is moved by s t, off by eps = (|s| + e_s) (|t| + e_t) (1 + u) - |s t| + u. Between its
 * pixels a row is continuous and no steeper than the largest difference of neighbours within eps,
 * so a pixel is off by eps times that, and never by more than the row's values lie apart. To that
 * come the roundings of the interpolation, gamma(10) times the largest pixel there.
 *
 * Where mu02 lies so near to what decides whether an image is moved that rounding may decide, or
 * the mass is so small or large that floats flush or overflow, a device may do either: a pixel is
 * then off by as much as the row's values lie apart. What is left as it is must be equal. */
#ifndef INCLINE_BACKEND_BOUNDS_DESKEW_H
#define INCLINE_BACKEND_BOUNDS_DESKEW_H

#include "host/backend/backend.h"

/* bound[rows, image_rows * image_cols], from the images x as they are before. Fails with
 * INCLINE_ENOMEM. */
int bounds_deskew(const struct deskew *args, const float *x, float background, double *bound);

#endif
