/* ops_optimizer.c - the slots of the optimizers as launches of optimizer.cl; plain gradient descent
 * is update.cl's, which every training has at hand. */
#include <math.h>
#include <string.h>

#include "host/backend/dense_update.h"
#include "host/opencl/room.h"
#include "host/util/size.h"

static int update_plainly(struct opencl_device *device, const struct update *args)
{
    const cl_uint count = (cl_uint)args->count;
    const cl_float learning_rate = args->learning_rate;
    const size_t local[] = {device->tuning.WG}, global[] = {opencl_flat_items(device, args->count)};
    const struct kernel_arg list[] = {SPAN_ARG(args->grads), SPAN_ARG(args->params),
                                      ARG(learning_rate), ARG(count)};

    return LAUNCH(device, KERNEL_update_params, 1, global, local, list);
}

static enum opencl_kernel step_kernel(enum incline_optimizer_kind kind)
{
    static const enum opencl_kernel kernels[] = {
        [INCLINE_SGD] = KERNEL_descent_update,       [INCLINE_MOMENTUM] = KERNEL_momentum_update,
        [INCLINE_NESTEROV] = KERNEL_momentum_update, [INCLINE_ADAGRAD] = KERNEL_adagrad_update,
        [INCLINE_RMSPROP] = KERNEL_rmsprop_update,   [INCLINE_ADAM] = KERNEL_adam_update,
        [INCLINE_ADAMW] = KERNEL_adam_update,        [INCLINE_ADAMAX] = KERNEL_adamax_update,
        [INCLINE_LAMB] = KERNEL_lamb_direction,
    };
    return kernels[kind];
}

/* Memory that a kernel does not look at is given as the parameters. */
static struct span or_params(struct span span, const struct update *args)
{
    return span.buffer != NULL ? span : args->params;
}

struct opencl_descent opencl_descent(const struct update *args)
{
    const struct incline_optimizer *o = &args->optimizer;
    const bool nesterov = o->kind == INCLINE_NESTEROV;
    const bool polyak = nesterov || o->kind == INCLINE_MOMENTUM, lamb = o->kind == INCLINE_LAMB;
    const bool corrects =
        o->kind == INCLINE_ADAM || o->kind == INCLINE_ADAMW || o->kind == INCLINE_ADAMAX || lamb;
    const double t = (double)args->step + 1.0, b1 = (double)o->beta1, b2 = (double)o->beta2;
    const double learning_rate = (double)args->learning_rate;

    return (struct opencl_descent){
        .rate = (cl_float)((lamb ? 1.0 : learning_rate) / (corrects ? 1.0 - pow(b1, t) : 1.0)),
        .keep = (cl_float)(1.0 - learning_rate * (double)o->weight_decay),
        .l2 = o->l2,
        .l1 = o->l1,
        .clip_value = o->clip_value,
        .beta1 = polyak ? o->momentum : o->beta1,
        .rest1 = (cl_float)(1.0 - b1),
        .beta2 = o->beta2,
        .rest2 = (cl_float)(1.0 - b2),
        .epsilon = o->epsilon,
        .root = corrects ? (cl_float)(1.0 / sqrt(1.0 - pow(b2, t))) : 1.0f,
        .ahead = nesterov,
    };
}

int opencl_dense_update(struct incline_device *dev, const struct dense_update *args)
{
    static const struct incline_optimizer plain;
    const bool done_at_once =
        memcmp(&args->update.optimizer, &plain, sizeof plain) != 0 && args->rows > 0;
    return done_at_once ? gemm_update(opencl_of(dev), args) : dense_update_in_two(dev, args);
}

int opencl_update(struct incline_device *dev, const struct update *args)
{
    static const struct incline_optimizer plain;
    const struct incline_optimizer *o = &args->optimizer;
    struct opencl_device *device = opencl_of(dev);

    if (args->count == 0)
        return INCLINE_OK;
    if (memcmp(o, &plain, sizeof plain) == 0)
        return update_plainly(device, args);

    const struct opencl_descent d = opencl_descent(args);
    const cl_uint weights = (cl_uint)args->weights, count = (cl_uint)args->count;
    const struct span m = or_params(args->moment1, args), v = or_params(args->moment2, args);
    const struct span norm = or_params(args->norm, args);
    const size_t local[] = {device->tuning.WG}, global[] = {opencl_flat_items(device, args->count)};
    const struct kernel_arg list[] = {SPAN_ARG(args->grads), SPAN_ARG(args->params),
                                      SPAN_ARG(m),           SPAN_ARG(v),
                                      SPAN_ARG(norm),        ARG(o->clip_norm),
                                      ARG(o->weight_decay),  OPENCL_DESCENT_ARGS(d),
                                      ARG(weights),          ARG(count)};

    return LAUNCH(device, step_kernel(o->kind), 1, global, local, list);
}

