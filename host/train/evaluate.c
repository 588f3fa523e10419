/* evaluate.c - what a model makes of a data set: probabilities, loss, accuracy, confusion. */
#include <stdlib.h>
#include <string.h>

#include "host/net/certify.h"
#include "host/net/model.h"
#include "host/net/plan.h"
#include "host/train/feed.h"
#include "host/util/status.h"

/* Most rows that are asked for at a time; the plan may take fewer. */
enum { EVALUATE_ROWS = 8192 };

/* A model and a data set on a device. */
struct session {
    struct plan plan;
    struct feed feed;
};

static int check_fit(const incline_model *model, const incline_dataset *dataset)
{
    const struct incline_dataset_info *info = &dataset->info;

    if (info->features != model->net.widths[0])
        return FAIL(INCLINE_ESHAPE,
                    "the model takes %u features, %s has %u; take the kind of data it was trained "
                    "on (%s)",
                    model->net.widths[0], info->name, info->features,
                    model->trained_on[0] != '\0' ? model->trained_on : "not known");
    if (model->image_rows != 0 && info->image_rows != 0 &&
        (model->image_rows != info->image_rows || model->image_cols != info->image_cols))
        return FAIL(INCLINE_ESHAPE, "the model takes images of %u x %u, %s has %u x %u",
                    model->image_rows, model->image_cols, info->name, info->image_rows,
                    info->image_cols);
    if (info->classes > model_classes(model))
        return FAIL(INCLINE_ESHAPE, "%s has %u classes, the model knows %u", info->name,
                    info->classes, model_classes(model));
    return INCLINE_OK;
}

static void session_close(struct session *session)
{
    plan_destroy(&session->plan);
    feed_close(&session->feed);
}

/* Inputs are scaled as the model says, or as the data do where it does not know. `work` is what the
 * session is for. */
static int session_open(struct session *session, const incline_model *model, incline_device *device,
                        const incline_dataset *dataset, uint32_t rows, enum certified_work work)
{
    const bool known = model->scale != 0.0f;
    int rc = INCLINE_OK;

    TRY(check_fit(model, dataset));
    TRY(plan_create(&session->plan, device, &model->net, NULL,
                    rows < EVALUATE_ROWS ? rows : EVALUATE_ROWS));
    TRY(certify(device, &model->net, NULL, work, feed_element(dataset), session->plan.rows));
    TRY(feed_open(&session->feed, device, dataset, known ? model->scale : dataset->info.scale,
                  known ? model->shift : dataset->info.shift, session->plan.rows));
    TRY(plan_set_params(&session->plan, model->params));
    TRY(feed_epoch(&session->feed, 0, 0, true));
out:
    return rc;
}

/* Forward rows [first, first + rows): the logits are where the plan keeps them. */
static int session_forward(struct session *session, uint32_t first, uint32_t rows)
{
    const int rc = feed_batch(&session->feed, first, rows, plan_input(&session->plan),
                              plan_labels(&session->plan));
    return rc != INCLINE_OK ? rc : plan_forward(&session->plan, rows);
}

int incline_predict(const incline_model *model, incline_device *device,
                    const incline_dataset *dataset, uint32_t first, uint32_t rows,
                    float *probabilities)
{
    const uint32_t classes = model_classes(model);
    struct session session = {0};
    int rc = INCLINE_OK;

    if (first > dataset->info.rows || rows > dataset->info.rows - first)
        return FAIL(INCLINE_EARG, "samples %u to %llu of %s, which has %u", first,
                    (unsigned long long)first + rows, dataset->info.name, dataset->info.rows);
    if (rows == 0)
        return INCLINE_OK;
    TRY(session_open(&session, model, device, dataset, rows, CERTIFY_PROBABILITIES));
    for (uint32_t done = 0; done < rows;) {
        const struct span logits = plan_logits(&session.plan);
        const uint32_t pass = rows - done < session.plan.rows ? rows - done : session.plan.rows;
        TRY(session_forward(&session, first + done, pass));
        TRY(device->ops->softmax(
            device, &(struct softmax){.z = logits, .p = logits, .rows = pass, .classes = classes}));
        TRY(device->ops->download(device, logits, ELEMENT_F32, (size_t)pass * classes,
                                  probabilities + (size_t)done * classes));
        done += pass;
    }
out:
    session_close(&session);
    return rc;
}

/* The largest of z[count], and of equal ones the first. */
static uint32_t largest(const float *z, uint32_t count)
{
    uint32_t best = 0;
    for (uint32_t c = 1; c < count; c++)
        if (z[c] > z[best])
            best = c;
    return best;
}

/* Count who was taken for whom in rows [first, first + rows); logits[rows, classes] is room. */
static int count_confusion(struct session *session, uint32_t first, uint32_t rows, float *logits,
                           uint64_t *confusion)
{
    const uint32_t classes = session->plan.net->widths[session->plan.net->layers];
    const uint32_t *labels = session->feed.dataset->labels;
    struct incline_device *device = session->plan.dev;

    const int rc = device->ops->download(device, plan_logits(&session->plan), ELEMENT_F32,
                                         (size_t)rows * classes, logits);
    for (uint32_t r = 0; r < rows && rc == INCLINE_OK; r++)
        confusion[(size_t)labels[first + r] * classes +
                  largest(logits + (size_t)r * classes, classes)]++;
    return rc;
}

int incline_evaluate(const incline_model *model, incline_device *device,
                     const incline_dataset *dataset, uint64_t *confusion,
                     struct incline_evaluation *evaluation)
{
    const uint32_t classes = model_classes(model), rows = dataset->info.rows;
    struct session session = {0};
    uint32_t tally[TALLY_WORDS];
    float *logits = NULL, sums[2];
    uint64_t *counts = NULL; /* [classes, classes], given out on success */
    int rc = INCLINE_OK;

    if (dataset->labels == NULL)
        return FAIL(INCLINE_ESHAPE,
                    "%s has no labels to evaluate against; incline predict needs none",
                    dataset->info.name);
    TRY(session_open(&session, model, device, dataset, rows, CERTIFY_LOSSES));
    if (confusion != NULL) {
        counts = calloc((size_t)classes * classes, sizeof *counts);
        logits = malloc((size_t)session.plan.rows * classes * sizeof *logits);
        if (counts == NULL || logits == NULL) {
            rc = FAIL(INCLINE_ENOMEM, "no memory for the logits of %u rows", session.plan.rows);
            goto out;
        }
    }
    for (uint32_t done = 0; done < rows;) {
        const uint32_t pass = rows - done < session.plan.rows ? rows - done : session.plan.rows;
        TRY(session_forward(&session, done, pass));
        TRY(plan_measure(&session.plan, pass));
        if (confusion != NULL)
            TRY(count_confusion(&session, done, pass, logits, counts));
        done += pass;
    }
    TRY(device->ops->download(device, plan_tally(&session.plan), ELEMENT_U32, TALLY_WORDS, tally));
    memcpy(sums, tally, sizeof sums);
    if (confusion != NULL)
        memcpy(confusion, counts, (size_t)classes * classes * sizeof *confusion);
    *evaluation = (struct incline_evaluation){
        .rows = rows,
        .correct = tally[TALLY_CORRECT],
        .loss = ((double)sums[TALLY_LOSS] + (double)sums[TALLY_LOST]) / rows,
        .accuracy = (double)tally[TALLY_CORRECT] / rows,
    };
out:
    free(counts);
    free(logits);
    session_close(&session);
    return rc;
}
