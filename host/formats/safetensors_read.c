/* safetensors_read.c - reads the container and believes nothing in it: a struct safetensors
 * exists only for a file in which every rule of the format holds. */
#include <assert.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "host/formats/quote.h"
#include "host/formats/safetensors_private.h"
#include "host/util/file.h"
#include "host/util/size.h"
#include "host/util/status.h"

#define DAMAGED "the file is damaged or cut short; copy it again"
#define FOREIGN "this is not a safetensors file, or it is damaged; check which file was meant"

/* Far more than a network of 2^31 parameters and its optimiser need. */
#define FILE_LIMIT ((size_t)(SIZE_MAX > UINT32_MAX ? (uint64_t)64 << 30 : SIZE_MAX / 2))

struct safetensors {
    unsigned char *block;                /* the file; or only its tensors, each aligned */
    json_t *root;                        /* the header; names and texts live in it */
    struct safetensors_tensor *tensors;  /* [count], in the order of their data */
    struct safetensors_tensor **by_name; /* [count], sorted */
    size_t count;
};

/* Find the header in a file of `bytes`. */
static int check_length(const char *path, const unsigned char *data, size_t bytes, size_t *header)
{
    uint64_t length = 0;

    if (bytes < SAFETENSORS_LENGTH_BYTES)
        return FAIL(INCLINE_EFORMAT,
                    "%s: %zu bytes found, %d expected for the length of the header; " DAMAGED, path,
                    bytes, SAFETENSORS_LENGTH_BYTES);
    for (int i = SAFETENSORS_LENGTH_BYTES; i-- > 0;)
        length = length << 8 | data[i];
    if (length > SAFETENSORS_HEADER_LIMIT)
        return FAIL(INCLINE_EFORMAT,
                    "%s: byte 0 announces a header of %" PRIu64
                    " bytes, the format allows %d; " FOREIGN,
                    path, length, SAFETENSORS_HEADER_LIMIT);
    if (length > bytes - SAFETENSORS_LENGTH_BYTES)
        return FAIL(INCLINE_EFORMAT,
                    "%s: byte 0 announces a header of %" PRIu64
                    " bytes, but only %zu follow; " DAMAGED,
                    path, length, bytes - SAFETENSORS_LENGTH_BYTES);
    if (length == 0 || data[SAFETENSORS_LENGTH_BYTES] != '{')
        return FAIL(INCLINE_EFORMAT, "%s: byte %d, where the header starts, is not '{'; " FOREIGN,
                    path, SAFETENSORS_LENGTH_BYTES);
    *header = (size_t)length;
    return INCLINE_OK;
}

static int parse_header(const char *path, const unsigned char *data, size_t header, json_t **root)
{
    json_error_t error;
    json_t *const parsed = json_loadb((const char *)data + SAFETENSORS_LENGTH_BYTES, header,
                                      JSON_REJECT_DUPLICATES, &error);

    if (parsed == NULL && json_error_code(&error) == json_error_out_of_memory)
        return FAIL(INCLINE_ENOMEM, "%s: a header of %zu bytes", path, header);
    if (parsed == NULL)
        return FAIL(
            INCLINE_EFORMAT,
            "%s: the header is not valid at line %d, column %d (byte %d of the file): %s; " DAMAGED,
            path, error.line, error.column, error.position + SAFETENSORS_LENGTH_BYTES,
            quote(error.text).text);
    assert(json_is_object(parsed));
    *root = parsed;
    return INCLINE_OK;
}

static int check_metadata(const char *path, json_t *metadata)
{
    const char *key;
    json_t *value;

    if (metadata == NULL)
        return INCLINE_OK;
    if (!json_is_object(metadata))
        return FAIL(INCLINE_EFORMAT,
                    "%s: " SAFETENSORS_METADATA " is not an object of texts; " DAMAGED, path);
    json_object_foreach(metadata, key, value)
    {
        if (!json_is_string(value))
            return FAIL(INCLINE_EFORMAT,
                        "%s: " SAFETENSORS_METADATA " entry \"%s\" is not a text; " DAMAGED, path,
                        quote(key).text);
    }
    return INCLINE_OK;
}

