/* train_steps.c - whole training steps, many in one launch, for CPUs and networks that are small
 * enough.
 *
 * Each worker keeps parameters and gradients of its own, which it goes through once in every
 * STEP_ROWS samples, so they must lie in its cache; larger networks go layer by layer, where a
 * product uses each weight for more samples at a time. */
#include "host/opencl/step_shape.h"
#include "host/util/size.h"

/* Samples for which a further worker on the same unit is worth its memory: more workers than units
 * even out units that are slower. */
enum { SAMPLES_PER_WORKER = 2048 };

bool opencl_takes_train_steps(struct incline_device *dev, const struct train_steps *args)
{
    const struct opencl_device *device = opencl_of(dev);
    struct step_shape shape;

    return dev->info.type == INCLINE_DEVICE_CPU && (device->makers & OPENCL_MAKER_PANEL) &&
           step_params(args) <= device->tuning.STEP_PARAMS &&
           step_shape(args, &device->tuning, &shape);
}

/* Samples of each worker. */
static cl_uint worker_share(const struct opencl_device *device, uint32_t rows)
{
    const size_t units = device->base.info.compute_units > 0 ? device->base.info.compute_units : 1;
    const size_t rounds = rows / (units * SAMPLES_PER_WORKER);
    const size_t worth = rows / device->tuning.STEP_SHARE;
    size_t workers = units * (rounds < 1 ? 1 : rounds > 4 ? 4 : rounds);

    if (workers > worth)
        workers = worth > 0 ? worth : 1;
    /* Whole tiles, where that makes no worker more. */
    const size_t share = (rows + workers - 1) / workers;
    const size_t tiles = size_round_up(share, device->tuning.STEP_ROWS);
    return (cl_uint)((rows + tiles - 1) / tiles == workers ? tiles : share);
}

/* Work-groups for so many workers: as many as there are units, shared with the other handles that
 * are at work. Fewer wait less for each other; results do not depend on how many there are. */
static size_t step_groups(const struct opencl_device *device, cl_uint workers)
{
    const cl_uint busy = atomic_load(&device->family->busy);
    const cl_uint units = device->base.info.compute_units / (busy > 0 ? busy : 1);

    return units == 0 ? 1 : units < workers ? units : workers;
}

int opencl_train_steps(struct incline_device *dev, const struct train_steps *args)
{
    struct opencl_device *device = opencl_of(dev);
    const struct samples *samples = &args->samples;
    const cl_uint share = worker_share(device, args->rows);
    const cl_uint workers = (args->rows + share - 1) / share;
    const cl_float scale = 1.0f / (float)args->rows;
    const size_t one[] = {1}, rows[] = {args->widths[1] + 1};
    const size_t groups[] = {step_groups(device, workers)};
    struct step_shape shape;
    struct span memory;
    int rc = INCLINE_OK;

    if (!step_shape(args, &device->tuning, &shape))
        return FAIL(INCLINE_EARG, "a network of %u layers is too deep for whole steps",
                    args->layers);
    TRY(opencl_program_for(device, PROGRAM_train_steps, shape.text));
    /* Behind the workers' memory: a claim for each of them, and the number of shares done. */
    const size_t floats = workers * shape.stride, words = (size_t)workers + 1;
    TRY(opencl_scratch(device, (floats + words) * sizeof(cl_float), &memory));
    TRY(opencl_fill(dev, &(struct fill){{memory.buffer, memory.at + floats}, words, 0.0f}));
    const struct kernel_arg steps[] = {SPAN_ARG(samples->values),
                                       SPAN_ARG(samples->labels),
                                       SPAN_ARG(samples->scale),
                                       SPAN_ARG(samples->shift),
                                       SPAN_ARG(args->params),
                                       SPAN_ARG(args->order),
                                       SPAN_ARG(args->tally),
                                       SPAN_ARG(memory),
                                       ARG(workers),
                                       ARG(args->steps),
                                       ARG(args->rows),
                                       ARG(share),
                                       ARG(scale),
                                       ARG(args->learning_rate)};
    TRY(LAUNCH(device, KERNEL_train_steps, 1, groups, one, steps));
    const struct kernel_arg end[] = {SPAN_ARG(memory),
                                     SPAN_ARG(args->params),
                                     SPAN_ARG(args->tally),
                                     ARG(args->steps),
                                     ARG(workers),
                                     ARG(args->rows),
                                     ARG(scale),
                                     ARG(args->learning_rate)};
    TRY(LAUNCH(device, KERNEL_train_steps_end, 1, rows, one, end));
out:
    return rc;
}
