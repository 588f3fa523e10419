/* stream.c - the bytes of a file, plain or gzip-compressed.
 *
 * zlib's own file functions report a file that is cut short as a short read and pass over
 * garbage behind the compressed data; inflate() called here lets neither go by. Knows nothing
 * of what the bytes mean. */
#include "host/data/room.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/util/status.h"

/* The end of each message about a file that is damaged, whatever it holds. */
#define COPY_AGAIN "copy or fetch it again"

#define INPUT_BYTES 262144u

static int fail_file(const char *path, const char *verb)
{
    return FAIL(INCLINE_EIO, "%s: cannot be %s: %s; check the path and its permissions", path, verb,
                strerror(errno));
}

/* Up to `want` bytes of the file as it lies on disk. */
static int read_raw(struct stream *stream, unsigned char *data, size_t want, size_t *got)
{
    size_t have = 0;
    for (; have < want && stream->peeked > 0; stream->peeked--)
        data[have++] = stream->peek[sizeof stream->peek - stream->peeked];
    while (have < want) {
        const size_t piece = want - have < INT_MAX ? want - have : INT_MAX;
        const ssize_t n = read(stream->file, data + have, piece);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_file(stream->path, "read");
        if (n == 0)
            break;
        have += (size_t)n;
    }
    *got = have;
    return INCLINE_OK;
}

/* Look at the first two bytes and keep them for whoever reads next; false if there are fewer. */
static int peek(struct stream *stream, bool *compressed)
{
    unsigned char *const magic = stream->peek;
    size_t got = 0;
    const int rc = read_raw(stream, magic, sizeof stream->peek, &got);
    if (rc != INCLINE_OK)
        return rc;
    if (got < sizeof stream->peek) /* one byte or none: to the end, where it is read from */
        stream->peek[sizeof stream->peek - 1] = magic[0];
    stream->peeked = got;
    *compressed = got == sizeof stream->peek && magic[0] == 0x1f && magic[1] == 0x8b;
    return INCLINE_OK;
}

int stream_open(const char *path, bool any, struct stream *stream)
{
    struct stat about;
    const bool standard = any && strcmp(path, "-") == 0;
    bool compressed = false;
    int rc = INCLINE_OK;

    /* Set up in place: zlib remembers where its z_stream lies. */
    memset(stream, 0, sizeof *stream);
    stream->path = standard ? INCLINE_STANDARD_INPUT : path;
    /* A pipe that nobody writes to would be waited for, unless it is refused anyway. */
    stream->file = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                            : open(path, O_RDONLY | O_CLOEXEC | (any ? 0 : O_NONBLOCK));
    if (stream->file < 0)
        return fail_file(path, "opened");
    if (fstat(stream->file, &about) != 0) {
        rc = fail_file(path, "read");
        goto out;
    }
    if (!S_ISREG(about.st_mode) && (!any || S_ISDIR(about.st_mode))) {
        rc = FAIL(INCLINE_EIO, "%s: is not a regular file; name %s", path,
                  any ? "a file of data" : "an IDX file");
        goto out;
    }
    stream->file_bytes = S_ISREG(about.st_mode) ? (uint64_t)about.st_size : 0;
    TRY(peek(stream, &compressed));
    if (!compressed)
        return INCLINE_OK;
    stream->input = malloc(INPUT_BYTES);
    /* 15 bits of window, and 16 to ask for gzip's header and check sums. */
    if (stream->input == NULL || inflateInit2(&stream->zip, 15 + 16) != Z_OK) {
        rc = FAIL(INCLINE_ENOMEM, "%s: %u bytes to decompress it; close other programs", path,
                  INPUT_BYTES);
        goto out;
    }
    stream->compressed = true;
    return INCLINE_OK;
out:
    free(stream->input);
    close(stream->file);
    return rc;
}

void stream_close(struct stream *stream)
{
    if (stream->compressed)
        inflateEnd(&stream->zip);
    free(stream->input);
    close(stream->file);
}

/* Have at least `want` compressed bytes at hand, or all that are left. */
static int refill(struct stream *stream, size_t want)
{
    z_stream *zip = &stream->zip;
    if (zip->avail_in >= want)
        return INCLINE_OK;
    if (zip->avail_in > 0)
        memmove(stream->input, zip->next_in, zip->avail_in);
    size_t got = 0;
    const int rc =
        read_raw(stream, stream->input + zip->avail_in, INPUT_BYTES - zip->avail_in, &got);
    if (rc != INCLINE_OK)
        return rc;
    zip->next_in = stream->input;
    zip->avail_in += (uInt)got;
    stream->taken += got;
    return INCLINE_OK;
}

