/* test_columns.c - what columns of a table mean: targets, categories, missing values, and the same
 * once more for a table that comes later. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/table_set.h"

static incline_dataset *open_ok(const char *text, const struct incline_data_options *options)
{
    incline_dataset *dataset = NULL;
    require_ok(open_text("t.csv", text, strlen(text), options, &dataset));
    return dataset;
}

static void expect_refused(const char *text, const struct incline_data_options *options, int status,
                           const char *says)
{
    incline_dataset *dataset = NULL;
    require_fails(open_text("t.csv", text, strlen(text), options, &dataset), status, says);
    cr_expect(dataset == NULL);
}

static const char people[] = "age,colour,height,kind\n"
                             "20,red,1.5,dog\n"
                             "NA,blue,1.75,cat\n"
                             "40,,2,dog\n"
                             "30,red,?,cat\n";

Test(columns, texts_are_one_hot_and_missing_numbers_the_mean)
{
    const struct incline_data_options options = {0};
    incline_dataset *const dataset = open_ok(people, &options);
    /* age, colour blue, colour red, height */
    const float values[] = {20, 0, 1, 1.5f, 30, 1, 0, 1.75f, 40, 0, 0, 2, 30, 0, 1, 1.75f};
    const uint32_t labels[] = {1, 0, 1, 0};

    expect_samples("people", dataset, 4, 4, values, labels);
    cr_expect_str_eq(dataset->class_names[0], "cat");
    incline_dataset_close(dataset);
}

Test(columns, a_later_table_is_read_as_the_first_one_was)
{
    const struct incline_data_options options = {0};
    incline_dataset *const first = open_ok(people, &options);
    char *const columns = strdup(incline_dataset_columns(first));
    const struct incline_data_options later = {.columns = columns};
    incline_dataset_close(first);

    /* Another order, a column more, a colour that is new, other means, one class only. */
    incline_dataset *dataset = open_ok("kind,height,colour,age,name\n"
                                       "dog,?,green,50,Rex\n"
                                       "dog,9,red,,Bo\n",
                                       &later);
    const float values[] = {50, 0, 0, 1.75f, 30, 0, 1, 9};
    const uint32_t labels[] = {1, 1}, none[] = {UINT32_MAX};
    expect_samples("another order", dataset, 2, 4, values, labels);
    cr_expect(dataset->info.classes == 2);
    cr_expect_str_eq(incline_dataset_columns(dataset), columns);
    cr_expect(strstr(incline_dataset_remarks(dataset),
                     "column 3 (colour): \"green\" in 1 row is no category") != NULL,
              "%s", incline_dataset_remarks(dataset));
    incline_dataset_close(dataset);

    dataset = open_ok("age,colour,height\n50,green,NaN\nnull,red,9\n", &later); /* no target */
    expect_samples("no target", dataset, 2, 4, values, none);
    cr_expect(dataset->info.classes == 0 && dataset->info.outputs == 0);
    incline_dataset_close(dataset);
    const struct incline_data_options by_place = {.columns = columns, .header = INCLINE_HEADER_NO};
    dataset = open_ok("50,green,NaN\nnull,red,9\n", &by_place);
    expect_samples("by place", dataset, 2, 4, values, none);
    incline_dataset_close(dataset);

    expect_refused("age,colour,kind\n1,red,cat\n", &later, INCLINE_ESHAPE, "no column \"height\"");
    expect_refused("1,2\n3,4\n", &later, INCLINE_ESHAPE,
                   "2 columns, and the model was trained on a table of 4");
    expect_refused("age,colour,height,kind\nold,red,1,cat\n1,red,1,cat\n", &later, INCLINE_EFORMAT,
                   "line 2, column 1 (age) is no number, where the table");
    expect_refused("age,colour,height,kind\n1,red,1,cow\n", &later, INCLINE_EFORMAT,
                   "line 2, column 4 (kind): a class that the table");
    free(columns);
}

