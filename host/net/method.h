/* method.h - how a network is trained, besides the learning rate: what a plan needs to know of it
 * in each step. All zero is plain gradient descent on softmax cross-entropy.
 *
 * One member per subject, each plain data and defined where its subject is. */
#ifndef INCLINE_NET_METHOD_H
#define INCLINE_NET_METHOD_H

#include <stdbool.h>
#include <stdint.h>

#include "host/net/loss.h"
#include "incline.h"

struct method {
    uint64_t seed; /* of everything that is drawn anew in each step */
    struct loss loss;
    struct incline_optimizer optimizer;
    struct incline_noise noise;
    struct incline_augmentation augmentation;
    uint32_t image_rows, image_cols; /* of what is deskewed or augmented; together as many as
                                        inputs */
    uint32_t deskew;                 /* 1: the network sees its images upright, also where nothing
                                        is trained */
};

/* Is a step by this method what the door's train_steps does? NULL is plain gradient descent. */
bool method_is_plain(const struct method *method);

#endif
