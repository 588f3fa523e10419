/* find_rate_suggest.c - what the losses of a learning rate search say. Knows no device. */
#include <math.h>

#include "host/train/find_rate.h"

/* A fall is measured from so many points before to so many after. At the first points, whose
 * averages are of a few losses only, it is not; and the next are of rates at which nothing is
 * learned, so that what moves there is the noise of batches, and a fall must be larger. */
enum { REACH = 8, QUIET = 2 * REACH, LEARNING = QUIET + 40, CLEARLY = 2 };

static double fall_at(const struct incline_rate_point *points, uint32_t i)
{
    return points[i - REACH].smoothed - points[i + REACH].smoothed;
}

double rate_suggest(const struct incline_rate_point *points, uint32_t count)
{
    uint32_t least = LEARNING, steepest = 0;
    double noise = 0.0, most = 0.0;

    for (uint32_t i = QUIET; i < LEARNING && i + REACH < count; i++)
        noise = fmax(noise, fabs(fall_at(points, i)));
    for (uint32_t i = LEARNING; i < count; i++)
        if (points[i].smoothed < points[least].smoothed)
            least = i;
    for (uint32_t i = LEARNING; i <= least && i + REACH < count; i++)
        if (fall_at(points, i) > most) {
            most = fall_at(points, i);
            steepest = i;
        }
    return most > CLEARLY * noise ? points[steepest].rate : 0.0;
}
