/* foreign_read.c - a model of the tensors that another program saved under names of its own.
 *
 * Each matrix is the weights of a layer. The vector that is called as the matrix is, but "bias" for
 * "weight" or "b" for "W", is its bias. Vectors of one module without a matrix are normalisation:
 * with running_mean and running_var that of torch.nn.BatchNorm1d, else LayerNorm's. Nothing is
 * guessed: a tensor that has no place refuses the file. */
#include "host/formats/foreign.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "host/formats/model_file_private.h"
#include "host/formats/quote.h"
#include "host/util/status.h"

enum { NAME_BYTES = 256 };

/* What was found in a file. */
struct foreign {
    const char *path;
    const struct safetensors *file;
    struct foreign_layer layers[FOREIGN_LAYERS];
    struct foreign_norm norms[FOREIGN_LAYERS];
    uint32_t layer_count, norm_count;
    bool *taken; /* [tensors] */
};

/* The tensor of that name, which then is taken; NULL if there is none. */
static const struct safetensors_tensor *take(struct foreign *foreign, const char *name)
{
    for (size_t i = 0; i < safetensors_count(foreign->file); i++)
        if (!foreign->taken[i] && strcmp(safetensors_at(foreign->file, i)->name, name) == 0) {
            foreign->taken[i] = true;
            return safetensors_at(foreign->file, i);
        }
    return NULL;
}

/* text[NAME_BYTES] = name with the last `from` in it replaced; false if there is none. */
static bool replace(const char *name, const char *from, const char *to, char *text)
{
    const char *last = NULL;
    for (const char *at = strstr(name, from); at != NULL; at = strstr(at + 1, from))
        last = at;
    if (last == NULL || strlen(name) + strlen(to) >= NAME_BYTES)
        return false;
    memcpy(text, name, (size_t)(last - name));
    strcpy(text + (last - name), to);
    strcat(text, last + strlen(from));
    return true;
}

/* The bias of a matrix, or NULL. */
static const struct safetensors_tensor *take_bias(struct foreign *foreign, const char *weight)
{
    static const char *const pairs[][2] = {{"weight", "bias"}, {"W", "b"}, {"w", "b"}};
    const struct safetensors_tensor *bias = NULL;
    char name[NAME_BYTES];

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs && bias == NULL; i++)
        if (replace(weight, pairs[i][0], pairs[i][1], name))
            bias = take(foreign, name);
    return bias;
}

static int fail_limit(const struct foreign *foreign)
{
    return FAIL(INCLINE_EFORMAT, "%s: more than %d layers; save fewer", foreign->path,
                FOREIGN_LAYERS);
}

static int find_layers(struct foreign *foreign)
{
    for (size_t i = 0; i < safetensors_count(foreign->file); i++) {
        const struct safetensors_tensor *const tensor = safetensors_at(foreign->file, i);
        if (tensor->dims > 2)
            return FAIL(INCLINE_EFORMAT,
                        "%s: %s has %u dimensions, at most 2 expected; only fully connected layers "
                        "can be read",
                        foreign->path, quote(tensor->name).text, tensor->dims);
        if (tensor->dims != 2)
            continue;
        if (foreign->layer_count == FOREIGN_LAYERS)
            return fail_limit(foreign);
        foreign->taken[i] = true;
        foreign->layers[foreign->layer_count++].weight = tensor;
    }
    for (uint32_t l = 0; l < foreign->layer_count; l++)
        foreign->layers[l].bias = take_bias(foreign, foreign->layers[l].weight->name);
    if (foreign->layer_count == 0)
        return FAIL(INCLINE_EFORMAT,
                    "%s: no layer among its %zu tensors; a model has layers.0.weight, "
                    "layers.0.bias and so on: check which file was meant",
                    foreign->path, safetensors_count(foreign->file));
    return foreign_order(foreign->path, foreign->layers, foreign->layer_count);
}

