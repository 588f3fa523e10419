/* task.h - what a run is to predict, by what loss: from the options and the data set together. */
#ifndef INCLINE_TRAIN_TASK_H
#define INCLINE_TRAIN_TASK_H

#include "host/data/dataset.h"
#include "host/data/split.h"
#include "host/net/model.h"

struct task {
    enum incline_task kind;
    enum incline_loss loss; /* never INCLINE_LOSS_AUTO */
    uint32_t outputs;       /* width of the last layer */
};

/* Choose the loss where the options leave it open, and check that the data set can be trained on
 * with it. Fails with INCLINE_EARG (options that contradict the loss), INCLINE_ESHAPE (no labels or
 * targets, one class only, targets that are no labels). */
int task_choose(const struct incline_train_options *options, const struct incline_dataset *dataset,
                struct task *task);

/* What a model takes over from the data set that it is trained on: task, names, and the scaling
 * that the set states (scaling.h). Fails with INCLINE_ENOMEM. */
int task_adopt(incline_model *model, const struct task *task,
               const struct incline_dataset *dataset);

/* weights[classes]: those of the options, or so that all classes weigh the same in all among the
 * samples trained on. Fails with INCLINE_EARG (another number of them, or all 0 of the classes that
 * occur there). */
int task_weigh(const struct incline_train_options *options, const struct incline_dataset *dataset,
               const struct split *split, float *weights);

/* Mean over the targets of their variance among the samples trained on, as a network of this model
 * sees them. Fails with INCLINE_ENOMEM. */
int task_variance(const incline_model *model, const struct incline_dataset *dataset,
                  const struct split *split, double *variance);

#endif
