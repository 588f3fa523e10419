/* rig_normalize.h - normalisation of hidden layers on made-up data, for rig.h. */
#ifndef INCLINE_TESTS_RIG_NORMALIZE_H
#define INCLINE_TESTS_RIG_NORMALIZE_H

#include "device/rig_optimizer.h"

/* Both kinds, forward and backward, and what is done in a model that is used. Each slot has outputs
 * of its own, so that one that is wrong spoils no other. */
static inline int rig_run_normalize(struct rig *rig, struct rig_shape s, bool whole)
{
    const size_t count = (size_t)s.rows * s.inputs, lines = s.rows > s.inputs ? s.rows : s.inputs;
    const struct span x = rig_random(rig, count, whole), gain = rig_random(rig, s.inputs, whole);
    const struct span shift = rig_random(rig, s.inputs, whole), none = {NULL, 0};
    const struct span run_mean = rig_random(rig, s.inputs, whole);
    const struct span run_variance = rig_squares(rig, s.inputs);
    const struct span means = rig_floats(rig, lines, NULL), scales = rig_floats(rig, lines, NULL);
    const struct span mean = rig_random(rig, lines, whole), scale = rig_squares(rig, lines);
    const struct span y = rig_floats(rig, count, NULL);
    const struct span dgain = rig_random(rig, s.inputs, whole);
    const struct span dshift = rig_random(rig, s.inputs, whole);

    RIG_RUN(moments, x, means, scales, none, none, s.rows, s.inputs, MOMENTS_OF_ROWS);
    RIG_RUN(moments, none, means, scales, run_mean, run_variance, s.rows, s.inputs, MOMENTS_OF_RUN);
    RIG_RUN(moments, x, means, scales, run_mean, run_variance, s.rows, s.inputs,
            MOMENTS_OF_COLUMNS);
    for (int by_rows = 0; by_rows <= 1; by_rows++) {
        RIG_RUN(normalize, x, mean, scale, gain, shift, y, s.rows, s.inputs, by_rows != 0,
                by_rows ? INCLINE_RELU : INCLINE_LINEAR);
        for (int accumulate = 0; accumulate <= 1; accumulate++) {
            const struct span d = rig_random(rig, count, whole);
            RIG_RUN(normalize_gradient, x, mean, scale, gain, d, dgain, dshift, s.rows, s.inputs,
                    by_rows != 0, 0.125f, accumulate != 0);
        }
    }
    return INCLINE_OK;
}

#endif
