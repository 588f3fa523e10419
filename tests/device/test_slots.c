/* test_slots.c - every operation of the door on the device under test: numbers worked out by
 * hand, the promises of host/backend/slots.h one by one, lockstep with the reference over many
 * shapes, untouched margins around every span, equal bits for whole numbers. */
#include <math.h>
#include <stdio.h>

#include "device/rig_losses.h"
#include "device/rig_normalize.h"
#include "device/rig_optimizer.h"
#include "host/backend/check.h"

static struct rig rig_open(void)
{
    return (struct rig){.dev = test_device()};
}

static void rig_close(struct rig *rig)
{
    rig_expect_margins(rig, "at the end");
    rig_clear(rig);
    incline_device_close(rig->dev);
}

/* The numbers must be exactly these, NaN where NaN is expected. */
static void expect_exactly(struct rig *rig, const char *what, struct span span,
                           const float *expected, size_t count)
{
    float found[64];

    cr_assert(count <= COUNT(found));
    rig_read(rig, span, count, found);
    for (size_t i = 0; i < count; i++)
        cr_expect(found[i] == expected[i] || (isnan(found[i]) && isnan(expected[i])),
                  "%s[%zu]: %.9g expected, %.9g found", what, i, (double)expected[i],
                  (double)found[i]);
}

static void expect_near(struct rig *rig, const char *what, struct span span, const double *expected,
                        size_t count)
{
    float found[64];

    cr_assert(count <= COUNT(found));
    rig_read(rig, span, count, found);
    for (size_t i = 0; i < count; i++) /* a few roundings of numbers up to 1 */
        cr_expect(fabs((double)found[i] - expected[i]) <= 1e-6 * fmax(1.0, fabs(expected[i])),
                  "%s[%zu]: %.9g expected, %.9g found", what, i, expected[i], (double)found[i]);
}

#define EXACTLY(rig, span, ...)                                        \
    expect_exactly((rig), #span, (span), (const float[]){__VA_ARGS__}, \
                   COUNT(((const float[]){__VA_ARGS__})))
#define NEAR(rig, span, ...)                                         \
    expect_near((rig), #span, (span), (const double[]){__VA_ARGS__}, \
                COUNT(((const double[]){__VA_ARGS__})))
#define FLOATS(rig, ...) \
    rig_floats((rig), COUNT(((const float[]){__VA_ARGS__})), (const float[]){__VA_ARGS__})
#define WORDS(rig, ...) \
    rig_words((rig), COUNT(((const uint32_t[]){__VA_ARGS__})), (const uint32_t[]){__VA_ARGS__})
#define DO(rig, slot, ...) \
    require_ok((rig)->dev->ops->slot((rig)->dev, &(struct slot){__VA_ARGS__}))

/* ---- by hand ---- */

Test(slots, dense_forward_by_hand)
{
    struct rig rig = rig_open();
    const struct span x = FLOATS(&rig, 1, 2, 3, 4, 5, 6), w = FLOATS(&rig, 1, 0, -1, 2, 1, 0);
    const struct span b = FLOATS(&rig, 0.5f, -5), linear = rig_floats(&rig, 4, NULL);
    const struct span relu = rig_floats(&rig, 4, NULL);

    DO(&rig, dense_forward, x, w, b, linear, 2, 3, 2, INCLINE_LINEAR);
    DO(&rig, dense_forward, x, w, b, relu, 2, 3, 2, INCLINE_RELU);
    EXACTLY(&rig, linear, -1.5f, -1, -1.5f, 8);
    EXACTLY(&rig, relu, 0, 0, 0, 8);
    rig_close(&rig);
}

