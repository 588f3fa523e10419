/* choose.h - which device "auto" takes. */
#ifndef INCLINE_DEVICE_CHOOSE_H
#define INCLINE_DEVICE_CHOOSE_H

#include "host/backend/backend.h"

/* Open the fastest device that is right for the network in `options`: each is checked, then a
 * piece of the real step is timed on it. The verdict is cached. device->remark says what was
 * taken and why. Falls back on the reference, with a remark on how to get a driver. */
int choose_device(const struct incline_device_options *options, struct incline_device **device);

/* open.c: open "reference" or "opencl:N". */
int device_open_id(const char *id, enum incline_gemm gemm, struct incline_device **device);

#endif
