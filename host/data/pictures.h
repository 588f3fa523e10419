/* pictures.h - pictures as samples, and where in a folder they lie. */
#ifndef INCLINE_DATA_PICTURES_H
#define INCLINE_DATA_PICTURES_H

#include "host/data/room.h"

/* ---- pictures_list.c ---- */

/* part[FILE_PATH_MAX] = the folder whose subfolders are the classes of that part of a set: the
 * subfolder train or training, test or testing; or, where there are no parts, `folder` itself.
 * False, and part untouched, if there is none. */
bool pictures_find(const char *folder, enum incline_split split, char *part);

/* The same of a part to validate, validation or val. */
bool pictures_find_validation(const char *folder, char *part);

/* True if pictures lie in the folder itself. */
bool pictures_lie_flat(const char *folder);

/* True if pictures of formats that are not read lie in the folder or its subfolders, by their
 * names. */
bool pictures_are_foreign(const char *folder);

struct pictures_file {
    char *path;
    uint32_t class; /* place of its subfolder in the list of classes */
};

struct pictures_list {
    char **classes; /* [class_count] names of subfolders with pictures, sorted */
    uint32_t class_count;
    struct pictures_file *files; /* [count] by class, then by name */
    uint32_t count, room;
    uint32_t foreign; /* pictures of formats that are not read, in the same folders */
};

/* List the subfolders of a part and the pictures in them; without any the pictures in the folder
 * itself, of no class. Where all subfolders have whole numbers from 0 to 999 for names, those
 * between are classes, too, without pictures. Fails with INCLINE_EIO, INCLINE_ENOMEM,
 * INCLINE_EFORMAT, INCLINE_ENODATA if there is nothing. */
int pictures_list(const char *part, struct pictures_list *list);
void pictures_list_clear(struct pictures_list *list);

/* ---- pictures.c ---- */

/* A picture that was read from `path`, as a data set of one sample without a label.
 * Fails as incline_dataset_open_with(), and with INCLINE_ESHAPE where the columns say another size.
 */
int pictures_open(const char *path, const char *data, size_t bytes,
                  const struct incline_data_options *options, incline_dataset **dataset);

/* The pictures of a part. Fails in the same way. */
int pictures_dataset(const char *part, const struct incline_data_options *options,
                     incline_dataset **dataset);

#endif