Test(slots, dense_backward_weights_by_hand_and_accumulated)
{
    struct rig rig = rig_open();
    const struct span x = FLOATS(&rig, 1, 2, 3, 4, 5, 6), dy = FLOATS(&rig, 1, 2, -1, 0.5f);
    const struct span dw = rig_floats(&rig, 6, NULL), db = rig_floats(&rig, 2, NULL);

    DO(&rig, dense_backward_weights, x, dy, dw, db, 2, 3, 2, 0.5f, false);
    EXACTLY(&rig, dw, -1.5f, -1.5f, -1.5f, 2, 3.25f, 4.5f);
    EXACTLY(&rig, db, 0, 1.25f);
    DO(&rig, dense_backward_weights, x, dy, dw, db, 2, 3, 2, -1.0f, true);
    EXACTLY(&rig, dw, 1.5f, 1.5f, 1.5f, -2, -3.25f, -4.5f);
    EXACTLY(&rig, db, 0, -1.25f);
    rig_close(&rig);
}

Test(slots, dense_backward_input_by_hand_and_closed_where_the_activation_is_0)
{
    struct rig rig = rig_open();
    const struct span dy = FLOATS(&rig, 1, 2, -1, 0.5f), w = FLOATS(&rig, 1, 0, -1, 2, 1, 0);
    const struct span a = FLOATS(&rig, 1, 0, 3, 0, 2, 1e-30f);
    const struct span relu = rig_floats(&rig, 6, NULL), linear = rig_floats(&rig, 6, NULL);

    DO(&rig, dense_backward_input, dy, w, a, relu, 2, 3, 2, INCLINE_RELU);
    DO(&rig, dense_backward_input, dy, w, a, linear, 2, 3, 2, INCLINE_LINEAR);
    EXACTLY(&rig, relu, 5, 0, -1, 0, 0.5f, 1);
    EXACTLY(&rig, linear, 5, 2, -1, 0, 0.5f, 1);
    rig_close(&rig);
}

Test(slots, softmax_xent_by_hand_and_of_equal_logits_the_first_counts)
{
    struct rig rig = rig_open();
    const double ln2 = log(2.0), ln3 = log(3.0), ln43 = log(4.0 / 3.0);
    const struct span z = FLOATS(&rig, 0, 0, 0, 0, 0, (float)ln3);
    const struct span label = WORDS(&rig, 0, 0, 1), tally = rig_tally(&rig);
    const struct span dz = rig_floats(&rig, 6, NULL), loss = rig_floats(&rig, 3, NULL);
    uint32_t words[TALLY_WORDS];

    DO(&rig, softmax_xent, z, label, dz, loss, tally, 3, 2);
    NEAR(&rig, dz, -0.5, 0.5, -0.5, 0.5, 0.25, -0.25);
    NEAR(&rig, loss, ln2, ln2, ln43);
    NEAR(&rig, tally, 2.0 * ln2 + ln43);
    rig_read(&rig, tally, TALLY_WORDS, words);
    cr_expect(words[TALLY_CORRECT] == 3 && words[TALLY_ROWS] == 3,
              "3 of 3 right expected, %u of %u found", words[TALLY_CORRECT], words[TALLY_ROWS]);
    rig_close(&rig);
}

Test(slots, the_first_of_equal_logits_counts_wherever_they_stand)
{
    enum { CLASSES = 70, PLACES = 6 };
    static const uint32_t places[PLACES][2] = {{0, 1},  {0, 69},  {1, 64},
                                               {5, 37}, {63, 64}, {68, 69}};
    struct rig rig = rig_open();
    float z[CLASSES * PLACES];

    for (size_t i = 0; i < COUNT(z); i++)
        z[i] = -1.0f;
    for (size_t r = 0; r < PLACES; r++)
        z[r * CLASSES + places[r][0]] = z[r * CLASSES + places[r][1]] = 2.0f;
    const struct span zs = rig_floats(&rig, COUNT(z), z), dz = rig_floats(&rig, COUNT(z), NULL);
    const struct span loss = rig_floats(&rig, PLACES, NULL);
    for (size_t nth = 0; nth < 2; nth++) {
        const uint32_t expected = nth == 0 ? PLACES : 0;
        const struct span tally = rig_tally(&rig);
        uint32_t label[PLACES], words[TALLY_WORDS];
        for (size_t r = 0; r < PLACES; r++)
            label[r] = places[r][nth];
        const struct span labels = rig_words(&rig, PLACES, label);
        DO(&rig, softmax_xent, zs, labels, dz, loss, tally, PLACES, CLASSES);
        rig_read(&rig, tally, TALLY_WORDS, words);
        cr_expect(words[TALLY_CORRECT] == expected,
                  "number %zu of equals: %u right expected, %u found", nth + 1, expected,
                  words[TALLY_CORRECT]);
    }
    rig_close(&rig);
}

