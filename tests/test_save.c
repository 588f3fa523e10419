/* test_save.c - data sets written in one format, read, written in another, read again: the same to
 * the bit. */
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/data/dataset.h"
#include "host/util/file.h"
#include "tests/support.h"

enum { ROWS = 40, FEATURES = 6, CLASSES = 3 };

/* A format: its file, and what must be said to read it again. */
struct format {
    const char *file;
    struct incline_data_options options;
    const char *folder; /* what is opened in place of the file; NULL */
};

static const struct format formats[] = {
    {"set.csv", {.target = "7", .target_type = INCLINE_TARGET_CLASSES}, NULL},
    {"set.tsv.gz", {.target = "7", .target_type = INCLINE_TARGET_CLASSES}, NULL},
    {"set.npy", {.target = "7", .target_type = INCLINE_TARGET_CLASSES}, NULL},
    {"set.npy.gz", {.target = "7", .target_type = INCLINE_TARGET_CLASSES}, NULL},
    {"set.svm", {.target_type = INCLINE_TARGET_CLASSES}, NULL},
    {"set.libsvm.gz", {.target_type = INCLINE_TARGET_CLASSES}, NULL},
    {"train-images-idx2-float", {0}, "."},
#ifdef INCLINE_WITH_ZIP
    {"set.npz", {.target_type = INCLINE_TARGET_CLASSES}, NULL},
    {"SET.NPZ.GZ", {.target_type = INCLINE_TARGET_CLASSES}, NULL},
#endif
};
enum { FORMATS = sizeof formats / sizeof *formats };

/* Write a set into a folder of its own and read it again. */
static incline_dataset *pass(const incline_dataset *set, const struct format *format,
                             const char *folder)
{
    char path[512];
    incline_dataset *read;

    snprintf(path, sizeof path, "%s/%s", test_folder(), folder);
    mkdir(path, 0777);
    const size_t used = strlen(path);
    snprintf(path + used, sizeof path - used, "/%s", format->file);
    struct incline_save_info info;
    require_ok(incline_dataset_save(set, path, &info));
    cr_expect(info.bytes > 0 && info.format[0] != '\0');
    require_fails(incline_dataset_save(set, path, NULL), INCLINE_EIO, "is there already");
    if (format->folder != NULL)
        path[used] = '\0';
    require_ok(incline_dataset_open_with(path, INCLINE_TRAIN, &format->options, &read));
    require_ok(incline_dataset_ready(read));
    return read;
}

static void expect_same(const char *what, const incline_dataset *a, const incline_dataset *b)
{
    cr_assert(a->info.rows == b->info.rows && a->info.features == b->info.features &&
                  a->info.classes == b->info.classes && a->info.bytes == b->info.bytes,
              "%s: %u samples of %u features in %u classes", what, b->info.rows, b->info.features,
              b->info.classes);
    const size_t bytes =
        (size_t)a->info.rows * a->info.features * (a->info.bytes ? 1 : sizeof(float));
    for (size_t i = 0; i < bytes; i++)
        cr_assert(((const uint8_t *)a->values)[i] == ((const uint8_t *)b->values)[i],
                  "%s: byte %zu of the values differs", what, i);
    cr_expect(memcmp(a->labels, b->labels, a->info.rows * sizeof *a->labels) == 0,
              "%s: the labels differ", what);
}

