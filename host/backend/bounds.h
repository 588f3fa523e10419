/* bounds.h - how far a float result may lie from the reference's, derived, not chosen.
 *
 * u = 2^-24 is the unit roundoff of float. A sum of n products, in any order, with or without
 * fused multiply-add, has |error| <= gamma(n) * sum |a||b|, gamma(n) = n u / (1 - n u)
 * (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 3.1). Functions
 * are taken at the accuracy that OpenCL C 1.2 section 7.4 demands of the full profile:
 * exp and log 3 ulp, division 2.5 ulp; an ulp is at most 2u relative. Each bound also covers the
 * reference's own rounding to float, and results flushed to zero where a device has no
 * denormals. Bounds are computed from the inputs, before the operation overwrites any. */
#ifndef INCLINE_BACKEND_BOUNDS_H
#define INCLINE_BACKEND_BOUNDS_H

#include <stddef.h>
#include <stdint.h>

#include "incline.h"

/* gamma(n); n may be fractional where part of it counts half roundings. */
double bounds_gamma(double n);

/* y[rows, outputs] of dense_forward; ReLU does not enlarge a difference. */
void bounds_dense_forward(const float *x, const float *w, const float *b, size_t rows,
                          size_t inputs, size_t outputs, double *bound);

/* dw[outputs, inputs] and db[outputs]; old values of dw and db are read where `accumulate`. */
void bounds_dense_backward_weights(const float *x, const float *dy, const float *dw,
                                   const float *db, size_t rows, size_t inputs, size_t outputs,
                                   float scale, int accumulate, double *dw_bound, double *db_bound);

/* dx[rows, inputs]; the slope of an activation is at most 1. */
void bounds_dense_backward_input(const float *dy, const float *w, size_t rows, size_t inputs,
                                 size_t outputs, double *bound);

/* a[count] of activate, and d[count] of activate_gradient, whose old values are read. */
void bounds_activate(enum incline_activation activation, const float *z, size_t count,
                     double *bound);
void bounds_activate_gradient(enum incline_activation activation, const float *z, const float *d,
                              size_t count, double *bound);

/* p[rows, classes] = softmax(z). */
void bounds_softmax(const float *z, size_t rows, size_t classes, double *bound);

/* dz[rows, classes], loss[rows], and what the tally's sum may be off by when it held `held`. */
void bounds_softmax_xent(const float *z, const uint32_t *label, size_t rows, size_t classes,
                         double held, double *dz_bound, double *loss_bound, double *tally_bound);

/* The same of weighted_xent, whose tally and total hold sums of weights, too: `held_weights` and
 * `held_total` before. sum_bounds[3]: losses and weights of the tally, weights of the total. */
void bounds_weighted_xent(const float *z, const uint32_t *label, const float *weights, size_t rows,
                          size_t classes, float smoothing, const double held[3], double *dz_bound,
                          double *loss_bound, double *sum_bounds);

/* bounds_losses.c: dz[rows, outputs] and loss[rows] of target_loss, and what the tally's sums of
 * losses and squares may be off by when they held held[2]. */
void bounds_target_loss(const float *z, const float *target, size_t rows, size_t outputs,
                        enum incline_loss kind, float delta, const double held[2], double *dz_bound,
                        double *loss_bound, double *sum_bounds);

/* x[count] * (by / divisor). */
void bounds_divide(const float *x, size_t count, double factor, double *bound);

/* The largest |got - want| / bound over [count], and where it stands. A NaN on either side, or
 * a difference where the bound is 0, is infinitely wrong. */
double bounds_worst(const float *got, const float *want, const double *bound, size_t count,
                    size_t *at);

#endif
