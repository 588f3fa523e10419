/* reference_peak.c - what plain loops in C reach on one thread of the host. */
#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "host/backend/reference.h"
#include "host/util/clock.h"
#include "host/util/status.h"

/* Sums that go side by side, so that a compiler may use vectors and latency is hidden. */
enum { SUMS = 48, ROUNDS = 1 << 20, RUNS = 4 };

/* Each way: larger than caches. */
static const size_t copy_bytes = (size_t)64 << 20;

/* Best of RUNS, in operations per second: sums[i] = sums[i] * factor + term, ROUNDS times. */
static int measure_arithmetic(double *flops)
{
    const volatile float one = 1.0f; /* read at run time, so that nothing is folded away */
    double best = DBL_MAX;

    for (int run = 0; run < RUNS; run++) {
        const float factor = one, term = one;
        const double start = clock_seconds();
        float sums[SUMS];

        for (int i = 0; i < SUMS; i++)
            sums[i] = (float)i;
        for (int round = 0; round < ROUNDS; round++)
            for (int i = 0; i < SUMS; i++)
                sums[i] = sums[i] * factor + term;
        const double seconds = clock_seconds() - start;
        for (int i = 0; i < SUMS; i++)
            if (!(sums[i] == (float)(ROUNDS + i)))
                return FAIL(INCLINE_EVERIFY,
                            "the host's compiler adds 1 wrongly: %.9g after %d rounds from %d, "
                            "%d expected",
                            (double)sums[i], ROUNDS, i, ROUNDS + i);
        best = seconds < best ? seconds : best;
    }
    *flops = 2.0 * SUMS * ROUNDS / best;
    return INCLINE_OK;
}

/* Best of RUNS copies, in bytes read and written per second. The pointer is read at run time, so
 * that no compiler leaves a copy out. */
static int measure_memory(double *bytes)
{
    void *(*const volatile copy)(void *restrict, const void *restrict, size_t) = memcpy;
    unsigned char *from = malloc(copy_bytes), *to = malloc(copy_bytes);
    double best = DBL_MAX;
    int rc = INCLINE_OK;

    if (from == NULL || to == NULL) {
        rc = FAIL(INCLINE_ENOMEM, "two times %zu bytes to measure how fast memory is", copy_bytes);
        goto out;
    }
    for (int run = 0; run < RUNS; run++) {
        memset(from, run + 1, copy_bytes);
        const double start = clock_seconds();
        (void)copy(to, from, copy_bytes);
        const double seconds = clock_seconds() - start;
        if (to[0] != run + 1 || to[copy_bytes - 1] != run + 1) {
            rc = FAIL(INCLINE_EVERIFY, "%zu bytes of host memory were not copied", copy_bytes);
            goto out;
        }
        if (run > 0) /* the first one also gets its pages from the system */
            best = seconds < best ? seconds : best;
    }
    *bytes = 2.0 * (double)copy_bytes / best;
out:
    free(from);
    free(to);
    return rc;
}

int reference_measure_peak(struct incline_device *dev, double *flops, double *bytes)
{
    double arithmetic = 0.0, memory = 0.0;

    (void)dev;
    int rc = measure_arithmetic(&arithmetic);
    if (rc == INCLINE_OK)
        rc = measure_memory(&memory);
    if (rc != INCLINE_OK)
        return rc;
    *flops = arithmetic;
    *bytes = memory;
    return INCLINE_OK;
}