/* Numbers of every size, next to what a float cannot tell apart. */
static incline_dataset *make_floats(void)
{
    static const float special[] = {
        0.0f, -0.0f,    1.0f / 3,  3.40282347e38f, 1e-45f, -1.5e-40f,    16777217.0f,
        0.1f, 99999.0f, 100000.0f, 1e10f,          -7.0f,  8589973504.f, 9007199254740993.0f};
    enum { SPECIAL = sizeof special / sizeof *special };
    static float values[ROWS * FEATURES];
    static uint32_t labels[ROWS];
    incline_dataset *set;
    uint32_t state = 1;

    for (uint32_t i = 0; i < ROWS * FEATURES; i++)
        do {
            state = state * 1664525u + 1013904223u;
            memcpy(&values[i], &state, sizeof state);
            if (i < SPECIAL)
                values[i] = special[i];
        } while (!isfinite(values[i]));
    for (uint32_t row = 0; row < ROWS; row++)
        labels[row] = row % CLASSES;
    require_ok(incline_dataset_create(&(struct incline_samples){.rows = ROWS,
                                                                .features = FEATURES,
                                                                .classes = CLASSES,
                                                                .floats = values,
                                                                .labels = labels},
                                      &set));
    return set;
}

Test(save, every_pair_of_formats_keeps_every_bit)
{
    incline_dataset *const set = make_floats();

    for (int a = 0; a < FORMATS; a++)
        for (int b = 0; b < FORMATS; b++) {
            char one[32], two[32], what[64];
            snprintf(one, sizeof one, "%d-%d", a, b);
            snprintf(two, sizeof two, "%d-%d-again", a, b);
            snprintf(what, sizeof what, "%s, %s", formats[a].file, formats[b].file);
            incline_dataset *const first = pass(set, &formats[a], one);
            expect_same(formats[a].file, set, first);
            incline_dataset *const second = pass(first, &formats[b], two);
            expect_same(what, set, second);
            incline_dataset_close(second);
            incline_dataset_close(first);
        }
    incline_dataset_close(set);
}

Test(save, images_stay_bytes)
{
    static const struct format images[] = {
        {"train-images-idx3-ubyte.gz", {0}, "."},
        {"i.csv.gz", {.image_rows = 28, .image_cols = 28}, NULL},
        {"i.npy",
         {.image_rows = 28,
          .image_cols = 28,
          .target = "785",
          .target_type = INCLINE_TARGET_CLASSES},
         NULL},
        {"i.svm", {.image_rows = 28, .image_cols = 28}, NULL},
#ifdef INCLINE_WITH_ZIP
        {"i.npz", {0}, NULL},
#endif
    };
    enum { IMAGES = sizeof images / sizeof *images };
    incline_dataset *digits;

    require_ok(digits_create(200, 1, &digits));
    for (int a = 0; a < IMAGES; a++)
        for (int b = 0; b < IMAGES; b++) {
            char one[32], two[32];
            snprintf(one, sizeof one, "%d-%d", a, b);
            snprintf(two, sizeof two, "%d-%d-again", a, b);
            incline_dataset *const first = pass(digits, &images[a], one);
            incline_dataset *const second = pass(first, &images[b], two);
            expect_same(images[b].file, digits, second);
            cr_expect(second->info.image_rows == 28);
            incline_dataset_close(second);
            incline_dataset_close(first);
        }
    incline_dataset_close(digits);
}

