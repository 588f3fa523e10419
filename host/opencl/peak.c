/* peak.c - what the device can do at most, measured on it with the kernels of peak.cl. */
#include <float.h>
#include <stdlib.h>

#include "host/opencl/room.h"
#include "host/util/clock.h"
#include "host/util/size.h"

/* PEAK_SUMS is that of kernels/peak.cl. A launch of MOST_ROUNDS still gives sums below 2^24, and
 * they are all exact. */
enum { PEAK_SUMS = 10, FEWEST_ROUNDS = 16, MOST_ROUNDS = 1 << 20, RUNS = 12, SLICE = 1024 };

/* Long enough to measure; the work grows until a launch takes that long. Many short runs find a
 * moment in which a busy machine does nothing else. */
static const double long_enough = 0.005;

/* No further run once runs took that long together. */
static const double budget = 0.1;

/* Groups for each compute unit, and work-items of a group. */
static size_t peak_groups(const struct opencl_device *device)
{
    const size_t units = device->base.info.compute_units ? device->base.info.compute_units : 1;
    return units * (device->base.info.type == INCLINE_DEVICE_CPU ? 4 : 32);
}

static int not_right(const struct opencl_device *device, const char *kernel, size_t at, double got,
                     double want)
{
    return FAIL(INCLINE_EVERIFY,
                "%s computes %s wrongly: element %zu is %.9g, %.9g expected; do not train on this "
                "device, update its driver or take another (incline devices)",
                device->base.info.name, kernel, at, got, want);
}

/* One launch of peak_fma on fresh values, timed; its result must be right. values[count] is room.
 */
static int time_fma(struct opencl_device *device, struct span io, float *values, size_t count,
                    cl_uint rounds, double *seconds)
{
    struct incline_device *dev = &device->base;
    const size_t local[] = {device->tuning.ROW_WG}, global[] = {count / device->tuning.VEC};
    const cl_float one = 1.0f;
    const struct kernel_arg list[] = {SPAN_ARG(io), ARG(one), ARG(one), ARG(rounds)};
    int rc = INCLINE_OK;

    for (size_t i = 0; i < count; i++)
        values[i] = (float)(i % 16);
    TRY(opencl_upload(dev, io, ELEMENT_F32, count, values));
    TRY(opencl_finish(dev));
    const double start = clock_seconds();
    TRY(LAUNCH(device, KERNEL_peak_fma, 1, global, local, list));
    TRY(opencl_finish(dev));
    *seconds = clock_seconds() - start;
    TRY(opencl_download(dev, io, ELEMENT_F32, count, values));
    for (size_t i = 0; i < count; i++) {
        const double want =
            PEAK_SUMS * ((double)(i % 16) + rounds) + PEAK_SUMS * (PEAK_SUMS - 1) / 2;
        if (!((double)values[i] == want))
            return not_right(device, "peak_fma", i, (double)values[i], want);
    }
out:
    return rc;
}

