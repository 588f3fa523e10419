/* train_report.c - what incline train says before a run, and what it prints after it. */
#include "columns.h"
#include "terminal.h"
#include "text.h"
#include "train_run.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { START_COLUMN = 9 };

/* text[bytes] = "3 classes of species", "target price", "4 labels". */
static void tell_predicted(const incline_dataset *data, enum incline_task task, char *text,
                           size_t bytes)
{
    const struct text name = columns_target(incline_dataset_columns(data));
    const bool labels = task == INCLINE_TASK_LABELS, numbers = task == INCLINE_TASK_REGRESSION;
    struct incline_dataset_info d;

    incline_dataset_describe(data, &d);
    if (!labels && !numbers)
        snprintf(text, bytes, "%" PRIu32 " classes%s%s", d.classes, name.s[0] != '\0' ? " of " : "",
                 name.s);
    else if (numbers && name.s[0] != '\0')
        snprintf(text, bytes, "target %s", name.s);
    else
        snprintf(text, bytes, "%" PRIu32 " %s%s", d.outputs, labels ? "label" : "target",
                 d.outputs == 1 ? "" : "s");
}

/* True if there are targets and each is 0 or 1. */
static bool only_zeros_and_ones(const incline_dataset *data)
{
    struct incline_dataset_info d;

    incline_dataset_describe(data, &d);
    float *const targets = calloc(d.outputs > 0 ? d.outputs : 1, sizeof *targets);
    bool only = targets != NULL && d.outputs > 0;
    for (uint32_t row = 0; only && row < d.rows; row++) {
        only = incline_dataset_targets(data, row, targets) == INCLINE_OK;
        for (uint32_t o = 0; only && o < d.outputs; o++)
            only = targets[o] == 0.0f || targets[o] == 1.0f;
    }
    free(targets);
    return only;
}

void train_print_start(const struct train_run *run)
{
    struct incline_dataset_info d;
    struct incline_device_info device;
    struct incline_model_info model;
    char shape[48] = "", predicted[96], line[1024];

    incline_dataset_describe(run->data, &d);
    incline_device_describe(run->device, &device);
    incline_model_describe(incline_trainer_model(run->trainer), &model);
    const char *remark = incline_device_remark(run->device);
    static const char *const headers[] = {[INCLINE_HEADER_AUTO] = "",
                                          [INCLINE_HEADER_YES] = " below a header",
                                          [INCLINE_HEADER_NO] = " without a header"};
    if (d.image_rows > 0)
        snprintf(shape, sizeof shape, " (%" PRIu32 "x%" PRIu32 ")", d.image_rows, d.image_cols);
    tell_predicted(run->data, model.task, predicted, sizeof predicted);
    snprintf(line, sizeof line, "%s: %s samples%s, %" PRIu32 " feature%s%s, %s, %s",
             text_clean(d.name).s, text_count(d.rows).s, headers[d.header], d.features,
             d.features == 1 ? "" : "s", shape, predicted, d.source);
    fputs("data     ", stderr);
    terminal_words(stderr, START_COLUMN, line);
    snprintf(line, sizeof line, "%s: %s%s%s", device.id, device.name, remark[0] != '\0' ? "; " : "",
             remark);
    fputs("device   ", stderr);
    terminal_words(stderr, START_COLUMN, line);
    fprintf(stderr, "network  %s: %s parameters\n", text_widths(model.widths, model.layers + 1).s,
            text_count(model.parameters).s);
    fprintf(stderr, "run      %s\n", run->folder.path);
    for (size_t n = 0; n < sizeof run->notes / sizeof *run->notes; n++)
        if (run->notes[n] != NULL)
            cli_note("%s", run->notes[n]);
    if (model.task == INCLINE_TASK_REGRESSION && only_zeros_and_ones(run->data))
        cli_note("every target is 0 or 1 and is learned as a number: --loss sigmoid learns how "
                 "probable a 1 is");
}

