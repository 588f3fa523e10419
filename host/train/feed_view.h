/* feed_view.h - what a network sees of a data set, and what it is to put out for each sample. */
#ifndef INCLINE_TRAIN_FEED_VIEW_H
#define INCLINE_TRAIN_FEED_VIEW_H

#include "host/backend/backend.h"
#include "host/data/dataset.h"
#include "host/net/model.h"

/* How a network sees a data set: inputs are value * scale + shift; what it is to put out are the
 * labels, or with `outputs` numbers t: the targets where target = t * scale + shift, or of two
 * classes by one output the label. Borrows its arrays. */
struct feed_view {
    float scale, shift;
    const float *scales, *shifts;               /* [features], in place of scale and shift; NULL */
    uint32_t outputs;                           /* 0: labels, and targets are left out */
    const float *output_scales, *output_shifts; /* [outputs]; NULL: t is the target */
};

/* The view of a model; inputs are scaled as the data set says where the model does not know. */
struct feed_view feed_view_of(const incline_model *model, const struct incline_dataset *dataset);

/* Can images that a network sees so be made upright or distorted, where `method` says so?
 * Brightness and background must mean the same at each pixel. Fails with INCLINE_EARG. */
int feed_view_takes(const struct feed_view *view, const struct method *method,
                    const struct incline_dataset *dataset);

/* Numbers t[outputs] for one sample. */
void feed_outputs(const struct feed_view *view, const struct incline_dataset *dataset, uint32_t row,
                  float *t);

/* What a data set's values are on a device. */
enum element feed_element(const struct incline_dataset *dataset);

#endif
