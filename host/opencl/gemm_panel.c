/* gemm_panel.c - launches of gemm_panel.cl and gemm_dot.cl: packs an operand where that is asked
 * for, and divides a result among work-items. */
#include "host/opencl/room.h"
#include "host/util/size.h"

/* A result is cut into about so many pieces for each compute unit, so that a unit that is slowed
 * down by something else gets fewer of them. */
enum { ITEMS_PER_UNIT = 16 };

/* Rows of a result are not cut into pieces of fewer blocks than this: each piece packs the panel of
 * the other operand again. */
enum { BLOCKS_WORTH_A_PANEL = 8 };

/* How a result of rows x cols is divided: every work-item owns so many rows and so many panels. */
struct division {
    cl_uint item_rows, item_panels;
    size_t global[2];
};

static size_t ceil_div(size_t n, size_t by)
{
    return (n + by - 1) / by;
}

static struct division divide(const struct opencl_device *device, size_t rows, size_t cols)
{
    const struct opencl_tuning *tuning = &device->tuning;
    const size_t units = device->base.info.compute_units > 0 ? device->base.info.compute_units : 1;
    const size_t wanted = units > 1 ? ITEMS_PER_UNIT * units : 1;
    const size_t panels = ceil_div(cols, (size_t)tuning->PANEL_N * tuning->VEC);
    const size_t blocks = ceil_div(rows, tuning->PANEL_M);
    const size_t item_panels = panels / wanted > 1 ? panels / wanted : 1;
    const size_t pieces = ceil_div(wanted, ceil_div(panels, item_panels));
    const size_t least = blocks < BLOCKS_WORTH_A_PANEL ? blocks : BLOCKS_WORTH_A_PANEL;
    const size_t even = ceil_div(blocks, pieces);
    const size_t item_blocks = even > least ? even : least;

    return (struct division){
        .item_rows = (cl_uint)(item_blocks * tuning->PANEL_M),
        .item_panels = (cl_uint)item_panels,
        .global = {ceil_div(blocks, item_blocks), ceil_div(panels, item_panels)}};
}

/* Panels of A, in the device's scratch memory. `kernel` says how A lies. */
static int pack(struct opencl_device *device, enum opencl_kernel kernel, struct span *a,
                cl_uint rows, cl_uint depth)
{
    const size_t panels = ceil_div(rows, device->tuning.PANEL_M);
    const size_t global[] = {panels}, local[] = {1};
    struct span packed;

    const int rc =
        opencl_scratch(device, panels * device->tuning.PANEL_M * depth * sizeof(cl_float), &packed);
    if (rc != INCLINE_OK)
        return rc;
    const struct kernel_arg list[] = {SPAN_ARG(*a), SPAN_ARG(packed), ARG(rows), ARG(depth)};
    const int launched = LAUNCH(device, kernel, 1, global, local, list);
    if (launched == INCLINE_OK)
        *a = packed;
    return launched;
}

/* Few outputs would leave lanes of a panel idle. */
static bool suits_dot(const struct opencl_device *device, uint32_t outputs)
{
    return outputs < device->tuning.PANEL_N * device->tuning.VEC;
}

static int dot_forward(struct opencl_device *device, const struct dense_forward *args)
{
    const struct opencl_tuning *tuning = &device->tuning;
    const cl_uint activation = args->activation;
    const cl_uint cols = (cl_uint)size_round_up(args->outputs, tuning->DOT_N);
    const size_t items = (size_t)ITEMS_PER_UNIT / 4 * device->base.info.compute_units;
    const cl_uint rows = (cl_uint)size_round_up(ceil_div(args->rows, items > 0 ? items : 1),
                                                2 * (size_t)tuning->DOT_M);
    const size_t global[] = {ceil_div(args->rows, rows), 1}, local[] = {1, 1};
    const struct kernel_arg list[] = {SPAN_ARG(args->x), SPAN_ARG(args->w),  SPAN_ARG(args->b),
                                      SPAN_ARG(args->y), ARG(activation),    ARG(args->rows),
                                      ARG(args->inputs), ARG(args->outputs), ARG(rows),
                                      ARG(cols)};

    return LAUNCH(device, KERNEL_forward_dot, 2, global, local, list);
}

int panel_forward(struct opencl_device *device, bool packed, const struct dense_forward *args)
{
    const struct division d = divide(device, args->rows, args->outputs);
    const cl_uint activation = args->activation;
    const size_t local[] = {1, 1};
    struct span x = args->x;

    if (suits_dot(device, args->outputs))
        return dot_forward(device, args);
    if (packed) {
        const int rc = pack(device, KERNEL_pack_rows, &x, args->rows, args->inputs);
        if (rc != INCLINE_OK)
            return rc;
    }
    const struct kernel_arg list[] = {SPAN_ARG(x),       SPAN_ARG(args->w),  SPAN_ARG(args->b),
                                      SPAN_ARG(args->y), ARG(activation),    ARG(args->rows),
                                      ARG(args->inputs), ARG(args->outputs), ARG(d.item_rows),
                                      ARG(d.item_panels)};
    return LAUNCH(device, packed ? KERNEL_forward_packed : KERNEL_forward_panel, 2, d.global, local,
                  list);
}

