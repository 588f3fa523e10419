/* evaluate.c - what a model makes of a data set: predictions; loss, accuracy, confusion, scores. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/train/scores.h"
#include "host/train/session.h"
#include "host/util/status.h"

/* ---- predictions ---- */

/* What logits[rows, outputs] of a task other than one of several classes say, into
 * predictions[rows, model_classes()]. */
static void interpret(const incline_model *model, const float *logits, uint32_t rows,
                      float *predictions)
{
    const uint32_t outputs = model_outputs(model);

    for (size_t i = 0; i < (size_t)rows * outputs; i++)
        if (model->task == INCLINE_TASK_BINARY) {
            predictions[2 * i] = 1.0f / (1.0f + expf(logits[i]));
            predictions[2 * i + 1] = model_output_value(model, 0, logits[i]);
        } else {
            predictions[i] = model_output_value(model, i % outputs, logits[i]);
        }
}

/* One pass: rows [first, first + rows); logits[rows, outputs] is room. */
static int predict_pass(struct session *session, const incline_model *model, uint32_t first,
                        uint32_t rows, float *logits, float *predictions)
{
    const struct span z = plan_logits(&session->plan);
    const uint32_t outputs = model_outputs(model);
    struct incline_device *device = session->plan.dev;
    const bool classes = model->task == INCLINE_TASK_CLASSES;
    int rc = INCLINE_OK;

    TRY(session_forward(session, first, rows));
    if (classes)
        TRY(device->ops->softmax(device, &(struct softmax){z, z, rows, outputs}));
    TRY(device->ops->download(device, z, ELEMENT_F32, (size_t)rows * outputs,
                              classes ? predictions : logits));
    if (!classes)
        interpret(model, logits, rows, predictions);
out:
    return rc;
}

/* The largest power of two that is at most `rows` > 0. Products are chosen and checked for each
 * number of rows they were not seen with before; pieces of a table may have any. */
static uint32_t even_pass(uint32_t rows)
{
    while ((rows & (rows - 1)) != 0)
        rows &= rows - 1;
    return rows;
}

int incline_predict(const incline_model *model, incline_device *device,
                    const incline_dataset *dataset, uint32_t first, uint32_t rows,
                    float *predictions)
{
    struct session session = {0};
    float *logits = NULL;
    int rc = INCLINE_OK;

    if (first > dataset->info.rows || rows > dataset->info.rows - first)
        return FAIL(INCLINE_EARG, "samples %u to %llu of %s, which has %u", first,
                    (unsigned long long)first + rows, dataset->info.name, dataset->info.rows);
    if (rows == 0)
        return INCLINE_OK;
    TRY(session_open(&session, model, device, dataset, even_pass(rows), CERTIFY_PROBABILITIES));
    logits = malloc((size_t)session.plan.rows * model_outputs(model) * sizeof *logits);
    if (logits == NULL) {
        rc = FAIL(INCLINE_ENOMEM, "no memory for the logits of %u rows", session.plan.rows);
        goto out;
    }
    for (uint32_t done = 0; done < rows;) {
        const uint32_t left = rows - done;
        const uint32_t pass = even_pass(left < session.plan.rows ? left : session.plan.rows);
        TRY(predict_pass(&session, model, first + done, pass, logits,
                         predictions + (size_t)done * model_classes(model)));
        done += pass;
    }
out:
    free(logits);
    session_close(&session);
    return rc;
}

/* ---- evaluation ---- */

/* What is looked at besides the tally; each may be off. */
struct observer {
    uint64_t *confusion;  /* [classes, classes]; NULL */
    struct scores scores; /* .sums NULL */
    float *logits;        /* [plan.rows, outputs] room; NULL if nothing is looked at */
};

/* The class that a row of logits stands for; of equal logits the first. */
static uint32_t predicted_class(const incline_model *model, const float *z)
{
    uint32_t best = 0;

    if (model->task == INCLINE_TASK_BINARY)
        return z[0] > 0.0f;
    for (uint32_t c = 1; c < model_outputs(model); c++)
        if (z[c] > z[best])
            best = c;
    return best;
}

/* Look at the logits of rows [first, first + rows). */
static int observe(struct observer *observer, struct session *session, const incline_model *model,
                   uint32_t first, uint32_t rows)
{
    const uint32_t outputs = model_outputs(model), classes = model_classes(model);
    const uint32_t *labels = session->feed.dataset->labels;
    struct incline_device *device = session->plan.dev;

    if (observer->logits == NULL)
        return INCLINE_OK;
    const int rc = device->ops->download(device, plan_logits(&session->plan), ELEMENT_F32,
                                         (size_t)rows * outputs, observer->logits);
    if (rc != INCLINE_OK)
        return rc;
    for (size_t r = 0; observer->confusion != NULL && r < rows; r++)
        observer->confusion[(size_t)labels[first + r] * classes +
                            predicted_class(model, observer->logits + r * outputs)]++;
    if (observer->scores.sums != NULL)
        scores_add(&observer->scores, first, rows, observer->logits);
    return INCLINE_OK;
}

