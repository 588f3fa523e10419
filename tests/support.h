/* support.h - what every test program shares: checked calls, devices, temporary folders. */
#ifndef INCLINE_TESTS_SUPPORT_H
#define INCLINE_TESTS_SUPPORT_H

#include <criterion/criterion.h>
#include <string.h>

#include "incline.h"

/* The call must succeed; prints its last error if it does not. */
#define require_ok(call)                                                                    \
    do {                                                                                    \
        const int status_ = (call);                                                         \
        cr_assert(status_ == INCLINE_OK, "%s: %s: %s", #call, incline_status_text(status_), \
                  incline_last_error());                                                    \
    } while (0)

/* The call must fail with this status, and say something about `part`. */
#define require_fails(call, status, part)                                                         \
    do {                                                                                          \
        const int status_ = (call);                                                               \
        cr_assert(status_ == (status), "%s: status %d expected, %d found: %s", #call, (status),   \
                  status_, incline_last_error());                                                 \
        cr_assert(strstr(incline_last_error(), (part)) != NULL, "\"%s\" expected in: %s", (part), \
                  incline_last_error());                                                          \
    } while (0)

/* The device under test: $INCLINE_TEST_DEVICE, "reference" by default. Skips the test, saying
 * so, where that device does not exist and $INCLINE_TEST_REQUIRE is not set. */
incline_device *test_device(void);
const char *test_device_name(void);

/* True under a simulator ($INCLINE_TEST_QUICK is set): use small shapes and few steps. */
bool test_quick(void);

/* A fresh folder that goes away at the end of the test program; path lives until then. */
const char *test_folder(void);

/* A folder that all tests of the program share, in which their temporary folders lie. */
const char *test_common_folder(void);

/* path of `name` in the test's folder; the last four results stay valid. */
const char *test_path(const char *name);

/* Write a file there. */
void test_write(const char *path, const void *data, size_t bytes);

#endif
