/* test_schedule.c - learning rates over a run, against recurrences worked out here; what does not
 * fit a run is refused. tests/torch/schedules.py holds the same against PyTorch. */
#include <math.h>

#include "host/train/schedule.h"
#include "tests/support.h"

static const double PI = 3.14159265358979323846;
static const struct schedule_span run = {.steps = 40, .epoch_steps = 4};

static double by_epoch(struct incline_schedule schedule, uint64_t epoch)
{
    return schedule_factor(&schedule, epoch * run.epoch_steps, run);
}

static void expect_near(double found, double wanted, const char *what, uint64_t at)
{
    cr_expect(fabs(found - wanted) <= 1e-12, "%s %u: %.17g expected, %.17g found", what,
              (unsigned)at, wanted, found);
}

Test(schedule, all_zero_is_a_constant_rate)
{
    const struct incline_schedule none = {0};

    for (uint64_t s = 0; s < run.steps; s++)
        cr_expect(schedule_factor(&none, s, run) == 1.0);
    cr_expect(schedule_same(&none, 0, run, 1000) == 1000);
}

Test(schedule, step_and_exponential_multiply_as_they_go)
{
    const struct incline_schedule step = {.kind = INCLINE_STEP, .decay_every = 3, .decay = 0.5f};
    const struct incline_schedule third = {.kind = INCLINE_STEP};
    const struct incline_schedule exponential = {.kind = INCLINE_EXPONENTIAL};
    const struct incline_schedule smooth = {.kind = INCLINE_EXPONENTIAL, .by = INCLINE_BY_STEP};
    const struct incline_schedule given = {
        .kind = INCLINE_EXPONENTIAL, .by = INCLINE_BY_STEP, .decay = 0.5f};
    double a = 1.0, b = 1.0, c = 1.0;

    for (uint64_t e = 0; e < 10; e++) {
        if (e > 0 && e % 3 == 0) {
            a *= 0.5;
            b *= 0.1;
        }
        c *= e > 0 ? 0.95 : 1.0;
        expect_near(by_epoch(step, e), a, "step, epoch", e);
        expect_near(by_epoch(third, e), b, "a third of ten epochs, epoch", e);
        expect_near(by_epoch(exponential, e), c, "exponential, epoch", e);
        expect_near(by_epoch(smooth, e), c, "exponential by step, epoch", e);
    }
    for (uint64_t s = 0; s + 1 < run.steps; s++) {
        const double before = schedule_factor(&smooth, s, run);
        expect_near(schedule_factor(&smooth, s + 1, run), before * pow(0.95, 0.25), "by step", s);
        expect_near(schedule_factor(&given, s, run), pow(0.5, (double)s), "as given, step", s);
    }
}

/* rate(t + 1) - last = (rate(t) - last) (1 + cos(pi (t + 1) / T)) / (1 + cos(pi t / T)). */
Test(schedule, cosine_follows_its_recurrence_and_goes_by_steps)
{
    const struct incline_schedule cosine = {
        .kind = INCLINE_COSINE, .by = INCLINE_BY_STEP, .last = 0.25f};
    double rate = 1.0;

    for (uint64_t s = 0; s < run.steps; s++) {
        expect_near(schedule_factor(&cosine, s, run), rate, "cosine, step", s);
        rate = 0.25 + (rate - 0.25) * (1.0 + cos(PI * (double)(s + 1) / 40.0)) /
                          (1.0 + cos(PI * (double)s / 40.0));
        cr_expect(schedule_same(&cosine, s, run, 4) == 1, "the rate of step %u lasts", (unsigned)s);
    }
}

