/* idx.c - the IDX format: big-endian magic and sizes, then the elements.
 *
 * Two zero bytes, the element type, the number of dimensions; then each dimension as 32 bits;
 * then the elements, the last dimension fastest. Knows nothing of data sets: what is paired
 * with what is decided in open.c. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/data/room.h"
#include "host/util/size.h"
#include "host/util/status.h"

#define MAGIC_BYTES 4
enum { IMAGE_DIMS = 3, FLAT_DIMS = 2, LABEL_DIMS = 1 };
/* How far images are believed to shrink, and what is set aside for a compressed file that claims
 * more before its bytes show that it is needed. */
#define LIKELY_RATIO 32
#define FIRST_ROOM 1048576

/* What byte 2 of the magic says. */
static const struct {
    unsigned code;
    struct element element;
} types[] = {
    {0x08, {'u', 1, true}}, {0x09, {'i', 1, true}}, {0x0b, {'i', 2, true}},
    {0x0c, {'i', 4, true}}, {0x0d, {'f', 4, true}}, {0x0e, {'f', 8, true}},
};

static bool find_type(unsigned code, struct element *element)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].code == code) {
            *element = types[i].element;
            return true;
        }
    return false;
}

static const char *contents(uint32_t dims)
{
    return dims == LABEL_DIMS ? "labels" : dims <= IMAGE_DIMS ? "images" : "something else";
}

/* What byte 3 says, against what is wanted. */
static int check_dims(const char *path, uint32_t dims, enum idx_kind kind)
{
    const bool labels = kind == IDX_LABELS;
    const char *const wanted = labels ? "1 expected for labels" : "3 or 2 expected for images";

    if (labels ? dims == LABEL_DIMS : dims == IMAGE_DIMS || dims == FLAT_DIMS)
        return INCLINE_OK;
    if (dims >= LABEL_DIMS && dims <= IMAGE_DIMS)
        return FAIL(INCLINE_EFORMAT,
                    "%s: holds %s, %s expected: byte 3 says %" PRIu32
                    " dimensions, %s; name the other file of the pair",
                    path, contents(dims), labels ? "labels" : "images", dims, wanted);
    return FAIL(INCLINE_EFORMAT, "%s: byte 3 says %" PRIu32 " dimensions, %s; convert the file",
                path, dims, wanted);
}

/* Read what stands before the elements. */
static int read_header(struct idx_file *file, enum idx_kind kind)
{
    struct stream *const stream = &file->stream;
    unsigned char magic[MAGIC_BYTES], sizes[4 * IMAGE_DIMS];
    const char *path = stream->path;
    size_t got = 0;

    int rc = stream_read(stream, magic, sizeof magic, &got);
    if (rc != INCLINE_OK)
        return rc;
    if (got == sizeof magic && magic[0] == '<')
        return FAIL(INCLINE_EFORMAT,
                    "%s: is a web page, not an IDX file: the download went wrong; " FETCH_AGAIN,
                    path);
    if (got > 0 && (magic[0] != 0 || (got > 1 && magic[1] != 0)))
        return FAIL(INCLINE_EFORMAT,
                    "%s: not an IDX file: it starts with byte 0x%02x 0x%02x, two "
                    "zeros expected; name an IDX file, or " FETCH_AGAIN,
                    path, magic[0], got > 1 ? magic[1] : 0u);
    if (got < sizeof magic)
        return FAIL(INCLINE_EFORMAT,
                    "%s: a header of %u bytes expected, %zu found; the file is "
                    "cut short, " FETCH_AGAIN,
                    path, MAGIC_BYTES + 4u * (kind == IDX_LABELS ? LABEL_DIMS : IMAGE_DIMS), got);
    if (!find_type(magic[2], &file->type))
        return FAIL(
            INCLINE_EFORMAT,
            "%s: byte 2 says element type 0x%02x, which IDX does not have: 0x08 is unsigned "
            "bytes, 0x09 signed, 0x0b 16-bit and 0x0c 32-bit integers, 0x0d 32-bit and 0x0e "
            "64-bit floats; convert the file",
            path, magic[2]);
    rc = check_dims(path, magic[3], kind);
    if (rc != INCLINE_OK)
        return rc;
    file->dims = magic[3];
    rc = stream_read(stream, sizes, 4 * (size_t)file->dims, &got);
    if (rc != INCLINE_OK)
        return rc;
    if (got < 4 * (size_t)file->dims)
        return FAIL(INCLINE_EFORMAT,
                    "%s: a header of %u bytes expected, %zu found; the file is "
                    "cut short, " FETCH_AGAIN,
                    path, MAGIC_BYTES + 4 * file->dims, MAGIC_BYTES + got);
    for (uint32_t d = 0; d < file->dims; d++)
        file->shape[d] = (uint32_t)sizes[4 * d] << 24 | (uint32_t)sizes[4 * d + 1] << 16 |
                         (uint32_t)sizes[4 * d + 2] << 8 | sizes[4 * d + 3];
    return INCLINE_OK;
}

