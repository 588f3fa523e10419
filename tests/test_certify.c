/* test_certify.c - certificates: a device that computes wrongly what a run needs gets none, and
 * nothing else is asked of it. */
#include <stdio.h>

#include "host/net/certify.h"
#include "host/net/plan.h"
#include "host/util/status.h"
#include "tests/faulty_device.h"

static void small_net(struct net *net)
{
    static const uint32_t widths[] = {6, 5, 4};
    require_ok(net_init(net, widths, COUNT(widths), INCLINE_RELU));
}

static int certified(size_t slot, enum fault fault, const char *key)
{
    struct net net;

    small_net(&net);
    struct incline_device *dev = faulty_open(slot, fault, 0);
    dev->key = key;
    const int rc = certify_steps(dev, &net, NULL, ELEMENT_U8, 8);
    cr_expect(dev->children == 0, "%zu buffers are left", dev->children);
    incline_device_close(dev);
    net_clear(&net);
    return rc;
}

#define FOR_EVERY_WORK \
    [SLOT_fill] = true, [SLOT_shuffle] = true, [SLOT_gather] = true, [SLOT_dense_forward] = true

/* Each kind of work with the slots that it needs, and no others. */
Test(certify, work_is_refused_for_what_it_needs_and_for_nothing_else)
{
    static const struct {
        enum certified_work work;
        bool needs[SLOTS];
    } rows[] = {{CERTIFY_LAYERED_STEPS,
                 {FOR_EVERY_WORK, [SLOT_softmax_xent] = true, [SLOT_dense_backward_weights] = true,
                  [SLOT_dense_backward_input] = true, [SLOT_update] = true}},
                {CERTIFY_LOSSES, {FOR_EVERY_WORK, [SLOT_softmax_xent] = true}},
                {CERTIFY_PROBABILITIES, {FOR_EVERY_WORK, [SLOT_softmax] = true}}};
    struct net net;
    char key[64];

    cr_assert(setenv("XDG_CACHE_HOME", test_folder(), 1) == 0);
    small_net(&net);
    for (size_t r = 0; r < COUNT(rows); r++)
        for (size_t slot = 0; slot < SLOTS; slot++) {
            struct incline_device *dev = faulty_open(slot, slot == 0 ? NOT_A_NUMBER : SHIFTED, 0);
            snprintf(key, sizeof key, "slot %zu\n", slot);
            dev->key = key;
            const int rc = certify(dev, &net, NULL, rows[r].work, ELEMENT_F32, 8);
            cr_expect(rc == (rows[r].needs[slot] ? INCLINE_EVERIFY : INCLINE_OK),
                      "work %zu, %s wrong: status %d", r, slot_names[slot], rc);
            incline_device_close(dev);
        }
    net_clear(&net);
}

/* Whole steps, made of a device's own slots; their last parameter is not written if `whole_wrong`.
 */
static bool whole_wrong;

static bool whole_taken(struct incline_device *dev, const struct train_steps *args)
{
    (void)dev;
    (void)args;
    return true;
}

static int whole_steps(struct incline_device *dev, const struct train_steps *args)
{
    const struct backend *ops = dev->ops;
    float *params = reference_data(args->params, ELEMENT_F32);
    uint32_t *tally = reference_data(args->tally, ELEMENT_U32);
    struct plan plan = {0};
    struct net net = {0};
    int rc = INCLINE_OK;

    TRY(net_init(&net, args->widths, args->layers + 1, args->activation));
    const float last = params[net.param_count - 1];
    dev->ops = faulty.honest;
    TRY(plan_create(&plan, dev, &net, NULL, args->rows));
    TRY(plan_set_params(&plan, params));
    TRY(ops->upload(dev, plan_tally(&plan), ELEMENT_U32, TALLY_WORDS, tally));
    TRY(plan_steps(&plan, &args->samples, args->order, args->rows, args->steps,
                   args->learning_rate));
    TRY(plan_get_params(&plan, params));
    TRY(ops->download(dev, plan_tally(&plan), ELEMENT_U32, TALLY_WORDS, tally));
    if (whole_wrong)
        params[net.param_count - 1] = last;
out:
    plan_destroy(&plan);
    net_clear(&net);
    dev->ops = ops;
    return rc;
}