/* Both parts in a folder and in an archive; names of the files and of what they hold. */
Test(save, both_parts_stand_where_they_are_looked_for)
{
    struct incline_save_info info[2];
    incline_dataset *train, *test, *read;

    require_ok(digits_create(50, 1, &train));
    require_ok(digits_create(20, 2, &test));
    cr_expect(incline_save_takes_parts("a/") && incline_save_takes_parts("b/a.NPZ") &&
              !incline_save_takes_parts("a.csv") && !incline_save_takes_parts("a") &&
              !incline_save_takes_parts(""));
    cr_expect_str_eq(incline_last_error(), "", "a question is no failure");
    require_fails(incline_dataset_save_parts(train, test, test_path("a.csv"), NULL), INCLINE_EARG,
                  "a file of one part");
    char folder[512];
    snprintf(folder, sizeof folder, "%s/", test_path("parts"));
    require_ok(incline_dataset_save_parts(train, test, folder, info));
    cr_expect(strstr(info[0].file, "parts/train-images-idx3-ubyte") != NULL &&
                  strstr(info[1].labels, "parts/t10k-labels-idx1-ubyte") != NULL &&
                  info[0].samples == 50 && info[1].samples == 20,
              "%s, %s", info[0].file, info[1].labels);
    require_fails(incline_dataset_save_parts(train, NULL, folder, info), INCLINE_EIO,
                  "is there already");
    for (int part = 0; part < 2; part++) {
        require_ok(incline_dataset_open(folder, (enum incline_split)part, &read));
        require_ok(incline_dataset_ready(read));
        expect_same(folder, part == 0 ? train : test, read);
        incline_dataset_close(read);
    }
    require_ok(incline_dataset_save_parts(train, test, test_path("both.npz"), info));
    cr_expect(info[0].samples == 70 && info[1].format == NULL && info[0].lost[0] == '\0',
              "lost: %s", info[0].lost);
#ifdef INCLINE_WITH_ZIP
    for (int part = 0; part < 2; part++) {
        require_ok(incline_dataset_open(test_path("both.npz"), (enum incline_split)part, &read));
        cr_expect(read->info.two_parts && read->info.image_rows == 28);
        expect_same("both.npz", part == 0 ? train : test, read);
        incline_dataset_close(read);
    }
#endif
    incline_dataset_close(train);
    incline_dataset_close(test);
}

/* A folder gets both parts or neither, where a file of the second is in the way, or no room is. */
Test(save, a_part_that_cannot_be_written_takes_the_other_with_it)
{
    incline_dataset *train, *test;
    char folder[FILE_PATH_MAX], file[FILE_PATH_MAX];
    struct rlimit limit;

    require_ok(digits_create(10, 1, &train));
    require_ok(digits_create(50, 2, &test));
    snprintf(folder, sizeof folder, "%s/", test_path("half"));
    require_ok(file_make_folder(folder));
    require_ok(file_join(folder, "t10k-labels-idx1-ubyte", file));
    test_write(file, "x", 1);
    require_fails(incline_dataset_save_parts(train, test, folder, NULL), INCLINE_EIO,
                  "t10k-labels-idx1-ubyte: is there already");
    cr_expect(file_exists(file), "a file that was there is gone");
    cr_assert_eq(remove(file), 0);

    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    const rlim_t before = limit.rlim_cur;
    limit.rlim_cur = 20000; /* room for 10 images of 784 bytes, not for 50 */
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    require_fails(incline_dataset_save_parts(train, test, folder, NULL), INCLINE_EIO, "make room");
    limit.rlim_cur = before;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cr_expect_eq(rmdir(folder), 0, "something was left behind");
    incline_dataset_close(train);
    incline_dataset_close(test);
}

/* Paths as long as they are, all that is lost, of both parts. */
Test(save, what_is_told_is_whole)
{
    static const float values[] = {1, 2, 3, 4};
    const struct incline_samples two = {.rows = 2, .features = 2, .floats = values};
    char folder[FILE_PATH_MAX] = "", deep[201];
    struct incline_save_info info[2];
    incline_dataset *train, *test;

    memset(deep, 'd', 200);
    deep[200] = '\0';
    require_ok(file_join(test_folder(), deep, folder));
    for (int i = 0; i < 2; i++)
        require_ok(file_join(folder, deep, folder));
    require_ok(file_make_folder(folder));
    require_ok(file_join(folder, "set.npz", folder));
    require_ok(incline_dataset_create(&two, &train));
    require_ok(incline_dataset_create(&two, &test));
    snprintf(test->rounded, sizeof test->rounded, "big");
    require_ok(incline_dataset_save_parts(train, test, folder, info));
    cr_expect_str_eq(info[0].file, folder);
    cr_expect(strstr(info[0].lost, "(first in big)") != NULL, "lost: %s", info[0].lost);
    incline_dataset_close(train);
    incline_dataset_close(test);

    static const char text[] =
        "a,a column whose name is a long one,the class\nx,16777217,no\ny,NA,yes\nx,1,no\n";
    test_write(test_path("lossy.csv"), text, sizeof text - 1);
    require_ok(incline_dataset_open(test_path("lossy.csv"), INCLINE_TRAIN, &train));
    require_ok(incline_dataset_save(train, test_path("lossy.svm"), info));
    cr_expect(strstr(info[0].lost, "missing values") != NULL &&
                  strstr(info[0].lost, "(first in a column whose name is a long one)") != NULL,
              "lost: %s", info[0].lost);
    incline_dataset_close(train);
}

