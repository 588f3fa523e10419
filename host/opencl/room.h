/* room.h - what the files of the OpenCL backend share. Nobody outside host/opencl includes it. */
#ifndef INCLINE_OPENCL_ROOM_H
#define INCLINE_OPENCL_ROOM_H

#include <CL/cl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "host/opencl/opencl.h"
#include "host/util/status.h"

/* Every program and the files it is made of, behind common.cl: what they build on first. A program
 * is built at the first launch of one of its kernels. The small kernels that every training or
 * evaluation needs share one, because each program has a price of its own: PoCL reads 35 ms of
 * headers. */
#define OPENCL_PROGRAMS(X)                                                                 \
    X(basics, "data.cl", "gemm_dot.cl", "loss.cl", "update.cl")                            \
    X(dense, "dense.cl")                                                                   \
    X(losses, "loss.cl", "losses.cl")                                                      \
    X(gemm_panel, "gemm_block.cl", "gemm_pack.cl", "gemm_panel.cl")                        \
    X(gemm_step, "descent.cl", "gemm_block.cl", "gemm_pack.cl", "gemm_step.cl")            \
    X(gemm_tile, "gemm_tile.cl", "gemm_split.cl")                                          \
    X(noise, "noise.cl")                                                                   \
    X(deskew, "deskew.cl")                                                                 \
    X(augment, "augment.cl")                                                               \
    X(activation, "activation.cl")                                                         \
    X(normalize, "normalize.cl")                                                           \
    X(optimizer, "descent.cl", "optimizer.cl")                                             \
    X(peak, "peak.cl")                                                                     \
    X(train_steps, "gemm_dot.cl", "loss.cl", "shape.cl", "step_first.cl", "step_lanes.cl", \
      "train_steps.cl")

enum opencl_program_index {
#define X(name, ...) PROGRAM_##name,
    OPENCL_PROGRAMS(X)
#undef X
        OPENCL_PROGRAM_COUNT
};

/* Every kernel, its program and the number of its arguments, which is compared with the compiler's
 * count when the program is built. */
#define OPENCL_KERNELS(X)                      \
    X(basics, fill_words, 4)                   \
    X(basics, shuffle_order, 8)                \
    X(basics, gather_bytes, 15)                \
    X(basics, gather_floats, 15)               \
    X(basics, forward_dot, 14)                 \
    X(gemm_panel, pack_rows, 6)                \
    X(gemm_panel, pack_columns, 6)             \
    X(gemm_panel, forward_panel, 14)           \
    X(gemm_panel, forward_packed, 14)          \
    X(gemm_panel, backward_weights_panel, 17)  \
    X(gemm_panel, backward_weights_packed, 17) \
    X(gemm_panel, backward_input_panel, 14)    \
    X(gemm_panel, backward_input_packed, 14)   \
    X(gemm_step, descent_of_panel, 34)         \
    X(gemm_step, descent_of_packed, 34)        \
    X(gemm_step, momentum_of_panel, 34)        \
    X(gemm_step, momentum_of_packed, 34)       \
    X(gemm_step, adagrad_of_panel, 34)         \
    X(gemm_step, adagrad_of_packed, 34)        \
    X(gemm_step, rmsprop_of_panel, 34)         \
    X(gemm_step, rmsprop_of_packed, 34)        \
    X(gemm_step, adam_of_panel, 34)            \
    X(gemm_step, adam_of_packed, 34)           \
    X(gemm_step, adamax_of_panel, 34)          \
    X(gemm_step, adamax_of_packed, 34)         \
    X(gemm_tile, forward_tile, 13)             \
    X(gemm_tile, forward_tall, 13)             \
    X(gemm_tile, forward_wide, 13)             \
    X(gemm_tile, forward_join, 10)             \
    X(gemm_tile, backward_weights_tile, 14)    \
    X(gemm_tile, backward_weights_tall, 14)    \
    X(gemm_tile, backward_weights_wide, 14)    \
    X(gemm_tile, gradient_join, 13)            \
    X(gemm_tile, backward_input_tile, 13)      \
    X(gemm_tile, backward_input_tall, 13)      \
    X(gemm_tile, backward_input_wide, 13)      \
    X(gemm_tile, backward_input_join, 10)      \
    X(dense, bias_activation, 6)               \
    X(dense, activation_gradient, 6)           \
    X(dense, bias_gradient, 9)                 \
    X(basics, softmax_xent, 12)                \
    X(basics, softmax_xent_block, 13)          \
    X(basics, softmax_rows, 6)                 \
    X(basics, tally_add, 7)                    \
    X(basics, update_params, 6)                \
    X(losses, gather_targets, 8)               \
    X(losses, weighted_xent, 18)               \
    X(losses, loss_sigmoid, 16)                \
    X(losses, loss_mse, 16)                    \
    X(losses, loss_mae, 16)                    \
    X(losses, loss_huber, 16)                  \
    X(losses, sum_add, 5)                      \
    X(losses, divide_by_sum, 6)                \
    X(optimizer, descent_update, 26)           \
    X(optimizer, momentum_update, 26)          \
    X(optimizer, adagrad_update, 26)           \
    X(optimizer, rmsprop_update, 26)           \
    X(optimizer, adam_update, 26)              \
    X(optimizer, adamax_update, 26)            \
    X(optimizer, lamb_direction, 26)           \
    X(optimizer, trust_parts, 8)               \
    X(optimizer, trust_join, 5)                \
    X(optimizer, trust_step, 8)                \
    X(optimizer, average_step, 6)              \
    X(optimizer, norm_parts, 6)                \
    X(optimizer, norm_join, 5)                 \
    X(optimizer, limit_row, 4)                 \
    X(train_steps, train_steps, 22)            \
    X(train_steps, train_steps_end, 11)        \
    X(noise, drop_out, 10)                     \
    X(noise, normal_noise, 8)                  \
    X(deskew, deskew_images, 8)                \
    X(augment, augment_images, 17)             \
    X(activation, apply_activation, 6)         \
    X(activation, apply_slope, 6)              \
    X(normalize, moments_columns, 14)          \
    X(normalize, moments_rows, 8)              \
    X(normalize, moments_run, 10)              \
    X(normalize, normalize_apply, 16)          \
    X(normalize, normalize_sums, 16)           \
    X(normalize, normalize_slope_columns, 18)  \
    X(normalize, normalize_slope_rows, 11)     \
    X(peak, peak_fma, 5)                       \
    X(peak, peak_copy, 6)

