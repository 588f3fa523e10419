/* validate.c - the end of an epoch of a run with validation, and what it decides. */
#include "host/train/validate.h"

#include <string.h>

#include "host/util/status.h"

int validate_epoch(struct incline_trainer *trainer, uint32_t epochs, bool cut,
                   struct incline_progress *progress)
{
    const struct split *split = &trainer->split;
    struct best *best = &trainer->best;
    struct verdict verdict;
    int rc = INCLINE_OK;

    if (trainer->judge.plan.dev == NULL)
        TRY(judge_open(&trainer->judge, trainer->model, &trainer->plan.method.loss, &trainer->feed,
                       split->rows + split->train, split->validation));
    TRY(judge_model(&trainer->judge, trainer->model, &verdict));
    progress->validated = true;
    progress->validation_loss = verdict.loss;
    progress->validation_accuracy = verdict.accuracy;
    const bool better = best_is_beaten(best, &verdict, trainer->run.options.best);
    trainer->cut_is_best = cut && better;
    if (better && !cut)
        TRY(best_keep(best, epochs, &verdict, trainer->model->params,
                      trainer->model->net.param_count));
    progress->best_epoch = trainer->cut_is_best ? epochs + 1 : best->epoch;
    progress->best_loss = trainer->cut_is_best ? verdict.loss : best->verdict.loss;
    progress->best_accuracy = trainer->cut_is_best ? verdict.accuracy : best->verdict.accuracy;
    if (!cut)
        plateau_watch(&trainer->run.options.schedule, run_span(&trainer->run),
                      trainer->run.options.learning_rate, epochs, best->epoch, &trainer->plateau);
out:
    return rc;
}

bool validate_gives_up(const struct incline_trainer *trainer, uint64_t epochs)
{
    const uint32_t patience = trainer->run.options.patience, best = trainer->best.epoch;
    return patience > 0 && best > 0 && epochs >= (uint64_t)best + patience;
}

void validate_take_best(struct incline_trainer *trainer)
{
    if (trainer->best.epoch > 0 && !trainer->cut_is_best)
        memcpy(trainer->model->params, trainer->best.params,
               trainer->model->net.param_count * sizeof *trainer->model->params);
}
