/* test_program.c - kernels from sources and from the cache: only what is needed is built, a second
 * start takes what the first compiled, and nothing that is damaged; what is refused, and in
 * which words. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "device/rig.h"
#include "host/net/certify.h"
#include "host/net/plan.h"
#include "host/opencl/room.h"
#include "host/opencl/step_shape.h"
#include "host/util/cache.h"
#include "host/util/file.h"

static struct opencl_device *open_first(void)
{
    struct incline_device *dev = NULL;
    const int status = opencl_open(0, 0, &dev);
    if (status == INCLINE_ENODEVICE && getenv("INCLINE_TEST_REQUIRE") == NULL)
        cr_skip_test("no OpenCL device: %s", incline_last_error());
    cr_assert(status == INCLINE_OK, "%s", incline_last_error());
    return opencl_of(dev);
}

/* As open_first(), and the device's programs are kept in our cache, whatever its driver does. */
static struct opencl_device *open_caching(void)
{
    struct opencl_device *device = open_first();
    device->driver_caches = false;
    return device;
}

/* Have a kernel's program built. */
static cl_kernel require_kernel(struct opencl_device *device, enum opencl_kernel kernel)
{
    cl_kernel handle = NULL;
    require_ok(opencl_kernel(device, kernel, &handle));
    cr_assert(handle != NULL);
    return handle;
}

/* The device works: whole numbers in and out, by kernels of two programs. */
static void expect_works(struct opencl_device *device)
{
    enum { OUTPUTS = 64 }; /* more than forward_dot takes */
    struct rig rig = {.dev = &device->base};
    const float x[] = {1, 2, 3};
    float w[3 * OUTPUTS], b[OUTPUTS], y[OUTPUTS] = {0};

    for (int o = 0; o < OUTPUTS; o++) {
        w[3 * o] = w[3 * o + 2] = 1;
        w[3 * o + 1] = o % 2 == 0 ? 1 : -1;
        b[o] = o % 2 == 0 ? 10 : -10;
    }
    const struct span xs = rig_floats(&rig, 3, x), ws = rig_floats(&rig, 3 * OUTPUTS, w);
    const struct span bs = rig_floats(&rig, OUTPUTS, b), ys = rig_floats(&rig, OUTPUTS, NULL);

    require_ok(rig.dev->ops->fill(rig.dev, &(struct fill){ys, OUTPUTS, 7.0f}));
    rig_read(&rig, ys, OUTPUTS, y);
    cr_expect(y[0] == 7.0f && y[OUTPUTS - 1] == 7.0f, "7 twice expected, %g and %g found",
              (double)y[0], (double)y[OUTPUTS - 1]);
    require_ok(rig.dev->ops->dense_forward(
        rig.dev, &(struct dense_forward){xs, ws, bs, ys, 1, 3, OUTPUTS, INCLINE_LINEAR}));
    rig_read(&rig, ys, OUTPUTS, y);
    for (int o = 0; o < OUTPUTS; o++)
        cr_expect(y[o] == (o % 2 == 0 ? 16.0f : -8.0f), "output %d: 16 or -8 expected, %g found", o,
                  (double)y[o]);
    rig_clear(&rig);
}

static void fresh_cache(void)
{
    setenv("XDG_CACHE_HOME", test_path("cache"), 1);
}

/* Key of the compiled program of update_params, a small one: what program.c keeps it under. */
static void program_key(const struct opencl_device *device, char *key, size_t bytes)
{
    const char *end = strstr(device->key, "makers ");
    cr_assert(end != NULL, "no makers in the key: %s", device->key);
    snprintf(key, bytes, "%.*sprogram basics", (int)(end - device->key), device->key);
}

/* path[FILE_PATH_MAX] of the compiled program's entry. */
static void program_path(const struct opencl_device *device, char *path)
{
    char key[4096];
    program_key(device, key, sizeof key);
    snprintf(path, FILE_PATH_MAX, "%s/incline/%016llx", getenv("XDG_CACHE_HOME"),
             (unsigned long long)cache_hash(CACHE_HASH_START, key, strlen(key)));
}

static struct stat file_status(const char *path)
{
    struct stat status;
    cr_assert(stat(path, &status) == 0, "%s is not there", path);
    return status;
}

