/* run.c - what a run is: options, defaults, and the data set's part. */
#include "host/train/run.h"

#include <stdio.h>
#include <string.h>

#include "host/backend/augmentation.h"
#include "host/data/split.h"
#include "host/net/model.h"
#include "host/net/optimizer.h"
#include "host/train/settings.h"
#include "host/util/file.h"
#include "host/util/status.h"

static int check_batch(const struct incline_train_options *options,
                       const struct incline_dataset_info *info, uint32_t rows)
{
    if (options->batch != 0 && options->batch != INCLINE_BATCH_FULL && options->batch > rows)
        return FAIL(INCLINE_EARG,
                    "a batch of %u rows, but %s has %u samples%s; take a smaller one, or the "
                    "whole set (--batch-size full)",
                    options->batch, info->name, rows,
                    rows < info->rows ? " beside those for validation" : "");
    return INCLINE_OK;
}

/* The network is that of the model to start from. */
static int follow_model(struct incline_train_options *options, const incline_model *model)
{
    const struct net *net = &model->net;

    if (net->layers - 1 > INCLINE_HIDDEN_MAX)
        return FAIL(INCLINE_EARG, "the model has %u hidden layers; at most %d can be trained",
                    net->layers - 1, INCLINE_HIDDEN_MAX);
    options->hidden_count = net->layers - 1;
    options->no_hidden = net->layers == 1;
    memset(options->hidden, 0, sizeof options->hidden);
    memcpy(options->hidden, net->widths + 1, options->hidden_count * sizeof *options->hidden);
    options->activation = net->activation;
    options->normalization = net->normalization;
    options->deskew = model->deskew;
    for (uint32_t l = 0; l + 1 < net->layers; l++)
        options->hidden_activation[l] =
            net_is_uniform(net) ? 0 : (uint8_t)(net->activations[l] + 1);
    return INCLINE_OK;
}

/* What is for images alone. */
static int check_images(const struct incline_train_options *options,
                        const struct incline_dataset_info *info)
{
    const bool augments = augment_is_on(&options->augmentation);

    if ((augments || options->deskew) && info->image_rows == 0)
        return FAIL(INCLINE_EARG, "%s holds no images, and only images can be %s; leave %s out",
                    info->name, augments ? "shifted, rotated or distorted" : "deskewed",
                    augments ? "augmentation" : "deskew");
    return augment_check(&options->augmentation);
}

/* Who waits for a better epoch asks for epochs that are compared, and for samples to do it by. */
static int check_judges(const struct incline_train_options *options, uint32_t validation)
{
    if (options->best == INCLINE_BEST_LAST &&
        (options->patience > 0 || options->schedule.kind == INCLINE_PLATEAU))
        return FAIL(
            INCLINE_EARG,
            "%s waits for a better epoch, but by \"last\" none is looked for; set best-by to "
            "accuracy or loss",
            options->patience > 0 ? "patience" : "the schedule plateau");
    if (validation > 0)
        return INCLINE_OK;
    if (options->patience > 0)
        return FAIL(INCLINE_EARG,
                    "a patience of %u epochs, but no samples are kept apart to judge them; set "
                    "validation above 0, or leave patience away",
                    options->patience);
    if (options->schedule.kind == INCLINE_PLATEAU)
        return FAIL(INCLINE_EARG,
                    "the schedule plateau looks at validation, but no samples are kept apart; set "
                    "validation above 0, or take another schedule");
    return INCLINE_OK;
}

