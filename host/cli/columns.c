/* columns.c - what the columns of a table mean, as people and programs read them; see columns.h. */
#include "columns.h"
#include "json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Columns and texts that are printed; --json has all of them. */
enum { COLUMNS_PRINTED = 50, TEXTS_PRINTED = 5, NAME_COLUMNS = 20 };

/* The array of that name in `columns`; *root is to be let go of. NULL where there is none. */
static json_t *list_of(const char *columns, const char *name, json_t **root)
{
    *root = json_loads(columns, 0, NULL);
    return json_object_get(*root, name);
}

json_t *columns_target_json(const char *columns)
{
    json_t *root;
    const json_t *const targets = list_of(columns, "targets", &root);
    json_t *name = NULL;

    if (json_array_size(targets) == 1)
        name = json_incref(json_object_get(json_array_get(targets, 0), "name"));
    json_decref(root);
    return name != NULL ? name : json_null();
}

struct text columns_target(const char *columns)
{
    json_t *const name = columns_target_json(columns);
    const struct text text = text_clean(json_is_string(name) ? json_string_value(name) : "");

    json_decref(name);
    return text;
}

static void print_column(const json_t *column, size_t number)
{
    const json_t *const values = json_object_get(column, "values");
    const char *const name = json_string_value(json_object_get(column, "name"));
    char label[24];

    snprintf(label, sizeof label, "%zu", number);
    fputs(text_cell(name != NULL ? name : label, NAME_COLUMNS).s, stdout);
    if (values == NULL) {
        printf(" number, where missing %.6g\n", json_number_value(json_object_get(column, "mean")));
        return;
    }
    const size_t count = json_array_size(values);
    printf(" %zu text%s:", count, count == 1 ? "" : "s");
    for (size_t v = 0; v < count && v < TEXTS_PRINTED; v++)
        printf(" \"%s\"%s", text_clean(json_string_value(json_array_get(values, v))).s,
               v + 1 < count ? "," : "");
    puts(count > TEXTS_PRINTED ? " ..." : "");
}

void columns_print(const char *columns)
{
    json_t *root;
    const json_t *const features = list_of(columns, "features", &root);
    const size_t count = json_object_get(root, "image") != NULL ? 0 : json_array_size(features);

    if (count > 0)
        printf("\n%-*s what is taken\n", NAME_COLUMNS, "column");
    for (size_t i = 0; i < count && i < COLUMNS_PRINTED; i++)
        print_column(json_array_get(features, i), i + 1);
    if (count > COLUMNS_PRINTED)
        printf("and %zu more; --json has all of them\n", count - COLUMNS_PRINTED);
    json_decref(root);
}

json_t *columns_json(const char *columns)
{
    json_t *root;
    const json_t *const features = list_of(columns, "features", &root);
    json_t *const list = json_array();

    for (size_t i = 0; i < json_array_size(features); i++) {
        const json_t *const column = json_array_get(features, i);
        json_t *const values = json_object_get(column, "values");
        json_t *const name = json_object_get(column, "name");
        json_array_append_new(list,
                              json_pack("{s:O?, s:s, s:O?}", "name", name, "kind",
                                        values != NULL ? "category" : "number",
                                        values != NULL ? "values" : "mean",
                                        values != NULL ? values : json_object_get(column, "mean")));
    }
    json_decref(root);
    return list;
}
