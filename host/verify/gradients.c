/* gradients.c - the device's gradient against finite differences of the exact loss, with sign.
 *
 * For a direction v the derivative g.v of the device's gradient g is compared with (loss(p + h v) -
 * loss(p - h v)) / 2h; a wrong sign doubles the difference. Activations and losses may have kinks:
 * h is halved until the two sides of a difference lie on the same side of each. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/backend/bounds.h"
#include "host/net/plan.h"
#include "host/net/plan_loss.h"
#include "host/util/rng.h"
#include "host/util/status.h"
#include "host/verify/exact.h"
#include "host/verify/verify.h"

/* How a network is trained; `text` names what is not as usual. */
struct setup {
    const char *text;
    enum incline_activation activations[2]; /* of the hidden layers, as many as there are */
    enum incline_normalization normalization;
    struct method method;
};

/* A network, a batch, parameters, and the device's gradient. */
struct trial {
    const char *name;
    struct net net;
    struct exact exact;
    float *params, *grads;
    double *moved; /* [param_count] parameters, moved */
};

/* Derivative along `direction`, by differences; *step is the h that was small enough. */
static double derivative(const struct trial *t, const double *direction, double *step)
{
    const size_t count = t->net.param_count;
    double ahead = 0.0, behind = 0.0;

    for (*step = 0x1p-12; *step > 0x1p-26; *step /= 2) {
        uint64_t pattern[3];
        for (int side = -1; side <= 1; side++) {
            for (size_t i = 0; i < count; i++)
                t->moved[i] = (double)t->params[i] + side * *step * direction[i];
            const double loss = exact_loss(&t->exact, t->moved, &pattern[side + 1]);
            if (side == -1)
                behind = loss;
            if (side == 1)
                ahead = loss;
        }
        if (pattern[0] == pattern[1] && pattern[1] == pattern[2])
            break;
    }
    return (ahead - behind) / (2.0 * *step);
}

static void trial_clear(struct trial *t)
{
    exact_clear(&t->exact);
    net_clear(&t->net);
    free(t->params);
    free(t->grads);
    free(t->moved);
}

static int trial_init(struct trial *t, const uint32_t *widths, size_t width_count, uint32_t rows,
                      const struct setup *setup)
{
    int rc = INCLINE_OK;

    TRY(net_init(&t->net, widths, width_count, setup->activations[0]));
    TRY(net_set_activations(&t->net, setup->activations));
    TRY(net_set_normalization(&t->net, setup->normalization));
    TRY(exact_init(&t->exact, &t->net, &setup->method, rows));
    t->params = malloc(t->net.param_count * sizeof *t->params);
    t->grads = malloc(t->net.param_count * sizeof *t->grads);
    t->moved = malloc(t->net.param_count * sizeof *t->moved);
    if (t->params == NULL || t->grads == NULL || t->moved == NULL)
        rc = FAIL(INCLINE_ENOMEM, "no memory for a gradient check");
    else
        net_init_params(&t->net, INCLINE_INIT_UNIFORM, 6, t->params);
out:
    return rc;
}

static int device_gradient(struct trial *t, struct incline_device *dev)
{
    const struct exact *exact = &t->exact;
    const uint32_t rows = exact->rows;
    const size_t outputs = t->net.widths[t->net.layers];
    struct plan plan = {0};
    int rc = INCLINE_OK;

    TRY(plan_create(&plan, dev, &t->net, exact->method, rows));
    TRY(plan_set_params(&plan, t->params));
    TRY(dev->ops->upload(dev, plan_input(&plan), ELEMENT_F32, (size_t)rows * t->net.widths[0],
                         exact->x));
    TRY(dev->ops->upload(dev, plan_labels(&plan), ELEMENT_U32, rows, exact->labels));
    if (loss_has_targets(&exact->method->loss))
        TRY(dev->ops->upload(dev, plan_targets(&plan), ELEMENT_F32, rows * outputs,
                             exact->targets));
    TRY(plan_gradients(&plan, rows, 1.0f / (float)rows, false));
    TRY(plan_loss_mean(&plan));
    TRY(plan_get_grads(&plan, t->grads));
out:
    plan_destroy(&plan);
    return rc;
}

