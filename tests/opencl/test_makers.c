/* test_makers.c - each maker of matrix products alone, in lockstep with the reference, over shapes
 * that no block and no tile divides; and the check that keeps a maker out that is wrong. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "device/rig.h"
#include "host/backend/check.h"
#include "host/opencl/room.h"
#include "host/util/cache.h"

static const struct rig_shape shapes[] = {
    {1, 1, 1},    {1, 7, 10},     {7, 10, 1},    {10, 17, 7},   {17, 1, 31},
    {31, 33, 17}, {33, 63, 10},   {63, 31, 65},  {65, 127, 33}, {127, 10, 63},
    {129, 65, 7}, {10, 129, 127}, {255, 17, 10}, {7, 255, 129}, {1000, 784, 10},
};

static const struct {
    enum opencl_maker maker;
    const char *name;
} makers[] = {{OPENCL_MAKER_PANEL, "panel kernels"},
              {OPENCL_MAKER_PACKED, "packed kernels"},
              {OPENCL_MAKER_TILE, "tile kernels"},
              {OPENCL_MAKER_CLBLAST, "CLBlast"}};

/* Device 0 with these makers alone, or a skipped test. */
static struct opencl_device *open_with(unsigned allowed)
{
    struct incline_device *dev = NULL;
    if ((allowed & OPENCL_MAKER_CLBLAST) && !clblast_available())
        cr_skip_test("built without CLBlast");
    const int status = opencl_open(0, allowed, &dev);
    if (status == INCLINE_ENODEVICE && getenv("INCLINE_TEST_REQUIRE") == NULL)
        cr_skip_test("no OpenCL device: %s", incline_last_error());
    cr_assert(status == INCLINE_OK, "%s", incline_last_error());
    return opencl_of(dev);
}

/* A cache of the test's own, so that no verdict is known. */
static void fresh_cache(void)
{
    setenv("XDG_CACHE_HOME", test_path("cache"), 1);
}

static void products_in_lockstep(enum opencl_maker maker, const char *name)
{
    struct opencl_device *device = open_with(maker);
    struct incline_device *check = NULL;

    require_ok(check_open(&device->base, false, true, &check));
    for (size_t i = 0; i < COUNT(shapes); i++)
        for (int whole = 0; whole <= 1; whole++) {
            struct rig rig = {.dev = check};
            char where[96];
            snprintf(where, sizeof where, "%s, %u rows, %u inputs, %u outputs", name,
                     shapes[i].rows, shapes[i].inputs, shapes[i].outputs);
            const int rc = rig_run_products(&rig, shapes[i], whole);
            cr_expect(rc == INCLINE_OK, "%s: %s", where, incline_last_error());
            rig_expect_margins(&rig, where);
            rig_clear(&rig);
        }
    for (size_t v = 0; v < device->verdict_count; v++)
        cr_expect(device->verdicts[v].maker == maker, "%s was asked for, %u taken", name,
                  (unsigned)device->verdicts[v].maker);
    cr_expect(device->verdict_count == 3 * COUNT(shapes), "%zu verdicts for %zu products",
              device->verdict_count, 3 * COUNT(shapes));
    check->ops->close(check);
    incline_device_close(&device->base);
}

Test(makers, panel_kernels_agree_with_the_reference)
{
    products_in_lockstep(OPENCL_MAKER_PANEL, "panel kernels");
}

Test(makers, packed_kernels_agree_with_the_reference)
{
    products_in_lockstep(OPENCL_MAKER_PACKED, "packed kernels");
}

Test(makers, tile_kernels_agree_with_the_reference)
{
    products_in_lockstep(OPENCL_MAKER_TILE, "tile kernels");
}

Test(makers, clblast_agrees_with_the_reference, .timeout = 200)
{
    products_in_lockstep(OPENCL_MAKER_CLBLAST, "CLBlast");
}

