/* ops_activation.c - the launches of activation.cl. */
#include "host/opencl/room.h"

/* One work-item for VEC elements; `to` is a or d. */
static int launch(struct incline_device *dev, enum opencl_kernel kernel, struct span z,
                  struct span to, size_t elements, enum incline_activation activation)
{
    struct opencl_device *device = opencl_of(dev);
    const cl_uint count = (cl_uint)elements, which = (cl_uint)activation;
    const size_t local[] = {device->tuning.WG}, global[] = {opencl_flat_items(device, elements)};
    const struct kernel_arg list[] = {SPAN_ARG(z), SPAN_ARG(to), ARG(which), ARG(count)};

    return count == 0 ? INCLINE_OK : LAUNCH(device, kernel, 1, global, local, list);
}

int opencl_activate(struct incline_device *dev, const struct activate *args)
{
    return launch(dev, KERNEL_apply_activation, args->z, args->a, args->count, args->activation);
}

int opencl_activate_gradient(struct incline_device *dev, const struct activate_gradient *args)
{
    return launch(dev, KERNEL_apply_slope, args->z, args->d, args->count, args->activation);
}
