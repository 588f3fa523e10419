/* test_tune.c - the tuner, on a device that lies: the reference with knobs that make it slow, wrong
 * or useless. What is wrong never wins, however fast it is. */
#include <stdio.h>
#include <stdlib.h>

#include "host/tune/tune.h"
#include "host/util/clock.h"
#include "host/util/status.h"
#include "tests/support.h"

enum { LIES, BROKEN, SLEEPS, KNOBS };

/* Microseconds of a forward product at each value of SLEEPS. */
static const double sleeps[] = {20.0, 40.0, 0.0};

struct liar {
    struct incline_device *dev;
    uint32_t values[KNOBS];
    char key[128];
};

static struct liar liars[8];
static size_t opened;
static struct backend reference_ops, liar_ops;
static uint32_t initial[KNOBS], kept[KNOBS];
static bool place_to_keep, was_kept, was_forgotten;
static char kept_for[128];

static struct liar *liar_of(struct incline_device *dev)
{
    size_t l = 0;
    while (l < opened && liars[l].dev != dev)
        l++;
    cr_assert(l < opened, "a device that nobody opened");
    return &liars[l];
}

static size_t knobs(struct incline_device *dev, struct knob *to)
{
    static const char *const names[] = {"LIES", "BROKEN", "SLEEPS"};
    for (size_t k = 0; k < KNOBS; k++)
        to[k] = (struct knob){.name = names[k],
                              .value = liar_of(dev)->values[k],
                              .initial = initial[k],
                              .candidates = {0, 1, 2},
                              .count = k == SLEEPS ? 3 : 2};
    return KNOBS;
}

static int set_knobs(struct incline_device *dev, const uint32_t *values)
{
    struct liar *liar = liar_of(dev);
    memcpy(liar->values, values, sizeof liar->values);
    snprintf(liar->key, sizeof liar->key, "liar %u %u %u\n", values[LIES], values[BROKEN],
             values[SLEEPS]);
    dev->key = liar->key;
    return INCLINE_OK;
}

static bool keep_knobs(struct incline_device *dev, const char *made_for)
{
    was_kept = place_to_keep;
    memcpy(kept, liar_of(dev)->values, sizeof kept);
    snprintf(kept_for, sizeof kept_for, "%s", made_for);
    return place_to_keep;
}

static void forget_knobs(struct incline_device *dev)
{
    (void)dev;
    was_forgotten = true;
}

static const char *tuned_for(struct incline_device *dev)
{
    (void)dev;
    return was_kept ? kept_for : NULL;
}

/* Wrong results come at once. */
static int dense_forward(struct incline_device *dev, const struct dense_forward *args)
{
    const struct liar *liar = liar_of(dev);
    const double start = clock_seconds();
    const int rc = reference_ops.dense_forward(dev, args);

    if (rc != INCLINE_OK)
        return rc;
    if (liar->values[BROKEN])
        return FAIL(INCLINE_EBUILD, "the kernel of BROKEN does not compile");
    if (liar->values[LIES])
        return reference_ops.fill(dev, &(struct fill){args->y, 1, 0.125f});
    while (clock_seconds() < start + 1e-6 * sleeps[liar->values[SLEEPS]])
        ;
    return INCLINE_OK;
}

static int open_liar(void *opener, struct incline_device **dev)
{
    (void)opener;
    cr_assert(opened < sizeof liars / sizeof liars[0], "%zu devices were opened", opened);
    require_ok(reference_open(dev));
    reference_ops = liar_ops = *(*dev)->ops;
    liar_ops.dense_forward = dense_forward;
    liar_ops.knobs = knobs;
    liar_ops.set_knobs = set_knobs;
    liar_ops.keep_knobs = keep_knobs;
    liar_ops.forget_knobs = forget_knobs;
    liar_ops.tuned_for = tuned_for;
    (*dev)->ops = &liar_ops;
    liars[opened++] = (struct liar){.dev = *dev};
    return set_knobs(*dev, initial);
}

struct rows {
    struct incline_tune_row row[64];
    size_t count;
};

static void take_row(void *user, const struct incline_tune_row *row)
{
    struct rows *rows = user;
    cr_assert(rows->count < 64);
    rows->row[rows->count++] = *row;
}

/* Tune with SLEEPS at `start`. */
static struct incline_tune_result tuned(uint32_t start, double seconds, struct rows *rows)
{
    static const uint32_t widths[] = {5, 4, 3};
    struct incline_tune_result result;
    struct net net;

    setenv("XDG_CACHE_HOME", test_path("cache"), 1);
    initial[SLEEPS] = start;
    require_ok(net_init(&net, widths, 3, INCLINE_RELU));
    const struct tune_work work = {.open = open_liar,
                                   .net = &net,
                                   .batch = 4,
                                   .seconds = seconds,
                                   .report = take_row,
                                   .user = rows};
    require_ok(tune(&work, &result));
    net_clear(&net);
    return result;
}

