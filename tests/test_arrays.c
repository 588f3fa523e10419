/* test_arrays.c - arrays of NumPy and sparse tables of LIBSVM: every type and order, and damage. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/data/table.h"
#include "tests/table_set.h"

static const struct incline_data_options plain = {0};

/* A file of version 1 with this dictionary and these elements. Returns its bytes. */
static size_t make_npy(unsigned char *file, const char *dictionary, const void *elements,
                       size_t bytes)
{
    const size_t length = strlen(dictionary);
    memcpy(file, "\x93NUMPY\1\0", 8);
    file[8] = (unsigned char)(length & 255);
    file[9] = (unsigned char)(length >> 8);
    memcpy(file + 10, dictionary, length);
    memcpy(file + 10 + length, elements, bytes);
    return 10 + length + bytes;
}

static int open_npy(const char *dictionary, const void *elements, size_t bytes,
                    const struct incline_data_options *options, incline_dataset **dataset)
{
    unsigned char file[1024];
    const size_t all = make_npy(file, dictionary, elements, bytes);
    return open_text("a.npy", (const char *)file, all, options, dataset);
}

Test(arrays, every_type_and_byte_order_gives_its_numbers)
{
    static const struct {
        const char *descr, *elements; /* the numbers 1 and -2, or 1 and 2 */
        size_t bytes;
        float second;
    } types[] = {
        {"<f8", "\0\0\0\0\0\0\xf0\x3f\0\0\0\0\0\0\0\xc0", 16, -2},
        {">f8", "\x3f\xf0\0\0\0\0\0\0\xc0\0\0\0\0\0\0\0", 16, -2},
        {"<f4", "\0\0\x80\x3f\0\0\0\xc0", 8, -2},
        {">f4", "\x3f\x80\0\0\xc0\0\0\0", 8, -2},
        {"<f2", "\0\x3c\0\xc0", 4, -2},
        {">f2", "\x3c\0\xc0\0", 4, -2},
        {"<f2", "\0\x3c\1\0", 4, 5.9604644775390625e-8f}, /* the least half */
        {"|i1", "\1\xfe", 2, -2},
        {"|u1", "\1\xfe", 2, 254},
        {"|b1", "\1\0", 2, 0},
        {"<i2", "\1\0\xfe\xff", 4, -2},
        {">i2", "\0\1\xff\xfe", 4, -2},
        {"<u2", "\1\0\xfe\xff", 4, 65534},
        {"<i4", "\1\0\0\0\xfe\xff\xff\xff", 8, -2},
        {">u4", "\0\0\0\1\0\0\0\2", 8, 2},
        {"<i8", "\1\0\0\0\0\0\0\0\xfe\xff\xff\xff\xff\xff\xff\xff", 16, -2},
        {">i8", "\0\0\0\0\0\0\0\1\x80\0\0\0\0\0\0\0", 16, -9223372036854775808.0f},
        {"<u8", "\1\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", 16, 18446744073709551616.0f},
    };
    const uint32_t none[] = {UINT32_MAX};

    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        char dictionary[100];
        incline_dataset *dataset = NULL;
        const float values[] = {1, types[i].second};
        snprintf(dictionary, sizeof dictionary,
                 "{'descr': '%s', 'fortran_order': False, 'shape': (2, 1), }\n", types[i].descr);
        require_ok(open_npy(dictionary, types[i].elements, types[i].bytes, &plain, &dataset));
        expect_samples(types[i].descr, dataset, 2, 1, values, none);
        incline_dataset_close(dataset);
    }
}

