/* test_augmentation.c - the distribution of elastic displacements, and numbers out of range. */
#include <math.h>
#include <stdlib.h>

#include "host/backend/augmentation.h"
#include "support.h"

enum { SIDE = 29, IMAGES = 1500 };

/* Numbers uniform in [-1, 1) have variance 1/3; it is left away here, on both sides. */

/* Covariance of two pixels along an axis where each pixel has a number, by the definition. */
static double defined(double sigma, uint32_t pixels, uint32_t one, uint32_t two)
{
    double sum = 0.0;

    for (uint32_t n = 0; n < pixels; n++) {
        const double a = ((double)n - one) / sigma, b = ((double)n - two) / sigma;
        sum += exp(-0.5 * (a * a + b * b)) / (2.0 * acos(-1.0) * sigma * sigma);
    }
    return sum;
}

/* The same by the weights of fewer numbers, down an image. */
static double weighed(const float *weights, uint32_t nodes, uint32_t one, uint32_t two)
{
    double sum = 0.0;

    for (uint32_t n = 0; n < nodes; n++)
        sum += (double)weights[one * nodes + n] * (double)weights[two * nodes + n];
    return sum;
}

Test(augmentation, fewer_numbers_displace_as_one_for_each_pixel_does)
{
    static const float sigmas[] = {1, 1.5f, 2, 3, 4, 5, 6, 8, 12, 20, 40, 100};
    static const uint32_t sizes[] = {8, 28, 29, 64};
    double worst = 0.0, worst_inside = 0.0;

    for (size_t s = 0; s < sizeof sigmas / sizeof *sigmas; s++)
        for (size_t p = 0; p < sizeof sizes / sizeof *sizes; p++) {
            const uint32_t pixels = sizes[p];
            const double sigma = (double)sigmas[s], border = 3.0 * sigma;
            const struct incline_augmentation how = {.elastic_alpha = 1.0f,
                                                     .elastic_sigma = sigmas[s]};
            const struct augment_layout layout = augment_layout(&how, pixels, pixels);
            float *weights = malloc(layout.weight_count * sizeof *weights);

            cr_assert(weights != NULL && (pixels <= sigma || layout.nodes_y > 1));
            augment_weights(&how, pixels, pixels, weights);
            for (uint32_t i = 0; i < pixels; i++)
                for (uint32_t j = 0; j < pixels; j++) {
                    const double root =
                        sqrt(defined(sigma, pixels, i, i) * defined(sigma, pixels, j, j));
                    const double expected = defined(sigma, pixels, i, j) / root;
                    const double found = weighed(weights, layout.nodes_y, i, j) / root;
                    if (i == j)
                        cr_expect(fabs(found - 1.0) < 1e-6, "%u pixels, sigma %g: variance of %u",
                                  pixels, sigma, i);
                    worst = fmax(worst, fabs(found - expected));
                    if (fmin(i, j) >= border && fmax(i, j) < pixels - border)
                        worst_inside = fmax(worst_inside, fabs(found - expected));
                }
            const float *const across = weights + (size_t)pixels * layout.nodes_y;
            for (uint32_t n = 0; n < layout.nodes_x; n++)
                for (uint32_t j = 0; j < layout.pitch; j++)
                    cr_expect(across[n * layout.pitch + j] ==
                              (j < pixels ? weights[j * layout.nodes_y + n] : 0.0f));
            free(weights);
        }
    cr_expect(worst < 0.11, "correlations: %g", worst);
    cr_expect(worst_inside < 2e-4, "inside: %g", worst_inside);
}

/* Noise smoothed by a Gaussian has 1 / (4 pi sigma^2) of its variance. Samples vary by a few per
 * cent; both directions have numbers of their own. */
