/* save_array.c - data sets as arrays: NumPy's, alone and in archives, and IDX. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "host/data/save.h"
#include "host/util/npy_header.h"
#include "host/util/status.h"
#include "host/util/zip_write.h"

enum { IDX_BYTES = 0x08, IDX_INTEGERS = 0x0c, IDX_FLOATS = 0x0d, BYTE_CLASSES = 256 };
enum { SHAPE_BYTES = 80, NAME_BYTES = 16 };

/* A float in 4 bytes, the lowest first or the highest. */
static void add_float(struct bytes *bytes, float value, bool big)
{
    uint32_t bits;
    unsigned char ordered[sizeof bits];

    memcpy(&bits, &value, sizeof bits);
    for (unsigned i = 0; i < sizeof bits; i++)
        ordered[i] = (unsigned char)(bits >> 8 * (big ? sizeof bits - 1 - i : i));
    bytes_add(bytes, ordered, sizeof ordered);
}

/* The features of samples [first, first + rows), as bytes or as floats, NaN for what is missing. */
static void add_features(struct bytes *out, const incline_dataset *set, uint32_t first,
                         uint32_t rows, bool bytes)
{
    const uint32_t features = set->info.features;

    if (bytes)
        bytes_add(out, (const unsigned char *)set->values + (size_t)first * features,
                  (size_t)rows * features);
    for (uint32_t row = first; !bytes && row < first + rows; row++)
        for (uint32_t f = 0; f < features; f++)
            add_float(out, dataset_missing(set, row, f) ? NAN : save_value(set, row, f), false);
}

/* shape[SHAPE_BYTES] of images without answers beside them. */
static void image_shape(const struct incline_dataset_info *info, char *shape)
{
    snprintf(shape, SHAPE_BYTES, "%" PRIu32 ", %" PRIu32 ", %" PRIu32, info->rows, info->image_rows,
             info->image_cols);
}

int save_npy(struct save *save)
{
    const incline_dataset *const set = save->dataset;
    const struct incline_dataset_info *const info = &set->info;
    const uint32_t answers = (set->labels != NULL) + info->outputs;
    const bool bytes = info->bytes && info->outputs == 0 && info->classes <= BYTE_CLASSES;
    char shape[SHAPE_BYTES];

    save_lacks_texts(save);
    if (info->image_rows > 0 && answers == 0) {
        image_shape(info, shape);
    } else {
        snprintf(shape, sizeof shape, "%" PRIu32 ", %" PRIu64, info->rows,
                 (uint64_t)info->features + answers);
        if (info->image_rows > 0)
            save_lacks(save, "height and width beside labels (say --image)");
        if (answers > 0)
            save_lacks(save, "a mark for the target, its last column (say --target)");
    }
    npy_header(&save->bytes, bytes ? "|u1" : "<f4", shape);
    for (uint32_t row = 0; row < info->rows; row++) {
        add_features(&save->bytes, set, row, 1, bytes);
        if (set->labels != NULL && bytes)
            bytes_little(&save->bytes, set->labels[row], 1);
        else if (set->labels != NULL)
            add_float(&save->bytes, (float)set->labels[row], false);
        for (uint32_t t = 0; t < info->outputs; t++)
            add_float(&save->bytes, set->targets[(size_t)row * info->outputs + t], false);
    }
    return INCLINE_OK;
}

/* Begin an array of an archive: "x_train.npy" where `part` is "_train". */
static void begin_array(struct zip_archive *archive, char name, const char *part, const char *type,
                        const char *shape)
{
    char file[NAME_BYTES];

    snprintf(file, sizeof file, "%c%s.npy", name, part);
    zip_begin(archive, file);
    npy_header(&archive->files, type, shape);
}

