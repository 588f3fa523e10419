/* rig_losses.h - the losses beyond plain softmax cross-entropy on made-up data, for rig.h. */
#ifndef INCLINE_TESTS_RIG_LOSSES_H
#define INCLINE_TESTS_RIG_LOSSES_H

#include "device/rig.h"

/* Targets are gathered and measured by each kind of loss; label smoothing with and without;
 * gradients divided by the sum of weights. */
static inline int rig_run_losses(struct rig *rig, struct rig_shape s, bool whole)
{
    static const enum incline_loss kinds[] = {INCLINE_LOSS_SIGMOID, INCLINE_LOSS_MSE,
                                              INCLINE_LOSS_MAE, INCLINE_LOSS_HUBER};
    const size_t count = (size_t)s.rows * s.outputs;
    const struct span z = rig_random(rig, count, whole), targets = rig_random(rig, count, whole);
    const struct span target = rig_floats(rig, count, NULL), dz = rig_floats(rig, count, NULL);
    const struct span loss = rig_floats(rig, s.rows, NULL),
                      weights = rig_floats(rig, s.outputs, NULL);
    const struct span label = rig_labels(rig, s.rows, s.outputs), tally = rig_tally(rig);
    const struct span total = rig_words(rig, SUM_WORDS, (const uint32_t[SUM_WORDS]){0, 0});
    const struct span sum = rig_floats(rig, SUM_WORDS, (const float[SUM_WORDS]){8.0f, 0.5f});
    const struct span order = rig_words(rig, s.rows, NULL), x = rig_floats(rig, s.rows, NULL);
    const struct span one = rig_floats(rig, 1, (const float[]){1.0f}),
                      got = rig_words(rig, s.rows, NULL);
    const struct span own_tally = rig_tally(rig), dividend = rig_random(rig, count, whole);
    const struct samples samples = {.values = z,
                                    .labels = label,
                                    .scale = one,
                                    .shift = one,
                                    .element = ELEMENT_F32,
                                    .rows = s.rows,
                                    .features = 1,
                                    .targets = targets,
                                    .outputs = s.outputs};

    RIG_RUN(fill, weights, s.outputs, 0.75f);
    RIG_RUN(shuffle, .order = order, .n = s.rows, .seed = 5, .stream = 6);
    RIG_RUN(gather, .samples = samples, .order = order, .x = x, .label = got, .rows = s.rows,
            .target = target);
    for (size_t k = 0; k < COUNT(kinds); k++)
        RIG_RUN(target_loss, z, target, dz, loss, tally, s.rows, s.outputs, kinds[k], 0.5f);
    RIG_RUN(weighted_xent, z, label, weights, dz, loss, own_tally, total, s.rows, s.outputs, 0.0f);
    RIG_RUN(weighted_xent, z, label, weights, dz, loss, own_tally, total, s.rows, s.outputs,
            0.125f);
    RIG_RUN(divide, dividend, sum, count, 3.0f);
    return INCLINE_OK;
}

#endif
