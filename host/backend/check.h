/* check.h - two backends in lockstep. See check.c. */
#ifndef INCLINE_BACKEND_CHECK_H
#define INCLINE_BACKEND_CHECK_H

#include "host/backend/backend.h"

/* What the lockstep device has seen of one slot. */
struct check_record {
    const char *slot;
    uint64_t values; /* compared */
    double worst;    /* largest error / bound */
    char where[200]; /* shape and element of the worst */
};

/* Wrap `subject`: every operation also runs on the reference, on the same inputs, and each
 * output is compared with its derived bound. With `strict` an operation outside its bound fails
 * with INCLINE_EVERIFY; without, it is only recorded. With `owns` the device closes `subject` when
 * it is closed, or when this fails; without, `subject` must outlive it. Buffers of the one are
 * not buffers of the other. Fails with INCLINE_ENOMEM. */
int check_open(struct incline_device *subject, bool owns, bool strict,
               struct incline_device **device);

/* The records, one per slot in the order of BACKEND_SLOTS, and one of train_steps where the subject
 * offers that; *count of them. */
const struct check_record *check_records(const struct incline_device *device, size_t *count);

/* Forget what was seen. */
void check_reset(struct incline_device *device);

#endif
