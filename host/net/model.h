/* model.h - a network with its parameters, and all one must know to use it: how inputs are
 * scaled, what an image's shape is, what the classes are called. Lives in host memory. */
#ifndef INCLINE_NET_MODEL_H
#define INCLINE_NET_MODEL_H

#include "host/net/net.h"

struct incline_model {
    struct net net;
    float *params;       /* [net.param_count]; owned */
    uint32_t image_rows; /* 0 if an input is not an image */
    uint32_t image_cols;
    float scale; /* inputs are value * scale + shift; 0: not known, data keep theirs */
    float shift;
    char trained_on[64]; /* name of the data set; "" if never trained */
    char *columns;       /* what the columns of the table it was trained on mean, as host/data/
                            columns.h writes it; NULL if it was no table; owned */
    char **class_names;  /* [classes]; never NULL: see model_set_class_names(); owned */
};

/* A model of this shape, parameters zero, scaling not known, classes named by their numbers.
 * Fails as net_init(). */
int model_create(const uint32_t *widths, size_t width_count, enum incline_activation activation,
                 incline_model **model);

/* A deep copy. Fails with INCLINE_ENOMEM. */
int model_copy(const incline_model *from, incline_model **model);

/* Name the classes.
 *   names  [classes] UTF-8, copied; NULL, or NULL for one of them: its number as text
 * Pointers and texts are one block, so that names are replaced whole or not at all; do not
 * free a single one. Fails with INCLINE_ENOMEM; the model then keeps the names it had. */
int model_set_class_names(incline_model *model, const char *const *names);

/* Keep a copy of what the columns mean; NULL or "" for none. Fails with INCLINE_ENOMEM. */
int model_set_columns(incline_model *model, const char *columns);

/* Number of classes: the width of the last layer. */
static inline uint32_t model_classes(const incline_model *model)
{
    return model->net.widths[model->net.layers];
}

#endif
