/* open.c - data sets by name: built in, a folder of IDX files, tables or pictures, or a
 * single file.
 *
 * Pairs images with labels and decides how many classes there are; where folders lie is known
 * in find.c, what stands in a single file in open_file.c. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/data/pictures.h"
#include "host/data/room.h"
#include "host/util/file.h"
#include "host/util/status.h"

/* The built-in set has as many samples as MNIST; its parts are drawn from different seeds. */
#define DIGITS_TRAIN_ROWS 60000
#define DIGITS_TEST_ROWS 10000
#define DIGITS_TEST_SHARE 6
#define DIGITS_TEST_LEAST 10
#define DIGITS_TRAIN_SEED 1
#define DIGITS_TEST_SEED 2

static const char *const garments[] = {"T-shirt/top", "trouser", "pullover", "dress", "coat",
                                       "sandal",      "shirt",   "sneaker",  "bag",   "ankle boot"};
#define GARMENTS (sizeof garments / sizeof *garments)

static const char *split_name(enum incline_split split)
{
    return split == INCLINE_TRAIN ? "training" : "test";
}

/* "digits" or "digits:ROWS". */
static int open_digits(const char *name, enum incline_split split, incline_dataset **dataset)
{
    uint32_t rows = split == INCLINE_TRAIN ? DIGITS_TRAIN_ROWS : DIGITS_TEST_ROWS;
    const char *count = strchr(name, ':');

    if (count != NULL) {
        char *end = NULL;
        errno = 0;
        const unsigned long long asked = strtoull(count + 1, &end, 10);
        if (!isdigit((unsigned char)count[1]) || *end != '\0' || errno != 0 || asked == 0 ||
            asked > UINT32_MAX)
            return FAIL(INCLINE_EARG,
                        "%.200s: a number of samples from 1 to %" PRIu32 " expected "
                        "behind the colon, as in digits:6000",
                        name, UINT32_MAX);
        rows = (uint32_t)asked;
        if (split == INCLINE_TEST)
            rows = rows / DIGITS_TEST_SHARE > DIGITS_TEST_LEAST ? rows / DIGITS_TEST_SHARE
                                                                : DIGITS_TEST_LEAST;
    }
    incline_dataset *made = NULL;
    const int rc =
        digits_create(rows, split == INCLINE_TRAIN ? DIGITS_TRAIN_SEED : DIGITS_TEST_SEED, &made);
    if (rc != INCLINE_OK)
        return rc;
    dataset_copy_text(made->info.name, sizeof made->info.name, name);
    *dataset = made;
    return INCLINE_OK;
}

/* Number of classes that a file of labels needs: the largest label + 1. */
static uint32_t classes_of(const uint32_t *labels, uint32_t rows)
{
    uint32_t classes = 0;
    for (uint32_t row = 0; row < rows; row++)
        if (labels[row] >= classes)
            classes = labels[row] + 1u;
    return classes;
}

/* The labels of `made`, whose images were read from `images`, and the number of classes: over
 * both parts of the set, so that a model made from one fits the other. */
static int add_labels(const char *folder, enum incline_split split, const char *images,
                      const char *path, incline_dataset *made)
{
    const enum incline_split other = split == INCLINE_TRAIN ? INCLINE_TEST : INCLINE_TRAIN;
    char other_path[FILE_PATH_MAX];
    uint32_t *labels = NULL, *other_labels = NULL;
    uint32_t rows, other_rows;
    int rc = INCLINE_OK;

    TRY(idx_labels(path, &rows, &labels));
    if (rows != made->info.rows) {
        rc = FAIL(INCLINE_EFORMAT,
                  "%s: %" PRIu32 " labels for the %" PRIu32 " images of %s; the "
                  "two do not belong together, " FETCH_AGAIN,
                  path, rows, made->info.rows, images);
        goto out;
    }
    uint32_t classes = classes_of(labels, rows);
    if (find_idx(folder, other, IDX_LABELS, other_path)) {
        TRY(idx_labels(other_path, &other_rows, &other_labels));
        const uint32_t other_classes = classes_of(other_labels, other_rows);
        classes = classes > other_classes ? classes : other_classes;
    }
    made->labels = labels;
    labels = NULL;
    made->info.classes = classes;
out:
    free(other_labels);
    free(labels);
    return rc;
}

