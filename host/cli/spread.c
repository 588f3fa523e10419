/* spread.c - mean, standard deviation and Student's interval of a few values. */
#include "spread.h"

#include <math.h>

static const double HALF_TURN = 1.57079632679489661923, CONFIDENCE = 0.95;

/* P(|T| <= t) for t = sqrt(freedom) tan(angle): the finite sums of Abramowitz and Stegun,
 * 26.7.3 for odd and 26.7.4 for even degrees of freedom. */
static double within(double angle, uint32_t freedom)
{
    const double c = cos(angle), s = sin(angle);
    const uint32_t odd = freedom % 2;
    double term = odd ? c : 1.0, sum = 0.0;

    for (uint32_t k = odd; k + 2 <= freedom; k += 2) {
        sum += term;
        term *= c * c * (double)(k + 1) / (double)(k + 2);
    }
    return odd ? (angle + s * sum) / HALF_TURN : s * sum;
}

/* The t that |T| does not exceed with probability CONFIDENCE. The angle is halved upon until
 * doubles hold no further one between. */
static double student(uint32_t freedom)
{
    double low = 0.0, high = HALF_TURN;

    for (;;) {
        const double angle = low + (high - low) / 2.0;
        if (angle <= low || angle >= high)
            return sqrt((double)freedom) * tan(angle);
        if (within(angle, freedom) < CONFIDENCE)
            low = angle;
        else
            high = angle;
    }
}

struct spread spread_of(const double *values, uint32_t count)
{
    struct spread s = {count, (double)NAN, (double)NAN, (double)NAN, (double)NAN};
    double sum = 0.0, squares = 0.0;

    if (count == 0)
        return s;
    for (uint32_t i = 0; i < count; i++)
        sum += values[i];
    s.mean = sum / count;
    if (count == 1)
        return s;
    for (uint32_t i = 0; i < count; i++)
        squares += (values[i] - s.mean) * (values[i] - s.mean);
    s.deviation = sqrt(squares / (count - 1));
    const double reach = student(count - 1) * s.deviation / sqrt((double)count);
    s.low = s.mean - reach;
    s.high = s.mean + reach;
    return s;
}
