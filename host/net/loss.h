/* loss.h - what a network is trained to make small, and the kind of task that goes with it. */
#ifndef INCLINE_NET_LOSS_H
#define INCLINE_NET_LOSS_H

#include "incline.h"

struct loss {
    enum incline_loss kind; /* INCLINE_LOSS_AUTO: softmax cross-entropy */
    float smoothing;        /* of the labels, [0, 1); softmax only */
    float delta;            /* of Huber's, > 0 */
    /* [classes], not negative, softmax only: the mean over samples becomes one weighted by their
     * classes' weights. NULL: 1 each. plan_create() copies them to the device. */
    const float *class_weights;
};

/* Is the loss against targets, not labels? */
static inline bool loss_has_targets(const struct loss *loss)
{
    return loss->kind >= INCLINE_LOSS_SIGMOID;
}

/* Is it plain softmax cross-entropy? */
static inline bool loss_is_plain(const struct loss *loss)
{
    return !loss_has_targets(loss) && loss->smoothing == 0.0f && loss->class_weights == NULL;
}

/* The loss by which a model of this task is evaluated. */
struct loss loss_of_task(enum incline_task task);

/* "softmax", "mse": the word that stands in files; NULL for any other number. Numbered without a
 * gap, and 0 is "auto". */
const char *loss_text(int kind);

/* "classes", "regression": the word that stands in files; NULL for any other number. Tasks are
 * numbered without a gap, so counting up to NULL visits all of them. */
const char *loss_task_text(enum incline_task task);

#endif