/* Behind one complete member: the end of the file, another member, or garbage. */
static int next_member(struct stream *stream)
{
    z_stream *zip = &stream->zip;
    const int rc = refill(stream, 2);
    if (rc != INCLINE_OK)
        return rc;
    if (zip->avail_in == 0) {
        stream->ended = true;
        return INCLINE_OK;
    }
    if (zip->avail_in < 2 || zip->next_in[0] != 0x1f || zip->next_in[1] != 0x8b)
        return FAIL(INCLINE_EFORMAT,
                    "%s: the compressed data end before byte %ju, and something else "
                    "follows; " COPY_AGAIN,
                    stream->path, (uintmax_t)(stream->taken - zip->avail_in));
    inflateReset(zip);
    return INCLINE_OK;
}

static int read_compressed(struct stream *stream, unsigned char *data, size_t want, size_t *got)
{
    z_stream *zip = &stream->zip;
    size_t have = 0;

    while (have < want && !stream->ended) {
        int rc = refill(stream, 1);
        if (rc != INCLINE_OK)
            return rc;
        if (zip->avail_in == 0)
            return FAIL(INCLINE_EFORMAT,
                        "%s: the compressed data are not complete after %ju "
                        "bytes; the file is cut short, " COPY_AGAIN,
                        stream->path, (uintmax_t)stream->taken);
        const uInt room = want - have < INT_MAX ? (uInt)(want - have) : INT_MAX;
        zip->next_out = data + have;
        zip->avail_out = room;
        const int answer = inflate(zip, Z_NO_FLUSH);
        have += room - zip->avail_out;
        if (answer == Z_STREAM_END)
            rc = next_member(stream);
        else if (answer == Z_MEM_ERROR)
            rc = FAIL(INCLINE_ENOMEM, "%s: no memory to decompress it; close other programs",
                      stream->path);
        else if (answer != Z_OK && answer != Z_BUF_ERROR)
            rc = FAIL(INCLINE_EFORMAT,
                      "%s: the compressed data are damaged before byte %ju (%s); " COPY_AGAIN,
                      stream->path, (uintmax_t)(stream->taken - zip->avail_in),
                      zip->msg != NULL ? zip->msg : "no details");
        if (rc != INCLINE_OK)
            return rc;
    }
    *got = have;
    return INCLINE_OK;
}

bool stream_waiting(const struct stream *stream)
{
    struct pollfd file = {.fd = stream->file, .events = POLLIN};
    return stream->peeked > 0 || (stream->compressed && stream->zip.avail_in > 0) ||
           poll(&file, 1, 0) > 0;
}

int stream_some(struct stream *stream, unsigned char *data, size_t want, size_t *got)
{
    ssize_t n;

    if (stream->compressed || stream->peeked > 0)
        return stream_read(stream, data,
                           !stream->compressed && want > stream->peeked ? stream->peeked : want,
                           got);
    do
        n = read(stream->file, data, want < INT_MAX ? want : INT_MAX);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return fail_file(stream->path, "read");
    *got = (size_t)n;
    return INCLINE_OK;
}

int stream_read(struct stream *stream, unsigned char *data, size_t want, size_t *got)
{
    return stream->compressed ? read_compressed(stream, data, want, got)
                              : read_raw(stream, data, want, got);
}

int stream_all(const char *path, size_t limit, char **data, size_t *bytes)
{
    struct stream stream;
    unsigned char *held = NULL;
    size_t have = 0, room = 0, got = 0;
    int rc = stream_open(path, true, &stream);

    if (rc != INCLINE_OK)
        return rc;
    const uint64_t likely = stream.compressed ? 0 : stream.file_bytes;
    do { /* one byte more than a plain file has, so that its end is seen without growing */
        const size_t step = have > 0 ? room : likely < limit ? (size_t)likely : limit;
        room = step > SIZE_MAX / 4 ? SIZE_MAX / 2 : room + step + INPUT_BYTES;
        unsigned char *const larger = dataset_room(room + 1);
        if (larger == NULL) {
            rc = FAIL(INCLINE_ENOMEM, "%s: %zu bytes to read it; close other programs", stream.path,
                      room);
            goto out;
        }
        if (held != NULL)
            memcpy(larger, held, have);
        free(held);
        held = larger;
        TRY(stream_read(&stream, held + have, room - have, &got));
        have += got;
    } while (have == room && have <= limit);
    if (have > limit) {
        rc = FAIL(INCLINE_EFORMAT, "%s: more than %zu bytes; use a smaller file", stream.path,
                  limit);
        goto out;
    }
    held[have] = '\0';
    *data = (char *)held;
    *bytes = have;
    held = NULL;
out:
    free(held);
    stream_close(&stream);
    return rc;
}
