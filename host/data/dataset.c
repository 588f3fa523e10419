/* dataset.c - a data set in memory: made, described, sampled, closed.
 *
 * Knows no files; open.c brings samples in from there. */
#define _DEFAULT_SOURCE /* madvise() */
#include "host/data/dataset.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "host/data/room.h"
#include "host/util/size.h"
#include "host/util/status.h"

void dataset_copy_text(char *text, size_t bytes, const char *source)
{
    size_t length = strlen(source);
    if (length >= bytes) {
        length = bytes - 1;
        while (length > 0 && ((unsigned char)source[length] & 0xc0) == 0x80)
            length--;
    }
    memcpy(text, source, length);
    text[length] = '\0';
}

/* Samples of a batch lie anywhere in their memory; in pages of this size, where the system has
 * them, a processor keeps track of all of it. */
enum { LARGE_PAGE = 2 << 20 };

void *dataset_room(size_t bytes)
{
    void *room = NULL;

    if (bytes > SIZE_MAX - DATASET_GRAIN)
        return NULL;
    const size_t all = size_round_up(bytes > 0 ? bytes : 1, DATASET_GRAIN);
    const bool large = all >= 2 * (size_t)LARGE_PAGE;
    if (posix_memalign(&room, large ? LARGE_PAGE : DATASET_ALIGNMENT, all) != 0)
        return NULL;
#ifdef MADV_HUGEPAGE
    if (large)
        (void)madvise(room, all / LARGE_PAGE * LARGE_PAGE, MADV_HUGEPAGE); /* a wish, no need */
#endif
    memset((unsigned char *)room + bytes, 0, all - bytes);
    return room;
}

int dataset_allocate(const struct incline_dataset_info *info, incline_dataset **dataset)
{
    const size_t element = info->bytes ? 1 : sizeof(float);
    size_t count, bytes;

    if (!size_mul(info->rows, info->features, &count) || !size_mul(count, element, &bytes))
        return FAIL(INCLINE_EARG,
                    "%" PRIu32 " samples of %" PRIu32 " features are more bytes than "
                    "can be counted; use fewer",
                    info->rows, info->features);
    incline_dataset *made = calloc(1, sizeof *made);
    void *values = dataset_room(bytes);
    uint32_t *labels = info->classes > 0 ? malloc(info->rows * sizeof *labels) : NULL;
    if (made == NULL || values == NULL || (info->classes > 0 && labels == NULL)) {
        free(labels);
        free(values);
        free(made);
        return FAIL(INCLINE_ENOMEM,
                    "%zu bytes for %" PRIu32 " samples of %" PRIu32 " features; use "
                    "fewer samples or close other programs",
                    bytes, info->rows, info->features);
    }
    made->info = *info;
    made->values = values;
    made->labels = labels;
    *dataset = made;
    return INCLINE_OK;
}

int dataset_name_classes(incline_dataset *dataset, const char *const *names)
{
    const uint32_t classes = dataset->info.classes;
    char **copies = calloc(classes, sizeof *copies);
    bool complete = copies != NULL;

    for (uint32_t c = 0; complete && c < classes; c++) {
        const size_t bytes = strlen(names[c]) + 1;
        copies[c] = malloc(bytes);
        complete = copies[c] != NULL;
        if (complete)
            memcpy(copies[c], names[c], bytes);
    }
    if (!complete) {
        for (uint32_t c = 0; copies != NULL && c < classes; c++)
            free(copies[c]);
        free(copies);
        return FAIL(INCLINE_ENOMEM,
                    "no memory for the names of %" PRIu32 " classes; close other "
                    "programs",
                    classes);
    }
    dataset->class_names = copies;
    return INCLINE_OK;
}

/* What the caller of incline_dataset_create() may get wrong, apart from single values. */
static int check_shape(const struct incline_samples *samples)
{
    const uint32_t rows = samples->rows, features = samples->features;

    if (rows == 0 || features == 0)
        return FAIL(INCLINE_EARG,
                    "%" PRIu32 " samples of %" PRIu32 " features: there is nothing to "
                    "learn from; give at least one of each",
                    rows, features);
    if ((samples->bytes == NULL) == (samples->floats == NULL))
        return FAIL(INCLINE_EARG, "%s of bytes and floats is given; give one of them",
                    samples->bytes == NULL ? "neither" : "each");
    if ((samples->classes == 0) != (samples->labels == NULL))
        return FAIL(INCLINE_EARG, "%" PRIu32 " classes %s labels; give both or neither",
                    samples->classes, samples->labels == NULL ? "without" : "with");
    const uint64_t pixels = (uint64_t)samples->image_rows * samples->image_cols;
    const bool image = samples->image_rows != 0 || samples->image_cols != 0;
    if (image && pixels != features)
        return FAIL(INCLINE_EARG,
                    "images of %" PRIu32 "x%" PRIu32 " have %" PRIu64 " pixels, but "
                    "there are %" PRIu32 " features; make them agree, or leave both 0",
                    samples->image_rows, samples->image_cols, pixels, features);
    if (!isfinite(samples->scale) || !isfinite(samples->shift))
        return FAIL(INCLINE_EARG, "scale %g and shift %g; both must be finite",
                    (double)samples->scale, (double)samples->shift);
    return INCLINE_OK;
}