static int observer_open(struct observer *observer, const struct session *session,
                         const incline_model *model, bool confusion)
{
    const size_t classes = model_classes(model), outputs = model_outputs(model);
    const bool targets =
        model->task == INCLINE_TASK_LABELS || model->task == INCLINE_TASK_REGRESSION;
    int rc = INCLINE_OK;

    if (confusion)
        observer->confusion = calloc(classes * classes, sizeof *observer->confusion);
    if (confusion || targets)
        observer->logits = malloc(session->plan.rows * outputs * sizeof *observer->logits);
    if ((confusion && observer->confusion == NULL) ||
        ((confusion || targets) && observer->logits == NULL))
        return FAIL(INCLINE_ENOMEM, "no memory for the logits of %u rows", session->plan.rows);
    if (targets)
        TRY(scores_create(&observer->scores, model, session->feed.dataset));
out:
    return rc;
}

static void observer_close(struct observer *observer)
{
    free(observer->confusion);
    free(observer->logits);
    scores_destroy(&observer->scores);
}

/* What the tally says. */
static struct incline_evaluation read_tally(const uint32_t tally[TALLY_WORDS],
                                            enum incline_task task)
{
    float sums[SUM_WORDS];
    const double rows = tally[TALLY_ROWS];

    memcpy(sums, tally, sizeof sums);
    return (struct incline_evaluation){
        .rows = tally[TALLY_ROWS],
        .correct = tally[TALLY_CORRECT],
        .loss = ((double)sums[0] + (double)sums[1]) / rows,
        .accuracy =
            task == INCLINE_TASK_REGRESSION ? (double)NAN : (double)tally[TALLY_CORRECT] / rows,
        .rmse = (double)NAN,
        .mae = (double)NAN,
        .r2 = (double)NAN,
        .f1 = (double)NAN,
    };
}

/* Both kinds of evaluation; `confusion` and `scores` may be NULL. */
static int evaluate(const incline_model *model, incline_device *device,
                    const incline_dataset *dataset, uint64_t *confusion,
                    struct incline_output_score *scores, struct incline_evaluation *evaluation)
{
    const size_t classes = model_classes(model);
    const uint32_t rows = dataset->info.rows;
    struct session session = {0};
    struct observer observer = {0};
    uint32_t tally[TALLY_WORDS];
    int rc = INCLINE_OK;

    TRY(session_open(&session, model, device, dataset, rows, CERTIFY_LOSSES));
    TRY(observer_open(&observer, &session, model, confusion != NULL));
    for (uint32_t done = 0; done < rows;) {
        const uint32_t pass = rows - done < session.plan.rows ? rows - done : session.plan.rows;
        TRY(session_forward(&session, done, pass));
        TRY(plan_measure(&session.plan, pass));
        TRY(observe(&observer, &session, model, done, pass));
        done += pass;
    }
    TRY(device->ops->download(device, plan_tally(&session.plan), ELEMENT_U32, TALLY_WORDS, tally));
    struct incline_evaluation found = read_tally(tally, model->task);
    if (observer.scores.sums != NULL)
        scores_mean(&observer.scores, &found);
    for (uint32_t o = 0; scores != NULL && o < model_outputs(model); o++)
        scores[o] = scores_of(&observer.scores, o);
    if (confusion != NULL)
        memcpy(confusion, observer.confusion, classes * classes * sizeof *confusion);
    *evaluation = found;
out:
    observer_close(&observer);
    session_close(&session);
    return rc;
}

int incline_evaluate(const incline_model *model, incline_device *device,
                     const incline_dataset *dataset, uint64_t *confusion,
                     struct incline_evaluation *evaluation)
{
    if (confusion != NULL &&
        (model->task == INCLINE_TASK_LABELS || model->task == INCLINE_TASK_REGRESSION))
        return FAIL(INCLINE_ESHAPE,
                    "the model predicts %s, of which there is no confusion matrix; "
                    "ask for the scores of its outputs",
                    model->task == INCLINE_TASK_LABELS ? "several labels" : "numbers");
    return evaluate(model, device, dataset, confusion, NULL, evaluation);
}

int incline_evaluate_outputs(const incline_model *model, incline_device *device,
                             const incline_dataset *dataset, struct incline_output_score *scores,
                             struct incline_evaluation *evaluation)
{
    if (model->task == INCLINE_TASK_CLASSES || model->task == INCLINE_TASK_BINARY)
        return FAIL(INCLINE_ESHAPE,
                    "the model predicts one of %u classes, not several labels or "
                    "numbers; ask for the confusion matrix",
                    model_classes(model));
    return evaluate(model, device, dataset, NULL, scores, evaluation);
}
