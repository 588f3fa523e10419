/* platforms.c - every OpenCL device there is, and why some cannot be used. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/opencl/room.h"

/* A list that grows; `ids` runs beside `infos`. */
struct found {
    struct incline_device_info *infos;
    cl_device_id *ids;
    size_t count;
};

static int found_add(struct found *found, const struct incline_device_info *info, cl_device_id id)
{
    struct incline_device_info *infos = realloc(found->infos, (found->count + 1) * sizeof *infos);
    if (infos == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for a list of %zu devices", found->count + 1);
    found->infos = infos;
    cl_device_id *ids = realloc(found->ids, (found->count + 1) * sizeof *ids);
    if (ids == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for a list of %zu devices", found->count + 1);
    found->ids = ids;
    found->infos[found->count] = *info;
    found->ids[found->count++] = id;
    return INCLINE_OK;
}

/* A property of fixed size, or `missing` where the driver does not tell. */
static cl_ulong device_number(cl_device_id id, cl_device_info what, size_t bytes, cl_ulong missing)
{
    union {
        cl_uint word;
        cl_ulong number;
    } value = {0};
    size_t got = 0;

    if (clGetDeviceInfo(id, what, sizeof value, &value, &got) != CL_SUCCESS || got < bytes)
        return missing;
    return bytes == sizeof value.word ? value.word : value.number;
}

static cl_uint device_uint(cl_device_id id, cl_device_info what)
{
    return (cl_uint)device_number(id, what, sizeof(cl_uint), 0);
}

static void device_text(cl_device_id id, cl_device_info what, char *text, size_t bytes)
{
    char full[1024] = "";
    if (clGetDeviceInfo(id, what, sizeof full - 1, full, NULL) != CL_SUCCESS)
        full[0] = '\0';
    snprintf(text, bytes, "%.*s", (int)bytes - 1, full);
}

/* Why a device that the platform offers cannot be used; "" if it can. */
static void device_verdict(cl_device_id id, struct incline_device_info *info)
{
    char profile[64];
    unsigned major = 0, minor = 0;

    device_text(id, CL_DEVICE_PROFILE, profile, sizeof profile);
    const bool version_known = sscanf(info->version, "OpenCL %u.%u", &major, &minor) == 2;

    if (!device_uint(id, CL_DEVICE_AVAILABLE))
        snprintf(info->reason, sizeof info->reason, "the driver says it is not available");
    else if (!device_uint(id, CL_DEVICE_COMPILER_AVAILABLE))
        snprintf(info->reason, sizeof info->reason, "its driver has no compiler for kernels");
    else if (!version_known || major < 1 || (major == 1 && minor < 2))
        snprintf(info->reason, sizeof info->reason, "%.100s is older than OpenCL 1.2",
                 info->version);
    else if (strcmp(profile, "FULL_PROFILE") != 0)
        snprintf(info->reason, sizeof info->reason,
                 "its %.60s does not promise the accuracy that training needs", profile);
    else if (!device_uint(id, CL_DEVICE_ENDIAN_LITTLE))
        snprintf(info->reason, sizeof info->reason, "it is big-endian");
    else
        info->usable = true;
}

static void describe(cl_device_id id, const char *platform, struct incline_device_info *info)
{
    *info = (struct incline_device_info){0};
    const cl_ulong type = device_number(id, CL_DEVICE_TYPE, sizeof(cl_ulong), 0);

    snprintf(info->platform, sizeof info->platform, "%s", platform);
    device_text(id, CL_DEVICE_NAME, info->name, sizeof info->name);
    device_text(id, CL_DRIVER_VERSION, info->driver, sizeof info->driver);
    device_text(id, CL_DEVICE_VERSION, info->version, sizeof info->version);
    info->type = type & CL_DEVICE_TYPE_GPU   ? INCLINE_DEVICE_GPU
                 : type & CL_DEVICE_TYPE_CPU ? INCLINE_DEVICE_CPU
                                             : INCLINE_DEVICE_ACCELERATOR;
    info->compute_units = device_uint(id, CL_DEVICE_MAX_COMPUTE_UNITS);
    info->clock_mhz = device_uint(id, CL_DEVICE_MAX_CLOCK_FREQUENCY);
    info->max_work_group =
        (uint32_t)device_number(id, CL_DEVICE_MAX_WORK_GROUP_SIZE, sizeof(size_t), 1);
    info->float_width = device_uint(id, CL_DEVICE_PREFERRED_VECTOR_WIDTH_FLOAT);
    info->global_bytes = device_number(id, CL_DEVICE_GLOBAL_MEM_SIZE, sizeof(cl_ulong), 0);
    info->max_alloc_bytes = device_number(id, CL_DEVICE_MAX_MEM_ALLOC_SIZE, sizeof(cl_ulong), 0);
    info->local_bytes = device_number(id, CL_DEVICE_LOCAL_MEM_SIZE, sizeof(cl_ulong), 0);
    info->local_is_global = device_uint(id, CL_DEVICE_LOCAL_MEM_TYPE) == CL_GLOBAL;
    info->shared_memory = device_uint(id, CL_DEVICE_HOST_UNIFIED_MEMORY) != 0;
    device_verdict(id, info);
}

/* Add the devices of one platform; *usable counts those numbered so far. */
static int scan_platform(cl_platform_id platform, struct found *found, unsigned *usable)
{
    struct incline_device_info info = {0};
    cl_device_id ids[64];
    cl_uint count = 0;
    int rc = INCLINE_OK;

    if (clGetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof info.platform - 1, info.platform,
                          NULL) != CL_SUCCESS)
        snprintf(info.platform, sizeof info.platform, "a platform without a name");
    const cl_int code = clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 64, ids, &count);
    if (code != CL_SUCCESS || count == 0) {
        snprintf(info.reason, sizeof info.reason, "%s%s",
                 code == CL_DEVICE_NOT_FOUND || count == 0
                     ? "the platform offers no device; "
                     : "the platform failed to list its devices; ",
                 strstr(info.platform, "Portable") != NULL
                     ? "PoCL needs a writable cache folder (POCL_CACHE_DIR, XDG_CACHE_HOME)"
                     : "its driver may lack the hardware, or the right to use it (/dev/dri)");
        return found_add(found, &info, NULL);
    }
    for (cl_uint d = 0; d < count && d < 64 && rc == INCLINE_OK; d++) {
        char name[sizeof info.platform];
        memcpy(name, info.platform, sizeof name);
        struct incline_device_info device;
        describe(ids[d], name, &device);
        if (device.usable) {
            snprintf(device.id, sizeof device.id, "opencl:%u", (*usable)++);
            device.tuned = opencl_is_tuned(ids[d], &device);
        }
        rc = found_add(found, &device, ids[d]);
    }
    return rc;
}

