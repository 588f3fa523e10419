/* raw.c - numbers one after the other, as tofile() of NumPy writes them: nothing in such a file
 * says what it is, so the caller does. */
#include <inttypes.h>

#include "host/data/table.h"
#include "host/util/status.h"

int raw_read(const char *path, const char *data, size_t bytes, const struct incline_raw *raw,
             struct table *out)
{
    struct npy array = {.type = {raw->bytes ? 'u' : 'f', raw->bytes ? 1 : 4, false},
                        .data = (const unsigned char *)data};
    const uint64_t cols = (uint64_t)raw->cols * (raw->rows > 0 ? raw->rows : 1);
    const uint64_t row_bytes = cols * array.type.width;
    struct table table = {.no_target = true};
    int rc = INCLINE_OK;

    if (cols > TABLE_COLS_MOST)
        return FAIL(INCLINE_EARG, "%s: %" PRIu64 " numbers a sample; at most %d are read", path,
                    cols, TABLE_COLS_MOST);
    if (bytes == 0 || bytes % row_bytes != 0 || bytes / row_bytes > UINT32_MAX)
        return FAIL(INCLINE_EFORMAT,
                    "%s: %zu bytes are no whole number of samples of %" PRIu64 " bytes, %" PRIu64
                    " numbers of %u bytes each; state the shape that it was written with",
                    path, bytes, row_bytes, cols, array.type.width);
    array.cols = (uint32_t)cols;
    array.dims = raw->rows > 0 ? 3 : 2;
    array.shape[0] = (uint32_t)(bytes / row_bytes);
    array.shape[1] = raw->rows > 0 ? raw->rows : array.cols;
    array.shape[2] = raw->cols;
    dataset_copy_text(table.path, sizeof table.path, path);
    npy_image(&array, &table);
    TRY(table_allocate(&table, array.shape[0], array.cols));
    TRY(npy_fill(path, &array, &table, 0));
    table_finish(&table);
    *out = table;
    return INCLINE_OK;
out:
    table_clear(&table);
    return rc;
}