enum opencl_kernel {
#define X(program, name, arguments) KERNEL_##name,
    OPENCL_KERNELS(X)
#undef X
        KERNEL_COUNT
};

struct opencl_program {
    cl_program built; /* NULL until it is needed */
    char *failure;    /* why it does not compile, owned; NULL if that is not known */
    char *shape;      /* what stands before its files, owned; NULL for nothing */
};

/* What the kernels are compiled with; the meaning of each stands in the .cl file. */
#define OPENCL_TUNABLES(X) \
    X(WG)                  \
    X(ROW_WG)              \
    X(FETCH_AHEAD)         \
    X(VEC)                 \
    X(DOT_M)               \
    X(DOT_N)               \
    X(PANEL_M)             \
    X(PANEL_N)             \
    X(PANEL_K)             \
    X(TILE_X)              \
    X(TILE_Y)              \
    X(TALL_X)              \
    X(TALL_Y)              \
    X(WIDE_X)              \
    X(WIDE_Y)              \
    X(TILE_M)              \
    X(TILE_N)              \
    X(TILE_K)              \
    X(STEP_ROWS)

/* What the host goes by when it launches; programs do not depend on it.
 *   STEP_PARAMS  parameters of the largest network that takes whole steps; 0: none does
 *   STEP_SHARE   samples worth a worker of a whole step */
#define OPENCL_CHOICES(X) \
    X(STEP_PARAMS)        \
    X(STEP_SHARE)

struct opencl_tuning {
#define X(name) cl_uint name;
    OPENCL_TUNABLES(X)
    OPENCL_CHOICES(X)
#undef X
};

struct opencl_buffer {
    cl_mem mem;
    size_t bytes;
    bool wrapped;      /* memory of the host, which may go when the buffer does */
    cl_event last_use; /* behind the work that uses what it holds; NULL: none is queued */
    void *mapped;      /* memory that the host writes to now; NULL */
};

/* The three matrix products of a dense layer. */
enum product { PRODUCT_FORWARD, PRODUCT_BACKWARD_WEIGHTS, PRODUCT_BACKWARD_INPUT };

/* Who makes a product of this shape on this device. */
struct gemm_verdict {
    enum product product;
    uint32_t rows, inputs, outputs;
    enum opencl_maker maker;
};

