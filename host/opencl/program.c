/* program.c - sources and options to program to kernels, with the compiled program cached. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/opencl/kernels.h"
#include "host/opencl/room.h"
#include "host/util/cache.h"
#include "host/util/size.h"

enum { MAX_SOURCES = 32 };

/* What the kernels are built with. No fast-math: divergence must be visible, and results must
 * stay within bounds that are derived from correct rounding. */
static void build_options(const struct opencl_tuning *tuning, char *options, size_t bytes)
{
    int used = snprintf(options, bytes, "-cl-std=CL1.2");
#define X(name) \
    used += snprintf(options + used, bytes - (size_t)used, " -D" #name "=%u", tuning->name);
    OPENCL_TUNABLES(X)
#undef X
}

static void platform_text(cl_device_id id, cl_platform_info what, char *text, size_t bytes)
{
    cl_platform_id platform;
    if (clGetDeviceInfo(id, CL_DEVICE_PLATFORM, sizeof platform, &platform, NULL) != CL_SUCCESS ||
        clGetPlatformInfo(platform, what, bytes, text, NULL) != CL_SUCCESS)
        snprintf(text, bytes, "unknown");
}

/* Everything that the compiled program depends on. */
static void make_key(struct opencl_device *device, const char *options)
{
    const struct incline_device_info *info = &device->base.info;
    uint64_t hash = CACHE_HASH_START;
    char version[256];

    for (const struct kernel_source *source = kernel_sources; source->name != NULL; source++)
        hash = cache_hash(hash, source->text, source->bytes);
    platform_text(device->id, CL_PLATFORM_VERSION, version, sizeof version);
    snprintf(device->key, sizeof device->key,
             "incline %s\nplatform %s, %s\ndevice %s, %s, %u units\ndriver %s\noptions %s\n"
             "sources %016" PRIx64 "\n",
             INCLINE_VERSION, info->platform, version, info->name, info->version,
             info->compute_units, info->driver, options, hash);
}

static void program_key(const struct opencl_device *device, char *key, size_t bytes)
{
    snprintf(key, bytes, "%sprogram", device->key);
}

/* A program from the cache; NULL if there is none or the driver does not take it. */
static cl_program program_from_cache(struct opencl_device *device, const char *options)
{
    char key[sizeof device->key + 16];
    unsigned char *binary = NULL;
    size_t bytes;
    cl_int code, status;

    program_key(device, key, sizeof key);
    if (!cache_load(key, &binary, &bytes))
        return NULL;
    const unsigned char *binaries = binary;
    cl_program program = clCreateProgramWithBinary(device->context, 1, &device->id, &bytes,
                                                   &binaries, &status, &code);
    free(binary);
    if (program == NULL || code != CL_SUCCESS || status != CL_SUCCESS ||
        clBuildProgram(program, 1, &device->id, options, NULL, NULL) != CL_SUCCESS) {
        if (program != NULL)
            clReleaseProgram(program);
        return NULL;
    }
    return program;
}

static void program_to_cache(struct opencl_device *device)
{
    char key[sizeof device->key + 16];
    size_t bytes = 0;

    if (clGetProgramInfo(device->program, CL_PROGRAM_BINARY_SIZES, sizeof bytes, &bytes, NULL) !=
            CL_SUCCESS ||
        bytes == 0)
        return;
    unsigned char *binary = malloc(bytes);
    if (binary != NULL && clGetProgramInfo(device->program, CL_PROGRAM_BINARIES, sizeof binary,
                                           &binary, NULL) == CL_SUCCESS) {
        program_key(device, key, sizeof key);
        cache_store(key, binary, bytes);
    }
    free(binary);
}

/* Put the compiler's messages into the last-error text, as much as fits. */
static int build_failed(struct opencl_device *device, cl_program program, cl_int code)
{
    size_t bytes = 0;
    char *log = NULL;

    if (clGetProgramBuildInfo(program, device->id, CL_PROGRAM_BUILD_LOG, 0, NULL, &bytes) ==
            CL_SUCCESS &&
        bytes > 0)
        log = calloc(1, bytes + 1);
    if (log != NULL)
        (void)clGetProgramBuildInfo(program, device->id, CL_PROGRAM_BUILD_LOG, bytes, log, NULL);
    const int status =
        FAIL(INCLINE_EBUILD,
             "the kernels do not compile on %s (%s); take another device or "
             "update its driver (incline devices). Its compiler says: %.600s",
             device->base.info.name, opencl_error_name(code), log != NULL ? log : "nothing");
    free(log);
    return status;
}

static int program_from_sources(struct opencl_device *device, const char *options)
{
    const char *texts[MAX_SOURCES];
    size_t sizes[MAX_SOURCES];
    cl_uint count = 0;
    cl_int code;

    for (const struct kernel_source *source = kernel_sources; source->name != NULL; source++) {
        if (count == MAX_SOURCES)
            return FAIL(INCLINE_EBUILD, "more than %d kernel files", MAX_SOURCES);
        texts[count] = source->text;
        sizes[count++] = source->bytes;
    }
    cl_program program = clCreateProgramWithSource(device->context, count, texts, sizes, &code);
    if (program == NULL || code != CL_SUCCESS)
        return opencl_fail(device, code, "clCreateProgramWithSource");
    code = clBuildProgram(program, 1, &device->id, options, NULL, NULL);
    if (code != CL_SUCCESS) {
        const int status = build_failed(device, program, code);
        clReleaseProgram(program);
        return status;
    }
    device->program = program;
    return INCLINE_OK;
}

static void release_kernels(struct opencl_device *device)
{
    for (size_t k = 0; k < KERNEL_COUNT; k++) {
        if (device->kernels[k] != NULL)
            clReleaseKernel(device->kernels[k]);
        device->kernels[k] = NULL;
    }
}

/* Take the kernels out of the program and count their arguments. */
static int create_kernels(struct opencl_device *device)
{
    static const struct {
        const char *name;
        cl_uint arguments;
    } table[KERNEL_COUNT] = {
#define X(name, arguments) {#name, arguments},
        OPENCL_KERNELS(X)
#undef X
    };
    cl_int code;

    for (size_t k = 0; k < KERNEL_COUNT; k++) {
        cl_uint arguments = 0;
        device->kernels[k] = clCreateKernel(device->program, table[k].name, &code);
        if (device->kernels[k] == NULL || code != CL_SUCCESS)
            return FAIL(INCLINE_EBUILD, "%s does not give kernel %s: %s", device->base.info.name,
                        table[k].name, opencl_error_name(code));
        if (clGetKernelInfo(device->kernels[k], CL_KERNEL_NUM_ARGS, sizeof arguments, &arguments,
                            NULL) != CL_SUCCESS ||
            arguments != table[k].arguments)
            return FAIL(INCLINE_EBUILD, "kernel %s has %u arguments on %s, %u expected",
                        table[k].name, arguments, device->base.info.name, table[k].arguments);
    }
    return INCLINE_OK;
}

/* The last line of the key says who makes matrix products: verdicts depend on it, the program
 * does not. */
void opencl_key_makers(struct opencl_device *device)
{
    static const char line[] = "makers ";
    char *last = strstr(device->key, line);
    const size_t used = last != NULL ? (size_t)(last - device->key) : strlen(device->key);

    snprintf(device->key + used, sizeof device->key - used, "%s%u\n", line, device->makers);
    device->base.key = device->key;
}

int opencl_program_build(struct opencl_device *device)
{
    char options[512];
    int rc = INCLINE_OK;

    build_options(&device->tuning, options, sizeof options);
    make_key(device, options);
    device->program = program_from_cache(device, options);
    if (device->program == NULL || create_kernels(device) != INCLINE_OK) {
        release_kernels(device);
        if (device->program != NULL)
            clReleaseProgram(device->program);
        device->program = NULL;
        TRY(program_from_sources(device, options));
        TRY(create_kernels(device));
        program_to_cache(device);
    }
    opencl_key_makers(device);
out:
    return rc;
}
