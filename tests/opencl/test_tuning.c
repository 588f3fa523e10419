/* test_tuning.c - knobs of an OpenCL device: what may be set and what is refused, that every value
 * that is offered computes rightly, and that a tuning that is kept is in force until it is
 * forgotten. */
#include <stdio.h>
#include <stdlib.h>

#include "device/rig.h"
#include "host/net/certify.h"
#include "host/net/plan.h"
#include "host/opencl/room.h"
#include "host/util/cache.h"

struct tuned {
    struct incline_device *dev;
    struct knob knobs[INCLINE_KNOBS_MAX];
    uint32_t values[INCLINE_KNOBS_MAX];
    size_t count;
};

static void read_knobs(struct tuned *t)
{
    t->count = t->dev->ops->knobs(t->dev, t->knobs);
    for (size_t k = 0; k < t->count; k++)
        t->values[k] = t->knobs[k].value;
}

/* Device 0 with a cache of the test's own, or a skipped test. */
static struct tuned open_tuned(void)
{
    struct tuned t = {.dev = NULL};
    setenv("XDG_CACHE_HOME", test_path("cache"), 1);
    const int status = opencl_open(0, 0, &t.dev);
    if (status == INCLINE_ENODEVICE && getenv("INCLINE_TEST_REQUIRE") == NULL)
        cr_skip_test("no OpenCL device: %s", incline_last_error());
    cr_assert(status == INCLINE_OK, "%s", incline_last_error());
    read_knobs(&t);
    return t;
}

static size_t find(const struct tuned *t, const char *name)
{
    for (size_t k = 0; k < t->count; k++)
        if (strcmp(t->knobs[k].name, name) == 0)
            return k;
    cr_assert(false, "no knob %s", name);
    return 0;
}

static uint32_t *value(struct tuned *t, const char *name)
{
    return &t->values[find(t, name)];
}

/* Another value of a knob than the one in force. */
static uint32_t other_value(const struct knob *knob)
{
    for (size_t c = 0; c < knob->count; c++)
        if (knob->candidates[c] != knob->value)
            return knob->candidates[c];
    return knob->value;
}

Test(tuning, knobs_are_those_of_the_kind_and_their_values_are_among_the_candidates)
{
    struct tuned t = open_tuned();
    const bool cpu = t.dev->info.type == INCLINE_DEVICE_CPU;

    cr_expect(t.count > 0 && t.count <= INCLINE_KNOBS_MAX, "%zu knobs", t.count);
    for (size_t k = 0; k < t.count; k++) {
        const struct knob *knob = &t.knobs[k];
        bool found = false;
        for (size_t c = 0; c < knob->count; c++)
            found = found || knob->candidates[c] == knob->value;
        cr_expect(found, "%s=%u is no candidate of its own", knob->name, knob->value);
        cr_expect(knob->value == knob->initial, "%s is %u, %u expected", knob->name, knob->value,
                  knob->initial);
        cr_expect(strncmp(knob->name, cpu ? "TILE_" : "PANEL_", cpu ? 5 : 6) != 0,
                  "%s on this kind of device", knob->name);
    }
    incline_device_close(t.dev);
}

/* Every knob at the first of its values that is valid beside the others, at a middle one, and at
 * the last: a step of each kind in lockstep. */
Test(tuning, every_value_that_is_offered_is_right, .timeout = 280)
{
    static const uint32_t widths[] = {21, 13, 7, 5};
    enum { SETTINGS = 3 };
    struct tuned t = open_tuned();
    struct net net;

    require_ok(net_init(&net, widths, COUNT(widths), INCLINE_RELU));
    for (size_t i = 0; i < SETTINGS; i++) {
        char where[640] = "";
        for (size_t k = 0; k < t.count; k++) {
            const struct knob *knob = &t.knobs[k];
            t.values[k] = knob->candidates[i * (knob->count - 1) / (SETTINGS - 1)];
            if (strcmp(knob->name, "STEP_PARAMS") == 0) /* or there is no whole step */
                t.values[k] = knob->initial;
            snprintf(where + strlen(where), sizeof where - strlen(where), " %s=%u", knob->name,
                     t.values[k]);
            require_ok(t.dev->ops->set_knobs(t.dev, t.values));
            read_knobs(&t);
        }
        const int rc = certify_steps(t.dev, &net, NULL, ELEMENT_U8, 70);
        cr_expect(rc == INCLINE_OK && !t.dev->layered, "%s: %s %s", where,
                  rc != INCLINE_OK ? incline_last_error() : "", t.dev->remark);
    }
    net_clear(&net);
    incline_device_close(t.dev);
}

