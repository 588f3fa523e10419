/* run.c - options, defaults, presets, and config.json. */
#include "host/train/run.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/net/net.h"
#include "host/util/status.h"

static const uint32_t default_hidden[] = {10};

static const struct {
    const char *name;
    struct incline_train_options options;
} presets[] = {
    /* The founding document: the whole set as one batch, 500 steps of gradient descent. */
    {"notebook",
     {.hidden = default_hidden,
      .hidden_count = 1,
      .init = INCLINE_INIT_UNIFORM,
      .steps = 500,
      .batch = INCLINE_BATCH_FULL,
      .learning_rate = 0.1f}},
};

int incline_train_preset(const char *name, struct incline_train_options *options)
{
    for (size_t p = 0; p < sizeof presets / sizeof presets[0]; p++)
        if (strcmp(presets[p].name, name) == 0) {
            *options = presets[p].options;
            return INCLINE_OK;
        }
    return FAIL(INCLINE_EARG, "no preset \"%s\"; there is: notebook", name);
}

static int run_widths(struct run *run, const struct incline_train_options *options,
                      const struct incline_dataset *dataset)
{
    const uint32_t *hidden = options->hidden_count > 0 ? options->hidden : default_hidden;
    const size_t hidden_count = options->no_hidden          ? 0
                                : options->hidden_count > 0 ? options->hidden_count
                                                            : 1;

    run->width_count = hidden_count + 2;
    run->widths = malloc(run->width_count * sizeof *run->widths);
    if (run->widths == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for %zu widths", run->width_count);
    run->widths[0] = dataset->info.features;
    if (hidden_count > 0)
        memcpy(run->widths + 1, hidden, hidden_count * sizeof *hidden);
    run->widths[run->width_count - 1] = dataset->info.classes;
    return INCLINE_OK;
}

static int check_options(const struct incline_train_options *options,
                         const struct incline_dataset *dataset)
{
    const struct incline_dataset_info *info = &dataset->info;

    if (!(options->learning_rate >= 0.0f) || isinf(options->learning_rate))
        return FAIL(INCLINE_EARG,
                    "a learning rate of %g; it must be positive and finite, 0.1 is "
                    "a good start",
                    (double)options->learning_rate);
    if (info->classes < 2)
        return FAIL(INCLINE_ESHAPE,
                    "%s has %s; training needs labelled samples of at least two "
                    "classes",
                    info->name, info->classes == 0 ? "no labels" : "one class only");
    if (options->batch != 0 && options->batch != INCLINE_BATCH_FULL && options->batch > info->rows)
        return FAIL(INCLINE_EARG,
                    "a batch of %u rows, but %s has %u samples; take a smaller one, or the whole "
                    "set (--batch-size full)",
                    options->batch, info->name, info->rows);
    if (options->hidden_count > 0 && options->no_hidden)
        return FAIL(INCLINE_EARG, "hidden layers are both given and ruled out");
    if (options->hidden_count > 0 && options->hidden == NULL)
        return FAIL(INCLINE_EARG, "%zu hidden layers without widths; give a width for each",
                    options->hidden_count);
    if (options->init != INCLINE_INIT_HE && options->init != INCLINE_INIT_UNIFORM)
        return FAIL(INCLINE_EARG,
                    "initial weights of kind %d are not known; take INCLINE_INIT_HE or "
                    "INCLINE_INIT_UNIFORM",
                    (int)options->init);
    return INCLINE_OK;
}

int run_init(struct run *out, const struct incline_train_options *options,
             const struct incline_dataset *dataset)
{
    const struct incline_dataset_info *info = &dataset->info;
    int rc = check_options(options, dataset);

    if (rc != INCLINE_OK)
        return rc;
    struct run run = {
        .activation = options->activation,
        .init = options->init,
        .epochs = options->steps > 0    ? 0
                  : options->epochs > 0 ? options->epochs
                                        : 10,
        .steps = options->steps,
        .batch = options->batch > 0 ? options->batch : 64,
        .learning_rate = options->learning_rate > 0.0f ? options->learning_rate : 0.1f,
        .seed = options->seed != 0 ? options->seed : 1,
        .rows = info->rows,
    };
    if (options->batch == 0 && info->rows < run.batch)
        run.batch = info->rows;
    memcpy(run.dataset, info->name, sizeof run.dataset);
    memcpy(run.source, info->source, sizeof run.source);
    rc = run_widths(&run, options, dataset);
    if (rc == INCLINE_OK)
        *out = run;
    return rc;
}

void run_clear(struct run *run)
{
    free(run->widths);
    memset(run, 0, sizeof *run);
}

uint32_t run_batch_rows(const struct run *run)
{
    return run->batch == INCLINE_BATCH_FULL || run->batch > run->rows ? run->rows : run->batch;
}

uint64_t run_epoch_steps(const struct run *run)
{
    const uint32_t batch = run_batch_rows(run);
    return ((uint64_t)run->rows + batch - 1) / batch;
}

uint64_t run_total_steps(const struct run *run)
{
    return run->steps > 0 ? run->steps : run->epochs * run_epoch_steps(run);
}

/* ---- as JSON ---- */

static const char *const init_names[] = {
    [INCLINE_INIT_HE] = "he",
    [INCLINE_INIT_UNIFORM] = "uniform",
};
enum { INIT_COUNT = sizeof init_names / sizeof init_names[0] };

json_t *run_to_json(const struct run *run)
{
    json_t *widths = json_array();

    for (size_t i = 0; widths != NULL && i < run->width_count; i++)
        if (json_array_append_new(widths, json_integer(run->widths[i])) != 0) {
            json_decref(widths);
            widths = NULL;
        }
    if (widths == NULL)
        return NULL;
    /* Seeds are 64 bits and JSON integers here are signed, so a seed is written as text. */
    char seed[24];
    snprintf(seed, sizeof seed, "%" PRIu64, run->seed);
    return json_pack(
        "{s:s, s:s, s:I, s:o, s:s, s:s, s:I, s:I, s:o, s:f, s:s}", "dataset", run->dataset,
        "source", run->source, "rows", (json_int_t)run->rows, "widths", widths, "activation",
        net_activation_text(run->activation), "init", init_names[run->init], "epochs",
        (json_int_t)run->epochs, "steps", (json_int_t)run->steps, "batch_size",
        run->batch == INCLINE_BATCH_FULL ? json_string("full") : json_integer(run->batch),
        "learning_rate", (double)run->learning_rate, "seed", seed);
}

static bool whole(const json_t *json, const char *key, uint64_t most, uint64_t *value)
{
    const json_t *number = json_object_get(json, key);
    if (!json_is_integer(number) || json_integer_value(number) < 0 ||
        (uint64_t)json_integer_value(number) > most)
        return false;
    *value = (uint64_t)json_integer_value(number);
    return true;
}

static bool text(const json_t *json, const char *key, char *value, size_t bytes)
{
    const char *string = json_string_value(json_object_get(json, key));
    if (string == NULL || strlen(string) >= bytes)
        return false;
    strcpy(value, string);
    return true;
}

static bool batch_from_json(const json_t *json, struct run *run)
{
    const char *word = json_string_value(json_object_get(json, "batch_size"));
    uint64_t batch = INCLINE_BATCH_FULL;

    if (word != NULL ? strcmp(word, "full") != 0
                     : !whole(json, "batch_size", UINT32_MAX - 1, &batch) || batch == 0)
        return false;
    run->batch = (uint32_t)batch;
    return true;
}

static bool names_from_json(const json_t *json, struct run *run)
{
    const char *activation = json_string_value(json_object_get(json, "activation"));
    const char *init = json_string_value(json_object_get(json, "init"));
    int found = 0;

    if (activation == NULL || init == NULL)
        return false;
    for (int a = 0; net_activation_text((enum incline_activation)a) != NULL; a++)
        if (strcmp(net_activation_text((enum incline_activation)a), activation) == 0) {
            run->activation = (enum incline_activation)a;
            found++;
        }
    for (int i = 0; i < INIT_COUNT; i++)
        if (strcmp(init_names[i], init) == 0) {
            run->init = (enum incline_init)i;
            found++;
        }
    return found == 2;
}

static bool seed_from_json(const json_t *json, struct run *run)
{
    char digits[24], *end;

    if (!text(json, "seed", digits, sizeof digits) || digits[0] < '0' || digits[0] > '9')
        return false;
    run->seed = strtoull(digits, &end, 10);
    return *end == '\0';
}

static int widths_from_json(const json_t *json, struct run *run)
{
    const json_t *widths = json_object_get(json, "widths");
    const size_t count = json_array_size(widths);

    if (count < 2)
        return FAIL(INCLINE_EFORMAT, "a run without widths");
    run->widths = malloc(count * sizeof *run->widths);
    if (run->widths == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for %zu widths", count);
    run->width_count = count;
    for (size_t i = 0; i < count; i++) {
        const json_int_t width = json_integer_value(json_array_get(widths, i));
        if (width < 1 || width > UINT32_MAX)
            return FAIL(INCLINE_EFORMAT, "width %zu is not a whole number above 0", i);
        run->widths[i] = (uint32_t)width;
    }
    return INCLINE_OK;
}

int run_from_json(const json_t *json, struct run *out)
{
    struct run run = {0};
    uint64_t rows, epochs;
    const json_t *rate = json_object_get(json, "learning_rate");

    if (!text(json, "dataset", run.dataset, sizeof run.dataset) ||
        !text(json, "source", run.source, sizeof run.source) ||
        !whole(json, "rows", UINT32_MAX, &rows) || !whole(json, "epochs", UINT32_MAX, &epochs) ||
        !whole(json, "steps", INT64_MAX, &run.steps) || !batch_from_json(json, &run) ||
        !names_from_json(json, &run) || !seed_from_json(json, &run) || !json_is_number(rate) ||
        rows == 0 || (epochs == 0) == (run.steps == 0))
        return FAIL(INCLINE_EFORMAT, "the description of the run lacks something or contradicts "
                                     "itself");
    run.rows = (uint32_t)rows;
    run.epochs = (uint32_t)epochs;
    run.learning_rate = (float)json_number_value(rate);
    const int rc = widths_from_json(json, &run);
    if (rc != INCLINE_OK) {
        run_clear(&run);
        return rc;
    }
    *out = run;
    return INCLINE_OK;
}