/* Features as x, labels or targets as y. */
static void add_part(struct zip_archive *archive, const incline_dataset *set, const char *part)
{
    const struct incline_dataset_info *const info = &set->info;
    const bool wide = info->classes > BYTE_CLASSES;
    char shape[SHAPE_BYTES];

    if (info->image_rows > 0)
        image_shape(info, shape);
    else
        snprintf(shape, sizeof shape, "%" PRIu32 ", %" PRIu32, info->rows, info->features);
    begin_array(archive, 'x', part, info->bytes ? "|u1" : "<f4", shape);
    add_features(&archive->files, set, 0, info->rows, info->bytes);
    zip_end(archive);
    if (set->labels == NULL && set->targets == NULL)
        return;
    snprintf(shape, sizeof shape, "%" PRIu32 ",", info->rows);
    if (set->labels == NULL && info->outputs > 1)
        snprintf(shape, sizeof shape, "%" PRIu32 ", %" PRIu32, info->rows, info->outputs);
    begin_array(archive, 'y', part, set->labels == NULL ? "<f4" : wide ? "<i4" : "|u1", shape);
    for (size_t i = 0; set->labels != NULL && i < info->rows; i++)
        bytes_little(&archive->files, set->labels[i], wide ? 4 : 1);
    for (size_t i = 0; set->labels == NULL && i < (size_t)info->rows * info->outputs; i++)
        add_float(&archive->files, set->targets[i], false);
    zip_end(archive);
}

int save_npz(struct save *save)
{
    struct zip_archive archive = {.entries = 0};

    save_lacks_texts(save);
    if (save->dataset->labels != NULL && save->dataset->targets != NULL)
        save_lacks(save, "targets beside labels");
    add_part(&archive, save->dataset, save->test != NULL ? "_train" : "");
    if (save->test != NULL)
        add_part(&archive, save->test, "_test");
    const int rc = zip_finish(&archive, save->path);
    if (rc == INCLINE_OK) {
        save->bytes = archive.files;
        archive.files = (struct bytes){0};
    }
    zip_clear(&archive);
    return rc;
}

static void add_big(struct bytes *bytes, uint32_t value)
{
    const unsigned char ordered[] = {(unsigned char)(value >> 24), (unsigned char)(value >> 16),
                                     (unsigned char)(value >> 8), (unsigned char)value};
    bytes_add(bytes, ordered, sizeof ordered);
}

int save_idx(struct save *save, struct bytes *labels)
{
    const incline_dataset *const set = save->dataset;
    const struct incline_dataset_info *const info = &set->info;
    const uint32_t type = info->bytes ? IDX_BYTES : IDX_FLOATS;
    const bool image = info->image_rows > 0, wide = info->classes > BYTE_CLASSES;

    save_lacks_texts(save);
    if (set->missing != NULL)
        save_lacks(save, "missing values (they are the mean of their column now)");
    if (set->targets != NULL)
        save_lacks(save, "targets that are numbers");
    if (info->bytes && info->scale != 1.0f / 255.0f)
        save_lacks(save, "a largest value other than 255");
    add_big(&save->bytes, type << 8 | (image ? 3u : 2u));
    add_big(&save->bytes, info->rows);
    add_big(&save->bytes, image ? info->image_rows : info->features);
    if (image)
        add_big(&save->bytes, info->image_cols);
    const size_t count = (size_t)info->rows * info->features;
    if (info->bytes)
        bytes_add(&save->bytes, set->values, count);
    for (size_t i = 0; !info->bytes && i < count; i++)
        add_float(&save->bytes, ((const float *)set->values)[i], true);
    if (set->labels == NULL)
        return INCLINE_OK;
    add_big(labels, (uint32_t)(wide ? IDX_INTEGERS : IDX_BYTES) << 8 | 1u);
    add_big(labels, info->rows);
    for (uint32_t row = 0; row < info->rows; row++) {
        if (wide)
            add_big(labels, set->labels[row]);
        else
            bytes_little(labels, set->labels[row], 1);
    }
    return INCLINE_OK;
}
