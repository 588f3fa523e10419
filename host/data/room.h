/* room.h - what the files of this room share among themselves; other rooms see dataset.h. */
#ifndef INCLINE_DATA_ROOM_H
#define INCLINE_DATA_ROOM_H

#include <zlib.h>

#include "host/data/dataset.h"
#include "host/util/status.h"

/* The end of each message about a file that is damaged. */
#define FETCH_AGAIN "fetch it again, MNIST with data/get mnist"

/* ---- dataset.c ---- */

/* Make a data set with room for the values and, if info->classes > 0, for the labels, if
 * info->outputs > 0, for the targets, all still to be filled in. info->scales and info->shifts are
 * not looked at: see dataset_scale_each(). Fails with INCLINE_EARG, INCLINE_ENOMEM. */
int dataset_allocate(const struct incline_dataset_info *info, incline_dataset **dataset);

/* text[bytes] = source, cut between two characters of UTF-8 where it is too long. */
void dataset_copy_text(char *text, size_t bytes, const char *source);

/* Give a data set the class names `names[info.classes]`, copied. Fails with INCLINE_ENOMEM. */
int dataset_name_classes(incline_dataset *dataset, const char *const *names);

/* The same for its targets, names[info.outputs]. */
int dataset_name_targets(incline_dataset *dataset, const char *const *names);

/* Add a line to the remarks. Fails with INCLINE_ENOMEM. */
int dataset_remark(incline_dataset *dataset, const char *format, ...) PRINTF_LIKE(2, 3);

/* Give each feature a scale and a shift of its own in place of info.scale and info.shift, which
 * become 1 and 0: scales[features] and shifts[features], copied. Fails with INCLINE_ENOMEM. */
int dataset_scale_each(incline_dataset *dataset, const float *scales, const float *shifts);

/* ---- select.c ---- */

/* Make a data set of samples rows[count] of another one that is ready. It does not remember the
 * columns of a table. Fails with INCLINE_ENOMEM. */
int dataset_select(const incline_dataset *dataset, const uint32_t *rows, uint32_t count,
                   incline_dataset **out);

/* ---- find.c ---- */

enum idx_kind { IDX_IMAGES, IDX_LABELS };

/* path[FILE_PATH_MAX] = the file of that kind in `folder`, plain before compressed:
 * "train-images-idx3-ubyte" or "train-images.idx3-ubyte", each perhaps with ".gz"; for "ubyte"
 * also byte, short, int, float, double, and "idx2" for samples that are no images. False, and path
 * untouched, if there is none. */
bool find_idx(const char *folder, enum incline_split split, enum idx_kind kind, char *path);

/* True if it holds any of them. */
bool find_any_idx(const char *folder);

/* The usual name of that file. */
const char *find_idx_name(enum incline_split split, enum idx_kind kind);

/* path[FILE_PATH_MAX] = the table of that part in `folder`: train.csv or test.csv, or .tsv, .npy
 * or .svm, each perhaps with ".gz". False, and path untouched, if there is none. */
bool find_table(const char *folder, enum incline_split split, char *path);

/* The same of validation or val, which nothing is trained or tested on. */
bool find_validation(const char *folder, char *path);

/* ---- open.c ---- */

/* True if a name is that of a single file, of a pipe, or "-". */
bool open_is_file(const char *name);

/* Fails with INCLINE_EARG for what cannot be asked for. */
int open_check_options(const char *name, const struct incline_data_options *options);

/* ---- open_folder.c ---- */

/* Open a part of a folder, whatever it holds. Fails as incline_dataset_open_with(). */
int open_folder(const char *folder, enum incline_split split,
                const struct incline_data_options *options, incline_dataset **dataset);

/* True if a folder holds pictures of no class, and nothing else that is a data set. */
bool open_is_flat(const char *folder);

/* ---- open_file.c ---- */

/* Open a single file, a pipe, or "-" for standard input, whatever format it has.
 * Fails as incline_dataset_open_with(). */
int open_file(const char *path, enum incline_split split,
              const struct incline_data_options *options, incline_dataset **dataset);

/* A file that was read already, of any format but IDX: data[bytes] and a zero byte, taken over.
 * `path` is for messages. Fails as incline_dataset_open_with(). */
int open_bytes(const char *path, char *data, size_t bytes, enum incline_split split,
               const struct incline_data_options *options, incline_dataset **dataset);

/* Images of one IDX file, without labels; their values are still on their way.
 *   source  what the user named */
int open_images(const char *path, const char *source, incline_dataset **dataset);

/* Refuse what only pictures can be asked for: `name` holds none. Fails with INCLINE_EARG. */
int open_no_pictures(const char *name, const struct incline_data_options *options);

