/* advance.h - steps of a trainer: which samples of the epoch they take, in as many passes as the
 * device needs, and what the tally says of them. Nothing here waits. */
#ifndef INCLINE_TRAIN_ADVANCE_H
#define INCLINE_TRAIN_ADVANCE_H

#include "host/train/trainer.h"

/* Rows of step `epoch_step` of an epoch: of a batch, but for the last that may be shorter. */
uint32_t advance_rows(const struct run *run, uint64_t epoch_step);

/* Queue `steps` steps from step `epoch_step` of the epoch that feed_epoch() began on. More than one
 * only of whole batches, and as far as feed_run() goes. */
int advance(struct incline_trainer *trainer, uint64_t epoch_step, uint32_t steps, float rate);

/* What a tally says: loss, accuracy and r2 of `progress`. With class weights the mean is a weighted
 * one. */
void advance_read(const struct incline_trainer *trainer, const uint32_t tally[TALLY_WORDS],
                  struct incline_progress *progress);

#endif