Test(arrays, order_and_dimensions)
{
    static const unsigned char elements[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    static const struct {
        const char *order, *shape;
        uint32_t rows, features, image_rows;
        float values[12];
    } cases[] = {
        {"False", "(3, 4)", 3, 4, 0, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}},
        {"True", "(3, 4)", 3, 4, 0, {1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12}},
        {"False", "(12,)", 12, 1, 0, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}},
        {"True", "(12,)", 12, 1, 0, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}},
        {"False", "(2, 3, 2)", 2, 6, 3, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}},
        {"True", "(2, 3, 2)", 2, 6, 3, {1, 7, 3, 9, 5, 11, 2, 8, 4, 10, 6, 12}},
        {"False", "(2, 1, 3, 2)", 2, 6, 3, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}},
        {"False", "(2, 3, 2, 1)", 2, 6, 3, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char dictionary[100];
        incline_dataset *dataset = NULL;
        snprintf(dictionary, sizeof dictionary,
                 "{'descr': '|u1', 'fortran_order': %s, 'shape': %s}", cases[i].order,
                 cases[i].shape);
        require_ok(open_npy(dictionary, elements, 12, &plain, &dataset));
        const struct incline_dataset_info *const info = &dataset->info;
        cr_assert(info->rows == cases[i].rows && info->features == cases[i].features &&
                      info->image_rows == cases[i].image_rows &&
                      info->bytes == (cases[i].image_rows > 0),
                  "%s: %u x %u, images of %u rows", dictionary, info->rows, info->features,
                  info->image_rows);
        for (uint32_t k = 0; k < 12; k++) {
            const float value = info->bytes ? (float)((uint8_t *)dataset->values)[k]
                                            : ((float *)dataset->values)[k];
            cr_expect(value == cases[i].values[k], "%s: element %u is %g", dictionary, k,
                      (double)value);
        }
        incline_dataset_close(dataset);
    }
}

Test(arrays, a_column_of_an_array_may_be_the_target)
{
    static const unsigned char elements[] = {1, 2, 3, 4, 5, 2};
    const struct incline_data_options last = {.target = "2", .target_type = INCLINE_TARGET_CLASSES};
    const float values[] = {1, 3, 5};
    const uint32_t labels[] = {0, 1, 0};
    incline_dataset *dataset = NULL;

    require_ok(open_npy("{'descr': '|u1', 'fortran_order': False, 'shape': (3, 2)}", elements, 6,
                        &last, &dataset));
    expect_samples("target", dataset, 3, 1, values, labels);
    incline_dataset_close(dataset);
}

Test(arrays, damaged_arrays_are_refused_with_a_reason)
{
    static const struct {
        const char *dictionary;
        size_t bytes;
        const char *says;
    } damages[] = {
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (3, 2)}", 5, "6 elements of 1 bytes"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (3, 2)}", 7, "7 bytes found"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2)}", 6, "6 elements of 8 bytes"},
        {"{'descr': '<c8', 'fortran_order': False, 'shape': (3, 2)}", 6,
         "elements of type <c8 are complex numbers"},
        {"{'descr': '<c16', 'fortran_order': False, 'shape': (3, 2)}", 6,
         "elements of type <c16 are complex numbers"},
        {"{'descr': '|O', 'fortran_order': False, 'shape': (3, 2)}", 6,
         "elements of type |O are Python objects; convert the array with astype('float32')"},
        {"{'descr': '<U1', 'fortran_order': False, 'shape': (3, 2)}", 6,
         "elements of type <U1 are texts; number them"},
        {"{'descr': '|S12', 'fortran_order': False, 'shape': (3, 2)}", 6, "|S12 are texts"},
        {"{'descr': '<M8[D]', 'fortran_order': False, 'shape': (3, 2)}", 6, "<M8 are dates"},
        {"{'descr': '<f16', 'fortran_order': False, 'shape': (3, 2)}", 6,
         "elements of type <f16; integers"},
        {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3,)}", 6,
         "records of several fields"},
        {"{'fortran_order': False, 'shape': (3, 2)}", 6, "no 'descr'"},
        {"{'descr': '|u1', 'shape': (3, 2)}", 6, "no 'fortran_order'"},
        {"{'descr': '|u1', 'fortran_order': False}", 6, "no 'shape'"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': ()}", 1, "no shape of rows"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (0, 2)}", 0,
         "dimension 1 of the array"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (3, 2", 6, "no shape of rows"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1)}", 1, "a shape of"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (4294967295, 4294967295, 9)}", 6,
         "the file is cut short"},
    };
    static const unsigned char elements[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    incline_dataset *dataset = NULL;
    unsigned char file[256];

    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++)
        require_fails(open_npy(damages[i].dictionary, elements, damages[i].bytes, &plain, &dataset),
                      INCLINE_EFORMAT, damages[i].says);
    require_fails(open_npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1)}",
                           "\0\0\x80\x7f", 4, &plain, &dataset),
                  INCLINE_EFORMAT, "row 1, column 1: inf is not finite");
    const size_t all =
        make_npy(file, "{'descr': '|u1', 'fortran_order': True, 'shape': (3, 2)}", elements, 6);
    for (size_t cut = 6; cut < all; cut++)
        require_fails(open_text("a.npy", (const char *)file, cut, &plain, &dataset),
                      INCLINE_EFORMAT, "a.npy: ");
    file[6] = 9;
    require_fails(open_text("a.npy", (const char *)file, all, &plain, &dataset), INCLINE_EFORMAT,
                  "not of version 1, 2 or 3");
}

