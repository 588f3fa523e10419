/* c_write.c - the two files of C source: what stands in the header, and the functions it promises.
 * See c_source.h and model_export.h. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/formats/c_source.h"
#include "host/formats/model_export.h"
#include "host/util/file.h"

/* What each task's source calls what it predicts. */
static const struct c_words words[] = {
    [INCLINE_TASK_CLASSES] = {"CLASSES", "class", "Probability of each class", "probabilities",
                              true},
    [INCLINE_TASK_BINARY] = {"CLASSES", "class", "Probability of each class", "probabilities",
                             true},
    [INCLINE_TASK_LABELS] = {"LABELS", "label", "Probability of each label", "probabilities",
                             false},
    [INCLINE_TASK_REGRESSION] = {"TARGETS", "target", "Value of each target, in its own unit",
                                 "values", false},
};

void c_buffers(const struct net *net, uint32_t buffers[2])
{
    buffers[0] = buffers[1] = 0;
    for (uint32_t l = 0; l + 1 < net->layers; l++)
        if (net->widths[l + 1] > buffers[l % 2])
            buffers[l % 2] = net->widths[l + 1];
}

/* Names from the file's: "my-net.c" gives my_net, "3.c" gives net_3. */
static void name_source(struct c_source *source, const char *path)
{
    const char *const slash = strrchr(path, '/');
    const char *const base = slash != NULL ? slash + 1 : path;
    const char *const dot = strrchr(base, '.');
    const size_t length = dot != NULL && dot > base ? (size_t)(dot - base) : strlen(base);
    const bool letter = isalpha((unsigned char)base[0]) || base[0] == '_';

    snprintf(source->file, sizeof source->file, "%.*s", (int)length, base);
    snprintf(source->name, sizeof source->name, "%s%.*s", letter ? "" : "net_", (int)length, base);
    for (char *at = source->name; *at != '\0'; at++)
        if (!isalnum((unsigned char)*at) || (unsigned char)*at > 0x7f)
            *at = '_';
    for (size_t i = 0; i < sizeof source->name; i++)
        source->upper[i] = (char)toupper((unsigned char)source->name[i]);
}

static void measure(struct c_source *source)
{
    const struct net *const net = &source->model->net;
    uint32_t buffers[2];

    c_buffers(net, buffers);
    const uint64_t floats = net->param_count - net->weight_count;
    const uint64_t scaled = source->model->input_scaling != NULL ? net->widths[0] : 0;
    const uint64_t unscaled =
        source->model->output_scaling != NULL ? model_outputs(source->model) : 0;
    source->working_bytes = (buffers[0] + buffers[1] + scaled) * sizeof(float);
    source->constant_bytes = (source->quantized ? net->weight_count + 2 * floats * sizeof(float)
                                                : net->param_count * sizeof(float)) +
                             2 * (scaled + unscaled) * sizeof(float);
}

/* A text as a string of C: what is not plain ASCII by its number, and no trigraph. */
static void add_string(struct bytes *out, const char *text)
{
    bytes_print(out, "\"");
    for (; *text != '\0'; text++)
        if (*text < ' ' || *text > '~' || strchr("\"\\?", *text) != NULL)
            bytes_print(out, "\\%03o", (unsigned)(unsigned char)*text);
        else
            bytes_print(out, "%c", *text);
    bytes_print(out, "\"");
}

/* Lines as those of a comment: what would end it, or begin another, is taken apart. */
static void add_comment(struct bytes *out, const struct bytes *lines)
{
    unsigned char before = '\n';

    for (size_t i = 0; i < lines->count; i++) {
        const unsigned char c = lines->data[i];
        if (before == '\n')
            bytes_print(out, " *   ");
        else if ((before == '*' && c == '/') || (before == '/' && c == '*'))
            bytes_print(out, " ");
        bytes_add(out, &c, 1);
        before = c;
    }
}