Test(augmentation, displacements_are_smoothed_noise_down_and_across)
{
    const double alpha = 10.0, sigma = 3.0;
    const double expected = alpha * alpha / 3.0 / (4.0 * acos(-1.0) * sigma * sigma);
    const struct augment args = {
        .how = {.elastic_alpha = (float)alpha, .elastic_sigma = (float)sigma},
        .rows = IMAGES,
        .image_rows = SIDE,
        .image_cols = SIDE,
        .seed = 1};
    const struct augment_layout layout = augment_layout(&args.how, SIDE, SIDE);
    float *weights = malloc(layout.weight_count * sizeof *weights);
    double *places = malloc(augment_places_count(&args) * sizeof *places);
    const size_t pixels = SIDE * SIDE, at = pixels / 2;
    double xx = 0.0, yy = 0.0, xy = 0.0, x_sum = 0.0, y_sum = 0.0;

    cr_assert(weights != NULL && places != NULL);
    augment_weights(&args.how, SIDE, SIDE, weights);
    for (uint32_t r = 0; r < IMAGES; r++) {
        struct augment_draw draw;
        augment_draw(&args, r, &draw);
        augment_places(&args, &draw, r, weights, places + 2 * pixels, places, places + pixels);
        const double x = places[at] - (double)(at % SIDE);
        const double y = places[pixels + at] - (double)(at / SIDE);
        x_sum += x;
        y_sum += y;
        xx += x * x;
        yy += y * y;
        xy += x * y;
    }
    cr_expect(fabs(xx / IMAGES / expected - 1.0) < 0.15, "across: variance %g", xx / IMAGES);
    cr_expect(fabs(yy / IMAGES / expected - 1.0) < 0.15, "down: variance %g", yy / IMAGES);
    cr_expect(fabs(xy / sqrt(xx * yy)) < 0.1, "correlation %g", xy / sqrt(xx * yy));
    cr_expect(fabs(x_sum / IMAGES) < 0.1 * sqrt(expected), "mean across %g", x_sum / IMAGES);
    cr_expect(fabs(y_sum / IMAGES) < 0.1 * sqrt(expected), "mean down %g", y_sum / IMAGES);
    free(weights);
    free(places);
}

Test(augmentation, a_sigma_of_zero_is_simards)
{
    const struct incline_augmentation named = {.elastic_alpha = 34.0f, .elastic_sigma = 4.0f};
    const struct incline_augmentation plain = {.elastic_alpha = 34.0f};
    const struct augment_layout layout = augment_layout(&named, SIDE, SIDE);
    const size_t bytes = layout.weight_count * sizeof(float);
    float *one = malloc(bytes), *two = malloc(bytes);

    cr_assert(one != NULL && two != NULL);
    augment_weights(&named, SIDE, SIDE, one);
    augment_weights(&plain, SIDE, SIDE, two);
    cr_expect(memcmp(one, two, bytes) == 0, "4 is the default");
    free(one);
    free(two);
}

Test(augmentation, numbers_out_of_range_get_a_sentence)
{
    require_ok(augment_check(&(struct incline_augmentation){.rotate = 180.0f, .scale = 0.9f}));
    require_fails(augment_check(&(struct incline_augmentation){.shift = -1.0f}), INCLINE_EARG,
                  "shift");
    require_fails(augment_check(&(struct incline_augmentation){.rotate = 181.0f}), INCLINE_EARG,
                  "rotation");
    require_fails(augment_check(&(struct incline_augmentation){.scale = 1.0f}), INCLINE_EARG,
                  "size");
    require_fails(augment_check(&(struct incline_augmentation){.shear = NAN}), INCLINE_EARG,
                  "shear");
    require_fails(augment_check(&(struct incline_augmentation){.elastic_sigma = 0.5f}),
                  INCLINE_EARG, "width");
    require_fails(augment_check(&(struct incline_augmentation){.elastic_alpha = INFINITY}),
                  INCLINE_EARG, "elastic");
    require_fails(augment_check(&(struct incline_augmentation){.cutout = 1u << 31}), INCLINE_EARG,
                  "square");
}
