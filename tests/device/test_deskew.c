/* test_deskew.c - images made upright on the device under test: what must come out by the formula,
 * what must stay as it is, lockstep with the reference over odd sizes, untouched margins. */
#include <math.h>
#include <stdio.h>

#include "device/rig.h"
#include "host/backend/check.h"

enum { SIDE = 28, PIXELS = SIDE * SIDE };

static const float outside = -0.5f;

static struct deskew made_up(struct rig *rig, uint32_t rows, uint32_t image_rows,
                             uint32_t image_cols, const float *pixels)
{
    return (struct deskew){.x = rig_floats(rig, (size_t)rows * image_rows * image_cols, pixels),
                           .background = rig_floats(rig, 1, &outside),
                           .rows = rows,
                           .image_rows = image_rows,
                           .image_cols = image_cols};
}

/* Make images upright in place. */
static void run(struct incline_device *dev, uint32_t rows, uint32_t image_rows, uint32_t image_cols,
                float *pixels)
{
    struct rig rig = {.dev = dev};
    const struct deskew args = made_up(&rig, rows, image_rows, image_cols, pixels);

    require_ok(dev->ops->deskew(dev, &args));
    rig_read(&rig, args.x, (size_t)rows * image_rows * image_cols, pixels);
    rig_expect_margins(&rig, "at the end");
    rig_clear(&rig);
}

/* A stroke of rows 4 to 23 whose middle runs through column 13.25 + slant * (row - 13.5), each row
 * of mass 1, on what is outside or, with `sign` -1, darker than it. */
static void draw_stroke(double slant, float sign, float *image)
{
    for (size_t i = 0; i < PIXELS; i++)
        image[i] = outside;
    for (size_t i = 4; i < 24; i++) {
        const double at = 13.25 + slant * ((double)i - 13.5), left = floor(at);
        image[i * SIDE + (size_t)left] += sign * (float)(1.0 - (at - left));
        image[i * SIDE + (size_t)left + 1] += sign * (float)(at - left);
    }
}

/* The mean column of a row's mass. */
static double middle_of(const float *row)
{
    double mass = 0.0, sum = 0.0;
    for (size_t j = 0; j < SIDE; j++) {
        mass += (double)(row[j] - outside);
        sum += (double)j * (double)(row[j] - outside);
    }
    return sum / mass;
}

/* Linear interpolation moves a row's middle exactly. */
Test(deskew, straight_strokes_stand_upright)
{
    static const double slants[] = {-0.9, -0.3, 0.0, 0.1, 0.5, 1.0};
    enum { IMAGES = 2 * COUNT(slants) };
    struct incline_device *dev = test_device();
    float images[IMAGES * PIXELS];

    for (size_t s = 0; s < IMAGES; s++)
        draw_stroke(slants[s / 2], s % 2 == 0 ? 1.0f : -1.0f, images + s * PIXELS);
    run(dev, IMAGES, SIDE, SIDE, images);
    for (size_t s = 0; s < IMAGES; s++)
        for (size_t i = 4; i < 24; i++) {
            const double found = middle_of(images + s * PIXELS + i * SIDE);
            cr_expect(fabs(found - 13.25) < 1e-4, "slant %g, row %zu: at %g, 13.25 expected",
                      slants[s / 2], i, found);
        }
    incline_device_close(dev);
}

static void expect_unchanged(struct incline_device *dev, const char *what, uint32_t image_rows,
                             uint32_t image_cols, const float *image)
{
    const size_t bytes = (size_t)image_rows * image_cols * sizeof *image;
    float *moved = (float *)(void *)rig_room(bytes);

    memcpy(moved, image, bytes);
    run(dev, 1, image_rows, image_cols, moved);
    cr_expect(memcmp(moved, image, bytes) == 0, "%s is changed", what);
    free(moved);
}

