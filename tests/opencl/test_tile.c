/* test_tile.c - the products for GPUs where their sums are cut into slices, on devices that are
 * made to look larger than they are; the bias gradient beside them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "device/rig.h"
#include "host/backend/check.h"
#include "host/opencl/room.h"
#include "host/util/size.h"

/* Depths that slices do not divide, on both sides of each shape of tile. */
static const struct rig_shape full_shapes[] = {
    {1, 784, 10},   {1, 1000, 1},  {2, 784, 16},   {3, 1000, 17},   {10, 255, 63},  {16, 784, 64},
    {17, 1000, 65}, {63, 784, 10}, {64, 784, 255}, {65, 255, 2},    {255, 64, 784}, {255, 3, 1000},
    {784, 10, 1},   {784, 1, 16},  {784, 63, 10},  {1000, 2, 3},    {1000, 16, 17}, {1000, 17, 16},
    {1000, 65, 64}, {16, 10, 784}, {17, 16, 1000}, {10, 1000, 255},
};
static const struct rig_shape quick_shapes[] = {{17, 130, 17}, {130, 17, 3}, {3, 17, 130}};

static const struct rig_shape *shapes(size_t *count)
{
    *count = test_quick() ? COUNT(quick_shapes) : COUNT(full_shapes);
    return test_quick() ? quick_shapes : full_shapes;
}

/* The units that devices have: sums are cut into few slices, and into many. */
static const uint32_t units[] = {1, 132};

/* Device 0 with the tile kernels alone, or a skipped test. */
static struct opencl_device *open_tile(uint32_t compute_units)
{
    struct incline_device *dev = NULL;
    const int status = opencl_open(0, OPENCL_MAKER_TILE, &dev);
    if (status == INCLINE_ENODEVICE && getenv("INCLINE_TEST_REQUIRE") == NULL)
        cr_skip_test("no OpenCL device: %s", incline_last_error());
    cr_assert(status == INCLINE_OK, "%s", incline_last_error());
    dev->info.compute_units = compute_units;
    dev->info.type = INCLINE_DEVICE_CPU; /* so that nothing is timed */
    return opencl_of(dev);
}

Test(tile, products_in_slices_agree_with_the_reference)
{
    size_t count;
    const struct rig_shape *shape = shapes(&count);

    for (size_t u = test_quick() ? 1 : 0; u < COUNT(units); u++) {
        struct opencl_device *device = open_tile(units[u]);
        struct incline_device *check = NULL;
        require_ok(check_open(&device->base, false, true, &check));
        for (size_t s = 0; s < count; s++) {
            struct rig rig = {.dev = check};
            char where[96];
            snprintf(where, sizeof where, "%u units, %u rows, %u inputs, %u outputs", units[u],
                     shape[s].rows, shape[s].inputs, shape[s].outputs);
            const int rc = rig_run_products(&rig, shape[s], false);
            cr_expect(rc == INCLINE_OK, "%s: %s", where, incline_last_error());
            rig_expect_margins(&rig, where);
            rig_clear(&rig);
        }
        check->ops->close(check);
        incline_device_close(&device->base);
    }
}

static unsigned char *bits_of(struct opencl_device *device, struct rig_shape shape, bool whole,
                              size_t *bytes)
{
    struct rig rig = {.dev = &device->base};
    require_ok(rig_run_products(&rig, shape, whole));
    unsigned char *bits = rig_bits(&rig, bytes);
    rig_clear(&rig);
    return bits;
}

/* Sums of whole numbers are exact in every order, so any number of slices gives the same; and a
 * second run gives the same whatever the numbers are. */
