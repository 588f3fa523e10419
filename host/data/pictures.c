/* pictures.c - pictures as samples: a single file, or a folder with a subfolder per class.
 *
 * Everything comes in the order of its name, so that the same folder is the same data set on every
 * machine. What is in a file is known in picture.c, what is in which folder in pictures_list.c. */
#include "host/data/pictures.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "host/data/columns.h"
#include "host/data/picture.h"
#include "host/util/status.h"

/* What is done to each picture. */
struct wish {
    uint32_t rows, cols; /* of the samples; 0: those of the first picture */
    bool resize, invert;
    char **classes; /* [class_count] of the set that was trained on; borrowed; NULL */
    uint32_t class_count;
};

/* What the options say, and what was done to the pictures that a model was trained on. */
static void wish_of(const struct incline_data_options *options, const struct columns *columns,
                    struct wish *wish)
{
    *wish = (struct wish){
        .resize = options->resize_rows > 0 || columns->resize,
        .invert = options->invert || columns->invert,
        .rows = options->resize_rows > 0 ? options->resize_rows : columns->image_rows,
        .cols = options->resize_rows > 0 ? options->resize_cols : columns->image_cols,
    };
    if (columns_have_classes(columns)) {
        wish->classes = columns->targets[0].values;
        wish->class_count = columns->targets[0].value_count;
    }
}

/* values[rows * cols] = the pixels of a picture, which is as `wish` has it then.
 *   first  path of the picture that the size comes from; NULL if it comes from a model */
static int put(const char *path, const char *first, const struct wish *wish,
               struct picture *picture, unsigned char *values)
{
    if (wish->resize) {
        const int rc = picture_resize(picture, wish->rows, wish->cols);
        if (rc != INCLINE_OK)
            return rc;
    }
    if (picture->rows != wish->rows || picture->cols != wish->cols) {
        if (first == NULL)
            return FAIL(INCLINE_ESHAPE,
                        "%s: %" PRIu32 "x%" PRIu32 " pixels, the model takes %" PRIu32 "x%" PRIu32
                        "; bring it to that size with --resize %" PRIu32 "x%" PRIu32,
                        path, picture->rows, picture->cols, wish->rows, wish->cols, wish->rows,
                        wish->cols);
        return FAIL(INCLINE_EFORMAT,
                    "%s: %" PRIu32 "x%" PRIu32 " pixels, but %s has %" PRIu32 "x%" PRIu32
                    "; say which size all shall have, as with --resize %" PRIu32 "x%" PRIu32,
                    path, picture->rows, picture->cols, first, wish->rows, wish->cols, wish->rows,
                    wish->cols);
    }
    if (wish->invert)
        picture_invert(picture);
    memcpy(values, picture->pixels, (size_t)wish->rows * wish->cols);
    return INCLINE_OK;
}

static int make(const char *path, const struct wish *wish, uint32_t rows, uint32_t classes,
                incline_dataset **made)
{
    const uint64_t features = (uint64_t)wish->rows * wish->cols;

    if (features > COLUMNS_FEATURES_MOST)
        return FAIL(INCLINE_EFORMAT,
                    "%s: %" PRIu32 "x%" PRIu32 " pixels are %" PRIu64 " features; at most %d are "
                    "learned from, make them smaller, as with --resize 28x28",
                    path, wish->rows, wish->cols, features, COLUMNS_FEATURES_MOST);
    const struct incline_dataset_info info = {.rows = rows,
                                              .features = (uint32_t)features,
                                              .classes = classes,
                                              .image_rows = wish->rows,
                                              .image_cols = wish->cols,
                                              .bytes = true,
                                              .scale = 1.0f / 255.0f};
    return dataset_allocate(&info, made);
}

/* What a model must know to see other pictures as these are seen. */
static int describe(const struct wish *wish, incline_dataset *made)
{
    struct column target = {
        .at = made->info.features, .values = wish->classes, .value_count = wish->class_count};
    struct columns columns = {.cols = made->info.features + 1,
                              .image_rows = wish->rows,
                              .image_cols = wish->cols,
                              .resize = wish->resize,
                              .invert = wish->invert,
                              .targets = &target,
                              .target_count = 1};

    int rc = columns_of_pixels(&columns);
    if (rc == INCLINE_OK)
        rc = columns_to_text(&columns, &made->columns);
    free(columns.features);
    return rc;
}

static int follow(const struct incline_data_options *options, struct columns *columns)
{
    *columns = (struct columns){0};
    return options->columns != NULL ? columns_from_text(options->columns, columns) : INCLINE_OK;
}

