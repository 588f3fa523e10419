/* bench.h - what the parts of measurement share: one stopwatch, one way to report. */
#ifndef INCLINE_BENCH_H
#define INCLINE_BENCH_H

#include "host/backend/backend.h"
#include "host/net/plan.h"
#include "host/train/feed.h"

struct bench {
    struct incline_device *dev;
    struct incline_bench_device facts;
    double seconds;  /* spent on each row */
    bool patient;    /* skip nothing */
    double slowdown; /* the last row's best time / what the peaks allow; below 1: not known */
    size_t rows, wrong;
    char first_wrong[160]; /* name and shape of the first wrong row */
    incline_bench_fn report;
    void *user;

    incline_dataset *digits; /* NULL if nothing is trained */
    struct feed feed;        /* the digits on the device */
};

/* Queue `calls` calls of the work. */
typedef int (*bench_call)(void *work, uint32_t calls);

/* True if a call would take too long, judged by the peaks and by the row before. The row is then
 * reported as skipped. */
bool bench_too_slow(struct bench *bench, struct incline_bench_row *row);

/* A call of the row took so long: what comes next is judged by that. */
void bench_took(struct bench *bench, const struct incline_bench_row *row, double seconds);

/* Report that the row is skipped; its note says why. */
void bench_skip(struct bench *bench, struct incline_bench_row *row);

/* Report that the row is wrong: incline_last_error() says how. */
void bench_wrong(struct bench *bench, struct incline_bench_row *row);

/* The first call, timed to its end: row->first. Fails as the call does. */
int bench_first(struct bench *bench, bench_call call, void *work, struct incline_bench_row *row);

/* Time what has been found right: five runs of as many calls as fit into a fifth of the time each,
 * every run ended by waiting for the device; fewer if they take ten times as long as they should.
 * Fills the row's times and reports it. Fails as the call does. */
int bench_time(struct bench *bench, bench_call call, void *work, struct incline_bench_row *row);

/* The same for several works that are to be compared: their runs are taken in turn, so that what
 * else the machine does from one second to the next touches all of them. count <=
 * BENCH_IN_TURN_MOST. With `costs` each gets its cost beside the first. */
enum { BENCH_IN_TURN_MOST = 13 };
int bench_time_in_turn(struct bench *bench, bench_call call, void *const *works,
                       struct incline_bench_row *rows, size_t count, bool costs);

/* The parts. A wrong result is a row like others. Fail as the device fails. */
int bench_kernels(struct bench *bench);  /* kernels.c: each slot on typical shapes */
int bench_training(struct bench *bench); /* training.c: whole steps of typical networks */
int bench_methods(struct bench *bench);  /* methods.c: a step by this and by that method */

/* training.c: steps on the digits, each batch the next one in them, with a plan by `method`, NULL
 * for plain descent; and its close. Steps are certified before. */
struct step_work {
    struct plan plan;
    struct feed *feed;
    uint32_t batch, at; /* at: the next batch's first sample in the epoch's order */
};
int step_work_open(struct bench *bench, const struct net *net, const struct method *method,
                   uint32_t batch, struct step_work *work);
void step_work_close(struct step_work *work);
int step_work_call(void *work, uint32_t calls); /* a bench_call */

/* training.c: the name, shape and arithmetic of a network's step. `name` is cut where it does not
 * fit. */
void bench_describe_step(const struct net *net, uint32_t batch, char *name, size_t bytes,
                         struct incline_bench_row *row);

/* training.c: a step of one network; batch <= rows of the digits. Fails as the device fails, or
 * with INCLINE_EARG if there can be no such network on these data. */
int bench_network(struct bench *bench, const uint32_t *widths, size_t width_count, uint32_t batch);

#endif