/* The message for a folder that lacks a file of the wanted part. */
static int fail_missing(const char *folder, enum incline_split split, enum idx_kind kind)
{
    const enum incline_split other = split == INCLINE_TRAIN ? INCLINE_TEST : INCLINE_TRAIN;
    const enum idx_kind partner = kind == IDX_IMAGES ? IDX_LABELS : IDX_IMAGES;
    const char *missing = find_idx_name(split, kind);
    char path[FILE_PATH_MAX];

    if (find_idx(folder, split, partner, path))
        return FAIL(INCLINE_ENODATA,
                    "%s: has no %s, plain or .gz, to go with %s; put it there, "
                    "MNIST comes with data/get mnist",
                    folder, missing, find_idx_name(split, partner));
    if (find_idx(folder, other, IDX_IMAGES, path))
        return FAIL(INCLINE_ENODATA,
                    "%s: has no %s samples (%s, plain or .gz), only the %s part; "
                    "put them there, MNIST comes with data/get mnist",
                    folder, split_name(split), missing, split_name(other));
    return FAIL(INCLINE_ENODATA,
                "%s: holds no %s, plain or .gz; name a folder of IDX files, or "
                "fetch MNIST with data/get mnist",
                folder, missing);
}

/* A table of a folder. The test part is read as the training part says. */
static int open_tables(const char *folder, enum incline_split split,
                       const struct incline_data_options *options, incline_dataset **dataset)
{
    struct incline_data_options chosen = *options;
    char path[FILE_PATH_MAX];
    incline_dataset *train = NULL, *made = NULL;
    int rc = INCLINE_OK;

    if (!find_table(folder, split, path))
        return FAIL(INCLINE_ENODATA, "%s: has no table of %s samples, %s.csv or .tsv, plain or .gz",
                    folder, split_name(split), split == INCLINE_TRAIN ? "train" : "test");
    if (split == INCLINE_TEST && chosen.columns == NULL) {
        TRY(open_tables(folder, INCLINE_TRAIN, options, &train));
        chosen.columns = train->columns;
    }
    TRY(open_file(path, split, &chosen, &made));
    open_name(made, folder);
    *dataset = made;
out:
    incline_dataset_close(train);
    return rc;
}

/* The pictures of a folder, by class. */
static int open_picture_folder(const char *folder, enum incline_split split,
                               const struct incline_data_options *options,
                               incline_dataset **dataset)
{
    const enum incline_split other = split == INCLINE_TRAIN ? INCLINE_TEST : INCLINE_TRAIN;
    char part[FILE_PATH_MAX], other_part[FILE_PATH_MAX];
    struct incline_data_options chosen = *options;
    incline_dataset *train = NULL, *made = NULL;
    int rc = INCLINE_OK;

    if (!pictures_find(folder, split, part))
        return FAIL(
            INCLINE_ENODATA,
            "%s: has no %s pictures, only the %s part; put them into %s/%s, a subfolder per "
            "class, or name the other part",
            folder, split_name(split), split_name(other), folder,
            split == INCLINE_TRAIN ? "train" : "test");
    /* Classes, size and so on are those of the training part. */
    if (split == INCLINE_TEST && chosen.columns == NULL &&
        pictures_find(folder, other, other_part)) {
        TRY(pictures_dataset(other_part, options, &train));
        chosen.columns = train->columns;
    }
    TRY(pictures_dataset(part, &chosen, &made));
    open_name(made, folder);
    *dataset = made;
out:
    incline_dataset_close(train);
    return rc;
}

static int open_folder(const char *folder, enum incline_split split,
                       const struct incline_data_options *options, incline_dataset **dataset)
{
    char images[FILE_PATH_MAX], labels[FILE_PATH_MAX];
    incline_dataset *made = NULL;
    int rc = INCLINE_OK;

    const bool idx = find_any_idx(folder);
    if (!idx && (find_table(folder, INCLINE_TRAIN, images) || find_table(folder, split, images)))
        return open_tables(folder, split, options, dataset);
    if (!idx && (pictures_find(folder, INCLINE_TRAIN, images) ||
                 pictures_find(folder, INCLINE_TEST, images)))
        return open_picture_folder(folder, split, options, dataset);
    if (!idx && pictures_lie_flat(folder))
        return FAIL(INCLINE_ENODATA,
                    "%s: holds pictures, but no subfolder of them per class; make one, or name "
                    "single files, as in %s/*",
                    folder, folder);
    if (!find_idx(folder, split, IDX_IMAGES, images))
        return fail_missing(folder, split, IDX_IMAGES);
    TRY(open_no_pictures(folder, options));
    if (!find_idx(folder, split, IDX_LABELS, labels))
        return fail_missing(folder, split, IDX_LABELS);
    TRY(open_images(images, folder, &made));
    rc = add_labels(folder, split, images, labels, made);
    if (rc != INCLINE_OK) { /* images that are damaged themselves are to blame first */
        const int damage = incline_dataset_ready(made);
        rc = damage != INCLINE_OK ? damage : rc;
        goto out;
    }
    if (strcmp(made->info.name, "fashion-mnist") == 0 && made->info.classes == GARMENTS)
        TRY(dataset_name_classes(made, garments));
    *dataset = made;
    made = NULL;
out:
    incline_dataset_close(made);
    return rc;
}

