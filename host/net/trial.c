/* trial.c - steps on zeros, and how long they take. */
#include "host/net/trial.h"

#include <string.h>

#include "host/net/certify.h"
#include "host/util/clock.h"
#include "host/util/status.h"

/* Everything that is read as a word or a float lies in one buffer:
 * [ labels | order | scale | shift ]. */
static int zeros_create(struct trial *trial, struct incline_device *dev, uint32_t features)
{
    const uint32_t rows = trial->batch;
    const size_t ordered = trial->steps * (size_t)rows;
    const size_t words = rows + ordered + 2 * (size_t)features;
    const size_t value_words = ((size_t)rows * features + 3) / 4;
    int rc = INCLINE_OK;

    TRY(dev->ops->buffer_create(dev, value_words * sizeof(uint32_t), &trial->values));
    TRY(dev->ops->buffer_create(dev, words * sizeof(uint32_t), &trial->words));
    TRY(dev->ops->fill(dev, &(struct fill){{trial->values, 0}, value_words, 0.0f}));
    TRY(dev->ops->fill(dev, &(struct fill){{trial->words, 0}, words, 0.0f}));
    trial->order = (struct span){trial->words, rows};
    const size_t scale = trial->order.at + ordered;
    trial->samples = (struct samples){.values = {trial->values, 0},
                                      .labels = {trial->words, 0},
                                      .scale = {trial->words, scale},
                                      .shift = {trial->words, scale + features},
                                      .element = ELEMENT_U8,
                                      .rows = rows,
                                      .features = features};
    for (size_t s = 0; s < trial->steps; s++)
        TRY(dev->ops->shuffle(
            dev, &(struct shuffle){.order = {trial->words, rows + s * rows}, .n = rows}));
out:
    return rc;
}

static int queue_steps(struct trial *trial, uint32_t steps)
{
    struct incline_device *dev = trial->plan.dev;
    const int rc =
        plan_steps(&trial->plan, &trial->samples, trial->order, trial->batch, steps, 0.0f);
    return rc == INCLINE_OK ? dev->ops->finish(dev) : rc;
}

int trial_create(struct trial *trial, struct incline_device *dev, const struct net *net,
                 uint32_t batch, uint32_t steps)
{
    int rc = INCLINE_OK;

    memset(trial, 0, sizeof *trial);
    trial->batch = batch;
    trial->steps = steps;
    TRY(certify_steps(dev, net, NULL, ELEMENT_U8, batch));
    TRY(plan_create(&trial->plan, dev, net, NULL, batch));
    TRY(zeros_create(trial, dev, net->widths[0]));
    TRY(dev->ops->fill(dev, &(struct fill){{trial->plan.params, 0}, net->param_count, 0.01f}));
    TRY(queue_steps(trial, 1));
    return INCLINE_OK;
out:
    if (trial->plan.dev == NULL)
        trial->plan.dev = dev;
    trial_destroy(trial);
    return rc;
}

void trial_destroy(struct trial *trial)
{
    struct incline_device *dev = trial->plan.dev;

    if (dev == NULL)
        return;
    dev->ops->buffer_destroy(dev, trial->values);
    dev->ops->buffer_destroy(dev, trial->words);
    plan_destroy(&trial->plan);
    memset(trial, 0, sizeof *trial);
}

int trial_time(struct trial *trial, double least, double *seconds)
{
    const double start = clock_seconds();
    double taken = 0.0;
    uint32_t steps = 0;

    while (taken < least || steps == 0) {
        const int rc = queue_steps(trial, trial->steps);
        if (rc != INCLINE_OK)
            return rc;
        steps += trial->steps;
        taken = clock_seconds() - start;
    }
    *seconds = taken / steps;
    return INCLINE_OK;
}
