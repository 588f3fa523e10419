/* open_file.c - a single file of any format: known by its first bytes, read, made a data set. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "host/data/columns.h"
#include "host/util/file.h"
#include "host/util/status.h"

/* The last part of a path: "mnist" of "data/mnist/". */
static void last_part(const char *path, char *text, size_t bytes)
{
    char trimmed[FILE_PATH_MAX];
    dataset_copy_text(trimmed, sizeof trimmed, path);
    size_t length = strlen(trimmed);
    while (length > 1 && trimmed[length - 1] == '/')
        trimmed[--length] = '\0';
    const char *slash = strrchr(trimmed, '/');
    dataset_copy_text(text, bytes, slash != NULL && slash[1] != '\0' ? slash + 1 : trimmed);
}

int open_images(const char *path, const char *source, incline_dataset **dataset)
{
    struct early *early = NULL;
    const struct idx_file *file = NULL;
    int rc = early_open(path, &early, &file);
    if (rc != INCLINE_OK)
        return rc;

    const bool images = file->dims == 3, bytes = idx_are_bytes(file);
    const uint64_t features = file->count / file->shape[0];
    incline_dataset *made = NULL;
    if (features > UINT32_MAX) {
        rc = FAIL(INCLINE_EFORMAT,
                  "%s: holds %s; the limit is %" PRIu32 " pixels each, use smaller ones", path,
                  file->what, UINT32_MAX);
        goto out;
    }
    made = calloc(1, sizeof *made);
    if (made == NULL) {
        rc = FAIL(INCLINE_ENOMEM, "%s: no memory for the data set; close other programs", path);
        goto out;
    }
    made->info = (struct incline_dataset_info){
        .rows = file->shape[0],
        .features = (uint32_t)features,
        .image_rows = images ? file->shape[1] : 0,
        .image_cols = images ? file->shape[2] : 0,
        .bytes = bytes,
        .scale = bytes ? 1.0f / 255.0f : 1.0f,
    };
    open_name(made, source);
    early_begin(early, made);
    early = NULL;
    *dataset = made;
out:
    early_close(early);
    return rc;
}

void open_name(incline_dataset *dataset, const char *source)
{
    last_part(source, dataset->info.name, sizeof dataset->info.name);
    dataset_copy_text(dataset->info.source, sizeof dataset->info.source, source);
}

/* True if a file is IDX, which begins with two zero bytes. */
static int is_idx(const char *path, bool *idx)
{
    struct stream stream;
    unsigned char head[4];
    size_t got = 0;

    if (!file_exists(path)) {
        *idx = false;
        return INCLINE_OK;
    }
    int rc = stream_open(path, true, &stream);
    if (rc != INCLINE_OK)
        return rc;
    rc = stream_read(&stream, head, sizeof head, &got);
    stream_close(&stream);
    *idx = got > 0 && head[0] == 0; /* no other format begins with zero */
    return rc;
}

/* What was stated for the table that a model was trained on holds for later ones. */
static int follow_columns(const struct incline_data_options *options, struct csv_options *csv,
                          uint32_t *cols)
{
    struct columns columns;

    if (options->columns == NULL)
        return INCLINE_OK;
    const int rc = columns_from_text(options->columns, &columns);
    if (rc != INCLINE_OK)
        return rc;
    columns_follow(&columns, csv);
    *cols = columns.cols;
    columns_clear(&columns);
    return INCLINE_OK;
}

int open_table(const char *path, char *data, size_t bytes,
               const struct incline_data_options *options, incline_dataset **dataset)
{
    struct csv_options csv = {.header = options->header, .separator = options->separator};
    struct table table;
    uint32_t cols = 0;
    bool text = false;

    int rc = follow_columns(options, &csv, &cols);
    if (rc == INCLINE_OK && bytes >= 6 && memcmp(data, "\x93NUMPY", 6) == 0)
        rc = npy_read(path, data, bytes, &table);
    else if (rc == INCLINE_OK && svm_is(data, bytes))
        rc = svm_read(path, data, bytes, &(struct svm_options){.least = cols}, &table);
    else
        text = rc == INCLINE_OK;
    if (text)
        rc = csv_read(path, data, bytes, &csv, &table);
    else
        free(data);
    return rc != INCLINE_OK ? rc : columns_dataset(&table, options, dataset);
}

int open_file(const char *path, const struct incline_data_options *options,
              incline_dataset **dataset)
{
    const char *const name = strcmp(path, "-") == 0 ? "standard input" : path;
    incline_dataset *made = NULL;
    char *data = NULL;
    size_t bytes = 0;
    bool idx = false;

    int rc = is_idx(path, &idx);
    if (rc != INCLINE_OK)
        return rc;
    if (idx)
        return open_images(path, path, dataset);
    rc = stream_all(path, SIZE_MAX / 4, &data, &bytes);
    if (rc != INCLINE_OK)
        return rc;
    rc = open_table(name, data, bytes, options, &made);
    if (rc != INCLINE_OK)
        return rc;
    open_name(made, name);
    *dataset = made;
    return INCLINE_OK;
}
