/* test_small.c - devices that give little, two devices that look alike, and no device at all.
 *
 * Each test is a process of its own, and says to the driver what to be before the first call of
 * OpenCL. PoCL is asked to make itself small. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "device/nets.h"
#include "host/backend/check.h"

static void fresh_cache(void)
{
    setenv("XDG_CACHE_HOME", test_path("cache"), 1);
}

/* Open a device; skips the test where it is not PoCL's, which alone listens to POCL_... */
static incline_device *open_pocl(const char *name)
{
    const struct incline_device_options options = {.name = name};
    struct incline_device_info info;
    incline_device *device = NULL;

    fresh_cache();
    const int status = incline_device_open(&options, &device);
    if (status == INCLINE_ENODEVICE && getenv("INCLINE_TEST_REQUIRE") == NULL)
        cr_skip_test("no device \"%s\": %s", name, incline_last_error());
    cr_assert(status == INCLINE_OK, "%s: %s", name, incline_last_error());
    incline_device_describe(device, &info);
    if (strstr(info.platform, "Portable") == NULL)
        cr_skip_test("%s is not PoCL's", info.name);
    return device;
}

/* Every operation in lockstep over a few shapes, and a training that gets better. */
static void expect_right(incline_device *device, const char *what)
{
    static const struct rig_shape shapes[] = {{1, 1, 2}, {7, 17, 10}, {65, 33, 31}, {129, 65, 10}};
    struct incline_device *check = NULL;
    incline_trainer *trainer = NULL;
    struct incline_evaluation before, after;

    require_ok(check_open(device, false, true, &check));
    for (size_t i = 0; i < COUNT(shapes); i++) {
        struct rig rig = {.dev = check};
        int rc = rig_run_data(&rig, shapes[i], false);
        rig_expect_margins(&rig, what);
        rig_clear(&rig);
        if (rc == INCLINE_OK)
            rc = rig_run_products(&rig, shapes[i], false);
        rig_expect_margins(&rig, what);
        rig_clear(&rig);
        if (rc == INCLINE_OK)
            rc = rig_run_loss(&rig, shapes[i], false);
        rig_expect_margins(&rig, what);
        rig_clear(&rig);
        cr_expect(rc == INCLINE_OK, "%s, %u rows: %s", what, shapes[i].rows, incline_last_error());
    }
    /* Each maker of products: the one that is taken by itself is not all that was compiled. */
    for (unsigned m = 0; device->ops->keep_maker(device, m) != NULL; m++)
        for (size_t i = 0; i < COUNT(shapes); i++) {
            struct rig rig = {.dev = check};
            const int rc = rig_run_products(&rig, shapes[i], false);
            cr_expect(rc == INCLINE_OK, "%s, maker %u, %u rows: %s", what, m, shapes[i].rows,
                      incline_last_error());
            rig_expect_margins(&rig, what);
            rig_clear(&rig);
        }
    check->ops->close(check);

    incline_dataset *blobs = nets_blobs(300, 49, 5, 1);
    const struct incline_train_options options = {.epochs = 5, .validation = INCLINE_NONE};
    require_ok(incline_trainer_create(device, blobs, &options, &trainer));
    const incline_model *model = incline_trainer_model(trainer);
    require_ok(incline_evaluate(model, device, blobs, NULL, &before));
    require_ok(incline_trainer_run(trainer, NULL, NULL));
    require_ok(incline_evaluate(incline_trainer_model(trainer), device, blobs, NULL, &after));
    cr_expect(after.loss < 0.7 * before.loss, "%s: loss %g before, %g after", what, before.loss,
              after.loss);
    incline_trainer_destroy(trainer);
    incline_dataset_close(blobs);
}

static void small_groups(const char *most)
{
    struct incline_device_info info;

    setenv("POCL_MAX_WORK_GROUP_SIZE", most, 1);
    incline_device *device = open_pocl("opencl:0");
    incline_device_describe(device, &info);
    if (info.max_work_group != (uint32_t)strtoul(most, NULL, 10))
        cr_skip_test("PoCL gives groups of %u where %s was asked for", info.max_work_group, most);
    expect_right(device, most);
    incline_device_close(device);
}

Test(small, groups_of_64_are_enough)
{
    small_groups("64");
}

