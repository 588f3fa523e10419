/* status.h - how a function says that it failed: a status, and the text behind it. */
#ifndef INCLINE_UTIL_STATUS_H
#define INCLINE_UTIL_STATUS_H

#include "incline_status.h"

/* Record what happened, for incline_last_error(), and return `status`.
 * Guard clauses write: return FAIL(INCLINE_EARG, "batch of %u rows", rows). */
#define FAIL(status, ...) status_fail((status), __VA_ARGS__)

/* Evaluate a call that returns a status; on failure jump to `out` with it in `rc`. */
#define TRY(call)             \
    do {                      \
        rc = (call);          \
        if (rc != INCLINE_OK) \
            goto out;         \
    } while (0)

#if defined(__GNUC__)
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))
#else
#define PRINTF_LIKE(text, first)
#endif

/* Keeps the text for this thread, cut at 1023 characters. Returns `status`. */
int status_fail(int status, const char *format, ...) PRINTF_LIKE(2, 3);

/* Put "context: " before the text of a failure that is being passed on. Returns `status`. */
int status_context(int status, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
