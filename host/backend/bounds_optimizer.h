/* bounds_optimizer.h - bounds of the optimizers' slots, from the inputs, before they are
 * overwritten. bounds.h says what they are derived from; square roots are taken at 3 ulp. */
#ifndef INCLINE_BACKEND_BOUNDS_OPTIMIZER_H
#define INCLINE_BACKEND_BOUNDS_OPTIMIZER_H

#include "host/backend/backend.h"

/* norm of x[count]. */
double bounds_norm(const float *x, size_t count);

/* The outputs of update(), each [count]: params (or grads with lamb), and the moments, where they
 * are. `args` says what is done, its spans are not looked at. m and v are NULL where args has none;
 * norm is that of the gradients. The device's gradients may be off by off[count]; NULL: they are
 * these. */
void bounds_update(const struct update *args, const float *params, const float *grads,
                   const double *off, const float *m, const float *v, double norm, double *bound,
                   double *m_bound, double *v_bound);

/* params[count] of trust_update(). */
void bounds_trust_update(const float *params, const float *direction, size_t count,
                         float learning_rate, double *bound);

/* w[rows, cols] of limit_rows(). */
void bounds_limit_rows(const float *w, size_t rows, size_t cols, float most, double *bound);

/* average[count] of average(). */
void bounds_average(const float *average, const float *params, size_t count, float decay,
                    double *bound);

#endif
