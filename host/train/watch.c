/* watch.c - validation during a run. */
#include "host/train/watch.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/net/certify.h"
#include "host/util/status.h"

/* Most rows that are judged at a time; the plan may take fewer. */
enum { JUDGE_ROWS = 2048 };

bool best_is_beaten(const struct best *best, const struct verdict *now, enum incline_best by)
{
    const struct verdict *before = &best->verdict;

    if (by == INCLINE_BEST_LAST)
        return false;
    if (best->epoch == 0)
        return true;
    if (by == INCLINE_BEST_ACCURACY && !isnan(now->accuracy) && now->accuracy != before->accuracy)
        return now->accuracy > before->accuracy;
    return now->loss < before->loss || (isnan(before->loss) && !isnan(now->loss));
}

int best_keep(struct best *best, uint32_t epoch, const struct verdict *verdict, const float *params,
              size_t count)
{
    if (best->params == NULL)
        best->params = malloc(count * sizeof *params);
    if (best->params == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for the best %zu parameters", count);
    memcpy(best->params, params, count * sizeof *params);
    best->epoch = epoch;
    best->verdict = *verdict;
    return INCLINE_OK;
}

void best_clear(struct best *best)
{
    free(best->params);
    memset(best, 0, sizeof *best);
}

void best_to_text(const struct best *best, char text[BEST_TEXT_BYTES])
{
    uint64_t bits[2];

    memcpy(&bits[0], &best->verdict.loss, sizeof bits[0]);
    memcpy(&bits[1], &best->verdict.accuracy, sizeof bits[1]);
    snprintf(text, BEST_TEXT_BYTES, "%" PRIu32 " %016" PRIx64 " %016" PRIx64, best->epoch, bits[0],
             bits[1]);
}

bool best_from_text(const char *text, struct best *best)
{
    uint64_t bits[2];
    int end = 0;

    if (sscanf(text, "%" SCNu32 " %16" SCNx64 " %16" SCNx64 "%n", &best->epoch, &bits[0], &bits[1],
               &end) != 3 ||
        text[end] != '\0' || best->epoch == 0)
        return false;
    memcpy(&best->verdict.loss, &bits[0], sizeof bits[0]);
    memcpy(&best->verdict.accuracy, &bits[1], sizeof bits[1]);
    return true;
}

int judge_open(struct judge *out, const incline_model *model, const struct loss *loss,
               const struct feed *feed, const uint32_t *list, uint32_t count)
{
    struct judge judge = {0};
    struct method method = model_method(model);
    int rc = INCLINE_OK;

    if (model->task == INCLINE_TASK_REGRESSION) {
        method.loss.kind = loss->kind;
        method.loss.delta = loss->delta;
    }
    TRY(plan_create(&judge.plan, feed->dev, &model->net, &method,
                    count < JUDGE_ROWS ? count : JUDGE_ROWS));
    TRY(certify(feed->dev, &model->net, &method, CERTIFY_LOSSES, feed_element(feed->dataset),
                judge.plan.rows));
    TRY(feed_share(&judge.view, feed, list, count, judge.plan.rows));
    *out = judge;
    return INCLINE_OK;
out:
    judge_close(&judge);
    return rc;
}

void judge_close(struct judge *judge)
{
    plan_destroy(&judge->plan);
    feed_close(&judge->view);
}

int judge_model(struct judge *judge, const incline_model *model, struct verdict *verdict)
{
    struct plan *plan = &judge->plan;
    struct incline_device *dev = plan->dev;
    const uint32_t rows = judge->view.count;
    uint32_t tally[TALLY_WORDS];
    float sums[2];
    int rc = INCLINE_OK;

    TRY(plan_set_params(plan, model->params));
    TRY(dev->ops->fill(dev, &(struct fill){plan_tally(plan), TALLY_WORDS, 0.0f}));
    TRY(feed_epoch(&judge->view, 0, 0, true));
    for (uint32_t done = 0; done < rows;) {
        const uint32_t pass = rows - done < plan->rows ? rows - done : plan->rows;
        TRY(feed_batch(&judge->view, plan, done, pass));
        TRY(plan_forward(plan, pass));
        TRY(plan_measure(plan, pass));
        done += pass;
    }
    TRY(dev->ops->download(dev, plan_tally(plan), ELEMENT_U32, TALLY_WORDS, tally));
    memcpy(sums, tally, sizeof sums);
    verdict->loss = ((double)sums[TALLY_LOSS] + (double)sums[TALLY_LOST]) / rows;
    verdict->accuracy =
        model->task == INCLINE_TASK_REGRESSION ? (double)NAN : (double)tally[TALLY_CORRECT] / rows;
out:
    return rc;
}
