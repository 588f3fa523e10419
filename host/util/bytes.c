/* bytes.c - bytes that grow; see bytes.h. */
#include "host/util/bytes.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/util/file.h"

enum { FIRST_ROOM = 4096, TEXT_ROOM = 512 };

/* Is there room for `count` more? */
static bool reserve(struct bytes *bytes, size_t count)
{
    if (bytes->failed)
        return false;
    if (count <= bytes->room - bytes->count)
        return true;
    size_t room = bytes->room == 0 ? (size_t)FIRST_ROOM : bytes->room;
    while (room - bytes->count < count && room <= SIZE_MAX / 2)
        room *= 2;
    unsigned char *const larger = room - bytes->count < count ? NULL : realloc(bytes->data, room);
    if (larger == NULL) {
        bytes->failed = true;
        return false;
    }
    bytes->data = larger;
    bytes->room = room;
    return true;
}

void bytes_insert(struct bytes *bytes, size_t at, const void *data, size_t count)
{
    if (count == 0 || !reserve(bytes, count))
        return;
    assert(at <= bytes->count);
    memmove(bytes->data + at + count, bytes->data + at, bytes->count - at);
    memcpy(bytes->data + at, data, count);
    bytes->count += count;
}

void bytes_add(struct bytes *bytes, const void *data, size_t count)
{
    bytes_insert(bytes, bytes->count, data, count);
}

void bytes_print(struct bytes *bytes, const char *format, ...)
{
    va_list arguments;

    if (!reserve(bytes, TEXT_ROOM))
        return;
    va_start(arguments, format);
    const int wanted = vsnprintf((char *)bytes->data + bytes->count, TEXT_ROOM, format, arguments);
    va_end(arguments);
    if (wanted < 0) {
        bytes->failed = true;
    } else if (wanted < TEXT_ROOM) {
        bytes->count += (size_t)wanted;
    } else if (reserve(bytes, (size_t)wanted + 1)) {
        va_start(arguments, format);
        vsnprintf((char *)bytes->data + bytes->count, (size_t)wanted + 1, format, arguments);
        va_end(arguments);
        bytes->count += (size_t)wanted;
    }
}

void bytes_little(struct bytes *bytes, unsigned long long value, size_t count)
{
    unsigned char low_first[sizeof value];

    assert(count <= sizeof low_first);
    for (size_t i = 0; i < count; i++)
        low_first[i] = (unsigned char)(value >> 8 * i);
    bytes_add(bytes, low_first, count);
}

int bytes_check(const struct bytes *bytes, const char *path)
{
    if (bytes->failed)
        return FAIL(INCLINE_ENOMEM,
                    "%s: no memory beyond its first %zu bytes; close other programs", path,
                    bytes->count);
    return INCLINE_OK;
}

int bytes_write(const struct bytes *bytes, const char *path)
{
    const int rc = bytes_check(bytes, path);
    return rc != INCLINE_OK ? rc
                            : file_write(path, &(struct file_part){bytes->data, bytes->count}, 1);
}

void bytes_clear(struct bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct bytes){0};
}
