/* ensemble_score.c - accuracy and loss of probabilities; R2, RMSE and MAE of values. */
#include "ensemble_score.h"
#include "cli.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

struct ensemble_score {
    const incline_dataset *data;
    enum incline_task task;
    uint32_t predictions, rows, correct;
    double loss;             /* sum */
    float *targets;          /* [predictions] room for those of one row */
    struct target_sums *sum; /* [predictions]; both NULL where labels are predicted */
};

struct target_sums {
    double mean;              /* of all targets */
    double squares, absolute; /* errors */
    double spread;            /* squared distances of the targets from their mean */
};

static bool has_targets(enum incline_task task)
{
    return task == INCLINE_TASK_LABELS || task == INCLINE_TASK_REGRESSION;
}

static int find_means(struct ensemble_score *score)
{
    int status = CLI_DONE;
    struct incline_dataset_info info;

    incline_dataset_describe(score->data, &info);
    for (uint32_t row = 0; row < info.rows; row++) {
        TRY(cli_check(incline_dataset_targets(score->data, row, score->targets)));
        for (uint32_t o = 0; o < score->predictions; o++)
            score->sum[o].mean += (double)score->targets[o] / info.rows;
    }
out:
    return status;
}

int ensemble_score_create(const incline_dataset *data, const struct incline_model_info *info,
                          struct ensemble_score **score)
{
    int status = CLI_DONE;
    struct ensemble_score *made = calloc(1, sizeof *made);

    if (made == NULL)
        return cli_fail("not enough memory for the scores");
    made->data = data;
    made->task = info->task;
    made->predictions = info->predictions;
    if (has_targets(info->task)) {
        made->targets = calloc(info->predictions, sizeof *made->targets);
        made->sum = calloc(info->predictions, sizeof *made->sum);
        if (made->targets == NULL || made->sum == NULL) {
            status = cli_fail("not enough memory for the scores of %" PRIu32 " outputs",
                              info->predictions);
            goto out;
        }
        TRY(find_means(made));
    }
    *score = made;
    made = NULL;
out:
    ensemble_score_destroy(made);
    return status;
}

void ensemble_score_destroy(struct ensemble_score *score)
{
    if (score == NULL)
        return;
    free(score->targets);
    free(score->sum);
    free(score);
}

/* Of equal probabilities the first, as a model decides. */
static int add_class(struct ensemble_score *score, uint32_t row, const double *p)
{
    uint32_t label, best = 0;
    const int status = cli_check(incline_dataset_sample(score->data, row, NULL, &label));

    if (status != CLI_DONE)
        return status;
    if (label >= score->predictions)
        return cli_fail("sample %" PRIu32 " has class %" PRIu32 ", the models know %" PRIu32, row,
                        label, score->predictions);
    for (uint32_t c = 1; c < score->predictions; c++)
        if (p[c] > p[best])
            best = c;
    score->correct += best == label;
    score->loss -= log(p[label]);
    return CLI_DONE;
}

static int add_targets(struct ensemble_score *score, uint32_t row, const double *values)
{
    const int status = cli_check(incline_dataset_targets(score->data, row, score->targets));
    bool all = true;

    if (status != CLI_DONE)
        return status;
    for (uint32_t o = 0; o < score->predictions; o++) {
        struct target_sums *sum = &score->sum[o];
        const double target = (double)score->targets[o], error = values[o] - target;
        sum->squares += error * error;
        sum->absolute += fabs(error);
        sum->spread += (target - sum->mean) * (target - sum->mean);
        all = all && (values[o] > 0.5) == (target > 0.5);
    }
    score->correct += score->task == INCLINE_TASK_LABELS && all;
    return CLI_DONE;
}

int ensemble_score_add(struct ensemble_score *score, uint32_t row, const double *predictions)
{
    score->rows++;
    return has_targets(score->task) ? add_targets(score, row, predictions)
                                    : add_class(score, row, predictions);
}

static double determination(const struct target_sums *sum)
{
    if (sum->spread > 0.0)
        return 1.0 - sum->squares / sum->spread;
    return sum->squares > 0.0 ? 0.0 : 1.0;
}

struct incline_evaluation ensemble_score_result(const struct ensemble_score *score)
{
    const double rows = score->rows, outputs = score->predictions, none = (double)NAN;
    struct incline_evaluation e = {.rows = score->rows,
                                   .correct = score->correct,
                                   .loss = has_targets(score->task) ? none : score->loss / rows,
                                   .accuracy = score->correct / rows,
                                   .rmse = none,
                                   .mae = none,
                                   .r2 = none,
                                   .f1 = none};

    if (score->task != INCLINE_TASK_REGRESSION)
        return e;
    double squares = 0.0;
    e.accuracy = none;
    e.mae = e.r2 = 0.0;
    for (uint32_t o = 0; o < score->predictions; o++) {
        squares += score->sum[o].squares / rows / outputs;
        e.mae += score->sum[o].absolute / rows / outputs;
        e.r2 += determination(&score->sum[o]) / outputs;
    }
    e.rmse = sqrt(squares);
    return e;
}
