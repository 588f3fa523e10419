/* inputs_text.c - what the inputs of an exported model are, in words: see model_export.h. */
#include <inttypes.h>

#include "host/data/columns.h"
#include "host/formats/model_export.h"
#include "host/util/decimal.h"

enum { NUMBER_BYTES = 32 };

/* A name or a text of a column, without what would break the line. */
static void add_words(struct bytes *out, const char *words)
{
    for (; *words != '\0'; words++)
        if ((unsigned char)*words < ' ' || *words == 0x7f)
            bytes_print(out, "\\x%02x", (unsigned)(unsigned char)*words);
        else
            bytes_add(out, words, 1);
}

static void begin_input(struct bytes *out, uint32_t input, const struct column *column)
{
    bytes_print(out, "[%" PRIu32 "] ", input);
    if (column->name != NULL && column->name[0] != '\0')
        add_words(out, column->name);
    else
        bytes_print(out, "column %" PRIu32, column->at + 1);
}

int inputs_text(const incline_model *model, struct bytes *out)
{
    struct columns columns = {0};
    char mean[NUMBER_BYTES];
    uint32_t input = 0;

    if (model->image_rows > 0) {
        bytes_print(out, "pixels of an image, %" PRIu32 " rows from the top, %" PRIu32 " in each\n",
                    model->image_rows, model->image_cols);
        return INCLINE_OK;
    }
    if (model->columns == NULL)
        return INCLINE_OK;
    const int rc = columns_from_text(model->columns, &columns);
    if (rc != INCLINE_OK)
        return rc;
    for (uint32_t i = 0; i < columns.feature_count; i++) {
        const struct column *const column = &columns.features[i];
        for (uint32_t v = 0; v < column_width(column); v++, input++) {
            begin_input(out, input, column);
            if (column->values == NULL) {
                bytes_print(out, "; where missing %s\n",
                            decimal_text(column->mean, mean, sizeof mean));
                continue;
            }
            bytes_print(out, " = \"");
            add_words(out, column->values[v]);
            bytes_print(out, "\": 1, else 0\n");
        }
    }
    columns_clear(&columns);
    return INCLINE_OK;
}
