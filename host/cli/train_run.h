/* train_run.h - a run of incline train: its parts, and how they are shown. */
#ifndef INCLINE_CLI_TRAIN_RUN_H
#define INCLINE_CLI_TRAIN_RUN_H

#include "json.h"
#include "progress.h"
#include "run_folder.h"

/* What a run is made of; closed in the opposite order. */
struct train_run {
    incline_model *init;
    incline_dataset *data;
    incline_dataset *test; /* NULL if the set has no test part */
    char no_test[512];     /* why not */
    incline_device *device;
    struct run_folder folder;
    incline_trainer *trainer;
};

/* Data, device, network and folder, a line each, on standard error. */
void train_print_start(const struct train_run *run);

/* The result on standard output; `test` is NULL if there was nothing to test on, `file` the
 * model's. */
void train_print_result(const struct train_run *run, const struct progress *progress,
                        const struct incline_evaluation *test, const char *file);

/* The same as JSON; NULL without memory. */
json_t *train_json(const struct train_run *run, const struct progress *progress,
                   const struct incline_evaluation *test, bool interrupted, const char *file);

#endif
