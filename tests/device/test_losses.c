/* test_losses.c - the losses beyond plain softmax cross-entropy on the device under test: numbers
 * worked out by hand, and what must stay finite or become NaN. */
#include <math.h>
#include <stdio.h>

#include "device/nets.h"
#include "device/rig_losses.h"
#include "host/net/plan.h"

static void expect_near(struct rig *rig, const char *what, struct span span, const double *expected,
                        size_t count)
{
    float found[16];

    cr_assert(count <= COUNT(found));
    rig_read(rig, span, count, found);
    for (size_t i = 0; i < count; i++) /* a few roundings of numbers up to some thousands */
        cr_expect(fabs((double)found[i] - expected[i]) <= 1e-6 * fmax(1.0, fabs(expected[i])),
                  "%s[%zu]: %.9g expected, %.9g found", what, i, expected[i], (double)found[i]);
}

#define NEAR(rig, span, ...)                                         \
    expect_near((rig), #span, (span), (const double[]){__VA_ARGS__}, \
                COUNT(((const double[]){__VA_ARGS__})))
#define FLOATS(rig, ...) \
    rig_floats((rig), COUNT(((const float[]){__VA_ARGS__})), (const float[]){__VA_ARGS__})
#define DO(rig, slot, ...) \
    require_ok((rig)->dev->ops->slot((rig)->dev, &(struct slot){__VA_ARGS__}))

/* Sum of two words at `at`. */
static double sum_of(struct rig *rig, struct span span, size_t at)
{
    float sum[SUM_WORDS];
    rig_read(rig, (struct span){span.buffer, span.at + at}, SUM_WORDS, sum);
    return (double)sum[0] + (double)sum[1];
}

static void expect_counts(struct rig *rig, struct span tally, uint32_t correct, uint32_t rows)
{
    uint32_t words[TALLY_WORDS];
    rig_read(rig, tally, TALLY_WORDS, words);
    cr_expect(words[TALLY_CORRECT] == correct && words[TALLY_ROWS] == rows,
              "%u of %u right expected, %u of %u found", correct, rows, words[TALLY_CORRECT],
              words[TALLY_ROWS]);
}

static void close_rig(struct rig *rig)
{
    rig_expect_margins(rig, "at the end");
    rig_clear(rig);
    incline_device_close(rig->dev);
}

Test(losses, distances_by_hand)
{
    static const struct {
        enum incline_loss kind;
        double dz[4], loss[2];
    } rows[] = {{INCLINE_LOSS_MSE, {1, -2, 0, 2}, {2.5, 2}},
                {INCLINE_LOSS_MAE, {0.5, -0.5, 0, 0.5}, {1.5, 1}},
                {INCLINE_LOSS_HUBER, {0.5, -0.75, 0, 0.75}, {1.1875, 0.9375}}};
    struct rig rig = {.dev = test_device()};
    const struct span z = FLOATS(&rig, 1, 2, 7, 1), target = FLOATS(&rig, 0, 4, 7, -1);

    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct span dz = rig_floats(&rig, 4, NULL), loss = rig_floats(&rig, 2, NULL);
        const struct span tally = rig_tally(&rig);
        DO(&rig, target_loss, z, target, dz, loss, tally, 2, 2, rows[i].kind, 1.5f);
        expect_near(&rig, "dz", dz, rows[i].dz, 4);
        expect_near(&rig, "loss", loss, rows[i].loss, 2);
        expect_counts(&rig, tally, 0, 2);
        cr_expect(fabs(sum_of(&rig, tally, 0) - rows[i].loss[0] - rows[i].loss[1]) < 1e-6);
        cr_expect(sum_of(&rig, tally, TALLY_SQUARES) == 4.5, "4.5 expected, %g found",
                  sum_of(&rig, tally, TALLY_SQUARES));
    }
    close_rig(&rig);
}

Test(losses, sigmoid_by_hand_and_far_out)
{
    struct rig rig = {.dev = test_device()};
    const struct span z = FLOATS(&rig, 0, 0, 1000, -1000, 1000, -1000, (float)log(3.0), -1);
    const struct span target = FLOATS(&rig, 0, 1, 1, 0, 0, 1, 1, 0.25f);
    const struct span dz = rig_floats(&rig, 8, NULL), loss = rig_floats(&rig, 4, NULL);
    const struct span tally = rig_tally(&rig);
    const double at_minus_1 = 1.0 / (1.0 + exp(1.0));

    DO(&rig, target_loss, z, target, dz, loss, tally, 4, 2, INCLINE_LOSS_SIGMOID, 0);
    NEAR(&rig, dz, 0.25, -0.25, 0, 0, 0.5, -0.5, -0.125, 0.5 * (at_minus_1 - 0.25));
    NEAR(&rig, loss, log(2.0), 0, 1000, 0.5 * (log(4.0 / 3.0) + 0.25 + log1p(exp(-1.0))));
    expect_counts(&rig, tally, 2, 4);
    close_rig(&rig);
}

