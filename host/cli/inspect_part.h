/* inspect_part.h - one part of a data set, as incline inspect has it before it. */
#ifndef INCLINE_CLI_INSPECT_PART_H
#define INCLINE_CLI_INSPECT_PART_H

#include "inspect.h"
#include "json.h"

/* Absent where `set` is NULL. */
struct part {
    incline_dataset *set;
    struct incline_dataset_info info;
    struct incline_summary *summary;
    uint64_t *counts; /* [info.classes]; NULL without classes */
    uint32_t shared;  /* of the test part: samples that are in the training part, too */
};

/* Null of a part that is absent. NULL stands for memory that ran out. */
json_t *part_json(const struct part *part);

/* How many samples each class has; `second` may be absent. */
void part_print_classes(const struct part *first, const struct part *second);

/* A line for each column. */
void part_print_columns(const struct part *part);

#endif
