/* test_augmentation.c - the distribution of elastic displacements, and numbers out of range. */
#include <math.h>
#include <stdlib.h>

#include "host/backend/augmentation.h"
#include "support.h"

enum { SIDE = 29, IMAGES = 1500 };

/* Variance of the displacement of the middle pixel, and its correlation with the pixel `apart` to
 * its right; random numbers lie sigma pixels apart, with a sigma of 1 each pixel has its own. */
static void statistics(const struct incline_augmentation *how, size_t apart, double *variance,
                       double *correlation)
{
    const struct augment args = {
        .how = *how, .rows = IMAGES, .image_rows = SIDE, .image_cols = SIDE, .seed = 1};
    const struct augment_layout layout = augment_layout(how, SIDE, SIDE);
    float *weights = malloc(layout.weight_count * sizeof *weights);
    double *places = malloc(augment_places_count(&args) * sizeof *places);
    const size_t pixels = SIDE * SIDE, at = pixels / 2;
    double here = 0.0, there = 0.0, both = 0.0;

    cr_assert(weights != NULL && places != NULL);
    augment_weights(how, SIDE, SIDE, weights);
    for (uint32_t r = 0; r < IMAGES; r++) {
        struct augment_draw draw;
        augment_draw(&args, r, &draw);
        augment_places(&args, &draw, r, weights, places + 2 * pixels, places, places + pixels);
        const double x = places[at] - (double)(at % SIDE);
        const double y = places[at + apart] - (double)((at + apart) % SIDE);
        here += x * x;
        there += y * y;
        both += x * y;
    }
    *variance = here / IMAGES;
    *correlation = both / sqrt(here * there);
    free(weights);
    free(places);
}

/* Noise uniform in [-1, 1) has variance 1/3; smoothed by a Gaussian, 1 / (4 pi sigma^2) of that,
 * and correlation exp(-d^2 / (4 sigma^2)). Samples vary by a few per cent. */
Test(augmentation, displacements_have_the_variance_and_correlation_of_smoothed_noise)
{
    static const float sigmas[] = {1.0f, 2.0f, 3.0f, 4.0f, 6.0f};

    for (size_t s = 0; s < sizeof sigmas / sizeof sigmas[0]; s++) {
        const double sigma = (double)sigmas[s], alpha = 10.0;
        const struct incline_augmentation how = {.elastic_alpha = 10.0f,
                                                 .elastic_sigma = sigmas[s]};
        const double expected = alpha * alpha / 3.0 / (4.0 * acos(-1.0) * sigma * sigma);
        const size_t apart = (size_t)sigma;
        const double alike = exp(-(double)(apart * apart) / (4.0 * sigma * sigma));
        double variance, correlation;
        statistics(&how, apart, &variance, &correlation);
        cr_expect(fabs(variance / expected - 1.0) < 0.15, "sigma %g: variance %g, %g expected",
                  sigma, variance, expected);
        cr_expect(fabs(correlation - alike) < 0.05, "sigma %g: correlation %g, %g expected", sigma,
                  correlation, alike);
    }
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
}
