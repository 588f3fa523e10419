/* test_create.c - data sets out of the caller's memory: checked, copied, seen as they are scaled.
 */
#include <math.h>
#include <string.h>

#include "host/data/room.h"
#include "tests/support.h"

Test(create, create_refuses_what_is_no_data_set)
{
    static const uint8_t bytes[4] = {1, 2, 3, 4};
    static const float floats[4] = {1, 2, 3, 4}, broken[4] = {1, NAN, 3, 4},
                       endless[4] = {1, 2, 3, INFINITY};
    static const uint32_t labels[2] = {0, 1}, wild[2] = {0, 2};
    const struct incline_samples good = {
        .rows = 2, .features = 2, .bytes = bytes, .classes = 2, .labels = labels};
    struct {
        struct incline_samples samples;
        const char *says;
    } rows[24];
    static const float targets[2] = {1, -2}, unknown[2] = {1, NAN}, ones[2] = {1, 1};
    size_t count = 0;
    incline_dataset *dataset = NULL;

#define ROW(change, text)                \
    do {                                 \
        struct incline_samples s = good; \
        change;                          \
        rows[count].samples = s;         \
        rows[count++].says = text;       \
    } while (0)
    ROW(s.rows = 0, "0 samples");
    ROW(s.features = 0, "0 features");
    ROW(s.bytes = NULL, "neither");
    ROW(s.floats = floats, "each");
    ROW(s.labels = NULL, "2 classes without labels");
    ROW(s.classes = 0, "0 classes with labels");
    ROW(s.labels = wild, "sample 1 has label 2");
    ROW(s.image_rows = 1; s.image_cols = 1, "1x1 have 1 pixels");
    ROW(s.image_rows = 2, "2x0 have 0 pixels");
    ROW(s.image_rows = 65536; s.image_cols = 65536, "4294967296 pixels");
    ROW(s.scale = NAN, "finite");
    ROW(s.shift = INFINITY, "finite");
    ROW(s.outputs = 1, "1 targets a sample, but none are there");
    ROW(s.targets = targets, "0 targets a sample, but some are there");
    ROW(s.targets = unknown; s.outputs = 1, "sample 1, target 0 is");
    ROW(s.scales = ones, "a scale for each feature, but no shift");
    ROW(s.shifts = ones, "a shift for each feature, but no scale");
    ROW(s.scales = ones; s.shifts = unknown, "feature 1: scale 1 and shift");
    ROW(s.bytes = NULL; s.floats = broken, "sample 0, feature 1 is");
    ROW(s.bytes = NULL; s.floats = endless, "sample 1, feature 1 is");
    ROW(s.bytes = NULL; s.floats = floats; s.rows = UINT32_MAX;
        s.features = UINT32_MAX, "more bytes than can be counted");
#undef ROW
    for (size_t i = 0; i < count; i++)
        require_fails(incline_dataset_create(&rows[i].samples, &dataset), INCLINE_EARG,
                      rows[i].says);
    require_fails(incline_dataset_create(NULL, &dataset), INCLINE_EARG, "no samples");
    cr_assert_null(dataset);
    require_ok(incline_dataset_create(&good, &dataset));
    incline_dataset_close(dataset);
    incline_dataset_close(NULL);
}

