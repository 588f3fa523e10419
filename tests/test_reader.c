/* test_reader.c - data in pieces: from a pipe that brings a few bytes at a time they are the
 * samples that the whole file has; each row comes when it is there, and all before a wrong one. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/table_set.h"

/* What a table of these columns looks like: a, b are numbers, kind is a category, y the target. */
static const char trained[] = "a,b,kind,y\n1,2,red,3.5\n2,5,blue,4.25\n3,4,\"dark, red\",1.5\n";

static const char *trained_columns(void)
{
    static char text[1024];
    incline_dataset *dataset = NULL;

    require_ok(open_text("trained.csv", trained, strlen(trained), NULL, &dataset));
    snprintf(text, sizeof text, "%s", incline_dataset_columns(dataset));
    incline_dataset_close(dataset);
    return text;
}

/* A thread that writes a text into a pipe, some bytes at a time. */
struct writer {
    const char *text;
    size_t bytes, step;
    int file;
};

static void *write_steps(void *argument)
{
    const struct writer *const writer = argument;
    for (size_t at = 0; at < writer->bytes; at += writer->step) {
        const size_t left = writer->bytes - at;
        if (write(writer->file, writer->text + at, left < writer->step ? left : writer->step) < 0)
            break;
        sched_yield();
    }
    close(writer->file);
    return NULL;
}

/* Read a text through a pipe; features[row, 5] of all rows, *rows of them. Returns what the last
 * call did. */
static int read_pipe(const char *text, size_t step, float *features, uint32_t *rows)
{
    struct incline_data_options options = {.columns = trained_columns()};
    const incline_dataset *piece = NULL;
    struct incline_dataset_info info;
    incline_reader *reader = NULL;
    struct writer writer = {text, strlen(text), step, -1};
    char path[32];
    pthread_t thread;
    int ends[2];

    cr_assert(pipe(ends) == 0);
    writer.file = ends[1];
    cr_assert(pthread_create(&thread, NULL, write_steps, &writer) == 0);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    *rows = 0;
    int rc = incline_reader_open(path, INCLINE_TEST, &options, &reader);
    while (rc == INCLINE_OK) {
        rc = incline_reader_next(reader, &piece);
        if (rc != INCLINE_OK || piece == NULL)
            break;
        incline_dataset_describe(piece, &info);
        cr_assert(info.features == 5 && info.outputs == 0 && info.rows > 0);
        for (uint32_t i = 0; i < info.rows; i++, ++*rows)
            require_ok(incline_dataset_sample(piece, i, features + (size_t)*rows * 5, NULL));
    }
    incline_reader_close(reader);
    pthread_join(thread, NULL);
    close(ends[0]);
    return rc;
}

static const char *const tables[] = {
    "a,b,kind\n1,2,red\n,4,blue\n7,8,green\n",
    "1,2,red\n3,4,blue\n",
    "1,2,red,9\n3,4,blue,?\n5,6,red,oops",
    "\xef\xbb\xbfkind;b;a\r\n\"red\";2,5;1\r\n\r\n\"dark, red\";4;-3e2\r\n",
    "kind\ta\tmore\tb\nblue\t1\tx\t2\nred\t?\ty\t4\n\n\n",
    "a,b,kind\n1,2,\"two\nlines, \"\"quoted\"\"\"\n3,4,blue\n",
    "red 1\n", /* refused */
    "2,3,blue\r4,5,red\r",
    "1:5\n",
    "0 1:1 2:2\n# nothing\n\n1 2:4 # more\n",
    "1\n0 # nothing\n\n1 1:1 2:2\n0\n",
    "1\n0\n", /* refused: nothing but labels */
    "3,2,red,blue\n1,2,red,4\n2,3,red,5\n3,4,blue,6\n",
    "a,b,kind\n,,\n1,2,red\n",
    "kind\tb\ta\n\t\t\n\n \nred\t2\t1\n\t\t\n",
    "a,b,kind\n",
    "a, \"b\" ,kind\n\n",
    "sep=;\r\nkind;b;a\r\nred;2,5;1\r\nblue;4;-3e2\r\n",
};

Test(reader, pieces_are_the_whole)
{
    static float got[64 * 5];

    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        for (size_t step = 1; step < 200; step = 2 * step + 1) {
            struct incline_data_options options = {.columns = trained_columns()};
            char path[32];
            uint32_t rows = 0;
            const int rc = read_pipe(tables[t], step, got, &rows);

            snprintf(path, sizeof path, "table%zu.csv", t);
            test_write(test_path(path), tables[t], strlen(tables[t]));
            /* The same in one piece, from a file. */
            incline_reader *reader = NULL;
            const incline_dataset *whole = NULL;
            float sample[5];
            struct incline_dataset_info info = {.rows = 0};
            require_ok(incline_reader_open(test_path(path), INCLINE_TEST, &options, &reader));
            const int all = incline_reader_next(reader, &whole);
            cr_assert(rc == all, "table %zu, step %zu: status %d in pieces, %d as a whole: %s", t,
                      step, rc, all, incline_last_error());
            if (all == INCLINE_OK && whole != NULL) /* a header alone has no samples */
                incline_dataset_describe(whole, &info);
            cr_assert(rows == info.rows, "table %zu, step %zu: %u rows, not %u", t, step, rows,
                      info.rows);
            for (uint32_t row = 0; row < rows; row++) {
                require_ok(incline_dataset_sample(whole, row, sample, NULL));
                cr_assert(memcmp(sample, got + (size_t)row * 5, sizeof sample) == 0,
                          "table %zu, step %zu: row %u differs", t, step, row);
            }
            incline_reader_close(reader);
        }
}

