/* device.c - open and close an OpenCL device, and choose what its kernels are compiled with. */
#include <stdio.h>
#include <stdlib.h>

#include "host/opencl/room.h"

/* The largest power of two that is not above n nor above `most`; n > 0. */
static cl_uint power_below(uint64_t n, cl_uint most)
{
    cl_uint power = 1;
    while (power < most && (uint64_t)power * 2 <= n)
        power *= 2;
    return power;
}

/* Local memory that a kernel of gemm_tile.cl takes with x * y work-items. */
static uint64_t tile_bytes(const struct opencl_tuning *tuning, cl_uint x, cl_uint y)
{
    const uint64_t lines = (uint64_t)y * tuning->TILE_M + (uint64_t)x * tuning->TILE_N + 8;
    return 2 * tuning->TILE_K * lines * sizeof(cl_float);
}

/* Groups of 128 work-items with tiles of 64 x 64, and of 64 with 128 x 16 and 16 x 128; fewer
 * where the device's groups or its local memory are small. */
static void tile_tuning(const struct incline_device_info *info, struct opencl_tuning *tuning)
{
    cl_uint most = power_below(info->max_work_group, 128);
    bool fits = false;

    tuning->TILE_M = 8;
    tuning->TILE_N = 4;
    tuning->TILE_K = 16;
    while (!fits) {
        const cl_uint thin = most < 64 ? most : 64;
        tuning->TILE_Y = power_below(most, 8);
        while (tuning->TILE_Y * tuning->TILE_Y > most)
            tuning->TILE_Y /= 2;
        tuning->TILE_X = most / tuning->TILE_Y;
        tuning->TALL_X = power_below(thin, 4);
        tuning->TALL_Y = thin / tuning->TALL_X;
        tuning->WIDE_Y = power_below(thin, 2);
        tuning->WIDE_X = thin / tuning->WIDE_Y;
        fits =
            most == 1 || (tile_bytes(tuning, tuning->TILE_X, tuning->TILE_Y) <= info->local_bytes &&
                          tile_bytes(tuning, tuning->TALL_X, tuning->TALL_Y) <= info->local_bytes &&
                          tile_bytes(tuning, tuning->WIDE_X, tuning->WIDE_Y) <= info->local_bytes);
        if (!fits)
            most /= 2;
    }
    while (tuning->TILE_K > 4 && tile_bytes(tuning, 1, 1) > info->local_bytes)
        tuning->TILE_K /= 2;
}

/* Sensible for any device of the kind; the constraint of each value stands in its .cl file. */
static struct opencl_tuning default_tuning(const struct incline_device_info *info)
{
    const bool cpu = info->type == INCLINE_DEVICE_CPU;
    const cl_uint group = power_below(info->max_work_group, 64);
    struct opencl_tuning tuning = {
        .WG = group,
        .ROW_WG = cpu ? 1 : group,
        .FETCH_AHEAD = cpu && opencl_is_pocl(info),
        .VEC = info->float_width >= 16  ? 16
               : info->float_width >= 8 ? 8
                                        : 4,
        .DOT_M = 2,
        .DOT_N = 5,
        .PANEL_M = 6,
        .PANEL_N = 2,
        .PANEL_K = 256,
        .STEP_ROWS = 32,
        .STEP_PARAMS = 128 * 1024, /* still stay in a second-level cache with their gradients */
        .STEP_SHARE = 16, /* for fewer it is not worth going through all parameters once more */
    };

    if (tuning.VEC == 16) { /* with such vectors come 32 registers */
        tuning.DOT_M = 4;
        tuning.PANEL_M = 12;
    }
    tile_tuning(info, &tuning);
    return tuning;
}

/* CLBlast is not among a CPU's makers: its kernels are made for GPUs, and reach a tenth of what
 * gemm_panel.cl reaches on a CPU, after seconds of compiling. */
static unsigned default_makers(const struct incline_device_info *info)
{
    return info->type == INCLINE_DEVICE_CPU || !clblast_available()
               ? OPENCL_MAKERS_OWN
               : OPENCL_MAKERS_OWN | OPENCL_MAKER_CLBLAST;
}

static void opencl_close(struct incline_device *dev)
{
    struct opencl_device *device = opencl_of(dev);

    if (device->queue != NULL)
        clFinish(device->queue);
    for (size_t m = 0; m < OPENCL_MARKERS; m++)
        if (device->markers[m] != NULL)
            clReleaseEvent(device->markers[m]);
    if (device->snapshot != NULL)
        clReleaseEvent(device->snapshot);
    if (device->scratch.mem != NULL)
        clReleaseMemObject(device->scratch.mem);
    opencl_programs_release(device);
    if (device->queue != NULL)
        clReleaseCommandQueue(device->queue);
    if (device->transfers != NULL)
        clReleaseCommandQueue(device->transfers);
    opencl_family_leave(device);
    free(device->verdicts);
    free(device);
}