/* The tensor of the module that `name` is of, by another last word; taken. */
static const struct safetensors_tensor *take_beside(struct foreign *foreign, const char *name,
                                                    const char *word)
{
    const char *const dot = strrchr(name, '.');
    const size_t head = dot != NULL ? (size_t)(dot - name) + 1 : 0;
    char text[NAME_BYTES];

    if (dot == NULL || head + strlen(word) >= sizeof text)
        return NULL;
    memcpy(text, name, head);
    strcpy(text + head, word);
    return take(foreign, text);
}

static const char *norm_name(const struct foreign_norm *norm)
{
    return (norm->mean != NULL ? norm->mean : norm->gain)->name;
}

static int by_name(const void *a, const void *b)
{
    return foreign_compare(norm_name(a), norm_name(b));
}

/* What is left is normalisation, or has no place. */
static int find_norms(struct foreign *foreign)
{
    for (size_t i = 0; i < safetensors_count(foreign->file); i++) {
        const char *const name = safetensors_at(foreign->file, i)->name;
        if (foreign->taken[i])
            continue;
        struct foreign_norm norm = {0};
        norm.mean = take_beside(foreign, name, "running_mean");
        norm.variance = take_beside(foreign, name, "running_var");
        norm.gain = take_beside(foreign, name, "weight");
        norm.shift = take_beside(foreign, name, "bias");
        if (norm.mean != NULL)
            (void)take_beside(foreign, name, "num_batches_tracked");
        if (!foreign->taken[i] || (norm.mean == NULL) != (norm.variance == NULL) ||
            (norm.gain == NULL) != (norm.shift == NULL) || (norm.mean == NULL && norm.gain == NULL))
            return FAIL(INCLINE_EFORMAT,
                        "%s: tensor \"%s\" belongs to no layer: a bias is called as its weights "
                        "are, normalisation has weight and bias, and running_mean and running_var "
                        "or not; save fully connected layers alone",
                        foreign->path, quote(name).text);
        if (foreign->norm_count == FOREIGN_LAYERS)
            return fail_limit(foreign);
        foreign->norms[foreign->norm_count++] = norm;
    }
    qsort(foreign->norms, foreign->norm_count, sizeof *foreign->norms, by_name);
    return INCLINE_OK;
}

/* Each hidden layer has normalisation of one kind, right behind its weights, or none has. */
static int check_norms(const struct foreign *foreign)
{
    const uint32_t hidden = foreign->layer_count - 1;
    uint64_t layer, at;

    if (foreign->norm_count != 0 && foreign->norm_count != hidden)
        return FAIL(INCLINE_EFORMAT,
                    "%s: normalisation of %" PRIu32 " layers (\"%s\"), but there are %" PRIu32
                    " hidden ones; each of them is normalised, or none",
                    foreign->path, foreign->norm_count, quote(norm_name(&foreign->norms[0])).text,
                    hidden);
    for (uint32_t l = 0; l < foreign->norm_count; l++) {
        const char *const name = norm_name(&foreign->norms[l]);
        if ((foreign->norms[l].mean == NULL) != (foreign->norms[0].mean == NULL))
            return FAIL(INCLINE_EFORMAT,
                        "%s: \"%s\" and \"%s\" are normalisation of different kinds; take one",
                        foreign->path, quote(norm_name(&foreign->norms[0])).text, quote(name).text);
        if (foreign_steps(foreign->layers[l].weight->name, name, &layer, &at) && at != layer + 1)
            return FAIL(INCLINE_EFORMAT,
                        "%s: \"%s\" does not stand right behind \"%s\"; Incline normalises before "
                        "the activation",
                        foreign->path, quote(name).text,
                        quote(foreign->layers[l].weight->name).text);
    }
    return INCLINE_OK;
}

/* values[count] = a vector, or `otherwise` where there is none. */
static int copy_vector(const struct foreign *foreign, const struct safetensors_tensor *tensor,
                       uint32_t count, float otherwise, float *values)
{
    for (uint32_t i = 0; tensor == NULL && i < count; i++)
        values[i] = otherwise;
    if (tensor == NULL)
        return INCLINE_OK;
    if (tensor->dims != 1 || tensor->shape[0] != count || !safetensors_are_floats(tensor))
        return FAIL(INCLINE_EFORMAT,
                    "%s: \"%s\" is not [%" PRIu32 "] of F32, F16, BF16 or F64, as its layer is "
                    "wide; save it so",
                    foreign->path, quote(tensor->name).text, count);
    (void)safetensors_floats(tensor, values);
    return INCLINE_OK;
}

