/* noise.c - what is drawn anew in each step: who is dropped, and how inputs tremble. */
#include "host/net/noise.h"

#include <math.h>

#include "host/net/plan_room.h"
#include "host/util/rng.h"
#include "host/util/size.h"
#include "host/util/status.h"

bool noise_is_none(const struct incline_noise *noise)
{
    return noise->dropout == 0.0f && noise->dropout_input == 0.0f && noise->input_noise == 0.0f;
}

int noise_check(const struct incline_noise *noise)
{
    const float rates[] = {noise->dropout, noise->dropout_input};

    for (int i = 0; i < 2; i++)
        if (!(rates[i] >= 0.0f && rates[i] < 1.0f))
            return FAIL(INCLINE_EARG,
                        "dropout%s of %g; it is the chance of a neuron to be 0: from 0 to below 1, "
                        "0.5 is usual for hidden layers and 0.2 for inputs",
                        i == 0 ? "" : " of inputs", (double)rates[i]);
    if (!(noise->input_noise >= 0.0f) || isinf(noise->input_noise))
        return FAIL(INCLINE_EARG,
                    "input noise of %g; it is a standard deviation: 0 or more, and finite",
                    (double)noise->input_noise);
    return INCLINE_OK;
}

/* Draws for what is `width` wide, in layer l, in the pass that is under way. */
static struct draws draws(const struct plan *plan, enum rng_use use, uint32_t l, uint32_t width)
{
    const size_t of_a_pass = size_round_up((size_t)plan->rows * width, DRAWS_ALIGNMENT);
    return (struct draws){.seed = plan->method.seed,
                          .stream = RNG_STREAM(use, l),
                          .step = (uint32_t)plan->step,
                          .first = (uint64_t)plan->pass * of_a_pass};
}

static int drop(struct plan *plan, uint32_t l, struct span x, uint32_t rows, float rate)
{
    const uint32_t width = plan->net->widths[l];
    const struct dropout args = {.x = x,
                                 .count = (size_t)rows * width,
                                 .rate = rate,
                                 .draws = draws(plan, RNG_DROPOUT, l, width)};
    return rate > 0.0f ? plan->dev->ops->dropout(plan->dev, &args) : INCLINE_OK;
}

int noise_on_input(struct plan *plan, uint32_t rows)
{
    const struct incline_noise *noise = &plan->method.noise;
    const uint32_t width = plan->net->widths[0];
    const struct add_noise args = {.x = plan_input(plan),
                                   .count = (size_t)rows * width,
                                   .deviation = noise->input_noise,
                                   .draws = draws(plan, RNG_NOISE, 0, width)};
    int rc = INCLINE_OK;

    if (noise->input_noise > 0.0f)
        rc = plan->dev->ops->add_noise(plan->dev, &args);
    return rc == INCLINE_OK ? drop(plan, 0, plan_input(plan), rows, noise->dropout_input) : rc;
}

int noise_on_hidden(struct plan *plan, uint32_t l, uint32_t rows)
{
    return drop(plan, l, (struct span){plan->arena, plan->a[l]}, rows, plan->method.noise.dropout);
}

/* The gradient without its factors must not sink below what a float holds. */
static const float most_owed = 1e6f;

int noise_on_gradient(struct plan *plan, uint32_t l, uint32_t rows, float *owed)
{
    const float rate = plan->method.noise.dropout;
    const float more = rate > 0.0f ? *owed * dropout_factor(rate) : *owed;

    if (plan_fused(plan->net, l - 1) == INCLINE_RELU && more <= most_owed) {
        *owed = more;
        return INCLINE_OK;
    }
    return drop(plan, l, (struct span){plan->arena, plan->d[l]}, rows, rate);
}
