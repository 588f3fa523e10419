/* certify.c - the first use of a network on a device: a step in lockstep with the reference. */
#include "host/net/certify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/backend/check.h"
#include "host/net/plan.h"
#include "host/util/cache.h"
#include "host/util/rng.h"
#include "host/util/status.h"

/* What the cache keeps of an examination. */
static const char verdict_right[] = "right", verdict_layered[] = "right by layers";

/* The reference and the bounds cost about 12 operations for each weight and row. */
static uint32_t affordable_rows(const struct net *net, uint32_t batch)
{
    const double rows = 2e9 / (12.0 * (double)net->weight_count);
    return rows > batch ? batch : rows < 8.0 ? (batch < 8 ? batch : 8) : (uint32_t)rows;
}

static int certificate_key(const struct incline_device *dev, const struct net *net, uint32_t rows,
                           char *key, size_t bytes)
{
    const uint64_t hash =
        cache_hash(CACHE_HASH_START, net->widths, (net->layers + 1) * sizeof net->widths[0]);
    const int used = snprintf(
        key, bytes, "%scertificate for %u layers, widths %016" PRIx64 ", activation %d, %u rows",
        dev->key, net->layers, hash, (int)net->activation, rows);
    return used > 0 && (size_t)used < bytes ? INCLINE_OK
                                            : FAIL(INCLINE_EDEVICE, "the device's key is too long");
}

/* A resident data set of uniform bytes, with labels that run through the
 * classes. */
struct made_up {
    struct samples samples;
    struct buffer *values, *words, *scaling;
};

static struct span made_up_order(const struct made_up *set)
{
    return (struct span){set->words, set->samples.rows};
}

static void made_up_destroy(struct made_up *set, struct incline_device *dev)
{
    dev->ops->buffer_destroy(dev, set->values);
    dev->ops->buffer_destroy(dev, set->words);
    dev->ops->buffer_destroy(dev, set->scaling);
}

/* words: [ labels | order ], scaling: [ scale | shift ]. */
static int made_up_create(struct made_up *set, struct incline_device *dev, const struct net *net,
                          uint32_t rows)
{
    const uint32_t features = net->widths[0], classes = net->widths[net->layers];
    const size_t count = (size_t)rows * features;
    unsigned char *values = malloc(count);
    uint32_t *labels = malloc(rows * sizeof *labels);
    int rc = INCLINE_OK;

    if (values == NULL || labels == NULL) {
        rc = FAIL(INCLINE_ENOMEM, "no memory to check %u rows", rows);
        goto out;
    }
    for (size_t i = 0; i < count; i++)
        values[i] = (unsigned char)rng_bits(1, RNG_STREAM(RNG_TEST, 0), i);
    for (uint32_t r = 0; r < rows; r++)
        labels[r] = r % classes;
    TRY(dev->ops->buffer_create(dev, count, &set->values));
    TRY(dev->ops->buffer_create(dev, 2 * (size_t)rows * sizeof *labels, &set->words));
    TRY(dev->ops->buffer_create(dev, 2 * (size_t)features * sizeof(float), &set->scaling));
    set->samples = (struct samples){.values = {set->values, 0},
                                    .labels = {set->words, 0},
                                    .scale = {set->scaling, 0},
                                    .shift = {set->scaling, features},
                                    .element = ELEMENT_U8,
                                    .rows = rows,
                                    .features = features};
    TRY(dev->ops->upload(dev, set->samples.values, ELEMENT_U8, count, values));
    TRY(dev->ops->upload(dev, set->samples.labels, ELEMENT_U32, rows, labels));
    TRY(dev->ops->fill(dev, &(struct fill){set->samples.scale, features, 1.0f / 255.0f}));
    TRY(dev->ops->fill(dev, &(struct fill){set->samples.shift, features, 0.0f}));
    TRY(dev->ops->shuffle(dev,
                          &(struct shuffle){.order = made_up_order(set), .n = rows, .seed = 1}));
out:
    free(values);
    free(labels);
    return rc;
}

/* A step of each kind on the lockstep device. Layer by layer it goes in two passes, as evaluation
 * and larger batches do. */
static int checked_steps(struct incline_device *check, const struct net *net, uint32_t rows,
                         bool layered)
{
    struct plan plan = {0};
    struct made_up set = {.values = NULL};
    float *params = malloc(net->param_count * sizeof *params);
    int rc = INCLINE_OK;

    if (params == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for %zu parameters", net->param_count);
    check->layered = layered;
    net_init_params(net, INCLINE_INIT_HE, 1, params);
    TRY(plan_create(&plan, check, net, rows));
    TRY(plan_set_params(&plan, params));
    TRY(made_up_create(&set, check, net, rows));
    TRY(plan_steps(&plan, &set.samples, made_up_order(&set), rows, 1, 0.1f));
    if (layered) {
        TRY(plan_gradients(&plan, plan.rows, 0.5f / (float)plan.rows, false));
        TRY(plan_gradients(&plan, plan.rows, 0.5f / (float)plan.rows, true));
    }
out:
    made_up_destroy(&set, check);
    plan_destroy(&plan);
    free(params);
    return rc;
}

/* Both kinds of step. A device whose whole step is wrong or does not compile, but not its layers,
 * is right when it goes layer by layer: *layered. */
static int examine(struct incline_device *dev, const struct net *net, uint32_t rows, bool *layered)
{
    struct incline_device *check = NULL;
    int rc = check_open(dev, false, true, &check);

    if (rc != INCLINE_OK)
        return rc;
    *layered = dev->layered;
    rc = checked_steps(check, net, rows, true);
    if (rc == INCLINE_OK && dev->ops->train_steps != NULL && !dev->layered) {
        rc = checked_steps(check, net, rows, false);
        if (rc == INCLINE_EVERIFY || rc == INCLINE_EBUILD) {
            *layered = true;
            rc = INCLINE_OK;
        }
    }
    check->ops->close(check);
    return rc;
}

int certify(struct incline_device *dev, const struct net *net, uint32_t batch)
{
    const uint32_t rows = affordable_rows(net, batch);
    unsigned char *data = NULL;
    bool layered;
    char key[4096];
    size_t bytes;

    if (dev->key == NULL)
        return INCLINE_OK;
    int rc = certificate_key(dev, net, rows, key, sizeof key);
    if (rc != INCLINE_OK)
        return rc;
    if (cache_load(key, &data, &bytes)) {
        layered = bytes != strlen(verdict_right);
        free(data);
    } else {
        rc = examine(dev, net, rows, &layered);
        if (rc != INCLINE_OK)
            return rc;
        const char *verdict = layered ? verdict_layered : verdict_right;
        cache_store(key, verdict, strlen(verdict));
    }
    if (layered && !dev->layered) {
        dev->layered = true;
        snprintf(
            dev->remark, sizeof dev->remark,
            "its kernel of whole training steps is wrong or does not compile, so it goes layer by "
            "layer");
    }
    return INCLINE_OK;
}