/* What a handle of a family needs to queue work. */
static int open_queue(struct opencl_device *device)
{
    cl_int code;

    device->context = device->family->context;
    device->queue = clCreateCommandQueue(device->context, device->id, 0, &code);
    if (device->queue == NULL || code != CL_SUCCESS)
        return opencl_fail(device, code, "clCreateCommandQueue");
    opencl_programs_prepare(device);
    return INCLINE_OK;
}

/* The same choices, a queue, kernels and memory of its own. */
static int opencl_another(struct incline_device *dev, struct incline_device **another)
{
    const struct opencl_device *first = opencl_of(dev);
    int rc = INCLINE_OK;

    struct opencl_device *device = calloc(1, sizeof *device);
    if (device == NULL)
        return FAIL(INCLINE_ENOMEM, "%zu bytes for a device", sizeof *device);
    device->base = first->base;
    device->base.children = 0;
    device->id = first->id;
    device->allowed = first->allowed;
    device->makers = first->makers;
    device->initial = first->initial;
    device->tuning = first->tuning;
    memcpy(device->tuned_for, first->tuned_for, sizeof device->tuned_for);
    opencl_family_join(device, first->family);
    TRY(open_queue(device));
    *another = &device->base;
    return INCLINE_OK;
out:
    opencl_close(&device->base);
    return rc;
}

static const struct backend opencl_backend = {.close = opencl_close,
                                              .another = opencl_another,
                                              .buffer_create = opencl_buffer_create,
                                              .buffer_wrap = opencl_buffer_wrap,
                                              .buffer_destroy = opencl_buffer_destroy,
                                              .buffer_done = opencl_buffer_done,
                                              .buffer_map = opencl_buffer_map,
                                              .buffer_unmap = opencl_buffer_unmap,
                                              .upload = opencl_upload,
                                              .download = opencl_download,
                                              .snapshot = opencl_snapshot,
                                              .snapshot_ready = opencl_snapshot_ready,
                                              .finish = opencl_finish,
                                              .keep_maker = opencl_keep_maker,
                                              .known_makers = opencl_known_makers,
                                              .measure_peak = opencl_measure_peak,
                                              .knobs = opencl_knobs,
                                              .set_knobs = opencl_set_knobs,
                                              .keep_knobs = opencl_keep_knobs,
                                              .forget_knobs = opencl_forget_knobs,
                                              .tuned_for = opencl_tuned_for,
                                              .takes_train_steps = opencl_takes_train_steps,
                                              .train_steps = opencl_train_steps,
#define X(slot) .slot = opencl_##slot,
                                              BACKEND_SLOTS(X)
#undef X
};

/* About what a device works on at a time when it is busy: what a CPU's second-level caches hold,
 * or enough to fill a GPU. Never more than a quarter of its memory or one buffer. */
static size_t working_bytes(const struct incline_device_info *info)
{
    const uint64_t cpu = (uint64_t)2 << 20, gpu = (uint64_t)256 << 20;
    uint64_t bytes = info->type == INCLINE_DEVICE_CPU
                         ? cpu * (info->compute_units ? info->compute_units : 1)
                         : gpu;
    if (bytes > info->global_bytes / 4)
        bytes = info->global_bytes / 4;
    if (bytes > info->max_alloc_bytes)
        bytes = info->max_alloc_bytes;
    return (size_t)bytes;
}

int opencl_open(uint32_t index, unsigned makers, struct incline_device **out)
{
    int rc = INCLINE_OK;

    if ((makers & OPENCL_MAKER_CLBLAST) && !clblast_available())
        return FAIL(INCLINE_EARG, "this Incline was built without CLBlast; take its own kernels "
                                  "(--gemm own), or build with -DINCLINE_WITH_CLBLAST=ON");
    struct opencl_device *device = calloc(1, sizeof *device);
    if (device == NULL)
        return FAIL(INCLINE_ENOMEM, "%zu bytes for a device", sizeof *device);
    struct incline_device *dev = &device->base;
    dev->ops = &opencl_backend;
    TRY(opencl_find(index, &device->id, &dev->info));
    device->allowed = makers != 0 ? makers : default_makers(&dev->info);
    device->makers = device->allowed;
    device->initial = device->tuning = default_tuning(&dev->info);
    opencl_take_tuning(device);
    dev->working_bytes = working_bytes(&dev->info);
    dev->steps_by_layer = dev->info.type == INCLINE_DEVICE_CPU; /* what has panel kernels */
    TRY(opencl_family_create(device));
    TRY(open_queue(device));
    *out = dev;
    return INCLINE_OK;
out:
    opencl_close(dev);
    return rc;
}
