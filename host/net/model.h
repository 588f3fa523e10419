/* model.h - a network with its parameters, and all one must know to use it: how inputs are
 * scaled, what an image's shape is, what the classes are called. Lives in host memory. */
#ifndef INCLINE_NET_MODEL_H
#define INCLINE_NET_MODEL_H

#include "host/net/method.h"
#include "host/net/net.h"

struct incline_model {
    struct net net;
    float *params;       /* [net.param_count]; owned */
    uint32_t image_rows; /* 0 if an input is not an image */
    uint32_t image_cols;
    bool deskew; /* the network sees its images upright; only with an image */
    float scale; /* inputs are value * scale + shift; 0: not known, data keep theirs */
    float shift;
    float *input_scaling; /* [2, inputs]: a scale of each input, then a shift, in place of scale and
                             shift, which are 1 and 0 then; NULL: all share them; owned */
    enum incline_task task;
    float *output_scaling;   /* [2, outputs]: a target is output * scale + shift; NULL: it is the
                                output; owned */
    bool activation_assumed; /* its file did not say what the hidden layers do */
    char trained_on[64];     /* name of the data set; "" if never trained */
    char *columns;           /* what the columns of the table it was trained on mean, as host/data/
                                columns.h writes it; NULL if it was no table; owned */
    char **class_names;      /* [classes]; never NULL: see model_set_class_names(); owned */
};

/* A model of this shape, parameters zero, scaling not known, classes named by their numbers.
 * Fails as net_init(). */
int model_create(const uint32_t *widths, size_t width_count, enum incline_activation activation,
                 incline_model **model);

/* Normalise the hidden layers, or no longer; what is new begins as in net_init_params(). Fails with
 * INCLINE_EARG, INCLINE_ENOMEM; the model then is as before. */
int model_set_normalization(incline_model *model, enum incline_normalization normalization);

/* What a plan must know to use a model, not to train it: its loss, and what its images go through.
 */
struct method model_method(const incline_model *model);

/* What a model's parameters are before anything is learned. */
struct model_initial {
    enum incline_init kind;
    float value; /* of each weight, where the kind is constant; else 0 */
    float bias;  /* of each bias; 0: what the kind gives it */
    uint64_t seed;
};

/* Set all parameters. Fails with INCLINE_EARG (a kind that is not known, a value with another one
 * than constant, not finite), and then changes nothing. */
int model_init(incline_model *model, const struct model_initial *initial);

/* A deep copy. Fails with INCLINE_ENOMEM. */
int model_copy(const incline_model *from, incline_model **model);

/* Name the classes.
 *   names  [classes] UTF-8, copied; NULL, or NULL for one of them: its number as text
 * Pointers and texts are one block, so that names are replaced whole or not at all; do not
 * free a single one. Fails with INCLINE_ENOMEM; the model then keeps the names it had. */
int model_set_class_names(incline_model *model, const char *const *names);

/* Keep a copy of what the columns mean; NULL or "" for none. Fails with INCLINE_ENOMEM. */
int model_set_columns(incline_model *model, const char *columns);

/* Set a scaling of each input, or of each target: scales[count] and shifts[count], copied; both
 * NULL: none. Fails with INCLINE_ENOMEM; the model then keeps what it had. */
int model_set_input_scaling(incline_model *model, const float *scales, const float *shifts);
int model_set_output_scaling(incline_model *model, const float *scales, const float *shifts);

/* What logit z of output `output` stands for: a probability, or a value in the target's unit. Not
 * for one of several classes. */
float model_output_value(const incline_model *model, size_t output, float z);

/* model_fold.c: a model without normalisation that computes the same, *folded; untouched where
 * there is none. Batch normalisation by a run's averages is a part of the layer before it: W' = g s
 * W and b' = g s (b - m) + t, s = 1 / sqrt(v + epsilon). Fails with INCLINE_EARG (layer
 * normalisation, which depends on each sample), INCLINE_ENOMEM. */
int model_fold(const incline_model *model, incline_model **folded);

/* The width of the last layer. */
static inline uint32_t model_outputs(const incline_model *model)
{
    return model->net.widths[model->net.layers];
}

/* Number of classes, labels or targets: that of the outputs, but that one output does for two
 * classes. Names are given after the task is set. */
static inline uint32_t model_classes(const incline_model *model)
{
    return model->task == INCLINE_TASK_BINARY ? 2 : model_outputs(model);
}

#endif