Test(tuning, what_is_not_valid_is_refused_and_changes_nothing)
{
    struct tuned t = open_tuned();
    char key[sizeof opencl_of(t.dev)->key];
    uint32_t values[INCLINE_KNOBS_MAX];

    snprintf(key, sizeof key, "%s", t.dev->key);
    *value(&t, "VEC") = 5;
    require_fails(t.dev->ops->set_knobs(t.dev, t.values), INCLINE_EARG, "VEC=5");
    if (t.dev->info.type == INCLINE_DEVICE_CPU) {
        *value(&t, "VEC") = 16;
        *value(&t, "STEP_ROWS") = 16;
        require_fails(t.dev->ops->set_knobs(t.dev, t.values), INCLINE_EARG,
                      "STEP_ROWS is a multiple of 2 * VEC");
        *value(&t, "STEP_ROWS") = 32;
        *value(&t, "VEC") = 4;
        *value(&t, "PANEL_N") = 3;
        require_fails(t.dev->ops->set_knobs(t.dev, t.values), INCLINE_EARG,
                      "PANEL_N * VEC is a multiple of 8");
    }
    read_knobs(&t);
    for (size_t k = 0; k < t.count; k++)
        values[k] = t.knobs[k].initial;
    cr_expect(memcmp(values, t.values, t.count * sizeof *values) == 0, "a value has changed");
    cr_expect(strcmp(key, t.dev->key) == 0, "the key has changed");
    incline_device_close(t.dev);
}

/* Whatever is known about a device is known about its tuning. */
Test(tuning, every_knob_changes_the_key)
{
    struct tuned t = open_tuned();
    char key[sizeof opencl_of(t.dev)->key];

    snprintf(key, sizeof key, "%s", t.dev->key);
    for (size_t k = 0; k < t.count; k++) {
        uint32_t values[INCLINE_KNOBS_MAX];
        memcpy(values, t.values, sizeof values);
        values[k] = other_value(&t.knobs[k]);
        if (values[k] == t.values[k])
            continue;
        require_ok(t.dev->ops->set_knobs(t.dev, values));
        cr_expect(strcmp(key, t.dev->key) != 0, "%s=%u leaves the key as it was", t.knobs[k].name,
                  values[k]);
    }
    require_ok(t.dev->ops->set_knobs(t.dev, t.values));
    cr_expect(strcmp(key, t.dev->key) == 0, "the way back gives another key");
    incline_device_close(t.dev);
}

/* ---- what is kept ---- */

static bool listed_as_tuned(void)
{
    struct incline_device_info *list = NULL;
    size_t count = 0;
    bool tuned = false;

    require_ok(incline_device_list(&list, &count));
    for (size_t i = 0; i < count; i++)
        tuned = tuned || (strcmp(list[i].id, "opencl:0") == 0 && list[i].tuned);
    incline_device_list_free(list);
    return tuned;
}

Test(tuning, what_is_kept_is_in_force_at_the_next_opening_until_it_is_forgotten)
{
    const struct incline_device_options options = {.name = "opencl:0"};
    struct tuned t = open_tuned();
    struct incline_tuning tuning;
    bool was_tuned = false;

    cr_expect(!t.dev->info.tuned && !listed_as_tuned());
    const size_t vec = find(&t, "VEC"), wg = find(&t, "WG");
    t.values[vec] = other_value(&t.knobs[vec]);
    t.values[wg] = other_value(&t.knobs[wg]);
    require_ok(t.dev->ops->set_knobs(t.dev, t.values));
    cr_expect(!listed_as_tuned(), "values that are set are not kept yet");
    cr_assert(t.dev->ops->keep_knobs(t.dev, "3-2, batch 1"));
    incline_device_close(t.dev);

    struct tuned again = open_tuned();
    incline_device_tuning(again.dev, &tuning);
    cr_expect(strcmp(tuning.made_for, "3-2, batch 1") == 0, "made for \"%s\"", tuning.made_for);
    cr_expect(tuning.count == t.count && again.dev->info.tuned && listed_as_tuned());
    for (size_t k = 0; k < t.count; k++)
        cr_expect(again.values[k] == t.values[k] && tuning.knobs[k].value == t.values[k],
                  "%s: %u was kept, %u found", t.knobs[k].name, t.values[k], again.values[k]);
    char option[32];
    snprintf(option, sizeof option, "-DVEC=%u ", t.values[vec]);
    cr_expect(strstr(opencl_of(again.dev)->options, option) != NULL, "%sexpected in: %s", option,
              opencl_of(again.dev)->options);
    incline_device_close(again.dev);

    require_ok(incline_tune_reset(&options, &was_tuned));
    cr_expect(was_tuned && !listed_as_tuned());
    again = open_tuned();
    cr_expect(again.values[vec] == again.knobs[vec].initial && !again.dev->info.tuned);
    incline_device_close(again.dev);
    require_ok(incline_tune_reset(&options, &was_tuned));
    cr_expect(!was_tuned);
}

