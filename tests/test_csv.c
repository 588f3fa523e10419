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
        "sep=,\na,b,kind\n1,2.5,x\n3,-4,y\n0,1e1,x\n",
        "\xef\xbb\xbfsep=;\r\na;b;kind\r\n1;2,5;x\r\n3;-4,0;y\r\n0;1e1;x\r\n",
        "sep=\t\na\tb\tkind\n1\t2.5\tx\n3\t-4\ty\n0\t1e1\tx\n",
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
        INCLINE_EFORMAT, "cut short, copy or fetch it again");
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
        {"a,b\n1,2\n3,4\n", INCLINE_HEADER_AUTO, 2},
        {"1,2\n3,4\n", INCLINE_HEADER_AUTO, 2},
        {"1,2\n3,4\n", INCLINE_HEADER_YES, 1},
        {"a,b\n1,2\n3,4\n", INCLINE_HEADER_NO, 3},
        {"a,x\nb,y\nc,z\n", INCLINE_HEADER_YES, 2},
        /* Cells without a value say nothing, in the first line or below it. */
        {"a,\n1,2\n", INCLINE_HEADER_AUTO, 1},
        {",a,k\n0,5,x\n1,6,y\n", INCLINE_HEADER_AUTO, 2},
        {"a,k,\n5,x,\n6,y,\n", INCLINE_HEADER_AUTO, 2},
        {"a,b,k\n,,x\n1,2,y\n3,4,x\n5,6,y\n", INCLINE_HEADER_AUTO, 4},
        {"a,k\n?,x\n1,y\n", INCLINE_HEADER_AUTO, 2},
        {",red\n1,blue\n2,red\n", INCLINE_HEADER_AUTO, 3},
        {"NA,1\n2,3\n", INCLINE_HEADER_AUTO, 2},
        /* A text column with a number now and then is none of numbers. */
        {"foo,bar\n1984,baz\nbar,foo\nbaz,bar\n", INCLINE_HEADER_AUTO, 4},
        /* Columns that count, as no row does. */
        {"1,2,3,4\n5,7,1,0\n6,8,2,1\n", INCLINE_HEADER_AUTO, 2},
        {",0,1,2\n0,7,7,1\n1,6,8,2\n", INCLINE_HEADER_AUTO, 2},
        {"name,2019,2020,2021\nc0,7,7,1\nc1,6,8,2\n", INCLINE_HEADER_AUTO, 2},
        {"2019,2020,2021\n7,7,1\n6,8,2\n", INCLINE_HEADER_AUTO, 3},
        {"1,2,3\n4,5,6\n7,8,8\n", INCLINE_HEADER_AUTO, 3},
        {"c1,1,2,3\nc0,7,7,1\nc1,6,8,2\n", INCLINE_HEADER_AUTO, 3},
        {"1,2,3\n", INCLINE_HEADER_AUTO, 1},
        {"1e30,1e30,1e30\n7,7,1\n", INCLINE_HEADER_AUTO, 2},
        /* Texts all over: names stand nowhere below, and what stands below comes again. */
        {"a,x\nb,y\nc,z\n", INCLINE_HEADER_AUTO, 3},
        {"c1,c2,k\na,y,p\nb,x,p\na,z,p\n", INCLINE_HEADER_AUTO, 3},
        {"a,y,p\nb,x,p\na,z,p\n", INCLINE_HEADER_AUTO, 3},
        {"p,p,q\nb,x,p\nb,z,p\n", INCLINE_HEADER_AUTO, 3},
        {"a,label\na,p\nb,q\n", INCLINE_HEADER_AUTO, 2},
        {"a,\"Class\"\na,n\nb,n\n", INCLINE_HEADER_AUTO, 2},
        {"a,class\na,n\nb,class\n", INCLINE_HEADER_AUTO, 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct incline_data_options options = {
            .header = cases[i].header,
            .target = "none",
            .categories = cases[i].header == INCLINE_HEADER_NO ? "1,2" : NULL};
        incline_dataset *dataset = NULL;
        const size_t length = strlen(cases[i].text);
        const int rc = open_text("h.csv", cases[i].text, length, &options, &dataset);
        cr_assert(rc == INCLINE_OK, "%s: %s", cases[i].text, incline_last_error());
        cr_expect(dataset->info.rows == cases[i].rows, "%s: %u rows", cases[i].text,
                  dataset->info.rows);
        const bool names = strstr(incline_dataset_columns(dataset), "\"name\"") != NULL;
        cr_expect(dataset->info.header == (names ? INCLINE_HEADER_YES : INCLINE_HEADER_NO));
        incline_dataset_close(dataset);
    }
}

