/* predictions.h - predictions on standard output: as text, CSV or JSON lines. */
#ifndef INCLINE_CLI_PREDICTIONS_H
#define INCLINE_CLI_PREDICTIONS_H

#include "cli.h"

enum prediction_format { PREDICTIONS_TEXT, PREDICTIONS_CSV, PREDICTIONS_JSONL };

/* How the predictions of a model are written. */
struct predictions {
    enum prediction_format format;
    enum incline_task task;
    uint32_t count;  /* numbers predicted for a sample */
    uint32_t top;    /* classes of a sample, the most probable first */
    uint32_t *order; /* [count] classes by falling probability, the first `top` of them; owned */
    char **names;    /* [count] of classes, labels or targets, as the format spells them; owned */
    char *file;      /* the same of the file at hand; owned */
};

/* Zeros may be closed. CLI_DONE, or CLI_FAILED or CLI_USAGE with a message. */
int predictions_open(struct predictions *p, const incline_model *model,
                     enum prediction_format format, uint32_t top);
void predictions_close(struct predictions *p);

/* The line that names the columns, where the format has one. */
void predictions_header(const struct predictions *p);

/* Samples are of this file from now on. CLI_DONE, or CLI_FAILED with a message. */
int predictions_file(struct predictions *p, const char *file);

/* What is predicted for sample `row` of the file, q[count]. */
void predictions_sample(const struct predictions *p, uint64_t row, const float *q);

#endif
