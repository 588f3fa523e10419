/* reader.c - data for predictions, in the order in which they come, a piece at a time.
 *
 * A table in text whose columns are known is read in pieces of whole rows (pieces.c), each made a
 * data set as a table of its own. Whatever else there is comes as one piece. */
#include <stdlib.h>
#include <string.h>

#include "host/data/columns.h"
#include "host/data/picture.h"
#include "host/data/pictures.h"
#include "host/data/pieces.h"
#include "host/util/file.h"
#include "host/util/status.h"

/* Most cells of a piece: rows of a sparse table are short as text and long in memory. */
enum { PIECE_CELLS = 1 << 23 };

struct incline_reader {
    incline_dataset *piece; /* the one given last; owned */
    bool whole;             /* there is nothing but `piece`; */
    bool given;             /* it was given */
    char *path;             /* what was asked for */
    const char *name;       /* the same for messages */
    struct pieces pieces;
    struct columns known; /* of the model, without targets */
    char *columns;        /* the same as text */
    struct csv_options csv;
    struct table first; /* names and columns of the first piece */
    bool *told;         /* [known.feature_count] see columns_encode(); owned */
    bool begun;
    uint32_t most; /* rows of the next piece */
};

/* The columns that a model was trained on, as far as predictions need them. */
static int take_columns(incline_reader *reader, const char *text)
{
    struct columns *const columns = &reader->known;
    const int rc = columns_from_text(text, columns);

    if (rc != INCLINE_OK)
        return rc;
    columns_drop_targets(columns);
    reader->told = calloc(columns->feature_count, sizeof *reader->told);
    if (reader->told == NULL)
        return FAIL(INCLINE_ENOMEM, "%s: no memory for %u columns; close other programs",
                    reader->name, columns->feature_count);
    return columns_to_text(columns, &reader->columns);
}

/* What the first rows say of those that follow; waits for as few of them as will do. */
static int look(incline_reader *reader)
{
    const struct columns *const columns = &reader->known;
    struct pieces *const pieces = &reader->pieces;
    struct csv_expected expected = {columns->cols, columns->feature_count, false};
    struct csv_layout layout;
    bool found = false;
    size_t bytes = 0;

    for (uint32_t i = 2; i < columns->feature_count; i++)
        expected.number_third |= columns->features[i].values == NULL;
    for (uint32_t lines = 1; !found; lines++) {
        const int rc = pieces_lines(pieces, lines, &bytes);
        if (rc != INCLINE_OK)
            return rc;
        const char *const text = pieces->buffer + pieces->begin;
        if (svm_is(text, bytes)) {
            pieces->sparse = true;
            return INCLINE_OK;
        }
        /* A row of LIBSVM's whose features are all zero; no row of cells has so few. */
        const uint32_t labels = columns->cols > 2 && !pieces->ended ? svm_labels(text, bytes) : 0;
        lines = labels > lines ? labels : lines;
        if (labels > 0)
            continue;
        found = csv_look_early(text, text + bytes, pieces->ended, &reader->csv, &expected, &layout);
        if (found)
            pieces_take(pieces, (size_t)(layout.first - text));
    }
    pieces->separator = reader->csv.separator = layout.separator;
    reader->csv.header = layout.header ? INCLINE_HEADER_YES : INCLINE_HEADER_NO;
    return INCLINE_OK;
}

/* The whole of a format that is not read in pieces: of a file by its name, of a pipe, and of
 * standard input, which nobody can open again from its beginning, what is left. */
static int take_whole(incline_reader *reader, enum incline_split split,
                      const struct incline_data_options *options)
{
    struct incline_data_options all = *options;
    char *data = NULL;
    size_t bytes = 0;

    reader->whole = true;
    if (file_is_folder(reader->path) && open_is_flat(reader->path)) {
        const int flat = pictures_dataset(reader->path, options, &reader->piece);
        if (flat == INCLINE_OK)
            open_name(reader->piece, reader->path);
        return flat;
    }
    if (reader->columns != NULL)
        all.columns = reader->columns;
    if (!reader->pieces.open ||
        (reader->pieces.stream.file_bytes > 0 && strcmp(reader->path, "-") != 0)) {
        pieces_close(&reader->pieces);
        return incline_dataset_open_with(reader->path, split, &all, &reader->piece);
    }
    const int rc = pieces_all(&reader->pieces, &data, &bytes);
    return rc != INCLINE_OK ? rc
                            : open_bytes(reader->name, data, bytes, split, &all, &reader->piece);
}

/* A picture may be text, too. */
static bool holds_picture(const struct pieces *pieces)
{
    return picture_is(pieces->buffer + pieces->begin, pieces->count);
}

