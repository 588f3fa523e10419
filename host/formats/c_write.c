/* c_write.c - the two files of C source: what stands in the header, and the functions it promises.
 * See c_source.h and model_export.h. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/formats/c_source.h"
#include "host/formats/model_export.h"
#include "host/util/file.h"

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
    source->working_bytes = (buffers[0] + buffers[1] + scaled) * sizeof(float);
    source->constant_bytes = (source->quantized ? net->weight_count + 2 * floats * sizeof(float)
                                                : net->param_count * sizeof(float)) +
                             2 * scaled * sizeof(float);
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

static void add_header(struct bytes *out, const struct c_source *s)
{
    const struct net *const net = &s->model->net;
    char widths[64];

    bytes_print(out,
                "/* A %s network as C99, made by Incline " INCLINE_VERSION ".\n"
                " * %" PRIu64 " bytes of constants%s, %" PRIu64 " bytes of stack between layers.\n"
                " * Inputs are raw: they are scaled inside. Compile with -D%s_MAIN for a program "
                "that\n"
                " * reads samples from its input, prints what they are, and times itself. */\n"
                "#ifndef %s_H\n#define %s_H\n\n"
                "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n",
                net_text(net, widths, sizeof widths), s->constant_bytes,
                s->quantized ? " (8-bit weights, a scale for each neuron)" : "", s->working_bytes,
                s->upper, s->upper, s->upper);
    bytes_print(out,
                "enum { %s_INPUTS = %" PRIu32 ", %s_CLASSES = %" PRIu32 " };\n\n"
                "extern const char *const %s_class_names[%s_CLASSES];\n\n",
                s->upper, net->widths[0], s->upper, model_classes(s->model), s->name, s->upper);
    bytes_print(out,
                "/* What the last layer puts out: logits[%s_CLASSES] of input[%s_INPUTS]. */\n"
                "void %s_logits(const float *input, float *logits);\n\n"
                "/* Probability of each class. */\n"
                "void %s_predict(const float *input, float *probabilities);\n\n"
                "/* The most probable class. */\n"
                "unsigned %s_class(const float *input);\n\n"
                "#ifdef __cplusplus\n}\n#endif\n\n#endif\n",
                s->upper, s->upper, s->name, s->name, s->name);
}

/* The call of one layer, from one buffer into the next. */
static void add_call(struct bytes *out, const struct c_source *s, uint32_t l)
{
    static const char *const buffers[] = {"even", "odd"};
    const incline_model *const model = s->model;
    const struct net *const net = &model->net;
    const char *const to = l + 1 == net->layers ? "logits" : buffers[l % 2];
    const bool each = model->input_scaling != NULL; /* then `scaled` holds the inputs */
    const bool scaled = l == 0 && !each && model->scale != 0.0f;
    const enum incline_activation activation = net_activation(net, l);

    bytes_print(out, "    dense(%s, %" PRIu32 ", %s, %s, weights_%" PRIu32 ", ",
                l > 0  ? buffers[(l - 1) % 2]
                : each ? "scaled"
                       : "input",
                net->widths[l], scaled ? c_float(model->scale).text : "1.0f",
                scaled ? c_float(model->shift).text : "0.0f", l);
    if (s->quantized)
        bytes_print(out, "scales_%" PRIu32 ", ", l);
    bytes_print(out, "biases_%" PRIu32 ", %s, %" PRIu32 ");\n", l, to, net->widths[l + 1]);
    if (activation != INCLINE_LINEAR)
        bytes_print(out, "    activation_%d(%s, %" PRIu32 ");\n", (int)activation, to,
                    net->widths[l + 1]);
}