Test(schedule, one_cycle_has_its_peak_at_thirty_per_cent_and_its_end_at_the_end)
{
    const struct incline_schedule cycle = {.kind = INCLINE_ONE_CYCLE, .by = INCLINE_BY_STEP};
    double before = 0.0;

    expect_near(schedule_factor(&cycle, 0, run), 1.0 / 25.0, "step", 0);
    expect_near(schedule_factor(&cycle, 11, run), 1.0, "step", 11);
    expect_near(schedule_factor(&cycle, 39, run), 1.0 / 250000.0, "step", 39);
    for (uint64_t s = 0; s < run.steps; s++) {
        const double rate = schedule_factor(&cycle, s, run);
        cr_expect(s == 0 || (s <= 11 ? rate > before : rate < before), "step %u", (unsigned)s);
        before = rate;
    }
}

Test(schedule, warm_up_rises_evenly_and_what_follows_begins_behind_it)
{
    const struct incline_schedule plain = {.kind = INCLINE_COSINE};
    const struct incline_schedule warm = {.kind = INCLINE_COSINE, .warmup = 4};
    const struct schedule_span shorter = {.steps = 24, .epoch_steps = 4};

    for (uint64_t e = 0; e < 4; e++)
        expect_near(by_epoch(warm, e), ((double)e + 1.0) / 5.0, "warm-up, epoch", e);
    for (uint64_t e = 4; e < 10; e++)
        expect_near(by_epoch(warm, e), schedule_factor(&plain, (e - 4) * 4, shorter), "epoch", e);
}

Test(schedule, numbers_that_a_kind_has_no_use_for_are_refused)
{
    static const struct {
        struct incline_schedule schedule;
        const char *says; /* NULL: it has */
    } rows[] = {
        {{.kind = INCLINE_COSINE, .decay = 0.5f}, "a decay goes with the schedules step"},
        {{.decay_every = 2}, "not with constant"},
        {{.kind = INCLINE_EXPONENTIAL, .patience = 2}, "goes with the schedule plateau"},
        {{.kind = INCLINE_ONE_CYCLE, .last = 0.5f}, "goes with the schedule cosine"},
        {{.kind = INCLINE_PLATEAU, .decay = 0.5f, .patience = 2, .warmup = 1}, NULL},
        {{.kind = INCLINE_STEP, .decay = 0.5f, .decay_every = 2}, NULL},
        {{.kind = INCLINE_EXPONENTIAL, .decay = 0.5f, .by = INCLINE_BY_STEP}, NULL},
        {{.kind = INCLINE_COSINE, .last = 0.5f}, NULL},
    };

    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
        if (rows[r].says != NULL)
            require_fails(schedule_check_numbers(&rows[r].schedule), INCLINE_EARG, rows[r].says);
        else
            require_ok(schedule_check_numbers(&rows[r].schedule));
}

/* The best epochs of a run of 40, and after which of them the rate falls. */
Test(schedule, a_plateau_falls_when_no_epoch_was_better_for_as_long_as_it_waits)
{
    static const uint32_t best[] = {1, 2, 2, 2, 5, 5, 5, 5, 5, 5, 5, 12, 12, 12, 12};
    static const uint32_t falls[] = {0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 3};
    const struct incline_schedule plateau = {.kind = INCLINE_PLATEAU, .patience = 3, .decay = 0.5f};
    struct plateau state = {0};
    struct schedule_span span = {.steps = 160, .epoch_steps = 4};

    for (uint32_t e = 0; e < sizeof best / sizeof *best; e++) {
        plateau_watch(&plateau, span, 1.0f, e + 1, best[e], &state);
        cr_expect(state.falls == falls[e], "epoch %u: %u falls expected, %u found", e + 1, falls[e],
                  state.falls);
        span.falls = state.falls;
        expect_near(schedule_factor(&plateau, 4 * (uint64_t)(e + 1), span), pow(0.5, falls[e]),
                    "epoch", e + 1);
    }
    cr_expect(schedule_same(&plateau, 8, span, 4) == 4);
}

