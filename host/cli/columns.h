/* columns.h - what the columns of a table mean, as people and programs read them.
 *
 *   columns  JSON of incline_dataset_columns() or incline_model_columns(); "" without a table */
#ifndef INCLINE_CLI_COLUMNS_H
#define INCLINE_CLI_COLUMNS_H

#include "cli.h"
#include "text.h"

#include <jansson.h>

/* The name of the only target, cut to fit; "" where there are several, or where it has none. In
 * JSON whole, and null then. */
struct text columns_target(const char *columns);
json_t *columns_target_json(const char *columns);

/* Print a line for each feature that a model takes: a number and what stands for it where it is
 * missing, or texts. Nothing where the features are the pixels of images. */
void columns_print(const char *columns);

/* The same as a JSON array; null where there is none. */
json_t *columns_json(const char *columns);

#endif
