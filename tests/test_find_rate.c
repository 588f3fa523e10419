/* test_find_rate.c - what the losses of a learning rate search say: on made-up losses. */
#include <math.h>

#include "host/train/find_rate.h"
#include "host/util/rng.h"
#include "tests/support.h"

/* Flat, then down and steepest at point 150, then up from 200 on; with noise, and its average. */
static void make(struct incline_rate_point points[INCLINE_RATE_POINTS], double noise)
{
    for (uint32_t i = 0; i < INCLINE_RATE_POINTS; i++) {
        const double down = 1.0 / (1.0 + exp((150.0 - i) / 8.0));
        const double up = i > 200 ? pow((i - 200) / 20.0, 2.0) : 0.0;
        const double u = (double)rng_uniform(3, RNG_TEST, i) - 0.5;
        const double loss = 2.0 - down + up + noise * u;
        points[i] = (struct incline_rate_point){
            .rate = pow(10.0, (i - 200.0) / 50.0),
            .loss = loss,
            .smoothed = i == 0 ? loss : 0.7 * points[i - 1].smoothed + 0.3 * loss};
    }
}

static void expect_about(double found, const struct incline_rate_point *points, uint32_t from,
                         uint32_t to)
{
    cr_expect(found >= points[from].rate && found <= points[to].rate, "%g to %g expected, %g found",
              points[from].rate, points[to].rate, found);
}

Test(find_rate, the_suggestion_is_where_the_loss_falls_most_steeply)
{
    struct incline_rate_point points[INCLINE_RATE_POINTS];

    make(points, 0.0); /* the average is about two points behind */
    expect_about(rate_suggest(points, INCLINE_RATE_POINTS), points, 150, 155);
    make(points, 0.33);
    expect_about(rate_suggest(points, INCLINE_RATE_POINTS), points, 140, 165);
}

/* As with batches of a few samples: the first losses may be small by chance. */
Test(find_rate, the_first_averages_are_no_minimum)
{
    struct incline_rate_point points[INCLINE_RATE_POINTS];

    make(points, 0.0);
    for (uint32_t i = 0; i < 8; i++)
        points[i].smoothed = 0.5;
    expect_about(rate_suggest(points, INCLINE_RATE_POINTS), points, 150, 155);
}

Test(find_rate, losses_that_do_not_fall_suggest_nothing)
{
    struct incline_rate_point points[INCLINE_RATE_POINTS];

    for (uint32_t i = 0; i < INCLINE_RATE_POINTS; i++)
        points[i] = (struct incline_rate_point){1.0 + i, 1.0, 1.0};
    for (uint32_t count = 0; count <= INCLINE_RATE_POINTS; count++)
        cr_expect(rate_suggest(points, count) == 0.0, "%u points", count);
    for (uint32_t i = 0; i < INCLINE_RATE_POINTS; i++) /* noise alone */
        points[i].smoothed = 1.0 + (double)rng_uniform(4, RNG_TEST, i);
    cr_expect(rate_suggest(points, INCLINE_RATE_POINTS) == 0.0);
    for (uint32_t i = 0; i < INCLINE_RATE_POINTS; i++)
        points[i].smoothed = 1.0 + i;
    cr_expect(rate_suggest(points, INCLINE_RATE_POINTS) == 0.0);
}
