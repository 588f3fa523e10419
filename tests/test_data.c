/* test_data.c - data sets: found by name, read to the byte. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/data/room.h"
#include "host/util/file.h"
#include "tests/idx_set.h"

static void check_small_set(const incline_dataset *dataset, uint32_t rows)
{
    const struct incline_dataset_info *info = &dataset->info;
    cr_assert(info->rows == rows && info->features == PIXELS && info->classes == ROWS &&
                  info->image_rows == HEIGHT && info->image_cols == WIDTH && info->bytes,
              "%u rows, %u features, %u classes, images of %ux%u", info->rows, info->features,
              info->classes, info->image_rows, info->image_cols);
    for (uint32_t i = 0; i < rows * PIXELS; i++)
        cr_assert_eq(((uint8_t *)dataset->values)[i], (uint8_t)(7 * i), "pixel %u", i);
    for (uint32_t i = 0; i < rows; i++)
        cr_assert_eq(dataset->labels[i], i, "label %u is %u", i, dataset->labels[i]);
}

/* ---- folders and files ---- */

Test(data, a_set_reads_alike_plain_dotted_compressed_and_in_two_members)
{
    const struct bytes images = make_images(ROWS), labels = make_labels(ROWS);
    incline_dataset *dataset = NULL;

    write_set();
    require_ok(incline_dataset_open(test_folder(), INCLINE_TRAIN, &dataset));
    check_small_set(dataset, ROWS);
    incline_dataset_close(dataset);
    /* The test part has labels 0 and 1 only, yet as many classes as the training part. */
    require_ok(incline_dataset_open(test_folder(), INCLINE_TEST, &dataset));
    check_small_set(dataset, 2);
    incline_dataset_close(dataset);

    /* Images in two members, as `cat a.gz b.gz` makes them; labels with a dot in the name. */
    struct bytes head = {.count = 30}, tail = {.count = images.count - 30};
    memcpy(head.data, images.data, 30);
    memcpy(tail.data, images.data + 30, tail.count);
    struct bytes both = compress_bytes(&head);
    const struct bytes second = compress_bytes(&tail);
    memcpy(both.data + both.count, second.data, second.count);
    both.count += second.count;
    write_bytes("train-images.idx3-ubyte.gz", &both);
    write_bytes("train-labels.idx1-ubyte", &labels);
    unlink(test_path("train-images-idx3-ubyte"));
    unlink(test_path("train-labels-idx1-ubyte"));
    require_ok(incline_dataset_open(test_folder(), INCLINE_TRAIN, &dataset));
    check_small_set(dataset, ROWS);
    incline_dataset_close(dataset);
}

Test(data, a_set_that_is_opened_early_is_the_same_set)
{
    const struct bytes images = make_images(ROWS), packed = compress_bytes(&images);
    incline_dataset *dataset = NULL;

    write_set();
    for (int compressed = 0; compressed < 2; compressed++) {
        require_ok(incline_dataset_open_early(test_folder(), INCLINE_TRAIN, &dataset));
        require_ok(incline_dataset_ready(dataset));
        require_ok(incline_dataset_ready(dataset));
        check_small_set(dataset, ROWS);
        incline_dataset_close(dataset);
        unlink(test_path("train-images-idx3-ubyte"));
        write_bytes("train-images-idx3-ubyte.gz", &packed);
    }
}

Test(data, damage_of_a_set_that_is_opened_early_shows_when_samples_are_needed)
{
    const struct bytes images = make_images(ROWS);
    struct bytes packed = compress_bytes(&images);
    incline_dataset *dataset = NULL;
    struct incline_dataset_info info;
    float features[PIXELS];
    uint32_t label = 99;

    write_set();
    unlink(test_path("train-images-idx3-ubyte"));
    packed.data[packed.count - 6] ^= 1; /* of the check sum */
    write_bytes("train-images-idx3-ubyte.gz", &packed);
    require_fails(incline_dataset_open(test_folder(), INCLINE_TRAIN, &dataset), INCLINE_EFORMAT,
                  "damaged");
    cr_expect(dataset == NULL);
    for (int waited = 0; waited < 2; waited++) {
        require_ok(incline_dataset_open_early(test_folder(), INCLINE_TRAIN, &dataset));
        incline_dataset_describe(dataset, &info);
        cr_expect(info.rows == ROWS && info.features == PIXELS && info.classes == ROWS);
        require_ok(incline_dataset_sample(dataset, 1, NULL, &label));
        cr_expect(label == 1);
        if (waited) {
            require_fails(incline_dataset_ready(dataset), INCLINE_EFORMAT, "damaged");
            require_fails(incline_dataset_sample(dataset, 1, features, &label), INCLINE_EFORMAT,
                          test_path("train-images-idx3-ubyte.gz"));
        }
        incline_dataset_close(dataset);
    }
}

