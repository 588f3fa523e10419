/* evaluate_classes.h - the scores of a model that predicts classes, from its confusion matrix.
 *
 * confusion[classes, classes] counts samples: the true class down, the predicted one across. */
#ifndef INCLINE_CLI_EVALUATE_CLASSES_H
#define INCLINE_CLI_EVALUATE_CLASSES_H

#include "cli.h"

#include <jansson.h>

/* Print accuracy and loss, a table of the classes and their mean, and the matrix. */
void evaluate_print_classes(const incline_model *model, const uint64_t *confusion, uint32_t classes,
                            const struct incline_evaluation *evaluation);

/* The same as members of a JSON object: "macro", "classes", "confusion". */
json_t *evaluate_classes_json(const incline_model *model, const uint64_t *confusion,
                              uint32_t classes);

#endif