/* certify_steps() of a device that offers whole steps, wrong ones or not, whose `slot` is wrong or
 * not; *layered: how it goes from then on. */
static int whole_certified(bool wrong, size_t slot, enum fault fault, enum element element,
                           const char *key, bool *layered)
{
    struct net net;

    small_net(&net);
    struct incline_device *dev = faulty_open(slot, fault, 0);
    faulty.ops.takes_train_steps = whole_taken;
    faulty.ops.train_steps = whole_steps;
    whole_wrong = wrong;
    dev->key = key;
    const int rc = certify_steps(dev, &net, NULL, element, 8);
    *layered = dev->layered;
    cr_expect(dev->layered == (strstr(dev->remark, "layer by layer") != NULL), "it says: %s",
              dev->remark);
    incline_device_close(dev);
    net_clear(&net);
    return rc;
}

Test(certify, whole_steps_are_certified_without_the_layers_and_layers_when_they_are_needed)
{
    enum { FORWARD = SLOT_dense_forward };
    bool layered;

    cr_assert(setenv("XDG_CACHE_HOME", test_folder(), 1) == 0);
    require_ok(whole_certified(false, FORWARD, SIGN, ELEMENT_U8, "one\n", &layered));
    cr_expect(!layered, "right whole steps are not taken");
    /* Layers have no certificate by that. */
    require_fails(certified(FORWARD, SIGN, "one\n"), INCLINE_EVERIFY, "dense_forward");

    require_ok(whole_certified(true, FORWARD, HONEST, ELEMENT_U8, "two\n", &layered));
    cr_expect(layered, "wrong whole steps are taken");
    require_fails(whole_certified(true, FORWARD, SIGN, ELEMENT_U8, "three\n", &layered),
                  INCLINE_EVERIFY, "dense_forward");
}

Test(certify, the_verdict_on_whole_steps_is_kept_for_each_kind_of_samples)
{
    bool layered;

    cr_assert(setenv("XDG_CACHE_HOME", test_folder(), 1) == 0);
    require_ok(whole_certified(true, 0, HONEST, ELEMENT_U8, "one\n", &layered));
    /* Only what was kept can let this device go layer by layer. */
    require_ok(whole_certified(false, 0, HONEST, ELEMENT_U8, "one\n", &layered));
    cr_expect(layered, "the verdict on bytes was not kept");
    require_ok(whole_certified(false, 0, HONEST, ELEMENT_F32, "one\n", &layered));
    cr_expect(!layered, "the verdict on bytes was taken for floats");
    require_ok(whole_certified(true, 0, HONEST, ELEMENT_F32, "one\n", &layered));
    cr_expect(!layered, "the verdict on floats was not kept");
}

/* Slots of a training step. */
Test(certify, a_device_that_is_wrong_in_a_step_gets_no_certificate)
{
    static const size_t slots[] = {SLOT_fill,
                                   SLOT_dense_forward,
                                   SLOT_softmax_xent,
                                   SLOT_dense_backward_weights,
                                   SLOT_dense_backward_input,
                                   SLOT_update};

    cr_assert(setenv("XDG_CACHE_HOME", test_folder(), 1) == 0);
    for (size_t s = 0; s < COUNT(slots); s++)
        for (int again = 0; again < 2; again++) /* a refusal is not kept, nor is a pass */
            require_fails(certified(slots[s], ONE_PERCENT + (slots[s] == SLOT_fill), "a key\n"),
                          INCLINE_EVERIFY, slot_names[slots[s]]);
}

Test(certify, a_certificate_is_kept_under_the_key_and_a_refusal_is_not)
{
    enum { FORWARD = SLOT_dense_forward };

    cr_assert(setenv("XDG_CACHE_HOME", test_folder(), 1) == 0);
    require_fails(certified(FORWARD, SIGN, "one\n"), INCLINE_EVERIFY, "dense_forward");
    require_ok(certified(FORWARD, HONEST, "one\n"));
    /* Only the kept certificate can let this device pass. */
    require_ok(certified(FORWARD, SIGN, "one\n"));
    require_fails(certified(FORWARD, SIGN, "another\n"), INCLINE_EVERIFY, "dense_forward");
    require_ok(certified(FORWARD, SIGN, NULL)); /* no key: the reference, which needs none */
}
