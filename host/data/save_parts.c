/* save_parts.c - both parts of a data set: a folder of files, named as they are looked for, or one
 * archive. */
#include <stdio.h>
#include <string.h>

#include "host/data/save.h"
#include "host/util/file.h"
#include "host/util/status.h"

/* True for the name of a folder, which ends in a slash. */
static bool names_folder(const char *path)
{
    const size_t length = strlen(path);
    return length > 0 && path[length - 1] == '/';
}

int save_part_path(const char *folder, const char *part, const incline_dataset *dataset,
                   const char *ending, char *path)
{
    const struct incline_dataset_info *const info = &dataset->info;
    char name[64];

    if (ending == NULL && info->image_rows > 0 && info->outputs == 0)
        snprintf(name, sizeof name, "%s-images-idx3-%s", strcmp(part, "test") == 0 ? "t10k" : part,
                 info->bytes ? "ubyte" : "float");
    else
        snprintf(name, sizeof name, "%s.%s", part, ending != NULL ? ending : "csv");
    return file_join(folder, name, path);
}

bool incline_save_takes_parts(const char *path)
{
    return names_folder(path) || save_is_archive(path);
}

/* Both parts into a folder, or neither. */
static int save_folder(const incline_dataset *train, const incline_dataset *test,
                       const char *folder, struct incline_save_info *info)
{
    char train_file[FILE_PATH_MAX], test_file[FILE_PATH_MAX];
    int rc = INCLINE_OK;

    TRY(incline_dataset_ready(train));
    TRY(save_part_path(folder, "train", train, NULL, train_file));
    TRY(save_are_free(train, train_file));
    if (test != NULL) {
        TRY(incline_dataset_ready(test));
        TRY(save_part_path(folder, "test", test, NULL, test_file));
        TRY(save_are_free(test, test_file));
    }
    TRY(file_make_folder(folder));
    TRY(save_file(train, NULL, train_file, &info[0]));
    if (test != NULL)
        rc = save_file(test, NULL, test_file, &info[1]);
    if (rc != INCLINE_OK) {
        (void)remove(info[0].file);
        if (info[0].labels[0] != '\0')
            (void)remove(info[0].labels);
    }
out:
    return rc;
}

int incline_dataset_save_parts(const incline_dataset *train, const incline_dataset *test,
                               const char *path, struct incline_save_info *out)
{
    struct incline_save_info info[2] = {{.format = NULL}, {.format = NULL}};

    if (!incline_save_takes_parts(path))
        return FAIL(INCLINE_EARG,
                    "%s: a file of one part; name a folder, as in parts/, or an archive, .npz",
                    path);
    const int rc = names_folder(path) ? save_folder(train, test, path, info)
                                      : save_file(train, test, path, &info[0]);
    if (rc == INCLINE_OK && out != NULL)
        memcpy(out, info, sizeof info);
    return rc;
}
