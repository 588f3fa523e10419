/* columns_text.c - what columns mean as JSON, in which form it travels with data sets and models.
 *
 *   {"columns": 6, "header": "auto", "separator": ",", "image": [8, 8],
 *    "features": [{"at": 0, "name": "age", "mean": 31.5},
 *                 {"at": 1, "name": "colour", "values": ["blue", "red"]}],
 *    "targets": [{"at": 5, "name": "kind", "values": ["cat", "dog"]}]}
 *
 * Names, image and separator may be missing; a feature without values is a number. Where there are
 * no features, every column of the image is one, as with pictures; these may say "resize": true and
 * "invert": true. Features that LIBSVM's text numbers from 0 say "from_zero": true. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/data/columns.h"
#include "host/util/status.h"

static const char *const headers[] = {
    [INCLINE_HEADER_AUTO] = "auto", [INCLINE_HEADER_YES] = "yes", [INCLINE_HEADER_NO] = "no"};

static json_t *column_json(const struct column *column, bool target)
{
    json_t *const object = json_object();

    json_object_set_new(object, "at", json_integer(column->at));
    if (column->name != NULL)
        json_object_set_new(object, "name", json_string(column->name));
    if (column->values == NULL) {
        if (!target)
            json_object_set_new(object, "mean", json_real((double)column->mean));
        return object;
    }
    json_t *const values = json_array();
    for (uint32_t i = 0; i < column->value_count; i++)
        json_array_append_new(values, json_string(column->values[i]));
    if (json_array_size(values) != column->value_count) {
        json_decref(values);
        json_decref(object);
        return NULL;
    }
    json_object_set_new(object, "values", values);
    return object;
}

static json_t *list_json(const struct column *list, uint32_t count, bool target)
{
    json_t *array = json_array();
    for (uint32_t i = 0; i < count; i++)
        json_array_append_new(array, column_json(&list[i], target));
    if (json_array_size(array) != count) {
        json_decref(array);
        array = NULL;
    }
    return array;
}

bool columns_are_pixels(const struct columns *columns)
{
    if (columns->image_rows == 0)
        return false;
    for (uint32_t i = 0; i < columns->feature_count; i++) {
        const struct column *const feature = &columns->features[i];
        if (feature->at != i || feature->name != NULL || feature->values != NULL ||
            feature->mean != 0.0f)
            return false;
    }
    return true;
}

int columns_of_pixels(struct columns *columns)
{
    const uint32_t count = columns->image_rows * columns->image_cols;

    columns->features = calloc(count, sizeof *columns->features);
    if (columns->features == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for %u pixels; close other programs", count);
    columns->feature_count = count;
    for (uint32_t i = 0; i < count; i++)
        columns->features[i].at = i;
    return INCLINE_OK;
}

int columns_to_text(const struct columns *columns, char **text)
{
    const char separator[] = {columns->separator, '\0'};
    json_t *const json =
        json_pack("{s:I, s:s, s:s, s:o}", "columns", (json_int_t)columns->cols, "header",
                  headers[columns->header], "separator", separator, "targets",
                  list_json(columns->targets, columns->target_count, true));
    bool complete = json != NULL;

    if (complete && !columns_are_pixels(columns))
        complete =
            json_object_set_new(json, "features",
                                list_json(columns->features, columns->feature_count, false)) == 0;
    if (complete && columns->from_zero)
        json_object_set_new(json, "from_zero", json_true());
    if (complete && columns->resize)
        json_object_set_new(json, "resize", json_true());
    if (complete && columns->invert)
        json_object_set_new(json, "invert", json_true());
    if (json != NULL && columns->image_rows > 0)
        json_object_set_new(
            json, "image",
            json_pack("[I, I]", (json_int_t)columns->image_rows, (json_int_t)columns->image_cols));
    char *const made = complete ? json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
    json_decref(json);
    if (made == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory to describe %u columns; close other programs",
                    columns->cols);
    *text = made;
    return INCLINE_OK;
}

static bool whole(const json_t *value, uint64_t most, uint32_t *number)
{
    const json_int_t n = json_integer_value(value);
    if (!json_is_integer(value) || n < 0 || (uint64_t)n > most)
        return false;
    *number = (uint32_t)n;
    return true;
}

static char *copy_text(const char *text)
{
    char *const copy = malloc(strlen(text) + 1);
    return copy != NULL ? strcpy(copy, text) : NULL;
}

/* False where the JSON is wrong or memory is short; what was made hangs on `column`. */
static bool column_from_json(const json_t *json, uint32_t cols, bool target, struct column *column)
{
    const json_t *const name = json_object_get(json, "name");
    const json_t *const values = json_object_get(json, "values");
    const json_t *const mean = json_object_get(json, "mean");

    if (!whole(json_object_get(json, "at"), cols - 1, &column->at))
        return false;
    if (name != NULL) {
        column->name = json_is_string(name) ? copy_text(json_string_value(name)) : NULL;
        if (column->name == NULL)
            return false;
    }
    if (values == NULL) {
        column->mean = (float)json_number_value(mean);
        return target || (json_is_number(mean) && isfinite(column->mean));
    }
    const size_t count = json_array_size(values);
    if (count == 0 || count > CLASSES_MOST)
        return false;
    column->values = calloc(count, sizeof *column->values);
    for (size_t i = 0; column->values != NULL && i < count; i++) {
        const char *const value = json_string_value(json_array_get(values, i));
        column->values[i] = value != NULL ? copy_text(value) : NULL;
        column->value_count = (uint32_t)i + 1;
        if (column->values[i] == NULL)
            return false;
    }
    return column->values != NULL;
}