/* Say in a data set what it was made of. */
void open_name(incline_dataset *dataset, const char *source);

/* ---- early.c ---- */

struct early;
struct idx_file; /* below */

/* Open a file of images whose values are to be read later; *file lives as long as *early. `dataset`
 * takes the reading over in early_begin(), which returns at once; incline_dataset_ready() says when
 * they are there. Fails as idx_open() does. */
int early_open(const char *path, struct early **early, const struct idx_file **file);
void early_begin(struct early *early, incline_dataset *dataset);
void early_close(struct early *early);

/* ---- stream.c ---- */

/* The bytes of a file, decompressed if it is gzip-compressed. */
struct stream {
    const char *path; /* for messages; borrowed */
    int file;
    bool compressed;
    bool ended;            /* the last compressed member is complete */
    uint64_t file_bytes;   /* length of the file itself; 0 if it is no regular file */
    uint64_t taken;        /* of a compressed file: bytes that went to `input` */
    unsigned char peek[2]; /* the first bytes, of which the last `peeked` are still to be read */
    size_t peeked;
    z_stream zip;
    unsigned char *input; /* compressed bytes under way */
};

/* Open a regular file; with `any` also a pipe, or "-" for standard input. `path` must outlive the
 * stream. Fails with INCLINE_EIO, INCLINE_ENOMEM, INCLINE_EFORMAT; close only what was opened. */
int stream_open(const char *path, bool any, struct stream *stream);
void stream_close(struct stream *stream);

/* Read `want` bytes; *got is less only at the end of the file. A compressed file that is cut
 * short, whose check sums are wrong, or that has something else behind it is refused.
 * Fails with INCLINE_EIO, INCLINE_EFORMAT. */
int stream_read(struct stream *stream, unsigned char *data, size_t want, size_t *got);

/* Read up to `want` > 0 bytes: what is there, waiting only where nothing is; *got is 0 at the end
 * of the file alone. Compressed files are waited for until all `want` are there. Fails as
 * stream_read(). */
int stream_some(struct stream *stream, unsigned char *data, size_t want, size_t *got);

/* True if stream_some() would not wait. */
bool stream_waiting(const struct stream *stream);

/* All bytes of a file, a pipe, or "-" for standard input, decompressed; a zero byte follows them.
 * The caller frees them. Fails as the functions above do; INCLINE_EFORMAT beyond `limit` bytes. */
int stream_all(const char *path, size_t limit, char **data, size_t *bytes);

/* ---- element.c ---- */

/* How a file holds a number. */
struct element {
    char kind;      /* 'f' float, 'i' signed, 'u' unsigned, 'b' 0 or 1 */
    unsigned width; /* bytes: 1, 2, 4 or 8; of a float 2, 4 or 8 */
    bool big;       /* most significant byte first */
};

/* The number at `at`; whole numbers beyond 2^53 are rounded. */
double element_value(const struct element *element, const unsigned char *at);

/* ---- idx.c ---- */

/* An IDX file whose header was read, and all that can be checked before the elements are. */
struct idx_file {
    struct stream stream;
    struct element type;
    uint32_t dims, shape[3]; /* of images 2 (samples, features) or 3, of labels 1 */
    size_t count, bytes;     /* of elements */
    char what[64];           /* "60000 images of 28x28" */
};

/* Open one IDX file, plain or gzip-compressed: magic, type, sizes and the file's length are checked
 * against each other. `file` stays where it is and `path` lives until idx_close().
 * Fails with INCLINE_EIO, INCLINE_EFORMAT, INCLINE_ENOMEM. */
int idx_open(const char *path, enum idx_kind kind, struct idx_file *file);
void idx_close(struct idx_file *file);

/* Read the elements as they stand in the file, file->bytes in memory of dataset_room(), to be freed
 * by the caller. Fails as idx_open(). */
int idx_elements(struct idx_file *file, unsigned char **elements);

/* ---- idx_values.c ---- */

/* True if the elements are unsigned bytes, which stay what they are. */
bool idx_are_bytes(const struct idx_file *file);

/* Read the elements as a data set holds them: bytes as they are, all others as floats; in memory
 * of dataset_room(), to be freed by the caller. Fails as idx_open(). */
int idx_values(struct idx_file *file, void **values);

/* Are the values, as a data set holds them, in the file itself, and too many to be copied? Then
 * they can be looked at where they lie, in place of idx_values(). Fails with INCLINE_EIO. */
bool idx_can_be_mapped(const struct idx_file *file);
int idx_map(const struct idx_file *file, struct mapped *mapped, void **values);

/* Read a file of labels: labels[rows], to be freed by the caller. Fails as idx_open(). */
int idx_labels(const char *path, uint32_t *rows, uint32_t **labels);

#endif
