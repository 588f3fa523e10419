/* test_together.c - how many networks are trained at a time: as many as leave nothing of the device
 * idle, as its memory holds, and never less than one. */
#include <unistd.h>

#include "device/nets.h"
#include "host/backend/backend.h"

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
    const long threads = sysconf(_SC_NPROCESSORS_ONLN);
    const uint32_t count = together_on(INCLINE_DEVICE_REFERENCE, 1, 0, 10, 64);
    cr_expect(count == (uint32_t)(threads < INCLINE_TOGETHER_MAX ? threads : INCLINE_TOGETHER_MAX),
              "%u networks at a time for %ld threads", count, threads);
}

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
