/* inspect_model.c - a model in figures: layers, shapes, and how its weights are spread. */
#include "columns.h"
#include "inspect.h"
#include "json.h"
#include "text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of finite values; the others are only counted. */
struct spread {
    double minimum, maximum, mean, deviation;
    uint64_t not_finite;
};

static struct spread measure(const float *values, size_t count)
{
    struct spread s = {HUGE_VAL, -HUGE_VAL, 0.0, 0.0, 0};
    double sum = 0.0, squares = 0.0;
    size_t finite = 0;

    for (size_t i = 0; i < count; i++) {
        const double v = (double)values[i];
        if (!isfinite(v)) {
            s.not_finite++;
            continue;
        }
        s.minimum = v < s.minimum ? v : s.minimum;
        s.maximum = v > s.maximum ? v : s.maximum;
        sum += v;
        finite++;
    }
    s.mean = sum / (double)finite;
    for (size_t i = 0; i < count; i++) {
        const double off = (double)values[i] - s.mean;
        if (isfinite(off))
            squares += off * off;
    }
    s.deviation = sqrt(squares / (double)finite);
    return s;
}

static json_t *spread_json(const struct spread *s)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "minimum", json_number(s->minimum), "maximum",
                     json_number(s->maximum), "mean", json_number(s->mean), "deviation",
                     json_number(s->deviation), "not_finite", json_count(s->not_finite));
}

static json_t *model_json(const char *path, incline_model *model,
                          const struct incline_model_info *m)
{
    json_t *layers = json_array(), *classes = json_array();
    for (uint32_t l = 0; l < m->layers; l++) {
        const size_t inputs = m->widths[l], outputs = m->widths[l + 1];
        const struct spread w = measure(incline_model_weights(model, l), inputs * outputs);
        const struct spread b = measure(incline_model_biases(model, l), outputs);
        json_array_append_new(layers,
                              json_pack("{s:o, s:o, s:o, s:o}", "inputs", json_count(inputs),
                                        "outputs", json_count(outputs), "weights", spread_json(&w),
                                        "biases", spread_json(&b)));
    }
    for (uint32_t c = 0; c < m->predictions; c++)
        json_array_append_new(classes, json_text(incline_model_class_name(model, c)));
    const char *const columns = incline_model_columns(model);
    json_t *object = json_pack(
        "{s:s, s:o, s:o, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "kind",
        "model", "file", json_text(path), "widths", json_widths(m->widths, m->layers + 1),
        "parameters", json_count(m->parameters), "normalization",
        incline_normalization_text(m->normalization), "activation", json_activation(m),
        "activations", json_activations(m), "image_rows", json_count(m->image_rows), "image_cols",
        json_count(m->image_cols), "deskew", json_boolean(m->deskew), "trained_on",
        json_text(m->trained_on), "target", columns_target_json(columns), "classes", classes,
        "columns", columns_json(columns), "layers", layers);
    json_set_scaling(object, m->scale, m->shift, m->scales, m->shifts, m->widths[0]);
    return object;
}

static void print_spread(const char *name, const char *shape, const struct spread *s)
{
    printf("%-20s %11s %9.4f %9.4f %9.4f %9.4f\n", name, shape, s->minimum, s->maximum, s->mean,
           s->deviation);
    if (s->not_finite > 0)
        printf("%-20s %s values are not finite\n", "", text_count(s->not_finite).s);
}

/* The tensors that normalise a hidden layer, by their names in the file. */
static void print_norms(incline_model *model, const struct incline_model_info *m, uint32_t layer)
{
    static const char *const names[] = {[INCLINE_NORM_GAIN] = "weight",
                                        [INCLINE_NORM_SHIFT] = "bias",
                                        [INCLINE_NORM_RUNNING_MEAN] = "running_mean",
                                        [INCLINE_NORM_RUNNING_VARIANCE] = "running_var"};
    char name[40], shape[40];

    for (int which = INCLINE_NORM_GAIN; which <= INCLINE_NORM_RUNNING_VARIANCE; which++) {
        const float *values = incline_model_norm(model, layer, (enum incline_norm)which);
        if (values == NULL)
            continue;
        const struct spread s = measure(values, m->widths[layer + 1]);
        snprintf(name, sizeof name, "norms.%" PRIu32 ".%s", layer, names[which]);
        snprintf(shape, sizeof shape, "%" PRIu32, m->widths[layer + 1]);
        print_spread(name, shape, &s);
    }
}

