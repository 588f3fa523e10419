/* npz.c - archives of NumPy, as savez() and savez_compressed() write them: features and labels in
 * arrays of their own, known by their names.
 *
 * What an array is stands in npy.c; the two together are a table whose last columns are the
 * targets, so that everything else is as with other tables. */
#include "host/data/columns.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#ifdef INCLINE_WITH_ZIP
#include <zip.h>
#endif

#include "host/util/status.h"

bool npz_is(const char *data, size_t bytes)
{
    return bytes >= 4 && (memcmp(data, "PK\3\4", 4) == 0 || memcmp(data, "PK\5\6", 4) == 0);
}

#ifdef INCLINE_WITH_ZIP

enum { NAME_BYTES = 128, RATIO_MOST = 1032 /* deflate shrinks no further */ };
#define ARRAY_END ".npy"

/* Names of arrays, in any mixture of capitals; the first that is there is taken. */
static const char *const train_features[] = {
    "x_train", "train_x", "train_images", "train_data", "x", "data", "images", "features", NULL};
static const char *const train_labels[] = {"y_train", "train_y", "train_labels", "y",     "labels",
                                           "label",   "target",  "targets",      "class", NULL};
static const char *const test_features[] = {"x_test", "test_x", "test_images", "test_data", NULL};
static const char *const validation_features[] = {"x_val", "x_validation", "val_x", "val_images",
                                                  NULL};
static const char *const test_labels[] = {"y_test", "test_y", "test_labels", NULL};

/* An array that was taken out of the archive. */
struct array {
    char path[FILE_PATH_MAX + NAME_BYTES]; /* "mnist.npz: x_train", for messages */
    char *data;                            /* owned */
    struct npy npy;
};

struct archive {
    const char *path;
    zip_t *zip;
};

static int archive_open(const char *path, const char *data, size_t bytes, struct archive *archive)
{
    zip_error_t error;

    zip_error_init(&error);
    zip_source_t *const source = zip_source_buffer_create(data, bytes, 0, &error);
    zip_t *const zip =
        source != NULL ? zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error) : NULL;
    int rc = INCLINE_OK;
    if (zip == NULL) {
        rc = FAIL(INCLINE_EFORMAT,
                  "%s: %zu bytes are no whole archive: %s; it is cut short or damaged, save it "
                  "again with numpy.savez()",
                  path, bytes, zip_error_strerror(&error));
        zip_source_free(source);
    }
    zip_error_fini(&error);
    *archive = (struct archive){path, zip};
    return rc;
}

/* The entry with one of these names; -1 if there is none. */
static int64_t find(const struct archive *archive, const char *const *names)
{
    const zip_int64_t count = zip_get_num_entries(archive->zip, 0);

    for (; *names != NULL; names++)
        for (zip_int64_t i = 0; i < count; i++) {
            const char *const name = zip_get_name(archive->zip, (zip_uint64_t)i, 0);
            const size_t length = name != NULL ? strlen(name) : 0, want = strlen(*names);
            if (length == want + strlen(ARRAY_END) && strncasecmp(name, *names, want) == 0 &&
                strcmp(name + want, ARRAY_END) == 0)
                return i;
        }
    return -1;
}

