/* gemm_check.c - is a product right on this device, for exactly this shape?
 *
 * The operands are small integers, so that every partial sum is an integer below 2^24 and any
 * order of summation gives the same bits. The result C is checked against A and B by Freivalds'
 * method: for a vector v of integers, C v must equal A (B v), which costs a matrix-vector
 * product instead of a matrix product. All of that is exact in double. A single wrong element is
 * always found, since no element of v is 0. */
#include <math.h>
#include <stdlib.h>

#include "host/opencl/room.h"
#include "host/util/clock.h"
#include "host/util/rng.h"

/* A trial of C[m, n] = A[m, k] * B[k, n], as the slot's arguments lay them out. */
struct trial {
    const struct gemm_verdict *verdict;
    size_t m, n, k;
    size_t a_row, a_col; /* A[i, p] stands at i * a_row + p * a_col */
    size_t b_row, b_col;
    float *a, *b, *c;
    struct buffer *on_device[4]; /* A, B, C, and zeros as bias or as activations */
};

/* A product is timed three times, each time for about this long, and once if it takes longer. */
static const double trial_seconds = 0.002, long_enough = 0.02;

enum { TRIAL_A, TRIAL_B, TRIAL_C, TRIAL_ZERO, TRIAL_SEED = 20 };

/* Integers in [-most, most], where k * most^2 < 2^24; at most 32. */
static float trial_value(uint64_t stream, size_t i, size_t k)
{
    int most = 32;
    while (most > 1 && (double)k * most * most >= 0x1p24)
        most /= 2;
    return (float)((int)(rng_bits(TRIAL_SEED, RNG_STREAM(RNG_TEST, stream), i) %
                         (uint32_t)(2 * most + 1)) -
                   most);
}

static void trial_shape(struct trial *t)
{
    const size_t rows = t->verdict->rows, inputs = t->verdict->inputs;
    const size_t outputs = t->verdict->outputs;

    switch (t->verdict->product) {
    case PRODUCT_FORWARD: /* y[rows, outputs] = x * w^T */
        t->m = rows, t->n = outputs, t->k = inputs;
        t->a_row = inputs, t->a_col = 1, t->b_row = 1, t->b_col = inputs;
        break;
    case PRODUCT_BACKWARD_WEIGHTS: /* dw[outputs, inputs] = dy^T * x */
        t->m = outputs, t->n = inputs, t->k = rows;
        t->a_row = 1, t->a_col = outputs, t->b_row = inputs, t->b_col = 1;
        break;
    case PRODUCT_BACKWARD_INPUT: /* dx[rows, inputs] = dy * w */
        t->m = rows, t->n = inputs, t->k = outputs;
        t->a_row = outputs, t->a_col = 1, t->b_row = inputs, t->b_col = 1;
        break;
    }
}

static int trial_fill(struct opencl_device *device, struct trial *t)
{
    const size_t counts[] = {t->m * t->k, t->k * t->n, t->m * t->n, t->m * t->n};
    struct incline_device *dev = &device->base;
    int rc = INCLINE_OK;

    t->a = malloc(counts[TRIAL_A] * sizeof *t->a);
    t->b = malloc(counts[TRIAL_B] * sizeof *t->b);
    t->c = malloc(counts[TRIAL_C] * sizeof *t->c);
    if (t->a == NULL || t->b == NULL || t->c == NULL)
        return FAIL(INCLINE_ENOMEM, "no host memory to check a product of %zu x %zu x %zu", t->m,
                    t->n, t->k);
    for (size_t i = 0; i < counts[TRIAL_A]; i++)
        t->a[i] = trial_value(TRIAL_A, i, t->k);
    for (size_t i = 0; i < counts[TRIAL_B]; i++)
        t->b[i] = trial_value(TRIAL_B, i, t->k);
    for (size_t b = 0; b < 4; b++)
        TRY(opencl_buffer_create(dev, counts[b] * sizeof(float), &t->on_device[b]));
    TRY(opencl_upload(dev, (struct span){t->on_device[TRIAL_A], 0}, ELEMENT_F32, counts[TRIAL_A],
                      t->a));
    TRY(opencl_upload(dev, (struct span){t->on_device[TRIAL_B], 0}, ELEMENT_F32, counts[TRIAL_B],
                      t->b));
    TRY(opencl_fill(dev, &(struct fill){{t->on_device[TRIAL_C], 0}, counts[TRIAL_C], NAN}));
    TRY(opencl_fill(dev, &(struct fill){{t->on_device[TRIAL_ZERO], 0}, counts[TRIAL_ZERO], 0.0f}));
out:
    return rc;
}

