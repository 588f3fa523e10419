/* ops_augment.c - distorted images: the launch of augment.cl. */
#include "host/backend/augmentation.h"
#include "host/opencl/room.h"
#include "host/util/size.h"

enum { LINE = 16 };

/* Bytes of local memory that an image needs, as augment_images() lays it out. */
static size_t room_bytes(const struct augment *args, const struct augment_layout *layout)
{
    const size_t tile =
        size_round_up(2 * ((size_t)args->image_rows + 2) * ((size_t)args->image_cols + 3), LINE);
    const size_t noise = 4 * (size_t)layout->noise_blocks + LINE;
    const size_t smooth = args->image_rows * size_round_up(2 * (size_t)layout->nodes_x, LINE);
    return (tile + noise + smooth) * sizeof(cl_float);
}

int opencl_augment(struct incline_device *dev, const struct augment *args)
{
    struct opencl_device *device = opencl_of(dev);
    const struct incline_augmentation *how = &args->how;
    const struct augment_layout layout = augment_layout(how, args->image_rows, args->image_cols);
    const struct span weights = layout.weight_count > 0 ? args->weights : args->background;
    const cl_float4 most = {{how->shift, augment_radians(how), how->scale, how->shear}};
    const size_t bytes = room_bytes(args, &layout);
    const size_t local[] = {device->tuning.ROW_WG}, global[] = {args->rows * local[0]};
    const struct kernel_arg list[] = {SPAN_ARG(weights),
                                      SPAN_ARG(args->background),
                                      SPAN_ARG(args->x),
                                      ARG(args->seed),
                                      ARG(args->stream),
                                      ARG(args->first),
                                      ARG(most),
                                      ARG(how->cutout),
                                      ARG(args->image_rows),
                                      ARG(args->image_cols),
                                      ARG(layout.nodes_y),
                                      ARG(layout.nodes_x),
                                      ARG(layout.noise_blocks),
                                      {bytes, NULL}};

    if (args->rows == 0 || args->image_rows == 0 || args->image_cols == 0)
        return INCLINE_OK;
    if (bytes > dev->info.local_bytes)
        return FAIL(INCLINE_EARG,
                    "distorting images of %u x %u needs %zu bytes of local memory, %s has %llu; "
                    "take smaller images, a larger --elastic-sigma, or another device",
                    args->image_rows, args->image_cols, bytes, dev->info.name,
                    (unsigned long long)dev->info.local_bytes);
    return LAUNCH(device, KERNEL_augment_images, 1, global, local, list);
}
