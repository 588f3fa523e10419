/* status.c - the last-error text of each thread, and the names of the statuses. */
#include "host/util/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "incline.h"

static _Thread_local char last_error[1024];

int status_fail(int status, const char *format, ...)
{
    char text[sizeof last_error];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    memcpy(last_error, text, sizeof text);
    return status;
}

int status_context(int status, const char *format, ...)
{
    char text[2 * sizeof last_error + 2];
    va_list args;

    va_start(args, format);
    const int used = vsnprintf(text, sizeof last_error, format, args);
    va_end(args);
    const size_t at = used < 0 ? 0 : strlen(text);
    snprintf(text + at, sizeof text - at, ": %s", last_error);
    text[sizeof last_error - 1] = '\0';
    memcpy(last_error, text, sizeof last_error);
    return status;
}

const char *incline_last_error(void)
{
    return last_error;
}

const char *incline_status_text(int status)
{
    switch (status) {
#define X(name, value, text) \
    case value:              \
        return text;
        INCLINE_STATUS_LIST(X)
#undef X
    }
    return "unknown status";
}

const char *incline_version(void)
{
    return INCLINE_VERSION;
}
