/* step_shape.h - a network's shape as train_steps.cl is compiled for it. */
#ifndef INCLINE_OPENCL_STEP_SHAPE_H
#define INCLINE_OPENCL_STEP_SHAPE_H

#include "host/opencl/room.h"

struct step_shape {
    size_t stride;   /* floats of a worker's memory */
    char text[4096]; /* what stands before the kernel's file */
};

/* Lay out a worker's memory, as drawn in train_steps.cl, and write it down for the compiler. False
 * where the network has more layers than the text takes. */
bool step_shape(const struct train_steps *args, const struct opencl_tuning *tuning,
                struct step_shape *shape);

/* Parameters of the network, and those of its first layer's weights. */
size_t step_params(const struct train_steps *args);
size_t step_first_weights(const struct train_steps *args);

#endif
