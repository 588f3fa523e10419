/* find_rate.h - what the losses of a learning rate search say; incline_find_rate() makes it. */
#ifndef INCLINE_TRAIN_FIND_RATE_H
#define INCLINE_TRAIN_FIND_RATE_H

#include "incline.h"

/* The rate where the smoothed loss falls most steeply over the logarithm of the rate, before it is
 * least; 0 if it does not fall by twice what the noise of batches makes of it at the first rates.
 * The rates rise by the same factor from point to point.
 * A tenth of the rate of the least loss, the other common rule, was tried beside it on MNIST and
 * digits with sgd and adam, hidden layers of 10 and 128: after a few epochs it was up to 5 % worse
 * with sgd. That the average looks back alone, and so finds a rate about half as large again as
 * where the losses themselves fall most steeply, was no harm either. */
double rate_suggest(const struct incline_rate_point *points, uint32_t count);

#endif
