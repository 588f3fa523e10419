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

/* What the cache keeps of an examination. Only of whole steps a refusal is kept, too: a device that
 * is wrong in anything else is examined again, for it may have a better driver under the same name.
 */
static const char verdict_right[] = "right", verdict_wrong[] = "wrong";

static const char *const work_words[] = {
#define X(work, words) words,
    CERTIFIED_WORK(X)
#undef X
};

/* The reference and the bounds cost about 12 operations for each weight and row. */
static uint32_t affordable_rows(const struct net *net, uint32_t batch)
{
    const double rows = 2e9 / (12.0 * (double)net->weight_count);
    return rows > batch ? batch : rows < 8.0 ? (batch < 8 ? batch : 8) : (uint32_t)rows;
}

/* What a method is, but for its seed; 0 where it is plain. */
static uint64_t method_hash(const struct method *method)
{
    if (method_is_plain(method))
        return 0;
    struct method rest = *method;
    rest.seed = 0;
    memset(&rest.loss, 0, sizeof rest.loss); /* holds a pointer */
    const struct loss *loss = &method->loss;
    const float numbers[] = {(float)loss->kind, loss->smoothing, loss->delta,
                             loss->class_weights != NULL};
    return cache_hash(cache_hash(CACHE_HASH_START, &rest, sizeof rest), numbers, sizeof numbers);
}

static int certificate_key(const struct incline_device *dev, const struct net *net,
                           const struct method *method, enum certified_work work,
                           enum element element, uint32_t rows, char *key, size_t bytes)
{
    uint64_t hash =
        cache_hash(CACHE_HASH_START, net->widths, (net->layers + 1) * sizeof net->widths[0]);
    if (!net_is_uniform(net))
        hash = cache_hash(hash, net->activations, net->layers * sizeof net->activations[0]);
    if (net->normalization != INCLINE_NORMALIZE_NONE)
        hash = cache_hash(hash, &net->normalization, sizeof net->normalization);
    const int used =
        snprintf(key, bytes,
                 "%scertificate of %s for %u layers, widths %016" PRIx64
                 ", activation %d, method %016" PRIx64 ", %u rows of %s",
                 dev->key, work_words[work], net->layers, hash, (int)net->activation,
                 method_hash(method), rows, element == ELEMENT_U8 ? "bytes" : "floats");
    return used > 0 && (size_t)used < bytes ? INCLINE_OK
                                            : FAIL(INCLINE_EDEVICE, "the device's key is too long");
}

/* A resident data set of uniform bytes, or of floats of the same values, with labels that run
 * through the classes, or targets that are 1 for the label's output and 0 for the others. */
struct made_up {
    struct samples samples;
    struct buffer *values, *words, *scaling, *targets;
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
    dev->ops->buffer_destroy(dev, set->targets);
}

/* Whole steps are done in one call, so that what a step leaves to the next is seen, too. */
enum { STEPS_AT_ONCE = 2 };

/* words: [ labels | order of each step ], scaling: [ scale | shift ]. */
static int made_up_create(struct made_up *set, struct incline_device *dev, const struct net *net,
                          enum element element, uint32_t rows)
{
    const uint32_t features = net->widths[0], classes = net->widths[net->layers];
    const size_t count = (size_t)rows * features, bytes = count * element_bytes(element);
    unsigned char *values = malloc(bytes);
    uint32_t *labels = malloc(rows * sizeof *labels);
    int rc = INCLINE_OK;

    if (values == NULL || labels == NULL) {
        rc = FAIL(INCLINE_ENOMEM, "no memory to check %u rows", rows);
        goto out;
    }
    for (size_t i = 0; i < count; i++) {
        const unsigned char byte = (unsigned char)rng_bits(1, RNG_STREAM(RNG_TEST, 0), i);
        const float value = byte;
        if (element == ELEMENT_U8)
            values[i] = byte;
        else
            memcpy(values + i * sizeof value, &value, sizeof value);
    }
    for (uint32_t r = 0; r < rows; r++)
        labels[r] = r % classes;
    TRY(dev->ops->buffer_create(dev, bytes, &set->values));
    TRY(dev->ops->buffer_create(dev, (1 + STEPS_AT_ONCE) * (size_t)rows * sizeof *labels,
                                &set->words));
    TRY(dev->ops->buffer_create(dev, 2 * (size_t)features * sizeof(float), &set->scaling));
    set->samples = (struct samples){.values = {set->values, 0},
                                    .labels = {set->words, 0},
                                    .scale = {set->scaling, 0},
                                    .shift = {set->scaling, features},
                                    .element = element,
                                    .rows = rows,
                                    .features = features};
    TRY(dev->ops->upload(dev, set->samples.values, element, count, values));
    TRY(dev->ops->upload(dev, set->samples.labels, ELEMENT_U32, rows, labels));
    TRY(dev->ops->fill(dev, &(struct fill){set->samples.scale, features, 1.0f / 255.0f}));
    TRY(dev->ops->fill(dev, &(struct fill){set->samples.shift, features, 0.0f}));
    for (size_t step = 0; step < STEPS_AT_ONCE; step++)
        TRY(dev->ops->shuffle(dev, &(struct shuffle){.order = {set->words, (1 + step) * rows},
                                                     .n = rows,
                                                     .seed = 1,
                                                     .stream = step}));
out:
    free(values);
    free(labels);
    return rc;
}

