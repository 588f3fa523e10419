/* train_jobs.c - threads that train, and the one that waits for them, listens to signals and draws
 * the progress of all. */
#define _POSIX_C_SOURCE 200809L /* uselocale() */
#include "train_jobs.h"
#include "interrupt.h"
#include "terminal.h"

#include <inttypes.h>
#include <locale.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

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
    bool begun;    /* by the first thread */
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
    if (rc == INCLINE_OK && run->test != NULL) {
        pthread_mutex_unlock(&crew->lock);
        rc = incline_evaluate(incline_trainer_model(run->trainer), run->device, run->test, NULL,
                              &outcome->test);
        pthread_mutex_lock(&crew->lock);
        outcome->tested = rc == INCLINE_OK;
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

/* Is another run to be begun? */
static bool goes_on(const struct crew *crew)
{
    return crew->status == CLI_DONE && !crew->stopping;
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct crew *crew = worker->crew;

    if (crew->locale != (locale_t)0)
        uselocale(crew->locale);
    pthread_mutex_lock(&crew->lock);
    while (worker->job < crew->jobs->count && (worker->begun || goes_on(crew))) {
        const int status = do_job(worker);
        if (crew->status == CLI_DONE)
            crew->status = status;
        worker->job = crew->next++;
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

static double seconds_since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)(now.tv_sec - start->tv_sec) + 1e-9 * (double)(now.tv_nsec - start->tv_nsec);
}

/* Until every thread has ended. */
static void look_after(struct crew *crew)
{
    const bool drawn = !crew->jobs->quiet && crew->jobs->together > 1;
    struct timespec start, next;

    clock_gettime(CLOCK_REALTIME, &start);
    pthread_mutex_lock(&crew->lock);
    while (crew->working > 0) {
        clock_gettime(CLOCK_REALTIME, &next);
        next.tv_nsec += look_nanoseconds;
        next.tv_sec += next.tv_nsec / 1000000000;
        next.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&crew->changed, &crew->lock, &next);
        if (interrupt_caught() != 0 && !crew->stopping)
            stop_all(crew);
        if (drawn && crew->working > 0 && !crew->stopping)
            draw(crew, seconds_since(&start));
    }
    terminal_line_clear();
    pthread_mutex_unlock(&crew->lock);
}

/* Begin the first run, and settle how many are trained at a time. */
static int begin_first(struct crew *crew, incline_device *device, struct train_run *run)
{
    struct train_jobs *jobs = crew->jobs;
    int status = CLI_DONE;

    TRY(jobs->begin(jobs->user, 0, device, run));
    if (jobs->together == 0)
        jobs->together = incline_trainer_together(run->trainer);
    if (jobs->together > jobs->count)
        jobs->together = jobs->count;
    jobs->settled(jobs->user, run);
    return CLI_DONE;
out:
    incline_trainer_destroy(run->trainer);
    jobs->fail(jobs->user, 0);
    return status;
}

/* A thread for each run at a time, or as many as the system gives; returns how many. */
static uint32_t start(struct crew *crew)
{
    uint32_t w = 0;

    pthread_mutex_lock(&crew->lock);
    for (; w < crew->jobs->together; w++) {
        struct worker *worker = &crew->workers[w];
        worker->crew = crew;
        worker->job = w;
        if (w > 0 && incline_device_another(crew->workers[0].device, &worker->device) != INCLINE_OK)
            break;
        if (pthread_create(&worker->thread, NULL, work, worker) != 0)
            break;
    }
    crew->next = crew->working = w;
    pthread_mutex_unlock(&crew->lock);
    return w;
}

int train_jobs(struct train_jobs *jobs, incline_device *device, int *caught)
{
    struct crew crew = {.jobs = jobs,
                        .lock = PTHREAD_MUTEX_INITIALIZER,
                        .changed = PTHREAD_COND_INITIALIZER,
                        .locale = uselocale((locale_t)0)};
    struct train_run first;
    int status = CLI_DONE;

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
    const uint32_t threads = start(&crew);
    look_after(&crew);
    for (uint32_t w = 0; w < threads; w++)
        pthread_join(crew.workers[w].thread, NULL);
    *caught = interrupt_end();
    status = crew.status;
    if (threads == 0) {
        status = cli_fail("no thread to train in; end other programs");
        incline_trainer_destroy(first.trainer);
    }
    for (uint32_t w = 1; w < jobs->together; w++)
        incline_device_close(crew.workers[w].device);
out:
    free(crew.workers);
    return status;
}
