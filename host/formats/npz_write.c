/* npz_write.c - weights and biases for numpy.load(): see model_export.h.
 *
 * An NPZ file is a ZIP archive of NPY files, here stored as they are.
 * Source: numpy.lib.format. */
#include <inttypes.h>
#include <stdio.h>

#include "host/formats/model_export.h"
#include "host/util/npy_header.h"
#include "host/util/zip_write.h"

enum { NAME_BYTES = 40 };

/* A file of floats, rows x cols, or only rows where cols is 0. */
static void add_array(struct zip_archive *archive, const char *name, const float *values,
                      uint32_t rows, uint32_t cols)
{
    char shape[NAME_BYTES];

    if (cols > 0)
        snprintf(shape, sizeof shape, "%" PRIu32 ", %" PRIu32, rows, cols);
    else
        snprintf(shape, sizeof shape, "%" PRIu32 ",", rows);
    zip_begin(archive, name);
    npy_header(&archive->files, "<f4", shape);
    bytes_add(&archive->files, values, (size_t)rows * (cols > 0 ? cols : 1) * sizeof *values);
    zip_end(archive);
}

int npz_write(const incline_model *model, const char *path,
              const struct incline_export_options *options, struct incline_export_info *info)
{
    const struct net *const net = &model->net;
    struct zip_archive archive = {.entries = 0};
    char name[NAME_BYTES];
    int rc = INCLINE_OK;

    (void)options;
    for (uint32_t l = 0; l < net->layers; l++) {
        snprintf(name, sizeof name, "layers.%" PRIu32 ".weight.npy", l);
        add_array(&archive, name, model->params + net_weight_at(net, l), net->widths[l + 1],
                  net->widths[l]);
        snprintf(name, sizeof name, "layers.%" PRIu32 ".bias.npy", l);
        add_array(&archive, name, model->params + net_bias_at(net, l), net->widths[l + 1], 0);
    }
    TRY(zip_finish(&archive, path));
    TRY(bytes_write(&archive.files, path));
    info->bytes = archive.files.count;
out:
    zip_clear(&archive);
    return rc;
}
