/* test_safetensors.c - the container: what is lawful is read, and no damaged file is believed. */
#include <string.h>

#include "container.h"
#include "host/formats/safetensors.h"
#include "host/util/file.h"
#include "support.h"

#define TENSOR_A "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}"
#define TENSOR_B "\"b\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[8,12]}"
#define ENTRY(dtype, shape, offsets) \
    "{\"a\":{\"dtype\":" dtype ",\"shape\":" shape ",\"data_offsets\":" offsets "}}"

Test(safetensors, a_sound_container_is_read)
{
    const char *const path = test_path("sound.safetensors");
    const float data[3] = {1.5f, -2.5f, 3.5f};
    struct safetensors *file = NULL;

    write_container(path, "{" TENSOR_B "," TENSOR_A ",\"__metadata__\":{\"k\":\"v\"}}  ", 0, data,
                    sizeof data, 0);
    require_ok(safetensors_read(path, &file));
    cr_assert(safetensors_count(file) == 2, "2 tensors expected, %zu found",
              safetensors_count(file));
    const struct safetensors_tensor *const a = safetensors_at(file, 0);
    const struct safetensors_tensor *const b = safetensors_find(file, "b");
    cr_assert(b != NULL && safetensors_find(file, "a") == a);
    cr_expect(strcmp(a->name, "a") == 0 && strcmp(a->dtype, "F32") == 0 && a->dims == 1 &&
              a->shape[0] == 2 && a->bytes == 8 && memcmp(a->data, data, 8) == 0);
    cr_expect(b->dims == 2 && b->shape[0] == 1 && b->shape[1] == 1 && b->bytes == 4 &&
              memcmp(b->data, data + 2, 4) == 0);
    cr_expect(safetensors_find(file, "c") == NULL && safetensors_find(file, "") == NULL &&
              safetensors_find(file, "__metadata__") == NULL);
    cr_expect(strcmp(safetensors_text(file, "k"), "v") == 0);
    cr_expect(safetensors_text(file, "x") == NULL);
    safetensors_close(file);
    safetensors_close(NULL);
}

