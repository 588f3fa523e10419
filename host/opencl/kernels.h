/* kernels.h - the texts of the kernels, carried in the library; see kernels/embed.cmake.
 *
 * Knows no OpenCL: program.c compiles them. */
#ifndef INCLINE_OPENCL_KERNELS_H
#define INCLINE_OPENCL_KERNELS_H

#include <stddef.h>

struct kernel_source {
    const char *name; /* file in kernels/: "gemm.cl" */
    const char *text; /* begins with #line, so that messages name the file; ends with '\0' */
    size_t bytes;     /* of the text, without the '\0' */
};

/* Every file in kernels/: common.cl, which the others build on, then the rest by name.
 * The entry behind the last one has a NULL name. */
extern const struct kernel_source kernel_sources[];

#endif
