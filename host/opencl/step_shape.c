/* step_shape.c - where everything lies in a worker's memory; the drawing is in shape.cl. */
#include "host/opencl/step_shape.h"

#include <stdarg.h>
#include <stdio.h>

#include "host/util/size.h"

/* Pieces start on multiples of this many floats: a cache line. */
enum { STEP_PIECE = 16 };

size_t step_params(const struct train_steps *args)
{
    size_t count = 0;
    for (uint32_t l = 0; l < args->layers; l++)
        count += ((size_t)args->widths[l] + 1) * args->widths[l + 1];
    return count;
}

size_t step_first_weights(const struct train_steps *args)
{
    return (size_t)args->widths[0] * args->widths[1];
}

/* A text that grows; `full` once something did not fit. */
struct text {
    char *at;
    size_t room;
    bool full;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *text, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    const int used = vsnprintf(text->at, text->room, format, list);
    va_end(list);
    text->full = text->full || used < 0 || (size_t)used >= text->room;
    if (text->full)
        return;
    text->at += used;
    text->room -= (size_t)used;
}

static void define(struct text *text, const char *name, size_t value)
{
    add(text, "#define STEP_%s %zu\n", name, value);
}

/* Take `floats` floats; returns where they begin. */
static size_t place(size_t *end, size_t floats)
{
    const size_t at = *end;
    *end = size_round_up(at + floats, STEP_PIECE);
    return at;
}

/* The layer from width l to width l + 1, l > 0, as X(...) of STEP_UP and STEP_DOWN. */
static void add_layer(struct text *text, const struct train_steps *args, uint32_t l, size_t weights,
                      size_t biases, const size_t *a, const size_t *d)
{
    add(text, " X(%u, %u, %zu, %zu, %zu, %zu, %zu, %zu, %d, %d)", args->widths[l],
        args->widths[l + 1], weights, biases, a[l], a[l + 1], d[l], d[l + 1],
        l + 1 < args->layers ? (int)args->activation : INCLINE_LINEAR, (int)args->activation);
}

/* Weights and biases of layer l in the rest: all weights but the first layer's come first. */
static void place_layer(const struct train_steps *args, uint32_t layer, size_t *weights,
                        size_t *biases)
{
    *weights = *biases = 0;
    for (uint32_t l = 1; l < args->layers; l++) {
        const size_t count = (size_t)args->widths[l] * args->widths[l + 1];
        *biases += count;
        *weights += l < layer ? count : 0;
    }
    for (uint32_t l = 0; l < layer; l++)
        *biases += args->widths[l + 1];
}

static void add_layers(struct text *text, const struct train_steps *args, const size_t *a,
                       const size_t *d)
{
    size_t weights, biases;

    add(text, "#define STEP_UP(X)");
    for (uint32_t l = 1; l < args->layers; l++) {
        place_layer(args, l, &weights, &biases);
        add_layer(text, args, l, weights, biases, a, d);
    }
    add(text, "\n#define STEP_DOWN(X)");
    for (uint32_t l = args->layers; l-- > 1;) {
        place_layer(args, l, &weights, &biases);
        add_layer(text, args, l, weights, biases, a, d);
    }
    add(text, "\n");
}

bool step_shape(const struct train_steps *args, const struct opencl_tuning *tuning,
                struct step_shape *shape)
{
    enum { MOST_LAYERS = 15 };
    const uint32_t layers = args->layers, outputs = args->widths[1];
    const size_t rest = step_params(args) - step_first_weights(args);
    const size_t width = size_round_up(args->widths[0], tuning->VEC), rows = tuning->STEP_ROWS;
    const size_t stats = outputs * width + size_round_up(rest, tuning->VEC);
    struct text text = {shape->text, sizeof shape->text, false};
    size_t a[MOST_LAYERS + 1] = {0}, d[MOST_LAYERS + 1] = {0}, end = 0, weights, biases;

    if (layers > MOST_LAYERS)
        return false;
    place(&end, stats);
    const size_t grads = place(&end, stats + 2), grads_odd = place(&end, stats + 2);
    const size_t x = place(&end, rows * width);
    for (uint32_t l = 1; l <= layers; l++)
        a[l] = place(&end, rows * args->widths[l]);
    for (uint32_t l = 1; l <= layers; l++)
        d[l] = place(&end, rows * args->widths[l]);
    const size_t lanes = place(&end, rest * tuning->VEC), label = place(&end, rows);
    shape->stride = end;

    place_layer(args, 0, &weights, &biases);
    define(&text, "BYTES", args->samples.element == ELEMENT_U8);
    define(&text, "INPUTS", args->widths[0]);
    define(&text, "WIDTH", width);
    define(&text, "OUTPUTS", outputs);
    define(&text, "CLASSES", args->widths[layers]);
    define(&text, "ACTIVATION", layers > 1 ? args->activation : INCLINE_LINEAR);
    define(&text, "REST", rest);
    define(&text, "BIAS", biases);
    define(&text, "STATS", stats);
    define(&text, "GRADS", grads);
    define(&text, "GRADS_ODD", grads_odd);
    define(&text, "X", x);
    define(&text, "A", a[1]);
    define(&text, "D", d[1]);
    define(&text, "LOGITS", a[layers]);
    define(&text, "DLOGITS", d[layers]);
    define(&text, "LANES", lanes);
    define(&text, "LABEL", label);
    define(&text, "STRIDE", end);
    add_layers(&text, args, a, d);
    return !text.full;
}
