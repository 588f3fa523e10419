/* test_threads.c - what incline.h promises of threads: handles of one device side by side, a data
 * set that all of them read, errors that stay in their thread, a trainer that another thread stops.
 * Races of the command line that rests on it are looked for by gates/threads.sh. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "device/runs.h"
#include "tests/idx_set.h"

enum { THREADS = 4 };

/* What a thread does, and what came of it. */
struct work {
    pthread_t thread;
    incline_device *device;
    const incline_dataset *dataset;
    struct incline_train_options options;
    char folder[4096];
    struct incline_evaluation evaluation;
    int status;
    char message[512];
};

/* Without assertions: those of a test belong to its first thread. */
static void *train_and_test(void *argument)
{
    struct work *work = argument;
    incline_trainer *trainer = NULL;

    work->options.output = work->folder;
    work->status = incline_trainer_create(work->device, work->dataset, &work->options, &trainer);
    if (work->status == INCLINE_OK)
        work->status = incline_trainer_run(trainer, NULL, NULL);
    if (work->status == INCLINE_OK)
        work->status = incline_evaluate(incline_trainer_model(trainer), work->device, work->dataset,
                                        NULL, &work->evaluation);
    if (work->status != INCLINE_OK)
        snprintf(work->message, sizeof work->message, "%s", incline_last_error());
    incline_trainer_destroy(trainer);
    return NULL;
}

/* Another thread for each of `count`, and wait for them. */
static void together(void *(*function)(void *), struct work *works, size_t count)
{
    for (size_t i = 0; i < count; i++)
        cr_assert(pthread_create(&works[i].thread, NULL, function, &works[i]) == 0);
    for (size_t i = 0; i < count; i++)
        pthread_join(works[i].thread, NULL);
}

/* The device under test, with nothing found out about it yet; skips where it cannot do two things
 * at a time. */
static incline_device *fresh_device(void)
{
    if (test_quick())
        cr_skip_test("the simulator takes one call at a time");
    setenv("XDG_CACHE_HOME", test_path("cache"), 1);
    return test_device();
}

/* A network that takes whole steps where the device has them, and one that goes layer by layer. */
static struct incline_train_options recipe(size_t number)
{
    struct incline_train_options options = {.hidden = {12},
                                            .hidden_count = 1,
                                            .epochs = 3,
                                            .batch = 32,
                                            .validation = 0.2f,
                                            .seed = 1 + number};
    if (number % 2 == 1) {
        options.hidden[0] = 40;
        options.optimizer.kind = INCLINE_ADAM;
    }
    return options;
}

/* Work of network `number`, its files in a folder of that name. */
static struct work work_on(incline_device *device, const incline_dataset *dataset, size_t number,
                           const char *name)
{
    struct work work = {.device = device, .dataset = dataset, .options = recipe(number)};
    char folder[32];

    snprintf(folder, sizeof folder, "%s-%zu", name, number);
    snprintf(work.folder, sizeof work.folder, "%s", test_path(folder));
    return work;
}

static void expect_equal_files(const struct work *a, const struct work *b, const char *file)
{
    size_t a_bytes, b_bytes;
    unsigned char *a_data = read_whole(a->folder, file, &a_bytes);
    unsigned char *b_data = read_whole(b->folder, file, &b_bytes);

    cr_expect(a_bytes == b_bytes && memcmp(a_data, b_data, a_bytes) == 0,
              "%s/%s has %zu bytes, %s/%s has %zu, or they differ", a->folder, file, a_bytes,
              b->folder, file, b_bytes);
    free(a_data);
    free(b_data);
}

Test(threads, networks_trained_side_by_side_are_those_trained_alone)
{
    incline_device *device = fresh_device();
    incline_dataset *blobs = nets_blobs(500, 49, 5, 1);
    struct work beside[THREADS], alone[THREADS];

    for (size_t i = 0; i < THREADS; i++) {
        beside[i] = work_on(device, blobs, i, "beside");
        alone[i] = work_on(device, blobs, i, "alone");
        if (i > 0)
            require_ok(incline_device_another(device, &beside[i].device));
    }
    together(train_and_test, beside, THREADS);
    for (size_t i = 0; i < THREADS; i++) {
        train_and_test(&alone[i]);
        cr_assert(beside[i].status == INCLINE_OK, "network %zu: %s", i, beside[i].message);
        cr_assert(alone[i].status == INCLINE_OK, "network %zu: %s", i, alone[i].message);
        cr_expect(beside[i].evaluation.loss == alone[i].evaluation.loss,
                  "network %zu: loss %.9g beside others, %.9g alone", i, beside[i].evaluation.loss,
                  alone[i].evaluation.loss);
        expect_equal_files(&beside[i], &alone[i], "model.safetensors");
        expect_equal_files(&beside[i], &alone[i], "checkpoint.safetensors");
    }
    for (size_t i = 1; i < THREADS; i++)
        incline_device_close(beside[i].device);
    incline_dataset_close(blobs);
    incline_device_close(device);
}

