/* test_plan.c - the plan: the drawing in host/net/plan.h, gradients against differences of a
 * double forward pass, batches in several passes, and what is refused. */
#include <math.h>

#include "device/nets.h"
#include "host/backend/bounds.h"
#include "host/net/plan.h"

static struct net net_of(const uint32_t *widths, size_t count)
{
    struct net net;
    require_ok(net_init(&net, widths, count, INCLINE_RELU));
    return net;
}

Test(plan, tensors_lie_as_the_drawing_shows)
{
    struct incline_device *dev = test_device();
    struct net net = net_of((const uint32_t[]){3, 5, 2}, 3);
    struct plan plan;

    require_ok(plan_create(&plan, dev, &net, NULL, 7));
    const struct {
        const char *what;
        size_t found, expected;
    } rows[] = {
        {"rows", plan.rows, 7},
        {"a0", plan.a[0], 0},
        {"a1", plan.a[1], 32},
        {"a2", plan.a[2], 80},
        {"d1", plan.d[1], 96},
        {"d2", plan.d[2], 144},
        {"loss", plan.loss, 160},
        {"end", plan.arena_floats, 176},
        {"input", plan_input(&plan).at, 0},
        {"logits", plan_logits(&plan).at, 80},
        {"losses", plan_loss(&plan).at, 160},
        {"labels", plan_labels(&plan).at, 0},
        {"tally", plan_tally(&plan).at, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        cr_expect(rows[i].found == rows[i].expected, "%s: %zu expected, %zu found", rows[i].what,
                  rows[i].expected, rows[i].found);
    uint32_t tally[TALLY_WORDS] = {1, 1, 1, 1};
    require_ok(dev->ops->download(dev, plan_tally(&plan), ELEMENT_U32, TALLY_WORDS, tally));
    cr_expect(tally[0] == 0 && tally[1] == 0 && tally[2] == 0 && tally[3] == 0,
              "the tally begins with %u %u %u %u", tally[0], tally[1], tally[2], tally[3]);
    plan_destroy(&plan);
    plan_destroy(&plan);
    cr_expect(dev->children == 0, "%zu buffers are left", dev->children);
    net_clear(&net);
    incline_device_close(dev);
}

Test(plan, parameters_come_back_with_the_bits_they_went)
{
    struct incline_device *dev = test_device();
    struct net net = net_of((const uint32_t[]){3, 5, 2}, 3);
    struct plan plan;
    float sent[32], found[32];

    net_init_params(&net, INCLINE_INIT_UNIFORM, 3, sent);
    require_ok(plan_create(&plan, dev, &net, NULL, 1));
    require_ok(plan_set_params(&plan, sent));
    require_ok(plan_get_params(&plan, found));
    cr_expect(memcmp(sent, found, net.param_count * sizeof *sent) == 0);
    plan_destroy(&plan);
    net_clear(&net);
    incline_device_close(dev);
}

/* ---- gradients ---- */

struct trial {
    struct net net;
    uint32_t rows;
    float *x, *params, *grads;
    uint32_t *labels;
    double *exact; /* params in double */
};

static void trial_init(struct trial *t, const uint32_t *widths, size_t count, uint32_t rows,
                       uint64_t seed)
{
    t->net = net_of(widths, count);
    t->rows = rows;
    t->x = (float *)(void *)rig_room((size_t)rows * widths[0] * sizeof *t->x);
    t->params = (float *)(void *)rig_room(t->net.param_count * sizeof *t->params);
    t->grads = (float *)(void *)rig_room(t->net.param_count * sizeof *t->grads);
    t->labels = (uint32_t *)(void *)rig_room(rows * sizeof *t->labels);
    t->exact = nets_doubles(t->net.param_count);
    for (size_t i = 0; i < (size_t)rows * widths[0]; i++)
        t->x[i] = rig_value(1, i, false);
    for (uint32_t r = 0; r < rows; r++)
        t->labels[r] = (7 * r + 1) % widths[count - 1];
    net_init_params(&t->net, INCLINE_INIT_UNIFORM, seed, t->params);
    for (size_t i = 0; i < t->net.param_count; i++)
        t->exact[i] = (double)t->params[i];
}

static void trial_clear(struct trial *t)
{
    net_clear(&t->net);
    free(t->x);
    free(t->params);
    free(t->grads);
    free(t->labels);
    free(t->exact);
}

/* The device's gradient of the mean loss, in passes of at most plan->rows; *loss is the sum. */
static void device_gradient(struct trial *t, struct incline_device *dev, uint32_t expected_rows,
                            double *loss)
{
    const uint32_t inputs = t->net.widths[0];
    uint32_t tally[TALLY_WORDS];
    struct plan plan;
    float sums[2];

    require_ok(plan_create(&plan, dev, &t->net, NULL, t->rows));
    cr_assert(plan.rows == expected_rows, "passes of %u rows expected, %u found", expected_rows,
              plan.rows);
    require_ok(plan_set_params(&plan, t->params));
    for (uint32_t done = 0; done < t->rows;) {
        const uint32_t pass = t->rows - done < plan.rows ? t->rows - done : plan.rows;
        require_ok(dev->ops->upload(dev, plan_input(&plan), ELEMENT_F32, (size_t)pass * inputs,
                                    t->x + (size_t)done * inputs));
        require_ok(dev->ops->upload(dev, plan_labels(&plan), ELEMENT_U32, pass, t->labels + done));
        require_ok(plan_gradients(&plan, pass, 1.0f / (float)t->rows, done > 0));
        done += pass;
    }
    require_ok(plan_get_grads(&plan, t->grads));
    require_ok(dev->ops->download(dev, plan_tally(&plan), ELEMENT_U32, TALLY_WORDS, tally));
    memcpy(sums, tally, sizeof sums);
    *loss = (double)sums[0] + (double)sums[1];
    cr_expect(tally[TALLY_ROWS] == t->rows, "%u rows in the tally expected, %u found", t->rows,
              tally[TALLY_ROWS]);
    plan_destroy(&plan);
}

static double loss_sum(const struct trial *t, const double *params, double *open)
{
    static struct nets_sample sample;
    double sum = 0.0;
    for (uint32_t r = 0; r < t->rows; r++)
        sum += nets_forward(&t->net, params, t->x + (size_t)r * t->net.widths[0], t->labels[r],
                            &sample, open);
    return sum;
}

/* Roundings on the longest way through the network and back. */
static double roundings(const struct trial *t)
{
    double n = 2.0 * (double)t->net.widths[t->net.layers] + 32.0 + (double)t->rows;
    for (uint32_t l = 0; l < t->net.layers; l++)
        n += (double)(t->net.widths[l] + t->net.widths[l + 1]) + 4.0;
    return n;
}

/* Inputs, weights and biases are at most 1, 0.5 and 0.5, so what a layer puts out is at most
 * (width of its input + 1) / 2 times what goes in, and so is what goes back. No sum of absolute
 * terms in a gradient is larger than the product of all these. */
static double largest_sizes(const struct trial *t)
{
    double sizes = 1.0;
    for (uint32_t l = 0; l + 1 < t->net.layers; l++)
        sizes *=
            ((double)t->net.widths[l] + 1.0) / 2.0 * fmax(1.0, (double)t->net.widths[l + 2] / 2.0);
    return sizes;
}

/* (loss(p + h) - loss(p - h)) / 2h, parameter by parameter. With h = 2^-14 the difference is
 * off by h^2 times a third derivative, and by 2^-52 loss / h: together below 1e-7. No ReLU is
 * near its kink: h times the largest input would not carry it over. */
Test(plan, gradients_are_the_differences_of_the_loss_with_sign)
{
    static const uint32_t widths[][4] = {{5, 4, 3}, {4, 3, 4, 2}, {6, 3}};
    static const size_t counts[] = {3, 4, 2};
    struct incline_device *dev = test_device();
    const double h = 0x1p-14;

    for (size_t n = 0; n < COUNT(counts); n++) {
        struct trial t;
        double open = 0.0, loss;
        size_t telling = 0;
        for (uint64_t seed = 1; open < 16.0 * h; seed++) {
            if (seed > 1)
                trial_clear(&t);
            trial_init(&t, widths[n], counts[n], 6, seed);
            open = HUGE_VAL;
            loss_sum(&t, t.exact, &open);
        }
        device_gradient(&t, dev, t.rows, &loss);
        const double bound = bounds_gamma(roundings(&t)) * largest_sizes(&t) + 1e-7;
        cr_expect(fabs(loss - loss_sum(&t, t.exact, NULL)) <= bound * t.rows,
                  "loss %.9g expected, %.9g found", loss_sum(&t, t.exact, NULL), loss);
        for (size_t i = 0; i < t.net.param_count; i++) {
            const double old = t.exact[i];
            t.exact[i] = old + h;
            const double ahead = loss_sum(&t, t.exact, NULL) / t.rows;
            t.exact[i] = old - h;
            const double behind = loss_sum(&t, t.exact, NULL) / t.rows;
            t.exact[i] = old;
            const double expected = (ahead - behind) / (2.0 * h), found = (double)t.grads[i];
            cr_expect(fabs(found - expected) <= bound,
                      "net %zu, parameter %zu: %.9g +- %.2g expected, %.9g found", n, i, expected,
                      bound, found);
            telling += fabs(expected) > 100.0 * bound;
        }
        cr_expect(telling > t.net.param_count / 4, "net %zu: only %zu of %zu gradients tell", n,
                  telling, t.net.param_count);
        trial_clear(&t);
    }
    incline_device_close(dev);
}

/* Both results lie within the bound of the exact gradient. */
static void expect_same_gradient(const struct trial *one, const struct trial *two)
{
    const double bound = 2.0 * bounds_gamma(roundings(one)) * largest_sizes(one);
    double largest = 0.0;

    for (size_t i = 0; i < one->net.param_count; i++) {
        largest = fmax(largest, fabs((double)one->grads[i]));
        cr_expect(fabs((double)one->grads[i] - (double)two->grads[i]) <= bound,
                  "parameter %zu: %.9g in one pass, %.9g in several, bound %.2g", i,
                  (double)one->grads[i], (double)two->grads[i], bound);
    }
    cr_expect(largest > 20.0 * bound, "the largest gradient %g says nothing beside a bound of %g",
              largest, bound);
}

Test(plan, a_batch_in_several_passes_is_a_batch_in_one)
{
    const uint32_t widths[] = {20, 7, 5}, rows = test_quick() ? 39 : 50;
    struct incline_device *dev = test_device();
    struct trial one, several;
    double one_loss, several_loss;

    trial_init(&one, widths, COUNT(widths), rows, 4);
    trial_init(&several, widths, COUNT(widths), rows, 4);
    device_gradient(&one, dev, rows, &one_loss);
    /* A buffer that holds the padding of 6 pieces and 20 rows of 45 floats. */
    const uint64_t real = dev->info.max_alloc_bytes;
    dev->info.max_alloc_bytes = 6 * 16 * 4 + 20 * 45 * 4 + 3;
    device_gradient(&several, dev, 20, &several_loss);
    dev->info.max_alloc_bytes = real;
    expect_same_gradient(&one, &several);
    cr_expect(fabs(one_loss - several_loss) <= 1e-5 * one_loss, "losses %.9g and %.9g", one_loss,
              several_loss);
    trial_clear(&one);
    trial_clear(&several);
    incline_device_close(dev);
}

Test(plan, passes_follow_the_working_memory_and_the_largest_buffer)
{
    static const struct {
        size_t working;
        uint64_t most;
        uint32_t batch, rows;
    } rows[] = {
        {1 << 20, UINT64_MAX, 64, 64},     /* what fits goes in one pass */
        {0, UINT64_MAX, 512, 512},         /* no pass is cut below 512 rows for caches */
        {0, UINT64_MAX, 513, 272},         /* two even passes, in multiples of 16 */
        {0, UINT64_MAX, 1200, 400},        /* three */
        {40 * 600, UINT64_MAX, 1200, 600}, /* 10 floats a row: 600 rows */
        {0, 384 + 40 * 7, 64, 7},          /* what one buffer holds, padding apart */
        {0, 100, 64, 1},                   /* one row at least */
    };
    struct incline_device *dev = NULL;
    struct net net = net_of((const uint32_t[]){3, 2, 1}, 3);

    require_ok(reference_open(&dev));
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct plan plan;
        dev->working_bytes = rows[i].working;
        dev->info.max_alloc_bytes = rows[i].most;
        require_ok(plan_create(&plan, dev, &net, NULL, rows[i].batch));
        cr_expect(plan.rows == rows[i].rows, "row %zu: passes of %u expected, %u found", i,
                  rows[i].rows, plan.rows);
        plan_destroy(&plan);
    }
    net_clear(&net);
    incline_device_close(dev);
}

Test(plan, impossible_batches_are_refused_and_nothing_is_left)
{
    struct incline_device *dev = test_device();
    struct net small = net_of((const uint32_t[]){3, 2}, 2);
    struct net wide = net_of((const uint32_t[]){2147483647u, 1}, 2);
    struct plan plan, before;

    memset(&plan, 0x5a, sizeof plan);
    memcpy(&before, &plan, sizeof plan);
    require_fails(plan_create(&plan, dev, &small, NULL, 0), INCLINE_EARG, "0 rows");
    require_fails(plan_create(&plan, dev, &wide, NULL, UINT32_MAX), INCLINE_EARG, "4294967295");
    cr_expect(memcmp(&plan, &before, sizeof plan) == 0, "the out-parameter was written");
    cr_expect(dev->children == 0, "%zu buffers are left", dev->children);
    net_clear(&small);
    net_clear(&wide);
    incline_device_close(dev);
}