/* What all makers compute from whole numbers, where every sum is exact: equal bits. */
Test(makers, all_makers_give_the_same_bits_for_whole_numbers, .timeout = 200)
{
    const struct rig_shape shape = {65, 127, 33};
    unsigned char *bits[COUNT(makers)] = {NULL};
    size_t bytes[COUNT(makers)] = {0};

    for (size_t m = 0; m < COUNT(makers); m++) {
        if (makers[m].maker == OPENCL_MAKER_CLBLAST && !clblast_available())
            continue;
        struct opencl_device *device = open_with(makers[m].maker);
        struct rig rig = {.dev = &device->base};
        require_ok(rig_run_products(&rig, shape, true));
        bits[m] = rig_bits(&rig, &bytes[m]);
        cr_expect(bytes[m] == bytes[0] && memcmp(bits[m], bits[0], bytes[0]) == 0,
                  "%s and %s differ", makers[m].name, makers[0].name);
        rig_clear(&rig);
        incline_device_close(&device->base);
    }
    for (size_t m = 0; m < COUNT(makers); m++)
        free(bits[m]);
}

/* ---- the check of a maker ---- */

/* Is `maker` right, by gemm_try(), at this shape of this product? */
static bool found_right(struct opencl_device *device, enum opencl_maker maker, enum product product,
                        struct rig_shape s)
{
    const struct gemm_verdict verdict = {product, s.rows, s.inputs, s.outputs, maker};
    bool right = false;
    double seconds = -1.0;

    require_ok(gemm_try(device, &verdict, &right, &seconds));
    cr_expect(device->base.children == 0, "%zu buffers are left", device->base.children);
    return right;
}

static const char *const product_names[] = {"forward", "backward_weights", "backward_input"};

Test(makers, check_finds_right_kernels_right, .timeout = 200)
{
    struct opencl_device *device =
        open_with(OPENCL_MAKERS_OWN | (clblast_available() ? OPENCL_MAKER_CLBLAST : 0u));

    for (size_t m = 0; m < COUNT(makers); m++)
        for (int p = PRODUCT_FORWARD; p <= PRODUCT_BACKWARD_INPUT; p++)
            for (size_t i = 0; i < COUNT(shapes); i += 2) {
                if (!(device->makers & makers[m].maker))
                    continue;
                cr_expect(found_right(device, makers[m].maker, (enum product)p, shapes[i]),
                          "%s: %s of %u rows, %u inputs, %u outputs was found wrong",
                          makers[m].name, product_names[p], shapes[i].rows, shapes[i].inputs,
                          shapes[i].outputs);
            }
    incline_device_close(&device->base);
}

/* The host launches as if the kernels had been compiled with other values: a part of the result
 * is then not computed, and holds what was there. Results are wide enough for panels, whatever the
 * vectors: a narrow one is made by gemm_dot.cl. */
