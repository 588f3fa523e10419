/* resumed.h - the run that tests of resuming cut: 12 steps, 4 an epoch, of 50 samples. */
#ifndef INCLINE_TESTS_RESUMED_H
#define INCLINE_TESTS_RESUMED_H

#include "device/runs.h"

enum { FEATURES = 12, CLASSES = 3, ROWS = 50, BATCH = 16, EPOCHS = 3, STEPS = 12 };

static inline struct incline_train_options options_for(const char *folder)
{
    return (struct incline_train_options){.hidden = {6},
                                          .hidden_count = 1,
                                          .batch = BATCH,
                                          .epochs = EPOCHS,
                                          .learning_rate = 0.2f,
                                          .seed = 7,
                                          .validation = INCLINE_NONE,
                                          .output = folder};
}

static inline void train_whole(incline_device *dev, const incline_dataset *dataset,
                               const char *folder)
{
    const struct incline_train_options options = options_for(folder);
    struct history history = {0};

    run_through(dev, dataset, &options, &history, NULL, 0);
    cr_assert(history.count == EPOCHS, "%d epochs expected, %zu found", EPOCHS, history.count);
}

#endif