static int measure_arithmetic(struct opencl_device *device, double *flops)
{
    struct incline_device *dev = &device->base;
    const size_t count = peak_groups(device) * device->tuning.ROW_WG * device->tuning.VEC;
    float *values = malloc(count * sizeof *values);
    struct span io = {NULL, 0};
    cl_uint rounds = FEWEST_ROUNDS;
    double seconds, spent = 0.0, best = DBL_MAX;
    int rc = INCLINE_OK;

    if (values == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for %zu values", count);
    TRY(opencl_buffer_create(dev, count * sizeof *values, &io.buffer));
    TRY(time_fma(device, io, values, count, rounds, &seconds)); /* compiles */
    TRY(time_fma(device, io, values, count, rounds, &seconds));
    while (seconds < long_enough && rounds < MOST_ROUNDS) {
        rounds *= 2;
        TRY(time_fma(device, io, values, count, rounds, &seconds));
    }
    for (int run = 0; run < RUNS && spent < budget; run++) {
        TRY(time_fma(device, io, values, count, rounds, &seconds));
        spent += seconds;
        best = seconds < best ? seconds : best;
    }
    *flops = 2.0 * PEAK_SUMS * (double)count * rounds / best;
out:
    opencl_buffer_destroy(dev, io.buffer);
    free(values);
    return rc;
}

/* Bytes of each side of the largest copy: more than caches hold, but never an eighth of the memory.
 */
static size_t copy_most(const struct incline_device_info *info)
{
    const uint64_t wanted = (uint64_t)(info->type == INCLINE_DEVICE_CPU ? 64 : 256) << 20;
    uint64_t most = wanted < info->global_bytes / 8 ? wanted : info->global_bytes / 8;

    if (most > info->max_alloc_bytes)
        most = info->max_alloc_bytes;
    return (size_t)(most / ((uint64_t)1 << 16) * ((uint64_t)1 << 16));
}

/* SLICE words of `to` from `at` on must count on from there, as all of `from` does. */
static int check_slice(struct opencl_device *device, struct span to, size_t at)
{
    cl_uint words[SLICE];
    const int rc = opencl_download(&device->base, (struct span){to.buffer, to.at + at}, ELEMENT_U32,
                                   SLICE, words);

    if (rc != INCLINE_OK)
        return rc;
    for (size_t i = 0; i < SLICE; i++)
        if (words[i] != at + i)
            return not_right(device, "peak_copy", at + i, words[i], (double)(at + i));
    return INCLINE_OK;
}

/* One copy of `count` words, timed. Two slices of `to` are cleared before it and checked after. */
static int time_copy(struct opencl_device *device, struct span from, struct span to, size_t count,
                     double *seconds)
{
    struct incline_device *dev = &device->base;
    const size_t middle = count / 2 - SLICE / 2;
    const size_t group = device->tuning.ROW_WG, vectors = count / device->tuning.VEC;
    const size_t share = (vectors + peak_groups(device) - 1) / peak_groups(device);
    const cl_uint run = (cl_uint)(group == 1 ? share : 16 * group), all = (cl_uint)vectors;
    const size_t local[] = {group}, global[] = {(vectors + run - 1) / run * group};
    const struct kernel_arg list[] = {SPAN_ARG(from), SPAN_ARG(to), ARG(all), ARG(run)};
    int rc = INCLINE_OK;

    TRY(opencl_fill(dev, &(struct fill){{to.buffer, middle}, SLICE, 0.0f}));
    TRY(opencl_fill(dev, &(struct fill){{to.buffer, count - SLICE}, SLICE, 0.0f}));
    TRY(opencl_finish(dev));
    const double start = clock_seconds();
    TRY(LAUNCH(device, KERNEL_peak_copy, 1, global, local, list));
    TRY(opencl_finish(dev));
    *seconds = clock_seconds() - start;
    TRY(check_slice(device, to, middle));
    TRY(check_slice(device, to, count - SLICE));
out:
    return rc;
}

static int measure_memory(struct opencl_device *device, double *bytes)
{
    struct incline_device *dev = &device->base;
    const size_t most = copy_most(&dev->info) / sizeof(cl_uint);
    struct span from = {NULL, 0}, to = {NULL, 0};
    size_t count = most < (size_t)1 << 16 ? most : (size_t)1 << 16;
    double seconds, spent = 0.0, best = DBL_MAX;
    int rc = INCLINE_OK;

    TRY(opencl_buffer_create(dev, most * sizeof(cl_uint), &from.buffer));
    TRY(opencl_buffer_create(dev, most * sizeof(cl_uint), &to.buffer));
    TRY(opencl_shuffle(dev,
                       &(struct shuffle){.order = from, .n = (uint32_t)count, .identity = true}));
    TRY(time_copy(device, from, to, count, &seconds)); /* compiles */
    TRY(time_copy(device, from, to, count, &seconds));
    /* A device that is slow with little is not asked for much. */
    if (seconds < long_enough) {
        count = most;
        TRY(opencl_shuffle(
            dev, &(struct shuffle){.order = from, .n = (uint32_t)count, .identity = true}));
    }
    for (int run = 0; run < RUNS && spent < budget; run++) {
        TRY(time_copy(device, from, to, count, &seconds));
        spent += seconds;
        best = seconds < best ? seconds : best;
    }
    *bytes = 2.0 * sizeof(cl_uint) * (double)count / best;
out:
    opencl_buffer_destroy(dev, from.buffer);
    opencl_buffer_destroy(dev, to.buffer);
    return rc;
}

int opencl_measure_peak(struct incline_device *dev, double *flops, double *bytes)
{
    struct opencl_device *device = opencl_of(dev);
    double arithmetic = 0.0, memory = 0.0;

    int rc = measure_arithmetic(device, &arithmetic);
    if (rc == INCLINE_OK)
        rc = measure_memory(device, &memory);
    if (rc != INCLINE_OK)
        return rc;
    *flops = arithmetic;
    *bytes = memory;
    return INCLINE_OK;
}
