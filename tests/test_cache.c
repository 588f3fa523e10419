/* test_cache.c - the cache folder: what is kept comes back, what is damaged or another's never
 * does, and where nothing can be kept nothing happens. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/util/cache.h"
#include "host/util/file.h"
#include "tests/support.h"

static const char key[] = "a key\nof two lines";
static const unsigned char data[] = {7, 0, 255, 10, 13, 0, 42};

static const char *fresh_cache(void)
{
    const char *folder = test_path("cache");
    setenv("XDG_CACHE_HOME", folder, 1);
    return folder;
}

/* Keep the data under the key; path of the one file that holds them. */
static const char *stored(void)
{
    static char path[FILE_PATH_MAX];
    char folder[FILE_PATH_MAX];
    size_t files = 0;

    snprintf(folder, sizeof folder, "%s/incline", fresh_cache());
    cache_store(key, data, sizeof data);
    DIR *open = opendir(folder);
    cr_assert(open != NULL, "%s was not made", folder);
    for (struct dirent *entry; (entry = readdir(open)) != NULL;)
        if (entry->d_name[0] != '.') {
            cr_assert(file_join(folder, entry->d_name, path) == INCLINE_OK);
            files++;
        }
    closedir(open);
    cr_assert(files == 1, "%zu files in %s, 1 expected", files, folder);
    return path;
}

static bool found(const char *wanted)
{
    unsigned char *got = NULL;
    size_t bytes = 0;

    if (!cache_load(wanted, &got, &bytes)) {
        cr_expect(got == NULL && bytes == 0, "a load that fails writes its results");
        return false;
    }
    cr_expect(bytes == sizeof data && memcmp(got, data, bytes) == 0, "%zu other bytes came back",
              bytes);
    free(got);
    return true;
}

static unsigned char *read_entry(const char *path, size_t *bytes)
{
    unsigned char *entry = NULL;
    require_ok(file_read(path, 1 << 20, &entry, bytes));
    return entry;
}

Test(cache, entry_comes_back)
{
    (void)stored();
    cr_expect(found(key));
    cr_expect(found(key), "only once");
    cr_expect(!found("a key"));
    cr_expect(!found(""));
}

Test(cache, entry_is_replaced_whole)
{
    unsigned char *got = NULL;
    size_t bytes = 0;

    (void)stored();
    cache_store(key, "x", 1);
    cr_assert(cache_load(key, &got, &bytes));
    cr_expect(bytes == 1 && got[0] == 'x', "%zu bytes, the first %02x", bytes, got[0]);
    free(got);
    (void)stored(); /* which also finds one file, and nothing left over */
    cr_expect(found(key));
}

Test(cache, empty_data_and_empty_key_are_kept_too)
{
    unsigned char *got = NULL;
    size_t bytes = 42;

    fresh_cache();
    cache_store("", "", 0);
    cr_expect(cache_load("", &got, &bytes), "nothing found");
    cr_expect(bytes == 0, "%zu bytes", bytes);
    free(got);
}

