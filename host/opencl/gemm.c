/* gemm.c - who makes a matrix product: Incline's panel kernels, its tile kernels, or CLBlast.
 *
 * The first time a shape is asked for, each maker that suits the kind of device and the size of the
 * product computes it on integers, is checked, and timed (gemm_check.c); a maker that is wrong is
 * out for that shape, and of the right ones the fastest is taken. Only where none of them is right
 * are the makers tried that were made for other devices or sizes. The verdict is cached with the
 * device's key, and listed there. On a CPU the two that suit it add in the same order, so results
 * do not depend on which of them was faster. */
#include <stdio.h>
#include <stdlib.h>

#include "host/backend/dense_update.h"
#include "host/opencl/room.h"
#include "host/util/cache.h"

/* Packing is one launch more, and kernels to compile. It pays where copying A costs less than
 * loading it from rows that compete for places in the first-level cache: not in products of a
 * millisecond or less. */
#define PACKED_PAYS 1e8

static const struct maker {
    enum opencl_maker maker;
    const char *name;
    bool for_cpu, for_gpu;
    double least; /* multiply-adds of a product from which it is worth a trial */
} makers[] = {{OPENCL_MAKER_PANEL, "panel", .for_cpu = true},
              {OPENCL_MAKER_PACKED, "packed", .for_cpu = true, .least = PACKED_PAYS},
              {OPENCL_MAKER_TILE, "tile", .for_gpu = true},
              {OPENCL_MAKER_CLBLAST, "CLBlast", .for_gpu = true}};
enum { MAKER_COUNT = sizeof makers / sizeof makers[0] };

static const char *const product_names[] = {"forward", "backward_weights", "backward_input"};

static void verdict_key(const struct opencl_device *device, const struct gemm_verdict *verdict,
                        char *key, size_t bytes)
{
    snprintf(key, bytes, "%sgemm %s %u rows %u inputs %u outputs", device->key,
             product_names[verdict->product], verdict->rows, verdict->inputs, verdict->outputs);
}

static bool suits(const struct opencl_device *device, const struct gemm_verdict *shape,
                  const struct maker *maker)
{
    return (double)shape->rows * shape->inputs * shape->outputs >= maker->least &&
           (device->base.info.type == INCLINE_DEVICE_CPU ? maker->for_cpu : maker->for_gpu);
}

/* Try the makers that suit device and product, or those that do not; *seconds of the fastest that
 * is right stays negative if there is none. */
static int try_makers(struct opencl_device *device, bool suited, struct gemm_verdict *verdict,
                      double *seconds)
{
    for (size_t i = 0; i < MAKER_COUNT; i++) {
        struct gemm_verdict candidate = *verdict;
        double taken;
        bool right;

        if (!(device->makers & makers[i].maker) || suits(device, verdict, &makers[i]) != suited)
            continue;
        candidate.maker = makers[i].maker;
        const int rc = gemm_try(device, &candidate, &right, &taken);
        if (rc != INCLINE_OK)
            return rc;
        if (right && (*seconds < 0.0 || taken < *seconds)) {
            *seconds = taken;
            verdict->maker = candidate.maker;
        }
    }
    return INCLINE_OK;
}

