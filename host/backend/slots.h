/* slots.h - what a device computes: one slot per operation, its arguments and its contract.
 *
 * Slots are at the level of a layer, so that a backend may fuse inside one. All matrices are
 * row-major float32; shapes stand in brackets. Spans of one call must not overlap unless it says
 * so. Every slot fails with INCLINE_EDEVICE; those that allocate also with INCLINE_ENOMEM. */
#ifndef INCLINE_SLOTS_H
#define INCLINE_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "incline.h"

struct buffer; /* memory on a device; what is in it only the backend knows */

/* A run of elements that starts `at` elements into a buffer. Owns nothing. */
struct span {
    struct buffer *buffer;
    size_t at;
};

enum element { ELEMENT_U8, ELEMENT_U32, ELEMENT_F32 };

static inline size_t element_bytes(enum element element)
{
    return element == ELEMENT_U8 ? 1 : 4;
}

/* A data set as it lies on a device, in its own element type. */
struct samples {
    struct span values; /* [rows, features] of `element`: ELEMENT_U8 or ELEMENT_F32 */
    struct span labels; /* [rows] uint32 */
    struct span scale;  /* [features] */
    struct span shift;  /* [features] */
    enum element element;
    uint32_t rows;
    uint32_t features;
    struct span targets; /* [rows, outputs] float */
    uint32_t outputs;    /* 0: there are no targets, and their span is not looked at */
};

/* A sum of floats in two words, by Neumaier's compensated summation: the sum so far, and the part
 * of it that was rounded away; their sum is the sum. fill() with 0 clears it. */
enum { SUM_WORDS = 2 };

/* What a training run adds up on the device, in 4-byte words: the sum of losses (SUM_WORDS), the
 * number of samples predicted right and the number of samples, as uint32; and where a slot says so
 * the sum of squared errors and that of the samples' weights (SUM_WORDS each). fill() with 0 clears
 * it. */
enum {
    TALLY_LOSS,
    TALLY_LOST,
    TALLY_CORRECT,
    TALLY_ROWS,
    TALLY_SQUARES,
    TALLY_WEIGHTS = TALLY_SQUARES + SUM_WORDS,
    TALLY_WORDS = TALLY_WEIGHTS + SUM_WORDS
};

/* ---- arguments of the slots ---- */

/* to[count] = value. */
struct fill {
    struct span to;
    size_t count;
    float value;
};

/* order[n] = rng_permute(seed, stream, n, 0 .. n-1), uint32; with `identity`, 0 .. n-1. With a list
 * `from` these are places in it: order[i] = from[place i]. */
struct shuffle {
    struct span order;
    uint32_t n;
    bool identity;
    uint64_t seed;
    uint64_t stream;
    struct span from; /* [n] uint32; its buffer is NULL where there is no list */
};

/* A batch: sample r of it is row order[r] of the data set.
 * x[rows, features] = fma(value, scale, shift); label[rows] = its label; target[rows, outputs] =
 * its targets, if the data set has any. */
struct gather {
    struct samples samples;
    struct span order; /* [rows] uint32, each below samples.rows */
    struct span x;     /* [rows, features] */
    struct span label; /* [rows] uint32 */
    uint32_t rows;
    struct span target; /* [rows, samples.outputs]; not looked at if that is 0 */
};

/* The images of a batch, x[rows, image_rows * image_cols], each slanted in place until its strokes
 * stand upright (LeCun et al. 1998, Gradient-based learning applied to document recognition,
 * section III.A): pixel (i, j) becomes what the image shows at (i, j + s (i - r)), interpolated
 * linearly between pixels of its row, `background` outside. With masses w = |x - background| and
 * their centre (r, c),
 *
 *   mu02 = sum of w (i - r)^2,  mu11 = sum of w (i - r) (j - c),  s = mu11 / mu02
 *
 * An image stays as it is where its mass lies in about one row, mu02 < DESKEW_SPREAD sum of w, or
 * is 0 or not finite. Fails also with INCLINE_EARG where the device has too little local memory for
 * images of this size. */
#define DESKEW_SPREAD 0.01f
struct deskew {
    struct span x;
    struct span background; /* [1] what is outside of an image */
    uint32_t rows, image_rows, image_cols;
};

/* The images of a batch, x[rows, image_rows * image_cols], distorted in place by the formulas of
 * host/backend/augmentation.h. Image r draws from (seed, stream) as number first + r. Fails also
 * with INCLINE_EARG where the device has too little local memory for images of this size. */
struct augment {
    struct span x;
    struct span weights;    /* as augment_weights() fills it; not looked at without elastic_alpha */
    struct span background; /* [1] what is outside of an image */
    struct incline_augmentation how;
    uint32_t rows, image_rows, image_cols;
    uint64_t seed, stream, first;
};

