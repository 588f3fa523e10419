/* test_pictures.c - pictures as samples: PGM and PNG, damage, sizes, folders by class. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/data/picture.h"
#include "host/util/png_write.h"
#include "tests/table_set.h"

static const struct incline_data_options plain = {0};

/* ---- PGM ---- */

static const struct {
    const char *what, *bytes;
    size_t count;
    unsigned char pixels[6]; /* of 2 x 3 */
} good[] = {
    {"bytes", "P5\n3 2\n255\n\0\1\2\3\4\377", 17, {0, 1, 2, 3, 4, 255}},
    {"text", "P2 3 2 255 0 1 2 3 4 255\n", 25, {0, 1, 2, 3, 4, 255}},
    {"comments", "P2#a\n3 2 # b\n15\n0 1 2\n3 4 15", 28, {0, 17, 34, 51, 68, 255}},
    {"two bytes", "P5 3 2 65535\n\0\0\1\1\2\2\3\3\4\4\377\377", 25, {0, 1, 2, 3, 4, 255}},
    {"white is 1", "P5\t3 2 1 \0\1\0\1\1\0", 15, {0, 255, 0, 255, 255, 0}},
    {"a pixel like a comment", "P5 3 2 255 #\n\0\0\0\0", 17, {35, 10, 0, 0, 0, 0}},
};

Test(pictures, pgm_of_every_kind_gives_its_pixels)
{
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct picture picture = {0};
        require_ok(picture_read(good[i].what, good[i].bytes, good[i].count, &picture));
        cr_assert(picture.rows == 2 && picture.cols == 3, "%s: %u x %u", good[i].what, picture.rows,
                  picture.cols);
        for (int k = 0; k < 6; k++)
            cr_expect(picture.pixels[k] == good[i].pixels[k], "%s: pixel %d is %u, not %u",
                      good[i].what, k, picture.pixels[k], good[i].pixels[k]);
        picture_clear(&picture);
    }
}

Test(pictures, pgm_cut_anywhere_is_refused)
{
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        for (size_t kept = 0; kept < good[i].count - 1; kept++) {
            struct picture picture = {0};
            char *const cut = malloc(kept + 1); /* sanitizers see what lies behind */
            memcpy(cut, good[i].bytes, kept);
            const int rc = picture_read("cut", cut, kept, &picture);
            free(cut);
            /* Text may lose the end of its last number, which is then another number. */
            if (good[i].bytes[1] == '2' && kept + 3 >= good[i].count) {
                picture_clear(&picture);
                continue;
            }
            cr_expect(rc == INCLINE_EFORMAT && picture.pixels == NULL, "%s: %zu of %zu bytes: %d",
                      good[i].what, kept, good[i].count, rc);
        }
}

