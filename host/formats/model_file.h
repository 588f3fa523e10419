/* model_file.h - models as safetensors: PyTorch's names, and in __metadata__ all the rest. */
#ifndef INCLINE_FORMATS_MODEL_FILE_H
#define INCLINE_FORMATS_MODEL_FILE_H

#include "host/formats/safetensors.h"
#include "host/net/model.h"

/* Most tensors and texts a model needs: 2 per layer, and MODEL_TEXTS. */
enum { MODEL_TEXTS = 4, MODEL_NAME_BYTES = 32 };

/* A model laid out for safetensors_write(), so that a checkpoint can add to it. */
struct model_layout {
    struct safetensors_tensor *tensors; /* [2 * layers], pointing into the model */
    char (*names)[MODEL_NAME_BYTES];    /* [2 * layers] */
    size_t tensor_count;
    struct safetensors_text texts[MODEL_TEXTS];
    size_t text_count;
    char *strings[MODEL_TEXTS];         /* what texts[].value points at; owned */
};

/* Describe a model. The layout points into the model: use it while that lives, then clear it.
 * Fails with INCLINE_ENOMEM. */
int model_layout_init(struct model_layout *layout, const incline_model *model);
void model_layout_clear(struct model_layout *layout);

/* Build a model from a file that was read. `path` is for messages. Tensors that are not
 * layers.N.weight or layers.N.bias are left alone. Fails with INCLINE_EFORMAT (no layers, shapes that
 * do not chain, a wrong type, metadata that contradict the tensors, values that are not finite, a newer
 * format version), INCLINE_ENOMEM. */
int model_from_safetensors(const struct safetensors *file, const char *path,
                           incline_model **model);

#endif