/* Is this the same file, not written since? A replaced one has another inode or time. */
static bool untouched(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec && a->st_size == b->st_size;
}

Test(program, second_start_takes_the_kernels_from_the_cache)
{
    char path[FILE_PATH_MAX], first_key[4096];

    fresh_cache();
    struct opencl_device *device = open_caching();
    (void)require_kernel(device, KERNEL_update_params);
    snprintf(first_key, sizeof first_key, "%s", device->key);
    program_path(device, path);
    incline_device_close(&device->base);
    const struct stat before = file_status(path);
    cr_expect(before.st_size > 1000, "%lld bytes", (long long)before.st_size);

    device = open_caching();
    expect_works(device);
    cr_expect(strcmp(device->key, first_key) == 0, "another key: %s", device->key);
    incline_device_close(&device->base);
    const struct stat after = file_status(path);
    cr_expect(untouched(&before, &after), "the entry was written again");
}

Test(program, key_names_everything_the_kernels_depend_on)
{
    fresh_cache();
    struct opencl_device *device = open_first();
    const struct incline_device_info *info = &device->base.info;
    const char *const parts[] = {
        INCLINE_VERSION, info->platform, info->name, info->driver, info->version,
        "-DVEC=",        "-DTILE_K=",    "sources ", "makers "};
    for (size_t i = 0; i < COUNT(parts); i++)
        cr_expect(strstr(device->key, parts[i]) != NULL, "\"%s\" is not in the key: %s", parts[i],
                  device->key);
    cr_expect(device->base.key == device->key);
    incline_device_close(&device->base);
}

/* Ways to spoil the entry of the compiled program. */
enum damage { FLIPPED, CUT, EMPTY, FOREIGN_KEY, NO_BINARY, EMPTY_BINARY, DAMAGES };

static const char *const damage_names[] = {"flipped",       "cut",       "empty",
                                           "a foreign key", "no binary", "an empty binary"};

static void spoil(enum damage damage, const struct opencl_device *device, const char *path)
{
    char key[4096];
    unsigned char *entry = NULL;
    size_t bytes;

    program_key(device, key, sizeof key);
    require_ok(file_read(path, (size_t)1 << 28, &entry, &bytes));
    switch (damage) {
    case FLIPPED:
        entry[bytes / 2] ^= 1;
        test_write(path, entry, bytes);
        break;
    case CUT:
        test_write(path, entry, bytes / 2);
        break;
    case EMPTY:
        test_write(path, "", 0);
        break;
    case FOREIGN_KEY: /* the key stands behind a header of 32 bytes */
        entry[32 + 8] ^= 1;
        test_write(path, entry, bytes);
        break;
    case NO_BINARY: /* a whole entry, but of something that no driver takes */
        cache_store(key, "this is not a program", 21);
        break;
    case EMPTY_BINARY:
        cache_store(key, "", 0);
        break;
    case DAMAGES:
        break;
    }
    free(entry);
}

Test(program, damaged_entry_is_compiled_anew)
{
    char path[FILE_PATH_MAX];

    fresh_cache();
    struct opencl_device *device = open_caching();
    (void)require_kernel(device, KERNEL_update_params);
    program_path(device, path);
    for (int damage = 0; damage < DAMAGES; damage++) {
        spoil((enum damage)damage, device, path);
        const struct stat spoilt = file_status(path);
        struct opencl_device *again = open_caching();
        expect_works(again);
        incline_device_close(&again->base);
        const struct stat mended = file_status(path);
        cr_expect(!untouched(&spoilt, &mended), "%s: the entry was left", damage_names[damage]);
        again = open_caching();
        expect_works(again);
        incline_device_close(&again->base);
        const struct stat kept = file_status(path);
        cr_expect(untouched(&mended, &kept), "%s: compiled a second time", damage_names[damage]);
    }
    incline_device_close(&device->base);
}

Test(program, works_without_a_cache)
{
    const char *file = test_path("file");

    test_write(file, "x", 1);
    setenv("XDG_CACHE_HOME", file, 1); /* where the folder should be */
    for (int twice = 0; twice < 2; twice++) {
        struct opencl_device *device = open_caching();
        expect_works(device);
        incline_device_close(&device->base);
    }
    unsetenv("XDG_CACHE_HOME");
    unsetenv("HOME");
    struct opencl_device *device = open_caching();
    expect_works(device);
    incline_device_close(&device->base);
}

