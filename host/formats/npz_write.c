/* npz_write.c - weights and biases for numpy.load(): see model_export.h.
 *
 * An NPZ file is a ZIP archive of NPY files, here stored as they are. Dates are those of the first
 * day that the format has, so that the same model gives the same bytes.
 * Source: numpy.lib.format, and PKWARE's APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "host/formats/model_export.h"
#include "host/util/bytes.h"
#include "host/util/npy_header.h"

enum { NAME_BYTES = 40, ZIP_VERSION = 20, FIRST_DAY = 1 << 5 | 1 };
#define ENTRIES_LIMIT 0xffffu
#define ARCHIVE_LIMIT ((uint64_t)UINT32_MAX)

/* An archive under way: the files so far, and the directory that will stand behind them. */
struct archive {
    struct bytes files, directory;
    uint32_t entries;
};

/* What local header and directory entry have in common, from the version on. */
static void add_facts(struct bytes *out, uint32_t sum, size_t bytes, const char *name)
{
    bytes_little(out, ZIP_VERSION, 2);
    bytes_little(out, 0, 2); /* flags */
    bytes_little(out, 0, 2); /* stored */
    bytes_little(out, 0, 2); /* midnight */
    bytes_little(out, FIRST_DAY, 2);
    bytes_little(out, sum, 4);
    bytes_little(out, bytes, 4);
    bytes_little(out, bytes, 4);
    bytes_little(out, strlen(name), 2);
    bytes_little(out, 0, 2); /* nothing more */
}

/* A file of floats, rows x cols, or only rows where cols is 0. */
static void add_array(struct archive *archive, const char *name, const float *values, uint32_t rows,
                      uint32_t cols)
{
    const size_t data = (size_t)rows * (cols > 0 ? cols : 1) * sizeof *values;
    const size_t at = archive->files.count;
    struct bytes header = {0};
    char shape[NAME_BYTES];

    if (cols > 0)
        snprintf(shape, sizeof shape, "%" PRIu32 ", %" PRIu32, rows, cols);
    else
        snprintf(shape, sizeof shape, "%" PRIu32 ",", rows);
    npy_header(&header, "<f4", shape);
    uLong sum = crc32_z(0, header.data, header.count);
    sum = crc32_z(sum, (const Bytef *)values, data);

    bytes_add(&archive->files, "PK\3\4", 4);
    add_facts(&archive->files, (uint32_t)sum, header.count + data, name);
    bytes_add(&archive->files, name, strlen(name));
    bytes_add(&archive->files, header.data, header.count);
    bytes_add(&archive->files, values, data);

    bytes_add(&archive->directory, "PK\1\2", 4);
    bytes_little(&archive->directory, ZIP_VERSION, 2);
    add_facts(&archive->directory, (uint32_t)sum, header.count + data, name);
    bytes_little(&archive->directory, 0, 2); /* comment */
    bytes_little(&archive->directory, 0, 2); /* disk */
    bytes_little(&archive->directory, 0, 2); /* kind of text */
    bytes_little(&archive->directory, 0, 4); /* permissions */
    bytes_little(&archive->directory, at, 4);
    bytes_add(&archive->directory, name, strlen(name));
    archive->entries++;
    archive->files.failed |= header.failed;
    bytes_clear(&header);
}

/* The directory, and where it is. */
static void close_archive(struct archive *archive)
{
    const size_t at = archive->files.count;

    bytes_add(&archive->files, archive->directory.data, archive->directory.count);
    bytes_add(&archive->files, "PK\5\6", 4);
    bytes_little(&archive->files, 0, 4); /* disks */
    bytes_little(&archive->files, archive->entries, 2);
    bytes_little(&archive->files, archive->entries, 2);
    bytes_little(&archive->files, archive->directory.count, 4);
    bytes_little(&archive->files, at, 4);
    bytes_little(&archive->files, 0, 2); /* comment */
}

int npz_write(const incline_model *model, const char *path,
              const struct incline_export_options *options, struct incline_export_info *info)
{
    const struct net *const net = &model->net;
    struct archive archive = {0};
    char name[NAME_BYTES];
    int rc = INCLINE_OK;

    (void)options;
    if (2 * (uint64_t)net->layers > ENTRIES_LIMIT ||
        net->param_count * (uint64_t)sizeof(float) > ARCHIVE_LIMIT / 2)
        return FAIL(INCLINE_EARG,
                    "%s: %zu parameters in %" PRIu32
                    " layers; plain ZIP files end at 4 GB and 65,535 "
                    "entries, use safetensors",
                    path, net->param_count, net->layers);
    for (uint32_t l = 0; l < net->layers; l++) {
        snprintf(name, sizeof name, "layers.%" PRIu32 ".weight.npy", l);
        add_array(&archive, name, model->params + net_weight_at(net, l), net->widths[l + 1],
                  net->widths[l]);
        snprintf(name, sizeof name, "layers.%" PRIu32 ".bias.npy", l);
        add_array(&archive, name, model->params + net_bias_at(net, l), net->widths[l + 1], 0);
    }
    TRY(bytes_check(&archive.directory, path));
    close_archive(&archive);
    TRY(bytes_write(&archive.files, path));
    info->bytes = archive.files.count;
out:
    bytes_clear(&archive.files);
    bytes_clear(&archive.directory);
    return rc;
}
