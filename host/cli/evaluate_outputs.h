/* evaluate_outputs.h - the scores of a model that predicts numbers or several labels. */
#ifndef INCLINE_CLI_EVALUATE_OUTPUTS_H
#define INCLINE_CLI_EVALUATE_OUTPUTS_H

#include "cli.h"

#include <jansson.h>

/* Print them as a table. */
void evaluate_print_outputs(const incline_model *model, const struct incline_evaluation *evaluation,
                            const struct incline_output_score *scores);

/* The same as a JSON array, one object an output. */
json_t *evaluate_outputs_json(const incline_model *model,
                              const struct incline_output_score *scores);

#endif
