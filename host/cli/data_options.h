/* data_options.h - the options that say how a table or pictures are to be read, the same for every
 * command that takes data. */
#ifndef INCLINE_CLI_DATA_OPTIONS_H
#define INCLINE_CLI_DATA_OPTIONS_H

#include "options.h"

/* What the command line said. */
struct data_words {
    const char *target, *categories, *ignore, *separator, *image, *raw, *resize;
    int target_type, header;
    bool invert;
};

extern const struct option_choice data_target_types[], data_headers[];

/* Rows of a command's table of options. */
#define DATA_OPTION_ROWS(words)                                                \
    {.name = "target",                                                         \
     .group = "Table",                                                         \
     .argument = "LIST",                                                       \
     .kind = OPTION_TEXT,                                                      \
     .kept = OPTION_KEPT_COLUMNS,                                              \
     .target = &(words)->target,                                               \
     .help = "to predict, names or numbers of columns: \"price\", \"5,6\""},   \
        {.name = "target-type",                                                \
         .argument = "T",                                                      \
         .kind = OPTION_CHOICE,                                                \
         .kept = OPTION_KEPT_COLUMNS,                                          \
         .target = &(words)->target_type,                                      \
         .choices = data_target_types,                                         \
         .help = "the target is classes or numbers [auto]"},                   \
        {.name = "categories",                                                 \
         .argument = "LIST",                                                   \
         .kind = OPTION_TEXT,                                                  \
         .kept = OPTION_KEPT_COLUMNS,                                          \
         .target = &(words)->categories,                                       \
         .help = "columns whose numbers are categories"},                      \
        {.name = "ignore",                                                     \
         .argument = "LIST",                                                   \
         .kind = OPTION_TEXT,                                                  \
         .kept = OPTION_KEPT_COLUMNS,                                          \
         .target = &(words)->ignore,                                           \
         .help = "columns to leave out"},                                      \
        {.name = "header",                                                     \
         .argument = "H",                                                      \
         .kind = OPTION_CHOICE,                                                \
         .kept = OPTION_KEPT_FORM,                                             \
         .target = &(words)->header,                                           \
         .choices = data_headers,                                              \
         .help = "first row names columns: auto, yes, no [auto]"},             \
        {.name = "separator",                                                  \
         .argument = "C",                                                      \
         .kind = OPTION_TEXT,                                                  \
         .kept = OPTION_KEPT_FORM,                                             \
         .target = &(words)->separator,                                        \
         .help = "between cells: comma, semicolon, tab, bar, space [auto]"},   \
        {.name = "image",                                                      \
         .argument = "HxW",                                                    \
         .kind = OPTION_TEXT,                                                  \
         .kept = OPTION_KEPT_COLUMNS,                                          \
         .target = &(words)->image,                                            \
         .help = "the features are pixels of an image, \"28x28\""},            \
        {.name = "raw",                                                        \
         .argument = "T:SHAPE",                                                \
         .kind = OPTION_TEXT,                                                  \
         .kept = OPTION_KEPT_FORM,                                             \
         .target = &(words)->raw,                                              \
         .help = "bare numbers, f32 or u8: \"f32:784\", \"u8:28x28\""},        \
        {.name = "resize",                                                     \
         .group = "Pictures",                                                  \
         .argument = "HxW",                                                    \
         .kind = OPTION_TEXT,                                                  \
         .kept = OPTION_KEPT_FORM,                                             \
         .target = &(words)->resize,                                           \
         .help = "bring PNG and PGM to this size, \"28x28\""},                 \
    {                                                                          \
        .name = "invert", .kind = OPTION_FLAG, .kept = OPTION_KEPT_FORM,       \
        .target = &(words)->invert, .help = "make dark on light light on dark" \
    }

/* What --help says of DATA that is a table; whole lines. */
#define DATA_DETAILS                                                                    \
    "\n"                                                                                \
    "A table (CSV, TSV, .npy, .npz, LIBSVM, perhaps .gz; - is standard input) has a\n"  \
    "row per sample. Its target is the column called label, class, target or y, else\n" \
    "the last, of an array (.npy) only what --target names. Columns of text are\n"      \
    "one-hot encoded, missing numbers become the mean of their column; a model\n"       \
    "remembers all this.\n"                                                             \
    "Pictures (PNG, PGM) lie in a subfolder per class, in DIR or in DIR/train and\n"    \
    "DIR/test; a single one is a sample.\n"

/* From words to options; `columns` is what a model or another data set says of its columns, "" or
 * NULL for nothing. CLI_DONE, or CLI_USAGE with a message. */
int data_options(const struct data_words *words, const char *columns,
                 struct incline_data_options *options);

/* The same for data that a model is to see, which may be NULL: one that was trained on a table
 * knows its columns, so that saying them is wrong usage. */
int data_options_for(const struct data_words *words, const incline_model *model,
                     struct incline_data_options *options);

#endif
