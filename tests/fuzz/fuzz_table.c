/* fuzz_table.c - every reader of tables on arbitrary bytes: a table or a sentence, nothing else.
 *
 * The first byte says which reader; the rest is what it reads. Built with clang and
 * -D INCLINE_FUZZ=ON for libFuzzer; otherwise as a program that reads the files it is given. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/data/columns.h"
#include "tests/fuzz/replay.h"

enum { PIPE_MOST = 4096 }; /* that a pipe takes without a reader */

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
    const struct csv_options csv = {.header = INCLINE_HEADER_AUTO};
    incline_dataset *dataset = NULL;
    struct table table;
    int rc;

    if (kind == 'n' || kind == 's') {
        rc = kind == 'n' ? npy_read("input", text, bytes, &table)
                         : svm_read("input", text, bytes, &(struct svm_options){0}, &table);
        free(text);
    } else {
        rc = csv_read("input", text, bytes, &csv, &table);
    }
    if (rc == INCLINE_OK)
        rc = columns_dataset(&table, options, NULL, &dataset);
    if (rc == INCLINE_OK)
        close_set(dataset);
    else
        fuzz_says(rc);
}

/* A table in pieces, as its own columns say, through a pipe. */
static void read_pieces(const char *text, size_t bytes)
{
    static const struct csv_options csv = {.header = INCLINE_HEADER_AUTO};
    static const struct incline_data_options plain = {0};
    incline_dataset *dataset = NULL;
    incline_reader *reader = NULL;
    struct table table;
    char *const copy = malloc(bytes + 1);
    char path[32];
    int ends[2];

    if (bytes > PIPE_MOST || copy == NULL || pipe(ends) != 0) {
        free(copy);
        return;
    }
    memcpy(copy, text, bytes + 1);
    int rc = csv_read("input", copy, bytes, &csv, &table);
    if (rc == INCLINE_OK)
        rc = columns_dataset(&table, &plain, NULL, &dataset);
    const bool written = write(ends[1], text, bytes) == (ssize_t)bytes;
    close(ends[1]);
    if (rc == INCLINE_OK && written) {
        const struct incline_data_options options = {.columns = incline_dataset_columns(dataset)};
        const incline_dataset *piece = NULL;
        snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
        rc = incline_reader_open(path, INCLINE_TEST, &options, &reader);
        while (rc == INCLINE_OK && (rc = incline_reader_next(reader, &piece)) == INCLINE_OK)
            if (piece == NULL)
                break;
        incline_reader_close(reader);
    }
    incline_dataset_close(dataset);
    close(ends[0]);
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
    if (data[0] == 'j') {
        read_columns(text);
    } else if (data[0] == 'r') {
        read_pieces(text, bytes - 1);
        free(text);
    } else {
        read_table((char)data[0], text, bytes - 1);
    }
    return 0;
}