/* Read a number that counts something; false for any other kind and below 0. */
static bool json_count(const json_t *value, uint64_t *count)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *count = (uint64_t)json_integer_value(value);
    return true;
}

static int read_shape(const char *path, const char *name, const json_t *shape,
                      struct safetensors_tensor *tensor)
{
    if (!json_is_array(shape))
        return FAIL(INCLINE_EFORMAT, "%s: tensor \"%s\": its shape is not a list; " DAMAGED, path,
                    name);
    if (json_array_size(shape) > SAFETENSORS_DIMS)
        return FAIL(INCLINE_EFORMAT,
                    "%s: tensor \"%s\" has %zu dimensions, at most %d can be read; "
                    "save it with fewer",
                    path, name, json_array_size(shape), SAFETENSORS_DIMS);
    tensor->dims = (uint32_t)json_array_size(shape);
    for (uint32_t d = 0; d < tensor->dims; d++)
        if (!json_count(json_array_get(shape, d), &tensor->shape[d]))
            return FAIL(INCLINE_EFORMAT,
                        "%s: tensor \"%s\": dimension %u of its shape is not a whole number from 0 "
                        "on; " DAMAGED,
                        path, name, d);
    return INCLINE_OK;
}

/* Read where a tensor lies among `data_bytes` of data, and check it against type and shape. */
static int read_offsets(const char *path, const char *name, const json_t *offsets, uint32_t bits,
                        const unsigned char *data, size_t data_bytes,
                        struct safetensors_tensor *tensor)
{
    uint64_t begin, end;
    size_t expected;

    if (json_array_size(offsets) != 2 || !json_count(json_array_get(offsets, 0), &begin) ||
        !json_count(json_array_get(offsets, 1), &end))
        return FAIL(INCLINE_EFORMAT,
                    "%s: tensor \"%s\": data_offsets are not two whole numbers from 0 on; " DAMAGED,
                    path, name);
    if (begin > end)
        return FAIL(INCLINE_EFORMAT,
                    "%s: tensor \"%s\": data_offsets are reversed, %" PRIu64 " to %" PRIu64
                    "; " DAMAGED,
                    path, name, begin, end);
    if (end > data_bytes)
        return FAIL(INCLINE_EFORMAT,
                    "%s: tensor \"%s\" ends at byte %" PRIu64
                    " of the data, which has %zu; " DAMAGED,
                    path, name, end, data_bytes);
    if (!safetensors_shape_bytes(tensor->shape, tensor->dims, bits, &expected))
        return FAIL(INCLINE_EFORMAT,
                    "%s: tensor \"%s\": elements of %u bits in this shape make no whole number of "
                    "bytes that memory could hold; " DAMAGED,
                    path, name, bits);
    if (end - begin != expected)
        return FAIL(INCLINE_EFORMAT,
                    "%s: tensor \"%s\": %zu bytes expected for its shape and type %s, data_offsets "
                    "hold %" PRIu64 "; " DAMAGED,
                    path, name, expected, tensor->dtype, end - begin);
    tensor->data = data + begin;
    tensor->bytes = expected;
    return INCLINE_OK;
}

static int read_tensor(const char *path, const char *key, const json_t *entry,
                       const unsigned char *data, size_t data_bytes,
                       struct safetensors_tensor *tensor)
{
    const struct quoted name = quote(key);
    const char *const dtype = json_string_value(json_object_get(entry, "dtype"));
    const json_t *const shape = json_object_get(entry, "shape");
    const json_t *const offsets = json_object_get(entry, "data_offsets");

