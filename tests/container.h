/* container.h - safetensors files made by hand, and what a refusal of one must say. */
#ifndef INCLINE_TESTS_CONTAINER_H
#define INCLINE_TESTS_CONTAINER_H

#include <stdlib.h>
#include <string.h>

#include "support.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { LENGTH_BYTES = 8 };

/* Write a container: the header's true length, or `length` where that is not 0, the header, and
 * the data; cut at `cut` bytes where that is not 0. */
static inline void write_container(const char *path, const char *header, uint64_t length,
                                   const void *data, size_t data_bytes, size_t cut)
{
    const size_t header_bytes = strlen(header);
    const size_t bytes = LENGTH_BYTES + header_bytes + data_bytes;
    unsigned char *const file = calloc(bytes, 1);

    cr_assert(file != NULL);
    if (length == 0)
        length = header_bytes;
    for (int i = 0; i < LENGTH_BYTES; i++)
        file[i] = (unsigned char)(length >> 8 * i);
    memcpy(file + LENGTH_BYTES, header, header_bytes);
    if (data != NULL)
        memcpy(file + LENGTH_BYTES + header_bytes, data, data_bytes);
    test_write(path, file, cut == 0 ? bytes : cut);
    free(file);
}

/* The message must name the file, the place and a remedy. */
static inline void expect_refused(const char *row, int status, int expected, const char *path,
                                  const char *says)
{
    static const char *const remedies[] = {"copy it again", "save ", "update Incline",
                                           "check which file was meant", "can be read"};
    const char *const message = incline_last_error();
    bool remedy = false;

    cr_expect(status == expected, "%s: status %d expected, %d found: %s", row, expected, status,
              message);
    cr_expect(strstr(message, path) != NULL, "%s: the file is not named: %s", row, message);
    cr_expect(strstr(message, says) != NULL, "%s: \"%s\" expected in: %s", row, says, message);
    for (size_t i = 0; i < COUNT(remedies); i++)
        remedy = remedy || strstr(message, remedies[i]) != NULL;
    cr_expect(remedy, "%s: no remedy in: %s", row, message);
}

#endif
