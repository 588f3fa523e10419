/* schedule.c - learning rates over a run. Knows no device and no loss. */
#include "host/train/schedule.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>

#include "host/util/status.h"

#define PI 3.14159265358979323846

const char *schedule_text(int kind)
{
    static const char *const names[] = {
        [INCLINE_CONSTANT] = "constant",       [INCLINE_STEP] = "step",
        [INCLINE_EXPONENTIAL] = "exponential", [INCLINE_COSINE] = "cosine",
        [INCLINE_ONE_CYCLE] = "one-cycle",     [INCLINE_PLATEAU] = "plateau",
    };
    return kind >= 0 && kind < (int)(sizeof names / sizeof names[0]) ? names[kind] : NULL;
}

/* So many steps in epochs; one that is cut counts. */
static uint64_t epochs_of(uint64_t steps, struct schedule_span span)
{
    return steps / span.epoch_steps + (steps % span.epoch_steps > 0);
}

/* The whole run in units. */
static uint64_t units(const struct incline_schedule *schedule, struct schedule_span span)
{
    return schedule->by == INCLINE_BY_STEP ? span.steps : epochs_of(span.steps, span);
}

/* Epochs in which the rate still rises. */
static uint64_t warmup_epochs(const struct incline_schedule *schedule, struct schedule_span span)
{
    return schedule->by == INCLINE_BY_STEP ? epochs_of(schedule->warmup, span) : schedule->warmup;
}

/* Units between two decays: as given, or a third of what follows the warm-up. */
static uint64_t decay_units(const struct incline_schedule *schedule, uint64_t after_warmup)
{
    if (schedule->decay_every > 0)
        return schedule->decay_every;
    return after_warmup >= 3 ? after_warmup / 3 : 1;
}

/* Epochs that a plateau waits for a better one: as given, or PyTorch's number where that is not
 * more than a third of what follows the warm-up. */
static uint64_t patience_epochs(const struct incline_schedule *schedule, struct schedule_span span)
{
    enum { PATIENCE = 10 };
    const uint64_t all = epochs_of(span.steps, span), warmup = warmup_epochs(schedule, span);
    const uint64_t third = all > warmup ? (all - warmup) / 3 : 0;

    if (schedule->patience > 0)
        return schedule->patience;
    return third > PATIENCE ? PATIENCE : third > 0 ? third : 1;
}

/* From `from` at part 0 to `to` at part 1, along half a cosine. */
static double along_cosine(double from, double to, double part)
{
    return to + (from - to) * (1.0 + cos(PI * part)) / 2.0;
}

static double one_cycle(uint64_t t, uint64_t all)
{
    const double start = 1.0 / 25.0, end = start / 1e4, rise = 0.3;
    const double peak = rise * (double)all - 1.0, last = (double)all - 1.0;

    if ((double)t <= peak)
        return along_cosine(start, 1.0, peak > 0.0 ? (double)t / peak : 1.0);
    return along_cosine(1.0, end, last > peak ? ((double)t - peak) / (last - peak) : 1.0);
}

static double decay_of(const struct incline_schedule *schedule)
{
    return schedule->decay != 0.0f ? (double)schedule->decay : 0.1;
}

/* By step the default is what it is by epoch, spread over the epoch's steps. */
static double exponential(const struct incline_schedule *schedule, uint64_t t,
                          struct schedule_span span)
{
    if (schedule->decay != 0.0f)
        return pow((double)schedule->decay, (double)t);
    return pow(0.95,
               schedule->by == INCLINE_BY_STEP ? (double)t / (double)span.epoch_steps : (double)t);
}

double schedule_factor(const struct incline_schedule *schedule, uint64_t step,
                       struct schedule_span span)
{
    const uint64_t done = schedule->by == INCLINE_BY_STEP ? step : step / span.epoch_steps;
    const double last = (double)schedule->last;
    const double decay = decay_of(schedule);