/* However a number is written, it is the same category; another one is remarked on. */
Test(columns, categories_that_are_numbers_are_compared_as_numbers)
{
    const struct incline_data_options codes = {.categories = "g", .target = "none"};
    incline_dataset *const first = open_ok("g\n0\n1\n2.0\n", &codes);
    char *const columns = strdup(incline_dataset_columns(first));
    const struct incline_data_options later = {.columns = columns};
    const float values[] = {1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0};
    const uint32_t none[] = {UINT32_MAX};

    cr_expect_str_eq(incline_dataset_remarks(first), "");
    incline_dataset_close(first);
    incline_dataset *const dataset = open_ok("g\n0.0\n1e0\n2\n3\nx\n", &later);
    expect_samples("other digits", dataset, 5, 3, values, none);
    cr_expect(strstr(incline_dataset_remarks(dataset), "(g): \"3\" and others in 2 rows are no") !=
                  NULL,
              "%s", incline_dataset_remarks(dataset));
    incline_dataset_close(dataset);
    free(columns);
}

Test(columns, a_column_without_values_is_remarked_on)
{
    const struct incline_data_options options = {0};
    incline_dataset *dataset = open_ok("a,b,c,k\n1,,NA,x\n2,,,y\n", &options);

    cr_expect(strstr(incline_dataset_remarks(dataset), "column 2 (b), as others, has no value") !=
                  NULL,
              "%s", incline_dataset_remarks(dataset));
    incline_dataset_close(dataset);
}

Test(columns, names_that_come_twice_are_refused_where_they_are_needed)
{
    static const char text[] = "a,b,a,k\n1,2,3,x\n4,5,6,y\n";
    const struct incline_data_options nothing = {0}, ignored = {.ignore = "3"};

    expect_refused(text, &nothing, INCLINE_EFORMAT, "column 3 (a) has the name of column 1");
    expect_refused(text, &(struct incline_data_options){.target = "a", .ignore = "3"}, INCLINE_EARG,
                   "say which by its number");
    incline_dataset *dataset = open_ok(text, &ignored);
    char *const columns = strdup(incline_dataset_columns(dataset));
    const struct incline_data_options later = {.columns = columns};
    const float values[] = {1, 2, 4, 5};
    const uint32_t labels[] = {0, 1};
    incline_dataset_close(dataset);
    dataset = open_ok(text, &later); /* as the first one stood */
    expect_samples("the same table", dataset, 2, 2, values, labels);
    incline_dataset_close(dataset);
    expect_refused("b,a,a,k\n2,1,3,x\n", &later, INCLINE_ESHAPE, "has two columns \"a\"");
    free(columns);
}

Test(columns, what_means_missing_and_what_is_infinite)
{
    static const char *const missing[] = {"",    "?",    "NA",  "na",   "N/A",  "n/a", "#N/A",
                                          "#NA", "<NA>", "NaN", "-nan", "NULL", "None"};
    static const char *const infinite[] = {"inf", "-inf", "+Inf", "Infinity", "-INFINITY"};
    const struct incline_data_options none = {.target = "none"};
    char text[64];

    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++) {
        snprintf(text, sizeof text, "a,b\n1,2\n%s,4\n", missing[i]);
        incline_dataset *const dataset = open_ok(text, &none);
        cr_expect(dataset->missing != NULL && dataset_missing(dataset, 1, 0), "%s", missing[i]);
        incline_dataset_close(dataset);
    }
    for (size_t i = 0; i < sizeof infinite / sizeof *infinite; i++) {
        snprintf(text, sizeof text, "a,b\n1,2\n%s,4\n", infinite[i]);
        expect_refused(text, &none, INCLINE_EFORMAT, "line 3, column 1 (a) is infinite");
    }
    incline_dataset *const dataset = open_ok("a,b\n1,none\n2,inf\n", &none); /* texts */
    cr_expect(dataset->info.features == 3 && dataset->missing == NULL);
    incline_dataset_close(dataset);
}

