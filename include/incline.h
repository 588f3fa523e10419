/* incline.h - train fully connected neural networks on any OpenCL device.
 *
 * This is the whole public face. Every function that returns int returns an
 * incline_status: INCLINE_OK, or the reason why not; incline_last_error() then
 * says what happened, with which numbers, and what to do. Out-parameters come
 * last and are written on success only. The library never prints and never exits.
 *
 * Matrices are row-major float32, one sample per row. Losses are in nats.
 * A structure of options that is all zero is a valid choice: each zero means
 * the default that stands in brackets.
 *
 * The maker destroys; *_close and *_destroy accept NULL. A trainer borrows the
 * device and the data set it was made from: destroy it before them.
 *
 * Threads: a device, a trainer made from it and a reader belong to one thread at
 * a time; incline_device_another() gives another thread a device of its own. Data
 * sets and models may be used by any number of threads at once through functions
 * that take them as const, while none changes or closes them. The last error is
 * each thread's own. incline_trainer_stop() may be called from anywhere. */
#ifndef INCLINE_H
#define INCLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "incline_status.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define INCLINE_API __attribute__((visibility("default")))
#else
#define INCLINE_API
#endif

#define INCLINE_VERSION "0.1.0"

typedef struct incline_device incline_device;
typedef struct incline_dataset incline_dataset;
typedef struct incline_model incline_model;
typedef struct incline_trainer incline_trainer;
typedef struct incline_reader incline_reader;

/* ---- status ------------------------------------------------------------- */

/* Version of the library that runs, as "major.minor.patch". */
INCLINE_API const char *incline_version(void);

/* Short text of a status; "unknown status" for any other number. */
INCLINE_API const char *incline_status_text(int status);

/* What went wrong in the last call that failed in this thread; "" before any. */
INCLINE_API const char *incline_last_error(void);

/* ---- devices ------------------------------------------------------------ */

enum incline_device_type {
    INCLINE_DEVICE_REFERENCE, /* plain C on the host */
    INCLINE_DEVICE_CPU,
    INCLINE_DEVICE_GPU,
    INCLINE_DEVICE_ACCELERATOR
};

struct incline_device_info {
    char id[24]; /* what incline_device_open() takes: "opencl:0" */
    char name[128];
    char platform[128];
    char driver[128];  /* driver version */
    char version[128]; /* OpenCL version as the device states it */
    enum incline_device_type type;
    uint32_t compute_units;
    uint32_t clock_mhz;
    uint32_t max_work_group; /* work-items */
    uint32_t float_width;    /* preferred vector width, in floats */
    uint64_t global_bytes;
    uint64_t max_alloc_bytes; /* largest single buffer */
    uint64_t local_bytes;     /* local memory of a work-group */
    bool local_is_global;     /* local memory is ordinary memory, as on CPUs */
    bool shared_memory;       /* host and device share memory */
    bool tuned;               /* it is opened with a tuning that incline_tune() kept */
    bool usable;
    char reason[256]; /* why it is not usable; "" if it is */
};

/* List the reference and every OpenCL device of every platform, broken platforms too
 * (`usable` false, with the reason). The reference comes first, so *count >= 1.
 * Free with incline_device_list_free(). Fails with INCLINE_ENOMEM. */
INCLINE_API int incline_device_list(struct incline_device_info **list, size_t *count);
INCLINE_API void incline_device_list_free(struct incline_device_info *list);

/* Whose matrix products an OpenCL device uses. */
enum incline_gemm {
    INCLINE_GEMM_AUTO,   /* the faster of those that are right, found by measuring */
    INCLINE_GEMM_OWN,    /* Incline's kernels */
    INCLINE_GEMM_CLBLAST /* CLBlast; INCLINE_EARG where the library was built without it */
};

struct incline_device_options {
    const char *name;       /* "auto", "reference", "opencl:N", a part of a device's name, or
                               "check:" before any of these: every operation runs on the
                               reference too and is compared with its bound ["auto"] */
    enum incline_gemm gemm; /* [INCLINE_GEMM_AUTO] */
    const uint32_t *widths; /* what "auto" measures: inputs, hidden layers, classes [784-10-10] */
    size_t width_count;
    uint32_t batch; /* what "auto" measures: rows of a batch [64] */
};

/* Open a device. `options` may be NULL.
 * Fails with INCLINE_ENODEVICE (the message lists what there is), INCLINE_EDEVICE,
 * INCLINE_EBUILD, INCLINE_EARG, INCLINE_ENOMEM. */
INCLINE_API int incline_device_open(const struct incline_device_options *options,
                                    incline_device **device);
INCLINE_API void incline_device_close(incline_device *device);

/* Another handle on the same device, for another thread: it goes the same ways, so that the same
 * work gives the same bits on both, and their work runs side by side where the device has room.
 * Call it from the thread that `device` belongs to; either may be closed first.
 * Fails with INCLINE_EDEVICE, INCLINE_ENOMEM. */
INCLINE_API int incline_device_another(incline_device *device, incline_device **another);
INCLINE_API void incline_device_describe(const incline_device *device,
                                         struct incline_device_info *info);

/* One line that says what "auto" took and why, or what the user should know about
 * this device; "" if there is nothing to say. */
INCLINE_API const char *incline_device_remark(const incline_device *device);

/* A figure that the speed of a device depends on; the files under kernels/ say what each means. */
struct incline_knob {
    const char *name; /* "VEC"; lives as long as the program */
    uint32_t value;   /* in force */
    uint32_t initial; /* without a tuning */
};

#define INCLINE_KNOBS_MAX 32

struct incline_tuning {
    char made_for[128]; /* "784-128-10, batch 128"; "" if the device is not tuned */
    uint32_t count;     /* knobs; 0 if the device has none */
    struct incline_knob knobs[INCLINE_KNOBS_MAX];
};

/* The tuning in force. Results on a device are the same to the bit only with the same tuning:
 * several knobs change the order in which sums are added. */
INCLINE_API void incline_device_tuning(incline_device *device, struct incline_tuning *tuning);

/* Report each product of a layer that was used with the tuning in force, in this process or an
 * earlier one, and whose kernels were found right and fastest for it: `maker` "panel", "packed",
 * "tile" or "CLBlast" of `product` "forward", "backward_weights" or "backward_input". */
typedef void (*incline_maker_fn)(void *user, const char *product, uint32_t rows, uint32_t inputs,
                                 uint32_t outputs, const char *maker);
INCLINE_API void incline_device_makers(incline_device *device, incline_maker_fn report, void *user);

/* ---- data sets ---------------------------------------------------------- */

enum incline_split { INCLINE_TRAIN, INCLINE_TEST };

/* Name and source of what came from "-"; nobody can open it again. */
#define INCLINE_STANDARD_INPUT "standard input"

/* Whether the first line of a table in text names its columns. Nothing in a file says so: it does
 * where it has the names that a model knows, or has no numbers and a text above a column of
 * numbers, or numbers that count from one to the next as no row below does, or, in a table of texts
 * that come again, texts that do not. */
enum incline_header {
    INCLINE_HEADER_AUTO, /* found by that rule */
    INCLINE_HEADER_YES,
    INCLINE_HEADER_NO
};

struct incline_dataset_info {
    char name[64];    /* "mnist", "digits", or the last part of the path */
    char source[512]; /* folder or file it was read from; "built in"; "memory" */
    uint32_t rows;    /* samples */
    uint32_t features;
    uint32_t classes;    /* 0 if the samples have no labels */
    uint32_t outputs;    /* targets of each sample; 0 if the samples have none */
    uint32_t image_rows; /* 0 if the features are not an image */
    uint32_t image_cols;
    bool undivided; /* it is a folder of pictures without parts: either part is all of it */
    bool two_parts; /* it comes from a single file that has the other part, too */
    enum incline_header header; /* of a table in text: whether its first line was taken for one;
                                   INCLINE_HEADER_AUTO of all else */
    bool bytes;                 /* elements are uint8, else float32 */
    float scale;                /* a network sees value * scale + shift, unless there are */
    float shift;
    const float
        *scales; /* [features] one scale and one shift for each feature; NULL if scale and */
    const float *shifts; /* shift hold for all. They live as long as the data set */
};

/* Samples in memory; exactly one of `bytes` and `floats` is set. What is to be predicted is a
 * label, or targets: numbers, or for several labels at once a 1 for each that holds and a 0 for
 * each that does not. A set may have both, either or none. */
