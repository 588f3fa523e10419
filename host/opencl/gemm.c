/* gemm.c - who makes a matrix product: Incline's block kernels, its tile kernels, or CLBlast.
 *
 * The first time a shape is asked for, each maker that the device may use computes it on
 * integers and is checked (gemm_check.c); a maker that is wrong is out for that shape. On a CPU
 * the first that is right is taken, in the order below, because there the order is known; on
 * other devices all that are right are timed and the fastest is taken. The verdict is cached
 * with the device's key. */
#include <stdio.h>
#include <stdlib.h>

#include "host/opencl/room.h"
#include "host/util/cache.h"

static const struct {
    enum opencl_maker maker;
    const char *name;
} makers[] = {
    {OPENCL_MAKER_BLOCK, "block"}, {OPENCL_MAKER_TILE, "tile"}, {OPENCL_MAKER_CLBLAST, "CLBlast"}};
enum { MAKER_COUNT = sizeof makers / sizeof makers[0] };

static const char *const product_names[] = {"forward", "backward_weights", "backward_input"};

static void verdict_key(const struct opencl_device *device, const struct gemm_verdict *verdict,
                        char *key, size_t bytes)
{
    snprintf(key, bytes, "%sgemm %s %u rows %u inputs %u outputs", device->key,
             product_names[verdict->product], verdict->rows, verdict->inputs, verdict->outputs);
}

/* Try the makers on this shape. Fails with INCLINE_EVERIFY if none is right. */
static int decide(struct opencl_device *device, struct gemm_verdict *verdict)
{
    const bool timed = device->base.info.type != INCLINE_DEVICE_CPU;
    double best = -1.0;

    for (size_t i = 0; i < MAKER_COUNT; i++) {
        struct gemm_verdict candidate = *verdict;
        bool right;
        double seconds;

        if (!(device->makers & makers[i].maker))
            continue;
        candidate.maker = makers[i].maker;
        const int rc = gemm_try(device, &candidate, &right, &seconds);
        if (rc != INCLINE_OK)
            return rc;
        if (right && (best < 0.0 || seconds < best)) {
            best = seconds;
            verdict->maker = candidate.maker;
        }
        if (right && !timed)
            break;
    }
    if (best < 0.0)
        return FAIL(INCLINE_EVERIFY,
                    "%s computes the %s product of %u rows, %u inputs and %u outputs wrongly with "
                    "every kernel there is; do not train on this device, update its driver or "
                    "take another (incline devices)",
                    device->base.info.name, product_names[verdict->product], verdict->rows,
                    verdict->inputs, verdict->outputs);
    return INCLINE_OK;
}

static bool cached(const struct opencl_device *device, const char *key,
                   struct gemm_verdict *verdict)
{
    unsigned char *data = NULL;
    size_t bytes;
    bool known = false;

    if (!cache_load(key, &data, &bytes))
        return false;
    for (size_t i = 0; i < MAKER_COUNT; i++)
        if (bytes == 1 && data[0] == makers[i].maker && (device->makers & makers[i].maker)) {
            verdict->maker = makers[i].maker;
            known = true;
        }
    free(data);
    return known;
}

static int remember(struct opencl_device *device, const struct gemm_verdict *verdict)
{
    if (device->verdict_count == device->verdict_room) {
        const size_t room = 2 * device->verdict_room + 16;
        struct gemm_verdict *grown = realloc(device->verdicts, room * sizeof *grown);
        if (grown == NULL)
            return FAIL(INCLINE_ENOMEM, "no memory for %zu verdicts", room);
        device->verdicts = grown;
        device->verdict_room = room;
    }
    device->verdicts[device->verdict_count++] = *verdict;
    return INCLINE_OK;
}

static int gemm_maker(struct opencl_device *device, struct gemm_verdict wanted,
                      enum opencl_maker *maker)
{
    char key[sizeof device->key + 128];

    for (size_t i = 0; i < device->verdict_count; i++) {
        const struct gemm_verdict *known = &device->verdicts[i];
        if (known->product == wanted.product && known->rows == wanted.rows &&
            known->inputs == wanted.inputs && known->outputs == wanted.outputs) {
            *maker = known->maker;
            return INCLINE_OK;
        }
    }
    verdict_key(device, &wanted, key, sizeof key);
    if (!cached(device, key, &wanted)) {
        const int rc = decide(device, &wanted);
        if (rc != INCLINE_OK)
            return rc;
        const unsigned char byte = (unsigned char)wanted.maker;
        cache_store(key, &byte, 1);
    }
    *maker = wanted.maker;
    return remember(device, &wanted);
}

const char *opencl_keep_maker(struct incline_device *dev, unsigned number)
{
    struct opencl_device *device = opencl_of(dev);
    const char *name = NULL;

    device->makers = device->allowed;
    for (size_t i = 0; i < MAKER_COUNT && name == NULL; i++)
        if ((device->allowed & makers[i].maker) && number-- == 0) {
            device->makers = makers[i].maker;
            name = makers[i].name;
        }
    device->verdict_count = 0;
    opencl_key_makers(device);
    return name;
}

int gemm_forward(struct opencl_device *device, const struct dense_forward *args)
{
    enum opencl_maker maker;
    const int rc = gemm_maker(
        device, (struct gemm_verdict){PRODUCT_FORWARD, args->rows, args->inputs, args->outputs, 0},
        &maker);
    if (rc != INCLINE_OK)
        return rc;
    return maker == OPENCL_MAKER_CLBLAST ? clblast_forward(device, args)
                                         : own_forward(device, maker, args);
}

int gemm_backward_weights(struct opencl_device *device, const struct dense_backward_weights *args)
{
    enum opencl_maker maker;
    const int rc = gemm_maker(
        device,
        (struct gemm_verdict){PRODUCT_BACKWARD_WEIGHTS, args->rows, args->inputs, args->outputs, 0},
        &maker);
    if (rc != INCLINE_OK)
        return rc;
    return maker == OPENCL_MAKER_CLBLAST ? clblast_backward_weights(device, args)
                                         : own_backward_weights(device, maker, args);
}

int gemm_backward_input(struct opencl_device *device, const struct dense_backward_input *args)
{
    enum opencl_maker maker;
    const int rc = gemm_maker(
        device,
        (struct gemm_verdict){PRODUCT_BACKWARD_INPUT, args->rows, args->inputs, args->outputs, 0},
        &maker);
    if (rc != INCLINE_OK)
        return rc;
    return maker == OPENCL_MAKER_CLBLAST ? clblast_backward_input(device, args)
                                         : own_backward_input(device, maker, args);
}
