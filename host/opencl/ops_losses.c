/* ops_losses.c - losses beyond plain softmax cross-entropy as launches, and targets gathered. */
#include "host/opencl/room.h"
#include "host/util/size.h"

int opencl_gather_targets(struct opencl_device *device, const struct gather *args)
{
    const size_t local[] = {device->tuning.WG};
    const size_t global[] = {size_round_up((size_t)args->rows * args->samples.outputs, local[0])};
    const struct kernel_arg list[] = {SPAN_ARG(args->samples.targets), SPAN_ARG(args->order),
                                      SPAN_ARG(args->target), ARG(args->rows),
                                      ARG(args->samples.outputs)};

    return LAUNCH(device, KERNEL_gather_targets, 1, global, local, list);
}

/* Scratch of a loss: [ hit | a float for each row ]. */
static int row_scratch(struct opencl_device *device, size_t rows, struct span *hit,
                       struct span *value)
{
    const int rc = opencl_scratch(device, 2 * rows * sizeof(cl_uint), hit);
    if (rc == INCLINE_OK)
        *value = (struct span){hit->buffer, hit->at + rows};
    return rc;
}

/* Add value[rows] to a sum. */
static int sum_add(struct opencl_device *device, struct span value, struct span sum, cl_uint rows)
{
    const size_t group[] = {device->tuning.WG};
    const struct kernel_arg list[] = {SPAN_ARG(value), SPAN_ARG(sum), ARG(rows)};

    return LAUNCH(device, KERNEL_sum_add, 1, group, group, list);
}

static int tally_add(struct opencl_device *device, struct span loss, struct span hit,
                     struct span tally, cl_uint rows)
{
    const size_t group[] = {device->tuning.WG};
    const struct kernel_arg list[] = {SPAN_ARG(loss), SPAN_ARG(hit), SPAN_ARG(tally), ARG(rows)};

    return LAUNCH(device, KERNEL_tally_add, 1, group, group, list);
}

static struct span sum_at(struct span tally, size_t at)
{
    return (struct span){tally.buffer, tally.at + at};
}

int opencl_weighted_xent(struct incline_device *dev, const struct weighted_xent *args)
{
    struct opencl_device *device = opencl_of(dev);
    const size_t local[] = {device->tuning.WG};
    const size_t global[] = {size_round_up(args->rows, local[0])};
    const cl_float keep = (cl_float)(1.0 - (double)args->smoothing);
    const cl_float spread = (cl_float)((double)args->smoothing / (double)args->classes);
    struct span hit, weight;
    int rc = INCLINE_OK;

    TRY(row_scratch(device, args->rows, &hit, &weight));
    const struct kernel_arg list[] = {SPAN_ARG(args->z),
                                      SPAN_ARG(args->label),
                                      SPAN_ARG(args->weights),
                                      SPAN_ARG(args->dz),
                                      SPAN_ARG(args->loss),
                                      SPAN_ARG(hit),
                                      SPAN_ARG(weight),
                                      ARG(args->rows),
                                      ARG(args->classes),
                                      ARG(keep),
                                      ARG(spread)};
    TRY(LAUNCH(device, KERNEL_weighted_xent, 1, global, local, list));
    TRY(tally_add(device, args->loss, hit, args->tally, args->rows));
    TRY(sum_add(device, weight, sum_at(args->tally, TALLY_WEIGHTS), args->rows));
    TRY(sum_add(device, weight, args->total, args->rows));
out:
    return rc;
}

int opencl_target_loss(struct incline_device *dev, const struct target_loss *args)
{
    struct opencl_device *device = opencl_of(dev);
    const enum opencl_kernel kernel = args->kind == INCLINE_LOSS_SIGMOID ? KERNEL_loss_sigmoid
                                      : args->kind == INCLINE_LOSS_MAE   ? KERNEL_loss_mae
                                      : args->kind == INCLINE_LOSS_HUBER ? KERNEL_loss_huber
                                                                         : KERNEL_loss_mse;
    const size_t local[] = {device->tuning.WG};
    const size_t global[] = {size_round_up(args->rows, local[0])};
    const cl_float by = (cl_float)(1.0 / (double)args->outputs), delta = args->delta;
    struct span hit, square;
    int rc = INCLINE_OK;

    TRY(row_scratch(device, args->rows, &hit, &square));
    const struct kernel_arg list[] = {SPAN_ARG(args->z),
                                      SPAN_ARG(args->target),
                                      SPAN_ARG(args->dz),
                                      SPAN_ARG(args->loss),
                                      SPAN_ARG(hit),
                                      SPAN_ARG(square),
                                      ARG(args->rows),
                                      ARG(args->outputs),
                                      ARG(by),
                                      ARG(delta)};
    TRY(LAUNCH(device, kernel, 1, global, local, list));
    TRY(tally_add(device, args->loss, hit, args->tally, args->rows));
    if (args->kind != INCLINE_LOSS_SIGMOID)
        TRY(sum_add(device, square, sum_at(args->tally, TALLY_SQUARES), args->rows));
out:
    return rc;
}

int opencl_divide(struct incline_device *dev, const struct divide *args)
{
    struct opencl_device *device = opencl_of(dev);
    const cl_uint count = (cl_uint)args->count;
    const cl_float by = args->by;
    const size_t local[] = {device->tuning.WG};
    const size_t global[] = {size_round_up(args->count, local[0])};
    const struct kernel_arg list[] = {SPAN_ARG(args->x), SPAN_ARG(args->divisor), ARG(by),
                                      ARG(count)};

    return LAUNCH(device, KERNEL_divide_by_sum, 1, global, local, list);
}