/* Fails with INCLINE_EVERIFY if no maker is right. */
static int decide(struct opencl_device *device, struct gemm_verdict *verdict)
{
    double seconds = -1.0;

    int rc = try_makers(device, true, verdict, &seconds);
    if (rc == INCLINE_OK && seconds < 0.0)
        rc = try_makers(device, false, verdict, &seconds);
    if (rc == INCLINE_OK && seconds < 0.0)
        rc = FAIL(INCLINE_EVERIFY,
                  "%s computes the %s product of %u rows, %u inputs and %u outputs wrongly with "
                  "every kernel there is; do not train on this device, update its driver or "
                  "take another (incline devices)",
                  device->base.info.name, product_names[verdict->product], verdict->rows,
                  verdict->inputs, verdict->outputs);
    return rc;
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

/* ---- which products have a verdict: the cache finds an entry by its whole key only ---- */

struct product_shape {
    uint32_t product, rows, inputs, outputs;
};
enum { MOST_KNOWN = 4096 };

static void index_key(const struct opencl_device *device, char *key, size_t bytes)
{
    snprintf(key, bytes, "%sgemm verdicts", device->key);
}

/* The shapes that are known, to be freed; *count of them. */
static struct product_shape *load_index(const struct opencl_device *device, size_t *count)
{
    char key[sizeof device->key + 128];
    unsigned char *data = NULL;
    size_t bytes = 0;

    index_key(device, key, sizeof key);
    *count = cache_load(key, &data, &bytes) ? bytes / sizeof(struct product_shape) : 0;
    return (struct product_shape *)(void *)data;
}

/* Add a shape. Two processes at once may lose one of each other's: it is then missing in the list,
 * the verdict itself is not. */
static void list_verdict(const struct opencl_device *device, const struct gemm_verdict *verdict)
{
    const struct product_shape shape = {verdict->product, verdict->rows, verdict->inputs,
                                        verdict->outputs};
    char key[sizeof device->key + 128];
    size_t count;
    struct product_shape *shapes = load_index(device, &count);
    bool known = count >= MOST_KNOWN;

    for (size_t i = 0; i < count && !known; i++)
        known = memcmp(&shapes[i], &shape, sizeof shape) == 0;
    struct product_shape *grown = known ? NULL : realloc(shapes, (count + 1) * sizeof *grown);
    if (grown != NULL) {
        shapes = grown;
        shapes[count] = shape;
        index_key(device, key, sizeof key);
        cache_store(key, shapes, (count + 1) * sizeof *shapes);
    }
    free(shapes);
}

void opencl_known_makers(struct incline_device *dev, incline_maker_fn report, void *user)
{
    struct opencl_device *device = opencl_of(dev);
    char key[sizeof device->key + 128];
    size_t count;
    struct product_shape *shapes = load_index(device, &count);

    for (size_t i = 0; i < count; i++) {
        const struct product_shape *s = &shapes[i];
        struct gemm_verdict verdict = {(enum product)s->product, s->rows, s->inputs, s->outputs, 0};
        if (s->product > PRODUCT_BACKWARD_INPUT)
            continue;
        verdict_key(device, &verdict, key, sizeof key);
        if (cached(device, key, &verdict))
            for (size_t m = 0; m < MAKER_COUNT; m++)
                if (makers[m].maker == verdict.maker)
                    report(user, product_names[s->product], s->rows, s->inputs, s->outputs,
                           makers[m].name);
    }
    free(shapes);
}

/* What another handle found, or an earlier process; else try, while the other handles wait for the
 * verdict. */
static int find_maker(struct opencl_device *device, struct gemm_verdict *wanted)
{
    char key[sizeof device->key + 128];

    verdict_key(device, wanted, key, sizeof key);
    const uint64_t hash = cache_hash(CACHE_HASH_START, key, strlen(key));
    if (opencl_family_maker(device->family, hash, &wanted->maker))
        return INCLINE_OK;
    if (!cached(device, key, wanted)) {
        const int rc = decide(device, wanted);
        if (rc != INCLINE_OK)
            return rc;
        const unsigned char byte = (unsigned char)wanted->maker;
        cache_store(key, &byte, 1);
        list_verdict(device, wanted);
    }
    return opencl_family_remember(device->family, hash, wanted->maker);
}

static int gemm_maker(struct opencl_device *device, struct gemm_verdict wanted,
                      enum opencl_maker *maker)
{
    for (size_t i = 0; i < device->verdict_count; i++) {
        const struct gemm_verdict *known = &device->verdicts[i];
        if (known->product == wanted.product && known->rows == wanted.rows &&
            known->inputs == wanted.inputs && known->outputs == wanted.outputs) {
            *maker = known->maker;
            return INCLINE_OK;
        }
    }
    pthread_mutex_lock(&device->family->trying);
    const int rc = find_maker(device, &wanted);
    pthread_mutex_unlock(&device->family->trying);
    if (rc != INCLINE_OK)
        return rc;
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

int maker_forward(struct opencl_device *device, enum opencl_maker maker,
                  const struct dense_forward *args)
{
    return maker == OPENCL_MAKER_CLBLAST ? clblast_forward(device, args)
           : maker == OPENCL_MAKER_TILE  ? tile_forward(device, args)
                                        : panel_forward(device, maker == OPENCL_MAKER_PACKED, args);
}

int maker_backward_weights(struct opencl_device *device, enum opencl_maker maker,
                           const struct dense_backward_weights *args)
{
    return maker == OPENCL_MAKER_CLBLAST ? clblast_backward_weights(device, args)
           : maker == OPENCL_MAKER_TILE
               ? tile_backward_weights(device, args)
               : panel_backward_weights(device, maker == OPENCL_MAKER_PACKED, args);
}

int maker_backward_input(struct opencl_device *device, enum opencl_maker maker,
                         const struct dense_backward_input *args)
{
    return maker == OPENCL_MAKER_CLBLAST ? clblast_backward_input(device, args)
           : maker == OPENCL_MAKER_TILE
               ? tile_backward_input(device, args)
               : panel_backward_input(device, maker == OPENCL_MAKER_PACKED, args);
}

/* By the maker of the gradient's product, if its kernels know steps. */
int gemm_update(struct opencl_device *device, const struct dense_update *args)
{
    const struct gemm_verdict shape = {PRODUCT_BACKWARD_WEIGHTS, args->rows, args->inputs,
                                       args->outputs, 0};
    enum opencl_maker maker;
    const int rc = gemm_maker(device, shape, &maker);

    if (rc != INCLINE_OK)
        return rc;
    return maker == OPENCL_MAKER_PANEL || maker == OPENCL_MAKER_PACKED
               ? panel_update(device, maker == OPENCL_MAKER_PACKED, args)
               : dense_update_in_two(&device->base, args);
}

/* A slot: find the maker of this shape, and have it make the product. */
#define GEMM(slot, which)                                                                      \
    int gemm_##slot(struct opencl_device *device, const struct dense_##slot *args)             \
    {                                                                                          \
        const struct gemm_verdict shape = {which, args->rows, args->inputs, args->outputs, 0}; \
        enum opencl_maker maker;                                                               \
        const int rc = gemm_maker(device, shape, &maker);                                      \
        return rc != INCLINE_OK ? rc : maker_##slot(device, maker, args);                      \
    }

GEMM(forward, PRODUCT_FORWARD)
GEMM(backward_weights, PRODUCT_BACKWARD_WEIGHTS)
GEMM(backward_input, PRODUCT_BACKWARD_INPUT)
