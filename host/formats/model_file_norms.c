/* model_file_norms.c - normalisation in a model's file: norms.N.weight and norms.N.bias of hidden
 * layer N, and with batch normalisation norms.N.running_mean and norms.N.running_var, as PyTorch
 * names them. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "host/formats/model_file.h"
#include "host/formats/model_file_private.h"
#include "host/formats/quote.h"
#include "host/util/status.h"

static const char *const parts[NET_NORMS] = {[NET_GAIN] = "weight",
                                             [NET_SHIFT] = "bias",
                                             [NET_MEAN] = "running_mean",
                                             [NET_VARIANCE] = "running_var"};

static const char *name_of(uint32_t layer, enum net_norm which, char name[MODEL_NAME_BYTES])
{
    snprintf(name, MODEL_NAME_BYTES, "norms.%" PRIu32 ".%s", layer, parts[which]);
    return name;
}

size_t model_norm_count(const struct net *net)
{
    return (size_t)net_norms(net) * (net->layers - 1);
}

void model_add_norms(struct model_layout *layout, const incline_model *model)
{
    const struct net *const net = &model->net;

    for (uint32_t l = 0; net_normalizes(net, l); l++)
        for (enum net_norm which = NET_GAIN; which < net_norms(net); which++) {
            char *const name = layout->names[layout->tensor_count];
            layout->tensors[layout->tensor_count++] = (struct safetensors_tensor){
                .name = name_of(l, which, name),
                .dtype = "F32",
                .dims = 1,
                .shape = {net->widths[l + 1]},
                .data = model->params + net_norm_at(net, l, which),
                .bytes = net->widths[l + 1] * sizeof(float),
            };
        }
}

int model_check_norms_finite(const incline_model *model, const char *path)
{
    const struct net *const net = &model->net;
    char name[MODEL_NAME_BYTES];

    for (uint32_t l = 0; net_normalizes(net, l); l++)
        for (enum net_norm which = NET_GAIN; which < net_norms(net); which++) {
            const float *const values = model->params + net_norm_at(net, l, which);
            for (uint32_t i = 0; i < net->widths[l + 1]; i++)
                if (!isfinite(values[i]) || (which == NET_VARIANCE && values[i] < 0.0f))
                    return FAIL(INCLINE_EFORMAT,
                                "%s: %s[%" PRIu32 "] is %g; training diverged or the file is "
                                "damaged: train again with a smaller learning rate, or copy it "
                                "again",
                                path, name_of(l, which, name), i, (double)values[i]);
        }
    return INCLINE_OK;
}

int model_apply_normalization(const char *path, const char *text, incline_model *model)
{
    int known = 0;

    if (text == NULL)
        return INCLINE_OK;
    while (net_normalization_text(known) != NULL &&
           strcmp(net_normalization_text(known), text) != 0)
        known++;
    if (net_normalization_text(known) == NULL)
        return FAIL(INCLINE_EFORMAT,
                    "%s: metadata " MODEL_KEY_NETWORK " names the normalisation \"%s\", which this "
                    "version does not have; update Incline, or copy the file again",
                    path, quote(text).text);
    return model_set_normalization(model, (enum incline_normalization)known);
}

static int read_part(const struct safetensors *file, const char *path, uint32_t l,
                     enum net_norm which, incline_model *model)
{
    const uint32_t width = model->net.widths[l + 1];
    char name[MODEL_NAME_BYTES];
    const struct safetensors_tensor *const tensor = safetensors_find(file, name_of(l, which, name));

    if (tensor == NULL)
        return FAIL(INCLINE_EFORMAT, "%s: %s is missing; " MODEL_DAMAGED, path, name);
    if (!safetensors_are_floats(tensor) || tensor->dims != 1 || tensor->shape[0] != width)
        return FAIL(INCLINE_EFORMAT,
                    "%s: %s is not [%" PRIu32 "] of F32, as its layer is wide; save it so", path,
                    name, width);
    (void)safetensors_floats(tensor, model->params + net_norm_at(&model->net, l, which));
    return INCLINE_OK;
}

int model_read_norms(const struct safetensors *file, const char *path, bool described,
                     incline_model *model)
{
    char name[MODEL_NAME_BYTES];
    int rc = INCLINE_OK;

    if (!described && safetensors_find(file, name_of(0, NET_GAIN, name)) != NULL)
        TRY(model_set_normalization(model,
                                    safetensors_find(file, name_of(0, NET_MEAN, name)) != NULL
                                        ? INCLINE_NORMALIZE_BATCH
                                        : INCLINE_NORMALIZE_LAYER));
    for (uint32_t l = 0; net_normalizes(&model->net, l); l++)
        for (enum net_norm which = NET_GAIN; which < net_norms(&model->net); which++)
            TRY(read_part(file, path, l, which, model));
    TRY(model_check_norms_finite(model, path));
out:
    return rc;
}
