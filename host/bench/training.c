/* training.c - whole training steps: gather, forward, loss, backward, update, on a resident set of
 * built-in digits, exactly as a run does them. */
#include <stdio.h>
#include <stdlib.h>

#include "host/bench/bench.h"
#include "host/data/dataset.h"
#include "host/net/certify.h"
#include "host/net/plan.h"
#include "host/train/feed.h"
#include "host/util/status.h"

static const struct work_item {
    const char *name;
    uint32_t widths[4];
    size_t width_count;
    uint32_t batch;
} items[] = {
    {"784-10-10", {784, 10, 10}, 3, 64},    {"784-10-10", {784, 10, 10}, 3, 128},
    {"784-10-10", {784, 10, 10}, 3, 10000}, {"784-128-10", {784, 128, 10}, 3, 128},
    {"784-500-10", {784, 500, 10}, 3, 500}, {"784-800-800-10", {784, 800, 800, 10}, 4, 128},
};

struct step_work {
    struct plan plan;
    struct feed feed;
    uint32_t rows, batch, at;
};

/* One step; batches follow each other through the set. */
static int step(void *work)
{
    struct step_work *w = work;
    struct span order;
    int rc = feed_present(&w->feed, w->at, w->batch, &order);

    if (rc == INCLINE_OK)
        rc = plan_steps(&w->plan, &w->feed.samples, order, w->batch, 1, 0.01f);
    w->at = w->at + 2 * w->batch <= w->rows ? w->at + w->batch : 0;
    return rc;
}

/* Arithmetic of a step: two operations per weight and row, forward, for the weights' gradient,
 * and, but for the first layer, for the input's. */
static double step_flops(const struct net *net, uint32_t batch)
{
    const double first = (double)net->widths[0] * (double)net->widths[1];
    return 2.0 * batch * (3.0 * (double)net->weight_count - first);
}

static int bench_item(struct bench *bench, const incline_dataset *digits,
                      const struct work_item *item)
{
    struct incline_bench_row row = {.group = "train", .name = item->name, .passed = true};
    struct step_work work = {.rows = digits->info.rows, .batch = item->batch};
    struct net net = {0};
    float *params = NULL;
    int rc = INCLINE_OK;

    TRY(net_init(&net, item->widths, item->width_count, INCLINE_RELU));
    params = malloc(net.param_count * sizeof *params);
    if (params == NULL) {
        rc = FAIL(INCLINE_ENOMEM, "no memory for %zu parameters", net.param_count);
        goto out;
    }
    net_init_params(&net, INCLINE_INIT_HE, 1, params);
    TRY(plan_create(&work.plan, bench->dev, &net, item->batch));
    TRY(certify(bench->dev, &net, work.plan.rows));
    TRY(plan_set_params(&work.plan, params));
    TRY(feed_open(&work.feed, bench->dev, digits, digits->info.scale, digits->info.shift,
                  work.plan.rows));
    TRY(feed_epoch(&work.feed, 1, 0, false));
    snprintf(row.shape, sizeof row.shape, "batch %u", item->batch);
    row.samples = item->batch;
    row.flops = step_flops(&net, item->batch);
    TRY(bench_time(bench, step, &work, &row));
out:
    plan_destroy(&work.plan);
    feed_close(&work.feed);
    net_clear(&net);
    free(params);
    return rc;
}

int bench_training(struct bench *bench)
{
    incline_dataset *digits = NULL;
    int rc = digits_create(10000, 1, &digits);

    for (size_t i = 0; i < sizeof items / sizeof items[0] && rc == INCLINE_OK; i++)
        rc = bench_item(bench, digits, &items[i]);
    incline_dataset_close(digits);
    return rc;
}