struct incline_samples {
    uint32_t rows;
    uint32_t features;
    uint32_t classes;    /* 0 with `labels` NULL */
    uint32_t outputs;    /* 0 with `targets` NULL */
    uint32_t image_rows; /* optional: image_rows * image_cols == features */
    uint32_t image_cols;
    const uint8_t *bytes;   /* [rows, features] */
    const float *floats;    /* [rows, features] */
    const uint32_t *labels; /* [rows], each below `classes` */
    const float *targets;   /* [rows, outputs], each finite */
    float scale;            /* [1/255 for bytes, 1 for floats] */
    float shift;
    const float *scales; /* [features] in place of scale and shift, both or neither: of each */
    const float *shifts; /* feature its own [NULL] */
};

enum incline_target_type {
    INCLINE_TARGET_AUTO,    /* classes if it is texts or few whole numbers: at most 10 different
                               ones, each twice on average, or at most 100, each 20 times */
    INCLINE_TARGET_CLASSES, /* texts or numbers, each a class */
    INCLINE_TARGET_NUMBERS  /* to be predicted as they are */
};

/* What a file of bare numbers holds, which nothing in it says: samples one after the other, each of
 * `cols` numbers, or an image of `rows` x `cols`. */
struct incline_raw {
    uint32_t rows,
        cols;   /* cols 0: the file says itself what it is; rows 0: samples are no images */
    bool bytes; /* unsigned bytes, else floats of 32 bits, least significant byte first */
};

/* How a table is to be read; see incline_dataset_open_with(). */
struct incline_data_options {
    const char *target; /* columns to predict: names, or numbers from 1, with commas between;
                           "none" [a column called label, class, target or y, else the last] */
    enum incline_target_type target_type; /* [INCLINE_TARGET_AUTO] */
    const char *categories;               /* columns whose numbers are categories, too [NULL] */
    const char *ignore;                   /* columns to leave out [NULL] */
    enum incline_header header;           /* [INCLINE_HEADER_AUTO] */
    char separator;         /* of cells; ' ' any spaces and tabs [the first of tab, semicolon, bar,
                               comma that stands equally often in the first lines, else space] */
    uint32_t image_rows;    /* the features are the pixels of an image [0: they are not]; whole */
    uint32_t image_cols;    /* numbers from 0 to 255 are then bytes, the largest seen as 1 */
    const char *columns;    /* read the table as one was read before: incline_dataset_columns() or
                               incline_model_columns(); nothing else need be said then [NULL] */
    struct incline_raw raw; /* the single file is bare numbers [it is not] */
    uint32_t resize_rows;   /* bring pictures (PNG, PGM) to this size: the mean of an area where */
    uint32_t
        resize_cols; /* they are larger, linear between pixels where smaller [0: as they are] */
    bool invert;     /* 255 less each of their pixels: dark on light becomes light on dark */
};

/* Open a data set.
 *   name   "mnist", "fashion-mnist": looked for in $INCLINE_DATA, then data/ of the working
 *          folder, then $XDG_DATA_HOME/incline; "digits" or "digits:ROWS", built in; a
 *          folder of IDX files, or of the tables train.csv and test.csv (or .tsv); one IDX
 *          file of images, which has no labels; one table; "-", a table on standard input.
 *          Files may be gzip-compressed. Unsigned bytes of IDX stay bytes, seen as value / 255;
 *          its other types become floats, as they are.
 *          Pictures (PNG where the library was built with libpng, PGM) are one sample each, as a
 *          single file without a label, or in a folder with a subfolder per class, in the order
 *          of their names; DIR/train and DIR/test (or training, testing) with such subfolders
 *          are the two parts. They become grey bytes, seen as value / 255. Where all classes have
 *          whole numbers for names, these are the labels.
 *          An archive of NumPy (.npz, where the library was built with libzip) has features in
 *          an array called x or x_train, labels in y or y_train, perhaps x_test and y_test.
 *   split  the training or the test part; ignored for a single file, or a folder of pictures, that
 *          does not have both.
 * Fails with INCLINE_ENODATA, INCLINE_EIO, INCLINE_EFORMAT, INCLINE_ENOMEM, INCLINE_EARG. */
INCLINE_API int incline_dataset_open(const char *name, enum incline_split split,
                                     incline_dataset **dataset);

/* As incline_dataset_open(), but samples from files may still be on their way when it returns, so
 * that a device can be opened meanwhile; all that incline_dataset_describe() tells is there.
 * Whoever needs the samples waits for them, and fails then if the file is damaged.
 * incline_dataset_ready() waits, and fails with INCLINE_EIO, INCLINE_EFORMAT, INCLINE_ENOMEM. */
INCLINE_API int incline_dataset_open_early(const char *name, enum incline_split split,
                                           incline_dataset **dataset);
INCLINE_API int incline_dataset_ready(const incline_dataset *dataset);

/* As incline_dataset_open_early(), with a say in how tables are read; `options` may be NULL.
 *
 * A table is text: rows of cells, as RFC 4180 has them, numbers with a point (where semicolons
 * separate also with a comma), UTF-8. A column of numbers is a feature. A column of texts is as
 * many features as it has different texts, at most 256, sorted: 1 for the one that a row has, else
 * 0. Nothing, ?, NA, N/A, #N/A, <NA>, NaN, null and None mean that a value is missing: a number
 * then becomes the mean of its column, to a model that of the samples it was trained on, a category
 * 0 everywhere; a missing target is refused. Different texts of the target, sorted, are the
 * classes. The first line that scikit-learn's own tables have (rows, features, names of classes) is
 * understood. Means, texts and classes are those of the table that a model was trained on: give
 * incline_model_columns() to read another one for it. Columns are then found by name if both tables
 * have a header, else by place, and the target may be missing. An array of NumPy (.npy) and
 * LIBSVM's sparse text are tables too; an array has no target unless one is named. */
INCLINE_API int incline_dataset_open_with(const char *name, enum incline_split split,
                                          const struct incline_data_options *options,
                                          incline_dataset **dataset);

/* Open samples to be predicted, which then come in pieces: of a table in text, where
 * options->columns says what its columns mean, some whole rows at a time, a megabyte of text from a
 * file, from a pipe what has come. Its targets are not read, and may be missing or wrong. Whatever
 * else incline_dataset_open_with() opens, with the same arguments, is one piece. Fails as that
 * does.
 */
INCLINE_API int incline_reader_open(const char *name, enum incline_split split,
                                    const struct incline_data_options *options,
                                    incline_reader **reader);

/* The next piece, which lives until the next call; NULL past the last. Waits for one row. Fails as
 * incline_dataset_open_with(), and again if called again; the message names the line, and every
 * row before it was given. */
INCLINE_API int incline_reader_next(incline_reader *reader, const incline_dataset **dataset);
INCLINE_API void incline_reader_close(incline_reader *reader);

/* What the columns of a table mean, as JSON: names, means, texts and classes; "" if the samples do
 * not come from a table. Lives as long as the data set, or the model. */
INCLINE_API const char *incline_dataset_columns(const incline_dataset *dataset);
INCLINE_API const char *incline_model_columns(const incline_model *model);

/* True if two models make the same inputs of a table, but for what stands for missing numbers,
 * which each has from the samples that it was trained on. */
INCLINE_API bool incline_model_same_columns(const incline_model *model, const incline_model *other);

/* Make a data set from memory; the samples are copied.
 * Fails with INCLINE_EARG (a label out of range, a target that is not finite, no samples),
 * INCLINE_ENOMEM. */
INCLINE_API int incline_dataset_create(const struct incline_samples *samples,
                                       incline_dataset **dataset);
INCLINE_API void incline_dataset_close(incline_dataset *dataset);
INCLINE_API void incline_dataset_describe(const incline_dataset *dataset,
                                          struct incline_dataset_info *info);

/* What should be known of how the data were read, a line for each matter: texts that no category
 * has on which a model was trained, columns without a value; "" if there is nothing to say. Lives
 * as long as the data set. */
INCLINE_API const char *incline_dataset_remarks(const incline_dataset *dataset);

/* Number of samples of each class, counts[classes]. */
INCLINE_API void incline_dataset_class_counts(const incline_dataset *dataset, uint64_t *counts);

/* Name of class `index` ("trouser"); "" if classes have numbers alone. */
INCLINE_API const char *incline_dataset_class_name(const incline_dataset *dataset, uint32_t index);

/* Choose `count` different samples at random, rows[count]; the same for the same seed.
 * Fails with INCLINE_EARG if there are fewer. */
