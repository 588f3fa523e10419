/* model_file.h - models as safetensors: PyTorch's names, and in __metadata__ all the rest.
 *
 *   layers.N.weight   F32 [outputs, inputs]
 *   layers.N.bias     F32 [outputs]
 *   incline.format    "1"
 *   incline.network   {"widths":[784,10,10],"activation":"relu","trained_on":"mnist"}
 *                     where hidden layers differ: "activation":"mixed","activations":["tanh",
 *                     "relu","linear"], one for each layer
 *   incline.input     {"scale":0.00392156886,"shift":0.0,"image":[28,28]}; no image: no entry;
 *                     where each input has its own, scale and shift are lists; "deskew":true
 *                     where the network sees its images upright
 *   incline.output    {"task":"regression","scale":[2.5],"shift":[-1.0]}; absent for one of several
 *                     classes, scale and shift where targets are scaled
 *   incline.classes   ["0","1",...]
 *   incline.columns   only if it was trained on a table: what its columns mean, as
 *                     host/data/columns_text.c writes it; kept here, not looked into
 *
 * No time and no place is noted: the same model gives the same bytes. A file without any of
 * these texts, as PyTorch writes it, is a network whose scaling of inputs is not known, nor its
 * activation: ReLU is assumed. Its layers may be numbered with gaps, as torch.nn.Sequential does,
 * or have other names (foreign_read.c), and be of F16, BF16 or F64. One output is a number. */
#ifndef INCLINE_FORMATS_MODEL_FILE_H
#define INCLINE_FORMATS_MODEL_FILE_H

#include "host/formats/safetensors.h"
#include "host/net/model.h"

/* Most texts a model needs, and the longest name of a tensor. */
enum { MODEL_TEXTS = 6, MODEL_NAME_BYTES = 32 };

/* A model laid out for safetensors_write(), so that a checkpoint can add to it. */
struct model_layout {
    struct safetensors_tensor *tensors; /* [tensor_count], pointing into the model */
    char (*names)[MODEL_NAME_BYTES];    /* [tensor_count] */
    size_t tensor_count;
    struct safetensors_text texts[MODEL_TEXTS];
    size_t text_count;
    char *strings[MODEL_TEXTS]; /* what texts[].value points at; owned */
};

/* Describe a model. The layout points into the model: use it while that lives, then clear it.
 * Names that are not UTF-8 are written with '?' for each byte that is not ASCII, so that a
 * name never keeps a model from being saved. Fails with INCLINE_ENOMEM. */
int model_layout_init(struct model_layout *layout, const incline_model *model);
void model_layout_clear(struct model_layout *layout);

/* Every parameter must be finite. `path` is for the message, which names tensor and place.
 * Fails with INCLINE_EFORMAT. */
int model_check_finite(const incline_model *model, const char *path);

/* Build a model from a file that was read. `path` is for messages. Tensors that are not
 * layers.N.weight or layers.N.bias, or norms.N.weight and so on, are left alone. Fails with
 * INCLINE_EFORMAT (no layers, shapes that do not chain, a wrong type, metadata that contradict the
 * tensors, values that are not finite, a newer format version), INCLINE_ENOMEM. */
int model_from_safetensors(const struct safetensors *file, const char *path, incline_model **model);

/* Build a model from an ONNX file: a chain of Gemm, or MatMul and Add, with constant weights, known
 * activations between them however they are spelled, a scaling of the input before, a softmax or
 * nothing behind; Flatten, Reshape, Dropout and the like are passed over. Fails with
 * INCLINE_EFORMAT (damaged, or another kind of network), INCLINE_EIO, INCLINE_ENOMEM. */
int model_from_onnx(const char *path, incline_model **model);

#endif
