/* scores.h - how good predictions of targets and of several labels are, output by output, in
 * double on the host. */
#ifndef INCLINE_TRAIN_SCORES_H
#define INCLINE_TRAIN_SCORES_H

#include "host/data/dataset.h"
#include "host/net/model.h"

struct scores {
    const incline_model *model;     /* borrowed */
    const incline_dataset *dataset; /* borrowed */
    struct score_sums *sums;        /* [outputs] */
};

/* Begin with nothing. Fails with INCLINE_ENOMEM. */
int scores_create(struct scores *scores, const incline_model *model,
                  const incline_dataset *dataset);
void scores_destroy(struct scores *scores);

/* Add the logits[rows, outputs] of samples [first, first + rows). */
void scores_add(struct scores *scores, uint32_t first, uint32_t rows, const float *logits);

/* Add what was predicted of one sample: values[outputs], or the probability of each label. */
void scores_add_values(struct scores *scores, uint32_t row, const double *values);

/* The score of one output, and the means over all into `evaluation`, after the last sample. */
struct incline_output_score scores_of(const struct scores *scores, uint32_t output);
void scores_mean(const struct scores *scores, struct incline_evaluation *evaluation);

#endif