INCLINE_API int incline_dataset_choose(const incline_dataset *dataset, uint64_t seed,
                                       uint32_t count, uint32_t *rows);

/* Copy one sample as a network sees it: features[features], and its label
 * (UINT32_MAX if it has none). `features` and `label` may be NULL.
 * Fails with INCLINE_EARG if row is not below rows, or as incline_dataset_ready(). */
INCLINE_API int incline_dataset_sample(const incline_dataset *dataset, uint32_t row,
                                       float *features, uint32_t *label);

/* Path of the picture that sample `row` of a folder of pictures is; "" of other data. */
INCLINE_API const char *incline_dataset_file(const incline_dataset *dataset, uint32_t row);

/* Copy the targets of one sample: targets[outputs].
 * Fails with INCLINE_EARG if row is not below rows or the set has no targets. */
INCLINE_API int incline_dataset_targets(const incline_dataset *dataset, uint32_t row,
                                        float *targets);

/* Name of target `index` ("price"); "" if it has none. */
INCLINE_API const char *incline_dataset_target_name(const incline_dataset *dataset, uint32_t index);

/* What the numbers of a column have in common, as they stand in the file; NaN where there are none,
 * or texts. */
struct incline_range {
    double minimum, maximum;
    double mean;
    double deviation; /* root of the mean squared distance from the mean */
};

/* A column of a table, a feature where there is no table, or a target that is a number. */
struct incline_column_summary {
    const char *name; /* "" if it has none */
    uint32_t number;  /* of the column in its table, from 1 */
    bool target;
    bool category;     /* texts, or numbers that are taken for such */
    uint32_t features; /* of a category as many as it has different texts; otherwise 1, of a
                          target 0 */
    uint32_t missing;  /* samples without a value */
    bool constant;     /* the same in every sample that has a value, so that nothing is learned
                          from it */
    bool counts;       /* a feature that numbers the samples: each has one more than that before */
    struct incline_range range;
    const char *commonest; /* text of a category that most samples have; "" of numbers, */
    uint32_t common_rows;  /* and how many */
};

struct incline_summary {
    struct incline_range range;                   /* of all features that are numbers */
    uint64_t missing;                             /* of all columns */
    uint32_t constant;                            /* columns of features */
    const char *rounded;                          /* the first column with numbers of more digits
                                                     than floats of 32 bits keep, so that different
                                                     ones may be the same here; "" if there is none */
    uint32_t duplicates;                          /* samples whose features an earlier one
                                                     has, to the bit; of these */
    uint32_t contradictions;                      /* have another label or other targets */
    uint32_t column_count;                        /* features, then targets */
    const struct incline_column_summary *columns; /* [column_count] */
};

/* Sum up a data set. Free with incline_summary_free(), before the data set is closed.
 * Fails with INCLINE_ENOMEM, or as incline_dataset_ready(). */
INCLINE_API int incline_dataset_summarize(const incline_dataset *dataset,
                                          struct incline_summary **summary);
INCLINE_API void incline_summary_free(struct incline_summary *summary);

/* Count the samples of `dataset` whose features `other` has, too, to the bit: what is tested on is
 * then not new. Fails with INCLINE_ESHAPE (other features, or elements of another type),
 * INCLINE_ENOMEM, or as incline_dataset_ready(). */
INCLINE_API int incline_dataset_shared(const incline_dataset *dataset, const incline_dataset *other,
                                       uint32_t *rows);

/* Bytes of a path, with the zero behind it, and of what a format has no place for. */
enum { INCLINE_PATH_MAX = 4096, INCLINE_LOST_MAX = 400 };

struct incline_save_info {
    const char *format; /* "CSV", "IDX" */
    char file[INCLINE_PATH_MAX];
    uint64_t samples;
    uint64_t bytes;                /* of the file, and of that of the labels */
    char labels[INCLINE_PATH_MAX]; /* the file of labels that stands beside one of IDX images; ""
                                      without */
    char lost[INCLINE_LOST_MAX];   /* what the format has no place for: "names of classes, names of
                                      columns"; "" if nothing was lost */
};

/* Write a data set for other programs, and for incline_dataset_open(): separated values where the
 * name ends in .csv or .tsv, an array of NumPy in .npy, an archive of x and y in .npz, LIBSVM's
 * text in .svm or .libsvm, in any mixture of capitals; IDX where it is that of an IDX file, labels
 * beside it (train-labels-idx1-ubyte for train-images-idx3-ubyte); gzip-compressed with .gz behind.
 * Numbers are as they stand in the data set, to the bit, before any scaling. `info` may be NULL.
 * Fails with INCLINE_EARG (the name says no format, or the format cannot hold these data),
 * INCLINE_EIO (a file of that name is there already, or it cannot be written), INCLINE_ENOMEM, or
 * as incline_dataset_ready(). */
INCLINE_API int incline_dataset_save(const incline_dataset *dataset, const char *path,
                                     struct incline_save_info *info);

/* Write both parts of a data set: into a folder, whose name ends in a slash and which is made if
 * missing, as the files that are looked for there, IDX of images and otherwise train.csv and
 * test.csv; or into an archive of NumPy, .npz, as x_train, y_train, x_test and y_test.
 *   test  may be NULL; then the folder gets the files of `train` alone, an archive x and y
 *   info  [2] of the files, the second all zero where there is one; may be NULL
 * Fails as incline_dataset_save(), and then leaves no file of either part; with INCLINE_EARG for
 * other files. */
INCLINE_API int incline_dataset_save_parts(const incline_dataset *train,
                                           const incline_dataset *test, const char *path,
                                           struct incline_save_info *info);

/* True of a name that incline_dataset_save_parts() can write to. */
INCLINE_API bool incline_save_takes_parts(const char *path);

struct incline_split_options {
    const char *output; /* folder, made if missing */
    float test;         /* part of the samples, above 0 and below 1 [0.2] */
    float validation;   /* a third part [0: none] */
    uint64_t seed;      /* [1] */
};

struct incline_split_info {
    uint32_t train, validation, test; /* samples of each part */
    bool stratified;                  /* of each class its share */
    char train_file[INCLINE_PATH_MAX];
    char validation_file[INCLINE_PATH_MAX]; /* "" without one */
    char test_file[INCLINE_PATH_MAX];
    char lost[INCLINE_LOST_MAX]; /* what the files have no place for, as in struct incline_save_info
                                  */
};

/* Split a data set, the training part of one that has two, into files in a folder: train, test and
 * perhaps validation, of each class its share, in the order in which samples stood. Lines of tables
 * and elements of arrays are copied as they are: train.csv, .tsv, .svm or .npy, compressed if the
 * file was; images become IDX files with their labels, all other samples train.csv. `options` says
 * how a table is read, and may be NULL; so may `info`. A file that is there is never replaced.
 * Fails with INCLINE_EARG (parts that leave one empty; standard input), INCLINE_EIO,
 * INCLINE_ENOMEM, or as opening does. */
INCLINE_API int incline_data_split(const char *name, const struct incline_data_options *options,
                                   const struct incline_split_options *how,
                                   struct incline_split_info *info);

/* ---- models ------------------------------------------------------------- */

/* Activations, by the name that stands in options and files. With s the logistic function 1 / (1 +
 * exp(-z)), P the distribution function of the standard normal distribution:
 *   relu         max(z, 0)
 *   linear       z
 *   leaky-relu   z > 0 ? z : 0.01 z
 *   elu          z > 0 ? z : exp(z) - 1                    Clevert et al. 2015, arXiv:1511.07289
 *   selu         1.0507 (z > 0 ? z : 1.6733 (exp(z) - 1))  Klambauer et al. 2017, arXiv:1706.02515
 *   gelu         z P(z)                          Hendrycks, Gimpel 2016, arXiv:1606.08415, eq. 1
 *   gelu-tanh    z s(2 sqrt(2 / pi) (z + 0.044715 z^3)), the same paper's approximation of gelu
 *   silu         z s(z)
 *   mish         z tanh(softplus(z))                       Misra 2019, arXiv:1908.08681
 *   softplus     log(1 + exp(z))
 *   tanh         tanh(z)
 *   scaled-tanh  1.7159 tanh(2 z / 3)                      LeCun et al. 1998, Efficient BackProp
 *   sigmoid      s(z)
 * X(name, text): INCLINE_name is the number, counted without a gap. */
