/* scaling.c - means and standard deviations of columns, in two passes over the rows. */
#include "host/train/scaling.h"

#include <math.h>
#include <stdlib.h>

#include "host/util/status.h"

/* Columns of float32, one row of `width` after the other. */
struct columns {
    const float *values;
    uint32_t width;
};

/* What is known of one column. */
struct column {
    double mean, squares; /* squares: sum of (value - mean)^2 */
    float first;
    bool changes; /* not every value is the first */
    bool binary;  /* 0 or 1 throughout */
};

static void look_at(const struct columns *columns, const struct split *split, struct column *column)
{
    const uint32_t rows = split->train, width = columns->width;

    const float *const first = columns->values + (size_t)split_row(split, 0) * width;
    for (uint32_t c = 0; c < width; c++)
        column[c] = (struct column){.first = first[c], .binary = true};
    for (uint32_t i = 0; i < rows; i++) {
        const float *row = columns->values + (size_t)split_row(split, i) * width;
        for (uint32_t c = 0; c < width; c++) {
            column[c].mean += (double)row[c];
            column[c].changes = column[c].changes || row[c] != column[c].first;
            column[c].binary = column[c].binary && (row[c] == 0.0f || row[c] == 1.0f);
        }
    }
    for (uint32_t c = 0; c < width; c++)
        column[c].mean /= rows;
    for (uint32_t i = 0; i < rows; i++) {
        const float *row = columns->values + (size_t)split_row(split, i) * width;
        for (uint32_t c = 0; c < width; c++) {
            const double off = (double)row[c] - column[c].mean;
            column[c].squares += off * off;
        }
    }
}

/* Standard deviation of a column, 1 where it never changes or a float cannot divide by it. */
static float deviation_of(const struct column *column, uint32_t rows)
{
    const float deviation = (float)sqrt(column->squares / rows);
    return column->changes && isnormal(deviation) ? deviation : 1.0f;
}

/* Tables leave their columns in the units they came in; other data sets say how they are scaled. */
static bool states_none(const struct incline_dataset *dataset)
{
    return dataset->columns != NULL && !dataset->info.bytes;
}

/* Is it, because the model was trained before? */
static bool is_known(const incline_model *model)
{
    return model->scale != 0.0f;
}

int scaling_adopt(incline_model *model, const struct incline_dataset *dataset)
{
    const struct incline_dataset_info *info = &dataset->info;

    if (is_known(model))
        return INCLINE_OK;
    model->scale = info->scale;
    model->shift = info->shift;
    return model_set_input_scaling(model, info->scales, info->shifts);
}

static bool scales_inputs(const struct incline_train_options *options,
                          const struct incline_dataset *dataset)
{
    return options->input_scaling == INCLINE_SCALING_STANDARD && states_none(dataset);
}

static bool scales_targets(const incline_model *model, const struct incline_train_options *options)
{
    return options->target_scaling == INCLINE_SCALING_STANDARD &&
           model->task == INCLINE_TASK_REGRESSION;
}

bool scaling_asks_samples(const incline_model *model, const struct incline_train_options *options,
                          const struct incline_dataset *dataset)
{
    return scales_inputs(options, dataset) || scales_targets(model, options);
}

/* A network sees x * scale + shift. */
static int scale_inputs(incline_model *model, const struct incline_dataset *dataset,
                        const struct split *split, struct column *column, float *scaling)
{
    const uint32_t features = dataset->info.features;

    look_at(&(struct columns){dataset->values, features}, split, column);
    for (uint32_t f = 0; f < features; f++) {
        const float deviation = deviation_of(&column[f], split->train);
        const bool kept = column[f].binary;
        scaling[f] = kept ? 1.0f : 1.0f / deviation;
        scaling[features + f] = kept ? 0.0f : (float)(-column[f].mean / (double)deviation);
    }
    return model_set_input_scaling(model, scaling, scaling + features);
}

/* A prediction is output * scale + shift. */
static int scale_targets(incline_model *model, const struct incline_dataset *dataset,
                         const struct split *split, struct column *column, float *scaling)
{
    const uint32_t outputs = dataset->info.outputs;

    look_at(&(struct columns){dataset->targets, outputs}, split, column);
    for (uint32_t o = 0; o < outputs; o++) {
        scaling[o] = deviation_of(&column[o], split->train);
        scaling[outputs + o] = (float)column[o].mean;
    }
    return model_set_output_scaling(model, scaling, scaling + outputs);
}

int scaling_work_out(incline_model *model, const struct incline_train_options *options,
                     const struct incline_dataset *dataset, const struct split *split)
{
    const uint32_t features = dataset->info.features, outputs = dataset->info.outputs;
    const size_t widest = features > outputs ? features : outputs;
    struct column *column = NULL;
    float *scaling = NULL;
    int rc = INCLINE_OK;

    if (!scaling_asks_samples(model, options, dataset))
        return INCLINE_OK;
    TRY(incline_dataset_ready(dataset));
    column = malloc(widest * sizeof *column);
    scaling = malloc(2 * widest * sizeof *scaling);
    if (column == NULL || scaling == NULL) {
        rc = FAIL(INCLINE_ENOMEM, "no memory for the scaling of %zu columns", widest);
        goto out;
    }
    if (scales_inputs(options, dataset))
        TRY(scale_inputs(model, dataset, split, column, scaling));
    if (scales_targets(model, options))
        TRY(scale_targets(model, dataset, split, column, scaling));
out:
    free(scaling);
    free(column);
    return rc;
}