/* Take an entry out of the archive; array->data is to be freed, whatever is returned. */
static int take(const struct archive *archive, int64_t index, struct array *array)
{
    zip_stat_t about;
    zip_file_t *file = NULL;
    int rc = INCLINE_OK;

    zip_stat_init(&about);
    if (zip_stat_index(archive->zip, (zip_uint64_t)index, 0, &about) != 0 || about.name == NULL)
        return FAIL(INCLINE_EFORMAT, "%s: %s", archive->path, zip_strerror(archive->zip));
    snprintf(array->path, sizeof array->path, "%s: %.*s", archive->path,
             (int)(strlen(about.name) - strlen(ARRAY_END)), about.name);
    if (about.size / RATIO_MOST > about.comp_size)
        return FAIL(INCLINE_EFORMAT,
                    "%s: %" PRIu64 " bytes cannot come of %" PRIu64
                    "; the archive is damaged, save "
                    "it again",
                    array->path, about.size, about.comp_size);
    array->data = malloc(about.size + 1);
    if (array->data == NULL)
        return FAIL(INCLINE_ENOMEM, "%s: %" PRIu64 " bytes; close other programs", array->path,
                    about.size);
    file = zip_fopen_index(archive->zip, (zip_uint64_t)index, 0);
    if (file == NULL) {
        rc = FAIL(INCLINE_EFORMAT, "%s: %s; save it again with numpy.savez()", array->path,
                  zip_strerror(archive->zip));
        goto out;
    }
    /* One byte more makes the check sum be looked at. */
    size_t have = 0;
    for (zip_int64_t got = 1; got > 0; have += (size_t)got) {
        got = zip_fread(file, array->data + have, about.size + 1 - have);
        if (got < 0 || have + (size_t)got > about.size) {
            rc = FAIL(INCLINE_EFORMAT,
                      "%s: %s behind byte %zu; the archive is damaged, save it again", array->path,
                      got < 0 ? zip_file_strerror(file) : "more than was promised", have);
            goto out;
        }
    }
    array->data[have] = '\0'; /* what is said of a header reads on to a zero */
    TRY(npy_look(array->path, array->data, have, &array->npy));
out:
    if (file != NULL)
        (void)zip_fclose(file);
    return rc;
}

/* The message for an archive without features: what it has. */
static int fail_names(const struct archive *archive)
{
    char list[512] = "";
    size_t used = 0;
    const zip_int64_t count = zip_get_num_entries(archive->zip, 0);

    for (zip_int64_t i = 0; i < count && used + NAME_BYTES < sizeof list; i++) {
        const char *const name = zip_get_name(archive->zip, (zip_uint64_t)i, 0);
        if (name == NULL)
            continue;
        const size_t length = strlen(name), end = strlen(ARRAY_END);
        const bool array = length > end && strcmp(name + length - end, ARRAY_END) == 0;
        char shown[NAME_BYTES - 8];
        dataset_copy_text(shown, sizeof shown, name);
        if (array && length < sizeof shown)
            shown[length - end] = '\0';
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i > 0 ? ", " : "", shown);
    }
    return FAIL(INCLINE_EFORMAT,
                "%s: no array is called x, x_train, data, images or the like; there are %" PRId64
                ": %s; save features as x and labels as y, as in numpy.savez(file, x=..., y=...)",
                archive->path, (int64_t)count, list);
}

/* Features, and labels beside them if there are some, as one table. */
static int make_table(const struct array *x, const struct array *y, struct table *out)
{
    const bool labels = y->data != NULL;
    struct table table = {.no_target = !labels};
    int rc = INCLINE_OK;

    dataset_copy_text(table.path, sizeof table.path, x->path);
    if (labels && y->npy.shape[0] != x->npy.shape[0])
        return FAIL(INCLINE_EFORMAT,
                    "%s: %" PRIu32 " rows for the %" PRIu32
                    " of %s; the two do not belong together",
                    y->path, y->npy.shape[0], x->npy.shape[0], x->path);
    if (labels && x->npy.cols + (uint64_t)y->npy.cols > TABLE_COLS_MOST)
        return FAIL(INCLINE_EFORMAT, "%s: too many columns with those of the labels; at most %d",
                    x->path, TABLE_COLS_MOST);
    npy_image(&x->npy, &table);
    TRY(table_allocate(&table, x->npy.shape[0], x->npy.cols + (labels ? y->npy.cols : 0)));
    TRY(npy_fill(x->path, &x->npy, &table, 0));
    if (labels)
        TRY(npy_fill(y->path, &y->npy, &table, x->npy.cols));
    table_finish(&table);
    *out = table;
    return INCLINE_OK;
out:
    table_clear(&table);
    return rc;
}

