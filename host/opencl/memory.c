/* memory.c - buffers of a device, and copies between them and the host. */
#include <stdlib.h>

#include "host/opencl/room.h"
#include "host/util/size.h"

/* A buffer of memory that the driver gives, or of the host's. */
static int create(struct incline_device *dev, cl_mem_flags flags, size_t wanted, void *memory,
                  struct buffer **out)
{
    struct opencl_device *device = opencl_of(dev);
    cl_int code;

    if (wanted > dev->info.max_alloc_bytes)
        return FAIL(INCLINE_ENOMEM,
                    "%zu bytes in one buffer, but %s gives at most %llu; take a smaller batch or "
                    "network",
                    wanted, dev->info.name, (unsigned long long)dev->info.max_alloc_bytes);
    struct opencl_buffer *buffer = malloc(sizeof *buffer);
    if (buffer == NULL)
        return FAIL(INCLINE_ENOMEM, "%zu bytes for a buffer's handle", sizeof *buffer);
    *buffer = (struct opencl_buffer){.bytes = wanted, .wrapped = memory != NULL};
    buffer->mem = clCreateBuffer(device->context, flags, wanted, memory, &code);
    if (buffer->mem == NULL || code != CL_SUCCESS) {
        free(buffer);
        return status_context(opencl_fail(device, code, "clCreateBuffer"), "%zu bytes", wanted);
    }
    if (dev->children++ == 0)
        atomic_fetch_add(&device->family->busy, 1);
    *out = (struct buffer *)buffer;
    return INCLINE_OK;
}

int opencl_buffer_create(struct incline_device *dev, size_t bytes, struct buffer **out)
{
    return create(dev, CL_MEM_READ_WRITE, bytes < 64 ? 64 : bytes, NULL, out);
}

int opencl_buffer_wrap(struct incline_device *dev, const void *memory, size_t bytes,
                       struct buffer **out)
{
    if (!dev->info.shared_memory || bytes == 0 || (uintptr_t)memory % WRAP_ALIGNMENT != 0)
        return FAIL(INCLINE_EARG, "%zu bytes of host memory at %p cannot be used by %s as they lie",
                    bytes, memory, dev->info.name);
    return create(dev, CL_MEM_READ_ONLY | CL_MEM_USE_HOST_PTR, size_round_up(bytes, WRAP_GRAIN),
                  (void *)(uintptr_t)memory, out);
}

/* Queued kernels keep the buffer alive, but not the host's memory. */
void opencl_buffer_destroy(struct incline_device *dev, struct buffer *buffer)
{
    if (buffer == NULL)
        return;
    opencl_mapping_release(opencl_of(dev), (struct opencl_buffer *)buffer);
    if (((struct opencl_buffer *)buffer)->wrapped)
        clFinish(opencl_of(dev)->queue);
    if (--dev->children == 0)
        atomic_fetch_sub(&opencl_of(dev)->family->busy, 1);
    clReleaseMemObject(((struct opencl_buffer *)buffer)->mem);
    free(buffer);
}

int opencl_scratch(struct opencl_device *device, size_t bytes, struct span *span)
{
    struct opencl_buffer *scratch = &device->scratch;
    cl_int code;

    if (bytes > scratch->bytes) {
        cl_mem mem = clCreateBuffer(device->context, CL_MEM_READ_WRITE, bytes, NULL, &code);
        if (mem == NULL || code != CL_SUCCESS)
            return status_context(opencl_fail(device, code, "clCreateBuffer"), "%zu bytes", bytes);
        /* Queued kernels that use the old memory keep it alive. */
        if (scratch->mem != NULL)
            clReleaseMemObject(scratch->mem);
        scratch->mem = mem;
        scratch->bytes = bytes;
    }
    *span = (struct span){(struct buffer *)scratch, 0};
    return INCLINE_OK;
}

int opencl_upload(struct incline_device *dev, struct span to, enum element element, size_t count,
                  const void *from)
{
    struct opencl_device *device = opencl_of(dev);
    const size_t width = element_bytes(element);

    if (count == 0)
        return INCLINE_OK;
    const cl_int code = clEnqueueWriteBuffer(device->queue, *opencl_mem(to), CL_TRUE, to.at * width,
                                             count * width, from, 0, NULL, NULL);
    return code == CL_SUCCESS ? INCLINE_OK : opencl_fail(device, code, "clEnqueueWriteBuffer");
}

static int read_back(struct opencl_device *device, struct span from, enum element element,
                     size_t count, void *to, cl_bool wait, cl_event *event)
{
    const size_t width = element_bytes(element);
    const cl_int code = clEnqueueReadBuffer(device->queue, *opencl_mem(from), wait, from.at * width,
                                            count * width, to, 0, NULL, event);
    return code == CL_SUCCESS ? INCLINE_OK : opencl_fail(device, code, "clEnqueueReadBuffer");
}

int opencl_download(struct incline_device *dev, struct span from, enum element element,
                    size_t count, void *to)
{
    return count == 0 ? INCLINE_OK
                      : read_back(opencl_of(dev), from, element, count, to, CL_TRUE, NULL);
}

int opencl_snapshot(struct incline_device *dev, struct span from, enum element element,
                    size_t count, void *to)
{
    struct opencl_device *device = opencl_of(dev);
    const int rc = read_back(device, from, element, count, to, CL_FALSE, &device->snapshot);
    if (rc != INCLINE_OK)
        return rc;
    const cl_int code = clFlush(device->queue);
    return code == CL_SUCCESS ? INCLINE_OK : opencl_fail(device, code, "clFlush");
}

int opencl_snapshot_ready(struct incline_device *dev, bool wait, bool *ready)
{
    struct opencl_device *device = opencl_of(dev);
    cl_int state = CL_COMPLETE, code = CL_SUCCESS;

    if (device->snapshot != NULL && wait)
        code = clWaitForEvents(1, &device->snapshot);
    if (device->snapshot != NULL && code == CL_SUCCESS)
        code = clGetEventInfo(device->snapshot, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof state,
                              &state, NULL);
    if (code == CL_SUCCESS && state < 0)
        code = state;
    if (code == CL_SUCCESS && state != CL_COMPLETE) {
        *ready = false;
        return INCLINE_OK;
    }
    if (device->snapshot != NULL)
        clReleaseEvent(device->snapshot);
    device->snapshot = NULL;
    if (code != CL_SUCCESS)
        return opencl_fail(device, code, "the queued work");
    *ready = true;
    return INCLINE_OK;
}

int opencl_finish(struct incline_device *dev)
{
    const cl_int code = clFinish(opencl_of(dev)->queue);
    return code == CL_SUCCESS ? INCLINE_OK : opencl_fail(opencl_of(dev), code, "clFinish");
}
