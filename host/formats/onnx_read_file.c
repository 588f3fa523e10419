/* onnx_read_file.c - nodes, tensors and texts of an ONNX file; see onnx_read.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/formats/onnx_read.h"
#include "host/formats/onnx_schema.h"
#include "host/formats/quote.h"
#include "host/util/file.h"
#include "host/util/size.h"

#define ONNX_DAMAGED "the file is damaged, copy it again"

/* A protobuf message ends at 2 GB; and more parts than any network of this kind has. */
enum { PARTS_LIMIT = 1 << 14 };
#define FILE_LIMIT ((size_t)INT32_MAX)

bool slice_is(struct slice slice, const char *text)
{
    return slice.bytes == strlen(text) && memcmp(slice.text, text, slice.bytes) == 0;
}

bool slice_same(struct slice a, struct slice b)
{
    return a.bytes == b.bytes && (a.bytes == 0 || memcmp(a.text, b.text, a.bytes) == 0);
}

struct slice_text slice_quote(struct slice slice)
{
    char text[sizeof(struct slice_text) + 1];
    struct slice_text made;

    const size_t bytes = slice.bytes < sizeof text - 1 ? slice.bytes : sizeof text - 1;
    if (bytes > 0)
        memcpy(text, slice.text, bytes);
    text[bytes] = '\0';
    memcpy(made.text, quote(text).text, sizeof made.text);
    return made;
}

static struct slice slice_of(const struct protobuf_field *field)
{
    return (struct slice){(const char *)field->data, field->bytes};
}

/* Room for one more in a list of parts of `bytes` each. */
static int make_room(const char *path, void **list, size_t count, size_t *room, size_t bytes)
{
    if (count < *room)
        return INCLINE_OK;
    if (count >= PARTS_LIMIT)
        return FAIL(INCLINE_EFORMAT,
                    "%s: more than %d nodes, tensors or texts; only fully connected layers can be "
                    "read",
                    path, PARTS_LIMIT);
    const size_t larger = *room == 0 ? 64 : 2 * *room;
    void *const moved = realloc(*list, larger * bytes);
    if (moved == NULL)
        return FAIL(INCLINE_ENOMEM, "%s: a list of %zu parts", path, larger);
    *list = moved;
    *room = larger;
    return INCLINE_OK;
}

int onnx_add_value(struct onnx_file *file, struct slice name, struct onnx_value **made)
{
    void *list = file->values;
    const int rc =
        make_room(file->path, &list, file->value_count, &file->value_room, sizeof *file->values);
    file->values = list;
    if (rc != INCLINE_OK)
        return rc;
    *made = &file->values[file->value_count++];
    **made = (struct onnx_value){.name = name};
    return INCLINE_OK;
}

struct onnx_value *onnx_find(const struct onnx_file *file, struct slice name)
{
    for (size_t i = file->value_count; i-- > 0;)
        if (slice_same(file->values[i].name, name))
            return &file->values[i];
    return NULL;
}

/* The elements of a tensor, from bytes of its own type. */
static int read_elements(const char *path, const struct protobuf_field *data, size_t element,
                         struct onnx_value *value)
{
    size_t expected;

    if (!size_mul(value->count, element, &expected) || data->bytes != expected)
        return FAIL(
            INCLINE_EFORMAT,
            "%s: tensor \"%s\": %zu bytes found, %zu elements of %zu expected; " ONNX_DAMAGED, path,
            slice_quote(value->name).text, data->bytes, value->count, element);
    value->values = malloc(value->count * sizeof *value->values + 1);
    if (value->values == NULL)
        return FAIL(INCLINE_ENOMEM, "%s: a tensor of %zu elements", path, value->count);
    for (size_t i = 0; i < value->count; i++) {
        double wide;
        if (element == sizeof wide) {
            memcpy(&wide, data->data + i * element, element);
            value->values[i] = fabs(wide) <= 3e38 ? (float)wide : (float)NAN;
        } else {
            memcpy(&value->values[i], data->data + i * element, element);
        }
    }
    return INCLINE_OK;
}

/* Add a dimension, or several that stand in one packed field. */
static int add_dims(struct protobuf message, const struct protobuf_field *field,
                    struct onnx_value *value)
{
    struct protobuf packed = protobuf_inside(&message, field);
    bool more = true;

    while (more) {
        uint64_t dim = field->value;
        if (field->kind == PROTOBUF_LENGTH) {
            dim = 0;
            unsigned shift = 0;
            for (; packed.at < packed.end && *packed.at >= 0x80 && shift < 56; shift += 7)
                dim |= (uint64_t)(*packed.at++ & 0x7f) << shift;
            if (packed.at < packed.end)
                dim |= (uint64_t)(*packed.at++ & 0x7f) << shift;
            more = packed.at < packed.end;
        } else {
            more = false;
        }
        if (value->dims == ONNX_DIMS || !size_mul(value->count, dim, &value->count) ||
            value->count > UINT32_MAX)
            return FAIL(INCLINE_EFORMAT,
                        "%s: a tensor has more than %d dimensions, or more elements than a network "
                        "may have; only fully connected layers can be read",
                        message.path, ONNX_DIMS);
        value->shape[value->dims++] = dim;
    }
    return INCLINE_OK;
}

