/* ops.c - the slots of the door as launches, in the order of a training step.
 */
#include <string.h>

#include "host/opencl/room.h"
#include "host/util/rng.h"
#include "host/util/size.h"

int opencl_fill(struct incline_device *dev, const struct fill *args)
{
    struct opencl_device *device = opencl_of(dev);
    const cl_uint count = (cl_uint)args->count;
    const size_t local[] = {device->tuning.WG};
    const size_t global[] = {size_round_up(args->count, local[0])};
    cl_uint word;

    memcpy(&word, &args->value, sizeof word);
    if (count == 0)
        return INCLINE_OK;
    const struct kernel_arg list[] = {SPAN_ARG(args->to), ARG(word), ARG(count)};
    return LAUNCH(device, KERNEL_fill_words, 1, global, local, list);
}

int opencl_shuffle(struct incline_device *dev, const struct shuffle *args)
{
    struct opencl_device *device = opencl_of(dev);
    const cl_uint identity = args->identity, listed = args->from.buffer != NULL;
    const struct span from = listed ? args->from : args->order; /* read only where it is a list */
    const size_t local[] = {device->tuning.WG};
    const size_t global[] = {opencl_flat_items(device, args->n)};
    cl_uint8 keys;

    if (args->n == 0)
        return INCLINE_OK;
    rng_permute_keys(args->seed, args->stream, keys.s);
    const struct kernel_arg list[] = {SPAN_ARG(args->order), SPAN_ARG(from), ARG(keys),
                                      ARG(args->n),          ARG(identity),  ARG(listed)};
    return LAUNCH(device, KERNEL_shuffle_order, 1, global, local, list);
}

int opencl_gather(struct incline_device *dev, const struct gather *args)
{
    struct opencl_device *device = opencl_of(dev);
    const struct samples *samples = &args->samples;
    const size_t local[] = {device->tuning.ROW_WG};
    const size_t global[] = {args->rows * local[0]};
    const struct kernel_arg list[] = {SPAN_ARG(samples->values), SPAN_ARG(samples->labels),
                                      SPAN_ARG(samples->scale),  SPAN_ARG(samples->shift),
                                      SPAN_ARG(args->order),     SPAN_ARG(args->x),
                                      SPAN_ARG(args->label),     ARG(samples->features)};

    if (args->rows == 0)
        return INCLINE_OK;
    const int rc =
        LAUNCH(device, samples->element == ELEMENT_U8 ? KERNEL_gather_bytes : KERNEL_gather_floats,
               1, global, local, list);
    return rc != INCLINE_OK || samples->outputs == 0 ? rc : opencl_gather_targets(device, args);
}

int opencl_dense_forward(struct incline_device *dev, const struct dense_forward *args)
{
    return gemm_forward(opencl_of(dev), args);
}

/* Rows of softmax_xent_block that one work-item takes: as many as give each
 * unit four. */
static cl_uint loss_item_rows(const struct opencl_device *device, size_t rows)
{
    const size_t items = 4 * (size_t)device->base.info.compute_units;
    return (cl_uint)size_round_up((rows + items - 1) / items, device->tuning.VEC);
}

int opencl_softmax_xent(struct incline_device *dev, const struct softmax_xent *args)
{
    struct opencl_device *device = opencl_of(dev);
    const bool blocks = device->tuning.ROW_WG == 1;
    const cl_uint item_rows = loss_item_rows(device, args->rows);
    const size_t one[] = {1}, group[] = {device->tuning.WG};
    const size_t items[] = {(args->rows + item_rows - 1) / item_rows};
    const size_t padded[] = {size_round_up(args->rows, group[0])};
    struct span hit;

    int rc = opencl_scratch(device, args->rows * sizeof(cl_uint), &hit);
    if (rc != INCLINE_OK)
        return rc;
    const struct kernel_arg rows[] = {
        SPAN_ARG(args->z), SPAN_ARG(args->label), SPAN_ARG(args->dz), SPAN_ARG(args->loss),
        SPAN_ARG(hit),     ARG(args->rows),       ARG(args->classes), ARG(item_rows)};
    const size_t count = sizeof rows / sizeof rows[0];
    rc = blocks ? opencl_launch(device, KERNEL_softmax_xent_block, 1, items, one, rows, count)
                : opencl_launch(device, KERNEL_softmax_xent, 1, padded, group, rows, count - 1);
    if (rc != INCLINE_OK)
        return rc;
    const struct kernel_arg tally[] = {SPAN_ARG(args->loss), SPAN_ARG(hit), SPAN_ARG(args->tally),
                                       ARG(args->rows)};
    return LAUNCH(device, KERNEL_tally_add, 1, group, group, tally);
}

int opencl_softmax(struct incline_device *dev, const struct softmax *args)
{
    struct opencl_device *device = opencl_of(dev);
    const size_t local[] = {device->tuning.WG};
    const size_t global[] = {size_round_up(args->rows, local[0])};
    const struct kernel_arg list[] = {SPAN_ARG(args->z), SPAN_ARG(args->p), ARG(args->rows),
                                      ARG(args->classes)};

    return LAUNCH(device, KERNEL_softmax_rows, 1, global, local, list);
}

int opencl_dense_backward_weights(struct incline_device *dev,
                                  const struct dense_backward_weights *args)
{
    return gemm_backward_weights(opencl_of(dev), args);
}

int opencl_dense_backward_input(struct incline_device *dev, const struct dense_backward_input *args)
{
    return gemm_backward_input(opencl_of(dev), args);
}
