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
    char test_source[512]; /* where the set to test on lies, if it is one of its own */
    const char *notes[2];  /* to be said once it is known that it can begin; NULL: nothing */
    incline_device *device;
    struct run_folder folder;
    incline_trainer *trainer;
};

/* How a run went. */
struct train_outcome {
    struct progress progress;
    int caught;                     /* number of the signal that stopped it; 0 */
    bool tested;                    /* not if it was stopped, or there is no test part */
    struct incline_evaluation test; /* if tested */
};

/* Run the trainer to its end or to a signal, then evaluate. CLI_DONE, also when stopped, or a
 * status with a message printed. */
int train_once(struct train_run *run, bool quiet, struct train_outcome *outcome);

/* Evaluate what was trained, unless it was stopped or there is nothing to test on. Returns what
 * incline_evaluate() does. */
int train_test(const struct train_run *run, struct train_outcome *outcome);

/* Data, device, network and folder, a line each, on standard error. */
void train_print_start(const struct train_run *run);

/* The result on standard output; `test` is NULL if there was nothing to test on, `file` the
 * model's. */
void train_print_result(const struct train_run *run, const struct progress *progress,
                        const struct incline_evaluation *test, const char *file);

/* Say so where a model is of no use: where the most frequent class, or the mean, does as well. */
void train_note_useless(const struct train_run *run, const struct incline_evaluation *test);

/* What train_print_result() says as JSON; NULL without memory. */
json_t *train_json(const struct train_run *run, const struct progress *progress,
                   const struct incline_evaluation *test, bool interrupted, const char *file);

#endif