/* Does dense_forward() apply this activation, and dense_backward_input() its derivative? Of the
 * others the layer is linear, and activate() follows. */
static inline bool backend_fuses(enum incline_activation activation)
{
    return activation == INCLINE_RELU || activation == INCLINE_LINEAR;
}

/* y[rows, outputs] = act(x[rows, inputs] * w[outputs, inputs]^T + b[outputs]); the activation is
 * one of those that backend_fuses() names. */
struct dense_forward {
    struct span x, w, b, y;
    uint32_t rows, inputs, outputs;
    enum incline_activation activation;
};

/* a[count] = act(z[count]), for activations that dense_forward does not take; a is not z. */
struct activate {
    struct span z, a;
    size_t count;
    enum incline_activation activation;
};

/* d[count] *= act'(z[count]): from the gradient at an activation's output to that at its input. */
struct activate_gradient {
    struct span z, d;
    size_t count;
    enum incline_activation activation;
};

/* Which random numbers: those of one step in a stream, from number `first` on, a multiple of
 * DRAWS_ALIGNMENT. Block b of a step is rng_block(seed, stream, (uint64_t)step << 32 | b); eight
 * blocks lie side by side, as vectors do. */
enum { DRAWS_ALIGNMENT = 1024 };
struct draws {
    uint64_t seed, stream;
    uint32_t step;
    uint64_t first;
};

/* A chance of dropout in 2^16ths: the nearest there is, 0 and 1 left out. */
enum { DROPOUT_BITS = 16 };
static inline uint32_t dropout_chance(float rate)
{
    const uint32_t one = 1u << DROPOUT_BITS, chance = (uint32_t)(rate * (float)one + 0.5f);
    return chance == 0 ? 1 : chance >= one ? one - 1 : chance;
}

/* What makes up for dropout: 1 over the chance to stay. */
static inline float dropout_factor(float rate)
{
    const uint32_t one = 1u << DROPOUT_BITS;
    return (float)one / (float)(one - dropout_chance(rate));
}

/* x[count]: 0 where the element is dropped, else x * dropout_factor(rate); 0 < rate < 1. The same
 * draws give the same elements, so that gradients go the way of the values.
 *
 * A number of DROPOUT_BITS random bits is held against the chance p = 0.p1 p2 ..., in binary: no
 * bit is drawn behind the last 1 of p, so a chance of 1/2 costs one. 1024 elements take bit j of
 * their numbers from eight blocks: element i, n = first + i, from bit 31 - n % 256 / 8 of word n %
 * 1024 / 256 of block 8 (DROPOUT_BITS (n / 1024) + j - 1) + n % 8. From the last 1 of p up to p1,
 * starting with false, dropped = pj ? dropped or bit j : dropped and bit j. */
struct dropout {
    struct span x;
    size_t count;
    float rate;
    struct draws draws;
};

/* x[count] += deviation * normal numbers (Box, Muller 1958, Annals of Mathematical Statistics 29):
 * element i, n = first + i, takes word n % 32 / 8 of block 8 (n / 32) + n % 8. Of the four words w
 * of a block, two pairs, u = (1 + w / 2^8) / 2^24 and v = w' / 2^8 / 2^24 give sqrt(-2 log u)
 * cos(2 pi v) to the first word's element and with sin() to the second's. */
struct add_noise {
    struct span x;
    size_t count;
    float deviation;
    struct draws draws;
};

/* Normalisation of a hidden layer: z' = (z - mean) * scale * gain + shift with scale = 1 /
 * sqrt(variance + NORM_EPSILON), over each column of a batch (Ioffe, Szegedy 2015,
 * arXiv:1502.03167) or over each row (Ba et al. 2016, arXiv:1607.06450). A line is a column or a
 * row, whichever is normalised. */
#define NORM_EPSILON 1e-5f
#define NORM_MOMENTUM 0.1f

enum moments_of {
    MOMENTS_OF_COLUMNS, /* and those of the run follow them */
    MOMENTS_OF_ROWS,
    MOMENTS_OF_RUN /* of columns, but from run_mean and run_variance; x is not looked at */
};

/* mean[lines], and scale[lines] from the variance over a line's elements, divided by their number.
 * MOMENTS_OF_COLUMNS with more than one row also does
 *   run_mean += NORM_MOMENTUM (mean - run_mean)
 *   run_variance += NORM_MOMENTUM (variance * rows / (rows - 1) - run_variance) */
struct moments {
    struct span x;                      /* [rows, cols] */
    struct span mean, scale;            /* [cols], or [rows] */
    struct span run_mean, run_variance; /* [cols]; not looked at for rows */
    uint32_t rows, cols;
    enum moments_of of;
};

/* y[rows, cols] = act((x - mean) * scale * gain + shift); mean and scale are those of the element's
 * line, gain and shift those of its column; the activation is one of those that backend_fuses()
 * names. */
