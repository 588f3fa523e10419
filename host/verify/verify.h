/* verify.h - what the parts of verification share: a report that counts. */
#ifndef INCLINE_VERIFY_H
#define INCLINE_VERIFY_H

#include "host/backend/backend.h"

struct verification {
    struct incline_device *dev;   /* under test */
    struct incline_device *check; /* dev in lockstep with the reference, recording */
    bool quick;
    incline_verify_fn report;
    void *user;
    unsigned rows, failed;
    double started; /* when the running row began */
};

/* Report a row; `passed` is derived: the worst ratio is at most 1 and something was compared. */
void verify_row(struct verification *v, const char *group, const char *name, uint64_t checks,
                double worst, const char *where);

/* Report that a part could not be done: a failed row with the last error as reason. */
void verify_failure(struct verification *v, const char *group, const char *name);

/* Does the device do whole steps at once, at least of small networks? */
bool verify_offers_steps(const struct verification *v);

/* noise.c: dropout and noise on x[count], which are changed; as verify_activate(). */
int verify_noise(struct incline_device *dev, struct span x, size_t count);

/* deskew.c: make images of several sizes upright on the lockstep device. */
int verify_run_deskew(struct incline_device *check, bool quick);

/* augment.c: distort images of several sizes on the lockstep device. */
int verify_run_augment(struct incline_device *check, bool quick);

/* activations.c: every activation and its derivative on z[count], results in d[count]; runs through
 * the lockstep device as kernels.c does. Fails as the device does. */
int verify_activate(struct incline_device *dev, struct span z, struct span d, size_t count);

/* normalize.c: normalisation by columns and rows, forward and backward, of made-up [rows, cols];
 * with `whole`, of whole numbers. Fails as the device fails. */
int verify_run_normalize(struct incline_device *dev, uint32_t rows, uint32_t cols, bool whole);

/* optimizer.c: is this one of the slots that verify_optimizers() reports? */
bool verify_is_of_optimizers(const char *slot);

/* The parts; each reports its own failures. Fail with INCLINE_ENOMEM only. */
int verify_kernels(struct verification *v);    /* kernels.c: every slot over many shapes */
int verify_optimizers(struct verification *v); /* optimizer.c: their slots over many shapes */
int verify_gradients(struct verification *v);  /* gradients.c: against finite differences */
int verify_training(struct verification *v);   /* training.c: 200 steps, and a round trip */

/* losses.c: weighted_xent, target_loss, divide and gather with targets, once each or more, of
 * [rows, outputs]; with `whole`, of whole numbers. Fails as the device fails. */
int verify_run_losses(struct incline_device *dev, uint32_t rows, uint32_t outputs, bool whole);

#endif
