/* slots.h - one slot of the door on one shape, with its data on a device. */
#ifndef INCLINE_BENCH_SLOTS_H
#define INCLINE_BENCH_SLOTS_H

#include "host/backend/backend.h"

enum slot {
    SLOT_GATHER,
    SLOT_FORWARD,
    SLOT_LOSS,
    SLOT_BACKWARD_WEIGHTS,
    SLOT_BACKWARD_INPUT,
    SLOT_UPDATE
};

/* Everything lies in one buffer of floats, words in another, bytes in a third. What a slot does
 * not need has no room: its offset is `end`.
 *
 *   x [rows, inputs], also what gather puts out and the activations of dense_backward_input
 *   w [outputs, inputs], also the parameters of update; scale and shift of gather [inputs]
 *   b [outputs]   y [rows, outputs]   dy [rows, outputs]   dx [rows, inputs]
 *   dw [outputs, inputs]   db [outputs]   loss [rows]   tally [TALLY_WORDS]
 *   words: labels [rows], order [rows], gathered labels [rows]     bytes [rows, inputs] */
struct slot_work {
    struct incline_device *dev;
    enum slot slot;
    uint32_t rows, inputs, outputs;
    enum incline_activation activation;
    struct buffer *floats, *words, *bytes;
    float *values; /* [end] what was uploaded, as long as it is needed for a check */
    size_t x, w, b, y, dy, dx, dw, db, loss, tally, end; /* offsets in `floats` */
};

/* C[m, n] = A[m, k] * B[k, n], as a product's slot lays them out; A[i, p] is
 * values[a + i * a_row + p * a_col], B[p, j] likewise, C is at c and contiguous. */
struct slot_product {
    size_t m, n, k;
    size_t a, a_row, a_col;
    size_t b, b_row, b_col;
    size_t c;
};

/* slots.c: give everything its offset. */
void slot_lay_out(struct slot_work *work);

/* True, and the product it is, for the three slots that are products. */
bool slot_is_product(const struct slot_work *work, struct slot_product *product);

/* The factor by which dense_backward_weights is scaled: a power of two, so that nothing is rounded,
 * of about 1 / rows. */
float slot_scale(const struct slot_work *work);

/* Make the data and take them to the device: whole numbers where the slot is a product, so small
 * that every sum is exact; NaN where a product goes. Fails with INCLINE_ENOMEM, or as the device
 * fails; slot_clear() what was made in either case. */
int slot_fill(struct slot_work *work);
void slot_clear(struct slot_work *work);

/* Queue `calls` calls; `work` is a struct slot_work. */
int slot_call(void *work, uint32_t calls);

/* slots_check.c: is what the slot gives right? A product is called once more and checked whole
 * against its operands; another slot runs in lockstep with the reference, on data of its own.
 * Uses work->values. Fails with INCLINE_EVERIFY if it is not, INCLINE_ENOMEM, or as the device
 * fails. */
int slot_check(struct slot_work *work);

#endif
