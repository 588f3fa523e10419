/* foreign.h - what foreign_read.c and foreign_order.c share: layers among tensors of any names. */
#ifndef INCLINE_FORMATS_FOREIGN_H
#define INCLINE_FORMATS_FOREIGN_H

#include "host/formats/safetensors.h"

enum { FOREIGN_LAYERS = 256 };

/* A fully connected layer. */
struct foreign_layer {
    const struct safetensors_tensor *weight; /* [outputs, inputs] */
    const struct safetensors_tensor *bias;   /* [outputs]; NULL: zeros */
};

/* What normalises a layer; each [width], or NULL where there is none. */
struct foreign_norm {
    const struct safetensors_tensor *gain, *shift, *mean, *variance;
};

/* Names compared as people number them: "fc2" before "fc10". */
int foreign_compare(const char *a, const char *b);

/* Do two names differ in their numbers alone? */
bool foreign_alike(const char *a, const char *b);

/* The number that the names of two modules of one torch.nn.Sequential differ in: "net.4.weight" and
 * "net.3.bias" are 4 and 3 of "net". False where they are not of one. */
bool foreign_steps(const char *a, const char *b, uint64_t *from, uint64_t *to);

/* Put layers in the order in which each takes what the one before puts out; those whose names are
 * alike go by their numbers. Fails with INCLINE_EFORMAT where there is no such order, or more than
 * one. */
int foreign_order(const char *path, struct foreign_layer *layers, uint32_t count);

#endif