/* Roundings on the longest way through the network and back: each layer's sum forward and
 * backward, the loss, and the sum over the rows. */
static double roundings(const struct trial *t)
{
    /* An activation and its derivative, each at most 64; bounds_activation.c counts them. */
    const double of_activation = 128.0;
    /* Normalisation: bounds_normalize.c counts less than 32 to and from each of its sums, of which
     * there are four on the way, and the scale is a factor of all of them twice. */
    const double of_normalization = 256.0;
    /* Dropout's factor, or both dropout's and what is owed of it, there and back. */
    const double of_dropout = t->exact.method->noise.dropout > 0.0f ? 4.0 : 0.0;
    double n = 2.0 * (double)t->net.widths[t->net.layers] + 32.0 + (double)t->exact.rows;

    for (uint32_t l = 0; l < t->net.layers; l++)
        n += (double)t->net.widths[l] + (double)t->net.widths[l + 1] + 4.0 + of_dropout +
             (backend_fuses(net_activation(&t->net, l)) ? 0.0 : of_activation) +
             (net_normalizes(&t->net, l) ? of_normalization : 0.0);
    return n;
}

/* Direction 0 is that of the gradient itself, where a sign shows most; the others are random
 * signs. All have length 1. */
static void choose_direction(const struct trial *t, uint32_t number, double *direction)
{
    const size_t count = t->net.param_count;
    const double size = 1.0 / sqrt((double)count);
    double length = 0.0;

    for (size_t i = 0; i < count; i++)
        length += (double)t->grads[i] * (double)t->grads[i];
    length = sqrt(length);
    for (size_t i = 0; i < count; i++)
        if (number == 0 && length > 0.0)
            direction[i] = (double)t->grads[i] / length;
        else
            direction[i] = rng_bits(7, RNG_STREAM(RNG_TEST, number), i) & 1 ? size : -size;
}

/* Compare along `directions` directions. The gradient's error is bounded by the
 * roundings on its way, relative to its largest element; the difference's own error by h^2
 * times the third derivative (at most the cube of the direction's effect, near 1 here) and by the
 * cancellation of two losses, u_double * loss / h. */
static void compare(struct verification *v, const struct trial *t, uint32_t directions)
{
    const char *name = t->name;
    const size_t count = t->net.param_count;
    double *direction = malloc(count * sizeof *direction);
    char where[128] = "";
    double worst = 0.0, largest = 0.0;

    if (direction == NULL) {
        (void)FAIL(INCLINE_ENOMEM, "no memory for a direction");
        verify_failure(v, "gradient", name);
        return;
    }
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, fabs((double)t->grads[i]));
    for (uint32_t d = 0; d < directions; d++) {
        double slope = 0.0, step;
        choose_direction(t, d, direction);
        for (size_t i = 0; i < count; i++)
            slope += (double)t->grads[i] * direction[i];
        const double expected = derivative(t, direction, &step);
        const double bound = bounds_gamma(roundings(t)) * largest * sqrt((double)count) +
                             step * step + 0x1p-50 / step;
        const double error = fabs(slope - expected);
        const double ratio = error <= bound ? error / bound : fmax(error / bound, 2.0);
        if (!(ratio <= worst)) {
            worst = ratio;
            snprintf(where, sizeof where, "direction %u: %.6g found, %.6g expected, bound %.2g", d,
                     slope, expected, bound);
        }
    }
    verify_row(v, "gradient", name, directions, worst, where);
    free(direction);
}

/* `name` is of the widths; what is not as usual comes behind it. */
static int check_gradient(struct verification *v, const char *name, const uint32_t *widths,
                          size_t width_count, uint32_t rows, const struct setup *setup)
{
    struct trial trial;
    int rc;

    memset(&trial, 0, sizeof trial);
    trial.name = name;
    rc = trial_init(&trial, widths, width_count, rows, setup);
    if (rc == INCLINE_OK) {
        rc = device_gradient(&trial, v->dev);
        if (rc != INCLINE_OK)
            verify_failure(v, "gradient", name);
        else
            compare(v, &trial, 8);
    }
    trial_clear(&trial);
    return rc == INCLINE_ENOMEM ? rc : INCLINE_OK;
}

