/* json.h - results as JSON: one object on standard output, finite numbers or null. */
#ifndef INCLINE_CLI_JSON_H
#define INCLINE_CLI_JSON_H

#include "cli.h"

#include <jansson.h>

/* A number; null where it is not finite, since JSON has no such numbers. */
json_t *json_number(double value);

/* A count. */
json_t *json_count(uint64_t value);

/* A text; bytes that are not UTF-8 become '?'. */
json_t *json_text(const char *text);

json_t *json_widths(const uint32_t *widths, uint32_t count);
json_t *json_evaluation(const struct incline_evaluation *evaluation);
json_t *json_device(const incline_device *device);

/* Whether a device is tuned, for what, and its knobs. */
json_t *json_tuning(const struct incline_tuning *tuning);

/* Set in an object how inputs are scaled: "scale" and "shift", which all share, or "scales" and
 * "shifts", [count], where these are not NULL; the other two are null. */
void json_set_scaling(json_t *object, float scale, float shift, const float *scales,
                      const float *shifts, uint32_t count);

json_t *json_dataset(const incline_dataset *dataset);

/* Print a value in one line (`lines`) or indented, and drop the reference to it. A value of
 * NULL stands for memory that ran out. CLI_DONE, or CLI_FAILED with a message. */
int json_print(json_t *value, bool lines);

/* Write a value to a file, indented, as a whole or not at all; the reference stays. A value of
 * NULL stands for memory that ran out. CLI_DONE, or CLI_FAILED with a message. */
int json_save(const char *path, const json_t *value);

/* The activation of a network's hidden layers, or "mixed". */
const char *json_activation(const struct incline_model_info *model);

/* The activation of each layer; NULL stands for memory that ran out. */
json_t *json_activations(const struct incline_model_info *model);
const char *json_device_type(enum incline_device_type type);

#endif
