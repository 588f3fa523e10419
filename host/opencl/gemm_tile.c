/* gemm_tile.c - launches of gemm_tile.cl. */
#include "host/opencl/room.h"
#include "host/util/size.h"

/* Work-items along one side of a result of `n` elements in whole tiles. */
static size_t tile_items(const struct opencl_tuning *tuning, size_t n)
{
    return size_round_up(n, (size_t)tuning->TILE_WG * tuning->TILE_ITEM) / tuning->TILE_ITEM;
}

static int launch_tiles(struct opencl_device *device, enum opencl_kernel kernel, size_t columns,
                        size_t rows, const struct kernel_arg *args, size_t count)
{
    const size_t local[] = {device->tuning.TILE_WG, device->tuning.TILE_WG};
    const size_t global[] = {tile_items(&device->tuning, columns),
                             tile_items(&device->tuning, rows)};

    return opencl_launch(device, kernel, 2, global, local, args, count);
}

int bias_gradient(struct opencl_device *device, const struct dense_backward_weights *args)
{
    const cl_uint accumulate = args->accumulate;
    const size_t local[] = {device->tuning.WG};
    const size_t global[] = {args->outputs * local[0]};
    const struct kernel_arg list[] = {SPAN_ARG(args->dy), SPAN_ARG(args->db), ARG(args->scale),
                                      ARG(accumulate),    ARG(args->rows),    ARG(args->outputs)};

    return LAUNCH(device, KERNEL_bias_gradient, 1, global, local, list);
}

int tile_forward(struct opencl_device *device, const struct dense_forward *args)
{
    const cl_uint activation = args->activation;
    const struct kernel_arg list[] = {SPAN_ARG(args->x), SPAN_ARG(args->w), SPAN_ARG(args->b),
                                      SPAN_ARG(args->y), ARG(activation),   ARG(args->rows),
                                      ARG(args->inputs), ARG(args->outputs)};

    return launch_tiles(device, KERNEL_forward_tile, args->outputs, args->rows, list,
                        sizeof list / sizeof list[0]);
}

int tile_backward_weights(struct opencl_device *device, const struct dense_backward_weights *args)
{
    const cl_uint accumulate = args->accumulate;
    const struct kernel_arg list[] = {SPAN_ARG(args->dy), SPAN_ARG(args->x), SPAN_ARG(args->dw),
                                      ARG(args->scale),   ARG(accumulate),   ARG(args->rows),
                                      ARG(args->inputs),  ARG(args->outputs)};
    const int rc = launch_tiles(device, KERNEL_backward_weights_tile, args->inputs, args->outputs,
                                list, sizeof list / sizeof list[0]);

    return rc != INCLINE_OK ? rc : bias_gradient(device, args);
}

int tile_backward_input(struct opencl_device *device, const struct dense_backward_input *args)
{
    const cl_uint activation = args->activation;
    const struct kernel_arg list[] = {SPAN_ARG(args->dy), SPAN_ARG(args->w), SPAN_ARG(args->a),
                                      SPAN_ARG(args->dx), ARG(activation),   ARG(args->rows),
                                      ARG(args->inputs),  ARG(args->outputs)};

    return launch_tiles(device, KERNEL_backward_input_tile, args->inputs, args->rows, list,
                        sizeof list / sizeof list[0]);
}
