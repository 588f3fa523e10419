/* ops_normalize.c - the launches of normalize.cl. */
#include "host/opencl/room.h"
#include "host/util/size.h"

/* Work-items of kernels in which a group owns VEC columns, and those in which it owns a row. */
static size_t column_items(const struct opencl_device *device, size_t cols)
{
    return (cols + device->tuning.VEC - 1) / device->tuning.VEC * device->tuning.ROW_WG;
}

static size_t row_items(const struct opencl_device *device, size_t rows)
{
    return rows * device->tuning.ROW_WG;
}

static int moments_columns(struct opencl_device *device, const struct moments *args)
{
    const cl_float epsilon = NORM_EPSILON, momentum = NORM_MOMENTUM;
    const size_t local[] = {device->tuning.ROW_WG}, global[] = {column_items(device, args->cols)};
    const struct kernel_arg list[] = {SPAN_ARG(args->x),
                                      SPAN_ARG(args->mean),
                                      SPAN_ARG(args->scale),
                                      SPAN_ARG(args->run_mean),
                                      SPAN_ARG(args->run_variance),
                                      ARG(args->rows),
                                      ARG(args->cols),
                                      ARG(epsilon),
                                      ARG(momentum)};

    return LAUNCH(device, KERNEL_moments_columns, 1, global, local, list);
}

static int moments_rows(struct opencl_device *device, const struct moments *args)
{
    const cl_float epsilon = NORM_EPSILON;
    const size_t local[] = {device->tuning.ROW_WG}, global[] = {row_items(device, args->rows)};
    const struct kernel_arg list[] = {SPAN_ARG(args->x), SPAN_ARG(args->mean),
                                      SPAN_ARG(args->scale), ARG(args->cols), ARG(epsilon)};

    return LAUNCH(device, KERNEL_moments_rows, 1, global, local, list);
}

static int moments_run(struct opencl_device *device, const struct moments *args)
{
    const cl_float epsilon = NORM_EPSILON;
    const size_t local[] = {device->tuning.WG}, global[] = {size_round_up(args->cols, local[0])};
    const struct kernel_arg list[] = {SPAN_ARG(args->run_mean), SPAN_ARG(args->run_variance),
                                      SPAN_ARG(args->mean),     SPAN_ARG(args->scale),
                                      ARG(args->cols),          ARG(epsilon)};

    return LAUNCH(device, KERNEL_moments_run, 1, global, local, list);
}

int opencl_moments(struct incline_device *dev, const struct moments *args)
{
    struct opencl_device *device = opencl_of(dev);

    return args->of == MOMENTS_OF_COLUMNS ? moments_columns(device, args)
           : args->of == MOMENTS_OF_ROWS  ? moments_rows(device, args)
                                          : moments_run(device, args);
}

int opencl_normalize(struct incline_device *dev, const struct normalize *args)
{
    struct opencl_device *device = opencl_of(dev);
    const cl_uint by_rows = args->by_rows, activation = (cl_uint)args->activation;
    const size_t vectors = (args->cols + device->tuning.VEC - 1) / device->tuning.VEC;
    const size_t local[] = {device->tuning.WG};
    const size_t global[] = {size_round_up(args->rows * vectors, local[0])};
    const struct kernel_arg list[] = {
        SPAN_ARG(args->x),     SPAN_ARG(args->mean), SPAN_ARG(args->scale), SPAN_ARG(args->gain),
        SPAN_ARG(args->shift), SPAN_ARG(args->y),    ARG(args->rows),       ARG(args->cols),
        ARG(by_rows),          ARG(activation)};

    return LAUNCH(device, KERNEL_normalize_apply, 1, global, local, list);
}

static int slope_columns(struct opencl_device *device, const struct normalize_gradient *args)
{
    const cl_uint accumulate = args->accumulate;
    const size_t local[] = {device->tuning.ROW_WG}, global[] = {column_items(device, args->cols)};
    const struct kernel_arg list[] = {
        SPAN_ARG(args->x), SPAN_ARG(args->mean),  SPAN_ARG(args->scale),  SPAN_ARG(args->gain),
        SPAN_ARG(args->d), SPAN_ARG(args->dgain), SPAN_ARG(args->dshift), ARG(args->rows),
        ARG(args->cols),   ARG(args->factor),     ARG(accumulate)};

    return LAUNCH(device, KERNEL_normalize_slope_columns, 1, global, local, list);
}

static int slope_rows(struct opencl_device *device, const struct normalize_gradient *args)
{
    const cl_uint accumulate = args->accumulate;
    const size_t local[] = {device->tuning.ROW_WG};
    const size_t columns[] = {column_items(device, args->cols)};
    const size_t rows[] = {row_items(device, args->rows)};
    const struct kernel_arg sums[] = {
        SPAN_ARG(args->d),     SPAN_ARG(args->x),      SPAN_ARG(args->mean), SPAN_ARG(args->scale),
        SPAN_ARG(args->dgain), SPAN_ARG(args->dshift), ARG(args->rows),      ARG(args->cols),
        ARG(args->factor),     ARG(accumulate)};
    const struct kernel_arg slope[] = {SPAN_ARG(args->x),     SPAN_ARG(args->mean),
                                       SPAN_ARG(args->scale), SPAN_ARG(args->gain),
                                       SPAN_ARG(args->d),     ARG(args->cols)};
    const int rc = LAUNCH(device, KERNEL_normalize_sums, 1, columns, local, sums);

    return rc != INCLINE_OK ? rc
                            : LAUNCH(device, KERNEL_normalize_slope_rows, 1, rows, local, slope);
}

int opencl_normalize_gradient(struct incline_device *dev, const struct normalize_gradient *args)
{
    struct opencl_device *device = opencl_of(dev);

    return args->by_rows ? slope_rows(device, args) : slope_columns(device, args);
}