Test(arrays, sparse_tables_are_dense_ones)
{
    static const char text[] =
        "# made by hand\n+1 1:0.5 3:2 # a comment\n-1 qid:3 2:1e1\n\n1 \n-1 3:-4\n";
    const float values[] = {0.5f, 0, 2, 0, 10, 0, 0, 0, 0, 0, 0, -4};
    const uint32_t labels[] = {1, 0, 1, 0};
    incline_dataset *dataset = NULL;

    require_ok(open_text("t.svm", text + 15, sizeof text - 16, &plain, &dataset));
    expect_samples("sparse", dataset, 4, 3, values, labels);
    cr_expect_str_eq(dataset->class_names[0], "-1");
    const struct incline_data_options later = {.columns = incline_dataset_columns(dataset)};
    incline_dataset *narrow = NULL;
    const float few[] = {7, 0, 0};
    const uint32_t one[] = {1};
    require_ok(open_text("u.svm", "1 1:7\n", 6, &later, &narrow)); /* narrower than the first */
    expect_samples("narrow", narrow, 1, 3, few, one);
    incline_dataset_close(narrow);
    incline_dataset_close(dataset);

    /* Lines of nothing but a label, and of a query, may come first. */
    static const char *const begins[] = {"1\n1 # none\n-1 1:7\n",
                                         "1 qid:4\n1\tqid:4\n-1 qid:4\t1:7\n"};
    const struct incline_data_options classes = {.target_type = INCLINE_TARGET_CLASSES};
    const float zeros[] = {0, 0, 7};
    const uint32_t kinds[] = {1, 1, 0};
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
        require_ok(open_text("l.svm", begins[i], strlen(begins[i]), &classes, &dataset));
        expect_samples(begins[i], dataset, 3, 1, zeros, kinds);
        incline_dataset_close(dataset);
    }
    cr_expect(!svm_is("1\n2\n", 4) && !svm_is("1\n2 3\n", 6) && !svm_is("1x 1:2\n", 7));

    static const struct {
        const char *text, *says;
    } damages[] = {
        {"1 1:2\nx 1:2\n", "line 2: \"x\""},
        {"1 1:2\n1 2:2 0:2\n", "line 2: \"0:2\""},
        {"1,2 1:2\n1 1:2\n", "line 1: \"1,2\" are several labels"},
        {"1 1:2\n1,2 1:2\n", "line 2: \"1,2\" are several labels"},
        {"1 1:2\n1 2:2 2:3\n", "line 2: \"2:3\""},
        {"1 1:2\n1 1:x\n", "line 2: \"1:x\""},
        {"1 1:2\n1 1:1e99\n", "line 2: "},
        {"1 1:2\n1 9999999:1\n", "line 2: \"9999999:1\""},
        {"1 1:2\n1 7\n", "line 2: \"7\""},
    };
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++)
        require_fails(open_text("d.svm", damages[i].text, strlen(damages[i].text), &plain, &narrow),
                      INCLINE_EFORMAT, damages[i].says);
}

