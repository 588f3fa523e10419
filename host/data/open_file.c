/* open_file.c - a single file of any format: known by its first bytes, read, made a data set. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "host/data/columns.h"
#include "host/data/picture.h"
#include "host/data/pictures.h"
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

    if (strcmp(path, "-") == 0 || !file_exists(path)) {
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

/* ---- formats, known by how the bytes begin ---- */

/* Bytes of a file, a zero byte behind them; who reads them may take `data` and leave NULL. */
struct contents {
    const char *path;
    char *data;
    size_t bytes;
    enum incline_split split; /* that is asked for, of formats that have parts */
};

static bool is_any(const char *data, size_t bytes)
{
    (void)data;
    (void)bytes;
    return true;
}

static int read_npy(struct contents *file, const struct csv_options *csv, struct table *table)
{
    (void)csv;
    return npy_read(file->path, file->data, file->bytes, table);
}

static int read_svm(struct contents *file, const struct csv_options *csv, struct table *table)
{
    const struct columns *const known = csv->known;
    const struct svm_options options = {.least = known != NULL ? known->cols : 0,
                                        .from_zero = known != NULL && known->from_zero};
    return svm_read(file->path, file->data, file->bytes, &options, table);
}

static int read_csv(struct contents *file, const struct csv_options *csv, struct table *table)
{
    char *const data = file->data;

    file->data = NULL;
    return csv_read(file->path, data, file->bytes, csv, table);
}

/* Tables, the first that fits. */
static const struct {
    bool (*is)(const char *data, size_t bytes);
    int (*read)(struct contents *file, const struct csv_options *csv, struct table *table);
} tables[] = {{npy_is, read_npy}, {svm_is, read_svm}, {is_any, read_csv}};

static int open_table(struct contents *file, const struct incline_data_options *options,
                      incline_dataset **dataset)
{
    struct csv_options csv = {.header = options->header, .separator = options->separator};
    struct columns known = {.cols = 0};
    struct table table;
    size_t kind = 0;
    int rc = INCLINE_OK;

    TRY(open_no_pictures(file->path, options));
    if (options->columns != NULL) {
        TRY(columns_from_text(options->columns, &known));
        columns_follow(&known, &csv);
    }
    while (!tables[kind].is(file->data, file->bytes))
        kind++;
    TRY(tables[kind].read(file, &csv, &table));
    rc = columns_dataset(&table, options, NULL, dataset);
out:
    columns_clear(&known);
    return rc;
}

static int open_picture(struct contents *file, const struct incline_data_options *options,
                        incline_dataset **dataset)
{
    return pictures_open(file->path, file->data, file->bytes, options, dataset);
}

/* A picture that nothing reads; the reader of pictures says so. */
static bool is_foreign(const char *data, size_t bytes)
{
    return picture_foreign(data, bytes) != NULL;
}

static int open_archive(struct contents *file, const struct incline_data_options *options,
                        incline_dataset **dataset)
{
    const int rc = open_no_pictures(file->path, options);
    return rc != INCLINE_OK
               ? rc
               : npz_open(file->path, file->data, file->bytes, file->split, options, dataset);
}

/* Everything that is not read early, the first that fits. */
static const struct {
    bool (*is)(const char *data, size_t bytes);
    int (*open)(struct contents *file, const struct incline_data_options *options,
                incline_dataset **dataset);
} formats[] = {{picture_is, open_picture},
               {is_foreign, open_picture},
               {npz_is, open_archive},
               {is_any, open_table}};

int open_no_pictures(const char *name, const struct incline_data_options *options)
{
    if (options->resize_rows == 0 && !options->invert)
        return INCLINE_OK;
    return FAIL(INCLINE_EARG, "%s: holds no pictures (PNG, PGM), so there is nothing to %s", name,
                options->invert ? "invert" : "resize");
}

/* Bare numbers, whatever they look like. */
static int open_raw(struct contents *file, const struct incline_data_options *options,
                    incline_dataset **dataset)
{
    struct table table;

    int rc = open_no_pictures(file->path, options);
    if (rc == INCLINE_OK)
        rc = raw_read(file->path, file->data, file->bytes, &options->raw, &table);
    return rc != INCLINE_OK ? rc : columns_dataset(&table, options, NULL, dataset);
}

int open_bytes(const char *path, char *data, size_t bytes, enum incline_split split,
               const struct incline_data_options *options, incline_dataset **dataset)
{
    struct contents file = {path, data, bytes, split};
    incline_dataset *made = NULL;
    size_t format = 0;
    int rc = INCLINE_OK;

    if (options->raw.cols > 0) {
        rc = open_raw(&file, options, &made);
    } else if (bytes == 0) {
        rc = FAIL(INCLINE_EFORMAT, "%s: is empty", path);
    } else {
        while (!formats[format].is(data, bytes))
            format++;
        rc = formats[format].open(&file, options, &made);
    }
    free(file.data);
    if (rc != INCLINE_OK)
        return rc;
    open_name(made, path);
    *dataset = made;
    return INCLINE_OK;
}

int open_file(const char *path, enum incline_split split,
              const struct incline_data_options *options, incline_dataset **dataset)
{
    const char *const name = strcmp(path, "-") == 0 ? INCLINE_STANDARD_INPUT : path;
    char *data = NULL;
    size_t bytes = 0;
    bool idx = false;

    int rc = options->raw.cols > 0 ? INCLINE_OK : is_idx(path, &idx);
    if (rc == INCLINE_OK && idx)
        rc = open_no_pictures(path, options);
    if (rc != INCLINE_OK)
        return rc;
    if (idx)
        return open_images(path, path, dataset);
    rc = stream_all(path, SIZE_MAX / 4, &data, &bytes);
    return rc != INCLINE_OK ? rc : open_bytes(name, data, bytes, split, options, dataset);
}
