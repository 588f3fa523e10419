/* train_seeds.c - the runs of incline train --seeds, and what they say together.
 *
 * Data set and device are opened once, by incline train, and every trainer borrows them. */
#include "train_seeds.h"
#include "spread.h"
#include "terminal.h"
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

/* The runs that are done. */
struct study {
    const struct train_words *words;
    const struct train_run *whole; /* its folder is that of all runs */
    bool numbers;                  /* R2 is reported, else accuracy */
    uint32_t done;
    double values[TRAIN_SEEDS_MAX];
    double seconds; /* of training */
    json_t *runs;
};

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
    const struct spread s = spread_of(study->values, study->done);
    return json_pack("{s:s, s:o, s:o, s:[o, o]}", "measure", study->numbers ? "r2" : "accuracy",
                     "mean", json_number(s.mean), "deviation", json_number(s.deviation),
                     "interval_95", json_number(s.low), json_number(s.high));
}

static json_t *study_json(const struct study *study)
{
    return json_pack("{s:s, s:o, s:o, s:o, s:O, s:o, s:o, s:o}", "status",
                     study->done == study->words->seeds ? "done" : "unfinished", "data",
                     json_dataset(study->whole->data), "device", json_device(study->whole->device),
                     "asked", json_count(study->words->seeds), "runs", study->runs, "test",
                     spread_json(study), "seconds", json_number(study->seconds), "output",
                     json_text(study->whole->folder.path));
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

static void print_seed(const struct study *study, uint64_t seed,
                       const struct train_outcome *outcome)
{
    printf("seed %-8" PRIu64 "  test %s %s  %s\n", seed, study->numbers ? "R2" : "accuracy",
           measure(study, study->values[study->done - 1]).s,
           text_clock(outcome->progress.last.seconds).s);
    cli_flush();
}

static void print_together(const struct study *study)
{
    const struct spread s = spread_of(study->values, study->done);

    if (study->done == 0)
        return;
    printf("test %-8s  %s%s %s %s%s  (mean and standard deviation of %" PRIu32 " seeds)\n",
           study->numbers ? "R2" : "accuracy", terminal_style(stdout, STYLE_BOLD),
           measure(study, s.mean).s, terminal_utf8() ? "\u00b1" : "+-",
           measure(study, s.deviation).s, terminal_style(stdout, STYLE_PLAIN), study->done);
    if (study->done > 1)
        printf("95 %% interval  %s to %s  (of the mean, Student's t)\n", measure(study, s.low).s,
               measure(study, s.high).s);
    printf("time           %s\nruns           %s\n", text_clock(study->seconds).s,
           study->whole->folder.path);
}

/* ---- the runs ---- */

/* One network; *caught is the number of the signal that stopped it, or 0. */
static int train_seed(struct study *study, struct incline_train_options recipe, int *caught)
{
    int status = CLI_DONE;
    struct train_run run = *study->whole; /* borrows all but folder and trainer */
    struct train_outcome outcome;
    struct incline_model_info model;

    TRY(seed_folder(&study->whole->folder, recipe.seed, &run.folder));
    recipe.output = run.folder.path;
    TRY(cli_check(incline_trainer_create(run.device, run.data, &recipe, &run.trainer)));
    terminal_line_clear();
    incline_model_describe(incline_trainer_model(run.trainer), &model);
    study->numbers = model.task == INCLINE_TASK_REGRESSION;
    if (!study->words->quiet && study->done == 0) {
        struct train_run shown = run;
        shown.folder = study->whole->folder;
        train_print_start(&shown);
    }
    if (!study->words->quiet)
        fprintf(stderr, "seed %" PRIu64 " (%" PRIu32 " of %" PRIu32 ")\n", recipe.seed,
                study->done + 1, study->words->seeds);
    TRY(train_once(&run, study->words->quiet, &outcome));
    *caught = outcome.caught;
    if (outcome.caught != 0) {
        fprintf(stderr,
                "stopped and saved, %" PRIu32 " of %" PRIu32 " seeds are done; go on with this "
                "one: incline train --resume %s\n",
                study->done, study->words->seeds, run.folder.path);
        goto out;
    }
    if (json_array_append_new(study->runs, run_json(&run, recipe.seed, &outcome)) != 0) {
        status = cli_fail("not enough memory for the results");
        goto out;
    }
    study->values[study->done++] = study->numbers ? outcome.test.r2 : outcome.test.accuracy;
    study->seconds += outcome.progress.last.seconds;
    if (!study->words->json)
        print_seed(study, recipe.seed, &outcome);
out:
    incline_trainer_destroy(run.trainer);
    if (status != CLI_DONE)
        cli_note("that was seed %" PRIu64 "; %" PRIu32 " of %" PRIu32 " seeds are done",
                 recipe.seed, study->done, study->words->seeds);
    return status;
}

int train_seeds(const struct train_words *words, const struct incline_train_options *recipe,
                struct train_run *run)
{
    struct study study = {.words = words, .whole = run, .runs = json_array()};
    struct incline_train_options one = *recipe;
    const uint64_t first = first_seed(recipe);
    int status = CLI_DONE, caught = 0;

    if (study.runs == NULL)
        return cli_fail("not enough memory for the results");
    for (uint32_t i = 0; i < words->seeds && caught == 0; i++) {
        one.seed = first + i;
        TRY(train_seed(&study, one, &caught));
        TRY(save(&study));
    }
    if (words->json)
        status = json_print(study_json(&study), false);
    else
        print_together(&study);
    if (caught != 0)
        status = CLI_SIGNAL + caught;
out:
    json_decref(study.runs);
    return status;
}
