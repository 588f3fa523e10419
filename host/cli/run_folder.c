/* run_folder.c - names for run folders, none used twice. */
#include "run_folder.h"
#include "cli.h"
#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { SUFFIX_MOST = 1000 };

/* mkdir() decides: two runs that start in the same second get two folders. */
static int make_dated(struct run_folder *folder)
{
    const time_t now = time(NULL);
    struct tm local;
    char date[32];

    if (localtime_r(&now, &local) == NULL ||
        strftime(date, sizeof date, "%Y-%m-%d-%H%M%S", &local) == 0)
        return cli_fail("the date is unknown; name the run folder with --output DIR");
    if (mkdir("runs", 0777) != 0 && errno != EEXIST)
        return cli_fail("runs: %s; name another run folder with --output DIR", strerror(errno));
    for (int i = 1; i <= SUFFIX_MOST; i++) {
        if (i == 1)
            snprintf(folder->path, sizeof folder->path, "runs/%s", date);
        else
            snprintf(folder->path, sizeof folder->path, "runs/%s-%d", date, i);
        if (mkdir(folder->path, 0777) == 0) {
            folder->made = true;
            return CLI_DONE;
        }
        if (errno != EEXIST)
            break;
    }
    return cli_fail("%s: %s; name another run folder with --output DIR", folder->path,
                    strerror(errno));
}

int run_folder_open(struct run_folder *folder, const char *output, const char *resume)
{
    static const char *const traces[] = {"checkpoint.safetensors", "model.safetensors"};
    const char *named = resume != NULL ? resume : output;
    char file[RUN_PATH_MAX + 32], quoted[4 * RUN_PATH_MAX];

    if (named == NULL)
        return make_dated(folder);
    if (strlen(named) >= sizeof folder->path)
        return cli_fail("the name of the run folder has more than %zu characters",
                        sizeof folder->path - 1);
    for (size_t i = 0; resume == NULL && i < sizeof traces / sizeof *traces; i++)
        if (cli_in_folder(named, traces[i], file, sizeof file))
            return cli_fail("%s already holds a run (%s); go on with --resume %s, or choose "
                            "another folder",
                            named, traces[i], text_shell(named, quoted, sizeof quoted));
    strcpy(folder->path, named);
    folder->made = access(named, F_OK) != 0; /* it will be */
    return CLI_DONE;
}

void run_folder_close(const struct run_folder *folder)
{
    if (folder->made)
        rmdir(folder->path); /* fails, as it should, where there are files in it */
}