/* So that a device which shares the host's memory can take them as they lie. */
static void expect_room(const char *what, const incline_dataset *dataset)
{
    const size_t bytes = (size_t)dataset->info.rows * dataset->info.features *
                         (dataset->info.bytes ? 1 : sizeof(float));
    const unsigned char *values = dataset->values;

    cr_expect((uintptr_t)values % DATASET_ALIGNMENT == 0, "%s: at %p", what, dataset->values);
    for (size_t i = bytes; i % DATASET_GRAIN != 0; i++)
        cr_expect(values[i] == 0, "%s: byte %zu of %zu is %u", what, i, bytes, values[i]);
}

Test(data, values_begin_and_end_where_a_device_can_take_them)
{
    const float floats[] = {1, 2, 3, 4, 5, 6};
    const struct incline_samples samples = {.rows = 2, .features = 3, .floats = floats};
    const struct bytes images = make_images(ROWS);
    const struct bytes packed = compress_bytes(&images);
    incline_dataset *dataset = NULL;

    write_set();
    require_ok(incline_dataset_open(test_folder(), INCLINE_TRAIN, &dataset));
    expect_room("plain", dataset);
    incline_dataset_close(dataset);
    unlink(test_path("train-images-idx3-ubyte"));
    write_bytes("train-images-idx3-ubyte.gz", &packed);
    require_ok(incline_dataset_open(test_folder(), INCLINE_TRAIN, &dataset));
    expect_room("compressed", dataset);
    incline_dataset_close(dataset);
    require_ok(incline_dataset_create(&samples, &dataset));
    expect_room("from memory", dataset);
    incline_dataset_close(dataset);
    require_ok(digits_create(7, 1, &dataset));
    expect_room("digits", dataset);
    incline_dataset_close(dataset);
}

Test(data, a_plain_file_goes_before_a_compressed_one)
{
    struct bytes other = make_labels(ROWS);
    incline_dataset *dataset = NULL;
    write_set();
    other.data[LABEL_HEADER] = 200;
    other = compress_bytes(&other);
    write_bytes("train-labels-idx1-ubyte.gz", &other);
    require_ok(incline_dataset_open(test_folder(), INCLINE_TRAIN, &dataset));
    check_small_set(dataset, ROWS);
    incline_dataset_close(dataset);
}

Test(data, a_single_file_of_images_has_no_labels)
{
    incline_dataset *dataset = NULL;
    struct incline_dataset_info info;
    uint64_t untouched = 42;
    uint32_t label = 0;
    write_set();
    require_ok(incline_dataset_open(test_path("t10k-images-idx3-ubyte"), INCLINE_TRAIN, &dataset));
    incline_dataset_describe(dataset, &info);
    cr_assert(info.rows == 2 && info.features == PIXELS && info.classes == 0, "%u %u %u", info.rows,
              info.features, info.classes);
    cr_assert_str_eq(info.name, "t10k-images-idx3-ubyte");
    incline_dataset_class_counts(dataset, &untouched);
    cr_assert_eq(untouched, 42);
    require_ok(incline_dataset_sample(dataset, 1, NULL, &label));
    cr_assert_eq(label, UINT32_MAX);
    incline_dataset_close(dataset);

    require_fails(
        incline_dataset_open(test_path("t10k-labels-idx1-ubyte"), INCLINE_TRAIN, &dataset),
        INCLINE_EFORMAT, "holds labels, images expected");
}