/* text = "60000 images of 28x28" or "60000 labels". */
static void shape_text(char *text, size_t bytes, uint32_t dims, const uint32_t *shape)
{
    int used = snprintf(text, bytes, "%" PRIu32 " %s", shape[0], contents(dims));
    for (uint32_t d = 1; d < dims && used >= 0 && (size_t)used < bytes; d++)
        used += snprintf(text + used, bytes - (size_t)used, "%s%" PRIu32, d == 1 ? " of " : "x",
                         shape[d]);
}

/* What a compressed header claims is believed only as far as the bytes arrive, so a small file
 * cannot ask for all memory. */
int idx_elements(struct idx_file *file, unsigned char **elements)
{
    struct stream *stream = &file->stream;
    const size_t bytes = file->bytes;
    unsigned char *held = NULL, beyond;
    size_t have = 0, got = 0;
    int rc = INCLINE_OK;

    const bool likely = !stream->compressed || bytes / LIKELY_RATIO <= stream->file_bytes;
    size_t room = likely || bytes < FIRST_ROOM ? bytes : FIRST_ROOM;
    while (have < bytes) {
        unsigned char *larger = dataset_room(room);
        if (larger == NULL) {
            rc = FAIL(INCLINE_ENOMEM, "%s: %zu bytes for %s; close other programs", stream->path,
                      room, file->what);
            goto out;
        }
        if (held != NULL)
            memcpy(larger, held, have);
        free(held);
        held = larger;
        TRY(stream_read(stream, held + have, room - have, &got));
        have += got;
        if (have < room) {
            rc = FAIL(INCLINE_EFORMAT,
                      "%s: %zu bytes expected for %s, %zu found; the file is cut "
                      "short, " FETCH_AGAIN,
                      stream->path, bytes, file->what, have);
            goto out;
        }
        room = room > bytes / 2 ? bytes : 2 * room;
    }
    /* Asking for one byte more also makes the check sums of a compressed file be looked at. */
    TRY(stream_read(stream, &beyond, 1, &got));
    if (got != 0) {
        rc = FAIL(INCLINE_EFORMAT,
                  "%s: %zu bytes expected for %s, more found; the header or the "
                  "data are damaged, " FETCH_AGAIN,
                  stream->path, bytes, file->what);
        goto out;
    }
    *elements = held;
    held = NULL;
out:
    free(held);
    return rc;
}

int idx_open(const char *path, enum idx_kind kind, struct idx_file *file)
{
    struct stream *stream = &file->stream;
    size_t count = 1, bytes;

    int rc = stream_open(path, false, stream);
    if (rc != INCLINE_OK)
        return rc;
    TRY(read_header(file, kind));

    const uint32_t dims = file->dims;
    shape_text(file->what, sizeof file->what, dims, file->shape);
    for (uint32_t d = 0; d < dims; d++) {
        if (file->shape[d] == 0) {
            rc = FAIL(INCLINE_EFORMAT, "%s: the header promises %s, so nothing; " FETCH_AGAIN, path,
                      file->what);
            goto out;
        }
        if (!size_mul(count, file->shape[d], &count))
            count = SIZE_MAX;
    }
    /* Floats that are made of them must be counted, too. */
    if (count > SIZE_MAX / sizeof(double)) {
        rc = FAIL(INCLINE_EFORMAT,
                  "%s: the header promises %s, more bytes than can be "
                  "counted; the file is damaged, " FETCH_AGAIN,
                  path, file->what);
        goto out;
    }
    bytes = count * file->type.width;
    const uint64_t header = MAGIC_BYTES + 4 * (uint64_t)dims;
    const uint64_t found = stream->file_bytes - header;
    if (!stream->compressed && found != bytes) {
        rc = FAIL(INCLINE_EFORMAT,
                  "%s: %zu bytes expected for %s, %" PRIu64 " found; %s, " FETCH_AGAIN, path, bytes,
                  file->what, found,
                  found < bytes ? "the file is cut short" : "the header or the data are damaged");
        goto out;
    }
    file->count = count;
    file->bytes = bytes;
    return INCLINE_OK;
out:
    stream_close(stream);
    return rc;
}

void idx_close(struct idx_file *file)
{
    stream_close(&file->stream);
}