Test(create, samples_are_seen_as_value_times_scale_plus_shift)
{
    static const uint8_t bytes[4] = {0, 1, 128, 255};
    static const float floats[4] = {-1.5f, 0.0f, 3.0f, 1e10f};
    static const uint32_t labels[2] = {1, 0};
    static const struct {
        float scale, shift;
        bool bytes;
        float seen_scale;
    } rows[] = {
        {0.0f, 0.0f, true, 1.0f / 255.0f}, {0.0f, -0.5f, true, 1.0f / 255.0f},
        {0.25f, 3.0f, true, 0.25f},        {0.0f, 0.0f, false, 1.0f},
        {-2.0f, 0.1f, false, -2.0f},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct incline_samples samples = {
            .rows = 2,
            .features = 2,
            .classes = 2,
            .labels = labels,
            .bytes = rows[i].bytes ? bytes : NULL,
            .floats = rows[i].bytes ? NULL : floats,
            .scale = rows[i].scale,
            .shift = rows[i].shift,
        };
        incline_dataset *dataset = NULL;
        require_ok(incline_dataset_create(&samples, &dataset));
        for (uint32_t row = 0; row < 2; row++) {
            float seen[2];
            uint32_t label;
            require_ok(incline_dataset_sample(dataset, row, seen, &label));
            cr_assert_eq(label, labels[row], "row %zu: label %u", i, label);
            for (int f = 0; f < 2; f++) {
                const float value =
                    rows[i].bytes ? bytes[2 * row + (uint32_t)f] : floats[2 * row + (uint32_t)f];
                const float want = fmaf(value, rows[i].seen_scale, rows[i].shift);
                cr_assert(seen[f] == want,
                          "row %zu: sample %u feature %d: %.9g expected, %.9g found", i, row, f,
                          (double)want, (double)seen[f]);
            }
        }
        require_ok(incline_dataset_sample(dataset, 0, NULL, NULL));
        require_fails(incline_dataset_sample(dataset, 2, NULL, NULL), INCLINE_EARG, "sample 2");
        incline_dataset_close(dataset);
    }
}

Test(create, samples_are_copied)
{
    uint8_t bytes[2] = {7, 8};
    uint32_t labels[2] = {0, 1};
    const struct incline_samples samples = {
        .rows = 2, .features = 1, .classes = 2, .bytes = bytes, .labels = labels};
    incline_dataset *dataset = NULL;
    uint64_t counts[2];
    require_ok(incline_dataset_create(&samples, &dataset));
    bytes[0] = 99;
    labels[0] = 1;
    cr_assert_eq(((uint8_t *)dataset->values)[0], 7);
    incline_dataset_class_counts(dataset, counts);
    cr_assert(counts[0] == 1 && counts[1] == 1, "%d %d", (int)counts[0], (int)counts[1]);
    incline_dataset_close(dataset);
}

Test(create, targets_and_a_scaling_of_each_feature_are_kept)
{
    static const uint8_t bytes[4] = {1, 2, 3, 4};
    const char *const names[] = {"height", "weight", "age"};
    float targets[6] = {1, 2, 3, -4, 5e20f, -0.0f}, scales[2] = {0.5f, -2}, shifts[2] = {1, 3};
    const struct incline_samples samples = {.rows = 2,
                                            .features = 2,
                                            .outputs = 3,
                                            .bytes = bytes,
                                            .targets = targets,
                                            .scales = scales,
                                            .shifts = shifts};
    incline_dataset *dataset = NULL;
    struct incline_dataset_info info;
    float found[3];

    require_ok(incline_dataset_create(&samples, &dataset));
    targets[5] = scales[1] = shifts[1] = 99;
    incline_dataset_describe(dataset, &info);
    cr_assert(info.classes == 0 && info.outputs == 3 && info.scale == 1 && info.shift == 0);
    cr_assert(info.scales[0] == 0.5f && info.scales[1] == -2 && info.shifts[0] == 1 &&
              info.shifts[1] == 3);
    require_ok(incline_dataset_sample(dataset, 1, found, NULL));
    cr_expect(found[0] == 2.5f && found[1] == -5, "2.5 -5 expected, %g %g found", (double)found[0],
              (double)found[1]);
    require_ok(incline_dataset_targets(dataset, 1, found));
    cr_expect(found[0] == -4 && found[1] == 5e20f && found[2] == 0, "%g %g %g found",
              (double)found[0], (double)found[1], (double)found[2]);
    require_fails(incline_dataset_targets(dataset, 2, found), INCLINE_EARG, "sample 2");
    cr_assert_str_eq(incline_dataset_target_name(dataset, 1), "");
    require_ok(dataset_name_targets(dataset, names));
    require_ok(dataset_name_targets(dataset, names)); /* replaces, and leaks nothing */
    cr_assert_str_eq(incline_dataset_target_name(dataset, 1), "weight");
    cr_assert_str_eq(incline_dataset_target_name(dataset, 3), "");
    incline_dataset_close(dataset);
    require_ok(incline_dataset_create(
        &(struct incline_samples){.rows = 1, .features = 1, .bytes = bytes}, &dataset));
    require_fails(incline_dataset_targets(dataset, 0, found), INCLINE_EARG, "has no targets");
    incline_dataset_close(dataset);
}
