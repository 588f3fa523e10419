/* find.c - where data sets lie: the folders of named sets, and the names of IDX files.
 *
 * Knows names and the environment; does not look into files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/data/room.h"
#include "host/util/file.h"
#include "host/util/status.h"

/* Sets with a name of their own; "digits" is built in, data/get fetches the others. */
static const char *const known_sets[] = {"mnist", "fashion-mnist", "digits"};
#define KNOWN_SETS (sizeof known_sets / sizeof *known_sets)

/* Where named sets are looked for, in this order: $variable/below. */
static const struct root {
    const char *variable, *below;
} roots[] = {
    {"INCLINE_DATA", NULL},
    {NULL, "data"},
    {"XDG_DATA_HOME", "incline"},
    {"HOME", ".local/share/incline"}, /* only where XDG_DATA_HOME is not set */
};
#define ROOTS (sizeof roots / sizeof *roots)

const char *find_idx_name(enum incline_split split, enum idx_kind kind)
{
    static const char *const names[2][2] = {
        [INCLINE_TRAIN] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte"},
        [INCLINE_TEST] = {"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"},
    };
    return names[split][kind];
}

/* The file of that kind whose name has this dimension and type, or false. */
static bool find_idx_of(const char *folder, enum incline_split split, enum idx_kind kind,
                        const char *shape, const char *type, char *path)
{
    static const char *const endings[] = {"", ".gz"}, *const dots[] = {"-", "."};
    const char *const usual = find_idx_name(split, kind);
    const int stem = (int)(strstr(usual, "-idx") - usual);
    char name[64], tried[FILE_PATH_MAX];

    for (size_t ending = 0; ending < 2; ending++)
        for (size_t dot = 0; dot < 2; dot++) {
            snprintf(name, sizeof name, "%.*s%s%s-%s%s", stem, usual, dots[dot], shape, type,
                     endings[ending]);
            if (file_join(folder, name, tried) == INCLINE_OK && file_exists(tried)) {
                memcpy(path, tried, strlen(tried) + 1);
                return true;
            }
        }
    return false;
}

bool find_idx(const char *folder, enum incline_split split, enum idx_kind kind, char *path)
{
    static const char *const types[] = {"ubyte", "byte", "short", "int", "float", "double"};

    for (size_t type = 0; type < sizeof types / sizeof *types; type++) {
        if (kind == IDX_LABELS && find_idx_of(folder, split, kind, "idx1", types[type], path))
            return true;
        if (kind == IDX_IMAGES && (find_idx_of(folder, split, kind, "idx3", types[type], path) ||
                                   find_idx_of(folder, split, kind, "idx2", types[type], path)))
            return true;
    }
    return false;
}

/* A table of that name. */
static bool find_stem(const char *folder, const char *stem, char *path)
{
    static const char *const endings[] = {".csv",    ".tsv",    ".npy",    ".svm",
                                          ".csv.gz", ".tsv.gz", ".npy.gz", ".svm.gz"};
    char name[32], tried[FILE_PATH_MAX];

    for (size_t ending = 0; ending < sizeof endings / sizeof *endings; ending++) {
        snprintf(name, sizeof name, "%s%s", stem, endings[ending]);
        if (file_join(folder, name, tried) == INCLINE_OK && file_exists(tried)) {
            memcpy(path, tried, strlen(tried) + 1);
            return true;
        }
    }
    return false;
}

bool find_table(const char *folder, enum incline_split split, char *path)
{
    return find_stem(folder, split == INCLINE_TRAIN ? "train" : "test", path);
}

bool find_validation(const char *folder, char *path)
{
    return find_stem(folder, "validation", path) || find_stem(folder, "val", path);
}

bool find_any_idx(const char *folder)
{
    char path[FILE_PATH_MAX];
    for (int split = 0; split < 2; split++)
        for (int kind = 0; kind < 2; kind++)
            if (find_idx(folder, (enum incline_split)split, (enum idx_kind)kind, path))
                return true;
    return false;
}

