/* save_array.c - data sets as arrays: NumPy's, and IDX. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "host/data/save.h"
#include "host/util/npy_header.h"
#include "host/util/status.h"

enum { IDX_BYTES = 0x08, IDX_INTEGERS = 0x0c, IDX_FLOATS = 0x0d, BYTE_CLASSES = 256 };

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

int save_npy(struct save *save)
{
    const incline_dataset *const set = save->dataset;
    const struct incline_dataset_info *const info = &set->info;
    const uint32_t answers = (set->labels != NULL) + info->outputs;
    const bool bytes = info->bytes && info->outputs == 0 && info->classes <= BYTE_CLASSES;
    char shape[80];

    save_lacks_texts(save);
    if (info->image_rows > 0 && answers == 0) {
        snprintf(shape, sizeof shape, "%" PRIu32 ", %" PRIu32 ", %" PRIu32, info->rows,
                 info->image_rows, info->image_cols);
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
        if (bytes)
            bytes_add(&save->bytes,
                      (const unsigned char *)set->values + (size_t)row * info->features,
                      info->features);
        for (uint32_t f = 0; !bytes && f < info->features; f++)
            add_float(&save->bytes, dataset_missing(set, row, f) ? NAN : save_value(set, row, f),
                      false);
        if (set->labels != NULL && bytes)
            bytes_little(&save->bytes, set->labels[row], 1);
        else if (set->labels != NULL)
            add_float(&save->bytes, (float)set->labels[row], false);
        for (uint32_t t = 0; t < info->outputs; t++)
            add_float(&save->bytes, set->targets[(size_t)row * info->outputs + t], false);
    }
    return INCLINE_OK;
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
