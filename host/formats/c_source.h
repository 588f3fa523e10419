/* c_source.h - what the files c_*.c share: a model as C source. Only they include it.
 *
 * The source is C99 for any machine with float: no allocation, no state, no library besides
 * expf() and its like. Weights stand transposed, [inputs][outputs], so that the inner loop runs
 * over neurons (compilers vectorise it without changing a sum) and an input of zero costs nothing.
 */
#ifndef INCLINE_FORMATS_C_SOURCE_H
#define INCLINE_FORMATS_C_SOURCE_H

#include "host/net/model.h"
#include "host/util/bytes.h"

enum { C_NAME_BYTES = 64, C_FILE_BYTES = 256 };

/* What is predicted, in words: "CLASSES", "class", a sentence, "probabilities". */
struct c_words {
    const char *count, *one, *what, *result;
    bool classes;
};

struct c_source {
    const incline_model *model;
    const struct c_words *words;
    bool quantized;
    char file[C_FILE_BYTES];  /* "net", of net.c and net.h */
    char name[C_NAME_BYTES];  /* in front of every name: letters, digits, underscores */
    char upper[C_NAME_BYTES]; /* the same in capitals */
    uint64_t constant_bytes, working_bytes;
};

/* Largest widths of hidden layers with even and with odd number: of the two buffers between them;
 * 0 where there is none. */
void c_buffers(const struct net *net, uint32_t buffers[2]);

/* The tables of a layer: weights_N, biases_N, with 8-bit weights scales_N too. Fails with
 * INCLINE_ENOMEM. */
int c_add_tables(struct bytes *out, const struct c_source *source, uint32_t layer);

/* input_scales and input_shifts, where each input has its own, and the same of the outputs. */
void c_add_scaling_tables(struct bytes *out, const struct c_source *source);

/* The loops that all layers share, and those activations that occur. Fails with INCLINE_EARG where
 * there is no C for an activation. */
int c_add_functions(struct bytes *out, const struct c_source *source);

/* The functions that the header promises, and a program round them for whoever wants one. */
void c_add_promised(struct bytes *out, const struct c_source *source);
void c_add_main(struct bytes *out, const struct c_source *source);

/* A float as C99 reads it back to the bit, whatever the locale: 0x1.99999ap-4f. */
struct c_float {
    char text[24];
};
struct c_float c_float(float value);

#endif