/* folder[FILE_PATH_MAX] = the folder of set `name` under one root; false if there is no root. */
static bool place(const struct root *root, const char *name, char *folder)
{
    const char *base = root->variable != NULL ? getenv(root->variable) : ".";
    const char *data_home = getenv("XDG_DATA_HOME");

    if (base == NULL || base[0] == '\0')
        return false;
    if (root->variable != NULL && strcmp(root->variable, "HOME") == 0 && data_home != NULL &&
        data_home[0] != '\0')
        return false;
    if (root->variable == NULL)
        return file_join(root->below, name, folder) == INCLINE_OK;
    if (root->below == NULL)
        return file_join(base, name, folder) == INCLINE_OK;
    char middle[FILE_PATH_MAX];
    return file_join(base, root->below, middle) == INCLINE_OK &&
           file_join(middle, name, folder) == INCLINE_OK;
}

/* Number of letters to insert, remove or replace to turn `a` into `b` (Levenshtein). */
static size_t distance(const char *a, const char *b)
{
    size_t row[32];
    const size_t columns = strlen(b);

    if (columns >= sizeof row / sizeof *row)
        return SIZE_MAX;
    for (size_t j = 0; j <= columns; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= columns; j++) {
            size_t least = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            if (row[j] + 1 < least)
                least = row[j] + 1;
            if (row[j - 1] + 1 < least)
                least = row[j - 1] + 1;
            row[j] = least;
        }
    }
    return row[columns];
}

/* The known set that `name` may have been meant to be; NULL if none is near. */
static const char *nearest_set(const char *name)
{
    const char *nearest = NULL;
    size_t least = strlen(name) / 3 + 2;
    for (size_t i = 0; i < KNOWN_SETS; i++)
        if (distance(name, known_sets[i]) < least) {
            least = distance(name, known_sets[i]);
            nearest = known_sets[i];
        }
    return nearest;
}

static void append(char *text, size_t bytes, const char *piece)
{
    const size_t used = strlen(text);
    dataset_copy_text(text + used, bytes - used, piece);
}

/* The message for a name that is no set, no folder and no file. */
static int fail_unknown(const char *name)
{
    char places[512] = "", folder[FILE_PATH_MAX];
    const char *nearest = nearest_set(name);

    if (nearest == NULL || strcmp(nearest, name) != 0)
        return FAIL(INCLINE_ENODATA,
                    "%.200s: no such data set, folder or file%s%s%s; there are "
                    "mnist, fashion-mnist (fetch them with data/get), digits (built in), or name "
                    "a folder of IDX files",
                    name, nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "",
                    nearest != NULL ? "?" : "");
    for (size_t i = 0; i < ROOTS; i++)
        if (place(&roots[i], name, folder)) {
            append(places, sizeof places, places[0] != '\0' ? ", " : "");
            append(places, sizeof places, folder);
        }
    return FAIL(INCLINE_ENODATA,
                "%s: not found in %s; fetch it with data/get %s, set INCLINE_DATA "
                "to the folder above it, or use the built-in digits",
                name, places, name);
}

int dataset_find(const char *name, char *folder)
{
    char tried[FILE_PATH_MAX], fallback[FILE_PATH_MAX] = "";

    if (name[0] == '\0')
        return FAIL(INCLINE_ENODATA, "the name of the data set is empty; there are mnist, "
                                     "fashion-mnist, digits, or name a folder of IDX files");
    /* A folder that was made but not filled must not hide a good one further on. */
    if (strchr(name, '/') == NULL && name[0] != '.')
        for (size_t i = 0; i < ROOTS; i++) {
            if (!place(&roots[i], name, tried) || !file_is_folder(tried))
                continue;
            if (find_any_idx(tried)) {
                memcpy(folder, tried, strlen(tried) + 1);
                return INCLINE_OK;
            }
            if (fallback[0] == '\0')
                memcpy(fallback, tried, strlen(tried) + 1);
        }
    const bool direct = strlen(name) < FILE_PATH_MAX && file_is_folder(name);
    if (direct && (find_any_idx(name) || fallback[0] == '\0'))
        memcpy(folder, name, strlen(name) + 1);
    else if (fallback[0] != '\0')
        memcpy(folder, fallback, strlen(fallback) + 1);
    else
        return fail_unknown(name);
    return INCLINE_OK;
}
