/* train_jobs.h - runs of incline train, several at a time: each on a thread and on a handle of the
 * device of its own. Knows nothing of what the runs are for. */
#ifndef INCLINE_CLI_TRAIN_JOBS_H
#define INCLINE_CLI_TRAIN_JOBS_H

#include "train_run.h"

/* What is to be done. The functions are called by one thread at a time, though not always by the
 * same; only they print, beside the progress of the runs. Each returns CLI_DONE, or a status with a
 * message printed. */
struct train_jobs {
    uint32_t count;    /* runs, numbered from 0, begun in this order */
    uint32_t together; /* of them at a time; 0: as many as fill the device, settled by train_jobs()
                          when the first is begun */
    bool quiet;        /* no progress */
    void *user;

    /* Fill `run` with what run number `job` needs, its device being `device`: the trainer is then
     * the caller's. */
    int (*begin)(void *user, uint32_t job, incline_device *device, struct train_run *run);

    /* The first is begun, and `together` is settled: as many threads as there are. */
    void (*settled)(void *user, const struct train_run *first);

    /* A run came to its end, or was stopped and saved, if outcome->caught is not 0. */
    int (*end)(void *user, uint32_t job, const struct train_run *run,
               const struct train_outcome *outcome);

    /* It failed, and that was said. */
    void (*fail)(void *user, uint32_t job);
};

/* Do it on `device` and others like it. A signal stops and saves all that run; a failure lets them
 * come to their end; after both no other is begun. Returns CLI_DONE, or the status of what failed
 * first; *caught is the number of the signal, or 0. */
int train_jobs(struct train_jobs *jobs, incline_device *device, int *caught);

#endif
