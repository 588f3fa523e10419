/* mapped.h - files that are too large to be copied into memory. */
#ifndef INCLINE_DATA_MAPPED_H
#define INCLINE_DATA_MAPPED_H

#include <stddef.h>

/* Files of this many bytes and more are not copied, but read where they lie. */
enum { MAPPED_BYTES = 1 << 30 };

struct mapped {
    void *base; /* NULL: no file is mapped */
    size_t bytes;
    int file; /* the same, to read from: for long runs cheaper than a fault for each page */
};

/* Map the open file `file`, `path` for the message, of `bytes` bytes, to be read only; it may be
 * closed then, but must not be made shorter. Fails with INCLINE_EIO. */
int mapped_open(const char *path, int file, size_t bytes, struct mapped *mapped);
void mapped_close(struct mapped *mapped);

#endif
