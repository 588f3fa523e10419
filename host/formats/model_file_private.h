/* model_file_private.h - what the files model_file_*.c share; only they include it. What stands
 * behind each metadata key, model_file.h says. */
#ifndef INCLINE_FORMATS_MODEL_FILE_PRIVATE_H
#define INCLINE_FORMATS_MODEL_FILE_PRIVATE_H

#include <stdbool.h>

#include "host/formats/model_file.h"

#define MODEL_KEY_FORMAT "incline.format"
#define MODEL_KEY_NETWORK "incline.network"
#define MODEL_KEY_INPUT "incline.input"
#define MODEL_KEY_CLASSES "incline.classes"
#define MODEL_KEY_COLUMNS "incline.columns"

/* The activation of a network whose hidden layers have several. */
#define MODEL_MIXED "mixed"

/* To be raised when a reader of the old number would misread a new file. */
#define MODEL_FORMAT 1
#define MODEL_FORMAT_TEXT "1"

#define MODEL_DAMAGED "the file is damaged or was changed by another program; copy it again"

/* Was this file written by Incline, in a format this version reads? *described is false where it
 * holds none of the metadata. Fails with INCLINE_EFORMAT. */
int model_metadata_check(const struct safetensors *file, const char *path, bool *described);

/* Complete a model of the tensors of this file by what its metadata say. Fails with
 * INCLINE_EFORMAT where they lack, are damaged or contradict the tensors, INCLINE_ENOMEM. */
int model_metadata_apply(const struct safetensors *file, const char *path, incline_model *model);

#endif