/* What all handles of a device share; see family.c. */
struct opencl_family {
    atomic_uint handles; /* the last to leave frees it */
    atomic_uint busy;    /* handles that have buffers: those at work */
    cl_context context;
    pthread_mutex_t building; /* held by who builds a program, and of: */
    struct family_program {
        cl_program built; /* the last of its name; NULL */
        char *key;        /* all that it depends on; owned */
    } programs[OPENCL_PROGRAM_COUNT];
    pthread_mutex_t trying; /* held by who finds the maker of a product, and of: */
    struct family_verdict {
        uint64_t key; /* cache_hash() of all that the verdict depends on */
        enum opencl_maker maker;
    } * verdicts;
    size_t verdict_count;
};

enum { OPENCL_MARKERS = 4 };

struct opencl_device {
    struct incline_device base;
    cl_device_id id;
    struct opencl_family *family;
    cl_context context; /* the family's */
    cl_command_queue queue;
    cl_command_queue transfers; /* of memory that the host fills meanwhile; NULL until it does */
    struct opencl_program programs[OPENCL_PROGRAM_COUNT];
    cl_kernel kernels[KERNEL_COUNT];      /* of the programs that are built */
    struct opencl_tuning tuning, initial; /* in force; what it is without a tuning */
    char tuned_for[128];                  /* what the tuning that is kept was found for, or "" */
    bool driver_caches; /* the driver keeps compiled programs itself, so that we need not */
    char options[512];  /* that programs are built with */
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

static inline bool opencl_is_pocl(const struct incline_device_info *info)
{
    return strcmp(info->platform, "Portable Computing Language") == 0;
}

/* family.c: begin a family with the device, or make it one of a family; and the end of that, which
 * takes NULL. Creating fails with INCLINE_EDEVICE, INCLINE_ENOMEM. */
int opencl_family_create(struct opencl_device *device);
void opencl_family_join(struct opencl_device *device, struct opencl_family *family);
void opencl_family_leave(struct opencl_device *device);

/* family.c, under `building`: the program of that key, for the caller to release, NULL if none is
 * kept; and keep one in the place of what is kept of its name. */
cl_program opencl_family_program(struct opencl_family *family, enum opencl_program_index name,
                                 const char *key);
void opencl_family_keep(struct opencl_family *family, enum opencl_program_index name,
                        const char *key, cl_program built);

/* family.c, under `trying`: who makes the product of that key; and remember it. */
bool opencl_family_maker(const struct opencl_family *family, uint64_t key,
                         enum opencl_maker *maker);
int opencl_family_remember(struct opencl_family *family, uint64_t key, enum opencl_maker maker);

/* program.c: fill options, key and driver_caches. Builds nothing. */
void opencl_programs_prepare(struct opencl_device *device);
void opencl_programs_release(struct opencl_device *device);

/* program.c: put `shape` before the files of a program, which is built anew if that is another one
 * than before. Fails with INCLINE_ENOMEM. */
int opencl_program_for(struct opencl_device *device, enum opencl_program_index name,
                       const char *shape);

/* program.c: a kernel, its program built or taken from the cache if it was not needed before. A
 * program that does not compile is not tried again: it fails with the same message. Fails with
 * INCLINE_EBUILD, INCLINE_EDEVICE, INCLINE_ENOMEM. */
int opencl_kernel(struct opencl_device *device, enum opencl_kernel kernel, cl_kernel *handle);
const char *opencl_kernel_text(enum opencl_kernel kernel);

/* program.c: end the key with the makers that the device chooses from. */
void opencl_key_makers(struct opencl_device *device);

/* program.c: what a tuning is kept for: the device, its driver and Incline. */
void opencl_identity(cl_device_id id, const struct incline_device_info *info, char *text,
                     size_t bytes);

/* knobs.c: is a tuning kept for this device; and take it, where it is valid. */
bool opencl_is_tuned(cl_device_id id, const struct incline_device_info *info);
void opencl_take_tuning(struct opencl_device *device);

/* knobs.c: the door's slots. */
size_t opencl_knobs(struct incline_device *dev, struct knob *knobs);
int opencl_set_knobs(struct incline_device *dev, const uint32_t *values);
bool opencl_keep_knobs(struct incline_device *dev, const char *made_for);
void opencl_forget_knobs(struct incline_device *dev);
const char *opencl_tuned_for(struct incline_device *dev);

/* memory.c and mapping.c: buffers, transfers, waiting. */
int opencl_buffer_create(struct incline_device *dev, size_t bytes, struct buffer **buffer);
int opencl_buffer_wrap(struct incline_device *dev, const void *memory, size_t bytes,
                       struct buffer **buffer);
void opencl_buffer_destroy(struct incline_device *dev, struct buffer *buffer);
int opencl_buffer_done(struct incline_device *dev, struct buffer *buffer);
int opencl_buffer_map(struct incline_device *dev, struct buffer *buffer, bool wait, void **memory);
int opencl_buffer_unmap(struct incline_device *dev, struct buffer *buffer, void *memory);
int opencl_upload(struct incline_device *dev, struct span to, enum element element, size_t count,
                  const void *from);
int opencl_download(struct incline_device *dev, struct span from, enum element element,
                    size_t count, void *to);
int opencl_snapshot(struct incline_device *dev, struct span from, enum element element,
                    size_t count, void *to);
int opencl_snapshot_ready(struct incline_device *dev, bool wait, bool *ready);
int opencl_finish(struct incline_device *dev);

/* mapping.c: let go of what a mapped buffer has beside its memory. */
void opencl_mapping_release(struct opencl_device *device, struct opencl_buffer *buffer);

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

/* How many work-items go over a flat range if each takes VEC elements, up to whole groups of WG. */
size_t opencl_flat_items(const struct opencl_device *device, size_t count);

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
int gemm_update(struct opencl_device *device, const struct dense_update *args);
int gemm_backward_input(struct opencl_device *device, const struct dense_backward_input *args);

/* gemm.c: a product by this maker. */
int maker_forward(struct opencl_device *device, enum opencl_maker maker,
                  const struct dense_forward *args);
int maker_backward_weights(struct opencl_device *device, enum opencl_maker maker,
                           const struct dense_backward_weights *args);
int maker_backward_input(struct opencl_device *device, enum opencl_maker maker,
                         const struct dense_backward_input *args);

/* gemm.c: the door's keep_maker() and known_makers(). */
const char *opencl_keep_maker(struct incline_device *dev, unsigned number);
void opencl_known_makers(struct incline_device *dev, incline_maker_fn report, void *user);

/* gemm_panel.c: by gemm_panel.cl, with A packed or not, or by gemm_dot.cl. */
int panel_forward(struct opencl_device *device, bool packed, const struct dense_forward *args);
int panel_update(struct opencl_device *device, bool packed, const struct dense_update *args);
int panel_backward_weights(struct opencl_device *device, bool packed,
                           const struct dense_backward_weights *args);
int panel_backward_input(struct opencl_device *device, bool packed,
                         const struct dense_backward_input *args);

/* gemm_tile.c: the launches of gemm_tile.cl, and of gemm_split.cl where the sums are cut. */
int tile_forward(struct opencl_device *device, const struct dense_forward *args);
int tile_backward_weights(struct opencl_device *device, const struct dense_backward_weights *args);
int tile_backward_input(struct opencl_device *device, const struct dense_backward_input *args);

/* gemm_tile.c: the bias part of clblast_backward_weights(). */
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

/* train_steps.c: whole steps at once. */
bool opencl_takes_train_steps(struct incline_device *dev, const struct train_steps *args);
int opencl_train_steps(struct incline_device *dev, const struct train_steps *args);

/* ops_losses.c: the targets' part of gather. */
int opencl_gather_targets(struct opencl_device *device, const struct gather *args);

/* peak.c: the door's measure_peak(). */
int opencl_measure_peak(struct incline_device *dev, double *flops, double *bytes);

/* ops.c and ops_optimizer.c: the slots, opencl_fill(), opencl_shuffle(), ... */
#define X(slot) int opencl_##slot(struct incline_device *dev, const struct slot *args);
BACKEND_SLOTS(X)
#undef X

/* ---- optimizers ---- */

/* What is the same for every parameter of a step: DESCENT_ARGS of descent.cl. */
struct opencl_descent {
    cl_float rate, keep, l2, l1, clip_value, beta1, rest1, beta2, rest2, epsilon, root;
    cl_uint ahead;
};
struct opencl_descent opencl_descent(const struct update *args);

#define OPENCL_DESCENT_ARGS(d)                                                                   \
    ARG((d).rate), ARG((d).keep), ARG((d).l2), ARG((d).l1), ARG((d).clip_value), ARG((d).beta1), \
        ARG((d).rest1), ARG((d).beta2), ARG((d).rest2), ARG((d).epsilon), ARG((d).root),         \
        ARG((d).ahead)

#endif
