/* plan_layout.c - how many rows go through at a time, and where each piece of the arena begins. */
#include <assert.h>
#include <stdlib.h>

#include "host/net/normalize.h"
#include "host/net/plan_room.h"
#include "host/util/size.h"
#include "host/util/status.h"

/* Passes are not cut smaller than this for the sake of caches. */
enum { ROWS_WORTH_A_PASS = 512 };

bool plan_keeps_z(const struct net *net, uint32_t l)
{
    return l > 0 && !backend_fuses(net_activation(net, l - 1));
}

static size_t row_floats(const struct net *net)
{
    size_t floats = net->widths[0] + 1;
    for (uint32_t l = 1; l <= net->layers; l++)
        floats += (plan_keeps_z(net, l) ? 3 : 2) * (size_t)net->widths[l];
    for (uint32_t l = 1; l < net->layers && net_normalizes(net, l - 1); l++)
        floats += net->widths[l] + (normalize_by_rows(net) ? NORMALIZE_MOMENTS : 0);
    return floats;
}

/* Floats that may lie between the pieces of the arena, and those that do not grow with the rows. */
static size_t fixed_floats(const struct net *net)
{
    size_t pieces = 2 * (size_t)net->layers + 2, moments = 0;

    for (uint32_t l = 1; l <= net->layers; l++)
        pieces += plan_keeps_z(net, l);
    for (uint32_t l = 1; l < net->layers && net_normalizes(net, l - 1); l++) {
        pieces += 1 + NORMALIZE_MOMENTS;
        moments += normalize_by_rows(net) ? 0 : NORMALIZE_MOMENTS * (size_t)net->widths[l];
    }
    return pieces * ARENA_STEP + moments;
}

/* Rows of a pass: what the device works on best at a time, within its largest buffer; a batch that
 * is normalised is not cut. */
static uint32_t choose_rows(const struct incline_device *dev, const struct net *net, uint32_t batch)
{
    const size_t row_bytes = row_floats(net) * sizeof(float);
    const size_t padding = fixed_floats(net) * sizeof(float);
    const uint64_t largest =
        dev->info.max_alloc_bytes > padding ? dev->info.max_alloc_bytes - padding : 0;
    uint64_t rows = dev->working_bytes / row_bytes;

    if (rows < ROWS_WORTH_A_PASS)
        rows = ROWS_WORTH_A_PASS;
    if (net->normalization == INCLINE_NORMALIZE_BATCH)
        rows = batch;
    if (rows > largest / row_bytes)
        rows = largest / row_bytes;
    if (rows >= batch)
        return batch;
    if (rows == 0)
        return 1;
    const uint64_t passes = (batch + rows - 1) / rows;
    const uint64_t even = size_round_up((size_t)((batch + passes - 1) / passes), ARENA_STEP);
    return (uint32_t)(even < rows ? even : rows);
}

/* Give every piece its offset, in the order of the drawing in plan.h. */
static void give_offsets(struct plan *plan)
{
    const struct net *net = plan->net;
    size_t at = 0;

    for (uint32_t l = 0; l <= net->layers; l++) {
        plan->a[l] = at;
        at += size_round_up((size_t)plan->rows * net->widths[l], ARENA_STEP);
    }
    for (uint32_t l = 1; l <= net->layers; l++) {
        plan->d[l] = at;
        at += size_round_up((size_t)plan->rows * net->widths[l], ARENA_STEP);
    }
    plan->loss = at;
    at += size_round_up(plan->rows, ARENA_STEP);
    for (uint32_t l = 0; l <= net->layers; l++) {
        plan->z[l] = plan_keeps_z(net, l) ? at : plan->a[l];
        if (plan_keeps_z(net, l))
            at += size_round_up((size_t)plan->rows * net->widths[l], ARENA_STEP);
    }
    for (uint32_t l = 0; l <= net->layers; l++) {
        const bool normalized = l > 0 && net_normalizes(net, l - 1);
        plan->p[l] = normalized ? at : plan->z[l];
        if (normalized)
            at += normalize_floats(net, l, plan->rows);
    }
    plan->arena_floats = at;
}

/* The drawing in plan.h holds: pieces in order, none overlapping, all inside. */
static void assert_layout(const struct plan *plan)
{
    const struct net *net = plan->net;

    assert(plan->a[0] == 0);
    for (uint32_t l = 0; l < net->layers; l++) {
        assert(plan->a[l] + (size_t)plan->rows * net->widths[l] <= plan->a[l + 1]);
        assert(plan->d[l + 1] % ARENA_STEP == 0 && plan->a[l + 1] % ARENA_STEP == 0);
    }
    assert(plan->a[net->layers] + (size_t)plan->rows * net->widths[net->layers] <= plan->d[1]);
    for (uint32_t l = 1; l < net->layers; l++)
        assert(plan->d[l] + (size_t)plan->rows * net->widths[l] <= plan->d[l + 1]);
    assert(plan->d[net->layers] + (size_t)plan->rows * net->widths[net->layers] <= plan->loss);
    assert(plan->loss + plan->rows <= plan->arena_floats);
    for (uint32_t l = 1; l <= net->layers; l++)
        assert(!plan_keeps_z(net, l) ||
               (plan->z[l] >= plan->loss + plan->rows && plan->z[l] % ARENA_STEP == 0 &&
                plan->z[l] + (size_t)plan->rows * net->widths[l] <= plan->arena_floats));
    for (uint32_t l = 1; l < net->layers && net_normalizes(net, l - 1); l++)
        assert(plan->p[l] >= plan->loss + plan->rows && plan->p[l] % ARENA_STEP == 0 &&
               plan->p[l] + normalize_floats(net, l, plan->rows) <= plan->arena_floats);
    (void)net;
    (void)plan;
}

int plan_lay_out(struct plan *plan, uint32_t batch)
{
    const struct net *net = plan->net;
    size_t bytes;

    if (batch == 0)
        return FAIL(INCLINE_EARG, "a batch of 0 rows");
    if (!size_mul((size_t)batch, row_floats(net) * sizeof(float), &bytes))
        return FAIL(INCLINE_EARG, "a batch of %u rows overflows memory", batch);
    plan->rows = choose_rows(plan->dev, net, batch);
    plan->a = calloc(net->layers + 1, sizeof *plan->a);
    plan->d = calloc(net->layers + 1, sizeof *plan->d);
    plan->z = calloc(net->layers + 1, sizeof *plan->z);
    plan->p = calloc(net->layers + 1, sizeof *plan->p);
    if (plan->a == NULL || plan->d == NULL || plan->z == NULL || plan->p == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for a plan of %u layers", net->layers);
    give_offsets(plan);
    assert_layout(plan);
    return INCLINE_OK;
}
