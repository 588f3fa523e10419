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
#define MOST_DIMS 255
/* How far images are believed to shrink, and what is set aside for a compressed file that claims
 * more before its bytes show that it is needed. */
#define LIKELY_RATIO 32
#define FIRST_ROOM 1048576

enum { TYPE_BYTES = 0x08 };

static const char *type_name(unsigned type)
{
    static const struct {
        unsigned type;
        const char *name;
    } names[] = {
        {0x09, "signed bytes"},  {0x0b, "16-bit integers"}, {0x0c, "32-bit integers"},
        {0x0d, "32-bit floats"}, {0x0e, "64-bit floats"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].type == type)
            return names[i].name;
    return "a type that IDX does not know";
}

static const char *contents(uint32_t dims)
{
    return dims == 1 ? "labels" : dims == 3 ? "images" : "something else";
}

/* Read what stands before the elements; shape[dims]. */
static int read_header(struct stream *stream, uint32_t dims, uint32_t *shape)
{
    unsigned char magic[MAGIC_BYTES], sizes[4 * MOST_DIMS];
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
                    path, MAGIC_BYTES + 4 * dims, got);
    if (magic[2] != TYPE_BYTES)
        return FAIL(INCLINE_EFORMAT,
                    "%s: byte 2 says element type 0x%02x (%s); only unsigned "
                    "bytes (0x08) are read, convert the file",
                    path, magic[2], type_name(magic[2]));
    if (magic[3] != dims && (magic[3] == 1 || magic[3] == 3))
        return FAIL(INCLINE_EFORMAT,
                    "%s: holds %s, %s expected: byte 3 says %u dimensions instead "
                    "of %" PRIu32 "; name the other file of the pair",
                    path, contents(magic[3]), contents(dims), magic[3], dims);
    if (magic[3] != dims)
        return FAIL(INCLINE_EFORMAT,
                    "%s: byte 3 says %u dimensions, %" PRIu32 " expected for %s; "
                    "convert the file",
                    path, magic[3], dims, contents(dims));

    rc = stream_read(stream, sizes, 4 * (size_t)dims, &got);
    if (rc != INCLINE_OK)
        return rc;
    if (got < 4 * (size_t)dims)
        return FAIL(INCLINE_EFORMAT,
                    "%s: a header of %u bytes expected, %zu found; the file is "
                    "cut short, " FETCH_AGAIN,
                    path, MAGIC_BYTES + 4 * dims, MAGIC_BYTES + got);
    for (uint32_t d = 0; d < dims; d++)
        shape[d] = (uint32_t)sizes[4 * d] << 24 | (uint32_t)sizes[4 * d + 1] << 16 |
                   (uint32_t)sizes[4 * d + 2] << 8 | sizes[4 * d + 3];
    return INCLINE_OK;
}

/* text = "60000 images of 28x28" or "60000 labels". */
static void shape_text(char *text, size_t bytes, uint32_t dims, const uint32_t *shape)
{
    int used = snprintf(text, bytes, "%" PRIu32 " %s", shape[0], dims == 1 ? "labels" : "images");
    for (uint32_t d = 1; d < dims && used >= 0 && (size_t)used < bytes; d++)
        used += snprintf(text + used, bytes - (size_t)used, "%s%" PRIu32, d == 1 ? " of " : "x",
                         shape[d]);
}

/* Read exactly `bytes` elements. What a compressed header claims is believed only as far as
 * the bytes arrive, so a small file cannot ask for all memory. */
int idx_elements(struct idx_file *file, unsigned char **values)
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
    *values = held;
    held = NULL;
out:
    free(held);
    return rc;
}

int idx_open(const char *path, uint32_t dims, uint32_t *shape, struct idx_file *file)
{
    struct stream *stream = &file->stream;
    uint32_t read_shape[MOST_DIMS];
    size_t bytes = 1;
    int rc = INCLINE_OK;

    if (dims == 0 || dims > MOST_DIMS)
        return FAIL(INCLINE_EARG, "%s: %" PRIu32 " dimensions; an IDX file has 1 to %d", path, dims,
                    MOST_DIMS);
    rc = stream_open(path, false, stream);
    if (rc != INCLINE_OK)
        return rc;
    TRY(read_header(stream, dims, read_shape));

    shape_text(file->what, sizeof file->what, dims, read_shape);
    for (uint32_t d = 0; d < dims; d++) {
        if (read_shape[d] == 0) {
            rc = FAIL(INCLINE_EFORMAT, "%s: the header promises %s, so nothing; " FETCH_AGAIN, path,
                      file->what);
            goto out;
        }
        if (!size_mul(bytes, read_shape[d], &bytes)) {
            rc = FAIL(INCLINE_EFORMAT,
                      "%s: the header promises %s, more bytes than can be "
                      "counted; the file is damaged, " FETCH_AGAIN,
                      path, file->what);
            goto out;
        }
    }
    const uint64_t header = MAGIC_BYTES + 4 * (uint64_t)dims;
    const uint64_t found = stream->file_bytes - header;
    if (!stream->compressed && found != bytes) {
        rc = FAIL(INCLINE_EFORMAT,
                  "%s: %zu bytes expected for %s, %" PRIu64 " found; %s, " FETCH_AGAIN, path, bytes,
                  file->what, found,
                  found < bytes ? "the file is cut short" : "the header or the data are damaged");
        goto out;
    }
    file->bytes = bytes;
    memcpy(shape, read_shape, dims * sizeof *shape);
    return INCLINE_OK;
out:
    stream_close(stream);
    return rc;
}

void idx_close(struct idx_file *file)
{
    stream_close(&file->stream);
}

int idx_read(const char *path, uint32_t dims, uint32_t *shape, unsigned char **values)
{
    struct idx_file file;
    uint32_t read_shape[MOST_DIMS];

    int rc = idx_open(path, dims, read_shape, &file);
    if (rc != INCLINE_OK)
        return rc;
    rc = idx_elements(&file, values);
    idx_close(&file);
    if (rc == INCLINE_OK)
        memcpy(shape, read_shape, dims * sizeof *shape);
    return rc;
}
