/* test_augment.c - distorted images on the device under test: what must come out by the formulas
 * of host/backend/augmentation.h, lockstep with the reference over odd sizes, untouched margins. */
#include <math.h>
#include <stdio.h>

#include "device/rig.h"
#include "host/backend/check.h"
#include "host/net/plan.h"

/* A batch of images with everything that struct augment wants. */
static struct augment made_up(struct rig *rig, struct incline_augmentation how, uint32_t rows,
                              uint32_t image_rows, uint32_t image_cols, const float *pixels)
{
    const struct augment_layout layout = augment_layout(&how, image_rows, image_cols);
    float *weights = (float *)(void *)rig_room(layout.weight_count * sizeof *weights);
    augment_weights(&how, image_rows, image_cols, weights);
    const struct augment args = {
        .x = rig_floats(rig, (size_t)rows * image_rows * image_cols, pixels),
        .weights = rig_floats(rig, layout.weight_count, weights),
        .background = rig_floats(rig, 1, (const float[]){-2.0f}),
        .how = how,
        .rows = rows,
        .image_rows = image_rows,
        .image_cols = image_cols,
        .seed = 3,
        .stream = RNG_STREAM(RNG_AUGMENT, 4),
        .first = 5,
    };
    free(weights);
    return args;
}

static float *random_pixels(size_t count)
{
    float *pixels = (float *)(void *)rig_room(count * sizeof *pixels);
    for (size_t i = 0; i < count; i++)
        pixels[i] = rig_value(21, i, false);
    return pixels;
}

static float *run(struct rig *rig, const struct augment *args)
{
    const size_t count = (size_t)args->rows * args->image_rows * args->image_cols;
    float *found = (float *)(void *)rig_room(count * sizeof *found);
    require_ok(rig->dev->ops->augment(rig->dev, args));
    rig_read(rig, args->x, count, found);
    return found;
}

Test(augment, nothing_asked_for_changes_nothing)
{
    struct rig rig = {.dev = test_device()};
    const size_t count = 3 * 9 * 21;
    float *pixels = random_pixels(count);
    const struct augment args = made_up(&rig, (struct incline_augmentation){0}, 3, 9, 21, pixels);
    float *found = run(&rig, &args);

    for (size_t i = 0; i < count; i++)
        cr_expect(found[i] == pixels[i], "pixel %zu: %g expected, %g found", i, (double)pixels[i],
                  (double)found[i]);
    rig_expect_margins(&rig, "at the end");
    free(pixels);
    free(found);
    rig_clear(&rig);
    incline_device_close(rig.dev);
}

/* On a slope 2 column + 3 row, bilinear interpolation is exact, so each pixel tells where it came
 * from: the map of augmentation.h, written out here once more. */
Test(augment, pixels_come_from_where_the_formula_says)
{
    enum { ROWS = 12, SIDE = 24 };
    struct rig rig = {.dev = test_device()};
    const struct incline_augmentation how = {
        .shift = 2.0f, .rotate = 20.0f, .scale = 0.2f, .shear = 0.3f};
    float pixels[ROWS * SIDE * SIDE];
    size_t inside = 0;

    for (size_t i = 0; i < COUNT(pixels); i++)
        pixels[i] = 2.0f * (float)(i % SIDE) + 3.0f * (float)(i / SIDE % SIDE);
    const struct augment args = made_up(&rig, how, ROWS, SIDE, SIDE, pixels);
    float *found = run(&rig, &args);
    for (uint32_t r = 0; r < ROWS; r++) {
        uint32_t one[4], two[4];
        double u[6];
        rng_block(args.seed, args.stream, 2 * (args.first + r), one);
        rng_block(args.seed, args.stream, 2 * (args.first + r) + 1, two);
        for (size_t k = 0; k < 6; k++)
            u[k] = ((k < 4 ? one[k] : two[k - 4]) >> 8) / 8388608.0 - 1.0;
        const double t = 20.0 / 180.0 * acos(-1.0) * u[2], middle = 0.5 * (SIDE - 1);
        for (size_t p = 0; p < SIDE * SIDE; p++) {
            const double right = ((double)(p % SIDE) - middle) / (1.0 + 0.2 * u[4]);
            const double down = ((double)(p / SIDE) - middle) / (1.0 + 0.2 * u[5]);
            const double sheared = right + 0.3 * u[3] * down;
            const double col = middle + cos(t) * sheared - sin(t) * down + 2.0 * u[0];
            const double row = middle + sin(t) * sheared + cos(t) * down + 2.0 * u[1];
            const double expected = 2.0 * col + 3.0 * row, got = (double)found[r * SIDE * SIDE + p];
            if (col < 0.0 || row < 0.0 || col > SIDE - 1 || row > SIDE - 1)
                continue;
            inside++;
            cr_expect(fabs(got - expected) <= 2e-4, "image %u, pixel %zu: %g expected, %g found", r,
                      p, expected, got);
        }
    }
    cr_expect(inside > ROWS * SIDE * SIDE / 2, "%zu pixels were compared", inside);
    free(found);
    rig_clear(&rig);
    incline_device_close(rig.dev);
}

