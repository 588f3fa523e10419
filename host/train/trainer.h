/* trainer.h - a training run: what trainer.c makes and loop.c runs. */
#ifndef INCLINE_TRAIN_TRAINER_H
#define INCLINE_TRAIN_TRAINER_H

#include <stdatomic.h>

#include "host/net/plan.h"
#include "host/train/checkpoint.h"
#include "host/train/feed.h"
#include "host/train/missing.h"
#include "host/train/watch.h"

struct incline_trainer {
    struct incline_device *dev;     /* borrowed */
    const incline_dataset *dataset; /* borrowed, or filled.set */
    struct filled filled;
    struct run run;
    incline_model *model;   /* as of the last pull from the device */
    float *class_weights;   /* [classes] or NULL; owned */
    double target_variance; /* of numbers to predict, as the network sees them */
    struct plan plan;
    struct feed feed;
    struct split split;
    struct judge judge; /* opened when it is first needed */
    struct best best;
    struct plateau plateau;
    bool cut_is_best; /* the run ended inside an epoch, and those parameters are the best */
    char *folder;     /* NULL: nothing is written */
    char done[160];   /* incline_trainer_done() */
    atomic_bool stop;
};

/* incline_trainer_together(), on a host of so many bytes of memory. */
uint32_t trainer_together(const struct incline_trainer *trainer, uint64_t host_bytes);

#endif
