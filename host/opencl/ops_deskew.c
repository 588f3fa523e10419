/* ops_deskew.c - upright images: the launch of deskew.cl. */
#include "host/opencl/room.h"

int opencl_deskew(struct incline_device *dev, const struct deskew *args)
{
    struct opencl_device *device = opencl_of(dev);
    const cl_float spread = DESKEW_SPREAD;
    const size_t bytes = 2 * (size_t)args->image_rows * sizeof(cl_float);
    const size_t local[] = {device->tuning.ROW_WG}, global[] = {args->rows * local[0]};
    const struct kernel_arg list[] = {
        SPAN_ARG(args->background), SPAN_ARG(args->x),     ARG(spread),
        ARG(args->image_rows),      ARG(args->image_cols), {bytes, NULL}};

    if (args->rows == 0 || args->image_rows == 0 || args->image_cols == 0)
        return INCLINE_OK;
    if (bytes > dev->info.local_bytes)
        return FAIL(INCLINE_EARG,
                    "making images of %u x %u upright needs %zu bytes of local memory, %s has "
                    "%llu; take smaller images, or another device",
                    args->image_rows, args->image_cols, bytes, dev->info.name,
                    (unsigned long long)dev->info.local_bytes);
    return LAUNCH(device, KERNEL_deskew_images, 1, global, local, list);
}
