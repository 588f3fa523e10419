/* json_save.c - a JSON value as a file that is there whole or not at all. */
#include "json.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DIGITS = 12 };

static int fail_file(const char *path)
{
    return cli_fail("%s: cannot be written: %s; name another file", path, strerror(errno));
}

/* Open a file beside `path` that will become it; its name is temporary[PATH_MAX]. */
static FILE *open_beside(const char *path, char *temporary)
{
    struct stat about;

    if (stat(path, &about) == 0 && !S_ISREG(about.st_mode)) { /* /dev/null is not to be replaced */
        errno = S_ISDIR(about.st_mode) ? EISDIR : EINVAL;
        return NULL;
    }
    const int used = snprintf(temporary, PATH_MAX, "%s.%ld.tmp", path, (long)getpid());
    if (used < 0 || used >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    return fopen(temporary, "wx");
}

int json_may_save(const char *path)
{
    char temporary[PATH_MAX];
    FILE *file = open_beside(path, temporary);

    if (file == NULL)
        return fail_file(path);
    fclose(file);
    remove(temporary);
    return CLI_DONE;
}

int json_save(const char *path, const json_t *value)
{
    char temporary[PATH_MAX];
    FILE *file;

    if (value == NULL)
        return cli_fail("not enough memory for the JSON result");
    file = open_beside(path, temporary);
    if (file == NULL)
        return fail_file(path);
    bool written = json_dumpf(value, file, JSON_REAL_PRECISION(DIGITS) | JSON_INDENT(2)) == 0 &&
                   fputc('\n', file) != EOF && fflush(file) == 0 && fsync(fileno(file)) == 0;
    int error = errno;
    if (fclose(file) != 0 && written) {
        error = errno;
        written = false;
    }
    if (written && rename(temporary, path) == 0)
        return CLI_DONE;
    errno = written ? errno : error;
    const int status = fail_file(path);
    remove(temporary);
    return status;
}
