/* test_file_write.c - files that are written are whole or not there, whoever is in the way. */
#define _GNU_SOURCE 1 /* O_TMPFILE */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

#include "host/util/file.h"
#include "tests/support.h"

static void write_text(const char *path, const char *text)
{
    const struct file_part part = {text, strlen(text)};
    require_ok(file_write(path, &part, 1));
}

static void check_holds(const char *path, const char *text)
{
    unsigned char *data = NULL;
    size_t bytes = 0;
    require_ok(file_read(path, 1 << 20, &data, &bytes));
    cr_assert_eq(bytes, strlen(text), "%s: %zu bytes expected, %zu found", path, strlen(text),
                 bytes);
    cr_assert_str_eq((char *)data, text);
    free(data);
}

/* Number of temporaries left behind in the test's folder that have not `whole` bytes. */
static int leftovers_but(off_t whole)
{
    int count = 0;
    struct stat about;
    DIR *folder = opendir(test_folder());
    cr_assert_not_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        count += strncmp(entry->d_name, ".incline", 8) == 0 &&
                 (fstatat(dirfd(folder), entry->d_name, &about, 0) != 0 || about.st_size != whole);
    closedir(folder);
    return count;
}

static int leftovers(void)
{
    return leftovers_but(-1);
}

Test(file_write, joins_its_parts_and_replaces_the_old_file)
{
    const char *path = test_path("joined");
    const struct file_part parts[] = {{"one ", 4}, {NULL, 0}, {"two", 3}};
    write_text(path, "something longer that was there before");
    require_ok(file_write(path, parts, 3));
    check_holds(path, "one two");
    require_ok(file_write(path, NULL, 0));
    check_holds(path, "");
    cr_assert_eq(leftovers(), 0);
}

Test(file_write, respects_the_umask)
{
    static const mode_t masks[] = {0, 027, 077};
    const char *path = test_path("masked");
    struct stat about;

    for (size_t i = 0; i < sizeof masks / sizeof *masks; i++) {
        umask(masks[i]);
        write_text(path, "x");
        cr_assert_eq(stat(path, &about), 0);
        cr_assert_eq(about.st_mode & 0777, 0666 & ~masks[i], "mode 0%o",
                     (unsigned)about.st_mode & 0777);
    }
}

#ifdef __linux__
/* Let a system call fail with EPERM in this process, which runs one test. */
static void forbid(unsigned call)
{
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {.len = sizeof steps / sizeof *steps, .filter = steps};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        cr_skip_test("skipped: this system does not let a process give up calls\n");
}

Test(file_write, does_without_hard_links)
{
    forbid(__NR_linkat);
    write_text(test_path("unlinked"), "first");
    write_text(test_path("unlinked"), "second");
    check_holds(test_path("unlinked"), "second");
    cr_expect_eq(leftovers(), 0);
}

/* So that no moment is left at which it could be killed with the file under another name. */
Test(file_write, names_a_new_file_at_once)
{
    umask(022);
#ifdef O_TMPFILE
    const int nameless = open(test_folder(), O_TMPFILE | O_WRONLY, 0666);
    struct stat about;
    if (nameless < 0 || fstat(nameless, &about) != 0 || (about.st_mode & 0777) != 0644)
        cr_skip_test("skipped: this file system has no files without a name\n");
    close(nameless);
#else
    cr_skip_test("skipped: this system has no files without a name\n");
#endif
#ifdef __NR_rename
    forbid(__NR_rename);
#endif
#ifdef __NR_renameat
    forbid(__NR_renameat);
#endif
    forbid(__NR_renameat2);
    write_text(test_path("new"), "whole");
    check_holds(test_path("new"), "whole");
    const struct file_part part = {"other", 5};
    require_fails(file_write(test_path("new"), &part, 1), INCLINE_EIO, "permissions");
    check_holds(test_path("new"), "whole");
    cr_expect_eq(leftovers(), 0);
}
#endif

Test(file_write, goes_round_temporaries_that_a_killed_process_left)
{
    char name[64];
    snprintf(name, sizeof name, ".incline-%ld-0.tmp", (long)getpid());
    test_write(test_path(name), "half", 4);
    write_text(test_path("fresh"), "whole");
    check_holds(test_path("fresh"), "whole");
    check_holds(test_path(name), "half");
}

