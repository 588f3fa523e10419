/* reference_noise.c - dropout and noise, element by element. */
#include <math.h>

#include "host/backend/reference.h"
#include "host/util/rng.h"

/* The block that element i takes a word of. */
static void block_of(const struct draws *draws, size_t i, uint32_t words[4])
{
    const uint64_t at = draws->first + i;
    rng_block(draws->seed, draws->stream, (uint64_t)draws->step << 32 | (8 * (at / 32) + at % 8),
              words);
}

uint32_t reference_draw(const struct draws *draws, size_t i)
{
    uint32_t words[4];
    block_of(draws, i, words);
    return words[(draws->first + i) % 32 / 8];
}

double reference_normal(const struct draws *draws, size_t i)
{
    const size_t word = (draws->first + i) % 32 / 8;
    const double turn = 2.0 * acos(-1.0);
    uint32_t words[4];

    block_of(draws, i, words);
    const uint32_t *pair = words + word / 2 * 2;
    const double u = (1.0 + (pair[0] >> 8)) * 0x1p-24, v = (pair[1] >> 8) * 0x1p-24;
    return sqrt(-2.0 * log(u)) * (word % 2 == 0 ? cos(turn * v) : sin(turn * v));
}

int reference_dropout(struct incline_device *dev, const struct dropout *args)
{
    (void)dev;
    float *x = reference_data(args->x, ELEMENT_F32);
    const float factor = 1.0f / (1.0f - args->rate);
    const uint32_t below = (uint32_t)((double)args->rate * 0x1p32);

    for (size_t i = 0; i < args->count; i++)
        x[i] = reference_draw(&args->draws, i) < below ? 0.0f : x[i] * factor;
    return INCLINE_OK;
}

int reference_add_noise(struct incline_device *dev, const struct add_noise *args)
{
    (void)dev;
    float *x = reference_data(args->x, ELEMENT_F32);

    for (size_t i = 0; i < args->count; i++)
        x[i] = (float)((double)x[i] + (double)args->deviation * reference_normal(&args->draws, i));
    return INCLINE_OK;
}