Test(slots, softmax_by_hand_apart_and_in_place)
{
    struct rig rig = rig_open();
    const struct span z = FLOATS(&rig, 0, (float)log(3.0), 1000, 1000),
                      p = rig_floats(&rig, 4, NULL);

    DO(&rig, softmax, z, p, 2, 2);
    NEAR(&rig, p, 0.25, 0.75, 0.5, 0.5);
    DO(&rig, softmax, z, z, 2, 2);
    NEAR(&rig, z, 0.25, 0.75, 0.5, 0.5);
    rig_close(&rig);
}

Test(slots, gather_by_hand_from_bytes_and_from_floats)
{
    struct rig rig = rig_open();
    const unsigned char bytes[] = {0, 255, 1, 2, 128, 7};
    const struct span floats = FLOATS(&rig, 0.5f, -1, 2, 3, -4, 8);
    const struct span order = WORDS(&rig, 2, 0, 2, 1), label = rig_words(&rig, 4, NULL);
    const struct span x = rig_floats(&rig, 8, NULL);
    struct samples samples = {.values = rig_make(&rig, ELEMENT_U8, 6, bytes),
                              .labels = WORDS(&rig, 7, 8, 9),
                              .scale = FLOATS(&rig, 0.5f, 2),
                              .shift = FLOATS(&rig, 1, -1),
                              .element = ELEMENT_U8,
                              .rows = 3,
                              .features = 2};
    uint32_t labels[4];

    DO(&rig, gather, .samples = samples, .order = order, .x = x, .label = label, .rows = 4);
    EXACTLY(&rig, x, 65, 13, 1, 509, 65, 13, 1.5f, 3);
    samples.values = floats;
    samples.element = ELEMENT_F32;
    DO(&rig, gather, .samples = samples, .order = order, .x = x, .label = label, .rows = 4);
    EXACTLY(&rig, x, -1, 15, 1.25f, -3, -1, 15, 2, 5);
    rig_read(&rig, label, 4, labels);
    cr_expect(labels[0] == 9 && labels[1] == 7 && labels[2] == 9 && labels[3] == 8,
              "labels 9 7 9 8 expected, %u %u %u %u found", labels[0], labels[1], labels[2],
              labels[3]);
    rig_close(&rig);
}

/* (1 + 2^-23)^2 = 1 + 2^-22 + 2^-46; the last part is what one rounding less leaves. */
Test(slots, update_by_hand_with_a_single_rounding)
{
    struct rig rig = rig_open();
    const float e = 1.0f + 0x1p-23f;
    const struct span params = FLOATS(&rig, 1, -2, 1.0f + 0x1p-22f);
    const struct span grads = FLOATS(&rig, 0, 0, e), half = FLOATS(&rig, 2, -4, 0);

    DO(&rig, update, .params = params, .grads = half, .count = 3, .learning_rate = 0.5f);
    EXACTLY(&rig, params, 0, 0, 1.0f + 0x1p-22f);
    DO(&rig, update, .params = params, .grads = grads, .count = 3, .learning_rate = e);
    EXACTLY(&rig, params, 0, 0, -0x1p-46f);
    rig_close(&rig);
}

Test(slots, fill_keeps_the_bits_and_the_neighbours)
{
    struct rig rig = rig_open();
    const struct span all = FLOATS(&rig, 1, 2, 3, 4);
    const struct span middle = {all.buffer, all.at + 1};
    float found[4];

    DO(&rig, fill, middle, 2, -0.0f);
    EXACTLY(&rig, all, 1, 0, 0, 4);
    rig_read(&rig, all, 4, found);
    cr_expect(signbit(found[1]) && signbit(found[2]), "-0 was filled in, +0 found");
    DO(&rig, fill, middle, 1, NAN);
    EXACTLY(&rig, all, 1, NAN, 0, 4);
    rig_close(&rig);
}

