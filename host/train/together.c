/* together.c - how many networks like one are trained at a time.
 *
 * A small network leaves most of a large device idle; another one beside it costs nothing then. A
 * large one fills units, caches and memory by itself, and two take turns. */
#include <math.h>
#include <unistd.h>

#include "host/net/optimizer.h"
#include "host/train/trainer.h"

/* A step with fewer operations for each unit of the device leaves units idle: on a CPU that takes
 * whole steps they wait for each other, elsewhere for the host to queue the next launches, and the
 * units of a GPU do more meanwhile. */
static const double whole_step_operations = 1e8, cpu_operations = 2e6, gpu_operations = 3e7;

/* More threads of the host that queue steps for one GPU get in each other's way in its driver. */
enum { GPU_MOST = 8 };

/* Threads of the host that can run at the same time. */
static double host_threads(void)
{
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 1 ? (double)online : 1.0;
}

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
        return host_threads();
    if (dev->info.type != INCLINE_DEVICE_CPU)
        return fmin(units * gpu_operations / operations, GPU_MOST);
    const bool whole = plan_takes_whole_steps(dev, plan->net, &plan->method, element, rows);
    return fmin(units * (whole ? whole_step_operations : cpu_operations) / operations, units);
}

/* Bytes of device memory that a trainer takes: parameters, gradients and moments, activations, the
 * order of an epoch, and the samples where they are copied. */
static double device_bytes(const struct incline_trainer *trainer)
{
    const struct plan *plan = &trainer->plan;
    const struct incline_dataset *dataset = trainer->dataset;
    const double rows = dataset->info.rows;
    double bytes = (2.0 + OPTIMIZER_BLOCKS) * (double)plan->net->param_count * sizeof(float) +
                   (double)plan->arena_floats * sizeof(float) +
                   (3.0 + dataset->info.outputs) * rows * sizeof(uint32_t);

    if (!trainer->feed.wrapped)
        bytes += rows * (double)dataset_row_bytes(dataset);
    return bytes;
}

uint32_t incline_trainer_together(const incline_trainer *trainer)
{
    if (!trainer->feed.resident) /* they would read the file side by side */
        return 1;
    /* Of the memory half, which leaves room for the test sets. */
    const double fit = (double)trainer->dev->info.global_bytes / 2.0 / device_bytes(trainer);
    const double most = fmin(fit, fill(trainer));

    return most < 1.0 ? 1 : most < INCLINE_TOGETHER_MAX ? (uint32_t)most : INCLINE_TOGETHER_MAX;
}