/* Add targets to a set. */
static int made_up_targets(struct made_up *set, struct incline_device *dev, uint32_t outputs)
{
    const size_t rows = set->samples.rows, count = rows * outputs;
    float *targets = calloc(count, sizeof *targets);
    int rc = INCLINE_OK;

    if (targets == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory to check %zu targets", count);
    for (size_t r = 0; r < rows; r++)
        targets[r * outputs + r % outputs] = 1.0f;
    TRY(dev->ops->buffer_create(dev, count * sizeof *targets, &set->targets));
    set->samples.targets = (struct span){set->targets, 0};
    set->samples.outputs = outputs;
    TRY(dev->ops->upload(dev, set->samples.targets, ELEMENT_F32, count, targets));
out:
    free(targets);
    return rc;
}

/* Layer by layer a step goes in one pass, and in two as larger batches do. */
static int layered_steps(struct plan *plan, const struct made_up *set)
{
    const uint32_t rows = plan->rows;
    int rc = INCLINE_OK;

    plan->dev->layered = true;
    TRY(plan_steps(plan, &set->samples, made_up_order(set), rows, 1, 0.1f));
    TRY(plan_gradients(plan, rows, 0.5f / (float)rows, false));
    TRY(plan_gradients(plan, rows, 0.5f / (float)rows, true));
    TRY(plan_update(plan, 0.1f));
out:
    return rc;
}

static int do_work(struct plan *plan, const struct made_up *set, enum certified_work work)
{
    const struct span logits = plan_logits(plan);
    const struct softmax softmax = {logits, logits, plan->rows,
                                    plan->net->widths[plan->net->layers]};
    int rc = INCLINE_OK;

    if (work == CERTIFY_WHOLE_STEPS)
        return plan_steps(plan, &set->samples, made_up_order(set), set->samples.rows, STEPS_AT_ONCE,
                          0.1f);
    if (work == CERTIFY_LAYERED_STEPS)
        return layered_steps(plan, set);
    TRY(plan_gather(plan, &set->samples, made_up_order(set), 0, plan->rows));
    TRY(plan_augment(plan, &set->samples, 0, plan->rows));
    TRY(plan_forward(plan, plan->rows));
    if (work == CERTIFY_LOSSES)
        TRY(plan_measure(plan, plan->rows));
    else if (!loss_has_targets(&plan->method.loss))
        TRY(plan->dev->ops->softmax(plan->dev, &softmax));
out:
    return rc;
}

/* The work on a device in lockstep with the reference. */
static int examine(struct incline_device *dev, const struct net *net, const struct method *method,
                   enum certified_work work, enum element element, uint32_t rows)
{
    struct incline_device *check = NULL;
    struct plan plan = {0};
    struct made_up set = {.values = NULL};
    float *params = malloc(net->param_count * sizeof *params);
    int rc = INCLINE_OK;

    if (params == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for %zu parameters", net->param_count);
    net_init_params(net, INCLINE_INIT_HE, 1, params);
    TRY(check_open(dev, false, true, &check));
    TRY(plan_create(&plan, check, net, method, rows));
    TRY(plan_set_params(&plan, params));
    TRY(made_up_create(&set, check, net, element, rows));
    if (loss_has_targets(&plan.method.loss))
        TRY(made_up_targets(&set, check, net->widths[net->layers]));
    TRY(do_work(&plan, &set, work));
out:
    if (check != NULL) {
        made_up_destroy(&set, check);
        plan_destroy(&plan);
        check->ops->close(check);
    }
    free(params);
    return rc;
}

/* What the cache knows, or else an examination says. *right is written on success. */
static int judge(struct incline_device *dev, const struct net *net, const struct method *method,
                 enum certified_work work, enum element element, uint32_t batch, bool *right)
{
    const uint32_t rows = affordable_rows(net, batch);
    unsigned char *data = NULL;
    char key[4096];
    size_t bytes;

    int rc = certificate_key(dev, net, method, work, element, rows, key, sizeof key);
    if (rc != INCLINE_OK)
        return rc;
    if (cache_load(key, &data, &bytes)) {
        *right = bytes == strlen(verdict_right) && memcmp(data, verdict_right, bytes) == 0;
        free(data);
        return INCLINE_OK;
    }
    rc = examine(dev, net, method, work, element, rows);
    const bool wrong = rc == INCLINE_EVERIFY || rc == INCLINE_EBUILD;
    if (rc != INCLINE_OK && !(wrong && work == CERTIFY_WHOLE_STEPS))
        return rc;
    const char *verdict = wrong ? verdict_wrong : verdict_right;
    cache_store(key, verdict, strlen(verdict));
    *right = !wrong;
    return INCLINE_OK;
}

int certify(struct incline_device *dev, const struct net *net, const struct method *method,
            enum certified_work work, enum element element, uint32_t batch)
{
    bool right;
    return dev->key == NULL ? INCLINE_OK : judge(dev, net, method, work, element, batch, &right);
}

int certify_steps(struct incline_device *dev, const struct net *net, const struct method *method,
                  enum element element, uint32_t batch)
{
    bool right = true;

    if (dev->key == NULL)
        return INCLINE_OK;
    if (plan_takes_whole_steps(dev, net, method, element, batch)) {
        const int rc = judge(dev, net, method, CERTIFY_WHOLE_STEPS, element, batch, &right);
        if (rc != INCLINE_OK || right)
            return rc;
        dev->layered = true;
        snprintf(
            dev->remark, sizeof dev->remark,
            "its kernel of whole training steps is wrong or does not compile, so it goes layer by "
            "layer");
    }
    return certify(dev, net, method, CERTIFY_LAYERED_STEPS, element, batch);
}
