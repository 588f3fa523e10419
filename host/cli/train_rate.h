/* train_rate.h - incline train --find-rate: a learning rate for a network on a data set. */
#ifndef INCLINE_CLI_TRAIN_RATE_H
#define INCLINE_CLI_TRAIN_RATE_H

#include "train_options.h"
#include "train_run.h"

/* Search on the device and the data of `run`, print the losses as a drawing, or as JSON, and the
 * rate that they suggest; with a run folder keep them there as find-rate.json. Trains and keeps
 * nothing else. Returns the exit status, with everything said. */
int train_find_rate(const struct train_words *words, const struct incline_train_options *recipe,
                    const struct train_run *run);

#endif
