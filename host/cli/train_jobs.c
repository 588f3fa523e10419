/* train_jobs.c - threads that train, and the one that waits for them, listens to signals and draws
 * the progress of all. */
#define _POSIX_C_SOURCE 200809L /* uselocale() */
#include "train_jobs.h"
#include "clock.h"
#include "interrupt.h"
#include "terminal.h"

#include <inttypes.h>
#include <locale.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The clock that waits go by: where a system offers it, one that nobody sets back. */
#if defined(_POSIX_CLOCK_SELECTION) && _POSIX_CLOCK_SELECTION > 0
#define WAIT_CLOCK CLOCK_MONOTONIC
#else
#define WAIT_CLOCK CLOCK_REALTIME
#endif

static const long look_nanoseconds = 100000000; /* from one look at signals to the next */

/* What the threads share, all of it guarded by `lock`. A thread holds it but for training and
 * testing. */
struct crew {
    struct train_jobs *jobs;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* a thread ended */
    locale_t locale;        /* how the first thread reads and writes numbers */
    struct worker *workers; /* [jobs->together] */
    uint32_t next;          /* the run to begin next */
    uint32_t done, working; /* runs that are; threads that do */
    int status;             /* of the first that failed */
    bool stopping;
};

/* A thread, and its run. */
struct worker {
    struct crew *crew;
    pthread_t thread;
    incline_device *device;
    uint32_t job;
    bool begun;    /* by the first thread, which is so with run 0 */
    bool training; /* there is something to stop */
    struct train_run run;
    struct train_outcome outcome;
};

static void record(void *user, const struct incline_progress *now)
{
    struct worker *worker = user;

    pthread_mutex_lock(&worker->crew->lock);
    progress_update(&worker->outcome.progress, now);
    pthread_mutex_unlock(&worker->crew->lock);
}

/* Train and test what is begun. */
static int train_through(struct worker *worker)
{
    struct crew *crew = worker->crew;
    struct train_run *run = &worker->run;
    struct train_outcome *outcome = &worker->outcome;

    *outcome = (struct train_outcome){.caught = 0};
    progress_begin(&outcome->progress, crew->jobs->quiet || crew->jobs->together > 1);
    worker->training = true;
    if (crew->stopping) /* since it was begun */
        incline_trainer_stop(run->trainer);
    pthread_mutex_unlock(&crew->lock);
    int rc = incline_trainer_run(run->trainer, record, worker);
    pthread_mutex_lock(&crew->lock);
    worker->training = false;
    terminal_line_clear();
    if (rc == INCLINE_EINTERRUPTED) {
        outcome->caught = interrupt_caught();
        return CLI_DONE;
    }
    if (rc == INCLINE_OK) {
        pthread_mutex_unlock(&crew->lock);
        rc = train_test(run, outcome);
        pthread_mutex_lock(&crew->lock);
    }
    return cli_check(rc);
}

static int do_job(struct worker *worker)
{
    const struct train_jobs *jobs = worker->crew->jobs;
    struct train_run *run = &worker->run;
    int status = CLI_DONE;

    if (!worker->begun)
        TRY(jobs->begin(jobs->user, worker->job, worker->device, run));
    worker->begun = false;
    TRY(train_through(worker));
    TRY(jobs->end(jobs->user, worker->job, run, &worker->outcome));
    worker->crew->done += worker->outcome.caught == 0;
out:
    incline_trainer_destroy(run->trainer);
    run->trainer = NULL;
    if (status != CLI_DONE)
        jobs->fail(jobs->user, worker->job);
    return status;
}

/* Is there a run for the worker: what the first thread began, else the next one? */
static bool take(struct worker *worker)
{
    struct crew *crew = worker->crew;

    if (worker->begun)
        return true;
    if (crew->status != CLI_DONE || crew->stopping || crew->next == crew->jobs->count)
        return false;
    worker->job = crew->next++;
    return true;
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct crew *crew = worker->crew;

    if (crew->locale != (locale_t)0)
        uselocale(crew->locale);
    pthread_mutex_lock(&crew->lock);
    while (take(worker)) {
        const int status = do_job(worker);
        if (crew->status == CLI_DONE)
            crew->status = status;
    }
    crew->working--;
    pthread_cond_signal(&crew->changed);
    pthread_mutex_unlock(&crew->lock);
    return NULL;
}

/* ---- the first thread ---- */

static void stop_all(struct crew *crew)
{
    crew->stopping = true;
    for (uint32_t w = 0; w < crew->jobs->together; w++)
        if (crew->workers[w].training)
            incline_trainer_stop(crew->workers[w].run.trainer);
}

static void draw(const struct crew *crew, double seconds)
{
    const uint32_t count = crew->jobs->count;
    uint32_t training = 0;
    double work = crew->done;

    for (uint32_t w = 0; w < crew->jobs->together; w++)
        if (crew->workers[w].training) {
            training++;
            work += progress_part(&crew->workers[w].outcome.progress.last);
        }
    progress_together(crew->done, training, count, work / count, seconds);
}

