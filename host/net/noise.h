/* noise.h - dropout and input noise, as parts of a training pass of a plan.
 *
 * Element (row, column) of layer l in pass p of a step is drawn by the method's seed, the stream of
 * its use and l, the step, and p * n + row * width + column, n being rows of a pass * width up to a
 * multiple of DRAWS_ALIGNMENT. */
#ifndef INCLINE_NET_NOISE_H
#define INCLINE_NET_NOISE_H

#include <stdbool.h>
#include <stdint.h>

#include "incline.h"

struct plan;

/* Is nothing drawn in a step? */
bool noise_is_none(const struct incline_noise *noise);

/* Chances in [0, 1), a deviation of 0 or more. Fails with INCLINE_EARG. */
int noise_check(const struct incline_noise *noise);

/* Noise and dropout on the input a_0[rows]; queued. */
int noise_on_input(struct plan *plan, uint32_t rows);

/* Dropout on what layer l - 1 put out, a_l[rows]; l below layers. */
int noise_on_hidden(struct plan *plan, uint32_t l, uint32_t rows);

/* The same on the gradient d_l, but for its factor where that can wait: what was dropped behind a
 * ReLU came out as 0, where the slope has closed the gradient already, and all that follows from
 * d_l is linear in it. *owed is what d_l is to be multiplied with; it grows by such factors. */
int noise_on_gradient(struct plan *plan, uint32_t l, uint32_t rows, float *owed);

#endif