#define INCLINE_ACTIVATIONS(X)    \
    X(RELU, "relu")               \
    X(LINEAR, "linear")           \
    X(LEAKY_RELU, "leaky-relu")   \
    X(ELU, "elu")                 \
    X(SELU, "selu")               \
    X(GELU, "gelu")               \
    X(GELU_TANH, "gelu-tanh")     \
    X(SILU, "silu")               \
    X(MISH, "mish")               \
    X(SOFTPLUS, "softplus")       \
    X(TANH, "tanh")               \
    X(SCALED_TANH, "scaled-tanh") \
    X(SIGMOID, "sigmoid")

enum incline_activation {
#define X(name, text) INCLINE_##name,
    INCLINE_ACTIVATIONS(X)
#undef X
        INCLINE_ACTIVATION_COUNT
};

/* "gelu-tanh"; "unknown" for any other number. */
INCLINE_API const char *incline_activation_text(enum incline_activation activation);

/* What is done to what each hidden layer's weights and bias give, before its activation: it is
 * brought to mean 0 and variance 1, then multiplied by a gain and moved by a shift, both learned,
 * of each neuron. */
enum incline_normalization {
    INCLINE_NORMALIZE_NONE,
    INCLINE_NORMALIZE_BATCH, /* of each neuron over a batch; a run's averages in a model that is
                                used: Ioffe, Szegedy 2015, arXiv:1502.03167; torch.nn.BatchNorm1d */
    INCLINE_NORMALIZE_LAYER  /* of each sample over the neurons: Ba et al. 2016, arXiv:1607.06450;
                                torch.nn.LayerNorm */
};

/* "batch"; NULL for any other number. They are numbered without a gap. */
INCLINE_API const char *incline_normalization_text(enum incline_normalization normalization);

/* What a network is trained to make small. The logits z are what the last layer puts out, y the
 * label, t the target; the mean is taken over samples, and over the outputs where there are
 * targets, as in PyTorch. */
enum incline_loss {
    INCLINE_LOSS_AUTO,    /* softmax for labels, MSE for targets */
    INCLINE_LOSS_SOFTMAX, /* cross-entropy of softmax(z): one of several classes */
    INCLINE_LOSS_SIGMOID, /* cross-entropy of sigmoid(z): several labels at once (targets of 0 and
                             1), or two classes by one output */
    INCLINE_LOSS_MSE,     /* (z - t)^2 */
    INCLINE_LOSS_MAE,     /* |z - t| */
    INCLINE_LOSS_HUBER /* (z - t)^2 / 2 up to a distance delta, delta (|z - t| - delta / 2) beyond:
                          Huber 1964 */
};

/* What a network predicts. */
enum incline_task {
    INCLINE_TASK_CLASSES, /* one of several classes: an output each, softmax */
    INCLINE_TASK_BINARY,  /* one of two classes: one output, sigmoid, the probability of class 1 */
    INCLINE_TASK_LABELS,  /* which of several labels hold: an output each, sigmoid */
    INCLINE_TASK_REGRESSION /* numbers: an output each, linear */
};

enum incline_init {
    INCLINE_INIT_HE,      /* U(-a, a), a = sqrt(6 / inputs); biases 0, as below */
    INCLINE_INIT_UNIFORM, /* U[-0.5, 0.5) for weights and biases: the founding document */
    INCLINE_INIT_GLOROT,  /* U(-a, a), a = g sqrt(6 / (inputs + outputs)), Glorot and Bengio 2010 */
    INCLINE_INIT_LECUN,   /* U(-a, a), a = sqrt(3 / inputs), LeCun et al. 1998; suits selu */
    INCLINE_INIT_ORTHOGONAL, /* g times a matrix of orthonormal rows or columns, Saxe et al. 2014,
                                arXiv:1312.6120 */
    INCLINE_INIT_ZERO,       /* weights and biases 0 */
    INCLINE_INIT_CONSTANT    /* each weight is `init_value`, biases 0 */
    /* The gain g fits the layer's activation: sqrt(2) for relu, gelu, gelu-tanh, silu and mish,
       sqrt(2 / 1.0001) for leaky-relu, 3/4 for selu, 5/3 for tanh, 1 for others, as in PyTorch */
};

struct incline_model_options {
    const uint32_t *widths;                     /* inputs, hidden layers, classes [784, 10, 10] */
    size_t width_count;                         /* at least 2 */
    enum incline_activation activation;         /* of the hidden layers [INCLINE_RELU] */
    const enum incline_activation *activations; /* of each hidden layer, [width_count - 2], instead
                                                   of `activation` [NULL] */
    enum incline_init init;                     /* [INCLINE_INIT_HE] */
    float init_value;                           /* of constant weights; not 0 */
    float init_bias; /* of each bias, instead of what `init` gives it [0: that] */
    uint64_t seed;
    enum incline_normalization normalization; /* of the hidden layers [INCLINE_NORMALIZE_NONE] */
};

struct incline_model_info {
    uint32_t layers;                            /* weight matrices */
    const uint32_t *widths;                     /* [layers + 1], lives as long as the model */
    const enum incline_activation *activations; /* [layers], the last one linear; lives as long */
    enum incline_activation activation;         /* of the hidden layers, of the first where they
                                                   differ; what was asked for where there is none */
    bool activation_assumed;                    /* its file did not say which, so it is relu */
    enum incline_normalization normalization;   /* of the hidden layers */
    uint64_t parameters;
    uint32_t image_rows; /* shape of an input image, 0 if it is none */
    uint32_t image_cols;
    bool deskew; /* images are made upright before the network sees them */
    float scale; /* inputs are value * scale + shift; 0 if not known: a model that
                    was never trained here takes data in their own scaling */
    float shift;
    const float
        *scales; /* [inputs] one scale and one shift for each input, in place of those; NULL */
    const float *shifts; /* if all share them. They live as long as the model */
    enum incline_task task;
    uint32_t predictions; /* numbers that incline_predict() gives for a sample: one for each class,
                             label or target */
    char trained_on[64];  /* name of the data set; "" if never trained */
};

/* Make a model with initial weights. Fails with INCLINE_EARG, INCLINE_ENOMEM. */
INCLINE_API int incline_model_create(const struct incline_model_options *options,
                                     incline_model **model);
INCLINE_API void incline_model_destroy(incline_model *model);

/* Read or write a safetensors file with PyTorch's names: layers.0.weight [out, in],
 * layers.0.bias [out], ..., and with normalisation norms.0.weight, norms.0.bias,
 * norms.0.running_mean, norms.0.running_var. Writing replaces the file whole or not at all. Files
 * that PyTorch wrote are read under whatever names its layers have, as long as names and shapes say
 * which follows which, with BatchNorm1d or LayerNorm behind each hidden layer, in F32, F16, BF16 or
 * F64; what is predicted is one of several classes, or with one output a number. ONNX files of
 * fully connected networks are read, too: Gemm, or MatMul and Add, activations, a softmax at the
 * end. Fail with INCLINE_EIO, INCLINE_EFORMAT, INCLINE_ENOMEM. */
INCLINE_API int incline_model_load(const char *path, incline_model **model);
INCLINE_API int incline_model_save(const incline_model *model, const char *path);
INCLINE_API void incline_model_describe(const incline_model *model,
                                        struct incline_model_info *info);

/* Say what the hidden layers of a model do, where its file does not (info.activation_assumed).
 * Fails with INCLINE_EARG, also where another activation is known. */
INCLINE_API int incline_model_set_activation(incline_model *model,
                                             enum incline_activation activation);

/* Formats of models that other programs read. */
enum incline_export_format {
    INCLINE_EXPORT_BY_NAME,     /* what the ending of the file's name says */
    INCLINE_EXPORT_SAFETENSORS, /* as incline_model_save() */
    INCLINE_EXPORT_ONNX,        /* IR 7, opset 13: raw values in, what is predicted out */
    INCLINE_EXPORT_C,           /* C99 source: FILE.c, and FILE.h beside it */
    INCLINE_EXPORT_NPZ,         /* weights and biases alone, for numpy.load() */
    INCLINE_EXPORT_CSV, /* the same, a line "layer,neuron,input,value" each; input -1: bias */
    INCLINE_EXPORT_PNG  /* a picture of each neuron of the first layer: its weights in the
                           shape of an input, red above zero, blue below */
};

struct incline_export_options {
    enum incline_export_format format; /* [INCLINE_EXPORT_BY_NAME] */
    bool quantize; /* C source: weights in 8 bits, with a scale for each neuron */
};

