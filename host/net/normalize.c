/* normalize.c - normalisation of hidden layers in a plan; normalize.h has the layout. */
#include "host/net/normalize.h"

#include "host/net/plan_room.h"
#include "host/util/size.h"
#include "host/util/status.h"

static size_t product_floats(const struct net *net, uint32_t l, uint32_t rows)
{
    return size_round_up((size_t)rows * net->widths[l], ARENA_STEP);
}

static size_t moment_floats(const struct net *net, uint32_t l, uint32_t rows)
{
    return size_round_up(normalize_by_rows(net) ? rows : net->widths[l], ARENA_STEP);
}

size_t normalize_floats(const struct net *net, uint32_t l, uint32_t rows)
{
    return product_floats(net, l, rows) + NORMALIZE_MOMENTS * moment_floats(net, l, rows);
}

int normalize_check_size(const struct net *net, uint32_t rows)
{
    if (net->normalization != INCLINE_NORMALIZE_BATCH || !net_normalizes(net, 0) || rows > 1)
        return INCLINE_OK;
    return FAIL(INCLINE_EARG, "batch normalisation leaves nothing of a batch of one sample; take a "
                              "larger --batch-size, or layer normalisation");
}

int normalize_check_batch(const struct plan *plan, uint32_t rows)
{
    if (plan->net->normalization != INCLINE_NORMALIZE_BATCH || rows <= plan->rows)
        return INCLINE_OK;
    return FAIL(INCLINE_EARG,
                "batch normalisation needs a whole batch at a time, and the device has room for %u "
                "of its %u rows; take a smaller batch, or layer normalisation",
                plan->rows, rows);
}

static struct span product_of(const struct plan *plan, uint32_t l)
{
    return (struct span){plan->arena, plan->p[l]};
}

static struct span mean_of(const struct plan *plan, uint32_t l)
{
    return (struct span){plan->arena, plan->p[l] + product_floats(plan->net, l, plan->rows)};
}

static struct span scale_of(const struct plan *plan, uint32_t l)
{
    const struct span mean = mean_of(plan, l);
    return (struct span){mean.buffer, mean.at + moment_floats(plan->net, l, plan->rows)};
}

/* What normalises layer l, in a block laid out as the parameters. */
static struct span norm_in(const struct plan *plan, struct buffer *block, uint32_t l,
                           enum net_norm which)
{
    return (struct span){block, net_norm_at(plan->net, l, which)};
}

static int find_moments(struct plan *plan, uint32_t l, uint32_t rows, bool training)
{
    const bool by_rows = normalize_by_rows(plan->net);
    struct moments args = {
        .x = product_of(plan, l + 1),
        .mean = mean_of(plan, l + 1),
        .scale = scale_of(plan, l + 1),
        .rows = rows,
        .cols = plan->net->widths[l + 1],
        .of = by_rows    ? MOMENTS_OF_ROWS
              : training ? MOMENTS_OF_COLUMNS
                         : MOMENTS_OF_RUN,
    };

    if (!by_rows) {
        args.run_mean = norm_in(plan, plan->params, l, NET_MEAN);
        args.run_variance = norm_in(plan, plan->params, l, NET_VARIANCE);
    }
    return plan->dev->ops->moments(plan->dev, &args);
}

int normalize_forward(struct plan *plan, uint32_t l, uint32_t rows, bool training)
{
    int rc = INCLINE_OK;

    if (!net_normalizes(plan->net, l))
        return INCLINE_OK;
    const struct normalize args = {
        .x = product_of(plan, l + 1),
        .mean = mean_of(plan, l + 1),
        .scale = scale_of(plan, l + 1),
        .gain = norm_in(plan, plan->params, l, NET_GAIN),
        .shift = norm_in(plan, plan->params, l, NET_SHIFT),
        .y = {plan->arena, plan->z[l + 1]},
        .rows = rows,
        .cols = plan->net->widths[l + 1],
        .by_rows = normalize_by_rows(plan->net),
        .activation = plan_fused(plan->net, l),
    };
    TRY(find_moments(plan, l, rows, training));
    TRY(plan->dev->ops->normalize(plan->dev, &args));
out:
    return rc;
}

int normalize_backward(struct plan *plan, uint32_t l, uint32_t rows, struct buffer *block,
                       float scale, bool accumulate)
{
    if (!net_normalizes(plan->net, l))
        return INCLINE_OK;
    const struct normalize_gradient args = {
        .x = product_of(plan, l + 1),
        .mean = mean_of(plan, l + 1),
        .scale = scale_of(plan, l + 1),
        .gain = norm_in(plan, plan->params, l, NET_GAIN),
        .d = {plan->arena, plan->d[l + 1]},
        .dgain = norm_in(plan, block, l, NET_GAIN),
        .dshift = norm_in(plan, block, l, NET_SHIFT),
        .rows = rows,
        .cols = plan->net->widths[l + 1],
        .by_rows = normalize_by_rows(plan->net),
        .factor = scale,
        .accumulate = accumulate,
    };

    return plan->dev->ops->normalize_gradient(plan->dev, &args);
}