Test(small, groups_of_8_are_enough)
{
    small_groups("8");
}

Test(small, groups_of_1_are_enough)
{
    small_groups("1");
}

Test(small, one_thread_is_enough)
{
    struct incline_device_info info;

    setenv("POCL_MAX_PTHREAD_COUNT", "1", 1);
    incline_device *device = open_pocl("opencl:0");
    incline_device_describe(device, &info);
    cr_expect(info.compute_units == 1, "%u units", info.compute_units);
    expect_right(device, "one thread");
    incline_device_close(device);
}

Test(small, one_gigabyte_is_enough_and_a_buffer_beyond_it_is_refused)
{
    struct incline_device_info info;
    struct buffer *buffer = NULL;

    setenv("POCL_MEMORY_LIMIT", "1", 1);
    incline_device *device = open_pocl("opencl:0");
    incline_device_describe(device, &info);
    cr_expect(info.global_bytes <= (uint64_t)1 << 30, "%llu bytes",
              (unsigned long long)info.global_bytes);
    expect_right(device, "1 GB");
    require_fails(device->ops->buffer_create(device, (size_t)info.max_alloc_bytes + 1, &buffer),
                  INCLINE_ENOMEM, "take a smaller batch or network");
    cr_expect(buffer == NULL && device->children == 0);
    incline_device_close(device);
}

/* Parameters after a few steps; the caller frees them. */
static float *trained(incline_device *device, const incline_dataset *dataset, size_t *count)
{
    const struct incline_train_options options = {
        .epochs = 2, .batch = 32, .validation = INCLINE_NONE};
    incline_trainer *trainer = NULL;

    require_ok(incline_trainer_create(device, dataset, &options, &trainer));
    require_ok(incline_trainer_run(trainer, NULL, NULL));
    incline_model *model = (incline_model *)(uintptr_t)incline_trainer_model(trainer);
    struct incline_model_info info;
    incline_model_describe(model, &info);
    *count = (size_t)info.widths[0] * info.widths[1];
    float *weights = (float *)(void *)rig_room(*count * sizeof *weights);
    memcpy(weights, incline_model_weights(model, 0), *count * sizeof *weights);
    incline_trainer_destroy(trainer);
    return weights;
}

Test(small, a_set_larger_than_the_largest_buffer_trains_to_the_same_bits)
{
    incline_device *device = open_pocl("opencl:0");
    incline_dataset *blobs = nets_blobs(3000, 49, 5, 2);
    size_t count, again;

    float *resident = trained(device, blobs, &count);
    device->info.max_alloc_bytes = 64 << 10; /* the set has 147,000 bytes */
    float *streamed = trained(device, blobs, &again);
    cr_expect(count == again && memcmp(resident, streamed, count * sizeof *resident) == 0,
              "the weights differ, the first %.9g and %.9g", (double)resident[0],
              (double)streamed[0]);
    free(resident);
    free(streamed);
    incline_dataset_close(blobs);
    incline_device_close(device);
}

/* ---- two devices ---- */

Test(small, two_devices_alike_are_told_apart)
{
    struct incline_device_info first, second;
    incline_device *device = NULL;

    setenv("POCL_DEVICES", "pthread pthread", 1);
    incline_device *zero = open_pocl("opencl:0");
    incline_device *one = open_pocl("opencl:1");
    incline_device_describe(zero, &first);
    incline_device_describe(one, &second);
    cr_expect_str_eq(first.id, "opencl:0");
    cr_expect_str_eq(second.id, "opencl:1");
    expect_right(one, "opencl:1");
    incline_device_close(one);
    incline_device_close(zero);

    require_fails(incline_device_open(&(struct incline_device_options){.name = "PTHREAD"}, &device),
                  INCLINE_ENODEVICE, "fits 2 devices");
    cr_expect(strstr(incline_last_error(), "opencl:0 (") != NULL &&
                  strstr(incline_last_error(), "opencl:1 (") != NULL,
              "not both in: %s", incline_last_error());
    require_fails(
        incline_device_open(&(struct incline_device_options){.name = "opencl:2"}, &device),
        INCLINE_ENODEVICE, "opencl:2");
    cr_expect(device == NULL);
}

