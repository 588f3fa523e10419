/* model_export.c - which writer makes a file; see model_export.h. */
#include "host/formats/model_export.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "host/formats/model_file.h"
#include "host/util/file.h"
#include "host/util/status.h"

static int safetensors_export(const incline_model *model, const char *path,
                              const struct incline_export_options *options,
                              struct incline_export_info *info)
{
    struct stat file;

    (void)options;
    const int rc = incline_model_save(model, path);
    if (rc == INCLINE_OK && stat(path, &file) == 0)
        info->bytes = (uint64_t)file.st_size;
    return rc;
}

/* Each format: its number; its word, which is how names of its files end; what stands at the
 * beginning of each of its files; and its writer. */
static const struct {
    enum incline_export_format format;
    const char *word, *mark;
    int (*write)(const incline_model *model, const char *path,
                 const struct incline_export_options *options, struct incline_export_info *info);
} formats[] = {
    {INCLINE_EXPORT_SAFETENSORS, "safetensors", "incline.format", safetensors_export},
    {INCLINE_EXPORT_ONNX, "onnx", "incline", onnx_write},
    {INCLINE_EXPORT_C, "c", EXPORT_C_MARK, c_write},
    {INCLINE_EXPORT_NPZ, "npz", "layers.0.weight", npz_write},
    {INCLINE_EXPORT_CSV, "csv", "layer,neuron,input,value", csv_write},
    {INCLINE_EXPORT_PNG, "png", "PNG", neurons_write},
};
enum { FORMATS = sizeof formats / sizeof formats[0] };

const char *incline_export_format_text(enum incline_export_format format)
{
    for (size_t i = 0; i < FORMATS; i++)
        if (formats[i].format == format)
            return formats[i].word;
    return NULL;
}

/* "onnx, .c or .npz" for messages. */
static const char *all_endings(char *text, size_t bytes)
{
    size_t used = 0;

    for (size_t i = 0; i < FORMATS && used < bytes; i++)
        used += (size_t)snprintf(text + used, bytes - used, "%s.%s",
                                 i == 0             ? ""
                                 : i + 1 == FORMATS ? " or "
                                                    : ", ",
                                 formats[i].word);
    return text;
}

/* Which of the list a file is to be; FORMATS if none. */
static size_t choose(enum incline_export_format format, const char *path)
{
    const char *const slash = strrchr(path, '/');
    const char *const dot = strrchr(slash != NULL ? slash : path, '.');

    for (size_t i = 0; i < FORMATS; i++)
        if (format == INCLINE_EXPORT_BY_NAME
                ? dot != NULL && strcasecmp(dot + 1, formats[i].word) == 0
                : format == formats[i].format)
            return i;
    return FORMATS;
}

int export_may_replace(const char *path, const char *mark)
{
    unsigned char head[256];
    size_t bytes = 0;

    FILE *const file = file_exists(path) ? fopen(path, "rb") : NULL;
    if (file == NULL) /* nothing there; or nothing to be read, which says itself on writing */
        return INCLINE_OK;
    bytes = fread(head, 1, sizeof head, file);
    fclose(file);
    const size_t length = strlen(mark);
    for (size_t at = 0; at + length <= bytes; at++)
        if (memcmp(head + at, mark, length) == 0)
            return INCLINE_OK;
    return bytes == 0
               ? INCLINE_OK
               : FAIL(INCLINE_EIO,
                      "%s: is there already, and is no such export that it could replace; choose "
                      "another name, or remove it",
                      path);
}

int incline_model_export(const incline_model *model, const char *path,
                         const struct incline_export_options *options,
                         struct incline_export_info *info)
{
    struct incline_export_info made = {0};
    const struct incline_export_options chosen =
        options != NULL ? *options : (struct incline_export_options){0};
    char endings[128];

    if (model == NULL || path == NULL)
        return FAIL(INCLINE_EARG, "exporting needs a model and a path; one of them is NULL");
    const size_t at = choose(chosen.format, path);
    if (at == FORMATS)
        return FAIL(INCLINE_EARG,
                    "%s: no format goes by that ending; let it end in %s, or name the format", path,
                    all_endings(endings, sizeof endings));
    made.format = formats[at].format;
    if (model->deskew && (made.format == INCLINE_EXPORT_ONNX || made.format == INCLINE_EXPORT_C))
        return FAIL(
            INCLINE_EARG,
            "%s: the network sees its images deskewed, and %s cannot do that to them; train "
            "without deskew, or write .safetensors, or .npz for a program that deskews",
            path, formats[at].word);
    if (chosen.quantize && made.format != INCLINE_EXPORT_C)
        return FAIL(INCLINE_EARG, "%s: %s has no 8-bit weights here; only C source has", path,
                    formats[at].word);
    int rc = INCLINE_OK;
    incline_model *folded = NULL;
    TRY(model_check_finite(model, path));
    TRY(export_may_replace(path, formats[at].mark));
    if (made.format != INCLINE_EXPORT_SAFETENSORS) {
        rc = model_fold(model, &folded);
        if (rc != INCLINE_OK)
            return status_context(rc, "%s", path);
    }
    TRY(formats[at].write(folded != NULL ? folded : model, path, &chosen, &made));
    if (info != NULL)
        *info = made;
out:
    incline_model_destroy(folded);
    return rc;
}