/* A class of texts that comes once, in the first line of many, is no name of a column. */
Test(csv, texts_are_compared_beyond_the_first_rows)
{
    char text[4096] = "z,odd,p\n";
    incline_dataset *dataset = NULL;

    for (int i = 0; i < 100; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%c,%s,p%d\n", 'a' + i % 3,
                 i < 90 ? "even" : "odd", i);
    require_ok(open_text("t.csv", text, strlen(text), &(struct incline_data_options){.target = "1"},
                         &dataset));
    cr_expect(dataset->info.rows == 101, "%u rows", dataset->info.rows);
    incline_dataset_close(dataset);
}

/* By the names that a model knows, whatever stands below. */
Test(csv, known_names_are_a_header)
{
    static const char trained[] = "a,\"b \"\"c\"\"\",kind,k\n1,2,red,x\n3,5,blue,y\n";
    static const struct {
        const char *text;
        uint32_t rows;
    } cases[] = {
        {"a,\"b \"\"c\"\"\",kind,k\n,,,x\n,,,y\n", 2},
        {"k,kind,\"b \"\"c\"\"\",a\nx,,,\n", 1},
        {"a,\"b \"\"c\"\"\",kind\n,,\n,,\n", 2},
        {"1,2,red,x\n3,4,blue,y\n", 2},
        {",,red,x\n1,,blue,y\n", 2},
    };
    char columns[1024];
    incline_dataset *dataset = NULL;

    require_ok(open_text("trained.csv", trained, strlen(trained), NULL, &dataset));
    snprintf(columns, sizeof columns, "%s", incline_dataset_columns(dataset));
    incline_dataset_close(dataset);
    const struct incline_data_options options = {.columns = columns};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *const text = cases[i].text;
        const int rc = open_text("known.csv", text, strlen(text), &options, &dataset);
        cr_assert(rc == INCLINE_OK, "%s: %s", text, incline_last_error());
        cr_expect(dataset->info.rows == cases[i].rows, "%s: %u rows", text, dataset->info.rows);
        incline_dataset_close(dataset);
    }
    require_fails(open_text("known.csv", "a,kind,k\n,red,x\n", 16, &options, &dataset),
                  INCLINE_ESHAPE, "has no column \"b \"c\"\"");
}

/* A line of nothing is none; of tabs, where these separate, it is a row of nothing. */
Test(csv, a_row_without_values_is_a_row)
{
    static const char *const texts[] = {"a,b\n1,2\n,\n3,4\n", "a\tb\n1\t2\n\t\n3\t4\n",
                                        "a;b\n1;2\n;\n\n3;4\n", "a\tb\n1\t2\n \n\t\n\n3\t4\n"};
    const struct incline_data_options none = {.target = "none"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        incline_dataset *dataset = NULL;
        require_ok(open_text("t.csv", texts[i], strlen(texts[i]), &none, &dataset));
        cr_expect(dataset->info.rows == 3, "%s: %u rows", texts[i], dataset->info.rows);
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
    {"p,2,a\n3,4,b\n5,6,a\n", "say that line 1 is a header (--header yes), or", 0},
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