static bool list_from_json(const json_t *json, uint32_t cols, bool target, struct column **list,
                           uint32_t *count)
{
    const size_t size = json_array_size(json);

    if (!json_is_array(json) || size > cols || (size == 0 && !target))
        return false;
    *list = calloc(size > 0 ? size : 1, sizeof **list);
    if (*list == NULL)
        return false;
    for (size_t i = 0; i < size; i++) {
        *count = (uint32_t)i + 1;
        if (!column_from_json(json_array_get(json, i), cols, target, &(*list)[i]))
            return false;
    }
    return true;
}

static bool from_json(const json_t *json, struct columns *columns)
{
    const json_t *const image = json_object_get(json, "image");
    const char *const header = json_string_value(json_object_get(json, "header"));
    const char *const separator = json_string_value(json_object_get(json, "separator"));

    if (!whole(json_object_get(json, "columns"), UINT32_MAX, &columns->cols) ||
        columns->cols == 0 || header == NULL || separator == NULL || strlen(separator) > 1)
        return false;
    columns->separator = separator[0];
    size_t known = 0;
    while (known < sizeof headers / sizeof *headers && strcmp(headers[known], header) != 0)
        known++;
    if (known == sizeof headers / sizeof *headers)
        return false;
    columns->header = (enum incline_header)known;
    const json_t *const features = json_object_get(json, "features");
    if (image != NULL && (!whole(json_array_get(image, 0), UINT32_MAX, &columns->image_rows) ||
                          !whole(json_array_get(image, 1), UINT32_MAX, &columns->image_cols)))
        return false;
    const uint64_t pixels = (uint64_t)columns->image_rows * columns->image_cols;
    if (features == NULL &&
        (pixels == 0 || pixels > columns->cols || pixels > COLUMNS_FEATURES_MOST ||
         columns_of_pixels(columns) != INCLINE_OK))
        return false;
    if ((features != NULL && !list_from_json(features, columns->cols, false, &columns->features,
                                             &columns->feature_count)) ||
        !list_from_json(json_object_get(json, "targets"), columns->cols, true, &columns->targets,
                        &columns->target_count))
        return false;
    columns->from_zero = json_is_true(json_object_get(json, "from_zero"));
    columns->resize = json_is_true(json_object_get(json, "resize"));
    columns->invert = json_is_true(json_object_get(json, "invert"));
    return image == NULL || pixels == columns_encoded(columns);
}

int columns_from_text(const char *text, struct columns *out)
{
    struct columns columns = {0};
    json_error_t error;
    json_t *const json = json_loads(text, JSON_REJECT_DUPLICATES, &error);

    if (json == NULL || !from_json(json, &columns) || columns_encoded(&columns) == UINT32_MAX) {
        columns_clear(&columns);
        json_decref(json);
        return FAIL(INCLINE_EFORMAT,
                    "the model's description of its columns is damaged: %s; copy the model again",
                    json == NULL ? error.text : "a part is missing, or does not fit the others");
    }
    json_decref(json);
    *out = columns;
    return INCLINE_OK;
}
