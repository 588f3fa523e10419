/* augmentation.h - what a distortion is made of: the places that pixels come from, in double, and
 * the smoothing of random displacements. The reference distorts by these, bounds are derived from
 * them, kernels/augment.cl does the same in float.
 *
 * Output pixel (row i, column j) of an image with centre (ci, cj) is what the image shows, between
 * pixels interpolated bilinearly and `background` outside, at
 *
 *   column  cj + A00 (j - cj) + A01 (i - ci) + shift U0 + ex(i, j)
 *   row     ci + A10 (j - cj) + A11 (i - ci) + shift U1 + ey(i, j)
 *
 *       [ cos t  -sin t ] [ 1  shear U3 ] [ 1 / (1 + scale U4)          0          ]
 *   A = [ sin t   cos t ] [ 0     1     ] [         0           1 / (1 + scale U5) ],  t = rotate
 * U2
 *
 * U0 ... are uniform in [-1, 1) and drawn anew for each image. Displacements (ex, ey) are those of
 * Simard, Steinkraus and Platt (Best practices for convolutional neural networks applied to visual
 * document analysis, ICDAR 2003): random numbers uniform in [-1, 1), one for each pixel and
 * direction and none outside of the image, convolved with a Gaussian of standard deviation sigma
 * and times alpha. As the sum is smooth, the numbers are drawn at every h-th pixel only, h the
 * largest whole number up to sigma, and weigh as much as gives each displacement the variance that
 * it has with h = 1. Correlations along an axis, too, stay what they are: inside of the image to
 * within 4 exp(-(pi sigma / h)^2) < 2.1e-4, half of it from the sum and half from evening the
 * variance; near its border and where sigma is as long as the image to within 0.11.
 *
 * Then a square of `cutout` pixels a side is filled with the background (DeVries and Taylor 2017,
 * arXiv:1708.04552); its centre is any pixel, so part of it may lie outside.
 *
 * Image n draws words of the random blocks n * (2 + noise_blocks) on: U0, U1, U2, U3 are words 0 to
 * 3 of the first, U4, U5 words 0 and 1 of the second, whose words 2 and 3 place the square; then
 * number k of the noise[nodes_y, 2 * nodes_x], columns before rows, is word k / noise_blocks of
 * block 2 + k % noise_blocks. */
#ifndef INCLINE_BACKEND_AUGMENTATION_H
#define INCLINE_BACKEND_AUGMENTATION_H

#include "host/backend/backend.h"

/* Sizes that go with an augmentation of images; all are 0 without elastic distortion. */
struct augment_layout {
    uint32_t nodes_y, nodes_x; /* where random numbers are drawn */
    uint32_t noise_blocks;     /* a multiple of 16 */
    uint32_t pitch;            /* image_cols up to a multiple of 32 */
    size_t weight_count;       /* floats of struct augment's `weights` */
};

struct augment_layout augment_layout(const struct incline_augmentation *how, uint32_t image_rows,
                                     uint32_t image_cols);

/* Fill weights[weight_count]:
 *   [image_rows, nodes_y]  alpha c(i) g(i - node), g the density of a Gaussian of deviation sigma,
 *                          c what evens the variance
 *   [nodes_x, pitch]       c(j) g(j - node), zeros behind image_cols */
void augment_weights(const struct incline_augmentation *how, uint32_t image_rows,
                     uint32_t image_cols, float *weights);

/* The largest angle in radians, as float. */
float augment_radians(const struct incline_augmentation *how);

/* Does any of it change an image? */
bool augment_is_on(const struct incline_augmentation *how);

/* Fails with INCLINE_EARG and one sentence where a number is out of its range. */
int augment_check(const struct incline_augmentation *how);

/* What is drawn for one image, in double. */
struct augment_draw {
    double map[2][2];         /* A */
    double shift[2];          /* of columns, of rows; pixels */
    double angle, shear;      /* radians, tangent */
    double zoom[2];           /* 1 + scale U4, 1 + scale U5 */
    int64_t cut_row, cut_col; /* first row and column of the square */
};

/* Image `row` of the batch. */
void augment_draw(const struct augment *args, uint32_t row, struct augment_draw *draw);

/* The places its pixels come from, columns[image_rows * image_cols] and rows[the same].
 *   weights  those of struct augment
 *   room     [1 + nodes_y, 2 * nodes_x] for what is in between */
void augment_places(const struct augment *args, const struct augment_draw *draw, uint32_t row,
                    const float *weights, double *room, double *columns, double *rows);

/* Doubles that augment_places() needs for its results and `room` together. */
size_t augment_places_count(const struct augment *args);

#endif
