/* test_summary.c - data sets summed up, beside sums that were done by hand. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "host/data/dataset.h"
#include "tests/table_set.h"

static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-12 * fmax(fabs(a), fabs(b));
}

static void expect_range(const char *what, const struct incline_range *range, double minimum,
                         double maximum, double mean, double deviation)
{
    cr_expect(range->minimum == minimum && range->maximum == maximum && near(range->mean, mean) &&
                  near(range->deviation, deviation),
              "%s: %.17g to %.17g, mean %.17g, deviation %.17g", what, range->minimum,
              range->maximum, range->mean, range->deviation);
}

Test(summary, table_is_summed_up_column_by_column)
{
    static const char text[] = "size,colour,weight,flat,price\n"
                               "1,red,0.5,7,10\n"
                               ",blue,0.25,7,20\n"
                               "4,red,-0.5,7,10\n"
                               "4,,NA,7,30\n";
    incline_dataset *dataset;
    struct incline_summary *s;

    require_ok(open_text("a.csv", text, sizeof text - 1,
                         &(struct incline_data_options){.target_type = INCLINE_TARGET_NUMBERS},
                         &dataset));
    require_ok(incline_dataset_summarize(dataset, &s));
    cr_assert_eq(s->column_count, 5);
    cr_expect(s->missing == 3 && s->constant == 1 && s->duplicates == 0, "%u constant, %u double",
              s->constant, s->duplicates);
    expect_range("size", &s->columns[0].range, 1.0, 4.0, 3.0, sqrt(2.0));
    cr_expect_eq(s->columns[0].missing, 1);
    cr_expect_str_eq(s->columns[0].name, "size");
    const struct incline_column_summary *const colour = &s->columns[1];
    cr_expect(colour->category && colour->features == 2 && colour->missing == 1 &&
              colour->common_rows == 2 && strcmp(colour->commonest, "red") == 0);
    cr_expect(isnan(colour->range.mean));
    expect_range("weight", &s->columns[2].range, -0.5, 0.5, 0.25 / 3.0,
                 sqrt((0.5625 - 0.0625 / 3.0) / 3.0));
    cr_expect(s->columns[3].constant && !s->columns[0].constant);
    cr_expect(s->columns[4].target && s->columns[4].features == 0);
    expect_range("price", &s->columns[4].range, 10.0, 30.0, 17.5, sqrt(68.75));
    expect_range("all", &s->range, -0.5, 7.0, 37.25 / 10.0,
                 sqrt((33.0 + 0.5625 + 196.0) / 10.0 - 3.725 * 3.725));
    incline_summary_free(s);
    incline_dataset_close(dataset);
}

Test(summary, a_column_that_numbers_the_samples_is_told_from_others)
{
    char text[1024] = "y,from_5,gap,back,id\n";
    incline_dataset *dataset;
    struct incline_summary *s;

    for (int i = 0; i < 12; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%d,%d,%d,%d,%d\n", i, i + 5,
                 i + (i > 6), 12 - i, i);
    require_ok(open_text(
        "a.csv", text, strlen(text),
        &(struct incline_data_options){.target = "y", .target_type = INCLINE_TARGET_NUMBERS},
        &dataset));
    require_ok(incline_dataset_summarize(dataset, &s));
    cr_expect(s->columns[0].counts && s->columns[3].counts);
    cr_expect(!s->columns[1].counts && !s->columns[2].counts && !s->columns[4].counts);
    cr_expect(s->columns[0].number == 2 && s->columns[3].number == 5);
    cr_expect_str_eq(s->rounded, "");
    incline_summary_free(s);
    incline_dataset_close(dataset);
}

Test(summary, numbers_that_floats_cannot_tell_apart_are_said_to_be_rounded)
{
    char text[1024] = "id,y\n";
    incline_dataset *dataset;
    struct incline_summary *s;

    for (int i = 0; i < 12; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "10000000000000000%02d,%d\n", i,
                 i * i);
    require_ok(open_text("a.csv", text, strlen(text),
                         &(struct incline_data_options){.target_type = INCLINE_TARGET_NUMBERS},
                         &dataset));
    require_ok(incline_dataset_summarize(dataset, &s));
    cr_expect(s->columns[0].constant && !s->columns[0].counts);
    cr_expect_str_eq(s->rounded, "id");
    incline_summary_free(s);
    incline_dataset_close(dataset);
}

Test(summary, images_are_summed_up_whole)
{
    static const uint8_t bytes[] = {0, 10, 20, 255, 0, 10, 40, 5, 0, 10, 20, 255};
    static const uint32_t labels[] = {0, 1, 1};
    incline_dataset *dataset;
    struct incline_summary *s;

    require_ok(incline_dataset_create(&(struct incline_samples){.rows = 3,
                                                                .features = 4,
                                                                .classes = 2,
                                                                .image_rows = 2,
                                                                .image_cols = 2,
                                                                .bytes = bytes,
                                                                .labels = labels},
                                      &dataset));
    require_ok(incline_dataset_summarize(dataset, &s));
    double sum = 0.0, squares = 0.0;
    for (size_t i = 0; i < sizeof bytes; i++)
        sum += bytes[i];
    for (size_t i = 0; i < sizeof bytes; i++)
        squares += (bytes[i] - sum / 12.0) * (bytes[i] - sum / 12.0);
    expect_range("images", &s->range, 0.0, 255.0, sum / 12.0, sqrt(squares / 12.0));
    cr_expect(s->column_count == 4 && s->constant == 2 && s->missing == 0);
    cr_expect(s->duplicates == 1 && s->contradictions == 1, "%u double, %u of them contradict",
              s->duplicates, s->contradictions);
    incline_summary_free(s);
    incline_dataset_close(dataset);
}

/* Every seventh row of many is a copy of row 0; a value that is missing is none that is there. */
Test(summary, rows_that_come_twice_are_counted)
{
    enum { MANY = 5000, WIDE = 3 };
    static float values[MANY * WIDE];
    incline_dataset *dataset, *other;
    struct incline_summary *s;
    uint32_t shared = 99;

    for (uint32_t i = 0; i < MANY * WIDE; i++)
        values[i] = i / WIDE % 7 == 0 ? 1.0f : (float)i;
    require_ok(incline_dataset_create(
        &(struct incline_samples){.rows = MANY, .features = WIDE, .floats = values}, &dataset));
    require_ok(incline_dataset_summarize(dataset, &s));
    cr_expect(s->duplicates == (MANY + 6) / 7 - 1 && s->contradictions == 0, "%u double",
              s->duplicates);
    incline_summary_free(s);

    require_ok(incline_dataset_create(
        &(struct incline_samples){.rows = 10, .features = WIDE, .floats = values + WIDE}, &other));
    values[0] = values[1] = values[2] = 0.5f;
    require_ok(incline_dataset_shared(other, dataset, &shared));
    cr_expect_eq(shared, 10);
    require_ok(incline_dataset_shared(dataset, other, &shared));
    cr_expect(shared == 9 + (MANY + 6) / 7, "%u shared", shared);
    incline_dataset_close(other);

    require_ok(incline_dataset_create(
        &(struct incline_samples){.rows = 10, .features = 2, .floats = values}, &other));
    require_fails(incline_dataset_shared(other, dataset, &shared), INCLINE_ESHAPE,
                  "2 features, floats");
    incline_dataset_close(other);
    incline_dataset_close(dataset);

    static const char gaps[] = "a,b\n1,5\n3,5\n2,5\n,5\n";
    require_ok(open_text("gaps.csv", gaps, sizeof gaps - 1,
                         &(struct incline_data_options){.target = "none"}, &dataset));
    require_ok(incline_dataset_summarize(dataset, &s));
    cr_expect(s->duplicates == 0 && s->missing == 1, "%u double: a mean is no value",
              s->duplicates);
    incline_summary_free(s);
    incline_dataset_close(dataset);
}