/* The list in room.h against the compiler, which counts what a kernel really takes. */
Test(program, every_kernel_has_as_many_arguments_as_the_list_says)
{
    static const cl_uint expected[] = {
#define X(program, name, arguments) arguments,
        OPENCL_KERNELS(X)
#undef X
    };
    fresh_cache();
    struct opencl_device *device = open_first();

    for (size_t k = 0; k < KERNEL_COUNT; k++) {
        cl_uint found = 0;
        char name[64] = "";
        cl_kernel kernel = require_kernel(device, (enum opencl_kernel)k);
        cr_assert(clGetKernelInfo(kernel, CL_KERNEL_NUM_ARGS, sizeof found, &found, NULL) ==
                  CL_SUCCESS);
        (void)clGetKernelInfo(kernel, CL_KERNEL_FUNCTION_NAME, sizeof name, name, NULL);
        cr_expect(strcmp(name, opencl_kernel_text((enum opencl_kernel)k)) == 0, "%s", name);
        cr_expect(found == expected[k], "%s: %u arguments expected, %u found", name, expected[k],
                  found);
    }
    incline_device_close(&device->base);
}

/* A program in the cache whose kernels take other arguments is not the one we want. */
Test(program, program_of_other_kernels_in_the_cache_is_compiled_anew)
{
    static const char *const text = "__kernel void fill_words(__global uint *to) { to[0] = 1; }";
    char key[4096];
    cl_int code;
    size_t bytes = 0;

    fresh_cache();
    struct opencl_device *device = open_caching();
    cl_program program =
        clCreateProgramWithSource(device->context, 1, (const char **)(uintptr_t)&text, NULL, &code);
    cr_assert(code == CL_SUCCESS &&
              clBuildProgram(program, 1, &device->id, "", NULL, NULL) == CL_SUCCESS);
    cr_assert(clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof bytes, &bytes, NULL) ==
              CL_SUCCESS);
    unsigned char *binary = rig_room(bytes);
    cr_assert(clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof binary, &binary, NULL) ==
              CL_SUCCESS);
    program_key(device, key, sizeof key);
    cache_store(key, binary, bytes);
    free(binary);
    clReleaseProgram(program);

    struct opencl_device *again = open_caching();
    expect_works(again);
    incline_device_close(&again->base);
    incline_device_close(&device->base);
}

/* Make the kernels incompilable: there is no float5. */
static void break_options(struct opencl_device *device)
{
    char *vec = strstr(device->options, "-DVEC=");
    cr_assert(vec != NULL, "no VEC in the options: %s", device->options);
    memset(vec + 6, '5', strcspn(vec + 6, " "));
}

Test(program, message_of_a_failing_build_names_file_and_line)
{
    cl_kernel handle = NULL;
    char first[512];

    fresh_cache();
    struct opencl_device *device = open_first();
    break_options(device);
    require_fails(opencl_kernel(device, KERNEL_fill_words, &handle), INCLINE_EBUILD,
                  "kernels/common.cl:");
    cr_expect(strstr(incline_last_error(), device->base.info.name) != NULL, "%s",
              incline_last_error());
    cr_expect(handle == NULL && device->programs[PROGRAM_basics].built == NULL,
              "a program stays behind");

    /* A later use says the same. */
    snprintf(first, sizeof first, "%s", incline_last_error());
    require_fails(opencl_kernel(device, KERNEL_gather_bytes, &handle), INCLINE_EBUILD, first);
    incline_device_close(&device->base);
}

/* By name: what is built so far. */
static void expect_built(const struct opencl_device *device, unsigned wanted)
{
    static const char *const names[] = {
#define X(name, ...) #name,
        OPENCL_PROGRAMS(X)
#undef X
    };
    for (size_t p = 0; p < OPENCL_PROGRAM_COUNT; p++)
        cr_expect((device->programs[p].built != NULL) == ((wanted >> p & 1) != 0), "%s is %s",
                  names[p], device->programs[p].built != NULL ? "built" : "not built");
}