    if (json_object_size(entry) != 3 || dtype == NULL || shape == NULL || offsets == NULL)
        return FAIL(INCLINE_EFORMAT,
                    "%s: tensor \"%s\" needs exactly dtype, shape and data_offsets; " DAMAGED, path,
                    name.text);
    *tensor = (struct safetensors_tensor){.name = key};
    const uint32_t bits = safetensors_dtype_bits(dtype, &tensor->dtype);
    if (bits == 0)
        return FAIL(INCLINE_EFORMAT,
                    "%s: tensor \"%s\" has the unknown type \"%s\"; save it as F32", path,
                    name.text, quote(dtype).text);
    int rc = read_shape(path, name.text, shape, tensor);
    if (rc == INCLINE_OK)
        rc = read_offsets(path, name.text, offsets, bits, data, data_bytes, tensor);
    return rc;
}

static int compare_names(const void *a, const void *b)
{
    const struct safetensors_tensor *const *left = a, *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

/* By place; an empty tensor before the one that starts where it stands. */
static int compare_places(const void *a, const void *b)
{
    const struct safetensors_tensor *left = a, *right = b;
    const unsigned char *const left_data = left->data, *const right_data = right->data;

    if (left_data != right_data)
        return left_data < right_data ? -1 : 1;
    if (left->bytes != right->bytes)
        return left->bytes < right->bytes ? -1 : 1;
    return strcmp(left->name, right->name);
}

/* The tensors, sorted by place, must cover the data: no hole, no overlap, nothing behind. */
static int check_cover(const char *path, const struct safetensors *file, const unsigned char *data,
                       size_t data_bytes)
{
    size_t covered = 0;

    for (size_t i = 0; i < file->count; i++) {
        const struct safetensors_tensor *const tensor = &file->tensors[i];
        const unsigned char *const start = tensor->data;
        const size_t begin = (size_t)(start - data);
        if (begin != covered)
            return FAIL(INCLINE_EFORMAT,
                        "%s: tensor \"%s\" starts at byte %zu of the data, %s byte %zu; " DAMAGED,
                        path, quote(tensor->name).text, begin,
                        begin > covered ? "leaving a hole from"
                                        : "overlapping the one that ends at",
                        covered);
        covered += tensor->bytes;
    }
    if (covered != data_bytes)
        return FAIL(INCLINE_EFORMAT,
                    "%s: the tensors end at byte %zu of the data, but %zu bytes stand behind "
                    "them; " DAMAGED,
                    path, covered, data_bytes - covered);
    return INCLINE_OK;
}

static int read_tensors(const char *path, const unsigned char *data, size_t data_bytes,
                        struct safetensors *file)
{
    const char *key;
    json_t *entry;
    const size_t most = json_object_size(file->root);

    file->tensors = calloc(most + 1, sizeof *file->tensors);
    file->by_name = calloc(most + 1, sizeof(struct safetensors_tensor *));
    if (file->tensors == NULL || file->by_name == NULL)
        return FAIL(INCLINE_ENOMEM, "%s: a list of %zu tensors", path, most);
    json_object_foreach(file->root, key, entry)
    {
        if (strcmp(key, SAFETENSORS_METADATA) == 0)
            continue;
        const int rc = read_tensor(path, key, entry, data, data_bytes, &file->tensors[file->count]);
        if (rc != INCLINE_OK)
            return rc;
        file->count++;
    }
    qsort(file->tensors, file->count, sizeof *file->tensors, compare_places);
    for (size_t i = 0; i < file->count; i++)
        file->by_name[i] = &file->tensors[i];
    qsort(file->by_name, file->count, sizeof(struct safetensors_tensor *), compare_names);
    return check_cover(path, file, data, data_bytes);
}

static size_t alignment(const struct safetensors_tensor *tensor)
{
    const uint32_t bits = safetensors_dtype_bits(tensor->dtype, NULL);
    return bits <= 8 ? 1 : bits / 8;
}

/* Move the tensors to a block of their own where one does not lie as its type needs it. The
 * format does not ask writers to align; those in use do. */
static int align_tensors(const char *path, struct safetensors *file)
{
    bool aligned = true;
    size_t bytes = 0;

    for (size_t i = 0; i < file->count; i++) {
        aligned = aligned && (uintptr_t)file->tensors[i].data % alignment(&file->tensors[i]) == 0;
        bytes += size_round_up(file->tensors[i].bytes, SAFETENSORS_ALIGN);
    }
    if (aligned)
        return INCLINE_OK;
    unsigned char *const block = malloc(bytes + 1);
    if (block == NULL)
        return FAIL(INCLINE_ENOMEM, "%s: %zu bytes for tensors that are not aligned", path, bytes);
    unsigned char *next = block;
    for (size_t i = 0; i < file->count; i++) {
        memcpy(next, file->tensors[i].data, file->tensors[i].bytes);
        file->tensors[i].data = next;
        next += size_round_up(file->tensors[i].bytes, SAFETENSORS_ALIGN);
    }
    free(file->block);
    file->block = block;
    return INCLINE_OK;
}

int safetensors_read(const char *path, struct safetensors **file)
{
    int rc = INCLINE_OK;
    size_t bytes = 0, header = 0;
    struct safetensors *made = calloc(1, sizeof *made);

    if (made == NULL)
        return FAIL(INCLINE_ENOMEM, "%s: %zu bytes for a file", path, sizeof *made);
    TRY(file_read(path, FILE_LIMIT, &made->block, &bytes));
    TRY(check_length(path, made->block, bytes, &header));
    TRY(parse_header(path, made->block, header, &made->root));
    TRY(check_metadata(path, json_object_get(made->root, SAFETENSORS_METADATA)));
    const size_t data_at = SAFETENSORS_LENGTH_BYTES + header;
    TRY(read_tensors(path, made->block + data_at, bytes - data_at, made));
    TRY(align_tensors(path, made));
    *file = made;
    made = NULL;
out:
    safetensors_close(made);
    return rc;
}

int safetensors_of_texts(const char *path, const struct safetensors_text *texts, size_t count,
                         struct safetensors **file)
{
    struct safetensors *const made = calloc(1, sizeof *made);
    json_t *const metadata = json_object();
    int rc = INCLINE_OK;

    if (made == NULL || metadata == NULL) {
        json_decref(metadata);
        free(made);
        return FAIL(INCLINE_ENOMEM, "%s: a list of %zu texts", path, count);
    }
    made->root = json_pack("{s:o}", SAFETENSORS_METADATA, metadata);
    for (size_t i = 0; i < count && rc == INCLINE_OK; i++)
        if (made->root == NULL ||
            json_object_set_new(metadata, texts[i].key, json_string(texts[i].value)) != 0)
            rc = FAIL(INCLINE_EFORMAT, "%s: the text \"%s\" is not UTF-8; " DAMAGED, path,
                      quote(texts[i].key).text);
    if (rc == INCLINE_OK)
        *file = made;
    else
        safetensors_close(made);
    return rc;
}

void safetensors_close(struct safetensors *file)
{
    if (file == NULL)
        return;
    json_decref(file->root);
    free(file->by_name);
    free(file->tensors);
    free(file->block);
    free(file);
}

const char *safetensors_text(const struct safetensors *file, const char *key)
{
    return json_string_value(
        json_object_get(json_object_get(file->root, SAFETENSORS_METADATA), key));
}

size_t safetensors_count(const struct safetensors *file)
{
    return file->count;
}

const struct safetensors_tensor *safetensors_at(const struct safetensors *file, size_t index)
{
    assert(index < file->count);
    return &file->tensors[index];
}

const struct safetensors_tensor *safetensors_find(const struct safetensors *file, const char *name)
{
    size_t low = 0, high = file->count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(name, file->by_name[middle]->name);
        if (order == 0)
            return file->by_name[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}