Test(data, a_missing_part_is_named_with_what_is_there)
{
    incline_dataset *dataset = NULL;
    write_set();
    unlink(test_path("train-images-idx3-ubyte"));
    require_fails(incline_dataset_open(test_folder(), INCLINE_TRAIN, &dataset), INCLINE_ENODATA,
                  "no train-images-idx3-ubyte, plain or .gz, to go with train-labels-idx1-ubyte");
    unlink(test_path("train-labels-idx1-ubyte"));
    require_fails(
        incline_dataset_open(test_folder(), INCLINE_TRAIN, &dataset), INCLINE_ENODATA,
        "no training samples (train-images-idx3-ubyte, plain or .gz), only the test part");
    require_ok(incline_dataset_open(test_folder(), INCLINE_TEST, &dataset));
    incline_dataset_close(dataset);
    unlink(test_path("t10k-images-idx3-ubyte"));
    unlink(test_path("t10k-labels-idx1-ubyte"));
    require_fails(incline_dataset_open(test_folder(), INCLINE_TEST, &dataset), INCLINE_ENODATA,
                  "holds no data set");
}

Test(data, images_and_labels_that_do_not_pair_are_refused)
{
    incline_dataset *dataset = NULL;
    const struct bytes five = make_labels(5);
    write_set();
    write_bytes("train-labels-idx1-ubyte", &five);
    require_fails(incline_dataset_open(test_folder(), INCLINE_TRAIN, &dataset), INCLINE_EFORMAT,
                  "5 labels for the 6 images of");
    cr_assert_not_null(strstr(incline_last_error(), test_path("train-images-idx3-ubyte")), "%s",
                       incline_last_error());
    cr_assert_null(dataset);
}

/* ---- names ---- */

