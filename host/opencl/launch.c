/* launch.c - queue a kernel, and keep the queue bounded. */
#include <stdio.h>

#include "host/opencl/room.h"
#include "host/util/size.h"

/* Launches between two markers; OPENCL_MARKERS of these may be queued. */
enum { LAUNCHES_PER_MARKER = 64 };

/* Put a marker behind what is queued, after waiting for the oldest one. Without this a host
 * that is faster than the device fills memory with commands, and Ctrl-C comes too late. */
static int mark(struct opencl_device *device)
{
    cl_event *marker = &device->markers[device->next_marker];
    cl_int code = CL_SUCCESS;

    device->next_marker = (device->next_marker + 1) % OPENCL_MARKERS;
    if (*marker != NULL) {
        code = clWaitForEvents(1, marker);
        clReleaseEvent(*marker);
        *marker = NULL;
    }
    if (code == CL_SUCCESS)
        code = clEnqueueMarkerWithWaitList(device->queue, 0, NULL, marker);
    if (code == CL_SUCCESS)
        code = clFlush(device->queue);
    return code == CL_SUCCESS ? INCLINE_OK : opencl_fail(device, code, "the queued work");
}

size_t opencl_flat_items(const struct opencl_device *device, size_t count)
{
    const size_t vectors = (count + device->tuning.VEC - 1) / device->tuning.VEC;
    return size_round_up(vectors, device->tuning.WG);
}

int opencl_launch(struct opencl_device *device, enum opencl_kernel kernel, cl_uint dims,
                  const size_t *global, const size_t *local, const struct kernel_arg *args,
                  size_t count)
{
    cl_kernel handle;
    char call[128];

    const int rc = opencl_kernel(device, kernel, &handle);
    if (rc != INCLINE_OK)
        return rc;
    for (size_t i = 0; i < count; i++) {
        const cl_int code = clSetKernelArg(handle, (cl_uint)i, args[i].bytes, args[i].value);
        if (code != CL_SUCCESS) {
            snprintf(call, sizeof call, "argument %zu of kernel %s", i, opencl_kernel_text(kernel));
            return opencl_fail(device, code, call);
        }
    }
    const cl_int code =
        clEnqueueNDRangeKernel(device->queue, handle, dims, NULL, global, local, 0, NULL, NULL);
    if (code != CL_SUCCESS) {
        snprintf(call, sizeof call, "kernel %s", opencl_kernel_text(kernel));
        return opencl_fail(device, code, call);
    }
    return ++device->launches % LAUNCHES_PER_MARKER == 0 ? mark(device) : INCLINE_OK;
}