json_t *train_json(const struct train_run *run, const struct progress *progress,
                   const struct incline_evaluation *test, bool interrupted, const char *file)
{
    struct incline_model_info m;
    const struct incline_progress *last = &progress->last, *epoch = &progress->epoch;

    incline_model_describe(incline_trainer_model(run->trainer), &m);
    json_t *network =
        json_pack("{s:o, s:s, s:o}", "widths", json_widths(m.widths, m.layers + 1), "activation",
                  json_activation(&m), "parameters", json_count(m.parameters));
    const bool numbers = isnan(epoch->accuracy);
    json_t *train =
        epoch->epoch_done
            ? json_pack("{s:o, s:o}", "loss", json_number(epoch->loss), numbers ? "r2" : "accuracy",
                        json_number(numbers ? epoch->r2 : epoch->accuracy))
            : json_null();
    json_t *validation =
        epoch->validated ? json_pack("{s:o, s:o, s:o}", "loss", json_number(epoch->validation_loss),
                                     "accuracy", json_number(epoch->validation_accuracy),
                                     "best_epoch", json_count(epoch->best_epoch))
                         : json_null();
    return json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "status",
        interrupted ? "interrupted" : "done", "data", json_dataset(run->data), "device",
        json_device(run->device), "network", network, "epochs", json_count(last->epoch), "steps",
        json_count(last->step), "train", train, "validation", validation, "test",
        test != NULL ? json_evaluation(test) : json_null(), "seconds", json_number(last->seconds),
        "samples_per_second", json_number(last->samples_per_second), "output",
        json_text(run->folder.path), "model", json_text(file));
}

/* What validation says of the model, where there is nothing to test on. */
static void print_validation(const struct incline_progress *epoch)
{
    const bool best = epoch->best_epoch > 0;
    const double accuracy = best ? epoch->best_accuracy : epoch->validation_accuracy;

    if (isnan(accuracy))
        printf("validation     loss %s\n",
               text_loss(best ? epoch->best_loss : epoch->validation_loss).s);
    else
        printf("validation     %s\n", text_percent(accuracy).s);
}

/* The part of samples that are of the most frequent class; 1 where that is not known. */
static double most_frequent(const incline_dataset *data)
{
    struct incline_dataset_info d;
    uint64_t most = 0;

    incline_dataset_describe(data, &d);
    uint64_t *const counts = calloc(d.classes > 0 ? d.classes : 1, sizeof *counts);
    if (counts == NULL || d.classes == 0 || d.rows == 0) {
        free(counts);
        return 1.0;
    }
    incline_dataset_class_counts(data, counts);
    for (uint32_t c = 0; c < d.classes; c++)
        most = counts[c] > most ? counts[c] : most;
    free(counts);
    return (double)most / d.rows;
}

void train_note_useless(const struct train_run *run, const struct incline_evaluation *test)
{
    static const char advice[] = "another --learning-rate may help (--find-rate suggests one), or "
                                 "more --epochs";
    struct incline_model_info m;

    incline_model_describe(incline_trainer_model(run->trainer), &m);
    if (m.task == INCLINE_TASK_REGRESSION) {
        if (!(test->r2 > 0.0))
            cli_note("the model predicts no better than the mean of the targets would: %s", advice);
    } else if (m.task == INCLINE_TASK_CLASSES || m.task == INCLINE_TASK_BINARY) {
        const double guess = most_frequent(run->test);
        if (guess < 1.0 && !(test->accuracy > guess))
            cli_note("the model predicts no better than the most frequent class alone, which is "
                     "right in %s: %s",
                     text_percent(guess).s, advice);
    }
}

void train_print_result(const struct train_run *run, const struct progress *progress,
                        const struct incline_evaluation *test, const char *file)
{
    const char *bold = terminal_style(stdout, STYLE_BOLD);
    const char *plain = terminal_style(stdout, STYLE_PLAIN);
    if (test != NULL && isnan(test->accuracy))
        printf("test R2        %s%s%s\ntest RMSE      %.6g\ntest MAE       %.6g\n", bold,
               text_r2(test->r2).s, plain, test->rmse, test->mae);
    else if (test != NULL)
        printf("test accuracy  %s%s%s  (%s of %s)\ntest loss      %s\n", bold,
               text_percent(test->accuracy).s, plain, text_count(test->correct).s,
               text_count(test->rows).s, text_loss(test->loss).s);
    else
        printf("test %s  -  (no test part: %s)\n",
               isnan(progress->epoch.accuracy) ? "R2      " : "accuracy", run->no_test);
    if (test == NULL && progress->epoch.validated)
        print_validation(&progress->epoch);
    if (progress->epoch.best_epoch > 0)
        printf("best epoch     %" PRIu32 "%s\n", progress->epoch.best_epoch,
               progress->last.step < progress->last.steps
                   ? "; stopped early: no better one followed"
                   : "");
    printf("time           %s\nmodel          %s\n", text_clock(progress->last.seconds).s, file);
}
