/* pictures_list.c - folders of pictures by class: what lies where, in the order of the names.
 *
 * Knows names alone; does not look into files. */
#include "host/data/pictures.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "host/data/columns.h"
#include "host/util/file.h"
#include "host/util/status.h"

enum { NUMBERS_MOST = 1000, FIRST_ROOM = 64 };

/* Names in a folder, sorted by their bytes. */
struct names {
    char **names;
    uint32_t count, room;
    uint32_t foreign; /* pictures that cannot be read */
};

/* Names that end so are pictures: .png, .pgm, in small letters or capitals. */
static bool is_picture(const char *name)
{
    const char *const dot = strrchr(name, '.');
    return name[0] != '.' && dot != NULL &&
           (strcasecmp(dot, ".png") == 0 || strcasecmp(dot, ".pgm") == 0);
}

/* Names that end so are pictures, too, of formats that are not read. */
static bool is_foreign(const char *name)
{
    static const char *const endings[] = {".jpg", ".jpeg", ".gif", ".webp",
                                          ".bmp", ".tiff", ".tif", ".avif"};
    const char *const dot = strrchr(name, '.');
    bool found = false;

    for (size_t i = 0; dot != NULL && i < sizeof endings / sizeof *endings; i++)
        found |= strcasecmp(dot, endings[i]) == 0;
    return found && name[0] != '.';
}

static void names_clear(struct names *names)
{
    for (uint32_t i = 0; i < names->count; i++)
        free(names->names[i]);
    free(names->names);
    *names = (struct names){0};
}

static int no_memory(const char *folder)
{
    return FAIL(INCLINE_ENOMEM, "%s: no memory for the names in it; close other programs", folder);
}