Test(threads, a_handle_outlives_the_one_it_was_made_from)
{
    incline_device *device = fresh_device(), *another = NULL;
    incline_dataset *blobs = nets_blobs(100, 10, 3, 1);

    require_ok(incline_device_another(device, &another));
    incline_device_close(device);
    struct work work = work_on(another, blobs, 0, "after");
    train_and_test(&work);
    cr_expect(work.status == INCLINE_OK, "%s", work.message);
    incline_device_close(another);
    incline_dataset_close(blobs);
}

/* ---- errors ---- */

static void *fail_in_a_way_of_its_own(void *argument)
{
    struct work *work = argument;
    incline_model *model = NULL;

    for (int round = 0; round < 200; round++) {
        work->status = incline_model_load(work->folder, &model);
        snprintf(work->message, sizeof work->message, "%s", incline_last_error());
        if (work->status == INCLINE_OK || strstr(work->message, work->folder) == NULL)
            break;
    }
    return NULL;
}

Test(threads, an_error_is_of_its_thread)
{
    static const char *const names[THREADS] = {"no-such-a", "no-such-b", "no-such-c", "no-such-d"};
    struct work works[THREADS] = {{.status = 0}};

    for (size_t i = 0; i < THREADS; i++)
        snprintf(works[i].folder, sizeof works[i].folder, "%s", names[i]);
    together(fail_in_a_way_of_its_own, works, THREADS);
    for (size_t i = 0; i < THREADS; i++)
        cr_expect(works[i].status == INCLINE_EIO && strstr(works[i].message, names[i]) != NULL,
                  "\"%s\" expected in: %s", names[i], works[i].message);
    cr_expect_str_empty(incline_last_error());
}

/* ---- a data set ---- */

static void *read_first_sample(void *argument)
{
    struct work *work = argument;
    float features[PIXELS] = {0.0f};
    uint32_t label;

    work->status = incline_dataset_ready(work->dataset);
    for (uint32_t row = 0; work->status == INCLINE_OK && row < ROWS; row++) {
        work->status = incline_dataset_sample(work->dataset, row, features, &label);
        if (work->status == INCLINE_OK && label != row)
            work->status = INCLINE_EFORMAT;
    }
    snprintf(work->message, sizeof work->message, "%s", incline_last_error());
    return NULL;
}

Test(threads, a_data_set_that_is_still_being_read_is_there_for_all)
{
    incline_dataset *dataset = NULL;
    struct work works[THREADS] = {{.status = 0}};

    write_set();
    require_ok(incline_dataset_open(test_folder(), INCLINE_TRAIN, &dataset));
    for (size_t i = 0; i < THREADS; i++)
        works[i].dataset = dataset;
    together(read_first_sample, works, THREADS);
    for (size_t i = 0; i < THREADS; i++)
        cr_expect(works[i].status == INCLINE_OK, "thread %zu: %s", i, works[i].message);
    incline_dataset_close(dataset);
}

/* ---- stopping ---- */

struct stopped {
    incline_trainer *trainer;
    atomic_bool seen; /* it has reported progress */
    int status;
};

static void see(void *user, const struct incline_progress *progress)
{
    struct stopped *stopped = user;
    (void)progress;
    atomic_store(&stopped->seen, true);
}

static void *run_on(void *argument)
{
    struct stopped *stopped = argument;
    stopped->status = incline_trainer_run(stopped->trainer, see, stopped);
    return NULL;
}

Test(threads, another_thread_stops_a_trainer)
{
    incline_device *device = fresh_device();
    incline_dataset *blobs = nets_blobs(100, 10, 3, 1);
    const struct incline_train_options options = {.epochs = 1000000};
    struct stopped stopped = {.status = INCLINE_OK};
    pthread_t thread;

    require_ok(incline_trainer_create(device, blobs, &options, &stopped.trainer));
    cr_assert(pthread_create(&thread, NULL, run_on, &stopped) == 0);
    while (!atomic_load(&stopped.seen))
        sched_yield();
    incline_trainer_stop(stopped.trainer);
    pthread_join(thread, NULL);
    cr_expect(stopped.status == INCLINE_EINTERRUPTED, "status %d", stopped.status);
    incline_trainer_destroy(stopped.trainer);
    incline_dataset_close(blobs);
    incline_device_close(device);
}