/* A set of that name below `root`, made of the files of the test's folder. */
static void place_set(const char *root, const char *name)
{
    static const char *const files[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte"};
    char folder[FILE_PATH_MAX], path[FILE_PATH_MAX];
    require_ok(file_join(root, name, folder));
    require_ok(file_make_folder(folder));
    for (size_t i = 0; i < 2; i++) {
        const struct bytes file = i == 0 ? make_images(ROWS) : make_labels(ROWS);
        require_ok(file_join(folder, files[i], path));
        test_write(path, file.data, file.count);
    }
}

static void check_found(const char *name, const char *want)
{
    char folder[FILE_PATH_MAX];
    require_ok(dataset_find(name, folder));
    cr_assert_str_eq(folder, want, "%s: %s expected, %s found", name, want, folder);
}

Test(data, named_sets_are_looked_for_in_their_order)
{
    char want[4][FILE_PATH_MAX], folder[FILE_PATH_MAX];
    cr_assert_eq(chdir(test_folder()), 0);
    setenv("INCLINE_DATA", test_path("given"), 1);
    setenv("XDG_DATA_HOME", test_path("xdg"), 1);
    setenv("HOME", test_path("home"), 1);
    require_ok(file_join(test_path("given"), "mnist", want[0]));
    strcpy(want[1], "data/mnist");
    require_ok(file_join(test_path("xdg"), "incline/mnist", want[2]));
    require_ok(file_join(test_path("home"), ".local/share/incline/mnist", want[3]));

    require_fails(dataset_find("mnist", folder), INCLINE_ENODATA, "data/get mnist");
    for (int i = 0; i < 3; i++)
        cr_assert_not_null(strstr(incline_last_error(), want[i]), "%s expected in: %s", want[i],
                           incline_last_error());

    place_set(test_path("xdg"), "incline/mnist");
    check_found("mnist", want[2]);
    place_set("data", "mnist");
    check_found("mnist", want[1]);
    /* A folder that is made but not filled yet does not hide the next one. */
    require_ok(file_make_folder(want[0]));
    check_found("mnist", want[1]);
    place_set(test_path("given"), "mnist");
    check_found("mnist", want[0]);

    unsetenv("INCLINE_DATA");
    check_found("mnist", want[1]);
    /* A path is a path, whatever lies elsewhere. */
    check_found("./data/mnist", "./data/mnist");
    check_found(want[0], want[0]);

    cr_assert_eq(chdir(test_path("given")), 0);
    unsetenv("XDG_DATA_HOME");
    check_found("mnist", "mnist");
    place_set(test_path("home"), ".local/share/incline/mnist");
    check_found("mnist", want[3]);
}

Test(data, unknown_names_get_the_nearest_known_one)
{
    static const struct {
        const char *name, *says;
    } rows[] = {
        {"mnits", "did you mean mnist?"},
        {"MNIST", "mnist, fashion-mnist"},
        {"digit", "did you mean digits?"},
        {"fashion_mnist", "did you mean fashion-mnist?"},
        {"cifar10", "cifar10: no such data set, folder or file; there are mnist"},
        {"no/such/folder", "data/get"},
        {"", "empty"},
    };
    incline_dataset *dataset = NULL;
    cr_assert_eq(chdir(test_folder()), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        require_fails(incline_dataset_open(rows[i].name, INCLINE_TRAIN, &dataset), INCLINE_ENODATA,
                      rows[i].says);
    require_fails(incline_dataset_open(NULL, INCLINE_TRAIN, &dataset), INCLINE_EARG, "name");
    require_fails(incline_dataset_open("digits", (enum incline_split)2, &dataset), INCLINE_EARG,
                  "part 2");
    cr_assert_null(dataset);
}

Test(data, a_set_is_called_by_the_last_part_of_its_path)
{
    char path[FILE_PATH_MAX];
    incline_dataset *dataset = NULL;
    place_set(test_folder(), "fashion-mnist");
    snprintf(path, sizeof path, "%s//", test_path("fashion-mnist"));
    require_ok(incline_dataset_open(path, INCLINE_TRAIN, &dataset));
    cr_assert_str_eq(dataset->info.name, "fashion-mnist");
    /* Six classes are not the ten garments. */
    cr_assert_null(dataset->class_names);
    incline_dataset_close(dataset);
}

Test(data, fashion_mnist_knows_its_garments)
{
    const struct bytes images = make_images(10), labels = make_labels(10);
    incline_dataset *dataset = NULL;
    setenv("INCLINE_DATA", test_folder(), 1);
    place_set(test_folder(), "fashion-mnist");
    write_bytes("fashion-mnist/train-images-idx3-ubyte", &images);
    write_bytes("fashion-mnist/train-labels-idx1-ubyte", &labels);
    require_ok(incline_dataset_open("fashion-mnist", INCLINE_TRAIN, &dataset));
    cr_assert_eq(dataset->info.classes, 10);
    cr_assert_not_null(dataset->class_names);
    cr_assert_str_eq(dataset->class_names[1], "trouser");
    cr_assert_str_eq(dataset->class_names[9], "ankle boot");
    incline_dataset_close(dataset);
}

/* ---- MNIST ---- */

Test(data, mnist_is_read_to_the_byte)
{
    /* Counts, and CRC-32 of the elements, recorded from files whose SHA-256 are the published
     * ones. */
    static const struct {
        uint32_t rows;
        uint64_t counts[10], images, labels;
        uint32_t first;
    } want[2] = {
        [INCLINE_TRAIN] = {60000,
                           {5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949},
                           0xf3639b56,
                           0xba07e8ef,
                           5},
        [INCLINE_TEST] = {10000,
                          {980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009},
                          0xe4ca5f57,
                          0xee8604d9,
                          7},
    };
    const char *data = getenv("INCLINE_DATA");
    if (data == NULL || data[0] == '\0')
        cr_skip_test("INCLINE_DATA is not set; set it to the folder that holds mnist/");
    for (int split = 0; split < 2; split++) {
        incline_dataset *dataset = NULL;
        uint64_t counts[10];
        const int status = incline_dataset_open("mnist", (enum incline_split)split, &dataset);
        if (status == INCLINE_ENODATA)
            cr_skip_test("%s", incline_last_error());
        require_ok(status);
        const struct incline_dataset_info *info = &dataset->info;
        cr_assert(info->rows == want[split].rows && info->features == 784 && info->classes == 10 &&
                      info->image_rows == 28 && info->image_cols == 28 && info->bytes,
                  "%u rows, %u features, %u classes", info->rows, info->features, info->classes);
        cr_assert_str_eq(info->name, "mnist");
        cr_assert_eq(dataset->labels[0], want[split].first, "first label %u", dataset->labels[0]);
        incline_dataset_class_counts(dataset, counts);
        for (int c = 0; c < 10; c++)
            cr_assert_eq(counts[c], want[split].counts[c], "class %d: %d samples", c,
                         (int)counts[c]);
        const unsigned long images = crc32(0, dataset->values, info->rows * 784);
        unsigned char *narrow = malloc(info->rows);
        for (uint32_t row = 0; row < info->rows; row++)
            narrow[row] = (unsigned char)dataset->labels[row];
        const unsigned long labels = crc32(0, narrow, info->rows);
        free(narrow);
        cr_assert_eq(images, want[split].images, "images %08lx", images);
        cr_assert_eq(labels, want[split].labels, "labels %08lx", labels);
        incline_dataset_close(dataset);
    }
}
