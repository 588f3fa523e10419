/* reference_noise.c - dropout and noise, element by element. */
#include <math.h>
#include <string.h>

#include "host/backend/reference.h"
#include "host/util/rng.h"

static void block_of(const struct draws *draws, uint64_t block, uint32_t words[4])
{
    rng_block(draws->seed, draws->stream, (uint64_t)draws->step << 32 | block, words);
}

/* Of a run of 1024 elements: bit 31 - v of dropped[w][lane] is element 256 w + 8 v + lane. */
enum { RUN = 1024, LANES = 8 };

static void draw_run(const struct draws *draws, float rate, uint64_t run,
                     uint32_t dropped[4][LANES])
{
    const uint32_t chance = dropout_chance(rate);
    int last = DROPOUT_BITS;

    while (!(chance >> (DROPOUT_BITS - last) & 1))
        last--;
    memset(dropped, 0, 4 * sizeof dropped[0]);
    for (int j = last; j > 0; j--)
        for (uint64_t lane = 0; lane < LANES; lane++) {
            const uint64_t block = LANES * (DROPOUT_BITS * run + (uint64_t)j - 1) + lane;
            uint32_t words[4];
            block_of(draws, block, words);
            for (size_t w = 0; w < 4; w++)
                dropped[w][lane] = chance >> (DROPOUT_BITS - j) & 1 ? dropped[w][lane] | words[w]
                                                                    : dropped[w][lane] & words[w];
        }
}

static bool is_dropped(uint32_t dropped[4][LANES], size_t n)
{
    return dropped[n / 256][n % LANES] >> (31 - n % 256 / LANES) & 1;
}

bool reference_dropped(const struct draws *draws, float rate, size_t i)
{
    const uint64_t n = draws->first + i;
    uint32_t dropped[4][LANES];

    draw_run(draws, rate, n / RUN, dropped);
    return is_dropped(dropped, n % RUN);
}

double reference_normal(const struct draws *draws, size_t i)
{
    const uint64_t n = draws->first + i, word = n % 32 / 8;
    const double turn = 2.0 * acos(-1.0);
    uint32_t words[4];

    block_of(draws, 8 * (n / 32) + n % 8, words);
    const uint32_t *pair = words + word / 2 * 2;
    const double u = (1.0 + (pair[0] >> 8)) * 0x1p-24, v = (pair[1] >> 8) * 0x1p-24;
    return sqrt(-2.0 * log(u)) * (word % 2 == 0 ? cos(turn * v) : sin(turn * v));
}

int reference_dropout(struct incline_device *dev, const struct dropout *args)
{
    (void)dev;
    float *x = reference_data(args->x, ELEMENT_F32);
    const float factor = dropout_factor(args->rate);

    for (size_t begin = 0; begin < args->count; begin += RUN) {
        const size_t n = args->count - begin < RUN ? args->count - begin : RUN;
        uint32_t dropped[4][LANES];
        draw_run(&args->draws, args->rate, (args->draws.first + begin) / RUN, dropped);
        for (size_t i = 0; i < n; i++)
            x[begin + i] = is_dropped(dropped, i) ? 0.0f : x[begin + i] * factor;
    }
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
