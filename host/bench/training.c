/* training.c - whole training steps: gather, forward, loss, backward, update, on a resident set of
 * built-in digits, exactly as a run does them. */
#include <stdio.h>
#include <stdlib.h>

#include "host/bench/bench.h"
#include "host/net/certify.h"
#include "host/net/plan.h"
#include "host/util/status.h"

enum { WIDTHS_MOST = 8 };

/* Within a network, larger batches come later. */
static const struct {
    uint32_t widths[WIDTHS_MOST];
    size_t width_count;
    uint32_t batch;
} items[] = {
    {{784, 10, 10}, 3, 64},
    {{784, 10, 10}, 3, 128},
    {{784, 10, 10}, 3, INCLINE_BENCH_SAMPLES},
    {{784, 128, 10}, 3, 128},
    {{784, 500, 10}, 3, 500},
    {{784, 800, 800, 10}, 4, 128},
    {{784, 800, 800, 10}, 4, 1024},
    {{784, 2500, 2000, 1500, 1000, 500, 10}, 7, 256},
};

int step_work_call(void *work, uint32_t calls)
{
    struct step_work *w = work;
    int rc = INCLINE_OK;

    for (uint32_t done = 0, steps; done < calls && rc == INCLINE_OK; done += steps) {
        const uint32_t left = (w->feed->samples.rows - w->at) / w->batch;
        struct span order;
        steps = plan_steps_at_once(&w->plan, w->batch);
        steps = steps > calls - done ? calls - done : steps;
        steps = steps > left ? left : steps;
        TRY(feed_present(w->feed, w->at, steps * w->batch, &order));
        TRY(plan_steps(&w->plan, &w->feed->samples, order, w->batch, steps, 0.01f));
        w->at += steps * w->batch;
        w->at = w->at + w->batch <= w->feed->samples.rows ? w->at : 0;
    }
out:
    return rc;
}

/* Arithmetic of a step: two operations per weight and row, forward, for the weights' gradient,
 * and, but for the first layer, for the input's. */
static double step_flops(const struct net *net, uint32_t batch)
{
    const double first = (double)net->widths[0] * (double)net->widths[1];
    return 2.0 * batch * (3.0 * (double)net->weight_count - first);
}

/* "784-10-10", cut where it does not fit. */
static void name_network(const struct net *net, char *name, size_t bytes)
{
    size_t used = 0;
    for (uint32_t l = 0; l <= net->layers && used < bytes; l++)
        used +=
            (size_t)snprintf(name + used, bytes - used, "%s%u", l > 0 ? "-" : "", net->widths[l]);
}

void bench_describe_step(const struct net *net, uint32_t batch, char *name, size_t bytes,
                         struct incline_bench_row *row)
{
    name_network(net, name, bytes);
    *row = (struct incline_bench_row){.group = "train", .name = name, .samples = batch};
    snprintf(row->shape, sizeof row->shape, "batch %u", batch);
    row->flops = step_flops(net, batch);
}

int step_work_open(struct bench *bench, const struct net *net, const struct method *method,
                   uint32_t batch, struct step_work *work)
{
    float *params = malloc(net->param_count * sizeof *params);
    int rc = INCLINE_OK;

    *work = (struct step_work){.feed = &bench->feed, .batch = batch};
    if (params == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for %zu parameters", net->param_count);
    net_init_params(net, INCLINE_INIT_HE, 1, params);
    TRY(plan_create(&work->plan, bench->dev, net, method, batch));
    TRY(certify_steps(bench->dev, net, method, bench->feed.samples.element, work->plan.rows));
    TRY(plan_set_params(&work->plan, params));
out:
    free(params);
    return rc;
}

void step_work_close(struct step_work *work)
{
    plan_destroy(&work->plan);
}

/* The step of a network: its first use is checked, then it is timed. */
static int time_step(struct bench *bench, const struct net *net, uint32_t batch,
                     struct incline_bench_row *row)
{
    struct step_work work;
    int rc = INCLINE_OK;

    TRY(step_work_open(bench, net, NULL, batch, &work));
    TRY(bench_first(bench, step_work_call, &work, row));
    TRY(bench_time(bench, step_work_call, &work, row));
out:
    step_work_close(&work);
    return rc;
}

int bench_network(struct bench *bench, const uint32_t *widths, size_t width_count, uint32_t batch)
{
    const uint32_t features = bench->feed.samples.features;
    const uint32_t classes = bench->feed.dataset->info.classes;
    char name[128];
    struct incline_bench_row row;
    struct net net = {0};
    int rc = net_init(&net, widths, width_count, INCLINE_RELU);

    if (rc != INCLINE_OK)
        return rc;
    bench_describe_step(&net, batch, name, sizeof name, &row);
    if (net.widths[0] != features || net.widths[net.layers] < classes) {
        rc = FAIL(INCLINE_EARG,
                  "network %s cannot learn the built-in digits; it needs %u inputs and at least %u "
                  "outputs",
                  name, features, classes);
        goto out;
    }
    if (!bench->feed.resident) {
        snprintf(row.note, sizeof row.note, "the data set does not fit on the device");
        bench_skip(bench, &row);
    } else if (!bench_too_slow(bench, &row)) {
        rc = time_step(bench, &net, batch, &row);
        if (rc == INCLINE_EVERIFY) {
            bench_wrong(bench, &row);
            rc = INCLINE_OK;
        }
    }
out:
    net_clear(&net);
    return rc;
}

int bench_training(struct bench *bench)
{
    int rc = INCLINE_OK;

    bench->slowdown = 0.0;
    for (size_t i = 0; i < sizeof items / sizeof items[0] && rc == INCLINE_OK; i++)
        rc = bench_network(bench, items[i].widths, items[i].width_count, items[i].batch);
    return rc;
}