Test(augment, cutout_fills_a_square_and_touches_nothing_else)
{
    enum { ROWS = 20, HIGH = 9, WIDE = 13, SIDE = 4 };
    struct rig rig = {.dev = test_device()};
    float *pixels = random_pixels(ROWS * HIGH * WIDE);
    const struct augment args =
        made_up(&rig, (struct incline_augmentation){.cutout = SIDE}, ROWS, HIGH, WIDE, pixels);
    float *found = run(&rig, &args);

    for (uint32_t r = 0; r < ROWS; r++) {
        uint32_t two[4];
        rng_block(args.seed, args.stream, 2 * (args.first + r) + 1, two);
        const int top = (int)((uint64_t)two[2] * HIGH >> 32) - SIDE / 2;
        const int left = (int)((uint64_t)two[3] * WIDE >> 32) - SIDE / 2;
        for (int p = 0; p < HIGH * WIDE; p++) {
            const int row = p / WIDE - top, col = p % WIDE - left;
            const bool cut = row >= 0 && row < SIDE && col >= 0 && col < SIDE;
            const size_t at = r * HIGH * WIDE + (size_t)p;
            const float expected = cut ? -2.0f : pixels[at];
            cr_expect(found[at] == expected, "image %u, pixel %d: %g expected, %g found", r, p,
                      (double)expected, (double)found[at]);
        }
    }
    free(pixels);
    free(found);
    rig_clear(&rig);
    incline_device_close(rig.dev);
}

static const struct incline_augmentation everything = {.shift = 1.5f,
                                                       .rotate = 25.0f,
                                                       .scale = 0.3f,
                                                       .shear = 0.2f,
                                                       .elastic_alpha = 20.0f,
                                                       .elastic_sigma = 3.0f,
                                                       .cutout = 3};

Test(augment, an_image_does_not_depend_on_the_batch_it_is_in)
{
    enum { ROWS = 6, SIDE = 11 };
    struct rig rig = {.dev = test_device()};
    float *pixels = random_pixels(ROWS * SIDE * SIDE);
    struct augment args = made_up(&rig, everything, ROWS, SIDE, SIDE, pixels);
    float *whole = run(&rig, &args);
    const size_t bytes = (size_t)2 * SIDE * SIDE * sizeof *whole;

    args.x = rig_floats(&rig, 2 * SIDE * SIDE, pixels + 3 * SIDE * SIDE);
    args.rows = 2;
    args.first += 3;
    float *part = run(&rig, &args);
    cr_expect(memcmp(part, whole + 3 * SIDE * SIDE, bytes) == 0,
              "images 3 and 4 differ from those in a batch of 6");
    cr_expect(memcmp(part, whole, bytes) != 0, "images 0 and 3 are distorted alike");
    free(pixels);
    free(whole);
    free(part);
    rig_clear(&rig);
    incline_device_close(rig.dev);
}

Test(augment, odd_sizes_stay_within_their_bounds)
{
    static const uint32_t sizes[][3] = {{3, 1, 1},   {2, 1, 5},   {2, 9, 1},   {4, 31, 17},
                                        {3, 28, 28}, {2, 16, 16}, {2, 33, 32}, {2, 8, 65},
                                        {1, 64, 50}, {5, 7, 7}};
    static const float sigmas[] = {1.0f, 3.0f, 4.0f, 8.5f};
    struct incline_device *dev = test_device(), *check = NULL;
    struct rig rig = {0};
    size_t slots;

    require_ok(check_open(dev, false, true, &check));
    rig.dev = check;
    for (size_t s = 0; s < (test_quick() ? 4 : COUNT(sizes)); s++)
        for (size_t g = 0; g < (test_quick() ? 2 : COUNT(sigmas)); g++) {
            const uint32_t *size = sizes[s];
            struct incline_augmentation how = everything;
            how.elastic_sigma = sigmas[g];
            float *pixels = random_pixels((size_t)size[0] * size[1] * size[2]);
            const struct augment args = made_up(&rig, how, size[0], size[1], size[2], pixels);
            free(pixels);
            free(run(&rig, &args));
            rig_expect_margins(&rig, "in lockstep");
            rig_clear(&rig);
        }
    const struct check_record *records = check_records(check, &slots);
    for (size_t s = 0; s < slots; s++)
        if (strcmp(records[s].slot, "augment") == 0) {
            fprintf(stderr, "%llu values, worst ratio %.4f: %s\n",
                    (unsigned long long)records[s].values, records[s].worst, records[s].where);
            cr_expect(records[s].values > 0, "nothing was compared");
        }
    incline_device_close(check);
    incline_device_close(dev);
}

