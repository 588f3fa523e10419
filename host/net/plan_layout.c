/* plan_layout.c - how many rows go through at a time, and where each piece of the arena begins. */
#include <assert.h>
#include <stdlib.h>

#include "host/net/plan_room.h"
#include "host/util/size.h"
#include "host/util/status.h"

/* Pieces of the arena start on multiples of this many floats: 64 bytes. */
enum { ARENA_STEP = 16 };
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
    return floats;
}

/* Pieces of the arena. */
static size_t pieces(const struct net *net)
{
    size_t count = 2 * (size_t)net->layers + 2;
    for (uint32_t l = 1; l <= net->layers; l++)
        count += plan_keeps_z(net, l);
    return count;
}

/* Rows of a pass: what the device works on best at a time, within its largest buffer. */
static uint32_t choose_rows(const struct incline_device *dev, const struct net *net, uint32_t batch)
{
    const size_t row_bytes = row_floats(net) * sizeof(float);
    const size_t padding = pieces(net) * ARENA_STEP * sizeof(float);
    const uint64_t largest =
        dev->info.max_alloc_bytes > padding ? dev->info.max_alloc_bytes - padding : 0;
    uint64_t rows = dev->working_bytes / row_bytes;

    if (rows < ROWS_WORTH_A_PASS)
        rows = ROWS_WORTH_A_PASS;
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
    if (plan->a == NULL || plan->d == NULL || plan->z == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for a plan of %u layers", net->layers);
    give_offsets(plan);
    assert_layout(plan);
    return INCLINE_OK;
}
