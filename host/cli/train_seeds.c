/* train_seeds.c - the runs of incline train --seeds, and what they say together.
 *
 * The data set is opened once, by incline train, and every trainer borrows it. Runs may end in any
 * order; what is said of them is in the order of their seeds. */
#include "train_seeds.h"
#include "clock.h"
#include "spread.h"
#include "terminal.h"
#include "text.h"
#include "train_jobs.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <sys/stat.h>

enum seed_state { SEED_OPEN, SEED_DONE, SEED_STOPPED, SEED_FAILED };

/* What became of a seed. */
struct seed_run {
    enum seed_state state;
    double value;   /* of the measure */
    double seconds; /* of training */
    json_t *json;   /* owned; NULL unless done */
};

/* All of them. */
struct study {
    const struct train_words *words;
    const struct incline_train_options *recipe;
    const struct train_run *whole; /* its folder is that of all runs */
    const struct train_jobs *jobs;
    bool numbers; /* R2 is reported, else accuracy */
    uint64_t first;
    uint32_t said;         /* up to which one that was said */
    double begun, seconds; /* on the clock; from then to the end of the last */
    struct seed_run runs[TRAIN_SEEDS_MAX];
};

/* How many seeds are in a state. */
static uint32_t seeds_in(const struct study *study, enum seed_state state)
{
    uint32_t found = 0;

    for (uint32_t i = 0; i < study->words->seeds; i++)
        found += study->runs[i].state == state;
    return found;
}

/* Of the seeds that are done; its interval does not leave what the measure can be. */
static struct spread spread(const struct study *study)
{
    double values[TRAIN_SEEDS_MAX];
    uint32_t count = 0;

    for (uint32_t i = 0; i < study->words->seeds; i++)
        if (study->runs[i].state == SEED_DONE)
            values[count++] = study->runs[i].value;
    struct spread s = spread_of(values, count);
    s.high = fmin(s.high, 1.0);
    s.low = study->numbers ? s.low : fmax(s.low, 0.0);
    return s;
}

static const char SUMMARY[] = "summary.json";

static int summary_path(const struct run_folder *folder, char *path, size_t bytes)
{
    const int length = snprintf(path, bytes, "%s/%s", folder->path, SUMMARY);
    return length > 0 && (size_t)length < bytes
               ? CLI_DONE
               : cli_fail("the name of the run folder is too long for the files in it");
}

static int seed_folder(const struct run_folder *whole, uint64_t seed, struct run_folder *folder)
{
    char path[RUN_PATH_MAX];
    const int length = snprintf(path, sizeof path, "%s/seed-%" PRIu64, whole->path, seed);
    if (length < 0 || (size_t)length >= sizeof path)
        return cli_fail("the name of the run folder is too long for the folders in it");
    return run_folder_open(folder, path, NULL);
}

/* A seed of 0 stands for the default, which must not come a second time. */
static uint64_t first_seed(const struct incline_train_options *recipe)
{
    struct incline_train_options whole = *recipe;
    incline_train_defaults(&whole);
    return whole.seed;
}

int train_seeds_check(const struct train_words *words, const struct incline_train_options *recipe,
                      const struct train_run *run)
{
    int status = CLI_DONE;
    char path[RUN_PATH_MAX];
    struct stat about;
    const uint64_t first = first_seed(recipe);
    struct run_folder folder = {.made = false};

    if (run->test == NULL)
        return cli_fail("--seeds compares networks by what they get right of a test set: %s",
                        run->no_test);
    if (first > (uint64_t)OPTION_WHOLE_MAX - (words->seeds - 1))
        return cli_fail("--seed %" PRIu64 ": the last of %" PRIu32 " seeds would be above %.0f; "
                        "take a smaller one",
                        first, words->seeds, OPTION_WHOLE_MAX);
    TRY(summary_path(&run->folder, path, sizeof path));
    if (stat(path, &about) == 0)
        return cli_fail("%s is there already; choose another folder", path);
    for (uint32_t i = 0; i < words->seeds; i++)
        TRY(seed_folder(&run->folder, first + i, &folder));
out:
    return status;
}

/* ---- as JSON ---- */

static json_t *spread_json(const struct study *study)
{
    const struct spread s = spread(study);
    return json_pack("{s:s, s:o, s:o, s:[o, o]}", "measure", study->numbers ? "r2" : "accuracy",
                     "mean", json_number(s.mean), "deviation", json_number(s.deviation),
                     "interval_95", json_number(s.low), json_number(s.high));
}

