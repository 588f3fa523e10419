/* model_file_read.c - builds a model from the tensors of a file. What the file's texts say
 * about it is the work of model_file_metadata.c. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/formats/model_file.h"
#include "host/formats/model_file_private.h"
#include "host/util/file.h"
#include "host/util/status.h"

/* A tensor that belongs to a layer. */
struct part {
    uint32_t number; /* as it stands in the name */
    bool bias;
    const struct safetensors_tensor *tensor;
};

/* Is this "layers.N.weight" or "layers.N.bias", N without leading zeros? */
static bool parse_part(const struct safetensors_tensor *tensor, struct part *part)
{
    static const char prefix[] = "layers.";
    const char *at = tensor->name;
    uint64_t number = 0;

    if (strncmp(at, prefix, sizeof prefix - 1) != 0)
        return false;
    at += sizeof prefix - 1;
    if (*at < '0' || *at > '9' || (*at == '0' && at[1] != '.'))
        return false;
    for (; *at >= '0' && *at <= '9' && number <= UINT32_MAX; at++)
        number = 10 * number + (uint64_t)(*at - '0');
    if (number > UINT32_MAX)
        return false;
    const bool bias = strcmp(at, ".bias") == 0;
    if (!bias && strcmp(at, ".weight") != 0)
        return false;
    *part = (struct part){(uint32_t)number, bias, tensor};
    return true;
}

static int compare_parts(const void *a, const void *b)
{
    const struct part *left = a, *right = b;
    if (left->number != right->number)
        return left->number < right->number ? -1 : 1;
    return (int)left->bias - (int)right->bias;
}

/* Collect the layers in order: parts[2 * l] is a weight, parts[2 * l + 1] its bias. */
static int collect_parts(const struct safetensors *file, const char *path, struct part **parts,
                         uint32_t *layers)
{
    const size_t most = safetensors_count(file);
    struct part *const found = malloc((most + 1) * sizeof *found);
    size_t count = 0;

    if (found == NULL)
        return FAIL(INCLINE_ENOMEM, "%s: a list of %zu tensors", path, most);
    for (size_t i = 0; i < most; i++)
        if (parse_part(safetensors_at(file, i), &found[count]))
            count++;
    qsort(found, count, sizeof *found, compare_parts);
    for (size_t i = 0; i < count; i += 2) {
        if (!found[i].bias && i + 1 < count && found[i + 1].bias &&
            found[i + 1].number == found[i].number)
            continue;
        const struct part alone = found[i];
        free(found);
        return FAIL(INCLINE_EFORMAT,
                    "%s: layers.%u.%s is there without layers.%u.%s; save every layer with both",
                    path, alone.number, alone.bias ? "bias" : "weight", alone.number,
                    alone.bias ? "weight" : "bias");
    }
    if (count == 0) {
        free(found);
        return FAIL(
            INCLINE_EFORMAT,
            "%s: no layer among its %zu tensors; a model has layers.0.weight, layers.0.bias "
            "and so on: check which file was meant",
            path, most);
    }
    *parts = found;
    *layers = (uint32_t)(count / 2);
    return INCLINE_OK;
}

static int check_part(const char *path, const struct safetensors_tensor *tensor, uint32_t dims)
{
    if (!safetensors_are_floats(tensor))
        return FAIL(INCLINE_EFORMAT,
                    "%s: %s is of type %s; F32, F16, BF16 and F64 are read, save it so", path,
                    tensor->name, tensor->dtype);
    if (tensor->dims != dims)
        return FAIL(
            INCLINE_EFORMAT,
            "%s: %s has %u dimensions, %u expected; only fully connected layers can be read", path,
            tensor->name, tensor->dims, dims);
    for (uint32_t d = 0; d < dims; d++)
        if (tensor->shape[d] == 0 || tensor->shape[d] > UINT32_MAX)
            return FAIL(INCLINE_EFORMAT,
                        "%s: %s: %" PRIu64
                        " is no width of a layer, those run from 1 to %u; " MODEL_DAMAGED,
                        path, tensor->name, tensor->shape[d], UINT32_MAX);
    return INCLINE_OK;
}

