/* session.c - a model and a data set on a device. */
#include "host/train/session.h"

#include <string.h>

#include "host/util/status.h"

/* Most rows that are asked for at a time; the plan may take fewer. */
enum { SESSION_ROWS = 8192 };

static int check_inputs(const incline_model *model, const incline_dataset *dataset)
{
    const struct incline_dataset_info *info = &dataset->info;

    if (model->image_rows != 0 && info->image_rows != 0 &&
        (model->image_rows != info->image_rows || model->image_cols != info->image_cols))
        return FAIL(INCLINE_ESHAPE,
                    "the model takes images of %u x %u, %s has %u x %u; pictures (PNG, PGM) are "
                    "brought to that size with --resize %ux%u",
                    model->image_rows, model->image_cols, info->name, info->image_rows,
                    info->image_cols, model->image_rows, model->image_cols);
    if (info->features != model->net.widths[0])
        return FAIL(INCLINE_ESHAPE,
                    "the model takes %u features, %s has %u; take the kind of data it was trained "
                    "on (%s)",
                    model->net.widths[0], info->name, info->features,
                    model->trained_on[0] != '\0' ? model->trained_on : "not known");
    return INCLINE_OK;
}

static int check_targets(const incline_model *model, const incline_dataset *dataset)
{
    const uint32_t outputs = dataset->info.outputs;

    if (dataset->targets == NULL)
        return FAIL(INCLINE_ESHAPE,
                    "%s has no targets to evaluate against; add them, or take incline predict, "
                    "which needs none",
                    dataset->info.name);
    if (outputs != model_outputs(model))
        return FAIL(INCLINE_ESHAPE,
                    "the model predicts %u targets, %s has %u; take data with those that it was "
                    "trained on",
                    model_outputs(model), dataset->info.name, outputs);
    return model->task == INCLINE_TASK_LABELS ? dataset_check_label_targets(dataset) : INCLINE_OK;
}

int session_check_truth(const incline_model *model, const incline_dataset *dataset)
{
    if (model->task == INCLINE_TASK_LABELS || model->task == INCLINE_TASK_REGRESSION)
        return check_targets(model, dataset);
    if (dataset->labels == NULL)
        return FAIL(INCLINE_ESHAPE,
                    "%s has no labels to evaluate against; add them, or take incline predict, "
                    "which needs none",
                    dataset->info.name);
    if (dataset->info.classes > model_classes(model))
        return FAIL(INCLINE_ESHAPE,
                    "%s has %u classes, the model knows %u; take data of the classes that it was "
                    "trained on",
                    dataset->info.name, dataset->info.classes, model_classes(model));
    for (uint32_t c = 0; dataset->class_names != NULL && c < dataset->info.classes; c++)
        if (strcmp(dataset->class_names[c], model->class_names[c]) != 0)
            return FAIL(INCLINE_ESHAPE,
                        "class %u is \"%.60s\" in %s, but \"%.60s\" in the model; evaluate on the "
                        "classes it was trained on",
                        c, dataset->class_names[c], dataset->info.name, model->class_names[c]);
    return INCLINE_OK;
}

int incline_model_fits(const incline_model *model, const incline_dataset *dataset)
{
    int rc = INCLINE_OK;

    TRY(incline_dataset_ready(dataset));
    TRY(check_inputs(model, dataset));
    TRY(session_check_truth(model, dataset));
out:
    return rc;
}

int session_open(struct session *session, const incline_model *model, incline_device *device,
                 const incline_dataset *dataset, uint32_t rows, enum certified_work work)
{
    const struct method method = model_method(model);
    return session_open_by(session, model, &method, device, dataset, rows, work);
}

int session_open_by(struct session *session, const incline_model *model,
                    const struct method *method, incline_device *device,
                    const incline_dataset *dataset, uint32_t rows, enum certified_work work)
{
    struct feed_view view = feed_view_of(model, dataset);
    int rc = INCLINE_OK;

    TRY(check_inputs(model, dataset));
    TRY(feed_view_takes(&view, method, dataset));
    TRY(missing_fill(model, dataset, &session->filled, &dataset));
    if (work == CERTIFY_PROBABILITIES)
        view.outputs = 0;
    else
        TRY(session_check_truth(model, dataset));
    TRY(plan_create(&session->plan, device, &model->net, method,
                    rows < SESSION_ROWS ? rows : SESSION_ROWS));
    TRY(certify(device, &model->net, method, work, feed_element(dataset), session->plan.rows));
    TRY(feed_open(&session->feed, device, dataset, &view, session->plan.rows));
    TRY(plan_set_params(&session->plan, model->params));
    TRY(feed_epoch(&session->feed, 0, 0, true));
out:
    return rc;
}

void session_close(struct session *session)
{
    plan_destroy(&session->plan);
    feed_close(&session->feed);
    missing_clear(&session->filled);
}

int session_forward(struct session *session, uint32_t first, uint32_t rows)
{
    const int rc = feed_batch(&session->feed, &session->plan, first, rows);
    return rc != INCLINE_OK ? rc : plan_forward(&session->plan, rows);
}