Test(safetensors, every_kind_of_damaged_container_is_refused)
{
    static const struct {
        const char *what;
        const char *header;
        size_t data_bytes;
        uint64_t length; /* that the file claims; 0: the true one */
        size_t cut;      /* the file ends here; 0: not cut */
        const char *says;
    } rows[] = {
        {"seven bytes", "{}", 0, 0, 7, "7 bytes found, 8 expected"},
        {"header of 0 bytes", "", 12, 0, 0, "byte 8, where the header starts"},
        {"header longer than the format allows", "{}", 0, 100000001, 0, "100000001 bytes"},
        {"header of 2^63 bytes", "{}", 0, (uint64_t)1 << 63, 0, "9223372036854775808 bytes"},
        {"header longer than the file", "{}", 0, 3, 0, "3 bytes, but only 2 follow"},
        {"another kind of file", "[1,2,3]", 0, 0, 0, "is not '{'"},
        {"space before the header", " {}", 0, 0, 0, "is not '{'"},
        {"JSON cut short", "{" TENSOR_A ",", 8, 0, 0, "line 1, column 5"},
        {"JSON broken in line 2", "{\n" TENSOR_A ";}", 8, 0, 0, "line 2, column"},
        {"text behind the JSON", "{" TENSOR_A "} x", 8, 0, 0, "end of file expected"},
        {"header that is not UTF-8", "{\"\xff\":1}", 0, 0, 0, "unable to decode byte 0xff"},
        {"zero character in a name", "{\"a\\u0000\":1}", 0, 0, 0, "\\u0000"},
        {"tensor named twice", "{" TENSOR_A "," TENSOR_A "}", 8, 0, 0, "duplicate object key"},
        {"number beyond 64 bits", ENTRY("\"F32\"", "[99999999999999999999]", "[0,8]"), 8, 0, 0,
         "too big"},
        {"tensor that is a list", "{\"a\":[]}", 0, 0, 0, "\"a\" needs exactly"},
        {"no type", "{\"a\":{\"shape\":[2],\"data_offsets\":[0,8]}}", 8, 0, 0, "needs exactly"},
        {"no shape", "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}", 8, 0, 0,
         "needs exactly"},
        {"no offsets", "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", 8, 0, 0, "needs exactly"},
        {"one entry too many",
         "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"x\":1}}", 8, 0, 0,
         "needs exactly"},
        {"type that is a number", ENTRY("7", "[2]", "[0,8]"), 8, 0, 0, "needs exactly"},
        {"unknown type", ENTRY("\"F31\"", "[2]", "[0,8]"), 8, 0, 0, "unknown type \"F31\""},
        {"shape that is a number", ENTRY("\"F32\"", "2", "[0,8]"), 8, 0, 0, "is not a list"},
        {"negative dimension", ENTRY("\"F32\"", "[-2]", "[0,8]"), 8, 0, 0, "dimension 0"},
        {"broken dimension", ENTRY("\"F32\"", "[1,2.0]", "[0,8]"), 8, 0, 0, "dimension 1"},
        {"five dimensions", ENTRY("\"F32\"", "[1,1,1,1,2]", "[0,8]"), 8, 0, 0, "5 dimensions"},
        {"shape that overflows", ENTRY("\"F32\"", "[4294967296,4294967296]", "[0,0]"), 0, 0, 0,
         "that memory could hold"},
        {"shape that overflows in bytes", ENTRY("\"F32\"", "[4611686018427387904]", "[0,0]"), 0, 0,
         0, "that memory could hold"},
        {"half a byte", ENTRY("\"F4\"", "[3]", "[0,1]"), 1, 0, 0, "no whole number of bytes"},
        {"offsets that are no list", ENTRY("\"F32\"", "[2]", "8"), 8, 0, 0, "data_offsets are not"},
        {"three offsets", ENTRY("\"F32\"", "[2]", "[0,8,8]"), 8, 0, 0, "data_offsets are not"},
        {"negative offset", ENTRY("\"F32\"", "[2]", "[-8,0]"), 8, 0, 0, "data_offsets are not"},
        {"broken offset", ENTRY("\"F32\"", "[2]", "[0,8.5]"), 8, 0, 0, "data_offsets are not"},
        {"reversed offsets", ENTRY("\"F32\"", "[2]", "[8,0]"), 8, 0, 0, "reversed, 8 to 0"},
        {"tensor beyond the data", ENTRY("\"F32\"", "[2]", "[4,12]"), 8, 0, 0,
         "ends at byte 12 of the data, which has 8"},
        {"tensor cut short", "{" TENSOR_A "}", 7, 0, 0, "ends at byte 8 of the data, which has 7"},
        {"length against shape", ENTRY("\"F32\"", "[3]", "[0,8]"), 8, 0, 0, "12 bytes expected"},
        {"length against type", ENTRY("\"F64\"", "[2]", "[0,8]"), 8, 0, 0, "16 bytes expected"},
        {"empty tensor with data", ENTRY("\"F32\"", "[0]", "[0,8]"), 8, 0, 0, "0 bytes expected"},
        {"hole at the start", ENTRY("\"F32\"", "[1]", "[4,8]"), 8, 0, 0, "a hole from byte 0"},
        {"hole between tensors",
         "{" TENSOR_A ",\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[12,16]}}", 16, 0,
         0, "\"b\" starts at byte 12 of the data, leaving a hole from byte 8"},
        {"overlap", "{" TENSOR_A ",\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
         8, 0, 0, "\"b\" starts at byte 4 of the data, overlapping"},
        {"the same place twice",
         "{" TENSOR_A ",\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, 0, 0,
         "\"b\" starts at byte 0 of the data, overlapping"},
        {"bytes behind the last tensor", "{" TENSOR_A "}", 9, 0, 0, "1 bytes stand behind"},
        {"data without a tensor", "{}", 4, 0, 0, "4 bytes stand behind"},
        {"metadata that are a list", "{\"__metadata__\":[]}", 0, 0, 0, "not an object of texts"},
        {"metadata that are null", "{\"__metadata__\":null}", 0, 0, 0, "not an object of texts"},
        {"number in the metadata", "{\"__metadata__\":{\"k\":1}}", 0, 0, 0, "\"k\" is not a text"},
    };
    const char *const path = test_path("damaged.safetensors");

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct safetensors *file = NULL;
        write_container(path, rows[i].header, rows[i].length, NULL, rows[i].data_bytes,
                        rows[i].cut);
        const int status = safetensors_read(path, &file);
        expect_refused(rows[i].what, status, INCLINE_EFORMAT, path, rows[i].says);
        cr_expect(file == NULL, "%s: the out-parameter was written", rows[i].what);
        safetensors_close(file);
    }
}

