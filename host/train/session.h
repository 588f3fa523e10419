/* session.h - a model and a data set on a device, to predict and to evaluate. */
#ifndef INCLINE_TRAIN_SESSION_H
#define INCLINE_TRAIN_SESSION_H

#include "host/net/certify.h"
#include "host/net/model.h"
#include "host/net/plan.h"
#include "host/train/feed.h"
#include "host/train/missing.h"

struct session {
    struct plan plan;
    struct feed feed;
    struct filled filled;
};

/* Take both to the device, for passes over at most `rows` samples. `work` is what the session is
 * for: CERTIFY_PROBABILITIES does not look at labels and targets. A session of zeros may be closed
 * whatever became of it. Fails with INCLINE_ESHAPE (data that do not fit the model), as
 * certify(), plan_create() and feed_open() do. */
int session_open(struct session *session, const incline_model *model, incline_device *device,
                 const incline_dataset *dataset, uint32_t rows, enum certified_work work);

/* The same by a method of one's own, which is model_method() and a distortion of images. */
int session_open_by(struct session *session, const incline_model *model,
                    const struct method *method, incline_device *device,
                    const incline_dataset *dataset, uint32_t rows, enum certified_work work);
void session_close(struct session *session);

/* Forward rows [first, first + rows): the logits are where the plan keeps them. */
int session_forward(struct session *session, uint32_t first, uint32_t rows);

/* Does the data set say what the model is to predict? Fails with INCLINE_ESHAPE. */
int session_check_truth(const incline_model *model, const incline_dataset *dataset);

#endif