struct normalize {
    struct span x, mean, scale, gain, shift, y;
    uint32_t rows, cols;
    bool by_rows; /* lines are rows */
    enum incline_activation activation;
};

/* From d[rows, cols], the gradient at (x - mean) * scale * gain + shift, with n = (x - mean) *
 * scale: dgain[cols] = factor * column sums of d * n, dshift[cols] = factor * column sums of d,
 * with `accumulate` both are added to. Then d becomes the gradient at x, on which a line's moments
 * depend, too. With t = d * gain, means over a line: d = scale * (t - mean(t) - n * mean(t * n)) */
struct normalize_gradient {
    struct span x, mean, scale, gain, d, dgain, dshift;
    uint32_t rows, cols;
    bool by_rows; /* lines are rows */
    float factor;
    bool accumulate;
};

/* For each row: loss = -log softmax(z)[label], dz = softmax(z) - onehot(label); and the
 * tally gets the sum of the losses, the number of rows whose largest logit is the label's
 * (of equal ones the first counts) and `rows`. The row maximum is taken off before exp(), so
 * only a NaN or an infinity in z makes the loss not finite. */
struct softmax_xent {
    struct span z;     /* [rows, classes] */
    struct span label; /* [rows] uint32, each below classes */
    struct span dz;    /* [rows, classes] */
    struct span loss;  /* [rows] nats */
    struct span tally; /* [TALLY_WORDS], added to */
    uint32_t rows, classes;
};

/* Softmax cross-entropy with label smoothing (Szegedy et al. 2016, arXiv:1512.00567, section 7) and
 * class weights. For each row, with s the smoothing, w the weights, y the label, p = softmax(z):
 *
 *   loss   = (1 - s) w[y] (-log p[y]) + s / classes * sum over c of w[c] (-log p[c])
 *   dz[c]  = (1 - s) w[y] (p[c] - (c == y)) + s / classes * (p[c] * sum of w - w[c])
 *
 * The tally gets the losses, the hits as in softmax_xent, the rows, and each row's weight w[y];
 * `total` gets the weights, too. The mean that PyTorch takes is sum of losses / sum of weights. */
struct weighted_xent {
    struct span z;       /* [rows, classes] */
    struct span label;   /* [rows] uint32, each below classes */
    struct span weights; /* [classes], not negative */
    struct span dz;      /* [rows, classes] */
    struct span loss;    /* [rows] nats */
    struct span tally;   /* [TALLY_WORDS], added to */
    struct span total;   /* [SUM_WORDS], added to */
    uint32_t rows, classes;
    float smoothing; /* [0, 1) */
};

/* Losses against targets, kinds INCLINE_LOSS_SIGMOID and those after it. For each row, with
 * e = z - t:
 *
 *   loss = mean over the outputs of
 *     sigmoid  max(z, 0) - z t + log(1 + exp(-|z|))   dz = (sigmoid(z) - t) / outputs
 *     MSE      e^2                                    dz = 2 e / outputs
 *     MAE      |e|                                    dz = sign(e) / outputs, 0 at 0
 *     Huber    e^2 / 2, or delta (|e| - delta / 2) where |e| > delta
 *                                                     dz = clamp(e, -delta, delta) / outputs
 *
 * The tally gets the losses and the rows; with sigmoid the number of rows where z > 0 exactly
 * where t > 0.5, with the others the mean over the outputs of e^2. */
struct target_loss {
    struct span z, target; /* [rows, outputs] */
    struct span dz;        /* [rows, outputs] */
    struct span loss;      /* [rows] */
    struct span tally;     /* [TALLY_WORDS], added to */
    uint32_t rows, outputs;
    enum incline_loss kind;
    float delta; /* > 0; of Huber */
};

/* x[count] = x * (by / divisor), the divisor being a sum; x * 0 where that is 0. */
struct divide {
    struct span x;
    struct span divisor; /* [SUM_WORDS] */
    size_t count;
    float by;
};

/* p[rows, classes] = softmax of each row of z; p may be z. */
struct softmax {
    struct span z, p;
    uint32_t rows, classes;
};

/* dw[outputs, inputs] = scale * dy[rows, outputs]^T * x[rows, inputs],
 * db[outputs] = scale * column sums of dy; with `accumulate` both are added to. */
struct dense_backward_weights {
    struct span x, dy, dw, db;
    uint32_t rows, inputs, outputs;
    float scale;
    bool accumulate;
};

/* dx[rows, inputs] = (dy[rows, outputs] * w[outputs, inputs]) * act'(a), where a[rows, inputs]
 * is what the layer below put out and `activation` is the layer below's, one of those that
 * backend_fuses() names; for a linear one `a` is not looked at. */
struct dense_backward_input {
    struct span dy, w, a, dx;
    uint32_t rows, inputs, outputs;
    enum incline_activation activation;
};