int pictures_open(const char *path, const char *data, size_t bytes,
                  const struct incline_data_options *options, incline_dataset **dataset)
{
    struct columns columns;
    struct picture picture = {0};
    struct wish wish;
    incline_dataset *made = NULL;

    int rc = follow(options, &columns);
    if (rc != INCLINE_OK)
        return rc;
    wish_of(options, &columns, &wish);
    TRY(picture_read(path, data, bytes, &picture));
    if (wish.rows == 0) {
        wish.rows = picture.rows;
        wish.cols = picture.cols;
    }
    TRY(make(path, &wish, 1, 0, &made));
    TRY(put(path, NULL, &wish, &picture, made->values));
    *dataset = made;
    made = NULL;
out:
    incline_dataset_close(made);
    picture_clear(&picture);
    columns_clear(&columns);
    return rc;
}

/* numbers[list->class_count] = the label of each class of the list: its place among the classes of
 * the set that was trained on, COLUMN_ABSENT if it is none of them; without one, its own. */
static void number_classes(const struct pictures_list *list, const struct wish *wish,
                           uint32_t *numbers)
{
    for (uint32_t c = 0; c < list->class_count; c++) {
        numbers[c] = wish->classes != NULL ? COLUMN_ABSENT : c;
        for (uint32_t i = 0; numbers[c] == COLUMN_ABSENT && i < wish->class_count; i++)
            if (strcmp(wish->classes[i], list->classes[c]) == 0)
                numbers[c] = i;
    }
}

/* The picture of one file. */
static int load(const char *path, struct picture *picture)
{
    char *data = NULL;
    size_t bytes = 0;

    int rc = stream_all(path, SIZE_MAX / 4, &data, &bytes);
    if (rc != INCLINE_OK)
        return rc;
    rc = picture_read(path, data, bytes, picture);
    free(data);
    return rc;
}

/* Read all pictures of a list, with labels numbers[class]; the size may come from the first. The
 * paths become those of the samples. */
static int load_all(struct pictures_list *list, struct wish *wish, const uint32_t *numbers,
                    incline_dataset **dataset)
{
    const char *const first = wish->rows == 0 ? list->files[0].path : NULL;
    const bool flat = list->class_count == 0;
    struct picture picture = {0};
    incline_dataset *made = NULL;
    int rc = INCLINE_OK;

    for (uint32_t row = 0; row < list->count; row++) {
        struct pictures_file *const file = &list->files[row];
        if (!flat && numbers[file->class] == COLUMN_ABSENT) {
            rc = FAIL(
                INCLINE_EFORMAT,
                "%s: the class \"%.100s\" is none of those that the model was trained on; take "
                "it out or give it the name of one",
                file->path, list->classes[file->class]);
            goto out;
        }
        TRY(load(file->path, &picture));
        if (row == 0) {
            wish->rows = wish->rows == 0 ? picture.rows : wish->rows;
            wish->cols = wish->cols == 0 ? picture.cols : wish->cols;
            TRY(make(file->path, wish, list->count, flat ? 0 : wish->class_count, &made));
            made->files = calloc(list->count, sizeof *made->files);
            if (made->files == NULL)
                TRY(FAIL(INCLINE_ENOMEM, "%s: no memory for the names of %" PRIu32 " pictures",
                         file->path, list->count));
        }
        TRY(put(file->path, first, wish, &picture,
                (unsigned char *)made->values + (size_t)row * made->info.features));
        if (!flat)
            made->labels[row] = numbers[file->class];
        picture_clear(&picture);
    }
    for (uint32_t row = 0; row < list->count; row++) {
        made->files[row] = list->files[row].path;
        list->files[row].path = NULL;
    }
    *dataset = made;
    made = NULL;
out:
    incline_dataset_close(made);
    picture_clear(&picture);
    return rc;
}

int pictures_dataset(const char *part, const struct incline_data_options *options,
                     incline_dataset **dataset)
{
    struct columns columns;
    struct pictures_list list = {0};
    struct wish wish;
    incline_dataset *made = NULL;
    uint32_t *numbers = NULL;

    int rc = follow(options, &columns);
    if (rc != INCLINE_OK)
        return rc;
    wish_of(options, &columns, &wish);
    TRY(pictures_list(part, &list));
    numbers = malloc((list.class_count + 1) * sizeof *numbers);
    if (numbers == NULL) {
        rc = FAIL(INCLINE_ENOMEM, "%s: no memory for %" PRIu32 " classes", part, list.class_count);
        goto out;
    }
    number_classes(&list, &wish, numbers);
    if (wish.classes == NULL) {
        wish.classes = list.classes;
        wish.class_count = list.class_count;
    }
    TRY(load_all(&list, &wish, numbers, &made));
    if (list.class_count > 0) {
        TRY(dataset_name_classes(made, (const char *const *)wish.classes));
        TRY(describe(&wish, made));
    }
    if (list.foreign > 0)
        TRY(dataset_remark(made,
                           "%s: %" PRIu32 " picture%s neither PNG nor PGM; convert to PNG what is "
                           "to be used",
                           part, list.foreign, list.foreign > 1 ? "s are" : " is"));
    *dataset = made;
    made = NULL;
out:
    free(numbers);
    incline_dataset_close(made);
    pictures_list_clear(&list);
    columns_clear(&columns);
    return rc;
}
