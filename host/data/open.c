/* open.c - data sets by name: built in, a folder, or a single file.
 *
 * Where folders lie is known in find.c, what stands in them in open_folder.c, what in a single file
 * in open_file.c. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/data/room.h"
#include "host/util/file.h"
#include "host/util/status.h"

/* The built-in set has as many samples as MNIST; its parts are drawn from different seeds. */
#define DIGITS_TRAIN_ROWS 60000
#define DIGITS_TEST_ROWS 10000
#define DIGITS_TEST_SHARE 6
#define DIGITS_TEST_LEAST 10
#define DIGITS_TRAIN_SEED 1
#define DIGITS_TEST_SEED 2

/* "digits" or "digits:ROWS". */
static int open_digits(const char *name, enum incline_split split, incline_dataset **dataset)
{
    uint32_t rows = split == INCLINE_TRAIN ? DIGITS_TRAIN_ROWS : DIGITS_TEST_ROWS;
    const char *count = strchr(name, ':');

    if (count != NULL) {
        char *end = NULL;
        errno = 0;
        const unsigned long long asked = strtoull(count + 1, &end, 10);
        if (!isdigit((unsigned char)count[1]) || *end != '\0' || errno != 0 || asked == 0 ||
            asked > UINT32_MAX)
            return FAIL(INCLINE_EARG,
                        "%.200s: a number of samples from 1 to %" PRIu32 " expected "
                        "behind the colon, as in digits:6000",
                        name, UINT32_MAX);
        rows = (uint32_t)asked;
        if (split == INCLINE_TEST)
            rows = rows / DIGITS_TEST_SHARE > DIGITS_TEST_LEAST ? rows / DIGITS_TEST_SHARE
                                                                : DIGITS_TEST_LEAST;
    }
    incline_dataset *made = NULL;
    const int rc =
        digits_create(rows, split == INCLINE_TRAIN ? DIGITS_TRAIN_SEED : DIGITS_TEST_SEED, &made);
    if (rc != INCLINE_OK)
        return rc;
    dataset_copy_text(made->info.name, sizeof made->info.name, name);
    *dataset = made;
    return INCLINE_OK;
}

bool open_is_file(const char *name)
{
    struct stat about;
    const bool digits = strcmp(name, "digits") == 0 || strncmp(name, "digits:", 7) == 0;

    return strcmp(name, "-") == 0 ||
           (!digits && stat(name, &about) == 0 &&
            (S_ISREG(about.st_mode) || S_ISFIFO(about.st_mode) || S_ISCHR(about.st_mode)));
}

int open_check_options(const char *name, const struct incline_data_options *options)
{
    const char c = options->separator;

    if ((int)options->header < INCLINE_HEADER_AUTO || (int)options->header > INCLINE_HEADER_NO ||
        (int)options->target_type < INCLINE_TARGET_AUTO ||
        (int)options->target_type > INCLINE_TARGET_NUMBERS)
        return FAIL(INCLINE_EARG, "%s: header %d, type of the target %d; take what incline.h has",
                    name, (int)options->header, (int)options->target_type);
    if (c != '\0' &&
        (isalnum((unsigned char)c) || strchr("\"\r\n.+-", c) != NULL || (unsigned char)c >= 0x80))
        return FAIL(INCLINE_EARG, "%s: '%c' cannot separate cells; take , ; | a tab or a space",
                    name, c);
    if ((options->image_rows == 0) != (options->image_cols == 0))
        return FAIL(INCLINE_EARG, "%s: images of %" PRIu32 "x%" PRIu32 "; give both sides", name,
                    options->image_rows, options->image_cols);
    if ((options->resize_rows == 0) != (options->resize_cols == 0))
        return FAIL(INCLINE_EARG, "%s: resize to %" PRIu32 "x%" PRIu32 "; give both sides", name,
                    options->resize_rows, options->resize_cols);
    return INCLINE_OK;
}

int incline_dataset_open_with(const char *name, enum incline_split split,
                              const struct incline_data_options *options, incline_dataset **dataset)
{
    static const struct incline_data_options usual = {0};
    char folder[FILE_PATH_MAX];

    if (name == NULL || dataset == NULL)
        return FAIL(INCLINE_EARG, "no name, or no place for the data set; give both");
    if (split != INCLINE_TRAIN && split != INCLINE_TEST)
        return FAIL(INCLINE_EARG, "%s: part %d; there are INCLINE_TRAIN and INCLINE_TEST", name,
                    (int)split);
    options = options != NULL ? options : &usual;
    const int rc = open_check_options(name, options);
    if (rc != INCLINE_OK)
        return rc;
    if (options->raw.cols > 0 && !open_is_file(name))
        return FAIL(INCLINE_EARG, "%s: is no single file of bare numbers (--raw); name one", name);
    if (strcmp(name, "digits") == 0 || strncmp(name, "digits:", 7) == 0) {
        const int pictures = open_no_pictures(name, options);
        return pictures != INCLINE_OK ? pictures : open_digits(name, split, dataset);
    }
    if (open_is_file(name))
        return open_file(name, split, options, dataset);
    const int found = dataset_find(name, folder);
    return found != INCLINE_OK ? found : open_folder(folder, split, options, dataset);
}

int incline_dataset_open_early(const char *name, enum incline_split split,
                               incline_dataset **dataset)
{
    return incline_dataset_open_with(name, split, NULL, dataset);
}

int incline_dataset_open(const char *name, enum incline_split split, incline_dataset **dataset)
{
    incline_dataset *made = NULL;
    int rc = INCLINE_OK;

    if (dataset == NULL)
        return FAIL(INCLINE_EARG, "no name, or no place for the data set; give both");
    TRY(incline_dataset_open_early(name, split, &made));
    TRY(incline_dataset_ready(made));
    *dataset = made;
    made = NULL;
out:
    incline_dataset_close(made);
    return rc;
}