Test(makers, check_finds_a_part_that_was_not_computed)
{
    static const struct {
        const char *what;
        enum opencl_maker maker;
        enum product product;
        struct rig_shape shape;
        size_t field; /* of the tuning */
    } lies[] = {
        {"PANEL_N",
         OPENCL_MAKER_PANEL,
         PRODUCT_FORWARD,
         {17, 65, 129},
         offsetof(struct opencl_tuning, PANEL_N)},
        {"PANEL_N",
         OPENCL_MAKER_PANEL,
         PRODUCT_BACKWARD_WEIGHTS,
         {65, 129, 17},
         offsetof(struct opencl_tuning, PANEL_N)},
        {"PANEL_N",
         OPENCL_MAKER_PACKED,
         PRODUCT_BACKWARD_INPUT,
         {65, 129, 17},
         offsetof(struct opencl_tuning, PANEL_N)},
        {"PANEL_M",
         OPENCL_MAKER_PACKED,
         PRODUCT_BACKWARD_WEIGHTS,
         {65, 129, 17},
         offsetof(struct opencl_tuning, PANEL_M)},
        {"PANEL_M",
         OPENCL_MAKER_PACKED,
         PRODUCT_FORWARD,
         {65, 17, 129},
         offsetof(struct opencl_tuning, PANEL_M)},
        {"TILE_N",
         OPENCL_MAKER_TILE,
         PRODUCT_FORWARD,
         {129, 17, 129},
         offsetof(struct opencl_tuning, TILE_N)},
        {"TILE_N",
         OPENCL_MAKER_TILE,
         PRODUCT_BACKWARD_WEIGHTS,
         {9, 129, 129},
         offsetof(struct opencl_tuning, TILE_N)},
        {"TILE_N",
         OPENCL_MAKER_TILE,
         PRODUCT_BACKWARD_INPUT,
         {129, 129, 9},
         offsetof(struct opencl_tuning, TILE_N)},
        {"TILE_M",
         OPENCL_MAKER_TILE,
         PRODUCT_FORWARD,
         {300, 17, 10},
         offsetof(struct opencl_tuning, TILE_M)},
        {"TILE_N",
         OPENCL_MAKER_TILE,
         PRODUCT_BACKWARD_WEIGHTS,
         {9, 300, 10},
         offsetof(struct opencl_tuning, TILE_N)},
    };
    struct opencl_device *device = open_with(OPENCL_MAKERS_OWN);

    for (size_t i = 0; i < COUNT(lies); i++) {
        cl_uint *value = (cl_uint *)(void *)((unsigned char *)&device->tuning + lies[i].field);
        *value *= 2;
        cr_expect(!found_right(device, lies[i].maker, lies[i].product, lies[i].shape),
                  "%s twice as large as compiled: %s was found right", lies[i].what,
                  product_names[lies[i].product]);
        *value /= 2;
        cr_expect(found_right(device, lies[i].maker, lies[i].product, lies[i].shape),
                  "%s as compiled: %s was found wrong", lies[i].what,
                  product_names[lies[i].product]);
    }
    incline_device_close(&device->base);
}

static void exchange(struct opencl_device *device, enum opencl_kernel a, enum opencl_kernel b)
{
    cl_kernel of_a, of_b;
    require_ok(opencl_kernel(device, a, &of_a));
    require_ok(opencl_kernel(device, b, &of_b));
    device->kernels[a] = of_b;
    device->kernels[b] = of_a;
}

/* The driver refuses the launch: this kernel takes other arguments. */
Test(makers, check_counts_a_failing_launch_as_wrong)
{
    struct opencl_device *device = open_with(OPENCL_MAKER_PANEL);
    const struct rig_shape shape = {10, 17, 7};

    exchange(device, KERNEL_forward_dot, KERNEL_update_params);
    cr_expect(!found_right(device, OPENCL_MAKER_PANEL, PRODUCT_FORWARD, shape),
              "a kernel that cannot be launched was found right");
    exchange(device, KERNEL_forward_dot, KERNEL_update_params);
    cr_expect(found_right(device, OPENCL_MAKER_PANEL, PRODUCT_FORWARD, shape));
    incline_device_close(&device->base);
}

static int run_products(struct opencl_device *device, struct rig_shape shape)
{
    struct rig rig = {.dev = &device->base};
    const int rc = rig_run_products(&rig, shape, true);
    rig_clear(&rig);
    return rc;
}

Test(makers, a_device_without_a_right_maker_is_refused)
{
    fresh_cache();
    struct opencl_device *device = open_with(OPENCL_MAKERS_OWN);
    const struct opencl_tuning honest = device->tuning;
    const struct rig_shape shape = {129, 65, 129};

    device->tuning.PANEL_N *= 2;
    device->tuning.TILE_N *= 2;
    require_fails(run_products(device, shape), INCLINE_EVERIFY, device->base.info.name);
    cr_expect(strstr(incline_last_error(), "129 rows, 65 inputs and 129 outputs") != NULL, "%s",
              incline_last_error());
    /* No verdict stays behind: the next who asks is told the same. */
    require_fails(run_products(device, shape), INCLINE_EVERIFY, "wrongly");
    device->tuning = honest;
    require_ok(run_products(device, shape));
    incline_device_close(&device->base);
}

