/* open.c - data sets by name: built in, a folder of IDX files, or a single file of images.
 *
 * Pairs images with labels and decides how many classes there are; where folders lie is known
 * in find.c, what stands in a file in idx.c. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

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

/* The last part of a path: "mnist" of "data/mnist/". */
static void last_part(const char *path, char *text, size_t bytes)
{
    char trimmed[FILE_PATH_MAX];
    dataset_copy_text(trimmed, sizeof trimmed, path);
    size_t length = strlen(trimmed);
    while (length > 1 && trimmed[length - 1] == '/')
        trimmed[--length] = '\0';
    const char *slash = strrchr(trimmed, '/');
    dataset_copy_text(text, bytes, slash != NULL && slash[1] != '\0' ? slash + 1 : trimmed);
}

/* Images of one file, without labels; their values are still on their way. */
static int open_images(const char *path, const char *source, incline_dataset **dataset)
{
    uint32_t shape[3];
    struct early *early = NULL;
    int rc = early_open(path, shape, &early);
    if (rc != INCLINE_OK)
        return rc;

    const uint64_t features = (uint64_t)shape[1] * shape[2];
    incline_dataset *made = NULL;
    if (features > UINT32_MAX) {
        rc = FAIL(INCLINE_EFORMAT,
                  "%s: images of %" PRIu32 "x%" PRIu32 " pixels; the limit is %" PRIu32
                  " pixels each, use smaller ones",
                  path, shape[1], shape[2], UINT32_MAX);
        goto out;
    }
    made = calloc(1, sizeof *made);
    if (made == NULL) {
        rc = FAIL(INCLINE_ENOMEM, "%s: no memory for the data set; close other programs", path);
        goto out;
    }
    made->info = (struct incline_dataset_info){
        .rows = shape[0],
        .features = (uint32_t)features,
        .image_rows = shape[1],
        .image_cols = shape[2],
        .bytes = true,
        .scale = 1.0f / 255.0f,
    };
    last_part(source, made->info.name, sizeof made->info.name);
    dataset_copy_text(made->info.source, sizeof made->info.source, source);
    early_begin(early, made);
    early = NULL;
    *dataset = made;
out:
    early_close(early);
    return rc;
}

/* Number of classes that a file of labels needs: the largest label + 1. */
static uint32_t classes_of(const unsigned char *labels, uint32_t rows)
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
    unsigned char *labels = NULL, *other_labels = NULL;
    uint32_t rows, other_rows;
    int rc = INCLINE_OK;

    TRY(idx_read(path, 1, &rows, &labels));
    if (rows != made->info.rows) {
        rc = FAIL(INCLINE_EFORMAT,
                  "%s: %" PRIu32 " labels for the %" PRIu32 " images of %s; the "
                  "two do not belong together, " FETCH_AGAIN,
                  path, rows, made->info.rows, images);
        goto out;
    }
    uint32_t classes = classes_of(labels, rows);
    if (find_idx(folder, other, IDX_LABELS, other_path)) {
        TRY(idx_read(other_path, 1, &other_rows, &other_labels));
        const uint32_t other_classes = classes_of(other_labels, other_rows);
        classes = classes > other_classes ? classes : other_classes;
    }
    made->labels = malloc(rows * sizeof *made->labels);
    if (made->labels == NULL) {
        rc = FAIL(INCLINE_ENOMEM, "%s: no memory for %" PRIu32 " labels; close other programs",
                  path, rows);
        goto out;
    }
    for (uint32_t row = 0; row < rows; row++)
        made->labels[row] = labels[row];
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

static int open_folder(const char *folder, enum incline_split split, incline_dataset **dataset)
{
    char images[FILE_PATH_MAX], labels[FILE_PATH_MAX];
    incline_dataset *made = NULL;
    int rc = INCLINE_OK;

    if (!find_idx(folder, split, IDX_IMAGES, images))
        return fail_missing(folder, split, IDX_IMAGES);
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

int incline_dataset_open_early(const char *name, enum incline_split split,
                               incline_dataset **dataset)
{
    char folder[FILE_PATH_MAX];

    if (name == NULL || dataset == NULL)
        return FAIL(INCLINE_EARG, "no name, or no place for the data set; give both");
    if (split != INCLINE_TRAIN && split != INCLINE_TEST)
        return FAIL(INCLINE_EARG, "%s: part %d; there are INCLINE_TRAIN and INCLINE_TEST", name,
                    (int)split);
    if (strcmp(name, "digits") == 0 || strncmp(name, "digits:", 7) == 0)
        return open_digits(name, split, dataset);
    if (file_exists(name))
        return open_images(name, name, dataset);
    const int rc = dataset_find(name, folder);
    if (rc != INCLINE_OK)
        return rc;
    return open_folder(folder, split, dataset);
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
