/* bytes.h - a file in the making: bytes that grow in memory until they are written at once. */
#ifndef INCLINE_UTIL_BYTES_H
#define INCLINE_UTIL_BYTES_H

#include <stdbool.h>
#include <stddef.h>

#include "host/util/status.h"

/* All zero is empty. Memory that runs out is remembered, not reported: what follows is dropped,
 * and bytes_check() or bytes_write() says so, once, at the end. */
struct bytes {
    unsigned char *data; /* [count]; owned */
    size_t count, room;
    bool failed;
};

/* Append data, or text without its zero. */
void bytes_add(struct bytes *bytes, const void *data, size_t count);
void bytes_print(struct bytes *bytes, const char *format, ...) PRINTF_LIKE(2, 3);

/* Put data in at `at` <= count; what stood there moves behind it. */
void bytes_insert(struct bytes *bytes, size_t at, const void *data, size_t count);

/* Append a number in `count` <= 8 bytes, the lowest first. */
void bytes_little(struct bytes *bytes, unsigned long long value, size_t count);

/* Fails with INCLINE_ENOMEM, naming `path`, if memory ran out. */
int bytes_check(const struct bytes *bytes, const char *path);

/* Replace the file by these bytes, whole or not at all. Fails with INCLINE_ENOMEM, INCLINE_EIO,
 * INCLINE_EARG (the path is too long). */
int bytes_write(const struct bytes *bytes, const char *path);

void bytes_clear(struct bytes *bytes);

#endif