#ifdef INCLINE_WITH_ZIP
Test(save, archives_keep_targets_and_what_is_missing)
{
    static const float values[] = {1.5f, 2, 3, 4, 5, -6}, targets[] = {.1f, 2, 3, 4, 5, 1e30f};
    unsigned char missing[] = {1 << 4};
    incline_dataset *set, *read;

    for (uint32_t outputs = 1; outputs <= 2; outputs++) {
        require_ok(incline_dataset_create(
            &(struct incline_samples){
                .rows = 3, .features = 2, .outputs = outputs, .floats = values, .targets = targets},
            &set));
        set->missing = missing;
        const char *const path = test_path(outputs == 1 ? "one.npz" : "two.npz");
        require_ok(incline_dataset_save(set, path, NULL));
        const struct incline_data_options numbers = {.target_type = INCLINE_TARGET_NUMBERS};
        require_ok(incline_dataset_open_with(path, INCLINE_TRAIN, &numbers, &read));
        cr_assert(read->info.rows == 3 && read->info.features == 2 &&
                  read->info.outputs == outputs && dataset_missing(read, 2, 0));
        cr_expect(memcmp(read->targets, targets, 3 * outputs * sizeof *targets) == 0);
        cr_expect(memcmp(read->values, values, 4 * sizeof *values) == 0);
        incline_dataset_close(read);
        set->missing = NULL;
        incline_dataset_close(set);
    }
}
#endif

Test(save, tables_keep_texts_names_and_what_is_missing)
{
    static const char text[] = "size;\"the; colour\";weight;price\n"
                               "1;\"red \"\"x\"\"\";0.5;10.25\n"
                               "NA;\" blue\";0.25;20\n"
                               "4;\"red \"\"x\"\"\";NA;10\n"
                               "4;NA;7;30\n";
    static const struct format tables[] = {{"t.csv", {.target = "price"}, NULL},
                                           {"t.tsv.gz", {.target = "price"}, NULL}};
    const struct incline_data_options price = {.target = "price",
                                               .target_type = INCLINE_TARGET_NUMBERS};
    incline_dataset *set;

    test_write(test_path("a.csv"), text, sizeof text - 1);
    require_ok(incline_dataset_open_with(test_path("a.csv"), INCLINE_TRAIN, &price, &set));
    for (int t = 0; t < 2; t++) {
        struct format table = tables[t];
        table.options = price;
        incline_dataset *const read = pass(set, &table, t == 0 ? "comma" : "tab");
        cr_assert(read->info.rows == 4 && read->info.features == set->info.features &&
                  read->info.outputs == 1);
        cr_expect_str_eq(incline_dataset_target_name(read, 0), "price");
        cr_expect(memcmp(read->values, set->values, 4 * set->info.features * sizeof(float)) == 0);
        cr_expect(memcmp(read->targets, set->targets, 4 * sizeof(float)) == 0);
        for (uint32_t row = 0; row < 4; row++)
            for (uint32_t f = 0; f < set->info.features; f++)
                cr_expect(dataset_missing(read, row, f) == dataset_missing(set, row, f),
                          "row %u, feature %u", row, f);
        cr_expect(strstr(incline_dataset_columns(read), "the; colour") != NULL);
        cr_expect(strstr(incline_dataset_columns(read), "red \\\"x\\\"") != NULL, "%s",
                  incline_dataset_columns(read));
        incline_dataset_close(read);
    }
    struct incline_save_info info;
    require_ok(incline_dataset_save(set, test_path("t.npy"), &info));
    cr_expect(strstr(info.lost, "names of columns") != NULL && strstr(info.lost, "texts") != NULL,
              "lost: %s", info.lost);
    incline_dataset_close(set);
}