Test(losses, smoothing_and_class_weights_by_hand)
{
    struct rig rig = {.dev = test_device()};
    const double ln4 = log(4.0), ln43 = log(4.0 / 3.0);
    const struct span z = FLOATS(&rig, 0, (float)log(3.0), 0, (float)log(3.0));
    const struct span label = rig_words(&rig, 2, (const uint32_t[]){1, 0});
    const struct span weights = FLOATS(&rig, 2, 3), dz = rig_floats(&rig, 4, NULL);
    const struct span loss = rig_floats(&rig, 2, NULL), tally = rig_tally(&rig);
    const struct span total = rig_words(&rig, SUM_WORDS, (const uint32_t[SUM_WORDS]){0, 0});
    const double smooth = 0.1 * (2.0 * ln4 + 3.0 * ln43);

    DO(&rig, weighted_xent, z, label, weights, dz, loss, tally, total, 2, 2, 0.2f);
    NEAR(&rig, dz, 0.525, -0.525, -1.275, 1.275);
    NEAR(&rig, loss, 2.4 * ln43 + smooth, 1.6 * ln4 + smooth);
    expect_counts(&rig, tally, 1, 2);
    cr_expect(sum_of(&rig, tally, TALLY_WEIGHTS) == 5.0 && sum_of(&rig, total, 0) == 5.0);
    DO(&rig, divide, dz, total, 3, 10.0f);
    NEAR(&rig, dz, 1.05, -1.05, -2.55, 1.275);
    const struct span nothing = FLOATS(&rig, 0, 0);
    DO(&rig, divide, dz, nothing, 3, 10.0f);
    NEAR(&rig, dz, 0, 0, 0, 1.275);
    close_rig(&rig);
}

Test(losses, a_nan_makes_the_loss_of_its_row_nan_and_of_no_other)
{
    struct rig rig = {.dev = test_device()};
    const struct span z = FLOATS(&rig, 1, 2, 1, NAN, 3, 4), target = FLOATS(&rig, 1, 0, 1, 0, 1, 1);
    const struct span label = rig_words(&rig, 3, (const uint32_t[]){0, 0, 1});
    const struct span weights = FLOATS(&rig, 1, 1), dz = rig_floats(&rig, 6, NULL);
    const struct span loss = rig_floats(&rig, 3, NULL), tally = rig_tally(&rig);
    const struct span total = rig_words(&rig, SUM_WORDS, (const uint32_t[SUM_WORDS]){0, 0});
    float found[3], slopes[6];

    for (int kind = INCLINE_LOSS_SOFTMAX; kind <= INCLINE_LOSS_HUBER; kind++) {
        if (kind == INCLINE_LOSS_SOFTMAX)
            DO(&rig, weighted_xent, z, label, weights, dz, loss, tally, total, 3, 2, 0.1f);
        else
            DO(&rig, target_loss, z, target, dz, loss, tally, 3, 2, (enum incline_loss)kind, 1);
        rig_read(&rig, loss, 3, found);
        rig_read(&rig, dz, 6, slopes);
        cr_expect(isfinite(found[0]) && isnan(found[1]) && isfinite(found[2]), "kind %d: %g %g %g",
                  kind, (double)found[0], (double)found[1], (double)found[2]);
        cr_expect(isnan(slopes[3]) && isfinite(slopes[1]) && isfinite(slopes[4]), "kind %d", kind);
    }
    cr_expect(isnan(sum_of(&rig, tally, 0)));
    close_rig(&rig);
}

/* ---- gradients of a network, against differences of a double forward pass ---- */

enum { ROWS = 7, INPUTS = 5, OUTPUTS = 3, PARAMS = INPUTS * 4 + 4 + 4 * OUTPUTS + OUTPUTS };

static const float class_weights[OUTPUTS] = {0.5f, 2, 1.25f};

struct problem {
    struct net net;
    struct loss loss;
    float x[ROWS * INPUTS], targets[ROWS * OUTPUTS], params[PARAMS];
    uint32_t labels[ROWS];
};

static double row_loss(const struct problem *p, const double *z, uint32_t row)
{
    const double s = (double)p->loss.smoothing, delta = (double)p->loss.delta;
    double sum = 0.0, total = 0.0;

    for (size_t o = 0; o < OUTPUTS; o++)
        sum += exp(z[o]);
    for (size_t o = 0; o < OUTPUTS; o++) {
        const double t = (double)p->targets[row * OUTPUTS + o], e = z[o] - t;
        const double w = (double)class_weights[o], minus_log_p = log(sum) - z[o];
        switch (p->loss.kind) {
        case INCLINE_LOSS_SIGMOID:
            total += (t * log(1.0 + exp(-z[o])) + (1.0 - t) * log(1.0 + exp(z[o]))) / OUTPUTS;
            break;
        case INCLINE_LOSS_MSE:
            total += e * e / OUTPUTS;
            break;
        case INCLINE_LOSS_MAE:
            total += fabs(e) / OUTPUTS;
            break;
        case INCLINE_LOSS_HUBER:
            total += (fabs(e) > delta ? delta * (fabs(e) - delta / 2.0) : e * e / 2.0) / OUTPUTS;
            break;
        default:
            total += w * minus_log_p * (s / OUTPUTS + (o == p->labels[row] ? 1.0 - s : 0.0));
        }
    }
    return total;
}