int run_init(struct run *out, const struct incline_train_options *options,
             const struct incline_dataset *dataset)
{
    const struct incline_dataset_info *info = &dataset->info;
    struct run run = {.options = *options, .rows = info->rows};
    struct incline_train_options *o = &run.options;
    int rc = INCLINE_OK;

    if (options->model != NULL)
        TRY(follow_model(o, options->model));
    TRY(settings_check(o));
    TRY(task_choose(o, dataset, &run.task));
    TRY(check_images(o, info));
    TRY(optimizer_check(&o->optimizer, o->learning_rate));
    TRY(schedule_check_numbers(&o->schedule));
    o->output = NULL;
    o->model = NULL;
    o->kept = NULL;
    o->loss = run.task.loss;
    incline_train_defaults(o);
    run.validation = split_rows(info->rows, o->validation);
    TRY(check_judges(o, run.validation));
    TRY(check_batch(options, info, run_train_rows(&run)));
    if (options->batch == 0 && run_train_rows(&run) < o->batch)
        o->batch = run_train_rows(&run);
    run.widths[0] = info->features;
    memcpy(run.widths + 1, o->hidden, o->hidden_count * sizeof *o->hidden);
    run.widths[o->hidden_count + 1] = run.task.outputs;
    run.width_count = o->hidden_count + 2;
    TRY(schedule_check(&o->schedule, run_span(&run)));
    run_locate(&run, info);
    if (options->kept != NULL)
        TRY(run_keep(&run, options->kept));
    *out = run;
out:
    return rc;
}

uint32_t run_batch_rows(const struct run *run)
{
    const uint32_t batch = run->options.batch;
    const uint32_t rows = run_train_rows(run);
    return batch == INCLINE_BATCH_FULL || batch > rows ? rows : batch;
}

uint64_t run_epoch_steps(const struct run *run)
{
    const uint32_t batch = run_batch_rows(run);
    return ((uint64_t)run_train_rows(run) + batch - 1) / batch;
}

uint64_t run_total_steps(const struct run *run)
{
    return run->options.steps > 0 ? run->options.steps : run->options.epochs * run_epoch_steps(run);
}

struct schedule_span run_span(const struct run *run)
{
    return (struct schedule_span){.steps = run_total_steps(run),
                                  .epoch_steps = run_epoch_steps(run)};
}

float run_learning_rate(const struct run *run, uint32_t falls, uint64_t step)
{
    const struct incline_train_options *o = &run->options;
    struct schedule_span span = run_span(run);

    span.falls = falls;
    return (float)((double)o->learning_rate * schedule_factor(&o->schedule, step, span));
}

uint32_t run_steps_of_rate(const struct run *run, uint64_t step, uint32_t most)
{
    return schedule_same(&run->options.schedule, step, run_span(run), most);
}

int run_extend(struct run *run, uint64_t done, uint32_t epochs, uint64_t steps)
{
    const bool asked = epochs > 0 || steps > 0;

    if (asked) {
        run->options.epochs = steps > 0 ? 0 : epochs;
        run->options.steps = steps;
    }
    if (run_total_steps(run) < done)
        return FAIL(INCLINE_EARG,
                    "the run has done %llu steps, more than the %llu asked for; ask for more",
                    (unsigned long long)done, (unsigned long long)run_total_steps(run));
    return asked ? schedule_check(&run->options.schedule, run_span(run)) : INCLINE_OK;
}

void run_locate(struct run *run, const struct incline_dataset_info *info)
{
    memcpy(run->dataset, info->name, sizeof run->dataset);
    if (!file_absolute(info->source, run->source))
        memcpy(run->source, info->source, sizeof info->source);
}

/* A set that is looked for in several places may have moved from one to another; a file or folder
 * that is gone is not taken for one of the same name elsewhere. */
static bool goes_by_name(const struct run *run)
{
    char folder[FILE_PATH_MAX];

    if (file_is_folder(run->source) || file_exists(run->source))
        return false;
    return run->source[0] != '/' ||
           (dataset_find(run->dataset, folder) == INCLINE_OK && strcmp(folder, run->dataset) != 0);
}

void run_describe(const struct run *run, struct incline_run_info *info)
{
    memset(info, 0, sizeof *info);
    strcpy(info->data, goes_by_name(run) ? run->dataset : run->source);
    strcpy(info->kept, run->kept);
    info->rows = run->rows;
    if (run->width_count > 0) {
        info->features = run->widths[0];
        info->outputs = run->widths[run->width_count - 1];
    }
}
