/* table.h - a table as it stands in a file: rows of cells, numbers apart from texts.
 *
 * What a column means (feature, target, category) is decided in columns.c. */
#ifndef INCLINE_DATA_TABLE_H
#define INCLINE_DATA_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/data/room.h"
#include "host/util/bytes.h"
#include "host/util/file.h"

/* What is known of a column once the table is read. */
struct table_column {
    uint32_t numbers, texts, missing; /* cells; together the rows of the table */
    double sum;                       /* of the numbers */
    uint32_t first_text;              /* row of the first text; only if texts > 0 */
    bool whole;                       /* every number is whole and below 2^24 in magnitude */
    bool rounded;                     /* one had more digits than a float holds: it was whole and
                                         larger, or a number of 64 bits */
};

struct table {
    char path[FILE_PATH_MAX]; /* for messages */
    uint32_t rows, cols;
    char **names;                 /* [cols], UTF-8; NULL without a header; owned */
    float *cells;                 /* [rows, cols]; NaN where missing or text; owned */
    struct table_column *columns; /* [cols]; owned */
    /* Of a file of text: its bytes and where each row begins; NULL otherwise. */
    char *text;
    size_t bytes;
    size_t *starts;
    size_t line;                     /* lines of the file before the text, of which it is a part */
    size_t first_line;               /* that says how many cells a row has */
    bool later;                      /* it is not the first part of its file */
    char separator;                  /* ' ' stands for any run of spaces and tabs */
    char point;                      /* a decimal sign beside '.' */
    bool no_target;                  /* there is none, unless something else is said */
    uint32_t image_rows, image_cols; /* shape of a row that is an image; 0 if it is none */
    bool from_zero;                  /* features were numbered from 0, as LIBSVM's text may do */
    bool target_first; /* the target stands in the first column, unless something else is said */
    /* Names of the classes 0, 1, ... where the file gives them apart; owned. */
    char **class_names;
    uint32_t class_count;
};

enum { TABLE_COLS_MOST = 1 << 20 };

/* Make room for rows x cols cells. The table is otherwise zero. Fails with INCLINE_ENOMEM. */
int table_allocate(struct table *table, uint32_t rows, uint32_t cols);
void table_clear(struct table *table);

/* Give a table the names of another with as many columns, if that has some. Fails with
 * INCLINE_ENOMEM. */
int table_copy_names(struct table *table, const struct table *from);

/* Put a cell where it belongs, and note what it says of its column; table_finish(), once all rows
 * are there, counts numbers and adds them up. */
void table_put_number(struct table *table, uint32_t row, uint32_t col, double value);
void table_put_missing(struct table *table, uint32_t row, uint32_t col);
void table_put_text(struct table *table, uint32_t row, uint32_t col);

void table_finish(struct table *table);

/* Where a cell stands, for messages: "line 12, column 3 (age)". */
struct table_place {
    char text[160];
};
struct table_place table_place(const struct table *table, uint32_t row, uint32_t col);

/* "column 3 (age)". */
struct table_place table_column_name(const struct table *table, uint32_t col);

/* True of the first row of a text without a header, which may be one. */
bool table_may_lack_header(const struct table *table, uint32_t row);

/* True if a cell that is a text says that a number is infinite. */
bool table_infinite(const struct table *table, uint32_t row, uint32_t col);

/* The largest number a cell may have in magnitude: what is above is infinite as a float. */
#define TABLE_LARGEST 0x1.fffffefffffffp+127

/* True if the bytes are UTF-8 without control characters but tabs and ends of lines. */
bool text_is_utf8(const char *bytes, size_t length);

/* Different texts, numbered in the order in which they came. */
struct words {
    char **texts; /* [count]; owned */
    uint32_t count, room, most;
    uint32_t *slots; /* hash table of numbers + 1 */
    uint32_t slot_count;
};

void words_clear(struct words *words);

/* The number of `text`; UINT32_MAX if it would be more than words->most.
 * Fails with INCLINE_ENOMEM. */
int words_add(struct words *words, const char *text, size_t length, uint32_t *number);

/* The number of `text`, or UINT32_MAX. */
uint32_t words_find(const struct words *words, const char *text, size_t length);

/* Texts of some columns: for each column with wanted[col], words[col] gathers the different texts
 * of its cells, and ids[col][rows] says which one each row has; UINT32_MAX: missing, or one too
 * many. The columns' ids are allocated here, the caller frees them. Cells of a table that is no
 * text have no texts. Fails with INCLINE_ENOMEM, and INCLINE_EFORMAT for what is not UTF-8. */
int table_words(const struct table *table, const bool *wanted, struct words *words, uint32_t **ids);

/* ---- npy.c ---- */

enum { NPY_DIMS_MOST = 4 };

/* An array of NumPy: rows first, all other dimensions are its columns. */
struct npy {
    struct element type;
    bool fortran; /* the first dimension fastest */
    unsigned dims;
    uint32_t shape[NPY_DIMS_MOST], cols;
    const unsigned char *data; /* the elements; borrowed */
};

bool npy_is(const char *data, size_t bytes);

/* Look at an array, all of its file. `path` is for messages. Fails with INCLINE_EFORMAT. */
int npy_look(const char *path, const char *data, size_t bytes, struct npy *array);

/* Put it into columns [first, first + array->cols) of a table of as many rows; NaN is a missing
 * value. Fails with INCLINE_EFORMAT. */
int npy_fill(const char *path, const struct npy *array, struct table *table, uint32_t first);

/* Its rows are images if it has three or four dimensions, of which a second one of 1 is passed
 * over: [rows, 1, height, width]. */
void npy_image(const struct npy *array, struct table *table);

/* Read an array into a table of its own; take table_clear() after success.
 * Fails with INCLINE_EFORMAT, INCLINE_ENOMEM. */
