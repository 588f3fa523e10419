/* safetensors.h - the container format: named tensors and a table of texts in one file.
 *
 *   8 bytes   length of the header, little-endian
 *   header    JSON: {"__metadata__": {text: text}, name: {"dtype", "shape", "data_offsets"}}
 *   data      the tensors, little-endian, without holes or overlaps
 *
 * Knows nothing of networks; model_file.c and host/train/checkpoint.c give it meaning. */
#ifndef INCLINE_FORMATS_SAFETENSORS_H
#define INCLINE_FORMATS_SAFETENSORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SAFETENSORS_DIMS = 4 };

struct safetensors_tensor {
    const char *name;  /* UTF-8 */
    const char *dtype; /* "F32", "U32", ... */
    uint32_t dims;     /* at most SAFETENSORS_DIMS */
    uint64_t shape[SAFETENSORS_DIMS];
    const void *data; /* aligned for its type */
    size_t bytes;
};

struct safetensors_text {
    const char *key;
    const char *value; /* UTF-8 */
};

/* Write a file, whole or not at all. The same content gives the same bytes: keys stand in the
 * order given, the header is padded with spaces to 8 bytes. Names and keys are each given once,
 * shapes and lengths agree. Fails with INCLINE_EIO, INCLINE_ENOMEM, INCLINE_EARG (a name, key or
 * value is not UTF-8; a header beyond the format's 100 MB). */
int safetensors_write(const char *path, const struct safetensors_tensor *tensors, size_t count,
                      const struct safetensors_text *texts, size_t text_count);

/* Are its elements F32, or F16, BF16 or F64, which can be made F32? */
bool safetensors_are_floats(const struct safetensors_tensor *tensor);

/* values[elements] = the elements, rounded where they are wider. False for other types. */
bool safetensors_floats(const struct safetensors_tensor *tensor, float *values);

struct safetensors; /* a file in memory */

/* Read and check a whole file: length of the header, JSON without duplicate keys, each type,
 * shape, offset and length, no holes, no overlaps, nothing behind the last tensor.
 * Fails with INCLINE_EIO, INCLINE_EFORMAT (the message names file, place and remedy),
 * INCLINE_ENOMEM. */
int safetensors_read(const char *path, struct safetensors **file);
void safetensors_close(struct safetensors *file);

/* The text of a key; NULL if there is none. */
const char *safetensors_text(const struct safetensors *file, const char *key);

/* Number of tensors, and a tensor by position (in the order of the data, index < count) or by
 * name (NULL if there is none). What these point at lives until the file is closed. */
size_t safetensors_count(const struct safetensors *file);
const struct safetensors_tensor *safetensors_at(const struct safetensors *file, size_t index);
const struct safetensors_tensor *safetensors_find(const struct safetensors *file, const char *name);

#endif
