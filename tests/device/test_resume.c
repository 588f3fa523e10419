/* test_resume.c - runs that are stopped and go on: equal bits wherever they were cut, one line of
 * metrics per epoch, and what their caller kept. */
#include <fcntl.h>
#include <unistd.h>

#include "device/resumed.h"
#include "host/train/trainer.h"

static void expect_same_files(const char *whole, const char *folder, const char *what)
{
    static const char *const names[] = {"model.safetensors", "checkpoint.safetensors",
                                        "config.json"};
    for (size_t i = 0; i < COUNT(names); i++)
        cr_expect(same_file(whole, folder, names[i]), "%s: %s differs from the uninterrupted run's",
                  what, names[i]);
}

static void expect_same_run(const char *whole, const char *folder, const char *what)
{
    expect_same_files(whole, folder, what);
    expect_same_metrics(whole, folder);
}

Test(resume, metrics_have_one_line_per_epoch_with_its_numbers)
{
    static struct metrics metrics;
    incline_device *dev = test_device();
    incline_dataset *dataset = nets_blobs(ROWS, FEATURES, CLASSES, 1);
    const char *folder = test_path("run");
    const struct incline_train_options options = options_for(folder);
    struct history history = {0};

    run_through(dev, dataset, &options, &history, NULL, 0);
    metrics_read(folder, &metrics);
    cr_assert(metrics.count == EPOCHS, "%d lines expected, %zu found", EPOCHS, metrics.count);
    for (size_t e = 0; e < EPOCHS; e++) {
        unsigned epoch = 0, step = 0;
        double loss = 0.0, accuracy = 0.0;
        const int read = sscanf(metrics.lines[e],
                                "{\"epoch\": %u, \"step\": %u, \"loss\": %lf, \"accuracy\": %lf",
                                &epoch, &step, &loss, &accuracy);
        const struct incline_progress *p = &history.epochs[e];
        cr_expect(read == 4 && epoch == e + 1 && step == 4 * (e + 1), "epoch %zu, step %zu in: %s",
                  e + 1, 4 * (e + 1), metrics.lines[e]);
        cr_expect(fabs(loss - p->loss) <= 1e-8 * p->loss && fabs(accuracy - p->accuracy) <= 1e-8,
                  "loss %.9g, accuracy %.9g expected in: %s", p->loss, p->accuracy,
                  metrics.lines[e]);
    }
    cr_expect(history.epochs[EPOCHS - 1].loss < 0.9 * history.epochs[0].loss,
              "nothing was learned: loss %g, then %g", history.epochs[0].loss,
              history.epochs[EPOCHS - 1].loss);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

/* Cut by `steps` inside the first epoch, at its end, inside others, before the last step. */
Test(resume, a_run_of_fewer_steps_goes_on_to_the_bits_of_the_whole_run)
{
    static const uint64_t cuts[] = {1, 3, 4, 6, 8, 11, 12};
    incline_device *dev = test_device();
    incline_dataset *dataset = nets_blobs(ROWS, FEATURES, CLASSES, 1);

    train_whole(dev, dataset, test_path("whole"));
    for (size_t c = 0; c < COUNT(cuts); c++) {
        char name[32];
        snprintf(name, sizeof name, "cut at step %u", (unsigned)cuts[c]);
        const char *folder = test_path(name);
        struct incline_train_options options = options_for(folder);
        incline_trainer *trainer = NULL;
        options.steps = cuts[c];
        run_through(dev, dataset, &options, NULL, NULL, 0);
        require_ok(incline_trainer_resume(dev, dataset, folder, EPOCHS, 0, &trainer));
        require_ok(incline_trainer_run(trainer, NULL, NULL));
        incline_trainer_destroy(trainer);
        expect_same_run(test_path("whole"), folder, name);
    }
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

/* What is drawn in a step follows from its number, however the run was cut. */
Test(resume, dropout_and_noise_go_on_to_the_bits_of_the_whole_run)
{
    const struct incline_noise noise = {
        .dropout = 0.3f, .dropout_input = 0.1f, .input_noise = 0.05f};
    const char *const whole = test_path("whole"), *const folder = test_path("cut");
    incline_device *dev = test_device();
    incline_dataset *dataset = nets_blobs(ROWS, FEATURES, CLASSES, 1);
    struct incline_train_options options = options_for(whole);
    struct history history = {0};
    incline_trainer *trainer = NULL;

    options.activation = INCLINE_SILU;
    options.noise = noise;
    run_through(dev, dataset, &options, &history, NULL, 0);
    options.output = folder;
    options.steps = 7;
    options.epochs = 0;
    history = (struct history){0};
    run_through(dev, dataset, &options, &history, NULL, 0);
    require_ok(incline_trainer_resume(dev, dataset, folder, EPOCHS, 0, &trainer));
    require_ok(incline_trainer_run(trainer, NULL, NULL));
    incline_trainer_destroy(trainer);
    expect_same_run(whole, folder, "cut in an epoch");
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

Test(resume, a_run_that_is_stopped_after_every_step_ends_with_the_bits_of_the_whole_run)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = nets_blobs(ROWS, FEATURES, CLASSES, 1);
    const char *whole = test_path("whole"), *folder = test_path("stopped");
    const struct incline_train_options options = options_for(folder);
    incline_trainer *trainer = NULL;

    train_whole(dev, dataset, whole);
    require_ok(incline_trainer_create(dev, dataset, &options, &trainer));
    for (uint64_t step = 1; step <= STEPS; step++) {
        char says[64];
        snprintf(says, sizeof says, "after step %u of %d", (unsigned)step, STEPS);
        incline_trainer_stop(trainer);
        if (step < STEPS)
            require_fails(incline_trainer_run(trainer, NULL, NULL), INCLINE_EINTERRUPTED, says);
        else
            require_ok(incline_trainer_run(trainer, NULL, NULL));
        incline_trainer_destroy(trainer);
        if (step < STEPS)
            require_ok(incline_trainer_resume(dev, dataset, folder, 0, 0, &trainer));
    }
    expect_same_run(whole, folder, "stopped after every step");
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

struct stopper {
    incline_trainer *trainer;
    unsigned calls;
};

static void stop_at_once(void *user, const struct incline_progress *progress)
{
    struct stopper *stopper = user;
    (void)progress;
    stopper->calls++;
    incline_trainer_stop(stopper->trainer);
}

Test(resume, a_stop_from_the_report_of_an_epoch_ends_the_run_there)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = nets_blobs(ROWS, FEATURES, CLASSES, 1);
    const char *whole = test_path("whole"), *folder = test_path("stopped");
    const struct incline_train_options options = options_for(folder);
    struct stopper stopper = {0};

    train_whole(dev, dataset, whole);
    require_ok(incline_trainer_create(dev, dataset, &options, &stopper.trainer));
    require_fails(incline_trainer_run(stopper.trainer, stop_at_once, &stopper),
                  INCLINE_EINTERRUPTED, "of 12");
    cr_expect(stopper.calls == 1, "1 report expected, %u found", stopper.calls);
    incline_trainer_destroy(stopper.trainer);
    require_ok(incline_trainer_resume(dev, dataset, folder, 0, 0, &stopper.trainer));
    require_ok(incline_trainer_run(stopper.trainer, NULL, NULL));
    incline_trainer_destroy(stopper.trainer);
    expect_same_run(whole, folder, "stopped in a report");
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

Test(resume, a_stop_ends_one_call_and_the_next_goes_on)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = nets_blobs(ROWS, FEATURES, CLASSES, 1);
    const char *whole = test_path("whole"), *folder = test_path("stopped");
    const struct incline_train_options options = options_for(folder);
    struct stopper stopper = {0};

    train_whole(dev, dataset, whole);
    require_ok(incline_trainer_create(dev, dataset, &options, &stopper.trainer));
    incline_trainer_stop(stopper.trainer);
    require_fails(incline_trainer_run(stopper.trainer, NULL, NULL), INCLINE_EINTERRUPTED,
                  "after step 1 of 12");
    require_fails(incline_trainer_run(stopper.trainer, stop_at_once, &stopper),
                  INCLINE_EINTERRUPTED, "of 12");
    require_ok(incline_trainer_run(stopper.trainer, NULL, NULL));
    expect_same_run(whole, folder, "stopped twice");
    incline_trainer_stop(stopper.trainer); /* with nothing left to do */
    require_ok(incline_trainer_run(stopper.trainer, NULL, NULL));
    incline_trainer_destroy(stopper.trainer);
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

Test(resume, a_finished_run_can_be_given_more_epochs)
{
    incline_device *dev = test_device();
    incline_dataset *dataset = nets_blobs(ROWS, FEATURES, CLASSES, 1);
    const char *whole = test_path("whole"), *folder = test_path("more");
    struct incline_train_options options = options_for(folder);
    incline_trainer *trainer = NULL;

    train_whole(dev, dataset, whole);
    options.epochs = 1;
    run_through(dev, dataset, &options, NULL, NULL, 0);
    require_ok(incline_trainer_resume(dev, dataset, folder, EPOCHS, 0, &trainer));
    require_ok(incline_trainer_run(trainer, NULL, NULL));
    incline_trainer_destroy(trainer);
    expect_same_run(whole, folder, "one epoch and two more");
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

/* From the end of the first epoch on metrics.jsonl takes nothing. */
static void fill_disk(void *user, const struct incline_progress *progress)
{
    enum { MOST = 64 };
    const int full = open("/dev/full", O_WRONLY);
    char name[32], file[4096];

    (void)user;
    for (int f = 3; progress->epoch_done && f < MOST; f++) {
        snprintf(name, sizeof name, "/proc/self/fd/%d", f);
        const ssize_t length = readlink(name, file, sizeof file - 1);
        file[length > 0 ? length : 0] = '\0';
        if (strstr(file, "/metrics.jsonl") != NULL)
            dup2(full, f);
    }
    close(full);
}

Test(resume, a_run_whose_metrics_find_no_room_is_saved_and_goes_on)
{
    if (access("/dev/full", W_OK) != 0 || access("/proc/self/fd", X_OK) != 0)
        cr_skip_test("no full disk here");
    incline_device *dev = test_device();
    incline_dataset *dataset = nets_blobs(ROWS, FEATURES, CLASSES, 1);
    const char *whole = test_path("whole"), *folder = test_path("full");
    const struct incline_train_options options = options_for(folder);
    incline_trainer *trainer = NULL;

    train_whole(dev, dataset, whole);
    require_ok(incline_trainer_create(dev, dataset, &options, &trainer));
    require_fails(incline_trainer_run(trainer, fill_disk, NULL), INCLINE_EIO,
                  "/full/metrics.jsonl cannot be written: No space left on device; make room on "
                  "its disk; the run ends here, saved");
    incline_trainer_destroy(trainer);
    require_ok(incline_trainer_resume(dev, dataset, folder, 0, 0, &trainer));
    cr_expect(trainer->plan.step == 2 * STEPS / EPOCHS);
    require_ok(incline_trainer_run(trainer, NULL, NULL));
    incline_trainer_destroy(trainer);
    expect_same_files(whole, folder, "without room");
    incline_dataset_close(dataset);
    incline_device_close(dev);
}

/* What a caller keeps stays with the run, however often it goes on. */
Test(resume, what_the_caller_kept_is_there_again)
{
    static const char kept[] = "{\"target\":\"pri\\u00e7e\",\"test\":\"no.csv\"}";
    static char longest[INCLINE_KEPT_MAX + 16];
    incline_device *dev = test_device();
    incline_dataset *dataset = nets_blobs(ROWS, FEATURES, CLASSES, 1);
    const char *folder = test_path("run");
    struct incline_train_options options = options_for(folder), read;
    struct incline_run_info info;
    incline_trainer *trainer = NULL;
    char path[4096];

    options.kept = kept;
    options.steps = 3;
    run_through(dev, dataset, &options, NULL, NULL, 0);
    require_ok(incline_trainer_resume(dev, dataset, folder, EPOCHS, 0, &trainer));
    require_ok(incline_trainer_run(trainer, NULL, NULL));
    incline_trainer_destroy(trainer);
    require_ok(incline_run_describe(folder, &info));
    cr_expect_str_eq(info.kept, "{\"target\":\"pri\xc3\xa7"
                                "e\",\"test\":\"no.csv\"}");
    snprintf(path, sizeof path, "%s/config.json", folder);
    require_ok(incline_train_config(path, &read, &info));
    cr_expect_str_eq(info.kept, "{\"target\":\"pri\xc3\xa7"
                                "e\",\"test\":\"no.csv\"}");
    cr_expect(read.kept == NULL && info.rows == ROWS);

    options.kept = "{\"target\": 5}";
    require_fails(incline_trainer_create(dev, dataset, &options, &trainer), INCLINE_EARG,
                  "\"target\" is no text");
    options.kept = "[]";
    require_fails(incline_trainer_create(dev, dataset, &options, &trainer), INCLINE_EARG,
                  "between { and }");
    snprintf(longest, sizeof longest, "{\"ignore\": \"%0*d\"}", INCLINE_KEPT_MAX - 12, 0);
    options.kept = longest;
    require_fails(incline_trainer_create(dev, dataset, &options, &trainer), INCLINE_EARG,
                  "keeps fewer than 16384");
    incline_dataset_close(dataset);
    incline_device_close(dev);
}
