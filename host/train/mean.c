/* mean.c - several predictions of each sample as one. */
#include "host/train/mean.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/backend/augmentation.h"
#include "host/train/evaluate.h"
#include "host/train/scores.h"
#include "host/util/size.h"
#include "host/util/status.h"

int mean_create(struct mean *mean, const incline_model *model, const incline_dataset *dataset)
{
    size_t count;
    double *sums = NULL;

    if (size_mul(dataset->info.rows, model_classes(model), &count))
        sums = calloc(count, sizeof *sums);
    if (sums == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for %u predictions of %u samples",
                    model_classes(model), dataset->info.rows);
    *mean = (struct mean){.model = model, .dataset = dataset, .sums = sums};
    return INCLINE_OK;
}

void mean_destroy(struct mean *mean)
{
    free(mean->sums);
    mean->sums = NULL;
}

void mean_add(struct mean *mean, uint32_t first, uint32_t rows, const float *predictions)
{
    const size_t width = model_classes(mean->model);

    for (size_t i = 0; i < rows * width; i++)
        mean->sums[first * width + i] += (double)predictions[i];
}

/* ---- how good it is ---- */

/* Of equal probabilities the first, as a model decides. */
static uint32_t likeliest(const double *p, uint32_t classes)
{
    uint32_t best = 0;

    for (uint32_t c = 1; c < classes; c++)
        if (p[c] > p[best])
            best = c;
    return best;
}

/* The logarithm of a probability that was a float on its way, of which `least` is the smallest
 * that is told from 0. */
static double log_of(double probability, double least)
{
    return log(probability < least ? least : probability); /* NaN stays NaN */
}

static void measure_class(const struct mean *mean, uint32_t row, uint64_t *confusion,
                          struct incline_evaluation *e)
{
    const uint32_t classes = model_classes(mean->model), label = mean->dataset->labels[row];
    const double *p = mean->sums + (size_t)row * classes;
    const uint32_t best = likeliest(p, classes);

    e->correct += best == label;
    e->loss -= log_of(p[label], 0x1p-149);
    if (confusion != NULL)
        confusion[(size_t)label * classes + best]++;
}

/* The mean over the outputs of what the model's kind of loss says of (value, target). */
static void measure_targets(const struct mean *mean, uint32_t row, struct incline_evaluation *e)
{
    const incline_model *model = mean->model;
    const uint32_t outputs = model_outputs(model);
    const double *values = mean->sums + (size_t)row * outputs;
    const float *targets = mean->dataset->targets + (size_t)row * outputs;
    double loss = 0.0;
    bool all = true;

    for (uint32_t o = 0; o < outputs; o++) {
        const double t = (double)targets[o], v = values[o];
        const double scale = model->output_scaling != NULL ? (double)model->output_scaling[o] : 1.0;
        if (model->task == INCLINE_TASK_REGRESSION)
            loss += (v - t) / scale * ((v - t) / scale);
        else
            loss -= t * log_of(v, 0x1p-149) + (1.0 - t) * log_of(1.0 - v, 0x1p-25);
        all = all && (v > 0.5) == (t > 0.5);
    }
    e->correct += model->task == INCLINE_TASK_LABELS && all;
    e->loss += loss / outputs;
}

int mean_measure(struct mean *mean, double times, uint64_t *confusion,
                 struct incline_output_score *output_scores, struct incline_evaluation *evaluation)
{
    const incline_model *model = mean->model;
    const uint32_t rows = mean->dataset->info.rows, width = model_classes(model);
    const double none = (double)NAN;
    struct incline_evaluation e = {.rows = rows, .rmse = none, .mae = none, .r2 = none, .f1 = none};
    struct scores scores = {0};
    int rc = INCLINE_OK;

