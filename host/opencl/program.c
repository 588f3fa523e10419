/* program.c - sources and options to programs to kernels, each built at the first launch of one
 * of its kernels, with the compiled programs cached. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/opencl/kernels.h"
#include "host/opencl/room.h"
#include "host/util/cache.h"

enum { MAX_FILES = 8 };
#define MAKERS_LINE "makers "

/* What each program is made of, behind common.cl. */
static const struct {
    const char *name;
    const char *files[MAX_FILES]; /* NULL behind the last */
} programs[OPENCL_PROGRAM_COUNT] = {
#define X(name, ...) {#name, {__VA_ARGS__}},
    OPENCL_PROGRAMS(X)
#undef X
};

static const struct {
    const char *name;
    enum opencl_program_index program;
    cl_uint arguments;
} kernels[KERNEL_COUNT] = {
#define X(program, name, arguments) {#name, PROGRAM_##program, arguments},
    OPENCL_KERNELS(X)
#undef X
};

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

void opencl_identity(cl_device_id id, const struct incline_device_info *info, char *text,
                     size_t bytes)
{
    uint64_t hash = CACHE_HASH_START;
    char version[256];

    for (const struct kernel_source *source = kernel_sources; source->name != NULL; source++)
        hash = cache_hash(hash, source->text, source->bytes);
    platform_text(id, CL_PLATFORM_VERSION, version, sizeof version);
    snprintf(text, bytes,
             "incline %s\nplatform %s, %s\ndevice %s, %s, %u units\ndriver %s\n"
             "sources %016" PRIx64 "\n",
             INCLINE_VERSION, info->platform, version, info->name, info->version,
             info->compute_units, info->driver, hash);
}

/* Everything that the compiled program depends on. */
static void make_key(struct opencl_device *device)
{
    opencl_identity(device->id, &device->base.info, device->key, sizeof device->key);
    const size_t used = strlen(device->key);
    snprintf(device->key + used, sizeof device->key - used, "options %s\n", device->options);
}

/* Length of the key without its last line, which says who makes matrix products and how work is
 * launched: verdicts depend on it, programs do not. */
static size_t key_length(const struct opencl_device *device)
{
    const char *last = strstr(device->key, MAKERS_LINE);
    return last != NULL ? (size_t)(last - device->key) : strlen(device->key);
}

static void program_key(const struct opencl_device *device, enum opencl_program_index name,
                        char *key, size_t bytes)
{
    const char *shape = device->programs[name].shape;
    const int used = snprintf(key, bytes, "%.*sprogram %s", (int)key_length(device), device->key,
                              programs[name].name);

    if (shape != NULL)
        snprintf(key + used, bytes - (size_t)used, ", shape %016" PRIx64,
                 cache_hash(CACHE_HASH_START, shape, strlen(shape)));
}

/* A program from the cache; NULL if there is none or the driver does not take it. */
static cl_program program_from_cache(struct opencl_device *device, enum opencl_program_index name)
{
    char key[sizeof device->key + 64];
    unsigned char *binary = NULL;
    size_t bytes;
    cl_int code, status;

    program_key(device, name, key, sizeof key);
    if (device->driver_caches || !cache_load(key, &binary, &bytes))
        return NULL;
    const unsigned char *binaries = binary;
    cl_program program = clCreateProgramWithBinary(device->context, 1, &device->id, &bytes,
                                                   &binaries, &status, &code);
    free(binary);
    if (program == NULL || code != CL_SUCCESS || status != CL_SUCCESS ||
        clBuildProgram(program, 1, &device->id, device->options, NULL, NULL) != CL_SUCCESS) {
        if (program != NULL)
            clReleaseProgram(program);
        return NULL;
    }
    return program;
}

