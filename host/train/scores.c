/* scores.c - RMSE, MAE, R2 and F1 of each output. */
#include "host/train/scores.h"

#include <math.h>
#include <stdlib.h>

#include "host/util/status.h"

struct score_sums {
    double mean;              /* of the targets */
    double squares, absolute; /* errors */
    double spread;            /* squared distances of the targets from their mean */
    uint64_t true_positives, false_positives, false_negatives;
};

int scores_create(struct scores *scores, const incline_model *model, const incline_dataset *dataset)
{
    const uint32_t outputs = dataset->info.outputs, rows = dataset->info.rows;
    struct score_sums *sums = calloc(outputs, sizeof *sums);

    if (sums == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for the scores of %u outputs", outputs);
    for (size_t row = 0; row < rows; row++)
        for (uint32_t o = 0; o < outputs; o++)
            sums[o].mean += (double)dataset->targets[row * outputs + o] / rows;
    *scores = (struct scores){model, dataset, sums};
    return INCLINE_OK;
}

void scores_destroy(struct scores *scores)
{
    free(scores->sums);
    scores->sums = NULL;
}

static void add(struct score_sums *sums, double target, double value, bool predicted)
{
    const bool holds = target > 0.5;

    sums->squares += (value - target) * (value - target);
    sums->absolute += fabs(value - target);
    sums->spread += (target - sums->mean) * (target - sums->mean);
    sums->true_positives += predicted && holds;
    sums->false_positives += predicted && !holds;
    sums->false_negatives += !predicted && holds;
}

void scores_add(struct scores *scores, uint32_t first, uint32_t rows, const float *logits)
{
    const uint32_t outputs = scores->dataset->info.outputs;
    const float *targets = scores->dataset->targets + (size_t)first * outputs;

    for (size_t i = 0; i < (size_t)rows * outputs; i++)
        add(&scores->sums[i % outputs], (double)targets[i],
            (double)model_output_value(scores->model, i % outputs, logits[i]), logits[i] > 0.0f);
}

void scores_add_values(struct scores *scores, uint32_t row, const double *values)
{
    const uint32_t outputs = scores->dataset->info.outputs;
    const float *targets = scores->dataset->targets + (size_t)row * outputs;

    for (uint32_t o = 0; o < outputs; o++)
        add(&scores->sums[o], (double)targets[o], values[o], values[o] > 0.5);
}

static double determination(const struct score_sums *sums)
{
    if (sums->spread > 0.0)
        return 1.0 - sums->squares / sums->spread;
    return sums->squares > 0.0 ? 0.0 : 1.0;
}

struct incline_output_score scores_of(const struct scores *scores, uint32_t output)
{
    const struct score_sums *sums = &scores->sums[output];
    const double rows = scores->dataset->info.rows;

    if (scores->model->task == INCLINE_TASK_REGRESSION)
        return (struct incline_output_score){.rmse = sqrt(sums->squares / rows),
                                             .mae = sums->absolute / rows,
                                             .r2 = determination(sums),
                                             .f1 = (double)NAN};
    const uint64_t whole = 2 * sums->true_positives + sums->false_positives + sums->false_negatives;
    return (struct incline_output_score){
        .rmse = (double)NAN,
        .mae = (double)NAN,
        .r2 = (double)NAN,
        .true_positives = sums->true_positives,
        .false_positives = sums->false_positives,
        .false_negatives = sums->false_negatives,
        .f1 = whole > 0 ? 2.0 * (double)sums->true_positives / (double)whole : (double)NAN};
}

void scores_mean(const struct scores *scores, struct incline_evaluation *evaluation)
{
    const uint32_t outputs = scores->dataset->info.outputs;
    double squares = 0.0, mae = 0.0, r2 = 0.0, f1 = 0.0;

    for (uint32_t o = 0; o < outputs; o++) {
        const struct incline_output_score score = scores_of(scores, o);
        squares += score.rmse * score.rmse / outputs;
        mae += score.mae / outputs;
        r2 += score.r2 / outputs;
        f1 += isfinite(score.f1) ? score.f1 / outputs : 0.0; /* as is usual */
    }
    if (scores->model->task == INCLINE_TASK_REGRESSION) {
        evaluation->rmse = sqrt(squares);
        evaluation->mae = mae;
        evaluation->r2 = r2;
    } else {
        evaluation->f1 = f1;
    }
}
