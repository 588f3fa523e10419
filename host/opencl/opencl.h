/* opencl.h - the OpenCL backend as host/device sees it. */
#ifndef INCLINE_OPENCL_H
#define INCLINE_OPENCL_H

#include "host/backend/backend.h"

/* Whose matrix products a device may use; several may be or-ed. */
enum opencl_maker {
    OPENCL_MAKER_PANEL = 1,  /* gemm_panel.cl, made for CPUs; gemm_dot.cl where outputs are few */
    OPENCL_MAKER_PACKED = 2, /* gemm_panel.cl with both operands packed, made for CPUs */
    OPENCL_MAKER_TILE = 4,   /* gemm_tile.cl, made for GPUs */
    OPENCL_MAKER_CLBLAST = 8,
    OPENCL_MAKERS_OWN = OPENCL_MAKER_PANEL | OPENCL_MAKER_PACKED | OPENCL_MAKER_TILE
};

/* Every device of every platform, and one entry with a reason for each platform or device that
 * cannot be used. Usable devices are numbered opencl:0, opencl:1, ... in this order. The caller
 * frees *list. Fails with INCLINE_ENOMEM. */
int opencl_list(struct incline_device_info **list, size_t *count);

/* Open usable device `index` with the makers allowed; 0 allows all that may suit its kind.
 * Fails with INCLINE_ENODEVICE, INCLINE_EDEVICE, INCLINE_EBUILD, INCLINE_ENOMEM, and
 * INCLINE_EARG for OPENCL_MAKER_CLBLAST where the library was built without it. */
int opencl_open(uint32_t index, unsigned makers, struct incline_device **device);

#endif
