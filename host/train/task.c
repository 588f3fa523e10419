/* task.c - what a run is to predict, and what its model takes over from the data. */
#include "host/train/task.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/train/feed.h"
#include "host/train/scaling.h"
#include "host/util/status.h"

enum { CLASS_BYTES = 12 }; /* of a number */

/* Labels of at least two classes that occur. */
static int check_labels(const struct incline_dataset *dataset)
{
    const struct incline_dataset_info *info = &dataset->info;
    char name[CLASS_BYTES];

    if (info->classes == 0)
        return FAIL(INCLINE_ESHAPE, "%s has %s", info->name,
                    info->outputs == 0
                        ? "no labels to train on; add them, or name their column with --target"
                        : "numbers to predict, and the loss softmax takes classes; say that they "
                          "are classes (--target-type classes), or take mse");
    for (uint32_t row = 1; row < info->rows; row++)
        if (dataset->labels[row] != dataset->labels[0])
            return INCLINE_OK;
    snprintf(name, sizeof name, "%" PRIu32, dataset->labels[0]);
    return FAIL(INCLINE_ESHAPE,
                "%s: all %" PRIu32 " samples are of class %.60s; from one class only nothing can "
                "be learned, add samples of another",
                info->name, info->rows,
                dataset->class_names != NULL ? dataset->class_names[dataset->labels[0]] : name);
}

/* Targets that are not the same throughout. */
static int check_differ(const struct incline_dataset *dataset)
{
    const struct incline_dataset_info *info = &dataset->info;
    const size_t count = (size_t)info->rows * info->outputs;

    for (size_t i = info->outputs; i < count; i++)
        if (dataset->targets[i] != dataset->targets[i % info->outputs])
            return INCLINE_OK;
    return FAIL(INCLINE_ESHAPE,
                "%s: all %" PRIu32 " samples have the same %s; from that nothing can be learned, "
                "add samples with %s",
                info->name, info->rows, info->outputs == 1 ? "target" : "targets",
                info->outputs == 1 ? "another" : "others");
}

static int check_targets(const struct incline_dataset *dataset, const char *loss)
{
    if (dataset->targets != NULL)
        return check_differ(dataset);
    return FAIL(INCLINE_ESHAPE,
                "%s has no targets, which the loss %s needs; take softmax for its classes, or name "
                "columns of numbers to predict",
                dataset->info.name, loss);
}

static int check_sigmoid(const struct incline_dataset *dataset)
{
    int rc = INCLINE_OK;

    if (dataset->targets != NULL) {
        TRY(dataset_check_label_targets(dataset));
        TRY(check_differ(dataset));
        return INCLINE_OK;
    }
    TRY(check_labels(dataset));
    if (dataset->info.classes != 2)
        rc = FAIL(INCLINE_ESHAPE,
                  "%s has %" PRIu32 " classes; the loss sigmoid takes two classes, or targets of "
                  "0 and 1, take softmax",
                  dataset->info.name, dataset->info.classes);
out:
    return rc;
}

/* One weight for each class, where they are given. */
static int check_weights(const struct incline_train_options *options,
                         const struct incline_dataset *dataset)
{
    const size_t count = options->class_weight_count;

    if (count == 0 || count == dataset->info.classes)
        return INCLINE_OK;
    return FAIL(INCLINE_EARG,
                "%zu class weights, but %s has %" PRIu32 " classes; give one for each, in their "
                "order",
                count, dataset->info.name, dataset->info.classes);
}

static int no_use(const char *what, const char *with, enum incline_loss loss)
{
    return FAIL(INCLINE_EARG, "%s with the loss %s, not with %s; leave that away", what, with,
                loss_text((int)loss));
}

/* Options that another loss would need. */
static int check_options(const struct incline_train_options *options, enum incline_loss loss)
{
    if (loss != INCLINE_LOSS_SOFTMAX && options->label_smoothing != 0.0f)
        return no_use("label smoothing goes", "softmax", loss);
    if (loss != INCLINE_LOSS_SOFTMAX &&
        (options->class_weights != INCLINE_WEIGHTS_EQUAL || options->class_weight_count > 0))
        return no_use("class weights go", "softmax", loss);
    if (loss != INCLINE_LOSS_HUBER && options->huber_delta != 0.0f)
        return no_use("a delta goes", "huber", loss);
    return INCLINE_OK;
}