static void program_to_cache(struct opencl_device *device, enum opencl_program_index name)
{
    cl_program program = device->programs[name].built;
    char key[sizeof device->key + 64];
    size_t bytes = 0;

    if (device->driver_caches ||
        clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof bytes, &bytes, NULL) !=
            CL_SUCCESS ||
        bytes == 0)
        return;
    unsigned char *binary = malloc(bytes);
    if (binary != NULL && clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof binary, &binary,
                                           NULL) == CL_SUCCESS) {
        program_key(device, name, key, sizeof key);
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

static const struct kernel_source *find_source(const char *file)
{
    const struct kernel_source *source = kernel_sources;
    while (source->name != NULL && strcmp(source->name, file) != 0)
        source++;
    return source->name != NULL ? source : NULL;
}

static int program_from_sources(struct opencl_device *device, enum opencl_program_index name,
                                cl_program *out)
{
    const char *const shape = device->programs[name].shape;
    const char *texts[MAX_FILES + 2] = {kernel_sources[0].text};
    size_t sizes[MAX_FILES + 2] = {kernel_sources[0].bytes};
    cl_uint count = 1;
    cl_int code;

    if (shape != NULL) {
        texts[count] = shape;
        sizes[count++] = strlen(shape);
    }
    for (size_t f = 0; f < MAX_FILES && programs[name].files[f] != NULL; f++) {
        const struct kernel_source *source = find_source(programs[name].files[f]);
        if (source == NULL)
            return FAIL(INCLINE_EBUILD, "there is no kernels/%s", programs[name].files[f]);
        texts[count] = source->text;
        sizes[count++] = source->bytes;
    }
    cl_program program = clCreateProgramWithSource(device->context, count, texts, sizes, &code);
    if (program == NULL || code != CL_SUCCESS)
        return opencl_fail(device, code, "clCreateProgramWithSource");
    code = clBuildProgram(program, 1, &device->id, device->options, NULL, NULL);
    if (code != CL_SUCCESS) {
        const int status = build_failed(device, program, code);
        clReleaseProgram(program);
        return status;
    }
    *out = program;
    return INCLINE_OK;
}

/* Let go of a program and its kernels. */
static void release_program(struct opencl_device *device, enum opencl_program_index name)
{
    struct opencl_program *program = &device->programs[name];

    for (size_t k = 0; k < KERNEL_COUNT; k++)
        if (kernels[k].program == name && device->kernels[k] != NULL) {
            clReleaseKernel(device->kernels[k]);
            device->kernels[k] = NULL;
        }
    if (program->built != NULL)
        clReleaseProgram(program->built);
    program->built = NULL;
}

/* Take its kernels out of a program and count their arguments. */
static int create_kernels(struct opencl_device *device, enum opencl_program_index name)
{
    cl_int code;

    for (size_t k = 0; k < KERNEL_COUNT; k++) {
        cl_uint arguments = 0;
        if (kernels[k].program != name)
            continue;
        device->kernels[k] = clCreateKernel(device->programs[name].built, kernels[k].name, &code);
        if (device->kernels[k] == NULL || code != CL_SUCCESS)
            return FAIL(INCLINE_EBUILD, "%s does not give kernel %s: %s", device->base.info.name,
                        kernels[k].name, opencl_error_name(code));
        if (clGetKernelInfo(device->kernels[k], CL_KERNEL_NUM_ARGS, sizeof arguments, &arguments,
                            NULL) != CL_SUCCESS ||
            arguments != kernels[k].arguments)
            return FAIL(INCLINE_EBUILD, "kernel %s has %u arguments on %s, %u expected",
                        kernels[k].name, arguments, device->base.info.name, kernels[k].arguments);
    }
    return INCLINE_OK;
}

static int build(struct opencl_device *device, enum opencl_program_index name)
{
    struct opencl_program *program = &device->programs[name];
    int rc = INCLINE_OK;

    program->built = program_from_cache(device, name);
    if (program->built != NULL && create_kernels(device, name) == INCLINE_OK)
        return INCLINE_OK;
    release_program(device, name);
    TRY(program_from_sources(device, name, &program->built));
    TRY(create_kernels(device, name));
    program_to_cache(device, name);
    return INCLINE_OK;
out:
    release_program(device, name);
    return rc;
}

/* Take the program that another handle has built, or build it for all. */
static int build_once(struct opencl_device *device, enum opencl_program_index name)
{
    struct opencl_family *family = device->family;
    struct opencl_program *program = &device->programs[name];
    char key[sizeof device->key + 64];
    int rc = INCLINE_OK;

    program_key(device, name, key, sizeof key);
    pthread_mutex_lock(&family->building);
    program->built = opencl_family_program(family, name, key);
    if (program->built == NULL || create_kernels(device, name) != INCLINE_OK) {
        release_program(device, name);
        rc = build(device, name);
        if (rc == INCLINE_OK)
            opencl_family_keep(family, name, key, program->built);
    }
    pthread_mutex_unlock(&family->building);
    return rc;
}

int opencl_program_for(struct opencl_device *device, enum opencl_program_index name,
                       const char *shape)
{
    struct opencl_program *program = &device->programs[name];

    if (program->shape != NULL && strcmp(program->shape, shape) == 0)
        return INCLINE_OK;
    char *copy = strdup(shape);
    if (copy == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for the shape of a network");
    release_program(device, name);
    free(program->shape);
    free(program->failure);
    program->shape = copy;
    program->failure = NULL;
    return INCLINE_OK;
}

int opencl_kernel(struct opencl_device *device, enum opencl_kernel kernel, cl_kernel *handle)
{
    const enum opencl_program_index name = kernels[kernel].program;
    struct opencl_program *program = &device->programs[name];

    if (program->failure != NULL)
        return FAIL(INCLINE_EBUILD, "%s", program->failure);
    if (program->built == NULL) {
        const int rc = build_once(device, name);
        if (rc == INCLINE_EBUILD)
            program->failure = strdup(incline_last_error());
        if (rc != INCLINE_OK)
            return rc;
    }
    *handle = device->kernels[kernel];
    return INCLINE_OK;
}

const char *opencl_kernel_text(enum opencl_kernel kernel)
{
    return kernels[kernel].name;
}

void opencl_programs_prepare(struct opencl_device *device)
{
    /* PoCL keeps what it compiles, by size of work-group. To hand out a binary it compiles every
     * kernel of the program once more, for any size: seconds, for what no launch will use. */
    device->driver_caches = opencl_is_pocl(&device->base.info);
    build_options(&device->tuning, device->options, sizeof device->options);
    make_key(device);
    opencl_key_makers(device);
}

void opencl_programs_release(struct opencl_device *device)
{
    for (size_t p = 0; p < OPENCL_PROGRAM_COUNT; p++) {
        release_program(device, (enum opencl_program_index)p);
        free(device->programs[p].failure);
        free(device->programs[p].shape);
        device->programs[p].failure = device->programs[p].shape = NULL;
    }
}

void opencl_key_makers(struct opencl_device *device)
{
    char choices[128];
    size_t length = 0;

#define X(name)                                                                            \
    length += (size_t)snprintf(choices + length, sizeof choices - length, " " #name "=%u", \
                               device->tuning.name);
    OPENCL_CHOICES(X)
#undef X
    const size_t used = key_length(device);
    snprintf(device->key + used, sizeof device->key - used, MAKERS_LINE "%u%s\n", device->makers,
             choices);
    device->base.key = device->key;
}