/* One index of 0 says that all count from there; a model remembers it. */
Test(arrays, sparse_tables_may_count_from_zero)
{
    static const char text[] = "1 1:5\n0 0:7 2:8\n";
    const float values[] = {0, 5, 0, 7, 0, 8}, one[] = {0, 3, 0};
    const uint32_t labels[] = {1, 0}, label[] = {1};
    incline_dataset *dataset = NULL, *later = NULL;

    const struct incline_data_options classes = {.target_type = INCLINE_TARGET_CLASSES};
    require_ok(open_text("z.svm", text, strlen(text), &classes, &dataset));
    expect_samples("from zero", dataset, 2, 3, values, labels);
    const struct incline_data_options known = {.columns = incline_dataset_columns(dataset)};
    require_ok(open_text("l.svm", "1 1:3\n", 6, &known, &later));
    expect_samples("as the first", later, 1, 3, one, label);
    incline_dataset_close(later);
    incline_dataset_close(dataset);
    require_ok(open_text("o.svm", "1 1:3\n0 2:4\n", 12, &plain, &dataset));
    const struct incline_data_options from_one = {.columns = incline_dataset_columns(dataset)};
    require_fails(open_text("l.svm", "1 0:3\n", 6, &from_one, &later), INCLINE_ESHAPE,
                  "feature 0, but the model counts features from 1");
    incline_dataset_close(dataset);
}

Test(arrays, bare_numbers_have_the_shape_that_is_stated)
{
    static const float numbers[] = {-1, 0.5f, 3, 1e30f};
    static const unsigned char little[] = {0, 0, 0x80, 0xbf, 0,    0,    0,    0x3f,
                                           0, 0, 0x40, 0x40, 0xca, 0xf2, 0x49, 0x71};
    static const float pixels[] = {0, 1, 0.5f, 1}, ones[] = {-1, 3}, column[] = {0.5f, 1e30f};
    static const unsigned char bytes[] = {0, 2, 1, 2};
    static const uint32_t none[] = {UINT32_MAX};
    const struct incline_data_options two = {.raw = {.cols = 2}},
                                      image = {.raw = {.rows = 1, .cols = 2, .bytes = true}},
                                      target = {.raw = {.cols = 2}, .target = "2"};
    incline_dataset *dataset = NULL;

    require_ok(open_text("a.f32", (const char *)little, sizeof little, &two, &dataset));
    expect_samples("floats", dataset, 2, 2, numbers, none);
    incline_dataset_close(dataset);
    require_ok(open_text("a.u8", (const char *)bytes, sizeof bytes, &image, &dataset));
    expect_samples("bytes", dataset, 2, 2, pixels, none);
    cr_expect(dataset->info.bytes && dataset->info.image_cols == 2);
    incline_dataset_close(dataset);
    require_ok(open_text("a.f32", (const char *)little, sizeof little, &target, &dataset));
    expect_samples("with a target", dataset, 2, 1, ones, none);
    cr_expect(dataset->targets[0] == column[0] && dataset->targets[1] == column[1]);
    incline_dataset_close(dataset);

    for (size_t kept = 0; kept < sizeof little; kept++)
        if (kept % 8 != 0 || kept == 0)
            require_fails(open_text("a.f32", (const char *)little, kept, &two, &dataset),
                          INCLINE_EFORMAT, "no whole number of samples of 8 bytes");
    require_fails(incline_dataset_open_with("digits", INCLINE_TRAIN, &two, &dataset), INCLINE_EARG,
                  "no single file of bare numbers");
    require_fails(incline_dataset_open_with(test_folder(), INCLINE_TRAIN, &two, &dataset),
                  INCLINE_EARG, "no single file of bare numbers");
}
