/* tune.h - looking for the values of a device's knobs with which a network trains fastest. */
#ifndef INCLINE_TUNE_TUNE_H
#define INCLINE_TUNE_TUNE_H

#include "host/backend/backend.h"
#include "host/net/net.h"

/* What is tuned. `open` opens the device anew, with its own tuning or another: the best so far and
 * the candidate lie on two devices, so that they can be timed in alternation. */
struct tune_work {
    int (*open)(void *opener, struct incline_device **dev);
    void *opener;
    const struct net *net;
    uint32_t batch;
    double seconds;
    incline_tune_fn report; /* may be NULL */
    void *user;
};

/* As incline_tune() says, for a device of any kind. */
int tune(const struct tune_work *work, struct incline_tune_result *result);

#endif
