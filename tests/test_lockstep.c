/* test_lockstep.c - the device that runs every operation on the reference, too: it sees every kind
 * of fault in every slot, says in which, and passes an honest one. */
#include <stdio.h>

#include "device/rig_losses.h"
#include "device/rig_normalize.h"
#include "device/rig_optimizer.h"
#include "host/backend/check.h"
#include "tests/faulty_device.h"

static const char *const fault_names[FAULTS] = {
    "none",  "a sign flipped", "each from the next place", "the last one not written", "1 % added",
    "a NaN", "two exchanged",
};

/* Number of outputs of a slot, and whether a fault changes the nth. */
static bool fault_exists(size_t slot, enum fault fault, size_t nth)
{
    static const struct {
        size_t outputs;
        enum element elements[OUTPUTS_MOST];
    } slots[SLOTS] = {
        [SLOT_fill] = {1, {ELEMENT_F32}},
        [SLOT_shuffle] = {1, {ELEMENT_U32}},
        [SLOT_gather] = {2, {ELEMENT_F32, ELEMENT_U32}},
        [SLOT_deskew] = {1, {ELEMENT_F32}},
        [SLOT_augment] = {1, {ELEMENT_F32}},
        [SLOT_dense_forward] = {1, {ELEMENT_F32}},
        [SLOT_activate] = {1, {ELEMENT_F32}},
        [SLOT_dropout] = {1, {ELEMENT_F32}},
        [SLOT_add_noise] = {1, {ELEMENT_F32}},
        [SLOT_softmax_xent] = {4, {ELEMENT_F32, ELEMENT_F32, ELEMENT_F32, ELEMENT_U32}},
        [SLOT_softmax] = {1, {ELEMENT_F32}},
        [SLOT_dense_backward_weights] = {2, {ELEMENT_F32, ELEMENT_F32}},
        [SLOT_dense_backward_input] = {1, {ELEMENT_F32}},
        [SLOT_activate_gradient] = {1, {ELEMENT_F32}},
        [SLOT_norm] = {1, {ELEMENT_F32}},
        [SLOT_update] = {3, {ELEMENT_F32, ELEMENT_F32, ELEMENT_F32}},
        [SLOT_dense_update] = {6,
                               {ELEMENT_F32, ELEMENT_F32, ELEMENT_F32, ELEMENT_F32, ELEMENT_F32,
                                ELEMENT_F32}},
        [SLOT_trust_update] = {1, {ELEMENT_F32}},
        [SLOT_limit_rows] = {1, {ELEMENT_F32}},
        [SLOT_average] = {1, {ELEMENT_F32}},
        [SLOT_weighted_xent] = {4, {ELEMENT_F32, ELEMENT_F32, ELEMENT_F32, ELEMENT_U32}},
        [SLOT_target_loss] = {4, {ELEMENT_F32, ELEMENT_F32, ELEMENT_F32, ELEMENT_U32}},
        [SLOT_divide] = {1, {ELEMENT_F32}},
        [SLOT_moments] = {4, {ELEMENT_F32, ELEMENT_F32, ELEMENT_F32, ELEMENT_F32}},
        [SLOT_normalize] = {1, {ELEMENT_F32}},
        [SLOT_normalize_gradient] = {3, {ELEMENT_F32, ELEMENT_F32, ELEMENT_F32}},
    };
    const bool fills = slot == SLOT_fill;
    const bool tally_sum =
        slots[slot].outputs == 4 && slots[slot].elements[3] == ELEMENT_U32 && nth == 2;
    const bool norm = slot == SLOT_norm;

    if (nth >= slots[slot].outputs)
        return false;
    if (fills || tally_sum || norm) /* all values are the same, or there is only one */
        return fault != SHIFTED && fault != EXCHANGED;
    return slots[slot].elements[nth] == ELEMENT_F32 || fault == SHIFTED || fault == LAST_SKIPPED ||
           fault == EXCHANGED;
}

