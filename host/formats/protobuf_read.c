/* protobuf_read.c - fields from the wire, none of them believed; see protobuf.h. */
#include <inttypes.h>

#include "host/formats/protobuf.h"

enum { VARINT_BYTES = 10, VARINT_BITS = 7, KIND_BITS = 3, KIND_MASK = 7 };

static int fail(const struct protobuf *message, const unsigned char *at, const char *what)
{
    return FAIL(INCLINE_EFORMAT,
                "%s: byte %zu: %s; the file is damaged or no protobuf, copy it again",
                message->path, (size_t)(at - message->start), what);
}

static int read_varint(struct protobuf *message, uint64_t *value)
{
    const unsigned char *const begun = message->at;
    uint64_t sum = 0;

    for (unsigned i = 0; i < VARINT_BYTES; i++) {
        if (message->at == message->end)
            return fail(message, begun, "a number is cut short");
        const unsigned char byte = *message->at++;
        if (i == VARINT_BYTES - 1 && byte > 1)
            break;
        sum |= (uint64_t)(byte & 0x7f) << VARINT_BITS * i;
        if (byte < 0x80) {
            *value = sum;
            return INCLINE_OK;
        }
    }
    return fail(message, begun, "a number has more than 64 bits");
}

static int read_fixed(struct protobuf *message, size_t bytes, uint64_t *value)
{
    if ((size_t)(message->end - message->at) < bytes)
        return fail(message, message->at, "a value is cut short");
    *value = 0;
    for (size_t i = 0; i < bytes; i++)
        *value |= (uint64_t)message->at[i] << 8 * i;
    message->at += bytes;
    return INCLINE_OK;
}

int protobuf_next(struct protobuf *message, struct protobuf_field *field, bool *more)
{
    const unsigned char *const begun = message->at;
    struct protobuf_field found = {0};
    uint64_t key;
    int rc = INCLINE_OK;

    *more = message->at < message->end;
    if (!*more)
        return INCLINE_OK;
    TRY(read_varint(message, &key));
    if (key >> KIND_BITS == 0 || key >> KIND_BITS > UINT32_MAX >> KIND_BITS)
        return fail(message, begun, "a field has no lawful number");
    found.number = (uint32_t)(key >> KIND_BITS);
    found.kind = (enum protobuf_kind)(key & KIND_MASK);
    switch (found.kind) {
    case PROTOBUF_VARINT:
        TRY(read_varint(message, &found.value));
        break;
    case PROTOBUF_8:
        TRY(read_fixed(message, 8, &found.value));
        break;
    case PROTOBUF_4:
        TRY(read_fixed(message, 4, &found.value));
        break;
    case PROTOBUF_LENGTH:
        TRY(read_varint(message, &found.value));
        if (found.value > (uint64_t)(message->end - message->at))
            return fail(message, begun, "a field is longer than what it stands in");
        found.data = message->at;
        found.bytes = (size_t)found.value;
        message->at += found.bytes;
        break;
    default:
        return fail(message, begun, "a field is of no kind that the format has");
    }
    *field = found;
out:
    return rc;
}

struct protobuf protobuf_inside(const struct protobuf *message, const struct protobuf_field *field)
{
    const unsigned char *const end = field->bytes > 0 ? field->data + field->bytes : field->data;
    return (struct protobuf){message->path, message->start, field->data, end};
}