/* ---- promises ---- */

Test(slots, shuffle_is_the_hosts_permutation_and_identity_counts_up)
{
    static const uint32_t sizes[] = {1, 2, 3, 64, 65, 255, 1000};
    struct rig rig = rig_open();

    for (size_t s = 0; s < COUNT(sizes) - (test_quick() ? 2 : 0); s++) {
        const uint32_t n = sizes[s];
        const uint64_t seed = UINT64_C(0x123456789abcdef0), stream = RNG_STREAM(RNG_SHUFFLE, 77);
        const struct span order = rig_words(&rig, n, NULL), count = rig_words(&rig, n, NULL);
        uint32_t found[1000];
        unsigned char seen[1000] = {0};
        DO(&rig, shuffle, .order = order, .n = n, .seed = seed, .stream = stream);
        DO(&rig, shuffle, .order = count, .n = n, .identity = true, .seed = seed);
        rig_read(&rig, order, n, found);
        for (uint32_t i = 0; i < n; i++) {
            const uint32_t expected = rng_permute(seed, stream, n, i);
            cr_expect(found[i] == expected, "%u of %u: %u expected, %u found", i, n, expected,
                      found[i]);
            cr_assert(found[i] < n && !seen[found[i]], "%u of %u: %u twice or too large", i, n,
                      found[i]);
            seen[found[i]] = 1;
        }
        rig_read(&rig, count, n, found);
        for (uint32_t i = 0; i < n; i++)
            cr_expect(found[i] == i, "%u expected, %u found", i, found[i]);
    }
    rig_close(&rig);
}

Test(slots, shuffle_of_a_list_takes_its_rows_in_the_same_places)
{
    enum { N = 65, SKIPPED = 3 };
    const uint64_t seed = 5, stream = RNG_STREAM(RNG_SHUFFLE, 2);
    struct rig rig = rig_open();
    uint32_t list[SKIPPED + N], found[N];

    for (uint32_t i = 0; i < SKIPPED + N; i++)
        list[i] = 7 * i + 1;
    struct span from = rig_words(&rig, SKIPPED + N, list);
    const struct span order = rig_words(&rig, N, NULL), same = rig_words(&rig, N, NULL);
    from.at += SKIPPED;
    DO(&rig, shuffle, .order = order, .n = N, .seed = seed, .stream = stream, .from = from);
    DO(&rig, shuffle, .order = same, .n = N, .identity = true, .from = from);
    rig_read(&rig, order, N, found);
    for (uint32_t i = 0; i < N; i++) {
        const uint32_t expected = list[SKIPPED + rng_permute(seed, stream, N, i)];
        cr_expect(found[i] == expected, "%u: %u expected, %u found", i, expected, found[i]);
    }
    rig_read(&rig, same, N, found);
    for (uint32_t i = 0; i < N; i++)
        cr_expect(found[i] == list[SKIPPED + i], "%u: %u found", i, found[i]);
    rig_close(&rig);
}

Test(slots, relu_keeps_a_nan_and_another_row_does_not_see_it)
{
    struct rig rig = rig_open();
    const struct span x = FLOATS(&rig, 1, 1, NAN, 1, 2, 2), w = FLOATS(&rig, 1, 1, 1, -1);
    const struct span b = FLOATS(&rig, 0, 0), y = rig_floats(&rig, 6, NULL);
    const struct span dy = FLOATS(&rig, 1, NAN, 1, 1), a = FLOATS(&rig, 1, 2, 3, 0);
    const struct span dx = rig_floats(&rig, 4, NULL);

    DO(&rig, dense_forward, x, w, b, y, 3, 2, 2, INCLINE_RELU);
    EXACTLY(&rig, y, 2, 0, NAN, NAN, 4, 0);
    DO(&rig, dense_backward_input, dy, w, a, dx, 2, 2, 2, INCLINE_RELU);
    EXACTLY(&rig, dx, NAN, NAN, 2, 0);
    rig_close(&rig);
}

