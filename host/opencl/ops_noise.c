/* ops_noise.c - the launches of noise.cl. */
#include "host/opencl/room.h"
#include "host/util/size.h"

/* Work-items that share a run of 1024 elements where there are many to keep busy. */
enum { RUN = 1024, GPU_PARTS = 16 };
_Static_assert(DROPOUT_BITS == 16, "kernels/noise.cl knows the number, too");

int opencl_dropout(struct incline_device *dev, const struct dropout *args)
{
    struct opencl_device *device = opencl_of(dev);
    const cl_uint count = (cl_uint)args->count, chance = dropout_chance(args->rate);
    const cl_uint first = (cl_uint)(args->draws.first / RUN * 8 * DROPOUT_BITS);
    const cl_uint step = args->draws.step;
    const cl_ulong seed = args->draws.seed, stream = args->draws.stream;
    const cl_float factor = dropout_factor(args->rate);
    const cl_uint parts = dev->info.type == INCLINE_DEVICE_CPU ? 1 : GPU_PARTS;
    const size_t local[] = {device->tuning.ROW_WG};
    const size_t global[] = {size_round_up((args->count + RUN - 1) / RUN * parts, local[0])};
    const struct kernel_arg list[] = {SPAN_ARG(args->x), ARG(seed),  ARG(stream),
                                      ARG(step),         ARG(first), ARG(chance),
                                      ARG(factor),       ARG(parts), ARG(count)};

    return count == 0 ? INCLINE_OK : LAUNCH(device, KERNEL_drop_out, 1, global, local, list);
}

/* Elements that a work-item gives noise to. */
enum { NOISE_RUN = 32 };

int opencl_add_noise(struct incline_device *dev, const struct add_noise *args)
{
    struct opencl_device *device = opencl_of(dev);
    const cl_uint count = (cl_uint)args->count;
    const cl_uint first = (cl_uint)(args->draws.first / 4), step = args->draws.step;
    const cl_ulong seed = args->draws.seed, stream = args->draws.stream;
    const cl_float deviation = args->deviation;
    const size_t local[] = {device->tuning.WG};
    const size_t global[] = {size_round_up((args->count + NOISE_RUN - 1) / NOISE_RUN, local[0])};
    const struct kernel_arg list[] = {SPAN_ARG(args->x), ARG(seed),      ARG(stream), ARG(step),
                                      ARG(first),        ARG(deviation), ARG(count)};

    return count == 0 ? INCLINE_OK : LAUNCH(device, KERNEL_normal_noise, 1, global, local, list);
}