/* How the floats of a norm are divided into runs: several for each unit, each of a few thousand
 * at least. */
struct runs {
    cl_uint parts, run;
};
enum { PARTS_PER_UNIT = 4, PART_VECTORS = 256, PARTS_MOST = 1024 };

static struct runs runs_of(const struct opencl_device *device, size_t count)
{
    const size_t least = (size_t)PART_VECTORS * device->tuning.VEC * device->tuning.ROW_WG;
    const size_t units = device->base.info.compute_units > 0 ? device->base.info.compute_units : 1;
    size_t parts = (count + least - 1) / least;

    if (parts > units * PARTS_PER_UNIT)
        parts = units * PARTS_PER_UNIT;
    if (parts > PARTS_MOST)
        parts = PARTS_MOST;
    if (parts == 0)
        parts = 1;
    return (struct runs){(cl_uint)parts,
                         (cl_uint)size_round_up((count + parts - 1) / parts, device->tuning.VEC)};
}

int opencl_norm(struct incline_device *dev, const struct norm *args)
{
    struct opencl_device *device = opencl_of(dev);
    const struct runs r = runs_of(device, args->count);
    const cl_uint count = (cl_uint)args->count;
    const size_t row[] = {device->tuning.ROW_WG}, group[] = {device->tuning.WG};
    const size_t global[] = {r.parts * row[0]};
    struct span part;
    int rc = INCLINE_OK;

    TRY(opencl_scratch(device, r.parts * sizeof(cl_float), &part));
    const struct kernel_arg list[] = {SPAN_ARG(args->x), SPAN_ARG(part), ARG(r.run), ARG(count)};
    const struct kernel_arg join[] = {SPAN_ARG(part), SPAN_ARG(args->norm), ARG(r.parts)};
    TRY(LAUNCH(device, KERNEL_norm_parts, 1, global, row, list));
    TRY(LAUNCH(device, KERNEL_norm_join, 1, group, group, join));
out:
    return rc;
}

int opencl_trust_update(struct incline_device *dev, const struct trust_update *args)
{
    struct opencl_device *device = opencl_of(dev);
    const struct runs r = runs_of(device, args->count);
    const cl_uint count = (cl_uint)args->count;
    const size_t row[] = {device->tuning.ROW_WG}, group[] = {device->tuning.WG};
    const size_t global[] = {r.parts * row[0]}, flat[] = {opencl_flat_items(device, args->count)};
    struct span part, ratio;
    int rc = INCLINE_OK;

    if (count == 0)
        return INCLINE_OK;
    TRY(opencl_scratch(device, (2 * (size_t)r.parts + 1) * sizeof(cl_float), &part));
    ratio = (struct span){part.buffer, part.at + 2 * (size_t)r.parts};
    const struct kernel_arg list[] = {SPAN_ARG(args->params), SPAN_ARG(args->direction),
                                      SPAN_ARG(part), ARG(r.run), ARG(count)};
    const struct kernel_arg join[] = {SPAN_ARG(part), SPAN_ARG(ratio), ARG(r.parts)};
    const struct kernel_arg step[] = {SPAN_ARG(args->direction), SPAN_ARG(ratio),
                                      SPAN_ARG(args->params), ARG(args->learning_rate), ARG(count)};
    TRY(LAUNCH(device, KERNEL_trust_parts, 1, global, row, list));
    TRY(LAUNCH(device, KERNEL_trust_join, 1, group, group, join));
    TRY(LAUNCH(device, KERNEL_trust_step, 1, flat, group, step));
out:
    return rc;
}

int opencl_limit_rows(struct incline_device *dev, const struct limit_rows *args)
{
    struct opencl_device *device = opencl_of(dev);
    const size_t local[] = {device->tuning.ROW_WG}, global[] = {args->rows * local[0]};
    const struct kernel_arg list[] = {SPAN_ARG(args->w), ARG(args->most), ARG(args->cols)};

    return args->rows == 0 ? INCLINE_OK : LAUNCH(device, KERNEL_limit_row, 1, global, local, list);
}

int opencl_average(struct incline_device *dev, const struct average *args)
{
    struct opencl_device *device = opencl_of(dev);
    const cl_float rest = (cl_float)(1.0 - (double)args->decay);
    const cl_uint count = (cl_uint)args->count;
    const size_t local[] = {device->tuning.WG}, global[] = {opencl_flat_items(device, args->count)};
    const struct kernel_arg list[] = {SPAN_ARG(args->params), SPAN_ARG(args->average), ARG(rest),
                                      ARG(count)};

    return count == 0 ? INCLINE_OK : LAUNCH(device, KERNEL_average_step, 1, global, local, list);
}
