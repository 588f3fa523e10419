/* test_rusticl.c - a second driver, and one known to compute some programs wrongly: Mesa's rusticl
 * on the processor. Whatever it gets wrong, numbers may never be wrong silently: either a training
 * agrees with the reference, or it is refused; and verify says the same as training does.
 *
 * Each test is a process of its own and chooses the driver before the first call of OpenCL. */
#include <stdlib.h>
#include <unistd.h>

#include "device/nets.h"

enum { SECONDS = 600 }; /* it takes two minutes to compile all that verify asks for */

/* Let the loader see rusticl alone; skips the test where it is not installed. */
static void only_rusticl(const char *enable)
{
    static const char *const drivers[] = {"/etc/OpenCL/vendors/rusticl.icd",
                                          "/usr/share/OpenCL/vendors/rusticl.icd"};
    for (size_t i = 0; i < COUNT(drivers); i++) {
        if (access(drivers[i], R_OK) != 0)
            continue;
        setenv("OCL_ICD_VENDORS", drivers[i], 1);
        setenv("RUSTICL_ENABLE", enable, 1);
        setenv("XDG_CACHE_HOME", test_common_folder(), 1);
        return;
    }
    cr_skip_test("rusticl is not installed (Debian: mesa-opencl-icd)");
}

static incline_device *open_rusticl(const char *name)
{
    const struct incline_device_options options = {.name = name};
    incline_device *device = NULL;

    only_rusticl("llvmpipe");
    const int status = incline_device_open(&options, &device);
    if (status == INCLINE_ENODEVICE)
        cr_skip_test("rusticl has no llvmpipe: %s", incline_last_error());
    cr_assert(status == INCLINE_OK, "%s", incline_last_error());
    return device;
}

/* Rows that came in, and those that failed. */
struct certificate {
    size_t rows, failed;
};

static void count_row(void *user, const struct incline_verify_row *row)
{
    struct certificate *c = user;
    c->rows++;
    c->failed += !row->passed;
    cr_expect(row->passed || row->where[0] != '\0', "%s failed without a reason", row->name);
}

/* A small training that begins with the first-use check. */
static int train(incline_device *device, const incline_dataset *blobs, incline_trainer **trainer)
{
    const struct incline_train_options options = {
        .hidden = {33}, .hidden_count = 1, .epochs = 2, .batch = 31, .validation = INCLINE_NONE};
    const int rc = incline_trainer_create(device, blobs, &options, trainer);
    return rc != INCLINE_OK ? rc : incline_trainer_run(*trainer, NULL, NULL);
}

/* Ok, or refused with a sentence that names the device. */
static void expect_ok_or_refused(incline_device *device, const char *what, int status)
{
    struct incline_device_info info;
    incline_device_describe(device, &info);
    if (status == INCLINE_OK)
        return;
    cr_expect(status == INCLINE_EVERIFY, "%s: %s: %s", what, incline_status_text(status),
              incline_last_error());
    cr_expect(strstr(incline_last_error(), info.name) != NULL, "%s: %s", what,
              incline_last_error());
}

Test(rusticl, what_trains_agrees_with_the_reference, .timeout = SECONDS)
{
    incline_device *device = open_rusticl("opencl:0"), *reference = NULL;
    incline_dataset *blobs = nets_blobs(200, 65, 7, 3);
    incline_trainer *there = NULL, *here = NULL;
    struct incline_evaluation found, own, expected;

    const int status = train(device, blobs, &there);
    expect_ok_or_refused(device, "train", status);
    if (status == INCLINE_OK) {
        require_ok(
            incline_device_open(&(struct incline_device_options){.name = "reference"}, &reference));
        require_ok(train(reference, blobs, &here));
        const incline_model *model = incline_trainer_model(there);
        require_ok(incline_evaluate(model, device, blobs, NULL, &found));
        require_ok(incline_evaluate(model, reference, blobs, NULL, &own));
        require_ok(
            incline_evaluate(incline_trainer_model(here), reference, blobs, NULL, &expected));
        /* The same model evaluated in both places, then two trainings of a dozen steps: between
         * them lie roundings of 2^-24 each, a thousand times less than what is allowed. */
        cr_expect(fabs(found.loss - own.loss) <= 1e-4 * own.loss, "loss %g there, %g here",
                  found.loss, own.loss);
        cr_expect(found.correct == own.correct, "%u right there, %u here", found.correct,
                  own.correct);
        cr_expect(fabs(found.loss - expected.loss) <= 1e-3 * expected.loss,
                  "trained there to loss %g, here to %g", found.loss, expected.loss);
    }
    incline_trainer_destroy(there);
    incline_trainer_destroy(here);
    incline_dataset_close(blobs);
    incline_device_close(device);
    incline_device_close(reference);
}

Test(rusticl, every_step_is_within_its_bound_or_refused, .timeout = SECONDS)
{
    incline_device *device = open_rusticl("check:opencl:0");
    incline_dataset *blobs = nets_blobs(200, 65, 7, 3);
    incline_trainer *trainer = NULL;

    expect_ok_or_refused(device, "train in lockstep", train(device, blobs, &trainer));
    incline_trainer_destroy(trainer);
    incline_dataset_close(blobs);
    incline_device_close(device);
}

Test(rusticl, verify_and_training_agree, .timeout = SECONDS)
{
    incline_device *device = open_rusticl("opencl:0");
    incline_dataset *blobs = nets_blobs(200, 65, 7, 3);
    const struct incline_device_options options = {.name = "opencl:0"};
    incline_trainer *trainer = NULL;
    struct certificate c = {0, 0};

    const int training = train(device, blobs, &trainer);
    const int verified = incline_verify(&options, true, count_row, &c);
    cr_expect(c.rows > 0, "nothing was verified");
    cr_expect(verified == (c.failed > 0 ? INCLINE_EVERIFY : INCLINE_OK),
              "%zu of %zu rows failed, but verify says: %s", c.failed, c.rows,
              incline_status_text(verified));
    /* A device whose kernels are all right may not be refused; one that is refused has a kernel
     * that is wrong. (A device may have a wrong kernel and train with its other ones.) */
    cr_expect(verified != INCLINE_OK || training == INCLINE_OK,
              "verify passed and training was refused");
    incline_trainer_destroy(trainer);
    incline_dataset_close(blobs);
    incline_device_close(device);
}

Test(rusticl, without_a_device_it_is_listed_with_the_reason)
{
    struct incline_device_info *list = NULL;
    size_t count = 0;

    only_rusticl("");
    require_ok(incline_device_list(&list, &count));
    for (size_t i = 1; i < count; i++) {
        cr_expect(!list[i].usable && list[i].id[0] == '\0', "%s can be used", list[i].name);
        cr_expect(strstr(list[i].reason, "offers no device") != NULL, "%s: %s", list[i].platform,
                  list[i].reason);
    }
    cr_expect(count == 2, "%zu entries, 2 expected", count);
    incline_device_list_free(list);
}