    if (model->task == INCLINE_TASK_LABELS || model->task == INCLINE_TASK_REGRESSION)
        TRY(scores_create(&scores, model, mean->dataset));
    if (confusion != NULL)
        memset(confusion, 0, (size_t)width * width * sizeof *confusion);
    for (uint32_t row = 0; row < rows; row++) {
        for (uint32_t p = 0; p < width; p++)
            mean->sums[(size_t)row * width + p] /= times;
        if (scores.sums == NULL) {
            measure_class(mean, row, confusion, &e);
            continue;
        }
        measure_targets(mean, row, &e);
        scores_add_values(&scores, row, mean->sums + (size_t)row * width);
    }
    e.loss /= rows;
    e.accuracy = model->task == INCLINE_TASK_REGRESSION ? none : (double)e.correct / rows;
    if (scores.sums != NULL)
        scores_mean(&scores, &e);
    for (uint32_t o = 0; output_scores != NULL && o < width; o++)
        output_scores[o] = scores_of(&scores, o);
    *evaluation = e;
out:
    scores_destroy(&scores);
    return rc;
}

/* ---- the public face ---- */

static int check_models(const incline_model *const *models, size_t count)
{
    if (count == 0)
        return FAIL(INCLINE_EARG, "the mean of no models");
    for (size_t m = 1; m < count; m++) {
        const incline_model *first = models[0], *other = models[m];
        if (first->task != other->task || first->net.widths[0] != other->net.widths[0] ||
            model_classes(first) != model_classes(other))
            return FAIL(INCLINE_ESHAPE,
                        "model 1 predicts %u of %u inputs (%s), model %zu %u of %u (%s); models "
                        "with a mean predict the same",
                        model_classes(first), first->net.widths[0], loss_task_text(first->task),
                        m + 1, model_classes(other), other->net.widths[0],
                        loss_task_text(other->task));
    }
    return INCLINE_OK;
}

/* How a model sees distorted copies. */
static int method_of(const incline_model *model, const incline_dataset *dataset,
                     const struct incline_mean_options *options, struct method *method)
{
    const struct incline_dataset_info *info = &dataset->info;
    const bool known = model->image_rows > 0;

    *method = model_method(model);
    if (options->copies == 0)
        return INCLINE_OK;
    if (!augment_is_on(&options->augmentation))
        return FAIL(INCLINE_EARG, "%u copies that are not distorted; say how", options->copies);
    if (!known && info->image_rows == 0)
        return FAIL(INCLINE_EARG, "%s holds no images, and only images can be distorted",
                    info->name);
    method->seed = options->seed > 0 ? options->seed : 1;
    method->augmentation = options->augmentation;
    method->image_rows = known ? model->image_rows : info->image_rows;
    method->image_cols = known ? model->image_cols : info->image_cols;
    return augment_check(&options->augmentation);
}

int incline_evaluate_mean(const incline_model *const *models, size_t count, incline_device *device,
                          const incline_dataset *dataset,
                          const struct incline_mean_options *options, uint64_t *confusion,
                          struct incline_output_score *scores, struct incline_evaluation *each,
                          struct incline_evaluation *evaluation)
{
    static const struct incline_mean_options defaults = {0};
    const struct incline_mean_options *wanted = options != NULL ? options : &defaults;
    struct incline_evaluation *found = NULL;
    struct method method;
    struct mean mean = {0};
    int rc = INCLINE_OK;

    TRY(check_models(models, count));
    TRY(evaluate_check(models[0], confusion, scores));
    found = malloc(count * sizeof *found);
    if (found == NULL) {
        rc = FAIL(INCLINE_ENOMEM, "no memory for the evaluation of %zu models", count);
        goto out;
    }
    TRY(mean_create(&mean, models[0], dataset));
    mean.copies = wanted->copies;
    for (size_t m = 0; m < count; m++) {
        TRY(method_of(models[m], dataset, wanted, &method));
        TRY(evaluate_model(models[m], device, dataset, &method, &mean, NULL, NULL, &found[m]));
    }
    TRY(mean_measure(&mean, (double)count * (1.0 + wanted->copies), confusion, scores, evaluation));
    if (each != NULL)
        memcpy(each, found, count * sizeof *found);
out:
    mean_destroy(&mean);
    free(found);
    return rc;
}