struct incline_export_info {
    enum incline_export_format format;
    uint64_t bytes;          /* of the file, or of both files of C source */
    uint64_t constant_bytes; /* C source: of weights and biases; otherwise 0 */
    uint64_t working_bytes;  /* C source: of values between layers, on the stack */
};

/* Write a model for another program. `options` and `info` may be NULL. Replaces such an export by
 * another, whole or not at all, and no other file; a PNG carries no mark, so that any is replaced
 * by another. Fails with INCLINE_EARG (the ending names no format, or the format cannot express
 * this model), INCLINE_EFORMAT (a weight is not finite), INCLINE_EIO, INCLINE_ENOMEM. */
INCLINE_API int incline_model_export(const incline_model *model, const char *path,
                                     const struct incline_export_options *options,
                                     struct incline_export_info *info);

/* A copy with each weight as C source with 8-bit weights has it, to measure what that costs.
 * Fails with INCLINE_ENOMEM. */
INCLINE_API int incline_model_quantize(const incline_model *model, incline_model **quantized);

/* The word of a format, which is also the ending of its files: "onnx"; NULL for any other number.
 * The formats are numbered from 1 without a gap. */
INCLINE_API const char *incline_export_format_text(enum incline_export_format format);

/* Name of a class ("0", "trouser"), label or target, or its number as text if it has none. */
INCLINE_API const char *incline_model_class_name(const incline_model *model, uint32_t index);

/* Weights [outputs, inputs] and biases [outputs] of layer `layer`, to read or to set;
 * NULL if there is no such layer. */
INCLINE_API float *incline_model_weights(incline_model *model, uint32_t layer);
INCLINE_API float *incline_model_biases(incline_model *model, uint32_t layer);

/* What normalises hidden layer `layer`, [outputs] each, to read or to set; NULL if nothing of the
 * kind does. A run's averages there are with batch normalisation alone. */
enum incline_norm {
    INCLINE_NORM_GAIN,
    INCLINE_NORM_SHIFT,
    INCLINE_NORM_RUNNING_MEAN,
    INCLINE_NORM_RUNNING_VARIANCE
};
INCLINE_API float *incline_model_norm(incline_model *model, uint32_t layer,
                                      enum incline_norm which);

/* Predictions for `rows` samples from `first` on, predictions[rows, info.predictions]: the
 * probability of each class, of two classes too; of each label; or values in the unit of the
 * targets that the model was trained on. Fails with INCLINE_ESHAPE if the data do not fit the
 * model, or as the device fails. */
INCLINE_API int incline_predict(const incline_model *model, incline_device *device,
                                const incline_dataset *dataset, uint32_t first, uint32_t rows,
                                float *predictions);

/* NaN is what has no meaning for the model's task. */
struct incline_evaluation {
    uint32_t rows;
    uint32_t correct; /* samples whose class, or all of whose labels, were predicted; 0 for
                         regression */
    double loss;      /* mean cross-entropy, nats; of regression the mean squared error of targets
                         scaled as in training */
    double accuracy;  /* correct / rows */
    double rmse;      /* regression, means over all targets: the root of the mean squared error */
    double mae;       /* the mean absolute error */
    double r2;        /* mean of the targets' coefficients of determination, as below */
    double f1;        /* several labels: mean of the labels' F1, as below */
};

/* What is said of one target or label. */
struct incline_output_score {
    double rmse, mae; /* in the target's unit */
    double r2;        /* 1 - sum of squared errors / sum of squared distances from the mean; of a
                         target that never changes 1 if every prediction is right, else 0 */
    uint64_t true_positives, false_positives, false_negatives; /* of a label, predicted at 1/2 */
    double f1; /* 2 TP / (2 TP + FP + FN); NaN where that is nothing */
};

/* Do the samples fit the model, and say what it is to predict? What incline_evaluate() looks at
 * first. Fails with INCLINE_ESHAPE, or as incline_dataset_ready(). */
INCLINE_API int incline_model_fits(const incline_model *model, const incline_dataset *dataset);

/* Loss and accuracy over a whole data set.
 *   confusion  [classes, classes], row = true class, column = predicted; may be NULL, and must be
 *              for models that predict targets
 * Fails with INCLINE_ESHAPE, or as the device fails. */
INCLINE_API int incline_evaluate(const incline_model *model, incline_device *device,
                                 const incline_dataset *dataset, uint64_t *confusion,
                                 struct incline_evaluation *evaluation);

/* The same for a model that predicts targets or several labels, with each of them by itself:
 * scores[info.predictions]. Fails also with INCLINE_ESHAPE for a model that predicts one class. */
INCLINE_API int incline_evaluate_outputs(const incline_model *model, incline_device *device,
                                         const incline_dataset *dataset,
                                         struct incline_output_score *scores,
                                         struct incline_evaluation *evaluation);

/* ---- training ----------------------------------------------------------- */

/* How parameters follow their gradients, g. The names, and what a 0 stands for, are PyTorch's. */
enum incline_optimizer_kind {
    INCLINE_SGD,      /* w -= rate g */
    INCLINE_MOMENTUM, /* Polyak 1964: m = momentum m + g, w -= rate m */
    INCLINE_NESTEROV, /* Sutskever et al. 2013: the same, w -= rate (g + momentum m) */
    INCLINE_ADAGRAD,  /* Duchi et al. 2011 */
    INCLINE_RMSPROP,  /* Hinton 2012, lecture 6e, without centering */
    INCLINE_ADAM,     /* Kingma and Ba 2015, arXiv:1412.6980, algorithm 1 */
    INCLINE_ADAMW,    /* Loshchilov and Hutter 2019, arXiv:1711.05101: adam, weight decay 0.01 */
    INCLINE_ADAMAX,   /* arXiv:1412.6980, algorithm 2 */
    INCLINE_LAMB      /* You et al. 2020, arXiv:1904.00962, algorithm 2: with bias corrections,
                         phi(z) = z, ratio 1 where a norm is 0; a tensor is a layer */
};

#define INCLINE_NONE (-1.0f) /* 0, where 0 stands for a default */

/* All zero is plain gradient descent. The gradient is first clipped by its norm, then by value,
 * then l2 w + l1 sign(w) is added to that of each weight; biases never decay. */
struct incline_optimizer {
    enum incline_optimizer_kind kind;
    float momentum;     /* of momentum and nesterov, in (0, 1); INCLINE_NONE: 0 [0.9] */
    float beta1;        /* decay of the mean gradient, likewise [0.9] */
    float beta2;        /* decay of the mean squared gradient, likewise [0.999, rmsprop 0.99] */
    float epsilon;      /* added to the root, > 0 [1e-8, adagrad 1e-10, lamb 1e-6] */
    float weight_decay; /* decoupled: w is multiplied by 1 - rate * weight_decay; with lamb,
                           weight_decay * w joins the direction; INCLINE_NONE: 0 [0, adamw 0.01] */
    float l2;           /* penalty l2/2 * sum of w^2: "weight_decay" of PyTorch's others [0] */
    float l1;           /* penalty l1 * sum of |w| [0] */
    float clip_value;   /* each gradient lies in [-clip_value, clip_value] [0: any] */
    float clip_norm;    /* the Euclidean norm of all gradients is at most this [0: any] */
    float max_norm;     /* so is that of a neuron's incoming weights, after each step [0: any] */
    float ema;          /* decay of a moving average of the parameters, in (0, 1), which then is
                           the model; in step t at most (1 + t) / (10 + t) [0: none] */
};

/* What is drawn anew in each step of training, and left out when a model is used. */
struct incline_noise {
    float dropout;       /* chance of each hidden neuron to be 0, to 0.999; the others are divided
                            by 1 - dropout. Srivastava et al. 2014, JMLR 15, section 4 [0] */
    float dropout_input; /* the same of each input [0] */
    float input_noise;   /* standard deviation of a normal number that is added to each input, after
                            its scaling [0] */
};

/* How images are distorted, each anew whenever it is trained on. Each number is the most there may
 * be, in either direction; all zero: not at all. An image is mapped about its centre, every pixel
 * is moved by a smooth random field (Simard, Steinkraus and Platt 2003), what is between pixels is
 * interpolated bilinearly, and what comes from outside of an image is its background, the input of
 * a pixel of value 0. */
