/* gemm_tile.c - launches of gemm_tile.cl: which shape of tile, and into how many slices the sums
 * are cut; and of gemm_split.cl, which adds the slices up. */
#include "host/opencl/room.h"
#include "host/util/size.h"

/* The kernels of a product, one for each shape of a tile. */
struct tile_kernels {
    enum opencl_kernel square, tall, wide;
};

/* A launch. The sums are cut into slices of `slice` terms; one slice: the kernel finishes. */
struct tiling {
    enum opencl_kernel kernel;
    size_t local[3], global[3];
    cl_uint slice, slices;
};

static size_t ceil_div(size_t n, size_t by)
{
    return (n + by - 1) / by;
}

/* Tiles of a slice at least, so that its sums are worth writing and reading again. */
enum { SLICE_TILES = 4 };

/* Work-items of a compute unit that keep it busy: a few wavefronts. */
enum { BUSY_ITEMS = 256 };

/* How many groups of `items` work-items fill the device; at least 1. */
static size_t groups_wanted(const struct opencl_device *device, size_t items)
{
    const size_t units = device->base.info.compute_units;
    return ceil_div((units > 0 ? units : 1) * BUSY_ITEMS, items);
}

/* How a result of m rows and n columns, sums of `depth` terms, is made. Depends on the shape and
 * the device alone, so that a product gives the same bits every time. */
static struct tiling tiling_of(const struct opencl_device *device, struct tile_kernels kernels,
                               size_t m, size_t n, size_t depth)
{
    const struct opencl_tuning *tuning = &device->tuning;
    struct tiling tiling = {kernels.square, {tuning->TILE_X, tuning->TILE_Y, 1}, {0}, 0, 0};

    if (n <= (size_t)tuning->TALL_X * tuning->TILE_N)
        tiling = (struct tiling){kernels.tall, {tuning->TALL_X, tuning->TALL_Y, 1}, {0}, 0, 0};
    else if (m <= (size_t)tuning->WIDE_Y * tuning->TILE_M)
        tiling = (struct tiling){kernels.wide, {tuning->WIDE_X, tuning->WIDE_Y, 1}, {0}, 0, 0};

    const size_t across = ceil_div(n, tiling.local[0] * tuning->TILE_N);
    const size_t down = ceil_div(m, tiling.local[1] * tuning->TILE_M);
    const size_t wanted =
        groups_wanted(device, tiling.local[0] * tiling.local[1]) / (across * down);
    const size_t most = depth / ((size_t)SLICE_TILES * tuning->TILE_K);
    const size_t cuts = wanted < most ? wanted : most;
    const size_t slice = size_round_up(ceil_div(depth, cuts > 1 ? cuts : 1), tuning->TILE_K);

    tiling.slice = (cl_uint)slice;
    tiling.slices = (cl_uint)ceil_div(depth, slice);
    tiling.global[0] = across * tiling.local[0];
    tiling.global[1] = down * tiling.local[1];
    tiling.global[2] = tiling.slices;
    return tiling;
}

/* Where `slices` results of `count` floats go before they are added up. */
static int parts_room(struct opencl_device *device, size_t slices, size_t count, struct span *parts)
{
    return opencl_scratch(device, slices * count * sizeof(cl_float), parts);
}

/* One work-item for each of `count` elements. */
static int launch_flat(struct opencl_device *device, enum opencl_kernel kernel, size_t elements,
                       const struct kernel_arg *args, size_t count)
{
    const size_t local[] = {device->tuning.WG};
    const size_t global[] = {size_round_up(elements, local[0])};

    return opencl_launch(device, kernel, 1, global, local, args, count);
}

int tile_forward(struct opencl_device *device, const struct dense_forward *args)
{
    static const struct tile_kernels kernels = {KERNEL_forward_tile, KERNEL_forward_tall,
                                                KERNEL_forward_wide};
    const struct tiling tiling =
        tiling_of(device, kernels, args->rows, args->outputs, args->inputs);
    const size_t count = (size_t)args->rows * args->outputs;
    const cl_uint activation = args->activation;
    struct span out = args->y;
    int rc = INCLINE_OK;

    if (tiling.slices > 1)
        TRY(parts_room(device, tiling.slices, count, &out));
    const struct kernel_arg product[] = {SPAN_ARG(args->x), SPAN_ARG(args->w),  SPAN_ARG(args->b),
                                         SPAN_ARG(out),     ARG(activation),    ARG(args->rows),
                                         ARG(args->inputs), ARG(args->outputs), ARG(tiling.slice)};
    TRY(LAUNCH(device, tiling.kernel, 3, tiling.global, tiling.local, product));
    if (tiling.slices > 1) {
        const struct kernel_arg join[] = {SPAN_ARG(out),     SPAN_ARG(args->b), SPAN_ARG(args->y),
                                          ARG(activation),   ARG(args->rows),   ARG(args->outputs),
                                          ARG(tiling.slices)};
        TRY(launch_flat(device, KERNEL_forward_join, count, join, sizeof join / sizeof join[0]));
    }
out:
    return rc;
}

/* Add up dw_part[slices, outputs, inputs] and db_part[slices, outputs]; without inputs, the
 * latter alone. */
