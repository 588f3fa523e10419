/* evaluate.h - a model's passes over a data set, for an evaluation of it and of a mean in which it
 * takes part. */
#ifndef INCLINE_TRAIN_EVALUATE_H
#define INCLINE_TRAIN_EVALUATE_H

#include "host/net/method.h"
#include "host/train/mean.h"

/* Measure a model; `confusion` and `scores` may be NULL. With a mean, what it predicts of the
 * samples, and of mean->copies copies distorted by `method`, is added there. Fails as
 * incline_evaluate(). */
int evaluate_model(const incline_model *model, incline_device *device,
                   const incline_dataset *dataset, const struct method *method, struct mean *mean,
                   uint64_t *confusion, struct incline_output_score *scores,
                   struct incline_evaluation *evaluation);

/* Does this model predict what `confusion` or `scores` are of? Fails with INCLINE_ESHAPE. */
int evaluate_check(const incline_model *model, const uint64_t *confusion,
                   const struct incline_output_score *scores);

#endif