struct incline_augmentation {
    float shift;         /* pixels, in [0, 1000] */
    float rotate;        /* degrees, in [0, 180] */
    float scale;         /* change of width and of height, in [0, 0.9]: 0.1 is up to 10 % */
    float shear;         /* tangent of the angle of a vertical line, in [0, 10] */
    float elastic_alpha; /* pixels that the smoothed field is multiplied with, in [0, 1000] */
    float elastic_sigma; /* pixels it is smoothed over, in [1, 100] [4] */
    uint32_t cutout;     /* pixels of the side of a square of background, at a random place */
};

/* How incline_evaluate_mean() looks at the samples. */
struct incline_mean_options {
    uint32_t copies;                          /* distorted copies of each image, beside it [0] */
    struct incline_augmentation augmentation; /* how; something, where there are copies */
    uint64_t seed; /* copy c of sample i is distorted as sample i of step c of a run with
                      this seed, c from 0 [1] */
};

/* As incline_evaluate(), of the mean of what several models predict, or of what one predicts of
 * each image and of distorted copies of it, or both: of probabilities, or of values. The models
 * predict the same of the same inputs. models      [count], count > 0 options     may be NULL
 *   confusion   as in incline_evaluate()
 *   scores      [info.predictions] as in incline_evaluate_outputs(); may be NULL, and must be for
 *               models that predict one class
 *   each        [count] what each model makes of the samples as they are; may be NULL
 *   evaluation  of the mean; its loss is that of mean probabilities, of regression in the scaling
 *               of the first model
 * Fails with INCLINE_ESHAPE (models that do not go together, or data that do not fit), INCLINE_EARG
 * (no models, copies without a distortion or of what is no image), INCLINE_ENOMEM, or as the device
 * fails. */
INCLINE_API int incline_evaluate_mean(const incline_model *const *models, size_t count,
                                      incline_device *device, const incline_dataset *dataset,
                                      const struct incline_mean_options *options,
                                      uint64_t *confusion, struct incline_output_score *scores,
                                      struct incline_evaluation *each,
                                      struct incline_evaluation *evaluation);

#define INCLINE_BATCH_FULL UINT32_MAX /* the whole training set is one batch */

#define INCLINE_HIDDEN_MAX 64 /* hidden layers of a network that is trained */

enum incline_schedule_kind {
    INCLINE_CONSTANT,
    INCLINE_STEP,        /* times `decay` every `decay_every` */
    INCLINE_EXPONENTIAL, /* times `decay` every epoch or step */
    INCLINE_COSINE,      /* half a cosine down to `last` */
    INCLINE_ONE_CYCLE,   /* from 1/25 up to the learning rate and down to 1/250000 of it; over 4
                            epochs or steps at least */
    INCLINE_PLATEAU      /* times `decay` after `patience` epochs that were no better; needs
                            validation, and `best` says what is better */
};
enum incline_schedule_unit { INCLINE_BY_EPOCH, INCLINE_BY_STEP };

/* How the learning rate changes over a run; the formulas stand in host/train/schedule.h. */
struct incline_schedule {
    enum incline_schedule_kind kind;
    enum incline_schedule_unit by;
    uint32_t warmup;      /* epochs or steps in which the rate first rises linearly [0] */
    uint32_t decay_every; /* epochs or steps [a third of the run] */
    float decay;          /* a factor below 1 [0.1; exponential 0.95 an epoch] */
    uint32_t patience;    /* of a plateau, epochs [10, at most a third of the run] */
    float last;           /* part of the learning rate that a cosine ends at [0] */
};

enum incline_best {
    INCLINE_BEST_ACCURACY, /* most validation samples predicted right; of equal ones the least loss
                            */
    INCLINE_BEST_LOSS,
    INCLINE_BEST_LAST /* none: the model keeps the weights that the run ends with, as a learning
                         rate wants that falls to its end */
};

#define INCLINE_CLASS_WEIGHTS_MAX 256 /* classes that can be given a weight each */

/* How much each class weighs in the mean of the loss. */
enum incline_class_weights {
    INCLINE_WEIGHTS_EQUAL,
    INCLINE_WEIGHTS_BALANCED /* class c weighs samples / (classes * samples of c) */
};

/* How numbers are scaled for a network. The model keeps the scaling. */
enum incline_scaling {
    INCLINE_SCALING_STANDARD, /* less their mean, over their standard deviation, both of the samples
                                 trained on */
    INCLINE_SCALING_NONE      /* as they are */
};

/* How to train. Plain data: a copy is as good as the original. */
struct incline_train_options {
    uint32_t hidden[INCLINE_HIDDEN_MAX];           /* widths of the hidden layers [10] */
    uint8_t hidden_activation[INCLINE_HIDDEN_MAX]; /* 1 + the activation of a hidden layer, where it
                                                      is another one than [0: `activation`] */
    size_t hidden_count;
    bool no_hidden; /* no hidden layer at all: softmax regression */
    enum incline_activation activation;
    enum incline_init init;
    float init_value; /* of constant weights; not 0 */
    float init_bias;  /* of each bias, instead of what `init` gives it [0: that] */
    enum incline_normalization normalization; /* of the hidden layers [INCLINE_NORMALIZE_NONE] */
    bool deskew; /* the network sees each image upright: slanted, in training and ever after, until
                    its strokes stand, by the formula at struct deskew in host/backend/slots.h
                    (LeCun et al. 1998); the model keeps that. Images alone */
    struct incline_noise noise;
    uint32_t epochs;     /* [10], unless `steps` is set */
    uint64_t steps;      /* stop after so many steps [0: by epochs] */
    uint32_t batch;      /* rows per step, or INCLINE_BATCH_FULL [64] */
    float learning_rate; /* [0.1 for sgd; adam, adamw, lamb 0.001, adamax 0.002, others 0.01] */
    struct incline_optimizer optimizer;
    struct incline_schedule schedule;
    uint64_t seed;          /* weights, order of samples, and which are kept apart [1] */
    enum incline_loss loss; /* [INCLINE_LOSS_AUTO] */
    float label_smoothing;  /* softmax: part of a label that all classes share */
    enum incline_class_weights class_weights;      /* softmax [INCLINE_WEIGHTS_EQUAL] */
    float class_weight[INCLINE_CLASS_WEIGHTS_MAX]; /* softmax: what each class weighs instead, not
                                                      negative and not all 0 */
    size_t class_weight_count;                     /* the number of classes [0: none given] */
    float huber_delta;                             /* of scaled targets [1] */
    enum incline_scaling input_scaling;       /* of the columns of a table; those that are 0 or 1
                                                 throughout stay as they are. Images and samples from
                                                 memory have their own; `model` keeps its own, or
                                                 without one takes columns as they are
                                                 [INCLINE_SCALING_STANDARD] */
    enum incline_scaling target_scaling;      /* of numbers to predict, which are scaled back; the
                                                 same of `model` [INCLINE_SCALING_STANDARD] */
    struct incline_augmentation augmentation; /* [none] */
    float validation;       /* part of the samples that is kept apart, of each class its share: they
                               are not trained on, and judge every epoch. INCLINE_NONE: none [0.1] */
    enum incline_best best; /* what makes an epoch the best, whose weights the model gets */
    uint32_t patience;      /* stop after so many epochs without a better one [0: never] */
    uint32_t checkpoint_epochs; /* a checkpoint every so many epochs [0: by time] */
    float checkpoint_minutes;   /* a checkpoint every so many minutes [0.2] */
    const char *output;         /* run folder, made if missing; incline_trainer_run() writes
                                   config.json, metrics.jsonl, model.safetensors and
                                   checkpoint.safetensors to it [NULL: none] */
    incline_model *model;       /* start from these weights instead of fresh ones; copied [NULL] */
    const char *kept; /* with `output`: texts by name as a JSON object, say {"target": "price"},
                         which the run keeps under "options" for incline_run_describe(), and does
                         not look at; below INCLINE_KEPT_MAX bytes [NULL: none] */
};

#define INCLINE_KEPT_MAX 16384

/* What a run says beside its settings. */
struct incline_run_info {
    char data[INCLINE_PATH_MAX]; /* what to open its data set by: the file or folder, by its whole
                                    path, or a name; "" if none is named */
    uint32_t rows, features, outputs; /* of its samples, and of its network; 0 if not said */
    char kept[INCLINE_KEPT_MAX];      /* as in struct incline_train_options; "" if nothing was */
};

/* What training does to an image before a network sees it. */
struct incline_image_options {
    bool deskew;                              /* made upright first */
    struct incline_augmentation augmentation; /* [none] */
    uint64_t seed;                            /* of the run [1] */
    uint64_t step;                            /* of the run, from 0: each draws anew */
};

