/* save.c - data sets as files of other programs: the format by its name, written whole or not. */
#include "host/data/save.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "host/util/file.h"
#include "host/util/status.h"

enum format { CSV, TSV, NPY, NPZ, SVM, IDX };

static const struct {
    const char *ending;
    enum format format;
} endings[] = {{".csv", CSV}, {".tsv", TSV}, {".npy", NPY},
               {".npz", NPZ}, {".svm", SVM}, {".libsvm", SVM}};

static const char *const format_names[] = {
    [CSV] = "CSV", [TSV] = "TSV", [NPY] = "NPY", [NPZ] = "NPZ", [SVM] = "LIBSVM", [IDX] = "IDX",
};

void save_lacks(struct save *save, const char *what)
{
    const size_t used = strlen(save->lost), most = sizeof save->lost - used;
    if (strstr(save->lost, what) == NULL && strlen(what) + (used > 0 ? 2 : 0) < most)
        snprintf(save->lost + used, most, "%s%s", used > 0 ? ", " : "", what);
}

void save_lacks_texts(struct save *save)
{
    const struct columns *const columns = &save->columns;
    bool names = false, texts = false;

    for (uint32_t i = 0; i < columns->feature_count; i++) {
        names |= columns->features[i].name != NULL;
        texts |= columns->features[i].values != NULL;
    }
    if (names)
        save_lacks(save, "names of columns");
    if (texts)
        save_lacks(save, "texts (each is a column of 0 and 1 now)");
    if (save->dataset->class_names != NULL)
        save_lacks(save, "names of classes (they are numbered)");
}

void save_lacks_target(struct save *save, const char *list)
{
    char what[128];

    if (strcmp(list, "none") == 0)
        save_lacks(save, "a mark that there is no target (say --target none)");
    else if (strchr(list, ',') != NULL)
        save_lacks(save, "a mark for the targets (say --target)");
    else if (snprintf(what, sizeof what, "a mark for the target (say --target %s)", list) <
             (int)sizeof what)
        save_lacks(save, what);
    else
        save_lacks(save, "a mark for the target (say --target)");
}

float save_value(const incline_dataset *dataset, uint32_t row, uint32_t feature)
{
    const size_t at = (size_t)row * dataset->info.features + feature;
    return dataset->info.bytes ? (float)((const uint8_t *)dataset->values)[at]
                               : ((const float *)dataset->values)[at];
}

/* In any mixture of capitals. */
static bool ends(const char *name, size_t length, const char *ending)
{
    const size_t end = strlen(ending);
    return length > end && strncasecmp(name + length - end, ending, end) == 0;
}

/* The format that a file's name means, and whether it is to be compressed. False if it means none.
 */
static bool has_format(const char *path, enum format *format, bool *compress)
{
    const char *const slash = strrchr(path, '/'), *const name = slash != NULL ? slash + 1 : path;
    size_t length = strlen(name);

    *compress = ends(name, length, ".gz");
    length -= *compress ? 3 : 0;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (ends(name, length, endings[i].ending)) {
            *format = endings[i].format;
            return true;
        }
    if (strstr(name, "-idx") != NULL || strstr(name, ".idx") != NULL) {
        *format = IDX;
        return true;
    }
    return false;
}

/* The same with a message. */
static int find_format(const char *path, enum format *format, bool *compress)
{
    if (has_format(path, format, compress))
        return INCLINE_OK;
    return FAIL(INCLINE_EARG,
                "%s: no format goes by this name; it ends in .csv, .tsv, .npy, .npz, .svm or "
                ".libsvm, or is that of an IDX file, as train-images-idx3-ubyte, each perhaps with "
                ".gz",
                path);
}

/* The file of labels that belongs to a file of images: "labels" for "images" and "idx1" for the
 * number of dimensions. False if the name has no "images". */
static bool labels_path(const char *path, bool wide, char *labels)
{
    const char *const slash = strrchr(path, '/');
    const size_t folder = slash != NULL ? (size_t)(slash + 1 - path) : 0;
    const char *const images = strstr(path + folder, "images");
    const char *const idx = images != NULL ? strstr(images, "idx") : NULL;
    const bool compressed = ends(path, strlen(path), ".gz");

    if (idx == NULL)
        return false;
    const int length = snprintf(labels, FILE_PATH_MAX, "%.*slabels%.*sidx1-%s%s",
                                (int)(images - path), path, (int)(idx - images - 6), images + 6,
                                wide ? "int" : "ubyte", compressed ? ".gz" : "");
    return length > 0 && length < FILE_PATH_MAX;
}

