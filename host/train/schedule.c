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

/* A rate that would not fall before the run ends. */
static int check_patience(const struct incline_schedule *schedule, struct schedule_span span)
{
    const uint64_t all = epochs_of(span.steps, span), warmup = warmup_epochs(schedule, span);

    if (schedule->kind != INCLINE_PLATEAU || schedule->patience == 0 ||
        schedule->patience + warmup < all)
        return INCLINE_OK;
    return FAIL(INCLINE_EARG,
                "the learning rate would fall after %" PRIu64 " epochs without a better one, but "
                "the run has %" PRIu64 "; take a smaller --plateau-patience, or train longer",
                schedule->patience + warmup, all);
}

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

int schedule_check(const struct incline_schedule *schedule, struct schedule_span span)
{
    const uint64_t all = units(schedule, span);
    const char *name = schedule->by == INCLINE_BY_STEP ? "steps" : "epochs";

    if (schedule->warmup > 0 && schedule->warmup >= all)
        return FAIL(INCLINE_EARG,
                    "a warm-up of %u %s, but the run has %llu; take a shorter one, or train longer",
                    schedule->warmup, name, (unsigned long long)all);
    if (schedule->kind == INCLINE_STEP && schedule->decay_every > 0 &&
        schedule->decay_every >= all - schedule->warmup)
        return FAIL(INCLINE_EARG,
                    "the learning rate would fall after %llu %s, but the run has %llu; take a "
                    "smaller --decay-every, or train longer",
                    (unsigned long long)schedule->decay_every + schedule->warmup, name,
                    (unsigned long long)all);
    return check_patience(schedule, span);
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
    return schedule->decay != 0.0f                 ? (double)schedule->decay
           : schedule->kind == INCLINE_EXPONENTIAL ? 0.95
                                                   : 0.1;
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
        return pow(decay, (double)t);
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
    struct plateau read;
    int end = 0;

    if (sscanf(text, "%10" SCNu32 " %10" SCNu32 "%n", &read.falls, &read.fell_at, &end) != 2 ||
        text[end] != '\0' || read.falls == 0 || read.falls > read.fell_at)
        return false;
    *plateau = read;
    return true;
}