static double mean_loss(const struct problem *p, const double *params)
{
    static struct nets_sample sample;
    double sum = 0.0, weights = 0.0;

    for (uint32_t r = 0; r < ROWS; r++) {
        (void)nets_forward(&p->net, params, p->x + (size_t)r * INPUTS, 0, &sample, NULL);
        sum += row_loss(p, sample.a[2], r);
        weights += loss_has_targets(&p->loss) ? 1.0 : (double)class_weights[p->labels[r]];
    }
    return sum / weights;
}

/* What an update of rate 1 takes off, the batch going through in passes of 4 and 3 rows. */
static void device_gradient(const struct problem *p, double *gradient)
{
    struct incline_device *dev = test_device();
    const struct method method = {.loss = p->loss};
    struct plan plan;
    float after[PARAMS];

    require_ok(plan_create(&plan, dev, &p->net, &method, ROWS));
    require_ok(plan_set_params(&plan, p->params));
    for (uint32_t done = 0; done < ROWS; done += 4) {
        const uint32_t rows = done == 0 ? 4 : 3;
        require_ok(dev->ops->upload(dev, plan_input(&plan), ELEMENT_F32, (size_t)rows * INPUTS,
                                    p->x + (size_t)done * INPUTS));
        require_ok(dev->ops->upload(dev, plan_labels(&plan), ELEMENT_U32, rows, p->labels + done));
        if (loss_has_targets(&p->loss))
            require_ok(dev->ops->upload(dev, plan_targets(&plan), ELEMENT_F32,
                                        (size_t)rows * OUTPUTS,
                                        p->targets + (size_t)done * OUTPUTS));
        require_ok(plan_gradients(&plan, rows, 1.0f / ROWS, done > 0));
    }
    require_ok(plan_update(&plan, 1.0f));
    require_ok(plan_get_params(&plan, after));
    for (size_t i = 0; i < PARAMS; i++)
        gradient[i] = (double)p->params[i] - (double)after[i];
    plan_destroy(&plan);
    cr_expect(dev->children == 0, "%zu buffers are left", dev->children);
    incline_device_close(dev);
}

Test(losses, gradients_are_the_differences_of_the_mean_loss)
{
    static const struct loss losses[] = {
        {.kind = INCLINE_LOSS_SIGMOID},
        {.kind = INCLINE_LOSS_MSE},
        {.kind = INCLINE_LOSS_MAE},
        {.kind = INCLINE_LOSS_HUBER, .delta = 0.4f},
        {.kind = INCLINE_LOSS_SOFTMAX, .smoothing = 0.1f, .class_weights = class_weights},
    };
    static const uint32_t widths[] = {INPUTS, 4, OUTPUTS};
    const double step = 1e-6;
    struct problem p;

    require_ok(net_init(&p.net, widths, COUNT(widths), INCLINE_RELU));
    cr_assert(p.net.param_count == PARAMS);
    net_init_params(&p.net, INCLINE_INIT_UNIFORM, 3, p.params);
    for (size_t i = 0; i < COUNT(p.x); i++)
        p.x[i] = rig_value(1, i, false);
    for (uint32_t r = 0; r < ROWS; r++)
        p.labels[r] = r % OUTPUTS;
    for (size_t k = 0; k < COUNT(losses); k++) {
        double gradient[PARAMS], moved[PARAMS];
        p.loss = losses[k];
        for (size_t i = 0; i < COUNT(p.targets); i++)
            p.targets[i] = k == 0 ? (float)(i % 3 == 0) : 2.0f * rig_value(2, i, false);
        device_gradient(&p, gradient);
        for (size_t i = 0; i < PARAMS; i++) {
            double side[2];
            for (size_t s = 0; s < 2; s++) {
                for (size_t j = 0; j < PARAMS; j++)
                    moved[j] = (double)p.params[j] + (j != i ? 0.0 : s == 0 ? -step : step);
                side[s] = mean_loss(&p, moved);
            }
            /* Gradients of about 1 in float, with the rounding of an update; differences of
             * losses in double. */
            const double expected = (side[1] - side[0]) / (2.0 * step);
            cr_expect(fabs(gradient[i] - expected) <= 2e-6,
                      "loss %d, parameter %zu: %g expected, "
                      "%g found",
                      (int)p.loss.kind, i, expected, gradient[i]);
        }
    }
    net_clear(&p.net);
}
