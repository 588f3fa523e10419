/* train_report.c - what incline train says before a run, and what it prints after it. */
#include "terminal.h"
#include "text.h"
#include "train_run.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum { START_COLUMN = 9 };

void train_print_start(const struct train_run *run)
{
    struct incline_dataset_info d;
    struct incline_device_info device;
    struct incline_model_info model;
    char shape[48] = "", line[1024];

    incline_dataset_describe(run->data, &d);
    incline_device_describe(run->device, &device);
    incline_model_describe(incline_trainer_model(run->trainer), &model);
    const char *remark = incline_device_remark(run->device);
    static const char *const headers[] = {[INCLINE_HEADER_AUTO] = "",
                                          [INCLINE_HEADER_YES] = " below a header",
                                          [INCLINE_HEADER_NO] = " without a header"};
    if (d.image_rows > 0)
        snprintf(shape, sizeof shape, " (%" PRIu32 "x%" PRIu32 ")", d.image_rows, d.image_cols);
    const bool targets = model.task == INCLINE_TASK_LABELS || model.task == INCLINE_TASK_REGRESSION;
    snprintf(line, sizeof line, "%s: %s samples%s, %" PRIu32 " features%s, %" PRIu32 " %s, %s",
             text_clean(d.name).s, text_count(d.rows).s, headers[d.header], d.features, shape,
             targets ? d.outputs : d.classes,
             !targets                            ? "classes"
             : model.task == INCLINE_TASK_LABELS ? "labels"
                                                 : "targets",
             d.source);
    fputs("data     ", stderr);
    terminal_words(stderr, START_COLUMN, line);
    snprintf(line, sizeof line, "%s: %s%s%s", device.id, device.name, remark[0] != '\0' ? "; " : "",
             remark);
    fputs("device   ", stderr);
    terminal_words(stderr, START_COLUMN, line);
    fprintf(stderr, "network  %s: %s parameters\n", text_widths(model.widths, model.layers + 1).s,
            text_count(model.parameters).s);
    fprintf(stderr, "run      %s\n", run->folder.path);
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
    if (progress->epoch.best_epoch > 0)
        printf("best epoch     %" PRIu32 "%s\n", progress->epoch.best_epoch,
               progress->last.step < progress->last.steps
                   ? "; stopped early: no better one followed"
                   : "");
    printf("time           %s\nmodel          %s\n", text_clock(progress->last.seconds).s, file);
}