static int run_every_slot(struct incline_device *check)
{
    const struct rig_shape shape = {17, 6, 5};
    struct rig rig = {.dev = check};

    int rc = rig_run_data(&rig, shape, false);
    rig_clear(&rig);
    if (rc == INCLINE_OK)
        rc = rig_run_products(&rig, shape, false);
    rig_clear(&rig);
    if (rc == INCLINE_OK)
        rc = rig_run_loss(&rig, shape, false);
    rig_clear(&rig);
    if (rc == INCLINE_OK)
        rc = rig_run_losses(&rig, shape, false);
    rig_clear(&rig);
    if (rc == INCLINE_OK)
        rc = rig_run_augment(&rig, shape, false);
    rig_clear(&rig);
    if (rc == INCLINE_OK)
        rc = rig_run_activations(&rig, shape, false);
    rig_clear(&rig);
    if (rc == INCLINE_OK)
        rc = rig_run_noise(&rig, shape, false);
    rig_clear(&rig);
    if (rc == INCLINE_OK)
        rc = rig_run_optimizers(&rig, shape, false);
    rig_clear(&rig);
    if (rc == INCLINE_OK)
        rc = rig_run_normalize(&rig, shape, false);
    rig_clear(&rig);
    return rc;
}

/* Calls `visit` for every fault of every output of every slot; at least 40 there are. */
static void for_each_fault(void (*visit)(size_t slot, enum fault fault, size_t nth))
{
    size_t faults = 0;

    for (size_t slot = 0; slot < SLOTS; slot++)
        for (size_t nth = 0; nth < OUTPUTS_MOST; nth++)
            for (int fault = SIGN; fault < FAULTS; fault++)
                if (fault_exists(slot, (enum fault)fault, nth)) {
                    visit(slot, (enum fault)fault, nth);
                    faults++;
                }
    cr_assert(faults >= 40, "at least 40 faults expected, %zu tried", faults);
}

static void expect_refused(size_t slot, enum fault fault, size_t nth)
{
    struct incline_device *check = NULL;
    char names[64];

    require_ok(check_open(faulty_open(slot, fault, nth), true, true, &check));
    const int rc = run_every_slot(check);
    snprintf(names, sizeof names, "computes %s wrongly", slot_names[slot]);
    cr_expect(rc == INCLINE_EVERIFY && strstr(incline_last_error(), names) != NULL,
              "%s in output %zu of %s: status %d: %s", fault_names[fault], nth, slot_names[slot],
              rc, rc == INCLINE_OK ? "not seen" : incline_last_error());
    incline_device_close(check);
}

Test(lockstep, refuses_every_fault_of_every_slot_by_name)
{
    for_each_fault(expect_refused);
}

static void expect_recorded(size_t slot, enum fault fault, size_t nth)
{
    struct incline_device *check = NULL;
    size_t count;

    require_ok(check_open(faulty_open(slot, fault, nth), true, false, &check));
    require_ok(run_every_slot(check));
    const struct check_record *records = check_records(check, &count);
    cr_assert(count == SLOTS, "%d records expected, %zu found", (int)SLOTS, count);
    for (size_t s = 0; s < count; s++) {
        cr_expect(strcmp(records[s].slot, slot_names[s]) == 0);
        cr_expect((records[s].worst > 1.0) == (s == slot) && records[s].values > 0,
                  "%s in output %zu of %s: %s has the worst ratio %g over %llu values",
                  fault_names[fault], nth, slot_names[slot], records[s].slot, records[s].worst,
                  (unsigned long long)records[s].values);
        cr_expect(s != slot || strstr(records[s].where, "element") != NULL, "no place: %s",
                  records[s].where);
    }
    check_reset(check);
    records = check_records(check, &count);
    for (size_t s = 0; s < count; s++)
        cr_expect(records[s].values == 0 && records[s].worst == 0.0 && records[s].where[0] == '\0',
                  "%s was not forgotten", slot_names[s]);
    incline_device_close(check);
}

Test(lockstep, without_strict_records_the_slot_and_no_other)
{
    for_each_fault(expect_recorded);
}

Test(lockstep, passes_an_honest_device)
{
    struct incline_device *check = NULL;
    size_t count;

    require_ok(check_open(faulty_open(0, HONEST, 0), true, true, &check));
    require_ok(run_every_slot(check));
    const struct check_record *records = check_records(check, &count);
    for (size_t s = 0; s < count; s++)
        cr_expect(records[s].values > 0 && records[s].worst <= 1.0, "%s: %g over %llu values",
                  records[s].slot, records[s].worst, (unsigned long long)records[s].values);
    incline_device_close(check);
}
