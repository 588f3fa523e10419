/* ensemble_score.h - how good predictions are that came from elsewhere than from one model: the
 * scores of incline_evaluate(), from probabilities or values. */
#ifndef INCLINE_CLI_ENSEMBLE_SCORE_H
#define INCLINE_CLI_ENSEMBLE_SCORE_H

#include "incline.h"

struct ensemble_score;

/* Begin to score predictions for `data`, whose labels or targets fit a model described by `info`.
 * Destroy with ensemble_score_destroy(), which takes NULL. CLI_DONE, or a status with a message. */
int ensemble_score_create(const incline_dataset *data, const struct incline_model_info *info,
                          struct ensemble_score **score);
void ensemble_score_destroy(struct ensemble_score *score);

/* Count row `row` with predictions[info.predictions]. CLI_DONE, or a status with a message. */
int ensemble_score_add(struct ensemble_score *score, uint32_t row, const double *predictions);

/* What came of the rows so far, at least one. The loss is given for tasks of classes alone. */
struct incline_evaluation ensemble_score_result(const struct ensemble_score *score);

#endif