Test(cache, entry_with_any_one_bit_wrong_is_as_good_as_none)
{
    const char *path = stored();
    size_t bytes;
    unsigned char *entry = read_entry(path, &bytes);

    for (size_t bit = 0; bit < 8 * bytes; bit++) {
        entry[bit / 8] ^= (unsigned char)(1u << bit % 8);
        test_write(path, entry, bytes);
        cr_expect(!found(key), "bit %zu of %zu may be wrong", bit, 8 * bytes);
        entry[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
    test_write(path, entry, bytes);
    cr_expect(found(key), "the whole entry is not found");
    free(entry);
}

Test(cache, entry_cut_at_any_length_or_too_long_is_as_good_as_none)
{
    const char *path = stored();
    size_t bytes;
    unsigned char *entry = read_entry(path, &bytes); /* a zero byte follows */

    for (size_t length = 0; length <= bytes + 1; length++) {
        if (length == bytes)
            continue;
        test_write(path, entry, length);
        cr_expect(!found(key), "%zu of %zu bytes are enough", length, bytes);
    }
    free(entry);
}

/* Two keys may share a file name, since that is a hash. The first then holds the second's. */
Test(cache, entry_of_another_key_under_the_same_name_is_not_believed)
{
    static const char other[] = "b key\nof two lines"; /* as long as the other */
    const char *path = stored();
    size_t bytes;
    unsigned char *entry = read_entry(path, &bytes);

    cr_assert(unlink(path) == 0);
    cache_store(other, data, sizeof data);
    cr_expect(found(other));
    char folder[FILE_PATH_MAX], name[FILE_PATH_MAX];
    snprintf(folder, sizeof folder, "%s/incline", getenv("XDG_CACHE_HOME"));
    snprintf(name, sizeof name, "%016llx",
             (unsigned long long)cache_hash(CACHE_HASH_START, other, strlen(other)));
    char other_path[FILE_PATH_MAX];
    cr_assert(file_join(folder, name, other_path) == INCLINE_OK);
    cr_assert(file_exists(other_path), "%s is not there", other_path);
    test_write(other_path, entry, bytes);
    cr_expect(!found(other), "the entry of another key was taken");
    free(entry);
}

Test(cache, where_nothing_can_be_kept_nothing_happens)
{
    static const char *const homes[] = {"", "relative/path", "/proc/no/such/place", NULL};
    const char *file = test_path("file");
    char below[FILE_PATH_MAX];

    test_write(file, "x", 1);
    snprintf(below, sizeof below, "%s/below", file);
    setenv("XDG_CACHE_HOME", file, 1); /* a file where the folder should be */
    cache_store(key, data, sizeof data);
    cr_expect(!found(key));
    setenv("XDG_CACHE_HOME", below, 1);
    cache_store(key, data, sizeof data);
    cr_expect(!found(key));
    for (size_t h = 0; h < sizeof homes / sizeof homes[0]; h++) {
        unsetenv("XDG_CACHE_HOME");
        if (homes[h] != NULL)
            setenv("HOME", homes[h], 1);
        else
            unsetenv("HOME");
        cache_store(key, data, sizeof data);
        cr_expect(!found(key), "found, with HOME \"%s\"", homes[h] != NULL ? homes[h] : "not set");
    }
}

Test(cache, home_serves_where_no_cache_folder_is_named)
{
    char expected[FILE_PATH_MAX];
    static const char *const not_named[] = {NULL, "", "relative"};

    setenv("HOME", test_folder(), 1);
    for (size_t i = 0; i < sizeof not_named / sizeof not_named[0]; i++) {
        if (not_named[i] != NULL)
            setenv("XDG_CACHE_HOME", not_named[i], 1);
        else
            unsetenv("XDG_CACHE_HOME");
        cache_store(key, data, sizeof data);
        cr_expect(found(key), "nothing found");
        snprintf(expected, sizeof expected, "%s/.cache/incline", test_folder());
        cr_expect(file_is_folder(expected), "%s was not made", expected);
    }
    cr_expect(!file_is_folder("relative"), "a folder was made in the working folder");
}

/* A path as long as a path can be, with the name behind it, does not fit. */
Test(cache, too_long_a_path_is_no_place)
{
    static char path[2 * FILE_PATH_MAX];
    memset(path, 'x', sizeof path - 1);
    path[0] = '/';
    for (size_t length = FILE_PATH_MAX - 64; length < FILE_PATH_MAX + 64; length++) {
        char cut[2 * FILE_PATH_MAX];
        memcpy(cut, path, length);
        cut[length] = '\0';
        setenv("XDG_CACHE_HOME", cut, 1);
        cache_store(key, data, sizeof data);
        cr_expect(!found(key), "found at %zu characters", length);
    }
}

Test(cache, a_folder_in_the_entrys_place_is_left_alone)
{
    const char *path = stored();
    cr_assert(unlink(path) == 0 && mkdir(path, 0700) == 0);
    cache_store(key, data, sizeof data);
    cr_expect(!found(key));
    cr_expect(file_is_folder(path), "the folder is gone");
}

Test(cache, hash_is_fnv_1a_and_goes_on)
{
    cr_expect(cache_hash(CACHE_HASH_START, "", 0) == CACHE_HASH_START);
    cr_expect(cache_hash(CACHE_HASH_START, "a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
    cr_expect(cache_hash(CACHE_HASH_START, "foobar", 6) == UINT64_C(0x85944171f73967e8));
    cr_expect(cache_hash(cache_hash(CACHE_HASH_START, "foo", 3), "bar", 3) ==
              UINT64_C(0x85944171f73967e8));
}