Test(pictures, damaged_pgm_is_refused_with_place_and_reason)
{
    static const struct {
        const char *bytes, *says;
    } bad[] = {
        {"P6 1 1 255 abc", "kind P6; PGM is read"},
        {"P1 1 1 0", "kind P1; PGM is read"},
        {"P5 0 1 255 a", "byte 3: the width expected, a number from 1 to 65535"},
        {"P5 1 99999 255 a", "byte 5: the height expected"},
        {"P5 1 1 0 a", "byte 7: the value of white expected"},
        {"P5 1 1 65536 a", "byte 7: the value of white expected"},
        {"P5 1x1 255 a", "byte 3: the width expected"},
        {"P5 2 1 255 a", "2 bytes of pixels expected for 1x2, 1 found"},
        {"P5 1 1 255 ab", "1 bytes follow the pixels of 1x1"},
        {"P5 1 1 7 a", "pixel 1 is 97, but white is 7"},
        {"P2 1 1 7 8", "byte 9: a pixel expected, a number from 0 to 7"},
        {"P2 2 1 7 1", "ends at byte 10, where a pixel is expected"},
        {"P2 1 1 7 1 2", "1 bytes follow"},
        {"P2 1 1 7 -1", "a pixel expected"},
        {"P5 60000 60000 255 a", "3600000000 pixels expected"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct picture picture = {0};
        require_fails(picture_read("p.pgm", bad[i].bytes, strlen(bad[i].bytes), &picture),
                      INCLINE_EFORMAT, bad[i].says);
        cr_expect_null(picture.pixels, "row %zu gave pixels", i);
    }
    cr_expect(!picture_is("P2 P3 class\n1 2 a\n", 18), "a table was taken for a picture");
    cr_expect(!picture_is("P5,1\n", 5), "a table was taken for a picture");
}

/* ---- PNG ---- */

/* All of a file; the caller frees it. */
static char *read_all(const char *path, size_t *bytes)
{
    char *const data = malloc(1 << 16);
    FILE *const file = fopen(path, "rb");
    cr_assert(file != NULL && data != NULL);
    *bytes = fread(data, 1, 1 << 16, file);
    fclose(file);
    return data;
}

Test(pictures, png_grey_stays_grey_and_colours_become_luminance)
{
    static const unsigned char grey[] = {0, 1, 100, 200, 254, 255};
    static const unsigned char rgb[] = {255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255};
    static const unsigned char luminance[] = {76, 150, 29, 255}; /* as PIL and OpenCV have them */
    struct picture picture = {0};
    size_t bytes;

    if (!png_available()) {
        const char png[] = "\x89PNG\r\n\x1a\n";
        require_fails(picture_read("a.png", png, sizeof png - 1, &picture), INCLINE_EARG, "libpng");
        cr_skip_test("skipped: built without libpng\n");
    }
    require_ok(png_write_grey(test_path("grey.png"), grey, 3, 2));
    char *data = read_all(test_path("grey.png"), &bytes);
    require_ok(picture_read("grey.png", data, bytes, &picture));
    cr_expect(picture.rows == 2 && picture.cols == 3 && memcmp(picture.pixels, grey, 6) == 0);
    picture_clear(&picture);
    free(data);
    require_ok(png_write_rgb(test_path("rgb.png"), rgb, 4, 1));
    data = read_all(test_path("rgb.png"), &bytes);
    require_ok(picture_read("rgb.png", data, bytes, &picture));
    for (int i = 0; i < 4; i++)
        cr_expect(picture.pixels[i] == luminance[i], "pixel %d: %u, not %u", i, picture.pixels[i],
                  luminance[i]);
    picture_clear(&picture);
    free(data);
}

Test(pictures, png_that_is_cut_or_has_a_bit_flipped_is_refused)
{
    unsigned char grey[12 * 9];
    struct picture picture = {0};
    size_t bytes;

    if (!png_available())
        cr_skip_test("skipped: built without libpng\n");
    for (size_t i = 0; i < sizeof grey; i++)
        grey[i] = (unsigned char)(37 * i);
    require_ok(png_write_grey(test_path("a.png"), grey, 12, 9));
    char *const data = read_all(test_path("a.png"), &bytes);
    for (size_t kept = 8; kept < bytes; kept++)
        cr_expect_eq(picture_read("cut.png", data, kept, &picture), INCLINE_EFORMAT,
                     "%zu of %zu bytes were read", kept, bytes);
    for (size_t bit = 0; bit < 8 * bytes; bit++) {
        data[bit / 8] = (char)(data[bit / 8] ^ (1 << bit % 8));
        cr_expect_eq(picture_read("flip.png", data, bytes, &picture), INCLINE_EFORMAT,
                     "bit %zu of byte %zu passed", bit % 8, bit / 8);
        data[bit / 8] = (char)(data[bit / 8] ^ (1 << bit % 8));
    }
    data[bytes] = 'x';
    require_fails(picture_read("long.png", data, bytes + 1, &picture), INCLINE_EFORMAT,
                  "1 bytes follow");
    cr_expect_null(picture.pixels);
    free(data);
}

/* ---- sizes ---- */

Test(pictures, resizing_takes_means_of_areas_and_lines_between_centres)
{
    static const struct {
        const char *what;
        uint32_t rows, cols, to_rows, to_cols;
        unsigned char from[9], to[16];
    } cases[] = {
        {"the same", 1, 3, 1, 3, {1, 2, 3}, {1, 2, 3}},
        {"half", 2, 2, 1, 1, {10, 20, 30, 41}, {25}},
        {"3 to 2: a pixel and a half each", 1, 3, 1, 2, {0, 90, 240}, {30, 190}},
        {"2 to 4: centres at -1/4, 1/4, 3/4, 5/4", 1, 2, 1, 4, {0, 100}, {0, 25, 75, 100}},
        {"1 to 3", 1, 1, 3, 3, {7}, {7, 7, 7, 7, 7, 7, 7, 7, 7}},
        {"down and across", 2, 1, 1, 2, {10, 30}, {20, 20}},
        {"2 to 3", 2, 1, 3, 1, {0, 100}, {0, 50, 100}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct picture picture = {0};
        require_ok(picture_allocate("p", cases[i].rows, cases[i].cols, &picture));
        memcpy(picture.pixels, cases[i].from, cases[i].rows * cases[i].cols);
        require_ok(picture_resize(&picture, cases[i].to_rows, cases[i].to_cols));
        cr_assert(picture.rows == cases[i].to_rows && picture.cols == cases[i].to_cols);
        for (uint32_t k = 0; k < picture.rows * picture.cols; k++)
            cr_expect(picture.pixels[k] == cases[i].to[k], "%s: pixel %u is %u, not %u",
                      cases[i].what, k, picture.pixels[k], cases[i].to[k]);
        picture_clear(&picture);
    }
    /* One colour stays that colour at every pair of sizes: weights add up to one. */
    for (uint32_t from = 1; from <= 12; from++)
        for (uint32_t to = 1; to <= 12; to++) {
            struct picture picture = {0};
            require_ok(picture_allocate("p", from, 13 - from, &picture));
            memset(picture.pixels, 201, from * (13 - from));
            require_ok(picture_resize(&picture, to, 13 - to));
            for (uint32_t k = 0; k < to * (13 - to); k++)
                cr_expect(picture.pixels[k] == 201, "%u to %u: pixel %u is %u", from, to, k,
                          picture.pixels[k]);
            picture_clear(&picture);
        }
}

/* ---- folders ---- */

static void put_pgm(const char *name, const char *bytes, size_t count)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", test_folder(), name);
    for (char *slash = path + strlen(test_folder()) + 1; (slash = strchr(slash, '/')) != NULL;
         slash++) {
        *slash = '\0';
        mkdir(path, 0777);
        *slash = '/';
    }
    test_write(path, bytes, count);
}

static void put_pixels(const char *name, unsigned char a, unsigned char b)
{
    char bytes[] = "P5 2 1 255 ..";
    bytes[11] = (char)a;
    bytes[12] = (char)b;
    put_pgm(name, bytes, 13);
}

static const float *seen(const unsigned char *pixels, uint32_t count)
{
    static float values[16];
    for (uint32_t i = 0; i < count; i++)
        values[i] = (float)pixels[i] * (1.0f / 255.0f);
    return values;
}

static int open_part(enum incline_split split, const struct incline_data_options *options,
                     incline_dataset **dataset)
{
    return incline_dataset_open_with(test_folder(), split, options, dataset);
}

Test(pictures, a_folder_gives_classes_by_name_and_samples_in_order)
{
    static const uint32_t labels[] = {0, 1, 1};
    static const unsigned char pixels[] = {5, 6, 1, 2, 3, 4};
    incline_dataset *dataset = NULL;

    put_pixels("dog/b.PGM", 3, 4);
    put_pixels("dog/a.pgm", 1, 2);
    put_pixels("cat/z.pgm", 5, 6);
    put_pgm("dog/notes.txt", "no picture", 10);
    put_pgm("empty/notes.txt", "no picture", 10);
    put_pixels(".hidden/a.pgm", 1, 1);
    require_ok(open_part(INCLINE_TRAIN, &plain, &dataset));
    expect_samples("cats and dogs", dataset, 3, 2, seen(pixels, 6), labels);
    cr_assert(dataset->info.classes == 2 && dataset->info.bytes);
    cr_assert_str_eq(dataset->class_names[0], "cat");
    cr_assert_str_eq(dataset->class_names[1], "dog");
    cr_expect(dataset->info.undivided);
    cr_expect_str_eq(incline_dataset_remarks(dataset), "");
    incline_dataset_close(dataset);
    /* Without parts either part is all of it. */
    require_ok(open_part(INCLINE_TEST, &plain, &dataset));
    expect_samples("test", dataset, 3, 2, seen(pixels, 6), labels);
    cr_expect(dataset->info.undivided);
    incline_dataset_close(dataset);
}

Test(pictures, what_is_passed_over_is_said)
{
    static const char jpeg[] = "\xff\xd8\xff\xe0 JFIF", webp[] = "RIFF1234WEBPVP8 ";
    incline_dataset *dataset = NULL;

    put_pgm("train/cat/b.JPG", jpeg, sizeof jpeg);
    require_fails(open_part(INCLINE_TRAIN, &plain, &dataset), INCLINE_ENODATA, "no data set");
    require_fails(incline_dataset_open(test_path("train"), INCLINE_TRAIN, &dataset),
                  INCLINE_ENODATA, "none that is PNG or PGM");
    put_pixels("train/cat/a.pgm", 1, 2);
    put_pixels("train/dog/a.pgm", 1, 2);
    put_pixels("val/dog/a.pgm", 1, 2);
    require_ok(open_part(INCLINE_TRAIN, &plain, &dataset));
    cr_expect(!dataset->info.undivided && dataset->info.rows == 2);
    cr_expect(strstr(incline_dataset_remarks(dataset), "train: 1 picture is neither PNG nor PGM") !=
                      NULL &&
                  strstr(incline_dataset_remarks(dataset),
                         "val: is neither trained nor tested on") != NULL,
              "%s", incline_dataset_remarks(dataset));
    incline_dataset_close(dataset);
    require_fails(open_part(INCLINE_TEST, &plain, &dataset), INCLINE_ENODATA,
                  "no test pictures, only the training part");
    require_fails(incline_dataset_open(test_path("train/cat/b.JPG"), INCLINE_TRAIN, &dataset),
                  INCLINE_EFORMAT, "is a picture as JPEG");
    put_pgm("w", webp, sizeof webp);
    require_fails(incline_dataset_open(test_path("w"), INCLINE_TRAIN, &dataset), INCLINE_EFORMAT,
                  "is a picture as WebP");
    put_pgm("g", "GIF89a\1\2", 8);
    require_fails(incline_dataset_open(test_path("g"), INCLINE_TRAIN, &dataset), INCLINE_EFORMAT,
                  "is a picture as GIF");
}

/* Pictures of no class cannot be trained on, but predicted: in the order of their names. */
Test(pictures, a_folder_without_classes_is_predicted)
{
    static const uint32_t none[] = {UINT32_MAX};
    static const unsigned char pixels[] = {1, 2, 3, 4};
    const incline_dataset *piece = NULL;
    incline_dataset *dataset = NULL;
    incline_reader *reader = NULL;

    put_pixels("b.pgm", 3, 4);
    put_pixels("a.pgm", 1, 2);
    require_fails(open_part(INCLINE_TEST, &plain, &dataset), INCLINE_ENODATA,
                  "no subfolder of them per class");
    require_ok(incline_reader_open(test_folder(), INCLINE_TEST, &plain, &reader));
    require_ok(incline_reader_next(reader, &piece));
    expect_samples("flat", piece, 2, 2, seen(pixels, 4), none);
    require_ok(incline_reader_next(reader, &piece));
    cr_expect(piece == NULL);
    incline_reader_close(reader);
}

Test(pictures, the_test_part_is_read_as_the_training_part)
{
    static const uint32_t labels[] = {2};
    static const unsigned char pixels[] = {255 - 2};
    const struct incline_data_options small = {.resize_rows = 1, .resize_cols = 1, .invert = true};
    incline_dataset *train = NULL, *test = NULL;

    put_pixels("train/a/1.pgm", 1, 2);
    put_pixels("train/b/1.pgm", 1, 2);
    put_pixels("train/c/1.pgm", 1, 2);
    put_pixels("test/c/1.pgm", 1, 2);
    require_ok(open_part(INCLINE_TEST, &small, &test));
    expect_samples("test", test, 1, 1, seen(pixels, 1), labels);
    incline_dataset_close(test);
    /* What was done to the pictures travels with what a model remembers. */
    require_ok(open_part(INCLINE_TRAIN, &small, &train));
    const struct incline_data_options later = {.columns = incline_dataset_columns(train)};
    require_ok(open_part(INCLINE_TEST, &later, &test));
    expect_samples("later", test, 1, 1, seen(pixels, 1), labels);
    incline_dataset_close(test);
    put_pixels("test/d/1.pgm", 1, 2);
    require_fails(open_part(INCLINE_TEST, &later, &test), INCLINE_EFORMAT,
                  "the class \"d\" is none of those");
    incline_dataset_close(train);
}

Test(pictures, folders_of_numbers_are_labels)
{
    static const uint32_t labels[] = {2, 10};
    static const unsigned char pixels[] = {1, 2, 3, 4};
    incline_dataset *dataset = NULL;

    put_pixels("10/a.pgm", 3, 4);
    put_pixels("2/a.pgm", 1, 2);
    require_ok(open_part(INCLINE_TRAIN, &plain, &dataset));
    expect_samples("numbers", dataset, 2, 2, seen(pixels, 4), labels);
    cr_assert_eq(dataset->info.classes, 11);
    incline_dataset_close(dataset);
}

Test(pictures, different_sizes_are_refused_with_both_names_unless_resized)
{
    static const unsigned char pixels[] = {1, 2, 9, 9}, inverted[] = {246, 246};
    static const uint32_t labels[] = {0, 1}, none[] = {UINT32_MAX};
    const struct incline_data_options wide = {.resize_rows = 1, .resize_cols = 2};
    incline_dataset *dataset = NULL;

    put_pixels("a/1.pgm", 1, 2);
    put_pgm("b/1.pgm", "P2 1 1 255 9", 12);
    const int rc = open_part(INCLINE_TRAIN, &plain, &dataset);
    cr_assert(rc == INCLINE_EFORMAT && strstr(incline_last_error(), "a/1.pgm has 1x2") != NULL &&
                  strstr(incline_last_error(), "b/1.pgm: 1x1") != NULL &&
                  strstr(incline_last_error(), "--resize 1x2") != NULL,
              "%s", incline_last_error());
    require_ok(open_part(INCLINE_TRAIN, &wide, &dataset));
    expect_samples("resized", dataset, 2, 2, seen(pixels, 4), labels);

    /* A single one for a model that was trained on these needs no option. */
    const struct incline_data_options later = {.columns = incline_dataset_columns(dataset),
                                               .invert = true};
    incline_dataset *single = NULL;
    require_ok(incline_dataset_open_with(test_path("b/1.pgm"), INCLINE_TEST, &later, &single));
    expect_samples("single", single, 1, 2, seen(inverted, 2), none);
    incline_dataset_close(single);
    incline_dataset_close(dataset);
}

Test(pictures, what_is_no_picture_cannot_be_resized_and_a_flat_folder_is_explained)
{
    const struct incline_data_options wide = {.resize_rows = 1, .resize_cols = 2},
                                      half = {.resize_rows = 1}, invert = {.invert = true};
    incline_dataset *dataset = NULL;

    require_fails(incline_dataset_open_with("digits:10", INCLINE_TRAIN, &wide, &dataset),
                  INCLINE_EARG, "no pictures");
    require_fails(open_text("t.csv", "a,b\n1,2\n", 8, &invert, &dataset), INCLINE_EARG,
                  "nothing to invert");
    require_fails(incline_dataset_open_with("digits:10", INCLINE_TRAIN, &half, &dataset),
                  INCLINE_EARG, "give both sides");
    put_pixels("flat/1.pgm", 1, 2);
    require_fails(incline_dataset_open(test_path("flat"), INCLINE_TRAIN, &dataset), INCLINE_ENODATA,
                  "no subfolder of them per class");
}