static json_t *study_json(const struct study *study)
{
    json_t *runs = json_array();

    for (uint32_t i = 0; i < study->words->seeds; i++)
        if (study->runs[i].state == SEED_DONE &&
            json_array_append(runs, study->runs[i].json) != 0) {
            json_decref(runs);
            return NULL;
        }
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "status",
                     seeds_in(study, SEED_DONE) == study->words->seeds ? "done" : "unfinished",
                     "data", json_dataset(study->whole->data), "device",
                     json_device(study->whole->device), "asked", json_count(study->words->seeds),
                     "runs", runs, "test", spread_json(study), "seconds",
                     json_number(study->seconds), "output", json_text(study->whole->folder.path));
}

/* Seeds are texts, as in config.json: they may have more digits than readers of JSON keep. */
static json_t *run_json(const struct train_run *run, uint64_t seed,
                        const struct train_outcome *outcome)
{
    char text[24];
    const struct incline_progress *last = &outcome->progress.last;

    snprintf(text, sizeof text, "%" PRIu64, seed);
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "seed", text, "epochs",
                     json_count(last->epoch), "steps", json_count(last->step), "best_epoch",
                     json_count(outcome->progress.epoch.best_epoch), "test",
                     json_evaluation(&outcome->test), "seconds", json_number(last->seconds),
                     "output", json_text(run->folder.path));
}

static int save(const struct study *study)
{
    char path[RUN_PATH_MAX];
    int status = summary_path(&study->whole->folder, path, sizeof path);
    if (status != CLI_DONE)
        return status;
    json_t *summary = study_json(study);
    status = json_save(path, summary);
    json_decref(summary);
    return status;
}

/* ---- as text ---- */

static struct text measure(const struct study *study, double value)
{
    return study->numbers ? text_r2(value) : text_percent(value);
}

/* Those that can be told in the order of their seeds, beside JSON as messages. */
static void print_seeds(struct study *study)
{
    FILE *const stream = study->words->json ? stderr : stdout;

    terminal_line_clear();
    for (; study->said < study->words->seeds && study->runs[study->said].state != SEED_OPEN;
         study->said++) {
        const struct seed_run *run = &study->runs[study->said];
        if (run->state == SEED_DONE && !(study->words->json && study->words->quiet))
            fprintf(stream, "seed %-8" PRIu64 "  test %s %s  %s\n", study->first + study->said,
                    study->numbers ? "R2" : "accuracy", measure(study, run->value).s,
                    text_clock(run->seconds).s);
    }
    cli_flush();
}

static void print_together(const struct study *study)
{
    const struct spread s = spread(study);
    const uint32_t done = seeds_in(study, SEED_DONE);

    if (done == 0)
        return;
    printf("test %-8s  %s%s %s %s%s  (mean and standard deviation of %" PRIu32 " seeds)\n",
           study->numbers ? "R2" : "accuracy", terminal_style(stdout, STYLE_BOLD),
           measure(study, s.mean).s, terminal_utf8() ? "\u00b1" : "+-",
           measure(study, s.deviation).s, terminal_style(stdout, STYLE_PLAIN), done);
    if (done > 1)
        printf("95 %% interval  %s to %s  (of the mean, Student's t)\n", measure(study, s.low).s,
               measure(study, s.high).s);
    printf("time           %s\nruns           %s\n", text_clock(study->seconds).s,
           study->whole->folder.path);
}

/* How to go on with those that a signal stopped. */
static void print_stopped(const struct study *study)
{
    const uint32_t stopped = seeds_in(study, SEED_STOPPED);
    char quoted[4 * RUN_PATH_MAX];
    const char *const folder = text_shell(study->whole->folder.path, quoted, sizeof quoted);

    if (stopped == 0)
        return;
    fprintf(stderr,
            "stopped and saved, %" PRIu32 " of %" PRIu32 " seeds are done; go on with %s:%s",
            seeds_in(study, SEED_DONE), study->words->seeds,
            stopped == 1 ? "this one" : "each of these", stopped == 1 ? " " : "\n");
    for (uint32_t i = 0; i < study->words->seeds; i++)
        if (study->runs[i].state == SEED_STOPPED)
            fprintf(stderr, "%sincline train --resume %s/seed-%" PRIu64 "\n",
                    stopped == 1 ? "" : "  ", folder, study->first + i);
}