/* `inputs` are lines that say what they are. */
static void add_header(struct bytes *out, const struct c_source *s, const struct bytes *inputs)
{
    const struct net *const net = &s->model->net;
    char widths[64];

    bytes_print(out,
                "/* A %s network as C99, made " EXPORT_C_MARK " " INCLINE_VERSION ".\n"
                " * %" PRIu64 " bytes of constants%s, %" PRIu64 " bytes of stack between layers.\n"
                " * Inputs are raw: they are scaled inside. Compile with -D%s_MAIN for a program "
                "that\n"
                " * reads samples from its input, prints what they are, and with --time times "
                "itself. */\n"
                "#ifndef %s_H\n#define %s_H\n\n"
                "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n",
                net_text(net, widths, sizeof widths), s->constant_bytes,
                s->quantized ? " (8-bit weights, a scale for each neuron)" : "", s->working_bytes,
                s->upper, s->upper, s->upper);
    if (inputs->count > 0) {
        bytes_print(out, "/* What the inputs are:\n");
        add_comment(out, inputs);
        bytes_print(out, " */\n");
    }
    bytes_print(out,
                "enum { %s_INPUTS = %" PRIu32 ", %s_%s = %" PRIu32 ", %s_OUTPUTS = %" PRIu32
                " };\n\n"
                "extern const char *const %s_%s_names[%s_%s];\n\n"
                "/* What the last layer puts out: logits[%s_OUTPUTS] of input[%s_INPUTS]. */\n"
                "void %s_logits(const float *input, float *logits);\n\n",
                s->upper, net->widths[0], s->upper, s->words->count, model_classes(s->model),
                s->upper, model_outputs(s->model), s->name, s->words->one, s->upper,
                s->words->count, s->upper, s->upper, s->name);
    bytes_print(out,
                "/* %s: %s[%s_%s]. */\n"
                "void %s_predict(const float *input, float *%s);\n\n",
                s->words->what, s->words->result, s->upper, s->words->count, s->name,
                s->words->result);
    if (s->words->classes)
        bytes_print(out,
                    "/* The most probable class. */\n"
                    "unsigned %s_class(const float *input);\n\n",
                    s->name);
    bytes_print(out, "#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
}

static int add_source(struct bytes *out, const struct c_source *s)
{
    int rc = INCLINE_OK;

    bytes_print(out, "/* Made " EXPORT_C_MARK " " INCLINE_VERSION "; see %s.h. */\n", s->name);
    bytes_print(out, "#include \"");
    bytes_print(out, "%s.h\"\n\n#include <math.h>\n\n", s->file);
    bytes_print(out, "const char *const %s_%s_names[%s_%s] = {", s->name, s->words->one, s->upper,
                s->words->count);
    for (uint32_t c = 0; c < model_classes(s->model); c++) {
        bytes_print(out, c == 0 ? "\n    " : ",\n    ");
        add_string(out, s->model->class_names[c]);
    }
    bytes_print(out, "\n};\n\n");
    c_add_scaling_tables(out, s);
    for (uint32_t l = 0; l < s->model->net.layers; l++)
        TRY(c_add_tables(out, s, l));
    TRY(c_add_functions(out, s));
    c_add_promised(out, s);
    c_add_main(out, s);
out:
    return rc;
}

/* path[FILE_PATH_MAX] of the header that goes with a source. */
static int header_path(const char *path, char *header)
{
    const size_t bytes = strlen(path);

    if (bytes < 3 || strcmp(path + bytes - 2, ".c") != 0)
        return FAIL(INCLINE_EARG,
                    "%s: C source wants a name that ends in .c: its header is named "
                    "after it",
                    path);
    if (strpbrk(path, "\"\\\n\r") != NULL)
        return FAIL(INCLINE_EARG,
                    "C source wants a name without quotes, backslashes and ends of lines, to be "
                    "included by it");
    if (bytes >= FILE_PATH_MAX)
        return FAIL(INCLINE_EARG, "%.80s...: a path of %zu bytes; choose a shorter one", path,
                    bytes);
    memcpy(header, path, bytes + 1);
    header[bytes - 1] = 'h';
    return INCLINE_OK;
}

int c_write(const incline_model *model, const char *path,
            const struct incline_export_options *options, struct incline_export_info *info)
{
    struct c_source source = {
        .model = model, .words = &words[model->task], .quantized = options->quantize};
    struct bytes header = {0}, text = {0}, inputs = {0};
    char beside[FILE_PATH_MAX];
    int rc = INCLINE_OK;

    TRY(header_path(path, beside));
    TRY(export_may_replace(beside, EXPORT_C_MARK));
    name_source(&source, path);
    measure(&source);
    TRY(inputs_text(model, &inputs));
    TRY(bytes_check(&inputs, path));
    add_header(&header, &source, &inputs);
    TRY(add_source(&text, &source));
    TRY(bytes_check(&text, path));
    TRY(bytes_write(&header, beside));
    TRY(bytes_write(&text, path));
    info->bytes = header.count + text.count;
    info->constant_bytes = source.constant_bytes;
    info->working_bytes = source.working_bytes;
out:
    bytes_clear(&inputs);
    bytes_clear(&header);
    bytes_clear(&text);
    return rc;
}
