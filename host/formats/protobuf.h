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

#include "host/util/bytes.h"

/* ---- writing ---- */

void protobuf_number(struct bytes *out, uint32_t field, uint64_t value);
void protobuf_float(struct bytes *out, uint32_t field, float value);
void protobuf_data(struct bytes *out, uint32_t field, const void *data, size_t count);
void protobuf_text(struct bytes *out, uint32_t field, const char *text);

/* A message in a message: what is written between the two belongs to it. */
size_t protobuf_begin(struct bytes *out, uint32_t field);
void protobuf_end(struct bytes *out, size_t begun);

/* ---- reading ---- */

/* A message, or what is left of it. Nothing is copied: the file must stay in memory. */
struct protobuf {
    const char *path;           /* for messages */
    const unsigned char *start; /* of the file */
    const unsigned char *at, *end;
};

enum protobuf_kind { PROTOBUF_VARINT = 0, PROTOBUF_8 = 1, PROTOBUF_LENGTH = 2, PROTOBUF_4 = 5 };

struct protobuf_field {
    uint32_t number;
    enum protobuf_kind kind;
    uint64_t value;            /* of a varint, or the bits of 4 or 8 bytes */
    const unsigned char *data; /* [bytes] of PROTOBUF_LENGTH, else NULL and 0 */
    size_t bytes;
};

/* Read the next field; *more is false, and the field untouched, at the end of the message. Fails
 * with INCLINE_EFORMAT, naming the byte, where the wire format is broken. */
int protobuf_next(struct protobuf *message, struct protobuf_field *field, bool *more);

/* The message that a field of PROTOBUF_LENGTH holds. */
struct protobuf protobuf_inside(const struct protobuf *message, const struct protobuf_field *field);

#endif
