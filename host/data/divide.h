/* divide.h - the samples of a file, as they stand in it, some of them in a file of their own. */
#ifndef INCLINE_DATA_DIVIDE_H
#define INCLINE_DATA_DIVIDE_H

#include "host/data/table.h"
#include "host/util/bytes.h"

/* A file of rows that are copied as they are. */
struct divided {
    enum { DIVIDED_CSV, DIVIDED_SVM, DIVIDED_NPY } kind;
    char path[FILE_PATH_MAX];
    char *data; /* [bytes] and a zero byte, decompressed; owned, of CSV by `table` */
    size_t bytes;
    struct table table;       /* of CSV: where rows begin */
    struct csv_layout layout; /* of CSV */
    size_t *starts;           /* [rows] of LIBSVM's text; owned */
    uint32_t rows;
    uint32_t features; /* of LIBSVM's text: each part says that there are so many */
};

/* Read a file, a table of `rows` samples. *known is false, and nothing to be closed, where rows of
 * its format are not copied. Fails as reading it does, and with INCLINE_ESHAPE if it has changed.
 *   features  of the data set that was made of it */
int divide_open(const char *path, const struct incline_data_options *options, uint32_t rows,
                uint32_t features, struct divided *divided, bool *known);
void divide_close(struct divided *divided);

/* "csv", "tsv", "svm", "npy". */
const char *divide_ending(const struct divided *divided);

/* The chosen rows, rising, with what stands before the first. */
int divide_rows(const struct divided *divided, const uint32_t *rows, uint32_t count,
                struct bytes *out);

#endif