/* A list of the columns behind the features: "785" or "11,12". The caller frees it. */
static char *target_list(uint32_t features, uint32_t targets)
{
    enum { COLUMN_BYTES = 12 };
    char *const list = malloc((size_t)targets * COLUMN_BYTES + 1);
    size_t used = 0;

    for (uint32_t i = 0; list != NULL && i < targets; i++)
        used += (size_t)snprintf(list + used, COLUMN_BYTES, "%s%" PRIu32, i > 0 ? "," : "",
                                 features + i + 1);
    return list;
}

/* The data set of two entries; `labels` may be -1. */
static int make_set(const struct archive *archive, int64_t features, int64_t labels,
                    const struct incline_data_options *options, incline_dataset **dataset)
{
    struct incline_data_options chosen = *options;
    struct array x = {.data = NULL}, y = {.data = NULL};
    struct table table;
    char *target = NULL;
    int rc = INCLINE_OK;

    TRY(take(archive, features, &x));
    if (labels >= 0)
        TRY(take(archive, labels, &y));
    TRY(make_table(&x, &y, &table));
    if (labels >= 0 && options->target == NULL) {
        target = target_list(x.npy.cols, y.npy.cols);
        if (target == NULL) {
            table_clear(&table);
            TRY(FAIL(INCLINE_ENOMEM, "%s: no memory for %" PRIu32 " targets", y.path, y.npy.cols));
        }
        chosen.target = target;
        if (chosen.image_rows == 0 && chosen.ignore == NULL) {
            chosen.image_rows = table.image_rows;
            chosen.image_cols = table.image_cols;
        }
    }
    free(x.data);
    free(y.data);
    x.data = y.data = NULL;
    rc = columns_dataset(&table, &chosen, NULL, dataset);
out:
    free(target);
    free(x.data);
    free(y.data);
    return rc;
}

int npz_open(const char *path, const char *data, size_t bytes, enum incline_split split,
             const struct incline_data_options *options, incline_dataset **dataset)
{
    struct incline_data_options chosen = *options;
    incline_dataset *train = NULL, *made = NULL;
    struct archive archive;

    int rc = archive_open(path, data, bytes, &archive);
    if (rc != INCLINE_OK)
        return rc;
    const int64_t x = find(&archive, train_features), y = find(&archive, train_labels);
    const int64_t x_test = find(&archive, test_features), y_test = find(&archive, test_labels);
    if (x < 0 && x_test < 0) {
        rc = fail_names(&archive);
        goto out;
    }
    const bool test = x < 0 || (x_test >= 0 && split == INCLINE_TEST);
    if (test && x >= 0 && options->columns == NULL) {
        TRY(make_set(&archive, x, y, options, &train));
        chosen.columns = train->columns;
    }
    TRY(test ? make_set(&archive, x_test, y_test, &chosen, &made)
             : make_set(&archive, x, y, &chosen, &made));
    made->info.two_parts = x >= 0 && x_test >= 0;
    if (split == INCLINE_TRAIN && find(&archive, validation_features) >= 0)
        TRY(dataset_remark(made,
                           "%s: the array of a validation part is neither trained nor tested on; a "
                           "part of the training samples is kept apart with --validation",
                           path));
    *dataset = made;
    made = NULL;
out:
    incline_dataset_close(made);
    incline_dataset_close(train);
    zip_discard(archive.zip);
    return rc;
}

#else

int npz_open(const char *path, const char *data, size_t bytes, enum incline_split split,
             const struct incline_data_options *options, incline_dataset **dataset)
{
    (void)data;
    (void)bytes;
    (void)split;
    (void)options;
    (void)dataset;
    return FAIL(INCLINE_EARG,
                "%s: an archive (.npz), which this program was built without; install libzip and "
                "build again, or save arrays with numpy.save()",
                path);
}

#endif
