/* test_together.c - how many networks are trained at a time: as many as leave nothing of the device
 * idle, as its memory holds, and never less than one. */
#define _GNU_SOURCE 1 /* sched_setaffinity() */
#include <sched.h>
#include <stdio.h>

#include "device/nets.h"
#include "host/backend/backend.h"
#include "host/train/trainer.h"
#include "host/util/machine.h"
#include "tests/table_set.h"

/* A device as it says what it is; operations are the reference's. */
static uint32_t together_on(enum incline_device_type type, uint32_t units, uint64_t bytes,
                            uint32_t hidden, uint32_t batch)
{
    const struct incline_device_options reference = {.name = "reference"};
    const struct incline_train_options options = {
        .hidden = {hidden}, .hidden_count = 1, .batch = batch, .validation = INCLINE_NONE};
    incline_dataset *blobs = nets_blobs(2000, 100, 5, 1);
    incline_device *device = NULL;
    incline_trainer *trainer = NULL;

    require_ok(incline_device_open(&reference, &device));
    if (bytes != 0)
        device->info.global_bytes = bytes;
    require_ok(incline_trainer_create(device, blobs, &options, &trainer));
    device->info.type = type;
    device->info.compute_units = units;
    const uint32_t count = incline_trainer_together(trainer);
    incline_trainer_destroy(trainer);
    incline_dataset_close(blobs);
    incline_device_close(device);
    return count;
}

Test(together, the_reference_takes_one_for_each_thread_of_the_host)
{
    const uint32_t threads = machine_threads();
    const uint32_t count = together_on(INCLINE_DEVICE_REFERENCE, 1, 0, 10, 64);
    cr_expect(count == (threads < INCLINE_TOGETHER_MAX ? threads : INCLINE_TOGETHER_MAX),
              "%u networks at a time for %u threads", count, threads);
}

#ifdef CPU_COUNT
Test(together, threads_are_those_that_the_process_may_use)
{
    cpu_set_t allowed, one;
    size_t processor = 0;

    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        cr_skip_test("more processors than a set of them holds");
    while (!CPU_ISSET(processor, &allowed))
        processor++;
    CPU_ZERO(&one);
    CPU_SET(processor, &one);
    cr_assert(sched_setaffinity(0, sizeof one, &one) == 0);
    const uint32_t count = together_on(INCLINE_DEVICE_REFERENCE, 1, 0, 10, 64);
    cr_expect(count == 1, "%u networks at a time on one processor", count);
}
#endif

Test(together, small_networks_fill_a_large_device)
{
    const uint32_t gpu = together_on(INCLINE_DEVICE_GPU, 100, 0, 10, 64);
    const uint32_t cpu = together_on(INCLINE_DEVICE_CPU, 64, 0, 10, 64);
    const uint32_t laptop = together_on(INCLINE_DEVICE_CPU, 4, 0, 10, 64);
    cr_expect(gpu == 8, "%u networks at a time on a GPU of 100 units", gpu);
    cr_expect(cpu > 8 && cpu <= 64, "%u networks at a time on 64 cores", cpu);
    cr_expect(laptop >= 2 && laptop <= 4, "%u networks at a time on 4 cores", laptop);
}

Test(together, a_large_network_is_alone)
{
    const uint32_t gpu = together_on(INCLINE_DEVICE_GPU, 20, 0, 2000, 2000);
    const uint32_t cpu = together_on(INCLINE_DEVICE_CPU, 16, 0, 2000, 2000);
    cr_expect(gpu == 1, "%u networks at a time on a GPU of 20 units", gpu);
    cr_expect(cpu == 1, "%u networks at a time on 16 cores", cpu);
}

Test(together, memory_bounds_them)
{
    /* The order of an epoch and the like: three words for each of 2000 samples, and 1,000
     * parameters and a little arena, of which half the memory may be filled. */
    const uint32_t few = together_on(INCLINE_DEVICE_GPU, 100, 1000000, 10, 64);
    const uint32_t streamed = together_on(INCLINE_DEVICE_GPU, 100, 100000, 10, 64);
    cr_expect(few >= 2 && few < 8, "%u networks at a time in a megabyte", few);
    cr_expect(streamed == 1, "%u networks at a time of data that do not fit", streamed);
}

/* Networks at a time of a table in which a number is missing, on devices that share the host's
 * memory and that do not, and what a copy of the table takes. */
static void together_with_gaps(uint64_t device_bytes, uint64_t host_bytes, uint32_t *sharing,
                               uint32_t *apart)
{
    enum { ROWS = 2000, ROW_BYTES = 32 };
    const struct incline_device_options reference = {.name = "reference"};
    const struct incline_train_options options = {.hidden = {2}, .hidden_count = 1, .batch = 8};
    static char text[ROWS * ROW_BYTES];
    size_t used = (size_t)snprintf(text, sizeof text, "a,b,kind\n,0,x\n");
    incline_dataset *table = NULL;
    incline_device *device = NULL;
    incline_trainer *trainer = NULL;

    for (int row = 1; row < ROWS; row++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%d,%d,%c\n", row, row % 7,
                                 "xy"[row % 2]);
    require_ok(open_text("gaps.csv", text, used, NULL, &table));
    require_ok(incline_device_open(&reference, &device));
    require_ok(incline_trainer_create(device, table, &options, &trainer));
    cr_assert(trainer->filled.set.values != NULL && trainer->feed.wrapped);
    device->info.type = INCLINE_DEVICE_GPU;
    device->info.compute_units = 100;
    device->info.global_bytes = device_bytes;
    *sharing = trainer_together(trainer, host_bytes);
    device->info.shared_memory = false;
    *apart = trainer_together(trainer, host_bytes);
    incline_trainer_destroy(trainer);
    incline_dataset_close(table);
    incline_device_close(device);
}

Test(together, a_copy_of_a_table_that_lacks_numbers_takes_memory)
{
    /* A copy of 2000 samples of two numbers is 16,000 bytes; beside it a trainer takes three words
     * for each, and few parameters and activations. */
    uint32_t sharing, apart;

    together_with_gaps(200000, 1000000000, &sharing, &apart);
    cr_expect(sharing == 2 && apart == 4, "%u and %u networks at a time in 200 kB", sharing, apart);
    together_with_gaps(1000000000, 100000, &sharing, &apart);
    cr_expect(sharing == 8 && apart == 3, "%u and %u networks at a time on a host of 100 kB",
              sharing, apart);
}