int onnx_read_tensor(struct protobuf message, struct onnx_value *value)
{
    const char *const path = message.path;
    struct protobuf_field field, floats = {0}, doubles = {0}, raw = {0};
    uint64_t type = 0, external = 0;
    bool more = true;
    int rc = INCLINE_OK;

    value->kind = ONNX_TENSOR;
    value->count = 1;
    for (;;) {
        TRY(protobuf_next(&message, &field, &more));
        if (!more)
            break;
        if (field.number == TENSOR_DIMS)
            TRY(add_dims(message, &field, value));
        else if (field.number == TENSOR_TYPE)
            type = field.value;
        else if (field.number == TENSOR_LOCATION)
            external = field.value;
        else if (field.number == TENSOR_NAME && field.data != NULL)
            value->name = slice_of(&field);
        else if (field.number == TENSOR_FLOATS && field.data != NULL)
            floats = field;
        else if (field.number == TENSOR_DOUBLES && field.data != NULL)
            doubles = field;
        else if (field.number == TENSOR_RAW && field.data != NULL)
            raw = field;
    }
    if (external != 0)
        return FAIL(INCLINE_EFORMAT,
                    "%s: tensor \"%s\" lies in another file; save the model as one file", path,
                    slice_quote(value->name).text);
    if (type == TENSOR_IS_FLOAT)
        rc = read_elements(path, raw.data != NULL ? &raw : &floats, sizeof(float), value);
    else if (type == TENSOR_IS_DOUBLE)
        rc = read_elements(path, raw.data != NULL ? &raw : &doubles, sizeof(double), value);
out:
    return rc;
}

static int add_tensor(struct onnx_file *file, struct protobuf message)
{
    struct onnx_value *value = NULL;
    const int rc = onnx_add_value(file, (struct slice){"", 0}, &value);
    return rc != INCLINE_OK ? rc : onnx_read_tensor(message, value);
}

static int add_node(struct onnx_file *file, struct protobuf message)
{
    struct onnx_node node = {.message = message};
    struct protobuf_field field;
    void *list = file->nodes;
    bool more = true;
    int rc = make_room(file->path, &list, file->node_count, &file->node_room, sizeof *file->nodes);

    file->nodes = list;
    while (rc == INCLINE_OK) {
        TRY(protobuf_next(&message, &field, &more));
        if (!more)
            break;
        if (field.data == NULL)
            continue;
        if (field.number == NODE_INPUT && node.input_count < ONNX_INPUTS)
            node.inputs[node.input_count++] = slice_of(&field);
        else if (field.number == NODE_OUTPUT && node.output.text == NULL)
            node.output = slice_of(&field);
        else if (field.number == NODE_OP)
            node.op = slice_of(&field);
    }
    if (rc == INCLINE_OK)
        file->nodes[file->node_count++] = node;
out:
    return rc;
}

static int find_attribute(const struct onnx_node *node, const char *name, uint32_t number,
                          struct protobuf_field *found)
{
    struct protobuf message = node->message;
    struct protobuf_field field, part;
    bool more = true;
    int rc = INCLINE_OK;

    *found = (struct protobuf_field){0};
    for (;;) {
        TRY(protobuf_next(&message, &field, &more));
        if (!more)
            break;
        if (field.number != NODE_ATTRIBUTE || field.data == NULL)
            continue;
        struct protobuf inside = protobuf_inside(&message, &field);
        struct protobuf_field value = {0};
        bool named = false;
        for (;;) {
            TRY(protobuf_next(&inside, &part, &more));
            if (!more)
                break;
            if (part.number == ATTRIBUTE_NAME && part.data != NULL)
                named = slice_is(slice_of(&part), name);
            else if (part.number == number)
                value = part;
        }
        if (named)
            *found = value;
    }
out:
    return rc;
}

int onnx_attribute_int(const struct onnx_node *node, const char *name, int64_t otherwise,
                       int64_t *value)
{
    struct protobuf_field found;
    const int rc = find_attribute(node, name, ATTRIBUTE_INT, &found);
    *value = found.number == 0 ? otherwise : (int64_t)found.value;
    return rc;
}

int onnx_attribute_float(const struct onnx_node *node, const char *name, float otherwise,
                         float *value)
{
    struct protobuf_field found;
    const int rc = find_attribute(node, name, ATTRIBUTE_FLOAT, &found);
    const uint32_t bits = (uint32_t)found.value;

    *value = otherwise;
    if (found.number != 0)
        memcpy(value, &bits, sizeof bits);
    return rc;
}

