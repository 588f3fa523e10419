/* certify.c - the first use of a network on a device: a step in lockstep with the reference. */
#include "host/net/certify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/backend/check.h"
#include "host/net/plan.h"
#include "host/util/cache.h"
#include "host/util/rng.h"
#include "host/util/status.h"

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

/* A batch of uniform inputs and labels that run through the classes. */
static int made_up_batch(struct plan *plan, uint32_t rows)
{
    const uint32_t inputs = plan->net->widths[0], classes = plan->net->widths[plan->net->layers];
    const size_t count = (size_t)rows * inputs;
    float *x = malloc(count * sizeof *x);
    uint32_t *labels = malloc(rows * sizeof *labels);
    int rc = INCLINE_OK;

    if (x == NULL || labels == NULL) {
        rc = FAIL(INCLINE_ENOMEM, "no memory to check %u rows", rows);
        goto out;
    }
    for (size_t i = 0; i < count; i++)
        x[i] = rng_uniform(1, RNG_STREAM(RNG_TEST, 0), i);
    for (uint32_t r = 0; r < rows; r++)
        labels[r] = r % classes;
    TRY(plan->dev->ops->upload(plan->dev, plan_input(plan), ELEMENT_F32, count, x));
    TRY(plan->dev->ops->upload(plan->dev, plan_labels(plan), ELEMENT_U32, rows, labels));
out:
    free(x);
    free(labels);
    return rc;
}

/* A step in two passes on the lockstep device, so that adding up gradients is seen too. */
static int checked_step(struct incline_device *check, const struct net *net, uint32_t rows)
{
    struct plan plan = {0};
    float *params = malloc(net->param_count * sizeof *params);
    int rc = INCLINE_OK;

    if (params == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for %zu parameters", net->param_count);
    net_init_params(net, INCLINE_INIT_HE, 1, params);
    TRY(plan_create(&plan, check, net, rows));
    TRY(plan_set_params(&plan, params));
    TRY(made_up_batch(&plan, plan.rows));
    TRY(plan_gradients(&plan, plan.rows, 0.5f / (float)plan.rows, false));
    TRY(plan_gradients(&plan, plan.rows, 0.5f / (float)plan.rows, true));
    TRY(plan_update(&plan, 0.1f));
out:
    plan_destroy(&plan);
    free(params);
    return rc;
}

int certify(struct incline_device *dev, const struct net *net, uint32_t batch)
{
    const uint32_t rows = affordable_rows(net, batch);
    struct incline_device *check = NULL;
    unsigned char *data = NULL;
    char key[4096];
    size_t bytes;

    if (dev->key == NULL)
        return INCLINE_OK;
    int rc = certificate_key(dev, net, rows, key, sizeof key);
    if (rc != INCLINE_OK)
        return rc;
    if (cache_load(key, &data, &bytes)) {
        free(data);
        return INCLINE_OK;
    }
    rc = check_open(dev, false, true, &check);
    if (rc != INCLINE_OK)
        return rc;
    rc = checked_step(check, net, rows);
    check->ops->close(check);
    if (rc == INCLINE_OK)
        cache_store(key, "right", 5);
    return rc;
}
