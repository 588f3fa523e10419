/* backend.h - the door: what a backend is, memory on its device, and a function for each slot.
 *
 * A backend is a struct of function pointers. host/backend/reference.c fills every slot of
 * host/backend/slots.h in plain loops and is the specification; other backends override. Nothing
 * above this file knows OpenCL.
 *
 * Operations are queued: a function may return before its work is done, and a failure may show
 * up in a later call. Work is done in the order of the calls. Host memory passed to
 * upload() may be reused at once. */
#ifndef INCLINE_BACKEND_H
#define INCLINE_BACKEND_H

#include "host/backend/slots.h"

/* A figure that the speed of a device depends on, and often the order of its sums. */
enum { KNOB_CANDIDATES = 8 };
struct knob {
    const char *name;                     /* "VEC"; lives as long as the program */
    uint32_t value, initial;              /* in force; what it is without a tuning */
    uint32_t candidates[KNOB_CANDIDATES]; /* [count] values that are valid while the other knobs
                                             stay as they are, the one in force among them */
    size_t count;
};

enum { WRAP_ALIGNMENT = 4096, WRAP_GRAIN = 64 };

struct backend {
    void (*close)(struct incline_device *dev);

    /* Another handle on the device, for another thread: its work is queued beside that of `dev`,
     * its buffers are its own, and it goes the ways that `dev` goes. Either may be closed first. */
    int (*another)(struct incline_device *dev, struct incline_device **another);

    int (*buffer_create)(struct incline_device *dev, size_t bytes, struct buffer **buffer);
    void (*buffer_destroy)(struct incline_device *dev, struct buffer *buffer);

    /* Optional: a buffer that is `memory` itself, which the device only reads; nothing is copied.
     * memory[bytes] begins at a multiple of WRAP_ALIGNMENT, may be read up to the next multiple
     * of WRAP_GRAIN, is not changed while the buffer lives, and outlives it. Fails with
     * INCLINE_EARG, INCLINE_ENOMEM, or as the driver refuses; a copy always does as well. */
    int (*buffer_wrap)(struct incline_device *dev, const void *memory, size_t bytes,
                       struct buffer **buffer);

    /* Copy between host memory and a span. download() waits for all queued work. */
    int (*upload)(struct incline_device *dev, struct span to, enum element element, size_t count,
                  const void *from);
    int (*download)(struct incline_device *dev, struct span from, enum element element,
                    size_t count, void *to);

    /* Memory that the host fills while the device works on something else.
     *   buffer_done   what is queued by now is the last that uses what the buffer holds
     *   buffer_map    *memory = the buffer's bytes, for the host to write; what they held is lost.
     *                 Not before the work that buffer_done() was told of has run: with `wait` it is
     *                 waited for, else *memory = NULL says that it has not
     *   buffer_unmap  what was written is there for all that is queued from now on. Returns at
     *                 once; `memory` is the device's again */
    int (*buffer_done)(struct incline_device *dev, struct buffer *buffer);
    int (*buffer_map)(struct incline_device *dev, struct buffer *buffer, bool wait, void **memory);
    int (*buffer_unmap)(struct incline_device *dev, struct buffer *buffer, void *memory);

    /* Queue a copy to host memory and return; `to` must live until it is ready. At most one
     * is under way on a device. snapshot_ready() says whether it has arrived; with `wait` it
     * waits for it. */
    int (*snapshot)(struct incline_device *dev, struct span from, enum element element,
                    size_t count, void *to);
    int (*snapshot_ready)(struct incline_device *dev, bool wait, bool *ready);

    int (*finish)(struct incline_device *dev); /* wait for all queued work */

#define X(slot) int (*slot)(struct incline_device * dev, const struct slot *args);
    BACKEND_SLOTS(X)
#undef X

    /* Make all matrix products the way of maker `number`, of those the device may use, and return
     * its name; NULL where there is no such maker, and then the device chooses again. For
     * verification, which looks at each maker. A NULL slot: there is one way only. */
    const char *(*keep_maker)(struct incline_device *dev, unsigned number);

    /* Optional: report every product whose maker is known to suit the device best, under the tuning
     * in force, from this process or an earlier one. */
    void (*known_makers)(struct incline_device *dev, incline_maker_fn report, void *user);

    /* Optional, all or none: knobs of the device's kind, at most INCLINE_KNOBS_MAX.
     *   knobs         fill knobs[INCLINE_KNOBS_MAX]; returns how many there are, always in the same
     *                 order
     *   set_knobs     give every knob a value, values[count]: programs are let go of and built anew
     *                 at their next launch, and dev->key changes, so that nothing that was found
     *                 out about the device before counts any more. Waits for the device. Fails with
     *                 INCLINE_EARG, and changes nothing, if values are not valid or do not go
     *                 together
     *   keep_knobs    from now on the device is opened with the values in force, here and in other
     *                 processes; `made_for` says what they were found for. False where there is no
     *                 place to keep them
     *   forget_knobs  the next time the device is opened with its initial values
     *   tuned_for     what the values that are kept were found for; NULL if none are */
    size_t (*knobs)(struct incline_device *dev, struct knob *knobs);
    int (*set_knobs)(struct incline_device *dev, const uint32_t *values);
    bool (*keep_knobs)(struct incline_device *dev, const char *made_for);
    void (*forget_knobs)(struct incline_device *dev);
    const char *(*tuned_for)(struct incline_device *dev);

    /* Optional: the most that the device reached in a fifth of a second or so, in operations of
     * float32 and in bytes read and written per second, with a kernel of independent fused
     * multiply-adds and with a copy of more than caches hold. Waits for the device. Fails with
     * INCLINE_EVERIFY if a result is wrong. */
    int (*measure_peak)(struct incline_device *dev, double *flops, double *bytes);

    /* Optional, both or none: does the backend do steps of this shape at once (spans are not looked
     * at), and do them. */
    bool (*takes_train_steps)(struct incline_device *dev, const struct train_steps *args);
    int (*train_steps)(struct incline_device *dev, const struct train_steps *args);
};

/* Every backend's device begins with this. */
struct incline_device {
    const struct backend *ops;
    struct incline_device_info info;
    char remark[512];
    const char *key;      /* all that results on it depend on: driver, options, sources; verdicts
                             about the device are kept under it. NULL if it needs none */
    bool layered;         /* do not take whole steps at once, though it offers them */
    bool steps_by_layer;  /* dense_update() takes less time than its parts for all layers do */
    size_t working_bytes; /* activations of about this size are worked on fastest at a time */
    size_t children;      /* buffers that are still alive; 0 when the device is closed */
};

int reference_open(struct incline_device **device);

#endif