Test(slots, logits_of_1000_and_minus_1000_stay_finite)
{
    struct rig rig = rig_open();
    const struct span z = FLOATS(&rig, 1000, -1000, 0, 1000, -1000, 0, -1000, -1000, -1000);
    const struct span label = WORDS(&rig, 0, 1, 2), tally = rig_tally(&rig);
    const struct span dz = rig_floats(&rig, 9, NULL), loss = rig_floats(&rig, 3, NULL);
    const double third = 1.0 / 3.0;

    DO(&rig, softmax_xent, z, label, dz, loss, tally, 3, 3);
    NEAR(&rig, loss, 0, 2000, log(3.0));
    NEAR(&rig, dz, 0, 0, 0, 1, -1, 0, third, third, -2.0 * third);
    NEAR(&rig, tally, 2000.0 + log(3.0));
    DO(&rig, softmax, z, z, 3, 3);
    NEAR(&rig, z, 1, 0, 0, 1, 0, 0, third, third, third);
    rig_close(&rig);
}

/* A NaN in the first, a middle, the last class; behind the width of a vector; and none. */
Test(slots, a_nan_in_a_row_makes_the_loss_of_that_row_nan_and_of_no_other)
{
    enum { NAN_ROWS = 5, CLASSES = 37 };
    static const int places[NAN_ROWS] = {-1, 0, 17, 36, -1};
    struct rig rig = rig_open();
    float z[NAN_ROWS * CLASSES], loss[NAN_ROWS], dz[NAN_ROWS * CLASSES], sum;
    const uint32_t label[NAN_ROWS] = {0, 5, 17, 2, 36};

    for (size_t i = 0; i < COUNT(z); i++)
        z[i] = rig_value(3, i, false);
    for (size_t r = 0; r < NAN_ROWS; r++)
        if (places[r] >= 0)
            z[r * CLASSES + (size_t)places[r]] = NAN;
    const struct span zs = rig_floats(&rig, COUNT(z), z), labels = rig_words(&rig, NAN_ROWS, label);
    const struct span losses = rig_floats(&rig, NAN_ROWS, NULL), tally = rig_tally(&rig);
    const struct span dzs = rig_floats(&rig, COUNT(z), NULL), p = rig_floats(&rig, COUNT(z), NULL);

    DO(&rig, softmax_xent, zs, labels, dzs, losses, tally, NAN_ROWS, CLASSES);
    rig_read(&rig, losses, NAN_ROWS, loss);
    rig_read(&rig, dzs, COUNT(dz), dz);
    rig_read(&rig, tally, 1, &sum);
    cr_expect(isnan(sum), "the tally must be NaN, %g found", (double)sum);
    for (size_t r = 0; r < NAN_ROWS; r++) {
        const bool expected = places[r] >= 0;
        cr_expect(isnan(loss[r]) == expected && (expected || isfinite(loss[r])),
                  "row %zu: %s expected, %g found", r, expected ? "NaN" : "a number",
                  (double)loss[r]);
        for (size_t c = 0; c < CLASSES && !expected; c++)
            cr_expect(isfinite(dz[r * CLASSES + c]), "dz[%zu, %zu] is not finite", r, c);
    }
    DO(&rig, softmax, zs, p, NAN_ROWS, CLASSES);
    rig_read(&rig, p, COUNT(dz), dz);
    for (size_t i = 0; i < COUNT(dz); i++)
        cr_expect(isnan(dz[i]) == (places[i / CLASSES] >= 0), "p[%zu, %zu] is %g", i / CLASSES,
                  i % CLASSES, (double)dz[i]);
    rig_close(&rig);
}

/* Neighbouring floats at 1e8 are 8 apart, so a plain sum would not move at all. The lost part
 * grows to `steps` times log 2 and each addition to it rounds once: steps^2 u in all. */
