/* scaling.h - how the columns of a table and the numbers to predict are scaled: less their mean,
 * over their standard deviation. Both are taken over the samples trained on and nothing else, so
 * that what is kept apart stays unseen; the model keeps them. */
#ifndef INCLINE_TRAIN_SCALING_H
#define INCLINE_TRAIN_SCALING_H

#include "host/data/split.h"
#include "host/net/model.h"

/* Take over the scaling of inputs that a data set states; a table states none. A model that was
 * trained before keeps its own, which its weights go with. Fails with INCLINE_ENOMEM. */
int scaling_adopt(incline_model *model, const struct incline_dataset *dataset);

/* Is there a scaling to work out from the samples? The split is needed then. */
bool scaling_asks_samples(const incline_model *model, const struct incline_train_options *options,
                          const struct incline_dataset *dataset);

/* Work it out. A column that is 0 or 1 throughout, as categories are, and one that never changes
 * keep their unit. Fails with INCLINE_ENOMEM, or as incline_dataset_ready(). */
int scaling_work_out(incline_model *model, const struct incline_train_options *options,
                     const struct incline_dataset *dataset, const struct split *split);

#endif
