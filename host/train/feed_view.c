/* feed_view.c - a model's view, the numbers asked of it, the type of its inputs. */
#include "host/train/feed_view.h"

#include "host/backend/augmentation.h"
#include "host/util/status.h"

struct feed_view feed_view_of(const incline_model *model, const struct incline_dataset *dataset)
{
    const struct incline_dataset_info *info = &dataset->info;
    const uint32_t inputs = model->net.widths[0], outputs = model_outputs(model);
    struct feed_view view = {.scale = model->scale, .shift = model->shift};

    if (model->input_scaling != NULL) {
        view.scales = model->input_scaling;
        view.shifts = model->input_scaling + inputs;
    } else if (model->scale == 0.0f) {
        view.scale = info->scale;
        view.shift = info->shift;
        view.scales = info->scales;
        view.shifts = info->shifts;
    }
    if (model->task != INCLINE_TASK_CLASSES)
        view.outputs = outputs;
    if (model->output_scaling != NULL) {
        view.output_scales = model->output_scaling;
        view.output_shifts = model->output_scaling + outputs;
    }
    return view;
}

int feed_view_takes(const struct feed_view *view, const struct method *method,
                    const struct incline_dataset *dataset)
{
    const bool augments = augment_is_on(&method->augmentation);

    if (view->scales == NULL || (!augments && method->deskew == 0))
        return INCLINE_OK;
    return FAIL(INCLINE_EARG,
                "images are %s, but each pixel of %s is scaled by itself; take --input-scaling "
                "none, or samples that share one scale",
                augments ? "distorted over one background" : "made upright by how bright they are",
                dataset->info.name);
}

void feed_outputs(const struct feed_view *view, const struct incline_dataset *dataset, uint32_t row,
                  float *t)
{
    const float *targets =
        dataset->targets != NULL ? dataset->targets + (size_t)row * dataset->info.outputs : NULL;

    for (uint32_t o = 0; o < view->outputs; o++)
        if (targets == NULL)
            t[o] = dataset->labels != NULL ? (float)dataset->labels[row] : 0.0f;
        else if (view->output_scales == NULL)
            t[o] = targets[o];
        else
            t[o] = (float)(((double)targets[o] - (double)view->output_shifts[o]) /
                           (double)view->output_scales[o]);
}

enum element feed_element(const struct incline_dataset *dataset)
{
    return dataset->info.bytes ? ELEMENT_U8 : ELEMENT_F32;
}
