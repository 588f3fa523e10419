/* rig_optimizer.h - the optimizers' slots on a rig's small problem: every optimizer, plain and with
 * everything that can be asked of it; norms, LAMB's step, limits, the moving average. */
#ifndef INCLINE_TESTS_RIG_OPTIMIZER_H
#define INCLINE_TESTS_RIG_OPTIMIZER_H

#include <math.h>

#include "device/rig.h"

/* Numbers that suit any kind, and with `more` everything else. */
static inline struct incline_optimizer rig_optimizer(enum incline_optimizer_kind kind, bool more)
{
    const bool decays = more || kind == INCLINE_ADAMW;

    return (struct incline_optimizer){.kind = kind,
                                      .momentum = 0.9f,
                                      .beta1 = 0.9f,
                                      .beta2 = 0.99f,
                                      .epsilon = 1e-8f,
                                      .weight_decay = decays ? 0.1f : 0.0f,
                                      .l2 = more ? 0.01f : 0.0f,
                                      .l1 = more ? 0.02f : 0.0f,
                                      .clip_value = more ? 0.25f : 0.0f,
                                      .clip_norm = more ? 1.5f : 0.0f};
}

/* Mean squares are never negative. */
static inline struct span rig_squares(struct rig *rig, size_t count)
{
    float *values = (float *)(void *)rig_room(count * sizeof *values);
    for (size_t i = 0; i < count; i++)
        values[i] = fabsf(rig_value(rig->count, i, false));
    const struct span span = rig_floats(rig, count, values);
    free(values);
    return span;
}

/* A layer's step with its gradient, by every optimizer that takes it so. */
static inline int rig_run_dense_update(struct rig *rig, struct rig_shape s, bool whole)
{
    const size_t weights = (size_t)s.outputs * s.inputs, count = weights + s.outputs;
    const struct span none = {NULL, 0};
    const struct span x = rig_random(rig, (size_t)s.rows * s.inputs, whole);
    const struct span dy = rig_random(rig, (size_t)s.rows * s.outputs, whole);
    const struct span params = rig_random(rig, count, whole), grads = rig_random(rig, count, whole);
    const struct span m = rig_random(rig, count, whole), v = rig_squares(rig, count);

    for (int kind = INCLINE_SGD; kind < INCLINE_LAMB; kind++)
        for (int more = 0; more <= 1; more++) {
            struct incline_optimizer optimizer =
                rig_optimizer((enum incline_optimizer_kind)kind, more != 0);
            const bool has_m =
                kind != INCLINE_SGD && kind != INCLINE_ADAGRAD && kind != INCLINE_RMSPROP;
            optimizer.clip_norm = 0.0f;
            RIG_RUN(dense_update, .x = x, .dy = dy, .rows = s.rows, .inputs = s.inputs,
                    .outputs = s.outputs, .scale = 0.125f, .weights_at = 0, .biases_at = weights,
                    .update = {.params = params,
                               .grads = grads,
                               .learning_rate = 0.125f,
                               .optimizer = optimizer,
                               .step = (uint64_t)(3 * more),
                               .moment1 = has_m ? m : none,
                               .moment2 = kind >= INCLINE_ADAGRAD ? v : none});
        }
    return INCLINE_OK;
}

/* The block is a layer of outputs x inputs, weights first. Each slot has spans of its own, so that
 * one that is wrong spoils no other. */
static inline int rig_run_optimizers(struct rig *rig, struct rig_shape s, bool whole)
{
    const size_t weights = (size_t)s.outputs * s.inputs, count = weights + s.outputs;
    const struct span none = {NULL, 0}, given = rig_floats(rig, 1, (const float[]){2.5f});
    const struct span params = rig_random(rig, count, whole);
    const struct span grads = rig_random(rig, count, whole);
    const struct span m = rig_random(rig, count, whole), v = rig_squares(rig, count);
    const struct span x = rig_random(rig, count, whole), norm = rig_floats(rig, 1, NULL);
    const struct span trusted = rig_random(rig, count, whole);
    const struct span direction = rig_random(rig, count, whole);
    const struct span w = rig_random(rig, weights, whole);
    const struct span average = rig_random(rig, count, whole);

    for (int kind = INCLINE_SGD; kind <= INCLINE_LAMB; kind++)
        for (int more = 0; more <= 1; more++) {
            const bool has_m =
                kind != INCLINE_SGD && kind != INCLINE_ADAGRAD && kind != INCLINE_RMSPROP;
            const bool has_v = kind >= INCLINE_ADAGRAD;
            RIG_RUN(update, .params = params, .grads = grads, .count = count,
                    .learning_rate = 0.125f,
                    .optimizer = rig_optimizer((enum incline_optimizer_kind)kind, more != 0),
                    .weights = weights, .step = (uint64_t)(3 * more), .moment1 = has_m ? m : none,
                    .moment2 = has_v ? v : none, .norm = more ? given : none);
        }
    RIG_RUN(norm, .x = x, .norm = norm, .count = count);
    RIG_RUN(trust_update, .params = trusted, .direction = direction, .count = count,
            .learning_rate = 0.125f);
    RIG_RUN(limit_rows, .w = w, .rows = s.outputs, .cols = s.inputs, .most = 1.0f);
    RIG_RUN(limit_rows, .w = w, .rows = s.outputs, .cols = s.inputs, .most = 0.0625f);
    RIG_RUN(average, .average = average, .params = x, .count = count, .decay = 0.75f);
    return rig_run_dense_update(rig, s, whole);
}

#endif
