/* protobuf.h - the wire format of Protocol Buffers, written and read by hand.
 *
 * A message is a sequence of fields: a key (number << 3 | kind) and a value, which is a varint
 * (7 bits a byte, the lowest first), 4 or 8 bytes, or a length and as many bytes (a text, a packed
 * list, another message). Knows the wire and no schema; onnx_*.c give it meaning.
 * Source: protobuf.dev/programming-guides/encoding. */
#ifndef INCLINE_FORMATS_PROTOBUF_H
#define INCLINE_FORMATS_PROTOBUF_H

#include <stdbool.h>
#include <stdint.h>

#include "host/formats/bytes.h"

/* ---- writing ---- */

void protobuf_number(struct bytes *out, uint32_t field, uint64_t value);
void protobuf_float(struct bytes *out, uint32_t field, float value);
void protobuf_data(struct bytes *out, uint32_t field, const void *data, size_t count);
void protobuf_text(struct bytes *out, uint32_t field, const char *text);

/* A message in a message: what is written between the two belongs to it. */
size_t protobuf_begin(struct bytes *out, uint32_t field);
void protobuf_end(struct bytes *out, size_t begun);

#endif
