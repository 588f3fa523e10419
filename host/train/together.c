/* together.c - how many networks like one are trained at a time.
 *
 * A small network leaves most of a large device idle; another one beside it costs nothing then. A
 * large one fills units, caches and memory by itself, and two take turns. */
#include <math.h>

#include "host/net/optimizer.h"
#include "host/train/trainer.h"
#include "host/util/machine.h"

/* A step with fewer operations for each unit of the device leaves units idle: on a CPU that takes
 * whole steps they wait for each other, elsewhere for the host to queue the next launches, and the
 * units of a GPU do more meanwhile. */
static const double whole_step_operations = 1e8, cpu_operations = 2e6, gpu_operations = 3e7;

/* More threads of the host that queue steps for one GPU get in each other's way in its driver. */
enum { GPU_MOST = 8 };

/* Networks that fill the device's units. */
static double fill(const struct incline_trainer *trainer)
{
    struct incline_device *dev = trainer->dev;
    const struct plan *plan = &trainer->plan;
    const uint32_t rows = run_batch_rows(&trainer->run);
    const double operations = 6.0 * (double)plan->net->weight_count * rows;
    const double units = dev->info.compute_units > 0 ? dev->info.compute_units : 1.0;
    const enum element element = feed_element(trainer->dataset);

    if (dev->info.type == INCLINE_DEVICE_REFERENCE) /* each on a thread of the host */
        return machine_threads();
    if (dev->info.type != INCLINE_DEVICE_CPU)
        return fmin(units * gpu_operations / operations, GPU_MOST);
    const bool whole = plan_takes_whole_steps(dev, plan->net, &plan->method, element, rows);
    return fmin(units * (whole ? whole_step_operations : cpu_operations) / operations, units);
}

/* Bytes of device memory that a trainer takes: parameters, gradients and moments, activations, the
 * order of an epoch, and so many bytes of samples where they are copied. */
static double device_bytes(const struct incline_trainer *trainer, double samples)
{
    const struct plan *plan = &trainer->plan;
    const struct incline_dataset *dataset = trainer->dataset;
    const double rows = dataset->info.rows;
    const double bytes = (2.0 + OPTIMIZER_BLOCKS) * (double)plan->net->param_count * sizeof(float) +
                         (double)plan->arena_floats * sizeof(float) +
                         (3.0 + dataset->info.outputs) * rows * sizeof(uint32_t);

    return trainer->feed.wrapped ? bytes : bytes + samples;
}

/* Networks that fit into half of the memory, of the device and of the host; the other half is left
 * to the test sets. A table that lacks numbers is copied on the host by each trainer, with the
 * means of its own samples. */
static double fit(const struct incline_trainer *trainer, double host_bytes)
{
    const struct incline_device_info *info = &trainer->dev->info;
    const struct incline_dataset *dataset = trainer->dataset;
    const double samples = (double)dataset->info.rows * (double)dataset_row_bytes(dataset);
    const double device = device_bytes(trainer, samples);

    if (trainer->filled.set.values == NULL)
        return (double)info->global_bytes / 2.0 / device;
    if (info->shared_memory)
        return (double)info->global_bytes / 2.0 / (device + samples);
    return fmin((double)info->global_bytes / 2.0 / device, host_bytes / 2.0 / samples);
}

uint32_t trainer_together(const struct incline_trainer *trainer, uint64_t host_bytes)
{
    if (!trainer->feed.resident) /* they would read the file side by side */
        return 1;
    const double most = fmin(fit(trainer, (double)host_bytes), fill(trainer));

    return most < 1.0 ? 1 : most < INCLINE_TOGETHER_MAX ? (uint32_t)most : INCLINE_TOGETHER_MAX;
}

uint32_t incline_trainer_together(const incline_trainer *trainer)
{
    return trainer_together(trainer, machine_bytes());
}
