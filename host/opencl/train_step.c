/* train_step.c - a whole training step in two launches, for CPUs and networks
 * that are small enough.
 *
 * Each worker keeps gradients of its own, which are read and written once every
 * STEP_ROWS samples, so they must lie in its cache; larger networks go layer by
 * layer, where a product uses each weight for more samples at a time. */
#include "host/opencl/room.h"
#include "host/util/size.h"

/* Gradients of one worker that still stay in a second-level cache. */
enum { WORKER_GRADIENTS = 128 * 1024 };

/* Samples for which a further worker on the same unit is worth its memory and
 * its addition: more workers than units even out units that are slower. */
enum { SAMPLES_PER_WORKER = 2048 };

static size_t weight_count(const struct train_step *args)
{
    size_t count = 0;
    for (uint32_t l = 0; l < args->layers; l++)
        count += (size_t)args->widths[l] * args->widths[l + 1];
    return count;
}

static size_t param_count(const struct train_step *args)
{
    size_t count = weight_count(args);
    for (uint32_t l = 1; l <= args->layers; l++)
        count += args->widths[l];
    return count;
}

/* Floats of a worker's memory, as drawn in train_step.cl. */
static size_t worker_floats(const struct train_step *args, size_t step_rows)
{
    size_t floats = size_round_up(param_count(args), 16) + 16 + 3 * size_round_up(step_rows, 16);
    for (uint32_t l = 0; l <= args->layers; l++)
        floats += (l == 0 ? 1u : 2u) * size_round_up(step_rows * args->widths[l], 16);
    return floats;
}

bool opencl_takes_train_step(struct incline_device *dev, const struct train_step *args)
{
    const struct opencl_device *device = opencl_of(dev);

    return dev->info.type == INCLINE_DEVICE_CPU && (device->makers & OPENCL_MAKER_BLOCK) &&
           args->layers <= 15 && param_count(args) <= WORKER_GRADIENTS;
}

/* Samples of each worker, a multiple of what it takes at a time. */
static cl_uint worker_share(const struct opencl_device *device, uint32_t rows)
{
    const size_t units = device->base.info.compute_units > 0 ? device->base.info.compute_units : 1;
    const size_t rounds = rows / (units * SAMPLES_PER_WORKER);
    const size_t workers = units * (rounds < 1 ? 1 : rounds > 4 ? 4 : rounds);
    return (cl_uint)size_round_up((rows + workers - 1) / workers, device->tuning.STEP_ROWS);
}

int opencl_train_step(struct incline_device *dev, const struct train_step *args)
{
    struct opencl_device *device = opencl_of(dev);
    const struct opencl_tuning *tuning = &device->tuning;
    const struct samples *samples = &args->samples;
    const cl_uint share = worker_share(device, args->rows);
    const cl_uint workers = (args->rows + share - 1) / share;
    const cl_uint stride = (cl_uint)worker_floats(args, tuning->STEP_ROWS);
    const cl_uint weights = (cl_uint)weight_count(args), count = (cl_uint)param_count(args);
    const cl_uint bytes = samples->element == ELEMENT_U8, activation = args->activation;
    const cl_float scale = 1.0f / (float)args->rows, learning_rate = args->learning_rate;
    const size_t one[] = {1}, items[] = {workers}, group[] = {tuning->WG};
    const size_t vectors[] = {size_round_up((count + tuning->VEC - 1) / tuning->VEC, group[0])};
    cl_uint16 widths = {{0}};
    struct span memory;

    for (uint32_t l = 0; l <= args->layers; l++)
        widths.s[l] = args->widths[l];
    int rc = opencl_scratch(device, (size_t)workers * stride * sizeof(cl_float), &memory);
    if (rc != INCLINE_OK)
        return rc;
    const struct kernel_arg step[] = {SPAN_ARG(samples->values),
                                      SPAN_ARG(samples->labels),
                                      SPAN_ARG(samples->scale),
                                      SPAN_ARG(samples->shift),
                                      SPAN_ARG(args->order),
                                      SPAN_ARG(args->params),
                                      SPAN_ARG(memory),
                                      ARG(widths),
                                      ARG(args->layers),
                                      ARG(weights),
                                      ARG(count),
                                      ARG(args->rows),
                                      ARG(share),
                                      ARG(stride),
                                      ARG(bytes),
                                      ARG(activation)};
    rc = LAUNCH(device, KERNEL_train_step, 1, items, one, step);
    if (rc != INCLINE_OK)
        return rc;
    const struct kernel_arg update[] = {SPAN_ARG(memory),      SPAN_ARG(args->params),
                                        SPAN_ARG(args->tally), ARG(workers),
                                        ARG(stride),           ARG(count),
                                        ARG(args->rows),       ARG(scale),
                                        ARG(learning_rate)};
    return LAUNCH(device, KERNEL_train_step_update, 1, vectors, group, update);
}
