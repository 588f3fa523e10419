/* missing.h - what stands for the numbers that a table lacks: the mean of their column. It is taken
 * over the samples trained on and nothing else, so that what is kept apart stays unseen; the model
 * keeps it, and sees every table so. */
#ifndef INCLINE_TRAIN_MISSING_H
#define INCLINE_TRAIN_MISSING_H

#include "host/data/split.h"
#include "host/net/model.h"

/* A data set with values of its own where it lacks numbers; zero: none. */
struct filled {
    struct incline_dataset set; /* all but its values borrowed */
};

/* Work out the means of a table's columns over the samples trained on, for the model's columns; a
 * column without a number there has 0. Data that can lack nothing leave the model as it is. Fails
 * with INCLINE_ENOMEM, or as incline_dataset_ready(). */
int missing_work_out(incline_model *model, const incline_dataset *dataset,
                     const struct split *split);

/* *seen: the data set as a model is to see it, with the means of the model's columns for the
 * numbers that it lacks: the data set itself where that changes nothing, else &filled->set, which
 * the data set outlives, until missing_clear(). Fails with INCLINE_ENOMEM, INCLINE_EFORMAT (the
 * model's columns are not those of its inputs). */
int missing_fill(const incline_model *model, const incline_dataset *dataset, struct filled *filled,
                 const incline_dataset **seen);
void missing_clear(struct filled *filled);

/* True if two texts of columns, "" for none, say the same but for means. */
bool missing_same_columns(const char *columns, const char *other);

#endif