static const float weights[] = {0.5f, 2.0f, 1.0f, 0.0f, 1.0f, 0.25f, 1.0f, 4.0f, 1.0f, 1.5f};

/* Each loss, and whatever else a gradient goes through. */
static const struct setup methods[] = {
    {"gelu and relu", .activations = {INCLINE_GELU, INCLINE_RELU}},
    {"label smoothing", .method.loss = {.smoothing = 0.1f}},
    {"class weights", .method.loss = {.class_weights = weights}},
    {"class weights, smoothing", .method.loss = {.class_weights = weights, .smoothing = 0.1f}},
    {"sigmoid loss", .method.loss = {.kind = INCLINE_LOSS_SIGMOID}},
    {"mse loss", .method.loss = {.kind = INCLINE_LOSS_MSE}},
    {"mae loss", .method.loss = {.kind = INCLINE_LOSS_MAE}},
    {"huber loss", .method.loss = {.kind = INCLINE_LOSS_HUBER, .delta = 0.7f}},
    {"dropout", .method.noise = {.dropout = 0.3f, .dropout_input = 0.2f}},
    {"gelu, dropout", .activations = {INCLINE_GELU, INCLINE_GELU},
     .method.noise = {.dropout = 0.3f, .dropout_input = 0.2f}},
};

/* With each normalisation: ReLU is applied along with it and pays dropout's factor later, others
 * are not and do not. */
static const struct setup normalized[] = {
    {"relu", .activations = {INCLINE_RELU, INCLINE_RELU}},
    {"tanh", .activations = {INCLINE_TANH, INCLINE_TANH}},
    {"dropout", .method.noise = {.dropout = 0.3f, .dropout_input = 0.2f}},
    {"gelu, dropout", .activations = {INCLINE_GELU, INCLINE_GELU},
     .method.noise = {.dropout = 0.3f, .dropout_input = 0.2f}},
};

/* One of 17-16-9-10, on 16 rows. */
static int check_deep(struct verification *v, const struct setup *setup)
{
    static const uint32_t deep[] = {17, 16, 9, 10};
    const bool normalizes = setup->normalization != INCLINE_NORMALIZE_NONE;
    char name[64];

    snprintf(name, sizeof name, "17-16-9-10, %s%s%s%s", setup->text, normalizes ? ", " : "",
             normalizes ? incline_normalization_text(setup->normalization) : "",
             normalizes ? " norm" : "");
    return check_gradient(v, name, deep, 4, 16, setup);
}

int verify_gradients(struct verification *v)
{
    static const struct setup usual = {0};
    static const uint32_t small[] = {5, 4, 3}, classic[] = {784, 10, 10};

    int rc = check_gradient(v, "5-4-3 batch 7", small, 3, 7, &usual);
    if (rc == INCLINE_OK && !v->quick)
        rc = check_gradient(v, "784-10-10 batch 64", classic, 3, 64, &usual);
    for (int which = 0; rc == INCLINE_OK && which < INCLINE_ACTIVATION_COUNT; which++) {
        const enum incline_activation activation = (enum incline_activation)which;
        rc = check_deep(v, &(struct setup){.text = incline_activation_text(activation),
                                           .activations = {activation, activation}});
    }
    for (size_t m = 0; rc == INCLINE_OK && m < sizeof methods / sizeof methods[0]; m++)
        rc = check_deep(v, &methods[m]);
    for (int which = INCLINE_NORMALIZE_BATCH;
         rc == INCLINE_OK && net_normalization_text(which) != NULL; which++)
        for (size_t n = 0; rc == INCLINE_OK && n < sizeof normalized / sizeof normalized[0]; n++) {
            struct setup setup = normalized[n];
            setup.normalization = (enum incline_normalization)which;
            rc = check_deep(v, &setup);
        }
    return rc;
}
