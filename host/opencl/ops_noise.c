/* ops_noise.c - the launches of noise.cl. */
#include "host/opencl/room.h"
#include "host/util/size.h"

/* A work-item draws eight blocks, for DRAWS_ALIGNMENT elements. */
static size_t items(size_t count, size_t local)
{
    return size_round_up((count + DRAWS_ALIGNMENT - 1) / DRAWS_ALIGNMENT, local);
}

int opencl_dropout(struct incline_device *dev, const struct dropout *args)
{
    struct opencl_device *device = opencl_of(dev);
    const cl_uint count = (cl_uint)args->count, below = (cl_uint)((double)args->rate * 0x1p32);
    const cl_uint first = (cl_uint)(args->draws.first / 4), step = args->draws.step;
    const cl_ulong seed = args->draws.seed, stream = args->draws.stream;
    const cl_float factor = 1.0f / (1.0f - args->rate);
    const size_t local[] = {device->tuning.WG};
    const size_t global[] = {items(args->count, local[0])};
    const struct kernel_arg list[] = {SPAN_ARG(args->x), ARG(seed),  ARG(stream), ARG(step),
                                      ARG(first),        ARG(below), ARG(factor), ARG(count)};

    return count == 0 ? INCLINE_OK : LAUNCH(device, KERNEL_drop_out, 1, global, local, list);
}

int opencl_add_noise(struct incline_device *dev, const struct add_noise *args)
{
    struct opencl_device *device = opencl_of(dev);
    const cl_uint count = (cl_uint)args->count;
    const cl_uint first = (cl_uint)(args->draws.first / 4), step = args->draws.step;
    const cl_ulong seed = args->draws.seed, stream = args->draws.stream;
    const cl_float deviation = args->deviation;
    const size_t local[] = {device->tuning.WG};
    const size_t global[] = {items(args->count, local[0])};
    const struct kernel_arg list[] = {SPAN_ARG(args->x), ARG(seed),      ARG(stream), ARG(step),
                                      ARG(first),        ARG(deviation), ARG(count)};

    return count == 0 ? INCLINE_OK : LAUNCH(device, KERNEL_normal_noise, 1, global, local, list);
}