static void print_classes(const incline_model *model, const struct incline_model_info *m)
{
    static const char *const words[] = {[INCLINE_TASK_CLASSES] = "classes",
                                        [INCLINE_TASK_BINARY] = "classes",
                                        [INCLINE_TASK_LABELS] = "labels",
                                        [INCLINE_TASK_REGRESSION] = "targets"};
    const uint32_t count = m->predictions;

    enum { SHOWN = 20 };
    printf("%-11s %" PRIu32 ":", words[m->task], count);
    for (uint32_t c = 0; c < count && c < SHOWN; c++)
        printf(" %s%s", text_clean(incline_model_class_name(model, c)).s, c + 1 < count ? "," : "");
    puts(count > SHOWN ? " ..." : "");
}

static void print_model(const char *path, incline_model *model, const struct incline_model_info *m)
{
    char name[40], shape[40];

    printf("model       %s\nnetwork     %s, %s\n", path, text_widths(m->widths, m->layers + 1).s,
           json_activation(m));
    if (strcmp(json_activation(m), "mixed") == 0) {
        printf("activations");
        for (uint32_t l = 0; l < m->layers; l++)
            printf(" %s", incline_activation_text(m->activations[l]));
        putchar('\n');
    }
    if (m->normalization != INCLINE_NORMALIZE_NONE)
        printf("normalised  %s\n", incline_normalization_text(m->normalization));
    printf("parameters  %s\n", text_count(m->parameters).s);
    if (m->image_rows > 0)
        printf("images      %" PRIu32 "x%" PRIu32 "%s\n", m->image_rows, m->image_cols,
               m->deskew ? ", deskewed" : "");
    if (m->scales != NULL)
        puts("inputs      each in a scaling of its own");
    else if (m->scale == 0.0f)
        puts("inputs      in the data's own scaling");
    else
        printf("inputs      value * %.6g %c %.6g\n", (double)m->scale, m->shift < 0.0f ? '-' : '+',
               fabs((double)m->shift));
    const struct text target = columns_target(incline_model_columns(model));
    if (target.s[0] != '\0' && m->task != INCLINE_TASK_REGRESSION) /* which is named below */
        printf("target      %s\n", target.s);
    print_classes(model, m);
    printf("trained on  %s\n", m->trained_on[0] != '\0' ? text_clean(m->trained_on).s : "nothing");
    printf("\n%-20s %11s %9s %9s %9s %9s\n", "tensor", "shape", "min", "max", "mean", "std");
    for (uint32_t l = 0; l < m->layers; l++) {
        const size_t inputs = m->widths[l], outputs = m->widths[l + 1];
        const struct spread w = measure(incline_model_weights(model, l), inputs * outputs);
        const struct spread b = measure(incline_model_biases(model, l), outputs);
        snprintf(name, sizeof name, "layers.%" PRIu32 ".weight", l);
        snprintf(shape, sizeof shape, "%zux%zu", outputs, inputs);
        print_spread(name, shape, &w);
        snprintf(name, sizeof name, "layers.%" PRIu32 ".bias", l);
        snprintf(shape, sizeof shape, "%zu", outputs);
        print_spread(name, shape, &b);
        print_norms(model, m, l);
    }
    columns_print(incline_model_columns(model));
}

int inspect_model(const char *path, bool json)
{
    incline_model *model = NULL;
    struct incline_model_info info;
    int status = CLI_DONE;

    TRY(cli_open_model(path, NULL, &model));
    incline_model_describe(model, &info);
    if (json)
        status = json_print(model_json(path, model, &info), false);
    else
        print_model(path, model, &info);
out:
    incline_model_destroy(model);
    return status;
}