int npy_read(const char *path, const char *data, size_t bytes, struct table *table);

/* Append an array of some of its rows, of the same type, in C order. Fails as npy_read(). */
int npy_rows(const char *path, const char *data, size_t bytes, const uint32_t *rows, uint32_t count,
             struct bytes *out);

/* ---- npz.c ---- */

/* True if a file begins as an archive does. */
bool npz_is(const char *data, size_t bytes);

/* Open a part of an archive of NumPy; a file with one part gives that.
 * Fails as incline_dataset_open_with(); INCLINE_EARG where the library was built without libzip. */
int npz_open(const char *path, const char *data, size_t bytes, enum incline_split split,
             const struct incline_data_options *options, incline_dataset **dataset);

/* ---- raw.c ---- */

/* Read bare numbers into a table without a target; take table_clear() after success.
 *   raw  raw->cols > 0
 * Fails with INCLINE_EARG, INCLINE_EFORMAT, INCLINE_ENOMEM. */
int raw_read(const char *path, const char *data, size_t bytes, const struct incline_raw *raw,
             struct table *table);

/* ---- svm.c ---- */

/* Where the next row begins, behind blank lines and comments; `end` if there is none. */
const char *svm_row(const char *at, const char *end);

/* True if a text begins as LIBSVM's tables do: with labels, and in the first line that has more
 * than one a pair. */
bool svm_is(const char *text, size_t bytes);

/* How many labels a text begins with if it has nothing but labels, a line each, so that it may be
 * the beginning of such a table; 0 if it has something else. */
uint32_t svm_labels(const char *text, size_t bytes);

/* Read such a text, with a zero byte behind it, into a table: the label, then the features.
 * Fails with INCLINE_EFORMAT, INCLINE_ENOMEM. */
struct svm_options {
    uint32_t least; /* columns that the table of a model has, and this one at least [0: no model] */
    uint32_t most;  /* and columns it may have [0: any number] */
    bool from_zero; /* the features of that model are numbered from 0 */
    size_t line;    /* lines of the file before the text */
};
int svm_read(const char *path, const char *text, size_t bytes, const struct svm_options *options,
             struct table *table);

/* ---- csv.c ---- */

struct columns; /* columns.h */

/* What is known beforehand of a file of separated values. */
struct csv_options {
    enum incline_header header;
    char separator;              /* 0: to be found */
    size_t line;                 /* lines of the file before the text */
    const struct table *after;   /* the part of the same file before this one, which has no header
                                    then: its names and the number of its columns hold; NULL */
    bool may_lack_rows;          /* a header may have none below it */
    const struct columns *known; /* those that a model was trained on, by which it is read; NULL */
};

/* Read separated values into a table; take table_clear() after success.
 *   path  for messages
 *   text  [bytes] and a zero byte, taken over in any case
 * Fails with INCLINE_EFORMAT, INCLINE_ENOMEM. */
int csv_read(const char *path, char *text, size_t bytes, const struct csv_options *options,
             struct table *table);

/* ---- csv_cell.c ---- */

/* A cell of separated values as it lies in the file. */
struct csv_cell {
    const char *begin, *end; /* what counts, without spaces and outer quotes */
    bool quoted;             /* "" stands for a quote in it */
    bool last;               /* of its row */
};

/* True if an unquoted cell means that a value is missing: nothing, ?, NA, N/A, #N/A, #NA, <NA>,
 * NaN, -NaN, null, in any mixture of capitals, or None. */
bool csv_missing(const struct csv_cell *cell);

/* True if a cell says that a number is infinite: inf, infinity, perhaps with a sign. */
bool csv_infinite(const struct csv_cell *cell);

/* The cell that begins at *at, of a row; *at then stands behind it, and behind the end of the row
 * if it is the last. NULL, or what is wrong with the cell. */
const char *csv_next(const char **at, const char *end, char separator, struct csv_cell *cell);

/* The text of a cell in text[], "" made one quote; its length, at most that of the cell. */
size_t csv_text(const struct csv_cell *cell, char *text);

/* Step over spaces before the first cell where spaces separate. */
const char *csv_row_begin(const char *at, const char *end, char separator);

/* True if a cell has this text. */
bool csv_is(const struct csv_cell *cell, const char *text);

/* Number of the line that byte `at` lies in, from 1. */
size_t csv_line(const char *text, size_t at);

/* ---- csv_layout.c ---- */

/* How a file of separated values is laid out, found by looking at its first lines. */
struct csv_layout {
    char separator;
    char point;
    bool header;
    const char *first;   /* where the header, or else the first row, begins */
    uint32_t promised;   /* rows that a first line "rows,features,names of classes" promises, as
                            scikit-learn's tables have it; 0 without */
    const char *promise; /* that line */
};
void csv_look(const char *text, const char *end, const struct csv_options *options,
              struct csv_layout *layout);

/* The same where only the beginning of a file is there, and a table is expected that has `cols` or
 * `features` columns; `number_third` where a number belongs into one from the third on. False, and
 * nothing found, where a second row is needed to tell a header. */
struct csv_expected {
    uint32_t cols, features;
    bool number_third;
};
bool csv_look_early(const char *text, const char *end, bool ended,
                    const struct csv_options *options, const struct csv_expected *expected,
                    struct csv_layout *layout);

/* Step over lines without anything in them; tabs are something where they separate. */
const char *csv_skip_blank(const char *at, const char *end, char separator);

/* ---- csv_header.c ---- */

/* True if the line at `first` names the columns of those below it.
 *   known  as in csv_options
 *   early  one line below has to do, as more need not be there yet */
bool csv_has_header(const char *first, const char *end, const struct csv_layout *layout,
                    const struct columns *known, bool early);

#endif
