/* model_file_private.h - what the files model_file_*.c share; only they include it. What stands
 * behind each metadata key, model_file.h says. */
#ifndef INCLINE_FORMATS_MODEL_FILE_PRIVATE_H
#define INCLINE_FORMATS_MODEL_FILE_PRIVATE_H

#include <jansson.h>
#include <stdbool.h>

#include "host/formats/model_file.h"

#define MODEL_KEY_FORMAT "incline.format"
#define MODEL_KEY_NETWORK "incline.network"
#define MODEL_KEY_INPUT "incline.input"
#define MODEL_KEY_CLASSES "incline.classes"
#define MODEL_KEY_OUTPUT "incline.output"
#define MODEL_KEY_COLUMNS "incline.columns"

/* The activation of a network whose hidden layers have several. */
#define MODEL_MIXED "mixed"

/* To be raised when a reader of the old number would misread a new file. A file says the lowest
 * number whose readers understand it: 2 with tasks other than one of several classes, or with a
 * scaling of each input; 3 with normalisation; 4 with images made upright. */
#define MODEL_FORMAT 4

#define MODEL_DAMAGED "the file is damaged or was changed by another program; copy it again"

/* foreign_read.c: build a model of tensors that go by other names. Fails with INCLINE_EFORMAT,
 * INCLINE_ENOMEM. */
int model_from_foreign(const struct safetensors *file, const char *path, incline_model **model);

/* model_file_scaling.c: [...] of `count` floats; NULL: no memory. */
json_t *model_floats_json(const float *values, uint32_t count);

/* model_file_scaling.c: the text of incline.output; NULL: no memory. */
json_t *model_output_json(const incline_model *model);

/* model_file_scaling.c: read a list of `count` finite floats into values[count]. False where it is
 * none. */
bool model_json_floats(const json_t *list, uint32_t count, float *values);

/* model_file_scaling.c: scale and shift of each input, from lists, into the model; what
 * incline.output says, into the model. Fail with INCLINE_EFORMAT, INCLINE_ENOMEM. */
int model_apply_input_lists(const char *path, const json_t *input, incline_model *model);
int model_apply_output(const char *path, const json_t *output, incline_model *model);

/* model_file_norms.c: how many tensors normalisation has, and add them to a layout. */
size_t model_norm_count(const struct net *net);
void model_add_norms(struct model_layout *layout, const incline_model *model);

/* model_file_norms.c: every one of them must be finite, and no variance below 0. Fails with
 * INCLINE_EFORMAT. */
int model_check_norms_finite(const incline_model *model, const char *path);

/* model_file_norms.c: the word of incline.network, NULL where it has none, into the model. Fails
 * with INCLINE_EFORMAT, INCLINE_ENOMEM. */
int model_apply_normalization(const char *path, const char *text, incline_model *model);

/* model_file_norms.c: read the tensors of normalisation. Where the file does not say which kind it
 * is, it is batch normalisation with running means, else layer normalisation; none without gains.
 * Fails with INCLINE_EFORMAT, INCLINE_ENOMEM. */
int model_read_norms(const struct safetensors *file, const char *path, bool described,
                     incline_model *model);

/* Was this file written by Incline, in a format this version reads? *described is false where it
 * holds none of the metadata. Fails with INCLINE_EFORMAT. */
int model_metadata_check(const struct safetensors *file, const char *path, bool *described);

/* Complete a model of the tensors of this file by what its metadata say. Fails with
 * INCLINE_EFORMAT where they lack, are damaged or contradict the tensors, INCLINE_ENOMEM. */
int model_metadata_apply(const struct safetensors *file, const char *path, incline_model *model);

#endif
