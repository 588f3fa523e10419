/* train_idle.h - words of incline train that would do nothing. */
#ifndef INCLINE_CLI_TRAIN_IDLE_H
#define INCLINE_CLI_TRAIN_IDLE_H

#include "train_options.h"

/* Has each word that was given explicitly something to act on, in this recipe and on these data?
 * CLI_DONE, or a status with a message printed. */
int train_check_idle(const struct train_words *words, const struct incline_train_options *recipe,
                     const incline_dataset *data);

#endif
