/* bounds_step.h - a whole training step in double, and how far a float step may
 * lie from it. */
#ifndef INCLINE_BACKEND_BOUNDS_STEP_H
#define INCLINE_BACKEND_BOUNDS_STEP_H

#include <stddef.h>
#include <stdint.h>

#include "incline.h"

/* A step to be bounded, all in host memory. */
struct bounds_step {
    const float *x;         /* [rows, widths[0]] the batch, as a network sees it */
    const uint32_t *label;  /* [rows] */
    const float *params;    /* before the step, as in host/net/net.h */
    const uint32_t *widths; /* [layers + 1] */
    uint32_t layers, rows;
    enum incline_activation activation;
    float learning_rate;
};

/* What the step gives. Each value carries its bound through the layers: a
 * product adds gamma(n) sum |a||b| and what its operands may be off by; where a
 * ReLU's input lies within its own bound of 0, its derivative may be either. */
struct bounds_step_result {
    double *params, *params_bound; /* [parameters], the caller's */
    double loss, loss_bound;       /* sum over the rows */
    uint32_t correct, unsure;      /* rows predicted right; rows where rounding may decide */
};

/* Fails with INCLINE_ENOMEM. */
int bounds_train_step(const struct bounds_step *step, struct bounds_step_result *result);

#endif