/* Check each layer, and that it takes what the one before gives; widths[layers + 1]. */
static int chain_widths(const char *path, const struct part *parts, uint32_t layers,
                        uint32_t *widths)
{
    for (uint32_t l = 0; l < layers; l++) {
        const struct safetensors_tensor *const weight = parts[2 * (size_t)l].tensor;
        const struct safetensors_tensor *const bias = parts[2 * (size_t)l + 1].tensor;
        int rc = check_part(path, weight, 2);
        if (rc == INCLINE_OK)
            rc = check_part(path, bias, 1);
        if (rc != INCLINE_OK)
            return rc;
        if (bias->shape[0] != weight->shape[0])
            return FAIL(INCLINE_EFORMAT,
                        "%s: %s is [%" PRIu64 ", %" PRIu64 "], but %s has %" PRIu64
                        " values; " MODEL_DAMAGED,
                        path, weight->name, weight->shape[0], weight->shape[1], bias->name,
                        bias->shape[0]);
        if (l > 0 && weight->shape[1] != widths[l])
            return FAIL(INCLINE_EFORMAT,
                        "%s: %s takes %" PRIu64
                        " inputs, but the layer before it has %u outputs; " MODEL_DAMAGED,
                        path, weight->name, weight->shape[1], widths[l]);
        widths[l] = (uint32_t)weight->shape[1];
        widths[l + 1] = (uint32_t)weight->shape[0];
    }
    return INCLINE_OK;
}

/* A model of the tensors alone. */
static int build(const char *path, const struct part *parts, uint32_t layers, incline_model **model)
{
    int rc = INCLINE_OK;
    incline_model *made = NULL;
    uint32_t *widths = malloc(((size_t)layers + 1) * sizeof *widths);

    if (widths == NULL)
        return FAIL(INCLINE_ENOMEM, "%s: the widths of %u layers", path, layers);
    TRY(chain_widths(path, parts, layers, widths));
    rc = model_create(widths, (size_t)layers + 1, INCLINE_RELU, &made);
    if (rc != INCLINE_OK) {
        rc = status_context(rc == INCLINE_EARG ? INCLINE_EFORMAT : rc, "%s", path);
        goto out;
    }
    for (uint32_t l = 0; l < layers; l++) {
        const struct safetensors_tensor *const weight = parts[2 * (size_t)l].tensor;
        const struct safetensors_tensor *const bias = parts[2 * (size_t)l + 1].tensor;
        (void)safetensors_floats(weight, incline_model_weights(made, l));
        (void)safetensors_floats(bias, incline_model_biases(made, l));
    }
    TRY(model_check_finite(made, path));
    *model = made;
    made = NULL;
out:
    incline_model_destroy(made);
    free(widths);
    return rc;
}

/* What Incline writes is numbered without a gap. */
static int check_numbers(const char *path, const struct part *parts, uint32_t layers)
{
    for (uint32_t l = 0; l < layers; l++)
        if (parts[2 * (size_t)l].number != l)
            return FAIL(INCLINE_EFORMAT,
                        "%s: layers.%u.weight is missing before layers.%u.weight; " MODEL_DAMAGED,
                        path, l, parts[2 * (size_t)l].number);
    return INCLINE_OK;
}

/* Are the layers called otherwise, or numbered together with what normalises them? */
static bool is_foreign(const struct safetensors *file)
{
    bool own = false;
    struct part part;

    for (size_t i = 0; i < safetensors_count(file); i++)
        if (parse_part(safetensors_at(file, i), &part)) {
            own = true;
            if (!part.bias && part.tensor->dims == 1)
                return true;
        }
    return !own;
}

/* A file without metadata: what each hidden layer does is not in it, nor what is predicted. */
static void assume(incline_model *model)
{
    model->activation_assumed = model->net.layers > 1;
    if (model_outputs(model) == 1)
        model->task = INCLINE_TASK_REGRESSION;
}

/* The layers under Incline's own names. */
static int from_layers(const struct safetensors *file, const char *path, bool described,
                       incline_model **model)
{
    struct part *parts = NULL;
    uint32_t layers = 0;
    incline_model *made = NULL;
    int rc = INCLINE_OK;

    TRY(collect_parts(file, path, &parts, &layers));
    if (described)
        TRY(check_numbers(path, parts, layers));
    TRY(build(path, parts, layers, &made));
    if (described)
        TRY(model_metadata_apply(file, path, made));
    TRY(model_read_norms(file, path, described, made));
    *model = made;
    made = NULL;
out:
    incline_model_destroy(made);
    free(parts);
    return rc;
}

int model_from_safetensors(const struct safetensors *file, const char *path, incline_model **model)
{
    bool described = false;
    int rc = model_metadata_check(file, path, &described);

    if (rc == INCLINE_OK)
        rc = !described && is_foreign(file) ? model_from_foreign(file, path, model)
                                            : from_layers(file, path, described, model);
    if (rc == INCLINE_OK && !described)
        assume(*model);
    return rc;
}

