/* shape.cl - the shape of the network that train_steps.cl is compiled for. The host writes it
 * before the program's files (host/opencl/step_shape.c); what stands here is for whoever compiles
 * the files by themselves.
 *
 * A worker's memory, in floats, every piece starting on a multiple of 16:
 *
 *   [ params | grads, even steps | grads, odd steps | x | a1 .. aL | d1 .. dL | lanes | label ]
 *
 *   params  [ W0, rows of STEP_WIDTH | the rest as in host/net/net.h: W1 .. | b0 | b1 .. ]
 *   grads   [ the same | loss, hits ]
 *   x       [STEP_ROWS, STEP_WIDTH] a tile of samples, zeros behind the last input
 *   a, d    [neurons, STEP_ROWS] outputs of a layer, and the gradient at them
 *   lanes   a vector for each parameter of the rest; its lanes are added when a share is done */

/* Samples of a tile: a multiple of 2 * VEC. */
#ifndef STEP_ROWS
#define STEP_ROWS 32
#endif

/* Neurons of a block of products whose lanes are samples, two vectors of each. */
#ifndef STEP_M
#define STEP_M 5
#endif

/* The shape; here that of 784-10-10 on bytes, for whoever compiles this file by itself. */
#ifndef STEP_INPUTS
#define STEP_BYTES 1    /* samples are bytes, not floats */
#define STEP_INPUTS 784 /* of the first layer */
#define STEP_WIDTH 784  /* the same up to a multiple of VEC */
#define STEP_OUTPUTS 10
#define STEP_CLASSES 10
#define STEP_ACTIVATION RELU /* of the first layer */
#define STEP_REST 120        /* parameters but the first layer's weights */
#define STEP_BIAS 100        /* the first layer's biases in the rest */
#define STEP_STATS 7960      /* where loss and hits stand, behind a worker's gradients */
/* Offsets in a worker's memory, and its length. */
#define STEP_GRADS 7968
#define STEP_GRADS_ODD 15952
#define STEP_X 23936
#define STEP_A 49024   /* a1 */
#define STEP_D 49664   /* d1 */
#define STEP_LOGITS 49344
#define STEP_DLOGITS 49984
#define STEP_LANES 50304
#define STEP_LABEL 52224
#define STEP_STRIDE 52256
/* The layers above the first, upwards and downwards: X(inputs, outputs, weights and biases in the
 * rest, a below, a, d below, d, its activation, the activation below). */
#define STEP_UP(X) X(10, 10, 0, 110, 49024, 49344, 49664, 49984, LINEAR, RELU)
#define STEP_DOWN(X) STEP_UP(X)
#endif

#define STEP_FIRST (STEP_OUTPUTS * STEP_WIDTH)

/* Outputs of the first layer that are worked on at a time, with DOT_M samples forward and two
 * vectors of inputs backward: six keep the registers busiest, by a twenty-fifth; five where six
 * leave more than that over. */
#define STEP_UP_TO(n) ((STEP_OUTPUTS + (n) - 1) / (n) * (n))
#if STEP_UP_TO(6) * 24 <= STEP_UP_TO(5) * 25
#define STEP_MOST 6
#else
#define STEP_MOST 5
#endif
#define STEP_BLOCK (STEP_OUTPUTS < STEP_MOST ? STEP_OUTPUTS : STEP_MOST)
