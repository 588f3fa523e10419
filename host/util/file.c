/* file.c - paths, folders, and whole files read; writing them is in file_write.c.
 *
 * Knows the file system and its failures; what stands in a file is the business of others. */
#define _XOPEN_SOURCE 700 /* realpath() */
#include "host/util/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/util/status.h"

const char *file_remedy(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
        return "check the path";
    case EACCES:
    case EPERM:
    case EROFS:
        return "change its permissions or choose another place";
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return "make room or choose another place";
    case EISDIR:
        return "name a file, not a folder";
    case EMFILE:
    case ENFILE:
        return "close other files, or raise the limit with ulimit -n";
    case ENAMETOOLONG:
        return "choose a shorter path";
    default:
        return "check the disk and try again";
    }
}

int file_fail(const char *path, const char *verb, int error)
{
    return FAIL(INCLINE_EIO, "%s: cannot be %s: %s; %s", path, verb, strerror(error),
                file_remedy(error));
}

bool file_is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

bool file_exists(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISREG(about.st_mode);
}

bool file_absolute(const char *path, char *absolute)
{
    char *const whole = realpath(path, NULL);
    const bool fits = whole != NULL && strlen(whole) < FILE_PATH_MAX;

    if (fits)
        strcpy(absolute, whole);
    free(whole);
    return fits;
}

int file_fail_long(const char *path, size_t bytes)
{
    return FAIL(INCLINE_EARG,
                "%.80s...: a path of %zu bytes; the limit is %d, choose a shorter one", path, bytes,
                FILE_PATH_MAX - 1);
}

int file_join(const char *folder, const char *name, char *path)
{
    const size_t head = strlen(folder), tail = strlen(name);
    const size_t slash = head > 0 && folder[head - 1] != '/';

    if (head + slash + tail >= FILE_PATH_MAX)
        return file_fail_long(folder, head + slash + tail);
    char joined[FILE_PATH_MAX];
    memcpy(joined, folder, head);
    if (slash)
        joined[head] = '/';
    memcpy(joined + head + slash, name, tail + 1);
    memcpy(path, joined, head + slash + tail + 1);
    return INCLINE_OK;
}

int file_make_folder(const char *path)
{
    char part[FILE_PATH_MAX];
    const size_t bytes = strlen(path);

    if (bytes == 0)
        return FAIL(INCLINE_EIO, "a folder with an empty name cannot be made; name one");
    if (bytes >= sizeof part)
        return file_fail_long(path, bytes);
    for (size_t end = 1; end <= bytes; end++) {
        if (path[end] != '/' && path[end] != '\0')
            continue;
        memcpy(part, path, end);
        part[end] = '\0';
        const int reason = mkdir(part, 0777) == 0 ? 0 : errno;
        if (reason == 0 || file_is_folder(part))
            continue;
        /* mkdir() says only "exists" for a file that stands in the way. */
        if (reason == EEXIST)
            return FAIL(INCLINE_EIO,
                        "%s: cannot be made: a file of that name is in the way; "
                        "remove it or choose another place",
                        part);
        return file_fail(part, "made", reason);
    }
    return INCLINE_OK;
}

/* Read up to `want` bytes; fewer only at the end of the file. False, with errno, on failure. */
static bool read_fully(int file, unsigned char *data, size_t want, size_t *got)
{
    size_t have = 0;
    while (have < want) {
        const size_t piece = want - have < INT_MAX ? want - have : INT_MAX;
        const ssize_t n = read(file, data + have, piece);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        if (n == 0)
            break;
        have += (size_t)n;
    }
    *got = have;
    return true;
}

int file_read(const char *path, size_t limit, unsigned char **data, size_t *bytes)
{
    unsigned char *held = NULL;
    size_t room = 0, have = 0;
    struct stat about;
    int rc = INCLINE_OK;

    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return file_fail(path, "opened", errno);
    if (fstat(file, &about) != 0) {
        rc = file_fail(path, "read", errno);
        goto out;
    }
    if (S_ISREG(about.st_mode) && (uintmax_t)about.st_size > limit) {
        rc = FAIL(INCLINE_EFORMAT,
                  "%s: at most %zu bytes expected, %ju found; this is not the "
                  "kind of file it should be",
                  path, limit, (uintmax_t)about.st_size);
        goto out;
    }

    /* The size is only a hint: it is 0 for pipes and for files that the kernel makes up. One
     * byte more than the hint finds the end without a second round. */
    room = S_ISREG(about.st_mode) ? (size_t)about.st_size + 1 : 4096;
    for (;;) {
        unsigned char *larger = realloc(held, room);
        if (larger == NULL) {
            rc = FAIL(INCLINE_ENOMEM, "%s: %zu bytes to read it; close other programs", path, room);
            goto out;
        }
        held = larger;
        size_t got = 0;
        if (!read_fully(file, held + have, room - have, &got)) {
            rc = file_fail(path, "read", errno);
            goto out;
        }
        have += got;
        if (have > limit) {
            rc = FAIL(INCLINE_EFORMAT,
                      "%s: at most %zu bytes expected, more found; this is not "
                      "the kind of file it should be",
                      path, limit);
            goto out;
        }
        if (have < room)
            break;
        if (room > SIZE_MAX / 2) {
            rc = FAIL(INCLINE_ENOMEM, "%s: more than %zu bytes; use a smaller file", path, room);
            goto out;
        }
        room *= 2;
    }
    held[have] = 0;
    *data = held;
    *bytes = have;
    held = NULL;
out:
    close(file);
    free(held);
    return rc;
}