/* Until every thread has ended. */
static void look_after(struct crew *crew)
{
    const bool drawn = !crew->jobs->quiet && crew->jobs->together > 1;
    const double begun = clock_now();
    struct timespec next;

    pthread_mutex_lock(&crew->lock);
    while (crew->working > 0) {
        clock_gettime(WAIT_CLOCK, &next);
        next.tv_nsec += look_nanoseconds;
        next.tv_sec += next.tv_nsec / 1000000000;
        next.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&crew->changed, &crew->lock, &next);
        if (interrupt_caught() != 0 && !crew->stopping)
            stop_all(crew);
        if (drawn && crew->working > 0 && !crew->stopping)
            draw(crew, clock_now() - begun);
    }
    terminal_line_clear();
    pthread_mutex_unlock(&crew->lock);
}

/* Begin the first run, and see how many are trained at a time. */
static int begin_first(struct crew *crew, incline_device *device, struct train_run *run)
{
    struct train_jobs *jobs = crew->jobs;
    int status = CLI_DONE;

    TRY(jobs->begin(jobs->user, 0, device, run));
    if (jobs->together == 0)
        jobs->together = incline_trainer_together(run->trainer);
    if (jobs->together > jobs->count)
        jobs->together = jobs->count;
    return CLI_DONE;
out:
    incline_trainer_destroy(run->trainer);
    jobs->fail(jobs->user, 0);
    return status;
}

/* Start worker number w on a device of its own; the first has one. NULL, or why not. */
static const char *start(struct crew *crew, uint32_t w)
{
    struct worker *worker = &crew->workers[w];

    worker->crew = crew;
    if (w > 0 && incline_device_another(crew->workers[0].device, &worker->device) != INCLINE_OK)
        return incline_last_error();
    const int error = pthread_create(&worker->thread, NULL, work, worker);
    if (error == 0)
        return NULL;
    if (w > 0)
        incline_device_close(worker->device);
    return strerror(error);
}

/* A thread for each run at a time, or as many as the system gives, which settles how many there
 * are. They wait for the lock meanwhile. */
static int start_all(struct crew *crew)
{
    struct train_jobs *jobs = crew->jobs;
    const uint32_t wanted = jobs->together;
    const char *reason = NULL;
    int status = CLI_DONE;

    pthread_mutex_lock(&crew->lock);
    while (crew->working < wanted && (reason = start(crew, crew->working)) == NULL)
        crew->working++;
    jobs->together = crew->working;
    if (crew->working == 0) {
        status = cli_fail("no thread to train in: %s; end other programs", reason);
    } else {
        if (reason != NULL)
            cli_note("%" PRIu32 " networks at a time instead of %" PRIu32 ": %s", crew->working,
                     wanted, reason);
        jobs->settled(jobs->user, &crew->workers[0].run);
    }
    pthread_mutex_unlock(&crew->lock);
    return status;
}

/* What the threads share; its condition waits by the clock that never goes back. */
static int crew_open(struct crew *crew)
{
    pthread_condattr_t by;
    int error = pthread_condattr_init(&by);

    if (error == 0) {
#if WAIT_CLOCK != CLOCK_REALTIME
        error = pthread_condattr_setclock(&by, WAIT_CLOCK);
#endif
        if (error == 0)
            error = pthread_cond_init(&crew->changed, &by);
        pthread_condattr_destroy(&by);
    }
    return error == 0 ? CLI_DONE : cli_fail("no threads: %s; end other programs", strerror(error));
}

int train_jobs(struct train_jobs *jobs, incline_device *device, int *caught)
{
    struct crew crew = {.jobs = jobs,
                        .lock = PTHREAD_MUTEX_INITIALIZER,
                        .locale = uselocale((locale_t)0),
                        .next = 1};
    struct train_run first;
    int status = crew_open(&crew);

    if (status != CLI_DONE)
        return status;
    TRY(begin_first(&crew, device, &first));
    crew.workers = calloc(jobs->together, sizeof *crew.workers);
    if (crew.workers == NULL) {
        status = cli_fail("not enough memory for %" PRIu32 " networks at a time; ask for fewer "
                          "with --jobs",
                          jobs->together);
        incline_trainer_destroy(first.trainer);
        goto out;
    }
    crew.workers[0].device = device;
    crew.workers[0].run = first;
    crew.workers[0].begun = true;
    interrupt_begin(NULL);
    status = start_all(&crew);
    look_after(&crew);
    for (uint32_t w = 0; w < jobs->together; w++)
        pthread_join(crew.workers[w].thread, NULL);
    *caught = interrupt_end();
    if (status == CLI_DONE)
        status = crew.status;
    else
        incline_trainer_destroy(first.trainer);
    for (uint32_t w = 1; w < jobs->together; w++)
        incline_device_close(crew.workers[w].device);
out:
    free(crew.workers);
    pthread_cond_destroy(&crew.changed);
    return status;
}
