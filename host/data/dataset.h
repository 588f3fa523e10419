/* dataset.h - a data set in host memory: samples in their own element type, labels or targets,
 * names.
 *
 * Knows no device and no network; host/train/feed.c takes it to a device. */
#ifndef INCLINE_DATA_DATASET_H
#define INCLINE_DATA_DATASET_H

#include "host/data/mapped.h"
#include "incline.h"

struct incline_dataset {
    struct incline_dataset_info info;
    struct early *early;  /* its values may be on their way: ask incline_dataset_ready() first;
                             NULL where they are there */
    void *values;         /* [rows, features], uint8_t if info.bytes, else float; owned; made by
                             dataset_room(), or in `mapped` */
    struct mapped mapped; /* the file that they lie in; .base NULL where they lie in memory */
    uint32_t *labels;     /* [rows], each below info.classes; NULL without labels; owned */
    float *targets;       /* [rows, outputs], each finite; NULL without targets; owned */
    float *scaling;       /* [2, features] what info.scales and info.shifts point at; NULL where all
                             features share one scale and shift; owned */
    char **class_names;   /* [classes] UTF-8; NULL where they are just numbers; owned */
    char **target_names;  /* [outputs] the same */
    char **files;         /* [rows] paths of pictures; NULL where samples are not files; owned */
    char *columns;        /* what the columns of its table mean, JSON of columns.h; NULL; owned */
    char rounded[48];     /* the first column whose numbers had more digits than a float: its name,
                             or "column 3"; "" without one */
    char *remarks;        /* lines of incline_dataset_remarks(); NULL; owned */
    unsigned char *missing; /* [rows, features] bits, the lowest of a byte first: 1 where the table
                               had no value, of a category at its first feature; NULL where nothing
                               is missing; owned */
};

/* Bytes of one sample's values. */
static inline size_t dataset_row_bytes(const struct incline_dataset *dataset)
{
    return (size_t)dataset->info.features * (dataset->info.bytes ? 1 : sizeof(float));
}

/* True if the table that a value comes from did not have it. */
static inline bool dataset_missing(const struct incline_dataset *dataset, uint32_t row,
                                   uint32_t feature)
{
    const size_t at = (size_t)row * dataset->info.features + feature;
    return dataset->missing != NULL && (dataset->missing[at / 8] >> at % 8 & 1) != 0;
}

/* Memory for `bytes` of values, to be freed with free(); NULL if there is none. It begins at a
 * multiple of DATASET_ALIGNMENT and ends at one of DATASET_GRAIN, with zeros behind the values, so
 * that a device that shares the host's memory can take it as it lies. */
enum { DATASET_ALIGNMENT = 4096, DATASET_GRAIN = 64 };
void *dataset_room(size_t bytes);

/* Copy samples [first, first + rows) of a mapped set. Fails with INCLINE_EIO. */
int dataset_read(const incline_dataset *dataset, uint32_t first, uint32_t rows, void *to);

/* Samples [first, first + rows) of a set that lies in a file will be looked at soon: ask the system
 * to read them meanwhile. A hint; elsewhere it does nothing. */
void dataset_read_ahead(const incline_dataset *dataset, uint32_t first, uint32_t rows);

/* Is each target within 0 and 1, as those of several labels are? Fails with INCLINE_ESHAPE; the
 * message says which is not. */
int dataset_check_label_targets(const incline_dataset *dataset);

/* The built-in digits: `rows` grey images of 28 x 28 in ten classes, labels in turn, drawn
 * anew for each seed; see digits.c. Fails with INCLINE_EARG, INCLINE_ENOMEM. */
int digits_create(uint32_t rows, uint64_t seed, incline_dataset **dataset);

/* Find the folder of a named set ("mnist"): $INCLINE_DATA/NAME, data/NAME,
 * $XDG_DATA_HOME/incline/NAME (~/.local/share by default). folder[FILE_PATH_MAX].
 * Fails with INCLINE_ENODATA; the message says where it looked and how to get the set. */
int dataset_find(const char *name, char *folder);

#endif
