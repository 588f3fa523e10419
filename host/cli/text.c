/* text.c - numbers as people read them, always with a decimal point. */
#include "text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define BYTES_NO_LIMIT (UINT64_C(1) << 60)
#define PRINT(text, ...) snprintf((text).s, sizeof(text).s, __VA_ARGS__)

/* Three significant digits. */
static struct text three(double value, const char *unit)
{
    struct text t;
    PRINT(t, "%.*f%s", value < 9.995 ? 2 : value < 99.95 ? 1 : 0, value, unit);
    return t;
}

struct text text_count(uint64_t n)
{
    char digits[24];
    struct text t;
    const int length = snprintf(digits, sizeof digits, "%" PRIu64, n);
    size_t used = 0;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            t.s[used++] = ',';
        t.s[used++] = digits[i];
    }
    t.s[used] = '\0';
    return t;
}

struct text text_bytes(uint64_t bytes)
{
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB"};
    struct text t;
    double value = (double)bytes;
    size_t unit = 0;
    while (value >= 1023.5 && unit + 1 < sizeof units / sizeof *units) {
        value /= 1024.0;
        unit++;
    }
    if (bytes == 0 || bytes >= BYTES_NO_LIMIT)
        PRINT(t, "-");
    else
        PRINT(t, "%.*f %s", unit >= 3 && value < 99.95 ? 1 : 0, value, units[unit]);
    return t;
}

struct text text_rate(double rate)
{
    struct text t;
    if (!(rate > 0.0) || !isfinite(rate))
        PRINT(t, "-");
    else if (rate < 999.5)
        PRINT(t, "%.*f", rate < 9.95 ? 1 : 0, rate);
    else if (rate < 999.5e3)
        t = three(rate * 1e-3, " k");
    else if (rate < 999.5e6)
        t = three(rate * 1e-6, " M");
    else
        t = three(rate * 1e-9, " G");
    return t;
}

struct text text_span(double seconds)
{
    struct text t;
    if (!(seconds >= 0.0) || !isfinite(seconds))
        PRINT(t, "-");
    else if (seconds < 999.5e-9)
        PRINT(t, "%.0f ns", seconds * 1e9);
    else if (seconds < 999.5e-6)
        t = three(seconds * 1e6, " us");
    else if (seconds < 0.9995)
        t = three(seconds * 1e3, " ms");
    else
        t = three(seconds, " s");
    return t;
}

struct text text_clock(double seconds)
{
    struct text t;
    if (!(seconds >= 0.0) || !(seconds < 3.6e8)) {
        PRINT(t, "-");
        return t;
    }
    const unsigned long whole = (unsigned long)(seconds + 0.5);
    if (seconds < 9.95)
        PRINT(t, "%.*f s", seconds < 0.995 ? 2 : 1, seconds);
    else if (whole < 60)
        PRINT(t, "%lu s", whole);
    else if (whole < 3600)
        PRINT(t, "%lu:%02lu", whole / 60, whole % 60);
    else
        PRINT(t, "%lu:%02lu:%02lu", whole / 3600, whole / 60 % 60, whole % 60);
    return t;
}

struct text text_left(double seconds)
{
    struct text t;
    if (!(seconds < 59.0))
        return text_clock(seconds);
    PRINT(t, "%.0f s", ceil(seconds > 0.0 ? seconds : 0.0));
    return t;
}

struct text text_percent(double part)
{
    struct text t;
    if (isfinite(part))
        PRINT(t, "%.2f %%", 100.0 * part);
    else
        PRINT(t, "-");
    return t;
}

struct text text_r2(double r2)
{
    struct text t;
    snprintf(t.s, sizeof t.s, isfinite(r2) ? "%.4f" : "-", r2);
    return t;
}

struct text text_loss(double loss)
{
    struct text t;
    if (!isfinite(loss))
        PRINT(t, "%s", isnan(loss) ? "nan" : "inf");
    else if (loss < 9.99995e-5 && loss > 0.0)
        PRINT(t, "%.1e", loss);
    else
        PRINT(t, "%.*f", loss < 9.99995 ? 4 : loss < 999.95 ? 2 : 0, loss);
    return t;
}

void text_scrub(char *text)
{
    for (char *c = text; *c != '\0'; c++)
        if (((unsigned char)*c < 0x20 || *c == 0x7f) && *c != '\n')
            *c = '?';
}

struct text text_widths(const uint32_t *widths, uint32_t count)
{
    struct text t = {""};
    size_t used = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (used + 15 >= sizeof t.s) {
            snprintf(t.s + used, sizeof t.s - used, "...");
            break;
        }
        used += (size_t)snprintf(t.s + used, sizeof t.s - used, "%s%" PRIu32, i == 0 ? "" : "-",
                                 widths[i]);
    }
    return t;
}

const char *text_shell(const char *path, char *quoted, size_t bytes)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./:=,+@%";
    enum { ROOM = 4 }; /* for an apostrophe: '\\'' */
    size_t used = 1;

    if (path[0] != '\0' && path[strspn(path, plain)] == '\0')
        return path;
    for (const char *c = path; *c != '\0'; c++) {
        if (used + ROOM + 2 > bytes)
            return path;
        used += (size_t)snprintf(quoted + used, bytes - used, *c == '\'' ? "'\\%c'" : "%c", *c);
    }
    quoted[0] = quoted[used] = '\'';
    quoted[used + 1] = '\0';
    return quoted;
}