Test(tile, bits_do_not_depend_on_the_run_and_those_of_whole_numbers_not_on_the_slices)
{
    size_t count, bytes, again;
    const struct rig_shape *shape = shapes(&count);

    if (test_quick())
        cr_skip_test("what is watched runs once");
    struct opencl_device *one = open_tile(1), *many = open_tile(132);
    for (size_t s = 0; s < count; s++)
        for (int whole = 0; whole <= 1; whole++) {
            unsigned char *first = bits_of(whole ? one : many, shape[s], whole, &bytes);
            unsigned char *second = bits_of(many, shape[s], whole, &again);
            cr_expect(bytes == again && memcmp(first, second, bytes) == 0,
                      "%u rows, %u inputs, %u outputs, whole %d: other bits", shape[s].rows,
                      shape[s].inputs, shape[s].outputs, whole);
            free(first);
            free(second);
        }
    incline_device_close(&one->base);
    incline_device_close(&many->base);
}

/* A span of made-up numbers that begins at a multiple of four floats, or one float behind. */
static struct span placed(struct rig *rig, size_t count, size_t behind)
{
    const size_t at = 3 + 2 * rig->count, skip = size_round_up(at, 4) - at + behind;
    float *values = (float *)(void *)rig_room((count + 4) * sizeof *values);
    for (size_t i = 0; i < count + 4; i++)
        values[i] = i < skip ? NAN : rig_value(rig->count, i - skip, false);
    const struct span room = rig_floats(rig, count + 4, values);
    free(values);
    cr_assert((room.at + skip) % 4 == behind, "a span at %zu is not where it should be", room.at);
    return (struct span){room.buffer, room.at + skip};
}

/* y, dw added to what is there, and dx, one behind the other; the caller frees them. */
static float *results_at(struct opencl_device *device, struct rig_shape s, size_t behind)
{
    const size_t in = (size_t)s.rows * s.inputs, out = (size_t)s.rows * s.outputs;
    const size_t weights = (size_t)s.outputs * s.inputs;
    struct rig rig = {.dev = &device->base};
    const struct span x = placed(&rig, in, behind), w = placed(&rig, weights, behind);
    const struct span b = placed(&rig, s.outputs, behind), db = placed(&rig, s.outputs, behind);
    const struct span dy = placed(&rig, out, behind), y = placed(&rig, out, behind);
    const struct span dw = placed(&rig, weights, behind), dx = placed(&rig, in, behind);
    float *results = (float *)(void *)rig_room((out + weights + in) * sizeof *results);

    require_ok(tile_forward(
        device, &(struct dense_forward){x, w, b, y, s.rows, s.inputs, s.outputs, INCLINE_RELU}));
    require_ok(tile_backward_weights(
        device,
        &(struct dense_backward_weights){x, dy, dw, db, s.rows, s.inputs, s.outputs, 0.5f, true}));
    require_ok(
        tile_backward_input(device, &(struct dense_backward_input){dy, w, x, dx, s.rows, s.inputs,
                                                                   s.outputs, INCLINE_RELU}));
    rig_read(&rig, y, out, results);
    rig_read(&rig, dw, weights, results + out);
    rig_read(&rig, dx, in, results + out + weights);
    rig_expect_margins(&rig, "placed spans");
    rig_clear(&rig);
    return results;
}

/* Memory is read and written in vectors where it is aligned, and number by number elsewhere. The
 * spans of the other tests stand at odd places, so they see the latter alone. */
Test(tile, bits_do_not_depend_on_where_matrices_stand)
{
    static const struct rig_shape aligned[] = {
        {68, 132, 20}, {12, 68, 132}, {132, 20, 12}, {300, 12, 72}, {72, 300, 300}};

    for (size_t u = 0; u < (test_quick() ? 1 : COUNT(units)); u++) {
        struct opencl_device *device = open_tile(units[u]);
        for (size_t i = 0; i < (test_quick() ? 1 : COUNT(aligned)); i++) {
            const struct rig_shape s = test_quick() ? (struct rig_shape){20, 24, 20} : aligned[i];
            const size_t count = (size_t)s.rows * s.outputs + (size_t)s.outputs * s.inputs +
                                 (size_t)s.rows * s.inputs;
            float *vectors = results_at(device, s, 0), *numbers = results_at(device, s, 1);
            size_t at = 0;
            while (at < count && memcmp(&vectors[at], &numbers[at], sizeof *vectors) == 0)
                at++;
            cr_expect(at == count,
                      "%u units, %u rows, %u inputs, %u outputs: value %zu of %zu is %.9g aligned, "
                      "%.9g not",
                      units[u], s.rows, s.inputs, s.outputs, at, count,
                      at < count ? (double)vectors[at] : 0.0,
                      at < count ? (double)numbers[at] : 0.0);
            free(vectors);
            free(numbers);
        }
        incline_device_close(&device->base);
    }
}