static int scan(struct found *found)
{
    cl_platform_id platforms[32];
    cl_uint count = 0;
    unsigned usable = 0;
    int rc = INCLINE_OK;

    if (clGetPlatformIDs(32, platforms, &count) != CL_SUCCESS)
        return INCLINE_OK; /* no driver is installed: an empty list */
    for (cl_uint p = 0; p < count && p < 32 && rc == INCLINE_OK; p++)
        rc = scan_platform(platforms[p], found, &usable);
    return rc;
}

static void found_clear(struct found *found)
{
    free(found->infos);
    free(found->ids);
}

int opencl_list(struct incline_device_info **list, size_t *count)
{
    struct found found = {0};
    const int rc = scan(&found);

    if (rc != INCLINE_OK) {
        found_clear(&found);
        return rc;
    }
    free(found.ids);
    *list = found.infos;
    *count = found.count;
    return INCLINE_OK;
}

int opencl_find(uint32_t index, cl_device_id *id, struct incline_device_info *info)
{
    struct found found = {0};
    char wanted[sizeof info->id];
    int rc = scan(&found);

    snprintf(wanted, sizeof wanted, "opencl:%u", index);
    if (rc == INCLINE_OK)
        rc = FAIL(INCLINE_ENODEVICE, "there is no usable device %s; incline devices lists them",
                  wanted);
    for (size_t i = 0; i < found.count; i++)
        if (strcmp(found.infos[i].id, wanted) == 0) {
            *id = found.ids[i];
            *info = found.infos[i];
            rc = INCLINE_OK;
        }
    found_clear(&found);
    return rc;
}