Test(schedule, a_plateau_waits_for_the_warm_up_and_ten_epochs_or_a_third_of_the_run)
{
    static const struct {
        uint64_t epochs;
        uint32_t warmup, fall; /* the first epoch after which the rate falls */
    } rows[] = {{100, 0, 11}, {100, 8, 18}, {30, 0, 11}, {12, 0, 5}, {12, 6, 8}, {2, 0, 2}};

    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        const struct schedule_span span = {.steps = 4 * rows[r].epochs, .epoch_steps = 4};
        const struct incline_schedule by_epoch = {.kind = INCLINE_PLATEAU,
                                                  .warmup = rows[r].warmup};
        const struct incline_schedule by_step = {
            .kind = INCLINE_PLATEAU, .by = INCLINE_BY_STEP, .warmup = 4 * rows[r].warmup};
        struct plateau one = {0}, other = {0};
        for (uint32_t e = 1; e <= rows[r].fall; e++) {
            cr_expect(one.falls == 0 && other.falls == 0, "row %zu: epoch %u", r, e);
            plateau_watch(&by_epoch, span, 1.0f, e, 1, &one);
            plateau_watch(&by_step, span, 1.0f, e, 1, &other);
        }
        cr_expect(one.falls == 1 && other.falls == 1, "row %zu", r);
    }
}

/* A fall counts where it takes more than 1e-8 away: seven from 0.1, each to a tenth. */
Test(schedule, a_plateau_stops_falling_before_the_rate_is_nothing)
{
    enum { EPOCHS = 400 };
    const struct incline_schedule plateau = {.kind = INCLINE_PLATEAU, .patience = 2};
    const struct schedule_span span = {.steps = EPOCHS, .epoch_steps = 1};
    struct plateau from_tenth = {0}, from_little = {0};

    for (uint32_t e = 1; e <= EPOCHS; e++) {
        plateau_watch(&plateau, span, 0.1f, e, 1, &from_tenth);
        plateau_watch(&plateau, span, 1e-8f, e, 1, &from_little);
    }
    cr_expect(from_tenth.falls == 7 && from_little.falls == 0, "%u and %u falls", from_tenth.falls,
              from_little.falls);
}

Test(schedule, a_plateau_survives_as_text_and_damage_is_seen)
{
    static const char *const bad[] = {"",
                                      "1",
                                      "0 0",
                                      "2 1",
                                      "1 2 ",
                                      "1 2 3",
                                      "-1 2",
                                      "1 x",
                                      "x",
                                      "99999999999 99999999999",
                                      "1 4294967296",
                                      "4294967296 4294967297"};
    const struct plateau plateau = {.falls = 3, .fell_at = UINT32_MAX};
    struct plateau read = {0};
    char text[PLATEAU_TEXT_BYTES];

    plateau_to_text(&plateau, text);
    cr_assert(plateau_from_text(text, &read), "%s", text);
    cr_expect(read.falls == 3 && read.fell_at == UINT32_MAX);
    for (size_t b = 0; b < sizeof bad / sizeof *bad; b++)
        cr_expect(!plateau_from_text(bad[b], &read) && read.falls == 3, "\"%s\"", bad[b]);
}

