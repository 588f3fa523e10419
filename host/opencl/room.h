/* room.h - what the files of the OpenCL backend share. Nobody outside host/opencl includes it. */
#ifndef INCLINE_OPENCL_ROOM_H
#define INCLINE_OPENCL_ROOM_H

#include <CL/cl.h>

#include "host/opencl/opencl.h"
#include "host/util/status.h"

/* Every kernel and the number of its arguments, which is compared with the compiler's count when
 * the program is built. */
#define OPENCL_KERNELS(X)         \
    X(fill_words, 4)              \
    X(shuffle_order, 5)           \
    X(gather_bytes, 15)           \
    X(gather_floats, 15)          \
    X(forward_block, 14)          \
    X(forward_tile, 12)           \
    X(backward_weights_block, 14) \
    X(backward_weights_tile, 11)  \
    X(backward_input_block, 13)   \
    X(backward_input_tile, 12)    \
    X(bias_activation, 6)         \
    X(activation_gradient, 6)     \
    X(bias_gradient, 8)           \
    X(softmax_xent, 12)           \
    X(softmax_xent_block, 13)     \
    X(softmax_rows, 6)            \
    X(tally_add, 7)               \
    X(update_params, 6)           \
    X(train_step, 23)             \
    X(train_step_update, 12)      \
    X(peak_fma, 5)                \
    X(peak_copy, 6)

enum opencl_kernel {
#define X(name, arguments) KERNEL_##name,
    OPENCL_KERNELS(X)
#undef X
        KERNEL_COUNT
};

/* What the kernels are compiled with; the meaning of each stands in the .cl file. */
#define OPENCL_TUNABLES(X) \
    X(WG)                  \
    X(ROW_WG)              \
    X(VEC) X(DOT_M) X(DOT_N) X(OUTER_M) X(OUTER_N) X(TILE_WG) X(TILE_ITEM) X(TILE_K) X(STEP_ROWS)

struct opencl_tuning {
#define X(name) cl_uint name;
    OPENCL_TUNABLES(X)
#undef X
};

struct opencl_buffer {
    cl_mem mem;
    size_t bytes;
};

/* The three matrix products of a dense layer. */
enum product { PRODUCT_FORWARD, PRODUCT_BACKWARD_WEIGHTS, PRODUCT_BACKWARD_INPUT };

/* Who makes a product of this shape on this device. */
struct gemm_verdict {
    enum product product;
    uint32_t rows, inputs, outputs;
    enum opencl_maker maker;
};

enum { OPENCL_MARKERS = 4 };

struct opencl_device {
    struct incline_device base;
    cl_device_id id;
    cl_context context;
    cl_command_queue queue;
    cl_program program;
    cl_kernel kernels[KERNEL_COUNT];
    struct opencl_tuning tuning;
    char key[2048];

    unsigned allowed;              /* enum opencl_maker, or-ed: those it may use */
    unsigned makers;               /* those it chooses from now */
    struct gemm_verdict *verdicts; /* [verdict_count] */
    size_t verdict_count, verdict_room;

    struct opencl_buffer scratch;     /* of one operation; grown as needed */
    cl_event snapshot;                /* the read under way, or NULL */
    cl_event markers[OPENCL_MARKERS]; /* of work queued, oldest at next_marker; NULL: none */
    unsigned next_marker, launches;
};

static inline struct opencl_device *opencl_of(struct incline_device *dev)
{
    return (struct opencl_device *)dev;
}

static inline cl_mem *opencl_mem(struct span span)
{
    return &((struct opencl_buffer *)span.buffer)->mem;
}

/* Name of an OpenCL error code, "CL_OUT_OF_RESOURCES". */
const char *opencl_error_name(cl_int code);

/* Record that `call` failed on the device with `code`; returns INCLINE_ENOMEM or INCLINE_EDEVICE.
 */
int opencl_fail(const struct opencl_device *device, cl_int code, const char *call);

/* platforms.c: the usable device number `index`. Fails with INCLINE_ENODEVICE. */
int opencl_find(uint32_t index, cl_device_id *id, struct incline_device_info *info);

/* program.c: build the kernels, from the cache if they are there. Fills program, kernels, key.
 * Fails with INCLINE_EBUILD, INCLINE_EDEVICE, INCLINE_ENOMEM. */
int opencl_program_build(struct opencl_device *device);

