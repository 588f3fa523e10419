/* keep_buffers.c - an OpenCL loader layer under which no buffer is ever released.
 *
 * Oclgrind 21.10 gives a new buffer the number of one that was released, and its record of what
 * has been written keeps the old one's size: what is written behind that counts as never
 * written. With this layer no number comes up twice. The loader takes it from OPENCL_LAYERS. */
#include <CL/cl_layer.h>
#include <stddef.h>

#define EXPORT __attribute__((visibility("default")))

static struct _cl_icd_dispatch layer;

static CL_API_ENTRY cl_int CL_API_CALL keep(cl_mem buffer)
{
    (void)buffer;
    return CL_SUCCESS;
}

EXPORT CL_API_ENTRY cl_int CL_API_CALL clGetLayerInfo(cl_layer_info name, size_t bytes, void *value,
                                                      size_t *bytes_needed)
{
    if (name != CL_LAYER_API_VERSION || (value != NULL && bytes < sizeof(cl_layer_api_version)))
        return CL_INVALID_VALUE;
    if (value != NULL)
        *(cl_layer_api_version *)value = CL_LAYER_API_VERSION_100;
    if (bytes_needed != NULL)
        *bytes_needed = sizeof(cl_layer_api_version);
    return CL_SUCCESS;
}

EXPORT CL_API_ENTRY cl_int CL_API_CALL clInitLayer(cl_uint entries,
                                                   const struct _cl_icd_dispatch *target,
                                                   cl_uint *entries_out,
                                                   const struct _cl_icd_dispatch **layer_out)
{
    if (target == NULL || entries_out == NULL || layer_out == NULL ||
        entries < sizeof layer / sizeof(void *))
        return CL_INVALID_VALUE;
    layer = *target;
    layer.clReleaseMemObject = keep;
    *entries_out = sizeof layer / sizeof(void *);
    *layer_out = &layer;
    return CL_SUCCESS;
}