Test(file_write, that_is_killed_leaves_nothing_that_is_not_whole)
{
    enum { BYTES = 1 << 24, TRIES = 10, STEP_MS = 3 };
    char *const big = calloc(BYTES, 1);
    const struct file_part part = {big, BYTES};
    const char *const path = test_path("killed");

    cr_assert(big != NULL);
#ifdef O_TMPFILE
    const int nameless = open(test_folder(), O_TMPFILE | O_WRONLY, 0600);
    if (nameless < 0)
        cr_skip_test("skipped: this file system has no files without a name\n");
    close(nameless);
#else
    cr_skip_test("skipped: this system has no files without a name\n");
#endif
    for (int i = 0; i < TRIES; i++) {
        const pid_t child = fork();
        cr_assert(child >= 0);
        if (child == 0)
            for (;;)
                (void)file_write(path, &part, 1);
        const struct timespec pause = {.tv_nsec = (i + 1) * STEP_MS * 1000000L};
        nanosleep(&pause, NULL);
        kill(child, SIGKILL);
        cr_assert_eq(waitpid(child, NULL, 0), child);
    }
    cr_expect_eq(leftovers_but(BYTES), 0, "%d files were left behind", leftovers_but(BYTES));
    free(big);
}

Test(file_write, that_fails_half_way_leaves_the_old_file)
{
    enum { BYTES = 100000, LIMIT = 50000 };
    static const char big[BYTES];
    const struct file_part parts[] = {{"head", 4}, {big, BYTES}};
    const char *path = test_path("kept");
    struct rlimit limit;

    write_text(path, "old");
    /* A limit on the size of files makes write() come back short, then fail. */
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    const rlim_t before = limit.rlim_cur;
    limit.rlim_cur = LIMIT;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    const int status = file_write(path, parts, 2);
    limit.rlim_cur = before;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);

    cr_assert_eq(status, INCLINE_EIO, "status %d", status);
    cr_assert(strstr(incline_last_error(), path) && strstr(incline_last_error(), "make room"),
              "path and remedy expected in: %s", incline_last_error());
    check_holds(path, "old");
    cr_assert_eq(leftovers(), 0);
}

Test(file_write, names_path_and_remedy_when_it_cannot)
{
    const struct file_part part = {"x", 1};
    char missing[FILE_PATH_MAX];
    require_ok(file_join(test_path("no-such-folder"), "file", missing));
    require_fails(file_write(missing, &part, 1), INCLINE_EIO, "check the path");
    cr_assert_not_null(strstr(incline_last_error(), missing), "%s", incline_last_error());

    require_fails(file_write(test_folder(), &part, 1), INCLINE_EIO, "not a folder");
    cr_assert(file_is_folder(test_folder()));

    /* A pipe of our own stands for all that is no regular file. Never a device of the machine:
     * run with enough rights, a file_write() that is broken would replace it. */
    const char *pipe_path = test_path("pipe");
    struct stat about;
    cr_assert_eq(mkfifo(pipe_path, 0600), 0);
    require_fails(file_write(pipe_path, &part, 1), INCLINE_EIO, "device or a pipe");
    cr_assert(stat(pipe_path, &about) == 0 && S_ISFIFO(about.st_mode), "the pipe was replaced");
}

/* The link stays, whether it is relative or not, and whether the file is there already; so does a
 * link to the link. */
Test(file_write, goes_through_symbolic_links)
{
    char beyond[FILE_PATH_MAX], target[FILE_PATH_MAX];
    struct stat about;

    require_ok(file_join(test_path("folder"), "beyond", beyond));
    require_ok(file_make_folder(test_path("folder")));
    cr_assert_eq(symlink("folder/beyond", test_path("link")), 0);
    cr_assert_eq(symlink(test_path("link"), test_path("second")), 0);
    write_text(test_path("link"), "new");
    check_holds(beyond, "new");
    write_text(test_path("second"), "newer");
    check_holds(beyond, "newer");
    for (int i = 0; i < 2; i++) {
        const char *const path = test_path(i == 0 ? "link" : "second");
        cr_expect(lstat(path, &about) == 0 && S_ISLNK(about.st_mode), "%s was replaced", path);
    }
    cr_expect_eq(leftovers(), 0);

    cr_assert_eq(symlink("round", test_path("round")), 0);
    const struct file_part part = {"x", 1};
    require_fails(file_write(test_path("round"), &part, 1), INCLINE_EIO, "check the path");
    cr_assert_gt(readlink(test_path("round"), target, sizeof target), 0);
}

