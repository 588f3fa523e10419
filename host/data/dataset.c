/* dataset.c - a data set in memory: its room, its names and scaling, described, sampled, closed.
 *
 * Knows no files; open.c brings samples in from there, samples.c from the caller's memory. */
#define _DEFAULT_SOURCE /* madvise() */
#include "host/data/dataset.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "host/data/room.h"
#include "host/util/rng.h"
#include "host/util/size.h"
#include "host/util/status.h"

enum { REMARK_BYTES = 1 << 12 };

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
    size_t count, bytes, targets_count, targets_bytes;

    if (!size_mul(info->rows, info->features, &count) || !size_mul(count, element, &bytes))
        return FAIL(INCLINE_EARG,
                    "%" PRIu32 " samples of %" PRIu32 " features are more bytes than "
                    "can be counted; use fewer",
                    info->rows, info->features);
    if (!size_mul(info->rows, info->outputs, &targets_count) ||
        !size_mul(targets_count, sizeof(float), &targets_bytes))
        return FAIL(INCLINE_EARG,
                    "%" PRIu32 " samples of %" PRIu32 " targets are more bytes than can be "
                    "counted; use fewer",
                    info->rows, info->outputs);
    incline_dataset *made = calloc(1, sizeof *made);
    void *values = dataset_room(bytes);
    uint32_t *labels = info->classes > 0 ? malloc(info->rows * sizeof *labels) : NULL;
    float *targets = info->outputs > 0 ? malloc(targets_bytes) : NULL;
    if (made == NULL || values == NULL || (info->classes > 0 && labels == NULL) ||
        (info->outputs > 0 && targets == NULL)) {
        free(targets);
        free(labels);
        free(values);
        free(made);
        return FAIL(INCLINE_ENOMEM,
                    "%zu bytes for %" PRIu32 " samples of %" PRIu32 " features; use "
                    "fewer samples or close other programs",
                    bytes, info->rows, info->features);
    }
    made->info = *info;
    made->info.scales = made->info.shifts = NULL;
    made->values = values;
    made->labels = labels;
    made->targets = targets;
    *dataset = made;
    return INCLINE_OK;
}

static void free_names(char **names, uint32_t count)
{
    for (uint32_t i = 0; names != NULL && i < count; i++)
        free(names[i]);
    free(names);
}

/* *copies = names[count]; what was there is let go of. `what` is for the message. */
static int copy_names(const char *const *names, uint32_t count, const char *what, char ***copies)
{
    char **made = calloc(count, sizeof *made);
    bool complete = made != NULL;

    for (uint32_t i = 0; complete && i < count; i++) {
        const size_t bytes = strlen(names[i]) + 1;
        made[i] = malloc(bytes);
        complete = made[i] != NULL;
        if (complete)
            memcpy(made[i], names[i], bytes);
    }
    if (!complete) {
        free_names(made, count);
        return FAIL(INCLINE_ENOMEM,
                    "no memory for the names of %" PRIu32 " %s; close other programs", count, what);
    }
    free_names(*copies, count);
    *copies = made;
    return INCLINE_OK;
}

int dataset_name_classes(incline_dataset *dataset, const char *const *names)
{
    return copy_names(names, dataset->info.classes, "classes", &dataset->class_names);
}

int dataset_name_targets(incline_dataset *dataset, const char *const *names)
{
    return copy_names(names, dataset->info.outputs, "targets", &dataset->target_names);
}

int dataset_scale_each(incline_dataset *dataset, const float *scales, const float *shifts)
{
    const size_t features = dataset->info.features;
    float *scaling = malloc(2 * features * sizeof *scaling);

    if (scaling == NULL)
        return FAIL(INCLINE_ENOMEM,
                    "no memory for the scaling of %zu features; close other "
                    "programs",
                    features);
    memcpy(scaling, scales, features * sizeof *scaling);
    memcpy(scaling + features, shifts, features * sizeof *scaling);
    free(dataset->scaling);
    dataset->scaling = scaling;
    dataset->info.scale = 1.0f;
    dataset->info.shift = 0.0f;
    dataset->info.scales = scaling;
    dataset->info.shifts = scaling + features;
    return INCLINE_OK;
}

