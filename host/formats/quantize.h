/* quantize.h - weights in 8 bits, with a scale for each neuron.
 *
 * w is taken as scale * q, q a whole number in [-127, 127] and scale the neuron's largest |w| /
 * 127, so that |w - scale * q| <= scale / 2. Biases stay as they are. */
#ifndef INCLINE_FORMATS_QUANTIZE_H
#define INCLINE_FORMATS_QUANTIZE_H

#include <stddef.h>
#include <stdint.h>

/* Scale of a neuron with these weights[inputs], all finite; 0 where all are 0 or too small. */
float quantize_scale(const float *weights, size_t inputs);

/* The whole number that stands for a weight. */
int quantize(float weight, float scale);

#endif