static void trial_clear(struct opencl_device *device, struct trial *t)
{
    for (size_t b = 0; b < 4; b++)
        opencl_buffer_destroy(&device->base, t->on_device[b]);
    free(t->a);
    free(t->b);
    free(t->c);
}

static int trial_run(struct opencl_device *device, const struct trial *t)
{
    const struct gemm_verdict *v = t->verdict;
    const struct span a = {t->on_device[TRIAL_A], 0}, b = {t->on_device[TRIAL_B], 0};
    const struct span c = {t->on_device[TRIAL_C], 0}, zero = {t->on_device[TRIAL_ZERO], 0};

    if (v->product == PRODUCT_FORWARD) {
        const struct dense_forward args = {.x = a,
                                           .w = b,
                                           .b = zero,
                                           .y = c,
                                           .rows = v->rows,
                                           .inputs = v->inputs,
                                           .outputs = v->outputs,
                                           .activation = INCLINE_LINEAR};
        return maker_forward(device, v->maker, &args);
    }
    if (v->product == PRODUCT_BACKWARD_WEIGHTS) {
        const struct dense_backward_weights args = {.x = b,
                                                    .dy = a,
                                                    .dw = c,
                                                    .db = zero,
                                                    .rows = v->rows,
                                                    .inputs = v->inputs,
                                                    .outputs = v->outputs,
                                                    .scale = 1.0f};
        return maker_backward_weights(device, v->maker, &args);
    }
    const struct dense_backward_input args = {.dy = a,
                                              .w = b,
                                              .a = zero,
                                              .dx = c,
                                              .rows = v->rows,
                                              .inputs = v->inputs,
                                              .outputs = v->outputs,
                                              .activation = INCLINE_LINEAR};
    return maker_backward_input(device, v->maker, &args);
}

/* C v == A (B v), element by element; a NaN anywhere makes it false. */
static int trial_right(const struct trial *t, bool *right)
{
    double *v = malloc((t->n + t->k) * sizeof *v), *bv = v + t->n;
    bool equal = true;

    if (v == NULL)
        return FAIL(INCLINE_ENOMEM, "no host memory to check a product");
    for (size_t j = 0; j < t->n; j++)
        v[j] = 1.0 + rng_bits(TRIAL_SEED, RNG_STREAM(RNG_TEST, TRIAL_C), j) % 7;
    for (size_t p = 0; p < t->k; p++) {
        bv[p] = 0.0;
        for (size_t j = 0; j < t->n; j++)
            bv[p] += (double)t->b[p * t->b_row + j * t->b_col] * v[j];
    }
    for (size_t i = 0; i < t->m && equal; i++) {
        double got = 0.0, want = 0.0;
        for (size_t j = 0; j < t->n; j++)
            got += (double)t->c[i * t->n + j] * v[j];
        for (size_t p = 0; p < t->k; p++)
            want += (double)t->a[i * t->a_row + p * t->a_col] * bv[p];
        equal = got == want;
    }
    free(v);
    *right = equal;
    return INCLINE_OK;
}

/* Seconds of `calls` products, each. */
static int trial_time(struct opencl_device *device, const struct trial *t, int calls,
                      double *seconds)
{
    const double start = clock_seconds();
    int rc = INCLINE_OK;

    for (int i = 0; i < calls && rc == INCLINE_OK; i++)
        rc = trial_run(device, t);
    if (rc == INCLINE_OK)
        rc = opencl_finish(&device->base);
    *seconds = (clock_seconds() - start) / calls;
    return rc;
}

int gemm_try(struct opencl_device *device, const struct gemm_verdict *verdict, bool *right,
             double *seconds)
{
    struct trial trial = {.verdict = verdict};
    double once;
    int rc = INCLINE_OK;

    trial_shape(&trial);
    TRY(trial_fill(device, &trial));
    *right = false;
    *seconds = HUGE_VAL;
    if (trial_run(device, &trial) != INCLINE_OK ||
        opencl_download(&device->base, (struct span){trial.on_device[TRIAL_C], 0}, ELEMENT_F32,
                        trial.m * trial.n, trial.c) != INCLINE_OK)
        goto out;
    TRY(trial_right(&trial, right));
    if (!*right)
        goto out;
    TRY(trial_time(device, &trial, 1, seconds)); /* the run above paid for compiling */
    const int calls = *seconds < trial_seconds / 100 ? 100 : (int)(trial_seconds / *seconds) + 1;
    for (int i = 0; i < 3 && *seconds < long_enough; i++) {
        TRY(trial_time(device, &trial, calls, &once));
        *seconds = fmin(*seconds, once);
    }
out:
    trial_clear(device, &trial);
    return rc;
}