static int join_gradients(struct opencl_device *device, const struct dense_backward_weights *args,
                          cl_uint inputs, struct span dw_part, struct span db_part, cl_uint slices)
{
    const cl_uint accumulate = args->accumulate;
    const cl_uint weights = inputs * args->outputs;
    const struct kernel_arg list[] = {SPAN_ARG(dw_part),  SPAN_ARG(db_part),  SPAN_ARG(args->dw),
                                      SPAN_ARG(args->db), ARG(args->scale),   ARG(accumulate),
                                      ARG(weights),       ARG(args->outputs), ARG(slices)};

    return launch_flat(device, KERNEL_gradient_join, (size_t)weights + args->outputs, list,
                       sizeof list / sizeof list[0]);
}

int tile_backward_weights(struct opencl_device *device, const struct dense_backward_weights *args)
{
    static const struct tile_kernels kernels = {
        KERNEL_backward_weights_tile, KERNEL_backward_weights_tall, KERNEL_backward_weights_wide};
    const struct tiling tiling =
        tiling_of(device, kernels, args->outputs, args->inputs, args->rows);
    const size_t weights = (size_t)args->outputs * args->inputs;
    const cl_uint accumulate = args->accumulate;
    struct span dw = args->dw, db = args->db;
    int rc = INCLINE_OK;

    if (tiling.slices > 1) {
        TRY(parts_room(device, tiling.slices, weights + args->outputs, &dw));
        db = (struct span){dw.buffer, dw.at + tiling.slices * weights};
    }
    const struct kernel_arg product[] = {SPAN_ARG(args->dy), SPAN_ARG(args->x), SPAN_ARG(dw),
                                         SPAN_ARG(db),       ARG(args->scale),  ARG(accumulate),
                                         ARG(args->rows),    ARG(args->inputs), ARG(args->outputs),
                                         ARG(tiling.slice)};
    TRY(LAUNCH(device, tiling.kernel, 3, tiling.global, tiling.local, product));
    if (tiling.slices > 1)
        TRY(join_gradients(device, args, args->inputs, dw, db, tiling.slices));
out:
    return rc;
}

int tile_backward_input(struct opencl_device *device, const struct dense_backward_input *args)
{
    static const struct tile_kernels kernels = {
        KERNEL_backward_input_tile, KERNEL_backward_input_tall, KERNEL_backward_input_wide};
    const struct tiling tiling =
        tiling_of(device, kernels, args->rows, args->inputs, args->outputs);
    const size_t count = (size_t)args->rows * args->inputs;
    const cl_uint activation = args->activation;
    struct span out = args->dx;
    int rc = INCLINE_OK;

    if (tiling.slices > 1)
        TRY(parts_room(device, tiling.slices, count, &out));
    const struct kernel_arg product[] = {SPAN_ARG(args->dy), SPAN_ARG(args->w),  SPAN_ARG(args->a),
                                         SPAN_ARG(out),      ARG(activation),    ARG(args->rows),
                                         ARG(args->inputs),  ARG(args->outputs), ARG(tiling.slice)};
    TRY(LAUNCH(device, tiling.kernel, 3, tiling.global, tiling.local, product));
    if (tiling.slices > 1) {
        const struct kernel_arg join[] = {SPAN_ARG(out),     SPAN_ARG(args->a), SPAN_ARG(args->dx),
                                          ARG(activation),   ARG(args->rows),   ARG(args->inputs),
                                          ARG(tiling.slices)};
        TRY(launch_flat(device, KERNEL_backward_input_join, count, join,
                        sizeof join / sizeof join[0]));
    }
out:
    return rc;
}

/* Rows of a slice of the bias gradient at least, and slices at most: one work-item of the second
 * launch reads them all. */
enum { BIAS_ROWS = 256, BIAS_SLICES = 64 };

int bias_gradient(struct opencl_device *device, const struct dense_backward_weights *args)
{
    const cl_uint accumulate = args->accumulate;
    const size_t across = ceil_div(args->outputs, device->tuning.WG);
    size_t cuts = groups_wanted(device, device->tuning.WG) / across;
    int rc = INCLINE_OK;

    cuts = cuts < BIAS_SLICES ? cuts : BIAS_SLICES;
    cuts = cuts < args->rows / BIAS_ROWS ? cuts : args->rows / BIAS_ROWS;
    const cl_uint slice_rows = (cl_uint)ceil_div(args->rows, cuts > 1 ? cuts : 1);
    const cl_uint slices = (cl_uint)ceil_div(args->rows, slice_rows);
    const size_t local[] = {device->tuning.WG, 1};
    const size_t global[] = {across * local[0], slices};
    struct span db = args->db;

    if (slices > 1)
        TRY(parts_room(device, slices, args->outputs, &db));
    const struct kernel_arg list[] = {SPAN_ARG(args->dy), SPAN_ARG(db),    ARG(args->scale),
                                      ARG(accumulate),    ARG(args->rows), ARG(args->outputs),
                                      ARG(slice_rows)};
    TRY(LAUNCH(device, KERNEL_bias_gradient, 2, global, local, list));
    if (slices > 1)
        TRY(join_gradients(device, args, 0, db, db, slices));
out:
    return rc;
}