static int compress_bytes(struct bytes *bytes, const char *path)
{
    z_stream zip = {.next_in = bytes->data};
    struct bytes packed = {0};
    unsigned char piece[1 << 15];
    size_t left = bytes->count;
    int answer = Z_OK, rc = INCLINE_OK;

    /* 15 bits of window, and 16 to ask for gzip's header, which then has no date. */
    if (deflateInit2(&zip, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) !=
        Z_OK)
        return FAIL(INCLINE_ENOMEM, "%s: no memory to compress it; close other programs", path);
    while (answer != Z_STREAM_END) {
        if (zip.avail_in == 0 && left > 0) {
            zip.avail_in = left < INT_MAX ? (uInt)left : INT_MAX;
            left -= zip.avail_in;
        }
        zip.next_out = piece;
        zip.avail_out = sizeof piece;
        answer = deflate(&zip, left == 0 ? Z_FINISH : Z_NO_FLUSH);
        bytes_add(&packed, piece, sizeof piece - zip.avail_out);
    }
    deflateEnd(&zip);
    TRY(bytes_check(&packed, path));
    bytes_clear(bytes);
    *bytes = packed;
    packed = (struct bytes){0};
out:
    bytes_clear(&packed);
    return rc;
}

int save_is_free(const char *path)
{
    struct stat about;
    return lstat(path, &about) != 0
               ? INCLINE_OK
               : FAIL(INCLINE_EIO, "%s: is there already; choose another name", path);
}

int save_are_free(const incline_dataset *dataset, const char *path)
{
    char labels[FILE_PATH_MAX];
    enum format format;
    bool compress;
    int rc = INCLINE_OK;

    TRY(find_format(path, &format, &compress));
    TRY(save_is_free(path));
    if (format == IDX && dataset->labels != NULL &&
        labels_path(path, dataset->info.classes > 256, labels))
        TRY(save_is_free(labels));
out:
    return rc;
}

int save_write(struct bytes *bytes, const char *path, bool compress, uint64_t *written)
{
    int rc = bytes_check(bytes, path);
    if (rc == INCLINE_OK && compress)
        rc = compress_bytes(bytes, path);
    if (rc == INCLINE_OK)
        rc = bytes_write(bytes, path);
    *written += rc == INCLINE_OK ? bytes->count : 0;
    return rc;
}

static int encode(struct save *save, enum format format, struct bytes *labels)
{
    switch (format) {
    case CSV:
        return save_csv(save, ',');
    case TSV:
        return save_csv(save, '\t');
    case NPY:
        return save_npy(save);
    case NPZ:
        return save_npz(save);
    case SVM:
        return save_svm(save);
    case IDX:
        return save_idx(save, labels);
    }
    return INCLINE_OK;
}

/* Numbers that were rounded when the data were read: in the first column that has one. */
static void lack_digits(struct save *save)
{
    const char *rounded = save->dataset->rounded;
    char what[128];

    if (rounded[0] == '\0' && save->test != NULL)
        rounded = save->test->rounded;
    if (rounded[0] == '\0')
        return;
    snprintf(what, sizeof what, "more digits than floats of 32 bits have (first in %s)", rounded);
    save_lacks(save, what);
}

int save_file(const incline_dataset *dataset, const incline_dataset *test, const char *path,
              struct incline_save_info *out)
{
    struct save save = {.dataset = dataset, .test = test, .path = path};
    struct incline_save_info info = {.samples = dataset->info.rows};
    struct bytes labels = {0};
    char labels_file[FILE_PATH_MAX];
    enum format format = CSV;
    bool compress;
    int rc = INCLINE_OK;

    TRY(find_format(path, &format, &compress));
    TRY(incline_dataset_ready(dataset));
    TRY(save_are_free(dataset, path));
    if (test != NULL)
        TRY(incline_dataset_ready(test));
    if (dataset->columns != NULL)
        TRY(columns_from_text(dataset->columns, &save.columns));
    TRY(encode(&save, format, &labels));
    lack_digits(&save);
    info.format = format_names[format];
    info.samples += test != NULL ? test->info.rows : 0;
    const bool pair =
        labels.count > 0 && labels_path(path, dataset->info.classes > 256, labels_file);
    if (labels.count > 0 && !pair)
        save_lacks(&save, "labels, since its name has no \"images\" to put \"labels\" for");
    rc = save_write(&save.bytes, path, compress, &info.bytes);
    if (rc == INCLINE_OK && pair)
        rc = save_write(&labels, labels_file, compress, &info.bytes);
    if (rc != INCLINE_OK) { /* both or neither */
        (void)remove(path);
        if (pair)
            (void)remove(labels_file);
        goto out;
    }
    if (pair)
        dataset_copy_text(info.labels, sizeof info.labels, labels_file);
    dataset_copy_text(info.file, sizeof info.file, path);
    dataset_copy_text(info.lost, sizeof info.lost, save.lost);
    if (out != NULL)
        *out = info;
out:
    columns_clear(&save.columns);
    bytes_clear(&save.bytes);
    bytes_clear(&labels);
    return rc;
}

int incline_dataset_save(const incline_dataset *dataset, const char *path,
                         struct incline_save_info *info)
{
    return save_file(dataset, NULL, path, info);
}

bool save_is_archive(const char *path)
{
    enum format format;
    bool compress;
    return has_format(path, &format, &compress) && format == NPZ;
}
