/* fuzz_table.c - every reader of tables on arbitrary bytes: a table or a sentence, nothing else.
 *
 * The first byte says which reader; the rest is what it reads. Built with clang and
 * -D INCLINE_FUZZ=ON for libFuzzer; otherwise as a program that reads the files it is given. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/data/columns.h"
#include "tests/fuzz/replay.h"

/* Read the set again as its own columns say; this must not fail for a table of numbers and texts
 * that was read once. */
static void close_set(incline_dataset *dataset)
{
    struct columns columns;
    if (columns_from_text(incline_dataset_columns(dataset), &columns) != INCLINE_OK)
        abort(); /* what was written is not what is read */
    columns_clear(&columns);
    incline_dataset_close(dataset);
}

static void read_table(char kind, char *text, size_t bytes)
{
    static const struct incline_data_options plain = {0},
                                             classes = {.target_type = INCLINE_TARGET_CLASSES},
                                             image = {.image_rows = 2, .image_cols = 2};
    const struct incline_data_options *const options = kind == 'k'   ? &classes
                                                       : kind == 'i' ? &image
                                                                     : &plain;
    const struct csv_options csv = {INCLINE_HEADER_AUTO, '\0'};
    incline_dataset *dataset = NULL;
    struct table table;
    int rc;

    if (kind == 'n' || kind == 's') {
        rc = kind == 'n' ? npy_read("input", text, bytes, &table)
                         : svm_read("input", text, bytes, 0, &table);
        free(text);
    } else {
        rc = csv_read("input", text, bytes, &csv, &table);
    }
    if (rc == INCLINE_OK)
        rc = columns_dataset(&table, options, &dataset);
    if (rc == INCLINE_OK)
        close_set(dataset);
    else
        fuzz_says(rc);
}

/* The description of columns, as it stands in a model file. */
static void read_columns(char *text)
{
    struct columns columns;
    if (columns_from_text(text, &columns) == INCLINE_OK)
        columns_clear(&columns);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    if (bytes == 0)
        return 0;
    char *const text = malloc(bytes);
    if (text == NULL)
        return 0;
    memcpy(text, data + 1, bytes - 1);
    text[bytes - 1] = '\0';
    if (data[0] == 'j')
        read_columns(text);
    else
        read_table((char)data[0], text, bytes - 1);
    return 0;
}