static void expect_outcome(const struct rows *rows, const char *knob, uint32_t value,
                           enum incline_tune_outcome outcome, const char *note)
{
    size_t seen = 0;
    for (size_t r = 0; r < rows->count; r++) {
        const struct incline_tune_row *row = &rows->row[r];
        if (strcmp(row->knob, knob) != 0 || row->value != value)
            continue;
        seen++;
        cr_expect(row->outcome == outcome, "%s=%u: outcome %d expected, %d found: %s", knob, value,
                  (int)outcome, (int)row->outcome, row->note);
        cr_expect(strstr(row->note, note) != NULL, "\"%s\" expected in: %s", note, row->note);
    }
    cr_expect(seen > 0, "%s=%u was not tried", knob, value);
}

Test(tune, what_is_wrong_or_broken_never_wins_and_the_fastest_that_is_right_is_kept)
{
    struct rows rows = {.count = 0};

    place_to_keep = true;
    const struct incline_tune_result result = tuned(0, 60.0, &rows);
    expect_outcome(&rows, "LIES", 1, INCLINE_TUNE_WRONG, "dense_forward");
    expect_outcome(&rows, "BROKEN", 1, INCLINE_TUNE_FAILED, "does not compile");
    expect_outcome(&rows, "SLEEPS", 1, INCLINE_TUNE_LOST, "");
    expect_outcome(&rows, "SLEEPS", 2, INCLINE_TUNE_WON, "");
    cr_expect(was_kept && !was_forgotten && result.kept);
    cr_expect(kept[LIES] == 0 && kept[BROKEN] == 0 && kept[SLEEPS] == 2,
              "LIES=%u BROKEN=%u SLEEPS=%u were kept", kept[LIES], kept[BROKEN], kept[SLEEPS]);
    cr_expect(strcmp(kept_for, "5-4-3, batch 4") == 0, "kept for \"%s\"", kept_for);
    cr_expect(result.tuning.count == KNOBS && result.tuning.knobs[SLEEPS].value == 2);
    cr_expect(result.tried == rows.count && result.wrong >= 1 && result.failed >= 1 &&
                  result.in_time,
              "%u tried, %u wrong, %u failed, %zu reported", result.tried, result.wrong,
              result.failed, rows.count);
    cr_expect(result.initial_seconds > 2.0 * result.tuned_seconds, "%g s before, %g s after",
              result.initial_seconds, result.tuned_seconds);
}

Test(tune, where_nothing_is_faster_nothing_is_kept)
{
    struct rows rows = {.count = 0};

    place_to_keep = true;
    const struct incline_tune_result result = tuned(2, 60.0, &rows);
    expect_outcome(&rows, "SLEEPS", 0, INCLINE_TUNE_LOST, "");
    expect_outcome(&rows, "SLEEPS", 1, INCLINE_TUNE_LOST, "");
    cr_expect(!was_kept && was_forgotten && !result.kept);
    cr_expect(result.tuning.knobs[SLEEPS].value == 2 && result.tuning.knobs[LIES].value == 0);
    cr_expect(result.initial_seconds == result.tuned_seconds && result.initial_seconds > 0.0);
}

Test(tune, a_tuning_that_cannot_be_kept_is_said_not_to_be)
{
    struct rows rows = {.count = 0};
    const struct incline_tune_result result = tuned(0, 60.0, &rows);
    cr_expect(!result.kept && result.tuning.knobs[SLEEPS].value == 2);
}

Test(tune, no_candidate_begins_when_the_time_is_up)
{
    struct rows rows = {.count = 0};
    const struct incline_tune_result result = tuned(0, 1e-9, &rows);
    cr_expect(rows.count == 0 && result.tried == 0 && !result.in_time && !was_kept);
}

Test(tune, a_device_without_knobs_is_no_failure)
{
    const struct incline_tune_options options = {.device = {.name = "reference"}};
    struct incline_tune_result result;
    bool was_tuned = true;

    require_ok(incline_tune(&options, NULL, NULL, &result));
    cr_expect(result.tuning.count == 0 && result.tried == 0 && !result.kept);
    cr_expect(strcmp(result.info.id, "reference") == 0);
    require_ok(incline_tune_reset(&options.device, &was_tuned));
    cr_expect(!was_tuned);
}

Test(tune, what_cannot_be_tuned_is_refused)
{
    static const uint32_t widths[] = {784};
    struct incline_tune_options options = {.device = {.name = "check:reference"}};
    struct incline_tune_result result;

    require_fails(incline_tune(&options, NULL, NULL, &result), INCLINE_EARG, "check:");
    options.device =
        (struct incline_device_options){.name = "reference", .widths = widths, .width_count = 1};
    require_fails(incline_tune(&options, NULL, NULL, &result), INCLINE_EARG, "");
}