Test(safetensors, lawful_rarities_of_the_container_are_read)
{
    static const struct {
        const char *what;
        const char *header;
        size_t data_bytes;
        size_t tensors;
    } rows[] = {
        {"no tensors", "{}", 0, 0},
        {"empty metadata", "{\"__metadata__\":{}}", 0, 0},
        {"a scalar", ENTRY("\"F32\"", "[]", "[0,4]"), 4, 1},
        {"an empty tensor", ENTRY("\"F32\"", "[0,7]", "[0,0]"), 0, 1},
        {"an empty tensor between two",
         "{" TENSOR_B "," TENSOR_A
         ",\"e\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[8,8]}}",
         12, 3},
        {"four dimensions", ENTRY("\"F16\"", "[1,2,1,2]", "[0,8]"), 8, 1},
        {"four-bit floats", ENTRY("\"F4\"", "[4]", "[0,2]"), 2, 1},
        {"six-bit floats", ENTRY("\"F6_E2M3\"", "[4]", "[0,3]"), 3, 1},
        {"complex numbers", ENTRY("\"C64\"", "[1]", "[0,8]"), 8, 1},
    };
    const char *const path = test_path("rare.safetensors");

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct safetensors *file = NULL;
        write_container(path, rows[i].header, 0, NULL, rows[i].data_bytes, 0);
        const int status = safetensors_read(path, &file);
        cr_expect(status == INCLINE_OK, "%s: %s", rows[i].what, incline_last_error());
        cr_expect(status != INCLINE_OK || safetensors_count(file) == rows[i].tensors,
                  "%s: %zu tensors expected", rows[i].what, rows[i].tensors);
        safetensors_close(file);
    }
}

Test(safetensors, tensors_that_lie_odd_in_the_file_are_aligned_in_memory)
{
    static const char header[] =
        "{\"u\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},"
        "\"f\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[3,11]},"
        "\"d\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[11,19]}}";
    const float f[2] = {1.25f, -7.0f};
    const double d = 0.1;
    unsigned char data[19] = {1, 2, 3};
    const char *const path = test_path("odd.safetensors");
    struct safetensors *file = NULL;

    memcpy(data + 3, f, sizeof f);
    memcpy(data + 11, &d, sizeof d);
    write_container(path, header, 0, data, sizeof data, 0);
    require_ok(safetensors_read(path, &file));
    const struct safetensors_tensor *const tensor_f = safetensors_find(file, "f");
    const struct safetensors_tensor *const tensor_d = safetensors_find(file, "d");
    cr_assert(tensor_f != NULL && tensor_d != NULL);
    cr_expect((uintptr_t)tensor_f->data % 4 == 0 && memcmp(tensor_f->data, f, sizeof f) == 0);
    cr_expect((uintptr_t)tensor_d->data % 8 == 0 && memcmp(tensor_d->data, &d, sizeof d) == 0);
    cr_expect(memcmp(safetensors_find(file, "u")->data, data, 3) == 0);
    safetensors_close(file);
}

Test(safetensors, deep_nesting_is_refused_without_a_crash)
{
    enum { DEPTH = 1000000 };
    const char *const path = test_path("deep.safetensors");
    static const char start[] = "{\"a\":";
    char *const header = malloc(sizeof start + DEPTH);
    struct safetensors *file = NULL;

    cr_assert(header != NULL);
    memcpy(header, start, sizeof start);
    memset(header + sizeof start - 1, '[', DEPTH);
    header[sizeof start - 1 + DEPTH] = '\0';
    write_container(path, header, 0, NULL, 0, 0);
    free(header);
    expect_refused("deep", safetensors_read(path, &file), INCLINE_EFORMAT, path,
                   "maximum parsing depth");
}

Test(safetensors, messages_carry_no_control_characters_from_a_file)
{
    const char *const path = test_path("escape.safetensors");
    struct safetensors *file = NULL;

    write_container(path, "{\"\\u001b[2J\\u009b\\u007f\":[]}", 0, NULL, 0, 0);
    expect_refused("escape", safetensors_read(path, &file), INCLINE_EFORMAT, path, "\"?[2J???\"");
}

Test(safetensors, the_writer_refuses_text_that_is_not_utf8)
{
    const char *const path = test_path("latin1.safetensors");
    const struct safetensors_text text = {"name", "caf\xe9"};

    require_fails(safetensors_write(path, NULL, 0, &text, 1), INCLINE_EARG, "\"name\"");
    cr_expect(!file_exists(path), "%s was written", path);
}
