/* distort.h - images in a plan: whether there are any where the method wants some, the weights of
 * augmentation's random field, and a batch distorted. */
#ifndef INCLINE_NET_DISTORT_H
#define INCLINE_NET_DISTORT_H

#include "host/net/plan.h"

/* Make plan->smoothing where the plan's method wants it. Fails with INCLINE_EARG where a number of
 * the method is out of range or the inputs are no images, INCLINE_ENOMEM, or as the device fails.
 */
int distort_open(struct plan *plan);

#endif
