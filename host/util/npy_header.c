/* npy_header.c - what stands before the elements of an array of NumPy. */
#include "host/util/npy_header.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { HEADER_BYTES = 192, PREFIX_BYTES = 10, ALIGNMENT = 64 };

void npy_header(struct bytes *bytes, const char *type, const char *shape)
{
    char header[HEADER_BYTES];

    memset(header, ' ', sizeof header);
    const int used =
        snprintf(header + PREFIX_BYTES, sizeof header - PREFIX_BYTES,
                 "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", type, shape);
    assert(used > 0 && PREFIX_BYTES + used < HEADER_BYTES);
    header[PREFIX_BYTES + used] = ' ';
    /* Whole multiples of the alignment, the last byte the end of a line. */
    const size_t length = ((size_t)(PREFIX_BYTES + used) / ALIGNMENT + 1) * ALIGNMENT;
    memcpy(header, "\x93NUMPY\1", 7);
    header[7] = 0;
    header[8] = (char)(unsigned char)(length - PREFIX_BYTES);
    header[9] = 0;
    header[length - 1] = '\n';
    bytes_add(bytes, header, length);
}
