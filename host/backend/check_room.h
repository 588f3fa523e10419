/* check_room.h - what check.c (the device) and check_slots.c and others (its operations) share. */
#ifndef INCLINE_BACKEND_CHECK_ROOM_H
#define INCLINE_BACKEND_CHECK_ROOM_H

#include "host/backend/check.h"
#include "host/backend/reference.h"

enum slot_index {
#define X(slot) SLOT_##slot,
    BACKEND_SLOTS(X)
#undef X
        SLOT_train_steps,
    SLOT_COUNT
};

struct check_device {
    struct incline_device base;
    struct incline_device *subject, *reference;
    bool owns, strict;
    struct check_record records[SLOT_COUNT];
    void *got; /* an output of the subject, [got_bytes] */
    size_t got_bytes;
    double *bound; /* [bound_count] */
    size_t bound_count;
};

struct check_buffer {
    struct buffer *subject, *twin;
    size_t bytes;
    void *mapped; /* memory of the subject while the host fills the twin's; NULL */
};

static inline struct check_device *check_of(const struct incline_device *dev)
{
    return (struct check_device *)(uintptr_t)dev;
}

static inline struct span of_subject(struct span span)
{
    return (struct span){((struct check_buffer *)span.buffer)->subject, span.at};
}

static inline struct span of_twin(struct span span)
{
    return (struct span){((struct check_buffer *)span.buffer)->twin, span.at};
}

static inline float *twin_floats(struct span span)
{
    return reference_data(of_twin(span), ELEMENT_F32);
}

static inline uint32_t *twin_words(struct span span)
{
    return reference_data(of_twin(span), ELEMENT_U32);
}

/* In an operation: run `slot` on the subject with `subject_args`, then on the reference with
 * `twin_args`. */
#define RUN_BOTH(slot)                                                  \
    do {                                                                \
        TRY(check->subject->ops->slot(check->subject, &subject_args));  \
        TRY(check->reference->ops->slot(check->reference, &twin_args)); \
    } while (0)

/* Room for `count` bounds, NULL and a status in *rc where there is none. */
double *check_bounds_room(struct check_device *check, size_t count, int *rc);

/* Compare floats of an output with the twin's, then give the twin the subject's bits. Fails
 * with INCLINE_EVERIFY if one is out of bounds and the device is strict. `what` names the
 * output and its shape. */
int check_compare_floats(struct check_device *check, enum slot_index slot, struct span span,
                         size_t count, const double *bound, const char *what);

/* The same for 4-byte words, which must be equal; where they are not, the subject is given the
 * twin's, as they may be indices. */
int check_compare_words(struct check_device *check, enum slot_index slot, struct span span,
                        size_t count, const char *what);

/* The same for a tally: its loss counts as the sum of both parts, the counts must be equal. */
int check_compare_tally(struct check_device *check, enum slot_index slot, struct span tally,
                        double bound);

/* The same for one sum of SUM_WORDS. */
int check_compare_sum(struct check_device *check, enum slot_index slot, struct span sum,
                      double bound, const char *what);

/* A data set as the subject or the twin sees it: `map` goes over each span. */
struct samples check_map_samples(struct samples samples, struct span (*map)(struct span));

/* check_step.c: the whole step, where the subject offers it. */
bool check_takes_train_steps(struct incline_device *dev, const struct train_steps *args);
int check_train_steps(struct incline_device *dev, const struct train_steps *args);

/* The operations: check_fill(), check_shuffle(), ... */
#define X(slot) int check_##slot(struct incline_device *dev, const struct slot *args);
BACKEND_SLOTS(X)
#undef X

#endif