int panel_backward_weights(struct opencl_device *device, bool packed,
                           const struct dense_backward_weights *args)
{
    const struct division d = divide(device, args->outputs, args->inputs);
    const cl_uint accumulate = args->accumulate;
    const size_t local[] = {1, 1};
    struct span a = args->dy;

    if (packed) {
        const int rc = pack(device, KERNEL_pack_columns, &a, args->outputs, args->rows);
        if (rc != INCLINE_OK)
            return rc;
    }
    const struct kernel_arg list[] = {SPAN_ARG(a),        SPAN_ARG(args->dy), SPAN_ARG(args->x),
                                      SPAN_ARG(args->dw), SPAN_ARG(args->db), ARG(args->scale),
                                      ARG(accumulate),    ARG(args->rows),    ARG(args->inputs),
                                      ARG(args->outputs), ARG(d.item_rows),   ARG(d.item_panels)};
    return LAUNCH(device, packed ? KERNEL_backward_weights_packed : KERNEL_backward_weights_panel,
                  2, d.global, local, list);
}

static enum opencl_kernel step_kernel(enum incline_optimizer_kind kind, bool packed)
{
#define BOTH(kind)                                          \
    {                                                       \
        KERNEL_##kind##_of_panel, KERNEL_##kind##_of_packed \
    }
    static const enum opencl_kernel kernels[][2] = {
        [INCLINE_SGD] = BOTH(descent),       [INCLINE_MOMENTUM] = BOTH(momentum),
        [INCLINE_NESTEROV] = BOTH(momentum), [INCLINE_ADAGRAD] = BOTH(adagrad),
        [INCLINE_RMSPROP] = BOTH(rmsprop),   [INCLINE_ADAM] = BOTH(adam),
        [INCLINE_ADAMW] = BOTH(adam),        [INCLINE_ADAMAX] = BOTH(adamax),
    };
#undef BOTH
    return kernels[kind][packed];
}

int panel_update(struct opencl_device *device, bool packed, const struct dense_update *args)
{
    const struct update *u = &args->update;
    const struct division d = divide(device, args->outputs, args->inputs);
    const struct opencl_descent step = opencl_descent(u);
    const struct span m = u->moment1.buffer != NULL ? u->moment1 : u->params;
    const struct span v = u->moment2.buffer != NULL ? u->moment2 : u->params;
    const cl_ulong weights_at = args->weights_at, biases_at = args->biases_at;
    const size_t local[] = {1, 1};
    struct span a = args->dy;

    if (packed) {
        const int rc = pack(device, KERNEL_pack_columns, &a, args->outputs, args->rows);
        if (rc != INCLINE_OK)
            return rc;
    }
    const struct kernel_arg list[] = {
        SPAN_ARG(a),        SPAN_ARG(args->dy),        SPAN_ARG(args->x),
        SPAN_ARG(u->grads), SPAN_ARG(u->params),       SPAN_ARG(m),
        SPAN_ARG(v),        ARG(weights_at),           ARG(biases_at),
        ARG(args->scale),   OPENCL_DESCENT_ARGS(step), ARG(args->rows),
        ARG(args->inputs),  ARG(args->outputs),        ARG(d.item_rows),
        ARG(d.item_panels)};
    return LAUNCH(device, step_kernel(u->optimizer.kind, packed), 2, d.global, local, list);
}

int panel_backward_input(struct opencl_device *device, bool packed,
                         const struct dense_backward_input *args)
{
    const struct division d = divide(device, args->rows, args->inputs);
    const cl_uint activation = args->activation;
    const size_t local[] = {1, 1};
    struct span dy = args->dy;

    if (packed) {
        const int rc = pack(device, KERNEL_pack_rows, &dy, args->rows, args->outputs);
        if (rc != INCLINE_OK)
            return rc;
    }
    const struct kernel_arg list[] = {SPAN_ARG(dy),       SPAN_ARG(args->w),  SPAN_ARG(args->a),
                                      SPAN_ARG(args->dx), ARG(activation),    ARG(args->rows),
                                      ARG(args->inputs),  ARG(args->outputs), ARG(d.item_rows),
                                      ARG(d.item_panels)};
    return LAUNCH(device, packed ? KERNEL_backward_input_packed : KERNEL_backward_input_panel, 2,
                  d.global, local, list);
}