Test(makers, a_wrong_maker_gives_way_to_a_right_one)
{
    fresh_cache();
    struct opencl_device *device = open_with(OPENCL_MAKERS_OWN);

    device->tuning.PANEL_N *= 2;
    require_ok(run_products(device, (struct rig_shape){65, 33, 129}));
    for (size_t v = 0; v < device->verdict_count; v++)
        cr_expect(device->verdicts[v].maker == OPENCL_MAKER_TILE, "%s: maker %u taken",
                  product_names[device->verdicts[v].product], (unsigned)device->verdicts[v].maker);
    cr_expect(device->verdict_count == 3, "%zu verdicts", device->verdict_count);
    incline_device_close(&device->base);
}

/* ---- cached verdicts ---- */

static void verdict_key(const struct opencl_device *device, char *key, size_t bytes)
{
    snprintf(key, bytes, "%sgemm forward 10 rows 17 inputs 7 outputs", device->key);
}

/* The maker that the cache holds for the product of verdict_key(); 0 if there is none. */
static unsigned cached_maker(const struct opencl_device *device)
{
    char key[4096];
    unsigned char *data = NULL;
    size_t bytes = 0;
    unsigned maker = 0;

    verdict_key(device, key, sizeof key);
    if (cache_load(key, &data, &bytes) && bytes == 1)
        maker = data[0];
    free(data);
    return maker;
}

static enum opencl_maker taken(const struct opencl_device *device)
{
    for (size_t v = 0; v < device->verdict_count; v++)
        if (device->verdicts[v].product == PRODUCT_FORWARD)
            return device->verdicts[v].maker;
    return 0;
}

Test(makers, verdict_is_cached_and_taken_from_the_cache)
{
    const unsigned char tile = OPENCL_MAKER_TILE;
    const struct rig_shape shape = {10, 17, 7};
    char key[4096];

    fresh_cache();
    struct opencl_device *device = open_with(OPENCL_MAKERS_OWN);
    cr_expect(cached_maker(device) == 0);
    require_ok(run_products(device, shape));
    cr_expect(cached_maker(device) == (unsigned)taken(device), "%u cached, %u taken",
              cached_maker(device), (unsigned)taken(device));
    verdict_key(device, key, sizeof key);
    incline_device_close(&device->base);

    /* An entry that says otherwise is believed: it stands for a measurement made before. */
    cache_store(key, &tile, 1);
    device = open_with(OPENCL_MAKERS_OWN);
    require_ok(run_products(device, shape));
    cr_expect(taken(device) == OPENCL_MAKER_TILE, "maker %u taken", (unsigned)taken(device));
    incline_device_close(&device->base);
}

Test(makers, cached_verdict_that_is_not_allowed_is_not_used)
{
    static const unsigned char entries[][2] = {
        {OPENCL_MAKER_TILE}, {OPENCL_MAKER_CLBLAST}, {0}, {3}, {255}, {OPENCL_MAKER_PANEL, 0}};
    const struct rig_shape shape = {10, 17, 7};
    char key[4096];

    fresh_cache();
    for (size_t e = 0; e < COUNT(entries); e++) {
        struct opencl_device *device = open_with(OPENCL_MAKER_PANEL);
        verdict_key(device, key, sizeof key);
        cache_store(key, entries[e], e + 1 == COUNT(entries) ? 2 : 1);
        require_ok(run_products(device, shape));
        cr_expect(taken(device) == OPENCL_MAKER_PANEL, "entry %u: maker %u taken", entries[e][0],
                  (unsigned)taken(device));
        cr_expect(cached_maker(device) == OPENCL_MAKER_PANEL, "entry %u was not replaced",
                  entries[e][0]);
        incline_device_close(&device->base);
    }
}

Test(makers, verdicts_of_one_choice_of_makers_are_not_those_of_another)
{
    fresh_cache();
    struct opencl_device *tile = open_with(OPENCL_MAKER_TILE);
    require_ok(run_products(tile, (struct rig_shape){10, 17, 7}));
    cr_expect(cached_maker(tile) == OPENCL_MAKER_TILE);
    struct opencl_device *both = open_with(OPENCL_MAKERS_OWN);
    cr_expect(cached_maker(both) == 0, "the other's verdict is found");
    incline_device_close(&tile->base);
    incline_device_close(&both->base);
}

