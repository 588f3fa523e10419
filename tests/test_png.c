/* test_png.c - pictures as PNG files: what is written comes back from libpng, pixel for pixel. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "host/util/file.h"
#include "host/util/png_write.h"
#include "host/util/rng.h"
#include "tests/support.h"

#ifdef INCLINE_WITH_PNG

#include <png.h>

/* The picture at `path` is width x height of that format, with these pixels. */
static void expect_picture(const char *path, uint32_t format, const uint8_t *pixels, uint32_t width,
                           uint32_t height)
{
    png_image image = {.version = PNG_IMAGE_VERSION};

    cr_assert(png_image_begin_read_from_file(&image, path), "%s: %s", path, image.message);
    cr_assert(image.width == width && image.height == height && image.format == format,
              "%u x %u of format %u expected, %u x %u of %u found", width, height, format,
              image.width, image.height, image.format);
    const size_t bytes = PNG_IMAGE_SIZE(image);
    uint8_t *const read = malloc(bytes);
    cr_assert(png_image_finish_read(&image, NULL, read, 0, NULL), "%s: %s", path, image.message);
    for (size_t i = 0; i < bytes; i++)
        cr_assert(read[i] == pixels[i], "byte %zu is %u, not %u", i, read[i], pixels[i]);
    free(read);
}

Test(png, what_is_written_is_read_by_libpng)
{
    static const uint32_t sides[][2] = {{1, 1}, {1, 7}, {7, 1}, {28, 28}, {300, 211}};
    const char *const path = test_path("picture.png");

    cr_assert(png_available());
    for (size_t i = 0; i < sizeof sides / sizeof sides[0]; i++) {
        const uint32_t width = sides[i][0], height = sides[i][1];
        uint8_t *const pixels = malloc((size_t)width * height * 3);
        for (size_t k = 0; k < (size_t)width * height * 3; k++)
            pixels[k] = (uint8_t)(k * k / 3 + k); /* nothing that compresses well */
        require_ok(png_write_grey(path, pixels, width, height));
        expect_picture(path, PNG_FORMAT_GRAY, pixels, width, height);
        require_ok(png_write_rgb(path, pixels, width, height));
        expect_picture(path, PNG_FORMAT_RGB, pixels, width, height);
        free(pixels);
    }
}

/* Noise does not compress: a picture of it is larger than its pixels. */
Test(png, a_picture_of_noise_fits_its_room)
{
    enum { SIDE = 1000 };
    uint8_t *const pixels = malloc((size_t)SIDE * SIDE);

    cr_assert(pixels != NULL);
    for (size_t i = 0; i < (size_t)SIDE * SIDE; i++)
        pixels[i] = (uint8_t)rng_bits(5, RNG_STREAM(RNG_TEST, 0), i);
    require_ok(png_write_grey(test_path("noise.png"), pixels, SIDE, SIDE));
    expect_picture(test_path("noise.png"), PNG_FORMAT_GRAY, pixels, SIDE, SIDE);
    free(pixels);
}

Test(png, what_cannot_be_written_leaves_the_old_file)
{
    const char *const path = test_path("picture.png");
    const uint8_t pixels[3] = {1, 2, 3};

    require_ok(png_write_grey(path, pixels, 2, 1));
    require_fails(png_write_grey(path, pixels, 0, 1), INCLINE_EARG, "0 x 1");
    require_fails(png_write_grey(path, pixels, 1, PNG_SIDE_MAX + 1), INCLINE_EARG, "1000001");
    require_fails(png_write_rgb(test_path("missing/picture.png"), pixels, 1, 1), INCLINE_EIO,
                  "check the path");
    expect_picture(path, PNG_FORMAT_GRAY, pixels, 2, 1);
}

#else

Test(png, without_libpng_it_says_so_and_writes_nothing)
{
    const char *const path = test_path("picture.png");
    const uint8_t pixels[3] = {1, 2, 3};

    cr_assert(!png_available());
    require_fails(png_write_grey(path, pixels, 1, 1), INCLINE_EARG, "libpng-dev");
    require_fails(png_write_rgb(path, pixels, 1, 1), INCLINE_EARG, "libpng-dev");
    cr_assert(!file_exists(path));
}

#endif