/* Take params through `steps` steps of a plan that augments images of 6 x 5. */
static void train(struct incline_device *dev, uint32_t steps, uint64_t first_step, float *params)
{
    enum { SAMPLES = 8, PIXELS = 30, CLASSES = 3 };
    const uint32_t widths[] = {PIXELS, 4, CLASSES};
    const struct method method = {
        .seed = 9, .augmentation = everything, .image_rows = 6, .image_cols = 5};
    struct rig rig = {.dev = dev};
    struct net net;
    struct plan plan;
    float ones[PIXELS], zeros[PIXELS] = {0};
    float *pixels = random_pixels(SAMPLES * PIXELS);

    for (size_t i = 0; i < PIXELS; i++)
        ones[i] = 1.0f;
    require_ok(net_init(&net, widths, 3, INCLINE_RELU));
    require_ok(plan_create(&plan, dev, &net, &method, SAMPLES));
    require_ok(plan_set_params(&plan, params));
    plan.step = first_step;
    const struct samples samples = {.values = rig_floats(&rig, SAMPLES * PIXELS, pixels),
                                    .labels = rig_labels(&rig, SAMPLES, CLASSES),
                                    .scale = rig_floats(&rig, PIXELS, ones),
                                    .shift = rig_floats(&rig, PIXELS, zeros),
                                    .element = ELEMENT_F32,
                                    .rows = SAMPLES,
                                    .features = PIXELS};
    const struct span order = rig_words(&rig, SAMPLES, (const uint32_t[]){3, 1, 4, 7, 5, 0, 2, 6});
    for (uint32_t s = 0; s < steps; s++)
        require_ok(plan_steps(&plan, &samples, order, SAMPLES, 1, 0.5f));
    require_ok(plan_get_params(&plan, params));
    plan_destroy(&plan);
    net_clear(&net);
    free(pixels);
    rig_clear(&rig);
}

enum { PARAMS = 30 * 4 + 4 * 3 + 4 + 3 };

static void initial(float *params)
{
    for (size_t i = 0; i < PARAMS; i++)
        params[i] = 0.3f * rig_value(22, i, false);
}

Test(augment, a_plan_distorts_anew_in_each_step_and_goes_on_where_it_stopped)
{
    struct incline_device *dev = test_device(), *check = NULL;
    float whole[PARAMS], parts[PARAMS], same[PARAMS];

    initial(whole);
    initial(parts);
    initial(same);
    train(dev, 4, 0, whole);
    train(dev, 2, 0, parts);
    train(dev, 2, 2, parts);
    train(dev, 2, 0, same);
    train(dev, 2, 0, same);
    cr_expect(memcmp(whole, parts, sizeof whole) == 0, "steps 3 and 4 depend on steps 1 and 2");
    cr_expect(memcmp(whole, same, sizeof whole) != 0, "steps 3 and 4 distort as 1 and 2 do");
    require_ok(check_open(dev, false, true, &check));
    initial(parts);
    train(check, 2, 0, parts);
    incline_device_close(check);
    incline_device_close(dev);
}

Test(augment, what_is_no_image_is_refused)
{
    const uint32_t widths[] = {30, 3};
    const struct method method = {.augmentation = everything, .image_rows = 6, .image_cols = 6};
    struct incline_device *dev = test_device();
    struct net net;
    struct plan plan;

    require_ok(net_init(&net, widths, 2, INCLINE_RELU));
    require_fails(plan_create(&plan, dev, &net, &method, 4), INCLINE_EARG, "only images");
    net_clear(&net);
    incline_device_close(dev);
}
