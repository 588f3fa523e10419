/* c_promised.c - the functions that the header of C source promises, and a program round them. */
#include <inttypes.h>

#include "host/formats/c_source.h"

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

static void add_logits(struct bytes *out, const struct c_source *s)
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
    bytes_print(out, "}\n\n");
}

/* The most probable class, of probabilities and of logits. */
static void add_largest(struct bytes *out, const struct c_source *s)
{
    bytes_print(out,
                "static unsigned largest(const float *z)\n"
                "{\n"
                "    unsigned c, best = 0;\n"
                "\n"
                "    for (c = 1; c < %s_CLASSES; c++)\n"
                "        if (z[c] > z[best])\n"
                "            best = c;\n"
                "    return best;\n"
                "}\n\n",
                s->upper);
}

/* One of several classes: softmax. */
static void add_softmax(struct bytes *out, const struct c_source *s)
{
    bytes_print(out,
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
                s->name, s->name, s->upper, s->upper, s->name, s->upper, s->name);
}

/* One of two classes by one output: sigmoid. */
static void add_two(struct bytes *out, const struct c_source *s)
{
    bytes_print(out,
                "void %s_predict(const float *input, float *probabilities)\n"
                "{\n"
                "    float logit;\n"
                "\n"
                "    %s_logits(input, &logit);\n"
                "    probabilities[0] = 1.0f / (1.0f + expf(logit));\n"
                "    probabilities[1] = 1.0f / (1.0f + expf(-logit));\n"
                "}\n\n"
                "unsigned %s_class(const float *input)\n"
                "{\n"
                "    float logit;\n"
                "\n"
                "    %s_logits(input, &logit);\n"
                "    return logit > 0.0f;\n"
                "}\n",
                s->name, s->name, s->name, s->name);
}

/* Several labels, or numbers: each output by itself. */
static void add_each(struct bytes *out, const struct c_source *s)
{
    const bool labels = s->model->task == INCLINE_TASK_LABELS;

    bytes_print(out,
                "void %s_predict(const float *input, float *%s)\n"
                "{\n"
                "%s"
                "    %s_logits(input, %s);\n",
                s->name, s->words->result,
                labels || s->model->output_scaling != NULL ? "    unsigned i;\n\n" : "", s->name,
                s->words->result);
    if (labels)
        bytes_print(out,
                    "    for (i = 0; i < %s_LABELS; i++)\n"
                    "        probabilities[i] = 1.0f / (1.0f + expf(-probabilities[i]));\n",
                    s->upper);
    else if (s->model->output_scaling != NULL)
        bytes_print(out,
                    "    for (i = 0; i < %s_TARGETS; i++)\n"
                    "        values[i] = values[i] * output_scales[i] + output_shifts[i];\n",
                    s->upper);
    bytes_print(out, "}\n");
}

void c_add_promised(struct bytes *out, const struct c_source *s)
{
    add_logits(out, s);
    if (s->model->task == INCLINE_TASK_CLASSES) {
        add_largest(out, s);
        add_softmax(out, s);
    } else if (s->model->task == INCLINE_TASK_BINARY) {
        add_two(out, s);
    } else {
        add_each(out, s);
    }
}

/* The time of a prediction, of so many in turn that the clock's steps and its own time do not show.
 * They are called through a pointer that may change, as from another file: none is left out. */
static void add_clock(struct bytes *out, const struct c_source *s)
{
    const char *const result = s->words->result;

    bytes_print(out,
                "static double seconds(const float *input, float *%s, unsigned long times)\n"
                "{\n"
                "    void (*volatile predict)(const float *, float *) = %s_predict;\n"
                "    const clock_t begun = clock();\n"
                "    unsigned long i;\n"
                "\n"
                "    for (i = 0; i < times; i++)\n"
                "        predict(input, %s);\n"
                "    return (double)(clock() - begun) / CLOCKS_PER_SEC;\n"
                "}\n\n"
                "/* As many as take a millisecond, at least one. */\n"
                "static unsigned long enough(const float *input, float *%s)\n"
                "{\n"
                "    unsigned long times = 1;\n"
                "\n"
                "    while (times < 1ul << 30 && seconds(input, %s, times) < 0.1)\n"
                "        times *= 2;\n"
                "    return times / 100 + 1;\n"
                "}\n\n",
                result, s->name, result, result, result);
}

/* Samples in; a line for each out: the class where there is one, then every number. */
void c_add_main(struct bytes *out, const struct c_source *s)
{
    const char *const count = s->words->count, *const result = s->words->result;

    bytes_print(out,
                "\n#ifdef %s_MAIN\n#include <stdio.h>\n#include <string.h>\n"
                "#include <time.h>\n\n",
                s->upper);
    add_clock(out, s);
    bytes_print(out,
                "int main(int argc, char **argv)\n"
                "{\n"
                "    static float input[%s_INPUTS], %s[%s_%s];\n"
                "    char word[32] = \"\";\n"
                "    const int timed = argc > 1 && strcmp(argv[1], \"--time\") == 0;\n"
                "    unsigned long samples = 0, times = 0;\n"
                "    double spent = 0.0;\n"
                "    unsigned i = 0, c;\n"
                "\n"
                "    while (scanf(\"%%f\", &input[i]) == 1) {\n"
                "        if (++i < %s_INPUTS)\n"
                "            continue;\n"
                "        i = 0;\n"
                "        samples++;\n"
                "        %s_predict(input, %s);\n",
                s->upper, result, s->upper, count, s->upper, s->name, result);
    if (s->words->classes)
        bytes_print(out, "        printf(\"%%s\\t\", %s_class_names[%s]);\n", s->name,
                    s->model->task == INCLINE_TASK_CLASSES ? "largest(probabilities)"
                                                           : "probabilities[1] > probabilities[0]");
    bytes_print(out,
                "        for (c = 0; c < %s_%s; c++)\n"
                "            printf(c > 0 ? \"\\t%%.9g\" : \"%%.9g\", (double)%s[c]);\n"
                "        printf(\"\\n\");\n"
                "        if (timed && times == 0)\n"
                "            times = enough(input, %s);\n"
                "        if (timed)\n"
                "            spent += seconds(input, %s, times) / (double)times;\n"
                "    }\n"
                "    if (timed && samples > 0)\n"
                "        fprintf(stderr, \"%%lu samples, %%.3g us each, %" PRIu64
                " bytes of constants\\n\", samples,\n"
                "                1e6 * spent / (double)samples);\n",
                s->upper, count, result, result, result, s->constant_bytes);
    bytes_print(out,
                "    if (scanf(\"%%31s\", word) == 1)\n"
                "        fprintf(stderr,\n"
                "                \"sample %%lu, number %%u: \\\"%%s\\\" is no number; \"\n"
                "                \"%%d numbers with spaces between are a sample\\n\",\n"
                "                samples + 1, i + 1, word, (int)%s_INPUTS);\n"
                "    else if (i != 0)\n"
                "        fprintf(stderr, \"sample %%lu ends after %%u of %%d numbers\\n\",\n"
                "                samples + 1, i, (int)%s_INPUTS);\n"
                "    return i != 0 || word[0] != '\\0';\n"
                "}\n"
                "#endif\n",
                s->upper, s->upper);
}
