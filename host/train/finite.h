/* finite.h - what to say of a run whose numbers are no longer finite. */
#ifndef INCLINE_TRAIN_FINITE_H
#define INCLINE_TRAIN_FINITE_H

#include "host/net/net.h"
#include "host/train/run.h"

/* Is every parameter finite? Otherwise INCLINE_EDIVERGED: the layer of the first that is not, the
 * step, and what to try; `saved`: there is a checkpoint. */
int finite_params(const struct net *net, const float *params, const struct run *run, uint64_t step,
                  bool saved);

/* The same for the loss of an epoch, which was looked at after `step` steps. */
int finite_loss(double loss, const struct net *net, const float *params, const struct run *run,
                uint64_t step, bool saved);

#endif