Test(columns, targets_by_name_by_number_and_by_default)
{
    static const struct {
        const char *text, *target;
        uint32_t features, classes, outputs;
    } cases[] = {
        {"a,b,c\n1,2,0\n3,4,1\n5,6,0\n7,8,1\n", NULL, 2, 2, 0},
        {"a,b,c\n1,2,0\n3,4,1\n5,6,0\n7,8,1\n", "none", 3, 0, 0},
        {"a,b,c\n1.5,2,0\n3,4,1\n5,6,0\n7,8,1\n", "a", 2, 0, 1},
        {"a,b,c\n1.5,2,0\n3,4,1\n5,6,0\n7,8,1\n", "1", 2, 0, 1},
        {"a,b,c\n1.5,2,0\n3,4,1\n5,6,0\n7,8,1\n", "3,1", 1, 0, 2},
        {"Label,b,c\n0,2,0\n1,4,1\n0,6,0\n1,8,1\n", NULL, 2, 2, 0},
        {"a,y,c\n1,0,0\n3,1,1\n5,0,0\n7,1,1\n", NULL, 2, 2, 0},
        {"a,2,c\n1,0,0\n3,1,1\n5,0,0\n7,1,1\n", "c", 2, 2, 0},
        {"1,2,0.5\n3,4,1\n5,6,0\n7,8,1\n", NULL, 2, 0, 1}, /* fractions are no classes */
        {"1,2,1\n3,4,2\n5,6,3\n7,8,4\n", NULL, 2, 0, 1},   /* each once: nor these */
        {"a,b,c,\n1,2,0.5,\n3,4,1,\n", NULL, 2, 0, 1},     /* void behind the last separator */
        {"1,2,0.5,\n3,4,1,\n", NULL, 2, 0, 1},
        {"a,b,c,\n1,2,0.5,\n3,4,1,\n", "b", 2, 0, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct incline_data_options options = {
            .target = cases[i].target,
            .header = cases[i].text[2] == '2' && cases[i].text[0] == 'a' ? INCLINE_HEADER_YES
                                                                         : INCLINE_HEADER_AUTO};
        incline_dataset *const dataset = open_ok(cases[i].text, &options);
        const struct incline_dataset_info *const info = &dataset->info;
        cr_expect(info->features == cases[i].features && info->classes == cases[i].classes &&
                      info->outputs == cases[i].outputs,
                  "%s: %u features, %u classes, %u targets", cases[i].text, info->features,
                  info->classes, info->outputs);
        incline_dataset_close(dataset);
    }
    const char *const text = "a,b,c\n1,2,0\n3,4,1\n";
    expect_refused(text, &(struct incline_data_options){.target = "d"}, INCLINE_EARG,
                   "no column \"d\" for the target; there are a, b, c");
    expect_refused(text, &(struct incline_data_options){.target = "a,4"}, INCLINE_EARG, "\"4\"");
    expect_refused(text, &(struct incline_data_options){.target = "a,1"}, INCLINE_EARG, "twice");
    expect_refused("1,2\n3,4\n", &(struct incline_data_options){.target = "x"}, INCLINE_EARG,
                   "there is no header, and columns are numbered from 1 to 2");
    expect_refused(text, &(struct incline_data_options){.ignore = "a,b"}, INCLINE_EFORMAT,
                   "no column is left");
}

Test(columns, targets_that_are_numbers_keep_their_names)
{
    const struct incline_data_options options = {.target = "price,size"};
    incline_dataset *const dataset = open_ok("size,a,price\n1.5,2,10\n2.5,3,20\n", &options);
    float targets[2];

    require_ok(incline_dataset_targets(dataset, 1, targets));
    cr_expect(targets[0] == 20.0f && targets[1] == 2.5f, "%g %g", (double)targets[0],
              (double)targets[1]);
    cr_expect_str_eq(incline_dataset_target_name(dataset, 0), "price");
    cr_expect_str_eq(incline_dataset_target_name(dataset, 1), "size");
    incline_dataset_close(dataset);
    expect_refused("a,b,c\n1,2,x\n3,4,y\n", &(struct incline_data_options){.target = "b,c"},
                   INCLINE_EFORMAT, "is a target and no number");
    expect_refused("a,b,c\n1,2,1\n3,,2\n", &(struct incline_data_options){.target = "b,c"},
                   INCLINE_EFORMAT, "line 3, column 2 (b): the target is missing");
}

Test(columns, numbers_may_be_categories_and_classes)
{
    const struct incline_data_options options = {
        .categories = "zip", .target_type = INCLINE_TARGET_CLASSES, .ignore = "id"};
    incline_dataset *const dataset =
        open_ok("id,zip,grade\n1,0700,1.5\n2,700,2.0\n3,0700,1.5\n", &options);
    const float values[] = {1, 0, 0, 1, 1, 0};
    const uint32_t labels[] = {0, 1, 0};

    expect_samples("zip", dataset, 3, 2, values, labels);
    cr_expect_str_eq(dataset->class_names[1], "2.0");
    incline_dataset_close(dataset);
    const struct incline_data_options seven = {.target_type = INCLINE_TARGET_CLASSES};
    incline_dataset *const gaps = open_ok("1,7\n2,3\n3,7\n", &seven);
    const float one[] = {1, 2, 3};
    const uint32_t places[] = {1, 0, 1};
    expect_samples("gaps", gaps, 3, 1, one, places);
    cr_expect_str_eq(gaps->class_names[0], "3");
    incline_dataset_close(gaps);
}

Test(columns, too_many_texts_are_no_category)
{
    static char text[16384];
    size_t used = 0;
    for (int i = 0; i < 300; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "id%d,%d,%s\n", i, i,
                                 i % 2 ? "a" : "b");
    const struct incline_data_options options = {0}, ignored = {.ignore = "1"};
    expect_refused(text, &options, INCLINE_EFORMAT, "(--ignore 1)");
    incline_dataset *const dataset = open_ok(text, &ignored);
    cr_expect(dataset->info.features == 1 && dataset->info.classes == 2);
    incline_dataset_close(dataset);
}

Test(columns, images_of_whole_numbers_are_bytes)
{
    const struct incline_data_options options = {.image_rows = 2, .image_cols = 2};
    incline_dataset *dataset = open_ok("0,255,51,102,a\n0,0,0,0,b\n", &options);
    const float values[] = {
        0, 255 * (1.0f / 255.0f), 51 * (1.0f / 255.0f), 102 * (1.0f / 255.0f), 0, 0, 0, 0};
    const uint32_t labels[] = {0, 1};

    expect_samples("bytes", dataset, 2, 4, values, labels);
    cr_expect(dataset->info.bytes && dataset->info.image_rows == 2);
    incline_dataset_close(dataset);
    dataset = open_ok("0,256,51,102,a\n0,0,0,0,b\n", &options);
    cr_expect(!dataset->info.bytes && dataset->info.scale == 1.0f);
    incline_dataset_close(dataset);
    expect_refused("0,255,51,a\n0,0,0,b\n", &options, INCLINE_EARG,
                   "4 pixels, but the table has 3");
}

Test(columns, a_folder_of_tables_has_two_parts)
{
    static const char train[] = "x,c\n1,b\n,a\n3,b\n", test[] = "c,x\na,7\nb,\n";
    incline_dataset *dataset = NULL;
    const float values[] = {7, 2};
    const uint32_t labels[] = {0, 1};

    test_write(test_path("train.csv"), train, sizeof train - 1);
    require_fails(incline_dataset_open(test_folder(), INCLINE_TEST, &dataset), INCLINE_ENODATA,
                  "no table of test samples");
    test_write(test_path("test.csv"), test, sizeof test - 1);
    require_ok(incline_dataset_open(test_folder(), INCLINE_TEST, &dataset));
    expect_samples("test part", dataset, 2, 1, values, labels);
    incline_dataset_close(dataset);
    require_ok(incline_dataset_open(test_folder(), INCLINE_TRAIN, &dataset));
    cr_expect(dataset->info.rows == 3);
    incline_dataset_close(dataset);
}

Test(columns, a_damaged_description_is_refused)
{
    static const char *const texts[] = {
        "{",
        "[]",
        "{}",
        "{\"columns\":2,\"header\":\"auto\",\"separator\":\"\",\"features\":[],\"targets\":[]}",
        "{\"columns\":2,\"header\":\"auto\",\"separator\":\"\",\"features\":[{\"at\":2,\"mean\":0}]"
        ","
        "\"targets\":[]}",
        "{\"columns\":2,\"header\":\"auto\",\"separator\":\"\",\"features\":[{\"at\":0}],"
        "\"targets\":[]}",
        "{\"columns\":2,\"header\":\"no\",\"separator\":\"\",\"features\":[{\"at\":0,\"values\":[]}"
        "],"
        "\"targets\":[]}",
        "{\"columns\":2,\"header\":\"oh\",\"separator\":\"\",\"features\":[{\"at\":0,\"mean\":1}],"
        "\"targets\":[]}",
        "{\"columns\":2,\"header\":\"no\",\"separator\":\"\",\"features\":[{\"at\":0,\"mean\":1}],"
        "\"targets\":[],\"image\":[2,2]}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        expect_refused("1,2\n3,4\n", &(struct incline_data_options){.columns = texts[i]},
                       INCLINE_EFORMAT, "description of its columns is damaged");
}