/* As /dev/stdout does, which is such a link: not to be written to through one of our own. */
Test(file_write, leaves_alone_what_a_link_says_is_open)
{
    const struct file_part part = {"new", 3};
    char place[64];
    struct stat about;

    if (access("/proc/self/fd", X_OK) != 0)
        cr_skip_test("skipped: this system does not show what a process has open\n");
    write_text(test_path("open"), "old");
    const int file = open(test_path("open"), O_RDONLY);
    cr_assert_geq(file, 0);
    snprintf(place, sizeof place, "/proc/self/fd/%d", file);
    cr_assert_eq(symlink(place, test_path("link")), 0);
    require_fails(file_write(test_path("link"), &part, 1), INCLINE_EIO, "a file that is open");
    require_fails(incline_file_may_write(test_path("link")), INCLINE_EIO, "a file that is open");
    cr_expect(lstat(test_path("link"), &about) == 0 && S_ISLNK(about.st_mode));
    check_holds(test_path("open"), "old");
    close(file);
}

Test(file_write, may_says_what_write_would_and_leaves_nothing)
{
    char missing[FILE_PATH_MAX];

    require_ok(file_join(test_path("no-such-folder"), "file", missing));
    require_fails(incline_file_may_write(missing), INCLINE_EIO, "check the path");
    require_fails(incline_file_may_write(test_folder()), INCLINE_EIO, "not a folder");
    require_ok(incline_file_may_write(test_path("file")));
    cr_expect(!file_exists(test_path("file")));
    write_text(test_path("file"), "old");
    require_ok(incline_file_may_write(test_path("file")));
    check_holds(test_path("file"), "old");
    require_ok(incline_file_write(test_path("file"), "new", 3));
    check_holds(test_path("file"), "new");
    cr_expect_eq(leftovers(), 0);
}

Test(file_write, into_a_folder_without_permission_leaves_the_old_file)
{
    if (geteuid() == 0)
        cr_skip_test("root may write anywhere");
    const struct file_part part = {"new", 3};
    char path[FILE_PATH_MAX];
    const char *folder = test_path("locked");
    require_ok(file_make_folder(folder));
    require_ok(file_join(folder, "file", path));
    write_text(path, "old");
    cr_assert_eq(chmod(folder, 0500), 0);
    const int status = file_write(path, &part, 1);
    cr_assert_eq(chmod(folder, 0700), 0);
    cr_assert_eq(status, INCLINE_EIO, "status %d: %s", status, incline_last_error());
    cr_assert_not_null(strstr(incline_last_error(), "permissions"), "%s", incline_last_error());
    check_holds(path, "old");
}

Test(file_write, paths_that_are_too_long_are_refused)
{
    static char name[FILE_PATH_MAX + 10];
    const struct file_part part = {"x", 1};
    char path[FILE_PATH_MAX] = "untouched";
    memset(name, 'a', sizeof name - 1);

    require_fails(file_join("folder", name, path), INCLINE_EARG, "4095");
    require_fails(file_write(name, &part, 1), INCLINE_EARG, "4095");
    require_fails(file_make_folder(name), INCLINE_EARG, "4095");
    cr_assert_str_eq(path, "untouched");
    /* "f/" and 4093 letters make 4095 characters, which just fit. */
    name[FILE_PATH_MAX - 3] = '\0';
    require_ok(file_join("f", name, path));
    cr_assert_eq(strlen(path), FILE_PATH_MAX - 1);
    require_fails(file_join("ff", name, path), INCLINE_EARG, "4096 bytes");
    /* A single part longer than the file system allows. */
    name[300] = '\0';
    require_fails(file_write(test_path(name), &part, 1), INCLINE_EIO, "shorter");
    cr_assert_eq(leftovers(), 0);
}