static int check_values(const struct incline_samples *samples)
{
    for (uint32_t row = 0; samples->labels != NULL && row < samples->rows; row++)
        if (samples->labels[row] >= samples->classes)
            return FAIL(INCLINE_EARG,
                        "sample %" PRIu32 " has label %" PRIu32 ", but there are %" PRIu32
                        " classes, 0 to %" PRIu32 "; mend the label or raise the number",
                        row, samples->labels[row], samples->classes, samples->classes - 1);
    if (samples->floats == NULL)
        return INCLINE_OK;
    const size_t count = (size_t)samples->rows * samples->features;
    for (size_t i = 0; i < count; i++)
        if (!isfinite(samples->floats[i]))
            return FAIL(INCLINE_EARG, "sample %zu, feature %zu is %g; every value must be finite",
                        i / samples->features, i % samples->features, (double)samples->floats[i]);
    return INCLINE_OK;
}

int incline_dataset_create(const struct incline_samples *samples, incline_dataset **dataset)
{
    incline_dataset *made = NULL;
    size_t count, bytes;

    if (samples == NULL || dataset == NULL)
        return FAIL(INCLINE_EARG, "no samples, or no place for the data set; give both");
    int rc = check_shape(samples);
    if (rc != INCLINE_OK)
        return rc;
    if (!size_mul(samples->rows, samples->features, &count) ||
        !size_mul(count, samples->bytes != NULL ? 1 : sizeof(float), &bytes))
        return FAIL(INCLINE_EARG,
                    "%" PRIu32 " samples of %" PRIu32 " features are more bytes than "
                    "can be counted; use fewer",
                    samples->rows, samples->features);
    rc = check_values(samples);
    if (rc != INCLINE_OK)
        return rc;

    const float usual = samples->bytes != NULL ? 1.0f / 255.0f : 1.0f;
    const struct incline_dataset_info info = {
        .name = "memory",
        .source = "memory",
        .rows = samples->rows,
        .features = samples->features,
        .classes = samples->classes,
        .image_rows = samples->image_rows,
        .image_cols = samples->image_cols,
        .bytes = samples->bytes != NULL,
        .scale = samples->scale != 0.0f ? samples->scale : usual,
        .shift = samples->shift,
    };
    rc = dataset_allocate(&info, &made);
    if (rc != INCLINE_OK)
        return rc;
    memcpy(made->values, info.bytes ? (const void *)samples->bytes : samples->floats, bytes);
    if (made->labels != NULL)
        memcpy(made->labels, samples->labels, info.rows * sizeof *made->labels);
    *dataset = made;
    return INCLINE_OK;
}

void incline_dataset_close(incline_dataset *dataset)
{
    if (dataset == NULL)
        return;
    early_close(dataset->early);
    for (uint32_t c = 0; dataset->class_names != NULL && c < dataset->info.classes; c++)
        free(dataset->class_names[c]);
    free(dataset->class_names);
    free(dataset->labels);
    free(dataset->values);
    free(dataset);
}

void incline_dataset_describe(const incline_dataset *dataset, struct incline_dataset_info *info)
{
    *info = dataset->info;
}

void incline_dataset_class_counts(const incline_dataset *dataset, uint64_t *counts)
{
    for (uint32_t c = 0; c < dataset->info.classes; c++)
        counts[c] = 0;
    for (uint32_t row = 0; dataset->labels != NULL && row < dataset->info.rows; row++)
        counts[dataset->labels[row]]++;
}

int incline_dataset_sample(const incline_dataset *dataset, uint32_t row, float *features,
                           uint32_t *label)
{
    const struct incline_dataset_info *info = &dataset->info;

    if (row >= info->rows)
        return FAIL(INCLINE_EARG, "sample %" PRIu32 " of %s; there are %" PRIu32 ", counted from 0",
                    row, info->name, info->rows);
    const int rc = features != NULL ? incline_dataset_ready(dataset) : INCLINE_OK;
    if (rc != INCLINE_OK)
        return rc;
    const size_t first = (size_t)row * info->features;
    for (uint32_t i = 0; features != NULL && i < info->features; i++) {
        const float value = info->bytes ? (float)((const uint8_t *)dataset->values)[first + i]
                                        : ((const float *)dataset->values)[first + i];
        features[i] = fmaf(value, info->scale, info->shift);
    }
    if (label != NULL)
        *label = dataset->labels != NULL ? dataset->labels[row] : UINT32_MAX;
    return INCLINE_OK;
}
