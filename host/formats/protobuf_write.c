/* protobuf_write.c - fields onto the wire; see protobuf.h. */
#include <string.h>

#include "host/formats/protobuf.h"

enum { VARINT_BYTES = 10, KIND_BITS = 3 };
enum { KIND_VARINT = 0, KIND_LENGTH = 2, KIND_FIXED32 = 5 };

/* text[VARINT_BYTES] = value; returns how many bytes that took. */
static size_t varint(uint64_t value, unsigned char *text)
{
    size_t count = 0;

    for (; value > 0x7f; value >>= 7)
        text[count++] = (unsigned char)(value | 0x80);
    text[count++] = (unsigned char)value;
    return count;
}

static void add_varint(struct bytes *out, uint64_t value)
{
    unsigned char text[VARINT_BYTES];
    bytes_add(out, text, varint(value, text));
}

static void add_key(struct bytes *out, uint32_t field, uint32_t kind)
{
    add_varint(out, (uint64_t)field << KIND_BITS | kind);
}

void protobuf_number(struct bytes *out, uint32_t field, uint64_t value)
{
    add_key(out, field, KIND_VARINT);
    add_varint(out, value);
}

void protobuf_float(struct bytes *out, uint32_t field, float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof bits);
    add_key(out, field, KIND_FIXED32);
    bytes_little(out, bits, sizeof bits);
}

void protobuf_data(struct bytes *out, uint32_t field, const void *data, size_t count)
{
    add_key(out, field, KIND_LENGTH);
    add_varint(out, count);
    bytes_add(out, data, count);
}

void protobuf_text(struct bytes *out, uint32_t field, const char *text)
{
    protobuf_data(out, field, text, strlen(text));
}

size_t protobuf_begin(struct bytes *out, uint32_t field)
{
    add_key(out, field, KIND_LENGTH);
    return out->count;
}

/* The length is known only now; a message is seldom long behind it, so it is moved up. */
void protobuf_end(struct bytes *out, size_t begun)
{
    unsigned char text[VARINT_BYTES];

    if (!out->failed)
        bytes_insert(out, begun, text, varint(out->count - begun, text));
}