/* *list, of elements of `size` bytes, has room for one more than `count`. */
static bool grow(void **list, uint32_t count, uint32_t *room, size_t size)
{
    if (count < *room)
        return true;
    const uint32_t more = *room > 0 ? 2 * *room : (uint32_t)FIRST_ROOM;
    void *const larger = more > *room ? realloc(*list, more * size) : NULL;
    if (larger == NULL)
        return false;
    *list = larger;
    *room = more;
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The pictures, or else the subfolders, of a folder; hidden ones are none. `most` of them will do.
 */
static int list_names(const char *folder, bool pictures, uint32_t most, struct names *out)
{
    struct names names = {0};
    char path[FILE_PATH_MAX];
    DIR *const stream = opendir(folder);
    int rc = INCLINE_OK;

    if (stream == NULL)
        return FAIL(INCLINE_EIO, "%s: cannot be listed: %s; check its permissions", folder,
                    strerror(errno));
    for (const struct dirent *entry; names.count < most && (entry = readdir(stream)) != NULL;) {
        names.foreign += pictures && is_foreign(entry->d_name);
        if (entry->d_name[0] == '.' || (pictures && !is_picture(entry->d_name)))
            continue;
        TRY(file_join(folder, entry->d_name, path));
        if (pictures ? file_is_folder(path) : !file_is_folder(path))
            continue;
        void *list = names.names;
        const bool grown = grow(&list, names.count, &names.room, sizeof *names.names);
        names.names = list;
        char *const copy = grown ? strdup(entry->d_name) : NULL;
        if (copy == NULL)
            TRY(no_memory(folder));
        names.names[names.count++] = copy;
    }
    if (names.count > 0)
        qsort(names.names, names.count, sizeof *names.names, by_name);
    *out = names;
    names = (struct names){0};
out:
    names_clear(&names);
    closedir(stream);
    return rc;
}

bool pictures_lie_flat(const char *folder)
{
    struct names pictures = {0};
    const bool found = list_names(folder, true, 1, &pictures) == INCLINE_OK && pictures.count > 0;

    names_clear(&pictures);
    return found;
}

bool pictures_are_foreign(const char *folder)
{
    struct names names = {0}, folders = {0};
    char path[FILE_PATH_MAX];
    bool found = list_names(folder, true, UINT32_MAX, &names) == INCLINE_OK && names.foreign > 0;

    names_clear(&names);
    if (found || list_names(folder, false, UINT32_MAX, &folders) != INCLINE_OK)
        return found;
    for (uint32_t i = 0; i < folders.count && !found; i++)
        if (file_join(folder, folders.names[i], path) == INCLINE_OK &&
            list_names(path, true, UINT32_MAX, &names) == INCLINE_OK) {
            found = names.foreign > 0;
            names_clear(&names);
        }
    names_clear(&folders);
    return found;
}

/* True if a subfolder holds a picture. */
static bool has_classes(const char *folder)
{
    struct names classes = {0};
    char path[FILE_PATH_MAX];
    bool found = false;

    if (!file_is_folder(folder) || list_names(folder, false, UINT32_MAX, &classes) != INCLINE_OK)
        return false;
    for (uint32_t c = 0; c < classes.count && !found; c++)
        found = file_join(folder, classes.names[c], path) == INCLINE_OK && pictures_lie_flat(path);
    names_clear(&classes);
    return found;
}

bool pictures_find(const char *folder, enum incline_split split, char *part)
{
    static const char *const parts[2][2] = {
        [INCLINE_TRAIN] = {"train", "training"}, [INCLINE_TEST] = {"test", "testing"}};
    char path[FILE_PATH_MAX];
    bool apart = false;

    for (int s = 0; s < 2; s++)
        for (int i = 0; i < 2; i++) {
            if (file_join(folder, parts[s][i], path) != INCLINE_OK || !has_classes(path))
                continue;
            apart = true;
            if (s == (int)split) {
                memcpy(part, path, strlen(path) + 1);
                return true;
            }
        }
    if (apart || !has_classes(folder))
        return false;
    dataset_copy_text(part, FILE_PATH_MAX, folder);
    return true;
}

bool pictures_find_validation(const char *folder, char *part)
{
    static const char *const parts[] = {"validation", "val"};
    char path[FILE_PATH_MAX];

    for (int i = 0; i < 2; i++)
        if (file_join(folder, parts[i], path) == INCLINE_OK && has_classes(path)) {
            memcpy(part, path, strlen(path) + 1);
            return true;
        }
    return false;
}

void pictures_list_clear(struct pictures_list *list)
{
    for (uint32_t c = 0; c < list->class_count; c++)
        free(list->classes[c]);
    for (uint32_t i = 0; i < list->count; i++)
        free(list->files[i].path);
    free(list->classes);
    free(list->files);
    *list = (struct pictures_list){0};
}

/* Put the pictures of one folder into the list, of the class that comes next. */
static int add_pictures(const char *folder, struct pictures_list *list, bool *any)
{
    struct names pictures = {0};
    char path[FILE_PATH_MAX];
    int rc = INCLINE_OK;

    TRY(list_names(folder, true, UINT32_MAX, &pictures));
    list->foreign += pictures.foreign;
    *any = pictures.count > 0;
    for (uint32_t i = 0; i < pictures.count; i++) {
        TRY(file_join(folder, pictures.names[i], path));
        void *files = list->files;
        const bool grown = grow(&files, list->count, &list->room, sizeof *list->files);
        list->files = files;
        char *const copy = grown ? strdup(path) : NULL;
        if (copy == NULL)
            TRY(no_memory(folder));
        list->files[list->count++] = (struct pictures_file){copy, list->class_count};
    }
out:
    names_clear(&pictures);
    return rc;
}

/* The same of a subfolder, which is a class if it holds some. */
static int add_class(const char *part, const char *name, struct pictures_list *list)
{
    char folder[FILE_PATH_MAX];
    bool any = false;

    int rc = file_join(part, name, folder);
    if (rc == INCLINE_OK)
        rc = add_pictures(folder, list, &any);
    if (rc != INCLINE_OK || !any)
        return rc;
    if (!text_is_utf8(name, strlen(name)))
        return FAIL(INCLINE_EFORMAT, "%s: the name of a class is not UTF-8; rename the folder",
                    folder);
    char *const class = strdup(name);
    if (class == NULL)
        return no_memory(part);
    list->classes[list->class_count++] = class;
    return INCLINE_OK;
}

/* The number that a name is: decimal, without leading zeros, below NUMBERS_MOST; else that. */
static uint32_t number_of(const char *name)
{
    const unsigned long number = strlen(name) <= 3 ? strtoul(name, NULL, 10) : NUMBERS_MOST;
    char again[24];

    snprintf(again, sizeof again, "%lu", number);
    return strcmp(again, name) == 0 ? (uint32_t)number : NUMBERS_MOST;
}

static int by_class(const void *a, const void *b)
{
    const struct pictures_file *const x = a, *const y = b;
    return x->class != y->class ? (x->class > y->class) - (x->class < y->class)
                                : strcmp(x->path, y->path);
}

/* Classes that are numbers stand in the place of their number. */
static int number_classes(const char *part, struct pictures_list *list)
{
    uint32_t most = 0;

    for (uint32_t c = 0; c < list->class_count; c++)
        most = number_of(list->classes[c]) > most ? number_of(list->classes[c]) : most;
    if (most >= NUMBERS_MOST)
        return INCLINE_OK;
    char **const classes = calloc(most + 1, sizeof *classes);
    bool complete = classes != NULL;
    for (uint32_t c = 0; complete && c <= most; c++) {
        char name[24];
        snprintf(name, sizeof name, "%" PRIu32, c);
        classes[c] = strdup(name);
        complete = classes[c] != NULL;
    }
    if (!complete) {
        for (uint32_t c = 0; classes != NULL && c <= most; c++)
            free(classes[c]);
        free(classes);
        return no_memory(part);
    }
    for (uint32_t i = 0; i < list->count; i++)
        list->files[i].class = number_of(list->classes[list->files[i].class]);
    qsort(list->files, list->count, sizeof *list->files, by_class);
    for (uint32_t c = 0; c < list->class_count; c++)
        free(list->classes[c]);
    free(list->classes);
    list->classes = classes;
    list->class_count = most + 1;
    return INCLINE_OK;
}

int pictures_list(const char *part, struct pictures_list *out)
{
    struct names folders = {0};
    struct pictures_list list = {0};
    int rc = INCLINE_OK;

    TRY(list_names(part, false, UINT32_MAX, &folders));
    list.classes = calloc(folders.count > 0 ? folders.count : 1, sizeof *list.classes);
    if (list.classes == NULL)
        TRY(no_memory(part));
    for (uint32_t i = 0; i < folders.count; i++)
        TRY(add_class(part, folders.names[i], &list));
    bool flat = false;
    if (list.count == 0)
        TRY(add_pictures(part, &list, &flat));
    if (list.count == 0 || list.class_count > CLASSES_MOST) {
        rc = FAIL(INCLINE_ENODATA,
                  "%s: %" PRIu32 " pictures in %" PRIu32 " subfolders; from 1 to %d classes are "
                  "expected, a subfolder of PNG or PGM each",
                  part, list.count, list.class_count, CLASSES_MOST);
        goto out;
    }
    if (!flat)
        TRY(number_classes(part, &list));
    *out = list;
    list = (struct pictures_list){0};
out:
    names_clear(&folders);
    pictures_list_clear(&list);
    return rc;
}
