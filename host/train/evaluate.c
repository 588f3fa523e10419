/* evaluate.c - what a model makes of a data set: predictions; loss, accuracy, confusion, scores. */
#include "host/train/evaluate.h"

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

/* What the logits of a pass over `rows` say; logits[rows, outputs] is room, and those on the device
 * are lost. */
static int read_predictions(struct session *session, const incline_model *model, uint32_t rows,
                            float *logits, float *predictions)
{
    const struct span z = plan_logits(&session->plan);
    const uint32_t outputs = model_outputs(model);
    struct incline_device *device = session->plan.dev;
    const bool classes = model->task == INCLINE_TASK_CLASSES;
    int rc = INCLINE_OK;

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
        TRY(session_forward(&session, first + done, pass));
        TRY(read_predictions(&session, model, pass, logits,
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
    struct mean *mean;    /* NULL; borrowed */
    float *predictions;   /* [plan.rows, classes] room, with a mean */
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

/* Predictions of rows [first, first + rows), and of copies of them, to the mean. */
static int observe_mean(struct observer *observer, struct session *session,
                        const incline_model *model, uint32_t first, uint32_t rows)
{
    if (observer->mean == NULL)
        return INCLINE_OK;
    const int rc = read_predictions(session, model, rows, observer->logits, observer->predictions);
    if (rc == INCLINE_OK)
        mean_add(observer->mean, first, rows, observer->predictions);
    return rc;
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
    return observe_mean(observer, session, model, first, rows);
}

static int observer_open(struct observer *observer, const struct session *session,
                         const incline_model *model, bool confusion, struct mean *mean)
{
    const size_t classes = model_classes(model), outputs = model_outputs(model);
    const size_t rows = session->plan.rows;
    const bool targets =
        model->task == INCLINE_TASK_LABELS || model->task == INCLINE_TASK_REGRESSION;
    const bool looks = confusion || targets || mean != NULL;
    int rc = INCLINE_OK;

    observer->mean = mean;
    if (confusion)
        observer->confusion = calloc(classes * classes, sizeof *observer->confusion);
    if (mean != NULL)
        observer->predictions = malloc(rows * classes * sizeof *observer->predictions);
    if (looks)
        observer->logits = malloc(rows * outputs * sizeof *observer->logits);
    if ((confusion && observer->confusion == NULL) ||
        (mean != NULL && observer->predictions == NULL) || (looks && observer->logits == NULL))
        return FAIL(INCLINE_ENOMEM, "no memory for the logits of %u rows", session->plan.rows);
    if (targets)
        TRY(scores_create(&observer->scores, model, session->feed.dataset));
out:
    return rc;
}

static void observer_close(struct observer *observer)
{
    free(observer->confusion);
    free(observer->predictions);
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

/* One distorted copy of every sample, predicted for the mean. */
static int predict_copy(struct observer *observer, struct session *session,
                        const incline_model *model, uint32_t copy)
{
    struct plan *plan = &session->plan;
    const uint32_t rows = session->feed.dataset->info.rows;
    int rc = INCLINE_OK;

    plan->step = copy;
    TRY(feed_epoch(&session->feed, 0, 0, true));
    for (uint32_t done = 0; done < rows;) {
        const uint32_t pass = rows - done < plan->rows ? rows - done : plan->rows;
        TRY(feed_batch(&session->feed, plan, done, pass));
        TRY(plan_augment(plan, &session->feed.samples, done, pass));
        TRY(plan_forward(plan, pass));
        TRY(observe_mean(observer, session, model, done, pass));
        done += pass;
    }
out:
    return rc;
}

int evaluate_model(const incline_model *model, incline_device *device,
                   const incline_dataset *dataset, const struct method *method, struct mean *mean,
                   uint64_t *confusion, struct incline_output_score *scores,
                   struct incline_evaluation *evaluation)
{
    const size_t classes = model_classes(model);
    const uint32_t rows = dataset->info.rows;
    struct session session = {0};
    struct observer observer = {0};
    uint32_t tally[TALLY_WORDS];
    int rc = INCLINE_OK;

    TRY(session_open_by(&session, model, method, device, dataset, rows, CERTIFY_LOSSES));
    if (mean != NULL)
        TRY(certify(device, &model->net, method, CERTIFY_PROBABILITIES, feed_element(dataset),
                    session.plan.rows));
    TRY(observer_open(&observer, &session, model, confusion != NULL, mean));
    for (uint32_t done = 0; done < rows;) {
        const uint32_t pass = rows - done < session.plan.rows ? rows - done : session.plan.rows;
        TRY(session_forward(&session, done, pass));
        TRY(plan_measure(&session.plan, pass));
        TRY(observe(&observer, &session, model, done, pass));
        done += pass;
    }
    for (uint32_t copy = 0; mean != NULL && copy < mean->copies; copy++)
        TRY(predict_copy(&observer, &session, model, copy));
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

int evaluate_check(const incline_model *model, const uint64_t *confusion,
                   const struct incline_output_score *scores)
{
    const bool one = model->task == INCLINE_TASK_CLASSES || model->task == INCLINE_TASK_BINARY;

    if (confusion != NULL && !one)
        return FAIL(INCLINE_ESHAPE,
                    "the model predicts %s, of which there is no confusion matrix; "
                    "ask for the scores of its outputs",
                    model->task == INCLINE_TASK_LABELS ? "several labels" : "numbers");
    if (scores != NULL && one)
        return FAIL(INCLINE_ESHAPE,
                    "the model predicts one of %u classes, not several labels or "
                    "numbers; ask for the confusion matrix",
                    model_classes(model));
    return INCLINE_OK;
}

int incline_evaluate(const incline_model *model, incline_device *device,
                     const incline_dataset *dataset, uint64_t *confusion,
                     struct incline_evaluation *evaluation)
{
    const struct method method = model_method(model);
    const int rc = evaluate_check(model, confusion, NULL);
    return rc != INCLINE_OK
               ? rc
               : evaluate_model(model, device, dataset, &method, NULL, confusion, NULL, evaluation);
}

int incline_evaluate_outputs(const incline_model *model, incline_device *device,
                             const incline_dataset *dataset, struct incline_output_score *scores,
                             struct incline_evaluation *evaluation)
{
    const struct method method = model_method(model);
    const int rc = evaluate_check(model, NULL, scores);
    return rc != INCLINE_OK
               ? rc
               : evaluate_model(model, device, dataset, &method, NULL, NULL, scores, evaluation);
}