/* Images as a network sees them in training, drawn on a device by the code that training draws
 * with: image i of a call is distorted as sample i of that step's batch.
 *   options  may be NULL
 *   rows     [count] samples of the set, 0 < count <= its rows
 *   images   [count, features]
 * Fails with INCLINE_ESHAPE (the samples are no images), INCLINE_EARG (a number out of its range,
 * no samples, one that is not there), INCLINE_ENOMEM, as incline_dataset_ready(), or as the device
 * fails. */
INCLINE_API int incline_augment_images(incline_device *device, const incline_dataset *dataset,
                                       const struct incline_image_options *options,
                                       const uint32_t *rows, uint32_t count, float *images);

/* Replace a file by the bytes, whole or not at all; of a symbolic link, what it leads to. Devices,
 * pipes and folders are not replaced. Fails with INCLINE_EARG, INCLINE_EIO. */
INCLINE_API int incline_file_write(const char *path, const void *data, size_t bytes);

/* See whether that can be done, and leave the file as it is. Fails likewise. */
INCLINE_API int incline_file_may_write(const char *path);

/* Replace a file by a grey PNG picture, whole or not at all: pixels[height, width], 0 black, 255
 * white, rows from the top. Fails with INCLINE_EARG (the library was built without libpng, or a
 * side is not in 1 to 1,000,000), INCLINE_ENOMEM, INCLINE_EIO. */
INCLINE_API int incline_png_write(const char *path, const uint8_t *pixels, uint32_t width,
                                  uint32_t height);

/* A setting: a field of struct incline_train_options that has a name, "learning-rate" on the
 * command line and "learning_rate" in config.json. */
struct incline_setting {
    const char *name;
    const char *argument; /* what stands for its value in a help text; NULL: "yes" or "no" */
    const char *group;    /* "Network", "Training": settings of a group follow one another */
    const char *help;     /* lines of at most 56 characters */
    const char *initial;  /* the default as text; NULL if there is none */
    const char *(*choice)(int number); /* the words it may be, NULL past the last; NULL if it is
                                          no choice */
    const char *instead_of;            /* a setting that this one rules out; NULL */
    const char *follows;               /* a choice that this one is for: it means nothing, or
                                          something else, with another; NULL */
    bool network;                      /* it says what the network is, as a model does */
    bool extends;                      /* a run that is resumed may be given another value */
};

/* Setting `index`, counted from 0; NULL past the last. */
INCLINE_API const struct incline_setting *incline_train_setting(size_t index);

/* Set a field from text, or write its value as text[bytes], cut to fit: "0.1", "128,64" or "none",
 * "full", one of the choices, "yes" or "no"; get gives "" where the field is zero and stands for
 * its default, and NULL sets it to that. Fail with INCLINE_EARG; the message begins with the name.
 */
INCLINE_API int incline_train_set(struct incline_train_options *options, const char *name,
                                  const char *text);
INCLINE_API int incline_train_get(const struct incline_train_options *options, const char *name,
                                  char *text, size_t bytes);

/* Put each setting's default where a field is zero. */
INCLINE_API void incline_train_defaults(struct incline_train_options *options);

/* Recipe `index`, counted from 0: its name, and with `help` not NULL what it is; NULL past the
 * last. */
INCLINE_API const char *incline_train_preset_name(size_t index, const char **help);

/* Fill `options` with a named recipe, as incline_train_preset_name() lists them; README.md has what
 * each reaches. What a recipe does not say stays zero. Fails with INCLINE_EARG for another name
 * (the message lists them). */
INCLINE_API int incline_train_preset(const char *name, struct incline_train_options *options);

/* Fill `options` from a JSON file of settings; every run folder holds one, config.json. What it
 * does not name stays zero.
 *   info  what else it says; may be NULL
 * Fails with INCLINE_EIO, INCLINE_EFORMAT (line, or setting, and what is wrong), INCLINE_ENOMEM. */
INCLINE_API int incline_train_config(const char *path, struct incline_train_options *options,
                                     struct incline_run_info *info);

struct incline_progress {
    uint32_t epoch;  /* epochs finished */
    uint32_t epochs; /* epochs asked for; 0 if the run is counted in steps */
    uint64_t step;   /* steps finished */
    uint64_t steps;  /* steps in all */
    bool epoch_done; /* loss and accuracy are those of a whole epoch (or of the last,
                        cut one), over each sample as it was trained on; otherwise
                        those of the running epoch so far */
    double loss;
    double accuracy; /* samples whose class, or all of whose labels, were predicted; NaN for
                        regression */
    double r2;       /* regression: 1 - squared errors / variance, of all targets; NaN otherwise */
    double learning_rate; /* of the last step */
    bool validated;       /* with epoch_done: the samples kept apart were judged, */
    double validation_loss, validation_accuracy; /* and this is what came of it */
    uint32_t best_epoch; /* the best so far, whose weights the model gets at the end; 0: none yet,
                            or by the last none is looked for */
    double best_loss, best_accuracy; /* what validation said of it */
    double samples_per_second;
    double seconds; /* since training began, earlier runs of a resumed one not counted */
    double seconds_left;
};

/* Called at most ten times a second while training runs, and once at the end of each epoch. */
typedef void (*incline_progress_fn)(void *user, const struct incline_progress *progress);

/* Make a trainer: initial weights, data and plan on the device. The device is checked
 * against the reference on this network first, unless it passed before.
 * Device and data set must outlive the trainer: a device that shares the host's memory reads the
 * data where they lie.
 * Fails with INCLINE_EARG, INCLINE_ESHAPE, INCLINE_EVERIFY (the device computes this
 * network wrongly), INCLINE_ENOMEM, INCLINE_EIO, or as the device fails. */
INCLINE_API int incline_trainer_create(incline_device *device, const incline_dataset *dataset,
                                       const struct incline_train_options *options,
                                       incline_trainer **trainer);

/* Go on where the run in `folder` stopped, to the bit. The run's own options hold, but
 * `epochs` or `steps`, where not 0, say a new end. Fails with INCLINE_EFORMAT,
 * INCLINE_ESHAPE (another data set, other columns of a table, or other samples: labels, targets and
 * some of the values are compared), or as incline_trainer_create(). */
INCLINE_API int incline_trainer_resume(incline_device *device, const incline_dataset *dataset,
                                       const char *folder, uint32_t epochs, uint64_t steps,
                                       incline_trainer **trainer);
INCLINE_API void incline_trainer_destroy(incline_trainer *trainer);

/* What the run in `folder` says beside its settings, from its checkpoint. Fails with INCLINE_EIO,
 * INCLINE_EFORMAT. */
INCLINE_API int incline_run_describe(const char *folder, struct incline_run_info *info);

/* Train to the end. Returns INCLINE_OK; INCLINE_EINTERRUPTED after incline_trainer_stop()
 * (the model is up to date and, with a run folder, a checkpoint is saved);
 * INCLINE_EDIVERGED (a checkpoint that was saved before stays); or as the device and disk fail. */
INCLINE_API int incline_trainer_run(incline_trainer *trainer, incline_progress_fn progress,
                                    void *user);

/* Why a run that is gone on with has nothing left to do, and what can be done about that; "" if it
 * has. The text lives as long as the trainer. */
INCLINE_API const char *incline_trainer_done(const incline_trainer *trainer);

/* Ask incline_trainer_run() to finish the step and return, or the next call of it where none runs
 * to do one step; the call after that goes on. May be called from a signal handler or another
 * thread. */
INCLINE_API void incline_trainer_stop(incline_trainer *trainer);

/* How many such networks to train at a time, each by a trainer and in a thread of its own, on a
 * handle of its own of the trainer's device (incline_device_another): as many as fill the device,
 * at most INCLINE_TOGETHER_MAX; 1 where one does, by its size, its memory or by data that do not
 * fit the device. */
#define INCLINE_TOGETHER_MAX 256
INCLINE_API uint32_t incline_trainer_together(const incline_trainer *trainer);

/* The model as trained so far; belongs to the trainer. */
INCLINE_API const incline_model *incline_trainer_model(const incline_trainer *trainer);

/* ---- a learning rate ---------------------------------------------------- */

#define INCLINE_RATE_POINTS 300

/* A step of the search. */
struct incline_rate_point {
    double rate;
    double loss;     /* of the step's samples, before it */
    double smoothed; /* average of the losses so far, each weighing a tenth less than the next */
};