/* Without targets that are wrong, the reader's whole is what a data set is. */
Test(reader, a_piece_is_a_data_set)
{
    static const size_t proper[] = {0, 1, 3, 4, 5, 7, 9, 10, 17};
    struct incline_data_options options = {.columns = trained_columns()};

    for (size_t i = 0; i < sizeof proper / sizeof *proper; i++) {
        const char *const text = tables[proper[i]];
        incline_dataset *dataset = NULL;
        struct incline_dataset_info info;
        uint32_t rows = 0;
        static float got[64 * 5];
        float sample[5];

        require_ok(open_text("whole.csv", text, strlen(text), &options, &dataset));
        incline_dataset_describe(dataset, &info);
        require_ok(read_pipe(text, 1000, got, &rows));
        cr_assert(rows == info.rows, "table %zu: %u rows, not %u", proper[i], rows, info.rows);
        for (uint32_t row = 0; row < rows; row++) {
            require_ok(incline_dataset_sample(dataset, row, sample, NULL));
            cr_assert(memcmp(sample, got + (size_t)row * 5, sizeof sample) == 0,
                      "table %zu: row %u differs", proper[i], row);
        }
        incline_dataset_close(dataset);
    }
}

Test(reader, a_row_comes_when_it_is_there)
{
    struct incline_data_options options = {.columns = trained_columns()};
    static const char *const lines[] = {"1,2,red\n", "3,4,blue\n", "5,6,red\n"};
    const incline_dataset *piece = NULL;
    struct incline_dataset_info info;
    incline_reader *reader = NULL;
    float sample[5];
    char path[32];
    int ends[2];

    cr_assert(pipe(ends) == 0);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    for (size_t i = 0; i < 3; i++) { /* would wait for ever if it wanted more than a line */
        cr_assert(write(ends[1], lines[i], strlen(lines[i])) > 0);
        if (i == 0)
            require_ok(incline_reader_open(path, INCLINE_TEST, &options, &reader));
        require_ok(incline_reader_next(reader, &piece));
        incline_dataset_describe(piece, &info);
        cr_assert(info.rows == 1, "%u rows", info.rows);
        require_ok(incline_dataset_sample(piece, 0, sample, NULL));
        cr_assert(sample[0] == (float)(2 * i + 1), "%g", (double)sample[0]);
    }
    close(ends[1]);
    require_ok(incline_reader_next(reader, &piece));
    cr_assert(piece == NULL);
    incline_reader_close(reader);
    close(ends[0]);
}

Test(reader, what_stands_before_a_wrong_row_is_given)
{
    static const struct {
        const char *text;
        uint32_t rows;
        const char *part;
    } wrong[] = {
        {"a,b,kind\n1,2,red\n\n3,4,blue\n5,6\n7,8,red\n", 2, "line 5 has 2 cells"},
        {"1,2,red\n3,4,blue\n5,6\n7,8,red\n", 2, "line 3 has 2 cells, but line 1 has 3"},
        {"a,b,kind\n1,2,red\n3,x,blue\n", 1, "line 3, column 2 (b)"},
        {"a,b,kind\n1,2,red\n3,4,\"blue\n", 1, "line 3, column 3"},
        {"a,b,kind\n1,2,red\n3,1e99,blue\n", 1, "more than a float"},
        {"0 1:1 2:2\n1 2:4\n0 2:1 1:3\n", 2, "line 3"},
        {"0 1:1 2:2\n1 2:4\n0 9:1\n", 2, "line 3: feature 9"},
        {"a,b\n1,2\n", 0, "kind"},
        {"a,b\n", 0, "has no column \"kind\""},
        {"1,2,red\n3,bad,blue\n", 1, "line 2, column 2"},
        {"1,bad,red\n", 0, "line 1, column 2"},
        {"1,2,red\na,b,kind\n", 1, "line 2, column 1"},
        {"", 0, "empty"},
        {" \n\n", 0, "empty"},
    };
    static float got[64 * 5];

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        for (size_t step = 1; step < 100; step += 98) {
            uint32_t rows = 0;
            const int rc = read_pipe(wrong[i].text, step, got, &rows);
            cr_assert(rc != INCLINE_OK && rows == wrong[i].rows, "%s: status %d, %u rows",
                      wrong[i].text, rc, rows);
            cr_assert(strstr(incline_last_error(), wrong[i].part) != NULL, "\"%s\" expected in: %s",
                      wrong[i].part, incline_last_error());
        }
}

Test(reader, other_data_are_one_piece)
{
    const incline_dataset *piece = NULL;
    struct incline_dataset_info info;
    incline_reader *reader = NULL;

    require_ok(incline_reader_open("digits:60", INCLINE_TEST, NULL, &reader));
    require_ok(incline_reader_next(reader, &piece));
    incline_dataset_describe(piece, &info);
    cr_assert(info.rows == 10 && info.features == 784);
    require_ok(incline_reader_next(reader, &piece));
    cr_assert(piece == NULL);
    incline_reader_close(reader);
    require_fails(incline_reader_open("no such file", INCLINE_TEST, NULL, &reader), INCLINE_ENODATA,
                  "no such");
    require_fails(incline_reader_open(NULL, INCLINE_TEST, NULL, &reader), INCLINE_EARG, "name");
}