Test(slots, the_tally_keeps_small_losses_beside_a_large_sum_and_counts_are_exact)
{
    struct rig rig = rig_open();
    const uint32_t steps = test_quick() ? 20 : 2000, many = 16777217; /* no float holds this */
    const float large = 1e8f;
    uint32_t words[TALLY_WORDS] = {0, 0, many, many + 1};
    float sums[2];

    memcpy(words, &large, sizeof large);
    const struct span z = FLOATS(&rig, 0, 0), label = WORDS(&rig, 0);
    const struct span dz = rig_floats(&rig, 2, NULL), loss = rig_floats(&rig, 1, NULL);
    const struct span tally = rig_words(&rig, TALLY_WORDS, words);
    for (uint32_t i = 0; i < steps; i++)
        DO(&rig, softmax_xent, z, label, dz, loss, tally, 1, 2);
    rig_read(&rig, tally, TALLY_WORDS, words);
    memcpy(sums, words, sizeof sums);
    const double found = (double)sums[0] + (double)sums[1] - 1e8, expected = steps * log(2.0);
    const double bound = (double)steps * ((double)steps + 8.0) * 0x1p-24;
    cr_expect(fabs(found - expected) <= bound, "%g +- %g expected, %g found", expected, bound,
              found);
    cr_expect(words[TALLY_CORRECT] == many + steps && words[TALLY_ROWS] == many + 1 + steps,
              "%u of %u right expected, %u of %u found", many + steps, many + 1 + steps,
              words[TALLY_CORRECT], words[TALLY_ROWS]);
    rig_close(&rig);
}

Test(slots, snapshot_brings_what_was_there_when_it_was_asked_for)
{
    struct rig rig = rig_open();
    const struct span span = FLOATS(&rig, 1, 2);
    uint32_t bits[2] = {0, 0};
    float found[2];
    bool ready = false;

    require_ok(rig.dev->ops->snapshot(rig.dev, span, ELEMENT_U32, 2, bits));
    DO(&rig, fill, span, 2, 9.0f);
    require_ok(rig.dev->ops->snapshot_ready(rig.dev, true, &ready));
    memcpy(found, bits, sizeof found);
    cr_expect(ready && found[0] == 1.0f && found[1] == 2.0f, "1 2 expected, %g %g found",
              (double)found[0], (double)found[1]);
    EXACTLY(&rig, span, 9, 9);
    require_ok(rig.dev->ops->finish(rig.dev));
    rig_close(&rig);
}

/* ---- over many shapes ---- */

static const struct rig_shape full_shapes[] = {
    {1, 1, 1},      {1, 784, 10},   {1, 1000, 255}, {2, 3, 2},     {2, 1000, 1},  {3, 10, 17},
    {3, 64, 1000},  {10, 16, 63},   {10, 255, 3},   {16, 16, 16},  {16, 65, 64},  {17, 2, 65},
    {17, 17, 17},   {63, 63, 10},   {63, 784, 16},  {64, 64, 64},  {64, 784, 10}, {65, 10, 10},
    {65, 1, 784},   {65, 65, 65},   {255, 17, 16},  {255, 63, 64}, {784, 10, 2},  {1000, 3, 10},
    {1000, 64, 17}, {128, 255, 65},
};
static const struct rig_shape quick_shapes[] = {
    {1, 1, 1}, {2, 3, 10}, {3, 17, 2}, {16, 10, 3}, {17, 16, 17}, {65, 2, 3},
};

static const struct rig_shape *shapes(size_t *count)
{
    *count = test_quick() ? COUNT(quick_shapes) : COUNT(full_shapes);
    return test_quick() ? quick_shapes : full_shapes;
}

static int (*const parts[])(struct rig *, struct rig_shape, bool) = {
    rig_run_data,        rig_run_products, rig_run_loss,       rig_run_losses,    rig_run_noise,
    rig_run_activations, rig_run_augment,  rig_run_optimizers, rig_run_normalize,
};
enum { LOSS_PART = 2 };

