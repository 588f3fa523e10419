/* train_seeds.h - incline train --seeds N: the same network from several seeds. */
#ifndef INCLINE_CLI_TRAIN_SEEDS_H
#define INCLINE_CLI_TRAIN_SEEDS_H

#include "train_options.h"
#include "train_run.h"

/* Whether the runs can be made and none of their files is there yet: looked at before anything is
 * trained. The folder and the data of `run` are open. CLI_DONE, or a status with a message. */
int train_seeds_check(const struct train_words *words, const struct incline_train_options *recipe,
                      const struct train_run *run);

/* Train words->seeds networks on the device and the data of `run`, words->jobs of them at a time,
 * each in a folder seed-N of the run folder, and keep summary.json beside them, written anew after
 * each. Returns the exit status, with everything said. */
int train_seeds(const struct train_words *words, const struct incline_train_options *recipe,
                struct train_run *run);

#endif
