/* methods.c - what a training method costs: steps of one network by several methods, their runs in
 * turn, the plain one first. */
#include <stdio.h>

#include "host/bench/bench.h"
#include "host/util/status.h"

enum { SIDE = 28, BATCH = 128 };
static const uint32_t widths[] = {SIDE * SIDE, 800, 10};

#define ADAM                                                                   \
    {                                                                          \
        .kind = INCLINE_ADAM, .beta1 = 0.9f, .beta2 = 0.999f, .epsilon = 1e-8f \
    }
#define DROPOUT                                \
    {                                          \
        .dropout = 0.5f, .dropout_input = 0.2f \
    }
#define DISTORTION                                                            \
    {                                                                         \
        .rotate = 10.0f, .scale = 0.1f, .shear = 0.1f, .elastic_alpha = 34.0f \
    }

static const struct {
    const char *name; /* behind that of the network */
    struct method method;
    enum incline_normalization normalization;
} items[] = {
    {.name = ""},
    {.name = " momentum", .method.optimizer = {.kind = INCLINE_MOMENTUM, .momentum = 0.9f}},
    {.name = " rmsprop",
     .method.optimizer = {.kind = INCLINE_RMSPROP, .beta2 = 0.99f, .epsilon = 1e-8f}},
    {.name = " adam", .method.optimizer = ADAM},
    {.name = " lamb",
     .method.optimizer = {.kind = INCLINE_LAMB, .beta1 = 0.9f, .beta2 = 0.999f, .epsilon = 1e-6f}},
    {.name = " clipped", .method.optimizer = {.clip_norm = 1.0f}},
    {.name = " batch-normalized", .normalization = INCLINE_NORMALIZE_BATCH},
    {.name = " layer-normalized", .normalization = INCLINE_NORMALIZE_LAYER},
    {.name = " dropout", .method.noise = DROPOUT},
    {.name = " deskewed", .method.deskew = 1},
    {.name = " affine", .method.augmentation = {.rotate = 10.0f, .scale = 0.1f, .shear = 0.1f}},
    {.name = " distorted", .method.augmentation = DISTORTION},
    {.name = " adam dropout distorted",
     .method = {.optimizer = ADAM, .noise = DROPOUT, .augmentation = DISTORTION}},
};
enum { ITEMS = sizeof items / sizeof items[0] };
_Static_assert((int)ITEMS <= (int)BENCH_IN_TURN_MOST, "more methods than are timed in turn");

struct method_rows {
    struct net nets[ITEMS];
    struct step_work works[ITEMS];
    struct incline_bench_row rows[ITEMS];
    char names[ITEMS][64];
};

/* The network and the row of method i. */
static int describe(size_t i, struct method_rows *m)
{
    char name[32];
    int rc = INCLINE_OK;

    TRY(net_init(&m->nets[i], widths, sizeof widths / sizeof widths[0], INCLINE_RELU));
    TRY(net_set_normalization(&m->nets[i], items[i].normalization));
    bench_describe_step(&m->nets[i], BATCH, name, sizeof name, &m->rows[i]);
    snprintf(m->names[i], sizeof m->names[i], "%s%s", name, items[i].name);
    m->rows[i].name = m->names[i];
    m->rows[i].group = "method";
out:
    return rc;
}

/* Method i's first step, checked. */
static int first_step(struct bench *bench, size_t i, struct method_rows *m)
{
    struct method method = items[i].method;
    int rc = INCLINE_OK;

    method.image_rows = method.image_cols = SIDE;
    TRY(step_work_open(bench, &m->nets[i], &method, BATCH, &m->works[i]));
    TRY(bench_first(bench, step_work_call, &m->works[i], &m->rows[i]));
out:
    return rc;
}

/* Is a step too slow to be timed? Then all rows are reported as skipped. */
static bool too_slow(struct bench *bench, struct method_rows *m)
{
    size_t skipped = 0;

    for (size_t i = 0; i < ITEMS; i++)
        skipped += bench_too_slow(bench, &m->rows[i]);
    return skipped > 0;
}

/* All of them in turn, but for those that are wrong. */
static int time_methods(struct bench *bench, struct method_rows *m)
{
    void *works[ITEMS];
    struct incline_bench_row rows[ITEMS];
    size_t right = 0;
    bool plain = false; /* it is right, so that the others have something to stand beside */

    for (size_t i = 0; i < ITEMS; i++) {
        const int rc = first_step(bench, i, m);
        if (rc != INCLINE_OK && rc != INCLINE_EVERIFY)
            return rc;
        if (i == 0 && rc == INCLINE_OK) {
            plain = true;
            bench_took(bench, &m->rows[i], m->rows[i].first);
            if (too_slow(bench, m))
                return INCLINE_OK;
        }
        if (rc == INCLINE_EVERIFY) {
            bench_wrong(bench, &m->rows[i]);
        } else {
            rows[right] = m->rows[i];
            works[right++] = &m->works[i];
        }
    }
    return bench_time_in_turn(bench, step_work_call, works, rows, right, plain);
}

int bench_methods(struct bench *bench)
{
    struct method_rows m = {.names = {{0}}};
    int rc = INCLINE_OK;

    for (size_t i = 0; i < ITEMS; i++)
        TRY(describe(i, &m));
    if (bench->feed.resident && !too_slow(bench, &m))
        rc = time_methods(bench, &m);
out:
    for (size_t i = 0; i < ITEMS; i++) {
        step_work_close(&m.works[i]);
        net_clear(&m.nets[i]);
    }
    return rc;
}