Test(tuning, what_is_kept_but_not_valid_is_not_taken)
{
    static const char *const texts[] = {"a net\nVEC 5\n", "a net\nVEC 8\nXYZ 3\n", "a net\nVEC\n"};

    for (size_t i = 0; i < COUNT(texts); i++) {
        struct tuned t = open_tuned();
        char key[4096];
        opencl_identity(opencl_of(t.dev)->id, &t.dev->info, key, sizeof key - 16);
        strcat(key, "tuning");
        incline_device_close(t.dev);
        cache_store(key, texts[i], strlen(texts[i]) + 1);
        t = open_tuned();
        for (size_t k = 0; k < t.count; k++)
            cr_expect(t.values[k] == t.knobs[k].initial, "\"%s\": %s is %u", texts[i],
                      t.knobs[k].name, t.values[k]);
        cr_expect(!t.dev->info.tuned);
        incline_device_close(t.dev);
    }
}

/* ---- bits ---- */

/* Parameters after a few steps, to be freed. */
static float *trained(struct incline_device *dev, size_t *bytes)
{
    static const uint32_t widths[] = {49, 17, 5};
    enum { ROWS = 70, STEPS = 3 };
    struct rig rig = {.dev = dev};
    struct plan plan;
    struct net net;

    require_ok(net_init(&net, widths, COUNT(widths), INCLINE_RELU));
    float *params = (float *)(void *)rig_room(net.param_count * sizeof *params);
    net_init_params(&net, INCLINE_INIT_HE, 3, params);
    require_ok(plan_create(&plan, dev, &net, NULL, ROWS));
    require_ok(plan_set_params(&plan, params));
    const struct samples samples = {.values = rig_random(&rig, (size_t)ROWS * 49, false),
                                    .labels = rig_labels(&rig, ROWS, 5),
                                    .scale = rig_random(&rig, 49, false),
                                    .shift = rig_random(&rig, 49, false),
                                    .element = ELEMENT_F32,
                                    .rows = ROWS,
                                    .features = 49};
    const struct span order = rig_labels(&rig, STEPS * ROWS, ROWS);
    require_ok(plan_steps(&plan, &samples, order, ROWS, STEPS, 0.1f));
    require_ok(plan_get_params(&plan, params));
    *bytes = net.param_count * sizeof *params;
    plan_destroy(&plan);
    net_clear(&net);
    rig_clear(&rig);
    return params;
}

/* Set on a device that was used with other values before, or found at its opening. */
Test(tuning, the_same_tuning_gives_the_same_bits)
{
    struct tuned t = open_tuned();
    size_t bytes = 0;

    free(trained(t.dev, &bytes));
    const size_t vec = find(&t, "VEC");
    t.values[vec] = other_value(&t.knobs[vec]);
    require_ok(t.dev->ops->set_knobs(t.dev, t.values));
    float *set = trained(t.dev, &bytes);
    cr_assert(t.dev->ops->keep_knobs(t.dev, "a test"));
    incline_device_close(t.dev);
    t = open_tuned();
    float *found = trained(t.dev, &bytes);
    cr_expect(memcmp(set, found, bytes) == 0, "parameters differ");
    incline_device_close(t.dev);
    free(set);
    free(found);
}

/* ---- makers ---- */

static void count_maker(void *user, const char *product, uint32_t rows, uint32_t inputs,
                        uint32_t outputs, const char *maker)
{
    size_t *count = user;
    cr_expect(rows == 10 && inputs == 17 && outputs == 7, "%s of %u, %u, %u by %s", product, rows,
              inputs, outputs, maker);
    ++*count;
}

Test(tuning, makers_that_are_known_are_listed_by_the_next_device_too)
{
    struct tuned t = open_tuned();
    size_t count = 0;

    incline_device_makers(t.dev, count_maker, &count);
    cr_expect(count == 0, "%zu makers before the first product", count);
    for (int twice = 0; twice < 2; twice++) {
        struct rig rig = {.dev = t.dev};
        require_ok(rig_run_products(&rig, (struct rig_shape){10, 17, 7}, true));
        rig_clear(&rig);
        incline_device_close(t.dev);
        t = open_tuned();
        count = 0;
        incline_device_makers(t.dev, count_maker, &count);
        cr_expect(count == 3, "%zu makers of 3 products", count);
    }
    incline_device_close(t.dev);
}
