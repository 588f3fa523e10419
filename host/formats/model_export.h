/* model_export.h - models for other programs: one writer a format, one list of them.
 *
 * A writer is told the whole and either writes the file, or says in a sentence what the format
 * cannot express. None changes the model. Each fills in the sizes of `info`. */
#ifndef INCLINE_FORMATS_MODEL_EXPORT_H
#define INCLINE_FORMATS_MODEL_EXPORT_H

#include "host/net/model.h"
#include "host/util/bytes.h"

/* What stands at the beginning of each file of C source. */
#define EXPORT_C_MARK "by Incline"

/* A file of that name is replaced only if it is an export of that kind, `mark` near its beginning,
 * or empty. Fails with INCLINE_EIO where something else is in the way. */
int export_may_replace(const char *path, const char *mark);

/* Add a line for each input that says what it is: "[0] age; where missing 31.5", and of a column of
 * texts "[1] colour = "blue": 1, else 0"; of images one line for all; nothing where it is not
 * known. UTF-8 without control characters. Fails with INCLINE_ENOMEM, INCLINE_EFORMAT. */
int inputs_text(const incline_model *model, struct bytes *out);

/* ONNX, IR 7 and opset 13: input [batch, inputs] of raw values, scaling inside the graph, Gemm with
 * W as it is (transB), activations, Softmax or Sigmoid; output "probabilities" [batch, classes or
 * labels], or "values" [batch, targets] in their own unit. The texts of model_file.h are its
 * metadata, inputs_text() what is said of the input. Fails with INCLINE_EARG (beyond protobuf's 2
 * GB), INCLINE_EIO, INCLINE_ENOMEM. */
int onnx_write(const incline_model *model, const char *path,
               const struct incline_export_options *options, struct incline_export_info *info);

/* C99 source, `path` and its header beside it: see c_source.h. Fails with INCLINE_EARG (the name
 * does not end in .c), INCLINE_EIO, INCLINE_ENOMEM. */
int c_write(const incline_model *model, const char *path,
            const struct incline_export_options *options, struct incline_export_info *info);

/* Weights and biases alone as NumPy reads them, layers.N.weight [outputs, inputs] and layers.N.bias
 * [outputs]. Fails with INCLINE_EARG (beyond the 4 GB of plain ZIP), INCLINE_EIO, INCLINE_ENOMEM.
 */
int npz_write(const incline_model *model, const char *path,
              const struct incline_export_options *options, struct incline_export_info *info);

/* A line "layer,neuron,input,value" for each weight and bias below a header of these words, in
 * order, input -1 for the bias, each value with the fewest digits that give it again;
 * numpy.loadtxt(FILE, delimiter=",", skiprows=1) reads it. Fails with INCLINE_EIO, INCLINE_ENOMEM,
 * INCLINE_EARG. */
int csv_write(const incline_model *model, const char *path,
              const struct incline_export_options *options, struct incline_export_info *info);

/* A PNG picture of the weights of each neuron of the first layer. Fails with INCLINE_EARG (no
 * libpng, or too many weights), INCLINE_EIO, INCLINE_ENOMEM. */
int neurons_write(const incline_model *model, const char *path,
                  const struct incline_export_options *options, struct incline_export_info *info);

#endif
