/* verify.c - certify a device against the reference. */
#include "host/verify/verify.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "host/backend/check.h"
#include "host/util/clock.h"
#include "host/util/status.h"

void verify_row(struct verification *v, const char *group, const char *name, uint64_t checks,
                double worst, const char *where)
{
    struct incline_verify_row row = {
        .group = group,
        .name = name,
        .checks = checks,
        .worst = worst,
        .passed = checks > 0 && worst <= 1.0,
    };
    const double now = clock_seconds();

    snprintf(row.where, sizeof row.where, "%.255s", checks > 0 ? where : "nothing was compared");
    row.seconds = now - v->started;
    v->started = now;
    v->rows++;
    v->failed += !row.passed;
    if (v->report != NULL)
        v->report(v->user, &row);
}

void verify_failure(struct verification *v, const char *group, const char *name)
{
    char reason[256];
    snprintf(reason, sizeof reason, "%.255s", incline_last_error());
    verify_row(v, group, name, 1, HUGE_VAL, reason);
}

bool verify_offers_steps(const struct verification *v)
{
    const uint32_t widths[] = {1, 1};
    const struct train_steps smallest = {.widths = widths, .layers = 1, .rows = 1};

    return v->dev->ops->takes_train_steps != NULL &&
           v->dev->ops->takes_train_steps(v->dev, &smallest);
}

int incline_verify(const struct incline_device_options *options, bool quick,
                   incline_verify_fn report, void *user)
{
    struct verification v = {
        .quick = quick, .report = report, .user = user, .started = clock_seconds()};
    const char *name = options != NULL ? options->name : NULL;
    int rc = INCLINE_OK;

    if (name != NULL && strncmp(name, "check:", 6) == 0)
        return FAIL(INCLINE_EARG, "verify runs in lockstep with the reference by itself; name "
                                  "the device without \"check:\"");
    TRY(incline_device_open(options, &v.dev));
    TRY(check_open(v.dev, false, false, &v.check));
    TRY(verify_kernels(&v));
    TRY(verify_optimizers(&v));
    TRY(verify_gradients(&v));
    TRY(verify_training(&v));
    if (v.failed > 0)
        rc = FAIL(INCLINE_EVERIFY,
                  "%u of %u checks failed on %s; do not train on it, update its "
                  "driver or take another device (incline devices)",
                  v.failed, v.rows, v.dev->info.name);
out:
    if (v.check != NULL)
        v.check->ops->close(v.check);
    incline_device_close(v.dev);
    return rc;
}
