/* run_folder.h - where a run puts its files: named, or made up from date and time. */
#ifndef INCLINE_CLI_RUN_FOLDER_H
#define INCLINE_CLI_RUN_FOLDER_H

#include <stdbool.h>

#define RUN_PATH_MAX 4096

struct run_folder {
    char path[RUN_PATH_MAX];
    bool made; /* by us: taken away again if it stays empty */
};

/* Settle the folder: `resume` if set; else `output`, which must not hold a run already; else
 * a new runs/DATE-TIME. CLI_DONE, or CLI_FAILED with a message. */
int run_folder_open(struct run_folder *folder, const char *output, const char *resume);

/* Take a folder away that was made and never used. */
void run_folder_close(const struct run_folder *folder);

#endif
