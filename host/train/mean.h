/* mean.h - what several models predict, or one of several copies of each sample, added up, and how
 * good the mean of it is. In double on the host. */
#ifndef INCLINE_TRAIN_MEAN_H
#define INCLINE_TRAIN_MEAN_H

#include "host/data/dataset.h"
#include "host/net/model.h"

struct mean {
    const incline_model *model;     /* borrowed: what is predicted, and in which scaling */
    const incline_dataset *dataset; /* borrowed */
    double *sums;                   /* [rows, model_classes()] */
    uint32_t copies;                /* that each model predicts, beside the samples as they are */
};

/* Begin with nothing. Fails with INCLINE_ENOMEM. */
int mean_create(struct mean *mean, const incline_model *model, const incline_dataset *dataset);
void mean_destroy(struct mean *mean);

/* Add predictions[rows, model_classes()] of samples [first, first + rows). */
void mean_add(struct mean *mean, uint32_t first, uint32_t rows, const float *predictions);

/* Divide by how often each sample was predicted, and measure; `confusion` and `scores` as in
 * incline_evaluate_mean(). Fails with INCLINE_ENOMEM. */
int mean_measure(struct mean *mean, double times, uint64_t *confusion,
                 struct incline_output_score *scores, struct incline_evaluation *evaluation);

#endif
