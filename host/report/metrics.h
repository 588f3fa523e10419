/* metrics.h - metrics.jsonl of a run folder: one JSON object per epoch. */
#ifndef INCLINE_REPORT_METRICS_H
#define INCLINE_REPORT_METRICS_H

#include <stdio.h>

#include "incline.h"

/* Open folder/metrics.jsonl. Lines of steps beyond `step` are dropped, so that a resumed run
 * writes what an uninterrupted one would have; a fresh run passes 0. Fails with INCLINE_EIO. */
int metrics_open(const char *folder, uint64_t step, FILE **log);

/* Add the line of an epoch to the log of a folder. Numbers that are not finite become null. Fails
 * with INCLINE_EIO. */
int metrics_add(const char *folder, FILE *log, const struct incline_progress *progress);

/* Close the log; NULL is fine. Fails with INCLINE_EIO. */
int metrics_close(const char *folder, FILE *log);

#endif
