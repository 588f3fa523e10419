/* test_bench.c - measurement: what the device can do at most, and that nothing wrong is timed. */
#include <math.h>

#include "host/backend/backend.h"
#include "support.h"

/* Whatever computes at all makes a thousand operations a second, and nothing makes 1e17. */
static void expect_plausible(const char *what, double rate)
{
    cr_expect(rate >= 1e3 && rate <= 1e17, "%s: %g a second", what, rate);
}

Test(bench, peaks_are_measured_and_plausible)
{
    incline_device *dev = test_device();
    double flops = NAN, bytes = NAN;

    require_ok(dev->ops->measure_peak(dev, &flops, &bytes));
    expect_plausible("arithmetic", flops);
    expect_plausible("memory", bytes);
    incline_device_close(dev);
}