    if (done < schedule->warmup)
        return ((double)done + 1.0) / ((double)schedule->warmup + 1.0);
    const uint64_t t = done - schedule->warmup, all = units(schedule, span) - schedule->warmup;
    switch (schedule->kind) {
    case INCLINE_STEP:
        return pow(decay, (double)(t / decay_units(schedule, all)));
    case INCLINE_EXPONENTIAL:
        return exponential(schedule, t, span);
    case INCLINE_COSINE:
        return along_cosine(1.0, last, (double)t / (double)all);
    case INCLINE_ONE_CYCLE:
        return one_cycle(t, all);
    case INCLINE_PLATEAU:
        return pow(decay, (double)span.falls);
    case INCLINE_CONSTANT:
        break;
    }
    return 1.0;
}

uint32_t schedule_same(const struct incline_schedule *schedule, uint64_t step,
                       struct schedule_span span, uint32_t most)
{
    const bool level = schedule->kind == INCLINE_CONSTANT || schedule->kind == INCLINE_PLATEAU;
    const bool constant = level && step >= schedule->warmup;
    uint32_t same = 1;

    if (schedule->by != INCLINE_BY_STEP || constant)
        return most;
    const double factor = schedule_factor(schedule, step, span);
    while (same < most && schedule_factor(schedule, step + same, span) == factor)
        same++;
    return same;
}

void plateau_watch(const struct incline_schedule *schedule, struct schedule_span span, float rate,
                   uint32_t epochs, uint32_t best, struct plateau *plateau)
{
    static const double least_fall = 1e-8; /* PyTorch's eps */
    const double decay = decay_of(schedule);
    uint64_t from = warmup_epochs(schedule, span);

    if (from < best)
        from = best;
    if (from < plateau->fell_at)
        from = plateau->fell_at;
    if (schedule->kind != INCLINE_PLATEAU || epochs < from + patience_epochs(schedule, span))
        return;
    if (!((double)rate * pow(decay, (double)plateau->falls) * (1.0 - decay) > least_fall))
        return;
    plateau->falls++;
    plateau->fell_at = epochs;
}

void plateau_to_text(const struct plateau *plateau, char text[PLATEAU_TEXT_BYTES])
{
    snprintf(text, PLATEAU_TEXT_BYTES, "%" PRIu32 " %" PRIu32, plateau->falls, plateau->fell_at);
}

bool plateau_from_text(const char *text, struct plateau *plateau)
{
    uint64_t falls, fell_at;
    int end = 0;

    if (sscanf(text, "%10" SCNu64 " %10" SCNu64 "%n", &falls, &fell_at, &end) != 2 ||
        text[end] != '\0' || falls == 0 || falls > fell_at || fell_at > UINT32_MAX)
        return false;
    *plateau = (struct plateau){.falls = (uint32_t)falls, .fell_at = (uint32_t)fell_at};
    return true;
}

/* ---- does it make sense, and fit a run? ---- */

static int no_use(const char *what, const char *with, const struct incline_schedule *schedule)
{
    return FAIL(INCLINE_EARG, "%s goes with the schedule%s, not with %s; leave it away", what, with,
                schedule_text((int)schedule->kind));
}

int schedule_check_numbers(const struct incline_schedule *schedule)
{
    const enum incline_schedule_kind kind = schedule->kind;

    if (schedule->decay != 0.0f && kind != INCLINE_STEP && kind != INCLINE_EXPONENTIAL &&
        kind != INCLINE_PLATEAU)
        return no_use("a decay", "s step, exponential and plateau", schedule);
    if (schedule->decay_every > 0 && kind != INCLINE_STEP)
        return no_use("a distance between decays", " step", schedule);
    if (schedule->patience > 0 && kind != INCLINE_PLATEAU)
        return no_use("a patience of the rate", " plateau", schedule);
    if (schedule->last != 0.0f && kind != INCLINE_COSINE)
        return no_use("a last rate", " cosine", schedule);
    return INCLINE_OK;
}

static const char *unit(const struct incline_schedule *schedule, uint64_t count)
{
    static const char *const names[][2] = {{"epochs", "epoch"}, {"steps", "step"}};
    return names[schedule->by == INCLINE_BY_STEP][count == 1];
}

