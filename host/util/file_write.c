/* file_write.c - whole files out: there as they were, or as they are to be, and nothing between.
 *
 * See file.h. Knows the file system and its failures; what stands in a file is the business of
 * others. */
#define _GNU_SOURCE 1 /* O_TMPFILE */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/util/file.h"
#include "host/util/status.h"
#include "incline.h"

/* Names tried for a temporary file before giving up; each that a killed process left costs one.
 * Symbolic links followed before they are taken for a ring, as Linux does. */
enum { TEMPORARY_NAMES = 1000, LINKS_MOST = 40 };

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
        *rc = file_fail(path, "written", errno);
    else if (link_nameless(file, path) != 0)
        done = errno == EEXIST && open_temporary(folder, file, temporary) == 0;
    close(file); /* fsync() has said all that this could say */
    if (!done || *rc != INCLINE_OK || temporary[0] == '\0')
        return done;
    if (rename(temporary, path) != 0) {
        *rc = file_fail(path, "written", errno);
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
        return file_fail_long(path, strlen(path));
    if (file < 0)
        return file_fail(path, "written", errno);
    if (!fill(file, parts, count))
        rc = file_fail(path, "written", errno);
    if (close(file) != 0 && rc == INCLINE_OK)
        rc = file_fail(path, "written", errno);
    if (rc == INCLINE_OK && rename(temporary, path) != 0)
        rc = file_fail(path, "written", errno);
    if (rc != INCLINE_OK)
        unlink(temporary);
    return rc;
}

/* True if what is in `folder` stands for the files that a process has open: a link to be written
 * to, never past. */
static bool lists_open_files(const char *folder)
{
    char *const real = realpath(folder, NULL);
    const bool listed = real != NULL && strncmp(real, "/proc/", 6) == 0;
    free(real);
    return listed;
}

/* real[FILE_PATH_MAX] = `path`, or where it is a symbolic link what it leads to, which need not be
 * there: the file is replaced, the link stays. `folder` is that of `real`. */
static int follow(const char *path, char *real, char *folder)
{
    char target[FILE_PATH_MAX];

    if (strlen(path) >= FILE_PATH_MAX)
        return file_fail_long(path, strlen(path));
    memcpy(real, path, strlen(path) + 1);
    for (unsigned links = 0; links < LINKS_MOST; links++) {
        folder_of(real, folder);
        const ssize_t bytes = readlink(real, target, sizeof target - 1);
        if (bytes < 0)
            return INCLINE_OK; /* no link; what else may be wrong is said on opening */
        if (lists_open_files(folder))
            return FAIL(INCLINE_EIO,
                        "%s: cannot be written: it stands for a file that is open, as standard "
                        "output; name a file",
                        path);
        target[bytes] = '\0';
        const int rc = file_join(target[0] == '/' ? "" : folder, target, real);
        if (rc != INCLINE_OK)
            return rc;
    }
    return file_fail(path, "written", ELOOP);
}

/* Find the file that `path` leads to, real[FILE_PATH_MAX], and its folder, which is not to be a
 * file. */
static int find_place(const char *path, char *real, char *folder)
{
    struct stat about;

    const int rc = follow(path, real, folder);
    if (rc != INCLINE_OK || stat(real, &about) != 0 || S_ISREG(about.st_mode))
        return rc;
    if (S_ISDIR(about.st_mode))
        return file_fail(path, "written", EISDIR);
    return FAIL(INCLINE_EIO, "%s: cannot be written: it is a device or a pipe; name a file", path);
}

int file_write(const char *path, const struct file_part *parts, size_t count)
{
    char real[FILE_PATH_MAX], folder[FILE_PATH_MAX];
    int rc = INCLINE_OK;

    TRY(find_place(path, real, folder));
    /* Without the right to read the folder it cannot be synced, but it can be written to. */
    const int folder_file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder_file < 0 && errno != EACCES)
        return file_fail(path, "written", errno);
    if (!write_nameless(real, folder, parts, count, &rc))
        rc = write_named(real, folder, parts, count);
    /* Some file systems have no such thing as syncing a folder, and say EINVAL. */
    if (rc == INCLINE_OK && folder_file >= 0 && fsync(folder_file) != 0 && errno != EINVAL)
        rc = FAIL(INCLINE_EIO,
                  "%s: written, but a power cut may undo it: the folder cannot be "
                  "synced: %s; %s",
                  path, strerror(errno), file_remedy(errno));
    if (folder_file >= 0)
        close(folder_file);
out:
    return rc;
}

int incline_file_write(const char *path, const void *data, size_t bytes)
{
    if (path == NULL || (data == NULL && bytes > 0))
        return FAIL(INCLINE_EARG, "writing needs a path and data; one of them is NULL");
    return file_write(path, &(struct file_part){data, bytes}, 1);
}

int incline_file_may_write(const char *path)
{
    char real[FILE_PATH_MAX], folder[FILE_PATH_MAX], temporary[FILE_PATH_MAX];
    int rc = INCLINE_OK;

    if (path == NULL)
        return FAIL(INCLINE_EARG, "writing needs a path; it is NULL");
    TRY(find_place(path, real, folder));
    const int file = open_temporary(folder, -1, temporary);
    if (file == -2)
        return file_fail_long(path, strlen(path));
    if (file < 0)
        return file_fail(path, "written", errno);
    close(file);
    unlink(temporary);
out:
    return rc;
}