Test(program, one_that_is_not_needed_is_not_built)
{
    fresh_cache();
    struct opencl_device *device = open_first();
    struct rig rig = {.dev = &device->base};

    expect_built(device, 0);
    const struct span words = rig_floats(&rig, 3, NULL);
    require_ok(rig.dev->ops->fill(rig.dev, &(struct fill){words, 3, 1.0f}));
    rig_clear(&rig);
    expect_built(device, 1u << PROGRAM_basics);

    device->makers = OPENCL_MAKER_TILE;
    expect_works(device);
    expect_built(device, 1u << PROGRAM_basics | 1u << PROGRAM_gemm_tile);
    incline_device_close(&device->base);
}

Test(program, makers_that_do_not_compile_are_not_used)
{
    fresh_cache();
    struct opencl_device *device = open_first();

    char honest[sizeof device->options];
    device->makers = OPENCL_MAKERS_OWN;
    (void)require_kernel(device, KERNEL_fill_words);
    memcpy(honest, device->options, sizeof honest);
    break_options(device);
    cl_kernel handle = NULL;
    require_fails(opencl_kernel(device, KERNEL_forward_panel, &handle), INCLINE_EBUILD, "");
    memcpy(device->options, honest, sizeof honest);
    expect_works(device);
    expect_built(device, 1u << PROGRAM_basics | 1u << PROGRAM_gemm_tile);
    incline_device_close(&device->base);
}

Test(program, a_whole_step_that_does_not_compile_gives_way_to_layers)
{
    const uint32_t widths[] = {20, 10, 10};
    char honest[sizeof((struct opencl_device *)NULL)->options];
    const struct train_steps step = {.samples = {.element = ELEMENT_U8},
                                     .widths = widths,
                                     .layers = 2,
                                     .activation = INCLINE_RELU};
    struct step_shape shape;
    struct net net = {0};
    cl_kernel handle = NULL;

    fresh_cache();
    struct opencl_device *device = open_first();
    memcpy(honest, device->options, sizeof honest);
    cr_assert(step_shape(&step, &device->tuning, &shape));
    require_ok(opencl_program_for(device, PROGRAM_train_steps, shape.text));
    break_options(device);
    require_fails(opencl_kernel(device, KERNEL_train_steps, &handle), INCLINE_EBUILD, "");
    memcpy(device->options, honest, sizeof honest);

    require_ok(net_init(&net, widths, 3, INCLINE_RELU));
    require_ok(certify_steps(&device->base, &net, NULL, ELEMENT_U8, 32));
    cr_expect(device->base.layered, "still in whole steps");
    cr_expect(strstr(device->base.remark, "layer by layer") != NULL, "%s", device->base.remark);
    net_clear(&net);
    incline_device_close(&device->base);
}

/* Whole steps are certified without the kernels of layers, which wait until someone evaluates. */
Test(program, kernels_of_layers_are_not_built_for_whole_steps)
{
    const uint32_t widths[] = {20, 40, 10};
    const unsigned steps = 1u << PROGRAM_basics | 1u << PROGRAM_train_steps;
    struct net net = {0};

    fresh_cache();
    struct opencl_device *device = open_first();
    require_ok(net_init(&net, widths, 3, INCLINE_RELU));
    if (!plan_takes_whole_steps(&device->base, &net, NULL, ELEMENT_U8, 32))
        cr_skip_test("%s goes layer by layer", device->base.info.name);
    require_ok(certify_steps(&device->base, &net, NULL, ELEMENT_U8, 32));
    cr_expect(!device->base.layered, "%s", device->base.remark);
    expect_built(device, steps);
    require_ok(certify(&device->base, &net, NULL, CERTIFY_LOSSES, ELEMENT_U8, 32));
    expect_built(device, steps | 1u << PROGRAM_gemm_panel);
    net_clear(&net);
    incline_device_close(&device->base);
}

/* PoCL keeps what it compiles itself, and to hand it out it would compile all of it once more. */
Test(program, a_driver_that_caches_is_not_asked_for_binaries)
{
    char path[FILE_PATH_MAX];

    fresh_cache();
    struct opencl_device *device = open_first();
    const bool pocl = strcmp(device->base.info.platform, "Portable Computing Language") == 0;
    cr_expect(device->driver_caches == pocl);
    (void)require_kernel(device, KERNEL_update_params);
    program_path(device, path);
    struct stat status;
    cr_expect((stat(path, &status) == 0) == !pocl, "%s is %s", path, pocl ? "there" : "missing");
    incline_device_close(&device->base);
}
