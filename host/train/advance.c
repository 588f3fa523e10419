/* advance.c - steps of a trainer, queued. */
#include "host/train/advance.h"

#include <math.h>
#include <string.h>

#include "host/util/status.h"

uint32_t advance_rows(const struct run *run, uint64_t epoch_step)
{
    const uint32_t batch_rows = run_batch_rows(run), rows = run_train_rows(run);
    const uint32_t first = (uint32_t)(epoch_step * batch_rows);

    return rows - first < batch_rows ? rows - first : batch_rows;
}

int advance(struct incline_trainer *trainer, uint64_t epoch_step, uint32_t steps, float rate)
{
    const uint32_t first = (uint32_t)(epoch_step * run_batch_rows(&trainer->run));
    const uint32_t rows = advance_rows(&trainer->run, epoch_step);
    struct plan *plan = &trainer->plan;
    int rc = INCLINE_OK;

    if (trainer->feed.resident ||
        (rows <= plan->rows && steps * rows <= feed_run(&trainer->feed, first))) {
        struct span order;
        TRY(feed_present(&trainer->feed, first, steps * rows, &order));
        TRY(plan_steps(plan, &trainer->feed.samples, order, rows, steps, rate));
        return INCLINE_OK;
    }
    for (uint32_t done = 0; done < rows;) {
        const uint32_t pass = rows - done < plan->rows ? rows - done : plan->rows;
        TRY(feed_batch(&trainer->feed, plan, first + done, pass));
        TRY(plan_augment(plan, &trainer->feed.samples, done, pass));
        TRY(plan_gradients(plan, pass, 1.0f / (float)rows, done > 0));
        done += pass;
    }
    TRY(plan_update(plan, rate));
out:
    return rc;
}

static double sum_at(const uint32_t words[TALLY_WORDS], size_t at)
{
    float sum[SUM_WORDS];
    memcpy(sum, words + at, sizeof sum);
    return (double)sum[0] + (double)sum[1];
}

void advance_read(const struct incline_trainer *trainer, const uint32_t words[TALLY_WORDS],
                  struct incline_progress *progress)
{
    const bool numbers = trainer->model->task == INCLINE_TASK_REGRESSION;
    const double rows = (double)words[TALLY_ROWS];
    const double whole = trainer->class_weights != NULL ? sum_at(words, TALLY_WEIGHTS) : rows;

    progress->loss = whole != 0.0 ? sum_at(words, TALLY_LOSS) / whole : 0.0;
    progress->accuracy = numbers      ? (double)NAN
                         : rows > 0.0 ? (double)words[TALLY_CORRECT] / rows
                                      : 0.0;
    progress->r2 = numbers && rows > 0.0 && trainer->target_variance > 0.0
                       ? 1.0 - sum_at(words, TALLY_SQUARES) / rows / trainer->target_variance
                       : (double)NAN;
}
