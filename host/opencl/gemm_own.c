/* gemm_own.c - launches of gemm_block.cl; those of gemm_tile.cl are in gemm_tile.c. */
#include "host/opencl/room.h"
#include "host/util/size.h"

/* Rows that one work-item of a block kernel takes: enough to be worth its start, in multiples
 * of `block`, but so few that each compute unit gets several work-items. */
static cl_uint item_rows(const struct opencl_device *device, size_t rows, size_t columns,
                         cl_uint block)
{
    const size_t wanted = 4 * (size_t)device->base.info.compute_units;
    cl_uint take = 8 * block;
    while (take > block && (rows + take - 1) / take * columns < wanted)
        take -= block;
    return take;
}

static size_t ceil_div(size_t n, size_t by)
{
    return (n + by - 1) / by;
}

static int launch_blocks(struct opencl_device *device, enum opencl_kernel kernel, size_t rows,
                         size_t columns, const struct kernel_arg *args, size_t count)
{
    const size_t local[] = {1, 1};
    const size_t global[] = {rows, columns};

    return opencl_launch(device, kernel, 2, global, local, args, count);
}

int own_forward(struct opencl_device *device, enum opencl_maker maker,
                const struct dense_forward *args)
{
    const struct opencl_tuning *tuning = &device->tuning;
    const cl_uint activation = args->activation;
    const cl_uint cols = 4 * tuning->DOT_N;
    const size_t columns = ceil_div(args->outputs, cols);
    const cl_uint rows = item_rows(device, args->rows, columns, 2 * tuning->DOT_M);
    const struct kernel_arg list[] = {SPAN_ARG(args->x), SPAN_ARG(args->w),  SPAN_ARG(args->b),
                                      SPAN_ARG(args->y), ARG(activation),    ARG(args->rows),
                                      ARG(args->inputs), ARG(args->outputs), ARG(rows),
                                      ARG(cols)};
    const size_t count = sizeof list / sizeof list[0];

    if (maker == OPENCL_MAKER_TILE)
        return tile_forward(device, args);
    return launch_blocks(device, KERNEL_forward_block, ceil_div(args->rows, rows), columns, list,
                         count);
}

int own_backward_weights(struct opencl_device *device, enum opencl_maker maker,
                         const struct dense_backward_weights *args)
{
    const struct opencl_tuning *tuning = &device->tuning;
    const cl_uint accumulate = args->accumulate;
    const size_t columns = ceil_div(args->inputs, (size_t)tuning->OUTER_N * tuning->VEC);
    const cl_uint rows = item_rows(device, args->outputs, columns, tuning->OUTER_M);
    const struct kernel_arg list[] = {SPAN_ARG(args->dy), SPAN_ARG(args->x), SPAN_ARG(args->dw),
                                      SPAN_ARG(args->db), ARG(args->scale),  ARG(accumulate),
                                      ARG(args->rows),    ARG(args->inputs), ARG(args->outputs),
                                      ARG(rows)};

    const size_t count = sizeof list / sizeof list[0];

    if (maker == OPENCL_MAKER_TILE)
        return tile_backward_weights(device, args);
    return launch_blocks(device, KERNEL_backward_weights_block, ceil_div(args->outputs, rows),
                         columns, list, count);
}

int own_backward_input(struct opencl_device *device, enum opencl_maker maker,
                       const struct dense_backward_input *args)
{
    const struct opencl_tuning *tuning = &device->tuning;
    const cl_uint activation = args->activation;
    const size_t columns = ceil_div(args->inputs, (size_t)tuning->OUTER_N * tuning->VEC);
    const cl_uint rows = item_rows(device, args->rows, columns, tuning->OUTER_M);
    const struct kernel_arg list[] = {SPAN_ARG(args->dy), SPAN_ARG(args->w),  SPAN_ARG(args->a),
                                      SPAN_ARG(args->dx), ARG(activation),    ARG(args->rows),
                                      ARG(args->inputs),  ARG(args->outputs), ARG(rows)};
    const size_t count = sizeof list / sizeof list[0];

    if (maker == OPENCL_MAKER_TILE)
        return tile_backward_input(device, args);
    return launch_blocks(device, KERNEL_backward_input_block, ceil_div(args->rows, rows), columns,
                         list, count);
}
