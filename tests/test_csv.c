/* test_csv.c - tables of separated values: read as they are meant, refused with line and column. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/idx_set.h"
#include "tests/table_set.h"

static const struct incline_data_options plain = {0};

/* ---- layouts ---- */

/* One table, written in many ways. */
Test(csv, the_same_table_reads_alike_however_it_is_written)
{
    static const char *const ways[] = {
        "a,b,kind\n1,2.5,x\n3,-4,y\n0,1e1,x\n",
        "a,b,kind\r\n1,2.5,x\r\n3,-4,y\r\n0,1e1,x\r\n",
        "a,b,kind\r1,2.5,x\r3,-4,y\r0,1e1,x",
        "\xef\xbb\xbf\x61,b,kind\n1,2.5,x\n3,-4,y\n0,1e1,x",
        "a\tb\tkind\n1\t2.5\tx\n3\t-4\ty\n0\t1e1\tx\n",
        "a;b;kind\n1;2,5;x\n3;-4,0;y\n0;1e1;x\n",
        "a|b|kind\n1|2.5|x\n3|-4|y\n0|1e1|x\n",
        "a b  kind\n1   2.5 x \n 3 -4\ty\n0 1e1 x\n",
        "\"a\",\"b\",\"kind\"\n\"1\",\"2.5\",\"x\"\n3,-4,\"y\"\n0,1e1,x\n",
        "a , b , kind\n 1 , 2.5 , x\n 3 , -4 , \"y\" \n0,1e1,x\n",
        "\n\na,b,kind\n\n1,2.5,x\n  \n3,-4,y\n0,1e1,x\n\n\n",
    };
    const float values[] = {1, 2.5f, 3, -4, 0, 10};
    const uint32_t labels[] = {0, 1, 0};

    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        incline_dataset *dataset = NULL;
        require_ok(open_text("table.csv", ways[i], strlen(ways[i]), &plain, &dataset));
        expect_samples(ways[i], dataset, 3, 2, values, labels);
        cr_expect(dataset->class_names != NULL && strcmp(dataset->class_names[1], "y") == 0);
        cr_expect_str_eq(dataset->info.name, "table.csv");
        incline_dataset_close(dataset);
    }
}

Test(csv, compressed_is_the_same)
{
    struct bytes text = {.count = 0};
    incline_dataset *dataset = NULL;
    const float values[] = {1, 2, 3, 4};
    const uint32_t labels[] = {0, 1};

    strcpy((char *)text.data, "1,2,a\n3,4,b\n");
    text.count = strlen((char *)text.data);
    const struct bytes packed = compress_bytes(&text);
    require_ok(open_text("t.csv.gz", (const char *)packed.data, packed.count, &plain, &dataset));
    expect_samples("compressed", dataset, 2, 2, values, labels);
    incline_dataset_close(dataset);
    require_fails(
        open_text("t.csv.gz", (const char *)packed.data, packed.count - 3, &plain, &dataset),
        INCLINE_EFORMAT, "cut short");
}

Test(csv, quotes_hold_separators_lines_and_quotes)
{
    static const char text[] =
        "\"a \"\"b\"\", c\",kind\n1,\"x\ny\"\n2,\"p, q\"\n3,\"say \"\"z\"\"\"\n";
    incline_dataset *dataset = NULL;

    require_ok(open_text("q.csv", text, sizeof text - 1, &plain, &dataset));
    cr_assert(dataset->info.classes == 3 && dataset->class_names != NULL);
    cr_expect_str_eq(dataset->class_names[0], "p, q");
    cr_expect_str_eq(dataset->class_names[1], "say \"z\"");
    cr_expect_str_eq(dataset->class_names[2], "x\ny");
    cr_expect(strstr(incline_dataset_columns(dataset), "a \\\"b\\\", c") != NULL);
    incline_dataset_close(dataset);
}