/* What verify does to see each maker: one after the other, and then the choice again. */
Test(makers, each_maker_can_be_had_alone)
{
    static const char *const names[] = {"panel", "packed", "tile"};
    const struct rig_shape shape = {10, 17, 7};

    fresh_cache();
    struct opencl_device *device = open_with(OPENCL_MAKERS_OWN);
    require_ok(run_products(device, shape));
    const enum opencl_maker chosen = taken(device);
    for (unsigned i = 0; i < COUNT(names); i++) {
        const char *name = device->base.ops->keep_maker(&device->base, i);
        cr_assert(name != NULL && strcmp(name, names[i]) == 0, "maker %u is %s", i,
                  name != NULL ? name : "none");
        require_ok(run_products(device, shape));
        cr_expect(taken(device) == makers[i].maker, "%s: maker %u taken", name,
                  (unsigned)taken(device));
    }
    cr_expect(device->base.ops->keep_maker(&device->base, COUNT(names)) == NULL);
    require_ok(run_products(device, shape));
    cr_expect(taken(device) == chosen, "maker %u taken, %u before", (unsigned)taken(device),
              (unsigned)chosen);
    incline_device_close(&device->base);
}

/* Panels of A are packed into the device's scratch memory, which no other product of a CPU needs.
 */
Test(makers, packing_is_tried_where_a_product_is_large_enough_for_it_to_pay, .timeout = 200)
{
    static const struct {
        struct rig_shape shape;
        bool packs;
    } rows[] = {{{64, 784, 128}, false}, {{500, 500, 420}, true}};

    for (size_t i = 0; i < COUNT(rows); i++) {
        fresh_cache();
        struct opencl_device *device = open_with(OPENCL_MAKER_PANEL | OPENCL_MAKER_PACKED);
        if (device->base.info.type != INCLINE_DEVICE_CPU)
            cr_skip_test("both makers are for CPUs");
        require_ok(run_products(device, rows[i].shape));
        cr_expect((device->scratch.mem != NULL) == rows[i].packs,
                  "%u rows, %u inputs, %u outputs: %s", rows[i].shape.rows, rows[i].shape.inputs,
                  rows[i].shape.outputs, rows[i].packs ? "not packed" : "packed");
        incline_device_close(&device->base);
    }
}

/* ---- kernels that a device of this kind does not take by itself ---- */

/* softmax_xent has a kernel for CPUs and one for GPUs; whichever this device takes, the other
 * must be right too. */
Test(makers, both_kernels_of_softmax_xent_agree_with_the_reference)
{
    static const struct rig_shape losses[] = {
        {1, 1, 2}, {7, 1, 10}, {63, 1, 17}, {65, 1, 1000}, {255, 1, 10}};
    struct opencl_device *device = open_with(0);
    const cl_uint own = device->tuning.ROW_WG;
    struct incline_device *check = NULL;

    require_ok(check_open(&device->base, false, true, &check));
    for (int other = 0; other <= 1; other++)
        for (size_t i = 0; i < COUNT(losses); i++) {
            struct rig rig = {.dev = check};
            device->tuning.ROW_WG = other == 0 ? own : own == 1 ? 64 : 1;
            const int rc = rig_run_loss(&rig, losses[i], false);
            cr_expect(rc == INCLINE_OK, "%u rows, %u classes: %s", losses[i].rows,
                      losses[i].outputs, incline_last_error());
            rig_expect_margins(&rig, "softmax_xent");
            rig_clear(&rig);
            device->tuning.ROW_WG = own;
        }
    check->ops->close(check);
    incline_device_close(&device->base);
}

Test(makers, clblast_is_refused_where_it_is_not_built_in)
{
    struct incline_device *dev = NULL;
    if (clblast_available())
        cr_skip_test("CLBlast is built in");
    require_fails(opencl_open(0, OPENCL_MAKER_CLBLAST, &dev), INCLINE_EARG, "without CLBlast");
    cr_expect(dev == NULL);
}