static int copy_values(const struct foreign *foreign, incline_model *model)
{
    const struct net *const net = &model->net;
    int rc = INCLINE_OK;

    for (uint32_t l = 0; l < net->layers; l++) {
        const struct foreign_layer *const layer = &foreign->layers[l];
        const struct foreign_norm *const norm = &foreign->norms[l];
        const uint32_t width = net->widths[l + 1];
        if (!safetensors_floats(layer->weight, model->params + net_weight_at(net, l)))
            return FAIL(INCLINE_EFORMAT,
                        "%s: %s is of type %s; F32, F16, BF16 and F64 are read, save it so",
                        foreign->path, quote(layer->weight->name).text, layer->weight->dtype);
        TRY(copy_vector(foreign, layer->bias, width, 0.0f, model->params + net_bias_at(net, l)));
        if (!net_normalizes(net, l))
            continue;
        const struct safetensors_tensor *const parts[NET_NORMS] = {norm->gain, norm->shift,
                                                                   norm->mean, norm->variance};
        for (uint32_t which = 0; which < net_norms(net); which++)
            TRY(copy_vector(foreign, parts[which], width, which == NET_GAIN ? 1.0f : 0.0f,
                            model->params + net_norm_at(net, l, (enum net_norm)which)));
    }
    TRY(model_check_finite(model, foreign->path));
    TRY(model_check_norms_finite(model, foreign->path));
out:
    return rc;
}

static int build(const struct foreign *foreign, incline_model **model)
{
    uint32_t widths[FOREIGN_LAYERS + 1];
    incline_model *made = NULL;
    int rc = INCLINE_OK;

    for (uint32_t l = 0; l < foreign->layer_count; l++)
        for (uint32_t d = 0; d < 2; d++) {
            const struct safetensors_tensor *const weight = foreign->layers[l].weight;
            if (weight->shape[d] == 0 || weight->shape[d] > UINT32_MAX)
                return FAIL(INCLINE_EFORMAT,
                            "%s: %s: %" PRIu64 " is no width of a layer, those run from 1 to %u",
                            foreign->path, quote(weight->name).text, weight->shape[d], UINT32_MAX);
            widths[l + 1 - d] = (uint32_t)weight->shape[d];
        }
    rc = model_create(widths, (size_t)foreign->layer_count + 1, INCLINE_RELU, &made);
    if (rc == INCLINE_OK && foreign->norm_count > 0)
        rc =
            model_set_normalization(made, foreign->norms[0].mean != NULL ? INCLINE_NORMALIZE_BATCH
                                                                         : INCLINE_NORMALIZE_LAYER);
    if (rc != INCLINE_OK) {
        rc = status_context(rc == INCLINE_EARG ? INCLINE_EFORMAT : rc, "%s", foreign->path);
        goto out;
    }
    TRY(copy_values(foreign, made));
    *model = made;
    made = NULL;
out:
    incline_model_destroy(made);
    return rc;
}

int model_from_foreign(const struct safetensors *file, const char *path, incline_model **model)
{
    struct foreign *foreign = calloc(1, sizeof *foreign);
    int rc = INCLINE_OK;

    if (foreign != NULL)
        foreign->taken = calloc(safetensors_count(file) + 1, sizeof *foreign->taken);
    if (foreign == NULL || foreign->taken == NULL) {
        rc = FAIL(INCLINE_ENOMEM, "%s: a list of %zu tensors", path, safetensors_count(file));
        goto out;
    }
    foreign->path = path;
    foreign->file = file;
    TRY(find_layers(foreign));
    TRY(find_norms(foreign));
    TRY(check_norms(foreign));
    TRY(build(foreign, model));
out:
    if (foreign != NULL)
        free(foreign->taken);
    free(foreign);
    return rc;
}