struct incline_rate_search {
    struct incline_rate_point points[INCLINE_RATE_POINTS]; /* [count], by rate */
    uint32_t count;
    bool exploded;    /* it ended early: the loss went to 4 times its least, or was not finite */
    double suggested; /* a rate to train with: where the smoothed loss falls most steeply over the
                         logarithm of the rate, before it is least; 0 if it did not fall
                         clearly, which larger batches may mend */
};

/* Look for a learning rate (Smith 2017, arXiv:1506.01186, section 3.3): train with the network,
 * optimizer and batch size of `options`, which may be NULL, while the rate rises from step to step
 * by the same factor, from a ten-thousandth of the optimizer's default rate to a thousand times it.
 * The schedule, `learning_rate`, `patience` and the length of the run do not count, and nothing is
 * written or kept. `progress`, which may be NULL, is called at most ten times a second, with step,
 * steps, loss and learning_rate set. The same options give the same answer on the same device.
 * Fails as incline_trainer_create(). */
INCLINE_API int incline_find_rate(incline_device *device, const incline_dataset *dataset,
                                  const struct incline_train_options *options,
                                  incline_progress_fn progress, void *user,
                                  struct incline_rate_search *search);

/* ---- verification ------------------------------------------------------- */

struct incline_verify_row {
    const char *group; /* "kernel", "gradient", "training", "model" */
    const char *name;  /* "dense_forward", "784-10-10 batch 64" */
    uint64_t checks;   /* values compared */
    double worst;      /* largest error / derived bound; at most 1 passes */
    bool passed;
    char where[256]; /* where the worst one stood, or why it failed */
    double seconds;
};
typedef void (*incline_verify_fn)(void *user, const struct incline_verify_row *row);

/* Certify a device against the reference: every kernel over many shapes, gradients with
 * sign, 200 steps of training at several batch sizes, and a save/load round trip.
 *   options  which device and whose matrix products; not "check:..."
 *   quick    small shapes and few steps, for simulators
 *   report   called once per row
 * Returns INCLINE_OK when all passed, INCLINE_EVERIFY when one did not, or as opening fails. */
INCLINE_API int incline_verify(const struct incline_device_options *options, bool quick,
                               incline_verify_fn report, void *user);

/* ---- measurement -------------------------------------------------------- */

/* Samples of the built-in digits, on which training steps are timed. */
#define INCLINE_BENCH_SAMPLES 60000

enum incline_bench_part {
    INCLINE_BENCH_ALL,
    INCLINE_BENCH_KERNELS,
    INCLINE_BENCH_TRAINING,
    INCLINE_BENCH_METHODS /* a step of 784-800-10 by several methods, their runs in turn */
};

struct incline_bench_options {
    struct incline_device_options device;
    double seconds;               /* spent on each row; a row is skipped if a single call would
                                     take longer than 30 times that [0.3] */
    enum incline_bench_part part; /* [INCLINE_BENCH_ALL] */
    const uint32_t *widths;       /* time a step of this network and nothing else, and do not skip
                                     it: 784, hidden layers, classes (at least 10) [NULL] */
    size_t width_count;
    uint32_t batch;   /* with `widths`: rows of a step, or INCLINE_BATCH_FULL [64] */
    uint32_t samples; /* with `widths`: of the data set [INCLINE_BENCH_SAMPLES] */
};

/* What is measured of a device itself, before the first row. */
struct incline_bench_device {
    struct incline_device_info info;
    char remark[512];      /* what the user should know about it; "" if nothing */
    double open_seconds;   /* to open it: kernels compiled, or taken from the cache */
    double peak_flops;     /* float32 operations per second with a small kernel that does nothing
                              else, and */
    double peak_bytes;     /* bytes read and written per second by a copy; 0 where not known */
    uint64_t upload_bytes; /* the data set, as it lies on the device; 0 if none was needed */
    double upload_seconds; /* to take it there */
};

enum incline_bench_outcome {
    INCLINE_BENCH_TIMED,  /* its result was checked, and then it was timed */
    INCLINE_BENCH_WRONG,  /* its result is wrong; not timed */
    INCLINE_BENCH_SKIPPED /* it would take too long or too much memory; not timed */
};

struct incline_bench_row {
    const char *group; /* "kernel", "train" or "method" */
    const char *name;  /* "dense_forward", "784-10-10"; lives until the report returns */
    char shape[64];    /* "128 x 10 x 784": of a product the rows, columns and the length of its
                          sums; "batch 64" */
    enum incline_bench_outcome outcome;
    char note[768]; /* why it was not timed; "" if it was */
    double flops;   /* arithmetic operations of one call */
    double bytes;   /* bytes one call must move at least; 0 where that says nothing */
    double samples; /* samples of one training step, else 0 */
    double first;   /* seconds of the first call, in which kernels are chosen and compiled */
    uint32_t runs;  /* repetitions, each of */
    uint32_t calls; /* so many calls */
    double median;  /* seconds per call */
    double minimum;
    double spread; /* (maximum - minimum) / median over the repetitions */
    double share;  /* the time that the device's peak allows / median, where the slower of
                      arithmetic and memory counts: above 1 if data stay in caches. Of training
                      arithmetic alone counts. 0 where the peak is not known */
    double cost;   /* of a method: median / that of the plain step, timed in turn with it; else 0 */
};
typedef void (*incline_bench_fn)(void *user, const struct incline_bench_device *device,
                                 const struct incline_bench_row *row);

/* Check, then time, kernels and training steps on a device. `report` is called once per row, also
 * for those that are wrong or skipped. `options` may be NULL.
 * Returns INCLINE_OK; INCLINE_EVERIFY if a result was wrong, after the last row; INCLINE_EARG for a
 * network, batch or number of samples that cannot be; INCLINE_ENOMEM; or as the device fails. */
INCLINE_API int incline_bench(const struct incline_bench_options *options, incline_bench_fn report,
                              void *user);

/* ---- tuning ------------------------------------------------------------- */

struct incline_tune_options {
    struct incline_device_options device; /* `widths` [784-128-10] and `batch` [128] are also what
                                             it is tuned for */
    double seconds;                       /* begin no further candidate after so many [60] */
};

enum incline_tune_outcome {
    INCLINE_TUNE_WON,   /* right and faster: it is in force from here on */
    INCLINE_TUNE_LOST,  /* right, and not 3 % faster in all rounds but one, twice */
    INCLINE_TUNE_WRONG, /* computes wrongly; not timed */
    INCLINE_TUNE_FAILED /* does not compile or does not run */
};

/* A candidate: one knob moved to another value, all others as in the best so far. */
struct incline_tune_row {
    const char *knob;
    uint32_t value;
    enum incline_tune_outcome outcome;
    char note[512]; /* why it was not timed; "" if it was */
    double seconds; /* median of a step, and in the same rounds */
    double best;    /* that of the best so far */
};
typedef void (*incline_tune_fn)(void *user, const struct incline_tune_row *row);

struct incline_tune_result {
    struct incline_device_info info;
    uint32_t tried, wrong, failed; /* candidates; `tried` counts all */
    bool in_time;                  /* all candidates there are were tried */
    double initial_seconds;        /* a step with the initial values, and in the same rounds */
    double tuned_seconds;          /* a step with the tuning; the same number if nothing won */
    bool kept;                     /* devices are opened with it from now on */
    struct incline_tuning tuning;  /* what won; the initial values if nothing did */
};

/* Look for the knobs with which a device trains a network fastest: one knob after the other, from
 * the initial values on, until none helps. Every candidate must agree with the reference before it
 * is timed, and is timed in alternation with the best so far. What wins is kept beside the compiled
 * programs and used whenever the device is opened; a tuning that was kept before is replaced, or
 * forgotten if nothing wins. `options` and `report` may be NULL.
 * A device without knobs is no failure: result->tuning.count is 0.
 * Fails with INCLINE_EVERIFY (the device computes the network wrongly with its initial values),
 * INCLINE_EARG, INCLINE_ENOMEM, or as the device fails. */
INCLINE_API int incline_tune(const struct incline_tune_options *options, incline_tune_fn report,
                             void *user, struct incline_tune_result *result);

/* Forget the tuning of a device; *was_tuned tells whether there was one. Fails as opening does. */
INCLINE_API int incline_tune_reset(const struct incline_device_options *options, bool *was_tuned);

#ifdef __cplusplus
}
#endif

#endif
