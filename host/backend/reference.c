/* reference.c - every slot of the door in plain loops: the specification.
 *
 * Sums are kept in double and rounded to float once, so a result is the exact one to within
 * half a unit in the last place or little more. Other backends are compared with this one;
 * it is compared with numbers worked out by hand and with NumPy in the tests. */
#include "host/backend/reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/util/machine.h"
#include "host/util/rng.h"
#include "host/util/status.h"

struct reference_device {
    struct incline_device base;
    double *row; /* one row of sums, grown as needed */
    size_t row_count;
};

static struct reference_device *reference_of(struct incline_device *dev)
{
    return (struct reference_device *)dev;
}

static float *floats(struct span span)
{
    return reference_data(span, ELEMENT_F32);
}

static uint32_t *words(struct span span)
{
    return reference_data(span, ELEMENT_U32);
}

static void reference_close(struct incline_device *dev)
{
    struct reference_device *reference = reference_of(dev);
    free(reference->row);
    free(reference);
}

/* ---- sums ---- */

/* Sum of a[i] * b[i], in eight interleaved runs so that a compiler may use vectors. */
static double dot(const float *a, const float *b, size_t count)
{
    double run[8] = {0};
    size_t i = 0;

    for (; i + 8 <= count; i += 8)
        for (size_t j = 0; j < 8; j++)
            run[j] += (double)a[i + j] * (double)b[i + j];
    for (; i < count; i++)
        run[0] += (double)a[i] * (double)b[i];
    return ((run[0] + run[4]) + (run[1] + run[5])) + ((run[2] + run[6]) + (run[3] + run[7]));
}

/* sums[count] += factor * x[count]. */
static void add_scaled(double *sums, float factor, const float *x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        sums[i] += (double)factor * (double)x[i];
}

/* A row of `count` zeros that lives until the next call. */
static int zero_row(struct incline_device *dev, size_t count, double **row)
{
    struct reference_device *reference = reference_of(dev);
    if (count > reference->row_count) {
        double *grown = realloc(reference->row, count * sizeof *grown);
        if (grown == NULL)
            return FAIL(INCLINE_ENOMEM, "%zu bytes for a row of sums", count * sizeof *grown);
        reference->row = grown;
        reference->row_count = count;
    }
    memset(reference->row, 0, count * sizeof *reference->row);
    *row = reference->row;
    return INCLINE_OK;
}

/* ---- activations: written so that a NaN stays a NaN ---- */

static float activate(enum incline_activation activation, float z)
{
    return activation == INCLINE_RELU && z < 0.0f ? 0.0f : z;
}

/* Derivative, from the activation's output `a`. */
static float activation_slope(enum incline_activation activation, float a)
{
    return activation == INCLINE_RELU && !(a > 0.0f) ? 0.0f : 1.0f;
}

/* ---- slots, in the order of a training step ---- */

static int reference_fill(struct incline_device *dev, const struct fill *args)
{
    (void)dev;
    float *to = floats(args->to);
    for (size_t i = 0; i < args->count; i++)
        to[i] = args->value;
    return INCLINE_OK;
}

static int reference_shuffle(struct incline_device *dev, const struct shuffle *args)
{
    (void)dev;
    uint32_t *order = words(args->order);
    const uint32_t *from = args->from.buffer != NULL ? words(args->from) : NULL;
    for (uint32_t i = 0; i < args->n; i++) {
        const uint32_t place =
            args->identity ? i : rng_permute(args->seed, args->stream, args->n, i);
        order[i] = from != NULL ? from[place] : place;
    }
    return INCLINE_OK;
}

static int reference_gather(struct incline_device *dev, const struct gather *args)
{
    (void)dev;
    const struct samples *samples = &args->samples;
    const size_t features = samples->features;
    const uint32_t *order = words(args->order);
    const uint32_t *labels = words(samples->labels);
    const float *scale = floats(samples->scale), *shift = floats(samples->shift);
    const void *values = reference_data(samples->values, samples->element);

    for (size_t r = 0; r < args->rows; r++) {
        const size_t from = order[r] * features;
        float *x = floats(args->x) + r * features;
        for (size_t f = 0; f < features; f++) {
            const float value = samples->element == ELEMENT_U8
                                    ? (float)((const uint8_t *)values)[from + f]
                                    : ((const float *)values)[from + f];
            x[f] = fmaf(value, scale[f], shift[f]);
        }
        words(args->label)[r] = labels[order[r]];
    }
    if (samples->outputs > 0)
        reference_gather_targets(args);
    return INCLINE_OK;
}

static int reference_dense_forward(struct incline_device *dev, const struct dense_forward *args)
{
    (void)dev;
    const float *b = floats(args->b);

    for (size_t r = 0; r < args->rows; r++) {
        const float *x = floats(args->x) + r * args->inputs;
        float *y = floats(args->y) + r * args->outputs;
        for (size_t o = 0; o < args->outputs; o++) {
            const float *w = floats(args->w) + o * args->inputs;
            y[o] = activate(args->activation, (float)(dot(x, w, args->inputs) + (double)b[o]));
        }
    }
    return INCLINE_OK;
}

/* The largest of z[count], and of equal ones the first. */
static size_t largest(const float *z, size_t count)
{
    size_t best = 0;
    for (size_t c = 1; c < count; c++)
        if (z[c] > z[best])
            best = c;
    return best;
}

/* Sum of exp(z - top) over a row. */
static double exp_sum(const float *z, size_t count, double top)
{
    double sum = 0.0;
    for (size_t c = 0; c < count; c++)
        sum += exp((double)z[c] - top);
    return sum;
}