/* Two launches where the device has room for more groups than there are tiles, one where not. */
Test(tile, sums_are_cut_where_tiles_are_too_few_for_the_device)
{
    static const struct {
        struct rig_shape shape;
        uint32_t units;
        unsigned launches; /* of the three products */
    } cases[] = {
        {{64, 784, 10}, 132, 2 + 1 + 1}, /* 784 inputs, 64 rows, 10 outputs are summed over */
        {{128, 784, 10}, 132, 2 + 2 + 1},  {{17, 1000, 1000}, 132, 2 + 1 + 2},
        {{1000, 100, 10}, 132, 1 + 2 + 1}, {{300, 300, 300}, 1, 1 + 1 + 1},
        {{60, 60, 60}, 132, 1 + 1 + 1},
    };
    struct opencl_device *device = open_tile(1);

    if (test_quick())
        cr_skip_test("too slow where each access is watched");
    for (size_t c = 0; c < COUNT(cases); c++) {
        const struct rig_shape s = cases[c].shape;
        struct rig rig = {.dev = &device->base};
        const size_t in = (size_t)s.rows * s.inputs, out = (size_t)s.rows * s.outputs;
        const size_t weights = (size_t)s.outputs * s.inputs;
        const struct span x = rig_random(&rig, in, true), y = rig_random(&rig, out, true);
        const struct span w = rig_random(&rig, weights, true), dx = rig_random(&rig, in, true);
        const struct span dw = rig_random(&rig, weights, true);
        const struct span b = rig_random(&rig, s.outputs, true);
        const unsigned before = device->launches;
        device->base.info.compute_units = cases[c].units;
        require_ok(tile_forward(device, &(struct dense_forward){x, w, b, y, s.rows, s.inputs,
                                                                s.outputs, INCLINE_RELU}));
        require_ok(tile_backward_weights(
            device,
            &(struct dense_backward_weights){x, y, dw, b, s.rows, s.inputs, s.outputs, 1, false}));
        require_ok(tile_backward_input(device,
                                       &(struct dense_backward_input){y, w, x, dx, s.rows, s.inputs,
                                                                      s.outputs, INCLINE_RELU}));
        cr_expect(device->launches - before == cases[c].launches,
                  "%u rows, %u inputs, %u outputs on %u units: %u launches, %u expected", s.rows,
                  s.inputs, s.outputs, cases[c].units, device->launches - before,
                  cases[c].launches);
        rig_clear(&rig);
    }
    incline_device_close(&device->base);
}

