/* exact.h - what a network makes of a batch and the loss of that, in double and straight from their
 * definitions, so that neither a device nor the reference is believed.
 *
 * Random numbers stand for samples, labels and targets; in training, dropout leaves out those that
 * the first pass of the first step leaves out. */
#ifndef INCLINE_VERIFY_EXACT_H
#define INCLINE_VERIFY_EXACT_H

#include "host/net/method.h"
#include "host/net/net.h"

struct exact {
    const struct net *net;       /* borrowed */
    const struct method *method; /* borrowed; its loss and its dropout count */
    uint32_t rows;
    float *x;         /* [rows, inputs] in [-1, 1) */
    uint32_t *labels; /* [rows] */
    float *targets;   /* [rows, outputs]: 0 or 1 for a sigmoid, else in [-2, 2) */
    double *kept;     /* [rows, widths[l]] of each layer l in turn: 0 for who is dropped, else what
                         makes up for them */
    double *a, *b;    /* [rows, widest] a layer's input and output */
};

/* Make up a batch of `rows` samples. Fails with INCLINE_ENOMEM; clear it then, too. */
int exact_init(struct exact *exact, const struct net *net, const struct method *method,
               uint32_t rows);
void exact_clear(struct exact *exact);

/* Loss of the batch at params[net->param_count], the mean that plan_update() goes by. *pattern
 * tells on which side of its kink each activation and each term of the loss lies: where it stays,
 * the loss is smooth. */
double exact_loss(const struct exact *exact, const double *params, uint64_t *pattern);

#endif