void reference_sum_add(struct span span, double value)
{
    float *sum = floats(span);
    const float part = (float)value, held = sum[0], total = held + part;

    sum[1] += fabsf(held) >= fabsf(part) ? (held - total) + part : (part - total) + held;
    sum[0] = total;
}

static void tally_add(struct span span, double loss, uint32_t correct, uint32_t rows)
{
    uint32_t *counts = words(span);

    reference_sum_add(span, loss);
    counts[TALLY_CORRECT] += correct;
    counts[TALLY_ROWS] += rows;
}

static int reference_softmax_xent(struct incline_device *dev, const struct softmax_xent *args)
{
    (void)dev;
    const size_t classes = args->classes;
    double loss_sum = 0.0;
    uint32_t correct = 0;

    for (size_t r = 0; r < args->rows; r++) {
        const float *z = floats(args->z) + r * classes;
        float *dz = floats(args->dz) + r * classes;
        const uint32_t label = words(args->label)[r];
        const size_t best = largest(z, classes);
        const double top = (double)z[best], sum = exp_sum(z, classes, top);

        const float loss = (float)(log(sum) + (top - (double)z[label]));
        floats(args->loss)[r] = loss;
        loss_sum += (double)loss;
        correct += best == label;
        for (size_t c = 0; c < classes; c++)
            dz[c] = (float)(exp((double)z[c] - top) / sum - (c == label ? 1.0 : 0.0));
    }
    tally_add(args->tally, loss_sum, correct, args->rows);
    return INCLINE_OK;
}

static int reference_softmax(struct incline_device *dev, const struct softmax *args)
{
    (void)dev;
    const size_t classes = args->classes;

    for (size_t r = 0; r < args->rows; r++) {
        const float *z = floats(args->z) + r * classes;
        float *p = floats(args->p) + r * classes;
        const double top = (double)z[largest(z, classes)], sum = exp_sum(z, classes, top);
        for (size_t c = 0; c < classes; c++)
            p[c] = (float)(exp((double)z[c] - top) / sum);
    }
    return INCLINE_OK;
}

int reference_dense_backward_weights(struct incline_device *dev,
                                     const struct dense_backward_weights *args)
{
    const float *dy = floats(args->dy), *x = floats(args->x);
    const double scale = (double)args->scale;
    double *sums = NULL;

    for (size_t o = 0; o < args->outputs; o++) {
        const int rc = zero_row(dev, args->inputs, &sums);
        if (rc != INCLINE_OK)
            return rc;
        double bias_sum = 0.0;
        for (size_t r = 0; r < args->rows; r++) {
            const float d = dy[r * args->outputs + o];
            add_scaled(sums, d, x + r * args->inputs, args->inputs);
            bias_sum += (double)d;
        }
        float *dw = floats(args->dw) + o * args->inputs, *db = floats(args->db) + o;
        for (size_t i = 0; i < args->inputs; i++)
            dw[i] = (float)((args->accumulate ? (double)dw[i] : 0.0) + scale * sums[i]);
        *db = (float)((args->accumulate ? (double)*db : 0.0) + scale * bias_sum);
    }
    return INCLINE_OK;
}

static int reference_dense_backward_input(struct incline_device *dev,
                                          const struct dense_backward_input *args)
{
    double *sums = NULL;

    for (size_t r = 0; r < args->rows; r++) {
        const int rc = zero_row(dev, args->inputs, &sums);
        if (rc != INCLINE_OK)
            return rc;
        const float *dy = floats(args->dy) + r * args->outputs;
        for (size_t o = 0; o < args->outputs; o++)
            add_scaled(sums, dy[o], floats(args->w) + o * args->inputs, args->inputs);
        const float *a = floats(args->a) + r * args->inputs;
        float *dx = floats(args->dx) + r * args->inputs;
        for (size_t i = 0; i < args->inputs; i++)
            dx[i] = (float)sums[i] * activation_slope(args->activation, a[i]);
    }
    return INCLINE_OK;
}

static int reference_another(struct incline_device *dev, struct incline_device **another)
{
    (void)dev;
    return reference_open(another);
}

static const struct backend reference_backend = {.close = reference_close,
                                                 .another = reference_another,
                                                 .buffer_create = reference_buffer_create,
                                                 .buffer_wrap = reference_buffer_wrap,
                                                 .buffer_destroy = reference_buffer_destroy,
                                                 .buffer_done = reference_buffer_done,
                                                 .buffer_map = reference_buffer_map,
                                                 .buffer_unmap = reference_buffer_unmap,
                                                 .upload = reference_upload,
                                                 .download = reference_download,
                                                 .snapshot = reference_download,
                                                 .snapshot_ready = reference_snapshot_ready,
                                                 .finish = reference_finish,
                                                 .measure_peak = reference_measure_peak,
#define X(slot) .slot = reference_##slot,
                                                 BACKEND_SLOTS(X)
#undef X
};

int reference_open(struct incline_device **device)
{
    struct reference_device *reference = calloc(1, sizeof *reference);
    if (reference == NULL)
        return FAIL(INCLINE_ENOMEM, "%zu bytes for the reference device", sizeof *reference);

    struct incline_device *dev = &reference->base;
    dev->ops = &reference_backend;
    dev->working_bytes = (size_t)1 << 20;
    dev->info = (struct incline_device_info){
        .id = "reference",
        .name = "plain C on the host, sums in double",
        .platform = "Incline",
        .driver = INCLINE_VERSION,
        .version = "C11",
        .type = INCLINE_DEVICE_REFERENCE,
        .compute_units = 1,
        .max_work_group = 1,
        .float_width = 1,
        .global_bytes = machine_bytes(),
        .max_alloc_bytes = machine_bytes(),
        .shared_memory = true,
        .usable = true,
    };
    *device = dev;
    return INCLINE_OK;
}