/* What to do where the rate changes too seldom; "train longer" follows. */
static const char *sooner(const struct incline_schedule *schedule, const char *smaller)
{
    return smaller != NULL                    ? smaller
           : schedule->by == INCLINE_BY_EPOCH ? "let it change by step (--schedule-by step), or "
                                              : "";
}

/* A rate that would not fall before the run ends. */
static int check_fall(const struct incline_schedule *schedule, uint64_t all)
{
    const uint64_t every = decay_units(schedule, all - schedule->warmup);
    const uint64_t first = every + schedule->warmup;

    if (schedule->kind != INCLINE_STEP || first < all)
        return INCLINE_OK;
    return FAIL(INCLINE_EARG,
                "the learning rate would fall after %" PRIu64 " %s, but the run has %" PRIu64
                "; %strain longer",
                first, unit(schedule, first), all,
                sooner(schedule, every > 1 ? "take a smaller --decay-every, or " : NULL));
}

/* A plateau waits from its first epoch on, or from the end of the warm-up. */
static int check_patience(const struct incline_schedule *schedule, struct schedule_span span)
{
    const uint64_t all = epochs_of(span.steps, span), warmup = warmup_epochs(schedule, span);
    const uint64_t patience = patience_epochs(schedule, span);
    const uint64_t first = patience + (warmup > 0 ? warmup : 1);

    if (schedule->kind != INCLINE_PLATEAU || first < all)
        return INCLINE_OK;
    return FAIL(INCLINE_EARG,
                "the learning rate would fall after %" PRIu64 " epochs at the earliest, but the "
                "run has %" PRIu64 "; %strain longer",
                first, all, patience > 1 ? "take a smaller --plateau-patience, or " : "");
}

/* Over fewer units an exponential stays where it begins, and a cycle has no rise: of one unit it
 * is nothing but its end. A cosine over one is a constant rate, which recipes that are tried for an
 * epoch have. */
static int check_units(const struct incline_schedule *schedule, uint64_t all)
{
    const uint64_t least = schedule->kind == INCLINE_ONE_CYCLE     ? 4
                           : schedule->kind == INCLINE_EXPONENTIAL ? 2
                                                                   : 1;

    if (all - schedule->warmup >= least)
        return INCLINE_OK;
    return FAIL(INCLINE_EARG,
                "the schedule %s needs %" PRIu64 " %s or more%s, but the run has %" PRIu64
                "; %strain longer",
                schedule_text((int)schedule->kind), least, unit(schedule, least),
                schedule->warmup > 0 ? " after the warm-up" : "", all - schedule->warmup,
                sooner(schedule, NULL));
}

/* A rate that has fallen to nothing long before the run ends. */
static int check_rest(const struct incline_schedule *schedule, struct schedule_span span)
{
    static const double nothing = 1e-7;
    const uint64_t half = units(schedule, span) / 2;
    const uint64_t step = schedule->by == INCLINE_BY_STEP ? half : half * span.epoch_steps;
    const double factor = schedule_factor(schedule, step, span);

    if ((schedule->kind != INCLINE_STEP && schedule->kind != INCLINE_EXPONENTIAL) ||
        factor >= nothing)
        return INCLINE_OK;
    return FAIL(INCLINE_EARG,
                "after %" PRIu64 " %s, half of the run, the learning rate would be %.2g times what "
                "it began with, and train nothing more; take a --decay nearer to 1, or train less "
                "long",
                half, unit(schedule, half), factor);
}

int schedule_check(const struct incline_schedule *schedule, struct schedule_span span)
{
    const uint64_t all = units(schedule, span);
    int rc = INCLINE_OK;

    if (schedule->warmup > 0 && schedule->warmup >= all)
        return FAIL(INCLINE_EARG,
                    "a warm-up of %" PRIu32 " %s, but the run has %" PRIu64
                    "; take a shorter one, or train longer",
                    schedule->warmup, unit(schedule, schedule->warmup), all);
    TRY(check_fall(schedule, all));
    TRY(check_patience(schedule, span));
    TRY(check_units(schedule, all));
    TRY(check_rest(schedule, span));
out:
    return rc;
}
