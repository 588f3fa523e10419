/* open_folder.c - a folder of IDX files, of tables or of pictures, as a data set.
 *
 * Pairs images with labels and decides how many classes there are; what the files are called is
 * known in find.c, where pictures lie in pictures_list.c. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "host/data/pictures.h"
#include "host/data/room.h"
#include "host/util/file.h"
#include "host/util/status.h"

static const char *const garments[] = {"T-shirt/top", "trouser", "pullover", "dress", "coat",
                                       "sandal",      "shirt",   "sneaker",  "bag",   "ankle boot"};
#define GARMENTS (sizeof garments / sizeof *garments)

static const char *split_name(enum incline_split split)
{
    return split == INCLINE_TRAIN ? "training" : "test";
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

/* The message for a folder that lacks a file of the wanted part, or has nothing at all. */
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
                "%s: holds no data set: neither IDX files (%s, plain or .gz), nor tables "
                "(train.csv, test.csv), nor pictures in a subfolder per class; MNIST comes with "
                "data/get mnist",
                folder, missing);
}

/* A part that is there, and that nothing is done with. */
static int remark_validation(incline_dataset *made, const char *path)
{
    return dataset_remark(made,
                          "%s: is neither trained nor tested on; a part of the training samples is "
                          "kept apart with --validation, and incline evaluate MODEL %s judges by "
                          "these",
                          path, path);
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
        return FAIL(INCLINE_ENODATA,
                    "%s: has no table of %s samples, %s.csv, .tsv, .npy or .svm, plain or .gz",
                    folder, split_name(split), split == INCLINE_TRAIN ? "train" : "test");
    if (split == INCLINE_TEST && chosen.columns == NULL) {
        TRY(open_tables(folder, INCLINE_TRAIN, options, &train));
        chosen.columns = train->columns;
    }
    TRY(open_file(path, split, &chosen, &made));
    open_name(made, folder);
    if (split == INCLINE_TRAIN && find_validation(folder, path))
        TRY(remark_validation(made, path));
    *dataset = made;
    made = NULL;
out:
    incline_dataset_close(made);
    incline_dataset_close(train);
    return rc;
}

/* The pictures of a folder, by class. */
static int open_pictures(const char *folder, enum incline_split split,
                         const struct incline_data_options *options, incline_dataset **dataset)
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
    const bool undivided = strcmp(part, folder) == 0;
    if (split == INCLINE_TEST && chosen.columns == NULL && !undivided &&
        pictures_find(folder, other, other_part)) {
        TRY(pictures_dataset(other_part, options, &train));
        chosen.columns = train->columns;
    }
    TRY(pictures_dataset(part, &chosen, &made));
    open_name(made, folder);
    made->info.undivided = undivided;
    if (split == INCLINE_TRAIN && pictures_find_validation(folder, part))
        TRY(remark_validation(made, part));
    *dataset = made;
    made = NULL;
out:
    incline_dataset_close(made);
    incline_dataset_close(train);
    return rc;
}

static int open_idx(const char *folder, enum incline_split split,
                    const struct incline_data_options *options, incline_dataset **dataset)
{
    char images[FILE_PATH_MAX], labels[FILE_PATH_MAX];
    incline_dataset *made = NULL;
    int rc = open_no_pictures(folder, options);

    if (rc != INCLINE_OK)
        return rc;
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

/* Nothing that could be a data set. */
static int open_nothing(const char *folder, enum incline_split split,
                        const struct incline_data_options *options, incline_dataset **dataset)
{
    (void)options;
    (void)dataset;
    if (!pictures_lie_flat(folder) && pictures_are_foreign(folder))
        return FAIL(INCLINE_ENODATA,
                    "%s: holds pictures, but none that is PNG or PGM; convert them to PNG", folder);
    if (pictures_lie_flat(folder))
        return FAIL(INCLINE_ENODATA,
                    "%s: holds pictures, but no subfolder of them per class; make one, or name "
                    "single files, as in %s/*",
                    folder, folder);
    return fail_missing(folder, split, IDX_IMAGES);
}

static bool holds_tables(const char *folder)
{
    char path[FILE_PATH_MAX];
    return find_table(folder, INCLINE_TRAIN, path) || find_table(folder, INCLINE_TEST, path);
}

static bool holds_pictures(const char *folder)
{
    char path[FILE_PATH_MAX];
    return pictures_find(folder, INCLINE_TRAIN, path) || pictures_find(folder, INCLINE_TEST, path);
}

static bool holds_anything(const char *folder)
{
    (void)folder;
    return true;
}

/* What a folder may be, the first that fits. */
static const struct {
    bool (*holds)(const char *folder);
    int (*open)(const char *folder, enum incline_split split,
                const struct incline_data_options *options, incline_dataset **dataset);
} kinds[] = {{find_any_idx, open_idx},
             {holds_tables, open_tables},
             {holds_pictures, open_pictures},
             {holds_anything, open_nothing}};

bool open_is_flat(const char *folder)
{
    return pictures_lie_flat(folder) && !find_any_idx(folder) && !holds_tables(folder) &&
           !holds_pictures(folder);
}

int open_folder(const char *folder, enum incline_split split,
                const struct incline_data_options *options, incline_dataset **dataset)
{
    size_t kind = 0;

    while (!kinds[kind].holds(folder))
        kind++;
    return kinds[kind].open(folder, split, options, dataset);
}
