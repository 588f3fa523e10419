/* safetensors_write.c - writes the container, and knows the element types of the format. */
#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "host/formats/safetensors_private.h"
#include "host/util/file.h"
#include "host/util/size.h"
#include "host/util/status.h"

uint32_t safetensors_dtype_bits(const char *dtype, const char **known)
{
    static const struct {
        const char *name;
        uint32_t bits;
    } types[] = {
        {"F32", 32},        {"U32", 32},        {"BOOL", 8},    {"U8", 8},      {"I8", 8},
        {"U16", 16},        {"I16", 16},        {"F16", 16},    {"BF16", 16},   {"I32", 32},
        {"U64", 64},        {"I64", 64},        {"F64", 64},    {"C64", 64},    {"F4", 4},
        {"F6_E2M3", 6},     {"F6_E3M2", 6},     {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8},
        {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8},
    };

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(dtype, types[i].name) != 0)
            continue;
        if (known != NULL)
            *known = types[i].name;
        return types[i].bits;
    }
    return 0;
}

bool safetensors_shape_bytes(const uint64_t *shape, uint32_t dims, uint32_t bits, size_t *bytes)
{
    size_t total = bits;

    for (uint32_t d = 0; d < dims; d++)
        if (shape[d] > SIZE_MAX || !size_mul(total, (size_t)shape[d], &total))
            return false;
    if (total % 8 != 0)
        return false;
    *bytes = total / 8;
    return true;
}

/* Put `value`, which is taken over, under `key`. Jansson answers the same for memory that ran
 * out and for text that is not UTF-8; what was meant is found by asking it about the text. */
static int add(json_t *object, const char *kind, const char *key, json_t *value, const char *text)
{
    assert(json_object_get(object, key) == NULL);
    if (value != NULL && json_object_set_new(object, key, value) == 0)
        return INCLINE_OK;
    json_t *const key_check = json_string(key);
    json_t *const text_check = json_string(text);
    json_t *const memory_check = json_string("memory");
    const bool utf8 = memory_check == NULL || (key_check != NULL && text_check != NULL);
    json_decref(key_check);
    json_decref(text_check);
    json_decref(memory_check);
    if (!utf8)
        return FAIL(INCLINE_EARG,
                    "%s \"%s\" or its value is not UTF-8; a file can hold no other text", kind,
                    key);
    return FAIL(INCLINE_ENOMEM, "the header entry of %s \"%s\"", kind, key);
}

static int add_metadata(json_t *root, const struct safetensors_text *texts, size_t count)
{
    if (count == 0)
        return INCLINE_OK;
    json_t *const metadata = json_object();
    const int rc = add(root, "object", SAFETENSORS_METADATA, metadata, "");
    if (rc != INCLINE_OK)
        return rc;
    for (size_t i = 0; i < count; i++) {
        const int status =
            add(metadata, "text", texts[i].key, json_string(texts[i].value), texts[i].value);
        if (status != INCLINE_OK)
            return status;
    }
    return INCLINE_OK;
}

/* The entry of a tensor whose data starts at `begin`; NULL where memory runs out. */
static json_t *tensor_entry(const struct safetensors_tensor *tensor, size_t begin)
{
    json_t *const shape = json_array();

    for (uint32_t d = 0; shape != NULL && d < tensor->dims; d++)
        if (json_array_append_new(shape, json_integer((json_int_t)tensor->shape[d])) != 0) {
            json_decref(shape);
            return NULL;
        }
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", tensor->dtype, "shape", shape, "data_offsets",
                     (json_int_t)begin, (json_int_t)(begin + tensor->bytes));
}

static int add_tensors(json_t *root, const struct safetensors_tensor *tensors, size_t count)
{
    size_t begin = 0;

    for (size_t i = 0; i < count; i++) {
        size_t bytes = 0;
        assert(tensors[i].dims <= SAFETENSORS_DIMS);
        assert(safetensors_shape_bytes(tensors[i].shape, tensors[i].dims,
                                       safetensors_dtype_bits(tensors[i].dtype, NULL), &bytes) &&
               bytes == tensors[i].bytes);
        (void)bytes;
        const int rc = add(root, "tensor", tensors[i].name, tensor_entry(&tensors[i], begin), "");
        if (rc != INCLINE_OK)
            return rc;
        begin += tensors[i].bytes;
    }
    return INCLINE_OK;
}

/* Length and header as they stand in the file, padded: *block, to be freed. */
static int dump_header(const json_t *root, unsigned char **block, size_t *block_bytes)
{
    const size_t json_bytes = json_dumpb(root, NULL, 0, JSON_COMPACT);
    const size_t header = size_round_up(json_bytes, SAFETENSORS_ALIGN);

    if (json_bytes == 0)
        return FAIL(INCLINE_ENOMEM, "the header's text");
    if (header > SAFETENSORS_HEADER_LIMIT)
        return FAIL(
            INCLINE_EARG,
            "the header would have %zu bytes; the format allows %d, so use fewer or shorter "
            "names and texts",
            header, SAFETENSORS_HEADER_LIMIT);
    unsigned char *const made = malloc(SAFETENSORS_LENGTH_BYTES + header);
    if (made == NULL)
        return FAIL(INCLINE_ENOMEM, "%zu bytes for the header", SAFETENSORS_LENGTH_BYTES + header);
    for (int i = 0; i < SAFETENSORS_LENGTH_BYTES; i++)
        made[i] = (unsigned char)((uint64_t)header >> 8 * i);
    memset(made + SAFETENSORS_LENGTH_BYTES, ' ', header);
    if (json_dumpb(root, (char *)made + SAFETENSORS_LENGTH_BYTES, json_bytes, JSON_COMPACT) !=
        json_bytes) {
        free(made);
        return FAIL(INCLINE_ENOMEM, "the header's text");
    }
    *block = made;
    *block_bytes = SAFETENSORS_LENGTH_BYTES + header;
    return INCLINE_OK;
}

static int make_header(const struct safetensors_tensor *tensors, size_t count,
                       const struct safetensors_text *texts, size_t text_count,
                       unsigned char **block, size_t *block_bytes)
{
    int rc = INCLINE_OK;
    json_t *root = json_object();

    if (root == NULL)
        return FAIL(INCLINE_ENOMEM, "the header");
    TRY(add_metadata(root, texts, text_count));
    TRY(add_tensors(root, tensors, count));
    TRY(dump_header(root, block, block_bytes));
out:
    json_decref(root);
    return rc;
}

int safetensors_write(const char *path, const struct safetensors_tensor *tensors, size_t count,
                      const struct safetensors_text *texts, size_t text_count)
{
    unsigned char *head = NULL;
    size_t head_bytes = 0;

    int rc = make_header(tensors, count, texts, text_count, &head, &head_bytes);
    if (rc != INCLINE_OK)
        return status_context(rc, "%s", path);
    struct file_part *const parts = malloc((1 + count) * sizeof *parts);
    if (parts == NULL) {
        rc = FAIL(INCLINE_ENOMEM, "%s: a list of %zu tensors to be written", path, count);
        goto out;
    }
    parts[0] = (struct file_part){head, head_bytes};
    for (size_t i = 0; i < count; i++)
        parts[1 + i] = (struct file_part){tensors[i].data, tensors[i].bytes};
    TRY(file_write(path, parts, 1 + count));
out:
    free(parts);
    free(head);
    return rc;
}
