/* choose.c - measure each device on a piece of the real work, and take the fastest. */
#include "host/device/choose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/net/trial.h"
#include "host/util/cache.h"
#include "host/util/status.h"

/* Steps are timed for about this long on each device, a few at a time, and at most on so many rows.
 */
static const double choose_seconds = 0.05;
enum { CHOOSE_ROWS = 1024, CHOOSE_STEPS = 4 };

static const uint32_t default_widths[] = {784, 10, 10};

static int choose_net(const struct incline_device_options *options, struct net *net)
{
    return options->widths != NULL
               ? net_init(net, options->widths, options->width_count, INCLINE_RELU)
               : net_init(net, default_widths, 3, INCLINE_RELU);
}

static uint32_t choose_batch(const struct incline_device_options *options)
{
    const uint32_t batch = options->batch != 0 ? options->batch : 64;
    return batch < CHOOSE_ROWS ? batch : CHOOSE_ROWS;
}

/* Seconds of one step on a device that is right. Fails as trial_create() and the device do. */
static int time_step(struct incline_device *dev, const struct net *net, uint32_t batch,
                     double *seconds)
{
    struct trial trial;
    int rc = trial_create(&trial, dev, net, batch, CHOOSE_STEPS);

    if (rc != INCLINE_OK)
        return rc;
    rc = trial_time(&trial, choose_seconds, seconds);
    trial_destroy(&trial);
    return rc;
}

/* What the choice depends on: every device there is, and the work. */
static void choice_key(const struct incline_device_info *list, size_t count, const struct net *net,
                       uint32_t batch, enum incline_gemm gemm, char *key, size_t bytes)
{
    char widths[256];
    size_t used =
        (size_t)snprintf(key, bytes, "incline %s\nauto for %s, batch %u, gemm %d\n",
                         INCLINE_VERSION, net_text(net, widths, sizeof widths), batch, (int)gemm);
    for (size_t i = 0; i < count && used < bytes; i++)
        if (list[i].usable)
            used += (size_t)snprintf(key + used, bytes - used, "%s %s, %s, %s\n", list[i].id,
                                     list[i].platform, list[i].name, list[i].driver);
}

/* What a trial of all devices found, also kept in the cache. */
struct choice {
    double seconds, second_best; /* of a step; second_best 0 where there was no other */
    char id[24], second[24];
    uint32_t tried, wrong;
};

/* Try one device; keep it in `best` if it is the fastest so far. A device that fails or is wrong
 * is passed over: that is what the trial is for. */
static void try_device(const char *id, enum incline_gemm gemm, const struct net *net,
                       uint32_t batch, struct choice *best)
{
    struct incline_device *dev = NULL;
    double seconds = 0.0;

    int rc = device_open_id(id, gemm, &dev);
    if (rc == INCLINE_OK) {
        rc = time_step(dev, net, batch, &seconds);
        dev->ops->close(dev);
    }
    best->tried++;
    if (rc != INCLINE_OK) {
        best->wrong++;
        return;
    }
    if (best->id[0] == '\0' || seconds < best->seconds) {
        memcpy(best->second, best->id, sizeof best->second);
        best->second_best = best->seconds;
        snprintf(best->id, sizeof best->id, "%s", id);
        best->seconds = seconds;
    } else if (best->second[0] == '\0' || seconds < best->second_best) {
        snprintf(best->second, sizeof best->second, "%s", id);
        best->second_best = seconds;
    }
}

static bool choice_cached(const char *key, struct choice *choice)
{
    unsigned char *data = NULL;
    size_t bytes;

    if (!cache_load(key, &data, &bytes))
        return false;
    const bool whole = bytes == sizeof *choice;
    if (whole)
        memcpy(choice, data, sizeof *choice);
    free(data);
    return whole;
}

static void make_remark(const struct choice *choice, size_t drivers, struct incline_device *dev)
{
    char *to = dev->remark;
    const size_t bytes = sizeof dev->remark;

    if (drivers == 0)
        snprintf(to, bytes,
                 "no OpenCL device was found, so training runs on the slow reference; install a "
                 "driver, pocl-opencl-icd for the CPU or your GPU vendor's (incline devices says "
                 "what was looked at)");
    else if (strcmp(choice->id, "reference") == 0 && choice->wrong > 0)
        snprintf(to, bytes,
                 "%u of %u devices failed the check against the reference, so training runs on "
                 "the slow reference itself (incline verify --device opencl:0 says why)",
                 choice->wrong, choice->tried);
    else if (choice->second[0] != '\0')
        snprintf(to, bytes, "%s taken: %.3g ms a step, next best %s %.3g ms", choice->id,
                 1e3 * choice->seconds, choice->second, 1e3 * choice->second_best);
    else
        snprintf(to, bytes, "%s taken: the only device that is right", choice->id);
}

int choose_device(const struct incline_device_options *options, struct incline_device **device)
{
    struct incline_device_info *list = NULL;
    struct net net = {0};
    struct choice choice = {.id = ""};
    struct incline_device *dev = NULL;
    size_t count = 0, drivers = 0;
    char key[4096];
    int rc = INCLINE_OK;

    const uint32_t batch = choose_batch(options);
    TRY(choose_net(options, &net));
    TRY(incline_device_list(&list, &count));
    for (size_t i = 0; i < count; i++)
        drivers += list[i].usable && list[i].type != INCLINE_DEVICE_REFERENCE;
    choice_key(list, count, &net, batch, options->gemm, key, sizeof key);
    if (drivers == 0) {
        snprintf(choice.id, sizeof choice.id, "reference");
    } else if (!choice_cached(key, &choice)) {
        for (size_t i = 0; i < count; i++)
            if (list[i].usable)
                try_device(list[i].id, options->gemm, &net, batch, &choice);
        cache_store(key, &choice, sizeof choice);
    }
    TRY(device_open_id(choice.id, options->gemm, &dev));
    make_remark(&choice, drivers, dev);
    *device = dev;
out:
    net_clear(&net);
    incline_device_list_free(list);
    return rc;
}
