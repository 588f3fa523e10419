/* certify.h - does this device compute this network rightly? */
#ifndef INCLINE_NET_CERTIFY_H
#define INCLINE_NET_CERTIFY_H

#include "host/backend/backend.h"
#include "host/net/net.h"

/* Run a training step of `net` on made-up data in lockstep with the reference, unless this
 * device passed before; `batch` rows, or fewer where the reference would take too long. The
 * verdict is cached under the device's key. The reference itself needs no certificate. A device
 * that is right only layer by layer is told to go that way from now on. Fails with INCLINE_EVERIFY
 * (what is wrong, and by how much), or as the device fails. */
int certify(struct incline_device *dev, const struct net *net, uint32_t batch);

#endif
