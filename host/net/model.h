/* model.h - a network with its parameters, and all one must know to use it: how inputs are
 * scaled, what an image's shape is, what the classes are called. Lives in host memory. */
#ifndef INCLINE_NET_MODEL_H
#define INCLINE_NET_MODEL_H

#include "host/net/net.h"

struct incline_model {
    struct net net;
    float *params;          /* [net.param_count]; owned */
    uint32_t image_rows;    /* 0 if an input is not an image */
    uint32_t image_cols;
    float scale;            /* inputs are value * scale + shift */
    float shift;
    char trained_on[64];    /* name of the data set; "" if never trained */
    char **class_names;     /* [classes] UTF-8, or NULL; owned */
};

/* A model of this shape, parameters zero, inputs as they are. Fails as net_init(). */
int model_create(const uint32_t *widths, size_t width_count, enum incline_activation activation,
                 incline_model **model);

/* A deep copy. Fails with INCLINE_ENOMEM. */
int model_copy(const incline_model *from, incline_model **model);

#endif
