/* columns.h - what the columns of a table mean: features, targets, categories, classes.
 *
 * Found once, on the table a network is trained on; travels in the data set and in the model as a
 * text, so that every later table is read in the same way. */
#ifndef INCLINE_DATA_COLUMNS_H
#define INCLINE_DATA_COLUMNS_H

#include "host/data/table.h"

enum {
    CATEGORIES_MOST = 256,          /* different texts of a feature */
    CLASSES_MOST = 65536,           /* of a target */
    WHOLE_CLASSES_LIKELY = 10,      /* different whole numbers that are taken for classes; */
    WHOLE_CLASSES_ROWS = 20,        /* more where each has so many rows on average, */
    WHOLE_CLASSES_MOST = 100,       /* but never more than that */
    COLUMNS_FEATURES_MOST = 1 << 22 /* after encoding */
};
#define COLUMN_ABSENT UINT32_MAX

struct column {
    char *name;    /* NULL without a header; owned */
    uint32_t at;   /* column of the table, from 0; COLUMN_ABSENT */
    float mean;    /* of a feature that is a number: stands for missing ones */
    char **values; /* of a category, or the classes of a target; NULL: numbers; owned */
    uint32_t value_count;
};

struct columns {
    struct column *features; /* [feature_count]; owned */
    uint32_t feature_count;
    struct column *targets; /* [target_count]; owned */
    uint32_t target_count;
    uint32_t cols;                   /* of the table they were found on */
    enum incline_header header;      /* as it was stated */
    char separator;                  /* as it was stated; 0: to be found */
    uint32_t image_rows, image_cols; /* features are images; 0 if not */
    bool from_zero;                  /* features were numbered from 0, in LIBSVM's text */
    bool resize, invert;             /* they were pictures, and this was done to them */
};

/* Features that a column becomes: a number one, a category of n values n. */
static inline uint32_t column_width(const struct column *column)
{
    return column->values != NULL ? column->value_count : 1;
}

void columns_clear(struct columns *columns);

/* Let go of the targets: the features are all that is looked at. */
void columns_drop_targets(struct columns *columns);

/* Features once categories are encoded. */
uint32_t columns_encoded(const struct columns *columns);

/* True if the only target is a class. */
bool columns_have_classes(const struct columns *columns);

/* Decide what the columns of a table mean; see incline_data_options.
 *   words, ids  of table_words(), in all columns that have texts, are to be categories, or are
 *               the target
 * Fails with INCLINE_EARG, INCLINE_EFORMAT, INCLINE_ENOMEM. */
int columns_choose(const struct table *table, const struct incline_data_options *options,
                   const struct words *words, struct columns *columns);

/* marked[cols]: the columns that a list of names and numbers names, in `order` as listed.
 *   what  "target", for messages
 * Fails with INCLINE_EARG. */
int columns_list(const struct table *table, const char *what, const char *list, bool *marked,
                 uint32_t *order, uint32_t *count);

/* Where nothing is said, the target is the column called label, else class, target or y, of several
 * the last; without any the last of the table that is not void. True if a name has a better claim
 * than those before it, of which *rank keeps the best; it begins as COLUMN_ABSENT. */
bool columns_claim_target(const char *name, uint32_t *rank);

/* True of a column without a name and without a value, as a separator at the end of each line makes
 * one: it is neither a feature nor the target. */
bool columns_void(const struct table *table, uint32_t col);

/* The target columns of a table where `options` may leave them open; as columns_list(). */
int columns_targets(const struct table *table, const struct incline_data_options *options,
                    bool *marked, uint32_t *order, uint32_t *count);

/* What was stated for the table that columns were chosen on holds where nothing is stated anew, and
 * their names tell a header; `csv` borrows them. */
void columns_follow(const struct columns *columns, struct csv_options *csv);

/* Find columns that were chosen on another table in this one: by name where both have names, else
 * by their place. Targets may be absent, all of them. Fails with INCLINE_ESHAPE. */
int columns_match(struct columns *columns, const struct table *table);

/* Nothing but the pixels of an image, image_rows x image_cols, each a feature without a name.
 * Fails with INCLINE_ENOMEM. */
int columns_of_pixels(struct columns *columns);

/* True if the features are such pixels, and no means are known of them: those of pictures. */
bool columns_are_pixels(const struct columns *columns);

/* As JSON, to be freed by the caller, and back. Fail with INCLINE_ENOMEM, INCLINE_EFORMAT. */
int columns_to_text(const struct columns *columns, char **text);
int columns_from_text(const char *text, struct columns *columns);

/* Make a data set of a table. `table` may lose its text and its cells.
 *   words, ids  of table_words(), in all columns that are categories or a target of classes
 *   told        [feature_count] categories whose texts that no model knows were remarked on before,
 *               or are now; NULL
 * Fails with INCLINE_EFORMAT, INCLINE_ENOMEM, INCLINE_EARG. */
int columns_encode(const struct columns *columns, const struct table *table,
                   const struct words *words, uint32_t *const *ids, bool *told,
                   incline_dataset **dataset);

/* A table, read into a data set: all of the above. Takes the table over. */
int columns_dataset(struct table *table, const struct incline_data_options *options, bool *told,
                    incline_dataset **dataset);

#endif