/* A NaN in one sample is seen in its row of y, in its column of dw, and nowhere else. */
Test(tile, a_nan_stays_in_its_row_and_column)
{
    const struct rig_shape shapes_of_tiles[] = {{130, 140, 3}, {3, 140, 130}, {140, 130, 131}};
    struct opencl_device *device = open_tile(132);

    for (size_t i = 0; i < (test_quick() ? 1 : COUNT(shapes_of_tiles)); i++) {
        const struct rig_shape s = shapes_of_tiles[i];
        const size_t in = (size_t)s.rows * s.inputs, out = (size_t)s.rows * s.outputs;
        const size_t weights = (size_t)s.outputs * s.inputs;
        const size_t row = s.rows - 1, col = s.inputs - 2;
        struct rig rig = {.dev = &device->base};
        float *room = (float *)(void *)rig_room((in + out + weights) * sizeof *room);
        for (size_t e = 0; e < in; e++)
            room[e] = e == row * s.inputs + col ? NAN : rig_value(1, e, false);
        const struct span x = rig_floats(&rig, in, room), y = rig_floats(&rig, out, NULL);
        const struct span w = rig_random(&rig, weights, false),
                          dw = rig_random(&rig, weights, false);
        const struct span dy = rig_random(&rig, out, false);
        const struct span b = rig_random(&rig, s.outputs, false);
        const struct span db = rig_random(&rig, s.outputs, false);

        require_ok(tile_forward(device, &(struct dense_forward){x, w, b, y, s.rows, s.inputs,
                                                                s.outputs, INCLINE_RELU}));
        require_ok(tile_backward_weights(
            device,
            &(struct dense_backward_weights){x, dy, dw, db, s.rows, s.inputs, s.outputs, 1, true}));
        rig_read(&rig, y, out, room);
        for (size_t e = 0; e < out; e++)
            cr_expect(isnan(room[e]) == (e / s.outputs == row), "y[%zu, %zu] is %g", e / s.outputs,
                      e % s.outputs, (double)room[e]);
        rig_read(&rig, dw, weights, room);
        for (size_t e = 0; e < weights; e++)
            cr_expect(isnan(room[e]) == (e % s.inputs == col), "dw[%zu, %zu] is %g", e / s.inputs,
                      e % s.inputs, (double)room[e]);
        rig_read(&rig, db, s.outputs, room);
        for (size_t e = 0; e < s.outputs; e++)
            cr_expect(isfinite(room[e]), "db[%zu] is %g", e, (double)room[e]);
        free(room);
        rig_clear(&rig);
    }
    incline_device_close(&device->base);
}

/* Column sums of whole numbers in [-8, 8], by half, onto what is there: exact. */
static void expect_bias_gradient(struct opencl_device *device, uint32_t rows, uint32_t cols)
{
    const size_t count = (size_t)rows * cols;
    struct rig rig = {.dev = &device->base};
    float *dy = (float *)(void *)rig_room(count * sizeof *dy);
    float *found = (float *)(void *)rig_room(2 * cols * sizeof *found);
    double *expected = (double *)(void *)rig_room(cols * sizeof *expected);

    for (size_t c = 0; c < cols; c++)
        expected[c] = 0.0;
    for (size_t e = 0; e < count; e++) {
        dy[e] = rig_value(5, e, true);
        expected[e % cols] += 0.5 * (double)dy[e];
    }
    struct dense_backward_weights args = {.dy = rig_floats(&rig, count, dy),
                                          .dw = rig_floats(&rig, 1, NULL),
                                          .db = rig_floats(&rig, cols, NULL),
                                          .rows = rows,
                                          .inputs = 1,
                                          .outputs = cols,
                                          .scale = 0.5f};
    require_ok(bias_gradient(device, &args));
    rig_read(&rig, args.db, cols, found);
    args.accumulate = true;
    require_ok(bias_gradient(device, &args));
    rig_read(&rig, args.db, cols, found + cols);
    for (size_t c = 0; c < cols; c++)
        cr_expect((double)found[c] == expected[c] && (double)found[cols + c] == 2.0 * expected[c],
                  "%u rows: db[%zu] of %u: %g and twice that expected, %g and %g found", rows, c,
                  cols, expected[c], (double)found[c], (double)found[cols + c]);
    rig_expect_margins(&rig, "bias_gradient");
    rig_clear(&rig);
    free(dy);
    free(found);
    free(expected);
}

Test(tile, bias_gradient_adds_up_columns_side_by_side_and_in_slices)
{
    static const uint32_t cols[] = {1, 2, 3, 10, 16, 17, 63, 64, 65, 255};
    static const uint32_t rows[] = {1, 17, 511, 512, 515, 1000, 5001};

    for (size_t u = 0; u < COUNT(units); u++) {
        struct opencl_device *device = open_tile(units[u]);
        for (size_t c = 0; c < COUNT(cols); c++)
            for (size_t r = 0; r < COUNT(rows); r++)
                if (!test_quick() || (rows[r] == 515 && cols[c] == 3))
                    expect_bias_gradient(device, rows[r], cols[c]);
        if (!test_quick())
            expect_bias_gradient(device, 60000, 10);
        incline_device_close(&device->base);
    }
}
