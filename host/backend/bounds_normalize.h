/* bounds_normalize.h - bounds of the slots of normalisation, from the inputs, before they are
 * overwritten. bounds.h says what they are derived from; square roots are taken at 3 ulp. */
#ifndef INCLINE_BACKEND_BOUNDS_NORMALIZE_H
#define INCLINE_BACKEND_BOUNDS_NORMALIZE_H

#include "host/backend/backend.h"

/* The tensors of a slot in host memory; those it has not are NULL. */
struct normalize_tensors {
    const float *x, *mean, *scale, *gain, *shift, *d, *dgain, *dshift, *run_mean, *run_variance;
};

/* mean[lines], scale[lines]; run_mean[cols] and run_variance[cols] for MOMENTS_OF_COLUMNS, else
 * they are not looked at. */
void bounds_moments(const struct moments *args, const struct normalize_tensors *t, double *mean,
                    double *scale, double *run_mean, double *run_variance);

/* y[rows, cols]; ReLU does not enlarge a difference. */
void bounds_normalize(const struct normalize *args, const struct normalize_tensors *t,
                      double *bound);

/* d[rows, cols], dgain[cols] and dshift[cols]; where these two are added to, their old values are
 * read. */
void bounds_normalize_gradient(const struct normalize_gradient *args,
                               const struct normalize_tensors *t, double *d, double *dgain,
                               double *dshift);

#endif