void incline_dataset_close(incline_dataset *dataset)
{
    if (dataset == NULL)
        return;
    early_close(dataset->early);
    free_names(dataset->class_names, dataset->info.classes);
    free_names(dataset->target_names, dataset->info.outputs);
    free_names(dataset->files, dataset->info.rows);
    free(dataset->missing);
    free(dataset->scaling);
    free(dataset->targets);
    free(dataset->columns);
    free(dataset->remarks);
    free(dataset->labels);
    if (dataset->mapped.base != NULL)
        mapped_close(&dataset->mapped);
    else
        free(dataset->values);
    free(dataset);
}

void incline_dataset_describe(const incline_dataset *dataset, struct incline_dataset_info *info)
{
    *info = dataset->info;
}

int dataset_remark(incline_dataset *dataset, const char *format, ...)
{
    const size_t used = dataset->remarks != NULL ? strlen(dataset->remarks) : 0;
    char line[REMARK_BYTES];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    const size_t length = strlen(line);
    char *const longer = realloc(dataset->remarks, used + length + 2);
    if (longer == NULL)
        return FAIL(INCLINE_ENOMEM, "%s: no memory for a remark; close other programs",
                    dataset->info.name);
    memcpy(longer + used, line, length);
    memcpy(longer + used + length, "\n", 2);
    dataset->remarks = longer;
    return INCLINE_OK;
}

const char *incline_dataset_remarks(const incline_dataset *dataset)
{
    return dataset->remarks != NULL ? dataset->remarks : "";
}

const char *incline_dataset_columns(const incline_dataset *dataset)
{
    return dataset->columns != NULL ? dataset->columns : "";
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
        features[i] = info->scales != NULL ? fmaf(value, info->scales[i], info->shifts[i])
                                           : fmaf(value, info->scale, info->shift);
    }
    if (label != NULL)
        *label = dataset->labels != NULL ? dataset->labels[row] : UINT32_MAX;
    return INCLINE_OK;
}

int incline_dataset_targets(const incline_dataset *dataset, uint32_t row, float *targets)
{
    const struct incline_dataset_info *info = &dataset->info;

    if (dataset->targets == NULL)
        return FAIL(INCLINE_EARG, "%s has no targets", info->name);
    if (row >= info->rows)
        return FAIL(INCLINE_EARG, "sample %" PRIu32 " of %s; there are %" PRIu32 ", counted from 0",
                    row, info->name, info->rows);
    memcpy(targets, dataset->targets + (size_t)row * info->outputs,
           info->outputs * sizeof *targets);
    return INCLINE_OK;
}

const char *incline_dataset_target_name(const incline_dataset *dataset, uint32_t index)
{
    return dataset->target_names != NULL && index < dataset->info.outputs
               ? dataset->target_names[index]
               : "";
}

const char *incline_dataset_file(const incline_dataset *dataset, uint32_t row)
{
    return dataset->files != NULL && row < dataset->info.rows ? dataset->files[row] : "";
}

const char *incline_dataset_class_name(const incline_dataset *dataset, uint32_t index)
{
    return dataset->class_names != NULL && index < dataset->info.classes
               ? dataset->class_names[index]
               : "";
}

int incline_dataset_choose(const incline_dataset *dataset, uint64_t seed, uint32_t count,
                           uint32_t *rows)
{
    const struct incline_dataset_info *info = &dataset->info;

    if (count > info->rows)
        return FAIL(INCLINE_EARG, "%" PRIu32 " different samples of %s, which has %" PRIu32, count,
                    info->name, info->rows);
    for (uint32_t i = 0; i < count; i++)
        rows[i] = rng_permute(seed, RNG_STREAM(RNG_CHOOSE, 0), info->rows, i);
    return INCLINE_OK;
}

int dataset_check_label_targets(const incline_dataset *dataset)
{
    const struct incline_dataset_info *info = &dataset->info;
    const size_t count = (size_t)info->rows * info->outputs;

    for (size_t i = 0; i < count; i++)
        if (!(dataset->targets[i] >= 0.0f && dataset->targets[i] <= 1.0f))
            return FAIL(INCLINE_ESHAPE,
                        "%s: sample %zu, target %zu is %g; a label that holds is 1, one that does "
                        "not is 0, take a loss for numbers otherwise",
                        info->name, i / info->outputs, i % info->outputs,
                        (double)dataset->targets[i]);
    return INCLINE_OK;
}
