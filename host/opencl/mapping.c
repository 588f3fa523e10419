/* mapping.c - buffers that the host fills while the device works on something else: a queue of
 * their own, and events between it and the queue of the work. */
#include "host/opencl/room.h"

int opencl_buffer_done(struct incline_device *dev, struct buffer *buffer)
{
    struct opencl_device *device = opencl_of(dev);
    cl_event *last_use = &((struct opencl_buffer *)buffer)->last_use;

    if (*last_use != NULL)
        clReleaseEvent(*last_use);
    *last_use = NULL;
    cl_int code = clEnqueueMarkerWithWaitList(device->queue, 0, NULL, last_use);
    if (code == CL_SUCCESS)
        code = clFlush(device->queue);
    return code == CL_SUCCESS ? INCLINE_OK
                              : opencl_fail(device, code, "clEnqueueMarkerWithWaitList");
}

/* Has the work that uses a buffer run? With `wait` it has, afterwards. */
static int is_free(struct opencl_device *device, struct opencl_buffer *buffer, bool wait,
                   bool *free)
{
    cl_int state = CL_COMPLETE, code = CL_SUCCESS;

    if (buffer->last_use != NULL && wait)
        code = clWaitForEvents(1, &buffer->last_use);
    if (buffer->last_use != NULL && code == CL_SUCCESS)
        code = clGetEventInfo(buffer->last_use, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof state,
                              &state, NULL);
    if (code == CL_SUCCESS && state < 0)
        code = state;
    if (code != CL_SUCCESS)
        return opencl_fail(device, code, "the queued work");
    *free = state == CL_COMPLETE;
    if (*free && buffer->last_use != NULL) {
        clReleaseEvent(buffer->last_use);
        buffer->last_use = NULL;
    }
    return INCLINE_OK;
}

int opencl_buffer_map(struct incline_device *dev, struct buffer *handle, bool wait, void **memory)
{
    struct opencl_device *device = opencl_of(dev);
    struct opencl_buffer *buffer = (struct opencl_buffer *)handle;
    cl_int code = CL_SUCCESS;
    bool free = false;

    const int rc = is_free(device, buffer, wait, &free);
    *memory = NULL;
    if (rc != INCLINE_OK || !free)
        return rc;
    if (device->transfers == NULL)
        device->transfers = clCreateCommandQueue(device->context, device->id, 0, &code);
    if (device->transfers == NULL)
        return opencl_fail(device, code, "clCreateCommandQueue");
    buffer->mapped =
        clEnqueueMapBuffer(device->transfers, buffer->mem, CL_TRUE, CL_MAP_WRITE_INVALIDATE_REGION,
                           0, buffer->bytes, 0, NULL, NULL, &code);
    if (buffer->mapped == NULL || code != CL_SUCCESS)
        return status_context(opencl_fail(device, code, "clEnqueueMapBuffer"), "%zu bytes",
                              buffer->bytes);
    *memory = buffer->mapped;
    return INCLINE_OK;
}

int opencl_buffer_unmap(struct incline_device *dev, struct buffer *handle, void *memory)
{
    struct opencl_device *device = opencl_of(dev);
    struct opencl_buffer *buffer = (struct opencl_buffer *)handle;
    cl_event written = NULL;

    cl_int code =
        clEnqueueUnmapMemObject(device->transfers, buffer->mem, memory, 0, NULL, &written);
    if (code == CL_SUCCESS) {
        buffer->mapped = NULL;
        code = clFlush(device->transfers);
    }
    if (code == CL_SUCCESS)
        code = clEnqueueBarrierWithWaitList(device->queue, 1, &written, NULL);
    if (written != NULL)
        clReleaseEvent(written);
    return code == CL_SUCCESS ? INCLINE_OK : opencl_fail(device, code, "clEnqueueUnmapMemObject");
}

void opencl_mapping_release(struct opencl_device *device, struct opencl_buffer *buffer)
{
    if (buffer->mapped != NULL)
        (void)clEnqueueUnmapMemObject(device->transfers, buffer->mem, buffer->mapped, 0, NULL,
                                      NULL);
    if (device->transfers != NULL)
        (void)clFinish(device->transfers);
    if (buffer->last_use != NULL)
        clReleaseEvent(buffer->last_use);
}