/* ---- the runs, as train_jobs.h calls for them ---- */

static int begin_seed(void *user, uint32_t job, incline_device *device, struct train_run *run)
{
    struct study *study = user;
    struct incline_train_options recipe = *study->recipe;
    int status = CLI_DONE;

    *run = *study->whole; /* borrows all but folder and trainer */
    run->device = device;
    recipe.seed = study->first + job;
    TRY(seed_folder(&study->whole->folder, recipe.seed, &run->folder));
    recipe.output = run->folder.path;
    TRY(cli_check(incline_trainer_create(device, run->data, &recipe, &run->trainer)));
    TRY(cli_check(incline_model_fits(incline_trainer_model(run->trainer), run->test)));
    if (job > 0 && !study->words->quiet && study->jobs->together == 1)
        fprintf(stderr, "seed %" PRIu64 " (%" PRIu32 " of %" PRIu32 ")\n", recipe.seed, job + 1,
                study->words->seeds);
out:
    if (status != CLI_DONE)
        run_folder_close(&run->folder);
    return status;
}

static void settled(void *user, const struct train_run *first)
{
    struct study *study = user;
    struct incline_model_info model;
    struct train_run shown = *first;

    incline_model_describe(incline_trainer_model(first->trainer), &model);
    study->numbers = model.task == INCLINE_TASK_REGRESSION;
    terminal_line_clear();
    if (study->words->quiet)
        return;
    shown.folder = study->whole->folder;
    train_print_start(&shown);
    if (study->jobs->together > 1)
        fprintf(stderr, "jobs     %" PRIu32 " networks at a time\n", study->jobs->together);
    else
        fprintf(stderr, "seed %" PRIu64 " (1 of %" PRIu32 ")\n", study->first, study->words->seeds);
}

static int end_seed(void *user, uint32_t job, const struct train_run *run,
                    const struct train_outcome *outcome)
{
    struct study *study = user;
    struct seed_run *seed = &study->runs[job];

    if (outcome->caught != 0) {
        seed->state = SEED_STOPPED;
    } else {
        seed->json = run_json(run, study->first + job, outcome);
        if (seed->json == NULL)
            return cli_fail("not enough memory for the results");
        seed->value = study->numbers ? outcome->test.r2 : outcome->test.accuracy;
        seed->seconds = outcome->progress.last.seconds;
        seed->state = SEED_DONE;
    }
    study->seconds = clock_now() - study->begun;
    print_seeds(study);
    return save(study);
}

/* One whose run has ended keeps what it came to: what failed then is the summary. */
static void fail_seed(void *user, uint32_t job)
{
    struct study *study = user;
    struct seed_run *seed = &study->runs[job];
    const bool ended = seed->state != SEED_OPEN;

    if (!ended)
        seed->state = SEED_FAILED;
    cli_note("that was %sseed %" PRIu64 "%s; %" PRIu32 " of %" PRIu32 " seeds are done",
             ended ? "the summary after " : "", study->first + job,
             ended ? ", whose own run is saved" : "", seeds_in(study, SEED_DONE),
             study->words->seeds);
    print_seeds(study);
}

int train_seeds(const struct train_words *words, const struct incline_train_options *recipe,
                struct train_run *run)
{
    struct study study = {
        .words = words, .recipe = recipe, .whole = run, .first = first_seed(recipe)};
    struct train_jobs jobs = {.count = words->seeds,
                              .together = words->jobs,
                              .quiet = words->quiet,
                              .user = &study,
                              .begin = begin_seed,
                              .settled = settled,
                              .end = end_seed,
                              .fail = fail_seed};
    int status = CLI_DONE, caught = 0;

    study.jobs = &jobs;
    study.begun = clock_now();
    status = train_jobs(&jobs, run->device, &caught);
    print_stopped(&study);
    if (status != CLI_DONE && seeds_in(&study, SEED_STOPPED) == 0)
        goto out;
    if (words->json)
        status = json_print(study_json(&study), false);
    else
        print_together(&study);
    if (caught != 0 && seeds_in(&study, SEED_DONE) < words->seeds)
        status = CLI_SIGNAL + caught;
out:
    for (uint32_t i = 0; i < words->seeds; i++)
        json_decref(study.runs[i].json);
    return status;
}