bool open_is_file(const char *name)
{
    struct stat about;
    const bool digits = strcmp(name, "digits") == 0 || strncmp(name, "digits:", 7) == 0;

    return strcmp(name, "-") == 0 ||
           (!digits && stat(name, &about) == 0 &&
            (S_ISREG(about.st_mode) || S_ISFIFO(about.st_mode) || S_ISCHR(about.st_mode)));
}

int open_check_options(const char *name, const struct incline_data_options *options)
{
    const char c = options->separator;

    if ((int)options->header < INCLINE_HEADER_AUTO || (int)options->header > INCLINE_HEADER_NO ||
        (int)options->target_type < INCLINE_TARGET_AUTO ||
        (int)options->target_type > INCLINE_TARGET_NUMBERS)
        return FAIL(INCLINE_EARG, "%s: header %d, type of the target %d; take what incline.h has",
                    name, (int)options->header, (int)options->target_type);
    if (c != '\0' &&
        (isalnum((unsigned char)c) || strchr("\"\r\n.+-", c) != NULL || (unsigned char)c >= 0x80))
        return FAIL(INCLINE_EARG, "%s: '%c' cannot separate cells; take , ; | a tab or a space",
                    name, c);
    if ((options->image_rows == 0) != (options->image_cols == 0))
        return FAIL(INCLINE_EARG, "%s: images of %" PRIu32 "x%" PRIu32 "; give both sides", name,
                    options->image_rows, options->image_cols);
    if ((options->resize_rows == 0) != (options->resize_cols == 0))
        return FAIL(INCLINE_EARG, "%s: resize to %" PRIu32 "x%" PRIu32 "; give both sides", name,
                    options->resize_rows, options->resize_cols);
    return INCLINE_OK;
}

int incline_dataset_open_with(const char *name, enum incline_split split,
                              const struct incline_data_options *options, incline_dataset **dataset)
{
    static const struct incline_data_options usual = {0};
    char folder[FILE_PATH_MAX];

    if (name == NULL || dataset == NULL)
        return FAIL(INCLINE_EARG, "no name, or no place for the data set; give both");
    if (split != INCLINE_TRAIN && split != INCLINE_TEST)
        return FAIL(INCLINE_EARG, "%s: part %d; there are INCLINE_TRAIN and INCLINE_TEST", name,
                    (int)split);
    options = options != NULL ? options : &usual;
    const int rc = open_check_options(name, options);
    if (rc != INCLINE_OK)
        return rc;
    if (options->raw.cols > 0 && !open_is_file(name))
        return FAIL(INCLINE_EARG, "%s: is no single file of bare numbers (--raw); name one", name);
    if (strcmp(name, "digits") == 0 || strncmp(name, "digits:", 7) == 0) {
        const int pictures = open_no_pictures(name, options);
        return pictures != INCLINE_OK ? pictures : open_digits(name, split, dataset);
    }
    if (open_is_file(name))
        return open_file(name, split, options, dataset);
    const int found = dataset_find(name, folder);
    return found != INCLINE_OK ? found : open_folder(folder, split, options, dataset);
}

int incline_dataset_open_early(const char *name, enum incline_split split,
                               incline_dataset **dataset)
{
    return incline_dataset_open_with(name, split, NULL, dataset);
}

int incline_dataset_open(const char *name, enum incline_split split, incline_dataset **dataset)
{
    incline_dataset *made = NULL;
    int rc = INCLINE_OK;

    if (dataset == NULL)
        return FAIL(INCLINE_EARG, "no name, or no place for the data set; give both");
    TRY(incline_dataset_open_early(name, split, &made));
    TRY(incline_dataset_ready(made));
    *dataset = made;
    made = NULL;
out:
    incline_dataset_close(made);
    return rc;
}