static void add_promised(struct bytes *out, const struct c_source *s)
{
    uint32_t buffers[2];

    c_buffers(&s->model->net, buffers);
    bytes_print(out, "void %s_logits(const float *input, float *logits)\n{\n", s->name);
    if (buffers[0] > 0)
        bytes_print(out, "    float even[%" PRIu32 "];\n", buffers[0]);
    if (buffers[1] > 0)
        bytes_print(out, "    float odd[%" PRIu32 "];\n", buffers[1]);
    if (s->model->input_scaling != NULL)
        bytes_print(out,
                    "    float scaled[%s_INPUTS];\n"
                    "    unsigned i;\n"
                    "\n"
                    "    for (i = 0; i < %s_INPUTS; i++)\n"
                    "        scaled[i] = input[i] * input_scales[i] + input_shifts[i];\n",
                    s->upper, s->upper);
    else
        bytes_print(out, "%s", buffers[0] > 0 ? "\n" : "");
    for (uint32_t l = 0; l < s->model->net.layers; l++)
        add_call(out, s, l);
    bytes_print(out,
                "}\n\n"
                "static unsigned largest(const float *z)\n"
                "{\n"
                "    unsigned c, best = 0;\n"
                "\n"
                "    for (c = 1; c < %s_CLASSES; c++)\n"
                "        if (z[c] > z[best])\n"
                "            best = c;\n"
                "    return best;\n"
                "}\n\n"
                "void %s_predict(const float *input, float *probabilities)\n"
                "{\n"
                "    float most, sum = 0.0f;\n"
                "    unsigned c;\n"
                "\n"
                "    %s_logits(input, probabilities);\n"
                "    most = probabilities[largest(probabilities)];\n"
                "    for (c = 0; c < %s_CLASSES; c++)\n"
                "        sum += probabilities[c] = expf(probabilities[c] - most);\n"
                "    for (c = 0; c < %s_CLASSES; c++)\n"
                "        probabilities[c] /= sum;\n"
                "}\n\n"
                "unsigned %s_class(const float *input)\n"
                "{\n"
                "    float logits[%s_CLASSES];\n"
                "\n"
                "    %s_logits(input, logits);\n"
                "    return largest(logits);\n"
                "}\n",
                s->upper, s->name, s->name, s->upper, s->upper, s->name, s->upper, s->name);
}

/* A program round it, for whoever wants one: samples in, classes and probabilities out. */
static void add_main(struct bytes *out, const struct c_source *s)
{
    bytes_print(out,
                "\n#ifdef %s_MAIN\n"
                "#include <stdio.h>\n"
                "#include <time.h>\n\n"
                "int main(void)\n"
                "{\n"
                "    static float input[%s_INPUTS], probabilities[%s_CLASSES];\n"
                "    unsigned long samples = 0;\n"
                "    clock_t spent = 0;\n"
                "    unsigned i = 0, c;\n"
                "\n"
                "    while (scanf(\"%%f\", &input[i]) == 1) {\n"
                "        clock_t begun;\n"
                "        if (++i < %s_INPUTS)\n"
                "            continue;\n"
                "        begun = clock();\n"
                "        %s_predict(input, probabilities);\n"
                "        spent += clock() - begun;\n"
                "        samples++;\n"
                "        i = 0;\n"
                "        printf(\"%%s\", %s_class_names[largest(probabilities)]);\n"
                "        for (c = 0; c < %s_CLASSES; c++)\n"
                "            printf(\"\\t%%.9g\", (double)probabilities[c]);\n"
                "        printf(\"\\n\");\n"
                "    }\n",
                s->upper, s->upper, s->upper, s->upper, s->name, s->name, s->upper);
    bytes_print(out,
                "    if (samples > 0)\n"
                "        fprintf(stderr, \"%%lu samples, %%.2f us each, %" PRIu64
                " bytes of constants\\n\", samples,\n"
                "                1e6 * (double)spent / CLOCKS_PER_SEC / (double)samples);\n"
                "    return i != 0;\n"
                "}\n"
                "#endif\n",
                s->constant_bytes);
}

static int add_source(struct bytes *out, const struct c_source *s)
{
    int rc = INCLINE_OK;

    bytes_print(out, "/* Made by Incline " INCLINE_VERSION "; see %s.h. */\n", s->name);
    bytes_print(out, "#include \"");
    bytes_print(out, "%s.h\"\n\n#include <math.h>\n\n", s->file);
    bytes_print(out, "const char *const %s_class_names[%s_CLASSES] = {", s->name, s->upper);
    for (uint32_t c = 0; c < model_classes(s->model); c++) {
        bytes_print(out, c == 0 ? "\n    " : ",\n    ");
        add_string(out, s->model->class_names[c]);
    }
    bytes_print(out, "\n};\n\n");
    c_add_input_tables(out, s);
    for (uint32_t l = 0; l < s->model->net.layers; l++)
        TRY(c_add_tables(out, s, l));
    TRY(c_add_functions(out, s));
    add_promised(out, s);
    add_main(out, s);
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
    struct c_source source = {.model = model, .quantized = options->quantize};
    struct bytes header = {0}, text = {0};
    char beside[FILE_PATH_MAX];
    int rc = INCLINE_OK;

    TRY(header_path(path, beside));
    name_source(&source, path);
    measure(&source);
    add_header(&header, &source);
    TRY(add_source(&text, &source));
    TRY(bytes_check(&text, path));
    TRY(bytes_write(&header, beside));
    TRY(bytes_write(&text, path));
    info->bytes = header.count + text.count;
    info->constant_bytes = source.constant_bytes;
    info->working_bytes = source.working_bytes;
out:
    bytes_clear(&header);
    bytes_clear(&text);
    return rc;
}
