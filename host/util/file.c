/* file.c - whole files in and out, paths, folders.
 *
 * Knows the file system and its failures; what stands in a file is the business of others. */
#define _GNU_SOURCE 1 /* O_TMPFILE */
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

/* Names tried for a temporary file before giving up; each that a killed process left costs one. */
#define TEMPORARY_NAMES 1000

/* What the user can do about a failed call. */
static const char *remedy(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
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
    case ELOOP:
        return "choose a shorter path";
    default:
        return "check the disk and try again";
    }
}

/* "path: cannot be VERB: reason; remedy", for a call that left its reason in `error`. */
static int fail_io(const char *path, const char *verb, int error)
{
    return FAIL(INCLINE_EIO, "%s: cannot be %s: %s; %s", path, verb, strerror(error),
                remedy(error));
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

static int fail_long(const char *path, size_t bytes)
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
        return fail_long(folder, head + slash + tail);
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
        return fail_long(path, bytes);
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
        return fail_io(part, "made", reason);
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
        return fail_io(path, "opened", errno);
    if (fstat(file, &about) != 0) {
        rc = fail_io(path, "read", errno);
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
            rc = fail_io(path, "read", errno);
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

static bool write_fully(int file, const void *data, size_t bytes)
{
    const unsigned char *next = data;
    while (bytes > 0) {
        const ssize_t n = write(file, next, bytes < INT_MAX ? bytes : INT_MAX);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        next += n;
        bytes -= (size_t)n;
    }
    return true;
}

/* Open a file in `folder` that gets its name only when it is whole; -1 where the system has no such
 * files. Some kernels forget the umask there: where no bit is masked the named way is taken, which
 * is right with a umask of 0, too. */
static int open_nameless(const char *folder)
{
    int file = -1;
#ifdef O_TMPFILE
    enum { MODE = 0666 };
    struct stat about;

    if (access("/proc/self/fd", X_OK) != 0) /* through which it gets its name */
        return -1;
    file = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, MODE);
    if (file >= 0 && (fstat(file, &about) != 0 || (about.st_mode & 0777) == MODE)) {
        close(file);
        return -1;
    }
#else
    (void)folder;
#endif
    return file;
}

/* Give it a name. 0, or -1 with errno. */
static int link_nameless(int file, const char *path)
{
    char place[64];
    snprintf(place, sizeof place, "/proc/self/fd/%d", file);
    return linkat(AT_FDCWD, place, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
}

/* Find a new name in `folder` for a file that has none, or with `file` -1 open a new file for
 * writing, which is what is then returned. Opened with mode 0666 rather than made by mkstemp(),
 * which gives 0600: so the umask and the folder's access lists apply as to any other file, and
 * nobody has to read the umask, which no thread can do without changing it for all.
 * Returns -1, with errno, on failure; -2 where the path is too long. */
static int open_temporary(const char *folder, int file, char *path)
{
    for (unsigned k = 0; k < TEMPORARY_NAMES; k++) {
        char name[64];
        snprintf(name, sizeof name, ".incline-%ld-%u.tmp", (long)getpid(), k);
        if (file_join(folder, name, path) != INCLINE_OK)
            return -2;
        const int done = file >= 0 ? link_nameless(file, path)
                                   : open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (done >= 0 || errno != EEXIST)
            return done;
    }
    errno = EEXIST;
    return -1;
}

/* folder[FILE_PATH_MAX] = what stands before the last slash of `path`, "." if there is none. */
static void folder_of(const char *path, char *folder)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL) {
        memcpy(folder, ".", 2);
        return;
    }
    const size_t bytes = slash == path ? 1 : (size_t)(slash - path);
    memcpy(folder, path, bytes);
    folder[bytes] = '\0';
}

/* Bring the parts to the disk. False, with errno, on failure; a failed fsync() is final: the kernel
 * may have dropped the pages it could not write. */
static bool fill(int file, const struct file_part *parts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!write_fully(file, parts[i].data, parts[i].bytes))
            return false;
    return fsync(file) == 0;
}

/* Write a file that has no name until it is whole, so that a program that is killed leaves nothing
 * that is not: where nothing is replaced it gets its own name at once, else a temporary one, from
 * which it is renamed. False where the system has no such files, or they cannot be named, as where
 * there are no hard links; otherwise *rc says how it went. */
static bool write_nameless(const char *path, const char *folder, const struct file_part *parts,
                           size_t count, int *rc)
{
    char temporary[FILE_PATH_MAX] = "";
    bool done = true;

    const int file = open_nameless(folder);
    if (file < 0)
        return false;
    *rc = INCLINE_OK;
    if (!fill(file, parts, count))
        *rc = fail_io(path, "written", errno);
    else if (link_nameless(file, path) != 0)
        done = errno == EEXIST && open_temporary(folder, file, temporary) == 0;
    close(file); /* fsync() has said all that this could say */
    if (!done || *rc != INCLINE_OK || temporary[0] == '\0')
        return done;
    if (rename(temporary, path) != 0) {
        *rc = fail_io(path, "written", errno);
        unlink(temporary);
    }
    return true;
}

/* Write a file under a temporary name, and rename it. */
static int write_named(const char *path, const char *folder, const struct file_part *parts,
                       size_t count)
{
    char temporary[FILE_PATH_MAX];
    int rc = INCLINE_OK;

    const int file = open_temporary(folder, -1, temporary);
    if (file == -2)
        return fail_long(path, strlen(path));
    if (file < 0)
        return fail_io(path, "written", errno);
    if (!fill(file, parts, count))
        rc = fail_io(path, "written", errno);
    if (close(file) != 0 && rc == INCLINE_OK)
        rc = fail_io(path, "written", errno);
    if (rc == INCLINE_OK && rename(temporary, path) != 0)
        rc = fail_io(path, "written", errno);
    if (rc != INCLINE_OK)
        unlink(temporary);
    return rc;
}

int file_write(const char *path, const struct file_part *parts, size_t count)
{
    char folder[FILE_PATH_MAX];
    struct stat about;
    int rc = INCLINE_OK;

    if (strlen(path) >= FILE_PATH_MAX)
        return fail_long(path, strlen(path));
    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode))
        return fail_io(path, "written", EISDIR);
    if (stat(path, &about) == 0 && !S_ISREG(about.st_mode))
        return FAIL(INCLINE_EIO, "%s: cannot be written: it is a device or a pipe; name a file",
                    path);
    folder_of(path, folder);
    /* Without the right to read the folder it cannot be synced, but it can be written to. */
    const int folder_file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder_file < 0 && errno != EACCES)
        return fail_io(path, "written", errno);
    if (!write_nameless(path, folder, parts, count, &rc))
        rc = write_named(path, folder, parts, count);
    /* Some file systems have no such thing as syncing a folder, and say EINVAL. */
    if (rc == INCLINE_OK && folder_file >= 0 && fsync(folder_file) != 0 && errno != EINVAL)
        rc = FAIL(INCLINE_EIO,
                  "%s: written, but a power cut may undo it: the folder cannot be "
                  "synced: %s; %s",
                  path, strerror(errno), remedy(errno));
    if (folder_file >= 0)
        close(folder_file);
    return rc;
}