Test(schedule, what_does_not_fit_the_run_is_refused)
{
    static const struct schedule_span one = {.steps = 4, .epoch_steps = 4};
    static const struct schedule_span two = {.steps = 8, .epoch_steps = 4};
    static const struct schedule_span three = {.steps = 12, .epoch_steps = 4};
    static const struct {
        struct incline_schedule schedule;
        const struct schedule_span *span;
        const char *says; /* NULL: it fits */
    } rows[] = {
        {{.kind = INCLINE_STEP, .decay_every = 10},
         &run,
         "fall after 10 epochs, but the run has 10; take a smaller --decay-every, or train longer"},
        {{.kind = INCLINE_STEP, .decay_every = 9}, &run, NULL},
        {{.kind = INCLINE_STEP, .decay_every = 9, .by = INCLINE_BY_STEP, .warmup = 31},
         &run,
         "fall after 40 steps, but the run has 40"},
        {{.kind = INCLINE_STEP}, &one, "fall after 1 epoch, but the run has 1; let it change by"},
        {{.kind = INCLINE_STEP, .decay_every = 1, .warmup = 1},
         &two,
         "fall after 2 epochs, but the run has 2; let it change by step (--schedule-by step), or"},
        {{.kind = INCLINE_STEP}, &two, NULL},
        {{.kind = INCLINE_STEP, .by = INCLINE_BY_STEP}, &one, NULL},
        {{.warmup = 40, .by = INCLINE_BY_STEP}, &run, "a warm-up of 40 steps"},
        {{.kind = INCLINE_PLATEAU, .patience = 7, .warmup = 3},
         &run,
         "after 10 epochs at the earliest, but the run has 10; take a smaller --plateau-patience"},
        {{.kind = INCLINE_PLATEAU, .patience = 6, .warmup = 3}, &run, NULL},
        {{.kind = INCLINE_PLATEAU, .patience = 9}, &run, "after 10 epochs at the earliest"},
        {{.kind = INCLINE_PLATEAU, .patience = 8}, &run, NULL},
        {{.kind = INCLINE_PLATEAU, .patience = UINT32_MAX}, &run, "a smaller --plateau-patience"},
        {{.kind = INCLINE_PLATEAU, .by = INCLINE_BY_STEP},
         &two,
         "after 2 epochs at the earliest, but the run has 2; train longer"},
        {{.kind = INCLINE_PLATEAU}, &three, NULL},
        {{.kind = INCLINE_EXPONENTIAL}, &one, "needs 2 epochs or more, but the run has 1; let it"},
        {{.kind = INCLINE_EXPONENTIAL}, &two, NULL},
        {{.kind = INCLINE_ONE_CYCLE},
         &three,
         "one-cycle needs 4 epochs or more, but the run has 3; let it change by step "
         "(--schedule-by step), or train longer"},
        {{.kind = INCLINE_ONE_CYCLE, .warmup = 1, .by = INCLINE_BY_STEP},
         &one,
         "needs 4 steps or more after the warm-up, but the run has 3; train longer"},
        {{.kind = INCLINE_ONE_CYCLE, .by = INCLINE_BY_STEP}, &one, NULL},
        {{.kind = INCLINE_ONE_CYCLE, .warmup = 6}, &run, NULL},
        {{.kind = INCLINE_COSINE}, &one, NULL},
    };

    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
        if (rows[r].says != NULL)
            require_fails(schedule_check(&rows[r].schedule, *rows[r].span), INCLINE_EARG,
                          rows[r].says);
        else
            require_ok(schedule_check(&rows[r].schedule, *rows[r].span));
}

/* 0.5^23 is more than 1e-7, and 0.5^24 is not. */
Test(schedule, a_rate_that_has_fallen_to_nothing_by_half_of_the_run_is_refused)
{
    struct incline_schedule schedule = {
        .kind = INCLINE_EXPONENTIAL, .by = INCLINE_BY_STEP, .decay = 0.5f};
    const struct schedule_span lasts = {.steps = 47, .epoch_steps = 4};
    const struct schedule_span dies = {.steps = 48, .epoch_steps = 4};
    const struct schedule_span long_run = {.steps = 4000, .epoch_steps = 4};

    require_ok(schedule_check(&schedule, lasts));
    require_fails(schedule_check(&schedule, dies), INCLINE_EARG,
                  "after 24 steps, half of the run, the learning rate would be 6e-08 times");
    schedule.warmup = 24;
    require_ok(schedule_check(&schedule, dies));
    schedule = (struct incline_schedule){.kind = INCLINE_STEP, .decay_every = 1, .decay = 0.01f};
    require_fails(schedule_check(&schedule, run), INCLINE_EARG, "after 5 epochs, half of the run");
    schedule.decay_every = 2;
    require_ok(schedule_check(&schedule, run));
    schedule = (struct incline_schedule){.kind = INCLINE_EXPONENTIAL};
    require_fails(schedule_check(&schedule, long_run), INCLINE_EARG, "take a --decay nearer to 1");
    schedule.kind = INCLINE_STEP;
    require_ok(schedule_check(&schedule, long_run));
}