Test(csv, a_header_is_found_or_stated)
{
    static const struct {
        const char *text;
        enum incline_header header;
        uint32_t rows;
    } cases[] = {
        {"a,b\n1,2\n3,4\n", INCLINE_HEADER_AUTO, 2}, {"1,2\n3,4\n", INCLINE_HEADER_AUTO, 2},
        {"1,2\n3,4\n", INCLINE_HEADER_YES, 1},       {"a,b\n1,2\n3,4\n", INCLINE_HEADER_NO, 3},
        {"a,x\nb,y\nc,z\n", INCLINE_HEADER_AUTO, 3}, /* texts all over: no header */
        {"a,x\nb,y\nc,z\n", INCLINE_HEADER_YES, 2},  {"a,\n1,2\n", INCLINE_HEADER_AUTO, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct incline_data_options options = {
            .header = cases[i].header,
            .target = "none",
            .categories =
                cases[i].header == INCLINE_HEADER_NO || cases[i].text[2] == '\n' ? "1,2" : NULL};
        incline_dataset *dataset = NULL;
        const size_t length = strlen(cases[i].text);
        const int rc = open_text("h.csv", cases[i].text, length, &options, &dataset);
        cr_assert(rc == INCLINE_OK, "%s: %s", cases[i].text, incline_last_error());
        cr_expect(dataset->info.rows == cases[i].rows, "%s: %u rows", cases[i].text,
                  dataset->info.rows);
        incline_dataset_close(dataset);
    }
}

/* As scikit-learn's own tables begin: rows, features, names of classes. */
Test(csv, a_first_line_may_promise_rows_and_name_classes)
{
    static const char text[] = "3,2,red,blue,green\n1,2,0\n3,4,2\n5,6,0\n";
    static const char less[] = "4,2,red,blue,green\n1,2,0\n3,4,2\n5,6,0\n";
    const float values[] = {1, 2, 3, 4, 5, 6};
    const uint32_t labels[] = {0, 2, 0};
    const struct incline_data_options classes = {.target_type = INCLINE_TARGET_CLASSES};
    incline_dataset *dataset = NULL;

    require_ok(open_text("p.csv", text, sizeof text - 1, &classes, &dataset));
    expect_samples("promise", dataset, 3, 2, values, labels);
    cr_assert(dataset->info.classes == 3 && dataset->class_names != NULL);
    cr_expect_str_eq(dataset->class_names[1], "blue");
    incline_dataset_close(dataset);
    require_fails(open_text("p.csv", less, sizeof less - 1, &classes, &dataset), INCLINE_EFORMAT,
                  "promises 4 rows, 3 found");
}

/* ---- damage ---- */

static const struct damage {
    const char *text, *says;
    size_t bytes; /* 0: all of the text */
} damages[] = {
    {"", "is empty", 0},
    {"\n\n \n", "is empty", 0},
    {"a,b\n", "line 1, column 1", 0},
    {"1,2\n3,4,5\n", "line 2 has 3 cells, but line 1 has 2", 0},
    {"1,2,3\n\n4,5\n6,7,8\n", "line 3 has 2 cells, but line 1 has 3", 0},
    {"1,2\n3,\"4\n5,6\n", "line 2, column 2: a quote is opened and never closed", 0},
    {"a,b\n1,2\n3,4,\"5\n", "line 3, column 3: a quote is opened", 0},
    {"1,2\n\"3\"4,5\n", "line 2, column 1: something stands behind the closing quote", 0},
    {"1,2,a\n3,1e39,b\n", "line 2, column 2: 1e39 is more than a float can hold", 0},
    {"1,2,a\n3,x,b\n5,6,a\n", "line 2, column 2 is no number, while 2 other cells", 0},
    {"x,z,kind\n1,2,a\n3,4,\n", "line 3, column 3 (kind): the target is missing", 0},
    {"x,z,kind\n1,2,a\n3,4,?\n", "the target is missing", 0},
    {"1,2\n3,\0"
     "4\n",
     "byte 6 is zero", 9},
    {"\xff\xfe"
     "1\0,\0",
     "UTF-16", 6},
    {"1,caf\xe9\n2,b\n", "line 1, column 2: not UTF-8", 0},
    {"caf\xe9,b\n2,3\n", "column 1: its name is not UTF-8", 0},
    {"1,\xed\xa0\x80\n2,b\n", "not UTF-8", 0},
    {"1,\xf4\x90\x80\x80\n2,b\n", "not UTF-8", 0},
    {"1,a\x01\n2,b\n", "control character", 0},
};

Test(csv, damage_is_refused_with_line_and_column)
{
    const struct incline_data_options options = {.target = NULL};
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        const struct damage *const d = &damages[i];
        incline_dataset *dataset = NULL;
        const struct incline_data_options header = {.header = INCLINE_HEADER_YES};
        const int rc = open_text("d.csv", d->text, d->bytes != 0 ? d->bytes : strlen(d->text),
                                 strcmp(d->text, "a,b\n") == 0 ? &header : &options, &dataset);
        cr_expect(rc == INCLINE_EFORMAT && dataset == NULL, "\"%s\": status %d: %s", d->text, rc,
                  incline_last_error());
        cr_expect(strstr(incline_last_error(),
                         strcmp(d->text, "a,b\n") == 0 ? "has no rows below" : d->says) != NULL,
                  "\"%s\": \"%s\" expected in: %s", d->text, d->says, incline_last_error());
        incline_dataset_close(dataset);
    }
}

/* Whatever is cut off or changed: a data set or a sentence, and no reads past the end. */
Test(csv, every_cut_and_every_changed_byte_ends_well)
{
    static const char text[] = "a;\"b\"\"\";c;kind\n1;2,5;\"u\nv\";x\n3;NA;w;y\n1e3;-4;w;\"x\"\n";
    char changed[sizeof text];
    static const char with[] = {0, '"', ';', ',', '\n', '\r', ' ', '9', 'e', '\x80', '\t'};

    for (size_t cut = 0; cut < sizeof text; cut++) {
        incline_dataset *dataset = NULL;
        if (open_text("c.csv", text, cut, &plain, &dataset) != INCLINE_OK)
            cr_expect(strstr(incline_last_error(), "c.csv: ") != NULL, "%s", incline_last_error());
        incline_dataset_close(dataset);
        for (size_t w = 0; cut + 1 < sizeof text && w < sizeof with; w++) {
            memcpy(changed, text, sizeof text);
            changed[cut] = with[w];
            dataset = NULL;
            if (open_text("c.csv", changed, sizeof text - 1, &plain, &dataset) != INCLINE_OK)
                cr_expect(strstr(incline_last_error(), "c.csv: ") != NULL, "%s",
                          incline_last_error());
            incline_dataset_close(dataset);
        }
    }
}
