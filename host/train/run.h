/* run.h - what a training run is told: its options with every default filled in, and as JSON. */
#ifndef INCLINE_TRAIN_RUN_H
#define INCLINE_TRAIN_RUN_H

#include <jansson.h>

#include "host/data/dataset.h"
#include "incline.h"

struct run {
    uint32_t *widths; /* inputs, hidden layers, classes; [width_count]; owned */
    size_t width_count;
    enum incline_activation activation;
    enum incline_init init;
    uint32_t epochs; /* 0: the run is counted in steps */
    uint64_t steps;  /* 0: the run is counted in epochs */
    uint32_t batch;  /* rows, or INCLINE_BATCH_FULL */
    float learning_rate;
    uint64_t seed;
    uint32_t rows;    /* of the training set */
    char dataset[64]; /* its name */
    char source[512]; /* where it came from */
};

/* Check the options, fill in defaults, and add what the data set says.
 * Fails with INCLINE_EARG (one sentence), INCLINE_ESHAPE, INCLINE_ENOMEM. */
int run_init(struct run *run, const struct incline_train_options *options,
             const struct incline_dataset *dataset);
void run_clear(struct run *run);

/* Rows of a batch, steps of an epoch, steps in all. */
uint32_t run_batch_rows(const struct run *run);
uint64_t run_epoch_steps(const struct run *run);
uint64_t run_total_steps(const struct run *run);

/* The run as a JSON object, and back; NULL, or INCLINE_EFORMAT, where that is not possible. */
json_t *run_to_json(const struct run *run);
int run_from_json(const json_t *json, struct run *run);

#endif