int task_choose(const struct incline_train_options *options, const struct incline_dataset *dataset,
                struct task *task)
{
    const struct incline_dataset_info *info = &dataset->info;
    const enum incline_loss loss = options->loss != INCLINE_LOSS_AUTO        ? options->loss
                                   : info->classes > 0 || info->outputs == 0 ? INCLINE_LOSS_SOFTMAX
                                                                             : INCLINE_LOSS_MSE;
    struct task chosen = {.loss = loss, .outputs = info->outputs};
    int rc = INCLINE_OK;

    TRY(check_options(options, loss));
    if (loss == INCLINE_LOSS_SOFTMAX) {
        TRY(check_labels(dataset));
        TRY(check_weights(options, dataset));
        chosen.kind = INCLINE_TASK_CLASSES;
        chosen.outputs = info->classes;
    } else if (loss == INCLINE_LOSS_SIGMOID) {
        TRY(check_sigmoid(dataset));
        chosen.kind = info->outputs > 0 ? INCLINE_TASK_LABELS : INCLINE_TASK_BINARY;
        chosen.outputs = info->outputs > 0 ? info->outputs : 1;
    } else {
        TRY(check_targets(dataset, loss_text((int)loss)));
        chosen.kind = INCLINE_TASK_REGRESSION;
    }
    *task = chosen;
out:
    return rc;
}

int task_adopt(incline_model *model, const struct task *task, const struct incline_dataset *dataset)
{
    const struct incline_dataset_info *info = &dataset->info;
    const bool targets = task->kind == INCLINE_TASK_LABELS || task->kind == INCLINE_TASK_REGRESSION;
    char **names = targets ? dataset->target_names : dataset->class_names;
    int rc = INCLINE_OK;

    model->image_rows = info->image_rows;
    model->image_cols = info->image_cols;
    model->task = task->kind;
    model->activation_assumed = false; /* it is trained with what was assumed */
    memcpy(model->trained_on, info->name, sizeof model->trained_on);
    TRY(scaling_adopt(model, dataset));
    TRY(model_set_columns(model, dataset->columns));
    TRY(model_set_class_names(model, (const char *const *)names));
out:
    return rc;
}

static void balance(const struct incline_dataset *dataset, const struct split *split,
                    float *weights)
{
    const uint32_t classes = dataset->info.classes, rows = split->train;

    for (uint32_t c = 0; c < classes; c++) {
        size_t count = 0;
        for (uint32_t i = 0; i < rows; i++)
            count += dataset->labels[split_row(split, i)] == c;
        weights[c] = count > 0 ? (float)((double)rows / ((double)classes * (double)count)) : 1.0f;
    }
}

int task_weigh(const struct incline_train_options *options, const struct incline_dataset *dataset,
               const struct split *split, float *weights)
{
    if (options->class_weight_count == 0) {
        balance(dataset, split, weights);
        return INCLINE_OK;
    }
    const int rc = check_weights(options, dataset);
    if (rc != INCLINE_OK)
        return rc;
    memcpy(weights, options->class_weight, options->class_weight_count * sizeof *weights);
    for (uint32_t i = 0; i < split->train; i++)
        if (weights[dataset->labels[split_row(split, i)]] > 0.0f)
            return INCLINE_OK;
    return FAIL(INCLINE_EARG,
                "the weight of each class that is trained on is 0, so that no sample would count; "
                "give one more than 0");
}

int task_variance(const incline_model *model, const struct incline_dataset *dataset,
                  const struct split *split, double *variance)
{
    const struct feed_view view = feed_view_of(model, dataset);
    const uint32_t rows = split->train, outputs = view.outputs;
    float *t = malloc((outputs + 1) * sizeof *t);
    double *sums = calloc((size_t)outputs + 1, sizeof *sums);
    int rc = INCLINE_OK;

    if (t == NULL || sums == NULL) {
        rc = FAIL(INCLINE_ENOMEM, "no memory for the variance of %" PRIu32 " targets", outputs);
        goto out;
    }
    for (uint32_t i = 0; i < rows; i++) {
        feed_outputs(&view, dataset, split_row(split, i), t);
        for (uint32_t o = 0; o < outputs; o++)
            sums[o] += (double)t[o] / rows;
    }
    *variance = 0.0;
    for (uint32_t i = 0; i < rows; i++) {
        feed_outputs(&view, dataset, split_row(split, i), t);
        for (uint32_t o = 0; o < outputs; o++)
            *variance += ((double)t[o] - sums[o]) * ((double)t[o] - sums[o]) / rows / outputs;
    }
out:
    free(sums);
    free(t);
    return rc;
}
