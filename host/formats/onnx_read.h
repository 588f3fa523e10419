/* onnx_read.h - what the files onnx_read*.c share; only they include it.
 *
 * onnx_read_file.c finds nodes, tensors and texts in the file, onnx_read.c follows the values from
 * the input on and builds a model of them, onnx_read_value.c knows what each operation does to a
 * value. */
#ifndef INCLINE_FORMATS_ONNX_READ_H
#define INCLINE_FORMATS_ONNX_READ_H

#include "host/formats/protobuf.h"
#include "host/net/model.h"

enum { ONNX_DIMS = 4, ONNX_INPUTS = 8, ONNX_PROBES = 49 };

/* A text in the file; not ended by a zero. */
struct slice {
    const char *text;
    size_t bytes;
};
bool slice_is(struct slice slice, const char *text);
bool slice_same(struct slice a, struct slice b);

/* A text of a file, fit for a message. */
struct slice_text {
    char text[64];
};
struct slice_text slice_quote(struct slice slice);

/* What is known of a value of the graph. */
enum onnx_kind {
    ONNX_UNKNOWN,  /* nothing; no layer may depend on it */
    ONNX_TENSOR,   /* constant */
    ONNX_FUNCTION, /* what a layer puts out (or the input is), through a function of each element */
    ONNX_SOFTMAX   /* probabilities of what the last layer puts out */
};

struct onnx_value {
    struct slice name;
    enum onnx_kind kind;
    /* ONNX_TENSOR */
    uint32_t dims;
    uint64_t shape[ONNX_DIMS];
    float *values; /* [count]; NULL for tensors of other types than floats; owned */
    size_t count;
    /* ONNX_FUNCTION: of the layer with this number (0: the input), at probe points. A layer counts
     * how often its sums were changed, so that a value from before such a change is noticed. */
    uint32_t layer, changes;
    double at[ONNX_PROBES];
};

struct onnx_node {
    struct slice op;
    struct slice inputs[ONNX_INPUTS];
    uint32_t input_count;
    struct slice output; /* the first */
    struct protobuf message;
};

struct onnx_text {
    char *key, *value; /* owned */
};

struct onnx_file {
    const char *path;
    unsigned char *block;
    struct onnx_node *nodes;
    size_t node_count, node_room;
    struct onnx_value *values; /* tensors first, then what nodes put out */
    size_t value_count, value_room;
    struct onnx_text *texts;
    size_t text_count, text_room;
    struct slice input; /* the only input that is no tensor */
};

/* Read a file's parts. Fails with INCLINE_EIO, INCLINE_EFORMAT, INCLINE_ENOMEM. */
int onnx_file_read(const char *path, struct onnx_file *file);
void onnx_file_close(struct onnx_file *file);

/* Add a value; *made points to it until the next is added. Fails with INCLINE_ENOMEM. */
int onnx_add_value(struct onnx_file *file, struct slice name, struct onnx_value **made);

/* The value of that name, NULL if there is none. */
struct onnx_value *onnx_find(const struct onnx_file *file, struct slice name);

/* An attribute of a node, or `otherwise`. Fails with INCLINE_EFORMAT. */
int onnx_attribute_int(const struct onnx_node *node, const char *name, int64_t otherwise,
                       int64_t *value);
int onnx_attribute_float(const struct onnx_node *node, const char *name, float otherwise,
                         float *value);

/* A tensor message into a value. */
int onnx_read_tensor(struct protobuf message, struct onnx_value *value);

/* Where functions are looked at. */
double onnx_probe(unsigned i);

/* Is this node an operation on each element, and of functions of one layer and of single numbers
 * alone? Then *result, whose name stays, is that function. Fails with INCLINE_EFORMAT. */
int onnx_elementwise(const struct onnx_node *node, const struct onnx_value *const *inputs,
                     struct onnx_value *result, bool *known);

/* What is done to the input before the first layer: (x * scale + shift) of each input its own,
 * where `each` is there, then value * scale + shift of all. */
struct onnx_scaling {
    double scale, shift;
    float *each;      /* [2, count] or NULL; owned */
    size_t count;     /* inputs */
    uint32_t changes; /* a value of the input from before the last change is noticed by it */
};

/* Is this node a sum, difference, product or quotient of the input and a constant with a number for
 * each input? Then it joins the scaling, and *result is what comes out. Fails with INCLINE_ENOMEM.
 */
int onnx_scale_each(const struct onnx_node *node, const struct onnx_value *const *inputs,
                    struct onnx_scaling *scaling, struct onnx_value *result, bool *known);

/* The scaling as it is when a layer takes `value`; false if it is none. */
bool onnx_scaling_end(const struct onnx_value *value, struct onnx_scaling *scaling);

/* The activation that a function is; false if it is none of ours. */
bool onnx_identify(const struct onnx_value *value, enum incline_activation *activation);

/* Is it scale * z + shift? */
bool onnx_affine(const struct onnx_value *value, double *scale, double *shift);

/* Weights that are stored the other way round: a copy of a matrix, transposed, under the name that
 * *result has. Fails with INCLINE_ENOMEM. */
int onnx_transpose(const char *path, const struct onnx_value *input, struct onnx_value *result);

/* Is this where Incline scales numbers back, or makes two probabilities of one sum? */
bool onnx_is_own_end(const struct onnx_node *node);

#endif
