/* idx_values.c - what the elements of an IDX file become: bytes stay bytes, all others are taken as
 * they are, as floats; labels become class numbers. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "host/data/columns.h"
#include "host/data/room.h"
#include "host/util/status.h"

bool idx_are_bytes(const struct idx_file *file)
{
    return file->type.kind == 'u';
}

static int to_floats(const struct idx_file *file, const unsigned char *elements, float *floats)
{
    const size_t each = file->count / file->shape[0];

    for (size_t i = 0; i < file->count; i++) {
        const double value = element_value(&file->type, elements + i * file->type.width);
        if (!(fabs(value) <= TABLE_LARGEST))
            return FAIL(INCLINE_EFORMAT,
                        "%s: sample %zu, feature %zu is %g: not finite, or more than a float can "
                        "hold; mend the value",
                        file->stream.path, i / each + 1, i % each + 1, value);
        floats[i] = (float)value;
    }
    return INCLINE_OK;
}

int idx_values(struct idx_file *file, void **values)
{
    unsigned char *elements = NULL;
    float *floats = NULL;

    int rc = idx_elements(file, &elements);
    if (rc != INCLINE_OK || idx_are_bytes(file)) {
        *values = rc == INCLINE_OK ? elements : *values;
        return rc;
    }
    floats = dataset_room(file->count * sizeof *floats);
    if (floats == NULL) {
        rc = FAIL(INCLINE_ENOMEM, "%s: %zu bytes for %s; close other programs", file->stream.path,
                  file->count * sizeof *floats, file->what);
        goto out;
    }
    TRY(to_floats(file, elements, floats));
    *values = floats;
    floats = NULL;
out:
    free(floats);
    free(elements);
    return rc;
}

bool idx_can_be_mapped(const struct idx_file *file)
{
    return idx_are_bytes(file) && !file->stream.compressed && file->bytes >= MAPPED_BYTES;
}

int idx_map(const struct idx_file *file, struct mapped *mapped, void **values)
{
    const struct stream *stream = &file->stream;
    const int rc = mapped_open(stream->path, stream->file, stream->file_bytes, mapped);

    if (rc == INCLINE_OK)
        *values = (unsigned char *)mapped->base + (stream->file_bytes - file->bytes);
    return rc;
}

static int to_labels(const struct idx_file *file, const unsigned char *elements, uint32_t *labels)
{
    for (uint32_t row = 0; row < file->shape[0]; row++) {
        const double value = element_value(&file->type, elements + (size_t)row * file->type.width);
        if (!(value >= 0.0 && value < CLASSES_MOST))
            return FAIL(INCLINE_EFORMAT,
                        "%s: label %" PRIu32 " is %.0f; labels are whole numbers from 0 to %d, "
                        "convert the file",
                        file->stream.path, row + 1, value, CLASSES_MOST - 1);
        labels[row] = (uint32_t)value;
    }
    return INCLINE_OK;
}

int idx_labels(const char *path, uint32_t *rows, uint32_t **labels)
{
    struct idx_file file;
    unsigned char *elements = NULL;
    uint32_t *made = NULL;

    int rc = idx_open(path, IDX_LABELS, &file);
    if (rc != INCLINE_OK)
        return rc;
    if (file.type.kind == 'f') {
        rc = FAIL(INCLINE_EFORMAT,
                  "%s: labels are integers, this file holds floats; convert the file", path);
        goto out;
    }
    TRY(idx_elements(&file, &elements));
    made = malloc(file.count * sizeof *made);
    if (made == NULL) {
        rc = FAIL(INCLINE_ENOMEM, "%s: no memory for %s; close other programs", path, file.what);
        goto out;
    }
    TRY(to_labels(&file, elements, made));
    *rows = file.shape[0];
    *labels = made;
    made = NULL;
out:
    free(made);
    free(elements);
    idx_close(&file);
    return rc;
}