enum { BRACE_AT = 8, HEAD_LEAST, HEAD_BYTES = 512 };

/* The first bytes of a file, zeros behind its end, and of a file too short for a model. A pipe is
 * not looked into: what is read from it is gone. */
static void look(const char *path, unsigned char head[HEAD_BYTES])
{
    FILE *const file = file_exists(path) ? fopen(path, "rb") : NULL;

    memset(head, 0, HEAD_BYTES);
    if (file == NULL)
        return;
    if (fread(head, 1, HEAD_BYTES, file) < HEAD_LEAST)
        memset(head, 0, HEAD_BYTES);
    fclose(file);
}

/* ONNX begins with its first field, the IR version; safetensors have '{' behind their length. */
static bool is_onnx(const unsigned char *head)
{
    enum { ONNX_FIRST = 0x08 };
    return head[0] == ONNX_FIRST && head[BRACE_AT] != '{';
}

/* True if the first file in a ZIP archive is NAME/data.pkl, as torch.save() has it. */
static bool holds_pickle(const unsigned char *head)
{
    enum { LENGTH_AT = 26, NAME_AT = 30 };
    static const char pickle[] = "/data.pkl";
    const size_t tail = sizeof pickle - 1;
    const size_t end = NAME_AT + (size_t)(head[LENGTH_AT] | head[LENGTH_AT + 1] << 8);

    return end >= NAME_AT + tail && end <= HEAD_BYTES &&
           memcmp(head + end - tail, pickle, tail) == 0;
}

/* What torch.save() writes is an archive around a pickle, in old files the pickle itself. */
static int check_pickle(const char *path, const unsigned char *head)
{
    enum { PICKLE_FIRST = 0x80, PROTOCOL_MOST = 5 };
    const bool archive = memcmp(head, "PK\3\4", 4) == 0;
    const bool pickle = head[0] == PICKLE_FIRST && head[1] >= 2 && head[1] <= PROTOCOL_MOST &&
                        head[BRACE_AT] != '{';

    if (!archive && !pickle)
        return INCLINE_OK;
    if (archive && !holds_pickle(head))
        return FAIL(INCLINE_EFORMAT,
                    "%s: is a ZIP archive, perhaps a data set as .npz, and no model; name a file "
                    "of safetensors or ONNX",
                    path);
    return FAIL(INCLINE_EFORMAT,
                "%s: is a%s, as torch.save() writes it; a pickle can run programs and is not read, "
                "save safetensors from PyTorch: "
                "safetensors.torch.save_file(model.state_dict(), \"model.safetensors\")",
                path, pickle ? " pickle" : "n archive with a pickle");
}

/* What the first bytes of some files that are no models say they are. */
static const struct {
    const char *bytes;
    size_t count;
    const char *what;
} others[] = {
    {"\x89PNG", 4, "a picture"},
    {"\x93NUMPY", 6, "an array of NumPy"},
    {"\x1f\x8b", 2, "a compressed file"},
    {"\0\0\x08", 3, "a file of IDX"},
};

/* Data, perhaps named where the model should be, are no model. A text is told by its first bytes,
 * as many as come before the brace of a model. */
static int check_data(const char *path, const unsigned char *head)
{
    const char *what = NULL;
    size_t printable = 0;

    while (printable <= BRACE_AT && (head[printable] >= ' ' || head[printable] == '\t' ||
                                     head[printable] == '\n' || head[printable] == '\r'))
        printable++;
    if (head[BRACE_AT] == '{')
        return INCLINE_OK;
    if (printable > BRACE_AT)
        what = "text, perhaps a table";
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (memcmp(head, others[i].bytes, others[i].count) == 0)
            what = others[i].what;
    return what == NULL ? INCLINE_OK
                        : FAIL(INCLINE_EFORMAT,
                               "%s: is %s, and no model; where a model and data are named, the "
                               "model comes first",
                               path, what);
}

int incline_model_load(const char *path, incline_model **model)
{
    struct safetensors *file = NULL;
    unsigned char head[HEAD_BYTES];
    int rc = INCLINE_OK;

    if (path == NULL || model == NULL)
        return FAIL(INCLINE_EARG, "loading needs a path and a place for the model; one is NULL");
    look(path, head);
    if (is_onnx(head))
        return model_from_onnx(path, model);
    TRY(check_pickle(path, head));
    TRY(check_data(path, head));
    TRY(safetensors_read(path, &file));
    TRY(model_from_safetensors(file, path, model));
out:
    safetensors_close(file);
    return rc;
}
