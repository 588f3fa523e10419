/* save.h - data sets as files of other programs: what the writers of the formats share. */
#ifndef INCLINE_DATA_SAVE_H
#define INCLINE_DATA_SAVE_H

#include "host/data/columns.h"
#include "host/util/bytes.h"

/* A file under way. */
struct save {
    const incline_dataset *dataset; /* ready */
    const incline_dataset *test;    /* the other part, ready; NULL without one */
    const char *path;
    struct columns columns; /* what its table said; empty without one */
    struct bytes bytes;
    char lost[INCLINE_LOST_MAX]; /* what the format has no place for: "names of classes, means" */
};
_Static_assert((int)INCLINE_PATH_MAX == (int)FILE_PATH_MAX, "every path fits into what is told");

/* Note that the format has no place for something; whole, or not at all where no room is left. */
void save_lacks(struct save *save, const char *what);

/* The same for all that is not a number: names and texts. */
void save_lacks_texts(struct save *save);

/* The same for the choice of a target by name or number, of several, or of none, as `list` has it
 * in struct incline_data_options. */
void save_lacks_target(struct save *save, const char *list);

/* Fails with INCLINE_EIO if something has that name already. */
int save_is_free(const char *path);

/* The same for all files that save_file() would write; the data set is ready. Fails with
 * INCLINE_EARG if the name says no format, too. */
int save_are_free(const incline_dataset *dataset, const char *path);

/* Write a file, and with `compress` compress it; *written grows by what it takes. Fails as
 * bytes_write(). */
int save_write(struct bytes *bytes, const char *path, bool compress, uint64_t *written);

/* Write a data set, `test` not NULL beside it in the same file: incline_dataset_save(). */
int save_file(const incline_dataset *dataset, const incline_dataset *test, const char *path,
              struct incline_save_info *info);

/* True if the name is that of a file that can hold two parts. */
bool save_is_archive(const char *path);

/* The value that a data set has in place, as it was before any scaling. */
float save_value(const incline_dataset *dataset, uint32_t row, uint32_t feature);

/* ---- save_parts.c ---- */

/* path[FILE_PATH_MAX] = the file in `folder` that holds a part of a data set.
 *   part    "train", "validation" or "test"
 *   ending  of files that are copied, "csv.gz"; NULL for one that incline_dataset_save() writes:
 *           IDX of images, and otherwise CSV
 * Fails with INCLINE_EARG if that is too long. */
int save_part_path(const char *folder, const char *part, const incline_dataset *dataset,
                   const char *ending, char *path);

/* ---- save_text.c ---- */

/* Separated values: columns in the order of their table, texts as texts, NA for what is missing. */
int save_csv(struct save *save, char separator);

/* Label, or the only target, and index:value of what is not zero. */
int save_svm(struct save *save);

/* ---- save_array.c ---- */

/* An array of NumPy, [rows, features] or images; label or targets are its last columns. */
int save_npy(struct save *save);

/* An archive of NumPy: features as x, [rows, features] or images, labels or targets as y; of two
 * parts x_train, y_train, x_test and y_test. Fails as zip_finish(). */
int save_npz(struct save *save);

/* IDX: images, or samples of features; the labels go to `labels`. */
int save_idx(struct save *save, struct bytes *labels);

#endif
