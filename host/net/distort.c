/* distort.c - augmentation in a plan. */
#include "host/net/distort.h"

#include <assert.h>
#include <stdlib.h>

#include "host/backend/augmentation.h"
#include "host/util/rng.h"
#include "host/util/status.h"

int distort_open(struct plan *plan)
{
    const struct method *method = &plan->method;
    const struct incline_augmentation *how = &method->augmentation;
    float *weights = NULL;
    int rc = INCLINE_OK;

    if (!augment_is_on(how) && method->deskew == 0)
        return INCLINE_OK;
    TRY(augment_check(how));
    if ((uint64_t)method->image_rows * method->image_cols != plan->net->widths[0])
        return FAIL(INCLINE_EARG, "%u inputs are no images of %u x %u; only images can be %s",
                    plan->net->widths[0], method->image_rows, method->image_cols,
                    method->deskew != 0 ? "deskewed" : "augmented");
    if (how->cutout >= method->image_rows && how->cutout >= method->image_cols)
        return FAIL(INCLINE_EARG,
                    "a square of %u pixels cut out of images of %u x %u may leave nothing of one; "
                    "take a smaller one (--cutout)",
                    how->cutout, method->image_rows, method->image_cols);
    const size_t count = augment_layout(how, method->image_rows, method->image_cols).weight_count;
    if (count == 0)
        return INCLINE_OK;
    weights = malloc(count * sizeof *weights);
    if (weights == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory for %zu weights of elastic distortion", count);
    augment_weights(how, method->image_rows, method->image_cols, weights);
    TRY(plan->dev->ops->buffer_create(plan->dev, count * sizeof *weights, &plan->smoothing));
    TRY(plan->dev->ops->upload(plan->dev, (struct span){plan->smoothing, 0}, ELEMENT_F32, count,
                               weights));
out:
    free(weights);
    return rc;
}

int plan_augment(struct plan *plan, const struct samples *samples, uint32_t first, uint32_t rows)
{
    const struct method *method = &plan->method;
    const struct augment args = {
        .x = plan_input(plan),
        .weights = {plan->smoothing, 0},
        .background = samples->shift,
        .how = method->augmentation,
        .rows = rows,
        .image_rows = method->image_rows,
        .image_cols = method->image_cols,
        .seed = method->seed,
        .stream = RNG_STREAM(RNG_AUGMENT, plan->step),
        .first = first,
    };

    assert(rows <= plan->rows);
    return augment_is_on(&method->augmentation) ? plan->dev->ops->augment(plan->dev, &args)
                                                : INCLINE_OK;
}
