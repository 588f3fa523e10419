/* certify.h - does this device compute this network rightly? */
#ifndef INCLINE_NET_CERTIFY_H
#define INCLINE_NET_CERTIFY_H

#include "host/backend/backend.h"
#include "host/net/method.h"
#include "host/net/net.h"

/* What a device is to do with a network; each has a certificate of its own, so that nobody waits
 * for kernels that are not used. X(work, the words that stand in its key). */
#define CERTIFIED_WORK(X)         \
    X(WHOLE_STEPS, "whole steps") \
    X(LAYERED_STEPS, "steps")     \
    X(LOSSES, "losses")           \
    X(PROBABILITIES, "probabilities")

enum certified_work {
#define X(work, words) CERTIFY_##work,
    CERTIFIED_WORK(X)
#undef X
};

/* Do `work` once on made-up samples of `element` in lockstep with the reference, unless this device
 * passed before; `method` as in plan_create(), NULL where nothing is trained; `batch` rows, or
 * fewer where the reference would take too long. The certificate is cached under the device's key.
 * The reference itself needs none. Fails with INCLINE_EVERIFY (what is wrong, and by how much), or
 * as the device fails. */
int certify(struct incline_device *dev, const struct net *net, const struct method *method,
            enum certified_work work, enum element element, uint32_t batch);

/* The same for training steps by `method` (NULL: plain gradient descent) the way plan_steps() takes
 * them: whole ones where the device offers them. A device that does those wrongly, or whose kernel
 * of them does not compile, is told to go layer by layer from now on, and is certified for that. */
int certify_steps(struct incline_device *dev, const struct net *net, const struct method *method,
                  enum element element, uint32_t batch);

#endif