/* A first line that a reader would take for something else. */
Test(save, a_header_that_is_not_seen_is_said_to_be_lost)
{
    static const struct {
        const char *text, *lost;
        enum incline_header header;
    } tables[] = {
        {"a,b,k\n1,2,x\n3,4,y\n", "", INCLINE_HEADER_AUTO},
        {"c1,c2,k\na,y,p\nb,x,p\na,z,p\n", "", INCLINE_HEADER_AUTO},
        {"7,2,k\n1,2,x\n3,4,y\n", "a mark for the header (say --header yes)", INCLINE_HEADER_YES},
        {"a,b\nc,d\ne,f\n", "a mark for the header (say --header yes)", INCLINE_HEADER_YES},
        {"1,2,3\n4,7,8\n", "a mark that there is no header (say --header no)", INCLINE_HEADER_NO},
    };
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        const struct incline_data_options options = {.header = tables[i].header};
        struct incline_save_info info;
        incline_dataset *set = NULL;
        char name[32];

        snprintf(name, sizeof name, "out%zu.csv", i);
        test_write(test_path("in.csv"), tables[i].text, strlen(tables[i].text));
        require_ok(incline_dataset_open_with(test_path("in.csv"), INCLINE_TRAIN, &options, &set));
        require_ok(incline_dataset_save(set, test_path(name), &info));
        cr_expect_str_eq(info.lost, tables[i].lost, "%s: lost: %s", tables[i].text, info.lost);
        incline_dataset_close(set);
    }
}

Test(save, what_cannot_be_written_is_refused)
{
    static const float values[] = {1.0f, 2.0f};
    incline_dataset *set;

    require_ok(incline_dataset_create(
        &(struct incline_samples){
            .rows = 1, .features = 2, .outputs = 2, .floats = values, .targets = values},
        &set));
    require_fails(incline_dataset_save(set, test_path("a.xlsx"), NULL), INCLINE_EARG,
                  "no format goes by this name");
    require_fails(incline_dataset_save(set, test_path(".csv"), NULL), INCLINE_EARG, "no format");
    require_fails(incline_dataset_save(set, test_path("a.svm"), NULL), INCLINE_EARG,
                  "one target a row");
    require_fails(incline_dataset_save(set, test_path("nowhere/a.csv"), NULL), INCLINE_EIO,
                  "nowhere");
    incline_dataset_close(set);
}

/* Labels whose name is too long for a file, while that of the images is not. */
Test(save, images_are_not_left_behind_without_their_labels)
{
    static const unsigned char pixels[] = {1, 2, 3, 4};
    static const uint32_t labels[] = {0};
    char name[NAME_MAX + 1] = "";
    struct stat about;
    incline_dataset *set;

    require_ok(incline_dataset_create(&(struct incline_samples){.rows = 1,
                                                                .features = 4,
                                                                .classes = 2,
                                                                .image_rows = 2,
                                                                .image_cols = 2,
                                                                .bytes = pixels,
                                                                .labels = labels},
                                      &set));
    memset(name, 'x', NAME_MAX);
    memcpy(name + NAME_MAX - strlen("images-idx3"), "images-idx3", strlen("images-idx3"));
    require_fails(incline_dataset_save(set, test_path(name), NULL), INCLINE_EIO,
                  "labels-idx1-ubyte");
    cr_expect(lstat(test_path(name), &about) != 0, "the images are there without labels");
    incline_dataset_close(set);
}