Test(small, auto_takes_one_of_two_and_says_which)
{
    incline_device *device = NULL;
    struct incline_device_info info;
    char begin[64];

    setenv("POCL_DEVICES", "pthread pthread", 1);
    incline_device_close(open_pocl("opencl:1"));
    for (int twice = 0; twice < 2; twice++) { /* measured, then from the cache */
        require_ok(incline_device_open(NULL, &device));
        incline_device_describe(device, &info);
        const char *remark = incline_device_remark(device);
        snprintf(begin, sizeof begin, "%s taken: ", info.id);
        cr_expect(strncmp(info.id, "opencl:", 7) == 0, "%s taken", info.id);
        cr_expect(strncmp(remark, begin, strlen(begin)) == 0, "\"%s\" expected in front: %s", begin,
                  remark);
        cr_expect(strstr(remark, "next best ") != NULL && strstr(remark, " ms") != NULL,
                  "no comparison in: %s", remark);
        incline_device_close(device);
    }
}

/* ---- no device ---- */

/* Let the loader find the drivers that the files in this folder name, and no others. */
static void only_drivers_in(const char *folder)
{
    setenv("OCL_ICD_VENDORS", folder, 1);
    setenv("OPENCL_VENDOR_PATH", folder, 1);
    unsetenv("OCL_ICD_FILENAMES");
}

static void expect_reference_alone(const char *why)
{
    struct incline_device_info *list = NULL, info;
    incline_device *device = NULL;
    size_t count = 0;

    require_ok(incline_device_list(&list, &count));
    cr_expect(count == 1, "%s: %zu devices, 1 expected; the last is %s (%s)", why, count,
              list[count - 1].name, list[count - 1].reason);
    cr_expect_str_eq(list[0].id, "reference");
    incline_device_list_free(list);

    require_ok(incline_device_open(NULL, &device));
    incline_device_describe(device, &info);
    cr_expect_str_eq(info.id, "reference");
    cr_expect(strstr(incline_device_remark(device), "pocl-opencl-icd") != NULL,
              "%s: nothing to install in: %s", why, incline_device_remark(device));
    incline_device_close(device);
    device = NULL;
    require_fails(
        incline_device_open(&(struct incline_device_options){.name = "opencl:0"}, &device),
        INCLINE_ENODEVICE, "no device \"opencl:0\"");
    cr_expect(strstr(incline_last_error(), "reference (") != NULL, "%s: not said what there is: %s",
              why, incline_last_error());
    cr_expect(device == NULL);
}

Test(small, without_a_driver_the_reference_is_there_and_says_what_to_install)
{
    const char *folder = test_path("vendors");

    fresh_cache();
    cr_assert(mkdir(folder, 0700) == 0);
    only_drivers_in(folder);
    expect_reference_alone("no driver");
}

Test(small, broken_drivers_are_passed_over)
{
    static const char *const broken[] = {"libno-such-driver-anywhere.so.1\n",
                                         "libm.so.6\n", /* a library, but not of OpenCL */
                                         "/no/such/folder/libOpenCL.so\n",
                                         "",
                                         "\n",
                                         "\377\376\n"};
    const char *folder = test_path("vendors");
    char name[64];

    fresh_cache();
    cr_assert(mkdir(folder, 0700) == 0);
    for (size_t i = 0; i < COUNT(broken); i++) {
        snprintf(name, sizeof name, "vendors/%zu.icd", i);
        test_write(test_path(name), broken[i], strlen(broken[i]));
    }
    only_drivers_in(folder);
    expect_reference_alone("broken drivers");
}

Test(small, every_entry_of_the_list_can_be_used_or_says_why)
{
    struct incline_device_info *list = NULL;
    size_t count = 0;

    incline_device_close(open_pocl("opencl:0")); /* is PoCL there? */
    require_ok(incline_device_list(&list, &count));
    for (size_t i = 0; i < count; i++)
        cr_expect(list[i].usable == (list[i].reason[0] == '\0') &&
                      list[i].usable == (list[i].id[0] != '\0'),
                  "%s: usable %d, id \"%s\", reason \"%s\"", list[i].name, list[i].usable,
                  list[i].id, list[i].reason);
    incline_device_list_free(list);
}
