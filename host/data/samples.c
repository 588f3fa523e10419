/* samples.c - a data set out of the caller's memory, after everything about it was checked. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "host/data/room.h"
#include "host/util/size.h"
#include "host/util/status.h"

/* What the caller of incline_dataset_create() may get wrong, apart from single values. */
static int check_shape(const struct incline_samples *samples)
{
    const uint32_t rows = samples->rows, features = samples->features;

    if (rows == 0 || features == 0)
        return FAIL(INCLINE_EARG,
                    "%" PRIu32 " samples of %" PRIu32 " features: there is nothing to "
                    "learn from; give at least one of each",
                    rows, features);
    if ((samples->bytes == NULL) == (samples->floats == NULL))
        return FAIL(INCLINE_EARG, "%s of bytes and floats is given; give one of them",
                    samples->bytes == NULL ? "neither" : "each");
    if ((samples->classes == 0) != (samples->labels == NULL))
        return FAIL(INCLINE_EARG, "%" PRIu32 " classes %s labels; give both or neither",
                    samples->classes, samples->labels == NULL ? "without" : "with");
    if ((samples->outputs == 0) != (samples->targets == NULL))
        return FAIL(INCLINE_EARG, "%" PRIu32 " targets a sample, but %s; give both or neither",
                    samples->outputs,
                    samples->targets == NULL ? "none are there" : "some are there");
    const uint64_t pixels = (uint64_t)samples->image_rows * samples->image_cols;
    const bool image = samples->image_rows != 0 || samples->image_cols != 0;
    if (image && pixels != features)
        return FAIL(INCLINE_EARG,
                    "images of %" PRIu32 "x%" PRIu32 " have %" PRIu64 " pixels, but "
                    "there are %" PRIu32 " features; make them agree, or leave both 0",
                    samples->image_rows, samples->image_cols, pixels, features);
    if (!isfinite(samples->scale) || !isfinite(samples->shift))
        return FAIL(INCLINE_EARG, "scale %g and shift %g; both must be finite",
                    (double)samples->scale, (double)samples->shift);
    if ((samples->scales == NULL) != (samples->shifts == NULL))
        return FAIL(INCLINE_EARG, "a %s for each feature, but no %s; give both or neither",
                    samples->scales != NULL ? "scale" : "shift",
                    samples->scales != NULL ? "shift" : "scale");
    for (uint32_t f = 0; samples->scales != NULL && f < features; f++)
        if (!isfinite(samples->scales[f]) || !isfinite(samples->shifts[f]))
            return FAIL(INCLINE_EARG,
                        "feature %" PRIu32 ": scale %g and shift %g; both must be "
                        "finite",
                        f, (double)samples->scales[f], (double)samples->shifts[f]);
    return INCLINE_OK;
}

static int check_targets(const struct incline_samples *samples)
{
    const size_t count = (size_t)samples->rows * samples->outputs;

    for (size_t i = 0; i < count; i++)
        if (!isfinite(samples->targets[i]))
            return FAIL(INCLINE_EARG,
                        "sample %zu, target %zu is %g; every target must be finite, leave out "
                        "samples without one",
                        i / samples->outputs, i % samples->outputs, (double)samples->targets[i]);
    return INCLINE_OK;
}

static int check_values(const struct incline_samples *samples)
{
    for (uint32_t row = 0; samples->labels != NULL && row < samples->rows; row++)
        if (samples->labels[row] >= samples->classes)
            return FAIL(INCLINE_EARG,
                        "sample %" PRIu32 " has label %" PRIu32 ", but there are %" PRIu32
                        " classes, 0 to %" PRIu32 "; mend the label or raise the number",
                        row, samples->labels[row], samples->classes, samples->classes - 1);
    const int rc = check_targets(samples);
    if (rc != INCLINE_OK || samples->floats == NULL)
        return rc;
    const size_t count = (size_t)samples->rows * samples->features;
    for (size_t i = 0; i < count; i++)
        if (!isfinite(samples->floats[i]))
            return FAIL(INCLINE_EARG, "sample %zu, feature %zu is %g; every value must be finite",
                        i / samples->features, i % samples->features, (double)samples->floats[i]);
    return INCLINE_OK;
}

int incline_dataset_create(const struct incline_samples *samples, incline_dataset **dataset)
{
    incline_dataset *made = NULL;
    size_t count, bytes;

    if (samples == NULL || dataset == NULL)
        return FAIL(INCLINE_EARG, "no samples, or no place for the data set; give both");
    int rc = check_shape(samples);
    if (rc != INCLINE_OK)
        return rc;
    if (!size_mul(samples->rows, samples->features, &count) ||
        !size_mul(count, samples->bytes != NULL ? 1 : sizeof(float), &bytes))
        return FAIL(INCLINE_EARG,
                    "%" PRIu32 " samples of %" PRIu32 " features are more bytes than "
                    "can be counted; use fewer",
                    samples->rows, samples->features);
    rc = check_values(samples);
    if (rc != INCLINE_OK)
        return rc;

    const float usual = samples->bytes != NULL ? 1.0f / 255.0f : 1.0f;
    const struct incline_dataset_info info = {
        .name = "memory",
        .source = "memory",
        .rows = samples->rows,
        .features = samples->features,
        .classes = samples->classes,
        .outputs = samples->outputs,
        .image_rows = samples->image_rows,
        .image_cols = samples->image_cols,
        .bytes = samples->bytes != NULL,
        .scale = samples->scale != 0.0f ? samples->scale : usual,
        .shift = samples->shift,
    };
    TRY(dataset_allocate(&info, &made));
    if (samples->scales != NULL)
        TRY(dataset_scale_each(made, samples->scales, samples->shifts));
    memcpy(made->values, info.bytes ? (const void *)samples->bytes : samples->floats, bytes);
    if (made->labels != NULL)
        memcpy(made->labels, samples->labels, info.rows * sizeof *made->labels);
    if (made->targets != NULL)
        memcpy(made->targets, samples->targets,
               (size_t)info.rows * info.outputs * sizeof *made->targets);
    *dataset = made;
    made = NULL;
out:
    incline_dataset_close(made);
    return rc;
}