int incline_reader_open(const char *name, enum incline_split split,
                        const struct incline_data_options *options, incline_reader **out)
{
    static const struct incline_data_options usual = {0};
    int rc = INCLINE_OK;

    if (name == NULL || out == NULL)
        return FAIL(INCLINE_EARG, "no name, or no place for the reader; give both");
    options = options != NULL ? options : &usual;
    rc = open_check_options(name, options);
    if (rc != INCLINE_OK)
        return rc;
    incline_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL || (reader->path = strdup(name)) == NULL) {
        rc = FAIL(INCLINE_ENOMEM, "%s: no memory to read it; close other programs", name);
        goto out;
    }
    reader->name = strcmp(name, "-") == 0 ? INCLINE_STANDARD_INPUT : reader->path;
    reader->most = UINT32_MAX;
    reader->csv = (struct csv_options){
        .header = options->header, .separator = options->separator, .may_lack_rows = true};
    if (options->columns != NULL) {
        TRY(take_columns(reader, options->columns));
        columns_follow(&reader->known, &reader->csv);
        if (open_is_file(name) && options->raw.cols == 0)
            TRY(pieces_open(reader->path, &reader->pieces));
    }
    if (!reader->pieces.open || !pieces_are_text(&reader->pieces) || holds_picture(&reader->pieces))
        TRY(take_whole(reader, split, options));
    else if (reader->pieces.count > 0)
        TRY(open_no_pictures(reader->name, options));
    *out = reader;
    reader = NULL;
out:
    incline_reader_close(reader);
    return rc;
}

void incline_reader_close(incline_reader *reader)
{
    if (reader == NULL)
        return;
    incline_dataset_close(reader->piece);
    pieces_close(&reader->pieces);
    columns_clear(&reader->known);
    table_clear(&reader->first);
    free(reader->columns);
    free(reader->told);
    free(reader->path);
    free(reader);
}

/* What the next parts of the file have in common with the first. */
static int remember(incline_reader *reader, const struct table *table)
{
    struct table *const first = &reader->first;

    *first = (struct table){.cols = table->cols, .first_line = table->first_line};
    dataset_copy_text(first->path, sizeof first->path, table->path);
    return table_copy_names(first, table);
}

/* A header without rows: no samples, of columns that have to be right. Takes the table over. */
static int check_header(const incline_reader *reader, struct table *table)
{
    struct columns columns;
    int rc = columns_from_text(reader->columns, &columns);

    if (rc == INCLINE_OK) {
        rc = columns_match(&columns, table);
        columns_clear(&columns);
    }
    table_clear(table);
    return rc;
}

/* A data set of the rows in text[bytes]; none of a header without rows. */
static int make_piece(incline_reader *reader, size_t bytes, incline_dataset **piece)
{
    const struct pieces *const pieces = &reader->pieces;
    const struct incline_data_options options = {.columns = reader->columns};
    struct table table = {0};
    char *const text = malloc(bytes + 1);
    int rc = INCLINE_OK;

    if (text == NULL)
        return FAIL(INCLINE_ENOMEM, "%s: %zu bytes for rows; close other programs", reader->name,
                    bytes);
    memcpy(text, pieces->buffer + pieces->begin, bytes);
    text[bytes] = '\0';
    reader->csv.line = pieces->line;
    reader->csv.after = reader->begun ? &reader->first : NULL;
    if (pieces->sparse) {
        rc = svm_read(reader->name, text, bytes,
                      &(struct svm_options){.least = reader->known.cols,
                                            .most = reader->known.cols,
                                            .from_zero = reader->known.from_zero,
                                            .line = pieces->line},
                      &table);
        free(text);
    } else {
        rc = csv_read(reader->name, text, bytes, &reader->csv, &table);
    }
    if (rc == INCLINE_OK && !reader->begun)
        rc = remember(reader, &table);
    if (rc == INCLINE_OK && table.rows == 0)
        rc = check_header(reader, &table);
    else if (rc == INCLINE_OK)
        rc = columns_dataset(&table, &options, reader->told, piece);
    else
        table_clear(&table);
    if (rc == INCLINE_OK) {
        if (*piece != NULL)
            open_name(*piece, reader->name);
        reader->begun = true;
        reader->csv.header = INCLINE_HEADER_NO;
    } else if (!reader->begun) {
        table_clear(&reader->first);
    }
    return rc;
}

/* The next rows. Where something is wrong with one of several, half of them are tried, so that all
 * before that row are given, and then the row by itself is what fails. */
static int next_piece(incline_reader *reader)
{
    struct pieces *const pieces = &reader->pieces;
    const uint32_t fit = PIECE_CELLS / reader->known.cols + 1;
    size_t bytes = 0;
    uint32_t rows = 0;
    int rc = INCLINE_OK;

    if (!reader->begun)
        TRY(look(reader));
    for (;;) {
        const bool header = reader->csv.header == INCLINE_HEADER_YES && !pieces->sparse;
        const uint32_t least = header ? 2 : 1;
        const uint32_t most = reader->most < fit ? reader->most : fit;
        TRY(pieces_rows(pieces, least, most > least ? most : least, &bytes, &rows));
        if (bytes == 0 && reader->begun)
            return INCLINE_OK;
        rc = make_piece(reader, bytes, &reader->piece);
        if (rc == INCLINE_OK || rows <= least)
            break;
        reader->most = rows / 2;
    }
    if (rc == INCLINE_OK)
        pieces_take(pieces, bytes);
out:
    return rc;
}

int incline_reader_next(incline_reader *reader, const incline_dataset **dataset)
{
    int rc = INCLINE_OK;

    if (!reader->whole) {
        incline_dataset_close(reader->piece);
        reader->piece = NULL;
        rc = next_piece(reader);
    }
    if (rc != INCLINE_OK)
        return rc;
    *dataset = reader->given && reader->whole ? NULL : reader->piece;
    reader->given = true;
    return INCLINE_OK;
}