/* program.c: end the key with the makers that the device chooses from. */
void opencl_key_makers(struct opencl_device *device);

/* memory.c: buffers, transfers, waiting. */
int opencl_buffer_create(struct incline_device *dev, size_t bytes, struct buffer **buffer);
void opencl_buffer_destroy(struct incline_device *dev, struct buffer *buffer);
int opencl_upload(struct incline_device *dev, struct span to, enum element element, size_t count,
                  const void *from);
int opencl_download(struct incline_device *dev, struct span from, enum element element,
                    size_t count, void *to);
int opencl_snapshot(struct incline_device *dev, struct span from, enum element element,
                    size_t count, void *to);
int opencl_snapshot_ready(struct incline_device *dev, bool wait, bool *ready);
int opencl_finish(struct incline_device *dev);

/* The device's scratch memory, at least `bytes` long; its content is lost when it grows. */
int opencl_scratch(struct opencl_device *device, size_t bytes, struct span *span);

/* launch.c: an argument of a kernel. A span is two: the memory and the offset in elements. */
struct kernel_arg {
    size_t bytes;
    const void *value;
};
#define ARG(lvalue)               \
    {                             \
        sizeof(lvalue), &(lvalue) \
    }
#define SPAN_ARG(span)                  \
    {sizeof(cl_mem), opencl_mem(span)}, \
    {                                   \
        sizeof(cl_ulong), &(cl_ulong)   \
        {                               \
            (span).at                   \
        }                               \
    }

/* Queue a kernel: the only place that sets arguments. `count` is the number of arguments.
 * Keeps the queue from growing without end: waits when about 256 launches are behind. */
int opencl_launch(struct opencl_device *device, enum opencl_kernel kernel, cl_uint dims,
                  const size_t *global, const size_t *local, const struct kernel_arg *args,
                  size_t count);
#define LAUNCH(device, kernel, dims, global, local, args) \
    opencl_launch(device, kernel, dims, global, local, args, sizeof(args) / sizeof((args)[0]))

/* gemm.c: a product by whoever makes it best on this device, among those that are right. */
int gemm_forward(struct opencl_device *device, const struct dense_forward *args);
int gemm_backward_weights(struct opencl_device *device, const struct dense_backward_weights *args);
int gemm_backward_input(struct opencl_device *device, const struct dense_backward_input *args);

/* gemm.c: the door's keep_maker(). */
const char *opencl_keep_maker(struct incline_device *dev, unsigned number);

/* gemm_own.c: by gemm_block.cl or gemm_tile.cl. */
int own_forward(struct opencl_device *device, enum opencl_maker maker,
                const struct dense_forward *args);
int own_backward_weights(struct opencl_device *device, enum opencl_maker maker,
                         const struct dense_backward_weights *args);
int own_backward_input(struct opencl_device *device, enum opencl_maker maker,
                       const struct dense_backward_input *args);

/* The bias part of own_backward_weights() and clblast_backward_weights() where the kernel of the
 * product does not do it. */
int bias_gradient(struct opencl_device *device, const struct dense_backward_weights *args);

/* clblast.c: by CLBlast; INCLINE_EARG where the library was built without it. */
bool clblast_available(void);
int clblast_forward(struct opencl_device *device, const struct dense_forward *args);
int clblast_backward_weights(struct opencl_device *device,
                             const struct dense_backward_weights *args);
int clblast_backward_input(struct opencl_device *device, const struct dense_backward_input *args);
void clblast_close(void);

/* gemm_check.c: compute a product of this shape by `maker` on integer data, where every order of
 * summation gives the same bits, and say whether it is right and how long it took. A device
 * error counts as wrong. Fails with INCLINE_ENOMEM only. */
int gemm_try(struct opencl_device *device, const struct gemm_verdict *verdict, bool *right,
             double *seconds);

/* train_step.c: a whole step at once. */
bool opencl_takes_train_step(struct incline_device *dev, const struct train_step *args);
int opencl_train_step(struct incline_device *dev, const struct train_step *args);

/* peak.c: the door's measure_peak(). */
int opencl_measure_peak(struct incline_device *dev, double *flops, double *bytes);

/* ops.c: the slots, opencl_fill(), opencl_shuffle(), ... */
#define X(slot) int opencl_##slot(struct incline_device *dev, const struct slot *args);
BACKEND_SLOTS(X)
#undef X

#endif
