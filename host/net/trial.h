/* trial.h - a network's training step on a device, to be timed: on a data set of zeros, since time
 * does not depend on the values. */
#ifndef INCLINE_NET_TRIAL_H
#define INCLINE_NET_TRIAL_H

#include "host/net/plan.h"

struct trial {
    struct plan plan;
    struct samples samples; /* [batch, inputs] bytes */
    struct span order;      /* goes through them `steps` times */
    struct buffer *values, *words;
    uint32_t batch, steps; /* steps: queued at a time */
};

/* Check the first use of the network, lay it out, and do the first steps, which pay for compiling.
 * `steps` as many as are to be queued at a time, > 0; device and net outlive the trial. After a
 * failure there is nothing to destroy. Fails as certify_steps(), plan_create() and the device do.
 */
int trial_create(struct trial *trial, struct incline_device *dev, const struct net *net,
                 uint32_t batch, uint32_t steps);
void trial_destroy(struct trial *trial);

/* Seconds of a step, over at least `least` seconds. Fails as the device fails. */
int trial_time(struct trial *trial, double least, double *seconds);

#endif
