/* run.h - what a training run is told: its options with every default filled in, what the data set
 * adds, and both as JSON. */
#ifndef INCLINE_TRAIN_RUN_H
#define INCLINE_TRAIN_RUN_H

#include "host/data/dataset.h"
#include "host/train/schedule.h"
#include "host/train/task.h"
#include "incline.h"

struct run {
    /* No default is left open; `output`, `model` and `kept` are NULL. Of `epochs` and `steps` one
     * is 0: it does not count. */
    struct incline_train_options options;
    uint32_t widths[INCLINE_HIDDEN_MAX + 2]; /* inputs, hidden layers, classes */
    size_t width_count;
    struct task task;              /* of a resumed run: what its model and options say */
    uint32_t rows;                 /* of the training set, */
    uint32_t validation;           /* and how many of them are kept apart */
    uint64_t samples;              /* what they are, by samples_hash(); 0 where not known */
    char dataset[64];              /* its name */
    char source[INCLINE_PATH_MAX]; /* where it came from: a file or folder by its whole path */
    char kept[INCLINE_KEPT_MAX];   /* options.kept as one line of JSON; "" if there is none */
};

/* Check the options, fill in defaults, and add what the data set says. Where the options name a
 * model, the run's network is its.
 * Fails with INCLINE_EARG (one sentence), INCLINE_ESHAPE. */
int run_init(struct run *run, const struct incline_train_options *options,
             const struct incline_dataset *dataset);

/* Rows that are trained on. */
static inline uint32_t run_train_rows(const struct run *run)
{
    return run->rows - run->validation;
}

/* Rows of a batch, steps of an epoch, steps in all. */
uint32_t run_batch_rows(const struct run *run);
uint64_t run_epoch_steps(const struct run *run);
uint64_t run_total_steps(const struct run *run);

/* How long it is, for its schedule. */
struct schedule_span run_span(const struct run *run);

/* The learning rate of a step, where a plateau has fallen `falls` times, and of the steps from
 * there on, at most `most` and within an epoch, how many have it. */
float run_learning_rate(const struct run *run, uint32_t falls, uint64_t step);
uint32_t run_steps_of_rate(const struct run *run, uint64_t step, uint32_t most);

/* A new end for a run that has done `done` steps: `epochs` or `steps`, the other 0; neither: it
 * stays. Fails with INCLINE_EARG where it lies before where the run stands, or the learning rate's
 * schedule does not fit it. */
int run_extend(struct run *run, uint64_t done, uint32_t epochs, uint64_t steps);

/* Note where the data set came from. */
void run_locate(struct run *run, const struct incline_dataset_info *info);

/* What the run says beside its settings. */
void run_describe(const struct run *run, struct incline_run_info *info);

/* What the samples are, as a number that is not 0: a hash of labels, targets and values, of at most
 * a megabyte of each, the same of a table whether it is read anew or by a model's columns. Fails
 * with INCLINE_ENOMEM, or as incline_dataset_ready(). */
int samples_hash(const struct incline_dataset *dataset, uint64_t *hash);

/* run->kept = `kept`, a JSON object of texts. Fails with INCLINE_EARG. */
int run_keep(struct run *run, const char *kept);

/* The run as JSON text that the caller frees, in one line or `indented`; and back. Fail with
 * INCLINE_ENOMEM; INCLINE_EFORMAT. */
int run_to_json(const struct run *run, bool indented, char **text);
int run_from_json(const char *text, struct run *run);

#endif
