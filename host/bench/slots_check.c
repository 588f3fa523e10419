/* slots_check.c - is what a slot gives right, for exactly the shape that is timed?
 *
 * A product's operands are small whole numbers, so that every order of summation gives the same
 * bits. C is checked by Freivalds' method: for a vector v of whole numbers that are not 0, C v must
 * equal A (B v), which costs a few passes over the operands instead of a product on the reference.
 * A single wrong element is always found. All of it is exact in double. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/backend/check.h"
#include "host/bench/slots.h"
#include "host/util/status.h"

static int download(const struct slot_work *w, size_t offset, size_t count, float *to)
{
    return w->dev->ops->download(w->dev, (struct span){w->floats, offset}, ELEMENT_F32, count, to);
}

static int product_wrong(const struct slot_work *w, const char *what, size_t at, double got,
                         double want)
{
    return FAIL(INCLINE_EVERIFY,
                "%s computes %s of %u rows, %u inputs and %u outputs wrongly: %s %zu is %.9g, %.9g "
                "expected",
                w->dev->info.name,
                w->slot == SLOT_FORWARD            ? "dense_forward"
                : w->slot == SLOT_BACKWARD_WEIGHTS ? "dense_backward_weights"
                                                   : "dense_backward_input",
                w->rows, w->inputs, w->outputs, what, at, got, want);
}

/* C v == scale * A (B v) + bias v, row by row; a NaN anywhere is wrong. */
static int check_product(const struct slot_work *w, const struct slot_product *p, const float *c)
{
    const double scale = w->slot == SLOT_BACKWARD_WEIGHTS ? (double)slot_scale(w) : 1.0;
    double *v = calloc(p->n + p->k, sizeof *v), *bv = v + p->n, bias = 0.0;
    int rc = INCLINE_OK;

    if (v == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory to check a product");
    for (size_t j = 0; j < p->n; j++) {
        v[j] = 1.0 + (double)(j * 5 % 7);
        if (w->slot == SLOT_FORWARD)
            bias += (double)w->values[w->b + j] * v[j];
    }
    for (size_t q = 0; q < p->k; q++)
        for (size_t j = 0; j < p->n; j++)
            bv[q] += (double)w->values[p->b + q * p->b_row + j * p->b_col] * v[j];
    for (size_t i = 0; i < p->m && rc == INCLINE_OK; i++) {
        double got = 0.0, want = 0.0;
        for (size_t j = 0; j < p->n; j++)
            got += (double)c[i * p->n + j] * v[j];
        for (size_t q = 0; q < p->k; q++)
            want += (double)w->values[p->a + i * p->a_row + q * p->a_col] * bv[q];
        want = scale * want + bias;
        if (!(got == want))
            rc = product_wrong(w, "the weighted sum of row", i, got, want);
    }
    free(v);
    return rc;
}

/* db == scale * column sums of dy. */
static int check_bias_gradient(const struct slot_work *w)
{
    const double scale = (double)slot_scale(w);
    float *db = malloc(w->outputs * sizeof *db);
    int rc = INCLINE_OK;

    if (db == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory to check %u biases", w->outputs);
    TRY(download(w, w->db, w->outputs, db));
    for (size_t o = 0; o < w->outputs && rc == INCLINE_OK; o++) {
        double want = 0.0;
        for (size_t r = 0; r < w->rows; r++)
            want += (double)w->values[w->dy + r * w->outputs + o];
        if (!((double)db[o] == scale * want))
            rc = product_wrong(w, "db", o, (double)db[o], scale * want);
    }
out:
    free(db);
    return rc;
}

/* With ReLU the result is the linear one c, but 0 where the activation or its slope is. */
static int check_relu(struct slot_work *w, const struct slot_product *p, const float *c)
{
    const size_t count = p->m * p->n;
    float *got = malloc(count * sizeof *got);
    int rc = INCLINE_OK;

    if (got == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory to check %zu values", count);
    w->activation = INCLINE_RELU;
    TRY(slot_call(w, 1));
    TRY(download(w, p->c, count, got));
    for (size_t i = 0; i < count && rc == INCLINE_OK; i++) {
        const bool open = (w->slot == SLOT_FORWARD ? c[i] : w->values[w->x + i]) > 0.0f;
        const float want = open ? c[i] : 0.0f;
        if (!(got[i] == want))
            rc = product_wrong(w, "element", i, (double)got[i], (double)want);
    }
out:
    free(got);
    return rc;
}

static int check_whole_product(struct slot_work *w, const struct slot_product *p)
{
    const enum incline_activation activation = w->activation;
    float *c = malloc(p->m * p->n * sizeof *c);
    int rc = INCLINE_OK;

    if (c == NULL)
        return FAIL(INCLINE_ENOMEM, "no memory to check %zu values", p->m * p->n);
    w->activation = INCLINE_LINEAR;
    TRY(slot_call(w, 1));
    TRY(download(w, p->c, p->m * p->n, c));
    TRY(check_product(w, p, c));
    if (w->slot == SLOT_BACKWARD_WEIGHTS)
        TRY(check_bias_gradient(w));
    else
        TRY(check_relu(w, p, c));
out:
    w->activation = activation;
    free(c);
    return rc;
}

int slot_check(struct slot_work *work)
{
    struct slot_product product;

    if (slot_is_product(work, &product))
        return check_whole_product(work, &product);

    struct slot_work twin = *work;
    twin.floats = twin.words = twin.bytes = NULL;
    twin.values = NULL;
    int rc = check_open(work->dev, false, true, &twin.dev);
    if (rc != INCLINE_OK)
        return rc;
    rc = slot_fill(&twin);
    if (rc == INCLINE_OK)
        rc = slot_call(&twin, 1);
    slot_clear(&twin);
    twin.dev->ops->close(twin.dev);
    return rc;
}