/* A node without inputs that only holds a tensor is one. */
static int add_constants(struct onnx_file *file)
{
    int rc = INCLINE_OK;

    for (size_t i = 0; i < file->node_count; i++) {
        const struct onnx_node *const node = &file->nodes[i];
        struct protobuf_field tensor;
        struct onnx_value *value = NULL;
        if (!slice_is(node->op, "Constant"))
            continue;
        TRY(find_attribute(node, "value", ATTRIBUTE_TENSOR, &tensor));
        if (tensor.data == NULL)
            continue;
        TRY(onnx_add_value(file, node->output, &value));
        TRY(onnx_read_tensor(protobuf_inside(&node->message, &tensor), value));
        value->name = node->output;
    }
out:
    return rc;
}

static int read_graph(struct onnx_file *file, struct protobuf graph)
{
    struct protobuf_field field, part;
    struct protobuf again = graph;
    bool more = true;
    int rc = INCLINE_OK;

    for (;;) {
        TRY(protobuf_next(&graph, &field, &more));
        if (!more)
            break;
        if (field.data != NULL && field.number == GRAPH_NODE)
            TRY(add_node(file, protobuf_inside(&graph, &field)));
        else if (field.data != NULL && field.number == GRAPH_INITIALIZER)
            TRY(add_tensor(file, protobuf_inside(&graph, &field)));
    }
    for (;;) { /* tensors may be listed among the inputs, too */
        TRY(protobuf_next(&again, &field, &more));
        if (!more)
            break;
        if (field.data == NULL || field.number != GRAPH_INPUT)
            continue;
        struct protobuf value = protobuf_inside(&again, &field);
        for (;;) {
            TRY(protobuf_next(&value, &part, &more));
            if (!more)
                break;
            if (part.number != VALUE_NAME || part.data == NULL ||
                onnx_find(file, slice_of(&part)) != NULL)
                continue;
            if (file->input.text != NULL)
                return FAIL(
                    INCLINE_EFORMAT,
                    "%s: the graph has several inputs, \"%s\" and \"%s\"; networks with one "
                    "can be read",
                    file->path, slice_quote(file->input).text, slice_quote(slice_of(&part)).text);
            file->input = slice_of(&part);
        }
    }
    rc = add_constants(file);
out:
    return rc;
}

static char *copy_text(const struct protobuf_field *field)
{
    char *const copy = malloc(field->bytes + 1);
    if (copy != NULL) {
        if (field->bytes > 0)
            memcpy(copy, field->data, field->bytes);
        copy[field->bytes] = '\0';
    }
    return copy;
}

static int add_text(struct onnx_file *file, struct protobuf entry)
{
    struct protobuf_field field, key = {0}, value = {0};
    void *list = file->texts;
    bool more = true;
    int rc = make_room(file->path, &list, file->text_count, &file->text_room, sizeof *file->texts);

    file->texts = list;
    while (rc == INCLINE_OK) {
        TRY(protobuf_next(&entry, &field, &more));
        if (!more)
            break;
        if (field.number == ENTRY_KEY && field.data != NULL)
            key = field;
        else if (field.number == ENTRY_VALUE && field.data != NULL)
            value = field;
    }
    if (rc != INCLINE_OK)
        goto out;
    struct onnx_text *const text = &file->texts[file->text_count++];
    *text = (struct onnx_text){copy_text(&key), copy_text(&value)};
    if (text->key == NULL || text->value == NULL)
        rc = FAIL(INCLINE_ENOMEM, "%s: the texts of a model", file->path);
out:
    return rc;
}

int onnx_file_read(const char *path, struct onnx_file *file)
{
    struct onnx_file made = {.path = path};
    struct protobuf_field field, graph = {0};
    bool more = true;
    size_t bytes = 0;
    int rc = INCLINE_OK;

    TRY(file_read(path, FILE_LIMIT, &made.block, &bytes));
    struct protobuf model = {path, made.block, made.block, made.block + bytes};
    for (;;) {
        TRY(protobuf_next(&model, &field, &more));
        if (!more)
            break;
        if (field.number == MODEL_GRAPH && field.data != NULL)
            graph = field;
        else if (field.number == MODEL_METADATA && field.data != NULL)
            TRY(add_text(&made, protobuf_inside(&model, &field)));
    }
    if (graph.data == NULL) {
        rc = FAIL(INCLINE_EFORMAT,
                  "%s: no graph in its %zu bytes; this is no ONNX model, or it is damaged: check "
                  "which file was meant",
                  path, bytes);
        goto out;
    }
    TRY(read_graph(&made, protobuf_inside(&model, &graph)));
    *file = made;
    made = (struct onnx_file){0};
out:
    onnx_file_close(&made);
    return rc;
}

void onnx_file_close(struct onnx_file *file)
{
    for (size_t i = 0; i < file->value_count; i++)
        free(file->values[i].values);
    for (size_t i = 0; i < file->text_count; i++) {
        free(file->texts[i].key);
        free(file->texts[i].value);
    }
    free(file->values);
    free(file->texts);
    free(file->nodes);
    free(file->block);
    *file = (struct onnx_file){0};
}