Test(slots, every_slot_stays_within_its_bound)
{
    struct incline_device *dev = test_device(), *check = NULL;
    struct rig rig = {0};
    size_t count, slots;
    const struct rig_shape *shape = shapes(&count);

    require_ok(check_open(dev, false, true, &check));
    rig.dev = check;
    for (size_t s = 0; s < count; s++)
        for (int whole = 0; whole <= (test_quick() ? 0 : 1); whole++)
            for (size_t part = 0; part < COUNT(parts); part++) {
                const int rc = parts[part](&rig, shape[s], whole);
                cr_expect(rc == INCLINE_OK, "%u x %u x %u: %s", shape[s].rows, shape[s].inputs,
                          shape[s].outputs, incline_last_error());
                rig_clear(&rig);
            }
    const struct check_record *records = check_records(check, &slots);
    for (size_t s = 0; s < slots; s++) {
        if (strcmp(records[s].slot, "train_steps") == 0)
            continue; /* no slot of every backend: tests/opencl/test_train_steps.c */
        fprintf(stderr, "%-24s %10llu values, worst ratio %.4f%s%s\n", records[s].slot,
                (unsigned long long)records[s].values, records[s].worst,
                records[s].worst > 0.0 ? ": " : "", records[s].worst > 0.0 ? records[s].where : "");
        cr_expect(records[s].values > 0 && records[s].worst <= 1.0, "%s: %g in %llu values",
                  records[s].slot, records[s].worst, (unsigned long long)records[s].values);
    }
    incline_device_close(check);
    incline_device_close(dev);
}

/* What the parts leave in all their spans, and that nothing around them was touched. */
static unsigned char *bits_of(struct incline_device *dev, size_t part, struct rig_shape shape,
                              bool whole, size_t *bytes)
{
    struct rig rig = {.dev = dev};
    char where[64];

    snprintf(where, sizeof where, "part %zu of %u x %u x %u", part, shape.rows, shape.inputs,
             shape.outputs);
    require_ok(parts[part](&rig, shape, whole));
    rig_expect_margins(&rig, where);
    unsigned char *bits = rig_bits(&rig, bytes);
    rig_clear(&rig);
    return bits;
}

static void expect_equal_bits(const char *what, struct rig_shape shape, const unsigned char *one,
                              const unsigned char *two, size_t bytes)
{
    size_t at = 0;
    while (at < bytes && one[at] == two[at])
        at++;
    cr_expect(at == bytes, "%s of %u x %u x %u: byte %zu of %zu differs", what, shape.rows,
              shape.inputs, shape.outputs, at, bytes);
}

Test(slots, margins_are_untouched_and_a_second_run_gives_the_same_bits)
{
    struct incline_device *dev = test_device();
    size_t count, bytes;
    const struct rig_shape *shape = shapes(&count);

    for (size_t s = 0; s < count; s++)
        for (size_t part = 0; part < COUNT(parts); part++) {
            unsigned char *one = bits_of(dev, part, shape[s], false, &bytes);
            unsigned char *two = bits_of(dev, part, shape[s], false, &bytes);
            expect_equal_bits("a second run", shape[s], one, two, bytes);
            free(one);
            free(two);
        }
    incline_device_close(dev);
}

/* Sums of whole numbers below 2^24 are exact in every order. */
Test(slots, whole_numbers_give_the_references_bits)
{
    struct incline_device *dev = test_device(), *reference = NULL;
    size_t count, bytes;
    const struct rig_shape *shape = shapes(&count);

    require_ok(reference_open(&reference));
    for (size_t s = 0; s < count; s++)
        for (size_t part = 0; part < LOSS_PART; part++) {
            unsigned char *found = bits_of(dev, part, shape[s], true, &bytes);
            unsigned char *expected = bits_of(reference, part, shape[s], true, &bytes);
            expect_equal_bits("the result", shape[s], found, expected, bytes);
            free(found);
            free(expected);
        }
    incline_device_close(reference);
    incline_device_close(dev);
}
