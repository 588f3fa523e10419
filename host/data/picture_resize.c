/* picture_resize.c - a picture in another size: the mean of an area, or a line between centres.
 *
 * Along one side, pixel i of `to` covers [i, i + 1) * from / to of `from` pixels. Weights are whole
 * numbers over a common divisor, so that sums are exact. */
#include <inttypes.h>
#include <stdlib.h>

#include "host/data/picture.h"
#include "host/util/status.h"

/* One side: output i is the sum of weight[k] * input[first + k], k < count, over `divisor`. */
struct tap {
    uint32_t first, count;
    uint32_t *weights; /* into the side's */
};

struct side {
    struct tap *taps; /* [to] */
    uint32_t *weights;
    uint64_t divisor;
};

static void side_clear(struct side *side)
{
    free(side->taps);
    free(side->weights);
}

/* Overlaps of [i * from, (i + 1) * from) with the inputs, each `to` long; they add up to `from`. */
static void area(uint32_t from, uint32_t to, struct side *side)
{
    uint32_t *next = side->weights;

    side->divisor = from;
    for (uint32_t i = 0; i < to; i++) {
        const uint64_t begin = (uint64_t)i * from, end = begin + from;
        const uint32_t first = (uint32_t)(begin / to), last = (uint32_t)((end - 1) / to);
        side->taps[i] = (struct tap){first, last - first + 1, next};
        for (uint64_t k = first; k <= last; k++) {
            const uint64_t low = k * to > begin ? k * to : begin;
            const uint64_t high = (k + 1) * to < end ? (k + 1) * to : end;
            *next++ = (uint32_t)(high - low);
        }
    }
}

/* The centre of output i lies at ((2 i + 1) from - to) / (2 to) between the centres of inputs. */
static void linear(uint32_t from, uint32_t to, struct side *side)
{
    uint32_t *next = side->weights;

    side->divisor = 2 * (uint64_t)to;
    for (uint32_t i = 0; i < to; i++) {
        const uint64_t reach = (2 * (uint64_t)i + 1) * from;
        const uint64_t at = reach > to ? reach - to : 0;
        const uint32_t first = (uint32_t)(at / side->divisor);
        const uint32_t above = (uint32_t)(at % side->divisor);
        const bool two = first + 1 < from && above > 0;
        side->taps[i] = (struct tap){first, two ? 2 : 1, next};
        *next++ = (uint32_t)side->divisor - (two ? above : 0);
        if (two)
            *next++ = above;
    }
}

static bool side_make(uint32_t from, uint32_t to, struct side *side)
{
    side->taps = malloc(to * sizeof *side->taps);
    /* An input that lies across the border of two outputs counts for both. */
    side->weights = malloc(((size_t)from + 2 * (size_t)to) * sizeof *side->weights);
    if (side->taps == NULL || side->weights == NULL)
        return false;
    (to <= from ? area : linear)(from, to, side);
    return true;
}

static unsigned char pixel(const struct picture *picture, const struct side *down,
                           const struct side *across, uint32_t row, uint32_t col)
{
    const struct tap *const r = &down->taps[row], *const c = &across->taps[col];
    const uint64_t divisor = down->divisor * across->divisor;
    uint64_t sum = divisor / 2;

    for (uint32_t i = 0; i < r->count; i++) {
        const unsigned char *const line = picture->pixels + (size_t)(r->first + i) * picture->cols;
        uint64_t part = 0;
        for (uint32_t k = 0; k < c->count; k++)
            part += (uint64_t)c->weights[k] * line[c->first + k];
        sum += part * r->weights[i];
    }
    return (unsigned char)(sum / divisor);
}

int picture_resize(struct picture *picture, uint32_t rows, uint32_t cols)
{
    struct side down = {0}, across = {0};
    struct picture made = {0};
    int rc = INCLINE_OK;

    if (rows == picture->rows && cols == picture->cols)
        return INCLINE_OK;
    TRY(picture_allocate("--resize", rows, cols, &made));
    if (!side_make(picture->rows, rows, &down) || !side_make(picture->cols, cols, &across)) {
        rc = FAIL(INCLINE_ENOMEM, "no memory to resize a picture of %" PRIu32 "x%" PRIu32,
                  picture->rows, picture->cols);
        goto out;
    }
    for (uint32_t row = 0; row < rows; row++)
        for (uint32_t col = 0; col < cols; col++)
            made.pixels[(size_t)row * cols + col] = pixel(picture, &down, &across, row, col);
    picture_clear(picture);
    *picture = made;
    made = (struct picture){0};
out:
    picture_clear(&made);
    side_clear(&down);
    side_clear(&across);
    return rc;
}
