/* support.c - see support.h. Also makes Criterion's verdict honest: a program in which no test
 * ran fails, one whose tests were all skipped ends with SKIPPED, and skips say why.
 *
 * Criterion runs each test in a process of its own, started from this same program. The hooks
 * run in the parent only; the temporary folder is made and removed there, so that it goes away
 * even when a test crashes, and its name reaches the tests through the environment. */
#include "support.h"

#include <criterion/hooks.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FOLDER_VARIABLE "INCLINE_TEST_FOLDER"

enum { PATH_BYTES = 4096, PATHS = 4, SKIPPED = 77 /* CTest's SKIP_RETURN_CODE */ };

/* LeakSanitizer asks for these. LLVM keeps what it allocated when PoCL first compiles a kernel.
 * PoCL itself is not named here, so that a cl_mem nobody released is still reported. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:libLLVM\nleak:libclang-cpp\nleak:pocl_check_kernel_disk_cache\n";
}

#ifdef __SANITIZE_ADDRESS__
/* Is another thread of this process at work? False where it cannot be known. */
static bool others_work(void)
{
    DIR *tasks = opendir("/proc/self/task");
    bool work = false;

    if (tasks == NULL)
        return false;
    for (struct dirent *entry; !work && (entry = readdir(tasks)) != NULL;) {
        char path[PATH_BYTES], line[256] = "";
        snprintf(path, sizeof path, "/proc/self/task/%s/stat", entry->d_name);
        if (entry->d_name[0] == '.' || atol(entry->d_name) == (long)getpid())
            continue;
        FILE *file = fopen(path, "r");
        if (file == NULL)
            continue;
        const size_t length = fread(line, 1, sizeof line - 1, file);
        line[length] = '\0';
        const char *state = strrchr(line, ')'); /* "1234 (name) S ..." */
        work = state != NULL && strncmp(state, ") S", 3) != 0;
        fclose(file);
    }
    closedir(tasks);
    return work;
}

/* gcc 12's AddressSanitizer does not take its own locks before a fork. If Criterion's messenger
 * thread happens to allocate then, the child finds them held for ever and spins. So wait until
 * that thread sleeps; the second that this may take at most is never needed. */
static void wait_for_others(void)
{
    for (int i = 0; i < 1000 && others_work(); i++)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}
#endif

/* Remove `name` in the open folder `parent` with all that is in it. Links are not followed. */
static void remove_tree(int parent, const char *name)
{
    const int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);

    if (folder != NULL) {
        for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
            if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                remove_tree(dirfd(folder), entry->d_name);
        closedir(folder);
        unlinkat(parent, name, AT_REMOVEDIR);
        return;
    }
    if (fd >= 0)
        close(fd);
    unlinkat(parent, name, 0);
}

ReportHook(PRE_ALL)(struct criterion_test_set *tests)
{
    const char *base = getenv("TMPDIR");
    char path[PATH_BYTES];

    (void)tests;
#ifdef __SANITIZE_ADDRESS__
    pthread_atfork(wait_for_others, NULL, NULL);
#endif
    const int length = snprintf(path, sizeof path, "%s/incline-test-XXXXXX",
                                base != NULL && base[0] != '\0' ? base : "/tmp");
    if (length < 0 || (size_t)length >= sizeof path || mkdtemp(path) == NULL ||
        setenv(FOLDER_VARIABLE, path, 1) != 0) {
        fprintf(stderr, "%s: no temporary folder: %s; set TMPDIR\n", path, strerror(errno));
        _exit(EXIT_FAILURE);
    }
}

ReportHook(POST_ALL)(struct criterion_global_stats *stats)
{
    const char *folder = getenv(FOLDER_VARIABLE);
    const size_t ran = stats->tests_passed + stats->tests_failed + stats->tests_crashed;
    size_t skipped = 0;

    if (folder != NULL)
        remove_tree(AT_FDCWD, folder);

    /* tests_skipped also counts what a filter left out; only a skip has a message. */
    for (const struct criterion_suite_stats *suite = stats->suites; suite; suite = suite->next)
        for (const struct criterion_test_stats *test = suite->tests; test; test = test->next)
            if (test->test_status == CR_STATUS_SKIPPED && test->message != NULL) {
                fprintf(stderr, "[SKIP] %s::%s: %s\n", test->test->category, test->test->name,
                        test->message);
                skipped++;
            }
    if (ran > 0)
        return;
    fprintf(stderr, skipped > 0 ? "All tests were skipped.\n" : "[FAIL] no test ran\n");
    fflush(NULL);
    _exit(skipped > 0 ? SKIPPED : EXIT_FAILURE);
}

const char *test_device_name(void)
{
    const char *name = getenv("INCLINE_TEST_DEVICE");
    return name != NULL && name[0] != '\0' ? name : "reference";
}

incline_device *test_device(void)
{
    const struct incline_device_options options = {.name = test_device_name()};
    incline_device *device = NULL;
    const int status = incline_device_open(&options, &device);

    if (status == INCLINE_ENODEVICE && getenv("INCLINE_TEST_REQUIRE") == NULL)
        cr_skip_test("no device \"%s\": %s", options.name, incline_last_error());
    cr_assert(status == INCLINE_OK, "device \"%s\": %s: %s", options.name,
              incline_status_text(status), incline_last_error());
    return device;
}

bool test_quick(void)
{
    const char *quick = getenv("INCLINE_TEST_QUICK");
    return quick != NULL && quick[0] != '\0' && strcmp(quick, "0") != 0;
}

const char *test_common_folder(void)
{
    const char *folder = getenv(FOLDER_VARIABLE);
    cr_assert(folder != NULL, "%s is not set: was main() replaced?", FOLDER_VARIABLE);
    return folder;
}

const char *test_folder(void)
{
    static char folder[PATH_BYTES]; /* one process, one test */

    if (folder[0] != '\0')
        return folder;
    const char *base = test_common_folder();
    const int length = snprintf(folder, sizeof folder, "%s/XXXXXX", base);
    cr_assert(length > 0 && (size_t)length < sizeof folder, "%s: the path is too long", base);
    cr_assert(mkdtemp(folder) != NULL, "%s: %s", folder, strerror(errno));
    return folder;
}

const char *test_path(const char *name)
{
    static char paths[PATHS][PATH_BYTES];
    static unsigned next;

    char *path = paths[next++ % PATHS];
    const int length = snprintf(path, PATH_BYTES, "%s/%s", test_folder(), name);
    cr_assert(length > 0 && length < PATH_BYTES, "%s: the path is too long", name);
    return path;
}

void test_write(const char *path, const void *data, size_t bytes)
{
    FILE *file = fopen(path, "wb");

    cr_assert(file != NULL, "%s: %s", path, strerror(errno));
    const size_t written = bytes == 0 ? 0 : fwrite(data, 1, bytes, file);
    const int closed = fclose(file);
    cr_assert(written == bytes && closed == 0, "%s: %zu of %zu bytes written: %s", path, written,
              bytes, strerror(errno));
}
