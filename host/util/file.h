/* file.h - whole files in and out, paths, folders. */
#ifndef INCLINE_UTIL_FILE_H
#define INCLINE_UTIL_FILE_H

#include <stdbool.h>
#include <stddef.h>

#define FILE_PATH_MAX 4096

/* "path: cannot be VERB: reason; remedy" for a call that left its reason in `error`; what the user
 * can do about it alone; and for a path of too many bytes. */
int file_fail(const char *path, const char *verb, int error);
const char *file_remedy(int error);
int file_fail_long(const char *path, size_t bytes);

/* True if `path` is an existing folder / an existing regular file. */
bool file_is_folder(const char *path);
bool file_exists(const char *path);

/* absolute[FILE_PATH_MAX] = the whole path of what `path` names, without links. False, and
 * untouched, if nothing is there or its path is too long. */
bool file_absolute(const char *path, char *absolute);

/* path[FILE_PATH_MAX] = "folder/name". Fails with INCLINE_EARG if that is too long. */
int file_join(const char *folder, const char *name, char *path);

/* Make a folder and those above it; one that exists is fine. Fails with INCLINE_EIO, or with
 * INCLINE_EARG if the path is too long. */
int file_make_folder(const char *path);

/* Read a whole file into memory that the caller frees; a zero byte follows the data.
 * Fails with INCLINE_EIO, INCLINE_ENOMEM; INCLINE_EFORMAT beyond `limit` bytes. */
int file_read(const char *path, size_t limit, unsigned char **data, size_t *bytes);

/* A piece of a file to be written. */
struct file_part {
    const void *data;
    size_t bytes;
};

/* Replace `path` by the parts, one after the other, whole or not at all: written without a name, or
 * where that cannot be under a temporary one beside it, synced, named, and the folder synced. Only
 * a regular file is replaced, never a device or a folder; a symbolic link stays, and what it leads
 * to is replaced. After any failure the old file is as it was, but for the last step: where only
 * the folder cannot be synced, the new file stands and the message says so. Fails with INCLINE_EIO,
 * or with INCLINE_EARG if the path is too long. */
int file_write(const char *path, const struct file_part *parts, size_t count);

#endif
