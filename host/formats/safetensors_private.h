/* safetensors_private.h - what reader and writer of safetensors share. Only they include it. */
#ifndef INCLINE_FORMATS_SAFETENSORS_PRIVATE_H
#define INCLINE_FORMATS_SAFETENSORS_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/formats/safetensors.h"

/* Tensors are copied between file and memory as they are. */
#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "safetensors are little-endian; this machine needs a conversion of every tensor"
/* A file in memory that holds texts alone, for readers of texts that came from elsewhere. `path` is
 * for messages. Fails with INCLINE_EFORMAT (a text that is not UTF-8), INCLINE_ENOMEM. */
int safetensors_of_texts(const char *path, const struct safetensors_text *texts, size_t count,
                         struct safetensors **file);

#endif

#define SAFETENSORS_METADATA "__metadata__"

enum {
    SAFETENSORS_LENGTH_BYTES = 8,         /* of the header's length */
    SAFETENSORS_HEADER_LIMIT = 100000000, /* bytes, set by the format */
    SAFETENSORS_ALIGN = 8                 /* the header ends on a multiple of this */
};

/* Bits of one element of a type; 0 for a name the format does not have. *known, where not
 * NULL, is the name as a string that lives for ever. */
uint32_t safetensors_dtype_bits(const char *dtype, const char **known);

/* *bytes = length of a tensor of this shape; false where that is no whole number of bytes or
 * more than size_t holds. */
bool safetensors_shape_bytes(const uint64_t *shape, uint32_t dims, uint32_t bits, size_t *bytes);

/* A file in memory that holds texts alone, for readers of texts that came from elsewhere. `path` is
 * for messages. Fails with INCLINE_EFORMAT (a text that is not UTF-8), INCLINE_ENOMEM. */
int safetensors_of_texts(const char *path, const struct safetensors_text *texts, size_t count,
                         struct safetensors **file);

#endif
