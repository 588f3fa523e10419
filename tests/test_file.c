/* test_file.c - paths, folders, and whole files read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/util/file.h"
#include "tests/support.h"

Test(file, join_sets_one_slash)
{
    char path[FILE_PATH_MAX];
    require_ok(file_join("a", "b", path));
    cr_assert_str_eq(path, "a/b");
    require_ok(file_join("a/", "b", path));
    cr_assert_str_eq(path, "a/b");
    require_ok(file_join("/", "b", path));
    cr_assert_str_eq(path, "/b");
    require_ok(file_join("", "b", path));
    cr_assert_str_eq(path, "b");
    require_ok(file_join(path, "c", path));
    cr_assert_str_eq(path, "b/c");
}

Test(file, make_folder_makes_those_above_and_accepts_its_own)
{
    char deep[FILE_PATH_MAX], blocked[FILE_PATH_MAX];
    require_ok(file_join(test_path("a"), "b//c/", deep));
    require_ok(file_make_folder(deep));
    cr_assert(file_is_folder(deep));
    require_ok(file_make_folder(deep));
    require_ok(file_make_folder("/"));
    require_fails(file_make_folder(""), INCLINE_EIO, "empty");

    test_write(test_path("file"), "x", 1);
    require_fails(file_make_folder(test_path("file")), INCLINE_EIO, "in the way");
    require_ok(file_join(test_path("file"), "below", blocked));
    require_fails(file_make_folder(blocked), INCLINE_EIO, "in the way");
    unsigned char *data = NULL;
    size_t bytes = 0;
    require_ok(file_read(test_path("file"), 1, &data, &bytes));
    cr_assert(bytes == 1 && data[0] == 'x', "the file was changed");
    free(data);
}

Test(file, read_takes_up_to_its_limit_and_no_more)
{
    const char *path = test_path("limited");
    unsigned char *data = NULL;
    size_t bytes = 77;
    test_write(path, "12345", 5);

    require_ok(file_read(path, 5, &data, &bytes));
    cr_assert(bytes == 5 && memcmp(data, "12345", 6) == 0, "%zu bytes", bytes);
    free(data);
    data = NULL;
    bytes = 77;
    require_fails(file_read(path, 4, &data, &bytes), INCLINE_EFORMAT, "at most 4 bytes");
    require_fails(file_read(test_path("absent"), 4, &data, &bytes), INCLINE_EIO, "check the path");
    require_fails(file_read(test_folder(), 1 << 20, &data, &bytes), INCLINE_EIO, "not a folder");
    cr_assert(data == NULL && bytes == 77, "a failed read wrote its results");
}

Test(file, pipes_are_read_to_their_end)
{
    enum { BYTES = 20000 };
    static char sent[BYTES];
    unsigned char *data = NULL;
    size_t bytes = 0;
    char path[64];
    int ends[2];

    memset(sent, 'z', sizeof sent);
    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(write(ends[1], sent, sizeof sent), (ssize_t)sizeof sent);
    close(ends[1]);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    if (access(path, R_OK) != 0)
        cr_skip_test("no /dev/fd here");
    require_ok(file_read(path, BYTES, &data, &bytes));
    cr_assert(bytes == BYTES && data[BYTES - 1] == 'z' && data[BYTES] == 0, "%zu bytes", bytes);
    free(data);
    close(ends[0]);

    /* A pipe does not say how long it is, so the limit has to be watched while reading. */
    data = NULL;
    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(write(ends[1], sent, sizeof sent), (ssize_t)sizeof sent);
    close(ends[1]);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    require_fails(file_read(path, BYTES - 1, &data, &bytes), INCLINE_EFORMAT, "more found");
    close(ends[0]);
    cr_assert_null(data);
}

Test(file, kinds_are_told_apart)
{
    test_write(test_path("plain"), "x", 1);
    cr_assert(file_exists(test_path("plain")) && !file_is_folder(test_path("plain")));
    cr_assert(!file_exists(test_folder()) && file_is_folder(test_folder()));
    cr_assert(!file_exists(test_path("absent")) && !file_is_folder(test_path("absent")));
}