Test(deskew, what_is_upright_empty_or_flat_stays_as_it_is)
{
    struct incline_device *dev = test_device();
    float image[PIXELS];

    for (size_t i = 0; i < PIXELS; i++)
        image[i] = outside;
    expect_unchanged(dev, "an empty image", SIDE, SIDE, image);
    for (size_t j = 3; j < 20; j++)
        image[9 * SIDE + j] = 0.125f * (float)j;
    expect_unchanged(dev, "an image of one row", SIDE, SIDE, image);
    expect_unchanged(dev, "a row", 1, SIDE, image + 9 * SIDE);
    expect_unchanged(dev, "a pixel", 1, 1, image);
    image[10 * SIDE + 5] = NAN;
    expect_unchanged(dev, "an image with a NaN", SIDE, SIDE, image);
    image[10 * SIDE + 5] = INFINITY;
    expect_unchanged(dev, "an infinite image", SIDE, SIDE, image);
    for (size_t i = 0; i < PIXELS; i++) { /* a T, left and right alike */
        const size_t row = i / SIDE, col = i % SIDE;
        const bool bar = row == 5 && col > 5 && col<22, stem = row> 5 && (col == 13 || col == 14);
        image[i] = bar || stem ? 0.5f : outside;
    }
    expect_unchanged(dev, "an upright image", SIDE, SIDE, image);
    incline_device_close(dev);
}

static float *random_pixels(size_t count)
{
    float *pixels = (float *)(void *)rig_room(count * sizeof *pixels);
    for (size_t i = 0; i < count; i++)
        pixels[i] = rig_value(23, i, false);
    return pixels;
}

Test(deskew, an_image_does_not_depend_on_the_batch_it_is_in)
{
    enum { ROWS = 6, HIGH = 11, WIDE = 13, EACH = HIGH * WIDE };
    struct incline_device *dev = test_device();
    float *whole = random_pixels(ROWS * EACH), *part = random_pixels(ROWS * EACH);

    run(dev, ROWS, HIGH, WIDE, whole);
    run(dev, 2, HIGH, WIDE, part + 3 * EACH);
    cr_expect(memcmp(part + 3 * EACH, whole + 3 * EACH, (size_t)2 * EACH * sizeof *part) == 0,
              "images 3 and 4 differ from those in a batch of 6");
    free(whole);
    free(part);
    incline_device_close(dev);
}

Test(deskew, odd_sizes_stay_within_their_bounds)
{
    static const uint32_t sizes[][3] = {{3, 1, 1},   {2, 1, 5},  {2, 9, 1},   {2, 2, 16},
                                        {4, 31, 17}, {2, 7, 15}, {3, 28, 28}, {2, 16, 16},
                                        {2, 33, 32}, {2, 8, 65}, {1, 64, 50}, {5, 130, 3}};
    static const double slants[] = {0.0, 0.3, -2.0, 40.0};
    struct incline_device *dev = test_device(), *check = NULL;
    struct rig rig = {0};
    size_t slots;

    require_ok(check_open(dev, false, true, &check));
    rig.dev = check;
    for (size_t s = 0; s < (test_quick() ? 5 : COUNT(sizes)); s++)
        for (size_t k = 0; k < COUNT(slants); k++) {
            const uint32_t *size = sizes[s];
            const size_t count = (size_t)size[0] * size[1] * size[2];
            float *pixels = random_pixels(count);
            /* A slanted stroke under the noise; the last round is noise alone. */
            for (size_t i = 0; k + 1 < COUNT(slants) && i < count; i++) {
                const double down = (double)(i / size[2] % size[1]) - 0.5 * size[1];
                const double away = (double)(i % size[2]) - 0.5 * size[2] - slants[k] * down;
                pixels[i] = outside + 0.01f * pixels[i] + (float)exp(-0.5 * away * away);
            }
            const struct deskew args = made_up(&rig, size[0], size[1], size[2], pixels);
            require_ok(check->ops->deskew(check, &args));
            rig_expect_margins(&rig, "in lockstep");
            rig_clear(&rig);
            free(pixels);
        }
    const struct check_record *records = check_records(check, &slots);
    for (size_t s = 0; s < slots; s++)
        if (strcmp(records[s].slot, "deskew") == 0) {
            fprintf(stderr, "%llu values, worst ratio %.4f: %s\n",
                    (unsigned long long)records[s].values, records[s].worst, records[s].where);
            cr_expect(records[s].values > 0, "nothing was compared");
        }
    incline_device_close(check);
    incline_device_close(dev);
}
