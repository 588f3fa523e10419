/* activation.h - activation functions and their derivatives in double, from their definitions:
 * what the reference computes with and what bounds are derived from. */
#ifndef INCLINE_BACKEND_ACTIVATION_H
#define INCLINE_BACKEND_ACTIVATION_H

#include "incline.h"

/* INCLINE_LEAKY_RELU below 0. */
#define LEAKY_SLOPE 0.01
/* INCLINE_SELU: the fixed point of mean 0 and variance 1 (arXiv:1706.02515, eq. 14). */
#define SELU_SCALE 1.0507009873554804934193349852946
#define SELU_ALPHA 1.6732632423543772848170429916717
/* INCLINE_GELU_TANH: z s(2 y), y = GELU_FACTOR (z + GELU_CUBE z^3), GELU_FACTOR = sqrt(2 / pi). */
#define GELU_FACTOR 0.79788456080286535587989211986876
#define GELU_CUBE 0.044715
/* INCLINE_SCALED_TANH: TANH_HEIGHT tanh(TANH_STRETCH z). */
#define TANH_HEIGHT 1.7159
#define TANH_STRETCH (2.0 / 3.0)

/* act(z), of which a NaN stays a NaN, and act'(z); incline.h has the formulas. At a kink the
 * derivative is that of the side of negative z, as in PyTorch. */
double activation_value(enum incline_activation activation, double z);
double activation_derivative(enum incline_activation activation, double z);

/* 1 / (1 + exp(-z)) and its derivative, without loss for large |z|. */
double activation_logistic(double z);
double activation_logistic_slope(double z);

#endif