/* norm[1] = the Euclidean norm of x[count]. */
struct norm {
    struct span x, norm;
    size_t count;
};

/* A step of an optimizer: params[count] change, of which the first `weights` are weights.
 *
 *   f = min(1, clip_norm / (norm + 1e-6)), or 1 without clip_norm
 *   g = clamp(f * grads, -clip_value, clip_value) + l2 w + l1 sign(w)
 *   params = (1 - rate * weight_decay) w - r d
 *
 * where the terms with l2, l1 and weight_decay are for weights only, r is the learning rate and d
 *
 *   sgd       g
 *   momentum  m                         m = momentum m + g
 *   nesterov  g + momentum m            m the same
 *   adagrad   g / (sqrt(v) + epsilon)   v = v + g^2
 *   rmsprop   g / (sqrt(v) + epsilon)   v = beta2 v + (1 - beta2) g^2
 *   adam(w)   m / (sqrt(v / (1 - beta2^t)) + epsilon),  r = rate / (1 - beta1^t)
 *                                       m = beta1 m + (1 - beta1) g, v as in rmsprop
 *   adamax    m / v, r the same         m the same, v = max(beta2 v, |g| + epsilon)
 *   lamb      as adam, but params stay as they are, and grads = d / (1 - beta1^t) +
 *             weight_decay w: the direction that trust_update takes
 *
 * with m = moment1, v = moment2, t = step + 1. All but the first four members zero: plain descent,
 * params = fma(-learning_rate, grads, params). */
struct update {
    struct span params, grads; /* [count] */
    size_t count;
    float learning_rate;
    struct incline_optimizer optimizer; /* with every default filled in */
    size_t weights;
    uint64_t step;                /* of the run, from 0 */
    struct span moment1, moment2; /* [count], where the optimizer has them */
    struct span norm;             /* [1] of grads, with clip_norm */
};

/* A layer's gradients, and the optimizer's step with them: what dense_backward_weights() into the
 * block of gradients, and update() of the layer's weights and of its biases give one after the
 * other. What is in that block at these places afterwards is not said. */
struct dense_update {
    struct span x, dy; /* [rows, inputs], [rows, outputs] */
    uint32_t rows, inputs, outputs;
    float scale;                  /* of the gradients */
    size_t weights_at, biases_at; /* in each block: w[outputs, inputs], b[outputs] */
    struct update update;         /* of whole blocks, their count and weights not looked at; neither
                                     lamb nor with clip_norm, which ask for all gradients first */
};

/* params[count] -= learning_rate * ratio * direction[count], where ratio is the Euclidean norm of
 * params over that of direction, or 1 if either is 0. */
struct trust_update {
    struct span params, direction;
    size_t count;
    float learning_rate;
};

/* Rows of w[rows, cols] whose Euclidean norm is above `most` are scaled down to it. */
struct limit_rows {
    struct span w;
    uint32_t rows, cols;
    float most;
};

/* average[count] += (1 - decay) * (params[count] - average[count]). */
struct average {
    struct span average, params;
    size_t count;
    float decay;
};

/* Whole steps at once, where a backend offers it; step s takes the samples order[s * rows ..
 * (s + 1) * rows): gather the batch, forward, loss, backward, params = fma(-learning_rate,
 * gradient / rows, params), and the tally gets the batch. What a step gives is what the operations
 * above give one after the other, but for the order of sums; and what several give in one call is
 * to the bit what they give one by one. */
struct train_steps {
    struct samples samples;
    struct span order;      /* [steps * rows] uint32, each below samples.rows */
    struct span params;     /* as in host/net/net.h: all weights, then all biases */
    struct span tally;      /* [TALLY_WORDS], added to */
    const uint32_t *widths; /* [layers + 1]; host memory, read before the call returns */
    uint32_t layers, rows, steps;
    enum incline_activation activation; /* of the hidden layers */
    float learning_rate;
};

/* The operations, in the order of a training step; those that only some methods need behind them.
 * X(slot): struct slot is its argument. */
#define BACKEND_SLOTS(X)      \
    X(fill)                   \
    X(shuffle)                \
    X(gather)                 \
    X(deskew)                 \
    X(augment)                \
    X(dense_forward)          \
    X(activate)               \
    X(dropout)                \
    X(add_noise)              \
    X(softmax_xent)           \
    X(softmax)                \
    X(dense_backward_weights) \
    X(dense_backward_input)   \
    X(activate_gradient)      \
    X(norm)                   \
    X(update)                 \
    X(dense_update)           \
    X(trust_update)           \
    X(limit_rows)             \
    X(average)                \
    X(weighted_xent)          \
    X(target_loss)            \
    X(divide)                 \
    X(moments)                \
    X(normalize)              \
    X(normalize_gradient)

#endif
