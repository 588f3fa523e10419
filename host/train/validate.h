/* validate.h - the end of an epoch of a run with validation, and what it decides. */
#ifndef INCLINE_TRAIN_VALIDATE_H
#define INCLINE_TRAIN_VALIDATE_H

#include "host/train/trainer.h"

/* Judge trainer->model, which has the parameters as they are now, after `epochs` whole epochs, and
 * put the verdict into the report. A whole epoch that is the best so far is kept, and a plateau
 * counts it. With `cut` the run ends inside the next epoch: nothing is kept or counted, so that the
 * run can be gone on with, but the model gets these parameters if they are the best. */
int validate_epoch(struct incline_trainer *trainer, uint32_t epochs, bool cut,
                   struct incline_progress *progress);

/* Has the run gone on for as long without a better epoch as its options allow? */
bool validate_gives_up(const struct incline_trainer *trainer, uint64_t epochs);

/* Put the best parameters into trainer->model. */
void validate_take_best(struct incline_trainer *trainer);

#endif
