/* kernels.c - each slot on shapes that training meets: checked, then timed. */
#include <stdio.h>
#include <stdlib.h>

#include "host/bench/bench.h"
#include "host/bench/slots.h"
#include "host/util/status.h"

/* Of one slot, larger shapes come later. */
static const struct {
    enum slot slot;
    const char *name;
    uint32_t rows, inputs, outputs;
} items[] = {
    {SLOT_GATHER, "gather", 128, 784, 1},
    {SLOT_GATHER, "gather", 10000, 784, 1},
    {SLOT_FORWARD, "dense_forward", 128, 784, 10},
    {SLOT_FORWARD, "dense_forward", 128, 784, 128},
    {SLOT_FORWARD, "dense_forward", 1024, 1024, 1024},
    {SLOT_FORWARD, "dense_forward", 2048, 2048, 2048},
    {SLOT_LOSS, "softmax_xent", 10000, 1, 10},
    {SLOT_BACKWARD_WEIGHTS, "dense_backward_weights", 128, 784, 10},
    {SLOT_BACKWARD_WEIGHTS, "dense_backward_weights", 128, 784, 128},
    {SLOT_BACKWARD_WEIGHTS, "dense_backward_weights", 60000, 784, 10},
    {SLOT_BACKWARD_WEIGHTS, "dense_backward_weights", 1024, 1024, 1024},
    {SLOT_BACKWARD_INPUT, "dense_backward_input", 1024, 1024, 1024},
    {SLOT_UPDATE, "update", 1, 1000, 1000},
};

/* The shape, the arithmetic and the least memory traffic of one call. */
static void describe(const struct slot_work *w, struct incline_bench_row *row)
{
    const double rows = w->rows, inputs = w->inputs, outputs = w->outputs;
    struct slot_product p;

    if (slot_is_product(w, &p)) {
        const double m = (double)p.m, n = (double)p.n, k = (double)p.k;
        const double slopes = w->slot == SLOT_BACKWARD_INPUT ? m * n : 0.0;
        row->flops = 2.0 * m * n * k;
        row->bytes = sizeof(float) * (m * k + k * n + m * n + slopes);
        snprintf(row->shape, sizeof row->shape, "%zu x %zu x %zu", p.m, p.n, p.k);
    } else if (w->slot == SLOT_UPDATE) {
        row->flops = 2.0 * inputs * outputs;
        row->bytes = 3.0 * sizeof(float) * inputs * outputs;
        snprintf(row->shape, sizeof row->shape, "%.0f", inputs * outputs);
    } else if (w->slot == SLOT_GATHER) {
        row->bytes = rows * inputs * (1.0 + sizeof(float));
        snprintf(row->shape, sizeof row->shape, "%u x %u", w->rows, w->inputs);
    } else {
        row->bytes = rows * (2.0 * sizeof(float) * outputs + 2.0 * sizeof(float));
        snprintf(row->shape, sizeof row->shape, "%u x %u", w->rows, w->outputs);
    }
}

static int time_slot(struct bench *bench, struct slot_work *work, struct incline_bench_row *row)
{
    int rc = INCLINE_OK;

    TRY(slot_fill(work));
    TRY(bench_first(bench, slot_call, work, row));
    TRY(slot_check(work));
    free(work->values);
    work->values = NULL;
    TRY(bench_time(bench, slot_call, work, row));
out:
    slot_clear(work);
    return rc;
}

static int bench_slot(struct bench *bench, struct slot_work *work, const char *name)
{
    const uint64_t most = bench->dev->info.max_alloc_bytes;
    struct incline_bench_row row = {.group = "kernel", .name = name};

    slot_lay_out(work);
    describe(work, &row);
    if (work->end * sizeof(float) > most) {
        snprintf(row.note, sizeof row.note, "too large: %zu bytes in one buffer, at most %llu",
                 work->end * sizeof(float), (unsigned long long)most);
        bench_skip(bench, &row);
        return INCLINE_OK;
    }
    if (bench_too_slow(bench, &row))
        return INCLINE_OK;
    const int rc = time_slot(bench, work, &row);
    if (rc != INCLINE_EVERIFY)
        return rc;
    bench_wrong(bench, &row);
    return INCLINE_OK;
}

int bench_kernels(struct bench *bench)
{
    int rc = INCLINE_OK;

    for (size_t i = 0; i < sizeof items / sizeof items[0] && rc == INCLINE_OK; i++) {
        struct slot_work work = {.dev = bench->dev,
                                 .slot = items[i].slot,
                                 .rows = items[i].rows,
                                 .inputs = items[i].inputs,
                                 .outputs = items[i].outputs,
                                 .activation = INCLINE_RELU};
        if (i == 0 || items[i].slot != items[i - 1].slot)
            bench->slowdown = 0.0;
        rc = bench_slot(bench, &work, items[i].name);
    }
    return rc;
}
