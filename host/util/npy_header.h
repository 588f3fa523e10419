/* npy_header.h - what stands before the elements of an array of NumPy. */
#ifndef INCLINE_UTIL_NPY_HEADER_H
#define INCLINE_UTIL_NPY_HEADER_H

#include "host/util/bytes.h"

/* Append magic, version 1.0 and header, so that the elements begin at a multiple of 64 bytes.
 *   type   "<f4", and the elements in C order
 *   shape  "150, 4" or "150,": as a tuple of Python has it, at most 80 characters
 * Source: numpy.lib.format. */
void npy_header(struct bytes *bytes, const char *type, const char *shape);

#endif
